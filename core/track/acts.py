"""The log of what people told of launches: which product an item became, what arrived, which alert to be quiet about.

Nothing is overwritten: each act is a row, and what holds is what the acts that were not undone come to.

    attach {product_id}    detach {product_id}    received {units, on}    dismiss {key, worth}
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb
import pandas as pd

from core.workspace import Workspace

__all__ = ["Dismissed", "Told", "keep", "last", "log", "stamp", "told", "undo"]

WORDS = {
    "attach": "matched with",
    "detach": "no longer matched with",
    "received": "received",
    "dismiss": "alert dismissed",
}
MOVES = ("attach", "detach")
"""Acts that change which items are launched, and with it what is planned and forecast."""


@dataclass(frozen=True)
class Dismissed:
    """An alert that somebody put away."""

    key: str
    worth: float
    """When it was put away; NaN where it had none."""
    reason: str
    who: str


@dataclass(frozen=True)
class Told:
    """What the acts in force come to."""

    attached: dict[str, str] = field(default_factory=dict)
    """item_id to the product that somebody said it is."""
    detached: dict[str, set[str]] = field(default_factory=dict)
    """item_id to products that it is not."""
    received: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"item_id": [], "units": [], "on": []}))
    """item_id, units, on: stock that came after the opening stock, or a correction of it."""
    dismissed: dict[str, Dismissed] = field(default_factory=dict)
    """By the key of the alert."""


def told(cursor: duckdb.DuckDBPyConnection) -> Told:
    """What people told, as it holds now."""
    rows = cursor.execute(
        "SELECT kind, item_id, content, reason, made_by FROM tracking_acts WHERE NOT undone ORDER BY act, rowid"
    ).fetchall()
    found, received = Told(), []
    for kind, item, text, reason, who in rows:
        content = json.loads(text)
        match kind:
            case "attach":
                found.attached[item] = content["product_id"]
                found.detached.get(item, set()).discard(content["product_id"])
            case "detach":
                found.attached.pop(item, None)
                found.detached.setdefault(item, set()).add(content["product_id"])
            case "received":
                received.append((item, float(content["units"]), date.fromisoformat(content["on"])))
            case "dismiss":
                worth = content["worth"]
                worth = float("nan") if worth is None else float(worth)
                found.dismissed[content["key"]] = Dismissed(content["key"], worth, reason, who)
    frame = pd.DataFrame(received, columns=["item_id", "units", "on"])
    return Told(found.attached, found.detached, frame, found.dismissed)


def keep(workspace: Workspace, kind: str, item_id: str, content: dict[str, Any], reason: str, who: str) -> None:
    """Write one act."""
    with workspace.transaction(data=kind in MOVES) as cursor:
        cursor.execute(
            """INSERT INTO tracking_acts (act, kind, item_id, content, reason, made_by)
               VALUES (nextval('tracking_steps'), ?, ?, ?, ?, ?)""",
            [kind, item_id, json.dumps(content), reason.strip(), who.strip()],
        )


def undo(workspace: Workspace) -> str:
    """Take back the last act: what it was, in words; '' where there was none."""
    with workspace.transaction(data=False) as cursor:
        row, words = _last(cursor), last(cursor)
        if row is not None:
            cursor.execute("UPDATE tracking_acts SET undone = true WHERE act = ?", [row[0]])
        if row is not None and row[1] in MOVES:
            cursor.execute("UPDATE data_version SET version = version + 1")
    return words


def last(cursor: duckdb.DuckDBPyConnection) -> str:
    """What `undo` would take back, in words; '' where there is nothing."""
    row = _last(cursor)
    if row is None:
        return ""
    _, kind, item, text, who, at = row
    by = f" by {who}" if who else ""
    return f"{item}: {_words(kind, json.loads(text))}{by}, {at:%d %b %Y, %H:%M}"


def log(cursor: duckdb.DuckDBPyConnection, most: int = 200) -> pd.DataFrame:
    """The latest acts: act, made_at, made_by, item_id, what (words), reason, undone."""
    rows = cursor.execute(
        """SELECT act, made_at, made_by, item_id, kind, content, reason, undone FROM tracking_acts
           ORDER BY act DESC LIMIT ?""",
        [most],
    ).df()
    contents = [json.loads(text) for text in rows.pop("content")]
    words = [_words(kind, content) for kind, content in zip(rows.pop("kind"), contents, strict=True)]
    rows.insert(4, "what", pd.Series(words, index=rows.index, dtype=object))
    return rows


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as nobody tells anything or takes it back: for the keys of caches."""
    row = cursor.execute("SELECT count(*), coalesce(sum(undone::INT), 0) FROM tracking_acts").fetchone()
    assert row is not None
    return f"{row[0]}-{row[1]}"


def _last(cursor: duckdb.DuckDBPyConnection) -> tuple[int, str, str, str, str, datetime] | None:
    row = cursor.execute(
        """SELECT act, kind, item_id, content, made_by, made_at FROM tracking_acts WHERE NOT undone
           ORDER BY act DESC LIMIT 1"""
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2], row[3], row[4], row[5])


def _words(kind: str, content: dict[str, Any]) -> str:
    if kind == "received":
        return f"{content['units']:+,.0f} units {WORDS[kind]} on {date.fromisoformat(content['on']):%d %b %Y}"
    thing = {"attach": "product_id", "detach": "product_id"}.get(kind)
    return (
        f"{WORDS[kind]} {content[thing]}"
        if thing
        else f"{WORDS[kind]} ({content['key'].split(':')[0].replace('_', ' ')})"
    )
