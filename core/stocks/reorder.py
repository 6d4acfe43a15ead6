"""Buying again: the stock at which to order, and how much once the first weeks have sold.

The second buy is a newsvendor of its own on the retrended forecast (`track.retrend`): what the first weeks sold says
how much is still wanted, the stock that is left serves the weeks until the order arrives, and the order is for what
the weeks after that still lack. The alerts of Tracking ask for the same. Learning from early sales before a second
order: Fisher & Raman 1996, "Reducing the cost of demand uncertainty through accurate response to early sales",
Operations Research 44, 87-99.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import DebutError
from core.levers import outcomes
from core.stock import critical_ratio, expected_profit, opening_buy, packed
from core.track.pace import Pace
from core.track.progress import Course
from core.track.retrend import Retrended, retrend, so_far

__all__ = ["AHEAD", "SecondBuy", "Terms", "ahead", "points", "second_buy", "served"]

AHEAD = (("if it sells low", 0.1), ("as expected", 0.5), ("if it sells high", 0.9))
STEPS = 100  # of the stock, to which the fewest units that call for an order are found
USUAL = Pace()
EMPTY = 1e-6  # pieces: what is left of a stock that is gone, by rounding
NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Terms:
    """What a piece brings and costs, and how orders arrive."""

    price: float
    """A piece that is sold, less what items on sale lose by it."""
    cost: float
    leftover: float
    """Worth of a piece left over, as a share of its cost."""
    lead_days: float
    """From the order to the shelf."""
    pack: int = 1
    least: int = 0
    """Pieces; an order below it is made that large where this still earns money."""

    @property
    def wait(self) -> float:
        """Weeks from an order to the shelf. Raises DebutError on less than none."""
        return _lead(self.lead_days)


@dataclass(frozen=True)
class SecondBuy:
    """What to order after the first weeks."""

    level: float
    """How well it goes, against what was expected before the launch: 1 is as expected."""
    level_low: float
    level_high: float
    """8 in 10 lie between."""
    remaining: tuple[float, float, float]
    """Demand of the weeks that are left: P10, P50, P90."""
    quantity: int
    """To order now, in whole packs."""
    worth: float
    """Profit that the order is expected to bring."""
    arrives: int
    """Weeks after the launch at which an order of now is on the shelf."""
    words: str
    """Why so much, or why nothing."""


def points(quantiles: np.ndarray, means: np.ndarray, lead_time_days: float, service_level: float = 0.9) -> pd.DataFrame:
    """The stock (on hand and on order) at which to order, by week of the launch.

    quantiles: (W, 3) P10, P50, P90 of each week's demand; means (W,). Weeks go together, as the level of a launch is
    the same in all of them. A row a week: week (1..W), point (units that are enough until the order arrives, with the
    chance `service_level`), expected (units until then), arrives (week), too_late (nothing of the window is left).
    """
    if not 0 < service_level < 1:
        raise DebutError(f"A service level lies above 0 and below 100 %, not at {service_level:.0%}.")
    lead, count = _lead(lead_time_days), len(means)
    demand = outcomes(np.asarray(quantiles, dtype=float))  # (W, S), each rising
    rows = []
    for week in range(count):
        share = np.clip(week + lead - np.arange(count), 0, 1) * (np.arange(count) >= week)  # (W,) of each week
        until = np.quantile(share @ demand, service_level)
        arrives = week + math.ceil(lead)
        rows.append((week + 1, math.ceil(until - 1e-9), float(share @ means), arrives + 1, arrives >= count))
    return pd.DataFrame(rows, columns=["week", "point", "expected", "arrives", "too_late"])


def second_buy(
    quantiles: np.ndarray, means: np.ndarray, sold: np.ndarray, stock_left: float, terms: Terms, pace: Pace = USUAL
) -> SecondBuy:
    """The order after the first weeks, whose sales are known.

    quantiles (W + 1, 3), means (W + 1,): the launch forecast of each week and, last, of their sum. sold: (k,) units of
    the weeks seen; stock_left: on hand now. Where nothing is left, the weeks since the last sale, and that of it, say
    only that so much was wanted at least. pace: of the shop's launches, see `paces.kept`.
    """
    if not (math.isfinite(stock_left) and stock_left >= 0):
        raise DebutError(f"The stock that is left must be 0 or more, not {stock_left:g}.")
    sold = np.asarray(sold, dtype=float)
    if not (np.isfinite(sold).all() and (sold >= 0).all()):
        raise DebutError("Units sold in a week must be 0 or more.")
    made, lack = _lacking(quantiles, means, sold, stock_left, terms.wait, pace)
    quantity, worth, words = _order(lack, terms)
    arrives, count = len(sold) + math.ceil(terms.wait), len(means) - 1
    if arrives >= count:
        quantity, worth, words = 0, 0.0, f"An order of now arrives after week {count}, when the window is over."
    low, middle, high = made.remaining.tolist()
    return SecondBuy(
        made.level, made.level_low, made.level_high, (low, middle, high), quantity, worth, arrives, words
    )  # fmt: skip


def ahead(quantiles: np.ndarray, means: np.ndarray, stock: int, terms: Terms, pace: Pace = USUAL) -> pd.DataFrame:
    """Before the launch: what the first weeks would have to show for a second buy, and what it would then be.

    quantiles, means, pace: as `second_buy`. A row a week after which it could be ordered: after_weeks, arrives (week),
    low, expected, high (P10, P50, P90 of the units wanted by then), order_from (the fewest units sold by then that
    call for an order, NaN where none do; to a hundredth of the stock), chance (to sell so many), and for each outcome
    in AHEAD what would be ordered.
    """
    rows = [
        _looked(quantiles, means, stock, seen, terms, pace)
        for seen in range(1, len(means) - 1)
        if seen + math.ceil(terms.wait) < len(means) - 1
    ]
    names = ["after_weeks", "arrives", "low", "expected", "high", "order_from", "chance"]
    return pd.DataFrame(rows, columns=[*names, *(name for name, _ in AHEAD)])


def _looked(
    quantiles: np.ndarray, means: np.ndarray, stock: int, seen: int, terms: Terms, pace: Pace
) -> dict[str, float]:
    """One row of `ahead`."""
    by_then = so_far(quantiles, means, np.ones(seen), pace)  # (N,)
    shape = means[:seen] / max(float(means[:seen].sum()), 1e-9)

    def bought(units: float) -> int:
        sold = served(shape * units, stock)
        return second_buy(quantiles, means, sold, max(stock - float(sold.sum()), 0), terms, pace).quantity

    fewest = _fewest(bought, stock)
    low, middle, high = np.quantile(by_then, [share for _, share in AHEAD]).tolist()
    return {
        **{"after_weeks": seen, "arrives": seen + math.ceil(terms.wait) + 1},
        **{"low": low, "expected": middle, "high": high, "order_from": fewest},
        "chance": 0.0 if math.isnan(fewest) else float((by_then >= fewest).mean()),
        **{name: bought(units) for (name, _), units in zip(AHEAD, (low, middle, high), strict=True)},
    }


def _fewest(bought: Callable[[float], int], stock: int) -> float:
    """The fewest units sold that call for an order: the more are sold, the more is wanted and the less is left."""
    if not bought(stock):
        return math.nan
    none, some = -1, stock
    while some - none > max(1, stock // STEPS):
        middle = (none + some) // 2
        none, some = (none, middle) if bought(middle) else (middle, some)
    return float(some)


def served(weeks: np.ndarray, stock: float) -> np.ndarray:
    """(k,) what a stock serves of each week's demand."""
    before = np.concatenate([[0.0], np.cumsum(weeks)[:-1]])
    return np.clip(stock - before, 0, weeks)


