"""What happened to the models while nobody looked: told once, by the page that is opened next."""

import json

import duckdb

from core.workspace import Workspace

__all__ = ["heard", "tell"]

SETTING = "update_news"
MOST = 5


def tell(workspace: Workspace, words: str) -> None:
    """Keep words for the next page; of many the latest stay."""
    with workspace.transaction(data=False) as cursor:
        known = [*_kept(cursor), words][-MOST:]
        cursor.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [SETTING, json.dumps(known)])


def heard(workspace: Workspace) -> list[str]:
    """What was not told yet; it counts as told from now on."""
    if not _kept(workspace.cursor()):
        return []
    with workspace.transaction(data=False) as cursor:
        known = _kept(cursor)  # again: another window may have heard it, or more may have come
        cursor.execute("DELETE FROM settings WHERE name = ?", [SETTING])
    return known


def _kept(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    row = cursor.execute("SELECT value FROM settings WHERE name = ?", [SETTING]).fetchone()
    return [str(one) for one in json.loads(row[0])] if row else []
