"""What is read off plans: side by side, summed against budgets, and what needs a look."""

from dataclasses import fields
from datetime import date

import pandas as pd
import pytest

from core import scenarios as sc
from core.errors import DebutError
from core.plans.wishes import Wishes
from core.prices.kept_rules import Policy
from core.prices.rules import Rule
from core.scenario.words import LABELS, told
from tests import plans


def changed(**columns: dict[int, object]) -> pd.DataFrame:
    """The plan with some cells of rows changed."""
    frame = plans.table()
    for name, cells in columns.items():
        for row, value in cells.items():
            frame.loc[row, name] = value
    return frame


def test_plans_side_by_side_show_totals_and_how_far_they_are_off_the_first() -> None:
    one, other = plans.plan(), plans.plan(frame=changed(launch={2: "no"}))
    totals, items = sc.compare({"Plan": one, "Careful": other})
    row = totals.set_index("what").loc["Profit"]
    assert row["Careful − Plan"] == pytest.approx(row["Careful"] - row["Plan"]) != 0
    assert totals.set_index("what").loc["Items launched", ["Plan", "Careful"]].tolist() == [3, 2]
    assert items[["item_id", "differs"]].values.tolist() == [["N-3", "launch"]]


def test_items_differ_by_what_a_plan_decides_and_only_where_they_are_launched() -> None:
    other = changed(
        price={0: 10.004, 1: 13.0, 4: 99.0}, opening_stock={1: 31}, launch_week={2: plans.FIRST, 5: plans.FIRST}
    )
    found = sc.differences({"A": plans.table(), "B": other})
    assert found[["item_id", "differs"]].values.tolist() == [["N-2", "price, stock"], ["N-3", "week"]]
    row = found.iloc[0]
    assert (row["price · A"], row["price · B"], row["launch · A"]) == (12.5, 13.0, "yes")


def test_an_item_that_one_plan_does_not_hold_is_one_that_it_does_not_launch() -> None:
    found = sc.differences({"A": plans.table(), "B": plans.table().iloc[1:], "C": plans.table().iloc[:3]})
    assert found["item_id"].tolist() == ["N-1"]
    assert found[["launch · A", "launch · B", "launch · C"]].values.tolist() == [["yes", "no", "yes"]]


def test_equal_plans_differ_in_nothing_and_one_alone_is_not_compared() -> None:
    assert sc.differences({"A": plans.table(), "B": plans.table()}).empty
    with pytest.raises(DebutError, match="two scenarios"):
        sc.compare({"A": plans.plan()})


def test_wishes_that_differ_are_said_in_words() -> None:
    other = Wishes(launches=None, target=0.8, categories=(("Mugs", 1, None),), blackout=(date(2026, 1, 5),), twins=True)
    found = sc.wishes_apart({"A": Wishes(), "B": other}).set_index("setting")
    assert found.loc["Items at most"].tolist() == ["20", "no limit"]
    assert found.loc["Target of the stock"].tolist() == ["90%", "80%"]
    assert found.loc["Items by category"].tolist() == ["none", "Mugs: 1 or more"]
    assert found.loc["Weeks without launches"].tolist() == ["none", "05 Jan 2026"]
    assert found.loc["One of near twins at most"].tolist() == ["no", "yes"] and len(found) == 5
    assert sc.wishes_apart({"A": other, "B": other}).empty


def test_every_wish_has_a_name_for_people() -> None:
    assert {one.name for one in fields(Wishes)} == LABELS.keys()
    assert len(told(Wishes())) == len(LABELS)


