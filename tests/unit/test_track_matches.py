"""Products that an item may have become: the likest first, and nothing that cannot be it."""

from datetime import date

import pandas as pd
import pytest

from core.track.matches import SHOWN, matches

ITEMS = pd.DataFrame(
    {
        "item_id": ["A", "B"],
        "title": ["Red fox mug", "Oak shelf, large"],
        "category": ["Kitchen", "Living"],
        "brand": ["Oak", None],
        "price": [10.0, 80.0],
        "until": date(2026, 1, 4),
        "due": True,
    }
)
PRODUCTS = pd.DataFrame(
    {
        "product_id": ["P1", "P2", "P3", "P4", "P5"],
        "title": ["Fox mug, red", "Red fox mug", "Fox mug red", "Garden hose", "Mug with red fox"],
        "category": ["Kitchen", "Kitchen", None, "Garden", "Kitchen"],
        "brand": ["Oak", "Elm", None, None, "Oak"],
        "price": [10.5, 10.0, 10.0, 25.0, 40.0],
        "launched_on": pd.to_datetime(["2026-01-07", "2026-01-01", "2026-01-08", "2026-01-09", "2026-01-10"]),
        "sold": [5.0, 9.0, 4.0, 3.0, 2.0],
        "revenue": 1.0,
    }
)


def found(items: pd.DataFrame = ITEMS, **refused: set[str]) -> list[str]:
    table = matches(items, PRODUCTS, refused)
    assert table["likeness"].is_monotonic_decreasing and table["likeness"].between(0, 1).all()
    assert set(table["item_id"]) <= {"A"}  # nothing is like a shelf
    return table["product_id"].tolist()


def test_the_likest_that_came_up_since_come_first():
    assert found() == ["P3", "P1", "P5"]  # P2 sold before the plan was made, P4 is something else
    assert len(found()) <= SHOWN


def test_what_was_refused_is_not_shown_again():
    assert "P1" not in found(A={"P1"})


def test_before_its_week_only_what_is_surely_like_it_is_asked_about():
    assert found(ITEMS.assign(due=False)) == ["P3", "P1"]


@pytest.mark.parametrize("items", [ITEMS.assign(title=""), ITEMS.assign(title="!"), ITEMS.head(0)])
def test_items_without_words_or_no_items_match_nothing_for_sure(items: pd.DataFrame):
    assert found(items.assign(due=False)) == []


def test_without_newcomers_nothing_is_found():
    assert matches(ITEMS, PRODUCTS.head(0), {}).empty
