"""The budget curve: what the ads earn at each total budget, spent as well as can be, and where more stops paying.

Of every budget the whole is spent on what is expected to bring most, exactly so on a grid of money; what that earns
is then counted on the draws, with the stock's limit.
"""

from dataclasses import dataclass, replace

import numpy as np

from core.ads.curves import curves
from core.ads.scene import Scene
from core.ads.sums import Sums
from core.ads.whatif import HIGH, LOW
from core.ads.wishes import Wish, first_grid

__all__ = ["BudgetCurve", "budget_curve"]

POINTS = 49
REACH = 2.5  # times the present budget to begin with
MOST_DOUBLINGS = 3
NEAR_END = 0.85  # a best budget beyond this part of the reach asks for a longer one
START = 1_000.0  # money, where nothing was spent so far


@dataclass(frozen=True)
class BudgetCurve:
    """B budgets, from the least that may be spent."""

    budget: np.ndarray
    """(B,) money in all, rising."""
    profit: np.ndarray
    """(S, B) what the ads earn after their cost, against no ads."""
    money: np.ndarray
    """(B, C) how each is spent."""
    within: np.ndarray
    """(B,) whether no channel has more in a week than has been seen."""

    @property
    def low(self) -> np.ndarray:
        """(B,) P10 of the profit."""
        return np.quantile(self.profit, LOW, axis=0)

    @property
    def mean(self) -> np.ndarray:
        """(B,) expected profit."""
        return self.profit.mean(0)

    @property
    def high(self) -> np.ndarray:
        """(B,) P90 of the profit."""
        return np.quantile(self.profit, HIGH, axis=0)

    @property
    def stop(self) -> float:
        """The budget beyond which the next money no longer pays for itself."""
        return float(self.budget[self.mean.argmax()])

    @property
    def stop_range(self) -> tuple[float, float]:
        """Where that lies in 8 of 10 draws."""
        low, high = np.quantile(self.budget[self.profit.argmax(1)], (LOW, HIGH))
        return float(low), float(high)

    @property
    def at_end(self) -> bool:
        """Whether more would pay even at the largest budget looked at."""
        return bool(self.mean.argmax() == len(self.budget) - 1)

    def earned(self, budget: float) -> float:
        """Expected profit at a budget, spent as well as can be."""
        return float(np.interp(budget, self.budget, self.mean))


def budget_curve(scene: Scene, wish: Wish) -> BudgetCurve:
    """The curve under the bounds and steps of a wish, whatever its budget and aim. Raises DebutError."""
    present = float(scene.usual.sum())
    reach = REACH * max(present, wish.budget, sum(wish.least)) or START
    for _ in range(MOST_DOUBLINGS + 1):
        found = _curve(scene, _reaching(wish, reach))
        if found.stop < NEAR_END * reach:
            break
        reach *= 2
    return found


def _reaching(wish: Wish, reach: float) -> Wish:
    """With so much to spend; a channel whose most was the budget, as in `Wish.free`, is held back no more."""
    most = tuple(reach if most == wish.budget else most for most in wish.most)
    return replace(wish, budget=reach, most=most, aim="profit", safe=False)


def _curve(scene: Scene, wish: Wish) -> BudgetCurve:
    wish = wish.checked(scene.channels)
    grid = first_grid(wish)
    known = curves(scene, grid.money(), wish.flights)
    sums = Sums(known, grid, wish)
    found, money = sums.table(np.ones(len(scene.demand))), sums.money
    reached = np.flatnonzero(np.isfinite(found.value))
    best = reached[(found.value - money)[reached].argmax()]
    points = np.unique(np.append(reached[np.linspace(0, len(reached) - 1, POINTS).round().astype(int)], best))
    choices = np.array([found.choice(int(point)) for point in points])
    spent = known.money[np.arange(choices.shape[1]), choices]  # (B, C)
    within = np.array([not scene.beyond(known.spend(choice)) for choice in choices])
    return BudgetCurve(money[points], known.brought(choices, "gross") - spent.sum(1), spent, within)
