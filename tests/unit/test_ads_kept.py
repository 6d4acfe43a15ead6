"""Plans of ads are kept by what they are for, can be undone, and go out a row a channel and week."""

from datetime import date

import numpy as np
import pytest

from core import export
from core.ads import kept
from core.ads.kept import Plan
from core.errors import DebutError
from core.workspace import Workspace

WEEKS = [date(2025, 7, 7), date(2025, 7, 14)]


def plan(money: float = 10.0) -> Plan:
    return Plan(["search", "=social"], WEEKS, np.array([[money, 0.0], [5.0, 7.5]]))


def test_the_last_plan_counts_and_undo_takes_it_back(workspace: Workspace):
    assert kept.kept(workspace.cursor()) == {} and kept.last(workspace.cursor()) == ""
    empty = kept.stamp(workspace.cursor())
    kept.keep(workspace, "item", "N1", plan(), "Ada", "first")
    first = kept.stamp(workspace.cursor())
    kept.keep(workspace, "item", "N1", plan(20.0))
    kept.keep(workspace, "category", "Mugs", plan(90.0))
    assert kept.kept(workspace.cursor())["N1"].plan.by_channel == {"search": 20.0, "=social": 12.5}
    assert kept.kept(workspace.cursor(), "category")["Mugs"].plan.total == 102.5
    assert kept.undo(workspace) == "Mugs" and kept.undo(workspace) == "N1"
    found = kept.kept(workspace.cursor())["N1"]
    assert (found.plan.total, found.made_by, found.note) == (22.5, "Ada", "first")
    assert found.plan.weeks == WEEKS and kept.stamp(workspace.cursor()) == first
    assert kept.last(workspace.cursor()).startswith("the plan of N1, kept by Ada on")
    assert kept.undo(workspace) == "N1" and kept.undo(workspace) == ""
    assert kept.kept(workspace.cursor()) == {} and kept.stamp(workspace.cursor()) == empty


def test_no_plan_is_an_act_too(workspace: Workspace):
    kept.keep(workspace, "shop", "", plan())
    kept.keep(workspace, "shop", "", None)
    assert kept.kept(workspace.cursor(), "shop") == {}
    assert kept.last(workspace.cursor()).startswith("no plan of the shop")
    kept.undo(workspace)
    assert kept.kept(workspace.cursor(), "shop")[""].plan.total == 22.5
    log = kept.log(workspace.cursor())
    assert log["undone"].tolist() == [True, False]
    assert log["money"].isna().tolist() == [True, False]


def test_a_plan_does_not_make_what_was_learnt_from_the_data_stale(workspace: Workspace):
    before = workspace.version
    kept.keep(workspace, "item", "N1", plan())
    assert workspace.version == before


def test_rows_for_the_csv(workspace: Workspace):
    frame = kept.rows(plan(), "Fox mug")
    assert list(frame) == ["for", "week", "channel", "spend"]
    assert frame["spend"].tolist() == [10.0, 0.0, 5.0, 7.5]
    assert frame["channel"].tolist() == ["search", "search", "=social", "=social"]
    assert b"Fox mug,2025-07-14,'=social,7.5" in export.to_csv(frame)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Plan(["search"], WEEKS, np.array([[-1.0, 2.0]])), "0 or more"),
        (Plan(["search"], WEEKS, np.array([[np.nan, 2.0]])), "0 or more"),
        (Plan(["search"], WEEKS, np.array([[1.0]])), "every channel and week"),
        (Plan([], [], np.zeros((0, 0))), "every channel and week"),
    ],
)
def test_what_cannot_be_spent_is_refused(workspace: Workspace, wrong: Plan, said: str):
    with pytest.raises(DebutError, match=said):
        kept.keep(workspace, "item", "N1", wrong)
    assert kept.log(workspace.cursor()).empty
    with pytest.raises(DebutError, match="not for a planet"):
        kept.keep(workspace, "planet", "N1", plan())


def test_long_and_hostile_words_are_kept_as_words(workspace: Workspace):
    kept.keep(workspace, "item", "N'1; DROP TABLE ad_plans", plan(), "x" * 900, "'); --")
    (found,) = kept.kept(workspace.cursor()).values()
    assert len(found.made_by) == kept.LONGEST and found.note == "'); --"
