"""The exact best of a sum over channels, each with amounts of money to choose from, for every total at once.

Dynamic programming over the channels: the most that the first c of them can bring with exactly b units of money. The
curves may be S-shaped, where taking the best next step again and again ends in a wrong place.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Table", "table"]


@dataclass(frozen=True)
class Table:
    """The best for each total of 0 to B units of money."""

    value: np.ndarray
    """(B + 1,) the most that can be brought for exactly so much; -inf where no choice comes to it."""
    chosen: list[np.ndarray]
    """For each channel (B + 1,): its amount in the best of it and those before it."""
    costs: list[np.ndarray]

    def choice(self, total: int) -> np.ndarray:
        """(C,) the amounts that bring it."""
        picked = []
        for chosen, costs in zip(reversed(self.chosen), reversed(self.costs), strict=True):
            picked.append(int(chosen[total]))
            total -= int(costs[picked[-1]])
        return np.array(picked[::-1])


def table(costs: list[np.ndarray], values: list[np.ndarray], most: int) -> Table:
    """costs: for each channel (K,) whole units of money, from 0; values: (K,) what they bring; most: units in all."""
    best = np.full(most + 1, -np.inf)
    best[0] = 0.0
    chosen = []
    for cost, value in zip(costs, values, strict=True):
        new, pick = np.full(most + 1, -np.inf), np.zeros(most + 1, dtype=int)
        for at, (units, gain) in enumerate(zip(cost, value, strict=True)):
            if units > most:
                continue
            reached = best[: most + 1 - units] + gain
            better = reached > new[units:]
            new[units:][better] = reached[better]
            pick[units:][better] = at
        best = new
        chosen.append(pick)
    return Table(best, chosen, costs)
