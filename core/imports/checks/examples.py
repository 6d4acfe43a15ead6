"""A few rows of each finding, as they are shown: the row's number in the file and the columns concerned."""

import pandas as pd

from core.imports.checks.check import Check, Look

__all__ = ["EXAMPLES", "show"]

EXAMPLES = 5


def show(look: Look, checks: list[Check]) -> dict[str, pd.DataFrame]:
    """By check: file_row, its columns, and `proposed` where it knows a better value; day where days are missing."""
    picked = {check.id: _picked(look, check) for check in checks if check.unit != "days"}
    wanted = sorted({rid for rids in picked.values() for rid in rids})
    rows = _rows(look, wanted)
    flags = look.cursor.execute(
        "SELECT DISTINCT check_id, rid, column_name, value FROM flags WHERE rid IN (SELECT unnest(?)) ORDER BY ALL",
        [wanted],
    ).df()
    return {
        check.id: _days(look, check)
        if check.unit == "days"
        else _example(look, check, rows.loc[picked[check.id]], flags)
        for check in checks
    }


def _picked(look: Look, check: Check) -> list[int]:
    """The first rows; of a check that counts items or orders, those of the first of these."""
    flagged = "SELECT DISTINCT rid FROM flags WHERE check_id = ?"
    query = f"{flagged} ORDER BY rid LIMIT {EXAMPLES}"
    if check.counted != "rid":
        query = f"SELECT rid FROM live SEMI JOIN ({flagged}) USING (rid) ORDER BY {check.counted}, rid LIMIT {EXAMPLES}"
    return [rid for (rid,) in look.cursor.execute(query, [check.id]).fetchall()]


def _rows(look: Look, rids: list[int]) -> pd.DataFrame:
    """Rows of the draft by rid, read in one pass."""
    names = ", ".join(f'"{name}"' for name in look.columns)
    query = f"SELECT rid, file_row, {names} FROM draft WHERE rid IN (SELECT unnest(?))"
    return look.cursor.execute(query, [rids]).df().set_index("rid")


def _example(look: Look, check: Check, rows: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    mine = flags[(flags["check_id"] == check.id) & flags["rid"].isin(rows.index)]
    concerned = [*look.only(*check.shows), *mine["column_name"]]
    shown = rows[["file_row", *dict.fromkeys(concerned)]].copy()
    better = mine.dropna(subset="value")
    if not better.empty:
        several = better["column_name"].nunique() > 1
        words = better["column_name"] + " " + better["value"] if several else better["value"]
        shown["proposed"] = words.groupby(better["rid"]).agg(", ".join)
    return shown.reset_index(drop=True)


def _days(look: Look, check: Check) -> pd.DataFrame:
    query = f"SELECT value AS day FROM flags WHERE check_id = ? ORDER BY value LIMIT {EXAMPLES}"
    return look.cursor.execute(query, [check.id]).df()
