"""Weighted outcomes, worked by hand: quantiles, means, ranks, and the shop's level."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.forecast import outcomes
from core.forecast.outcomes import Outcomes
from core.history import History
from tests.conftest import WEEKS, SmallShop

SHARES = np.array([0.1, 0.5, 0.9])
EVEN = np.full((1, 4), 0.25)


@pytest.fixture
def four() -> Outcomes:
    """Launches that sold 0, 10, 20 and 40 pieces in two weeks, in a shop that stayed as it was."""
    units = np.array([[0, 0, 0], [5, 5, 10], [20, 0, 20], [10, 30, 40]], dtype=float)
    return Outcomes(np.arange(4), units, np.zeros(4))


def test_equal_weights_give_plain_quantiles_and_means(four: Outcomes) -> None:
    weights, level = EVEN, np.zeros(1)
    assert four.quantiles(weights, level, SHARES, -1).tolist() == [[0, 10, 40]]
    assert four.mean(weights, level).tolist() == [[8.75, 8.75, 17.5]]


def test_a_launch_that_weighs_more_counts_more(four: Outcomes) -> None:
    weights = outcomes.shared(np.array([[0, 0, 0, 1.0], [8, 1, 1, 0], [0.0, 0, 3, 1]]))
    got = four.quantiles(weights, np.zeros(3), SHARES, -1)
    assert got.tolist() == [[40, 40, 40], [0, 0, 10], [20, 20, 40]]
    assert four.mean(weights, np.zeros(3))[:, -1].tolist() == pytest.approx([40, 3, 25])


def test_the_weeks_have_quantiles_of_their_own(four: Outcomes) -> None:
    assert four.quantiles(EVEN, np.zeros(1), SHARES, 0).tolist() == [[0, 5, 20]]
    assert four.quantiles(EVEN, np.zeros(1), SHARES, 1).tolist() == [[0, 0, 30]]


def test_without_any_weight_every_launch_counts_alike(four: Outcomes) -> None:
    nothing = four.quantiles(outcomes.shared(np.zeros((1, 4))), np.zeros(1), SHARES, -1)
    assert nothing.tolist() == [[0, 10, 40]]


def test_a_stronger_shop_sells_more_and_nothing_stays_nothing(four: Outcomes) -> None:
    usual, strong = four.quantiles(outcomes.shared(np.ones((2, 4))), np.array([0.0, 1.0]), SHARES, -1)
    assert strong.tolist() == pytest.approx((usual * np.exp(outcomes.LEVEL_SHARE)).tolist())
    assert strong[0] == 0


def test_a_launch_of_a_quiet_time_counts_for_more_now() -> None:
    quiet = Outcomes(np.arange(2), np.array([[10.0, 10], [10, 10]]), np.array([-1.0, 0]))
    low, high = quiet.quantiles(np.full((1, 2), 0.5), np.zeros(1), np.array([0.1, 0.9]), -1)[0]
    assert (low, high) == pytest.approx((10, 10 * np.exp(outcomes.LEVEL_SHARE)))
    assert quiet.target[0] - quiet.target[1] == pytest.approx(np.log1p(high * 0.7788) - np.log1p(7.788), abs=1e-3)


def test_ranks_tell_where_among_the_outcomes_a_launch_fell(four: Outcomes) -> None:
    sold = np.array([[0.0, 0, 0], [7, 40, 15], [99, 99, 99]])
    got = four.ranks(np.ones((3, 4)), np.zeros(3), sold)
    assert got.tolist() == [[0.125, 0.25, 0.125], [0.5, 1, 0.5], [1, 1, 1]]


def test_outcomes_of_a_shop(small_shop: SmallShop) -> None:
    past = small_shop.history
    rows = past.launches(WEEKS)
    got = outcomes.read(past, rows, WEEKS)
    assert got.units.shape == (len(rows), WEEKS + 1)
    assert got.units[:, -1] == pytest.approx(got.units[:, :-1].sum(1))
    assert np.isfinite(got.level).all()
    days = np.array([0, 100, past.days])
    assert np.isfinite(got.shop(past, days, days)).all()
    assert len(got.of(got.units[:, -1] > 5).rows) == (got.units[:, -1] > 5).sum()


def test_what_a_high_season_sold_is_not_expected_of_a_low_one() -> None:
    past = seasonal()
    got = outcomes.read(past, past.launches(WEEKS), WEEKS)
    known, launch = np.full(2, past.days), past.days + np.array([0, 182])
    low, high = got.shop(past, known, launch)
    assert high - low == pytest.approx(2.0, abs=0.3)  # of exp(2) from the lowest week to the highest
    even = np.full((2, len(got.rows)), 1 / len(got.rows))
    winter, summer = got.mean(even, np.array([low, high]))[:, -1]
    assert summer / winter == pytest.approx(np.exp(outcomes.LEVEL_SHARE * (high - low)))


def test_a_shop_without_a_whole_year_has_no_season() -> None:
    past = seasonal().as_of(date(2024, 9, 7))
    got = outcomes.read(past, past.launches(WEEKS), WEEKS)
    level = got.shop(past, np.full(2, past.days), past.days + np.array([0, 182]))
    assert level[0] == level[1]


def seasonal() -> History:
    """Two years of twenty items, one more every few weeks; all sell exp(2) times as much in midsummer as in winter."""
    days, items = 728, 20
    season = np.exp(-np.cos(2 * np.pi * np.arange(days) / 364))
    launch = np.concatenate([np.zeros(10, int), 120 + 50 * np.arange(10)])
    units = np.where(np.arange(days) >= launch[:, None], season * 10, 0.0).astype(np.float32)
    names = [f"P{at}" for at in range(items)]
    table = pd.DataFrame({"product_id": names, "title": names, "text": names, "price": 1.0, "launch": launch})
    return History(date(2024, 1, 1), table, units)
