"""A plan that a job has made, as it is kept on disk: found again whole, by whoever asks for the same, or not at all."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core import scenarios
from core.jobs import planning, queue
from core.jobs.state import Job, write
from core.outlook import Outlook
from core.plan import Clash, Override, Plan, Surroundings, Wishes, plan
from core.workspace import Workspace
from tests.plan_shop import SHOP, outlook

WISHES = Wishes(launches=2)
OVERRIDES = (Override("fair", stock=40, reason="a round number", who="Anna"),)


def test_a_kept_plan_is_the_same_plan(tmp_path: Path) -> None:
    known, near = outlook(SHOP), Surroundings(key="near")
    made = plan(known, WISHES, OVERRIDES, near)
    key = planning.name(known, near, WISHES, OVERRIDES)
    planning._keep(tmp_path, key, made)
    found = planning.kept(tmp_path, key)
    assert found is not None
    pd.testing.assert_frame_equal(found.table, made.table)
    assert replace(found, table=made.table) == made


def test_any_change_asks_for_another_plan() -> None:
    known, near = outlook(SHOP), Surroundings(key="near")
    names = {
        planning.name(known, near, WISHES, OVERRIDES),
        planning.name(replace(known, key="other"), near, WISHES, OVERRIDES),
        planning.name(known, Surroundings(key="other"), WISHES, OVERRIDES),
        planning.name(known, near, replace(WISHES, launches=3), OVERRIDES),
        planning.name(known, near, WISHES, ()),
    }
    assert len(names) == 5


def test_a_damaged_plan_is_planned_anew(tmp_path: Path) -> None:
    assert planning.kept(tmp_path, "none") is None
    (tmp_path / "plans").mkdir()
    for text in ("", "{}", '{"wishes": 1}', "[]"):
        (tmp_path / "plans" / "odd.json").write_text(text)
        assert planning.kept(tmp_path, "odd") is None


# The job


@pytest.fixture
def sheet(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Outlook:
    """An outlook of 300 items, as that of the shop; no process is started for a job."""
    items: list[tuple[str, float, float, tuple[float, ...], float]] = [
        (f"N-{at}", 5.0 + at % 40, 2.0, (10.0 + at, 20.0, 15.0), 9.0) for at in range(300)
    ]
    known = outlook(items)
    monkeypatch.setattr(planning.versions, "active", lambda *_: "made")
    monkeypatch.setattr(planning.in_force, "outlook", lambda *_: known)
    monkeypatch.setattr(planning, "surroundings", lambda *_: Surroundings(key="near"))
    monkeypatch.setattr(queue, "_launch", lambda job: None)
    return known


def asked(workspace: Workspace, known: Outlook, wishes: Wishes) -> tuple[Job, str]:
    key = planning.name(known, Surroundings(key="near"), wishes, ())
    return planning.ask(workspace, scenarios.get(workspace.cursor()), wishes, key), key


def worked(workspace: Workspace, job: Job) -> dict[str, Any]:
    """What its process would do, and write down."""
    result = planning.work(job.folder, workspace.artifacts, job.options, lambda done, note: None)
    write(job.folder / "result.json", result)
    return result


def test_a_large_sheet_is_planned_under_settings_that_are_tried_only(workspace: Workspace, sheet: Outlook) -> None:
    tried = Wishes(launches=120)
    job, key = asked(workspace, sheet, tried)
    assert job.told == "Plan, other settings" and (found := planning.asked(workspace, key)) and found.state == "waiting"
    assert planning.kept(workspace.artifacts, key) is None
    assert worked(workspace, job)["plan"] == key
    made = planning.kept(workspace.artifacts, key)
    assert made is not None and len(made.table) == 300 and len(made.launched) == 120 and made.wishes == tried
    last = planning.before(workspace, job.options["scenario_id"])
    assert last is not None and last.totals == made.totals
    assert planning.before(workspace, 99) is None and planning.asked(workspace, "another") is None


def test_what_was_planned_already_is_not_planned_again(
    workspace: Workspace, sheet: Outlook, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, key = asked(workspace, sheet, WISHES)
    worked(workspace, job)

    def never(*_: object) -> Plan:
        raise AssertionError

    monkeypatch.setattr(planning, "plan", never)
    again, _ = asked(workspace, sheet, WISHES)
    assert worked(workspace, again)["plan"] == key


def test_wishes_that_clash_are_told_to_the_page_too(workspace: Workspace, sheet: Outlook) -> None:
    job, key = asked(workspace, sheet, Wishes(launches=2, least=5))
    with pytest.raises(Clash) as failed:
        worked(workspace, job)
    with pytest.raises(Clash) as told:
        planning.kept(workspace.artifacts, key)
    assert (told.value.clashes, told.value.relief) == (failed.value.clashes, failed.value.relief)
    assert job.told == "Plan, other settings" and json.loads(job.options["wishes"])["least"] == 5
