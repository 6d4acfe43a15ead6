"""Loading a staged file: convert, set aside, check, and commit as one batch that can be undone."""

import json
from dataclasses import dataclass, field

import duckdb
import pandas as pd

from core import catalogue
from core.errors import BadFile
from core.imports.convert import conversion, problem
from core.imports.mapping import Mapping
from core.imports.read import Staged, staged_rows, unreadable
from core.imports.rules import RULES
from core.schema import TABLES, Table
from core.workspace import Workspace

__all__ = ["Report", "batches", "load", "set_aside_rows", "undo"]

Cursor = duckdb.DuckDBPyConnection
EXAMPLES = 3  # of each problem, in a message
LINE = ("date", "product_id", "units", "unit_price", "revenue", "order_id", "customer_id", "channel", "region")


@dataclass(frozen=True)
class Report:
    """What an import did."""

    file: str
    table: str
    batch_id: int
    rows_in: int
    rows_loaded: int
    set_aside: dict[str, int] = field(default_factory=dict)
    """Reason to number of rows."""
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """How many rows went in."""
        return f"{self.rows_loaded:,} of {self.rows_in:,} rows loaded"

    @property
    def details(self) -> str:
        """What was set aside and what to know, a line each."""
        aside = [f"  set aside {count:>9,}  {reason}" for reason, count in self.set_aside.items()]
        return "\n".join([*aside, *(f"  {note}" for note in self.notes)])

    def __str__(self) -> str:
        return f"{self.file}: {self.headline} into {self.table}\n{self.details}".rstrip()


def load(workspace: Workspace, staged: Staged, mapping: Mapping, *, set_aside_bad: bool = False) -> Report:
    """Load a staged file into the mapping's table; the staged copy is removed when it is in.

    set_aside_bad: put rows that cannot be read aside instead of refusing the file.
    Raises BadFile naming file, row and column; the workspace is then as it was.
    """
    mapping.check(staged.name, staged.headers)
    table = TABLES[mapping.table]
    with workspace.transaction() as cursor:
        _refuse_repeat(cursor, staged)
        _stage_rows(cursor, staged)
        _convert(cursor, table, mapping)
        _mark_duplicates(cursor, table)
        if not set_aside_bad:
            _refuse_bad(cursor, staged, mapping)
        report = _commit(cursor, staged, mapping, table)
        catalogue.rebuild(cursor)
        cursor.execute("DROP TABLE staged; DROP TABLE converted")
    staged.discard()
    return report


def undo(workspace: Workspace, batch_id: int) -> None:
    """Take a batch out again. Lines that a later file repeated were set aside there: load that file anew."""
    with workspace.transaction() as cursor:
        for name in (*TABLES, "set_aside", "batches"):
            cursor.execute(f"DELETE FROM {name} WHERE batch_id = ?", [batch_id])
        catalogue.rebuild(cursor)


def batches(cursor: Cursor) -> pd.DataFrame:
    """Every import that is in: batch_id, table_name, file_name, rows_in, rows_loaded, rows_set_aside, loaded_at."""
    return cursor.execute(
        "SELECT batch_id, table_name, file_name, rows_in, rows_loaded, rows_set_aside, loaded_at "
        "FROM batches ORDER BY batch_id DESC"
    ).df()


def set_aside_rows(cursor: Cursor, batch_id: int) -> pd.DataFrame:
    """The rows of a batch that were set aside: file_row, reason, and the line as it stood in the file."""
    frame = cursor.execute(
        "SELECT file_row, reason, line FROM set_aside WHERE batch_id = ? ORDER BY file_row", [batch_id]
    ).df()
    lines = pd.DataFrame.from_records([json.loads(line) for line in frame.pop("line")], index=frame.index)
    lines = lines.rename(columns={name: f"{name} (file)" for name in ("file_row", "reason")})
    return pd.concat([frame, lines], axis=1)


def _refuse_repeat(cursor: Cursor, staged: Staged) -> None:
    before = cursor.execute(
        "SELECT file_name, loaded_at::DATE FROM batches WHERE sha256 = ?", [staged.sha256]
    ).fetchone()
    if before:
        raise BadFile(
            f"{staged.name} is already in: the same content was loaded on {before[1]} as {before[0]}. "
            "Undo that import first if you want to load it anew.",
            title="This file is already loaded",
        )


def _stage_rows(cursor: Cursor, staged: Staged) -> None:
    rows, parameters = staged_rows(staged)
    try:
        # Row 1 of the file is the header, so the first row of data is row 2, as in a spreadsheet.
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE staged AS SELECT row_number() OVER () + 1 AS file_row, * FROM {rows}",
            parameters,
        )
    except duckdb.Error as error:
        raise unreadable(error, staged) from error


