"""Stock against brute force: what is sold, what is best, what a target asks for, and what a stock risks."""

import numpy as np
import pytest

from core import stock
from core.errors import DebutError
from core.stock import critical_ratio, expected_profit, expected_sold, opening_buy, opening_buys, risk

SEEDS = range(6)


def demands(seed: int, count: int = 31) -> np.ndarray:
    """Equally likely demands as forecasts have them: skewed, some of them none."""
    rng = np.random.default_rng(seed)
    return np.sort(rng.lognormal(rng.uniform(0, 4), rng.uniform(0.1, 1.5), count) * (rng.random(count) > 0.1))


def worth(demand: np.ndarray, bought: int, price: float, cost: float, leftover: float) -> float:
    """Outcome by outcome."""
    sums = [price * min(one, bought) + leftover * cost * max(bought - one, 0) - cost * bought for one in demand]
    return float(np.mean(sums))


@pytest.mark.parametrize("seed", SEEDS)
def test_expected_sold_is_the_mean_over_outcomes_for_any_shape(seed: int) -> None:
    rng = np.random.default_rng(seed)
    demand, bought = rng.gamma(2, 10, (3, 4, 21)), rng.integers(0, 60, (3, 4))
    found = expected_sold(demand, bought)
    for at in np.ndindex(3, 4):
        assert found[at] == pytest.approx(np.mean([min(one, bought[at]) for one in demand[at]]))


@pytest.mark.parametrize("seed", SEEDS)
def test_profit_is_the_mean_over_outcomes(seed: int) -> None:
    demand = demands(seed)
    assert expected_profit(demand, np.array(17), 9.0, 4.0, 0.3) == pytest.approx(worth(demand, 17, 9.0, 4.0, 0.3))


@pytest.mark.parametrize(
    ("price", "cost", "leftover", "share"),
    [(10, 4, 0.5, 0.75), (10, 4, 0, 0.6), (10, 4, 1, 1.0), (4, 4, 0.5, 0.0), (3, 4, 0.5, 0.0), (5, 0, 0.5, 1.0)],
)
def test_the_critical_ratio_of_the_formula(price: float, cost: float, leftover: float, share: float) -> None:
    assert critical_ratio(price, cost, leftover) == pytest.approx(share)


@pytest.mark.parametrize("leftover", [-0.1, 1.1])
def test_what_is_left_over_cannot_be_worth_more_than_it_cost(leftover: float) -> None:
    with pytest.raises(DebutError, match="left over"):
        critical_ratio(10, 4, leftover)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("pack", "least", "most"), [(1, 0, None), (6, 0, None), (4, 20, None), (5, 12, 33), (7, 90, 40)]
)
def test_the_best_buy_is_that_of_trying_every_pack(seed: int, pack: int, least: int, most: int | None) -> None:
    demand = demands(seed)
    for price, cost, leftover in ((10.0, 4.0, 0.5), (5.0, 4.5, 0.0), (3.0, 4.0, 0.9)):
        top = int(demand.max()) + 2 * pack + least if most is None else most
        options = [0, *(q for q in range(pack, top + 1, pack) if q >= least)]
        best = max(worth(demand, q, price, cost, leftover) for q in options)
        bought = opening_buy(demand, "best", 0.9, price, cost, leftover, pack, least, most)
        assert bought in options
        assert worth(demand, bought, price, cost, leftover) == pytest.approx(best)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("target", [0.5, 0.8, 0.95])
def test_a_service_level_takes_the_smallest_buy_that_reaches_it(seed: int, target: float) -> None:
    demand = demands(seed)
    bought = opening_buy(demand, "service", target, 10, 4, 0.5, pack=3)
    assert bought % 3 == 0
    assert (demand <= bought).mean() >= target
    assert bought == 0 or (demand <= bought - 3).mean() < target


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("target", [0.4, 0.7, 0.9])
def test_sell_through_takes_the_largest_buy_of_which_so_much_is_sold(seed: int, target: float) -> None:
    demand = demands(seed)
    bought = opening_buy(demand, "sell_through", target, 10, 4, 0.5)
    assert bought == 0 or expected_sold(demand, np.array(bought)) / bought >= target - 1e-9
    assert expected_sold(demand, np.array(bought + 1)) / (bought + 1) < target


