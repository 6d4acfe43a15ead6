"""What could be done with each new item: launch weeks, prices, amounts of ads and of stock, and what each is worth.

Demand is the forecast's equally likely outcomes, moved by the item's answer to its price and by the ads. Of a demand D,
a stock Q, a price p, a cost c, a unit left over worth v c, ads a and d lost on items on sale for a unit sold:

    profit  = (p - d) min(D, Q) + v c (Q - min(D, Q)) - c Q - a
    revenue = p min(D, Q)
    preference = sum_i r_ij p_j, the plain objective of the literature: expected buyers x price

With caution the mean is mixed with that of the worst fifth of outcomes (expected shortfall; Rockafellar & Uryasev 2000,
https://doi.org/10.21314/JOR.2000.038), as if all items went wrong together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core import stock
from core.plans import ladder, windows
from core.plans.outcomes import served
from core.plans.overrides import Override
from core.plans.surroundings import Surroundings
from core.plans.wishes import Wishes

if TYPE_CHECKING:
    from core.outlook import Outlook

__all__ = ["Money", "Options", "money", "options"]

SERVED = (0.12, 0.24, 0.36, 0.48, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the critical ratio: chances to serve all demand, to choose from."""
BLOCK = 200  # items at a time
EARLIER = 1e-7  # a share a week: of weeks that are alike the earliest
TIE = 1e-6  # weight of the profit where it is not the aim: among equals, the plan that earns more


@dataclass(frozen=True)
class Options:
    """n items, W weeks, P prices, K amounts of ads, J stocks, S outcomes."""

    item_ids: np.ndarray
    category: np.ndarray
    """(n,) '' where unknown."""
    weeks: list[pd.Timestamp]
    """Mondays."""
    open: np.ndarray
    """(n, W, P)"""
    closed: list[str]
    """(n,) why an item cannot be launched at all; '' where it can."""
    price: np.ndarray
    """(n, P)"""
    cost: np.ndarray
    """(n,)"""
    loss: np.ndarray
    """(n,) margin lost on items on sale for a unit sold."""
    demand: np.ndarray
    """(n, W, P, S) outcomes that count, rising, under the usual ads; 0 where nothing was forecast."""
    counted: np.ndarray
    """(n, W) share of the launch window's demand that counts, as it falls before the plan's end."""
    ads: np.ndarray
    """(n, K) money."""
    factor: np.ndarray
    """(n, K) of the demand."""
    stock: np.ndarray
    """(n, W, P, K, J) pieces."""
    buyers: np.ndarray
    """(n, P) expected customers, NaN where unknown."""
    must: np.ndarray
    """(n,) launched whatever it is worth."""
    pack: np.ndarray
    least: np.ndarray
    most: np.ndarray
    """(n,) pieces; most: inf without a limit."""
    wishes: Wishes
    overrides: Mapping[str, Override]

    @property
    def shape(self) -> tuple[int, int, int, int, int]:
        """(n, W, P, K, J)."""
        n, weeks, prices, ads, stocks = self.stock.shape
        return n, weeks, prices, ads, stocks

    @cached_property
    def money(self) -> "Money":
        """What each is worth."""
        parts = [self._money(slice(at, at + BLOCK)) for at in range(0, len(self.item_ids), BLOCK)]
        return Money(*(np.concatenate([getattr(part, name) for part in parts]) for name in Money.__dataclass_fields__))

    @cached_property
    def worth(self) -> np.ndarray:
        """(n, W, P, K, J) under the wished objective; -inf where it cannot be or would lose money."""
        sums, wishes = self.money, self.wishes
        earned = (1 - wishes.risk) * sums.profit + wishes.risk * sums.worst
        preferred = np.nan_to_num(self.buyers * self.price)[:, None, :, None, None]
        worth = {
            "profit": earned,
            "revenue": sums.revenue + TIE * earned,
            "preference": preferred + TIE * earned,
            "blend": wishes.blend * sums.revenue + (1 - wishes.blend) * earned,
        }[wishes.objective]
        allowed = self.open[..., None, None] & ((sums.profit > 0) | self.must[:, None, None, None, None])
        if wishes.objective in ("revenue", "preference"):  # stock is what earns most: neither aim knows its cost
            allowed &= sums.profit >= sums.profit.max(-1, keepdims=True)
        later = EARLIER * np.arange(len(self.weeks))[:, None, None, None]
        return np.where(allowed, worth - later * np.abs(worth), -np.inf)

    @property
    def stock_money(self) -> np.ndarray:
        """(n, W, P, K, J) at cost."""
        return self.stock * self.cost[:, None, None, None, None]

    def _money(self, part: slice) -> "Money":
        """Of some items."""
        pieces, demand = self.stock[part], self.demand[part]
        n, weeks, prices, ads, stocks = pieces.shape
        flat = (n, weeks, prices, ads * stocks)
        factor, spent = (np.repeat(one[part], stocks, axis=1)[:, None, None] for one in (self.factor, self.ads))
        sums = money(
            demand, factor, pieces.reshape(flat), self.price[part][:, None, :, None],
            self.cost[part][:, None, None, None], self.loss[part][:, None, None, None], spent, self.wishes.leftover,
        )  # fmt: skip
        return Money(*(getattr(sums, name).reshape(pieces.shape) for name in Money.__dataclass_fields__))


