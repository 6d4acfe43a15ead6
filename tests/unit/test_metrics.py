"""Measures worked by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from core.accuracy.metrics import calibration, classification, gap, measures, pinball, spearman


def test_measures_worked_by_hand() -> None:
    true = np.array([10.0, 0.0, 4.0, 6.0, 20.0])
    quantiles = np.array([[4, 8, 9], [0, 1, 2], [1, 4, 8], [7, 9, 12], [5, 18, 30]], dtype=float)
    got = measures(true, quantiles)
    errors = [2, 1, 0, 3, 2]
    assert got["wape"] == pytest.approx(sum(errors) / 40)
    assert got["bias"] == pytest.approx(40 / 40 - 1)
    assert got["mae_log"] == pytest.approx(np.mean([np.log(11 / 9), np.log(2), 0, np.log(10 / 7), np.log(21 / 19)]))
    assert got["spearman"] == pytest.approx(1 - 6 * (1 + 1) / (5 * 24))  # ranks 4 1 2 3 5 against 3 1 2 4 5
    assert got["top20"] == 1.0
    assert got["coverage80"] == pytest.approx(3 / 5)  # 10 and 6 lie outside
    low = [0.1 * 6, 0.0, 0.1 * 3, 0.9 * 1, 0.1 * 15]
    middle = [0.5 * error for error in errors]
    high = [0.9 * 1, 0.1 * 2, 0.1 * 4, 0.1 * 6, 0.1 * 10]
    assert got["pinball"] == pytest.approx(sum(low + middle + high) / 15)
    assert pinball(true, quantiles)[0] == pytest.approx((low[0] + middle[0] + high[0]) / 3)


def test_a_forecast_that_is_right() -> None:
    true = np.array([1.0, 5.0, 9.0, 2.0, 7.0])
    got = measures(true, np.repeat(true[:, None], 3, axis=1))
    perfect = {"wape": 0, "mae_log": 0, "spearman": 1, "top20": 1, "bias": 0, "pinball": 0, "coverage80": 1}
    assert got == pytest.approx(perfect)


def test_one_forecast_for_all_ranks_nothing() -> None:
    got = measures(np.array([1.0, 2.0, 3.0]), np.tile([1.0, 2.0, 3.0], (3, 1)))
    assert np.isnan(got["spearman"])
    assert np.isnan(got["top20"])
    assert got["wape"] == pytest.approx(2 / 6)


@pytest.mark.parametrize("true", [np.zeros(5), np.full(5, 3.0)], ids=["nothing sold", "all sold alike"])
def test_measures_of_a_dull_shop(true: np.ndarray) -> None:
    got = measures(true, np.column_stack([np.arange(5.0), np.arange(5.0) + 1, np.arange(5.0) + 2]))
    assert np.isnan(got["spearman"])
    assert not np.isinf(list(got.values())).any()


def test_half_of_the_top_is_found() -> None:
    true = np.arange(10.0)
    median = np.array([9, 1, 2, 3, 4, 5, 6, 7, 0, 8.0])  # of the best two, items 8 and 9, only 9 is among the top
    assert measures(true, np.repeat(median[:, None], 3, axis=1))["top20"] == 0.5


def test_rank_correlation_with_ties_is_that_of_scipy() -> None:
    random = np.random.default_rng(0)
    true, predicted = random.integers(0, 6, 50).astype(float), random.integers(0, 9, 50).astype(float)
    assert spearman(true, predicted) == pytest.approx(spearmanr(true, predicted).statistic)


def test_classification_worked_by_hand() -> None:
    happened = np.array([True, True, True, False, False])
    chance = np.array([0.9, 0.6, 0.2, 0.7, 0.1])
    got = classification(happened, chance)
    assert got["share"] == pytest.approx(0.6)
    assert got["usual"] == pytest.approx(0.6)
    assert got["accuracy"] == pytest.approx(3 / 5)
    assert got["precision"] == pytest.approx(2 / 3)
    assert got["recall"] == pytest.approx(2 / 3)
    assert got["f1"] == pytest.approx(2 / 3)
    assert got["auc"] == pytest.approx(4 / 6)  # of six pairs, .6 against .7 and .2 against .7 are the wrong way round
    assert got["brier"] == pytest.approx(np.mean([0.01, 0.16, 0.64, 0.49, 0.01]))


def test_equal_chances_are_half_a_pair() -> None:
    assert classification(np.array([True, False]), np.array([0.4, 0.4]))["auc"] == 0.5


@pytest.mark.parametrize("happened", [np.zeros(4, dtype=bool), np.ones(4, dtype=bool)], ids=["none", "all"])
def test_where_all_are_alike_there_is_nothing_to_tell_apart(happened: np.ndarray) -> None:
    got = classification(happened, np.full(4, 0.1))
    assert np.isnan(got["auc"])
    assert np.isnan(got["precision"])  # nobody got a yes
    assert got["usual"] == 1.0


def test_calibration_has_bins_of_like_many_items() -> None:
    chance = np.linspace(0.01, 0.99, 2000)
    happened = np.random.default_rng(0).random(2000) < chance
    bins = calibration(happened, chance)
    assert bins["count"].tolist() == [200] * 10
    assert bins["predicted"].is_monotonic_increasing
    assert bins["observed"].to_numpy() @ bins["count"].to_numpy() == pytest.approx(happened.sum())
    assert ((bins["low"] <= bins["observed"]) & (bins["observed"] <= bins["high"])).mean() >= 0.9
    assert calibration(1 - happened > 0, chance)["observed"].iloc[0] > 0.5


def test_few_items_have_two_bins() -> None:
    assert len(calibration(np.array([True, False, True]), np.array([0.2, 0.4, 0.9]))) == 2


def test_the_difference_of_two_errors_has_an_interval() -> None:
    random = np.random.default_rng(1)
    units = random.poisson(20, 300).astype(float)
    difference, low, high = gap(random.normal(-1, 5, 300), units)
    assert low < difference < high < 0.05
    assert gap(np.zeros(5), np.ones(5)) == (0, 0, 0)


def test_an_item_at_two_cuts_is_drawn_with_both() -> None:
    """Twice the same rows tell no more than once: the interval stays, where it would narrow by a third."""
    random = np.random.default_rng(2)
    excess, units, codes = random.normal(0, 5, 80), random.poisson(20, 80).astype(float), np.arange(80)
    once = gap(excess, units, codes)
    twice = gap(np.tile(excess, 2), np.tile(units, 2), np.tile(codes, 2))
    assert twice == pytest.approx(once)
    apart = gap(np.tile(excess, 2), np.tile(units, 2))
    assert apart[2] - apart[1] < 0.85 * (once[2] - once[1])


def test_groups_may_have_names() -> None:
    excess, units = np.array([1.0, -1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    assert gap(excess, units, pd.Series(["b", "a", "b"]).to_numpy())[0] == pytest.approx(2 / 6)
