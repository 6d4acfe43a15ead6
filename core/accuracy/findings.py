"""What a backtest tells: the verdict in words, the classifier, and errors by group of items and by week."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.accuracy.metrics import calibration, classification, wape

if TYPE_CHECKING:
    from core.accuracy.results import Backtest

__all__ = ["Classifier", "by_group", "by_week", "classifier", "verdict"]

FEWEST_SHOWN, FEWEST_JUDGED = 10, 30
INTERVAL = 0.8
MOST_BANDS = 4


@dataclass(frozen=True)
class Classifier:
    """Will it sell: the forecast read as the chance that an item reaches a number of units."""

    threshold: float
    """Units in all weeks from which an item counts as sold."""
    measures: dict[str, float]
    """share, usual, accuracy, precision, recall, f1, auc, brier."""
    bins: pd.DataFrame
    """predicted, observed, count, low, high."""


def classifier(units: np.ndarray, outcomes: np.ndarray, threshold: float) -> Classifier:
    """Judge the chances at a threshold. units: (n,) sold; outcomes: (n, S) equally likely units of each."""
    happened, chance = units >= threshold, (outcomes >= threshold).mean(1)
    return Classifier(threshold, classification(happened, chance), calibration(happened, chance))


def by_group(items: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """What the groups are, and of each: group, count, coverage, low, high, wape, judged; the largest
    or the cheapest first.

    Categories, or price bands where the shop has none to speak of; what is too small alone is put together.
    low and high: where the coverage of 95 of 100 such groups would lie if 80 % were right.
    """
    name, groups = _categories(items)
    if groups.nunique() < 2:
        name, groups = "price band", _price_bands(items["price"])
    rows = [
        (
            group,
            len(part),
            _inside(part),
            wape(part["units"].to_numpy(), part["p50"].to_numpy()),
            -len(part) if name == "category" else part["price"].median(),
        )
        for group, part in items.groupby(groups.to_numpy())
        if len(part) >= FEWEST_SHOWN
    ]
    frame = pd.DataFrame(rows, columns=["group", "count", "coverage", "wape", "place"])
    low, high = _band(frame["count"].to_numpy())
    frame = frame.assign(low=low, high=high, judged=frame["count"] >= FEWEST_JUDGED)
    return name, frame.sort_values("place", kind="stable").drop(columns="place").reset_index(drop=True)


def by_week(weeks: pd.DataFrame) -> pd.DataFrame:
    """week, units, wape, bias_mean (sum of means over the true sum, less 1), coverage of each week since launch."""
    rows = []
    for week, part in weeks.groupby("week"):
        units = part["units"].to_numpy()
        bias = float(part["mean"].sum() / max(units.sum(), 1e-9) - 1)
        rows.append((week, float(units.sum()), wape(units, part["p50"].to_numpy()), bias, _inside(part)))
    return pd.DataFrame(rows, columns=["week", "units", "wape", "bias_mean", "coverage"])


def verdict(result: "Backtest") -> str:
    """Whether Debut is better than the best of the others, by how much, and how sure that is; Markdown-free."""
    difference, low, high = result.wape_difference
    errors = result.table.set_index("method")["wape"]
    ours, theirs = errors["Debut"], errors[result.best_peer]
    against = f"its error is {ours:.1%} of the units sold, that of {result.best_peer} {theirs:.1%}"
    span = f"the difference lies between {low * 100:+.1f} and {high * 100:+.1f} points with 95 % confidence"
    if high < 0:
        return f"Debut forecasts better than the best of the other methods, and that is sure: {against}; {span}."
    if low > 0:
        return f"Debut forecasts worse than the best of the other methods here, and that is sure: {against}; {span}."
    word = "a little better than" if difference < 0 else "no better than"
    return (
        f"Debut forecasts {word} the best of the other methods, but with {len(result.items)} launches it could be "
        f"chance: {against}; {span}."
    )


def _categories(items: pd.DataFrame) -> tuple[str, pd.Series]:
    named = items["category"].astype(object).where(items["category"].notna(), "no category")
    count = named.map(named.value_counts())
    return "category", named.where(count >= FEWEST_SHOWN, "all others")


def _price_bands(price: pd.Series) -> pd.Series:
    count = min(MOST_BANDS, int(price.count()) // FEWEST_SHOWN)
    if price.nunique() < 2 or count < 2:
        return pd.Series("all items", index=price.index)
    bands = pd.qcut(price, count, duplicates="drop")
    words = {one: f"{max(one.left, 0):,.2f} to {one.right:,.2f}" for one in bands.cat.categories}
    return bands.astype(object).map(words).fillna("no price")


def _inside(part: pd.DataFrame) -> float:
    return float(((part["p10"] <= part["units"]) & (part["units"] <= part["p90"])).mean())


def _band(count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import binom  # late: the page opens without it

    if not len(count):
        return np.zeros(0), np.zeros(0)
    return binom.ppf(0.025, count, INTERVAL) / count, binom.ppf(0.975, count, INTERVAL) / count
