"""The new items as cases to price: their forecast, cost and stock, and how demand answers price, from their like items.

What cannot be priced is said with its reason: an item without a price above 0 has no forecast that a price could move.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.new_items import COST_ASSUMED
from core.outlook import Outlook
from core.prices.profit import Case

if TYPE_CHECKING:
    from core.pricing import Response, Responses

__all__ = ["Losses", "answers", "cases", "left_out"]

Losses = Mapping[str, tuple[float, float, float]]
"""item_id to the margin lost on other items for a unit sold: P10, median, P90."""


@dataclass(frozen=True)
class _Row:
    """One item of the sheet, as far as it is needed here."""

    item_id: str
    title: str
    category: str | None
    price: float
    cost: float
    price_min: float
    price_max: float
    max_stock: float
    assumed: str


def cases(outlook: Outlook, answers: Mapping[str, "Response"], losses: Losses | None = None) -> list[Case]:
    """One case an item that has a price, launched as early as it can be, in the sheet's order.

    outlook: at the sheet's prices. answers: item_id to how demand for it answers price.
    """
    losses = losses or {}
    first = outlook.totals.sort_values("launch_week", kind="stable").groupby("item_id").head(1)
    means = first.set_index("item_id")["mean"].to_dict()
    sums = dict(zip(*outlook.earliest, strict=True))
    made = []
    for row in _rows(outlook):
        if not row.price > 0 or row.item_id not in means:
            continue
        made.append(
            Case(
                row.item_id,
                row.title,
                row.category or "",
                row.price,
                row.cost,
                np.sort(sums[row.item_id].astype(float)),
                float(means[row.item_id]),
                answers[row.item_id],
                np.inf if np.isnan(row.max_stock) else row.max_stock,
                row.price_min if row.price_min > 0 else None,
                row.price_max if row.price_max > 0 else None,
                losses.get(row.item_id, (0.0, 0.0, 0.0)),
                COST_ASSUMED in row.assumed,
            )
        )
    return made


def answers(outlook: Outlook, items: list[str], responses: "Responses") -> dict[str, "Response"]:
    """item_id to how demand for it answers price, of some items of an outlook."""
    like = dict(list(outlook.like[outlook.like["item_id"].isin(items)].groupby("item_id", sort=False)))
    names = ("item_id", "category", "title")
    rows = zip(*(outlook.items[name].astype(object) for name in names), strict=True)
    known = {str(item): (category, title) for item, category, title in rows}
    return {item: _answer(responses, known[item][0], like.get(item), known[item][1]) for item in items}


def left_out(outlook: Outlook) -> dict[str, str]:
    """item_id to why it cannot be priced."""
    return {
        row.item_id: "Its price is 0: give it a price above 0 in the sheet, from which others can be looked at."
        for row in _rows(outlook)
        if not row.price > 0
    }


def _answer(
    responses: "Responses", category: str | None, like: pd.DataFrame | None, title: str | None = None
) -> "Response":
    """How demand for a new item answers price. like: product_id, weight; None where nothing is like it."""
    category = category if isinstance(category, str) else None
    if like is None or like.empty:
        return responses.of_new(category, text=title)
    return responses.of_new(category, like["product_id"].tolist(), like["weight"].to_numpy(dtype=float), title)


def _rows(outlook: Outlook) -> list[_Row]:
    names = list(_Row.__dataclass_fields__)
    items = outlook.items[names].astype(dict.fromkeys(("price", "cost", "price_min", "price_max"), float))
    items["max_stock"] = items["max_stock"].astype("Float64").fillna(np.nan).astype(float)
    items["category"] = items["category"].astype(object).where(items["category"].notna(), None)
    return [_Row(*values) for values in items.itertuples(index=False)]
