"""What happened to the models while nobody looked: told once, by the page that is opened next."""

import json

from core.workspace import Workspace

__all__ = ["heard", "tell"]

SETTING = "update_news"
MOST = 5


def tell(workspace: Workspace, words: str) -> None:
    """Keep words for the next page; of many the latest stay."""
    known = [*_kept(workspace), words][-MOST:]
    with workspace.transaction(data=False) as cursor:
        cursor.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [SETTING, json.dumps(known)])


def heard(workspace: Workspace) -> list[str]:
    """What was not told yet; it counts as told from now on."""
    known = _kept(workspace)
    if known:
        with workspace.transaction(data=False) as cursor:
            cursor.execute("DELETE FROM settings WHERE name = ?", [SETTING])
    return known


def _kept(workspace: Workspace) -> list[str]:
    row = workspace.cursor().execute("SELECT value FROM settings WHERE name = ?", [SETTING]).fetchone()
    return [str(one) for one in json.loads(row[0])] if row else []
