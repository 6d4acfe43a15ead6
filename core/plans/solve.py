"""The best plan of a problem, and how good it is at worst: column generation, then a mixed-integer programme.

The linear relaxation is solved over all ways to launch an item without ever writing them all down: each round adds
the ways that the present prices of the budgets and limits make worth while (Dantzig & Wolfe 1960,
https://doi.org/10.1287/opre.8.1.101), until there are none. Its value is a bound that no plan exceeds. A way whose
loss against the relaxation is larger than the distance between the bound and a plan in hand cannot be part of a better
one, so the mixed-integer programme over the rest is exact; HiGHS solves it (https://highs.dev).
"""

import time
from dataclasses import dataclass, replace

import highspy
import numpy as np

from core.plans.master import Master
from core.plans.problem import Problem

__all__ = ["Prices", "Relaxed", "Solution", "relax", "solve"]

ROUNDS = 60
TOLERANCE = 1e-7  # of the bound
MOST_GROUPS = 60_000  # ways (item, week, price) in one programme
FIRST_GROUPS = 6  # ways an item in the first programme
FIRST_LEVELS = 6
SLACK = 1e-6
DEARER = 1e4  # times the penalty, where the usual one is less than what keeping to the limits costs


@dataclass(frozen=True)
class Prices:
    """What one more of each thing is worth in the relaxation."""

    budgets: np.ndarray
    """(M,) money for 1 more."""
    rows: np.ndarray
    """(R,) money for one more launch."""
    pairs: np.ndarray
    """(Q,)"""


@dataclass(frozen=True)
class Relaxed:
    """The linear relaxation."""

    bound: float
    prices: Prices
    best: np.ndarray
    """(n, A) an item's best level in each action, after the prices are paid; -inf where it cannot be."""
    columns: np.ndarray
    """(k, 3) that it was solved with."""
    x: np.ndarray
    """(k,)"""
    short: float
    """How far the limits are missed: above 0 no plan keeps to all of them."""

    @property
    def gain(self) -> np.ndarray:
        """(n,) what an item brings beyond what it takes of others."""
        return np.asarray(self.best.max(1, initial=-np.inf))


@dataclass(frozen=True)
class Solution:
    """A plan: shares of columns."""

    value: float
    bound: float
    action: np.ndarray
    """(n,) of each item, -1 where it is not launched."""
    share: np.ndarray
    """(n, L) of the levels of that action; sums to 1 where launched."""
    relaxed: Relaxed
    feasible: bool = True

    @property
    def gap(self) -> float:
        """By how much the best plan could be better, at most, as a share of it."""
        return max(0.0, self.bound - self.value) / max(abs(self.bound), 1e-9)


def relax(problem: Problem, seconds: float = 30.0, dearer: float = 1.0, columns: np.ndarray | None = None) -> Relaxed:
    """The linear relaxation, solved over all columns.

    dearer: times the usual penalty on a limit that is not kept; columns: (k, 3) to begin with, of a problem like it.
    """
    until = time.monotonic() + seconds
    master = Master(problem, dearer * _penalty(problem), seconds)
    best, level = _by_action(problem, _no_prices(problem))
    first = _wanted(best, level, np.full(len(best), -np.inf), _per_week(problem))
    master.add(first if columns is None else columns)
    bound, at_bound = np.inf, (_no_prices(problem), best)
    for _ in range(ROUNDS):
        value, duals, x, short = master.solve()
        prices, own = _split(problem, duals)
        best, level = _by_action(problem, prices)
        reached = _bound(problem, prices, best)
        if reached < bound:
            bound, at_bound = reached, (prices, best)
        new = _wanted(best, level, own + TOLERANCE * max(abs(value), 1.0) / max(len(best), 1), 3)
        if not len(new) or bound - value <= TOLERANCE * max(abs(bound), 1.0) or time.monotonic() > until:
            break
        master.add(new)
    return Relaxed(bound, *at_bound, master.columns, x, short)


