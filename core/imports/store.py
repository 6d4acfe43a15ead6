"""Storing a draft: its rows, what is set aside of it, and the batch that both belong to."""

import json
import shutil
from dataclasses import dataclass, field

import duckdb

from core import privacy
from core.errors import BadFile
from core.imports.draft import Draft
from core.imports.quality import Finding
from core.imports.read import Staged
from core.imports.recognise import Reading
from core.imports.rows import lines
from core.imports.select import WRITTEN_BY_PEOPLE
from core.imports.sources import cells_of
from core.schema import Table, literal
from core.workspace import Workspace

__all__ = ["NothingToLoad", "Report", "keep_original", "name_people", "next_batch", "store"]

Cursor = duckdb.DuckDBPyConnection


class NothingToLoad(BadFile):
    """No row of a file can be loaded into a table."""


@dataclass(frozen=True)
class Report:
    """What an import did."""

    file: str
    table: str
    batch_id: int
    rows_in: int
    """Rows of the file."""
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


def name_people(workspace: Workspace, cursor: Cursor, draft: Draft, masked: bool) -> None:
    """Make the view `ready`: the draft with the ids under which customers are stored."""
    person = next((column.name for column in draft.table if column.person and column.name in draft.columns), None)
    if person is None or not masked:
        cursor.execute("CREATE OR REPLACE TEMP VIEW ready AS SELECT * FROM draft")
        return
    key = privacy.shop_key(cursor, workspace.folder)
    privacy.pseudonyms(cursor, key, f"SELECT {person} FROM draft_rows")
    cursor.execute(
        f"""CREATE OR REPLACE TEMP VIEW ready AS SELECT draft.* REPLACE (people.customer_id AS {person})
            FROM draft LEFT JOIN people ON people.raw = draft.{person}"""
    )


def next_batch(cursor: Cursor) -> int:
    """The number of a new batch."""
    return int(_row(cursor, "SELECT nextval('batch_ids')")[0])


