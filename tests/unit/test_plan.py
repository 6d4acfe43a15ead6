"""The launch plan: how items are ranked, which are launched and when, and the columns of its CSV."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from core.errors import DebutError
from core.outlook import Outlook
from core.plan import COLUMNS, OBJECTIVES, Objective, Plan, Wishes, plan

WEEKS = [pd.Timestamp("2025-02-03"), pd.Timestamp("2025-02-10")]
PROMISED = [
    *("rank", "item_id", "title", "launch", "launch_week", "price", "units_p10", "units_p50", "units_p90"),
    *("revenue", "profit", "preference", "like_items", "reason"),
]


def outlook(items: list[tuple[str, float, float, float, float, float]]) -> Outlook:
    """Items as (item_id, price, cost, units in the first week, units in the second, buyers)."""
    ids = [item[0] for item in items]
    sheet = pd.DataFrame(
        {
            **{"item_id": ids, "title": [f"Item {name}" for name in ids], "category": "Mugs"},
            **{"price": [item[1] for item in items], "cost": [item[2] for item in items], "assumed": ""},
            **{"max_stock": np.nan, "late": False},
        }
    )
    rows = [
        (name, when, week, units * 0.5, units * 0.9, units * 2, units)
        for name, _, _, *expected, _ in items
        for when, units in zip(WEEKS, expected, strict=True)
        for week in (1, 2, 0)
    ]
    columns = ["item_id", "launch_week", "week", "p10", "p50", "p90", "mean"]
    buyers = np.array([item[5] for item in items], dtype=float)
    like = pd.DataFrame(
        {
            **{"item_id": np.repeat(ids, 3), "place": np.tile([1, 2, 3], len(ids)), "product_id": "P"},
            **{"title": np.tile(["Red mug", "Blue mug", "Lamp"], len(ids)), "similarity": 0.8},
            **{"weight": 0.3, "units": 9.0},
        }
    )
    appeal = pd.DataFrame({"item_id": ids, "preference": buyers / 100, "buyers": buyers})
    forecast = pd.DataFrame(rows, columns=columns)
    sums = forecast[forecast["week"] == 0]
    outcomes = sums[["item_id", "launch_week"]].assign(outcome_0=sums["mean"] * 0.5, outcome_1=sums["mean"] * 1.5)
    return Outlook("key", 2, sheet, forecast, like, appeal, outcomes.reset_index(drop=True))


#    item_id, price, cost, units in week 1 and 2, buyers
SHOP = [
    ("cheap", 2.0, 0.5, 100.0, 110.0, 70.0),  # revenue 200, profit 150, preference 140
    ("dear", 30.0, 25.0, 10.0, 12.0, 4.0),  # revenue 300, profit 50, preference 120
    ("fair", 10.0, 4.0, 15.0, 60.0, 20.0),  # revenue 150, profit 90, preference 200; 600 and 360 a week later
    ("loss", 50.0, 60.0, 90.0, 95.0, 60.0),  # sells well, and loses 10 on every piece
]


def ranked(result: Plan) -> list[str]:
    return result.table["item_id"].tolist()


@pytest.mark.parametrize(
    ("objective", "order"),
    [
        ("profit", ["cheap", "fair", "dear", "loss"]),
        ("revenue", ["loss", "dear", "cheap", "fair"]),
        ("preference", ["loss", "fair", "cheap", "dear"]),
    ],
)
def test_items_are_ranked_by_the_objective(objective: Objective, order: list[str]) -> None:
    assert ranked(plan(outlook(SHOP), Wishes(objective))) == order


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_item_that_loses_money_is_never_launched(objective: Objective) -> None:
    table = plan(outlook(SHOP), Wishes(objective)).table.set_index("item_id")
    assert table["launch"].to_dict() == {"cheap": "yes", "dear": "yes", "fair": "yes", "loss": "no"}
    assert table.loc["loss", "reason"].startswith("Its price does not cover its cost")


@pytest.mark.parametrize(
    ("launches", "expected"),
    [(0, []), (1, ["cheap"]), (2, ["cheap", "fair"]), (99, ["cheap", "fair", "dear"])],
)
def test_at_most_so_many_are_launched(launches: int, expected: list[str]) -> None:
    result = plan(outlook(SHOP), Wishes(launches=launches))
    assert result.launched["item_id"].tolist() == expected
    assert len(result.table) == len(SHOP)


def test_a_losing_item_takes_no_place_of_another() -> None:
    assert plan(outlook(SHOP), Wishes("revenue", launches=2)).launched["item_id"].tolist() == ["dear", "cheap"]


def test_ties_go_by_item_id() -> None:
    same = [(name, 5.0, 2.0, 10.0, 10.0, 3.0) for name in ("c", "a", "d", "b")]
    for objective in OBJECTIVES:
        assert ranked(plan(outlook(same), Wishes(objective))) == ["a", "b", "c", "d"]


def test_items_launch_in_their_earliest_week_or_in_their_best() -> None:
    early, best = plan(outlook(SHOP), Wishes()), plan(outlook(SHOP), Wishes(best_week=True))
    assert set(early.table["launch_week"]) == {WEEKS[0]}
    assert ranked(best) == ["fair", "cheap", "dear", "loss"]
    table = best.table.set_index("item_id")
    assert table.loc["fair", "launch_week"] == WEEKS[1]
    assert table.loc["fair", "profit"] == pytest.approx(360)
    assert table.loc["fair", "units_mean"] == pytest.approx(60)


def test_the_best_week_is_the_earliest_where_weeks_are_alike() -> None:
    result = plan(outlook([("a", 5.0, 2.0, 10.0, 10.0, 3.0)]), Wishes(best_week=True))
    assert result.table["launch_week"].tolist() == [WEEKS[0]]


def test_money_follows_from_expected_units() -> None:
    row = plan(outlook(SHOP), Wishes()).table.set_index("item_id").loc["fair"]
    assert row["revenue"] == pytest.approx(15 * 10)
    assert row["profit"] == pytest.approx(15 * (10 - 4))
    assert (row["units_p10"], row["units_p50"], row["units_p90"]) == pytest.approx((7.5, 13.5, 30))


def test_preference_is_refused_where_no_customer_is_known() -> None:
    unknown = outlook([(*item[:5], np.nan) for item in SHOP])
    with pytest.raises(DebutError, match="preference of customers is unknown"):
        plan(unknown, Wishes("preference"))
    for objective in ("profit", "revenue"):
        assert plan(unknown, Wishes(objective)).table["preference"].isna().all()


def test_the_columns_of_the_csv_are_as_promised() -> None:
    table = plan(outlook(SHOP), Wishes()).table
    assert table.columns.tolist() == COLUMNS
    assert [name for name in COLUMNS if name in PROMISED] == PROMISED
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert set(table["launch"]) <= {"yes", "no"}


def test_like_items_are_named_and_the_reason_is_a_sentence() -> None:
    table = plan(outlook(SHOP), Wishes(launches=1)).table.set_index("item_id")
    assert table.loc["cheap", "like_items"] == "Red mug and Blue mug"
    assert table.loc["cheap", "reason"] == "Sells like Red mug and Blue mug"
    assert table.loc["fair", "reason"].startswith("Ranks below the last one launched")


def test_an_item_without_like_items_says_so() -> None:
    whole = outlook(SHOP)
    table = plan(replace(whole, like=whole.like.head(0)), Wishes()).table
    assert table["like_items"].eq("").all()
    assert table["reason"].str.contains("no like item", case=False).all()


def test_an_item_that_nobody_wants_is_not_said_to_cost_too_much() -> None:
    row = plan(outlook([("a", 5.0, 2.0, 0.0, 0.0, 0.0)]), Wishes()).table.iloc[0]
    assert row["launch"] == "no"
    assert "does not cover its cost" not in row["reason"]


def test_objectives_are_those_of_the_type() -> None:
    assert get_args(Objective) == OBJECTIVES


def test_what_cannot_be_bought_is_not_sold() -> None:
    whole = outlook(SHOP)
    scarce = replace(whole, items=whole.items.assign(max_stock=1))
    few, many = (plan(one, Wishes()).table.set_index("item_id") for one in (scarce, whole))
    assert few.loc["cheap", "revenue"] == few.loc["cheap", "price"]
    assert few.loc["cheap", "units_mean"] == many.loc["cheap", "units_mean"]  # the demand is what it is


def test_stock_that_may_not_last_is_counted_by_its_outcomes() -> None:
    """As likely half as one and a half of the mean, and stock for the mean: a quarter of it is lost."""
    whole = outlook(SHOP)
    short = replace(whole, items=whole.items.assign(max_stock=100.0))
    row = plan(short, Wishes(objective="revenue")).table.set_index("item_id").loc["cheap"]
    assert row["revenue"] == pytest.approx((50 + 100) / 2 * row["price"])


def test_an_item_whose_window_has_passed_is_not_launched() -> None:
    whole = outlook(SHOP)
    late = replace(whole, items=whole.items.assign(late=whole.items["item_id"] == "cheap"))
    table = plan(late, Wishes()).table.set_index("item_id")
    assert table.loc["cheap", "launch"] == "no"
    assert "window has passed" in table.loc["cheap", "reason"]
