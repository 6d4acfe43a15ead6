"""What is odd in a draft, before it is loaded: findings to look at, each with a proposal that a person may change.

findings = inspect(cursor, table)                  what the checks found, most important first
apply(cursor, table, findings, decisions)          mend and set aside as decided, in the draft
completeness(cursor, table), weekly(cursor, table) how full the columns and the weeks are, for the pictures

The checks are declared, with what they mean, in `checks/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from core.errors import DebutError
from core.imports.checks import events, every_table, items, market, prices, reviews, sales
from core.imports.checks.check import Action, Check, Look, Search, quality_days
from core.imports.checks.examples import EXAMPLES, show
from core.schema import SQL_TYPES, Table

__all__ = ["CHECKS", "Action", "Finding", "apply", "completeness", "inspect", "weekly"]

Cursor = duckdb.DuckDBPyConnection

MODULES = (every_table, sales, prices, items, reviews, events, market)
CHECKS: dict[str, Check] = {check.id: check for module in MODULES for check in module.CHECKS}
SEARCHES: tuple[Search, ...] = tuple(search for module in MODULES for search in module.SEARCHES)

FAR_BELOW = 0.2  # of what the weeks around have
LEAST_ROWS = 5  # that the weeks around have, before a week without means anything
FLAGS = "check_id VARCHAR, rid BIGINT, column_name VARCHAR, value VARCHAR"
MISSING = "missing "


@dataclass(frozen=True)
class Finding:
    """What a check found in a file."""

    check: str
    title: str
    count: int
    """Of `unit`: rows unless said otherwise."""
    share: float
    """Of all that the file has of `unit`."""
    examples: pd.DataFrame
    """At most 5: file_row and the columns concerned; `proposed` where the fix writes another value."""
    proposal: Action
    actions: tuple[Action, ...]
    why: str
    unit: str = "rows"


def inspect(cursor: Cursor, table: Table) -> list[Finding]:
    """Look through the draft; what would be set aside comes first, then what would be mended, then the rest.

    Fills temp table `flags`: check_id, file_row, column_name, value, rid; without rows for a finding about what is
    missing. file_row and rid are NULL where the value names a day that has no rows.
    """
    look = _look(cursor, table)
    try:
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE found ({FLAGS})")
        look.made.append("found")
        if look.fact("rows"):
            for search in SEARCHES:
                _search(look, search)
        cursor.execute(
            """CREATE OR REPLACE TEMP TABLE flags AS
               SELECT check_id, file_row, column_name, found.value, rid FROM found LEFT JOIN draft USING (rid)"""
        )
        findings = [*_findings(look), *_missing(look)]
    finally:
        look.clear()
        cursor.execute("DROP VIEW IF EXISTS live")
    order: tuple[Action, ...] = ("set aside", "fix", "keep")
    return sorted(findings, key=lambda finding: (order.index(finding.proposal), finding.check.startswith(MISSING)))


def apply(cursor: Cursor, table: Table, findings: list[Finding], decisions: Mapping[str, Action]) -> None:
    """Do to the draft as decided: decisions by check, and what was proposed where there is none.

    A fix leaves rows for which the check knows no better value. Raises DebutError for a decision that a finding does
    not offer.
    """
    chosen = {finding.check: decisions.get(finding.check, finding.proposal) for finding in findings}
    for finding in findings:
        if chosen[finding.check] not in finding.actions:
            raise DebutError(f"{finding.title}: choose one of {', '.join(finding.actions)}.")
    for check, action in chosen.items():
        if action == "fix":
            _fix(cursor, table, check)
    for check, action in chosen.items():
        if action == "set aside":
            cursor.execute(
                """UPDATE draft_rows SET aside = ? WHERE aside IS NULL
                   AND rowid IN (SELECT rid FROM flags WHERE check_id = ?)""",
                [f"{check}|{CHECKS[check].reason or CHECKS[check].title}", check],
            )


def completeness(cursor: Cursor, table: Table) -> pd.DataFrame:
    """How full the columns are, of the rows that would be loaded: column, filled (0 to 1, 0 without rows)."""
    names = _columns(cursor, table)
    counts = ", ".join(f'count("{name}")' for name in names)
    rows, *filled = _row(cursor, f"SELECT count(*), {counts} FROM draft WHERE aside IS NULL")
    return pd.DataFrame({"column": names, "filled": [count / max(rows, 1) for count in filled]})


def weekly(cursor: Cursor, table: Table) -> pd.DataFrame | None:
    """The file week by week: week (its Monday), rows, units (of sales), gap; None for a table without a moment.

    A gap is a week inside the data with no row at all, or under a fifth of the median of the four weeks before and
    the four after, where that is at least 5 rows. Days far from the bulk of the file are left out.
    """
    column = every_table.MOMENTS.get(table.name)
    look = _look(cursor, table)
    try:
        if column is None or not look.has(column):
            return None
        days = quality_days(look, column)
        units = "sum(units)" if table.name == "sales" and look.has("units") else "NULL"
        frame = cursor.execute(
            f"""SELECT date_trunc('week', CAST({column} AS DATE))::DATE AS week, count(*) AS rows, {units} AS units
                FROM live WHERE CAST({column} AS DATE) IN (SELECT day FROM {days} WHERE NOT far AND NOT near)
                  AND CAST({column} AS DATE) <= current_date + 1 GROUP BY week ORDER BY week"""
        ).df()
    finally:
        look.clear()
        cursor.execute("DROP VIEW IF EXISTS live")
    return _with_gaps(frame if table.name == "sales" else frame.drop(columns="units"))


def _with_gaps(weeks: pd.DataFrame) -> pd.DataFrame:
    if weeks.empty:
        return weeks.assign(gap=pd.Series(dtype=bool))
    whole = pd.date_range(weeks["week"].min(), weeks["week"].max(), freq="7D", name="week")
    weeks = weeks.set_index("week").reindex(whole, fill_value=0)
    around = pd.concat([weeks["rows"].shift(step) for step in (-4, -3, -2, -1, 1, 2, 3, 4)], axis=1).median(axis=1)
    weeks["gap"] = (around >= LEAST_ROWS) & (weeks["rows"] < FAR_BELOW * around) | (weeks["rows"] == 0)
    inside = (weeks.index > whole[0]) & (weeks.index < whole[-1])  # a file begins and ends within a week
    return weeks.assign(gap=weeks["gap"] & inside).reset_index()


def _look(cursor: Cursor, table: Table) -> Look:
    cursor.execute(
        "CREATE OR REPLACE TEMP VIEW live AS SELECT * EXCLUDE (file_row, aside) FROM draft WHERE aside IS NULL"
    )
    return Look(cursor, table, tuple(_columns(cursor, table)))


def _columns(cursor: Cursor, table: Table) -> list[str]:
    there = {row[0] for row in cursor.execute("DESCRIBE draft").fetchall()}
    return [column.name for column in table if column.name in there]


def _search(look: Look, search: Search) -> None:
    if (search.tables and look.table.name not in search.tables) or not look.has(*search.needs):
        return
    query = search.find(look)
    if query is not None:
        look.cursor.execute(f"INSERT INTO found {query}")


def _findings(look: Look) -> list[Finding]:
    found = look.cursor.execute(
        "SELECT check_id, count(DISTINCT rid), count(*) FROM flags GROUP BY check_id"
    ).fetchall()
    examples = show(look, [CHECKS[name] for name, _, _ in found])
    findings = []
    for name, rows, flags in found:
        check = CHECKS[name]
        count = flags if check.unit == "days" else _counted(look, check) if check.counted != "rid" else rows
        share = count / max(_all(look, check), 1)
        findings.append(
            Finding(
                name, check.title, count, share, examples[name], check.proposal, check.actions, check.why, check.unit
            )
        )
    return sorted(findings, key=lambda finding: -finding.share)


def _counted(look: Look, check: Check) -> int:
    flagged = f"(SELECT rid FROM flags WHERE check_id = '{check.id}')"
    return int(look.one(f"SELECT count(DISTINCT {check.counted}) FROM live SEMI JOIN {flagged} USING (rid)")[0])


def _all(look: Look, check: Check) -> int:
    """How many of the check's unit there are in the file, within a few percent."""
    if check.unit == "days":
        column = every_table.MOMENTS[look.table.name]
        return int(look.one(f"SELECT date_diff('day', min({column}), max({column})) + 1 FROM live")[0])
    if check.counted != "rid":
        return int(look.one(f"SELECT approx_count_distinct({check.counted}) FROM live")[0])
    return int(look.fact("rows"))


