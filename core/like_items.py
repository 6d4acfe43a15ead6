"""Like items: the nearest earlier items of a new one, and what they tell of its launch.

Near is the cosine of text embeddings. What the like items sold before the launch, a year before it, and in
their own first weeks says more of a new item than its text alone; the forecast learns from these numbers.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.history import WARM_UP_DAYS, History

__all__ = [
    "NUMBERS",
    "LikeItems",
    "Query",
    "closed_lately",
    "curves",
    "find",
    "launch_query",
    "launch_seen",
    "log_rates",
    "new_query",
    "numbers",
    "recent_launches",
    "run_rate",
    "season",
    "weighted_mean",
]

NEIGHBOURS = 30
BLOCK = 512  # queries compared at once: bounds memory at BLOCK x items
RUN_RATE_DAYS = 56
YEAR_DAYS = 364  # whole weeks
HALF_YEAR_DAYS = 182
SETTLE_DAYS = 7  # an item that has been on sale for less tells nothing yet

NUMBERS = (
    "run_rate",  # log1p units a week of the like items in the 8 weeks before, weighted by similarity
    "run_rate_nearest",  # the same of the five nearest
    "run_rate_best",  # the same of the best seller among them
    "year_ago",  # log1p units in the same weeks a year before
    "first_weeks",  # log1p units in their own first weeks, of those whose window had closed
    "first_weeks_shop",  # the same of all launches of the last half year
    "shop_units",  # log1p units of the whole shop in the last 4 weeks
    "log_price",  # log1p of the planned price
    "log_price_gap",  # log1p price less that of the like items
    "nearest",  # cosine of the nearest
    "nearness",  # mean cosine of all
    "closed",  # log1p number of like items whose window had closed
    "season_sin",  # week of the launch in the year
    "season_cos",
)


@dataclass(frozen=True)
class Query:
    """New items to look up."""

    vectors: np.ndarray
    """(n, d) unit vectors of their texts."""
    price: np.ndarray
    """(n,) planned price; NaN where none is known."""
    launch: np.ndarray
    """(n,) day of the launch, counted from the history's start; may lie beyond its end."""
    known: np.ndarray
    """(n,) day up to which (exclusive) the history may be used for this item."""
    rows: np.ndarray
    """(n,) row in the history of an item that is in it itself, and must not find itself; -1 for a new one."""
    codes: np.ndarray | None = None
    """(n,) product codes; None where none are known."""


@dataclass(frozen=True)
class LikeItems:
    """The nearest earlier items of each query, best first; where there are fewer, similarity is 0."""

    rows: np.ndarray
    """(n, k) rows in the history."""
    similarity: np.ndarray
    """(n, k) cosine, 0 to 1."""
    weights: np.ndarray | None = None
    """(n, k) that a forecaster or a user gave them, at least 0; None where similarity alone decides."""

    @property
    def weight(self) -> np.ndarray:
        """(n, k) summing to 1 (or all 0): the weights that were given, else similarity squared."""
        raw = self.similarity**2 if self.weights is None else self.weights
        return raw / np.maximum(raw.sum(1, keepdims=True), 1e-12)


def launch_query(history: History, vectors: np.ndarray, rows: np.ndarray, known: np.ndarray | None = None) -> Query:
    """Past launches as if they were new: known up to their own launch, or up to the days given."""
    launch = history.items["launch"].to_numpy()[rows]
    price = history.items["price"].to_numpy(dtype=float)[rows]
    codes = history.items["product_id"].to_numpy()[rows]
    return Query(vectors[rows], price, launch, launch if known is None else known, rows, codes)


def new_query(
    history: History, vectors: np.ndarray, price: np.ndarray, launch: np.ndarray, codes: np.ndarray | None = None
) -> Query:
    """Items that are not in the history, known to its end."""
    count = len(launch)
    return Query(vectors, price, launch, np.full(count, history.days), np.full(count, -1), codes)