def solve(problem: Problem, gap: float = 1e-3, seconds: float = 30.0) -> Solution:
    """A plan at most `gap` (a share) below the best, or the best found in the time."""
    until = time.monotonic() + seconds
    relaxed = relax(problem, seconds / 2)
    if relaxed.short > SLACK:
        if not _possible(problem, seconds / 2):
            return _nothing(problem, relaxed)
        relaxed = relax(problem, seconds / 2, DEARER)
    first = _programme(problem, relaxed, _near(relaxed, FIRST_GROUPS), FIRST_LEVELS, gap / 2, until)
    if first is None or first.gap > gap:
        first = _better(first, _exact(problem, relaxed, first, gap, until))
    return first if first is not None else _nothing(problem, relaxed)


def _better(one: Solution | None, other: Solution | None) -> Solution | None:
    """The plan that is worth more, with the bound that says more."""
    if one is None or other is None:
        return one or other
    best = other if other.value >= one.value else one
    return replace(best, bound=max(best.value, min(one.bound, other.bound)))


def _possible(problem: Problem, seconds: float) -> bool:
    """Whether the relaxation can keep to all limits, whatever that costs."""
    nothing = np.where(np.isfinite(problem.value), 0.0, -np.inf)
    return relax(replace(problem, value=nothing, losses=np.zeros_like(problem.losses)), seconds).short <= SLACK


def _exact(problem: Problem, relaxed: Relaxed, first: Solution | None, gap: float, until: float) -> Solution | None:
    """Over all ways that can be part of a plan better than the one in hand."""
    missing = np.inf if first is None else relaxed.bound - first.value
    loss = np.maximum(relaxed.gain, 0.0)[:, None] - relaxed.best
    loss[problem.forced] = relaxed.gain[problem.forced, None] - relaxed.best[problem.forced]
    able = np.isfinite(relaxed.best) & (loss <= missing + SLACK)
    whole = int(able.sum()) <= MOST_GROUPS
    if not whole:
        able &= loss <= np.partition(loss[able], MOST_GROUPS)[MOST_GROUPS]
    found = _programme(problem, relaxed, able, problem.value.shape[2], gap, until, first, whole)
    if found is None:
        return first
    return found


def _programme(
    problem: Problem, relaxed: Relaxed, able: np.ndarray, levels: int, gap: float, until: float,
    start: Solution | None = None, whole: bool = False,
) -> Solution | None:  # fmt: skip
    """The mixed-integer programme over some ways (n, A), each with its best levels; None where it finds no plan.

    whole: no other way can be part of a better plan than `start`, so that its bound holds for all.
    """
    seconds = until - time.monotonic()
    if seconds <= 0:
        return None
    item, action = np.nonzero(able)
    if not len(item):  # nothing can be launched, which keeps to all limits: else the relaxation would be short
        return replace(_nothing(problem, relaxed), value=0.0, bound=max(relaxed.bound, 0.0), feasible=True)
    chosen = _levels(problem, relaxed.prices, item, action, levels)
    columns = np.column_stack([item[chosen[0]], action[chosen[0]], chosen[1]])
    model, group = _model(problem, columns, chosen[0], len(item))
    for name, option in (("mip_rel_gap", max(gap, 1e-9)), ("time_limit", seconds), ("mip_abs_gap", 1e-9)):
        model.setOptionValue(name, option)
    model.run()
    info = model.getInfo()
    if info.primal_solution_status != 2:
        return None
    values = np.array(model.getSolution().col_value)
    bound = min(relaxed.bound, max(info.mip_dual_bound, start.value if start else -np.inf)) if whole else relaxed.bound
    return _read(
        problem, relaxed, columns, values[: len(columns)], values[group : group + len(item)], item, action, bound
    )


