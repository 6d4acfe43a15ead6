"""What a quality check is, and what all checks look through: the rows of a draft that would be loaded.

A check is what a person reads and may decide; a search is the query that finds rows for one or more checks. It
returns SQL giving (check_id, rid, column_name, value): value is the new value as text where the check can
mend it. A finding about something that is not in the file, such as a day without sales, has no rid and its
value says what is missing. Searches look at cheap aggregates first, and closer only at what these make suspect.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import duckdb

from core.schema import Column, Table

__all__ = ["BLOCK", "Action", "Check", "Look", "Search", "copies", "gaps", "ids", "quality_days", "whole_ids"]

Action = Literal["keep", "fix", "set aside"]
Cursor = duckdb.DuckDBPyConnection

BLOCK = 3
"""Copies in a row, in the order of the lines that they copy, before they are called a block that stands twice."""
BLOCK_WITHOUT_ORDERS = 20  # lines without an order number are often alike by chance
FAR_DAYS, NEAR_DAYS, FAR_SHARE = 365, 60, 0.01
LEAST_EXPECTED = 10.0  # rows that a run of empty days would usually have had: chance alone leaves none once in e^10


@dataclass(frozen=True)
class Check:
    """One kind of defect, in words for the person who decides."""

    id: str
    title: str
    why: str
    proposal: Action = "keep"
    actions: tuple[Action, ...] = ("keep", "set aside")
    shows: tuple[str, ...] = ()
    """Columns of the examples, where the file has them."""
    unit: str = "rows"
    counted: str = "rid"
    """The column whose different values are counted."""
    reason: str = ""
    """Why a row was set aside, as it stands beside the row; the title where there is no shorter word."""


@dataclass(frozen=True)
class Search:
    """Where to look for defects: the tables (none: all), the columns that must be mapped, and how."""

    tables: tuple[str, ...]
    needs: tuple[str, ...]
    find: "Callable[[Look], str | None]"


@dataclass
class Look:
    """An inspection under way. `live` is a view of the draft's rows that would be loaded."""

    cursor: Cursor
    table: Table
    columns: tuple[str, ...]
    made: list[str] = field(default_factory=list)

    def has(self, *names: str) -> bool:
        """Whether the draft has all of these columns."""
        return set(names) <= set(self.columns)

    def only(self, *names: str) -> list[str]:
        """Those of the columns that the draft has."""
        return [name for name in names if name in self.columns]

    def one(self, query: str) -> tuple:
        """The first row of an answer."""
        row = self.cursor.execute(query).fetchone()
        assert row is not None
        return row

    def known(self, table: str) -> bool:
        """Whether the shop has any rows of a table."""
        return self.cursor.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None

    def make(self, name: str, query: str) -> str:
        """A temp table for the time of the inspection, made once."""
        if name not in self.made:
            self.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
            self.made.append(name)
        return name

    def clear(self) -> None:
        """Drop what was made."""
        for name in self.made:
            self.cursor.execute(f"DROP TABLE IF EXISTS {name}")
        self.made.clear()

    @cached_property
    def facts(self) -> dict[str, int | float | None]:
        """Of all columns in one pass: `rows`, `filled x`; of texts `wide x` (values beyond ASCII), `tag x`, `plus x`
        (values with a +); of numbers `min x`, `max x`."""
        parts = {"rows": "count(*)"}
        for name in self.columns:
            parts |= _facts(self.table[name])
        names = ", ".join(f'{sql} AS "{name}"' for name, sql in parts.items())
        return dict(zip(parts, self.one(f"SELECT {names} FROM live"), strict=True))

    def fact(self, name: str) -> float:
        """One of `facts`, 0 where it has none."""
        return self.facts.get(name) or 0


def ids(look: Look) -> list[str]:
    """The columns that hold codes of items, orders or customers."""
    return [name for name in look.columns if name.endswith("_id")]


def whole_ids(look: Look) -> str:
    """SQL of the rows whose codes no spreadsheet has ruined: by ruined ones, different rows look the same."""
    suspect = [name for name in ids(look) if look.fact(f"plus {name}")]
    return " AND ".join(f"NOT contains(coalesce({name}, ''), '+')" for name in suspect) or "true"


def copies(look: Look, columns: list[str], where: str = "true") -> str | None:
    """Table `copies`: rid, first_rid, order_id (NULL without), apart; None where no row is like an earlier one.

    Rows are compared by a 64-bit hash of `columns`: among five million rows two different ones are taken
    for equal once in a million files. apart: the copy belongs to a block of lines that stands a second time in the
    file, beyond the lines of its own order; a repeat inside one order is a thing that was scanned twice.
    """
    key = f"hash({', '.join(columns)})"
    order = "order_id" if look.has("order_id") else "NULL::VARCHAR"
    repeated = look.make(
        "repeated",
        f"SELECT {key} AS key, min(rid) AS first_rid FROM live WHERE {where} GROUP BY key HAVING count(*) > 1",
    )
    if not look.one(f"SELECT count(*) FROM {repeated}")[0]:
        return None
    look.make(
        "copied",
        f"""SELECT rid, first_rid, rid - first_rid AS distance, {order} AS order_id
            FROM live JOIN {repeated} ON {key} = key WHERE rid > first_rid AND ({where})""",
    )
    return look.make("copies", _blocks(look))


