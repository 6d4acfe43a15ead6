"""The prices that the plan may choose from, and what is expected at each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.plans.outcomes import at_prices
from core.plans.overrides import Override
from core.plans.surroundings import Surroundings
from core.plans.wishes import Wishes

if TYPE_CHECKING:
    from core.outlook import Outlook

__all__ = ["LADDER", "at_ladder", "basis"]

LADDER = (0.8, 0.9, 1.0, 1.1, 1.2)
"""Times the price in force."""
CENT = 0.005
CHEAP = 10.0  # below it the cents of a price are too much of it to keep


def basis(outlook: "Outlook", around: Surroundings) -> "Outlook":
    """The outlook as the plan moves its prices: from those of the sheet, so that the range widens once; from those in
    force where some price was chosen to which the answer is not known here."""
    if outlook.sheet is None:
        return outlook
    changed = outlook.items["price"].to_numpy(float) != outlook.sheet.items["price"].to_numpy(float)
    known = outlook.items["item_id"].isin(list(around.answers)).to_numpy()
    return replace(outlook, sheet=None) if (changed & ~known).any() else outlook


def at_ladder(
    outlook: "Outlook", wishes: Wishes, overrides: Mapping[str, Override], around: Surroundings, totals: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, P) prices, rising; (n, W, P, S) outcomes at them; (n, P) mean units against those at the sheet's price."""
    ladders = [_ladder(row, wishes, overrides.get(row.item_id), around) for row in _rows(outlook)]
    most = max(map(len, ladders))
    price = np.array([ladder + [ladder[-1]] * (most - len(ladder)) for ladder in ladders])
    n, weeks, outcomes = totals.shape
    demand, moved = np.zeros((n, weeks, most, outcomes)), np.ones((n, most))
    for at, row in enumerate(_rows(outlook)):
        there = np.flatnonzero(~np.isnan(totals[at, :, 0]))
        demand[at, there] = at_prices(totals[at, there], price[at], row.planned, around.answers.get(row.item_id))
        before = totals[at, there].sum()
        if before > 0:
            moved[at] = demand[at, there].sum((0, 2)) / before
    return price, demand, moved


@dataclass(frozen=True)
class _Row:
    item_id: str
    planned: float
    """The sheet's price, for which the forecasts were made."""
    price: float
    """The one in force."""
    low: float
    high: float
    """The sheet's bounds."""


def _rows(outlook: "Outlook") -> list[_Row]:
    items, planned = outlook.items, outlook.at_sheet.items["price"].to_numpy(float)
    low = items.get("price_min", pd.Series(np.nan, items.index)).astype(float).fillna(0.0)
    high = items.get("price_max", pd.Series(np.nan, items.index)).astype(float).fillna(np.inf)
    rows = zip(items["item_id"], planned, items["price"].astype(float), low, high, strict=True)
    return [_Row(*row) for row in rows]


def _ladder(row: _Row, wishes: Wishes, override: Override | None, around: Surroundings) -> list[float]:
    """Prices to choose from, rising."""
    if override is not None and override.price is not None:
        return [override.price]
    if (
        wishes.prices == "keep"
        or row.item_id in around.locked
        or not row.planned > 0
        or row.item_id not in around.answers
    ):
        return [row.price]
    tried = {row.price} | {_ended(row.price * step, row.price) for step in LADDER}
    return sorted(price for price in tried if price == row.price or row.low - CENT <= price <= row.high + CENT)


def _ended(price: float, like: float) -> float:
    """The nearest price with the cents of `like`, where prices are large enough for that to matter little."""
    if like < CHEAP:
        return round(price, 2)
    cents = round(like % 1, 2)
    return round(max(round(price - cents) + cents, 0.01), 2)
