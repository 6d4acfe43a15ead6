"""What happened to launched items, by week from their first sale: units, price paid, ads, visits, reviews.

All of it attaches by the product's code as files are loaded; nothing is set up. Money for ads of a whole category is
shared by nobody, as no item can be told to have had it.
"""

from datetime import date

import duckdb
import numpy as np
import pandas as pd

__all__ = ["COUNTED", "actuals", "seen"]

BEFORE = 28  # days before the first sale whose ads are a launch's own
COUNTED = ["sold", "gross", "revenue", "ads", "views", "carts", "favourites", "reviews"]
LAUNCHED = """WITH launched AS (
    SELECT unnest(?::VARCHAR[]) AS item_id, unnest(?::VARCHAR[]) AS product_id, unnest(?::DATE[]) AS first)"""
WEEK = "greatest(date_diff('day', first, {day}) // 7, 0) + 1 AS week"
QUERIES = {
    "sales": f"""SELECT item_id, {WEEK.format(day="date")}, sum(units) AS sold,
        coalesce(sum(units) FILTER (units > 0), 0) AS gross, max(date) FILTER (units > 0) AS last_sale,
        sum(coalesce(revenue, units * unit_price)) AS revenue,
        sum(coalesce(revenue, units * unit_price)) FILTER (units > 0)
            / nullif(sum(units) FILTER (units > 0 AND coalesce(revenue, unit_price) IS NOT NULL), 0) AS price_paid
        FROM sales JOIN launched USING (product_id) WHERE date >= first GROUP BY ALL""",
    "ads": f"""SELECT item_id, {WEEK.format(day="date")}, sum(spend) AS ads
        FROM ads JOIN launched USING (product_id) WHERE date >= first - {BEFORE} GROUP BY ALL""",
    "events": f"""SELECT item_id, {WEEK.format(day="ts::DATE")},
        sum(coalesce(count, 1)) FILTER (event IN ('view', 'click')) AS views,
        sum(coalesce(count, 1)) FILTER (event = 'cart') AS carts,
        sum(coalesce(count, 1)) FILTER (event = 'favourite') AS favourites
        FROM events JOIN launched USING (product_id) WHERE ts::DATE >= first GROUP BY ALL""",
    "reviews": f"""SELECT item_id, {WEEK.format(day="date")}, count(*) AS reviews, avg(rating) AS rating
        FROM reviews JOIN launched USING (product_id) WHERE date >= first GROUP BY ALL""",
    "promotions": f"""SELECT item_id, {WEEK.format(day="day::DATE")}, true AS promoted FROM (
            SELECT item_id, first, unnest(generate_series(date::TIMESTAMP,
                least(coalesce(until, date), date + 366)::TIMESTAMP, INTERVAL 1 DAY)) AS day
            FROM promotions JOIN launched USING (product_id))
        WHERE day::DATE >= first GROUP BY ALL""",
}


def actuals(
    cursor: duckdb.DuckDBPyConnection, launched: pd.DataFrame, windows: dict[str, int], today: date
) -> pd.DataFrame:
    """A row an item and week of its window that has begun.

    launched: item_id, product_id, launched_on. windows: item_id to weeks. Gives item_id, week (from 1), seen (share
    that is over, 0 to 1), sold (net units, no week below 0), gross (without returns), last_sale (NaT where nothing
    was sold), revenue, price_paid (NaN likewise), ads, views, carts, favourites, reviews, rating (NaN without),
    promoted.
    """
    frame = _begun(launched, windows, today)
    days = [str(day.date()) for day in launched["launched_on"]]
    bound = [launched["item_id"].tolist(), launched["product_id"].tolist(), days]
    for query in QUERIES.values():
        frame = frame.merge(cursor.execute(LAUNCHED + query, bound).df(), on=["item_id", "week"], how="left")
    frame[COUNTED] = frame[COUNTED].astype(float).fillna(0.0)
    frame["sold"] = frame["sold"].clip(lower=0)
    frame["promoted"] = frame["promoted"].eq(True).fillna(False).astype(bool)
    return frame.astype({"price_paid": float, "rating": float})


def seen(launched_on: date, weeks: int, today: date) -> np.ndarray:
    """(weeks,) share of each week from the first sale that is over: 1, a part, or 0."""
    return np.asarray(np.clip((today - launched_on).days / 7 - np.arange(weeks), 0, 1))


def _begun(launched: pd.DataFrame, windows: dict[str, int], today: date) -> pd.DataFrame:
    rows = []
    for item, first in zip(launched["item_id"], launched["launched_on"], strict=True):
        shares = seen(first.date(), windows[item], today)
        rows += [(item, week, share) for week, share in enumerate(shares, start=1) if share > 0]
    return pd.DataFrame(rows, columns=["item_id", "week", "seen"]).astype({"week": "int64", "seen": float})
