"""The launch plan as arrays: what each way to launch an item is worth, what it takes of the budgets, what must hold.

    max  sum_c v_c x_c - sum_q l_q z_q
    s.t. sum of an item's x_c <= 1 (= 1 where it must),  sum_c u_mc x_c <= budget_m,
         low_r <= sum of the launches in row r <= high_r,  z_q >= launch_i + launch_j - 1

An action is a launch week and a price; of one action at most is chosen, whole. A level is an amount of ads and of
stock; between levels of one action the plan may mix (x_c are shares), which is what makes ads and stock piecewise
linear. Both are concave in the value, so a mix is worth at least what the sum says.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse

__all__ = ["Problem", "Row"]


@dataclass(frozen=True)
class Row:
    """A limit on launches: low <= sum of coef over the launches of `items` in `weeks` <= high."""

    name: str
    """Of its kind: count, category, week, together, apart, ..."""
    words: str
    """What the merchandiser wished, as a sentence's beginning: "at most 3 launches in the week of 2 Mar"."""
    items: np.ndarray
    """(k,) numbers of items."""
    weeks: np.ndarray
    """(k,) numbers of weeks; -1: whenever."""
    coef: np.ndarray
    """(k,)"""
    low: float = -np.inf
    high: float = np.inf
    relief: str = ""
    """How to loosen it, with {by} for the amount (of a spacing: for the weeks that are left)."""


@dataclass(frozen=True)
class Problem:
    """n items, A actions each (a week and a price), L levels of ads and stock, M budgets."""

    value: np.ndarray
    """(n, A, L) worth under the objective; -inf where it cannot be."""
    week: np.ndarray
    """(A,) number of the action's week."""
    uses: np.ndarray
    """(M, n, A, L) of each budget."""
    budgets: np.ndarray
    """(M,); inf: no limit."""
    rows: tuple[Row, ...] = ()
    must: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """(n,) whether an item is launched whatever it is worth; empty: none."""
    pairs: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), dtype=int))
    """(Q, 2) items that take sales from each other."""
    losses: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """(Q,) what is lost where both are launched."""

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return int(self.week.max(initial=-1)) + 1

    @property
    def forced(self) -> np.ndarray:
        """(n,) as `must`, whole."""
        return self.must if len(self.must) else np.zeros(len(self.value), dtype=bool)

    @cached_property
    def counts(self) -> sparse.csr_matrix:
        """(n x W, R) what a launch of an item in a week counts in each row."""
        weeks, size = self.weeks, len(self.value) * self.weeks
        if not self.rows:
            return sparse.csr_matrix((size, 0))
        row = np.repeat(np.arange(len(self.rows)), [len(one.items) for one in self.rows])
        item, week, coef = (
            np.concatenate([getattr(one, name) for one in self.rows]) for name in ("items", "weeks", "coef")
        )
        once = week >= 0
        every = np.arange(weeks)
        place = np.concatenate([item[once] * weeks + week[once], (item[~once, None] * weeks + every).ravel()])
        column = np.concatenate([row[once], np.repeat(row[~once], weeks)])
        value = np.concatenate([coef[once], np.repeat(coef[~once], weeks)])
        return sparse.csr_matrix((value, (place, column)), shape=(size, len(self.rows)))

    @cached_property
    def low(self) -> np.ndarray:
        """(R,) of the rows."""
        return np.array([row.low for row in self.rows], dtype=float)

    @cached_property
    def high(self) -> np.ndarray:
        """(R,) of the rows."""
        return np.array([row.high for row in self.rows], dtype=float)
