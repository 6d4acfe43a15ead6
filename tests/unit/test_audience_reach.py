"""The audience of an item: as large as asked for, its buyers add up, small groups stay untold."""

import numpy as np
import pandas as pd
import pytest

from core.audience import groups, portrait, reach
from core.audience.reach import Threshold
from core.audience.segments import SILENT, Segments
from core.audience.words import vocabulary
from core.errors import NotReady
from core.preference.scores import Scores
from tests.audience_shop import DAYS, events, make, shop_of

R = np.array([0.1, 0.4, 0.2, 0.2, 0.1], dtype=np.float32)


def members(kind: str, value: float, r: np.ndarray = R, usual: np.ndarray | None = None) -> list[int]:
    chosen = Threshold(kind, value).members(r, np.ones(len(r)) if usual is None else usual)  # type: ignore[arg-type]
    return np.flatnonzero(chosen).tolist()


@pytest.mark.parametrize(
    ("share", "expected"), [(0.2, [1]), (0.4, [1, 2]), (0.41, [1, 2, 3]), (1.0, [0, 1, 2, 3, 4]), (0.0, [])]
)
def test_the_most_likely_are_as_many_as_asked_for_even_where_they_tie(share: float, expected: list[int]) -> None:
    assert members("likely", share) == expected


def test_the_audience_by_probability_is_who_reaches_it() -> None:
    assert members("chance", 0.2) == [1, 2, 3]
    assert members("chance", 0.9) == []


def test_the_keenest_stand_out_from_what_they_buy_otherwise() -> None:
    """The second buys everything; the third buys this item as often as others it would not be expected to."""
    assert members("keen", 0.2, usual=np.array([0.1, 0.5, 0.02, 0.2, 0.1])) == [2]
    assert members("keen", 0.2, usual=np.zeros(5)) == [1]


def test_nobody_asked_is_nobody_reached() -> None:
    nobody = np.zeros(0, dtype=np.float32)
    assert members("likely", 0.5, nobody) == members("chance", 0.5, nobody) == []
    found = reach.reach(nobody, nobody > 0)
    assert (found.customers, found.buyers, found.gained) == (0, 0, 0)


def test_size_and_buyers_worked_by_hand() -> None:
    found = reach.reach(R, R >= 0.2)
    assert (found.customers, found.share) == (3, 0.6)
    assert found.buyers == pytest.approx(0.8)
    assert found.gained == pytest.approx(0.8)
    assert found.lift == pytest.approx(0.8 / 0.6)
    assert found.least == pytest.approx(0.2)
    assert np.isnan(reach.reach(R, R > 1).lift)


def test_the_gain_curve_rises_ever_slower_to_all() -> None:
    curve = reach.gain(np.random.default_rng(0).beta(1, 20, 1000))
    assert curve.iloc[0].tolist() == [0, 0] and curve.iloc[-1].tolist() == pytest.approx([1, 1])
    slope = np.diff(curve["reached"]) / np.diff(curve["contacted"])
    assert (slope > 0).all() and (np.diff(slope) < 1e-9).all()
    assert reach.gain(R)["reached"].tolist() == pytest.approx([0, 0.4, 0.6, 0.8, 0.9, 1])


def divided(labels: list[int], names: list[str]) -> Segments:
    return Segments(np.array(labels), pd.DataFrame({"name": names, "customers": np.bincount(labels)}))


def test_composition_says_share_and_index() -> None:
    segments = divided([0] * 60 + [1] * 40, ["foxes", "boats"])
    inside = np.arange(110) % 2 == 0  # ten of those asked have been silent
    inside[:60] = False
    inside[:10] = True
    places = np.append(np.arange(100), np.full(10, -1))
    table = reach.composition(segments, places, inside, 5).set_index("segment")
    assert table["customers"].to_dict() == {"boats": 20, "foxes": 10, SILENT: 5}
    assert table["everybody"].to_dict() == {"boats": 40, "foxes": 60, SILENT: 10}
    assert table["share"].sum() == pytest.approx(1)
    assert table.loc["boats", "index"] == pytest.approx(100 * (20 / 35) / (40 / 110))


def test_small_groups_of_an_audience_are_put_together() -> None:
    segments = divided([0] * 60 + [1] * 30 + [2] * 10, ["foxes", "boats", "birds"])
    table = reach.composition(segments, np.arange(100), np.arange(100) >= 35, 20)
    assert table["segment"].tolist() == ["2 small groups together", "boats"]  # ten birds, with the fewest of the others
    assert table["customers"].tolist() == [35, 30]
    with pytest.raises(NotReady, match="Fewer than 20"):
        reach.composition(segments, np.arange(100), np.arange(100) < 19, 20)


@pytest.mark.parametrize(
    ("counts", "kept"),
    [
        ([50, 40, 30], [50, 40, 30]),
        ([50, 40, 3], [50, 43]),  # one alone could be told from the sum
        ([50, 12, 11], [50, 23]),
        ([50, 40, 0], [50, 40, 0]),  # nobody is no group
        ([25, 1, 1], [27]),
    ],
)
def test_no_group_is_told_that_is_smaller(counts: list[int], kept: list[int]) -> None:
    table = pd.DataFrame({"segment": [f"s{at}" for at in range(len(counts))], "customers": counts, "everybody": 100})
    assert groups.folded(table, 20, "segment")["customers"].tolist() == kept


def test_a_group_of_few_is_not_told_even_where_none_of_them_is_inside() -> None:
    table = pd.DataFrame({"segment": ["a", "b", "c"], "customers": [50, 40, 0], "everybody": [100, 100, 3]})
    told = groups.folded(table, 20, "segment")
    assert told["segment"].tolist() == ["a", "2 small groups together"]
    assert told[["customers", "everybody"]].to_numpy().tolist() == [[50, 100], [40, 103]]


def test_refusing_a_small_group_does_not_say_how_small_it_is() -> None:
    with pytest.raises(NotReady) as refused:
        groups.guard(7, 20)
    assert "7" not in refused.value.message
    groups.guard(20, 20)


def test_what_an_audience_buys_looks_at_and_pays() -> None:
    shop = make((60, 60))
    foxes = shop.theme == 0
    found = portrait.categories(shop.customers, foxes)
    assert found["category"][0] == "kind 0" and found["index"][0] > 150
    assert found["share"].sum() == pytest.approx(1)
    assert portrait.words(shop.customers, vocabulary(shop.past.items["title"].tolist()), foxes)[0] == "fox"
    numbers = portrait.numbers(shop.customers, {"Foxes": foxes, "All": foxes | True}).set_index("measure")
    assert numbers.loc["price", "Foxes"] == 5 and numbers.loc["price", "All"] == 7.5
    assert "looked" not in numbers.index  # this shop has no looks


def test_items_without_categories_have_none() -> None:
    shop = shop_of(events([0], [0], [DAYS - 1]), 1, ("fox",))
    shop.past.items["category"] = None
    assert portrait.categories(shop.customers, np.array([True])).empty


def test_the_list_is_in_order_of_probability() -> None:
    frame = pd.DataFrame({"customer_id": list("abcde"), "segment": ""})
    table = reach.ranked(Scores(frame, np.array(["N"]), R[:, None], 8), R >= 0.2, R)
    assert table["customer_id"].tolist() == ["b", "c", "d"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table.index.tolist() == [1, 2, 3]


def test_members_who_are_no_customers_any_more_are_passed_over() -> None:
    shop = make((10, 10))
    places = np.array([3, -1, 5])
    mask = reach.on_customers(shop.customers, places, np.array([True, True, False]))
    assert np.flatnonzero(mask).tolist() == [3]