def test_a_roll_up_sums_what_is_launched_and_nothing_else() -> None:
    table = plans.table()
    found = sc.rollup(table, Wishes())
    mine = table[table["launch"] == "yes"]
    for frame in (found.categories, found.weeks):
        assert frame["launches"].sum() == 3
        for name, column in (("units", "units_sold"), ("profit", "profit"), ("stock_money", "stock_money")):
            assert frame[name].sum() == pytest.approx(mine[column].sum())
    assert found.weeks["week"].tolist() == [plans.FIRST + pd.Timedelta(weeks=week) for week in range(3)]
    assert found.weeks["launches"].tolist() == [2, 0, 1] and found.weeks["held"].all()
    assert found.budgets["limit"].tolist()[0] == 20 and found.budgets["limit"].isna().tolist() == [False, True, True]


def test_a_roll_up_says_which_limits_hold() -> None:
    second = (plans.FIRST + pd.Timedelta(weeks=2)).date()
    wishes = Wishes(
        categories=(("Kitchen", 0, 1), ("Garden", 2, None)),
        week_capacity=1,
        capacities=((plans.FIRST.date(), 5),),
        blackout=(second,),
        stock_budget=400.0,
        ads_budget=0.0,
    )
    found = sc.rollup(plans.table(), wishes)
    held = found.categories.set_index("category")["held"].to_dict()
    assert held == {"Kitchen": False, "Living": True, "Garden": False}
    assert found.weeks[["capacity", "held"]].values.tolist() == [[5, True], [1, True], [0, False]]
    stock, ads = (found.budgets.set_index("what").loc[name] for name in ("Opening stock", "Ads"))
    assert (stock["share"], stock["left"]) == (pytest.approx(1.135), -54)
    assert pd.isna(ads["share"]) and ads["left"] == -30


def test_a_plan_that_launches_nothing_rolls_up_to_nothing() -> None:
    found = sc.rollup(plans.table().assign(launch="no"), Wishes(categories=(("Garden", 1, None),), week_capacity=2))
    assert found.categories["category"].tolist() == ["Garden"] and found.weeks.empty
    assert found.budgets["used"].tolist() == [0, 0, 0]


def test_items_without_a_category_are_summed_together() -> None:
    found = sc.rollup(changed(launch={3: "yes"}), Wishes())
    assert "no category" in found.categories["category"].tolist()


def test_exceptions_name_what_needs_a_look_and_what_to_do() -> None:
    found = sc.exceptions(plans.outlook(), plans.table(), Policy(), date(2025, 12, 29))
    kinds = found.groupby("item_id")["kind"].agg(set).to_dict()
    assert kinds == {
        "N-1": {"order", "stock"},
        "N-2": {"order"},
        "N-3": {"missing", "unlike", "wide", "fixed"},
        "N-4": {"unlike"},
        "N-5": {"late"},
        "N-6": {"cost", "rules"},
    }
    assert (found["words"] != "").all() and (found["do"] != "").all()
    assert found["launch"].tolist() == sorted(found["launch"], reverse=True)  # launched items first
    words = found.set_index(["item_id", "kind"])["words"]
    assert "ordered by 22 Dec 2025" in words["N-1", "order"]
    assert "20% like it" in words["N-4", "unlike"] and words["N-3", "unlike"] == "No earlier item is like it."


def test_only_rules_that_are_on_and_look_at_the_item_alone_are_held_against_it() -> None:
    strict = Policy(rules=(Rule("margin", True, 70.0), Rule("bounds"), Rule("seen"), Rule("step", True, 0.5)))
    off = Policy(rules=(Rule("margin", False, 70.0),))
    against = {
        name: set(found.loc[found["kind"] == "rules", "item_id"])
        for name, policy in (("strict", strict), ("off", off), ("none", None))
        if (found := sc.exceptions(plans.outlook(), plans.table(), policy)) is not None
    }
    assert against["strict"] == {f"N-{at}" for at in range(1, 7)} - {"N-7"}
    assert against["off"] == against["none"] == set()


def test_a_plan_without_anything_odd_has_no_exceptions() -> None:
    frame = plans.table().iloc[[1]].assign(override_reason="")
    found = sc.exceptions(plans.outlook(), frame)
    assert found.empty and found.columns.tolist() == ["item_id", "title", "launch", "kind", "what", "words", "do"]
