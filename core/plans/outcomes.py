"""Equally likely outcomes of demand, many items at once: at another price, and as far as a stock serves them."""

from typing import TYPE_CHECKING

import numpy as np

from core.levers import GOLDEN, PAIRS

if TYPE_CHECKING:
    from core.prices.response import Response

__all__ = ["WORST", "at_prices", "served"]

WORST = 0.2
"""Share of the outcomes that caution looks at."""
BLOCK = 2_000_000  # pairs at a time


def served(demand: np.ndarray, pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """E[min(D, Q)], and the same in the worst outcomes. demand: (..., S) rising; pieces: (..., Q), as are both."""
    outcomes, asked = demand.shape[-1], pieces.shape[-1]
    rows = demand.reshape(-1, outcomes)
    query = np.maximum(pieces, 0.0).reshape(-1, asked)
    sums = np.zeros((len(rows), outcomes + 1))
    np.cumsum(rows, axis=1, out=sums[:, 1:])
    below = _below(rows, query)
    few = max(1, round(WORST * outcomes))
    at = np.arange(len(rows))[:, None]
    mean = (sums[at, below] + query * (outcomes - below)) / outcomes
    below = np.minimum(below, few)
    worst = (sums[at, below] + query * (few - below)) / few
    return mean.reshape(pieces.shape), worst.reshape(pieces.shape)


def _below(rows: np.ndarray, query: np.ndarray) -> np.ndarray:
    """(R, Q) how many of a row's outcomes (R, S), rising, lie below each query (R, Q): one search through all rows,
    each row lifted above the one before."""
    step = 2 * (float(rows.max(initial=0.0)) + 1)
    lift = np.arange(len(rows))[:, None] * step
    place = np.searchsorted((rows + lift).ravel(), (np.minimum(query, step / 2) + lift).ravel())
    return np.asarray(place.reshape(query.shape) - np.arange(len(rows))[:, None] * rows.shape[1])


def at_prices(totals: np.ndarray, price: np.ndarray, planned: float, answer: "Response | None") -> np.ndarray:
    """(W, P, S) outcomes of one item at prices (P,), rising, from those at the planned one (W, S).

    The range widens by that of the answers to price, as the two do not hang together: as `levers.priced` has it.
    """
    weeks, outcomes = totals.shape
    out = np.repeat(totals[:, None], len(price), axis=1)
    if answer is None or not planned > 0:
        return out
    moved = np.flatnonzero(np.abs(price / planned - 1) > 1e-9)
    if not len(moved):
        return out
    every = (np.arange(PAIRS) + 0.5) / PAIRS
    factor = np.sort(answer.factor(price[moved], planned), axis=0)  # (A, P)
    answers = factor[((every * GOLDEN % 1.0) * len(factor)).astype(int)]  # (N, P)
    paired = totals[:, (every * outcomes).astype(int)]  # (W, N)
    place = (np.arange(outcomes) + 0.5) / outcomes * (PAIRS - 1)
    low = place.astype(int)
    for first in range(0, weeks, max(1, BLOCK // (PAIRS * len(moved)))):
        some = slice(first, first + max(1, BLOCK // (PAIRS * len(moved))))
        sums = np.sort(paired[some, :, None].swapaxes(1, 2) * answers.T[None], axis=2)  # (w, P, N)
        out[some, moved] = sums[..., low] + (place - low) * (sums[..., low + 1] - sums[..., low])
    return out
