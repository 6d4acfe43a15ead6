"""What the user decided about an item's like items: which count, how much, and the base demand where they know better.

A choice is kept by the item's code in the shop's file, beside the data and not part of it: a later sheet or a new
model version finds it again. It says what differs from what Debut found, so "as found" is no choice at all.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from core.errors import DebutError
from core.history import History
from core.like_items import LikeItems, Query
from core.workspace import Workspace

__all__ = ["Choice", "apply", "forget", "keep", "kept", "stamp"]

LONGEST_NOTE = 500
LONGEST_NAME = 200


@dataclass(frozen=True)
class Choice:
    """Deviations from what Debut found, of one new item."""

    excluded: tuple[str, ...] = ()
    """product_ids that must not count."""
    added: tuple[str, ...] = ()
    """product_ids of past launches that count although little or nothing was found in them."""
    shares: dict[str, float] = field(default_factory=dict)
    """product_id to its share of the whole weight, 0 to 1; the others share what is left as they were found."""
    base: float | None = None
    """Median units of the launch window, where the user knows better."""
    base_week: date | None = None
    """The launch week that `base` was typed for; the other weeks keep their season."""
    note: str = ""
    """Why, in the user's words."""
    who: str = field(default="", compare=False)
    """Who chose it; '' where that was not said. It makes no other choice of it."""

    @property
    def changes_like_items(self) -> bool:
        """Whether the forecast itself has to be made again."""
        return bool(self.excluded or self.added or self.shares)

    @property
    def stamp(self) -> str:
        """Equal for equal choices, whatever process asks: for the keys of caches."""
        return hashlib.sha256(json.dumps(_written(self), sort_keys=True).encode()).hexdigest()[:16]

    def excluding(self, product_id: str, excluded: bool) -> "Choice":
        """The choice with an item left out, or counted again; one that was added is simply no longer added."""
        added = tuple(one for one in self.added if one != product_id or not excluded)
        others = tuple(one for one in self.excluded if one != product_id)
        if not excluded:
            return replace(self, excluded=others, added=added)
        shares = {one: share for one, share in self.shares.items() if one != product_id}
        out = others if product_id in self.added else (*others, product_id)
        return replace(self, excluded=out, added=added, shares=shares)

    def adding(self, product_id: str) -> "Choice":
        """The choice with an earlier item more."""
        others = tuple(one for one in self.added if one != product_id)
        excluded = tuple(one for one in self.excluded if one != product_id)
        return replace(self, added=(*others, product_id), excluded=excluded)

    def sharing(self, product_id: str, share: float | None) -> "Choice":
        """The choice with an item's weight set, or left to its similarity again."""
        shares = {one: kept for one, kept in self.shares.items() if one != product_id}
        return replace(self, shares=shares if share is None else shares | {product_id: min(max(share, 0.0), 1.0)})


def apply(history: History, vectors: np.ndarray, query: Query, like: LikeItems, choice: Choice) -> LikeItems:
    """The like items (n, k) as the user chose them, those that count most first.

    vectors: (items, d) unit vectors of the history's items. query: n rows of one new item. like: as found. What is
    excluded leaves its weight to the others, whatever share was set for it. One that is added counts as much as the
    first until its share is set. What the history does not hold (any more) is passed over. Raises DebutError where
    nothing is left.
    """
    if not choice.changes_like_items:
        return like
    place = pd.Index(history.items["product_id"])
    excluded, added = (_rows(place, ids) for ids in (choice.excluded, choice.added))
    n = len(like.rows)
    rows = np.column_stack([np.tile(added, (n, 1)), like.rows])
    cosine = np.column_stack([np.maximum(query.vectors @ vectors[added].T, 0), like.similarity])
    most = np.tile(like.weight.max(1, keepdims=True), len(added))
    weight = np.column_stack([most, np.where(np.isin(like.rows, added), 0, like.weight)])
    shares = {one: share for one, share in choice.shares.items() if one not in choice.excluded}
    weight = _shared(place, rows, np.where(np.isin(rows, excluded), 0, weight), shares)
    if not (weight.sum(1) > 0).all():
        raise DebutError("No like item is left. Tick one again, or add an earlier item.")
    order = np.argsort(-weight, axis=1, kind="stable")
    return LikeItems(*(np.take_along_axis(values, order, 1) for values in (rows, cosine, weight)))


def keep(workspace: Workspace, item_id: str, choice: Choice) -> None:
    """Keep an item's choice in place of an earlier one; one that says nothing is forgotten."""
    if choice == Choice():
        forget(workspace, item_id)
        return
    with workspace.transaction(data=False) as cursor:
        cursor.execute(
            """INSERT INTO like_choices (item_id, choice, made_by) VALUES (?, ?, ?)
               ON CONFLICT DO UPDATE SET choice = excluded.choice, made_by = excluded.made_by,
                   created_at = now()::TIMESTAMP""",
            [item_id, json.dumps(_written(choice)), choice.who.strip()[:LONGEST_NAME]],
        )


def forget(workspace: Workspace, item_id: str) -> None:
    """Back to what Debut found."""
    with workspace.transaction(data=False) as cursor:
        cursor.execute("DELETE FROM like_choices WHERE item_id = ?", [item_id])


def kept(cursor: duckdb.DuckDBPyConnection) -> dict[str, Choice]:
    """item_id to what was chosen for it."""
    rows = cursor.execute("SELECT item_id, choice, made_by FROM like_choices ORDER BY item_id").fetchall()
    return {item_id: _read(json.loads(choice), who or "") for item_id, choice, who in rows}


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as no choice of the shop changes, nor who made it: for the keys of caches."""
    parts = [(item, one.stamp, one.who) for item, one in kept(cursor).items()]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _shared(place: pd.Index, rows: np.ndarray, weight: np.ndarray, shares: dict[str, float]) -> np.ndarray:
    """(n, k) shares of the whole: those that were set, and the others as they were found."""
    told, known = np.zeros(weight.shape), np.zeros(weight.shape, dtype=bool)
    for row, share in zip(place.get_indexer(pd.Index(list(shares), dtype=object)), shares.values(), strict=True):
        same = rows == row
        first = same & (same.cumsum(1) == 1)  # one that was added stands there twice
        told[first], known[same] = share, True
    rest = np.where(known, 0, weight)
    left = np.maximum(1 - told.sum(1, keepdims=True), 0) / np.maximum(rest.sum(1, keepdims=True), 1e-12)
    return told + rest * left


def _rows(place: pd.Index, product_ids: tuple[str, ...]) -> np.ndarray:
    rows = place.get_indexer(pd.Index(product_ids, dtype=object))
    return rows[rows >= 0]


def _written(choice: Choice) -> dict[str, Any]:
    values = asdict(choice) | {"base_week": choice.base_week and choice.base_week.isoformat()}
    del values["who"]  # which is no part of what was chosen
    return values


def _read(values: dict[str, Any], who: str) -> Choice:
    day = values["base_week"]
    return Choice(
        tuple(values["excluded"]),
        tuple(values["added"]),
        dict(values["shares"]),
        values["base"],
        date.fromisoformat(day) if day else None,
        values["note"][:LONGEST_NOTE],
        who,
    )
