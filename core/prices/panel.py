"""The weekly panel that prices are learnt from: what every item sold in every week on sale, and at which price.

Three things look like a change of price in order lines and are none: large orders get cheaper prices (a quantity
break), whole orders are charged by another price list, and two prices are paid side by side (a tier). Where prices
fall with the size of an order, the price is that of the small ones (all count for the units: who buys more because it
is cheap buys larger orders); orders by another list are left out; of two prices in the same week the one that prevails
is the item's.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from core.errors import NotReady
from core.history import item_text

__all__ = ["EXTRAS", "Panel", "read"]

LARGE_ORDER = 2.0  # times an item's usual order: beyond it prices are negotiated or in steps
MOST = 10.0  # times an item's usual order that an order counts for, in a shop with quantity breaks
BREAKING = 0.05  # share of weeks in which large orders are cheaper, for the shop to have quantity breaks
BESIDE = 1 / 3  # of the weeks in which a price was paid, beside the one that prevails: a tier
AROUND = 4  # weeks before and after in which a price prevails
FAR = 0.1  # in logs, between two price lists
HALF = 0.5  # of a week, from which a promotion makes it a promoted one
STALE_WEEKS = 8  # a competitor's price that was seen longer ago says nothing
EXTRAS = ("promoted", "views", "cost", "rival")


@dataclass(frozen=True)
class Panel:
    """What sold at which price: one row an item and week on sale."""

    items: pd.DataFrame
    """product_id, title, text, category (None where unknown), brand, list_price, cost (at present)."""
    rows: pd.DataFrame
    """item (row of items), week (from `start`), units (net of returns), price (what a typical small order
    paid; where none was paid, what seems to have been asked), promoted (share of the week), views, cost (of a unit at
    the time), rival (median price that competitors ask): NaN where unknown. By item and week."""
    start: date = date(2000, 1, 3)
    """Monday of week 0."""
    breaks: bool = False
    """Whether prices fall with the size of an order, so that prices are those of small orders."""


def read(cursor: duckdb.DuckDBPyConnection, before: date | None = None) -> Panel:
    """The panel of the sales before a date, or of all. Raises NotReady where there are none."""
    before = before or date.max
    first = cursor.execute("SELECT date_trunc('week', min(date)) FROM sales WHERE date < ?", [before]).fetchone()
    if first is None or first[0] is None:
        raise NotReady("There are no sales yet. Load an export of orders or sales on the Data page.")
    start = pd.Timestamp(first[0]).date()
    cursor.execute(LINES, [before])
    try:
        cursor.execute(OTHERS)
        breaks = _breaks(cursor)
        weeks = _weeks(cursor, start, breaks)
        paid = _paid(cursor, start, breaks)
        items = _items(cursor, start)
    finally:
        cursor.execute("DROP TABLE price_lines")
    rows = _on_sale(weeks.merge(paid, on=["product_id", "week"], how="left"), items)
    for name, found in _extras(cursor, start, before).items():
        rows[name] = _looked_up(found, rows, items, name)
    counted = rows["views"].notna().any()  # a week without a view had none, where views are counted at all
    rows["views"] = rows["views"].fillna(0.0) if counted else rows["views"]
    rows["promoted"] = rows["promoted"].fillna(0.0).clip(0, 1)
    rows["price"] = _asked(rows)
    rows = rows[rows["price"] > 0].reset_index(drop=True)
    rows["cost"] = rows.groupby("item")["cost"].ffill()
    rows["rival"] = rows.groupby("item")["rival"].ffill(limit=STALE_WEEKS)
    return Panel(items.drop(columns="description"), rows, start, breaks)


LINES = """
CREATE OR REPLACE TEMP TABLE price_lines AS
WITH lines AS (
    SELECT product_id, date_trunc('week', date)::DATE AS week, units, order_id, cost,
           round(coalesce(unit_price, revenue / nullif(units, 0)), 4) AS price
    FROM sales WHERE date < ?),
