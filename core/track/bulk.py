"""Large orders: what one customer takes at once says little of how well an item goes.

The units that an order takes of an item lie about what is usual for the item, in logs as a normal distribution. When
the level of a launch is read from its first weeks, what an order took beyond one standard deviation above the usual is
left out; the units that past launches sold for each one so counted make up for it (`Pace.bulk`). The more orders there
were, the more does what was sold count after all: then large ones are a part of this item's trade.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from core.history import History
from core.track.pace import Pace

__all__ = ["evidence", "launched", "learnt", "orders", "with_evidence"]

SHOP = 3.0  # orders of a usual size that an item is taken to have had beside its own
MANY = 60.0  # orders, at which what was sold counts as much as what is counted without large ones
FEWEST = 200  # orders, for a shop's sizes to be learnt
LEAST_SPREAD = 1.0  # of the log: an order of less than 2.7 times the usual size is no large one
MOST_BULK = 3.0
TINY = 1e-9
QUERY = """
    WITH launched AS (SELECT unnest(?::INT[]) AS row, unnest(?::VARCHAR[]) AS product_id, unnest(?::DATE[]) AS first)
    SELECT row, date_diff('day', first, date) // 7 AS week, order_id IS NOT NULL AS known, sum(units) AS units
    FROM sales JOIN launched USING (product_id)
    WHERE date >= first AND date < first + 7 * ?::INTEGER AND units > 0
    GROUP BY row, week, order_id"""


def orders(
    cursor: duckdb.DuckDBPyConnection, products: Sequence[str], firsts: Sequence[date], weeks: int
) -> pd.DataFrame:
    """A row an order of each product in the weeks from its first day: row (place in `products`), week (from 0), units
    (without returns), known; what came without an order's number is one row a week, not known."""
    days = [str(day) for day in firsts]
    found = cursor.execute(QUERY, [list(range(len(days))), list(products), days, weeks]).df()
    return found.astype({"row": int, "week": int, "units": float, "known": bool})


def launched(cursor: duckdb.DuckDBPyConnection, history: History, rows: np.ndarray, weeks: int) -> pd.DataFrame:
    """The same of items of a history, by their place in `rows`."""
    items = history.items.iloc[rows]
    return orders(cursor, items["product_id"].tolist(), [history.date_of(int(day)) for day in items["launch"]], weeks)


def learnt(bought: pd.DataFrame, sold: np.ndarray, pace: Pace) -> Pace:
    """A pace that knows the sizes of orders; itself where too few are known.

    bought: as `orders`. sold: (n, W) net units of past launches.
    """
    known = bought[bought["known"]]
    if len(known) < FEWEST or known["units"].sum() < bought["units"].sum() / 2:
        return pace
    log = np.log(known["units"])
    within = log.groupby(known["row"].to_numpy()).var().median()
    spread = max(float(np.sqrt(np.nan_to_num(within))), LEAST_SPREAD)
    sized = replace(pace, order=float(log.mean()), order_spread=spread)
    counted = float(_counted(bought, sold, sized)[0].sum())
    return replace(sized, bulk=float(np.clip(sold.sum() / max(counted, 1.0), 1.0, MOST_BULK)))


def evidence(bought: pd.DataFrame, sold: np.ndarray, pace: Pace) -> np.ndarray:
    """(n, k) units that the first k weeks stand for, to be compared with what is forecast.

    bought: as `orders`. sold: (n, k) net units; as they are where sizes of orders are not known.
    """
    if not pace.order_spread:
        return sold
    counted, count = _counted(bought, sold, pace)
    usual, whole = counted.sum(1) * pace.bulk, sold.sum(1)
    share = count / (count + MANY)
    level = np.maximum(usual, TINY) ** (1 - share) * np.maximum(whole, TINY) ** share
    return np.asarray(counted * (pace.bulk * np.where(usual > 0, level / np.maximum(usual, TINY), 1.0))[:, None])


def with_evidence(
    cursor: duckdb.DuckDBPyConnection, on_sale: pd.DataFrame, weekly: pd.DataFrame, pace: Pace
) -> pd.DataFrame:
    """Weekly rows of launches (as `actuals.actuals`) with evidence, and large (units beyond the usual size of orders).

    on_sale: item_id, product_id, launched_on.
    """
    if not pace.order_spread or weekly.empty:
        return weekly.assign(evidence=weekly["sold"], large=0.0)
    row = pd.Index(on_sale["item_id"]).get_indexer(weekly["item_id"])
    week = weekly["week"].to_numpy() - 1
    sold = np.zeros((len(on_sale), int(week.max()) + 1))
    sold[row, week] = weekly["sold"]
    bought = orders(cursor, on_sale["product_id"].tolist(), on_sale["launched_on"].dt.date.tolist(), sold.shape[1])
    counted, _ = _counted(bought, sold, pace)
    return weekly.assign(evidence=evidence(bought, sold, pace)[row, week], large=(sold - counted)[row, week])


def _counted(bought: pd.DataFrame, sold: np.ndarray, pace: Pace) -> tuple[np.ndarray, np.ndarray]:
    """(n, k) units with large orders cut, and (n,) orders whose size is known."""
    part = bought[bought["week"] < sold.shape[1]]
    row, week = part["row"].to_numpy(), part["week"].to_numpy()
    units, known = part["units"].to_numpy(), part["known"].to_numpy()
    log, count = np.zeros(len(sold)), np.zeros(len(sold))
    np.add.at(log, row[known], np.log(units[known]))
    np.add.at(count, row[known], 1.0)
    most = np.exp((log + SHOP * pace.order) / (count + SHOP) + pace.order_spread)
    counted = np.zeros(sold.shape)
    np.add.at(counted, (row, week), np.where(known, np.minimum(units, most[row]), units))
    return np.minimum(np.maximum(sold, 0.0), counted), count
