"""New items for customers: the best first, twins apart, each customer a list of their own, with reasons."""

import numpy as np
import pandas as pd
import pytest

from core.audience import recommend
from core.audience.recommend import Sheet
from core.preference.scores import Scores
from tests.audience_shop import make

VECTORS = np.array([[1, 0, 0], [0.995, 0.1, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
R = np.array([[0.5, 0.48, 0.28, 0.1], [0.1, 0.2, 0.3, 0.4]], dtype=np.float32)
ITEMS = pd.DataFrame({"item_id": list("ABCD"), "title": list("abcd"), "price": [1.0, 1.0, 1.0, 10.0]})
SHEET = Sheet(ITEMS, VECTORS)
SCORES = Scores(pd.DataFrame({"customer_id": ["C0", "C1"], "segment": ""}), ITEMS["item_id"].to_numpy(), R, 8)
BOTH = np.array([True, True])


def test_without_variety_the_order_is_that_of_the_probability() -> None:
    assert recommend.best(R, VECTORS, 4, 0.0).tolist() == [[0, 1, 2, 3], [3, 2, 1, 0]]


def test_variety_moves_the_twin_of_an_item_down() -> None:
    assert recommend.best(R, VECTORS, 3, 0.5)[0].tolist() == [0, 2, 3]


def test_every_item_stands_once_however_long_the_list() -> None:
    found = recommend.best(R, VECTORS, 99, 0.7)
    assert (np.sort(found, axis=1) == np.arange(4)).all()


def test_marginal_relevance_worked_by_hand() -> None:
    """Second place, variety 0.3: B 0.7 x 0.96 - 0.3 x 0.995, C 0.7 x 0.56 - 0: C wins by 0.3920 to 0.3735."""
    assert recommend.best(R[:1], VECTORS, 2, 0.3).tolist() == [[0, 2]]
    assert recommend.best(R[:1], VECTORS, 2, 0.2).tolist() == [[0, 1]]


def test_a_group_gets_one_list_with_what_it_comes_to() -> None:
    table = recommend.for_group(SCORES, BOTH, SHEET, 4, 0.0, money=False)
    assert table["item_id"].tolist() == ["B", "A", "C", "D"]
    assert table["probability"].tolist() == pytest.approx([0.34, 0.3, 0.29, 0.25])
    assert table["buyers"].tolist() == pytest.approx([0.68, 0.6, 0.58, 0.5])
    assert table["rank"].tolist() == [1, 2, 3, 4]


def test_somebody_new_wants_what_those_they_are_like_want_on_average() -> None:
    group, new = (make(SCORES, BOTH, SHEET, 4, 0.0, money=False) for make in (recommend.for_group, recommend.for_new))
    assert new["item_id"].tolist() == group["item_id"].tolist()
    assert new["buyers"].tolist() == new["probability"].tolist() == group["probability"].tolist()
    assert (new["revenue"] * 2).tolist() == pytest.approx(group["revenue"].tolist())


def test_by_revenue_the_dear_item_comes_first() -> None:
    table = recommend.for_group(SCORES, BOTH, SHEET, 1, 0.0, money=True)
    assert table["item_id"].tolist() == ["D"]
    assert table["revenue"].tolist() == pytest.approx([5.0])


def test_each_customer_gets_their_own_list(monkeypatch: pytest.MonkeyPatch) -> None:
    table = recommend.lists(SCORES, BOTH, SHEET, 2, 0.0, money=False)
    assert table["customer_id"].tolist() == ["C0", "C0", "C1", "C1"]
    assert table["item_id"].tolist() == ["A", "B", "D", "C"]
    assert table["probability"].tolist() == pytest.approx([0.5, 0.48, 0.4, 0.3])
    monkeypatch.setattr(recommend, "BLOCK", 1)
    pd.testing.assert_frame_equal(recommend.lists(SCORES, BOTH, SHEET, 2, 0.0, money=False), table)


def test_the_reason_is_the_nearest_thing_they_bought() -> None:
    shop = make((40, 40))
    foxes = shop.theme == 0
    near = shop.vectors[[0, 6]] @ shop.vectors.T  # the first item of each theme, asked for as if it were new
    titles = recommend.why(shop.customers, foxes, near, 5)
    assert "fox" in titles[0]
    assert recommend.why(shop.customers, foxes, near, 1000) == ["", ""]
    assert recommend.why(shop.customers, foxes, near - 1, 5) == ["", ""]


def test_a_group_prefers_what_takes_most_of_its_purse() -> None:
    """The second group buys a tenth of everything, and more of the last item by its own measure."""
    r = np.array([[0.5, 0.3, 0.2], [0.04, 0.02, 0.04]])
    scores = Scores(pd.DataFrame({"customer_id": ["a", "b"], "segment": ""}), np.array(list("XYZ")), r, 8)
    best, times = recommend.favourites(scores, np.array([0, 1]), 3)
    assert best.tolist()[:2] == [1, 2] and times[1] > 1.5
    assert np.isnan(times[2])
