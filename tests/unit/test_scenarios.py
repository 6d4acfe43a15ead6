"""Scenarios: made, changed, undone in order, not lost to another session, approved within limits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from core import demo
from core import scenarios as sc
from core.errors import DebutError
from core.plans.overrides import Override
from core.plans.wishes import Wishes
from core.scenarios import FIRST, Scenario, Thresholds
from core.trainers import ModelKind
from core.workspace import Workspace
from tests import plans

WEEK = date(2026, 1, 19)  # a Monday


def now(workspace: Workspace, scenario_id: int = FIRST) -> Scenario:
    return sc.get(workspace.cursor(), scenario_id)


def names(workspace: Workspace) -> list[str]:
    return [one.name for one in sc.list_(workspace.cursor())]


def fix(workspace: Workspace, *overrides: Override, scenario_id: int = FIRST, who: str = "Ann") -> None:
    sc.override(workspace, scenario_id, overrides, who)


def test_every_shop_has_a_first_scenario(workspace: Workspace) -> None:
    first = now(workspace)
    assert (first.name, first.wishes, first.overrides, first.state) == ("Plan", Wishes(), (), "draft")
    assert names(workspace) == ["Plan"] and sc.last(workspace.cursor()) == "" and sc.undo(workspace) == ""
    with pytest.raises(DebutError, match="first scenario stays"):
        sc.delete(workspace, FIRST)


def test_scenarios_are_made_copied_renamed_deleted_and_brought_back(workspace: Workspace) -> None:
    made = sc.create(workspace, "  Spring,\n careful ", Wishes(launches=5), "Ann")
    assert (made.name, made.wishes.launches, made.created_by) == ("Spring, careful", 5, "Ann")
    fix(workspace, Override("A", price=9.0, reason="round"), scenario_id=made.scenario_id)
    copied = sc.copy(workspace, made.scenario_id, "Spring, bold", "Ben")
    assert copied.wishes == made.wishes and copied.overrides == (Override("A", price=9.0, reason="round", who="Ann"),)
    sc.rename(workspace, copied.scenario_id, "Bold")
    sc.delete(workspace, made.scenario_id)
    assert names(workspace) == ["Plan", "Bold"]
    assert [one.name for one in sc.list_(workspace.cursor(), deleted=True)] == ["Spring, careful"]
    sc.restore(workspace, made.scenario_id)
    assert names(workspace) == ["Plan", "Spring, careful", "Bold"]


@pytest.mark.parametrize("name", ["", "  \n", "plan", "PLAN "])
def test_a_name_is_needed_and_nobody_elses(workspace: Workspace, name: str) -> None:
    with pytest.raises(DebutError):
        sc.create(workspace, name)
    made = sc.create(workspace, "Other")
    with pytest.raises(DebutError):
        sc.rename(workspace, made.scenario_id, name)
    sc.rename(workspace, made.scenario_id, "OTHER")
    assert names(workspace) == ["Plan", "OTHER"]


def test_a_name_taken_meanwhile_gets_a_number_when_it_is_brought_back(workspace: Workspace) -> None:
    old = sc.create(workspace, "Spring")
    sc.delete(workspace, old.scenario_id)
    sc.create(workspace, "Spring")
    sc.restore(workspace, old.scenario_id)
    assert names(workspace) == ["Plan", "Spring (2)", "Spring"]
    sc.undo(workspace)
    assert names(workspace) == ["Plan", "Spring"]


def test_what_was_deleted_or_never_made_cannot_be_changed(workspace: Workspace) -> None:
    made = sc.create(workspace, "Spring")
    sc.delete(workspace, made.scenario_id)
    with pytest.raises(DebutError, match="was deleted"):
        sc.set_wishes(workspace, made.scenario_id, Wishes(launches=1))
    with pytest.raises(DebutError, match="no scenario 77"):
        sc.get(workspace.cursor(), 77)


def test_overrides_of_an_item_lie_over_each_other_and_are_released_in_part_or_whole(workspace: Workspace) -> None:
    fix(workspace, Override("A", price=9.0, reason="round"), Override("B", launch=False, reason="recalled"))
    fix(workspace, Override("A", week=WEEK, stock=12, reason="fair"), who="Ben")
    first, second = now(workspace).overrides
    assert first == Override("A", None, WEEK, 9.0, None, 12, "round; fair", "Ben")
    assert second == Override("B", launch=False, reason="recalled", who="Ann")
    sc.release(workspace, FIRST, ["A"], ["price"])
    assert now(workspace).overrides[0].price is None and now(workspace).overrides[0].week == WEEK
    sc.release(workspace, FIRST, ["A", "B", "never fixed"])
    assert now(workspace).overrides == ()
    with pytest.raises(DebutError, match="cannot be fixed"):
        sc.release(workspace, FIRST, ["A"], ["colour"])


@pytest.mark.parametrize(
    "bad",
    [
        Override("A", price=9.0),
        Override("A", price=9.0, reason="  "),
        Override("A", price=0.0, reason="x"),
        Override("A", price=float("nan"), reason="x"),
        Override("A", stock=-1, reason="x"),
        Override("A", week=date(2026, 1, 20), reason="x"),
        Override("A", ad_spend=float("inf"), reason="x"),
    ],
)
def test_an_override_without_a_reason_or_sense_is_refused_and_nothing_of_the_act_is_kept(
    workspace: Workspace, bad: Override
) -> None:
    with pytest.raises(DebutError, match="A: "):
        fix(workspace, Override("B", launch=True, reason="fine"), bad)
    assert now(workspace).overrides == () and sc.log(workspace.cursor()).empty


def test_an_override_of_nothing_is_no_act(workspace: Workspace) -> None:
    fix(workspace, Override("A", reason="nothing at all"))
    assert sc.log(workspace.cursor()).empty


def test_undo_takes_back_act_by_act_down_to_the_beginning(workspace: Workspace) -> None:
    steps: list[Callable[[], object]] = [
        lambda: sc.set_wishes(workspace, FIRST, Wishes(launches=3), "Ann"),
        lambda: fix(workspace, Override("A", price=9.0, reason="round"), Override("B", launch=True, reason="x")),
        lambda: sc.release(workspace, FIRST, ["A"]),
        lambda: sc.propose(workspace, FIRST, "Ann"),
        lambda: sc.approve(workspace, FIRST, plans.table(), "Bea", "good"),
        lambda: sc.decline(workspace, FIRST, "Cem", "too much stock"),
        lambda: sc.rename(workspace, FIRST, "Winter"),
    ]
    before = []
    for step in steps:
        before.append(replace(now(workspace), act=0))
        step()
    for was in reversed(before):
        assert sc.undo(workspace, FIRST) != ""
        assert replace(now(workspace), act=0) == was
    log = sc.log(workspace.cursor())
    assert log["undone"].all() and log["act"].nunique() == len(steps)
    assert sc.approved(workspace.cursor()) is None


def test_undo_of_one_scenario_leaves_the_others(workspace: Workspace) -> None:
    other = sc.create(workspace, "Other", who="Ben")
    sc.set_wishes(workspace, FIRST, Wishes(launches=3))
    sc.set_wishes(workspace, other.scenario_id, Wishes(launches=4))
    assert sc.undo(workspace, FIRST).startswith("Plan: settings changed")
    assert now(workspace).wishes.launches == 20 and now(workspace, other.scenario_id).wishes.launches == 4
    sc.undo(workspace, other.scenario_id)
    sc.undo(workspace, other.scenario_id)
    assert names(workspace) == ["Plan"]


def test_the_log_says_who_did_what_and_why(workspace: Workspace) -> None:
    fix(workspace, Override("A", week=WEEK, price=9.5, launch=True, reason="fair"), who=" Ann ")
    assert sc.last(workspace.cursor()).startswith("Plan: fixed by hand: launch, week of 19 Jan 2026, price 9.50 by Ann")
    sc.release(workspace, FIRST, ["A"], ["week"], "Ben")
    sc.propose(workspace, FIRST, "Ben", "please look")
    log = sc.log(workspace.cursor())
    assert log["what"].tolist()[:2] == ["proposed", "left to the plan again: week"]
    assert log[["made_by", "item_id", "reason"]].values.tolist() == [
        ["Ben", "", "please look"], ["Ben", "A", ""], ["Ann", "A", "fair"],
    ]  # fmt: skip


def test_changes_make_a_draft_of_what_was_proposed_or_approved(workspace: Workspace) -> None:
    for change in (
        lambda: sc.set_wishes(workspace, FIRST, replace(now(workspace).wishes, least=now(workspace).wishes.least + 1)),
        lambda: fix(workspace, Override("A", launch=True, reason="x")),
        lambda: sc.release(workspace, FIRST, ["A"]),
    ):
        sc.approve(workspace, FIRST, plans.table(), "Bea")
        assert now(workspace).state == "approved"
        change()
        assert now(workspace).state == "draft"
    sc.approve(workspace, FIRST, plans.table(), "Bea")
    sc.set_wishes(workspace, FIRST, now(workspace).wishes)  # the same again changes nothing
    assert now(workspace).state == "approved"


def test_what_another_session_did_is_not_lost(workspace: Workspace) -> None:
    seen = now(workspace).act
    fix(workspace, Override("A", price=9.0, reason="mine"), who="Ann")
    sc.override(workspace, FIRST, [Override("A", week=WEEK, reason="also")], "Ben", seen)  # another thing: both hold
    assert (now(workspace).overrides[0].price, now(workspace).overrides[0].week) == (9.0, WEEK)
    with pytest.raises(DebutError, match="Ann changed an item \\(A\\)"):
        sc.override(workspace, FIRST, [Override("A", price=8.0, reason="mine too")], "Ben", seen)
    sc.set_wishes(workspace, FIRST, Wishes(launches=7), "Ann")
    with pytest.raises(DebutError, match="Ann changed the settings"):
        sc.set_wishes(workspace, FIRST, Wishes(launches=8), "Ben", seen)
    with pytest.raises(DebutError, match="changed this scenario"):
        sc.approve(workspace, FIRST, plans.table(), "Bea", seen=seen)
    with pytest.raises(DebutError, match="changed this scenario"):
        sc.submit(workspace, FIRST, plans.table(), plans.plan().totals, "Ben", seen=seen)
    assert now(workspace).wishes.launches == 7 and now(workspace).state == "draft"
    sc.set_wishes(workspace, FIRST, Wishes(launches=8), "Ben", now(workspace).act)
    assert now(workspace).wishes.launches == 8


def test_what_another_session_undid_is_not_approved_nor_undone_twice(workspace: Workspace) -> None:
    fix(workspace, Override("A", price=9.0, reason="first"), who="Ann")
    fix(workspace, Override("B", price=9.0, reason="then"), who="Ann")
    seen = now(workspace).act
    assert "Plan" in sc.undo(workspace, FIRST, seen)
    with pytest.raises(DebutError, match="Somebody has changed this scenario"):
        sc.approve(workspace, FIRST, plans.table(), "Bea", seen=seen)
    with pytest.raises(DebutError, match="Something else was done last"):
        sc.undo(workspace, FIRST, seen)
    assert [one.item_id for one in now(workspace).overrides] == ["A"]


def test_totals_that_are_no_numbers_wait_for_a_person(workspace: Workspace) -> None:
    limits = Thresholds(True, stock_money=1_000)
    assert sc.may_approve({"stock_money": float("nan")}, plans.table(), limits)
    assert sc.may_approve({}, plans.table(), limits)
    assert sc.may_approve({"stock_money": 999.0}, plans.table(), limits) == []


def test_stamps_change_with_every_act_and_its_undoing(workspace: Workspace) -> None:
    stamps = [sc.stamp(workspace.cursor())]
    fix(workspace, Override("A", launch=True, reason="x"))
    stamps.append(sc.stamp(workspace.cursor()))
    sc.undo(workspace)
    stamps.append(sc.stamp(workspace.cursor()))
    assert len(set(stamps)) == 3
    assert now(workspace).stamp == Scenario(FIRST, "other name").stamp


def test_scenarios_outlive_the_process_and_leave_the_data_version_alone(tmp_path: Path) -> None:
    with Workspace(tmp_path / "shop") as shop:
        version = shop.version
        sc.create(shop, "Spring", Wishes(capacities=((WEEK, 2),), blackout=(WEEK,)))
        fix(shop, Override("A", week=WEEK, reason="x"), scenario_id=1)
        sc.approve(shop, 1, plans.table(), "Bea")
        assert shop.version == version
    with Workspace(tmp_path / "shop") as shop:
        kept = sc.get(shop.cursor(), 1)
        assert kept.wishes.capacities == ((WEEK, 2),) and kept.overrides[0].week == WEEK and kept.state == "approved"


def test_a_demo_shop_with_a_scenario_in_it_is_put_aside_and_not_removed(tmp_path: Path) -> None:
    with Workspace(tmp_path / "demo") as shop:
        sc.create(shop, "Mine")
    demo._put_away(tmp_path / "demo")
    assert list(tmp_path.glob("demo-before-*"))


def test_thousands_of_overrides_are_one_act(workspace: Workspace) -> None:
    fix(workspace, *(Override(f"I-{at}", stock=at, reason="loaded") for at in range(2_000)))
    assert len(now(workspace).overrides) == 2_000
    assert sc.last(workspace.cursor()).startswith("Plan: 2,000 items fixed by hand by Ann")
    log = sc.log(workspace.cursor())
    assert len(log) == 20 and log["what"].iloc[-1] == "1,981 more items fixed by hand"
    sc.undo(workspace)
    assert now(workspace).overrides == ()


def test_an_approved_plan_is_kept_as_it_was(workspace: Workspace) -> None:
    fix(workspace, Override("N-3", launch=True, reason="the buyer wants it"))
    planned = plans.plan()
    sc.approve(workspace, FIRST, planned.table, "Bea", "go", planned.totals)
    sc.set_wishes(workspace, FIRST, Wishes(launches=1))
    kept = sc.approved(workspace.cursor())
    assert kept is not None
    pd.testing.assert_frame_equal(kept.table, planned.table)
    assert (kept.who, kept.note, kept.wishes.launches, kept.overrides[0].item_id) == ("Bea", "go", 20, "N-3")
    assert kept.totals["profit"] == planned.totals.profit
    assert kept.stamps == {**dict.fromkeys(get_args(ModelKind), ""), "data": workspace.version}
    row = sc.approvals(workspace.cursor()).iloc[0]
    assert (row["launched"], row["undone"]) == (3, False)


def test_an_approval_needs_a_name_and_a_plan(workspace: Workspace) -> None:
    with pytest.raises(DebutError, match="who approves"):
        sc.approve(workspace, FIRST, plans.table(), " ")
    with pytest.raises(DebutError, match="no items"):
        sc.approve(workspace, FIRST, plans.table().head(0), "Bea")
    sc.approve(workspace, FIRST, plans.table(), "Bea")
    with pytest.raises(DebutError, match="approved already"):
        sc.propose(workspace, FIRST)
    with pytest.raises(DebutError, match="Say why"):
        sc.decline(workspace, FIRST, "Bea", "")


def test_no_plan_is_approved_automatically_until_the_shop_says_so(workspace: Workspace) -> None:
    planned = plans.plan()
    waits = sc.submit(workspace, FIRST, planned.table, planned.totals, "Ann")
    assert len(waits) == 1 and now(workspace).state == "proposed"
    sc.keep_thresholds(workspace, Thresholds(True, stock_money=1_000))
    assert sc.submit(workspace, FIRST, planned.table, planned.totals, "Ann") == []
    kept = sc.approved(workspace.cursor())
    assert kept is not None and kept.who == "Ann (within the limits)"


def test_the_limits_of_automatic_approval(workspace: Workspace) -> None:
    planned = plans.plan()  # 454 of stock, 30 of ads

    def waits(**limits: float) -> list[str]:
        return sc.may_approve(
            planned.totals, planned.table, Thresholds(True, **limits), sc.approved(workspace.cursor())
        )

    assert waits() == waits(stock_money=454, ad_money=30) == []
    assert "454 for opening stock" in waits(stock_money=453)[0] and "30 for ads" in waits(ad_money=29)[0]
    assert "No plan was approved" in waits(change=1.0)[0]
    sc.approve(workspace, FIRST, planned.table.assign(launch=["yes", "yes", "no", "yes", "no", "no"]), "Bea")
    assert waits(change=0.5) == []  # 2 of 4 differ: one is new, one is gone
    assert waits(change=0.4) == ["50% of its launches differ from the plan approved last; up to 40% needs no approval."]


@pytest.mark.parametrize("bad", [{"stock_money": -1.0}, {"ad_money": float("nan")}, {"change": 1.5}])
def test_limits_that_are_none_are_refused(workspace: Workspace, bad: dict[str, float]) -> None:
    with pytest.raises(DebutError):
        sc.keep_thresholds(workspace, Thresholds(True, **bad))
    assert sc.thresholds(workspace.cursor()) == Thresholds()


def test_limits_that_another_debut_kept_mean_that_a_person_looks(workspace: Workspace) -> None:
    sc.keep_thresholds(workspace, Thresholds(True))
    with workspace.transaction(data=False) as cursor:
        cursor.execute("""UPDATE settings SET value = '{"automatic": true, "change": 7, "moon": 1}'""")
    assert sc.thresholds(workspace.cursor()) == Thresholds()
