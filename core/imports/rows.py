"""The cells of a staged file as a relation: as they stand, or filled, looked up, split and spread first."""

from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import duckdb

from core.imports.convert import Formats, converted
from core.imports.headers import Headers
from core.imports.profile import Feed
from core.imports.read import Staged, staged_rows
from core.imports.recognise import Reading, uses_period
from core.imports.sources import Texts
from core.schema import Column, literal

__all__ = ["Cells", "cells", "lines", "period_ends", "with_days"]

Cursor = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Cells:
    """A relation with the file's cells as `c0, c1, ...`."""

    sql: str
    parameters: list[Any]
    numbered: bool
    """Whether it has `file_row`; otherwise the rows are the file's, in its order."""


def lines(cursor: Cursor, staged: Staged, query: str) -> str:
    """SQL of the cells as they stand in the file of the rows whose numbers `query` gives: file_row, c0, c1, ..."""
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT DISTINCT file_row FROM ({query}) ORDER BY 1")
    if staged.path.suffix == ".csv" and not staged.wrapped:
        source, parameters = _staged_lines(cursor, staged)
    else:
        source, parameters = staged_rows(staged, as_written=True)
        source = f"(SELECT {staged.first_row - 1} + row_number() OVER () AS file_row, * FROM {source})"
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE cells AS SELECT * FROM {source} JOIN wanted USING (file_row)", parameters
    )
    return "cells"


def _staged_lines(cursor: Cursor, staged: Staged) -> tuple[str, list[Any]]:
    """The wanted rows of a file in which each line is a record: their lines in a file of their own, read as CSV.

    Reading all of a large file again for some hundred rows takes seconds.
    """
    wanted = [number for (number,) in cursor.execute("SELECT file_row FROM wanted ORDER BY 1").fetchall()]
    part = staged.path.with_suffix(".lines.csv")
    with staged.path.open("rb") as file, part.open("wb") as out:
        out.write(next(file))
        at = staged.first_row
        for number in wanted:
            out.write(next(islice(file, number - at, None), b""))
            at = number + 1
    rows, parameters = staged_rows(replace(staged, path=part), as_written=True)
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE lines AS SELECT row_number() OVER () AS nth, * FROM {rows}", parameters
    )
    part.unlink()
    numbered = "SELECT row_number() OVER (ORDER BY file_row) AS nth, file_row FROM wanted"
    return f"(SELECT numbered.file_row, lines.* EXCLUDE (nth) FROM lines JOIN ({numbered}) AS numbered USING (nth))", []


def cells(cursor: Cursor, staged: Staged, reading: Reading, feed: Feed) -> Cells:
    """The file as it is where that will do; else numbered rows with cells filled, looked up and split."""
    source, parameters = staged_rows(staged)
    rules = feed.rows
    spread = uses_period(feed, reading.headers)
    if not (rules.fill_down or rules.companion or rules.split or rules.repeat or rules.melt or spread or _shares(feed)):
        return Cells(source, parameters, False)
    sql = Texts(reading.headers, staged.guarded, comma=False, inline=True)
    number = f"{staged.first_row - 1} + row_number() OVER () AS file_row"
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE raw AS SELECT {number}, * FROM {source}", parameters)
    if rules.companion and reading.companion is not None:
        _look_up(cursor, reading.companion, rules.companion, sql, len(staged.headers))
    for rule in rules.fill_down:
        _fill_down(cursor, rule, sql)
    if rules.split:
        _split(cursor, rules.split, sql)
    return Cells("raw", [], True)


def _shares(feed: Feed) -> bool:
    """Whether a column shares an order's amount over its rows, which looks at other rows than its own."""
    return "allocate" in str(feed.columns)


def _look_up(cursor: Cursor, other: Staged, rule: dict[str, Any], sql: Texts, width: int) -> None:
    """Add the cells of a companion to the rows with the same key."""
    rows, parameters = staged_rows(other)
    theirs = Texts(Headers(other.headers), other.guarded, comma=False, inline=True)
    key = theirs.text(rule["to"])
    found = [theirs.text(header) or "NULL" for header in rule["take"]]
    values = ", ".join(f"any_value({text}) AS c{width + at}" for at, text in enumerate(found))
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE companion AS SELECT {key} AS key, {values} FROM {rows} GROUP BY 1", parameters
    )
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE raw AS
            SELECT raw.*, companion.* EXCLUDE (key) FROM raw
            LEFT JOIN companion ON companion.key = {sql.text(rule["on"])} ORDER BY file_row"""
    )


def _fill_down(cursor: Cursor, rule: dict[str, Any], sql: Texts) -> None:
    by = sql.text(rule["by"]) if rule["by"] else None
    over = f"PARTITION BY {by} ORDER BY file_row" if by else "ORDER BY file_row"
    aggregate = "first_value" if by else "last_value"
    frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND " + ("UNBOUNDED FOLLOWING" if by else "CURRENT ROW")
    filled = []
    for header in rule["columns"]:
        if (at := sql.at(header)) is not None:
            text = sql.text(header)
            filled.append(f"coalesce({text}, {aggregate}({text} IGNORE NULLS) OVER ({over} {frame})) AS c{at}")
    if filled:
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE raw AS SELECT * REPLACE ({', '.join(filled)}) FROM raw")
        cursor.execute("CREATE OR REPLACE TEMP TABLE raw AS SELECT * FROM raw ORDER BY file_row")


def _split(cursor: Cursor, rule: dict[str, Any], sql: Texts) -> None:
    """One row for each item of a cell that names several."""
    at = sql.at(rule["column"])
    if at is None:
        return
    by = literal(rule["by"])
    pieces = f"string_split(c{at}, {by})"
    if rule.get("counted"):  # `2x A, with comma, 1x B`: cut only before a number and its sign
        marked = f"regexp_replace(c{at}, {by} || '([0-9]+ ?[×x] )', chr(31) || '\\1', 'g')"
        pieces = f"string_split({marked}, chr(31))"
    pieces = f"unnest(coalesce(list_transform({pieces}, lambda one: trim(one)), [NULL]))"
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE raw AS SELECT * REPLACE ({pieces} AS c{at}) FROM raw")


def with_days(relation: str, start: str, end: str) -> str:
    """The rows once for each day that they cover: period_start (NULL where it has no end), days, nth (from 0)."""
    days = f"({end}) - ({start}) + 1"
    first = f"CASE WHEN {days} >= 1 THEN {start} END"
    covered = f"SELECT *, {first} AS period_start, greatest(1, coalesce({days}, 1)) AS days FROM {relation}"
    return f"(SELECT *, unnest(range(days)) AS nth FROM ({covered}))"


def period_ends(reading: Reading, feed: Feed, sql: Texts, formats: Formats) -> tuple[str, str]:
    """SQL of the first and last day that a row covers."""
    rule = feed.rows.period or {}
    day = Column("period", "date", "")
    if "range" in rule:
        text = sql.text(rule["range"]) or "NULL::VARCHAR"
        parts = [f"trim(split_part({text}, ' - ', {at}))" for at in (1, -1)]
    elif "start" in rule:
        parts = [sql.text(rule[name]) or "NULL::VARCHAR" for name in ("start", "end")]
    else:
        assert reading.period is not None, "a file whose period is not known is not built"
        return f"DATE '{reading.period.start}'", f"DATE '{reading.period.end}'"
    first, last = (converted(day, part, "", formats) for part in parts)
    return first, last
