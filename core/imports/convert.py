"""From text to values, in SQL: one expression a column, and the words for what cannot be read."""

import duckdb

from core.schema import Column, Table

__all__ = ["conversion", "problem"]

FIRST_YEAR, LAST_YEAR = 1990, 2100
DAY_FIRST = ("%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
MONTH_FIRST = ("%m/%d/%y", "%m-%d-%y", "%m/%d/%Y", "%m-%d-%Y")
OTHER_DATES = (
    "%Y%m%d",
    "%Y/%m/%d",
    "%d %b %Y",
    "%b %d, %Y",
    "%d-%b-%Y",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S %z",
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")

Cursor = duckdb.DuckDBPyConnection


def conversion(cursor: Cursor, column: Column, source: str) -> str:
    """SQL that reads text column `source` of table `staged` as `column`; NULL where it cannot."""
    if column.kind == "text":
        return f"nullif(trim({source}), '')"
    if column.kind == "date":
        return _date(cursor, source)
    number = _number(cursor, source)
    if column.kind == "money":
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    return f"CASE WHEN {number} = round({number}) AND abs({number}) < 1e15 THEN {number}::BIGINT END"


def problem(table: Table, sources: dict[str, str]) -> str:
    """SQL for why a row cannot be loaded (`column: words`), NULL where it can.

    sources: mapped column name to its text column; the converted values go by the column's name.
    """
    cases = []
    for column in table:
        source = sources.get(column.name)
        if source is None:
            continue
        raw = f"nullif(trim({source}), '')"
        if column.required:
            cases.append(f"WHEN {raw} IS NULL THEN '{column.name}: is missing'")
        if column.kind != "text":
            cases.append(f"WHEN {raw} IS NOT NULL AND \"{column.name}\" IS NULL THEN '{column.name}: {_words(column)}'")
        if column.minimum is not None:
            cases.append(f"WHEN \"{column.name}\" < {column.minimum} THEN '{column.name}: is below {column.minimum:g}'")
    return f"CASE {' '.join(cases)} END"


def _words(column: Column) -> str:
    if column.kind == "date":
        return f"is not a date between {FIRST_YEAR} and {LAST_YEAR} that can be read"
    return "is not a whole number" if column.kind == "count" else "is not an amount"


def _number(cursor: Cursor, source: str) -> str:
    """Numbers with currency signs, blanks and thousands marks; the decimal sign is decided on the column."""
    if _all(cursor, f"TRY_CAST({source} AS DOUBLE) IS NOT NULL", source):
        return f"TRY_CAST({source} AS DOUBLE)"
    money = "(\\p{Sc}|[A-Za-z]{2,3})?"  # a sign or code of a currency may stand before or after
    shape = f"{money}\\s*[+-]?\\s*\\p{{Sc}}?[0-9][0-9.,\\s]*\\s*{money}"
    digits = f"regexp_replace({source}, '[^0-9,.+\\-]', '', 'g')"
    bare = f"CASE WHEN regexp_full_match(trim({source}), '{shape}') THEN {digits} END"
    if _decimal_comma(cursor, source):
        return f"TRY_CAST(replace(replace({bare}, '.', ''), ',', '.') AS DOUBLE)"
    return f"TRY_CAST(replace({bare}, ',', '') AS DOUBLE)"


def _decimal_comma(cursor: Cursor, source: str) -> bool:
    """`12,95` and `1.234,50` against `1,234.50`: a comma before one or two final digits decides."""
    comma, dot = _row(
        cursor,
        f"""SELECT count(*) FILTER (regexp_matches({source}, '\\d,\\d{{1,2}}\\D*$')),
                   count(*) FILTER (regexp_matches({source}, '\\d\\.\\d{{1,2}}\\D*$')) FROM staged""",
    )
    return comma > dot


def _date(cursor: Cursor, source: str) -> str:
    iso = f"CASE WHEN regexp_matches({source}, '^\\s*\\d{{4}}') THEN TRY_CAST({source} AS TIMESTAMP)::DATE END"
    if not _all(cursor, f"{iso} IS NOT NULL", source):
        orders = [DAY_FIRST + OTHER_DATES, MONTH_FIRST + OTHER_DATES]
        candidates = [f"coalesce({iso}, {_parsed(source, formats)})" for formats in orders]
        iso = max(candidates, key=lambda expression: _evidence(cursor, expression))
    return f"CASE WHEN year({iso}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {iso} END"


def _parsed(source: str, formats: tuple[str, ...]) -> str:
    dates = ", ".join(f"'{day}{time}'" for day in formats for time in TIMES)
    return f"try_strptime(trim({source}), [{dates}])::DATE"


def _evidence(cursor: Cursor, expression: str) -> tuple[int, int]:
    """How many dates an order of day and month reads; then how seldom they step back, as exports are sorted."""
    read, back = _row(
        cursor,
        f"""SELECT count(day), count(*) FILTER (abs(day - before) > 27)
            FROM (SELECT day, lag(day) OVER (ORDER BY file_row) AS before
                  FROM (SELECT file_row, {expression} AS day FROM staged))""",
    )
    return read, -back


def _all(cursor: Cursor, condition: str, source: str) -> bool:
    (bad,) = _row(
        cursor,
        f"SELECT count(*) FROM staged WHERE nullif(trim({source}), '') IS NOT NULL AND NOT ({condition})",
    )
    return bad == 0


def _row(cursor: Cursor, query: str) -> tuple[int, ...]:
    row = cursor.execute(query).fetchone()
    assert row is not None
    return row
