"""Stock of a launch: how much to buy before it, and what a stock risks, on equally likely demands of the window.

The plan's optimisation and the pages use these same sums. Of a demand D, a stock Q, a price p, a cost c and a unit
left over that is worth a share v of its cost, the expected profit is

    p E[min(D, Q)] + v c E[max(Q - D, 0)] - c Q

which the Q is best for at which P(D <= Q) = (p - c) / (p - v c), the critical ratio (Arrow, Harris & Marschak 1951,
"Optimal inventory policy", Econometrica 19, 250-272).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.errors import DebutError

if TYPE_CHECKING:
    from core.plans.wishes import StockRule

__all__ = [
    "USUAL_LEAD",
    "Risk",
    "critical_ratio",
    "curve",
    "expected_profit",
    "expected_sold",
    "nearest",
    "opening_buy",
    "opening_buys",
    "packed",
    "risk",
    "weeks_of_cover",
]

POINTS = 60  # of a curve
USUAL_LEAD = 28  # days from an order to the shelf, where the sheet does not say
HIGHEST = 0.995  # quantile of demand at which a curve ends
SLACK = 1e-9  # a share of outcomes is a count of them; rounding must not ask for one more
MOST = 10**9  # pieces; beyond it a stock is a typing error


@dataclass(frozen=True)
class Risk:
    """What a stock means for one launch, over its window."""

    stock: int
    service_level: float
    """Chance that all who want it get it."""
    fill: float
    """Expected share of the demand that is served."""
    sell_through: float
    """Expected share of the stock that is sold; NaN without stock."""
    sold: float
    """Expected units."""
    lost: float
    """Expected units of demand beyond the stock."""
    left: float
    """Expected units left over."""
    profit: float
    """Expected, what is left over counted at its worth."""
    money: float
    """Bound in the stock, at cost."""
    cover: float
    """Weeks that the stock lasts at the expected weekly demand; beyond the window at that of its last week."""

    @property
    def run_out(self) -> float:
        """Chance to sell out with customers left."""
        return 1 - self.service_level


def expected_sold(demand: np.ndarray, stock: np.ndarray) -> np.ndarray:
    """E[min(D, Q)]. demand (..., S) equally likely units, stock (...,) -> (...,)."""
    return np.minimum(demand, np.asarray(stock, dtype=float)[..., None]).mean(-1)


def expected_profit(demand: np.ndarray, stock: np.ndarray, price: float, cost: float, leftover: float) -> np.ndarray:
    """Of a stock, what is left over counted at a share of its cost. demand (..., S), stock (...,) -> (...,)."""
    sold = expected_sold(demand, stock)
    return price * sold + leftover * cost * (stock - sold) - cost * np.asarray(stock, dtype=float)


def critical_ratio(price: float, cost: float, leftover: float) -> float:
    """(p - c) / (p - v c): the share of outcomes that the best stock serves in full; 0 where a sale earns nothing.

    Raises DebutError where a unit left over is worth less than nothing or more than it cost.
    """
    if not 0 <= leftover <= 1:
        raise DebutError(f"What a unit left over is worth lies between 0 and 100 % of its cost, not at {leftover:.0%}.")
    if not price > cost:
        return 0.0
    return 1.0 if leftover * cost >= price else (price - cost) / (price - leftover * cost)


def opening_buy(
    demand: np.ndarray,
    rule: "StockRule",
    target: float,
    price: float,
    cost: float,
    leftover: float,
    pack: int = 1,
    least: int = 0,
    most: float | None = None,
) -> int:
    """Pieces to buy before one launch. demand (S,); else as `opening_buys`."""
    one = np.array([price]), np.array([cost]), leftover, np.array([pack]), np.array([least])
    found = opening_buys(
        np.asarray(demand, float)[None], rule, target, *one, np.array([np.inf if most is None else most])
    )
    return int(found[0])


def opening_buys(
    demand: np.ndarray,
    rule: "StockRule",
    target: float,
    price: np.ndarray,
    cost: np.ndarray,
    leftover: float,
    pack: np.ndarray | None = None,
    least: np.ndarray | None = None,
    most: np.ndarray | None = None,
) -> np.ndarray:
    """Pieces to buy before each of n launches, in whole packs: (n,) integers.

    demand: (n, S) equally likely units. rule: "best" earns most (and buys nothing where every buy loses money),
    "service" is the smallest that serves all demand with the chance `target`, "sell_through" the largest of which
    the share `target` is expected to be sold. pack, least (what a supplier delivers at least), most (inf: no limit):
    (n,) pieces. Where `least` is more than `most`, nothing can be bought: 0. Raises DebutError on a target that is
    no share, a pack below 1, or a rule that there is not.
    """
    demand = np.sort(np.asarray(demand, dtype=float), axis=-1)
    count = len(demand)
    pack = np.ones(count, dtype=int) if pack is None else np.asarray(pack)
    low = packed(np.zeros(count) if least is None else np.asarray(least, dtype=float), pack)
    limit = np.minimum(np.full(count, np.inf) if most is None else np.asarray(most, dtype=float), MOST)
    high = np.floor(limit / pack).astype(int) * pack
    if rule == "best":
        return _best(demand, np.asarray(price, float), np.asarray(cost, float), leftover, pack, low, high)
    if not 0 < target < 1:
        raise DebutError(f"The target of the stock must lie above 0 and below 100 %; {target:.0%} does not.")
    if rule == "service":
        wanted = packed(_quantile(demand, np.full(count, target)), pack)
    elif rule == "sell_through":
        wanted = np.floor(_sold_through(demand, target) / pack + SLACK).astype(int) * pack
    else:
        raise DebutError(f"There is no stock rule “{rule}”; there are best, service and sell_through.")
    return np.where(low > high, 0, np.clip(wanted, low, np.maximum(high, low)))


def packed(units: np.ndarray, pack: np.ndarray | int) -> np.ndarray:
    """Whole packs that hold at least so many units, in pieces. Raises DebutError on a pack below 1."""
    if (np.asarray(pack) < 1).any():
        raise DebutError("A pack holds at least one piece.")
    packs = np.ceil(np.minimum(np.asarray(units, dtype=float), MOST) / pack - SLACK)
    return packs.astype(int) * pack


def nearest(units: np.ndarray, pack: np.ndarray | int, rule: "StockRule") -> np.ndarray:
    """Whole packs near so many units, in pieces: enough for "service", no more for "sell_through", else the nearest."""
    packs = np.asarray(units, dtype=float) / pack
    whole = {"service": np.ceil(packs - SLACK), "sell_through": np.floor(packs + SLACK)}
    return np.asarray(whole.get(rule, np.round(packs)) * pack)


def risk(
    demand: np.ndarray, stock: int, price: float, cost: float, leftover: float, weekly: np.ndarray | None = None
) -> Risk:
    """What a stock means. demand: (S,) of the window; weekly: (W,) expected units by week, for the cover."""
    mean, sold = float(demand.mean()), float(expected_sold(demand, np.asarray(stock)))
    return Risk(
        stock=int(stock),
        service_level=float((demand <= stock + SLACK).mean()),
        fill=sold / mean if mean > 0 else 1.0,
        sell_through=sold / stock if stock > 0 else float("nan"),
        sold=sold,
        lost=mean - sold,
        left=stock - sold,
        profit=float(expected_profit(demand, np.asarray(stock), price, cost, leftover)),
        money=float(stock * cost),
        cover=float("nan") if weekly is None else weeks_of_cover(stock, weekly),
    )


def weeks_of_cover(stock: float, weekly: np.ndarray) -> float:
    """Weeks that a stock lasts at the expected demand (W,); NaN where it never ends, as nothing is expected."""
    before = np.concatenate([[0.0], np.cumsum(weekly)])
    week = int(np.searchsorted(before, stock, "left"))
    if week == 0:
        return 0.0
    if week < len(before):
        return week - 1 + float((stock - before[week - 1]) / weekly[week - 1])
    last = float(weekly[-1])
    return len(weekly) + float(stock - before[-1]) / last if last > 0 else float("nan")


def curve(
    demand: np.ndarray, price: float, cost: float, leftover: float, pack: int = 1, marked: Sequence[int] = ()
) -> pd.DataFrame:
    """Service level against what it costs: stock, service_level, stock_money, lost_units, left_units, profit.

    demand: (S,). A row a stock, rising from 0 to what nearly always suffices, in whole packs; the `marked` among them.
    """
    end = packed(np.quantile(demand, HIGHEST), pack)
    step = max(1, int(end) // pack // POINTS) * pack
    stocks = np.unique([*range(0, int(end) + step, step), *(max(0, int(one)) for one in marked)])
    every = np.broadcast_to(demand, (len(stocks), len(demand)))
    sold = expected_sold(every, stocks)
    return pd.DataFrame(
        {
            "stock": stocks,
            "service_level": (every <= stocks[:, None] + SLACK).mean(1),
            "stock_money": stocks * cost,
            "lost_units": demand.mean() - sold,
            "left_units": stocks - sold,
            "profit": price * sold + leftover * cost * (stocks - sold) - cost * stocks,
        }
    )


def _best(
    demand: np.ndarray,
    price: np.ndarray,
    cost: np.ndarray,
    leftover: float,
    pack: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> np.ndarray:
    """Profit is concave in the stock, so the best whole packs stand on either side of the best piece, or are none."""
    share = np.array([critical_ratio(p, c, leftover) for p, c in zip(price, cost, strict=True)])
    piece = _quantile(demand, share)
    down = np.floor(piece / pack + SLACK).astype(int) * pack
    options = np.stack(
        [np.zeros(len(pack), dtype=int), *(np.clip(one, low, np.maximum(high, low)) for one in (down, down + pack))]
    )
    options = np.where(low > high, 0, options)
    worth = np.stack([_profit(demand, stock, price, cost, leftover) for stock in options])
    return options[worth.argmax(0), np.arange(len(pack))]


def _profit(demand: np.ndarray, stock: np.ndarray, price: np.ndarray, cost: np.ndarray, leftover: float) -> np.ndarray:
    sold = expected_sold(demand, stock)
    return price * sold + leftover * cost * (stock - sold) - cost * stock


def _quantile(demand: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(n,) the smallest of the outcomes (n, S), rising, that a share (n,) of them does not exceed; 0 of none."""
    count = demand.shape[1]
    place = np.ceil(share * count - SLACK).astype(int)
    found = np.take_along_axis(demand, np.clip(place - 1, 0, count - 1)[:, None], 1)[:, 0]
    return np.where(place > 0, np.maximum(found, 0), 0)


def _sold_through(demand: np.ndarray, target: float) -> np.ndarray:
    """(n,) the largest stock of which the share `target` is expected to be sold; demand (n, S) rising.

    E[min(D, Q)] is linear between outcomes: of the k lowest the sum, of the others Q each.
    """
    count = demand.shape[1]
    summed = np.concatenate([np.zeros((len(demand), 1)), np.cumsum(np.maximum(demand, 0), axis=1)], axis=1)
    others = count - np.arange(count + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = summed / (target * count - others)  # (n, S + 1): where the share is met with the k lowest exceeded
    knots = np.concatenate([np.maximum(demand, 0), np.full((len(demand), 1), np.inf)], axis=1)
    met = (others < target * count) & (at <= knots)
    return np.take_along_axis(at, met.argmax(1)[:, None], 1)[:, 0]
