"""Cross effects of close substitutes, and what a new item takes from those on sale."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.prices import substitutes
from core.prices.panel import Panel
from core.prices.response import Response
from core.prices.substitutes import Crossed

RESPONSE = Response.around(-2.0, -2.4, -1.6)


def shop(effect: float, items: int = 60, weeks: int = 80, seed: int = 3) -> Panel:
    """Pairs of items with the same words; what one loses by its price the other wins by `effect`."""
    random = np.random.default_rng(seed)
    price = random.normal(0, 0.2, (items, weeks))
    other = price.reshape(items // 2, 2, weeks)[:, ::-1].reshape(items, weeks)
    units = random.poisson(200 * np.exp(-2 * price + effect * other + random.normal(0, 0.1, price.shape)))
    words = [f"mug{chr(97 + at // 26)}{chr(97 + at % 26)}x" for at in range(items // 2)]
    frame = pd.DataFrame(
        {
            "product_id": [f"P{at}" for at in range(items)],
            "title": np.repeat(words, 2),
            "text": np.repeat(words, 2),
            "category": np.where(np.arange(items) < items // 2, "Kitchen", "Gifts"),
        }
    )
    item, week = np.divmod(np.arange(items * weeks), weeks)
    rows = pd.DataFrame({"item": item, "week": week, "units": units.ravel(), "price": 10 * np.exp(price).ravel()})
    return Panel(frame, rows.assign(promoted=0.0, views=np.nan, cost=np.nan, rival=np.nan))


@pytest.mark.parametrize("effect", [0.3, 0.9])
def test_the_cross_effect_is_found(effect: float) -> None:
    found = substitutes.fit(shop(effect))
    assert found.effect == pytest.approx(effect, abs=0.12)
    assert found.items == 60


def test_it_is_never_negative() -> None:
    assert substitutes.fit(shop(-0.8)).draws.min() >= 0


def test_a_shop_whose_prices_never_move_has_the_literature_alone() -> None:
    still = shop(0.5)
    found = substitutes.fit(Panel(still.items, still.rows.assign(price=10.0)))
    assert found.items == 0 and found.effect == pytest.approx(0.27, abs=0.04)


@pytest.fixture
def crossed() -> Crossed:
    known = pd.DataFrame(
        {"product_id": ["A", "B", "C"], "title": ["a", "b", "c"], "rate": [10.0, 20.0, 0.0], "nearness": [1.0] * 3}
    ).assign(text=["red mug", "blue mug", "red lamp"], group=["Kitchen", "Kitchen", "Light"], last=0.0)
    return Crossed(np.linspace(0.2, 0.8, 200), 40, known)


def near(**similarity: float) -> pd.DataFrame:
    return pd.DataFrame({"product_id": list(similarity), "similarity": list(similarity.values())})


def test_a_new_item_takes_most_from_what_is_near_and_sells(crossed: Crossed) -> None:
    found = crossed.of_new(RESPONSE, near(A=0.9, B=0.5, C=0.9), 12.0)
    assert 0 < found.low < found.share < found.high < 1
    assert found.taken["product_id"].tolist() == ["A", "B"]  # C sells nothing
    assert found.taken["share"].sum() == pytest.approx(1)
    assert found.taken["units"].sum() == pytest.approx(found.share, rel=0.1)


def test_what_is_far_loses_nothing(crossed: Crossed) -> None:
    found = crossed.of_new(RESPONSE, near(A=0.1, Unknown=0.9), 12.0)
    assert found.share == 0 and found.taken.empty


def test_nobody_loses_more_than_the_new_item_sells(crossed: Crossed) -> None:
    found = crossed.of_new(Response.around(-0.3, -0.5, -0.1), near(A=1.0, B=1.0), 0.5)
    assert found.high <= 0.95 + 1e-9
    assert found.taken["units"].sum() <= 0.95 + 1e-9


def test_an_item_that_sells_nothing_takes_nothing_that_could_be_told(crossed: Crossed) -> None:
    with pytest.raises(ValueError, match="share of its units"):
        crossed.of_new(RESPONSE, near(A=0.9), 0.0)


def test_an_item_with_nearer_substitutes_loses_nothing_and_others_their_last(crossed: Crossed) -> None:
    full = replace(crossed, known=crossed.known.assign(last=[0.5, 0.0, 0.0]))
    farther, nearer = (full.of_new(RESPONSE, near(A=one), 12.0) for one in (0.7, 0.9))
    assert farther.taken.empty and farther.share == 0  # 0.7 squared is below 0.5
    assert nearer.share > crossed.of_new(RESPONSE, near(A=0.9), 12.0).share  # in the place of another one


def test_new_items_are_compared_as_those_on_sale_are(crossed: Crossed) -> None:
    new = pd.DataFrame({"item_id": list("UVWX"), "text": ["red mug", "red mug", "red mug", "spoon"]})
    found = crossed.near(new.assign(title=new["text"], category=["Kitchen", "Toys", None, "Kitchen"]))
    assert found["U"]["product_id"].tolist() == ["A", "B"]  # of its category
    assert found["U"]["similarity"][0] == pytest.approx(1.0)
    assert found["V"]["product_id"].tolist()[0] == "A" and "C" in set(found["V"]["product_id"])  # a category of its own
    assert found["W"].equals(found["V"]) and found["X"].empty


def test_items_on_sale_taken_for_new_divert_what_the_cross_effect_says() -> None:
    """Over alike items the shares average the cross effect over the own elasticity: nobody is counted twice."""
    random = np.random.default_rng(1)
    words = [" ".join(f"word{chr(97 + at)}" for at in random.choice(8, 4, replace=False)) for _ in range(80)]
    panel = shop(0.0, items=80, weeks=20)
    items = panel.items.assign(text=words, title=words, category="Kitchen")
    found = substitutes.fit(replace(panel, items=items, rows=panel.rows.assign(price=10.0)))
    every = found.near(items.rename(columns={"product_id": "item_id"}))
    shares = []
    for item, rate in zip(found.known["product_id"], found.known["rate"], strict=True):
        others = every[item][every[item]["product_id"] != item]
        shares.append(found.of_new(RESPONSE, others, rate).share)
    assert np.mean(shares) == pytest.approx(found.effect / 2, rel=0.35)
