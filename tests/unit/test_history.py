"""The history: windows, curves, which items are launches, what was known on a date, and its snapshot."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.errors import NotReady
from core.history import WARM_UP_DAYS, History, item_text, read
from core.workspace import Workspace
from tests.conftest import LAUNCHES, OLD_ITEMS, START, WEEKS, Load, SmallShop


def made(launch: list[int], units: np.ndarray) -> History:
    """A history of these launch days and units."""
    names = [f"P{i}" for i in range(len(launch))]
    items = pd.DataFrame({"product_id": names, "title": names, "text": names, "category": None, "price": 1.0})
    return History(START, items.assign(launch=launch), units.astype(np.float32))


@pytest.fixture
def counting() -> History:
    """Two items on 140 days: 1 a day from day 100, and 10 a day from day 0."""
    units = np.zeros((2, 140))
    units[0, 100:] = 1
    units[1] = 10
    return made([100, 0], units)


def test_days_and_dates(counting: History) -> None:
    assert counting.days == 140
    assert counting.end == START + timedelta(days=139)
    assert [counting.day(START + timedelta(days=n)) for n in (-3, 0, 200)] == [-3, 0, 200]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 140, [40, 1400]),
        (100, 101, [1, 10]),
        (99, 100, [0, 10]),
        (-50, 7, [0, 70]),
        (133, 999, [7, 70]),
        (5, 5, [0, 0]),
    ],
)
def test_a_window_is_cut_to_the_data(counting: History, first: int, last: int, expected: list[float]) -> None:
    assert counting.window(np.array(first), np.array(last)).tolist() == expected


def test_a_window_of_chosen_items(counting: History) -> None:
    assert counting.window(np.array([100, 130]), np.array([107, 137]), np.array([1, 0])).tolist() == [70, 7]


def test_curves_count_weeks_from_the_launch(counting: History) -> None:
    assert counting.curves(np.array([0, 1]), 3).tolist() == [[7, 7, 7], [70, 70, 70]]


def test_a_week_of_returns_counts_as_nothing() -> None:
    units = np.zeros((1, 120))
    units[0, 100], units[0, 107], units[0, 114] = 5, -3, 2
    assert made([100], units).curves(np.array([0]), 3).tolist() == [[5, 0, 2]]


@pytest.mark.parametrize(
    ("launch", "counts"),
    [
        (0, False),
        (WARM_UP_DAYS - 1, False),
        (WARM_UP_DAYS, True),
        (140 - 7 * WEEKS, True),
        (140 - 7 * WEEKS + 1, False),
    ],
    ids=["first day", "day before", "13 weeks", "window ends with the data", "window is cut off"],
)
def test_a_launch_is_13_weeks_in_and_has_its_whole_window(launch: int, counts: bool) -> None:
    assert made([launch], np.zeros((1, 140))).launches(WEEKS).tolist() == ([0] if counts else [])


def test_launches_come_in_order_of_their_day() -> None:
    assert made([105, 95, 0, 100], np.zeros((4, 140))).launches(WEEKS).tolist() == [1, 3, 0]


def test_nothing_dated_later_is_left(small_shop: SmallShop) -> None:
    cut = date(2024, 8, 5)
    then = small_shop.history.as_of(cut)
    assert then.end == cut - timedelta(days=1)
    assert (then.items["launch"] < then.days).all()
    assert 0 < len(then.launches(WEEKS)) < len(small_shop.history.launches(WEEKS))
    assert then.cumulative.shape == (len(then.items), then.days + 1)
    kept = small_shop.history.items["launch"].to_numpy() < then.days
    assert np.array_equal(then.units, small_shop.history.units[kept, : then.days])


def test_later_sales_change_nothing_that_was_known(small_shop: SmallShop) -> None:
    cut = date(2024, 8, 5)
    other = replace(small_shop.history, units=small_shop.history.units.copy())
    other.units[:, other.day(cut) :] += 100
    then, also = small_shop.history.as_of(cut), other.as_of(cut)
    assert np.array_equal(then.units, also.units)
    pd.testing.assert_frame_equal(then.items, also.items)


@pytest.mark.parametrize("cut", [START, START + timedelta(days=WARM_UP_DAYS), date(2000, 1, 1)])
def test_a_cut_in_the_warm_up_is_refused(small_shop: SmallShop, cut: date) -> None:
    with pytest.raises(NotReady, match="too early"):
        small_shop.history.as_of(cut)


def test_a_snapshot_reads_back_the_same(small_shop: SmallShop, tmp_path: Path) -> None:
    small_shop.history.save(tmp_path / "new" / "folder")
    again = History.load(tmp_path / "new" / "folder")
    assert again.start == small_shop.history.start
    assert np.array_equal(again.units, small_shop.history.units)
    pd.testing.assert_frame_equal(again.items, small_shop.history.items)


def test_a_snapshot_keeps_returns_and_days_without_sales(counting: History, tmp_path: Path) -> None:
    counting.units[0, -30:] = 0
    counting.units[1, 5] = -7
    counting.save(tmp_path)
    assert np.array_equal(History.load(tmp_path).units, counting.units)


@pytest.mark.parametrize(
    ("title", "category", "description", "expected"),
    [
        ("Red mug", "Kitchen", "Made of clay.", "Red mug. Kitchen. Made of clay"),
        ("Red mug", None, None, "Red mug"),
        ("Red mug", "Kitchen", None, "Red mug. Kitchen"),
        ("Red mug", None, "Of clay", "Red mug. Of clay"),
        ("  Red mug ", "", "  ", "Red mug"),
    ],
)
def test_the_text_of_an_item(title: str, category: str | None, description: str | None, expected: str) -> None:
    frame = pd.DataFrame({"title": [title], "category": [category], "description": [description]}, dtype="str")
    assert item_text(frame).tolist() == [expected]


def test_the_text_of_items_with_titles_alone() -> None:
    assert item_text(pd.DataFrame({"title": ["Red mug", "Lamp"]})).tolist() == ["Red mug", "Lamp"]


def test_a_shop_without_sales_has_no_history(workspace: Workspace, load: Load) -> None:
    with pytest.raises(NotReady, match="no sales yet"):
        read(workspace.cursor())
    load("sku,title\nA,Mug\n", "products")
    with pytest.raises(NotReady, match="no sales yet"):
        read(workspace.cursor())


def test_the_small_shop_as_it_is_read(small_shop: SmallShop) -> None:
    past = small_shop.history
    assert past.start == START
    assert len(past.items) == OLD_ITEMS + LAUNCHES
    assert len(past.launches(WEEKS)) == LAUNCHES
    assert past.items["text"].str.contains(". ", regex=False).all()
    sold = small_shop.workspace.cursor().execute("SELECT sum(units) FROM sales").fetchone()
    assert sold == (past.units.sum(),)


def test_the_day_of_launch_is_the_first_sale_or_the_day_that_was_set_if_earlier(
    workspace: Workspace, load: Load
) -> None:
    load("sku,title,launch_date\nA,Mug,2025-01-08\nC,Cup,2025-01-03\nE,Vase,2025-01-20\nF,Bowl,\n", "products")
    load("date,sku,qty\n2025-01-01,A,1\n2025-01-05,C,1\n2025-01-06,F,2\n2025-01-10,G,1\n2025-01-11,H,-1\n", "sales")
    launch = read(workspace.cursor()).items.set_index("product_id")["launch"]
    assert launch.to_dict() == {"A": 0, "C": 2, "F": 5, "G": 9}  # E is later than the data, H was only returned
