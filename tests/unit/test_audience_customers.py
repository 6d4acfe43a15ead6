"""Customers as an audience sees them: later counts more, a purchase more than a look, and only the last year counts."""

import numpy as np
import pandas as pd
import pytest

from tests.audience_shop import DAYS, events, make, shop_of


def test_later_counts_more_and_a_purchase_more_than_a_look() -> None:
    told = [
        events([0], [0], [DAYS - 180]),
        events([0], [1], [DAYS - 180], "view"),
        events([0], [2], [DAYS - 360]),
        events([0], [3], [DAYS - 5], "remove"),
    ]
    found = shop_of(pd.concat(told), 1, ("fox", "boat", "candle", "bird")).customers
    assert found.touched.toarray()[0] == pytest.approx([0.5, 0.125, 0.25, 0])
    assert found.bought.toarray()[0].tolist() == [1, 0, 1, 0]
    assert found.numbers["looked"].tolist() == pytest.approx([1 / 3])


def test_only_who_bought_within_a_year_is_a_customer() -> None:
    told = pd.concat([events([0, 1], [0, 0], [DAYS - 366, DAYS - 365]), events([2], [0], [DAYS - 1], "view")])
    found = shop_of(told, 3, ("fox", "boat")).customers
    assert found.ids.tolist() == ["C1"]
    assert found.places(np.array(["C0", "C1", "nobody"], dtype=object)).tolist() == [-1, 0, -1]


def test_numbers_worked_by_hand() -> None:
    told = events([0, 0, 0, 1], [0, 1, 0, 0], [DAYS - 9, DAYS - 9, DAYS - 4, DAYS - 1], value=[3.0, 5.0, 10.0, 2.0])
    found = shop_of(told, 2, ("fox", "boat")).customers.numbers
    assert found["orders"].tolist() == [2, 1]
    assert found["since"].tolist() == [4, 1]
    assert found["price"].tolist() == [5, 2]
    assert found["breadth"][0] > 0.2 and found["breadth"][1] == pytest.approx(0, abs=1e-6)
    assert found["looked"].isna().all()


def test_who_likes_alike_is_near() -> None:
    shop = make((30, 30))
    taste = shop.customers.taste
    one, other = (taste[shop.theme == theme].mean(0) for theme in (0, 1))
    assert one @ other < 0
    spread = np.linalg.norm(taste[shop.theme == 0] - one, axis=1).mean()
    assert spread < np.linalg.norm(one - other) / 2


def test_little_knowledge_keeps_a_taste_near_the_mean() -> None:
    told = events([0] + [1] * 20, [0] * 21, [DAYS - 1] * 21)
    found = shop_of(pd.concat([told, events([2] * 9, [1] * 9, [DAYS - 1] * 9)]), 3, ("fox", "boat")).customers
    length = np.linalg.norm(found.taste, axis=1)
    assert length[0] < 0.7 * length[1]


def test_an_item_can_be_left_out() -> None:
    shop = make((40, 40))
    without = shop.customers.without(0)
    assert without.touched[:, 0].sum() == without.bought[:, 0].sum() == 0
    assert (without.touched[:, 1:] != shop.customers.touched[:, 1:]).nnz == 0
    bought = shop.customers.bought_item(0)
    assert bought.any() and not without.bought_item(0).any()
    assert np.abs(without.taste - shop.customers.taste)[bought].max(1).min() > 0


def test_unknown_prices_and_equal_numbers_leave_features_whole() -> None:
    found = shop_of(events([0, 1, 2], [0, 1, 0], [DAYS - 3] * 3), 3, ("fox", "boat")).customers
    assert found.numbers["price"].isna().all()
    assert np.isfinite(found.features).all()
    assert np.abs(found.scaled).max() == 0


def test_the_same_customers_are_described_the_same() -> None:
    assert np.array_equal(make(seed=3).customers.features, make(seed=3).customers.features)