def _model(problem: Problem, columns: np.ndarray, of: np.ndarray, groups: int) -> tuple[highspy.Highs, int]:
    """x of the columns, then a whole number for each way; and where the latter begin."""
    from scipy import sparse

    frame = Master(problem, 0.0, 1.0)
    matrix = frame.matrix(columns)
    low, high = frame.limits()
    k, q = len(columns), len(problem.pairs)
    tie = sparse.csr_matrix((np.ones(k), (of, np.arange(k))), shape=(groups, k))
    pair = sparse.csc_matrix((-np.ones(q), (frame.rows - q + np.arange(q), np.arange(q))), shape=(frame.rows, q))
    whole = sparse.bmat(
        [[matrix, sparse.csc_matrix((frame.rows, groups)), pair], [tie, -sparse.identity(groups), None]], format="csc"
    )
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = whole.shape[1], whole.shape[0]
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([frame.worth(columns), np.zeros(groups), -problem.losses])
    lp.col_lower_ = np.zeros(whole.shape[1])
    lp.col_upper_ = np.ones(whole.shape[1])
    lp.row_lower_ = np.append(low, np.zeros(groups))
    lp.row_upper_ = np.append(high, np.zeros(groups))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = whole.indptr, whole.indices, whole.data
    continuous, integer = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
    lp.integrality_ = [continuous] * k + [integer] * groups + [continuous] * q
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    model.passModel(lp)
    return model, k


def _read(
    problem: Problem, relaxed: Relaxed, columns: np.ndarray, x: np.ndarray, y: np.ndarray, item: np.ndarray,
    action: np.ndarray, bound: float,
) -> Solution:  # fmt: skip
    """The solution of a programme, its whole numbers made exactly whole."""
    n, _, levels = problem.value.shape
    chosen = np.full(n, -1)
    taken = y > 0.5
    chosen[item[taken]] = action[taken]
    share = np.zeros((n, levels))
    mine = chosen[columns[:, 0]] == columns[:, 1]
    np.add.at(share, (columns[mine, 0], columns[mine, 2]), np.maximum(x[mine], 0.0))
    launched = chosen >= 0
    share[launched] /= np.maximum(share[launched].sum(1, keepdims=True), 1e-12)
    share[~launched] = 0.0
    return Solution(worth(problem, chosen, share), bound, chosen, share, relaxed)


def worth(problem: Problem, action: np.ndarray, share: np.ndarray) -> float:
    """What a plan comes to: its items' values less what pairs lose."""
    launched = np.flatnonzero(action >= 0)
    value, part = problem.value[launched, action[launched]], share[launched]  # (k, L)
    total = float((np.where(part > 0, value, 0.0) * part).sum())
    both = (action[problem.pairs] >= 0).all(1) if len(problem.pairs) else np.zeros(0, dtype=bool)
    return total - float(problem.losses[both].sum())


def _nothing(problem: Problem, relaxed: Relaxed) -> Solution:
    n, _, levels = problem.value.shape
    return Solution(-np.inf, relaxed.bound, np.full(n, -1), np.zeros((n, levels)), relaxed, feasible=False)


def _penalty(problem: Problem) -> float:
    """More than most limits can be worth. A launch that must be may cost more: it may take the money of many others."""
    finite = np.abs(problem.value[np.isfinite(problem.value)])
    return 10.0 * (float(finite.max(initial=1.0)) + float(problem.losses.sum())) + 1.0


def _no_prices(problem: Problem) -> Prices:
    return Prices(np.zeros(len(problem.budgets)), np.zeros(len(problem.rows)), np.zeros(len(problem.pairs)))


def _split(problem: Problem, duals: np.ndarray) -> tuple[Prices, np.ndarray]:
    """Duals by kind, and those of the items."""
    sizes = np.cumsum([len(problem.value), len(problem.budgets), len(problem.rows)])
    own, budgets, rows, pairs = np.split(duals, sizes)
    return Prices(np.maximum(budgets, 0.0), rows, np.maximum(pairs, 0.0)), own


