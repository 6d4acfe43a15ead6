"""The imports that are in: what each brought, what it set aside, and how to take it back."""

import json

import duckdb
import pandas as pd

from core import catalogue
from core.errors import BadFile
from core.imports.convert import Formats
from core.imports.draft import Draft
from core.imports.merge import merge, recount
from core.schema import SQL_TYPES, Table
from core.tables import TABLES
from core.workspace import Workspace

__all__ = ["batches", "bring_back", "set_aside_rows", "undo"]

Cursor = duckdb.DuckDBPyConnection


def undo(workspace: Workspace, batch_id: int) -> None:
    """Take a batch out again; rows of other imports that were set aside for it come back."""
    with workspace.transaction() as cursor:
        for name in (*TABLES, "set_aside", "batches"):
            cursor.execute(f"DELETE FROM {name} WHERE batch_id = ?", [batch_id])
        _return(cursor, "because_of = ?", [batch_id])
        catalogue.rebuild(cursor)
    workspace.forget_originals()


def bring_back(workspace: Workspace, batch_id: int, reason: str) -> int:
    """Load the rows of a batch that were set aside for this reason after all; returns how many.

    Raises BadFile where none of them can be: a required cell cannot be read.
    """
    with workspace.transaction() as cursor:
        count = _return(cursor, "set_aside.batch_id = ? AND reason = ?", [batch_id, reason])
        if not count:
            raise BadFile(
                "None of these rows can be loaded: another import holds them, or a cell that is needed cannot be read."
            )
        catalogue.rebuild(cursor)
    return count


def batches(cursor: Cursor) -> pd.DataFrame:
    """Every import that is in: batch_id, table_name, file_name, profile, rows_in, rows_loaded, rows_set_aside,
    loaded_at, original."""
    return cursor.execute(
        "SELECT batch_id, table_name, file_name, profile, rows_in, rows_loaded, rows_set_aside, loaded_at, original "
        "FROM batches ORDER BY batch_id DESC"
    ).df()


def set_aside_rows(cursor: Cursor, batch_id: int) -> pd.DataFrame:
    """The rows of a batch that were set aside: file_row, reason, and the line as it stood in the file."""
    frame = cursor.execute(
        "SELECT file_row, reason, line FROM set_aside WHERE batch_id = ? ORDER BY file_row", [batch_id]
    ).df()
    cells = pd.DataFrame.from_records([json.loads(line) for line in frame.pop("line")], index=frame.index)
    cells = cells.rename(columns={name: f"{name} (file)" for name in ("file_row", "reason")})
    return pd.concat([frame, cells], axis=1)


def _return(cursor: Cursor, which: str, parameters: list[object]) -> int:
    """Load rows that were set aside, where they can be; `which` is a condition of ours over `set_aside`.

    They are merged like a file: what another import still holds, or a later one says anew, stays aside for that.
    """
    waiting = cursor.execute(
        f"""SELECT batch_id, table_name FROM set_aside JOIN batches USING (batch_id)
            WHERE {which} AND row_values IS NOT NULL GROUP BY ALL ORDER BY batch_id""",
        parameters,
    ).fetchall()
    return sum(_return_to(cursor, which, parameters, number, TABLES[name]) for number, name in waiting)


def _return_to(cursor: Cursor, which: str, parameters: list[object], batch_id: int, table: Table) -> int:
    kinds = {column.name: SQL_TYPES[column.kind] for column in table} | (
        {"attributes": "JSON"} if table.attributes else {}
    )
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE draft_rows AS
            SELECT place, file_row, unnest(json_transform(row_values, ?)), aside
            FROM (SELECT rowid AS place, file_row, row_values, NULL::VARCHAR AS aside FROM set_aside
                  WHERE {which} AND set_aside.batch_id = ? AND row_values IS NOT NULL)""",
        [json.dumps(kinds), *parameters, batch_id],
    )
    cursor.execute("CREATE OR REPLACE TEMP VIEW draft AS SELECT rowid AS rid, * FROM draft_rows")
    cursor.execute("CREATE OR REPLACE TEMP VIEW ready AS SELECT * FROM draft")
    merge(cursor, Draft(table, _given(cursor, table), Formats(), several=False), batch_id)
    names = ", ".join(f'"{name}"' for name in kinds)
    cursor.execute(
        f"""INSERT INTO {table.name} ({names}, batch_id, file_row)
            SELECT {names}, ?, file_row FROM ready WHERE aside IS NULL""",
        [batch_id],
    )
    cursor.execute(
        """UPDATE set_aside SET reason = split_part(ready.aside, '|', 2), because_of = found.because_of
           FROM ready JOIN (SELECT rid, max(because_of) AS because_of FROM repeats GROUP BY rid) AS found USING (rid)
           WHERE set_aside.rowid = ready.place AND ready.aside IS NOT NULL"""
    )
    cursor.execute("DELETE FROM set_aside WHERE rowid IN (SELECT place FROM draft_rows WHERE aside IS NULL)")
    count = cursor.execute("SELECT count(*) FROM draft_rows WHERE aside IS NULL").fetchone()
    back = int(count[0]) if count else 0
    recount(cursor, table.name, batch_id)
    cursor.execute("DROP VIEW ready; DROP VIEW draft; DROP TABLE draft_rows")
    return back


def _given(cursor: Cursor, table: Table) -> tuple[str, ...]:
    """The columns that the file had, which are those that any of its rows has filled."""
    counts = ", ".join(f'count("{column.name}")' for column in table)
    filled = cursor.execute(f"SELECT {counts} FROM draft_rows").fetchone() or ()
    return tuple(column.name for column, count in zip(table, filled, strict=True) if count)
