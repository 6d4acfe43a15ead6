"""The query that turns the cells of a file into the columns of a table, and says which rows are none.

It is built in layers, a projection each: cells, values, checked values, reasons. Written out in one, expressions
that stand in several places would be worked out for every row many times over.
"""

from dataclasses import dataclass
from typing import Any

from core import privacy
from core.imports.convert import Formats, checked, converted, wrong
from core.imports.profile import Feed
from core.imports.read import Staged
from core.imports.recognise import Reading, texts, uses_period
from core.imports.rows import Cells, period_ends, with_days
from core.imports.rules import RULES, TOTAL
from core.imports.sources import Source, Texts
from core.schema import Column, Table, literal
from core.tables import TABLES

__all__ = ["CELL", "NOTHING", "TYPED", "WRITTEN_BY_PEOPLE", "Job", "select"]

CELL = "chr(31)"
"""SQL of the sign between the reason of an unreadable row and the cell, which goes once formats are decided."""

NOTHING = "nothing"
"""Why a row is none in which no cell is filled, as at the end of what spreadsheets write."""
TYPED = ("date", "time", "money", "number", "count", "choice")
"""Kinds of which a cell can be filled and yet not be read."""
WRITTEN_BY_PEOPLE = ("reviews", "events")


@dataclass(frozen=True)
class Job:
    """A file that is read into one table."""

    staged: Staged
    reading: Reading
    feed: Feed
    masked: bool
    """Whether personal data is left out."""

    @property
    def table(self) -> Table:
        """The table that it is read into."""
        return TABLES[self.feed.table]

    @property
    def spread(self) -> bool:
        """Whether rows cover a period, whose days become rows."""
        return uses_period(self.feed, self.reading.headers)

    def texts(self, comma: bool = False) -> list[Texts]:
        """What compiles its sources."""
        return texts(self.feed, self.reading.headers, self.staged, comma)


def select(job: Job, rows: Cells, formats: Formats) -> tuple[str, int]:
    """SQL of the draft's columns over the cells, and how often it names them."""
    branches = [
        _branch(job, rows, formats, sql, entry)
        for sql in job.texts(formats.comma)
        for entry in (job.feed.rows.melt or ({},))
    ]
    return " UNION ALL BY NAME ".join(branches), len(branches)


def _branch(job: Job, rows: Cells, formats: Formats, sql: Texts, entry: dict[str, Source]) -> str:
    feed, table = job.feed, job.table
    sources = feed.columns | {name: _constant_or_header(source, sql) for name, source in entry.items()}
    columns = [table[name] for name in sources]
    number = ["file_row"] if rows.numbered else []
    extra = ["attributes"] if table.attributes else []
    values, kept = list(number), [*number, *extra, "rule", "nothing"]
    for column in columns:
        values.append(f'{_value(job, column, sources, sql, formats)} AS "{column.name}"')
        values.append(f'{sql.written(sources[column.name]) or "NULL::VARCHAR"} AS "{column.name} written"')
        kept += [f'{checked(column)} AS "{column.name}"', f'"{column.name} written"']
    values += [f"{_attributes(sources, sql, job.masked, table.name)} AS attributes"] if table.attributes else []
    values.append(f"{_rule(feed, sql, len(job.staged.headers))} AS rule")
    values.append("nothing")
    where = _counted(feed, sql, entry)
    ends = period_ends(job.reading, feed, sql, formats) if job.spread else None  # before the cells are listed
    every = ", ".join(f"c{at}" for at in range(len(job.staged.headers)))
    cells = [*number, *sql.cells(), f"coalesce({every}) IS NULL AS nothing"]
    relation = f"(SELECT {', '.join(cells)} FROM {rows.sql})"
    relation = with_days(relation, *ends) if ends else relation
    relation = f"(SELECT {', '.join(values)} FROM {relation} {where})"
    relation = f"(SELECT {', '.join(kept)} FROM {relation})"
    shown = [*number, *(f'"{column.name}"' for column in columns), *extra]
    return f"SELECT {', '.join([*shown, f'{_reason(table, columns)} AS aside'])} FROM {relation}"


def _constant_or_header(source: Source, sql: Texts) -> Source:
    return {"value": source} if isinstance(source, str) and sql.at(source) is None else source


def _counted(feed: Feed, sql: Texts, entry: dict[str, Source]) -> str:
    """Which rows are rows at all, where the file is read several times."""
    if feed.rows.repeat is not None and sql.number > 1:
        return f"WHERE {sql.text(feed.rows.repeat['columns'])} IS NOT NULL"
    counts = [sql.amount(source) for name, source in entry.items() if name in ("count", "units")]
    return f"WHERE {counts[0] or 0} <> 0" if counts else ""


def _value(job: Job, column: Column, sources: dict[str, Source], sql: Texts, formats: Formats) -> str:
    if job.spread and column.kind in ("date", "time"):
        return f"(period_start + nth::INTEGER)::{'DATE' if column.kind == 'date' else 'TIMESTAMP'}"
    text = sql.text(sources[column.name]) or "NULL::VARCHAR"
    amount = sql.amount(sources[column.name]) if column.kind in ("money", "number", "count") else None
    value = converted(column, text, amount or "NULL::DOUBLE", formats)
    if job.masked and column.kind == "prose" and job.feed.table in WRITTEN_BY_PEOPLE:
        value = _without_persons(job, value, sql)
    units = sql.amount(sources["units"]) if "units" in sources else None
    return _share(column, value, units) if job.spread and column.adds else value


