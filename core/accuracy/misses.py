"""Why an item was forecast wrong, in words and from data: what a merchandiser would check first."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from core.history import History
from core.like_items import LikeItems, Query

__all__ = ["FACTS", "afterwards", "all_why", "facts", "why"]

JUDGED = 10
"""Like items that are asked whether they agree, those with the most weight."""
SEASON_DAYS = 28
FEW_OF_SEASON = 3
FAR_APART = 6.0  # upper over lower quartile of what the like items sold
HIGH_TIDE = 1.5  # units over forecast of the launches around: the shop moved, and not the item
AROUND_DAYS = 21
FEWEST_AROUND = 5
DEAR, CHEAP = 2.0, 0.5  # price over that of the like items
BULK_SHARE, BULK_UNITS = 0.4, 10
MOST_REASONS = 2

FACTS = (
    "nearest",  # cosine of the earlier item with the nearest text
    "nearest_low",  # what nine in ten of the launches learnt from reach
    "like_low",  # lower quartile of units that its like items sold
    "like_high",
    "like_most",  # most that one of them sold
    "price_ratio",  # its price over the median of its like items'
    "season_launches",  # launches learnt from within four weeks of its time of year
    "best_day",  # share of its best day in what it sold
    "last_week",  # its last week with a sale, 0 where it had none
    "weeks",  # forecast
    "around",  # what the other launches of these weeks sold over their median forecasts
)

Row = Mapping[str, Any]


def facts(past: History, like: LikeItems, like_units: np.ndarray, query: Query, learnt: np.ndarray) -> pd.DataFrame:
    """What was known of each item when it was forecast, of its like items and its season.

    like_units: (n, JUDGED) what the like items with the most weight sold. learnt: launch days of the launches
    learnt from.
    """
    rows, there = like.rows[:, :JUDGED], like.weight[:, :JUDGED] > 0
    low, high = np.quantile(_masked(like_units, there), [0.25, 0.75], axis=1)
    prices = np.where(there, past.items["price"].to_numpy(dtype=float)[rows], np.nan)
    usual_price = pd.DataFrame(prices).median(axis=1).to_numpy()
    return pd.DataFrame(
        {
            "like_low": low,
            "like_high": high,
            "like_most": np.where(there, like_units, 0).max(1),
            "price_ratio": query.price / np.where(usual_price > 0, usual_price, np.nan),
            "season_launches": _of_season(query.launch, learnt),
        }
    )


def afterwards(history: History, rows: np.ndarray, weeks: int, median: np.ndarray) -> pd.DataFrame:
    """How each item sold in its window: FACTS from `best_day` on. Only the explanation looks at it.

    median: (n,) units forecast.
    """
    launch = history.items["launch"].to_numpy()[rows]
    days = np.maximum(history.units[rows[:, None], launch[:, None] + np.arange(7 * weeks)], 0)  # (n, days)
    total, sold = days.sum(1), history.curves(rows, weeks) > 0
    last = np.where(sold.any(1), weeks - np.argmax(sold[:, ::-1], axis=1), 0)
    return pd.DataFrame(
        {
            "best_day": days.max(1) / np.maximum(total, 1),
            "last_week": last,
            "weeks": weeks,
            "around": _around(launch, history.curves(rows, weeks).sum(1), median),
        }
    )


def why(row: Row) -> str:
    """One or two sentences on a row with units, p10, p50, p90 and FACTS."""
    reasons = [words for rule in RULES if (words := rule(row))]
    if reasons:
        return " ".join(reasons[:MOST_REASONS])
    if row["p10"] <= row["units"] <= row["p90"]:
        return "Inside its likely range: a miss of this size is chance."
    where = "Above" if row["units"] > row["p90"] else "Below"
    return f"{where} its likely range, and nothing in the data tells why."


def all_why(items: pd.DataFrame) -> list[str]:
    """`why` of each row."""
    return [why({str(name): value for name, value in row.items()}) for row in items.to_dict("records")]


def _bulk(row: Row) -> str:
    if row["units"] > row["p50"] and row["units"] >= BULK_UNITS and row["best_day"] >= BULK_SHARE:
        return f"One day made {row['best_day']:.0%} of its sales: a bulk order?"
    return ""


def _stopped(row: Row) -> str:
    if row["units"] >= row["p50"] or 2 * row["last_week"] > row["weeks"]:
        return ""
    if row["last_week"] == 0:
        return "It sold nothing: was it ever on sale?"
    return f"No sale after week {row['last_week']:.0f}: out of stock, or withdrawn?"


def _far(row: Row) -> str:
    if row["nearest"] < row["nearest_low"]:
        return (
            f"Nothing alike was sold before: the nearest earlier item has a similarity of {row['nearest']:.2f}, "
            f"most launches have more than {row['nearest_low']:.2f}."
        )
    return ""


def _apart(row: Row) -> str:
    if row["like_high"] >= BULK_UNITS and (row["like_high"] + 1) / (row["like_low"] + 1) >= FAR_APART:
        return (
            f"Its like items sold very differently from each other: "
            f"the middle half of them {row['like_low']:,.0f} to {row['like_high']:,.0f}."
        )
    return ""


def _price(row: Row) -> str:
    if row["price_ratio"] >= DEAR:
        return f"Its price is {row['price_ratio']:.1f} times that of its like items."
    if row["price_ratio"] <= CHEAP:
        return f"Its price is only {row['price_ratio']:.0%} of that of its like items."
    return ""


def _season(row: Row) -> str:
    if row["season_launches"] < FEW_OF_SEASON:
        return "Hardly an earlier launch came at this time of year."
    return ""


def _beyond(row: Row) -> str:
    if row["units"] > max(row["p90"], row["like_most"]):
        return f"None of its {JUDGED} like items sold so much; the best of them {row['like_most']:,.0f}."
    return ""


def _level(row: Row) -> str:
    if row["units"] > row["p50"] and row["around"] >= HIGH_TIDE:
        return f"All launches of those weeks together sold {row['around']:.1f} times their forecast."
    if row["units"] < row["p50"] and row["around"] <= 1 / HIGH_TIDE:
        return f"All launches of those weeks together sold {row['around']:.0%} of their forecast."
    return ""


RULES: tuple[Callable[[Row], str], ...] = (_bulk, _stopped, _far, _price, _apart, _season, _level, _beyond)
"""The most telling first."""


def _masked(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Values with what is not there replaced by the first one's."""
    return np.where(there, values, values[:, :1])


def _of_season(launch: np.ndarray, learnt: np.ndarray) -> np.ndarray:
    """(n,) launches learnt from that lie within four weeks of the time of year."""
    apart = np.abs(launch[:, None] - learnt[None, :]) % 365
    return (np.minimum(apart, 365 - apart) <= SEASON_DAYS).sum(1)


def _around(launch: np.ndarray, units: np.ndarray, median: np.ndarray) -> np.ndarray:
    """(n,) units over median forecasts of the other launches within three weeks; 1 where these are few.

    Where next to nothing was forecast of them, it counts as one unit: over nothing there is no ratio.
    """
    near = np.abs(launch[:, None] - launch[None, :]) <= AROUND_DAYS
    np.fill_diagonal(near, val=False)
    ratio = near @ units / np.maximum(near @ median, 1)
    return np.where(near.sum(1) >= FEWEST_AROUND, ratio, 1.0)
