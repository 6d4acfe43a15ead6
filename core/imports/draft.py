"""A file converted and not yet committed: temp tables of one cursor, which the quality report looks at.

`draft_rows` holds the table's columns in their types, and `aside`, which says `check|reason` for a row that is
not to be loaded. The view `draft` adds `rid` and `file_row`, the row's number in the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import duckdb

from core.errors import DebutError
from core.imports.convert import Formats, decide, decide_again
from core.imports.profile import Feed
from core.imports.read import Staged, staged_rows, unreadable
from core.imports.recognise import Reading
from core.imports.rows import Cells, cells
from core.imports.rules import RULES
from core.imports.select import CELL, NOTHING, TYPED, Job, select
from core.imports.sources import Source, cells_of
from core.schema import Table, literal

__all__ = ["Draft", "build"]

SAMPLE = 20_000  # rows that decide how numbers and dates are written

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Draft:
    """What is known of the draft beside its rows."""

    table: Table
    columns: tuple[str, ...]
    """Columns of the table that the file has."""
    formats: Formats
    several: bool
    """Whether a row of the file may have become several rows."""

    @property
    def counted(self) -> str:
        """What stands in SQL's count() for rows of the file."""
        return "DISTINCT file_row" if self.several else "*"


def build(cursor: Cursor, staged: Staged, reading: Reading, feed: Feed, *, masked: bool = True) -> Draft:
    """Convert a file into the draft of one table. masked: leave personal data out.

    Raises BadFile where the file cannot be read as CSV.
    """
    job = Job(staged, reading, feed, masked)
    try:
        rows = cells(cursor, staged, reading, feed)
        formats = _formats(cursor, job, rows)
        _make(cursor, job, rows, formats)
        again = _formats_again(cursor, job, formats)
        if (again.comma, again.date_order) != (formats.comma, formats.date_order):
            _make(cursor, job, rows, again)
        formats = again
        _forget(cursor)
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise DebutError(
            f"{staged.name} could not be read for lack of memory or disk space. Free some, or split the file by year."
        ) from error
    except duckdb.Error as error:
        raise unreadable(error, staged) from error
    _drop_empty_days(cursor, job)
    _mark_explanation(cursor, job)
    _mark_values(cursor, job)
    columns = tuple(column.name for column in job.table if column.name in feed.columns)
    return Draft(job.table, columns, formats, rows.numbered)


def _formats(cursor: Cursor, job: Job, rows: Cells) -> Formats:
    """How the file writes numbers and dates, from its first rows."""
    sql, table = job.texts()[0], job.table
    found: dict[str, list[str]] = {"number": [], "date": []}
    for name, source in (*job.feed.columns.items(), *_period_sources(job.feed)):
        kind = "date" if name not in table or table[name].kind in ("date", "time") else "number"
        if (name not in table or table[name].kind in TYPED) and "period" not in str(source):
            found[kind] += [text for cell in cells_of(source) if (text := sql.text(cell)) is not None]
    shown = ", ".join(sql.cells() or ["NULL AS nothing"])
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE sample AS SELECT {shown} FROM (SELECT * FROM {rows.sql} LIMIT {SAMPLE})",
        rows.parameters,
    )
    hint = Formats(comma=job.staged.delimiter == ";")
    if job.reading.profile is not None and job.reading.profile.date_order:
        hint = replace(hint, date_order=job.reading.profile.date_order, told=True)  # type: ignore[arg-type]
    formats = decide(cursor, "sample", found["number"], found["date"], hint)
    if job.reading.date_order is not None:
        formats = replace(formats, date_order=job.reading.date_order, sure=True)
    cursor.execute("DROP TABLE sample")
    return formats


