"""What a plan promises is kept with its approval, at the plan's price and ads, and beside it what was found."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from core import plan as plans
from core import scenarios
from core.errors import DebutError
from core.like_choices import Choice
from core.plan import Override, Plan, Surroundings, Wishes
from core.scenarios import FIRST, Thresholds
from core.track import promise as promises
from core.track.promise import Promise
from core.workspace import Workspace
from tests.plan_shop import SHOP, TODAY, WEEKS, outlook
from tests.plans import table as hand_made

AROUND = Surroundings(today=TODAY)
OUTLOOK = outlook(SHOP)


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plans.plan(OUTLOOK, Wishes(launches=2), (), AROUND)


@pytest.fixture(scope="module")
def made(planned: Plan) -> Promise:
    return promises.promise(OUTLOOK, planned, AROUND)


def test_it_holds_the_launched_items_as_the_plan_has_them(planned: Plan, made: Promise):
    launched = planned.launched.reset_index(drop=True)
    assert made.items["item_id"].tolist() == launched["item_id"].tolist()
    for name, column in (("p50", "units_p50"), ("mean", "units_mean"), ("profit", "profit"), ("price", "price")):
        assert made.items[name].tolist() == pytest.approx(launched[column].tolist())
    assert made.until == TODAY - timedelta(days=1) and made.window == OUTLOOK.weeks
    assert (made.items["like_units"] == 9.0).all() and (made.items["chosen"] == "").all()
    assert made.unforced is None


def test_its_weeks_add_up_to_the_means_of_the_window(made: Promise):
    sums = made.weeks.groupby("item_id")["mean"].sum().reindex(made.items["item_id"])
    assert sums.tolist() == pytest.approx(made.items["mean"].tolist())
    assert made.weeks.groupby("item_id")["week"].apply(list).map(lambda weeks: weeks == [1, 2]).all()


def test_the_loss_of_a_unit_is_that_behind_the_profit():
    around = Surroundings(losses={"fair": 1.25}, today=TODAY)
    made = promises.promise(OUTLOOK, plans.plan(OUTLOOK, Wishes(must=("fair",)), (), around), around)
    loss = made.items.set_index("item_id")["loss"]
    assert loss["fair"] == pytest.approx(1.25, abs=1e-4)
    assert loss.drop("fair").abs().max() < 1e-4


def test_sales_after_the_end_of_the_plan_are_promised_too():
    """They do not count in the plan, but the launch goes on, and so does its follow-up."""
    last = WEEKS[0].date() + timedelta(days=6)
    wishes = Wishes(launches=1, must=("cheap",), until=last, weeks="earliest")
    short = plans.plan(OUTLOOK, wishes, (), AROUND)
    made = promises.promise(OUTLOOK, short, AROUND)
    assert short.by_item.loc["cheap", "units_mean"] == pytest.approx(50)  # the first of two like weeks
    assert made.items["mean"].tolist() == pytest.approx([100]) and made.weeks["mean"].sum() == pytest.approx(100)


def test_beside_what_a_person_chose_stands_what_was_found():
    raised = OUTLOOK.forecast.copy()
    raised[["p10", "p50", "p90", "mean"]] *= 2
    doubled = OUTLOOK.outcomes.copy()
    doubled[doubled.columns[2:]] *= 2
    chosen = replace(
        OUTLOOK, forecast=raised, outcomes=doubled, as_found=OUTLOOK.forecast,
        choices={"cheap": Choice(base=180.0, note="worn on television", who="Ann")},
    )  # fmt: skip
    made = promises.promise(chosen, plans.plan(chosen, Wishes(must=("cheap",)), (), AROUND), AROUND)
    row = made.items.set_index("item_id").loc["cheap"]
    assert row["found_mean"] == pytest.approx(row["mean"] / 2) and row["found_p50"] == pytest.approx(row["p50"] / 2)
    assert (row["chosen"], row["chosen_by"]) == ("worn on television", "Ann")


def test_where_something_was_fixed_the_plan_without_it_is_kept():
    fixed = Override("loss", launch=True, reason="the owner likes it", who="Ann")
    forced = plans.plan(OUTLOOK, Wishes(launches=2), (fixed,), AROUND)
    made = promises.promise(OUTLOOK, forced, AROUND)
    assert made.unforced is not None
    launched = made.unforced.set_index("item_id")["launch"]
    assert launched["loss"] == "no" and "loss" in set(made.items["item_id"])


def test_a_promise_is_read_as_it_was_kept(made: Promise):
    again = Promise.from_json(replace(made, unforced=hand_made()).to_json())
    assert (again.until, again.window, again.guessed) == (made.until, made.window, False)
    pd.testing.assert_frame_equal(again.items, made.items)
    pd.testing.assert_frame_equal(again.weeks, made.weeks)
    assert again.unforced is not None
    pd.testing.assert_frame_equal(again.unforced, hand_made())


@pytest.mark.parametrize("text", ["{}", "no json", '{"until": "soon", "window": 8, "items": null}'])
def test_a_damaged_promise_says_so(text: str):
    with pytest.raises(DebutError, match="cannot be read"):
        Promise.from_json(text)


def test_an_approval_without_one_is_followed_by_equal_parts():
    made = promises.of_table(hand_made(), 0.5, 4)
    assert made.guessed and len(made.items) == 3 and made.until == date(2025, 12, 29)
    assert np.allclose(made.weeks.loc[made.weeks["item_id"] == "N-1", "mean"], 42 / 4)


def test_an_approval_keeps_it_and_one_before_had_none(workspace: Workspace, planned: Plan, made: Promise):
    scenarios.approve(workspace, FIRST, planned.table, "Bea", promise=made)
    kept = scenarios.approved(workspace.cursor())
    assert kept is not None and kept.promise is not None
    pd.testing.assert_frame_equal(kept.promise.items, made.items)
    scenarios.decline(workspace, FIRST, "Bea", "once more")
    scenarios.approve(workspace, FIRST, planned.table, "Bea")
    assert [one.promise is None for one in scenarios.in_force(workspace.cursor())] == [False, True]


def test_a_plan_approved_within_the_limits_keeps_it_too(workspace: Workspace, planned: Plan, made: Promise):
    scenarios.keep_thresholds(workspace, Thresholds(automatic=True))
    assert scenarios.submit(workspace, FIRST, planned.table, planned.totals, "Ann", promise=made) == []
    kept = scenarios.approved(workspace.cursor())
    assert kept is not None and kept.promise is not None and kept.promise.window == made.window