def _lead(days: float) -> float:
    """Weeks from an order to the shelf. Raises DebutError on less than none."""
    if not (math.isfinite(days) and days >= 0):
        raise DebutError(f"A lead time must be 0 days or more, not {days:g}.")
    return days / 7


def _lacking(
    quantiles: np.ndarray, means: np.ndarray, sold: np.ndarray, stock_left: float, wait: float, pace: Pace
) -> tuple[Retrended, np.ndarray]:
    """The retrended forecast, and (N,) equally likely units that the stock will lack from `wait` weeks from now on."""
    out = stock_left <= EMPTY
    seen, gone = np.ones(len(sold)), (sold.cumsum() >= sold.sum() - EMPTY) & out
    made = retrend(quantiles, means, sold, short=gone, pace=pace)
    stock = float(sold.sum()) + stock_left
    return made, Course(quantiles, means, sold, seen, gone, stock, out, NOTHING, made).served(wait)[1]


def _order(lack: np.ndarray, terms: Terms) -> tuple[int, float, str]:
    """The order that earns most, what it earns, and why. lack: (N,) of `_lacking`."""
    money = terms.price, terms.cost, terms.leftover
    quantity = opening_buy(lack, "best", 0.9, *money, terms.pack, terms.least)
    if quantity:
        worth = float(expected_profit(lack, np.asarray(quantity), *money))
        sold = float(np.minimum(lack, quantity).mean())
        return quantity, worth, (
            f"After it arrives {lack.mean():,.0f} units are lacking on average. {sold:,.0f} of the order should be "
            f"sold, and it should earn {worth:,.0f}."
        )  # fmt: skip
    if critical_ratio(*money) == 0:
        return 0, 0.0, "Its price does not cover its cost."
    low = int(packed(np.array(terms.least), terms.pack))
    if terms.least and opening_buy(lack, "best", 0.9, *money, terms.pack):
        return 0, 0.0, f"So few are lacking that an order of at least {low:,} would lose money."
    return 0, 0.0, "The stock that is left is enough."
