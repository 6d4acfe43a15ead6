"""Like items: who is found, how they weigh, and that their numbers never look ahead."""

from dataclasses import replace

import numpy as np
import pytest

from core import like_items
from core.history import WARM_UP_DAYS, History
from core.like_items import NUMBERS, LikeItems, Query, launch_query
from tests.conftest import WEEKS, SmallShop


@pytest.fixture(scope="module")
def launched(small_shop: SmallShop, vectors: np.ndarray) -> Query:
    """The launches of the small shop, each as it was known on its own day."""
    return launch_query(small_shop.history, vectors, small_shop.history.launches(WEEKS))


@pytest.fixture(scope="module")
def found(small_shop: SmallShop, vectors: np.ndarray, launched: Query) -> LikeItems:
    return like_items.find(small_shop.history, vectors, launched)


def new_item(vectors: np.ndarray, like: int, known: int, price: float = 5.0) -> Query:
    """One new item whose text is that of an item that is sold."""
    return Query(vectors[[like]], np.array([price]), np.array([known]), np.array([known]), np.array([-1]))


def test_the_nearest_come_first_and_weights_sum_to_one(found: LikeItems) -> None:
    assert found.rows.shape == found.similarity.shape == (80, 30)
    assert (np.diff(found.similarity, axis=1) <= 0).all()
    assert found.similarity.min() >= 0
    assert found.similarity.max() <= 1 + 1e-6
    assert np.allclose(found.weight.sum(1), 1)


def test_no_item_is_found_twice(found: LikeItems) -> None:
    assert all(len(set(rows)) == len(rows) for rows in found.rows)


def test_an_item_never_finds_itself(launched: Query, found: LikeItems) -> None:
    itself = found.rows == launched.rows[:, None]
    assert (found.similarity[itself] == 0).all()


def test_no_item_is_found_that_was_launched_within_a_week_or_later(
    small_shop: SmallShop, launched: Query, found: LikeItems
) -> None:
    launch = small_shop.history.items["launch"].to_numpy()[found.rows]
    seen = found.similarity > 0
    assert (launch[seen] <= np.broadcast_to(launched.known[:, None] - 7, launch.shape)[seen]).all()


def test_a_new_item_finds_the_item_of_the_same_words(small_shop: SmallShop, vectors: np.ndarray) -> None:
    like = like_items.find(small_shop.history, vectors, new_item(vectors, 7, small_shop.history.days))
    assert small_shop.history.items["title"].iloc[like.rows[0, 0]] == small_shop.history.items["title"].iloc[7]
    assert like.similarity[0, 0] == pytest.approx(1, abs=1e-5)


def test_fewer_items_than_asked_for(small_shop: SmallShop, vectors: np.ndarray) -> None:
    past = small_shop.history
    few = History(past.start, past.items.iloc[:3].reset_index(drop=True), past.units[:3])
    query = new_item(vectors, 0, few.days)
    like = like_items.find(few, vectors[:3], query)
    assert like.rows.shape == (1, 3)
    assert like.weight.sum() == pytest.approx(1)
    assert like_items.numbers(few, query, like, WEEKS).shape == (1, len(NUMBERS))


def test_without_any_like_item_weights_are_zero_and_numbers_unknown(small_shop: SmallShop, vectors: np.ndarray) -> None:
    query = new_item(vectors, 0, 0)
    like = like_items.find(small_shop.history, vectors, query)
    assert like.weight.sum() == 0
    row = dict(zip(NUMBERS, like_items.numbers(small_shop.history, query, like, WEEKS)[0], strict=True))
    unknown = {"run_rate", "run_rate_nearest", "run_rate_best", "year_ago", "first_weeks", "first_weeks_shop"}
    assert {name for name, value in row.items() if np.isnan(value)} == unknown | {"log_price_gap"}


def test_numbers_are_finite_or_unknown_and_known_where_they_must_be(
    small_shop: SmallShop, launched: Query, found: LikeItems
) -> None:
    table = like_items.numbers(small_shop.history, launched, found, WEEKS)
    assert table.shape == (80, len(NUMBERS))
    assert not np.isinf(table).any()
    always = [NUMBERS.index(name) for name in ("run_rate", "shop_units", "log_price", "nearest", "season_sin")]
    assert not np.isnan(table[:, always]).any()
    assert np.isnan(table[:, NUMBERS.index("year_ago")]).all()  # the data spans a single year


