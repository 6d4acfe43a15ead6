"""The log of what people told of launches: which product an item became, what is ordered and arrived, which alert to
be quiet about.

Nothing is overwritten: each act is a row, and what holds is what the acts that were not undone come to.

    attach {product_id}    detach {product_id}    received {units, on, order}    ordered {units, due, opening}
    dismiss {key, worth}   recall {key}           undo {act, what}
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import duckdb
import pandas as pd

from core.errors import DebutError
from core.track import orders
from core.workspace import Workspace

__all__ = ["Dismissed", "Told", "keep", "last", "log", "stamp", "take_back", "told", "undo"]

MOVES = ("attach", "detach")
"""Acts that change which items are launched, and with it what is planned and forecast."""
TAKES_BACK = "undo"
"""Kind of the act that says who has taken back another's; it is none that can be taken back itself."""


@dataclass(frozen=True)
class Dismissed:
    """An alert that somebody put away."""

    key: str
    worth: float
    """When it was put away; NaN where it had none."""
    reason: str
    who: str
    at: datetime | None = None


@dataclass(frozen=True)
class Told:
    """What the acts in force come to."""

    attached: dict[str, str] = field(default_factory=dict)
    """item_id to the product that somebody said it is."""
    detached: dict[str, set[str]] = field(default_factory=dict)
    """item_id to products that it is not."""
    received: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"item_id": [], "units": [], "on": []}))
    """item_id, units, on: stock that came after the opening stock, or a correction of it; not what was ordered as
    opening stock."""
    dismissed: dict[str, Dismissed] = field(default_factory=dict)
    """By the key of the alert."""
    ordered: pd.DataFrame = field(default_factory=lambda: orders.NONE)
    """What is ordered: see `orders.NONE`."""
    opening: dict[str, float] = field(default_factory=dict)
    """item_id to the opening stock that was ordered, in place of the plan's."""


class _Act(NamedTuple):
    act: int
    kind: str
    item: str
    content: dict[str, Any]
    reason: str
    who: str
    at: datetime


def told(cursor: duckdb.DuckDBPyConnection) -> Told:
    """What people told, as it holds now."""
    found, book = Told(), orders.Book()
    received: list[tuple[str, float, date]] = []
    for one in _read(cursor, "WHERE NOT undone ORDER BY act, rowid"):
        content, item = one.content, one.item
        match one.kind:
            case "attach":
                found.attached[item] = content["product_id"]
                found.detached.get(item, set()).discard(content["product_id"])
            case "detach":
                found.attached.pop(item, None)
                found.detached.setdefault(item, set()).add(content["product_id"])
            case "received":
                units, on = float(content["units"]), date.fromisoformat(content["on"])
                received.append((item, units - book.arrived(item, units, content.get("order")), on))
            case "ordered":
                due, opening = date.fromisoformat(content["due"]), bool(content.get("opening"))
                book.add(orders.Order(item, float(content["units"]), due, opening, one.act, one.who, one.at))
            case "dismiss":
                worth = float("nan") if content["worth"] is None else float(content["worth"])
                found.dismissed[content["key"]] = Dismissed(content["key"], worth, one.reason, one.who, one.at)
            case "recall":
                found.dismissed.pop(content["key"], None)
    frame = pd.DataFrame(received, columns=["item_id", "units", "on"])
    return Told(found.attached, found.detached, frame, found.dismissed, book.frame(), book.opening())


def keep(workspace: Workspace, kind: str, item_id: str, content: dict[str, Any], reason: str, who: str) -> None:
    """Write one act."""
    with workspace.transaction(data=kind in MOVES) as cursor:
        _write(cursor, kind, item_id, content, reason, who)


def undo(workspace: Workspace, who: str | None = None) -> str:
    """Take back the last act, of this person ('': of those that gave no name) or of anybody (None): what it was, in
    words; '' where there was none."""
    with workspace.transaction(data=False) as cursor:
        one = _last(cursor, who)
        if one is not None:
            _undone(cursor, one)
    return "" if one is None else _said(one)


