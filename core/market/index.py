"""The price index: what competitors ask for each 100 that we ask, over matched pairs only, and who undercuts.

The index of a week is the geometric mean of the price ratios of the pairs known in it (a Jevons index), so that one
dear item counts no more than a cheap one. Its band holds 8 in 10 and comes from how the ratios differ, by Student's
t, as a few pairs hardly know how much they differ.
"""

from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
from scipy import special

from core.market.likeness import Weekly
from core.market.listings import CARRIED

__all__ = [
    "Level",
    "Pairs",
    "by_group",
    "by_week",
    "carried",
    "followers",
    "level",
    "own_prices",
    "side_by_side",
    "undercutting",
]

UPPER = 0.9  # quantile at which a band ends: 8 in 10
RECENT = 4  # weeks that "now" means
CHEAPER = 0.01  # log price from which on one price is below the other: rounding to a price ending is no undercutting
MOST_LAG = 8  # weeks after which a price change is looked for at a competitor's
FEWEST_MOVES = 20  # price changes of ours that a competitor could have followed
CLEAR = 0.2  # correlation of price changes from which on a competitor is said to follow
CHANCE = 0.05  # of a competitor that does not follow to be said to, over all lags
HALF = 0.5
LARGE_ORDER = 2.0  # times an item's usual order: beyond it prices are negotiated or in steps
OURS_CARRIED = 8  # weeks that a price paid stands for: a slow seller is not sold every week


@dataclass(frozen=True)
class Pairs:
    """Matched pairs of a listing and an item of ours, with both prices week by week."""

    table: pd.DataFrame
    """competitor, category (ours), listing, item, confidence; a row a pair."""
    theirs: np.ndarray
    """(pairs, weeks) log prices, NaN where unknown."""
    ours: np.ndarray
    """(pairs, weeks)"""
    first: pd.Timestamp
    """Monday of the first week."""

    @property
    def ratio(self) -> np.ndarray:
        """(pairs, weeks) log of theirs over ours."""
        return self.theirs - self.ours

    @property
    def weeks(self) -> pd.DatetimeIndex:
        """Mondays."""
        return pd.date_range(self.first, periods=self.theirs.shape[1], freq="7D")

    @property
    def now(self) -> np.ndarray:
        """(pairs,) mean log ratio of the last RECENT weeks; NaN where neither side was seen."""
        recent = self.ratio[:, -RECENT:]
        count = (~np.isnan(recent)).sum(1)
        return np.where(count > 0, np.nansum(recent, axis=1) / np.maximum(count, 1), np.nan)

    def only(self, rows: np.ndarray) -> "Pairs":
        """Some of the pairs, by their places."""
        return Pairs(self.table.iloc[rows].reset_index(drop=True), self.theirs[rows], self.ours[rows], self.first)


class Level(NamedTuple):
    """A price index over some pairs."""

    value: float
    low: float
    high: float
    """8 in 10; NaN of a single pair, whose doubt nobody knows."""
    pairs: int


