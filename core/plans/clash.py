"""Wishes that cannot all be met: which of them clash, and the smallest change that would free the plan.

Every limit may be stretched at a price; the least stretching that is enough is the change that is proposed. The limits
that clash are found by an elastic filter (Chinneck & Dravnieks 1991, https://doi.org/10.1287/ijoc.3.2.157): what was
stretched is made rigid, until nothing helps, and then each is left out in turn to see whether it matters.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, sparse

from core.errors import DebutError
from core.plans.limits import BUDGETS, SPACING
from core.plans.options import Options
from core.plans.problem import Problem

__all__ = ["Clash", "explained"]

SECONDS = 10.0
ENOUGH = 1e-6
MOST_NAMED = 12
ROUNDS = 8
DEMANDED = 1.5  # what leaving out an item counts that must be launched; a limit by one launch counts 1
MONEY = 50.0  # stretches that doubling a budget counts for: a limit by one launch is the smaller change


class Clash(DebutError):
    """Wishes that cannot all be met."""

    def __init__(self, clashes: list[str], relief: list[str]) -> None:
        """clashes: the wishes, in words; relief: what to change, all of it together."""
        self.clashes, self.relief = clashes, relief
        doing = f" The smallest change that helps: {'; '.join(relief)}." if relief else ""
        super().__init__(f"These wishes cannot all be met: {'; '.join(clashes)}.{doing}")


@dataclass(frozen=True)
class _Limits:
    """Rows over the (n x W) possible launches, all of which could be stretched."""

    matrix: sparse.csr_matrix
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray
    """What stretching by 1 counts."""
    words: list[str]
    relief: list[str]
    """With {by}."""
    able: np.ndarray
    """(n, W)"""


def explained(options: Options, problem: Problem) -> DebutError:
    """Which wishes clash, of a problem of which no plan was found; another error where none do."""
    shut = problem.forced & ~np.isfinite(problem.value).any((1, 2))
    words, relief = [], []
    for at in np.flatnonzero(shut):
        name = str(options.item_ids[at])
        words += [f"{name} must be launched", options.closed[at] or "it cannot be"]
        relief.append(f"let the plan leave {name} out")
    limits = _limits(options, replace(problem, must=problem.forced & ~shut))
    first = _stretched(limits, np.zeros(len(limits.words), dtype=bool))
    if first is not None and (first.by > ENOUGH).any():
        words += [limits.words[at] for at in _clashing(limits, first.by)]
        relief += _relief(options, problem, limits, first)
    if not words:
        return DebutError(
            "No plan was found in the time there was. Ask for less at once: fewer limits, or fewer items."
        )
    return Clash([*dict.fromkeys(words)][:MOST_NAMED], [*dict.fromkeys(relief)])


def _relief(options: Options, problem: Problem, limits: _Limits, first: "_Stretched") -> list[str]:
    """What is stretched, in words. Of a spacing: the weeks that lie between the two then."""
    days = np.array([week.toordinal() for week in options.weeks])
    found = []
    for at in np.flatnonzero(first.by > ENOUGH):
        amount = _amount(first.by[at])
        if at < len(problem.rows) and problem.rows[at].name == SPACING:
            launched = days[first.launched[np.unique(problem.rows[at].items)].argmax(1)]
            amount = str(int(np.ptp(launched)) // 7)
        found.append(limits.relief[at].replace("{by}", amount))
    return found


def _limits(options: Options, problem: Problem) -> _Limits:
    n, weeks, prices, _, _ = options.shape
    worth = problem.value.reshape(n, weeks, prices, -1)
    able = np.isfinite(worth).any((2, 3))  # (n, W)
    rows = [problem.counts.T.tocsr()] if problem.rows else []
    low, high = [row.low for row in problem.rows], [row.high for row in problem.rows]
    words, relief = [row.words for row in problem.rows], [row.relief for row in problem.rows]
    weight = [1.0] * len(words)
    for at in np.flatnonzero(problem.forced):
        mine = np.zeros((n, weeks))
        mine[at] = 1.0
        rows.append(sparse.csr_matrix(mine.ravel()))
        low.append(1.0)
        high.append(np.inf)
        name = str(options.item_ids[at])
        words.append(f"{name} must be launched")
        relief.append(f"let the plan leave {name} out")
        weight.append(DEMANDED)
    for number, name in enumerate(BUDGETS):
        budget = problem.budgets[number]
        if np.isfinite(budget):
            uses = np.where(np.isfinite(problem.value), problem.uses[number], np.inf)
            least = uses.reshape(n, weeks, prices, -1).min((2, 3), initial=np.inf)
            rows.append(sparse.csr_matrix(np.where(able, least, 0.0).ravel()))
            low.append(-np.inf)
            high.append(budget)
            words.append(f"a budget of {budget:,.0f} for {name}")
            relief.append(f"raise the budget for {name} by {{by}}")
            weight.append(MONEY / max(budget, least[able].max(initial=1.0)))
    matrix = sparse.vstack(rows, format="csr") if rows else sparse.csr_matrix((0, n * weeks))
    return _Limits(matrix, np.array(low), np.array(high), np.array(weight), words, relief, able)


@dataclass(frozen=True)
class _Stretched:
    by: np.ndarray
    """(R,) how far each limit has to be stretched."""
    launched: np.ndarray
    """(n, W) what could be launched then."""


def _stretched(limits: _Limits, rigid: np.ndarray, left_out: np.ndarray | None = None) -> _Stretched | None:
    """The least stretching there is; None where the rigid limits alone cannot be met."""
    keep = np.ones(len(rigid), dtype=bool) if left_out is None else ~left_out
    count, (n, weeks) = len(rigid), limits.able.shape
    below, above = -sparse.identity(count, format="csr"), sparse.identity(count, format="csr")
    own = sparse.kron(sparse.identity(n), np.ones((1, weeks)))
    # low <= A y + up - down <= high
    matrix = sparse.hstack([limits.matrix, above, below])
    only = sparse.hstack([own, sparse.csr_matrix((n, 2 * count))])
    low = np.where(keep, limits.low, -np.inf)
    high = np.where(keep, limits.high, np.inf)
    room = np.where(rigid, 0.0, np.inf)
    found = optimize.milp(
        np.concatenate([np.zeros(n * weeks), limits.weight, limits.weight]),
        constraints=[optimize.LinearConstraint(matrix, low, high), optimize.LinearConstraint(only, -np.inf, 1)],
        integrality=np.concatenate([np.ones(n * weeks), np.zeros(2 * count)]),
        bounds=optimize.Bounds(0, np.concatenate([limits.able.ravel().astype(float), room, room])),
        options={"time_limit": SECONDS, "mip_rel_gap": 1e-3},
    )
    if found.x is None:
        return None
    moved = found.x[n * weeks :]
    return _Stretched(moved[:count] + moved[count:], found.x[: n * weeks].reshape(n, weeks) > 0.5)


def _clashing(limits: _Limits, first: np.ndarray) -> list[int]:
    """A set of limits that cannot be met together, none of which could be spared."""
    rigid = first > ENOUGH
    for _ in range(ROUNDS):
        more = _stretched(limits, rigid)
        if more is None or not (more.by > ENOUGH).any():
            break
        rigid |= more.by > ENOUGH
    named = list(np.flatnonzero(rigid))
    for at in list(named):
        others = np.isin(np.arange(len(rigid)), [one for one in named if one != at])
        if _stretched(limits, others, ~others) is None:  # they clash without it
            named.remove(at)
    return [int(at) for at in named]


def _amount(by: float) -> str:
    return f"{np.ceil(by - ENOUGH):,.0f}"
