"""Past launches as they looked some weeks before: the examples that the forecast learns from.

A sheet is forecast weeks or months ahead, so each launch is an example twice: known up to its own day, and up to
three weeks earlier. Otherwise the model would learn only from numbers that are fresher than it will get.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core import like_items
from core.forecast import codes
from core.history import History
from core.like_items import LikeItems, Query

__all__ = ["LAGS", "NUMBERS", "Examples", "build", "numbers"]

LAGS = (0, 21)  # days before the launch up to which the shop is known
EARLIEST = 56  # day of the data: with less the run rates of the like items would be empty
NUMBERS = (*like_items.NUMBERS, "base_demand", *codes.NUMBERS)
"""Of an example; what the codes tell comes last."""


@dataclass(frozen=True)
class Examples:
    """N launches, each as many times as there are LAGS."""

    copies: ClassVar[int] = len(LAGS)
    rows: np.ndarray
    """(N,) in the history."""
    X: np.ndarray
    """(LAGS x N, NUMBERS) of all launches at the first lag, then at the next; NaN where unknown."""

    def without(self, held: np.ndarray) -> "Examples":
        """The examples of all launches but those of a (N,) mask."""
        return Examples(self.rows[~held], self.X[np.tile(~held, self.copies)])


def build(history: History, vectors: np.ndarray, rows: np.ndarray, base: np.ndarray, weeks: int) -> Examples:
    """vectors: (items, d) of the history's items. base: (items,) base demand of each, from a fold without it."""
    launch = history.items["launch"].to_numpy()[rows]
    known = [np.maximum(launch - lag, np.minimum(EARLIEST, launch)) for lag in LAGS]
    queries = [like_items.launch_query(history, vectors, rows, day) for day in known]
    return Examples(rows, np.concatenate([numbers(history, vectors, query, base[rows], weeks) for query in queries]))


def numbers(history: History, vectors: np.ndarray, query: Query, base: np.ndarray, weeks: int) -> np.ndarray:
    """(n, len(NUMBERS)) what the like items did, the base demand (n,), and what the codes tell."""
    like: LikeItems = like_items.find(history, vectors, query)
    parts = [like_items.numbers(history, query, like, weeks), base, codes.numbers(history, query, weeks)]
    return np.column_stack(parts)
