"""What stands around the new items: competitors' offers, items on sale, and how the shop writes its prices."""

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd

from core.new_items import COST_SHARE
from core.prices.priced import Surroundings, endings

if TYPE_CHECKING:
    from core.market import Market

__all__ = ["NO_OFFERS", "around", "cost_share", "offers", "on_sale"]

NO_OFFERS = pd.DataFrame(columns=["competitor", "title", "price", "date", "confidence", "similarity", "same"])


def around(cursor: duckdb.DuckDBPyConnection, market: "Market | None", item_ids: list[str]) -> Surroundings:
    """Around these new items; market: None where no competitor prices are loaded."""
    rows = on_sale(cursor)
    known = {code: (title, float(price)) for code, title, price, _ in rows.itertuples(index=False)}
    found = {item: offers(market, item)["price"].to_numpy(dtype=float) for item in item_ids} if market else {}
    kept = {item: prices for item, prices in found.items() if len(prices)}
    return Surroundings(kept, known, endings(rows["price"].to_numpy(dtype=float)))


def on_sale(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """product_id, title, price (listed; else the usual one paid), cost of the items whose price is known."""
    return cursor.execute(
        """SELECT product_id, title, coalesce(nullif(list_price, 0), paid) AS price, cost FROM catalogue LEFT JOIN (
               SELECT product_id, median(coalesce(unit_price, revenue / nullif(units, 0))) AS paid
               FROM sales WHERE units > 0 GROUP BY product_id) USING (product_id)
           WHERE price > 0 ORDER BY product_id"""
    ).df()


def offers(market: "Market | None", item_id: str) -> pd.DataFrame:
    """What competitors ask for the like of a new item: competitor, title, price, date, confidence, similarity, same."""
    if market is None:
        return NO_OFFERS
    from core import market as markets

    return markets.offers(market, item_id)


def cost_share(cursor: duckdb.DuckDBPyConnection) -> tuple[float, bool]:
    """What the shop's items usually cost, as a share of their price, and whether the shop says so."""
    ((share,),) = cursor.execute(
        "SELECT median(cost / list_price) FROM catalogue WHERE cost > 0 AND list_price > 0"
    ).fetchall()
    return (float(np.clip(share, 0.01, 0.99)), True) if share else (COST_SHARE, False)
