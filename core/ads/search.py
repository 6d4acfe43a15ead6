"""Choices among the amounts of every channel where what they bring does not add up: a stock's limit, a percentile.

A local search on the draws themselves: from several starts, the best of all moves of one channel up or down or of
money from one channel to another, until none gains. It finds no proof that nothing is better.
"""

from collections.abc import Callable
from itertools import permutations

import numpy as np

__all__ = ["climb"]

MOVES = (1, 2, 4, 8)  # places on the grid
ROUNDS = 200


def climb(starts: list[np.ndarray], ends: np.ndarray, score: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The best choice (C,) found. starts: choices; ends: (C,) number of amounts; score: of choices (N, C), (N,)."""
    moves = _moves(len(ends))
    values = score(np.array(starts))
    best, most = starts[int(values.argmax())], float(values.max())
    for start in {tuple(start) for start in starts}:
        found, value = _climbed(np.array(start), moves, ends, score)
        if value > most:
            best, most = found, value
    return best


def _climbed(
    choice: np.ndarray, moves: np.ndarray, ends: np.ndarray, score: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, float]:
    value = float(score(choice[None])[0])
    for _ in range(ROUNDS):
        tried = choice + moves
        tried = tried[((tried >= 0) & (tried < ends)).all(1)]
        if not len(tried):
            break
        values = score(tried)
        if values.max() <= value + 1e-9 * max(1.0, abs(value)):
            break
        choice, value = tried[values.argmax()], float(values.max())
    return choice, value


def _moves(channels: int) -> np.ndarray:
    """(M, C) steps on the grid."""
    rows = []
    for size in MOVES:
        for channel in range(channels):
            for sign in (-1, 1):
                rows.append(_one(channels, {channel: sign * size}))
        for source, target in permutations(range(channels), 2):
            rows += [_one(channels, {source: -size, target: other}) for other in MOVES]
    return np.array(rows)


def _one(channels: int, steps: dict[int, int]) -> np.ndarray:
    row = np.zeros(channels, dtype=int)
    for channel, step in steps.items():
        row[channel] = step
    return row
