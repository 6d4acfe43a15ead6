"""What a new item takes from those on sale, in money: the margin of what its buyers would have bought instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd

from core.outlook import Outlook
from core.prices import around

if TYPE_CHECKING:
    from core.prices.substitutes import Cannibalisation, Crossed
    from core.pricing import Response

__all__ = ["Taken", "margins", "taken"]


@dataclass(frozen=True)
class Taken:
    """From the items on sale, by one new item."""

    of: "Cannibalisation"
    """Share of its units, with a band, and from which items."""
    loss: tuple[float, float, float]
    """Margin lost there for a unit sold of the new item: P10, median, P90, in the shop's currency."""


def margins(cursor: duckdb.DuckDBPyConnection, cost_share: float) -> pd.Series:
    """product_id to what a unit of an item on sale earns. cost_share: of its price, where no cost is known."""
    rows = around.on_sale(cursor)
    cost = rows["cost"].where(rows["cost"] > 0, cost_share * rows["price"])
    return pd.Series((rows["price"] - cost).to_numpy(dtype=float), rows["product_id"].to_numpy()).dropna()


def taken(
    outlook: Outlook, answers: Mapping[str, "Response"], crossed: "Crossed", earned: pd.Series
) -> dict[str, Taken]:
    """item_id to what it takes, of the items that are expected to sell and are near some on sale.

    earned: product_id to what a unit earns there, see `margins`.
    """
    first = outlook.totals.sort_values("launch_week", kind="stable").groupby("item_id").head(1)
    found: dict[str, Taken] = {}
    near = crossed.near(outlook.items)
    for item, mean in zip(first["item_id"], first["mean"], strict=True):
        if item not in near or item not in answers or not mean > 0:
            continue
        of = crossed.of_new(answers[item], near[item], float(mean) / outlook.weeks)
        if of.share > 0:
            found[item] = Taken(of, _loss(of, earned))
    return found


def _loss(of: "Cannibalisation", earned: pd.Series) -> tuple[float, float, float]:
    """The units that are taken, each at what it would have earned there; the band is that of the units."""
    each = of.taken["product_id"].map(earned).fillna(0.0).to_numpy(dtype=float)
    units = of.taken["units"].to_numpy(dtype=float)
    margin = float((units * np.maximum(each, 0.0)).sum() / units.sum()) if units.sum() > 0 else 0.0
    return of.low * margin, of.share * margin, of.high * margin