def _convert(cursor: Cursor, table: Table, mapping: Mapping) -> None:
    """Make `converted`: file_row, the table's columns, attributes, `aside` (a rule's reason) and `problem`."""
    sources = {name: f"c{at}" for name, at in mapping.positions.items()}
    values = [f'{conversion(cursor, table[name], source)} AS "{name}"' for name, source in sources.items()]
    rules = [rule for rule in RULES if rule.table == table.name and set(rule.needs) <= sources.keys()]
    aside = " ".join(f"WHEN {rule.condition} THEN '{rule.reason}'" for rule in rules)
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE converted AS
            SELECT *, {f"CASE {aside} END" if aside else "NULL::VARCHAR"} AS aside, {problem(table, sources)} AS problem
            FROM (SELECT *, {", ".join(values)} FROM staged)"""
    )
    if table.name == "sales":
        _mark_loaded_lines(cursor, sources)


def _mark_loaded_lines(cursor: Cursor, sources: dict[str, str]) -> None:
    """An export that overlaps an earlier one: a line that is already in, in every respect, is not counted twice."""
    same = " AND ".join(f"sales.{name} IS NOT DISTINCT FROM converted.{name}" for name in LINE if name in sources)
    cursor.execute(
        f"""UPDATE converted SET aside = 'already loaded from an earlier file'
            WHERE aside IS NULL AND EXISTS (SELECT 1 FROM sales WHERE {same})"""
    )


def _mark_duplicates(cursor: Cursor, table: Table) -> None:
    if not table.key:
        return
    key = ", ".join(table.key)
    cursor.execute(
        f"""UPDATE converted SET problem = '{key}: is in the file more than once'
            WHERE problem IS NULL AND file_row IN (
                SELECT file_row FROM converted WHERE aside IS NULL AND problem IS NULL
                QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY file_row) > 1)"""
    )


def _refuse_bad(cursor: Cursor, staged: Staged, mapping: Mapping) -> None:
    found = cursor.execute(
        f"""SELECT problem, count(*), (list(file_row ORDER BY file_row))[:{EXAMPLES}]
            FROM converted WHERE aside IS NULL AND problem IS NOT NULL GROUP BY problem ORDER BY min(file_row)"""
    ).fetchall()
    if not found:
        return
    words = []
    for reason, count, rows in found:
        column, what = reason.split(": ", 1)
        at = mapping.positions[column.split(", ")[0]]
        cell = cursor.execute(f"SELECT c{at} FROM staged WHERE file_row = ?", [rows[0]]).fetchone()
        value = f" ({cell[0][:40]!r})" if cell and cell[0] else ""
        more = f" and {count - 1:,} more" if count > 1 else ""
        words.append(f"row {rows[0]}{more}, column {staged.headers[at]}: {what}{value}")
    raise BadFile(
        f"{staged.name}: {'; '.join(words[:6])}. Nothing was loaded. "
        "Mend the file, or load it with such rows set aside."
    )


def _commit(cursor: Cursor, staged: Staged, mapping: Mapping, table: Table) -> Report:
    rows_in, good = _row(cursor, "SELECT count(*), count(*) FILTER (aside IS NULL AND problem IS NULL) FROM converted")
    if not good:
        raise BadFile(f"{staged.name}: none of its {rows_in:,} rows can be loaded. Look at the mapping of the columns.")
    readable = json.dumps({name: staged.headers[at] for name, at in mapping.positions.items()})
    (batch_id,) = _row(
        cursor,
        """INSERT INTO batches (table_name, file_name, sha256, mapping, rows_in, rows_loaded, rows_set_aside)
           VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING batch_id""",
        [table.name, staged.name, staged.sha256, readable, rows_in, good, rows_in - good],
    )
    _insert(cursor, staged, mapping, table, batch_id)
    reasons = cursor.execute(
        "SELECT reason, count(*) FROM set_aside WHERE batch_id = ? GROUP BY reason ORDER BY 2 DESC",
        [batch_id],
    ).fetchall()
    return Report(
        staged.name,
        table.name,
        batch_id,
        rows_in,
        good,
        dict(reasons),
        tuple(_notes(cursor, table, batch_id)),
    )


def _insert(cursor: Cursor, staged: Staged, mapping: Mapping, table: Table, batch_id: int) -> None:
    names = [f'"{name}"' for name in mapping.positions]
    values = list(names)
    if table.attributes:
        names.append("attributes")
        values.append(_attributes(staged, mapping))
    cursor.execute(
        f"""INSERT INTO {table.name} ({", ".join(names)}, batch_id, file_row)
            SELECT {", ".join(values)}, ?, file_row FROM converted WHERE aside IS NULL AND problem IS NULL
            ORDER BY file_row""",
        [batch_id],
    )
    line = _json({f"c{at}": header for at, header in enumerate(staged.headers)})
    cursor.execute(
        f"""INSERT INTO set_aside SELECT ?, file_row, coalesce(aside, problem), {line}
            FROM converted WHERE aside IS NOT NULL OR problem IS NOT NULL""",
        [batch_id],
    )


def _attributes(staged: Staged, mapping: Mapping) -> str:
    """Undeclared columns of a row as JSON, without the blank ones."""
    used = set(mapping.positions.values())
    extra = {f"c{at}": header for at, header in enumerate(staged.headers) if at not in used and header}
    return f"json_merge_patch('{{}}', {_json(extra)})" if extra else "NULL"


def _json(columns: dict[str, str]) -> str:
    """SQL of a JSON object of text columns under the file's headers, which are data and so are quoted."""
    pairs = ", ".join("'{}', {}".format(header.replace("'", "''"), source) for source, header in columns.items())
    return f"json_object({pairs})"


def _notes(cursor: Cursor, table: Table, batch_id: int) -> list[str]:
    if table.name != "sales":
        return []
    first, last, items, returns = _row(
        cursor,
        """SELECT min(date), max(date), count(DISTINCT product_id), count(*) FILTER (units < 0)
           FROM sales WHERE batch_id = ?""",
        [batch_id],
    )
    notes = [f"{first} to {last}, {items:,} items"]
    if returns:
        notes.append(f"{returns:,} lines of cancellations and returns, netted against the sales")
    return notes


def _row(cursor: Cursor, query: str, parameters: list[object] | None = None) -> tuple:
    row = cursor.execute(query, parameters or []).fetchone()
    assert row is not None
    return row
