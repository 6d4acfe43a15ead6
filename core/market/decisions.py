"""What people decided about matches: this listing is that item, is not it, or is nothing of ours.

Kept as a log, one step a decision or a bulk of them, so that the last step can be taken back (it then leaves the log)
and it stays known who decided what, and how. Keyed by competitor and name, it outlives a file loaded anew.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

import duckdb
import pandas as pd

from core.workspace import Workspace

__all__ = ["COLUMNS", "How", "Verdict", "keep", "kept", "stamp", "take_back"]

Verdict = Literal["same", "not", "none"]
"""same: the listing is this item. not: it is not this item, but may be another. none: it is none of ours."""
How = Literal["hand", "bulk"]
COLUMNS = ["competitor", "listing", "item_id", "verdict"]


@dataclass(frozen=True)
class Step:
    """A step that was taken back."""

    decisions: int
    competitor: str
    listing: str
    """Of its first decision."""


def keep(workspace: Workspace, decisions: pd.DataFrame, how: How = "hand", who: str = "") -> None:
    """Add one step. decisions: competitor, listing (its name), item_id ('' with none), verdict. who: where it is known.

    All of the step is kept, or nothing of it.
    """
    if decisions.empty:
        return
    rows = decisions[COLUMNS].astype(object).values.tolist()
    with workspace.transaction(data=False) as cursor:
        last = cursor.execute("SELECT coalesce(max(step), 0) FROM market_decisions").fetchone()
        assert last is not None
        cursor.executemany(
            """INSERT INTO market_decisions (step, competitor, listing, item_id, verdict, how, who)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            [[last[0] + 1, *row, how, who] for row in rows],
        )


def take_back(workspace: Workspace) -> Step | None:
    """Undo the last step, whoever took it; None where there is none."""
    with workspace.transaction(data=False) as cursor:
        last = cursor.execute(
            """SELECT count(*), min(competitor), arg_min(listing, competitor), step FROM market_decisions
               WHERE step = (SELECT max(step) FROM market_decisions) GROUP BY step"""
        ).fetchone()
        if last is None:
            return None
        cursor.execute("DELETE FROM market_decisions WHERE step = ?", [last[3]])
    return Step(*last[:3])


def kept(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """What counts: the latest decision on every listing and item (and on a listing as a whole), oldest first.

    competitor, listing, item_id, verdict, how, who, decided_at. A listing that was matched after it was said to be
    none of ours is matched; the other way round it is none. What was once replaced does not come back when what
    replaced it is denied in turn.
    """
    return cursor.execute(
        """SELECT competitor, listing, item_id, verdict, how, who, decided_at FROM market_decisions
           QUALIFY row_number() OVER (PARTITION BY competitor, listing, item_id ORDER BY step DESC) = 1
               AND (verdict = 'not'
                    OR step = max(step) FILTER (verdict <> 'not') OVER (PARTITION BY competitor, listing))
           ORDER BY step, competitor, listing"""
    ).df()


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as no decision changes: for the keys of caches."""
    rows = cursor.execute("SELECT * FROM market_decisions ORDER BY ALL").fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
