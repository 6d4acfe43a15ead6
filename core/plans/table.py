"""The plan as a table: each item at its launch week, price, ads and stock, and what is expected of it there.

Mixed levels of a solution become amounts that can be ordered: stock in whole packs, money in cents, within the budgets.
Everything is worked out anew from these amounts, so that the table says what the plan does and not what was relaxed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core import levers
from core.levers import Units
from core.plans.options import Money, Options, money
from core.plans.overrides import Override
from core.plans.solve import Solution
from core.plans.surroundings import Surroundings
from core.stock import nearest

if TYPE_CHECKING:
    from core.outlook import Outlook

__all__ = ["CONTRACT", "DETAILS", "Chosen", "chosen", "table"]

CONTRACT = (
    *("rank", "item_id", "title", "launch", "launch_week", "price", "price_low", "price_high"),
    *("units_p10", "units_p50", "units_p90", "revenue", "profit", "preference", "audience_size", "ad_spend"),
    *("opening_stock", "service_level", "like_items", "reason", "override_reason"),
)
"""Columns of the exported CSV; after `ad_spend` follows one a channel, `ad_NAME`."""
DETAILS = (
    *("category", "cost", "units_mean", "units_sold", "stock_money", "lost_units", "left_units", "run_out"),
    *("profit_p10", "profit_p90", "misses_by", "buyers", "assumed"),
)
"""Further columns, after those of the contract."""
LIKE_ITEMS_NAMED = 2
NEAR_BEST = 0.98  # of the best profit: the range of prices that is as good
FINE = np.linspace(0.7, 1.4, 29)  # times a price, where no ladder was asked for
PENNY = 100
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True)
class Chosen:
    """n items, each in one week at one price: launched, or as it would best be."""

    launched: np.ndarray
    """(n,) bool"""
    week: np.ndarray
    price: np.ndarray
    """(n,) numbers in the options."""
    ads: np.ndarray
    """(n,) money."""
    factor: np.ndarray
    """(n,) of the demand by these ads."""
    stock: np.ndarray
    """(n,) pieces."""
    money: Money
    """(n,) each."""
    demand: np.ndarray
    """(n, S) rising, by these ads."""
    profits: np.ndarray
    """(n, S) outcomes of the profit, rising with the demand."""


def chosen(options: Options, solution: Solution) -> Chosen:
    """Amounts that can be ordered, within the budgets, from the shares of a solution."""
    n, _, prices, ads, stocks = options.shape
    launched = solution.action >= 0
    action = np.where(launched, solution.action, solution.relaxed.best.argmax(1))
    shut = ~np.isfinite(solution.relaxed.best).any(1)
    action[shut] = (options.demand[shut].max((2, 3)) > 0).argmax(1) * prices  # its first week that was forecast
    week, price = action // prices, action % prices
    share = solution.share.reshape(n, ads, stocks).copy()
    alone = _alone(options, solution, action)
    share[~launched] = alone[~launched]
    spend = (share.sum(2) * options.ads).sum(1)
    does = (share.sum(2) * options.factor).sum(1)
    rows = np.arange(n)
    wanted = (share * options.stock[rows, week, price]).sum((1, 2))
    stock = np.where(shut, 0.0, _packed(options, wanted, launched))
    spend[shut] = 0.0
    demand = options.demand[rows, week, price]
    return _valued(options, launched, week, price, np.floor(spend * PENNY + 1e-6) / PENNY, does, stock, demand)


def _alone(options: Options, solution: Solution, action: np.ndarray) -> np.ndarray:
    """(n, K, J) all on the level that is best at the present worth of the budgets."""
    n, weeks, prices, ads, stocks = options.shape
    rows = np.arange(n)
    flat = (n, weeks * prices, ads * stocks)
    worth = options.worth.reshape(flat)[rows, action]
    costs = np.stack([options.stock_money.reshape(flat)[rows, action], np.repeat(options.ads, stocks, axis=1)])
    level = (worth - np.einsum("m,mnl->nl", solution.relaxed.prices.budgets, costs)).argmax(1)
    share = np.zeros((n, ads * stocks))
    share[rows, level] = 1.0
    return share.reshape(n, ads, stocks)


def _packed(options: Options, wanted: np.ndarray, launched: np.ndarray) -> np.ndarray:
    """(n,) whole packs near what is wanted; no more money than there is."""
    pack = options.pack
    low = np.maximum(np.ceil(np.maximum(options.least, 1) / pack), 1) * pack
    high = np.floor(np.minimum(options.most, 1e9) / pack) * pack
    asked = np.array([override is not None and override.stock is not None for override in _own(options)])
    whole = nearest(wanted, pack, options.wishes.stock_rule)
    stock = np.where(low > high, 0, np.clip(whole, low, np.maximum(low, high)))
    stock = np.where(asked, np.round(wanted), stock)
    budget = options.wishes.stock_budget
    if budget is not None:
        over = (stock - wanted) * options.cost * launched * ~asked
        for at in np.argsort(-over):
            if (stock * options.cost)[launched].sum() <= budget + 1e-6 or over[at] <= 0:
                break
            stock[at] = max(stock[at] - pack[at], low[at])
    return stock


def _valued(
    options: Options, launched: np.ndarray, week: np.ndarray, price: np.ndarray, ads: np.ndarray, factor: np.ndarray,
    stock: np.ndarray, demand: np.ndarray,
) -> Chosen:  # fmt: skip
    """All sums anew."""
    asked = options.price[np.arange(len(price)), price]
    leftover = options.wishes.leftover
    row = [values[:, None] for values in (factor, stock, asked, options.cost, options.loss, ads)]
    sums = money(demand, row[0], row[1], row[2], row[3], row[4], row[5], leftover)
    whole = Money(*(getattr(sums, name)[:, 0] for name in Money.__dataclass_fields__))
    moved = demand * factor[:, None]
    sold, spent = np.minimum(moved, stock[:, None]), (options.cost * stock * (1 - leftover) + ads)[:, None]
    profits = (asked - options.loss - leftover * options.cost)[:, None] * sold - spent
    return Chosen(launched, week, price, ads, factor, stock, whole, moved, profits)


def table(
    outlook: "Outlook", options: Options, solution: Solution, picked: Chosen, around: Surroundings,
    reasons: list[str], misses: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    """Columns of CONTRACT, with one a channel, and DETAILS; launched items first, by what they bring."""
    items, rows = outlook.items.reset_index(drop=True), np.arange(len(options.item_ids))
    price = options.price[rows, picked.price]
    low, high = _price_range(outlook, options, solution, picked, around)
    units = _units(outlook, options, picked, around, price)
    appeal = outlook.at_sheet.appeal
    moved = np.divide(
        options.buyers[rows, picked.price], appeal["buyers"], out=np.ones(len(rows)), where=appeal["buyers"] > 0
    )
    like = items["item_id"].map(outlook.like_titles(LIKE_ITEMS_NAMED)).astype(object).fillna("")
    frame = pd.DataFrame(
        {
            "item_id": options.item_ids,
            "title": items["title"].to_numpy(),
            "launch": np.where(picked.launched, "yes", "no"),
            "launch_week": pd.DatetimeIndex([options.weeks[at] for at in picked.week]),
            **{"price": price, "price_low": low, "price_high": high},
            **dict(zip(("units_p10", "units_p50", "units_p90"), units.T, strict=True)),
            **{"revenue": picked.money.revenue, "profit": picked.money.profit},
            "preference": np.minimum(appeal["preference"].to_numpy(float) * moved, 1.0),
            "audience_size": appeal["audience"].to_numpy(float) if "audience" in appeal else np.nan,
            "ad_spend": picked.ads,
            **_channels(options, picked, around),
            "opening_stock": picked.stock.astype(int),
            "service_level": (picked.demand <= picked.stock[:, None] + 1e-9).mean(1),
            "like_items": like,
            "reason": reasons,
            "override_reason": [override.reason if override else "" for override in _own(options)],
            "category": items["category"].to_numpy(),
            "cost": options.cost,
            "units_mean": picked.demand.mean(1),
            "units_sold": picked.money.sold,
            "stock_money": picked.stock * options.cost,
            "lost_units": picked.demand.mean(1) - picked.money.sold,
            "left_units": picked.stock - picked.money.sold,
            "run_out": 1 - (picked.demand <= picked.stock[:, None] + 1e-9).mean(1),
            "profit_p10": np.quantile(picked.profits, LOW, axis=1),
            "profit_p90": np.quantile(picked.profits, HIGH, axis=1),
            "misses_by": np.where(picked.launched, np.nan, misses),
            "buyers": options.buyers[rows, picked.price],
            "assumed": items["assumed"].to_numpy(),
        }
    )
    return _ranked(frame, _worth(options, solution, picked))


def _ranked(frame: pd.DataFrame, worth: np.ndarray) -> pd.DataFrame:
    out = frame.assign(_worth=worth, _in=frame["launch"] == "yes")
    out = out.sort_values(["_in", "_worth", "item_id"], ascending=[False, False, True], ignore_index=True)
    out.insert(0, "rank", np.arange(1, len(out) + 1))
    return out.drop(columns=["_worth", "_in"])


def _worth(options: Options, solution: Solution, picked: Chosen) -> np.ndarray:
    """(n,) by which items are ranked: launched ones by what they bring, the others by how little they miss."""
    rows = np.arange(len(picked.week))
    n, weeks, prices, ads, stocks = options.shape
    own = options.worth.reshape(n, weeks, prices, ads * stocks)[rows, picked.week, picked.price]
    best = own.max(1, initial=-np.inf)
    gain = solution.relaxed.gain
    return np.nan_to_num(np.where(picked.launched, best, gain), neginf=-1e18)


def _units(outlook: "Outlook", options: Options, picked: Chosen, around: Surroundings, price: np.ndarray) -> np.ndarray:
    """(n, 3) P10, P50, P90 of the demand at the plan's price and ads."""
    known = outlook.at_sheet
    planned = known.items["price"].to_numpy(float)
    totals = known.totals.set_index(["item_id", "launch_week"])[["p10", "p50", "p90"]]
    where = pd.MultiIndex.from_arrays([options.item_ids, [options.weeks[at] for at in picked.week]])
    found = totals.reindex(where).to_numpy(float, copy=True)
    for at, item in enumerate(options.item_ids):
        answer = around.answers.get(item)
        if answer is not None and price[at] != planned[at] and not np.isnan(found[at]).any():
            one = Units(found[at][None, None], found[at][None, None, 1], found[at][None])
            found[at] = levers.priced(one, price[at], planned[at], answer).quantiles[0, 0]
    counted = options.counted[np.arange(len(picked.week)), picked.week]
    return np.asarray(found * (picked.factor * counted)[:, None])