def take_back(workspace: Workspace, act: int, who: str) -> str:
    """Take back one act, whoever made it: what it was, in words. Who takes back another's is written down.

    Raises DebutError where it was taken back already, or never was.
    """
    with workspace.transaction(data=False) as cursor:
        found = _read(cursor, "WHERE NOT undone AND act = $act AND kind <> $kind", {"act": act, "kind": TAKES_BACK})
        if not found:
            raise DebutError("That was taken back already, perhaps in another window.")
        (one,) = found
        _undone(cursor, one)
        if not _same(one.who, who):
            _write(cursor, TAKES_BACK, one.item, {"act": act, "what": _words(one.kind, one.content)}, "", who)
    return _said(one)


def last(cursor: duckdb.DuckDBPyConnection, who: str | None = None) -> str:
    """What `undo` would take back, in words; '' where there is nothing."""
    one = _last(cursor, who)
    return "" if one is None else _said(one)


def log(cursor: duckdb.DuckDBPyConnection, item_id: str = "", most: int = 200) -> pd.DataFrame:
    """The latest acts, of an item or ('') all: act, made_at, made_by, item_id, what (words), reason, undone, kind."""
    columns = ["act", "made_at", "made_by", "item_id", "what", "reason", "undone", "kind"]
    rows = cursor.execute(
        f"{SELECT}, undone FROM tracking_acts WHERE $item = '' OR item_id = $item ORDER BY act DESC LIMIT $most",
        {"item": item_id, "most": most},
    ).fetchall()
    found = [
        (act, at, who, item, _words(kind, json.loads(text)), reason, undone, kind)
        for act, kind, item, text, reason, who, at, undone in rows
    ]
    return pd.DataFrame(found, columns=columns).astype({"undone": bool})


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as nobody tells anything or takes it back: for the keys of caches."""
    row = cursor.execute("SELECT count(*), coalesce(sum(undone::INT), 0) FROM tracking_acts").fetchone()
    assert row is not None
    return f"{row[0]}-{row[1]}"


SELECT = "SELECT act, kind, item_id, content, reason, made_by, made_at"


def _read(cursor: duckdb.DuckDBPyConnection, which: str, values: dict[str, Any] | None = None) -> list[_Act]:
    rows = cursor.execute(f"{SELECT} FROM tracking_acts {which}", values or {}).fetchall()
    return [_Act(act, kind, item, json.loads(text), *rest) for act, kind, item, text, *rest in rows]


def _last(cursor: duckdb.DuckDBPyConnection, who: str | None) -> _Act | None:
    """Of a person, however the name is written."""
    found = _read(
        cursor,
        """WHERE NOT undone AND kind <> $kind AND ($who IS NULL OR lower(made_by) = lower($who))
           ORDER BY act DESC LIMIT 1""",
        {"kind": TAKES_BACK, "who": None if who is None else who.strip()},
    )
    return found[0] if found else None


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _write(
    cursor: duckdb.DuckDBPyConnection, kind: str, item_id: str, content: dict[str, Any], reason: str, who: str
) -> None:
    cursor.execute(
        """INSERT INTO tracking_acts (act, kind, item_id, content, reason, made_by)
           VALUES (nextval('tracking_steps'), ?, ?, ?, ?, ?)""",
        [kind, item_id, json.dumps(content), reason.strip(), who.strip()],
    )


def _undone(cursor: duckdb.DuckDBPyConnection, one: _Act) -> None:
    cursor.execute("UPDATE tracking_acts SET undone = true WHERE act = ?", [one.act])
    if one.kind in MOVES:
        cursor.execute("UPDATE data_version SET version = version + 1")


def _said(one: _Act) -> str:
    by = f" by {one.who}" if one.who else ""
    return f"{one.item}: {_words(one.kind, one.content)}{by}, {one.at:%d %b %Y, %H:%M}"


def _words(kind: str, content: dict[str, Any]) -> str:
    match kind:
        case "received":
            return f"{content['units']:+,.0f} units received on {_day(content['on'])}"
        case "ordered":
            return f"{content['units']:,.0f} units ordered, due {_day(content['due'])}"
        case "attach":
            return f"matched with {content['product_id']}"
        case "detach":
            return f"no longer matched with {content['product_id']}"
        case "undo":
            return f"took back: {content['what']}"
    did = {"dismiss": "alert put away", "recall": "alert brought back"}[kind]
    return f"{did} ({content['key'].split(':')[0].replace('_', ' ')})"


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d %b %Y}"