def _without_persons(job: Job, value: str, sql: Texts) -> str:
    """What people wrote, without addresses, numbers and the names that the same row gives them."""
    names = [
        sql.cell(at)
        for at, header in enumerate(job.staged.headers)
        if privacy.personal(header, job.feed.table) and any(word in header.lower() for word in ("name", "author", "名"))
    ]
    return privacy.mask(privacy.mask_names(value, names) if names else value)


def _share(column: Column, total: str, units: str | None) -> str:
    """A day's part of the total of a period: whole numbers stay whole, money goes with the units that it is for."""
    part = "(floor(({0}) * (nth + 1) / days) - floor(({0}) * nth / days))"
    if column.kind == "count":
        return f"CASE WHEN ({total}) = round({total}) THEN {part.format(total)} END"
    if units is None:
        return f"({total}) / days"
    return f"CASE WHEN {units} = round({units}) THEN ({total}) * {part.format(units)} / nullif({units}, 0) END"


def _attributes(sources: dict[str, Source], sql: Texts, masked: bool, table: str) -> str:
    """Undeclared columns of a row as JSON, without the blank ones and those of persons."""
    used = {sql.at(source) for source in map(_whole, sources.values()) if source}
    used |= {source["column"] for source in sources.values() if isinstance(source, dict) and "column" in source}
    exact = [source["header"] for source in sources.values() if isinstance(source, dict) and "header" in source]
    used |= {sql.headers.exact(word) for word in exact}
    kept = [
        f"{literal(header)}, {sql.text({'column': at})}"
        for at, header in enumerate(sql.headers.cells)
        if at not in used and not (masked and privacy.personal(header, table))
    ]
    return f"json_merge_patch('{{}}', json_object({', '.join(kept)}))" if kept else "NULL::JSON"


def _whole(source: Source) -> str:
    """The header whose cell is the column; what is only a part or a stand-in of one is still worth keeping."""
    first = source[0] if isinstance(source, list) else source
    return first if isinstance(first, str) else ""


def _rule(feed: Feed, sql: Texts, width: int) -> str:
    """CASE of the rules by which a row is none that counts, NULL where none applies."""
    cases = [f"WHEN {_is_total(sql, width)} THEN 'total|a total line'"]
    if feed.rows.repeat is not None and sql.number == 1:
        cases.append(f"WHEN {sql.text(feed.rows.repeat['columns'])} IS NULL THEN 'rule|no item in it'")
    for rule in feed.rows.aside:
        if (condition := _condition(rule, sql)) is not None:
            cases.append(f"WHEN {condition} THEN {literal('rule|' + rule['reason'])}")
    for rule in feed.rows.only:
        filled = [text for header in rule["filled"] if (text := sql.text(header)) is not None]
        if filled:
            cases.append(f"WHEN coalesce({', '.join(filled)}) IS NULL THEN {literal('rule|' + rule['reason'])}")
    return f"CASE {' '.join(cases)} END"


def _is_total(sql: Texts, width: int) -> str:
    """Totals stand in one of the first cells, or in one that the header does not have."""
    places = [sql.cell(at) for at in sorted({0, 1, 2, width - 1} & set(range(width)))]
    return " OR ".join(f"regexp_full_match({text}, {literal(f'(?i){TOTAL}')})" for text in places)


def _condition(rule: dict[str, Any], sql: Texts) -> str | None:
    text = sql.text(rule["column"])
    if text is None:
        return None
    if "blank" in rule:
        return f"{text} IS {'NULL' if rule['blank'] else 'NOT NULL'}"
    if "above" in rule:
        return f"{sql.amount(rule['column'])} > {float(rule['above'])}"
    low = f"lower({text})"
    if "is" in rule:
        return f"{low} IN ({', '.join(literal(word.lower()) for word in rule['is'])})"
    matches = {"starts": "starts_with", "contains": "contains"}
    return " OR ".join(
        f"{function}({low}, {literal(word.lower())})"
        for name, function in matches.items()
        for word in rule.get(name, ())
    )


def _reason(table: Table, columns: list[Column]) -> str:
    """CASE of why a row is set aside: `check|reason`, NULL where it is loaded."""
    names = [column.name for column in columns]
    filled = ", ".join(f'"{name} written"' for name in names)
    cases = [
        f"WHEN nothing THEN '{NOTHING}'",
        f"WHEN coalesce({filled or 'NULL'}, NULL) IS NULL THEN 'blank|an empty line'",
        "WHEN rule IS NOT NULL THEN rule",
    ]
    for rule in RULES:
        if rule.table == table.name and set(rule.needs) <= set(names) and not rule.of_values:
            cases.append(f"WHEN {rule.condition} THEN {literal('service|' + rule.reason)}")
    for column in columns:
        if column.kind in TYPED:
            words = literal(f"unreadable|{column.name}: {wrong(column)}")
            written = f'"{column.name} written"'
            cases.append(f'WHEN "{column.name}" IS NULL AND {written} IS NOT NULL THEN {words} || {CELL} || {written}')
        if column.required:
            cases.append(f"WHEN \"{column.name}\" IS NULL THEN 'unreadable|{column.name}: is missing'")
    given = [name for name in table.one_of if name in names]
    if given:
        words = literal(f"unreadable|{given[0]}: is missing, as is all that could stand for it")
        cases.append(f"WHEN coalesce({', '.join(f'{name}::VARCHAR' for name in given)}) IS NULL THEN {words}")
    return f"CASE {' '.join(cases)} END"
