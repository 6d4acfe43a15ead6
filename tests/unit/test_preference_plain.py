"""Preference: probabilities that keep their scale, follow what customers bought, and are unknown without customers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core import history, people
from core.history import History
from core.like_items import Query
from core.people import PURCHASE, People
from core.preference import plain
from core.preference.plain import Plain
from core.workspace import Workspace
from models.encoder import Encoder
from tests.conftest import CUSTOMERS, WEEKS, Load, SmallShop

FOX, PLAIN = "Red fox mug. mugs", "Red plain mug. mugs"


def asked(past: History, vectors: np.ndarray) -> Query:
    """New items with these texts that are launched when the data ends."""
    day = np.full(len(vectors), past.days)
    return Query(vectors, np.full(len(vectors), np.nan), day, day, np.full(len(vectors), -1))


def bought(customer: list[int], item: list[int], day: list[int]) -> People:
    """Three customers who bought these items on these days."""
    columns = {
        "customer": customer,
        "item": item,
        "day": day,
        "kind": PURCHASE,
        "value": 1.0,
        "units": 1.0,
        "query": "",
    }
    return People(np.array(["a", "b", "c"]), pd.DataFrame(columns), np.array(["", "", ""]))


@pytest.fixture(scope="module")
def customers(small_shop: SmallShop) -> People:
    found = people.read(small_shop.workspace.cursor(), small_shop.history)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def scorer(small_shop: SmallShop, customers: People, vectors: np.ndarray) -> Plain:
    fitted = plain.fit(small_shop.history, customers, vectors, WEEKS)
    assert fitted is not None
    return fitted


def test_purchases_are_read_by_customer_item_and_day(small_shop: SmallShop, customers: People) -> None:
    assert len(customers.ids) == CUSTOMERS
    assert (np.diff(customers.purchases["day"]) >= 0).all()
    count = small_shop.workspace.cursor().execute(
        "SELECT count(DISTINCT (customer_id, product_id, date)) FROM sales WHERE units > 0"
    )
    assert count.fetchone() == (len(customers.purchases),)


def test_only_the_last_year_before_a_day_is_known(customers: People, small_shop: SmallShop) -> None:
    items, told = len(small_shop.history.items), customers.purchases
    early = told[told["day"] < 100]
    visits, since = customers.habits(100)
    assert customers.bought(100, items).sum() == len(early.drop_duplicates(["customer", "item"]))
    assert (since[visits > 0] >= 1).all()
    assert customers.active(100).tolist() == np.flatnonzero(visits).tolist()
    assert customers.bought(0, items).sum() == customers.habits(0)[0].sum() == len(customers.active(0)) == 0


def test_visits_and_days_since_the_last_worked_by_hand() -> None:
    made = bought([0, 0, 1, 0, 2], [0, 1, 1, 0, 1], [5, 5, 7, 9, 20])
    visits, since = made.habits(12)
    assert made.bought(12, 2).toarray().tolist() == [[1, 1], [0, 1], [0, 0]]
    assert visits.tolist() == [2, 1, 0]
    assert since.tolist() == [3, 5, 0]
    assert made.buyers(1, 5, 8).tolist() == [0, 1]


def test_scores_are_probabilities(small_shop: SmallShop, customers: People, scorer: Plain, vectors: np.ndarray) -> None:
    scores = scorer.score(small_shop.history, customers, vectors, asked(small_shop.history, vectors))
    assert scores.shape == (CUSTOMERS, len(vectors))
    assert scores.min() >= 0
    assert scores.max() <= 1
    assert scores.std() > 0


def test_scores_add_up_to_the_buyers_of_past_launches(
    small_shop: SmallShop, customers: People, scorer: Plain, vectors: np.ndarray
) -> None:
    past = small_shop.history
    rows, launch = past.launches(WEEKS), past.items["launch"].to_numpy()
    bought = [len(customers.buyers(row, launch[row], launch[row] + 7 * WEEKS)) for row in rows]
    expected = scorer.score(past, customers, vectors, asked(past, vectors[rows])).sum()
    assert 0.5 < expected / sum(bought) < 2


def test_who_bought_near_things_scores_higher(
    small_shop: SmallShop, customers: People, scorer: Plain, vectors: np.ndarray, encoder: Encoder
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
    small_shop: SmallShop, customers: People, scorer: Plain, vectors: np.ndarray
) -> None:
    without = replace(customers, events=customers.events[customers.events["customer"] != 0])
    assert scorer.score(small_shop.history, without, vectors, asked(small_shop.history, vectors[:2])).shape == (
        CUSTOMERS - 1,
        2,
    )


def test_the_fit_is_the_same_for_the_same_seed(
    small_shop: SmallShop, customers: People, scorer: Plain, vectors: np.ndarray
) -> None:
    again = plain.fit(small_shop.history, customers, vectors, WEEKS)
    assert again is not None
    assert np.array_equal(again.weights, scorer.weights)
    assert again.bias == scorer.bias


def test_without_customers_preference_is_unknown(workspace: Workspace, load: Load) -> None:
    load("date,sku,qty\n2025-01-06,A,1\n2025-01-07,C,2\n")
    assert people.read(workspace.cursor(), history.read(workspace.cursor())) is None


def test_customers_who_only_returned_are_none(workspace: Workspace, load: Load) -> None:
    load("date,sku,qty,customer\n2025-01-06,A,-1,C1\n2025-01-07,A,2,\n")
    assert people.read(workspace.cursor(), history.read(workspace.cursor())) is None


def test_buyers_without_a_name_are_not_one_customer(workspace: Workspace, load: Load) -> None:
    load("date,sku,qty,customer\n2025-01-06,A,1,anonymous\n2025-01-07,A,2,C1\n2025-01-08,A,3,anonymous\n", "sales")
    load("date,product_id,rating,customer_id\n2025-01-09,A,5,anonymous\n", "reviews", "reviews.csv")
    found = people.read(workspace.cursor(), history.read(workspace.cursor()))
    assert found is not None
    assert len(found.ids) == len(found.events) == 1


def test_who_buys_everything_teaches_nothing(small_shop: SmallShop, vectors: np.ndarray) -> None:
    past = small_shop.history
    launch = past.items["launch"].to_numpy()
    who, item = (at.ravel() for at in np.meshgrid(np.arange(3), np.argsort(launch, kind="stable")))
    three = bought(who.tolist(), item.tolist(), launch[item].tolist())
    three = replace(three, events=three.events.sort_values("day", kind="stable"))
    assert len(who) > plain.FEWEST_BUYERS
    assert plain.fit(past, three, vectors, WEEKS) is None


def test_too_few_buyers_teach_nothing(small_shop: SmallShop, customers: People, vectors: np.ndarray) -> None:
    small = replace(customers, events=customers.events.iloc[:150])
    assert plain.fit(small_shop.history, small, vectors, WEEKS) is None
    none = replace(customers, events=customers.events.iloc[:0])
    assert plain.fit(small_shop.history, none, vectors, WEEKS) is None
