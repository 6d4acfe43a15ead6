"""How many customers a new item finds at all: the share of the active ones who buy it, from its like items.

    log((buyers + 1/2) / active) = season of the first weeks + w . x + b

by ridge regression on what like items and the neighbours of the product code did (`like_items.numbers`), each
standardised, the unknown at its mean. What was sold just before is taken without its season, and b is moved until
the shares of all launches add up to their buyers, since the mean of logs is less than the log of a mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core import like_items, season
from core.forecast import codes
from core.history import History
from core.like_items import Query
from core.season import Season

__all__ = ["Level", "Numbers", "fit", "numbers"]

PENALTY = 100.0
LEFT_OUT = ("season_sin", "season_cos")  # a second season, drawn from too few launches
NAMES = tuple(name for name in (*like_items.NUMBERS, *codes.NUMBERS) if name not in LEFT_OUT)
BEFORE_DAYS = {  # days before, over which what is sold follows their season
    "run_rate": 56,
    "run_rate_nearest": 56,
    "run_rate_best": 56,
    "code_run_rate": 56,
    "code_run_rate_nearest": 56,
    "shop_units": 56,
    "first_weeks_shop": 112,
}


@dataclass(frozen=True)
class Numbers:
    """What is known of m new items or launches."""

    values: np.ndarray
    """(m, len(NAMES)), NaN for unknown."""
    known: np.ndarray
    """(m,) ordinal of the date up to which it is known."""
    launch: np.ndarray
    """(m,) ordinal of the date of the launch."""
    weeks: int

    @staticmethod
    def joined(parts: "Sequence[Numbers]") -> "Numbers":
        """One after the other."""
        values, known, launch = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "known", "launch")
        )
        return Numbers(values, known, launch, parts[0].weeks)


@dataclass(frozen=True)
class Level:
    """The fitted weights."""

    weights: np.ndarray
    """(k,) of the standardised numbers."""
    bias: float
    centre: np.ndarray
    scale: np.ndarray
    season: np.ndarray
    """(52,) see `Season`."""

    def of(self, new: Numbers) -> np.ndarray:
        """(m,) log share of the active customers who buy."""
        year = Season(self.season)
        fitted = _standard(_even(new, year), self.centre, self.scale) @ self.weights
        return year.over(new.launch, 7 * new.weeks) + fitted + self.bias


def numbers(history: History, vectors: np.ndarray, query: Query, weeks: int) -> Numbers:
    """What is known of new items or launches. vectors: (items, d) of the history's items."""
    like = like_items.find(history, vectors, query)
    found = [like_items.numbers(history, query, like, weeks), codes.numbers(history, query, weeks)]
    X = np.column_stack(found)[:, [name not in LEFT_OUT for name in (*like_items.NUMBERS, *codes.NUMBERS)]]
    start = history.start.toordinal()
    return Numbers(np.where(np.isfinite(X), X, np.nan), start + query.known, start + query.launch, weeks)


def fit(history: History, told: Numbers, buyers: np.ndarray, active: np.ndarray) -> Level:
    """told: of launches. buyers, active: (m,) customers who bought, and who might have."""
    year = season.fit(history)
    X = _even(told, year)
    known = ~np.isnan(X)
    count = np.maximum(known.sum(0), 1)
    centre = np.where(known, X, 0).sum(0) / count
    scale = np.sqrt(np.where(known, (X - centre) ** 2, 0).sum(0) / count) + 1e-6
    there = np.log(np.maximum(active, 1)) + year.over(told.launch, 7 * told.weeks)
    Z, y = _standard(X, centre, scale), np.log(buyers + 0.5) - there
    weights = np.linalg.solve(Z.T @ Z + PENALTY * np.eye(Z.shape[1]), Z.T @ (y - y.mean()))
    expected = np.exp(Z @ weights + there).sum()
    return Level(weights, float(np.log((buyers.sum() + 0.5) / expected)), centre, scale, year.profile)


def _even(told: Numbers, year: Season) -> np.ndarray:
    """The values with the season of the weeks that they come from taken out."""
    values = told.values.copy()
    for name, days in BEFORE_DAYS.items():
        values[:, NAMES.index(name)] -= year.over(told.known - days, days)
    return values


def _standard(X: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.clip(np.nan_to_num((X - centre) / scale), -4, 4)
