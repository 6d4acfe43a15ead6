"""Units, revenue and profit against price: what can be worked out by hand, bands, and the prices that stand out."""

from dataclasses import replace

import numpy as np
import pytest

from core.prices import priced, profit
from core.prices.kept_rules import Policy
from core.prices.priced import Surroundings
from core.prices.profit import Case
from core.prices.rules import Rule
from tests.price_samples import answer, case

BEST = 10 * 2.5 / 1.5  # cost e / (e + 1), for a constant elasticity


@pytest.fixture(scope="module")
def uncertain() -> Case:
    """Demand that may be a third or three times, and an elasticity that is hardly known."""
    outcomes = np.sort(100 * np.exp(np.linspace(-1.2, 1.2, 101)))
    return case(answer(-2.5, 0.5), outcomes=outcomes, mean=float(outcomes.mean()), stock=180.0)


def test_the_best_price_is_that_of_the_formula() -> None:
    assert profit.profile(case()).best == pytest.approx(BEST, rel=0.003)


def test_the_best_price_of_flat_demand_is_higher_and_never_below_cost() -> None:
    prices = [profit.profile(case(answer(elasticity))).best for elasticity in (-4.0, -2.5, -1.8)]
    assert prices == sorted(prices)
    assert min(prices) > 10


def test_prices_near_the_best_lose_at_most_two_percent() -> None:
    of = profit.profile(case())
    low, high = of.near or (0.0, 0.0)
    assert low < of.best < high
    lost = 1 - of.profit(np.array([low, high])) / of.most
    assert (lost <= profit.NEAR + 1e-9).all()
    assert (1 - of.profit(np.array([low * 0.98, high * 1.02])) / of.most > profit.NEAR).all()


def test_expected_units_are_exact_on_the_grid_and_between() -> None:
    of = profit.profile(case())
    prices = np.array([12.0, 17.3, 20.0, 31.0])
    assert of.sold(prices) == pytest.approx(100 * (prices / 20) ** -2.5, rel=1e-4)


def test_no_more_is_sold_than_there_is(uncertain: Case) -> None:
    of = profit.profile(uncertain)
    found = profit.curves(of)
    assert (of.sold(of.prices) <= 180.0 + 1e-4).all() and (found.units[2] <= 180.0).all()
    assert found.units[1][0] == pytest.approx(180.0, rel=0.02)  # at half the price nearly everything is sold


def test_the_mean_over_outcomes_is_that_of_each(uncertain: Case) -> None:
    prices = np.array([12.0, 20.0, 30.0])
    factor = uncertain.factor(prices)
    each = np.minimum(uncertain.outcomes[:, None, None] * factor, 180.0).mean(0)
    assert profit.expected_by_draw(uncertain, prices) == pytest.approx(each)


def test_a_forecast_whose_mean_lies_apart_from_its_outcomes_keeps_its_mean() -> None:
    assert profit.profile(case(mean=130.0)).sold(np.array([20.0])) == pytest.approx([130.0])


def test_bands_hold_the_expected_and_fall_with_the_price(uncertain: Case) -> None:
    found = profit.curves(profit.profile(uncertain))
    assert (found.units[0] <= found.units[2]).all()
    assert (np.diff(found.units, axis=1) <= 1e-6).all()
    dear = found.prices > 20  # below, nearly every future ends at the stock, and the mean may lie under P10
    for band in (found.units, found.revenue, found.profit):
        assert (band[0] <= band[1])[dear].all() and (band[1] <= band[2])[dear].all()


def test_below_cost_the_band_of_profit_is_the_right_way_round(uncertain: Case) -> None:
    found = profit.curves(profit.profile(replace(uncertain, cost=15.0)))
    loses = found.prices < 15
    assert loses.any() and (found.profit[0] <= found.profit[2]).all()
    assert (found.profit[1][loses] < 0).all()


def test_doubt_widens_the_band_away_from_the_planned_price_only() -> None:
    sure, unsure = (profit.curves(profit.profile(case(answer(-2.5, doubt)))) for doubt in (0.0, 0.6))
    planned = sure.prices == 20
    wide = unsure.units[2] - unsure.units[0]
    assert wide[planned] == pytest.approx([0.0])
    assert (wide[sure.prices > 21] > 1).all()


