"""The Scenarios page: copied, renamed, deleted, brought back, compared, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.plan import Wishes
from core.plans.overrides import Override
from core.scenarios import FIRST, FIRST_NAME
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, said, table
from tests.ui.test_launch_plan import clean, opened, press, run, text, written


@pytest.fixture
def home(kept_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One for all of this file, with nothing decided."""
    monkeypatch.setenv("DEBUT_HOME", str(kept_home))
    clean(opened(kept_home))
    return kept_home


@pytest.fixture
def three(home: Path) -> list[int]:
    """Beside the first: one for revenue, one with an item launched by hand."""
    shop = opened(home)
    revenue = scenarios.create(shop, "For revenue", Wishes(objective="revenue", launches=10), "Ann")
    careful = scenarios.create(shop, "By *hand*", Wishes(), "Bea")
    item = shop.cursor().execute("SELECT min(item_id) FROM new_items").fetchone()
    assert item
    scenarios.override(shop, careful.scenario_id, [Override(item[0], launch=False, reason="not now")], "Bea")
    return [FIRST, revenue.scenario_id, careful.scenario_id]


def names(at: AppTest) -> list[str]:
    return table(at, "Scenarios")["name"].tolist()


def test_one_scenario_says_how_to_make_another(start: Start):
    at = start("scenarios")
    assert names(at) == [FIRST_NAME]
    assert "one scenario only" in said(at) and not at.get("plotly_chart")


def test_a_scenario_is_copied_renamed_deleted_and_brought_back(start: Start):
    at = start("scenarios")
    at.text_input(key="scenarios_name").set_value("Spring")
    at.text_input(key="plan_by_scenarios").set_value("Ann")
    press(run(at), "scenarios_copy")
    assert names(at) == [FIRST_NAME, "Spring"]
    at.selectbox(key="scenarios_one").select_index(1)
    at.text_input(key="scenarios_name").set_value("Late <b>spring</b>")
    press(run(at), "scenarios_rename")
    assert names(at) == [FIRST_NAME, "Late <b>spring</b>"]
    assert table(at, "What was done so far")["made_by"].tolist() == ["Ann", "Ann"]
    at.selectbox(key="scenarios_one").select_index(1)
    press(run(at), "scenarios_delete")
    assert names(at) == [FIRST_NAME]
    (back,) = [one for one in at.button if one.label.startswith("Bring back")]
    back.click()
    run(at)
    assert names(at) == [FIRST_NAME, "Late <b>spring</b>"]
    for _ in range(4):
        press(at, "scenarios_undo")
    assert names(at) == [FIRST_NAME]
    assert at.button(key="scenarios_undo").disabled


def test_a_name_that_is_taken_is_refused_in_words(start: Start, three: list[int]):
    at = start("scenarios")
    at.text_input(key="scenarios_name").set_value("for REVENUE")
    press(run(at), "scenarios_copy")
    assert "already" in said(at) and len(names(at)) == 3


def test_scenarios_stand_side_by_side_with_their_bands(start: Start, three: list[int]):
    at = start("scenarios")
    assert table(at, "Scenarios")["items"].tolist()[:2] == [20, 10]
    assert [chart.key for chart in at.get("plotly_chart")] == ["scenarios_bands"]
    totals = table(at, "Totals of the scenarios").set_index("what")
    assert (totals.loc["Profit, P10"] < totals.loc["Profit, P90"])[["Plan", "For revenue"]].all()
    assert totals.loc["Items launched", "For revenue − Plan"] == -10
    assert set(table(at, "Settings that differ")["setting"]) == {"Aim", "Items at most"}
    assert len(table(at, "Items that differ")) >= 10 and download(at, "scenarios_download")
    at.multiselect(key="scenarios_compared").set_value(["Plan", "By *hand*"])
    run(at)
    assert "only decisions by hand can differ" in caption(at)
    assert "launch" in " ".join(table(at, "Items that differ")["differs"])
    at.multiselect(key="scenarios_compared").set_value(["Plan"])
    run(at)
    assert "two scenarios or more" in said(at)


def test_a_scenario_that_clashes_is_named_and_the_others_are_compared(start: Start, home: Path, three: list[int]):
    scenarios.set_wishes(opened(home), three[1], replace(Wishes(), least=30, launches=3), "Ann")
    at = start("scenarios")
    assert "For revenue: " in written(at) and "at least 30 items" in written(at)
    at.multiselect(key="scenarios_compared").set_value(["Plan", "For revenue", "By *hand*"])
    run(at)
    assert set(table(at, "Totals of the scenarios").columns) >= {"Plan", "By *hand*"}


def test_what_is_deleted_elsewhere_meanwhile_does_no_harm(start: Start, home: Path, three: list[int]):
    at = start("scenarios")
    at.selectbox(key="scenarios_one").select_index(1)
    run(at)
    scenarios.delete(opened(home), three[1], "Bea")
    press(at, "scenarios_delete")
    assert "For revenue" not in names(at)
    assert "Scenarios" in [one.value for one in at.title] and text(at)


def test_the_plan_is_what_the_overview_shows(start: Start, home: Path):
    scenarios.set_wishes(opened(home), FIRST, Wishes(launches=4))
    at = start("overview")
    assert next(one.value for one in at.metric if one.label == "Items to launch") == "4"
