"""The sheet of new items, and the weeks in which each could be launched.

What an approved plan has launched and the shop has sold is no new item any more: it is followed up on Tracking.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from core.errors import NotReady
from core.history import History, item_text
from core.track import attached

__all__ = ["Sheet", "candidates", "check", "read", "waiting"]

WINDOW_WEEKS = 12  # launch weeks looked at, from the earliest; the same where no latest is given
COST_ASSUMED = "cost ("  # begins what `assumed` says of a cost
COST_SHARE = 0.5  # of the price, where neither the item nor the shop says what things cost


@dataclass(frozen=True)
class Sheet:
    """New items with everything a forecast needs; what had to be assumed is said."""

    items: pd.DataFrame
    """item_id, title, text, category, brand, price, cost, price_min, price_max, earliest_launch, latest_launch,
    max_stock, lead_time_days, assumed (words, '' where nothing was), late (its window has passed)."""


def check(cursor: duckdb.DuckDBPyConnection) -> None:
    """Raises NotReady where no new item is loaded that has not been launched."""
    if waiting(cursor):
        return
    if cursor.execute("SELECT 1 FROM new_items LIMIT 1").fetchone():
        raise NotReady(
            "There are no new items left: all of the sheet are launched, and followed up on Tracking. Load the next "
            "sheet of candidates on the New items page."
        )
    raise NotReady("There are no new items yet. Load a sheet of candidates on the New items page.")


def waiting(cursor: duckdb.DuckDBPyConnection) -> int:
    """New items that no approved plan has launched."""
    row = cursor.execute(
        "SELECT count(DISTINCT item_id) FROM new_items WHERE NOT list_contains(?::VARCHAR[], item_id)",
        [sorted(attached.launched(cursor))],
    ).fetchone()
    assert row is not None
    return int(row[0])


def read(cursor: duckdb.DuckDBPyConnection, history: History) -> Sheet:
    """The new items of every sheet that is loaded, without those launched; of an item in several sheets, the latest
    row.

    Raises NotReady where there are none.
    """
    check(cursor)
    items = cursor.execute(
        """SELECT * EXCLUDE (batch_id, file_row, attributes, image) FROM new_items
           WHERE NOT list_contains(?::VARCHAR[], item_id)
           QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY batch_id DESC) = 1 ORDER BY item_id""",
        [sorted(attached.launched(cursor))],
    ).df()
    items["text"] = item_text(items)
    costs = cursor.execute(
        "SELECT median(cost / list_price) FROM catalogue WHERE cost > 0 AND list_price > 0"
    ).fetchone()
    return Sheet(_completed(items, history, costs[0] if costs else None))


def candidates(sheet: Sheet, history: History) -> pd.DataFrame:
    """One row an item and possible launch week: item (row of the sheet), launch_week (a Monday), day."""
    first = _next_monday(history.end)
    earliest = pd.to_datetime(sheet.items["earliest_launch"]).dt.date
    latest = pd.to_datetime(sheet.items["latest_launch"]).dt.date
    rows = []
    for item, (low, high) in enumerate(zip(earliest, latest, strict=True)):
        begin = max(first, _monday_from(low)) if pd.notna(low) else first
        end = high if pd.notna(high) else begin + timedelta(weeks=WINDOW_WEEKS - 1)
        weeks = max(1, min(WINDOW_WEEKS, (end - begin).days // 7 + 1))
        rows += [(item, begin + timedelta(weeks=week)) for week in range(weeks)]
    frame = pd.DataFrame(rows, columns=["item", "launch_week"])
    frame["day"] = [history.day(week) for week in frame["launch_week"]]
    return frame


def _completed(items: pd.DataFrame, history: History, cost_share: float | None) -> pd.DataFrame:
    """Fill price and cost where they are missing, and say so."""
    assumed = pd.Series("", index=items.index)
    typical = float(np.nanmedian(history.items["price"])) if history.items["price"].notna().any() else 1.0
    between = items[["price_min", "price_max"]].mean(axis=1)
    missing = items["price"].isna()
    items["price"] = items["price"].fillna(between).fillna(typical)
    assumed[missing] = "price (" + np.where(between.notna(), "middle of its range", "the shop's median")[missing] + ")"
    share, whose = (cost_share, "the shop's usual share") if cost_share else (COST_SHARE, "half of the price")
    missing = items["cost"].isna()
    items["cost"] = items["cost"].fillna(items["price"] * share)
    assumed[missing] = assumed[missing].where(assumed[missing] == "", assumed[missing] + ", ") + f"cost ({whose})"
    late = pd.to_datetime(items["latest_launch"]) < pd.Timestamp(_next_monday(history.end))
    return items.assign(assumed=assumed, late=late)


def _next_monday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def _monday_from(day: date) -> date:
    """The Monday on or after a date: an item is never launched before its earliest day."""
    return day + timedelta(days=-day.weekday() % 7)