def _formats_again(cursor: Cursor, job: Job, formats: Formats) -> Formats:
    """What the first rows left open may be decided further down: by cells that could not be read, or by days."""
    if job.reading.date_order is not None:
        return formats
    kinds = {"n": ("money", "number", "count"), "d": ("date", "time")}
    names = {key: ", ".join(literal(one.name) for one in job.table if one.kind in kind) for key, kind in kinds.items()}
    of = "regexp_extract(aside, '^unreadable\\|([a-z_]+):', 1)"
    text = f"split_part(aside, {CELL}, 2)"
    read = ", ".join(f"CASE WHEN list_contains([{names[key]}], {of}) THEN {text} END AS {key}" for key in kinds)
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE unread AS
            SELECT {read} FROM draft_rows WHERE starts_with(aside, 'unreadable|')"""
    )
    found = decide_again(cursor, "unread", "n", "d", formats)
    when = next((one.name for one in job.table if one.kind in kinds["d"] and one.name in job.feed.columns), None)
    if found.sure or when is None:
        return found
    late = cursor.execute(f"SELECT count(*) FROM draft_rows WHERE day({when}) > 12").fetchone()
    if not late or not late[0]:
        return found
    words = f"Dates are {found.date_order}: {late[0]:,} of them can be read no other way."
    return replace(found, sure=True, evidence=(*found.evidence[:-1], words))


def _forget(cursor: Cursor) -> None:
    """Rows in which nothing stands are no rows; and cells that could not be read leave the reasons again."""
    cursor.execute(f"DELETE FROM draft_rows WHERE aside = '{NOTHING}'")
    cursor.execute(
        f"UPDATE draft_rows SET aside = split_part(aside, {CELL}, 1) WHERE starts_with(aside, 'unreadable|')"
    )
    cursor.execute("DROP TABLE IF EXISTS unread")


def _period_sources(feed: Feed) -> Iterator[tuple[str, Source]]:
    rule = feed.rows.period or {}
    yield from (("period", rule[name]) for name in ("start", "end") if name in rule)


def _make(cursor: Cursor, job: Job, rows: Cells, formats: Formats) -> None:
    query, times = select(job, rows, formats)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE draft_rows AS {query}", rows.parameters * times)
    number = "" if rows.numbered else f"rowid - {_first_row_id(cursor)} + {job.staged.first_row} AS file_row, "
    cursor.execute(f"CREATE OR REPLACE TEMP VIEW draft AS SELECT rowid AS rid, {number}* FROM draft_rows")


def _first_row_id(cursor: Cursor) -> int:
    """Rows that a transaction has made are numbered from somewhere far up until it is committed."""
    row = cursor.execute("SELECT coalesce(min(rowid), 0) FROM draft_rows").fetchone()
    assert row is not None
    return int(row[0])


def _drop_empty_days(cursor: Cursor, job: Job) -> None:
    """Three pieces over a month are sold on three days; the others are no rows."""
    counted = next((name for name in ("units", "count") if name in job.feed.columns), None)
    if counted and job.spread:
        cursor.execute(
            f"""DELETE FROM draft_rows WHERE {counted} = 0
                AND file_row IN (SELECT file_row FROM draft_rows WHERE {counted} <> 0)"""
        )


def _mark_explanation(cursor: Cursor, job: Job) -> None:
    """A second header line explains the columns in sentences: several are to be numbers or dates, and none is."""
    typed = {name: source for name, source in job.feed.columns.items() if job.table[name].kind in TYPED}
    first = "rowid = (SELECT min(rowid) FROM draft_rows) AND starts_with(aside, 'unreadable|')"
    blank = " AND ".join(f'"{name}" IS NULL' for name in typed) or "false"
    if cursor.execute(f"SELECT 1 FROM draft_rows WHERE {first} AND {blank}").fetchone() is None:
        return
    rows, parameters = staged_rows(job.staged)
    record = cursor.execute(f"SELECT * FROM {rows} LIMIT 1", parameters).fetchone() or ()
    places = {
        at for source in typed.values() for cell in cells_of(source) if (at := job.reading.place(cell)) is not None
    }
    written = [record[at] for at in places if at < len(record) and record[at]]
    words = not any(sign.isdigit() for sign in "".join(written)) and any(" " in cell.strip() for cell in written)
    if len(written) > 1 and words:
        cursor.execute(
            f"UPDATE draft_rows SET aside = 'explains|a second header line that explains the columns' WHERE {first}"
        )


def _mark_values(cursor: Cursor, job: Job) -> None:
    """Apply the rules about texts to the different ones: patterns over millions of lines would cost a second each."""
    for rule in RULES:
        if rule.table != job.table.name or not rule.of_values or not set(rule.needs) <= set(job.feed.columns):
            continue
        (name,) = rule.needs
        found = f"SELECT {name} FROM (SELECT DISTINCT {name} FROM draft_rows) WHERE {rule.condition}"
        caught = [row[0] for row in cursor.execute(found).fetchall()]
        if caught:
            cursor.execute(
                f"""UPDATE draft_rows SET aside = {literal(f"service|{rule.reason}")}
                    WHERE {name} IN (SELECT unnest(?))
                        AND coalesce(split_part(aside, '|', 1), '') IN ('', 'unreadable', 'service')""",
                [caught],
            )
