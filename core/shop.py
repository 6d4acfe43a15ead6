"""Figures of the shop as a whole, for the Overview and the Data page."""

from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from core import new_items
from core.history import WARM_UP_DAYS
from core.settings import Settings

__all__ = ["Summary", "summary", "weekly"]


@dataclass(frozen=True)
class Summary:
    """How much there is."""

    sales: int
    """Order lines."""
    items: int
    """Items with at least one sale."""
    launches: int
    """Items first sold 13 weeks or more after the data starts, whose first weeks lie in the data."""
    new_items: int
    last: date | None
    """Day of the last sale."""


def summary(cursor: duckdb.DuckDBPyConnection) -> Summary:
    """The figures of a workspace; zeros where it is empty."""
    sales, first, last = _row(cursor, "SELECT count(*), min(date), max(date) FROM sales")
    items, launches = _row(
        cursor,
        """WITH came AS (SELECT first_sale, least(launch_date, first_sale) AS launch FROM catalogue)
           SELECT count(first_sale), count(*) FILTER (date_diff('day', ?, launch) >= ? AND launch + ? <= ?::DATE + 1)
           FROM came""",
        [first, WARM_UP_DAYS, 7 * Settings.weeks, last],
    )
    return Summary(sales, items, launches, new_items.waiting(cursor), last)


def weekly(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """week (a Monday), units: without the first and last week where these are cut off."""
    return cursor.execute(
        """SELECT date_trunc('week', date)::DATE AS week, sum(units)::BIGINT AS units FROM sales GROUP BY week
           HAVING week + 6 <= (SELECT max(date) FROM sales) AND week >= (SELECT min(date) FROM sales)
           ORDER BY week"""
    ).df()


def _row(cursor: duckdb.DuckDBPyConnection, query: str, parameters: list[object] | None = None) -> tuple:
    row = cursor.execute(query, parameters or []).fetchone()
    assert row is not None
    return row