usual AS (SELECT product_id, median(units) AS usual FROM lines WHERE units > 0 GROUP BY ALL)
SELECT lines.*, usual, order_id IS NOT NULL AND abs(units) > $LARGE * usual AS large
FROM lines JOIN usual USING (product_id)""".replace("$LARGE", str(LARGE_ORDER))

# Orders most of whose lines pay another price than the item's usual one of the quarter, in weeks in which most orders
# do not: another price list (wholesale, a marketplace with its fees), whose prices are not what shoppers are asked.
OTHERS = """
DELETE FROM price_lines WHERE order_id IN (
    WITH usual AS (
        SELECT product_id, date_trunc('quarter', week) AS quarter, median(price) AS typical
        FROM price_lines WHERE price > 0 AND units > 0 GROUP BY ALL),
    orders AS (
        SELECT order_id, week, avg((abs(ln(price / typical)) > $FAR)::INTEGER) > 0.5 AND count(*) >= 3 AS other
        FROM price_lines JOIN usual
        ON usual.product_id = price_lines.product_id AND quarter = date_trunc('quarter', week)
        WHERE order_id IS NOT NULL AND price > 0 GROUP BY ALL)
    SELECT order_id FROM orders
    WHERE other AND week IN (SELECT week FROM orders GROUP BY week HAVING avg(other::INTEGER) < 0.5))""".replace(
    "$FAR", str(FAR)
)

# Of the weeks in which an item had large orders and small ones: in how many more were the large ones cheaper than
# dearer, by more than a rounding?
BREAKS = """
SELECT avg((gap < -0.03)::INTEGER) - avg((gap > 0.03)::INTEGER) FROM (
    SELECT avg(ln(price)) FILTER (large) - avg(ln(price)) FILTER (NOT large) AS gap
    FROM price_lines WHERE price > 0 AND units > 0 GROUP BY product_id, week) WHERE gap IS NOT NULL"""

WEEKS = """
SELECT product_id, date_diff('week', ?::DATE, week)::INTEGER AS week, greatest(sum(
           CASE WHEN ? THEN greatest(least(units, $MOST * usual), -$MOST * usual) ELSE units END), 0)::DOUBLE AS units
FROM price_lines GROUP BY ALL""".replace("$MOST", str(MOST))

# Without orders a line is a day or a store, and their mean is the price. With orders:
# prevails: the price that most lines paid in the weeks around; tier: one that is mostly paid beside it.
PAID = """
WITH lines AS (
    SELECT product_id, date_diff('week', ?::DATE, week)::INTEGER AS week, price, order_id IS NOT NULL AS ordered
    FROM price_lines WHERE price > 0 AND units >= 0 AND NOT (large AND ?)),
counted AS (SELECT product_id, week, price, count(*) AS lines FROM lines WHERE ordered GROUP BY ALL),
several AS (
    SELECT product_id FROM (SELECT product_id, week, count(*) AS prices FROM counted GROUP BY ALL)
    GROUP BY product_id HAVING avg((prices > 1)::INTEGER) > 0.1),
around AS (
    SELECT near.product_id, near.week, price, sum(lines) AS lines
    FROM (SELECT DISTINCT product_id, week FROM counted SEMI JOIN several USING (product_id)) near
    JOIN counted ON counted.product_id = near.product_id AND abs(counted.week - near.week) <= ?
    GROUP BY ALL),
prevailing AS (
    SELECT product_id, week, arg_max(price, (lines, price)) AS prevails FROM around GROUP BY ALL),
seen AS (
    SELECT *, max((price = prevails)::INTEGER) OVER (PARTITION BY product_id, week) = 1 AS there
    FROM counted JOIN prevailing USING (product_id, week)),
tiers AS (
    SELECT product_id, price FROM seen GROUP BY ALL
    HAVING avg((there AND price <> prevails)::INTEGER) >= ?),
chosen AS (
    SELECT product_id, week, CASE
        WHEN bool_or(there) OR bool_and(tiers.price IS NOT NULL) THEN any_value(prevails)
        ELSE arg_max(seen.price, (lines, seen.price)) FILTER (tiers.price IS NULL) END AS price
    FROM seen LEFT JOIN tiers USING (product_id, price) GROUP BY ALL)
SELECT product_id, week, price FROM chosen
UNION ALL
SELECT product_id, week, CASE WHEN bool_or(ordered) THEN median(price) ELSE exp(avg(ln(price))) END
FROM lines ANTI JOIN several USING (product_id) GROUP BY ALL"""

ITEMS = """
SELECT product_id, title, category, description, brand, list_price, cost,
       date_diff('week', ?::DATE, date_trunc('week', least(launch_date, first_sale))::DATE)::INTEGER AS launch
