"""What other shops list and ask for it: one row a listing, and its price week by week.

A listing is what one competitor calls by one name. Most competitors add words of their own to every title ("gift
idea", their own name); these say nothing of the thing, so they are taken out before titles are compared.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd

from core.errors import NotReady

__all__ = ["CARRIED", "Listings", "check", "read", "without_habits"]

CARRIED = 4  # weeks that a price stands for after it was seen: not every shop is looked at every week
GONE = 13  # weeks that a competitor was looked at without a listing, after which it is offered no more
HABIT = 0.5  # share of a competitor's titles from which on a word is its habit
FEWEST_TITLES = 8  # of a competitor, for a habit to show
TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

NAMED = "coalesce(nullif(trim(title), ''), product_id)"
"""SQL: what a listing goes by. A row with neither a title nor an item code cannot be told from another."""


@dataclass(frozen=True)
class Listings:
    """Everything that competitors were seen to sell."""

    table: pd.DataFrame
    """competitor, name, title (as written, '' for none), plain (without habits), category ('' for none), rating,
    product_id (as the file has it, '' for none), price and date (latest that is above zero), first (day it was first
    seen), days (on which it was seen)."""
    prices: pd.DataFrame
    """listing (row of the table), week (its Monday), price (median of the week)."""
    nameless: int
    """Rows of the files with neither title nor item code, which are left out."""

    @property
    def competitors(self) -> list[str]:
        """Their names, sorted."""
        return sorted(self.table["competitor"].unique())

    @cached_property
    def offered(self) -> np.ndarray:
        """(listings,) bool: seen within GONE weeks of the last day on which its competitor was."""
        last = self.table.groupby("competitor")["date"].transform("max")
        return ((last - self.table["date"]).dt.days <= 7 * GONE).to_numpy()


def check(cursor: duckdb.DuckDBPyConnection) -> None:
    """Raises NotReady where there is not one competitor's price."""
    if not cursor.execute("SELECT 1 FROM competitors WHERE price > 0 LIMIT 1").fetchone():
        raise NotReady(
            "There are no competitors' prices yet. Load a file with a date, the competitor, a title and a price a row."
        )


def read(cursor: duckdb.DuckDBPyConnection) -> Listings:
    """The listings of a shop. Raises NotReady where there are none."""
    check(cursor)
    table = cursor.execute(
        f"""SELECT competitor, {NAMED} AS name, coalesce(arg_max(trim(title), date), '') AS title,
                   coalesce(arg_max(trim(category), date), '') AS category, arg_max(rating, date) AS rating,
                   coalesce(arg_max(product_id, date), '') AS product_id, arg_max(price, date) AS price,
                   max(date)::TIMESTAMP AS date, min(date)::TIMESTAMP AS first, count(DISTINCT date) AS days
            FROM competitors WHERE price > 0 AND {NAMED} IS NOT NULL GROUP BY ALL ORDER BY competitor, name"""
    ).df()
    if table.empty:
        raise NotReady("No competitor's price has a title or an item code, so none can be compared. Load titles, too.")
    prices = cursor.execute(
        f"""SELECT competitor, {NAMED} AS name, date_trunc('week', date)::TIMESTAMP AS week, median(price) AS price
            FROM competitors WHERE price > 0 AND {NAMED} IS NOT NULL GROUP BY ALL"""
    ).df()
    left = cursor.execute(f"SELECT count(*) FROM competitors WHERE {NAMED} IS NULL").fetchone()
    assert left is not None
    table["plain"] = [name for _, part in table.groupby("competitor") for name in without_habits(part["title"])]
    place = pd.MultiIndex.from_frame(table[["competitor", "name"]])
    prices["listing"] = place.get_indexer(pd.MultiIndex.from_frame(prices[["competitor", "name"]]))
    prices = prices[["listing", "week", "price"]].sort_values(["listing", "week"], ignore_index=True)
    return Listings(table, prices, int(left[0]))


def without_habits(titles: pd.Series) -> list[str]:
    """One competitor's titles without the words that most of them have; a title of nothing else stays as it is."""
    words = [TOKEN.findall(title) for title in titles]
    if len(words) < FEWEST_TITLES:
        return [" ".join(own) for own in words]
    count = Counter(word.lower() for own in words for word in {one.lower() for one in own})
    habits = {word for word, times in count.items() if times >= HABIT * len(words)}
    return [" ".join(word for word in own if word.lower() not in habits) or " ".join(own) for own in words]
