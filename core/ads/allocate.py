"""The best allocation of a budget: how much on each channel, and in which flight.

What is expected of each channel adds up, so dynamic programming finds the exact best on a grid of money, S-shaped
curves and all; where the grid would be long it is coarse first and then fine around what was found. Two things do not
add up: a stock that runs out, and the 20th percentile. There the exact best of the nearest sums that do add up is
where a local search starts, on the same draws; `Allocation.exact` says which of the two it was.
"""

from dataclasses import dataclass

import numpy as np

from core.ads import search
from core.ads.curves import Curves, curves
from core.ads.scene import Scene
from core.ads.sums import IMPOSSIBLE, Score, Sums
from core.ads.weekly import moved
from core.ads.whatif import Band, Outcome, band, outcome
from core.ads.wishes import CENTS, Grid, Wish, first_grid
from core.errors import DebutError

__all__ = ["Allocation", "allocate", "equal_split", "gain"]

WINDOW = 2  # steps of a grid on either side of what was found that the finer one covers
FINER = 8


@dataclass(frozen=True)
class Allocation:
    """What is suggested."""

    wish: Wish
    money: np.ndarray
    """(C,) for the whole window."""
    flights: list[str]
    """Of each channel; where `wish.weeks`, those that the weeks were moved from."""
    outcome: Outcome
    exact: bool
    """Whether nothing on the grid is better; else it was found by search."""
    grid: float
    """Money of the step of the grid over all amounts; around the best of them finer ones were looked at."""

    @property
    def spend(self) -> np.ndarray:
        """(C, W) money a week."""
        return self.outcome.spend


def allocate(scene: Scene, wish: Wish) -> Allocation:
    """The best allocation under a wish. Raises DebutError where its parts cannot be had together."""
    wish = wish.checked(scene.channels)
    steps = wish.steps()
    grid = first_grid(wish)
    coarse = float(grid.step.max()) / CENTS
    known, choice = _on(scene, wish, grid)
    while (grid.step > steps).any():
        grid, at = _finer(grid, choice, wish, steps)
        known, choice = _on(scene, wish, grid, at)
    rows = np.arange(len(choice))
    names = [known.flights[at] for at in known.flight[rows, choice]]
    spend = known.spend(choice)
    best = outcome(scene, moved(scene, spend) if wish.weeks else spend)
    return Allocation(wish, known.money[rows, choice], names, best, not _searched(scene, wish), coarse)


def equal_split(scene: Scene, total: float) -> Outcome:
    """The same money on every channel, the same every week."""
    channels, weeks = scene.usual.shape
    return outcome(scene, np.full((channels, weeks), total / channels / weeks))


def gain(best: Outcome, other: Outcome, measure: str = "profit") -> Band:
    """By how much the one comes to more, with its band."""
    return band(best.against(other, measure))


def _searched(scene: Scene, wish: Wish) -> bool:
    """Whether what the channels bring does not add up."""
    return wish.safe or scene.stock is not None


def _finer(grid: Grid, choice: np.ndarray, wish: Wish, steps: np.ndarray) -> tuple[Grid, np.ndarray]:
    """A finer grid around a choice, and the place of the choice on it."""
    least, most = (np.round(np.array(bound) * CENTS).astype(int) for bound in (wish.least, wish.most))
    step = steps * np.maximum(1, grid.step // steps // FINER)
    here = grid.low + grid.step * choice
    far = -(-WINDOW * grid.step // step)
    below, above = np.minimum((here - least) // step, far), np.minimum((most - here) // step, far)
    return Grid(here - below * step, step, below + above + 1), below


def _on(scene: Scene, wish: Wish, grid: Grid, at: np.ndarray | None = None) -> tuple[Curves, np.ndarray]:
    """The best choice on a grid. at: one that is known to be good."""
    known = curves(scene, grid.money(), wish.flights)
    sums = Sums(known, grid, wish)
    if not _searched(scene, wish):
        choice = sums.best(np.ones(len(scene.demand)))
        if choice is None:
            raise _out_of_reach(wish, sums.ratio())
        return known, choice
    score = Score(known, wish, sums.whole)
    starts = sums.starts() + ([] if at is None else [at])
    found = search.climb(starts, grid.count, score)
    spent = known.money[np.arange(len(found)), found].sum()
    if score(found[None])[0] <= IMPOSSIBLE / 2 or (wish.aim == "roi" and spent == 0):
        raise _out_of_reach(wish, sums.ratio())
    return known, found


def _out_of_reach(wish: Wish, most: float) -> DebutError:
    if sum(wish.least) > 0:
        doing = "Lower the target, or the least spends, of which part brings too little."
    else:
        doing = "Lower the target."
    safe = " at the 20th percentile" if wish.safe else ""
    return DebutError(
        f"No spend within these bounds brings {wish.target:,.2f} of revenue for each 1 spent{safe}; the most that any "
        f"brings is {most:,.2f} on average. {doing}"
    )
