"""Which items of approved plans are on sale, and as which product: the plan that counts, the sales that are its own.

An item belongs to the latest approved plan that lists it and was made before its first sale; to the latest of all as
long as nothing of it is sold. Its product is the one that a person said it is, else the one of the same code.

A plan whose approval was taken back promises nothing: an item that has sold stays with it only where no other plan has
it, and one that has not belongs to none.
"""

import json
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import duckdb
import pandas as pd

from core.scenario.acts import acts as acts_of
from core.scenario.acts import fold
from core.track import acts
from core.track.acts import Told

__all__ = ["Back", "Entry", "attached", "launched", "listed", "withdrawn"]

COLUMNS = ["item_id", "act", "launch", "until", "withdrawn", "product_id", "how", "launched_on"]
CONFIRMED, SAME_CODE = "confirmed", "code"


class Entry(NamedTuple):
    """What one approved plan says of an item."""

    act: int
    launch: bool
    until: date
    """Last day of the data that it was made from."""
    withdrawn: bool = False
    """Whether its approval was taken back."""


class Back(NamedTuple):
    """An approval taken back."""

    who: str
    at: datetime
    why: str


_Row = tuple[str, int, bool, date, bool, str, str, date | None]


def launched(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """item_id to product_id of what approved plans launched and has sold: no new item any more."""
    return {row[0]: row[5] for row in _rows(cursor) if row[2] and row[7] is not None}


def attached(cursor: duckdb.DuckDBPyConnection, told: Told | None = None) -> pd.DataFrame:
    """A row an item that approved plans list: item_id, act (of the approval that counts), launch (whether that plan
    launches it), until (last day of the data that it was made from), withdrawn (whether its approval was taken back),
    product_id ('' for none), how ("code", "confirmed", ''), launched_on (its first sale; NaT for none)."""
    frame = pd.DataFrame(_rows(cursor, told), columns=COLUMNS).astype({"launch": bool, "withdrawn": bool})
    return frame.assign(launched_on=pd.to_datetime(frame["launched_on"]))


def listed(cursor: duckdb.DuckDBPyConnection) -> dict[str, list[Entry]]:
    """item_id to what approved plans that were not undone say of it, older plans first."""
    rows = cursor.execute(
        """SELECT act, plan::VARCHAR, json_extract_string(promise, '$.until')
           FROM approved_plans JOIN scenario_acts AS acts USING (act) WHERE NOT undone ORDER BY act"""
    ).fetchall()
    found: dict[str, list[Entry]] = {}
    gone = withdrawn(cursor) if rows else {}
    for act, plan, until in rows:
        entries, before = _entries(plan)
        last = date.fromisoformat(until) if until else before
        for item, launch in entries:
            found.setdefault(item, []).append(Entry(act, launch, last, act in gone))
    return found


def withdrawn(cursor: duckdb.DuckDBPyConnection) -> dict[int, Back]:
    """Approvals that were taken back by making a draft of the plan again, with who did and why.

    Where a plan was changed after its approval, what is put back is no approval: that of before stays.
    """
    rows = cursor.execute(
        """SELECT act, scenario_id FROM scenario_acts
           WHERE kind = 'state' AND NOT undone AND json_extract_string(content, '$.state') = 'draft' ORDER BY act"""
    ).fetchall()
    known = {scenario_id: acts_of(cursor, scenario_id) for _, scenario_id in rows}
    found = {}
    for number, scenario_id in rows:
        before = [one for one in known[scenario_id] if one.act < number]
        now, back = fold(scenario_id, before), next(one for one in known[scenario_id] if one.act == number)
        if now is not None and now.state == "approved":
            approval = max(one.act for one in before if one.kind == "state" and one.content["state"] == "approved")
            found[approval] = Back(back.made_by, back.made_at, back.reason)
    return found


def _rows(cursor: duckdb.DuckDBPyConnection, told: Told | None = None) -> list[_Row]:
    plans = listed(cursor)
    if not plans:
        return []
    told = told or acts.told(cursor)
    first = _first_sales(cursor, {*plans, *told.attached.values()})
    rows = [_one(item, plans[item], told, first) for item in sorted(plans)]
    return [row for row in rows if row is not None]


def _one(item: str, entries: list[Entry], told: Told, first: dict[str, date]) -> _Row | None:
    """The row of one item. An item that sold before any plan was made from the data is none of our launches."""
    product, how = told.attached.get(item, ""), CONFIRMED
    if not product and item not in told.detached.get(item, set()):
        product, how = item, SAME_CODE
    on = first.get(product)
    before = [one for one in entries if on is not None and one.until < on]
    standing = [one for one in before or entries if not one.withdrawn]
    if not before:
        return (item, *standing[-1], "", "", None) if standing else None
    own = standing or [one for one in before if one.launch]
    return (item, *own[-1], product, how, on) if own else None


def _first_sales(cursor: duckdb.DuckDBPyConnection, products: set[str]) -> dict[str, date]:
    rows = cursor.execute(
        "SELECT product_id, first_sale FROM catalogue WHERE first_sale IS NOT NULL AND list_contains(?, product_id)",
        [sorted(products)],
    ).fetchall()
    return dict(rows)


@lru_cache(maxsize=64)
def _entries(plan: str) -> tuple[tuple[tuple[str, bool], ...], date]:
    """(item_id, launch) of a plan as it is kept, and the earliest that its data can have ended."""
    held = json.loads(plan)
    item, launch, week = (held["columns"].index(name) for name in ("item_id", "launch", "launch_week"))
    first = date.fromisoformat(min(row[week] for row in held["data"])[:10])
    return tuple((str(row[item]), row[launch] == "yes") for row in held["data"]), first - timedelta(weeks=1)