@dataclass(frozen=True)
class Money:
    """Expected sums, all of one shape."""

    profit: np.ndarray
    worst: np.ndarray
    """Profit in the worst fifth of outcomes."""
    revenue: np.ndarray
    sold: np.ndarray
    """Units."""


def money(
    demand: np.ndarray, factor: np.ndarray, pieces: np.ndarray, price: np.ndarray, cost: np.ndarray, loss: np.ndarray,
    ads: np.ndarray, leftover: float,
) -> Money:  # fmt: skip
    """What stocks come to. demand: (..., S) rising; pieces: (..., Q); the others broadcast to that."""
    sold, sold_at_worst = (factor * one for one in served(demand, pieces / np.maximum(factor, 1e-9)))

    def earned(units: np.ndarray) -> np.ndarray:
        return np.asarray((price - loss - leftover * cost) * units - (1 - leftover) * cost * pieces - ads)

    return Money(earned(sold), earned(sold_at_worst), price * sold, np.asarray(sold))


def options(
    outlook: "Outlook", wishes: Wishes, overrides: Mapping[str, Override], around: Surroundings
) -> Options:  # fmt: skip
    """All that a plan may choose from."""
    items = outlook.items
    ids = items["item_id"].to_numpy()
    weeks, totals, shares = _demand(outlook)
    price, demand, moved = ladder.at_ladder(outlook, wishes, overrides, around, totals)
    counted = _counted(weeks, shares, wishes)
    demand = demand * counted[:, :, None, None]
    ads, factor = _ads(wishes, overrides, around, ids)
    pack, least = _packs(around, ids)
    fixed = np.array([_stock_of(overrides.get(item)) for item in ids])
    most = items["max_stock"].astype("Float64").astype(float).fillna(np.inf).to_numpy()
    most = np.where(np.isnan(fixed), most, np.inf)
    cost = items["cost"].to_numpy(float)
    able, closed = windows.opened(outlook, weeks, totals, price, cost, wishes, overrides, around.today)
    stocks = _stocks(np.nan_to_num(demand), factor, price, cost, pack, least, most, fixed, wishes)
    buyers = outlook.at_sheet.appeal["buyers"].to_numpy(float)[:, None] * moved
    must = np.array([item in wishes.must or windows.launch_of(overrides.get(item)) is True for item in ids], dtype=bool)
    category = items["category"].astype(object).where(items["category"].notna(), "").to_numpy()
    return Options(
        ids, category, weeks, able, closed, price, cost, np.array([around.losses.get(item, 0.0) for item in ids]),
        np.nan_to_num(demand), counted, ads, factor, stocks, buyers, must, pack, least, most, wishes, overrides,
    )  # fmt: skip


def _demand(outlook: "Outlook") -> tuple[list[pd.Timestamp], np.ndarray, np.ndarray]:
    """Weeks, (n, W, S) outcomes at the sheet's prices (NaN where there is no forecast), (n, W, H) share by week."""
    known = outlook.at_sheet
    weeks = sorted(pd.Timestamp(week) for week in known.outcomes["launch_week"].unique())
    item = pd.Index(known.items["item_id"]).get_indexer(known.outcomes["item_id"])
    week = pd.Index(weeks).get_indexer(pd.DatetimeIndex(known.outcomes["launch_week"]))
    sums = known.outcomes.drop(columns=["item_id", "launch_week"]).to_numpy(float, copy=True)
    totals = np.full((len(known.items), len(weeks), sums.shape[1]), np.nan)
    means = known.totals.set_index(["item_id", "launch_week"])["mean"]
    mean = means.reindex(pd.MultiIndex.from_frame(known.outcomes[["item_id", "launch_week"]])).to_numpy(float)
    # The last outcome stands for all beyond it: the mean is the forecast's own.
    sums[:, -1] += np.maximum(mean - sums.mean(1), 0.0) * sums.shape[1]
    totals[item, week] = sums
    weekly = known.forecast[known.forecast["week"] > 0]
    shares = np.zeros((len(known.items), len(weeks), known.weeks))
    places = (
        pd.Index(known.items["item_id"]).get_indexer(weekly["item_id"]),
        pd.Index(weeks).get_indexer(pd.DatetimeIndex(weekly["launch_week"])),
        weekly["week"].to_numpy(int) - 1,
    )
    shares[places] = weekly["mean"].to_numpy(float)
    whole = shares.sum(2, keepdims=True)
    even = np.full_like(shares, 1 / known.weeks)
    return weeks, totals, np.divide(shares, whole, out=even, where=whole > 0)


