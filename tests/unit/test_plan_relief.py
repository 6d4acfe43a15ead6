"""What a clash proposes, made into other wishes: they can be met then."""

from dataclasses import replace
from datetime import date

import pytest

from core.plan import Wishes
from core.plans.relief import eased

WEEK = date(2026, 3, 2)
WISHES = Wishes(
    launches=3,
    least=5,
    categories=(("Mugs & more", 2, 4), ("Toys", 0, 1)),
    week_capacity=2,
    blackout=(date(2026, 3, 9),),
    stock_budget=100.0,
    ads_budget=1_500.0,
    must=("A", "B"),
    not_both=(("A", "B"), ("C", "D")),
    together=(("A", "B", "C"), ("D", "E")),
    spacing=2,
)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("allow 2 more items in all", {"launches": 5}),
        ("ask for 2 fewer items in all", {"least": 3}),
        ("allow 1 more of Toys", {"categories": (("Mugs & more", 2, 4), ("Toys", 0, 2))}),
        ("ask for 1 fewer of Mugs & more", {"categories": (("Mugs & more", 1, 4), ("Toys", 0, 1))}),
        ("allow 3 more in the week of 02 Mar 2026", {"capacities": ((WEEK, 5),)}),
        ("allow both B and A", {"not_both": (("C", "D"),)}),
        ("launch A and B apart", {"together": (("A", "C"), ("D", "E"))}),
        ("launch D and E apart", {"together": (("A", "B", "C"),)}),
        ("leave 1 weeks between A and C", {"spacing": 1}),
        ("raise the budget for stock by 1,200", {"stock_budget": 1_300.0}),
        ("raise the budget for ads by 50", {"ads_budget": 1_550.0}),
        ("let the plan leave A out", {"must": ("B",)}),
    ],
)
def test_each_change_is_made_and_nothing_else(words: str, changes: dict):
    assert eased(WISHES, [words]) == replace(WISHES, **changes)


def test_two_that_are_nearly_the_same_are_allowed_by_the_wish_that_parts_them():
    wishes = replace(WISHES, twins=True)
    assert eased(wishes, ["allow both X and Y, which are nearly the same"]) == replace(wishes, twins=False)


def test_changes_are_made_together():
    found = eased(WISHES, ["allow 2 more items in all", "raise the budget for stock by 10"])
    assert found == replace(WISHES, launches=5, stock_budget=110.0)


@pytest.mark.parametrize(
    "relief",
    [
        [],
        ["pray"],
        ["let the plan leave Z out"],  # launched by hand, not by a wish
        ["allow 2 more items in all", "pray"],
        ["allow 1 more of Hats"],
    ],
)
def test_what_is_no_change_of_wishes_is_left_to_the_person(relief: list[str]):
    assert eased(WISHES, relief) is None


def test_a_week_without_a_limit_cannot_be_loosened():
    assert eased(replace(WISHES, week_capacity=None), ["allow 1 more in the week of 02 Mar 2026"]) is None
