"""Calibration: ranks that hold the wanted share, and a check in figures."""

import itertools

import numpy as np
import pytest

from core.forecast import calibration
from core.forecast.calibration import Check, Spread


def test_a_forecast_that_is_right_is_left_as_it_is() -> None:
    ranks = np.tile(np.linspace(0.0005, 0.9995, 1000)[:, None], (1, 3))
    got = calibration.spread(ranks)
    assert (got.week, got.total) == pytest.approx((0.4, 0.4), abs=0.002)
    assert got.ranks(np.array([0.1, 0.5, 0.9]), total=True).tolist() == pytest.approx([0.1, 0.5, 0.9], abs=0.002)


@pytest.mark.parametrize(("narrow", "total"), [(0.25, 0.2), (1.0, 0.4)])
def test_launches_that_fall_near_the_middle_narrow_the_interval(narrow: float, total: float) -> None:
    ranks = 0.5 + (np.linspace(0, 1, 1001)[:, None] - 0.5) * np.array([1.0, narrow if narrow == 1 else 0.5])
    assert calibration.spread(ranks).total == pytest.approx(total, abs=0.002)


def test_the_interval_holds_the_share_it_promises() -> None:
    """On launches that were not used to calibrate: outcomes twice as wide as forecast."""
    random = np.random.default_rng(0)
    ranks = np.clip(0.5 + random.normal(0, 0.4, (4000, 2)), 0, 1)
    spread = calibration.spread(ranks[:2000])
    low, high = spread.ranks(np.array([0.1, 0.9]), total=True)
    assert ((ranks[2000:, 1] >= low) & (ranks[2000:, 1] <= high)).mean() == pytest.approx(0.8, abs=0.03)


def test_ranks_rise_and_stay_within_nothing_and_all() -> None:
    steps = np.linspace(0.005, 0.995, 100)
    for half in (0.05, 0.4, calibration.WIDEST):
        ranks = Spread(half, half).ranks(steps, total=False)
        assert (np.diff(ranks) > 0).all()
        assert 0 < ranks[0] < ranks[-1] < 1


def test_too_few_launches_give_the_widest_interval() -> None:
    assert calibration.spread(np.array([[0.0, 1.0], [1.0, 0.0]])).total == calibration.WIDEST


def test_blocks_follow_each_other_and_hold_every_launch_once() -> None:
    launch = np.sort(np.random.default_rng(0).integers(91, 400, 103))
    blocks = calibration.blocks(launch)
    assert len(blocks) == calibration.BLOCKS
    assert (np.sum(blocks, axis=0) == 1).all()
    assert all(launch[one].max() <= launch[other].min() for one, other in itertools.pairwise(blocks))
    assert min(block.sum() for block in blocks) > 20


def test_launches_of_one_day_are_one_block() -> None:
    assert len(calibration.blocks(np.full(50, 100))) == 1


def test_check_of_a_forecast() -> None:
    check = Check.of(np.array([10.0, 0, 30]), np.array([12.0, 1, 20]), typical=10)
    assert check.wape == pytest.approx(13 / 40)
    assert check.wape_median == pytest.approx(30 / 40)
    assert check.spearman == 1
    assert check.predicted == [12, 1, 20]


def test_check_of_launches_that_sold_alike_has_no_order() -> None:
    assert Check.of(np.ones(3), np.arange(3.0), 1).spearman == 0
