"""The shop's calendar: days on which sales differ for reasons that are not ads, so that ads are not credited for them.

Holidays and the shop's own events, each with its first and last day. Beside the shop's data and no part of them; every
edit is kept with those before it, so that it can be undone.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["LONGEST", "MOST", "Event", "add", "check", "keep", "read", "stamp", "undo", "weeks"]

MOST = 1000  # events
LONGEST = 80  # characters of a name
LONGEST_DAYS = 366
FIRST_YEAR, LAST_YEAR = 1990, 2100
MOST_NAMES = 24  # that the model is told of: more would leave it nothing to learn from
STEPS = 50  # edits that are kept


@dataclass(frozen=True, order=True)
class Event:
    """Some days and what they are called; what has the same name does the same to sales."""

    first: date
    last: date
    name: str


def read(cursor: duckdb.DuckDBPyConnection) -> tuple[Event, ...]:
    """The events that are kept at present, in the order of time."""
    row = cursor.execute("SELECT events FROM ad_events ORDER BY step DESC LIMIT 1").fetchone()
    return () if row is None else tuple(_told(one) for one in json.loads(row[0]))


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal for equal calendars: for the keys of caches."""
    return hashlib.sha256(json.dumps(list(map(_written, read(cursor)))).encode()).hexdigest()[:12]


def keep(workspace: Workspace, events: Iterable[Event], who: str = "") -> None:
    """Keep these in place of what was kept. Raises DebutError, saying what is wrong with which."""
    checked = sorted({check(event) for event in events})
    if len(checked) > MOST:
        raise DebutError(f"These are {len(checked)} events; at most {MOST} fit. Leave out those long past.")
    written = json.dumps([_written(event) for event in checked])
    with workspace.transaction(data=False) as cursor:
        cursor.execute(
            "INSERT INTO ad_events (step, events, who) SELECT coalesce(max(step), 0) + 1, ?, ? FROM ad_events",
            [written, who.strip()[:LONGEST]],
        )
        cursor.execute("DELETE FROM ad_events WHERE step <= (SELECT max(step) FROM ad_events) - ?", [STEPS])


def add(workspace: Workspace, events: Iterable[Event], who: str = "") -> int:
    """Keep these beside what is there; how many of them are new."""
    known = set(read(workspace.cursor()))
    new = {check(event) for event in events} - known
    if new:
        keep(workspace, known | new, who)
    return len(new)


def undo(workspace: Workspace) -> bool:
    """Go back to what was kept before; False where there is nothing to undo."""
    with workspace.transaction(data=False) as cursor:
        gone = cursor.execute(
            "DELETE FROM ad_events WHERE step = (SELECT max(step) FROM ad_events) RETURNING step"
        ).fetchall()
    return bool(gone)


def check(event: Event) -> Event:
    """The event as it is kept. Raises DebutError where it makes no sense."""
    name = " ".join(event.name.split())
    if not name:
        raise DebutError(f"The event of {event.first} has no name. Name it, or leave it out.")
    if len(name) > LONGEST:
        raise DebutError(f"{name[:30]} ... has {len(name)} characters; a name may have {LONGEST}.")
    if event.first.year < FIRST_YEAR or event.last.year > LAST_YEAR:
        raise DebutError(f"{name} is in {event.first.year}: years from {FIRST_YEAR} to {LAST_YEAR} are read.")
    if event.last < event.first:
        raise DebutError(f"{name} ends ({event.last}) before it begins ({event.first}). Change one of the days.")
    if (event.last - event.first).days >= LONGEST_DAYS:
        raise DebutError(f"{name} lasts over a year ({event.first} to {event.last}). Give it the days that differ.")
    return Event(event.first, event.last, name)


def weeks(cursor: duckdb.DuckDBPyConnection, weeks: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Names, and (K, T) the share of each week's days that the events of a name cover, 0 to 1.

    weeks: (T,) Mondays. Names that touch none of the weeks, or all of them alike, tell nothing and are left out; of
    more than `MOST_NAMES` those with the most days stay.
    """
    events = read(cursor)
    names = sorted({event.name for event in events})
    covered = np.zeros((len(names), len(weeks), 7), dtype=bool)
    days = np.asarray(weeks, dtype="datetime64[D]")[:, None] + np.arange(7)
    for event in events:
        covered[names.index(event.name)] |= (days >= np.datetime64(event.first)) & (days <= np.datetime64(event.last))
    share = covered.mean(2)
    telling = np.flatnonzero(np.ptp(share, axis=1) > 0) if len(weeks) else np.zeros(0, dtype=int)
    telling = np.sort(telling[np.argsort(-share[telling].sum(1), kind="stable")][:MOST_NAMES])
    return [names[at] for at in telling], share[telling]


def _written(event: Event) -> list[str]:
    return [event.first.isoformat(), event.last.isoformat(), event.name]


def _told(kept: list[str]) -> Event:
    first, last, name = kept
    return Event(date.fromisoformat(first), date.fromisoformat(last), name)
