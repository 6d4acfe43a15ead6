"""What has sold so far: daily units of every item, and the launches among them, as of a date.

A `History` is plain arrays: it is cheap to cut at a date (`as_of`), to snapshot to parquet for a training
process, and any sum over a window of any item is two lookups in a cumulative table.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from core.errors import NotReady

__all__ = ["WARM_UP_DAYS", "History", "item_text", "read"]

WARM_UP_DAYS = 13 * 7  # an item whose first sale is earlier may have been on sale before the data starts


@dataclass(frozen=True)
class History:
    """Items and their daily units from `start` to `end`, both included."""

    start: date
    items: pd.DataFrame
    """One row an item: product_id, title, text, category, price, launch (day number from `start`)."""
    units: np.ndarray
    """(items, days) net units sold a day, float32."""

    @property
    def days(self) -> int:
        """Days of data."""
        return self.units.shape[1]

    @property
    def end(self) -> date:
        """Last day of data."""
        return self.date_of(self.days - 1)

    @cached_property
    def cumulative(self) -> np.ndarray:
        """(items, days + 1) units sold before each day, float64."""
        total = np.zeros((len(self.items), self.days + 1))
        np.cumsum(self.units, axis=1, dtype=np.float64, out=total[:, 1:])
        return total

    def date_of(self, day: int) -> date:
        """Date of a day number."""
        return self.start + timedelta(days=day)

    def day(self, when: date) -> int:
        """Day number of a date: 0 is `start`, negative before it."""
        return (when - self.start).days

    def window(self, first: np.ndarray, last: np.ndarray, items: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Units of items in days [first, last), cut to the data; first and last broadcast against the items."""
        rows = np.arange(len(self.items))[items]
        low, high = np.clip(first, 0, self.days), np.clip(last, 0, self.days)
        return self.cumulative[rows, high] - self.cumulative[rows, low]

    def curves(self, rows: np.ndarray, weeks: int) -> np.ndarray:
        """(rows, weeks) units in each week from the launch of an item; net returns never below zero."""
        edges = self.items["launch"].to_numpy()[rows, None] + 7 * np.arange(weeks + 1)
        sold = np.diff(self.cumulative[rows[:, None], np.clip(edges, 0, self.days)], axis=1)
        return np.maximum(sold, 0)

    def launches(self, weeks: int) -> np.ndarray:
        """Rows of the items that are launches with a complete window of `weeks`, by launch day."""
        launch = self.items["launch"].to_numpy()
        rows = np.flatnonzero((launch >= WARM_UP_DAYS) & (launch + 7 * weeks <= self.days))
        return rows[np.argsort(launch[rows], kind="stable")]

    def as_of(self, cut: date) -> "History":
        """The same shop as it was known on the morning of `cut`: no later sale is left, no later item."""
        days = self.day(cut)
        if days <= WARM_UP_DAYS:
            raise NotReady(f"{cut} is too early: the data starts on {self.start} and the first 13 weeks only warm up.")
        kept = np.flatnonzero(self.items["launch"].to_numpy() < days)
        return History(self.start, self.items.iloc[kept].reset_index(drop=True), self.units[kept, :days])

    def save(self, folder: Path) -> None:
        """Write the snapshot that a training process reads: items.parquet and units.parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        self.items.assign(start=self.start.isoformat(), days=self.days).to_parquet(folder / "items.parquet")
        row, day = np.nonzero(self.units)
        pd.DataFrame({"row": row, "day": day, "units": self.units[row, day]}).to_parquet(folder / "units.parquet")

    @classmethod
    def load(cls, folder: Path) -> "History":
        """Read a snapshot written by `save`."""
        items = pd.read_parquet(folder / "items.parquet")
        start, days = date.fromisoformat(items.pop("start")[0]), int(items.pop("days")[0])
        sold = pd.read_parquet(folder / "units.parquet")
        units = np.zeros((len(items), days), dtype=np.float32)
        units[sold["row"], sold["day"]] = sold["units"]
        return cls(start, items, units)


def item_text(items: pd.DataFrame) -> pd.Series:
    """What the encoder reads of an item: title, category, description, in the order a shopper meets them."""
    parts = [items[name].fillna("").str.strip() for name in ("title", "category", "description") if name in items]
    text = pd.concat(parts, axis=1).agg(". ".join, axis=1) if len(parts) > 1 else parts[0]
    return text.str.replace(r"(\.\s*)+(?=\.|$)", "", regex=True).str.strip()


def read(cursor: duckdb.DuckDBPyConnection) -> History:
    """The history of a workspace. Raises NotReady where no sales are loaded."""
    span = cursor.execute("SELECT min(date), max(date) FROM sales").fetchone()
    if span is None or span[0] is None:
        raise NotReady("There are no sales yet. Load an export of orders or sales on the Data page.")
    start, end = span
    items = cursor.execute(
        """SELECT product_id, title, category, description, list_price AS price,
                  date_diff('day', ?, coalesce(least(launch_date, first_sale), launch_date, first_sale))::INTEGER
                      AS launch
           FROM catalogue WHERE coalesce(first_sale, launch_date) <= ? ORDER BY product_id""",
        [start, end],
    ).df()
    items["text"] = item_text(items)
    sold = cursor.execute(
        """SELECT date_diff('day', ?, date) AS day, product_id, sum(units)::FLOAT AS units
           FROM sales GROUP BY ALL""",
        [start],
    ).df()
    rows = pd.Index(items["product_id"]).get_indexer(sold["product_id"])
    known = rows >= 0
    units = np.zeros((len(items), (end - start).days + 1), dtype=np.float32)
    units[rows[known], sold["day"].to_numpy()[known]] = sold["units"].to_numpy()[known]
    return History(start, items.drop(columns="description"), units)
