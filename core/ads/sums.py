"""The best choice on a grid of money, by what each channel is expected to bring and by the draws themselves."""

import math

import numpy as np

from core.ads.curves import Curves
from core.ads.exact import Table, table
from core.ads.wishes import CENTS, Grid, Wish
from core.errors import DebutError

__all__ = ["IMPOSSIBLE", "SAFE", "Score", "Sums"]

SAFE = 0.2
"""Percentile that counts where it is played safe."""
IMPOSSIBLE = -1e12
"""Score, or less, of what is not allowed; nearer is less bad, so that a search finds its way back."""
MOST_UNITS = 50_000  # of money in a table
SERVED = (1.0, 0.75, 0.5, 0.3, 0.15)  # shares of what is wanted that the stock may serve
REWEIGHTED = 6  # rounds in which the draws around the percentile are found
AROUND = ((0.1, 0.3), (0.0, 0.2), (0.15, 0.25), (0.0, 0.5))
"""Ranks of the draws that the percentile may hang on."""
SLACK = 1e-9


class Sums:
    """Values of the channels that add up, by a weight of each draw."""

    def __init__(self, known: Curves, grid: Grid, wish: Wish) -> None:
        self._known, self._grid, self._wish = known, grid, wish
        self._unit = math.gcd(*grid.step.tolist())
        room = round(wish.budget * CENTS) - int(grid.low.sum())
        reach = int((grid.step * (grid.count - 1)).sum())
        self._most = max(0, min(room, reach)) // self._unit
        if self._most > MOST_UNITS:
            raise DebutError(
                "The steps of the channels have too small a common part to be searched together. Use steps such as 10, "
                "50 or 100 for all of them."
            )
        self._costs = [step * np.arange(count) // self._unit for step, count in zip(grid.step, grid.count, strict=True)]

    @property
    def money(self) -> np.ndarray:
        """(B + 1,) money of each total on the grid."""
        return (self._grid.low.sum() + self._unit * np.arange(self._most + 1)) / CENTS

    def table(self, weight: np.ndarray, served: float = 1.0) -> Table:
        """The best for every total. weight: (S,) of the draws; served: share of what is wanted that is sold."""
        brought = getattr(self._known, measure(self._wish))
        values = np.einsum("s,sck->ck", weight / weight.sum(), brought) * served
        return table(
            self._costs, [row[:count] for row, count in zip(values, self._grid.count, strict=True)], self._most
        )

    @property
    def whole(self) -> float:
        """The most money that can be spent on the grid."""
        return float(self.money[self._spent(self.table(np.ones(len(self._known.units))))])

    @staticmethod
    def _spent(found: Table) -> int:
        """The largest total that some choice comes to."""
        return int(np.flatnonzero(np.isfinite(found.value))[-1])

    def ratio(self) -> float:
        """The most that is brought for each 1 spent."""
        found, money = self.table(np.ones(len(self._known.units))).value, self.money
        return float((found[money > 0] / money[money > 0]).max(initial=0.0))

    def best(self, weight: np.ndarray, served: float = 1.0) -> np.ndarray | None:
        """The best choice (C,); None where the target is out of reach."""
        found, money, target = self.table(weight, served), self.money, self._wish.target
        if self._wish.aim == "whole":
            return found.choice(self._spent(found))
        if self._wish.aim == "roi":
            within = np.flatnonzero(found.value >= target * money - SLACK * np.maximum(1, money))
            best = int(within[found.value[within].argmax()]) if len(within) else 0
            return found.choice(best) if money[best] > 0 and len(within) else None
        rate = target if self._wish.aim == "marginal" else 1.0
        return found.choice(int((found.value - rate * money).argmax()))

    def starts(self) -> list[np.ndarray]:
        """Choices from which to search: under several shares that the stock serves, and for the draws that count."""
        draws = len(self._known.units)
        shares = SERVED if self._known.scene.stock is not None else (1.0,)
        found = [self.best(np.ones(draws), share) for share in shares]
        if self._wish.safe:
            found += [self._reweighted(share, *ends) for share in shares for ends in AROUND]
        return [choice for choice in found if choice is not None] + [np.zeros(len(self._costs), dtype=int)]

    def _reweighted(self, served: float, low: float, high: float) -> np.ndarray | None:
        """The best for the draws around the percentile of what it brings itself, found in rounds."""
        weight = np.ones(len(self._known.units))
        choice = None
        for _ in range(REWEIGHTED):
            choice = self.best(weight, served)
            if choice is None:
                break
            brought = drawn(self._known, self._wish, choice[None])[:, 0]
            rank = brought.argsort().argsort() / len(brought)
            weight = ((rank >= low) & (rank <= high)).astype(float)
        return choice


class Score:
    """What choices come to on the draws, stock and percentile and all."""

    def __init__(self, known: Curves, wish: Wish, whole: float) -> None:
        self._known, self._wish, self._whole = known, wish, whole

    def __call__(self, choices: np.ndarray) -> np.ndarray:
        """(N,) score of choices (N, C)."""
        wish = self._wish
        money = self._known.money[np.arange(choices.shape[1]), choices].sum(1)
        brought = self.brought(choices)
        slack = SLACK * np.maximum(1, money)
        over = np.maximum(money - wish.budget - slack, 0)
        if wish.aim == "whole":
            value, short = brought, over + np.maximum(self._whole - money - slack, 0)
        elif wish.aim == "roi":
            value, short = brought, over + np.maximum(wish.target * money - brought - slack, 0)
        else:
            value, short = brought - (wish.target if wish.aim == "marginal" else 1.0) * money, over
        return np.where(short > 0, IMPOSSIBLE - short, value)

    def brought(self, choices: np.ndarray) -> np.ndarray:
        """(N,) what choices bring: the mean, or by how much they raise the percentile."""
        if not self._wish.safe:
            return self._known.brought(choices, measure(self._wish)).mean(0)
        none = 0.0 if self._wish.aim == "roi" else np.quantile(self._known.before(measure(self._wish)), SAFE)
        return np.quantile(drawn(self._known, self._wish, choices), SAFE, axis=0) - none


def drawn(known: Curves, wish: Wish, choices: np.ndarray) -> np.ndarray:
    """(S, N) what a percentile is taken of: all that is earned; for an ROI what the ads alone bring."""
    brought = known.brought(choices, measure(wish))
    return brought if wish.aim == "roi" else brought + known.before(measure(wish))[:, None]


def measure(wish: Wish) -> str:
    """What is added up: targets are of revenue, as ROI is, the rest of money after the cost of the units."""
    return "revenue" if wish.aim in ("roi", "marginal") else "gross"