def test_many_buys_at_once_are_the_same_as_one_by_one() -> None:
    demand = np.stack([demands(seed) for seed in SEEDS])
    price, cost = np.linspace(4, 12, len(demand)), np.linspace(3, 5, len(demand))
    pack, least = np.arange(1, len(demand) + 1), np.arange(len(demand)) * 5
    most = np.array([np.inf, 10, np.inf, 25, 0, np.inf])
    for rule in ("best", "service", "sell_through"):
        every = opening_buys(demand, rule, 0.8, price, cost, 0.4, pack, least, most)
        one = [
            opening_buy(demand[at], rule, 0.8, price[at], cost[at], 0.4, int(pack[at]), int(least[at]), most[at])
            for at in range(len(demand))
        ]
        assert every.tolist() == one


def test_the_least_order_is_kept_and_what_cannot_be_bought_is_not() -> None:
    demand = np.full(11, 10.0)
    assert opening_buy(demand, "service", 0.9, 10, 4, 0.5, pack=8, least=20) == 24
    assert opening_buy(demand, "service", 0.9, 10, 4, 0.5, pack=8, most=15) == 8
    assert opening_buy(demand, "service", 0.9, 10, 4, 0.5, least=20, most=15) == 0
    assert opening_buy(np.zeros(11), "sell_through", 0.9, 10, 4, 0.5) == 0


@pytest.mark.parametrize(
    ("rule", "target", "pack"), [("service", 0.0, 1), ("service", 1.0, 1), ("best", 0.5, 0), ("guess", 0.5, 1)]
)
def test_what_cannot_be_asked_is_refused(rule: str, target: float, pack: int) -> None:
    with pytest.raises(DebutError):
        opening_buy(np.arange(5.0), rule, target, 10, 4, 0.5, pack)  # type: ignore[arg-type]


def test_a_risk_adds_up() -> None:
    demand = np.array([0.0, 5.0, 10.0, 20.0])
    found = risk(demand, 10, 8.0, 3.0, 0.5, np.array([4.0, 3.0, 1.75]))
    assert (found.service_level, found.run_out) == (0.75, 0.25)
    assert (found.sold, found.lost, found.left) == (6.25, 2.5, 3.75)
    assert found.sold + found.lost == demand.mean() and found.sold + found.left == 10
    assert (found.fill, found.sell_through) == (6.25 / 8.75, 0.625)
    assert found.profit == pytest.approx(8 * 6.25 + 1.5 * 3.75 - 30)
    assert (found.money, found.cover) == (30, pytest.approx(3 + 1.25 / 1.75))


def test_no_stock_sells_nothing_and_has_no_sell_through() -> None:
    found = risk(np.array([1.0, 2.0]), 0, 8.0, 3.0, 0.5, np.array([1.0, 0.5]))
    assert (found.sold, found.run_out, found.cover) == (0, 1, 0)
    assert np.isnan(found.sell_through)


@pytest.mark.parametrize(
    ("bought", "weekly", "weeks"),
    [(0, [2, 2], 0), (3, [2, 2], 1.5), (4, [2, 2], 2), (6, [2, 2], 3), (1, [0, 2], 1.5)],
)
def test_weeks_of_cover(bought: int, weekly: list[float], weeks: float) -> None:
    assert stock.weeks_of_cover(bought, np.array(weekly, dtype=float)) == pytest.approx(weeks)


def test_a_stock_that_nobody_wants_covers_no_number_of_weeks() -> None:
    assert np.isnan(stock.weeks_of_cover(5, np.zeros(3)))


def test_the_curve_rises_in_service_and_holds_what_is_marked() -> None:
    demand = demands(3, 101)
    found = stock.curve(demand, 10, 4, 0.5, pack=5, marked=(37,))
    assert 37 in found["stock"].tolist() and found["stock"].is_monotonic_increasing
    assert found["service_level"].is_monotonic_increasing and found["service_level"].iloc[-1] >= 0.99
    assert found["lost_units"].is_monotonic_decreasing and found["left_units"].is_monotonic_increasing
    one = found.set_index("stock").loc[37]
    assert one["profit"] == pytest.approx(worth(demand, 37, 10, 4, 0.5)) and one["stock_money"] == 37 * 4


def test_the_curve_of_no_demand_is_one_point_and_a_pack() -> None:
    found = stock.curve(np.zeros(11), 10, 4, 0.5, pack=6)
    assert found["stock"].tolist() == [0]
    assert found["service_level"].tolist() == [1.0]
