"""The budget curve: where more stops paying, and that it agrees with the best allocation."""

from dataclasses import replace

import numpy as np
import pytest

from core.ads import allocate, scene, whatif
from core.ads.budget import budget_curve
from core.ads.scene import Scene
from core.ads.wishes import Wish
from core.errors import DebutError
from tests.ads_samples import response


@pytest.fixture(scope="module")
def mugs() -> Scene:
    return scene.of_groups(response(groups=("Mugs",)), ["Mugs"], "Mugs", 8)


def test_more_stops_paying_where_the_best_allocation_stops(mugs: Scene):
    curve = budget_curve(mugs, Wish.free(1_000.0, 3))
    assert not curve.at_end and 0 < curve.stop < curve.budget[-1]
    best = allocate.allocate(mugs, Wish.free(float(curve.budget[-1]), 3))
    none = whatif.outcome(mugs, 0 * mugs.usual)
    assert best.money.sum() == pytest.approx(curve.stop, rel=0.1)
    assert best.outcome.against(none).mean() == pytest.approx(curve.mean.max(), rel=0.01)


def test_the_curve_rises_to_its_best_and_falls_after_it(mugs: Scene):
    curve = budget_curve(mugs, Wish.free(1_000.0, 3))
    top = int(curve.mean.argmax())
    assert curve.budget[0] == 0 and curve.mean[0] == pytest.approx(0, abs=1e-3)
    assert (np.diff(curve.mean[top:]) < 1e-6).all()
    assert curve.mean[top] > curve.mean[top // 2] > 0
    assert (curve.low <= curve.mean + 1e-9).all() and (curve.mean <= curve.high + 1e-9).all()
    assert curve.money.sum(1) == pytest.approx(curve.budget)
    low, high = curve.stop_range
    assert low <= curve.stop <= high and low < high


def test_beyond_what_has_been_seen_is_told_apart(mugs: Scene):
    curve = budget_curve(mugs, Wish.free(3_000.0, 3))
    assert curve.within[0] and not curve.within[-1]


def test_bounds_hold_all_along(mugs: Scene):
    wish = Wish(500.0, (100.0, 0.0, 0.0), (400.0, 300.0, 0.0), (20.0, 20.0, 20.0))
    curve = budget_curve(mugs, wish)
    assert curve.budget[0] == 100 and curve.budget[-1] == 700 and curve.at_end
    assert (curve.money[:, 0] >= 100).all() and (curve.money[:, 2] == 0).all()


def test_a_bound_above_the_budget_holds_too(mugs: Scene):
    curve = budget_curve(mugs, Wish(500.0, (0.0,) * 3, (600.0, 550.0, 0.0), (20.0,) * 3))
    assert curve.money.max(0) == pytest.approx([600, 540, 0])


def test_a_stock_that_is_sold_anyway_pays_for_no_ads(mugs: Scene):
    curve = budget_curve(replace(mugs, stock=100.0), Wish.free(1_000.0, 3))
    assert curve.stop == 0
    assert curve.mean == pytest.approx(-curve.budget, abs=1e-3)


def test_bounds_that_clash_are_named(mugs: Scene):
    with pytest.raises(DebutError, match="display: the least"):
        budget_curve(mugs, Wish(500.0, (0.0, 0.0, 50.0), (400.0, 300.0, 10.0), (20.0,) * 3))
