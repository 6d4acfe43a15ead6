"""Retrend: the launch forecast and the first weeks' sales make the forecast of the weeks to come."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import DebutError
from core.history import WARM_UP_DAYS, History
from core.track import paces
from core.track.pace import Pace
from core.track.retrend import retrend, so_far
from core.workspace import Workspace

WEEKS = 8
SHAPE = np.array([10.0, 14, 13, 12, 11, 10, 9, 8])
MEAN = np.append(SHAPE, SHAPE.sum())
TRUE = Pace(noise=0.3, tail=6.0, drift=0.1, keep=0.98)


def quantiles(spread: float = 0.8) -> np.ndarray:
    """(W + 1, 3) around SHAPE."""
    return MEAN[:, None] * np.exp(spread * np.array([-1.28, 0.0, 1.28]))


def sales(count: int, spread: float, seed: int) -> np.ndarray:
    """(n, W) of launches that move as TRUE says about a level of their own."""
    rng = np.random.default_rng(seed)
    level, out = rng.normal(0, spread, count), np.zeros((count, WEEKS))
    for week in range(WEEKS):
        out[:, week] = rng.poisson(SHAPE[week] * np.exp(level + TRUE.noise * rng.standard_t(TRUE.tail, count)))
        level = TRUE.keep * level + TRUE.drift * rng.standard_normal(count)
    return out


def shop(sold: np.ndarray) -> History:
    """A history in which these launches follow each other."""
    launch = WARM_UP_DAYS + np.arange(len(sold))
    units = np.zeros((len(sold), int(launch[-1]) + 7 * WEEKS), dtype=np.float32)
    for at, day in enumerate(launch):
        units[at, day + 7 * np.arange(WEEKS)] = sold[at]
    names = [f"p{at}" for at in range(len(sold))]
    return History(date(2024, 1, 1), pd.DataFrame({"product_id": names, "launch": launch}), units)


@pytest.fixture(scope="module")
def learnt() -> Pace:
    return paces.learn(shop(np.maximum(sales(90, 0.8, 1), 0)), WEEKS)


def test_before_anything_is_sold_it_is_the_launch_forecast():
    made = retrend(quantiles(), MEAN, np.zeros(0), pace=TRUE)
    assert made.level == pytest.approx(1, abs=0.05)
    assert made.total[1] == pytest.approx(MEAN[-1], rel=0.15)
    assert made.total == pytest.approx(made.remaining)
    assert made.total[0] == pytest.approx(quantiles()[-1, 0], rel=0.3)


def test_weeks_that_are_over_are_what_was_sold_and_the_rest_follows_them():
    slow, fast = (retrend(quantiles(), MEAN, factor * SHAPE[:3], pace=TRUE) for factor in (0.4, 2.5))
    assert fast.quantiles[:3] == pytest.approx(np.repeat(2.5 * SHAPE[:3, None], 3, axis=1))
    assert slow.remaining[1] < SHAPE[3:].sum() < fast.remaining[1]
    assert slow.level_high < 1 < fast.level_low
    assert fast.total[1] == pytest.approx(fast.remaining[1] + 2.5 * SHAPE[:3].sum())
    assert fast.mean.sum() == pytest.approx(fast.total_mean)


def test_the_more_is_seen_the_less_the_launch_forecast_matters_and_the_surer_it_is():
    one, six = (retrend(quantiles(), MEAN, 2 * SHAPE[:count], pace=TRUE) for count in (1, 6))
    assert 1 < one.level < six.level < 2.2
    width = [made.level_high / made.level_low for made in (one, six)]
    assert width[1] < width[0]


def test_a_week_that_begins_counts_for_its_days():
    half = retrend(quantiles(), MEAN, np.array([10.0, 7.0]), seen=np.array([1, 0.5]), pace=TRUE)
    whole = retrend(quantiles(), MEAN, np.array([10.0, 7.0]), pace=TRUE)
    assert half.level > whole.level
    assert half.quantiles[1, 1] > 7  # the other half is still to come
    assert retrend(quantiles(), MEAN, np.array([0.0]), seen=np.array([0.0]), pace=TRUE).level == pytest.approx(
        1, abs=0.05
    )


def test_what_sold_out_was_wanted_more():
    sold = np.array([10.0, 3.0])
    told, untold = (retrend(quantiles(), MEAN, sold, short=np.array([False, short]), pace=TRUE) for short in (1, 0))
    assert told.level > 1.2 * untold.level


def test_one_odd_week_is_not_taken_for_the_level():
    sold = np.array([10.0, 14, 13, 120])
    heavy = retrend(quantiles(), MEAN, sold, pace=Pace(noise=0.3, tail=1.5, drift=0.1, keep=0.98))
    light = retrend(quantiles(), MEAN, sold, pace=Pace(noise=0.7, tail=50.0, drift=0.1, keep=0.98))
    assert heavy.level < 1.2 < 1.4 < light.level


def test_a_launch_that_sells_nothing_is_given_up_where_such_launches_are_known():
    pace = Pace(idle=0.3, trickle=0.05, returns=0.02)
    made = retrend(quantiles(2.0), MEAN, np.array([1.0, 0, 0, 0]), pace=pace)
    assert made.remaining[1] <= 1


@pytest.mark.parametrize("total", [0.0, 0.3, 1e6])
def test_forecasts_of_nothing_and_of_much(total: float):
    scale = total / MEAN[-1]
    made = retrend(quantiles() * scale, MEAN * scale, np.array([0.0, 2.0]), pace=TRUE)
    assert np.isfinite(made.draws).all() and (np.diff(made.total) >= 0).all()


def test_returns_count_as_no_sales_and_nonsense_is_refused():
    assert retrend(quantiles(), MEAN, np.array([-2.0])).level == retrend(quantiles(), MEAN, np.array([0.0])).level
    with pytest.raises(DebutError, match="9 weeks"):
        retrend(quantiles(), MEAN, np.ones(9))
    with pytest.raises(DebutError, match="numbers"):
        retrend(quantiles(), MEAN, np.array([np.nan]))


def test_what_is_expected_so_far():
    draws = so_far(quantiles(), MEAN, np.array([1.0, 0.5]), TRUE)
    assert np.median(draws) == pytest.approx(SHAPE[0] + SHAPE[1] / 2, rel=0.2)
    assert not so_far(quantiles(), MEAN, np.zeros(0), TRUE).any()


def test_the_pace_is_learnt_and_its_ranges_hold(learnt: Pace):
    assert learnt.launches == 90
    assert 0.15 < learnt.noise < 0.5 and learnt.drift < 0.35 and learnt.idle < 0.1
    fresh, inside, wrong = sales(60, 0.8, 2), [], []
    for sold in fresh:
        made = retrend(quantiles(), MEAN, sold[:2], pace=learnt)
        inside.append(made.remaining[0] <= sold[2:].sum() <= made.remaining[2])
        wrong.append((abs(made.remaining[1] - sold[2:].sum()), abs(SHAPE[2:].sum() - sold[2:].sum())))
    assert 0.65 <= np.mean(inside) <= 0.95
    ours, before = np.sum(wrong, axis=0)
    assert ours < 0.8 * before


def test_too_few_launches_have_the_usual_pace():
    assert paces.learn(shop(sales(20, 0.8, 1)), WEEKS) == Pace()


def test_a_pace_is_kept_while_few_launches_are_new(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, learnt: Pace):
    calls: list[int] = []

    def learn(history: History, weeks: int, cursor: object) -> Pace:
        calls.append(weeks)
        return learnt

    monkeypatch.setattr(paces, "learn", learn)
    some = sales(60, 0.8, 3)
    assert paces.kept(workspace, shop(some[:50]), WEEKS) == learnt
    assert paces.kept(workspace, shop(some[:52]), WEEKS) == learnt and len(calls) == 1
    paces.kept(workspace, shop(some), WEEKS)
    assert len(calls) == 2
    next(Path(workspace.artifacts).glob("pace-*.json")).write_text("{")
    paces.kept(workspace, shop(some), WEEKS)
    assert len(calls) == 3
