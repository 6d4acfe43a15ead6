"""Exports that overlap: what two files both hold is counted once, and what a later file says anew replaces the old.

A row that is in the workspace already, in every column that the file has, is set aside as a repetition: as often
as it is there, so that two equal lines of one order stay two. A row with the same key and other values replaces
the one of an earlier file, as ad systems restate their figures and shops their orders; a return does not replace
the sale of its order. Catalogues, customers and sheets keep all rows, since they are read as of the latest file,
column by column. Whichever row was set aside knows the import that it was set aside for, and is looked at again
when that is undone.
"""

from collections.abc import Iterator

import duckdb

from core.imports.draft import Draft

__all__ = ["REPEATED", "REPLACED", "merge", "recount"]

REPEATED = "already loaded from an earlier file"
REPLACED = "replaced by a later file"
FROM_FILES = "batch_id <> 0"  # a judgement by hand is nobody's repetition

Cursor = duckdb.DuckDBPyConnection


def merge(cursor: Cursor, draft: Draft, batch_id: int) -> None:
    """Mark what the workspace has already or better, and move out of the table what the draft replaces.

    Needs the view `ready`, the draft with the ids as they are stored. Leaves `repeats` (rid, because_of, place):
    rows of the draft, and the import and row for which each was set aside.
    """
    cursor.execute("CREATE OR REPLACE TEMP TABLE repeats (rid BIGINT, because_of BIGINT, place BIGINT)")
    if draft.table.unique or not _touches(cursor, draft):
        return
    _set_repeats_aside(cursor, draft, batch_id)
    for key in _keys(draft):
        if _is_key(cursor, draft, key):
            _yield_to_later(cursor, draft, key, batch_id)
            _replace_earlier(cursor, draft, key, batch_id)


def _touches(cursor: Cursor, draft: Draft) -> bool:
    """Whether the draft can hold anything that is there: most exports are of days to come."""
    table, when = draft.table.name, _when(draft)
    span = f"AND {_span(when)}" if when else ""
    return cursor.execute(f"SELECT 1 FROM {table} WHERE {FROM_FILES} {span} LIMIT 1").fetchone() is not None


def _when(draft: Draft) -> str | None:
    return next((name for name in draft.columns if name in ("date", "ts")), None)


def _span(when: str) -> str:
    """SQL of whether a row lies within the days of the draft."""
    ends = [f"(SELECT {end}({when}) FROM draft WHERE aside IS NULL)" for end in ("min", "max")]
    return f"{when} BETWEEN {' AND '.join(ends)}"


def _set_repeats_aside(cursor: Cursor, draft: Draft, batch_id: int) -> None:
    """A file is no earlier one of itself: rows of it that come back stand beside the others."""
    names, when = [f'"{name}"' for name in draft.columns], _when(draft)
    columns, span = ", ".join(names), f"AND {_span(when)}" if when else ""
    nth = f"row_number() OVER (PARTITION BY {columns}) AS nth"
    same = " AND ".join(f"was.{name} IS NOT DISTINCT FROM new.{name}" for name in names)
    cursor.execute(
        f"""INSERT INTO repeats
            WITH was AS (SELECT batch_id, rowid AS place, {columns}, {nth} FROM {draft.table.name}
                         WHERE {FROM_FILES} AND batch_id <> ? {span}),
                 new AS (SELECT rid, {columns}, {nth} FROM ready WHERE aside IS NULL)
            SELECT new.rid, was.batch_id, was.place FROM new JOIN was ON was.nth = new.nth AND {same}""",
        [batch_id],
    )
    _mark(cursor, REPEATED)


def _mark(cursor: Cursor, reason: str) -> None:
    cursor.execute(
        f"""UPDATE draft_rows SET aside = 'repeated|{reason}'
            WHERE aside IS NULL AND rowid IN (SELECT rid FROM repeats)"""
    )