def own_prices(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """product_id, week (its Monday), price: the median paid in a week, without returns and large orders."""
    return cursor.execute(
        """WITH paid AS (
               SELECT product_id, date_trunc('week', date)::TIMESTAMP AS week, units, order_id,
                      coalesce(unit_price, revenue / nullif(units, 0)) AS price,
                      median(units) OVER (PARTITION BY product_id) AS usual
               FROM sales WHERE units > 0)
           SELECT product_id, week, median(price) AS price FROM paid
           WHERE price > 0 AND (order_id IS NULL OR units <= ? * usual) GROUP BY ALL ORDER BY product_id, week""",
        [LARGE_ORDER],
    ).df()


def side_by_side(prices: Weekly, matches: pd.DataFrame, listed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(matches, weeks) log prices of theirs and ours; NaN where one has not been seen for a while.

    matches: listing, item. listed: (items,) our list prices, which stand in where nothing was sold; NaN for none.
    """
    theirs = carried(prices.listings[matches["listing"]], CARRIED)
    ours = carried(prices.items[matches["item"]], OURS_CARRIED)
    asked = np.log(np.where(listed > 0, listed, np.nan).astype(float))[matches["item"]]
    return theirs, np.where(np.isnan(ours), asked[:, None], ours)


def carried(values: np.ndarray, weeks: int) -> np.ndarray:
    """(rows, weeks) with a gap filled by what stood before it, at most so many weeks on."""
    place = np.where(np.isnan(values), -1, np.arange(values.shape[1]))
    last = np.maximum.accumulate(place, axis=1)
    near = (last >= 0) & (np.arange(values.shape[1]) - last <= weeks)
    return np.where(near, np.take_along_axis(values, np.maximum(last, 0), 1), np.nan)


def level(ratio: np.ndarray) -> Level:
    """The index of some log ratios, none of them NaN."""
    if not len(ratio):
        return Level(np.nan, np.nan, np.nan, 0)
    mean = float(ratio.mean())
    error = float(ratio.std(ddof=1) / np.sqrt(len(ratio))) if len(ratio) > 1 else np.nan
    half = float(special.stdtrit(max(len(ratio) - 1, 1), UPPER)) * error
    low, high = float(100 * np.exp(mean - half)), float(100 * np.exp(mean + half))
    return Level(float(100 * np.exp(mean)), low, high, len(ratio))


def by_week(pairs: Pairs, by: str) -> pd.DataFrame:
    """week, `by` (competitor or category), index, low, high, pairs; weeks without a pair are absent."""
    parts = [_indexed(pairs.only(rows)).assign(**{by: name}) for name, rows in _groups(pairs, by)]
    columns = ["week", by, "index", "low", "high", "pairs"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def by_group(pairs: Pairs, by: str) -> pd.DataFrame:
    """`by`, index, low, high, pairs: the last RECENT weeks, the dearest competitors or categories first."""
    rows = []
    for name, places in _groups(pairs, by):
        now = pairs.now[places]
        rows.append((name, *level(now[~np.isnan(now)])))
    frame = pd.DataFrame(rows, columns=[by, "index", "low", "high", "pairs"])
    return frame[frame["pairs"] > 0].sort_values("index", ascending=False, ignore_index=True)


def undercutting(pairs: Pairs) -> pd.DataFrame:
    """A row a competitor, who undercuts most first: competitor, pairs, share (of the pairs that it has cheaper now),
    by (median share that it is cheaper there; NaN where none), since (Monday from which on it has had more than half
    cheaper; NaT where it has not now), lag (weeks after which it follows our prices; NaN where none is seen),
    follows (correlation of its changes with ours then), index, low, high (of now)."""
    rows = []
    for name, places in _groups(pairs, "competitor"):
        part = pairs.only(places)
        now = part.now[~np.isnan(part.now)]
        if not len(now):
            continue
        below = now < -CHEAPER
        cut = float(1 - np.exp(np.median(now[below]))) if below.any() else np.nan
        now_level = level(now)
        rows.append((name, len(now), below.mean(), cut, _since(part), *followers(part), *now_level[:3]))
    names = ["competitor", "pairs", "share", "by", "since", "lag", "follows", "index", "low", "high"]
    frame = pd.DataFrame(rows, columns=names).astype({"since": "datetime64[us]"})
    return frame.sort_values("share", ascending=False, kind="stable", ignore_index=True)


def followers(pairs: Pairs) -> tuple[float, float]:
    """The lag in weeks at which one competitor's price changes go with ours best, and their correlation then.

    NaN, NaN where we have hardly moved or nothing is clear: two shops that hold a sale in the same week once or twice
    do not follow each other, however many items are in it.
    """
    theirs, ours = np.diff(pairs.theirs, axis=1), np.diff(pairs.ours, axis=1)
    if (np.abs(ours) > CHEAPER).sum() < FEWEST_MOVES:
        return np.nan, np.nan
    lags = range(min(MOST_LAG + 1, ours.shape[1]))
    found, errors = zip(*(_moved_with(ours[:, : ours.shape[1] - lag], theirs[:, lag:]) for lag in lags), strict=True)
    best = int(np.argmax(found))
    clear = found[best] >= CLEAR and errors[best] >= special.ndtri(1 - CHANCE / len(lags))
    return (float(best), found[best]) if clear else (np.nan, np.nan)


def _moved_with(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Correlation of changes (pairs, weeks), and how many standard errors it is off 0, where a week counts as one."""
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = np.where(both, x, 0), np.where(both, y, 0)
    scale = float(np.sqrt((x**2).sum() * (y**2).sum()))
    week = (x * y).sum(0)
    error = float(np.sqrt((week**2).sum()))
    return (float(week.sum()) / scale, float(week.sum()) / error) if scale > 0 and error > 0 else (0.0, 0.0)


def _groups(pairs: Pairs, by: str) -> list[tuple[str, np.ndarray]]:
    """Each name with the places of its pairs."""
    groups = pairs.table.reset_index(drop=True).groupby(by, sort=True).indices
    return [(str(name), np.asarray(rows)) for name, rows in groups.items() if name != ""]


def _indexed(pairs: Pairs) -> pd.DataFrame:
    columns = zip(pairs.weeks, pairs.ratio.T, strict=True)
    rows = [(week, *level(column[~np.isnan(column)])) for week, column in columns]
    frame = pd.DataFrame(rows, columns=["week", "index", "low", "high", "pairs"])
    return frame[frame["pairs"] > 0]


def _since(pairs: Pairs) -> pd.Timestamp | None:
    """Monday from which on more than half of the pairs have been cheaper at a competitor, week after week."""
    known = ~np.isnan(pairs.ratio)
    below = (np.where(known, pairs.ratio, 0) < -CHEAPER).sum(0)
    some = known.any(0)
    most = below[some] > HALF * known.sum(0)[some]
    if not most.size or not most[-1]:
        return None
    run = len(most) if most.all() else int(np.argmin(most[::-1]))
    return pairs.weeks[some][-run]
