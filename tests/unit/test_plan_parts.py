"""What the plan's options are made of: outcomes at prices and stocks, steps of ads, items that are alike."""

import numpy as np
import pandas as pd
import pytest

from core import levers, stock
from core.levers import Units
from core.plans import ad_steps, alike, outcomes
from core.prices.response import Response
from core.prices.substitutes import Crossed
from tests.ads_samples import response
from tests.plan_shop import SHOP
from tests.plan_shop import outlook as made


@pytest.mark.parametrize("seed", range(5))
def test_what_a_stock_serves_is_the_mean_over_the_outcomes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    demand = np.sort(np.round(rng.lognormal(3, 1.5, (4, 3, 50))), axis=-1)
    pieces = np.concatenate([demand[..., ::10], rng.uniform(0, 400, (4, 3, 6)), np.zeros((4, 3, 1))], axis=-1)
    mean, worst = outcomes.served(demand, pieces)
    assert mean == pytest.approx(stock.expected_sold(demand[:, :, None], pieces))
    assert worst == pytest.approx(stock.expected_sold(demand[:, :, None, :10], pieces))


def test_outcomes_at_other_prices_are_those_of_the_levers() -> None:
    totals = np.sort(np.random.default_rng(0).lognormal(3, 1, (3, 100)), axis=1)
    answer = Response.around(-1.8, -2.6, -1.1)
    found = outcomes.at_prices(totals, np.array([8.0, 10.0, 12.0]), 10.0, answer)
    assert found[:, 1] == pytest.approx(totals)
    units = Units(np.zeros((3, 1, 3)), np.zeros((3, 1)), totals)
    for place, price in ((0, 8.0), (2, 12.0)):
        assert found[:, place] == pytest.approx(levers.priced(units, price, 10.0, answer).totals)
    assert outcomes.at_prices(totals, np.array([8.0]), 10.0, None)[:, 0] == pytest.approx(totals)


def test_more_ads_bring_more_and_the_usual_ones_change_nothing() -> None:
    shop = response(draws=40, groups=("Mugs", "Lamps"), effects=(0.4, 0.3, 0.2), spent=100.0)
    ids = np.array(["a", "b"], dtype=object)
    found = ad_steps.steps(shop, ids, np.array([0, 1]), np.ones(2), np.array([2.0, 4.0]), 8)
    assert found is not None
    assert (np.diff(found.money, axis=1) > 0).all()
    assert (np.diff(found.factor, axis=1) >= -1e-9).all()
    assert found.money[:, ad_steps.USUAL] == pytest.approx(found.usual)
    # Split at its best, in tenths, the usual money brings hardly less and mostly more.
    assert (found.factor[:, ad_steps.USUAL] >= 1 - 1e-3).all()
    assert (found.factor[:, 0] < 1).all()
    assert found.split[:, 1:].sum(2) == pytest.approx(1)
    strong = ad_steps.steps(shop, ids, np.array([0, 1]), np.array([2.0, 1.0]), np.array([2.0, 4.0]), 8)
    assert strong is not None
    assert strong.factor[0, -1] > found.factor[0, -1]
    assert strong.factor[1] == pytest.approx(found.factor[1])


def test_a_shop_that_spends_nothing_has_no_steps() -> None:
    shop = response(draws=10, groups=("Mugs",), effects=(0.4,), spent=0.0)
    assert ad_steps.steps(shop, np.array(["a"]), np.zeros(1, int), np.ones(1), np.ones(1), 8) is None


def crossed(effect: float) -> Crossed:
    texts = ["red fox mug", "blue whale lamp", "red fox plate"]
    known = pd.DataFrame({"product_id": list("ABC"), "title": texts, "text": texts, "group": "Mugs"})
    return Crossed(np.full(200, effect), 3, known.assign(rate=1.0, nearness=1.0, last=0.0))


def test_items_with_the_same_words_are_alike_and_take_from_each_other() -> None:
    known = made(SHOP, text=["red fox mug", "red fox plate", "blue whale lamp", "red fox mug"])
    answers = {name: Response.around(-2.0, -2.1, -1.9) for name, *_ in SHOP}
    found = alike.pairs(known, answers, crossed(0.3))
    near = found.set_index(["one", "other"])
    assert ("cheap", "loss") in near.index
    assert near.loc[("cheap", "loss"), "similarity"] == pytest.approx(1)
    assert not {"fair"} & {*found["one"], *found["other"]}
    assert near.loc[("cheap", "dear"), "loss"] > 0
    more = alike.pairs(known, answers, crossed(0.6)).set_index(["one", "other"])
    assert more.loc[("cheap", "dear"), "loss"] > near.loc[("cheap", "dear"), "loss"]
    assert (alike.pairs(known, {}, crossed(0.3))["loss"] == 0).all()


def test_items_of_other_categories_are_not_alike() -> None:
    known = made(SHOP, text="red fox mug", category=["Mugs", "Lamps", "Toys", "Bath"])
    assert alike.pairs(known, {}, crossed(0.3)).empty
    assert alike.pairs(made(SHOP[:1]), {}, crossed(0.3)).empty
