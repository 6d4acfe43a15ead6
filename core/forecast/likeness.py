"""How much each past launch counts for a new item.

A forest learns which launches end alike, from the numbers of `examples`; among those, launches of a like price and
a like text count for more. A second forest without the codes' numbers serves items whose codes are of another kind
than the shop's.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from core.forecast import codes
from core.forecast.examples import Examples
from core.forecast.outcomes import Outcomes
from core.history import History
from core.like_items import Query
from models.forest import Forest, fit_forest

__all__ = ["Likeness", "drawn", "fit"]

PRICE_WIDTH = 0.5  # in log price: at a price 1.65 times as high a launch counts six tenths
TEXT_PULL = 2.0  # the same text counts e^2 times as much as one with nothing in common
CODES = len(codes.NUMBERS)  # the last of an example's numbers


@dataclass(frozen=True)
class Likeness:
    """Two forests grown on the examples of N launches."""

    forest: Forest
    plain: Forest
    """Without what the codes tell."""

    def weights(self, X: np.ndarray) -> np.ndarray:
        """(n, N) weight of each launch for (n, numbers) new items; each row sums to 1."""
        foreign = np.isnan(X[:, -CODES:]).all(1)
        out = np.empty((len(X), self.launches), np.float32)
        for forest, some, numbers in ((self.forest, ~foreign, X), (self.plain, foreign, X[:, :-CODES])):
            copies = forest.weights(numbers[some])
            # A launch's copies lie a round apart; what falls into one column is added up.
            launch = copies.indices % self.launches
            out[some] = csr_matrix((copies.data, launch, copies.indptr), (some.sum(), self.launches)).toarray()
        return out

    @property
    def launches(self) -> int:
        """N."""
        return len(self.forest.examples) // Examples.copies


def fit(examples: Examples, outcomes: Outcomes, seed: int, threads: int) -> Likeness:
    """Grow both forests on all launches of `examples`, of which `outcomes` are."""
    target = np.tile(outcomes.target, Examples.copies)
    grown = (fit_forest(X, target, seed, threads) for X in (examples.X, examples.X[:, :-CODES]))
    return Likeness(*grown)


def drawn(
    history: History, vectors: np.ndarray, query: Query, rows: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(n, N) weights drawn to launches of a like price and text, each row summing to 1, and the (n, N) cosines.

    vectors: (items, d) of the history's items. rows: (N,) the launches in it. weights: (n, N) of the forest.
    """
    cosine = query.vectors @ vectors[rows].T
    price = np.log1p(history.items["price"].to_numpy(dtype=float)[rows])
    gap = np.nan_to_num((np.log1p(query.price)[:, None] - price[None, :]) / PRICE_WIDTH)  # unknown: no gap
    pulled = weights * np.exp(TEXT_PULL * cosine - gap**2 / 2)
    return pulled / np.maximum(pulled.sum(1, keepdims=True), 1e-12), np.maximum(cosine, 0)
