"""Prices that the user chose for new items: who, when and why; the plan goes by them, and each act can be undone.

Choices are kept by the item's code, beside the data and not part of it, as a log: what is in force of an item is its
last choice that was not undone. A price of None takes an item back to the sheet's.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["LONGEST", "Choice", "Wish", "keep", "kept", "last", "log", "stamp", "undo"]

LONGEST = 200  # characters of a name or a note
HIGHEST = 1e9  # beyond it a price is a typing error


@dataclass(frozen=True)
class Wish:
    """A price for an item, to be kept."""

    item_id: str
    price: float | None
    """None: back to the sheet's."""
    reason: str = ""
    """Where the price comes from, in words: the rules, or by hand."""
    locked: bool = False
    """Whether pricing the whole sheet must leave it alone."""


@dataclass(frozen=True)
class Choice:
    """A price in force."""

    price: float
    locked: bool
    reason: str
    note: str
    made_by: str
    made_at: datetime


def keep(workspace: Workspace, wishes: Sequence[Wish], made_by: str = "", note: str = "") -> None:
    """Keep prices as one act, to be undone together. Raises DebutError on a price that cannot be asked."""
    for wish in wishes:
        if wish.price is not None and not (math.isfinite(wish.price) and 0 < wish.price <= HIGHEST):
            raise DebutError(f"{wish.item_id}: {wish.price:g} is no price. Give one above 0.")
    if not wishes:
        return
    words = [made_by.strip()[:LONGEST], note.strip()[:LONGEST]]
    with workspace.transaction(data=False) as cursor:
        ((act,),) = cursor.execute("SELECT nextval('price_acts')").fetchall()
        rows = pd.DataFrame(
            {
                "item_id": [wish.item_id for wish in wishes],
                "price": pd.Series([wish.price for wish in wishes], dtype=float),
                "locked": [wish.locked and wish.price is not None for wish in wishes],
                "reason": [wish.reason[:LONGEST] for wish in wishes],
            }
        )
        cursor.register("wished", rows)
        cursor.execute(
            """INSERT INTO price_choices (act, item_id, price, locked, reason, note, made_by)
               SELECT ?, item_id, if(isnan(price), NULL, price), locked, reason, ?, ? FROM wished""",
            [act, words[1], words[0]],
        )
        cursor.unregister("wished")


def undo(workspace: Workspace) -> int:
    """Take back the last act; the number of items that it had priced, 0 where there was none."""
    with workspace.transaction(data=False) as cursor:
        rows = cursor.execute(
            """UPDATE price_choices SET undone = true
               WHERE act = (SELECT max(act) FROM price_choices WHERE NOT undone) RETURNING item_id"""
        ).fetchall()
    return len(rows)


def kept(cursor: duckdb.DuckDBPyConnection) -> dict[str, Choice]:
    """item_id to the price in force; items at the sheet's price are left out."""
    rows = cursor.execute(
        """SELECT item_id, price, locked, reason, note, made_by, made_at FROM price_choices WHERE NOT undone
           QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY act DESC) = 1 ORDER BY item_id"""
    ).fetchall()
    return {item: Choice(*values) for item, *values in rows if values[0] is not None}


def log(cursor: duckdb.DuckDBPyConnection, most: int = 200) -> pd.DataFrame:
    """The latest acts: act, made_at, made_by, item_id, price (NaN: back to the sheet's), reason, note, undone."""
    return cursor.execute(
        """SELECT act, made_at, made_by, item_id, price, reason, note, undone FROM price_choices
           ORDER BY act DESC, item_id LIMIT ?""",
        [most],
    ).df()


def last(cursor: duckdb.DuckDBPyConnection) -> str:
    """What `undo` would take back, in words; '' where there is nothing."""
    row = cursor.execute(
        """SELECT count(*), max(made_at), any_value(made_by) FROM price_choices
           WHERE act = (SELECT max(act) FROM price_choices WHERE NOT undone)"""
    ).fetchone()
    if not row or not row[0]:
        return ""
    who = f" by {row[2]}" if row[2] else ""
    return f"{row[0]:,} price{'s' if row[0] > 1 else ''} kept{who} on {row[1]:%d %b %Y, %H:%M}"


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as no price in force changes: for the keys of caches."""
    prices = "|".join(f"{item}={choice.price!r}" for item, choice in kept(cursor).items())
    return hashlib.sha256(prices.encode()).hexdigest()[:16]