def test_the_numbers_of_a_case_worked_by_hand() -> None:
    """Two like items of the same nearness: 2 a day since day 0, and 1 a day since its launch on day 100."""
    import pandas as pd

    from tests.conftest import START

    units = np.zeros((2, 160), np.float32)
    units[0], units[1, 100:] = 2, 1
    items = pd.DataFrame({"launch": [0, 100], "price": [4.0, 9.0]})
    past = History(START, items, units)
    one = np.ones((1, 1), np.float32)
    query = Query(one, np.array([np.nan]), np.array([167]), np.array([160]), np.array([-1]))
    like = LikeItems(np.array([[0, 1]]), np.array([[1.0, 1.0]]))
    row = dict(zip(NUMBERS, like_items.numbers(past, query, like, WEEKS)[0], strict=True))
    assert row["run_rate"] == pytest.approx((np.log1p(14) + np.log1p(7)) / 2)
    assert row["run_rate_best"] == pytest.approx(np.log1p(14))
    assert row["first_weeks"] == pytest.approx(np.log1p(28))  # only the second was seen to be launched
    assert row["first_weeks_shop"] == pytest.approx(np.log1p(28))
    assert row["shop_units"] == pytest.approx(np.log1p(28 * 3))
    assert row["closed"] == pytest.approx(np.log1p(1))
    assert np.isnan([row["log_price"], row["log_price_gap"], row["year_ago"]]).all()


def test_a_price_shows_against_those_of_the_like_items(small_shop: SmallShop, vectors: np.ndarray) -> None:
    gap = NUMBERS.index("log_price_gap")
    days = small_shop.history.days
    cheap, dear = (new_item(vectors, 5, days, price) for price in (2.0, 20.0))
    like = like_items.find(small_shop.history, vectors, cheap)
    low, high = (like_items.numbers(small_shop.history, query, like, WEEKS)[0, gap] for query in (cheap, dear))
    assert low < high
    assert high - low == pytest.approx(np.log1p(20) - np.log1p(2))


@pytest.mark.parametrize("known", [120, 200, 300])
def test_what_happens_later_changes_no_number(small_shop: SmallShop, vectors: np.ndarray, known: int) -> None:
    past = small_shop.history
    random = np.random.default_rng(known)
    later = replace(past, units=past.units.copy(), items=past.items.copy())
    later.units[:, known:] = random.poisson(50, (len(past.items), past.days - known))
    unlaunched = past.items["launch"].to_numpy() >= known
    later.items.loc[unlaunched, "price"] = 1e6
    shuffled = vectors.copy()
    shuffled[unlaunched] = random.permutation(vectors)[: unlaunched.sum()]
    rows = np.flatnonzero((past.items["launch"] >= known) & (past.items["launch"] < known + 60))
    query = launch_query(past, vectors, rows, np.full(len(rows), known))

    before, after = (like_items.find(shop, seen, query) for shop, seen in ((past, vectors), (later, shuffled)))
    near = before.similarity > 0
    assert np.array_equal(before.similarity, after.similarity)
    assert np.array_equal(before.rows[near], after.rows[near])
    expected, got = (like_items.numbers(shop, query, like, WEEKS) for shop, like in ((past, before), (later, after)))
    np.testing.assert_array_equal(got, expected)


def test_curves_of_chosen_items_leave_out_what_was_sold_before_the_data(small_shop: SmallShop) -> None:
    items = small_shop.history.items
    old, new = items[items["launch"] < WARM_UP_DAYS].iloc[0], items[items["launch"] >= WARM_UP_DAYS].iloc[0]
    chosen = [old["product_id"], new["product_id"], "unheard of"]
    frame = like_items.curves(small_shop.history, chosen, WEEKS)
    assert frame.columns.tolist() == ["week", new["title"]]
    row = items["product_id"].tolist().index(new["product_id"])
    assert frame[new["title"]].tolist() == small_shop.history.curves(np.array([row]), WEEKS)[0].tolist()
    assert frame[new["title"]].iloc[0] > 0


def test_items_of_the_same_title_have_a_curve_each(small_shop: SmallShop) -> None:
    past = small_shop.history
    same = replace(past, items=past.items.assign(title="Red mug"))
    chosen = past.items["product_id"].iloc[past.launches(WEEKS)[:3]].tolist()
    assert like_items.curves(same, chosen, WEEKS).shape == (WEEKS, 1 + 3)
