"""Money moved between weeks: never worse, the same money, no week beyond what has been seen."""

from dataclasses import replace

import numpy as np
import pytest

from core.ads import allocate, flights, scene, weekly, whatif
from core.ads.scene import Scene
from core.ads.wishes import Wish
from tests.ads_samples import response


def two_weeks(season: tuple[float, float] = (1.0, 1.0), slope: float = 1.0) -> Scene:
    made = response(groups=("Mugs",), slope=slope, spent=0.0)
    one = scene.of_groups(made, ["Mugs"], "Mugs", 2)
    (part,) = one.parts
    base = part.base.copy()
    base[:2] *= season
    return replace(one, parts=(replace(part, base=base),))


@pytest.mark.parametrize("slope", [0.8, 2.2])
@pytest.mark.parametrize("total", [40.0, 150.0, 400.0])
def test_money_goes_to_the_week_that_sells_most(slope: float, total: float):
    one = two_weeks((0.3, 3.0), slope)
    start = np.full((3, 2), total / 2)
    moved = weekly.moved(one, start)
    assert moved.sum(1) == pytest.approx(start.sum(1)) and (moved >= 0).all()
    assert (moved[:, 1] > moved[:, 0]).all()
    assert (moved <= np.maximum(one.largest[:, None], start) + 1e-6).all()
    none = whatif.outcome(one, 0 * start)
    every = []
    for share in np.linspace(0, 1, 101):  # of the first channel's money in the first week
        spend = start.copy()
        spend[0] = total * share, total * (1 - share)
        every.append(whatif.outcome(one, spend).brought[:, 0].mean() if spend[0].max() <= one.largest[0] else 0.0)
    assert whatif.outcome(one, moved).against(none).mean() > whatif.outcome(one, start).against(none).mean()
    assert whatif.outcome(one, moved).brought[:, 0].mean() >= 0.995 * max(every)


def test_weeks_only_ever_improve_an_allocation():
    one = scene.of_groups(response(groups=("Mugs", "Lamps")), ["Mugs", "Lamps"], "Both", 8)
    plain = allocate.allocate(one, replace(Wish.free(2_000.0, 3), flights=("pulsed",)))
    better = allocate.allocate(one, replace(Wish.free(2_000.0, 3), flights=("pulsed",), weeks=True))
    assert better.money.tolist() == plain.money.tolist()
    assert better.spend.sum(1) == pytest.approx(plain.spend.sum(1))
    assert allocate.gain(better.outcome, plain.outcome)[1] > 0


def test_nothing_to_move_is_left_alone():
    one = two_weeks()
    assert weekly.moved(one, np.zeros((3, 2))).tolist() == np.zeros((3, 2)).tolist()
    single = scene.of_groups(response(), ["Mugs"], "Mugs", 1)
    spend = flights.weeks_of(np.array([50.0, 20.0, 0.0]), "even", 1)
    assert weekly.moved(single, spend).tolist() == spend.tolist()