def _paid(problem: Problem, prices: Prices) -> np.ndarray:
    """(n, W) what a launch costs of the limits."""
    cost = np.asarray(problem.counts @ prices.rows).reshape(len(problem.value), problem.weeks)
    np.add.at(cost, problem.pairs.ravel(), np.repeat(prices.pairs, 2)[:, None])
    return cost


def _reduced(problem: Problem, prices: Prices, items: slice) -> np.ndarray:
    """(k, A, L) values of some items after what they take is paid for."""
    value = problem.value[items] - _paid_for(problem, prices, items)
    return np.asarray(value)


def _paid_for(problem: Problem, prices: Prices, items: slice) -> np.ndarray:
    cost = np.zeros(problem.value[items].shape)
    for price, uses in zip(prices.budgets, problem.uses, strict=True):
        if price:
            cost += price * uses[items]
    return cost


def _by_action(problem: Problem, prices: Prices) -> tuple[np.ndarray, np.ndarray]:
    """(n, A) the best level's value after all is paid for, and which it is."""
    n, actions, _ = problem.value.shape
    best, level = np.empty((n, actions)), np.empty((n, actions), dtype=int)
    for begin in range(0, n, 250):
        part = slice(begin, begin + 250)
        reduced = _reduced(problem, prices, part)
        level[part] = reduced.argmax(2)
        best[part] = np.take_along_axis(reduced, level[part][..., None], axis=2)[..., 0]
    return best - _paid(problem, prices)[:, problem.week], level


def _bound(problem: Problem, prices: Prices, best: np.ndarray) -> float:
    """What no plan exceeds: the Lagrangian bound at these prices."""
    gain = best.max(1, initial=-np.inf)
    gain = np.where(problem.forced, gain, np.maximum(gain, 0.0))
    limited = np.isfinite(problem.budgets)
    total = float(gain.sum()) + float(prices.budgets[limited] @ problem.budgets[limited]) + float(prices.pairs.sum())
    total += float(np.maximum(prices.pairs - problem.losses, 0.0).sum())
    side = np.where(prices.rows > 0, problem.high, problem.low)
    bound = np.isfinite(side)
    return total + float(prices.rows[bound] @ side[bound])


def _per_week(problem: Problem) -> int:
    return min(problem.weeks, 12)


def _wanted(best: np.ndarray, level: np.ndarray, own: np.ndarray, most: int) -> np.ndarray:
    """(k, 3) the best ways of each item that are worth more than it is given now, at most so many."""
    order = np.argsort(-best, axis=1, kind="stable")[:, :most]
    value = np.take_along_axis(best, order, axis=1)
    item, place = np.nonzero((value > own[:, None]) & np.isfinite(value))
    action = order[item, place]
    return np.column_stack([item, action, level[item, action]])


def _near(relaxed: Relaxed, most: int) -> np.ndarray:
    """(n, A) the ways that lie nearest to being worth while, and those that the relaxation uses."""
    able = np.isfinite(relaxed.best)
    order = np.argsort(-relaxed.best, axis=1, kind="stable")[:, :most]
    near = np.zeros(able.shape, dtype=bool)
    np.put_along_axis(near, order, True, axis=1)
    used = relaxed.columns[relaxed.x > SLACK]
    near[used[:, 0], used[:, 1]] = True
    return near & able


def _levels(
    problem: Problem, prices: Prices, item: np.ndarray, action: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Places in `item` and `action`, and levels: the best of each way at these prices."""
    value = problem.value[item, action]  # (k, L)
    reduced = value - np.einsum("m,mkl->kl", prices.budgets, problem.uses[:, item, action])
    order = np.argsort(-reduced, axis=1, kind="stable")[:, :most]
    finite = np.isfinite(np.take_along_axis(reduced, order, axis=1))
    place, at = np.nonzero(finite)
    return place, order[place, at]
