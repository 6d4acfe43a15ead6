"""What suppliers ask of an order: pieces a pack, the least they deliver, and who they are, from the sheet of new items.

The sheet has no columns of its own for these; they are read from its further columns, by the words that sheets use.
"""

import json
import re
from collections.abc import Iterable

import duckdb
import pandas as pd

from core.imports.headers import normalise

__all__ = ["LEAST_WORDS", "PACK_WORDS", "SUPPLIER_WORDS", "packs"]

PACK_WORDS = ("pack_size", "pack", "case_size", "case_pack", "units per pack", "pieces per pack", "carton", "inner")
LEAST_WORDS = ("min_order", "moq", "minimum order", "minimum order quantity", "min order quantity", "min qty")
SUPPLIER_WORDS = ("supplier", "vendor", "manufacturer", "factory")
MOST = 10**6  # pieces; more is no pack


def packs(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """item_id, pack (pieces, at least 1), least (pieces, 0: no minimum), supplier ('' where unknown), in item order.

    What is missing or no number counts as a pack of 1 without a minimum.
    """
    rows = cursor.execute(
        """SELECT item_id, attributes::VARCHAR, brand FROM new_items
           QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY batch_id DESC) = 1 ORDER BY item_id"""
    ).fetchall()
    found = [_of(item, json.loads(text) if text else {}, brand) for item, text, brand in rows]
    frame = pd.DataFrame(found, columns=["item_id", "pack", "least", "supplier"])
    return frame.astype({"pack": int, "least": int})


def _of(item: str, attributes: dict[str, object], brand: str | None) -> tuple[str, int, int, str]:
    cells = {normalise(name): str(value).strip() for name, value in attributes.items() if value is not None}
    pack, least = _count(cells, PACK_WORDS), _count(cells, LEAST_WORDS)
    return item, max(1, pack), least, _first(cells, SUPPLIER_WORDS) or brand or ""


def _count(cells: dict[str, str], words: Iterable[str]) -> int:
    """Pieces that a cell names: 12, 12.0, '12 pcs'."""
    found = re.match(r"(\d+)(?:[.,]0+)?(?!\d|[.,]\d)", _first(cells, words))
    return min(int(found[1]), MOST) if found else 0


def _first(cells: dict[str, str], words: Iterable[str]) -> str:
    return next((cells[one] for one in map(normalise, words) if one in cells), "")
