"""Weeks that were played on the demo shop: several imports, which are told apart by their names and undone together."""

import re
from dataclasses import dataclass
from datetime import date

import duckdb

from core import imports
from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["Played", "file_name", "last", "undo"]

NAME = re.compile(r"\w+_(\d{4}-\d\d-\d\d)_to_(\d{4}-\d\d-\d\d)\.csv")


@dataclass(frozen=True)
class Played:
    """A period that was played."""

    first: date
    last: date
    batches: tuple[int, ...]
    """Its imports, the latest first."""
    files: tuple[str, ...]


def file_name(table: str, first: date, last: date) -> str:
    """How the file of a table of a period is called."""
    return f"{table}_{first.isoformat()}_to_{last.isoformat()}.csv"


def last(cursor: duckdb.DuckDBPyConnection) -> Played | None:
    """The period that was played last, as far as its imports were not undone; None where there is none."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for batch, name in cursor.execute("SELECT batch_id, file_name FROM batches ORDER BY batch_id DESC").fetchall():
        if period := NAME.fullmatch(name):
            found.setdefault((period[1], period[2]), []).append((batch, name))
    if not found:
        return None
    (first, until), mine = next(iter(found.items()))
    batches, files = zip(*mine, strict=True)
    return Played(date.fromisoformat(first), date.fromisoformat(until), batches, files)


def undo(workspace: Workspace, period: Played) -> None:
    """Take all imports of a period out again, as if it had not been played.

    Killed half way, what is left of it is the last period still, and is undone as that. Raises DebutError where it was
    undone already, or is not the last.
    """
    now = last(workspace.cursor())
    if now is None or (now.first, now.last) != (period.first, period.last):
        raise DebutError("These weeks were taken back already, perhaps in another window.")
    for batch in now.batches:
        imports.undo(workspace, batch)
