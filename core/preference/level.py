"""How many customers a new item finds at all: the share of the active ones who buy it, from its like items.

    log((buyers + 1/2) / active) = w . x + b

by ridge regression on what like items and the neighbours of the product code did (`like_items.numbers`), each
standardised, the unknown at its mean.
"""

from dataclasses import dataclass

import numpy as np

from core import like_items
from core.forecast import codes
from core.history import History
from core.like_items import Query

__all__ = ["Level", "fit", "numbers"]

PENALTY = 30.0


@dataclass(frozen=True)
class Level:
    """The fitted weights."""

    weights: np.ndarray
    """(k,) of the standardised numbers."""
    bias: float
    centre: np.ndarray
    scale: np.ndarray

    def of(self, X: np.ndarray) -> np.ndarray:
        """(m, k) numbers -> (m,) log share of the active customers who buy."""
        return self.bias + _standard(X, self.centre, self.scale) @ self.weights


def numbers(history: History, vectors: np.ndarray, query: Query, weeks: int) -> np.ndarray:
    """(m, k) of new items or launches. vectors: (items, d) of the history's items."""
    like = like_items.find(history, vectors, query)
    found = [like_items.numbers(history, query, like, weeks), codes.numbers(history, query, weeks)]
    X = np.column_stack(found)
    return np.where(np.isfinite(X), X, np.nan)


def fit(X: np.ndarray, buyers: np.ndarray, active: np.ndarray) -> Level:
    """X: (m, k) of launches. buyers, active: (m,) customers who bought, and who might have."""
    known = ~np.isnan(X)
    count = np.maximum(known.sum(0), 1)
    centre = np.where(known, X, 0).sum(0) / count
    scale = np.sqrt(np.where(known, (X - centre) ** 2, 0).sum(0) / count) + 1e-6
    Z, y = _standard(X, centre, scale), np.log((buyers + 0.5) / np.maximum(active, 1))
    weights = np.linalg.solve(Z.T @ Z + PENALTY * np.eye(Z.shape[1]), Z.T @ (y - y.mean()))
    return Level(weights, float(y.mean()), centre, scale)


def _standard(X: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.clip(np.nan_to_num((X - centre) / scale), -4, 4)