def test_one_price_in_full(uncertain: Case) -> None:
    of = profit.profile(uncertain)
    at = profit.point(of, 24.0)
    assert at.units[0] < at.units[1] < at.units[2]
    assert at.revenue[1] == pytest.approx(24 * at.units[1])
    assert at.gain[1] == pytest.approx(at.profit[1] - profit.point(of, 20.0).profit[1])
    assert at.gain[0] < at.gain[1] < at.gain[2]
    assert 0 < at.chance < 1
    same = profit.point(of, 20.0)
    assert same.gain == pytest.approx((0, 0, 0)) and same.chance == 0.5


def test_a_price_outside_what_was_seen_is_flagged() -> None:
    of = profit.profile(case(answer(seen=(0.9, 1.1))))
    assert [profit.point(of, price).beyond for price in (17.0, 20.0, 23.0)] == [True, False, True]
    assert of.seen == pytest.approx((18.0, 22.0))
    assert of.extrapolated  # 16.67
    assert not profit.profile(case()).extrapolated


def test_break_even_is_cost_and_what_is_lost_and_covers_what_is_fixed() -> None:
    of = profit.profile(case(loss=(0.5, 1.0, 1.5)))
    assert of.break_even() == pytest.approx(11.0)
    covered = of.break_even(200.0)
    assert covered is not None and of.profit(np.array([covered])) >= 200.0
    assert of.profit(np.array([covered - 0.2])) < 200.0
    assert of.break_even(1e9) is None
    assert of.floor(0.5) == pytest.approx(20.0)


def test_what_is_taken_from_other_items_is_subtracted_and_raises_the_best_price() -> None:
    alone, taking = profit.profile(case()), profit.profile(case(loss=(1.0, 2.0, 3.0)))
    assert taking.profit(np.array([20.0])) == pytest.approx(alone.profit(np.array([20.0])) - 200.0)
    assert taking.best > alone.best
    narrow, wide = (profit.point(profit.profile(case(loss=loss)), 20.0) for loss in ((2.0, 2.0, 2.0), (0.5, 2.0, 3.5)))
    assert wide.profit[2] - wide.profit[0] > narrow.profit[2] - narrow.profit[0] + 100


def test_the_expected_loss_is_the_mean_of_its_futures_not_their_median() -> None:
    skewed = case(loss=(2.0, 3.0, 7.0))
    of = profit.profile(skewed)
    futures = profit._losses(skewed.loss)
    assert np.median(futures) == pytest.approx(3.0, abs=0.02)
    assert skewed.lost == pytest.approx(futures.mean(), rel=0.01) and skewed.lost > 3.5
    assert of.break_even() == pytest.approx(10 + skewed.lost)
    at = profit.point(of, 20.0).profit[1]
    assert at == pytest.approx(100 * (20 - 10 - skewed.lost))
    sheet = priced.priced([skewed], Policy(rules=(Rule("family"),)), Surroundings({}, {}))
    assert sheet.effect(sheet.planned).profit[1] == pytest.approx(at, rel=1e-4)


def test_an_item_that_earns_nothing_at_any_price_has_no_band() -> None:
    of = profit.profile(case(mean=0.0, outcomes=np.zeros(101)))
    assert of.near is None and of.most <= 0
    found = profit.curves(of)
    assert np.isfinite(found.profit).all()


def test_profit_that_never_falls_is_said_to_end_at_the_edge() -> None:
    assert profit.profile(case(answer(-0.3))).at_edge
    assert not profit.profile(case()).at_edge


def test_a_cost_far_above_the_price_is_looked_at_too() -> None:
    of = profit.profile(case(cost=30.0))
    assert of.best > 30 and of.most > 0


def test_the_grid_holds_the_planned_price_and_the_sheets_bounds() -> None:
    prices = profit.grid(case(lowest=4.0, highest=90.0))
    assert 20.0 in prices and prices[0] == pytest.approx(4.0) and prices[-1] == pytest.approx(90.0)
    assert (np.diff(prices) > 0).all()


def test_outcomes_of_one_kind_and_one_draw_are_enough() -> None:
    of = profit.profile(case(outcomes=np.array([100.0]), response=replace(answer(), draws=np.array([-2.5]))))
    assert of.best == pytest.approx(BEST, rel=0.003)
    assert np.isfinite(profit.curves(of).profit).all()
