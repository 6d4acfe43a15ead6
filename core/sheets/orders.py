"""The purchase order: what to buy of whom, and until when, so that it is on the shelf in the launch week."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from core.export import to_csv
from core.outlook import Outlook
from core.stocks.sizes import Profile, split

__all__ = ["ORDER_COLUMNS", "order_csv", "purchase_order"]

ORDER_COLUMNS = [
    *("supplier", "item_id", "title", "variant", "quantity", "pack", "packs", "cost", "money"),
    *("order_by", "launch_week", "note"),
]


def purchase_order(
    table: pd.DataFrame,
    outlook: Outlook,
    packs: pd.DataFrame | None = None,
    sizes: Mapping[str, Profile] | None = None,
) -> pd.DataFrame:
    """ORDER_COLUMNS: a row an item that is launched with a stock, or a row each of its sizes; by supplier and date.

    order_by is the launch week's Monday less the lead time; where the sheet gives none, the note says so. packs: see
    `stocks.packs`, without it the brand stands for the supplier; sizes: item_id to its profile.
    """
    mine = table[(table["launch"] == "yes") & (table["opening_stock"] > 0)]
    lead = outlook.items.set_index("item_id")["lead_time_days"].to_dict()
    brands = outlook.items.set_index("item_id")["brand"].fillna("").to_dict()
    asked = {} if packs is None else packs.set_index("item_id").to_dict("index")
    rows: list[dict[str, Any]] = []
    for row in mine.to_dict("records"):
        terms = {"pack": 1, "least": 0, "supplier": brands.get(row["item_id"], ""), **asked.get(row["item_id"], {})}
        rows += _lines(row, terms, lead.get(row["item_id"]), (sizes or {}).get(row["item_id"]))
    frame = pd.DataFrame(rows, columns=ORDER_COLUMNS)
    frame = frame.astype({"order_by": "datetime64[ns]", "launch_week": "datetime64[ns]"})
    return frame.sort_values(["supplier", "order_by", "item_id"], kind="stable").reset_index(drop=True)


def order_csv(order: pd.DataFrame) -> bytes:
    """As CSV; cells that would be formulas made harmless."""
    return to_csv(order)


def _lines(
    row: Mapping[Any, Any], terms: Mapping[Any, Any], lead: object, profile: Profile | None
) -> list[dict[str, Any]]:
    """The lines of one item."""
    stock, pack, cost = int(row["opening_stock"]), int(terms["pack"]), float(row["cost"])
    launch, days = pd.Timestamp(row["launch_week"]), pd.to_numeric(pd.Series([lead]), errors="coerce").iloc[0]
    notes = ["no lead time in the sheet: order in time"] if pd.isna(days) else []
    if stock % pack:
        notes.append(f"not whole packs of {pack}")
    if stock < terms["least"]:
        notes.append(f"below the supplier's least order of {terms['least']}")
    order_by = launch - timedelta(days=0 if pd.isna(days) else int(days))
    shared = {} if profile is None or profile.shares.empty else _shared(stock, profile, pack)
    return [
        {
            "supplier": terms["supplier"], "item_id": row["item_id"], "title": row["title"], "variant": variant,
            "quantity": quantity, "pack": pack, "packs": -(-quantity // pack), "cost": cost, "money": quantity * cost,
            "order_by": order_by, "launch_week": launch, "note": "; ".join(notes),
        }
        for variant, quantity in (shared or {"": stock}).items()
    ]  # fmt: skip


def _shared(stock: int, profile: Profile, pack: int) -> dict[str, int]:
    """Pieces by size, those of which none is bought left out."""
    shares = dict(zip(profile.shares["value"], profile.shares["share"].astype(float), strict=True))
    return {f"{profile.attribute}: {value}": count for value, count in split(stock, shares, pack).items() if count}
