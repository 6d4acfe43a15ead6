"""Extra money on a new item's ads: what its borrowed response makes of it, and the lever that goes by it."""

from dataclasses import replace

import numpy as np
import pytest

from core import levers
from core.ads import scene
from core.ads.answer import AdsAnswer
from core.levers import Levers, Units
from core.pricing import Response
from tests.ads_samples import response

PRICE = Response.around(-1.7, -1.7, -1.7, 100)


@pytest.fixture
def answer() -> AdsAnswer:
    """Mugs over eight weeks, in place of an item."""
    return AdsAnswer(scene.of_groups(response(doubt=0.5), ["Mugs"], "Mugs", 8), "borrowed from 2 like items")


@pytest.fixture
def units() -> Units:
    total = np.array([[10.0, 40.0, 160.0]])
    weeks = np.array([0.4, 0.3, 0.2, 0.1])[None, :, None] * total[:, None]
    quantiles = np.concatenate([weeks, total[:, None]], axis=1)
    return Units(quantiles, quantiles[..., 1] * 1.4, levers.outcomes(total))


def test_no_extra_money_changes_nothing_and_more_brings_more_but_ever_less(answer: AdsAnswer) -> None:
    assert answer.factor(0.0) == pytest.approx(1)
    assert answer.usual == pytest.approx(answer.scene.usual.sum()) and answer.usual > 0
    sold = np.array([answer.factor(times * answer.usual).mean() for times in (0, 1, 2, 3, 4)])
    gain = np.diff(sold)
    assert (gain > 0).all() and (np.diff(gain[1:]) < 0).all()


def test_the_factor_is_that_of_the_plan_with_the_money_shared_as_usual(answer: AdsAnswer) -> None:
    found = answer.factor(answer.usual)
    lift = [
        answer.scene.response.lift(times * answer.scene.usual * part.share[:, None], part.group, part.base)
        for part in answer.scene.parts
        for times in (1, 2)
    ]
    before, after = (one.sum(1)[:, :8].sum(1) + answer.scene.parts[0].base[:8].sum() for one in lift)
    assert found == pytest.approx(after / before, rel=1e-3)


def test_channels_that_would_get_more_than_was_seen_are_named(answer: AdsAnswer) -> None:
    assert answer.beyond(0.0) == []
    assert answer.beyond(50 * answer.usual) == answer.scene.channels


def test_the_lever_goes_by_the_shop_s_ads_where_they_were_fitted(answer: AdsAnswer, units: Units) -> None:
    extra = 2 * answer.usual
    tried, factor = Levers(ads=extra), answer.factor(extra)
    own = levers.moved(units, tried, 10.0, PRICE, usual=None, ads=answer)
    assert own.mean == pytest.approx(units.mean * factor.mean())
    assert own.quantiles[..., 1] == pytest.approx(units.quantiles[..., 1] * np.median(factor))
    published = levers.moved(units, tried, 10.0, PRICE, usual=answer.usual)
    assert published.mean == pytest.approx(units.mean * 3**levers.ADS_ELASTICITY)
    assert own.mean[0, -1] != pytest.approx(published.mean[0, -1], rel=1e-3)


def test_not_knowing_what_ads_bring_widens_the_range(units: Units) -> None:
    ranges = []
    for doubt in (0.01, 0.8):
        known = AdsAnswer(scene.of_groups(response(doubt=doubt), ["Mugs"], "Mugs", 8), "")
        low, _, high = levers.moved(units, Levers(ads=5 * known.usual), 10.0, PRICE, None, known).quantiles[0, -1]
        ranges.append(high / low)
    assert ranges[1] > ranges[0] > 15.99


def test_an_item_that_sells_nothing_stays_at_nothing(answer: AdsAnswer) -> None:
    (part,) = answer.scene.parts
    nothing = replace(answer.scene, parts=(replace(part, base=np.zeros_like(part.base)),))
    assert AdsAnswer(nothing, "").factor(100.0) == pytest.approx(1)