def _counted(weeks: list[pd.Timestamp], shares: np.ndarray, wishes: Wishes) -> np.ndarray:
    """(n, W) share of the launch window's demand that falls before the plan's end."""
    if wishes.until is None:
        return np.ones(shares.shape[:2])
    days = np.array([(pd.Timestamp(wishes.until) - week).days + 1 for week in weeks])  # (W,)
    part = np.clip(days[:, None] / 7 - np.arange(shares.shape[2]), 0, 1)  # (W, H)
    return np.asarray((shares * part).sum(2))


def _ads(
    wishes: Wishes, overrides: Mapping[str, Override], around: Surroundings, ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n, K) money and what it does to the units."""
    known = around.ads
    if known is None:
        spend = np.array([_spend_of(overrides.get(item)) for item in ids])
        return np.nan_to_num(spend)[:, None], np.ones((len(ids), 1))
    place = pd.Index(known.item_ids).get_indexer(ids)
    money, factor = known.money[place], known.factor[place]
    seen = ~known.beyond[place].any(0)
    if wishes.ads == "choose":
        chosen, does = money[:, seen], factor[:, seen]
    else:
        chosen, does = known.usual[place, None].copy(), np.ones((len(ids), 1))
    for at, item in enumerate(ids):
        asked = _spend_of(overrides.get(item))
        if not np.isnan(asked):
            chosen[at], does[at] = asked, np.interp(asked, money[at], factor[at])
    return chosen, does


def _packs(around: Surroundings, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) pieces a pack, and the least that is delivered."""
    known = around.packs.set_index("item_id")
    found = known.reindex(ids)
    return found["pack"].fillna(1).to_numpy(int), found["least"].fillna(0).to_numpy(int)


def _stocks(
    demand: np.ndarray, factor: np.ndarray, price: np.ndarray, cost: np.ndarray, pack: np.ndarray, least: np.ndarray,
    most: np.ndarray, fixed: np.ndarray, wishes: Wishes,
) -> np.ndarray:  # fmt: skip
    """(n, W, P, K, J) pieces to choose from, in whole packs."""
    n, weeks, prices, _ = demand.shape
    if wishes.stock_rule == "best":
        over = price - wishes.leftover * cost[:, None]
        ratio = np.clip(np.divide(price - cost[:, None], over, out=np.zeros_like(price), where=over > 0), 0.01, 0.999)
        levels = ratio[:, None, :, None] * np.array(SERVED)  # (n, 1, P, J)
        wanted = _quantiles(demand, np.broadcast_to(levels, (n, weeks, prices, len(SERVED))))
    else:
        wanted = _by_rule(demand, price, cost, wishes)[..., None]
    pieces = wanted[:, :, :, None, :] * factor[:, None, None, :, None]
    size = pack[:, None, None, None, None]
    low = np.maximum(stock.packed(least, pack), pack)[:, None, None, None, None]
    high = (np.floor(np.minimum(most, stock.MOST) / pack) * pack)[:, None, None, None, None]
    pieces = np.where(
        low > high, 0, np.clip(stock.nearest(pieces, size, wishes.stock_rule), low, np.maximum(low, high))
    )
    known = ~np.isnan(fixed)
    pieces[known] = fixed[known][:, None, None, None, None]
    return np.asarray(pieces)


def _by_rule(demand: np.ndarray, price: np.ndarray, cost: np.ndarray, wishes: Wishes) -> np.ndarray:
    """(n, W, P) pieces by a target."""
    n, weeks, prices, outcomes = demand.shape
    flat = [np.repeat(values, weeks, axis=0).ravel() for values in (price, np.repeat(cost[:, None], prices, 1))]
    found = stock.opening_buys(
        demand.reshape(-1, outcomes), wishes.stock_rule, wishes.target, flat[0], flat[1], wishes.leftover
    )
    return found.reshape(n, weeks, prices)


def _quantiles(demand: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """(..., J) of rising outcomes (..., S) at levels (..., J)."""
    last = demand.shape[-1] - 1
    place = levels * last
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, last)
    below, above = (np.take_along_axis(demand, at, axis=-1) for at in (low, high))
    return np.asarray(below + (place - low) * (above - below))


def _stock_of(override: Override | None) -> float:
    return float("nan") if override is None or override.stock is None else float(override.stock)


def _spend_of(override: Override | None) -> float:
    return float("nan") if override is None or override.ad_spend is None else float(override.ad_spend)
