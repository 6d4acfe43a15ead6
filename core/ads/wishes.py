"""What is asked of the best allocation: a budget, bounds and steps of every channel, a target, and how much risk."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from core.ads.flights import FLIGHTS
from core.errors import DebutError

__all__ = ["AIMS", "CENTS", "Aim", "Grid", "Wish", "first_grid"]

Aim = Literal["profit", "whole", "roi", "marginal"]
AIMS: tuple[Aim, ...] = get_args(Aim)
CENTS = 100  # money is counted in whole hundredths
MOST_MONEY = 1e12
COARSE = 60  # amounts a channel in the first grid
FREE_STEPS = 500  # of the budget, where a channel may have any amount


@dataclass(frozen=True)
class Wish:
    """Bounds are money for the whole window, a number a channel."""

    budget: float
    least: tuple[float, ...]
    most: tuple[float, ...]
    step: tuple[float, ...]
    """Money comes in steps of so much above the least; 0: any amount."""
    aim: Aim = "profit"
    """profit: what the ads earn after their cost; whole: the whole budget is spent, on what earns most; roi: the most
    revenue with at least `target` of it for each 1 spent; marginal: the last step still brings `target` for each 1."""
    target: float = 0.0
    safe: bool = False
    """Whether the 20th percentile counts instead of the mean."""
    flights: tuple[str, ...] = tuple(FLIGHTS)
    weeks: bool = False
    """Whether money is then moved between weeks, too, away from the flights."""

    @classmethod
    def free(cls, budget: float, channels: int) -> "Wish":
        """Any amount on any channel."""
        return cls(budget, (0.0,) * channels, (budget,) * channels, (0.0,) * channels)

    def checked(self, channels: list[str]) -> "Wish":
        """With bounds that no budget reaches taken back to it. Raises DebutError, saying which wishes clash."""
        names = dict(zip(channels, zip(self.least, self.most, self.step, strict=True), strict=True))
        for name, numbers in (("The budget", (self.budget,)), ("The target", (self.target,)), *names.items()):
            if not all(math.isfinite(number) and 0 <= number <= MOST_MONEY for number in numbers):
                raise DebutError(f"{name}: give amounts of money of 0 or more.")
        for name, (least, top, _) in names.items():
            if least > top:
                raise DebutError(f"{name}: the least, {least:,.2f}, is above the most, {top:,.2f}. Change one.")
        if not self.flights or not set(self.flights) <= set(FLIGHTS):
            raise DebutError("Choose at least one way to spread the money over the weeks.")
        self._check_sums(channels)
        most = tuple(min(most, self.budget) for most in self.most)
        return replace(self, most=most)

    def steps(self) -> np.ndarray:
        """(C,) whole cents of a step of each channel."""
        spendable = min(self.budget, sum(self.most))  # a budget far beyond the bounds would leave no step within them
        free = max(1, _round(spendable * CENTS / FREE_STEPS))
        return np.array([max(1, round(step * CENTS)) if step > 0 else free for step in self.step])

    def _check_sums(self, channels: list[str]) -> None:
        asked = {name: least for name, least in zip(channels, self.least, strict=True) if least > 0}
        if sum(asked.values()) > self.budget:
            parts = " and ".join(f"{name} ({least:,.0f})" for name, least in asked.items())
            raise DebutError(
                f"The least spends of {parts} come to {sum(asked.values()):,.0f}, above the budget of "
                f"{self.budget:,.0f}. Lower one of them or raise the budget."
            )
        if self.aim == "whole" and sum(self.most) < self.budget:
            raise DebutError(
                f"All channels at their most come to {sum(self.most):,.0f}, so a budget of {self.budget:,.0f} cannot "
                "be spent whole. Raise the most of a channel or lower the budget."
            )


@dataclass(frozen=True)
class Grid:
    """Amounts of money in whole cents, for each of C channels."""

    low: np.ndarray
    """(C,) the least looked at."""
    step: np.ndarray
    count: np.ndarray

    def money(self) -> np.ndarray:
        """(C, K) money; rows that end sooner repeat their last amount."""
        places = np.minimum(np.arange(self.count.max()), self.count[:, None] - 1)
        return (self.low[:, None] + self.step[:, None] * places) / CENTS


def first_grid(wish: Wish) -> Grid:
    """From the least to the most of every channel, in its steps, or in multiples of them where that is long."""
    low, high = (np.round(np.array(bound) * CENTS).astype(int) for bound in (wish.least, wish.most))
    step = wish.steps()
    step = step * np.maximum(1, np.round((high - low) / step / COARSE).astype(int))
    return Grid(low, step, (high - low) // step + 1)


def _round(cents: float) -> int:
    """1, 2 or 5 times a power of ten, not above."""
    if cents < 1:
        return 1
    power = 10 ** math.floor(math.log10(cents))
    return int(next(digit for digit in (5, 2, 1) if digit * power <= cents) * power)