FROM catalogue SEMI JOIN price_lines USING (product_id) ORDER BY product_id"""

EXTRA = {
    # Where promotions are of single stores, each counts as its share in all of them.
    "promoted": """
        WITH weeks AS (
            SELECT product_id, date, coalesce(until, date + 6) AS until, region,
                   unnest(generate_series(date_trunc('week', date), coalesce(until, date + 6)::TIMESTAMP,
                          INTERVAL 7 DAY))::DATE AS monday
            FROM promotions WHERE date < $before AND coalesce(until, date + 6) < date + 1000),
        shares AS (
            SELECT product_id, monday, region,
                   max(1 + date_diff('day', greatest(date, monday), least(until, monday + 6))) / 7 AS share
            FROM weeks GROUP BY ALL),
        stores AS (SELECT greatest(count(DISTINCT region), 1) AS stores FROM sales)
        SELECT product_id, date_diff('week', $start::DATE, monday)::INTEGER AS week,
               coalesce(max(share) FILTER (region IS NULL OR region = ''), 0)
               + coalesce(sum(share) FILTER (region <> ''), 0) / any_value(stores) AS value
        FROM shares, stores GROUP BY ALL""",
    "views": """
        SELECT product_id, date_diff('week', $start::DATE, date_trunc('week', ts)::DATE)::INTEGER AS week,
               sum(coalesce(count, 1))::DOUBLE AS value
        FROM events WHERE event = 'view' AND product_id IS NOT NULL AND ts < $before GROUP BY ALL""",
    "cost": """
        SELECT product_id, date_diff('week', $start::DATE, date_trunc('week', date)::DATE)::INTEGER AS week,
               median(cost) AS value
        FROM sales WHERE cost > 0 AND date < $before GROUP BY ALL""",
    "rival": """
        SELECT product_id, date_diff('week', $start::DATE, date_trunc('week', date)::DATE)::INTEGER AS week,
               median(price) AS value
        FROM competitors WHERE price > 0 AND product_id IS NOT NULL AND date < $before GROUP BY ALL""",
}


def _breaks(cursor: duckdb.DuckDBPyConnection) -> bool:
    row = cursor.execute(BREAKS).fetchone()
    return row is not None and row[0] is not None and row[0] > BREAKING


def _weeks(cursor: duckdb.DuckDBPyConnection, start: date, breaks: bool) -> pd.DataFrame:
    """product_id, week, units."""
    return cursor.execute(WEEKS, [start, breaks]).df()


def _paid(cursor: duckdb.DuckDBPyConnection, start: date, breaks: bool) -> pd.DataFrame:
    """product_id, week, price, where any was paid."""
    return cursor.execute(PAID, [start, breaks, AROUND, BESIDE]).df()


def _items(cursor: duckdb.DuckDBPyConnection, start: date) -> pd.DataFrame:
    items = cursor.execute(ITEMS, [start]).df()
    items["text"] = item_text(items)
    return items


def _on_sale(sold: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Every week of an item from its first to its last: those without a sale have no units and no price."""
    sold = sold.assign(item=pd.Index(items["product_id"]).get_indexer(sold["product_id"]))
    first, last = (sold.groupby("item")["week"].agg(name) for name in ("min", "max"))
    count = (last - first + 1).to_numpy()
    item = np.repeat(first.index.to_numpy(), count)
    week = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first.to_numpy(), count)
    rows = pd.DataFrame({"item": item, "week": week})
    rows = rows.merge(sold[["item", "week", "units", "price"]], on=["item", "week"], how="left")
    return rows.assign(units=rows["units"].fillna(0.0))


def _asked(rows: pd.DataFrame) -> np.ndarray:
    """(rows,) price; where nothing was sold, what was asked: the median of the weeks around without a promotion.

    The last price that was paid would not do: after a promotion the weeks without a sale would look cheap. A promoted
    week without a sale has the price of the promoted week next to it, or the usual cut.
    """
    item, price = rows["item"].to_numpy(), rows["price"].to_numpy()
    promoted = rows["promoted"].to_numpy() >= HALF
    usual = _around(rows.assign(price=np.where(promoted, np.nan, price)), AROUND)
    beside = _around(rows.assign(price=np.where(promoted, price, np.nan)), 1)
    cuts = (price / usual)[promoted & np.isfinite(price) & np.isfinite(usual)]
    cut = float(np.median(cuts)) if len(cuts) else 1.0
    asked = np.where(promoted, np.where(np.isfinite(beside), beside, usual * cut), usual)
    found = pd.Series(np.where(np.isfinite(price), price, asked)).groupby(item)
    return found.ffill().fillna(found.bfill()).to_numpy()


def _around(rows: pd.DataFrame, reach: int) -> np.ndarray:
    """(rows,) median price of the item in the weeks around, itself included; NaN where there is none."""
    item, week = rows["item"].to_numpy(), rows["week"].to_numpy()
    if not len(rows):
        return np.zeros(0)
    wide = np.full((int(item.max()) + 1, int(week.max()) + 1 + 2 * reach), np.nan)
    wide[item, week + reach] = rows["price"]
    near = np.sort(wide[item[:, None], week[:, None] + np.arange(2 * reach + 1)], axis=1)  # NaN last
    count = np.isfinite(near).sum(1)
    lower, upper = np.maximum(count - 1, 0) // 2, count // 2
    at = np.arange(len(near))
    middle = (near[at, lower] + near[at, np.minimum(upper, near.shape[1] - 1)]) / 2
    return np.where(count > 0, middle, np.nan)


def _extras(cursor: duckdb.DuckDBPyConnection, start: date, before: date) -> dict[str, pd.DataFrame]:
    """product_id, week, value of what else is known of an item's week, by name."""
    found = {}
    for name, query in EXTRA.items():
        found[name] = cursor.execute(query, {"start": start, "before": before}).df()
    return found


def _looked_up(found: pd.DataFrame, rows: pd.DataFrame, items: pd.DataFrame, name: str) -> np.ndarray:
    """(rows,) value of each row's item and week; NaN where there is none."""
    item = pd.Index(items["product_id"]).get_indexer(found["product_id"])
    known = pd.Series(found["value"].to_numpy(float), pd.MultiIndex.from_arrays([item, found["week"]]))
    known = known[item >= 0]
    return known.reindex(pd.MultiIndex.from_frame(rows[["item", "week"]])).to_numpy()