def _keys(draft: Draft) -> Iterator[list[str]]:
    """The keys whose first column the file has, as far as it has them; without orders their days are no key."""
    for key in draft.table.keys:
        by_day = draft.table.name == "sales" and key[0] == "date"
        if key[0] in draft.columns and not (by_day and "order_id" in draft.columns):
            yield [name for name in key if name in draft.columns]


def _is_key(cursor: Cursor, draft: Draft, key: list[str]) -> bool:
    """Orders may hold an item twice; rows without an order are totals only where no key stands twice."""
    if "order_id" in key:
        return True
    query = f"SELECT 1 FROM {{}} AND {_filled(key)} GROUP BY {', '.join(key)} HAVING count(*) > 1 LIMIT 1"
    there = ("ready WHERE aside IS NULL", f"{draft.table.name} WHERE {FROM_FILES}")
    return all(cursor.execute(query.format(one)).fetchone() is None for one in there)


def _filled(key: list[str], of: str = "") -> str:
    return f'{of}"{key[0]}" IS NOT NULL'


def _same(draft: Draft, key: list[str]) -> str:
    """SQL of whether `was` and `new` are about the same thing; what is sold and what comes back are two things."""
    same = [_filled(key, "new."), *(f'was."{name}" IS NOT DISTINCT FROM new."{name}"' for name in key)]
    if "units" in draft.columns:
        same.append("(was.units < 0) = (new.units < 0)")
    return " AND ".join(same)


def _yield_to_later(cursor: Cursor, draft: Draft, key: list[str], batch_id: int) -> None:
    """Rows that come back after an undo give way to those of files that were loaded after theirs."""
    cursor.execute(
        f"""INSERT INTO repeats
            SELECT new.rid, max(was.batch_id), NULL FROM (SELECT * FROM ready WHERE aside IS NULL) AS new
            JOIN {draft.table.name} AS was ON {_same(draft, key)} WHERE was.batch_id > ? GROUP BY new.rid""",
        [batch_id],
    )
    _mark(cursor, REPLACED)


def _replace_earlier(cursor: Cursor, draft: Draft, key: list[str], batch_id: int) -> None:
    """Move earlier rows with the key of a new one aside; those that the new file repeats to the letter stay."""
    table = draft.table.name
    kept = [*(f'"{name}"' for name in key), *(["units"] if "units" in draft.columns and "units" not in key else [])]
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE replaced AS
            SELECT DISTINCT was.batch_id, was.file_row, was.rowid AS place FROM {table} AS was
            JOIN (SELECT DISTINCT {", ".join(kept)} FROM ready WHERE aside IS NULL) AS new ON {_same(draft, key)}
            WHERE was.{FROM_FILES} AND was.batch_id <> ?
                AND was.rowid NOT IN (SELECT place FROM repeats WHERE place IS NOT NULL)""",
        [batch_id],
    )
    names = ", ".join(f"'{column.name}', \"{column.name}\"" for column in draft.table)
    cursor.execute(
        f"""INSERT INTO set_aside (batch_id, file_row, reason, line, row_values, because_of)
            SELECT batch_id, file_row, '{REPLACED}', json_object({names}), json_object({names}), ?
            FROM {table} WHERE rowid IN (SELECT place FROM replaced)""",
        [batch_id],
    )
    cursor.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT place FROM replaced)")
    found = cursor.execute("SELECT DISTINCT batch_id FROM replaced").fetchall()
    for (number,) in found:
        recount(cursor, table, number)


def recount(cursor: Cursor, table: str, batch_id: int) -> None:
    """Count again how many rows of a file are in, of which each may be several rows of the table."""
    cursor.execute(
        f"""UPDATE batches SET rows_loaded = loaded, rows_set_aside = rows_in - loaded
            FROM (SELECT count(DISTINCT file_row) AS loaded FROM {table} WHERE batch_id = $1) WHERE batch_id = $1""",
        [batch_id],
    )
