"""Mean sentiment by item, category and week, each with its range: a mean over three reviews says that it is one.

Means of groups are drawn to the mean of the shop, the more the fewer reviews they have (empirical Bayes: Efron &
Morris 1975, https://doi.org/10.1080/01621459.1975.10479864), by the spread within groups against that between them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["FEW", "Headline", "by_group", "by_week", "headline", "item_sentiment"]

Z = 1.2816  # of a range that holds 8 in 10
FEW = 5  # reviews, below which a mean says little by itself
TREND_DAYS = 91
LEAST_SPREAD = 0.005  # of the variance within, below which groups would all be called the same


@dataclass(frozen=True)
class Headline:
    """What the reviews come to."""

    reviews: int
    sentiment: float
    """Mean, -1 to 1."""
    positive: float
    """Share of reviews that recommend the item, of those that say."""
    rating: float
    """Mean stars; NaN where there are none."""
    recent: float
    """Mean sentiment of the last 13 weeks less that of the 13 before; NaN where either has fewer than FEW reviews."""
    recent_sure: bool
    """Whether that difference is larger than chance (8 in 10) would give."""


def headline(scores: pd.DataFrame) -> Headline:
    """scores: reviews as `readings.scored` gives them; those that are excluded do not count."""
    known = _known(scores)
    last = known["date"].max()
    age = (last - known["date"]).dt.days
    now, before = known.loc[age < TREND_DAYS, "sentiment"], known.loc[age.between(TREND_DAYS, 2 * TREND_DAYS - 1)]
    difference, error = _difference(now, before["sentiment"])
    return Headline(
        len(known),
        float(known["sentiment"].mean()),
        _positive(known["recommend"]),
        float(known["rating"].mean()),
        difference,
        bool(abs(difference) > Z * error),
    )


def by_week(scores: pd.DataFrame) -> pd.DataFrame:
    """Of dated reviews: week (its Monday), reviews, sentiment, low, high (8 in 10, by the spread of all reviews)."""
    known = _known(scores).dropna(subset="date")
    week = known["date"].dt.normalize() - pd.to_timedelta(known["date"].dt.day_of_week, unit="D")
    weeks = known.groupby(week.rename("week"))["sentiment"].agg(reviews="count", sentiment="mean").reset_index()
    half = Z * known["sentiment"].std() / np.sqrt(weeks["reviews"])
    return weeks.assign(low=(weeks["sentiment"] - half).clip(-1, 1), high=(weeks["sentiment"] + half).clip(-1, 1))


def by_group(scores: pd.DataFrame, name: str) -> pd.DataFrame:
    """One row a value of a column, best first; reviews without that value are left out.

    It, reviews, sentiment (drawn to the shop's mean), low, high, mean (as it is), rating, positive (share).
    """
    known = _known(scores)
    known = known[known[name] != ""]
    groups = known.groupby(name, sort=True)
    frame = groups["sentiment"].agg(reviews="count", mean="mean").reset_index()
    frame["rating"] = groups["rating"].mean().to_numpy()
    frame["positive"] = groups["recommend"].agg(_positive).to_numpy(dtype=float)
    drawn, error = _shrunk(known["sentiment"], known[name], frame["mean"].to_numpy(), frame["reviews"].to_numpy())
    frame["sentiment"] = drawn
    frame["low"], frame["high"] = np.clip(drawn - Z * error, -1, 1), np.clip(drawn + Z * error, -1, 1)
    return frame.sort_values("sentiment", ascending=False, kind="stable", ignore_index=True)


def item_sentiment(scores: pd.DataFrame, before: pd.Timestamp | None = None) -> pd.DataFrame:
    """product_id, sentiment (drawn to the shop's mean, -1 to 1), reviews; for a forecaster or scorer as a feature.

    before: only reviews that are dated earlier count, nor do undated ones then; None takes all. To be used in a
    backtest the sentiment must come from the ratings, or from a reader that was trained on reviews before the cut.
    """
    seen = scores if before is None else scores[scores["date"] < before]
    frame = by_group(seen, "product_id")
    return frame[["product_id", "sentiment", "reviews"]].sort_values("product_id", ignore_index=True)


def _known(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[scores["sentiment"].notna() & ~scores["excluded"]]


def _positive(recommend: pd.Series) -> float:
    """Share of what is known that recommends; NaN where nothing is known."""
    told = recommend.dropna()
    return float((told >= 0.5).mean()) if len(told) else np.nan


def _difference(now: pd.Series, before: pd.Series) -> tuple[float, float]:
    """Difference of two means and its standard error; NaN where there are few."""
    if min(len(now), len(before)) < FEW:
        return np.nan, np.nan
    return float(now.mean() - before.mean()), float(np.sqrt(now.var() / len(now) + before.var() / len(before)))


def _shrunk(values: pd.Series, group: pd.Series, mean: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(groups,) means drawn to the mean of all, and their standard errors.

    The variance between groups is what their means differ by beyond what the spread within explains (moments).
    """
    total, groups = int(count.sum()), len(count)
    if not groups:
        return mean, mean
    centre = float(values.mean())
    residual = values.to_numpy() - values.groupby(group).transform("mean").to_numpy()
    within = float((residual**2).sum() / max(total - groups, 1)) or float(values.var(ddof=0)) or 1e-6
    spread = float((count * (mean - centre) ** 2).sum()) - (groups - 1) * within
    effective = total - float((count**2).sum()) / total
    between = max(spread / effective if effective > 0 else 0.0, LEAST_SPREAD * within)
    precision = count / within + 1 / between
    return (count * mean / within + centre / between) / precision, np.sqrt(1 / precision)
