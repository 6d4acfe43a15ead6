"""Reviews that the user leaves out: they stay in the shop, and count for nothing on the Reviews page or in training.

Kept by batch and row of the file, so that they are forgotten with their import when that is undone.
"""

import hashlib
import json

import duckdb

from core.workspace import Workspace

__all__ = ["keep", "kept", "stamp"]

SETTING = "reviews_excluded"


def kept(cursor: duckdb.DuckDBPyConnection) -> set[str]:
    """Names ("batch-row") of the reviews that are left out."""
    row = cursor.execute("SELECT value FROM settings WHERE name = ?", [SETTING]).fetchone()
    return set(json.loads(row[0])) if row else set()


def keep(workspace: Workspace, names: set[str], *, out: bool) -> None:
    """Leave reviews out, or (`out` False) count them again."""
    with workspace.transaction(data=False) as cursor:
        before = kept(cursor)
        after = sorted(before | names if out else before - names)
        cursor.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [SETTING, json.dumps(after)])


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal for equal choices: for the keys of caches."""
    return hashlib.sha256(json.dumps(sorted(kept(cursor))).encode()).hexdigest()[:16]
