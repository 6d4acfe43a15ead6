"""Overlap of audiences: counted by hand, hidden where few, in an order that puts twins side by side."""

import numpy as np
import pandas as pd
import pytest

from core.audience import overlap
from core.audience.reach import Threshold
from core.preference.scores import Scores

HALF = Threshold("likely", 0.5)


def scores(r: np.ndarray) -> Scores:
    frame = pd.DataFrame({"customer_id": [f"C{at}" for at in range(len(r))], "segment": ""})
    return Scores(frame, np.array([f"N{at}" for at in range(r.shape[1])]), r.astype(np.float32), 8)


@pytest.fixture(scope="module")
def found() -> overlap.Overlap:
    """Of 100 customers, the first and the third item are wanted by the first half, the second by the middle."""
    at = np.arange(100)
    return overlap.overlap(scores(np.column_stack([at < 50, (at >= 30) & (at < 80), at < 50]) * 0.5 + 0.1), HALF)


def test_sizes_buyers_and_overlap_worked_by_hand(found: overlap.Overlap) -> None:
    assert found.customers.tolist() == [50, 50, 50]
    assert found.buyers == pytest.approx([30, 30, 30])
    assert found.together.tolist() == [[50, 20, 50], [20, 50, 20], [50, 20, 50]]
    assert found.shares("jaccard", 5)[0].tolist() == pytest.approx([1, 20 / 80, 1])
    assert found.shares("smaller", 5)[0].tolist() == pytest.approx([1, 0.4, 1])
    assert found.by_chance("smaller") == pytest.approx(0.5)
    assert found.by_chance("jaccard") == pytest.approx(25 / 75)


def test_twins_come_first_and_each_knows_its_own(found: overlap.Overlap) -> None:
    pairs = found.twins("jaccard", 5, 2)
    assert pairs.iloc[0].tolist() == ["N0", "N2", 50, 1.0]
    twin, share = found.nearest("jaccard", 5)
    assert twin.tolist()[0::2] == [2, 0] and share[0] == 1
    order = found.order("jaccard", 5).tolist()
    assert abs(order.index(0) - order.index(2)) == 1


def test_what_few_share_is_not_told(found: overlap.Overlap) -> None:
    shares = found.shares("jaccard", 25)
    assert np.isnan(shares[0, 1]) and shares[0, 2] == 1
    assert len(found.twins("jaccard", 25, 9)) == 1
    assert np.isnan(found.shares("jaccard", 51)).all()
    assert found.twins("jaccard", 51, 9).empty
    assert found.nearest("jaccard", 51)[0].tolist() == [-1, -1, -1]


def test_the_mean_overlap_is_of_pairs_that_can_be_told(found: overlap.Overlap) -> None:
    assert found.mean("jaccard", 5) == pytest.approx((0.25 + 1 + 0.25) / 3)  # no item beside itself
    assert found.mean("jaccard", 25) == 1
    assert np.isnan(found.mean("jaccard", 51))


def test_some_items_are_the_same_by_themselves(found: overlap.Overlap) -> None:
    some = found.only(np.array([1, 2]))
    assert some.items.tolist() == ["N1", "N2"]
    assert some.shares("jaccard", 5)[0, 1] == found.shares("jaccard", 5)[1, 2]


def test_one_item_has_no_twin() -> None:
    alone = overlap.overlap(scores(np.full((30, 1), 0.2)), HALF)
    assert alone.twins("jaccard", 5, 3).empty
    assert alone.nearest("smaller", 5)[0].tolist() == [-1]
    assert alone.order("jaccard", 5).tolist() == [0]
    assert np.isnan(alone.by_chance("jaccard"))


def test_an_audience_of_nobody_overlaps_with_none() -> None:
    empty = overlap.overlap(scores(np.full((30, 3), 0.2)), Threshold("chance", 0.5))
    assert empty.customers.tolist() == [0, 0, 0]
    assert empty.twins("jaccard", 0, 3).empty
    assert empty.by_chance("jaccard") == 0


def test_the_keenest_of_alike_items_overlap_where_the_most_likely_all_do() -> None:
    """Half of the customers buy ten times as much: they are the most likely buyers of everything."""
    random = np.random.default_rng(0)
    taste = np.where(np.arange(400)[:, None] % 2 == [0, 0, 1, 1], 2.0, 1.0)
    r = taste * np.where(np.arange(400) < 200, 0.1, 0.01)[:, None] * random.uniform(0.95, 1.05, (400, 4))
    likely = overlap.overlap(scores(r), HALF).shares("jaccard", 5)
    keen = overlap.overlap(scores(r), Threshold("keen", 0.25)).shares("jaccard", 5)
    assert likely[0, 2] == 1
    assert keen[0, 1] > 0.8 and keen[0, 2] == 0
