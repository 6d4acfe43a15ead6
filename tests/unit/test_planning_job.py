"""A plan that a job has made, as it is kept on disk: found again whole, by whoever asks for the same, or not at all."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from core.jobs import planning
from core.plan import Override, Surroundings, Wishes, plan
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
