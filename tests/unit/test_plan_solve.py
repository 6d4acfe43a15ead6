"""The optimisation against brute force on small plans, and its bound on larger ones."""

from dataclasses import replace

import numpy as np
import pytest

from core.plans import solve
from core.plans.problem import Problem, Row
from tests.benchmarks import plan, plan_brute


@pytest.mark.parametrize("seed", range(1000, 1010))
def test_nothing_is_better_than_what_brute_force_finds(seed: int) -> None:
    problem = plan_brute.small(seed)
    tried, found = plan_brute.best(problem), solve.solve(problem, 0.0, 30.0)
    assert found.feasible == np.isfinite(tried)
    if found.feasible:
        assert found.value == pytest.approx(tried, rel=1e-6)
        assert found.bound >= found.value - 1e-6
        assert found.bound == pytest.approx(found.value, rel=1e-6)


def larger(seed: int, **limits: int) -> Problem:
    rng = np.random.default_rng(seed)
    items, weeks = 60, 6
    value = rng.lognormal(5, 1, (items, 1, 1)) * rng.uniform(0.5, 1.5, (items, weeks, 3))
    uses = rng.uniform(0.2, 1.0, (1, items, weeks, 3)) * value[None]
    every = np.arange(items)
    rows = tuple(
        Row("week", "", every, np.full(items, week), np.ones(items), high=limits["week"]) for week in range(weeks)
    )
    return Problem(value, np.arange(weeks), uses, np.array([uses.mean() * limits["money"]]), rows)


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_holds_for_any_plan_and_limits_are_kept(seed: int) -> None:
    problem = larger(seed, week=4, money=20)
    found = solve.solve(problem, 1e-3, 30.0)
    on = np.flatnonzero(found.action >= 0)
    assert found.gap <= 1e-3
    assert np.bincount(problem.week[found.action[on]]).max() <= 4
    spent = (problem.uses[0, on, found.action[on]] * found.share[on]).sum()
    assert spent <= problem.budgets[0] + 1e-6
    assert found.share[on].sum(1) == pytest.approx(1)
    rng = np.random.default_rng(seed)
    for _ in range(50):
        action = _some_plan(problem, rng)
        share = np.zeros((len(action), 3))
        share[action >= 0, 0] = 1
        assert solve.worth(problem, action, share) <= found.bound + 1e-6


def _some_plan(problem: Problem, rng: np.random.Generator) -> np.ndarray:
    """Items in a random order into random weeks, each as far as there is room and money."""
    action, left, full = np.full(60, -1), problem.budgets[0], np.zeros(6)
    for item in rng.permutation(60):
        week = int(rng.integers(6))
        cost = problem.uses[0, item, week, 0]
        if full[week] < 4 and cost <= left:
            action[item], left = week, left - cost
            full[week] += 1
    return action


def test_more_money_is_worth_what_the_price_says() -> None:
    problem = larger(5, week=60, money=10)
    at = solve.relax(problem)
    more = solve.relax(replace(problem, budgets=problem.budgets + 1.0))
    assert more.bound - at.bound == pytest.approx(at.prices.budgets[0], rel=0.05)


def test_an_item_out_of_the_plan_lacks_what_it_misses() -> None:
    """With a little more than it misses by, an item becomes part of the relaxation."""
    problem = larger(6, week=3, money=10)
    at = solve.relax(problem)
    out = int(np.argmin(np.where(at.gain < -1, -at.gain, np.inf)))
    for extra, used in ((-at.gain[out] * 0.9, False), (-at.gain[out] * 1.1, True)):
        value = problem.value.copy()
        value[out] += extra
        again = solve.relax(replace(problem, value=value))
        assert (again.x[again.columns[:, 0] == out] > 1e-6).any() == used


def test_a_problem_without_a_plan_says_so() -> None:
    problem = plan_brute.small(1)
    every = np.arange(len(problem.value))
    both = (Row("least", "", every, np.full(5, -1), np.ones(5), low=9),)
    assert not solve.solve(replace(problem, rows=both), 0.0, 10.0).feasible


def test_the_benchmark_runs_quickly_on_small_sheets() -> None:
    found = plan.main(["--only", "solve", "brute", "--small", "30", "--large", "60", "--cases", "3"])
    assert found["brute_force_agrees"] is True
    assert 0 <= found["gap_200"] <= 1e-2  # so few items that whole pieces matter
    assert 0 <= found["gap_2000"] <= 1e-2
    assert found["launched_200"] > 0
