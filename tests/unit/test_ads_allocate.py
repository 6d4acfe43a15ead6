"""The best allocation against every possible one, its bounds and targets, and what is said where they clash."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from core.ads import allocate, flights, scene, whatif
from core.ads.exact import table
from core.ads.scene import Scene
from core.ads.wishes import Wish
from core.errors import DebutError
from tests.ads_samples import response

WEEKS = 4


def small(seed: int, slope: float = 2.2, stock: float | None = None, demand: float = 0.0) -> Scene:
    made = response(draws=60, doubt=0.3, groups=("Mugs",), slope=slope, seed=seed, effects=(0.4, 0.3, 0.2), spent=0.0)
    one = scene.of_groups(made, ["Mugs"], "Mugs", WEEKS)
    spread = np.exp(demand * np.random.default_rng(seed).standard_normal(60))
    return replace(one, stock=stock, demand=spread / spread.mean())


def stepped(budget: float, step: float = 50.0, **changes: object) -> Wish:
    wish = Wish(budget, (0.0,) * 3, (budget,) * 3, (step,) * 3, flights=("even",))
    return replace(wish, **changes)  # type: ignore[arg-type]


def every(one: Scene, wish: Wish) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, 3) allocations within the wish, and what each brings: (S, N) revenue and money after the cost of units."""
    levels = [
        np.arange(least, most + 1e-9, step)
        for least, most, step in zip(wish.least, np.minimum(wish.most, wish.budget), wish.step, strict=True)
    ]
    money = np.array([row for row in product(*levels) if sum(row) <= wish.budget + 1e-9])
    none = whatif.outcome(one, np.zeros((3, WEEKS)))
    found = [whatif.outcome(one, flights.weeks_of(row, "even", WEEKS)) for row in money]
    return money, *(np.stack([plan.against(none, name) for plan in found], axis=1) for name in ("revenue", "gross"))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("slope", [0.8, 2.2])
def test_the_most_profit_is_that_of_the_best_of_all(seed: int, slope: float):
    one, wish = small(seed, slope), stepped(600.0)
    money, _, gross = every(one, wish)
    profit = gross.mean(0) - money.sum(1)
    found = allocate.allocate(one, wish)
    assert found.exact and found.grid == 50.0
    assert found.money.tolist() == money[profit.argmax()].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_bounds_and_steps_of_their_own_hold(seed: int):
    one = small(seed)
    wish = replace(stepped(700.0), least=(60.0, 0.0, 20.0), most=(360.0, 150.0, 500.0), step=(30.0, 50.0, 40.0))
    money, _, gross = every(one, wish)
    found = allocate.allocate(one, wish)
    assert found.money.tolist() == money[(gross.mean(0) - money.sum(1)).argmax()].tolist()


@pytest.mark.parametrize("seed", range(3))
def test_the_whole_budget_is_spent_where_asked(seed: int):
    one, wish = small(seed), stepped(500.0, aim="whole")
    money, _, gross = every(one, wish)
    value = np.where(money.sum(1) == 500.0, gross.mean(0), -np.inf)
    found = allocate.allocate(one, wish)
    assert found.money.sum() == 500.0
    assert found.money.tolist() == money[value.argmax()].tolist()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("target", [1.5, 3.0])
def test_targets_of_return_hold_and_the_most_is_made_within_them(seed: int, target: float):
    one = small(seed)
    money, revenue, _ = every(one, stepped(700.0))
    total, brought = money.sum(1), revenue.mean(0)
    within = np.where(brought >= target * total, brought, -np.inf)
    found = allocate.allocate(one, stepped(700.0, aim="roi", target=target))
    assert found.money.tolist() == money[within.argmax()].tolist()
    last = allocate.allocate(one, stepped(700.0, aim="marginal", target=target))
    assert last.money.tolist() == money[(brought - target * total).argmax()].tolist()


@pytest.mark.parametrize("seed", range(4))
def test_the_percentile_found_by_search_is_as_good_as_any(seed: int):
    one, wish = small(seed, demand=0.3), stepped(500.0, safe=True)
    money, _, gross = every(one, wish)
    before = whatif.outcome(one, np.zeros((3, WEEKS))).total("gross")
    profit = np.quantile(before[:, None] + gross - money.sum(1), 0.2, axis=0)
    found = allocate.allocate(one, wish)
    assert not found.exact
    reached = np.quantile(found.outcome.total("profit"), 0.2)
    raised = profit.max() - np.quantile(before, 0.2)
    assert reached >= profit.max() - 0.01 * raised


