"""Small plans solved by trying every combination of launches, against the optimisation."""

import itertools
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

from core.plans import solve
from core.plans.problem import Problem, Row

__all__ = ["agrees", "best", "small"]

ITEMS, WEEKS, PRICES, LEVELS = 5, 2, 1, 4


def agrees(cases: int) -> bool:
    """Whether the optimisation comes to the same value in every case, and to none where there is none."""
    for seed in range(cases):
        problem = small(seed)
        tried, found = best(problem), solve.solve(problem, 0.0, 30.0)
        if np.isfinite(tried) != found.feasible:
            return False
        if found.feasible and abs(tried - found.value) > 1e-6 * max(1.0, abs(tried)):
            return False
    return True


def small(seed: int) -> Problem:
    """A made-up plan with budgets, capacities, pairs, and at times bundles, musts and least counts."""
    rng = np.random.default_rng(seed)
    actions = WEEKS * PRICES
    size = rng.lognormal(6, 1.0, ITEMS)[:, None, None] * np.exp(rng.normal(0, 0.25, (ITEMS, actions, 1)))
    ads, served = np.repeat([0.0, 1.0], 2), np.tile([0.6, 1.0], 2)
    sold = size * (1 + 0.3 * ads / (ads + 1)) * served
    uses = np.stack([np.broadcast_to(size * 0.05 * ads, sold.shape), 0.45 * sold])
    value = 0.5 * sold * (1.1 - 0.2 * served) - uses[0]
    if seed % 6 == 5:
        value[0, 0] = -np.inf  # a week in which it cannot be launched
    limit = rng.uniform(0.1, 0.5) * uses.max(2).sum((1, 2)) / actions
    every = np.arange(ITEMS)
    rows = [
        Row("week", "", every, np.full(ITEMS, week), np.ones(ITEMS), high=int(rng.integers(1, 4)))
        for week in range(WEEKS)
    ]
    rows.append(Row("launches", "", every, np.full(ITEMS, -1), np.ones(ITEMS), high=int(rng.integers(2, 5))))
    if seed % 4 == 0:
        both, signs = np.array([1, 2]), np.array([1.0, -1.0])
        rows += [Row("together", "", both, np.full(2, week), signs, 0, 0) for week in range(WEEKS)]
    if seed % 5 == 0:
        rows.append(Row("least", "", every, np.full(ITEMS, -1), np.ones(ITEMS), low=2))
    if seed % 7 == 0:
        rows.append(Row("apart", "", np.array([0, 3]), np.full(2, -1), np.ones(2), high=1))
    pairs = np.array([rng.choice(ITEMS, 2, replace=False) for _ in range(3)])
    losses = rng.uniform(0.02, 0.3, 3) * sold.max((1, 2))[pairs].min(1) / 2
    problem = Problem(value, np.repeat(np.arange(WEEKS), PRICES), uses, limit, tuple(rows), pairs=pairs, losses=losses)
    return replace(problem, must=every == 0) if seed % 3 == 0 else problem


def best(problem: Problem) -> float:
    """The best value there is; -inf where no plan keeps to all limits."""
    n, actions, _ = problem.value.shape
    top = -np.inf
    for chosen in itertools.product(range(-1, actions), repeat=n):
        action = np.array(chosen)
        if _kept(problem, action):
            top = max(top, _value(problem, action))
    return float(top)


def _kept(problem: Problem, action: np.ndarray) -> bool:
    """Whether launches keep to the limits that do not hang on money."""
    on = np.flatnonzero(action >= 0)
    if (problem.forced & (action < 0)).any():
        return False
    week = dict(zip(on, problem.week[action[on]], strict=True))
    for row in problem.rows:
        counted = zip(row.items, row.weeks, row.coef, strict=True)
        total = sum(coef for item, when, coef in counted if item in week and when in (-1, week[item]))
        if not row.low - 1e-9 <= total <= row.high + 1e-9:
            return False
    return True


def _value(problem: Problem, action: np.ndarray) -> float:
    """The best mix of levels for these launches, by an LP of its own."""
    on = np.flatnonzero(action >= 0)
    lost = sum(loss for (i, j), loss in zip(problem.pairs, problem.losses, strict=True) if action[i] >= 0 <= action[j])
    if not len(on):
        return -float(lost)
    value = problem.value[on, action[on]]
    if not np.isfinite(value).any(1).all():
        return -np.inf
    levels = value.shape[1]
    found = linprog(
        -np.where(np.isfinite(value), value, 0.0).ravel(),
        A_ub=problem.uses[:, on, action[on]].reshape(len(problem.budgets), -1), b_ub=problem.budgets,
        A_eq=np.kron(np.eye(len(on)), np.ones(levels)), b_eq=np.ones(len(on)),
        bounds=[(0, 1 if able else 0) for able in np.isfinite(value).ravel()],
    )  # fmt: skip
    return float(-found.fun - lost) if found.status == 0 else -np.inf
