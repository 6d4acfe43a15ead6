"""What is typed into the plan's grid, and the decisions that it asks for."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from core.plans.overrides import Override
from core.scenario.typed import asked, merged, words
from core.scenarios import Scenario

TABLE = pd.DataFrame(
    {
        "item_id": ["A", "B"],
        "title": ["Fox mug", "Owl jug"],
        "launch": ["yes", "no"],
        "launch_week": pd.to_datetime(["2026-03-02", "2026-03-09"]),
        "price": [9.5, 4.0],
        "ad_spend": [120.004, 0.0],
        "opening_stock": [48, 0],
    }
)
PLAIN = Scenario(0, "Plan")
FIXED = Scenario(0, "Plan", overrides=(Override("A", price=8.0, stock=40, reason="agreed"),))


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ({"launches": False}, Override("A", launch=False)),
        ({"launch_week": "2026-03-16"}, Override("A", week=date(2026, 3, 16))),
        ({"price": 7.25}, Override("A", price=7.25)),
        ({"ad_spend": 200}, Override("A", ad_spend=200.0)),
        ({"opening_stock": 60}, Override("A", stock=60)),
    ],
)
def test_a_cell_fixes_its_thing_and_no_other(cell: dict[str, Any], wanted: Override):
    assert asked({"A": cell}, TABLE, PLAIN).fixed == (wanted,)


@pytest.mark.parametrize(
    "cell",
    [
        {"launches": True},
        {"launch_week": "2026-03-02"},
        {"price": 9.5},
        {"ad_spend": 120.0},
        {"opening_stock": 48},
        {"price": None},
        {"locked": False},
    ],
)
def test_what_was_typed_back_asks_for_nothing(cell: dict[str, Any]):
    assert not asked({"A": cell}, TABLE, PLAIN).items


def test_a_lock_fixes_all_that_the_plan_has():
    assert asked({"A": {"locked": True}}, TABLE, PLAIN).fixed == (
        Override("A", True, date(2026, 3, 2), 9.5, 120.0, 48),
    )
    assert asked({"B": {"locked": True}}, TABLE, PLAIN).fixed == (Override("B", launch=False),)


def test_a_lock_and_another_price_go_together():
    (made,) = asked({"A": {"locked": True, "price": 12.0}}, TABLE, PLAIN).fixed
    assert (made.price, made.stock) == (12.0, 48)


def test_an_unlocked_item_is_left_to_the_plan_whatever_else_was_typed():
    wanted = asked({"A": {"locked": False, "price": 1.0}}, TABLE, FIXED)
    assert wanted.released == ("A",) and not wanted.fixed


def test_an_emptied_cell_frees_what_was_fixed():
    assert asked({"A": {"price": None}}, TABLE, FIXED).emptied == (("A", "price"),)


def test_an_item_that_is_gone_asks_for_nothing():
    assert not asked({"Z": {"price": 1.0}}, TABLE, PLAIN).items


def test_later_edits_lie_over_earlier_ones_and_leave_them_alone():
    before = {"A": {"price": 7.0, "launches": False}}
    after = merged(before, ["B", "A"], {1: {"price": 6.0}, 0: {"opening_stock": 3}, 9: {"price": 1.0}})
    assert after == {"A": {"price": 6.0, "launches": False}, "B": {"opening_stock": 3}}
    assert before == {"A": {"price": 7.0, "launches": False}}


def test_decisions_are_told_by_title():
    wanted = asked({"A": {"price": 7.25, "launch_week": "2026-03-16"}, "B": {"launches": True}}, TABLE, PLAIN)
    titles = dict(zip(TABLE["item_id"], TABLE["title"], strict=True))
    assert words(wanted, titles) == ["Fox mug: week of 16 Mar 2026, price 7.25", "Owl jug: launch"]
    free = asked({"A": {"locked": False}}, TABLE, FIXED)
    assert words(free, titles) == ["Fox mug: left to the plan again"]
