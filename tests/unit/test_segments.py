"""Segments: the planted kinds are found and named, the same every time; the shop's own are taken as they are."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from core.audience import segments
from core.audience.segments import NO_SEGMENT, SILENT, SMALL, Segments
from core.audience.words import Vocabulary, vocabulary
from core.errors import NotReady
from tests.audience_shop import DAYS, THEMES, Shop, events, make, shop_of


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make()


@pytest.fixture(scope="module")
def words(shop: Shop) -> Vocabulary:
    return vocabulary(shop.past.items["title"].tolist())


@pytest.fixture(scope="module")
def found(shop: Shop, words: Vocabulary) -> Segments:
    return segments.found(shop.customers, words)


def test_the_planted_kinds_are_found(shop: Shop, found: Segments) -> None:
    assert len(found.table) == len(THEMES)
    assert adjusted_rand_score(shop.theme, found.labels) > 0.9
    assert found.agreement is not None and found.agreement > 0.9


def test_segments_are_numbered_by_size_and_add_up(shop: Shop, found: Segments) -> None:
    sizes = found.table["customers"].tolist()
    assert sizes == sorted(sizes, reverse=True) == np.bincount(found.labels).tolist()
    assert found.table["share"].sum() == pytest.approx(1)


def test_a_segment_is_named_by_its_words_and_numbers(found: Segments) -> None:
    """The first theme has most customers and the lowest price, the last fewest and the highest."""
    for place, theme in enumerate(THEMES):
        assert found.names[place].startswith(theme)
        assert found.table["words"][place].startswith(theme)
    assert "low price" in found.names[0] and "high price" in found.names[-1]
    assert found.table["price"].is_monotonic_increasing


def test_the_same_customers_give_the_same_segments(shop: Shop, words: Vocabulary, found: Segments) -> None:
    again = segments.found(shop.customers, words)
    assert np.array_equal(again.labels, found.labels)
    assert again.names == found.names


def test_few_customers_are_one_segment() -> None:
    shop = make((20, 20))
    found = segments.found(shop.customers, vocabulary(shop.past.items["title"].tolist()))
    assert found.names == ["all sorts"]
    assert found.table["customers"].tolist() == [40]


def test_segments_of_the_shop_stand_by_size_and_none_comes_last(shop: Shop, words: Vocabulary) -> None:
    own = np.where(shop.theme == 0, "", np.where(shop.theme == 1, "VIP", "casual")).astype(object)
    found = segments.given(replace(shop.customers, own=own), words)
    assert found.names == ["casual", "VIP", NO_SEGMENT]
    assert found.table["customers"].tolist() == [210, 110, 130]
    assert found.agreement is None
    assert found.table["words"][1].startswith("boat")


def test_names_of_customers_hold_for_those_of_whom_nothing_is_known(found: Segments) -> None:
    places = np.array([0, -1, 3])
    assert found.of(places).tolist() == [found.labels[0], -1, found.labels[3]]
    assert found.named(places, 20)[1] == SILENT
    assert found.named(places, 20)[0] == found.names[found.labels[0]]


def test_a_small_segment_is_neither_named_nor_offered(found: Segments) -> None:
    """Its name is made of the words of what its few customers bought."""
    smallest = int(found.table["customers"].iloc[-1])
    at = np.flatnonzero(found.labels == len(found.table) - 1)[:1]
    assert found.large(smallest) == found.names
    assert found.large(smallest + 1) == found.names[:-1]
    assert found.named(at, smallest).tolist() == found.names[-1:]
    assert found.named(at, smallest + 1).tolist() == [SMALL]
    with pytest.raises(NotReady, match="too few to show"):
        found.large(1000)


def test_two_segments_of_one_name_are_told_apart() -> None:
    assert segments._apart(["fox", "fox", "fox"], [["a"], ["a", "b", "mug"], ["a", "b", "mug"]]) == [
        "fox",
        "fox, mug",
        "fox (2)",
    ]


def test_small_segments_are_told_together(shop: Shop, words: Vocabulary) -> None:
    own = np.array(["big"] * 400 + ["mid"] * 35 + ["tiny"] * 12 + ["few"] * 3, dtype=object)
    told = segments.given(replace(shop.customers, own=own), words).told(20)
    assert told["name"].tolist() == ["big", "3 small groups together"]
    assert told["customers"].tolist() == [400, 50]
    assert told["share"].sum() == pytest.approx(1)
    assert told.loc[1, ["words", "orders", "price"]].isna().all()
    with pytest.raises(NotReady, match="too few"):
        segments.given(replace(shop.customers, own=own), words).told(1000)


def test_a_shop_may_call_it_no_segment_too(shop: Shop, words: Vocabulary) -> None:
    own = np.where(shop.theme == 0, "", np.where(shop.theme == 1, NO_SEGMENT, "VIP")).astype(object)
    found = segments.given(replace(shop.customers, own=own), words)
    assert found.names == ["VIP", NO_SEGMENT]
    assert found.table["customers"].tolist() == [210, 240]


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_customers_who_are_all_the_same_are_one_segment(words: Vocabulary) -> None:
    same = shop_of(events(np.arange(250), [0] * 250, [DAYS - 9] * 250), 250, ("Red fox mug", "Blue boat"))
    found = segments.found(same.customers, vocabulary(same.past.items["title"].tolist()))
    assert found.table["customers"].tolist() == [250]


@pytest.mark.parametrize("customers", [1, 2])
def test_one_or_two_customers_have_a_segment_that_is_not_told(customers: int) -> None:
    few = shop_of(events(np.arange(customers), [0] * customers, [DAYS - 9] * customers), customers, ("fox", "boat"))
    found = segments.found(few.customers, vocabulary(["fox", "boat"]))
    assert found.table["customers"].tolist() == [customers]
    assert np.isfinite(few.customers.features).all()
    with pytest.raises(NotReady, match="too few"):
        found.told(5)