def _blocks(look: Look) -> str:
    """Neighbouring copies at the same distance from their originals are one run."""
    if look.has("order_id"):
        lines = "SELECT order_id, count(*) AS lines FROM live SEMI JOIN copied USING (order_id) GROUP BY order_id"
        apart = f"run_rows >= {BLOCK} AND distance > lines"
    else:
        lines = "SELECT NULL::VARCHAR AS order_id, 0 AS lines"
        apart = f"run_rows >= {BLOCK_WITHOUT_ORDERS} AND distance >= run_length"
    return f"""
        WITH steps AS (
            SELECT *, rid - lag(rid) OVER ordered <= 10
                      AND abs(distance - lag(distance) OVER ordered) <= distance / 10 AS joined
            FROM copied WINDOW ordered AS (ORDER BY rid)
        ), runs AS (
            SELECT *, count(*) FILTER (joined IS NOT TRUE) OVER (ORDER BY rid) AS run FROM steps
        ), lengths AS (
            SELECT run, count(*) AS run_rows, max(rid) - min(rid) + 1 AS run_length FROM runs GROUP BY run
        )
        SELECT rid, first_rid, runs.order_id, coalesce({apart}, false) AS apart
        FROM runs JOIN lengths USING (run) LEFT JOIN ({lines}) AS orders ON orders.order_id = runs.order_id"""


def quality_days(look: Look, column: str) -> str:
    """Table `quality_days`: day, amount (rows), part, far, near: how a day stands to the bulk of the file.

    Days are split where 60 and more lie between; a part with under 1 % of the rows is near the bulk within a year
    of it, else far.
    """
    return look.make(
        "quality_days",
        f"""
        WITH days AS (
            SELECT CAST({column} AS DATE) AS day, count(*) AS amount FROM live WHERE {column} IS NOT NULL GROUP BY day
        ), split AS (
            SELECT *, coalesce(day - lag(day) OVER (ORDER BY day) > {NEAR_DAYS}, false) AS begins FROM days
        ), parts AS (SELECT *, count(*) FILTER (begins) OVER (ORDER BY day) AS part FROM split
        ), sizes AS (
            SELECT part, sum(amount) AS size, min(day) AS first_day, max(day) AS last_day FROM parts GROUP BY part
        ), bulk AS (SELECT * FROM sizes ORDER BY size DESC, part LIMIT 1
        ), small AS (
            SELECT sizes.part, greatest(bulk.first_day - sizes.last_day, sizes.first_day - bulk.last_day) AS off
            FROM sizes, bulk WHERE sizes.size < {FAR_SHARE} * (SELECT sum(amount) FROM days)
        )
        SELECT day, amount, part, coalesce(off > {FAR_DAYS}, false) AS far, coalesce(off <= {FAR_DAYS}, false) AS near
        FROM parts LEFT JOIN small USING (part)""",
    )


def gaps(days: str) -> str:
    """SQL giving the days without a row on which the shop usually has some.

    days: SQL of (day, amount), the days that have rows. The usual amount of a day is the median of the same weekday
    in the eight weeks before and after, so that a shop closed on Saturdays has no gap on Saturdays; a run of empty
    days counts where ten rows and more would have been usual on them together.
    """
    return f"""
        WITH days AS ({days}), calendar AS (
            SELECT CAST(unnest(range(min(day), max(day) + 1, INTERVAL 1 DAY)) AS DATE) AS day FROM days
        ), filled AS (
            SELECT day, coalesce(amount, 0) AS amount FROM calendar LEFT JOIN days USING (day)
        ), usual AS (
            SELECT *, median(amount) OVER (
                PARTITION BY isodow(day) ORDER BY day ROWS BETWEEN 8 PRECEDING AND 8 FOLLOWING) AS usual
            FROM filled
        ), empty AS (
            SELECT *, day - CAST(row_number() OVER (ORDER BY day) AS INTEGER) AS run FROM usual WHERE amount = 0
        )
        SELECT day FROM empty
        WHERE usual > 0 AND run IN (SELECT run FROM empty GROUP BY run HAVING sum(usual) >= {LEAST_EXPECTED})"""


def _facts(column: Column) -> dict[str, str]:
    name = f'"{column.name}"'
    parts = {f"filled {column.name}": f"count({name})"}
    if column.name.endswith("_id"):
        parts[f"plus {column.name}"] = f"count(*) FILTER (contains({name}, '+'))"
    elif column.kind in ("text", "prose"):
        parts[f"wide {column.name}"] = f"count(*) FILTER (strlen({name}) <> length({name}))"
        parts[f"tag {column.name}"] = f"count(*) FILTER (contains({name}, '<') OR contains({name}, '&'))"
    elif column.kind in ("money", "number", "count"):
        parts |= {f"min {column.name}": f"min({name})", f"max {column.name}": f"max({name})"}
    return parts