def _missing(look: Look) -> list[Finding]:
    """Optional columns that are filled in some rows only."""
    rows = int(look.fact("rows"))
    counts = {name: rows - int(look.fact(f"filled {name}")) for name in look.columns}
    names = [name for name in sorted(counts, key=lambda name: -counts[name]) if 0 < counts[name] < rows]
    return [_blank(look, name, counts[name], rows) for name in names]


def _blank(look: Look, name: str, count: int, rows: int) -> Finding:
    examples = look.cursor.execute(
        f'SELECT file_row, "{name}" FROM draft WHERE aside IS NULL AND "{name}" IS NULL LIMIT {EXAMPLES}'
    ).df()
    label = look.table[name].label
    why = "The cell is blank in these rows; they are kept, and what needs the value does without them."
    return Finding(MISSING + name, f"{label} is missing", count, count / rows, examples, "keep", ("keep",), why)


def _fix(cursor: Cursor, table: Table, check: str) -> None:
    names = cursor.execute(
        "SELECT DISTINCT column_name FROM flags WHERE check_id = ? AND value IS NOT NULL", [check]
    ).fetchall()
    for (name,) in names:
        cursor.execute(
            f"""UPDATE draft_rows SET "{table[name].name}" = CAST(flags.value AS {SQL_TYPES[table[name].kind]})
                FROM flags WHERE draft_rows.rowid = flags.rid AND draft_rows.aside IS NULL
                  AND flags.check_id = ? AND flags.column_name = ? AND flags.value IS NOT NULL""",
            [check, name],
        )


def _row(cursor: Cursor, query: str) -> tuple:
    row = cursor.execute(query).fetchone()
    assert row is not None
    return row