def season(history: History, launch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) sine and cosine of the launch day in the year."""
    angle = 2 * np.pi * (launch + history.start.timetuple().tm_yday) / 365.25
    return np.sin(angle), np.cos(angle)


def find(history: History, vectors: np.ndarray, query: Query, count: int = NEIGHBOURS) -> LikeItems:
    """The `count` nearest items that had been on sale for a week when the query's knowledge ends.

    vectors: (items, d) unit vectors of the history's items.
    """
    count = min(count, len(vectors))
    launch = history.items["launch"].to_numpy()
    rows = np.zeros((len(query.launch), count), dtype=np.int64)
    similarity = np.zeros((len(query.launch), count))
    for first in range(0, len(rows), BLOCK):
        part = slice(first, first + BLOCK)
        far = query.vectors[part] @ -vectors.T  # (block, items) minus the cosine: the nearest sort first
        if launch.max() > query.known[part].min() - SETTLE_DAYS:
            far[launch[None, :] > query.known[part, None] - SETTLE_DAYS] = 0
        own = np.flatnonzero(query.rows[part] >= 0)
        far[own, query.rows[part][own]] = 0
        best = np.argpartition(far, count - 1, axis=1)[:, :count]
        near = np.take_along_axis(far, best, 1)
        order = np.argsort(near, axis=1, kind="stable")
        rows[part] = np.take_along_axis(best, order, 1)
        similarity[part] = np.maximum(-np.take_along_axis(near, order, 1), 0)
    return LikeItems(rows, similarity)


def numbers(history: History, query: Query, like: LikeItems, weeks: int) -> np.ndarray:
    """(n, len(NUMBERS)) float64, in the order of NUMBERS; NaN where the history cannot tell."""
    launch, days, known = history.items["launch"].to_numpy(), 7 * weeks, query.known[:, None]
    weight, near = like.weight, like.similarity > 0
    rate = np.where(near, log_rates(history, like.rows, known, launch), np.nan)  # (n, k)
    year = _year_ago(history, like.rows, query, days)
    totals = np.log1p(history.curves(np.arange(len(launch)), weeks).sum(1))  # (items,)
    closed = launch_seen(history, query, like, weeks)
    price, prices = np.log1p(query.price), np.log1p(history.items["price"].to_numpy(dtype=float))
    season_sin, season_cos = season(history, query.launch)
    columns = {
        "run_rate": weighted_mean(rate, weight),
        "run_rate_nearest": weighted_mean(rate[:, :5], weight[:, :5]),
        "run_rate_best": _best(rate),
        "year_ago": weighted_mean(year, weight),
        "first_weeks": weighted_mean(np.where(closed, totals[like.rows], np.nan), weight),
        "first_weeks_shop": recent_launches(history, query.known, weeks),
        "shop_units": _shop_units(history, query.known),
        "log_price": price,
        "log_price_gap": price - weighted_mean(prices[like.rows], weight),
        "nearest": like.similarity[:, 0],
        "nearness": like.similarity.mean(1),
        "closed": np.log1p(closed.sum(1)),
        "season_sin": season_sin,
        "season_cos": season_cos,
    }
    return np.column_stack([columns[name] for name in NUMBERS])


def launch_seen(history: History, query: Query, like: LikeItems, weeks: int) -> np.ndarray:
    """(n, k) whether the whole launch window of a like item is known to the query."""
    launch = history.items["launch"].to_numpy()[like.rows]
    return (like.similarity > 0) & (launch >= WARM_UP_DAYS) & (launch + 7 * weeks <= query.known[:, None])


def curves(history: History, product_ids: list[str], weeks: int) -> pd.DataFrame:
    """Units by week after launch of earlier items: week, and a column an item named by its title.

    Items that were on sale before the data starts have no known launch and are left out.
    """
    rows = pd.Index(history.items["product_id"]).get_indexer(product_ids)
    rows = rows[(rows >= 0) & (history.items["launch"].to_numpy()[rows] >= WARM_UP_DAYS)]
    titles, codes = (history.items[name].iloc[rows] for name in ("title", "product_id"))
    names = np.where(titles.duplicated(keep=False) | (titles == "week"), titles + " (" + codes + ")", titles)
    frame = pd.DataFrame(history.curves(rows, weeks).T, columns=names)
    frame.insert(0, "week", np.arange(1, weeks + 1))
    return frame


def run_rate(history: History, query: Query, like: LikeItems) -> np.ndarray:
    """(n,) log1p units a week of the like items in the 8 weeks before; 0 where there are none."""
    rate = log_rates(history, like.rows, query.known[:, None], history.items["launch"].to_numpy())
    return np.nan_to_num(weighted_mean(np.where(like.similarity > 0, rate, np.nan), like.weight))


def log_rates(history: History, rows: np.ndarray, known: np.ndarray, launch: np.ndarray) -> np.ndarray:
    """(n, k) log1p units a week in the 8 weeks before `known`, or since the launch where that is later."""
    first = np.maximum(known - RUN_RATE_DAYS, launch[rows])
    sold = history.window(first, np.broadcast_to(known, rows.shape), rows)
    return np.log1p(np.maximum(sold, 0) / np.maximum(known - first, 1) * 7)


def _year_ago(history: History, rows: np.ndarray, query: Query, days: int) -> np.ndarray:
    """(n, k) log1p units in the launch's weeks a year earlier; NaN where these lie outside what is known."""
    first = np.broadcast_to((query.launch - YEAR_DAYS)[:, None], rows.shape)
    sold = np.log1p(np.maximum(history.window(first, first + days, rows), 0))
    outside = (first < 0) | (first + days > query.known[:, None])
    return np.where(outside, np.nan, sold)


def recent_launches(history: History, known: np.ndarray, weeks: int) -> np.ndarray:
    """(n,) mean log1p first-weeks units of the launches whose window closed in the half year before `known`."""
    launches = history.launches(weeks)
    totals = np.log1p(history.curves(launches, weeks).sum(1))
    return closed_lately(totals, history.items["launch"].to_numpy()[launches] + 7 * weeks, known)


def closed_lately(values: np.ndarray, closed: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(n,) mean of the values that closed in the half year before each day `known` (n,); NaN where none did.

    values: (N,); closed: (N,) days on which each was known, rising.
    """
    total = np.concatenate([[0.0], np.cumsum(values)])
    low, high = np.searchsorted(closed, known - HALF_YEAR_DAYS, "right"), np.searchsorted(closed, known, "right")
    return np.where(high > low, (total[high] - total[low]) / np.maximum(high - low, 1), np.nan)


def _shop_units(history: History, known: np.ndarray) -> np.ndarray:
    shop = history.cumulative.sum(0)
    last = np.clip(known, 0, history.days)
    return np.log1p(np.maximum(shop[last] - shop[np.maximum(last - 28, 0)], 0))


def weighted_mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean of each row over what is known; NaN where nothing is."""
    known = np.where(np.isnan(values), 0, weight)
    total = known.sum(1)
    return np.where(total > 0, (np.nan_to_num(values) * known).sum(1) / np.where(total > 0, total, 1), np.nan)


def _best(values: np.ndarray) -> np.ndarray:
    best = np.where(np.isnan(values), -np.inf, values).max(1)
    return np.where(np.isfinite(best), best, np.nan)
