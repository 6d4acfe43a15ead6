"""Buying again: the stock at which to order, and how much once the first weeks have sold.

The second buy is a newsvendor of its own: the first weeks' sales say how well the launch goes (`stocks.levels`), the
stock that is left serves the weeks until the order arrives, and the order is for what the weeks after that still lack.
Learning from early sales before a second order: Fisher & Raman 1996, "Reducing the cost of demand uncertainty through
accurate response to early sales", Operations Research 44, 87-99.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import DebutError
from core.levers import outcomes
from core.stock import critical_ratio, packed
from core.stocks.levels import NOISE, learnt, levels

__all__ = ["SecondBuy", "ahead", "points", "second_buy", "served"]

DRAWS = 2_000  # demands of the remaining weeks
DRIFT = 0.15
"""Variance of what the weeks to come have in common beside the level: a launch also fades, or catches on. With it 7 to
8 in 10 launches of Online Retail end between the P10 and the P90 told after their first weeks."""
SEED = 5  # the same sales always give the same order
AHEAD = (("if it sells low", 0.1), ("as expected", 0.5), ("if it sells high", 0.9))


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
    totals: np.ndarray,
    means: np.ndarray,
    sold: np.ndarray,
    stock_left: float,
    lead_time_days: float,
    price: float,
    cost: float,
    leftover: float,
    pack: int = 1,
    least: int = 0,
    noise: float = NOISE,
) -> SecondBuy:
    """The order after the first weeks, whose sales are known.

    totals: (S,) equally likely units of the window, before the launch; means (W,) expected units by week; sold (k,) of
    the weeks seen; stock_left: on hand now. An order below `least` is made that large where this still earns money.
    """
    if not (math.isfinite(stock_left) and stock_left >= 0):
        raise DebutError(f"The stock that is left must be 0 or more, not {stock_left:g}.")
    means, sold = np.asarray(means, dtype=float), np.asarray(sold, dtype=float)
    seen, count = len(sold), len(means)
    after = learnt(levels(totals), means, sold, noise, ran_out=seen > 0 and stock_left <= 0)
    rng = np.random.default_rng(SEED)
    level = after.spread(DRAWS)[:, None]
    mean = level * rng.gamma(1 / DRIFT, DRIFT, (DRAWS, 1)) * means[seen:]
    mean = mean * rng.gamma(1 / noise, noise, (DRAWS, count - seen))
    weeks = rng.poisson(mean).astype(float)  # (N, W - k)
    wait = math.ceil(_lead(lead_time_days))
    before, later = weeks[:, :wait].sum(1), weeks[:, wait:].sum(1)
    lacking = np.maximum(later - np.maximum(stock_left - before, 0), 0)
    low, middle, high = np.quantile(weeks.sum(1), (0.1, 0.5, 0.9))
    quantity, words = _order(np.sort(lacking), price, cost, leftover, pack, least)
    if seen + wait >= count:
        quantity, words = 0, f"An order of now arrives after week {count}, when the window is over."
    return SecondBuy(
        after.mean, after.quantile(0.1), after.quantile(0.9), (float(low), float(middle), float(high)),
        quantity, seen + wait, words,
    )  # fmt: skip


def ahead(
    totals: np.ndarray,
    means: np.ndarray,
    stock: int,
    lead_time_days: float,
    price: float,
    cost: float,
    leftover: float,
    pack: int = 1,
    least: int = 0,
    noise: float = NOISE,
) -> pd.DataFrame:
    """Before the launch: what a second buy would be, did the first weeks sell low, as expected or high.

    A row a week after which it could be ordered: after_weeks, arrives (week), and one column an outcome in AHEAD.
    """
    prior, rows = levels(totals), []
    for seen in range(1, len(means)):
        if seen + math.ceil(_lead(lead_time_days)) >= len(means):
            break
        row: dict[str, int] = {"after_weeks": seen, "arrives": seen + math.ceil(_lead(lead_time_days)) + 1}
        for name, share in AHEAD:
            sold = served(np.round(prior.quantile(share) * np.asarray(means[:seen], dtype=float)), stock)
            bought = second_buy(
                totals,
                means,
                sold,
                stock - float(sold.sum()),
                lead_time_days,
                price,
                cost,
                leftover,
                pack,
                least,
                noise,
            )
            row[name] = bought.quantity
        rows.append(row)
    return pd.DataFrame(rows, columns=["after_weeks", "arrives", *(name for name, _ in AHEAD)])


def _lead(days: float) -> float:
    """Weeks from an order to the shelf. Raises DebutError on less than none."""
    if not (math.isfinite(days) and days >= 0):
        raise DebutError(f"A lead time must be 0 days or more, not {days:g}.")
    return days / 7


def served(weeks: np.ndarray, stock: float) -> np.ndarray:
    """(k,) what a stock serves of each week's demand."""
    before = np.concatenate([[0.0], np.cumsum(weeks)[:-1]])
    return np.clip(stock - before, 0, weeks)


def _order(lacking: np.ndarray, price: float, cost: float, leftover: float, pack: int, least: int) -> tuple[int, str]:
    """The order that earns most, and why. lacking: (N,) equally likely units that the window still lacks, rising."""
    share = critical_ratio(price, cost, leftover)
    piece = lacking[max(0, math.ceil(share * len(lacking)) - 1)] if share > 0 else 0.0
    down = int(piece // pack) * pack
    low = int(packed(np.array(least), pack))
    options = np.array([0, max(down, low), max(down + pack, low)])
    sold = np.minimum(lacking, options[:, None]).mean(1)
    worth = price * sold + leftover * cost * (options - sold) - cost * options
    quantity = int(options[worth.argmax()])
    if quantity:
        return (
            quantity,
            f"The stock that is left lacks {lacking.mean():,.0f} units on average; each earns {price - cost:,.2f}.",
        )
    if share == 0:
        return 0, "Its price does not cover its cost."
    if least > piece > 0:
        return 0, f"So few are lacking that an order of at least {low:,} would lose money."
    return 0, "The stock that is left is enough."