def _price_range(
    outlook: "Outlook", options: Options, solution: Solution, picked: Chosen, around: Surroundings
) -> tuple[np.ndarray, np.ndarray]:
    """(n,), (n,) the prices between which the profit lies within 2 % of the best, the stock's budget paid for.

    The planned price is always among them: it may be held by a limit that a price alone does not know of.
    """
    dear = 1 + float(solution.relaxed.prices.budgets[0])
    rows = np.arange(len(picked.week))
    price, planned = options.price[rows, picked.price], outlook.at_sheet.items["price"].to_numpy(float)
    low, high = price.copy(), price.copy()
    for at, item in enumerate(options.item_ids):
        answer = around.answers.get(item)
        if answer is None or not planned[at] > 0:
            continue
        grid = np.unique(np.append(price[at] * FINE, price[at]))
        factor = answer.factor(grid, planned[at]).mean(0) / answer.factor(price[at : at + 1], planned[at]).mean(0)
        pieces = picked.stock[at] * factor
        sums = money(
            picked.demand[at], factor, pieces, grid, options.cost[at], options.loss[at], picked.ads[at],
            options.wishes.leftover,
        )  # fmt: skip
        profit = sums.profit - (dear - 1) * options.cost[at] * pieces
        good = np.flatnonzero(profit >= profit.max() - (1 - NEAR_BEST) * abs(profit.max()))
        low[at], high[at] = min(price[at], grid[good[0]]), max(price[at], grid[good[-1]])
    return np.round(low, 2), np.round(high, 2)


def _channels(options: Options, picked: Chosen, around: Surroundings) -> Mapping[str, np.ndarray]:
    """ad_NAME to the money of the channel."""
    known = around.ads
    if known is None:
        return {}
    place = pd.Index(known.item_ids).get_indexer(options.item_ids)
    usual = known.usual_split[place]
    split = np.empty_like(usual)
    for at, row in enumerate(place):
        there = [np.interp(picked.ads[at], known.money[row], known.split[row, :, c]) for c in range(split.shape[1])]
        total = sum(there)
        split[at] = np.array(there) / total if total > 0 else usual[at]
    if options.wishes.ads == "usual":
        asked = np.array([override is not None and override.ad_spend is not None for override in _own(options)])
        split = np.where(asked[:, None], split, usual)
    spent = split * picked.ads[:, None]
    return {f"ad_{name}": spent[:, at] for at, name in enumerate(known.channels)}


def _own(options: Options) -> list[Override | None]:
    return [options.overrides.get(item) for item in options.item_ids]
