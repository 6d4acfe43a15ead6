"""The Model page: fine-tune, watch, cancel, see how it ended. The work runs in a real process of its own."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs, versions
from core.workspace import Workspace
from tests.conftest import Files, fill, load_into, make_files
from tests.ui.conftest import Start
from tests.ui.reading import labelled, links, metrics, said


@pytest.fixture
def small(start: Start, home: Path, small_files: Files):
    """The Model page of a small shop of one's own; whatever still works at the end is stopped."""
    with Workspace(home) as shop:
        fill(shop, small_files)
    at = start("model", shop="My shop")
    yield at
    if any(button.key == "cancel" for button in at.run().button):
        at.button(key="cancel").click().run()


def fine_tune(at: AppTest) -> AppTest:
    at.segmented_control(key="effort").set_value("quick").run()
    return at.button(key="train").click().run()


def until_ended(at: AppTest) -> AppTest:
    """Look again and again, as the page itself does; only a job that hangs runs into the deadline."""
    deadline = time.monotonic() + 240
    while at.get("progress") and time.monotonic() < deadline:
        time.sleep(0.25)
        at.run()
    assert not at.exception
    assert not at.get("progress")
    return at


def test_untrained_shop_says_so(small: AppTest):
    assert "Nothing is trained" in said(small)
    assert not small.metric


def test_fine_tuning_shows_progress_and_ends_with_a_version_in_use(small: AppTest):
    fine_tune(small)
    assert small.get("progress")
    assert small.button(key="train").disabled and small.button(key="backtest").disabled
    until_ended(small)
    assert not small.button(key="train").disabled
    assert {"Error of a single item", "Order of the items"} <= metrics(small).keys()
    assert [chart.key for chart in small.get("plotly_chart")] == ["scatter", "losses"]
    small.switch_page("pages/launch_plan.py").run()
    assert not small.exception
    assert metrics(small)["Items launched"] == "11"  # of twelve; the cost of one is above its price


def test_cancelled_fine_tuning_changes_nothing(small: AppTest, home: Path):
    fine_tune(small)
    small.button(key="cancel").click().run()
    assert "cancelled" in said(small)
    assert not small.get("progress")
    assert not small.button(key="train").disabled
    assert "Nothing is trained" in said(small)


def test_progress_is_seen_by_whoever_opens_the_page_next(small: AppTest, start: Start):
    fine_tune(small)
    assert start("model", shop="My shop").get("progress")


def test_too_few_launches_are_explained(start: Start, home: Path):
    with Workspace(home) as shop:
        fill(shop, make_files(launches=10))
    at = until_ended(fine_tune(start("model", shop="My shop")))
    assert "launches" in at.error[0].value


def test_backtest_is_offered_within_the_data(start: Start):
    at = start("model")
    cut = labelled(at.date_input, "Cut date")
    assert cut.min < cut.value <= cut.max


def test_short_history_does_not_break_the_page(start: Start, home: Path):
    """Half a year of data: no cut date leaves enough before and after it, which must not be an error."""
    days = "".join(f"2025-0{month}-{day:02},A{day % 7},1\n" for month in range(1, 4) for day in range(1, 29))
    with Workspace(home) as shop:
        load_into(shop, f"date,product_id,units\n{days}")
    at = start("model", shop="My shop")
    assert not at.exception
    assert "Nothing is trained" in said(at)


def test_versions_can_be_changed_and_deleted(start: Start, home: Path):
    with Workspace(home / "demo") as demo:
        summary = versions.listed(demo)["summary"][0]
        versions.register(demo, "later", summary)
    at = start("model")
    at.selectbox(key="version").select("demo").run()
    at.button(key="activate").click().run()
    assert at.selectbox(key="version").options == ["later"]
    at.button(key="remove").click().run()
    assert not at.exception
    assert not [box for box in at.selectbox if box.key == "version"]


def test_failure_is_shown_in_words(start: Start, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs.sys, "executable", "/bin/false")
    at = until_ended(fine_tune(start("model")))
    assert "without a result" in at.error[0].value
    assert metrics(at)["Order of the items"]
    assert not links(at)