def store(
    cursor: Cursor, staged: Staged, reading: Reading, draft: Draft, found: list[Finding], batch_id: int, masked: bool
) -> Report:
    table = draft.table
    rows = draft.counted
    rows_in, good = _row(cursor, f"SELECT count({rows}), count({rows}) FILTER (aside IS NULL) FROM draft")
    if not good:
        raise NothingToLoad(_nothing_left(cursor, staged, rows_in))
    told = {one.check: {"title": one.title, "count": one.count, "proposal": one.proposal} for one in found}
    cursor.execute(
        """INSERT INTO batches (batch_id, table_name, file_name, sha256, mapping, rows_in, rows_loaded, rows_set_aside,
               profile, quality) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            *(batch_id, table.name, staged.name, staged.sha256),
            json.dumps(next(feed.columns for feed in reading.tables if feed.table == table.name)),
            *(rows_in, good, rows_in - good, reading.title, json.dumps(told)),
        ],
    )
    names = [f'"{name}"' for name in draft.columns] + (["attributes"] if table.attributes else [])
    cursor.execute(
        f"""INSERT INTO {table.name} ({", ".join(names)}, batch_id, file_row)
            SELECT {", ".join(names)}, ?, file_row FROM ready WHERE aside IS NULL""",
        [batch_id],
    )
    if good < rows_in:
        _insert_aside(cursor, staged, reading, draft, batch_id, masked)
    reasons = cursor.execute(
        f"""SELECT aside[strpos(aside, '|') + 1:], count({rows}) FROM draft WHERE aside IS NOT NULL
            GROUP BY 1 ORDER BY 2 DESC"""
    ).fetchall()
    replaced = _row(cursor, "SELECT count(*) FROM set_aside WHERE because_of = ? AND batch_id <> ?", [batch_id] * 2)[0]
    restated = [f"{replaced:,} rows of earlier files were replaced; undoing this import brings them back"]
    notes = (*(restated if replaced else []), *_notes(cursor, reading, draft, batch_id), *draft.formats.evidence)
    cursor.execute("DROP VIEW ready; DROP VIEW draft; DROP TABLE draft_rows; DROP TABLE IF EXISTS raw")
    return Report(staged.name, table.name, batch_id, rows_in, good, dict(reasons), notes)


def _nothing_left(cursor: Cursor, staged: Staged, rows_in: int) -> str:
    (repeated,) = _row(cursor, "SELECT count(*) FROM draft WHERE starts_with(aside, 'repeated|')")
    if repeated:
        return f"{staged.name}: all that could be loaded of its {rows_in:,} rows is in already, from earlier files."
    reasons = cursor.execute(
        "SELECT aside[strpos(aside, '|') + 1:], count(*) FROM draft WHERE aside IS NOT NULL GROUP BY 1 ORDER BY 2 DESC"
    ).fetchall()
    why = "; ".join(f"{reason} ({count:,})" for reason, count in reasons[:2])
    return f"{staged.name}: none of its {rows_in:,} rows can be loaded: {why}. Look at the mapping of the columns."


def _insert_aside(cursor: Cursor, staged: Staged, reading: Reading, draft: Draft, batch_id: int, masked: bool) -> None:
    """What is set aside, as it stood in the file, and as the values that it would have had."""
    cells = lines(cursor, staged, "SELECT file_row FROM draft WHERE aside IS NOT NULL")
    shown = ", ".join(
        f"{literal(header)}, {_as_kept(at, header, reading, draft.table) if masked else f'c{at}'}"
        for at, header in enumerate(staged.headers)
    )
    values = ", ".join(f"'{name}', ready.\"{name}\"" for name in draft.columns)
    attributes = ", 'attributes', ready.attributes" if draft.table.attributes else ""
    cursor.execute(
        f"""INSERT INTO set_aside (batch_id, file_row, reason, line, row_values, because_of)
            SELECT ?, file_row, aside[strpos(aside, '|') + 1:], json_object({shown}),
                   CASE WHEN {_loadable(draft.table, draft.columns)} AND NOT starts_with(aside, 'total|')
                        THEN json_object({values}{attributes}) END, because_of
            FROM ready LEFT JOIN {cells} USING (file_row) LEFT JOIN repeats USING (rid)
            WHERE aside IS NOT NULL ORDER BY rid""",
        [batch_id],
    )


def _as_kept(at: int, header: str, reading: Reading, table: Table) -> str:
    """SQL of a cell of a line that was set aside, without what would tell a person."""
    kinds = {
        table[name].kind if not table[name].person else "person"
        for name, source in next(feed.columns for feed in reading.tables if feed.table == table.name).items()
        if at in (reading.place(cell) for cell in cells_of(source))
    }
    if "person" in kinds or privacy.personal(header, table.name):
        return "NULL"
    return privacy.mask(f"c{at}") if "prose" in kinds and table.name in WRITTEN_BY_PEOPLE else f"c{at}"


def _loadable(table: Table, columns: tuple[str, ...]) -> str:
    """SQL of whether a row of `ready` could be stored."""
    needed = [f'ready."{name}" IS NOT NULL' for name in table.required if name in columns]
    return " AND ".join(needed or ["true"])


def keep_original(workspace: Workspace, cursor: Cursor, staged: Staged, batch_ids: list[int]) -> None:
    """Copy the file as it was given beside the database, under its hash: nothing of its name becomes a path."""
    if staged.original is None:
        return
    workspace.originals.mkdir(exist_ok=True)
    kept = workspace.originals / staged.sha256
    part = kept.with_suffix(".part")
    shutil.copyfile(staged.original, part)
    part.rename(kept)
    cursor.execute(f"UPDATE batches SET original = ? WHERE batch_id IN ({', '.join(map(str, batch_ids))})", [kept.name])


def _notes(cursor: Cursor, reading: Reading, draft: Draft, batch_id: int) -> list[str]:
    notes = [reading.profile.note] if reading.profile is not None and reading.profile.note else []
    when = next((column.name for column in draft.table if column.kind in ("date", "time")), None)
    if when not in draft.columns:
        return notes
    first, last = _row(
        cursor, f"SELECT min({when})::DATE, max({when})::DATE FROM {draft.table.name} WHERE batch_id = {batch_id}"
    )
    if draft.table.name != "sales":
        return [f"{first} to {last}", *notes]
    items, returns = _row(
        cursor,
        "SELECT count(DISTINCT product_id), count(*) FILTER (units < 0) FROM sales WHERE batch_id = ?",
        [batch_id],
    )
    notes.insert(0, f"{first} to {last}, {items:,} items")
    if returns:
        notes.append(f"{returns:,} lines of cancellations and returns, netted against the sales")
    return notes


def _row(cursor: Cursor, query: str, parameters: list[object] | None = None) -> tuple:
    row = cursor.execute(query, parameters or []).fetchone()
    assert row is not None
    return row
