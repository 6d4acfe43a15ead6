"""Preference: probabilities that keep their scale, follow what customers bought, and are unknown without customers."""

from dataclasses import replace

import numpy as np
import pytest

from core import audience, history
from core.audience import Customers, Scorer
from core.history import History
from core.like_items import Query
from core.workspace import Workspace
from models.encoder import Encoder
from tests.conftest import CUSTOMERS, WEEKS, Load, SmallShop

FOX, PLAIN = "Red fox mug. mugs", "Red plain mug. mugs"


def asked(past: History, vectors: np.ndarray) -> Query:
    """New items with these texts that are launched when the data ends."""
    day = np.full(len(vectors), past.days)
    return Query(vectors, np.full(len(vectors), np.nan), day, day, np.full(len(vectors), -1))


@pytest.fixture(scope="module")
def customers(small_shop: SmallShop) -> Customers:
    found = audience.read(small_shop.workspace.cursor(), small_shop.history)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def scorer(small_shop: SmallShop, customers: Customers, vectors: np.ndarray) -> Scorer:
    fitted = audience.fit(small_shop.history, customers, vectors, WEEKS)
    assert fitted is not None
    return fitted


def test_purchases_are_read_by_customer_item_and_day(small_shop: SmallShop, customers: Customers) -> None:
    assert len(customers.ids) == CUSTOMERS
    assert (np.diff(customers.day) >= 0).all()
    count = small_shop.workspace.cursor().execute(
        "SELECT count(DISTINCT (customer_id, product_id, date)) FROM sales WHERE units > 0"
    )
    assert count.fetchone() == (len(customers.day),)


def test_only_the_last_year_before_a_day_is_known(customers: Customers, small_shop: SmallShop) -> None:
    items = len(small_shop.history.items)
    bought, visits, since = customers.recent(100, items)
    early = customers.day < 100
    assert bought.sum() == len(set(zip(customers.customer[early], customers.item[early], strict=True)))
    assert (since[visits > 0] >= 1).all()
    nothing, none, _ = customers.recent(0, items)
    assert nothing.sum() == none.sum() == 0


def test_visits_and_days_since_the_last_worked_by_hand() -> None:
    made = Customers(
        np.array(["a", "b", "c"]), np.array([0, 0, 1, 0, 2]), np.array([0, 1, 1, 0, 1]), np.array([5, 5, 7, 9, 20])
    )
    bought, visits, since = made.recent(12, 2)
    assert bought.toarray().tolist() == [[1, 1], [0, 1], [0, 0]]
    assert visits.tolist() == [2, 1, 0]
    assert since.tolist() == [3, 5, 0]


def test_scores_are_probabilities(
    small_shop: SmallShop, customers: Customers, scorer: Scorer, vectors: np.ndarray
) -> None:
    scores = scorer.score(small_shop.history, customers, vectors, asked(small_shop.history, vectors))
    assert scores.shape == (CUSTOMERS, len(vectors))
    assert scores.min() >= 0
    assert scores.max() <= 1
    assert scores.std() > 0


def test_scores_add_up_to_the_buyers_of_past_launches(
    small_shop: SmallShop, customers: Customers, scorer: Scorer, vectors: np.ndarray
) -> None:
    past = small_shop.history
    rows, launch = past.launches(WEEKS), past.items["launch"].to_numpy()
    bought = [
        len(set(customers.customer[(customers.item == row) & (customers.day < launch[row] + 7 * WEEKS)]))
        for row in rows
    ]
    expected = scorer.score(past, customers, vectors, asked(past, vectors[rows])).sum()
    assert 0.5 < expected / sum(bought) < 2


def test_who_bought_near_things_scores_higher(
    small_shop: SmallShop, customers: Customers, scorer: Scorer, vectors: np.ndarray, encoder: Encoder
) -> None:
    """Every other customer bought foxes and nothing else, the rest everything but foxes."""
    scores = scorer.score(
        small_shop.history, customers, vectors, asked(small_shop.history, encoder.embed([FOX, PLAIN]))
    )
    fox_lovers = np.array([int(name[1:]) % 2 == 1 for name in customers.ids])
    assert scores[fox_lovers, 0].mean() > scores[~fox_lovers, 0].mean()
    assert scores[fox_lovers, 0].mean() > scores[fox_lovers, 1].mean()
    assert scorer.weights[0] > 0


def test_customers_who_left_are_not_scored(
    small_shop: SmallShop, customers: Customers, scorer: Scorer, vectors: np.ndarray
) -> None:
    stays = customers.customer != 0
    without = Customers(customers.ids, customers.customer[stays], customers.item[stays], customers.day[stays])
    assert scorer.score(small_shop.history, without, vectors, asked(small_shop.history, vectors[:2])).shape == (
        CUSTOMERS - 1,
        2,
    )


def test_the_fit_is_the_same_for_the_same_seed(
    small_shop: SmallShop, customers: Customers, scorer: Scorer, vectors: np.ndarray
) -> None:
    again = audience.fit(small_shop.history, customers, vectors, WEEKS)
    assert again is not None
    assert np.array_equal(again.weights, scorer.weights)
    assert again.bias == scorer.bias


def test_without_customers_preference_is_unknown(workspace: Workspace, load: Load) -> None:
    load("date,sku,qty\n2025-01-06,A,1\n2025-01-07,C,2\n")
    assert audience.read(workspace.cursor(), history.read(workspace.cursor())) is None


def test_customers_who_only_returned_are_none(workspace: Workspace, load: Load) -> None:
    load("date,sku,qty,customer\n2025-01-06,A,-1,C1\n2025-01-07,A,2,\n")
    assert audience.read(workspace.cursor(), history.read(workspace.cursor())) is None


def test_too_few_buyers_teach_nothing(small_shop: SmallShop, customers: Customers, vectors: np.ndarray) -> None:
    few = np.arange(len(customers.day)) < 150
    small = Customers(customers.ids, customers.customer[few], customers.item[few], customers.day[few])
    assert audience.fit(small_shop.history, small, vectors, WEEKS) is None
    none = replace(small, customer=small.customer[:0], item=small.item[:0], day=small.day[:0])
    assert audience.fit(small_shop.history, none, vectors, WEEKS) is None