@pytest.mark.parametrize("seed", range(4))
def test_with_a_stock_that_runs_out_the_search_finds_the_best(seed: int):
    one, wish = small(seed, stock=900.0, demand=0.3), stepped(600.0)
    money, _, gross = every(one, wish)
    profit = gross.mean(0) - money.sum(1)
    found = allocate.allocate(one, wish)
    none = whatif.outcome(one, np.zeros((3, WEEKS)))
    assert found.outcome.against(none).mean() >= 0.99 * profit.max()


def test_a_full_stock_leaves_nothing_to_advertise():
    assert allocate.allocate(small(0, stock=500.0), stepped(600.0)).money.sum() == 0  # 800 are wanted without ads


def test_the_next_best_step_again_and_again_would_miss_an_s_shaped_channel():
    costs = [np.arange(7)] * 2
    steep, slow = np.array([0, 0.1, 0.3, 0.8, 6, 6.1, 6.2]), np.array([0, 1.0, 1.9, 2.7, 3.4, 4.0, 4.5])
    assert table(costs, [steep, slow], 6).choice(4).tolist() == [4, 0]
    assert table(costs, [steep, slow], 6).value.tolist() == pytest.approx([0, 1.0, 1.9, 2.7, 6, 7.0, 7.9])


def test_finer_steps_come_close_to_the_best_of_all_amounts():
    one = small(1)
    free = allocate.allocate(one, replace(Wish.free(600.0, 3), flights=("even",)))
    fixed = allocate.allocate(one, stepped(600.0, step=20.0))
    assert allocate.gain(free.outcome, fixed.outcome)[1] >= -0.01
    assert free.money.sum() <= 600.0


def test_each_channel_gets_the_better_flight():
    one = small(2)
    mixed = allocate.allocate(one, Wish.free(400.0, 3))
    for name in flights.FLIGHTS:
        single = allocate.allocate(one, replace(Wish.free(400.0, 3), flights=(name,)))
        assert allocate.gain(mixed.outcome, single.outcome)[1] >= -0.02 * abs(single.outcome.total("profit").mean())
    assert mixed.spend.sum(1) == pytest.approx(mixed.money)


def test_better_than_equal_parts_with_a_band():
    one = small(3)
    found = allocate.allocate(one, Wish.free(500.0, 3))
    low, mean, high = allocate.gain(found.outcome, allocate.equal_split(one, float(found.money.sum())))
    assert mean >= 0 and low <= mean <= high


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"least": (300.0, 300.0, 0.0)}, r"search \(300\) and social \(300\) come to 600, above the budget of 500"),
        (
            {"least": (90.0, 0.0, 0.0), "most": (50.0, 500.0, 500.0)},
            "search: the least, 90.00, is above the most, 50.00",
        ),
        ({"aim": "whole", "most": (100.0, 100.0, 100.0)}, "come to 300, so a budget of 500 cannot be spent whole"),
        ({"aim": "roi", "target": 99.0}, r"No spend within these bounds brings 99.00 .* the most that any brings is"),
        ({"aim": "roi", "target": 99.0, "safe": True}, "at the 20th percentile"),
        ({"budget": -1.0}, "The budget: give amounts"),
        ({"budget": float("nan")}, "The budget: give amounts"),
        ({"step": (float("inf"), 1.0, 1.0)}, "search: give amounts"),
        ({"flights": ()}, "at least one way to spread"),
        ({"flights": ("sideways",)}, "at least one way to spread"),
    ],
)
def test_wishes_that_clash_are_named(changes: dict[str, object], said: str):
    with pytest.raises(DebutError, match=said):
        allocate.allocate(small(0), replace(stepped(500.0), **changes))  # type: ignore[arg-type]


def test_steps_without_a_common_part_are_refused_where_they_would_take_for_ever():
    wish = replace(stepped(90_000.0), step=(0.01, 700.0, 0.03), most=(0.5, 90_000.0, 0.6))
    with pytest.raises(DebutError, match="too small a common part"):
        allocate.allocate(small(0), wish)


def test_a_budget_far_beyond_the_bounds_is_no_other_than_their_sum():
    wish = Wish(450.0, (0.0,) * 3, (200.0, 150.0, 100.0), (0.0,) * 3, flights=("even",))
    found, much = (allocate.allocate(small(0), replace(wish, budget=budget)) for budget in (450.0, 1e9))
    assert much.money == pytest.approx(found.money) and much.money.sum() > 0


def test_no_budget_is_no_spend():
    assert allocate.allocate(small(0), Wish.free(0.0, 3)).money.tolist() == [0, 0, 0]
