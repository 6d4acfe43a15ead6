"""The Backtest page: run one for real, look at what it found, at an earlier one, at another threshold."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import demo
from core.accuracy import results
from core.accuracy.results import DEBUT, Backtest
from core.workspace import Workspace
from tests.conftest import WEEKS, Files, fill, make_files
from tests.ui.conftest import Start
from tests.ui.reading import download, ending, labelled, links, metrics, said, table, until_ended

CHARTS = ["scatter", "coverage", "by_week", "item_weeks", "calibration"]


@pytest.fixture
def small(home: Path, small_files: Files) -> Path:
    """The small shop as one's own."""
    with Workspace(home) as shop:
        fill(shop, small_files)
    return home


@pytest.fixture
def found(small: Path, tested: Backtest, start: Start) -> AppTest:
    """The page with a finished backtest."""
    tested.save(results.folder_of(small / "artifacts", "100"))
    return start("backtest", shop="My shop")


def test_demo_shop_offers_a_backtest_with_the_settings_in_use(start: Start):
    at = start("backtest")
    assert at.segmented_control(key="backtest_effort").value == "as in use"
    assert "launches** to forecast" in " ".join(one.value for one in at.markdown)
    assert not at.button(key="backtest").disabled


def test_demo_shop_shows_the_backtest_that_comes_with_it(start: Start, home: Path):
    at = start("backtest")
    shipped = Backtest.load(demo.SHIPPED_BACKTEST)
    assert [one["made"] for one in results.kept(home / "demo" / "artifacts").values()] == [shipped.made.isoformat()]
    assert len(labelled(at.selectbox, "Result").options) == 1
    assert DEBUT in table(at, "Accuracy of Debut and its peers")["method"].tolist()
    assert f"{len(shipped.items)} launches" in labelled(at.selectbox, "Result").options[0]


def test_shop_without_a_backtest_is_told_to_run_one(small: Path, start: Start):
    at = start("backtest", shop="My shop")
    assert "No backtest has been run" in said(at)
    assert not at.metric and not at.dataframe


def test_another_shop_has_cut_dates_and_settings_of_its_own(small: Path, start: Start):
    """What was chosen for the one need not exist in the other."""
    at = start("backtest")
    box = ending(at.date_input, "cut_8")
    box.set_value(box.max).run()
    at.session_state["shop"] = "My shop"
    at.run()
    assert not at.exception
    assert at.segmented_control(key="backtest_effort").value == "standard"
    box = ending(at.date_input, "cut_8")
    assert box.min <= box.value <= box.max


def test_a_backtest_runs_to_its_result(small: Path, start: Start):
    at = start("backtest", shop="My shop")
    at.segmented_control(key="backtest_effort").set_value("quick").run()
    at.number_input(key="backtest_weeks").set_value(WEEKS).run()
    ending(at.date_input, f"cut_{WEEKS}").set_value(date(2024, 9, 9)).run()
    at.button(key="backtest").click().run()
    assert at.get("progress")
    until_ended(at)
    assert metrics(at)["Error of a single item"].endswith("%")
    assert [chart.key for chart in at.get("plotly_chart")] == CHARTS
    assert table(at, "Accuracy of Debut and its peers")["method"].tolist()[-2] == DEBUT
    kept = results.kept(small / "artifacts")
    assert [one["cut"] for one in kept.values()] == ["2024-09-09"]


def test_a_result_shows_all_that_was_found(found: AppTest, tested: Backtest):
    assert [chart.key for chart in found.get("plotly_chart")] == CHARTS
    assert {"Error of a single item", "Inside their range", "AUC", "Recall"} <= metrics(found).keys()
    wrong = table(found, "The items that the forecast got most wrong")
    missed = (tested.items["units"] - tested.items["p50"]).abs()
    assert wrong["title"].iloc[0] == tested.items.loc[missed.idxmax(), "title"]
    assert wrong["why"].str.len().min() > 20
    assert len(table(found, f"Like items of {wrong['title'].iloc[0]}")) == 5
    assert download(found, "download_items")


def test_the_verdict_is_in_words(found: AppTest, tested: Backtest):
    told = " ".join(one.value for one in found.markdown)
    assert "Debut forecasts" in told and "95 % confidence" in told


def test_another_threshold_is_answered_at_once(found: AppTest, tested: Backtest):
    box = ending(found.number_input, tested.made.isoformat())
    threshold = int(tested.typical * 3)
    box.set_value(threshold).run()
    assert not found.exception
    sold = int((tested.items["units"] >= threshold).sum())
    assert f"{sold} of {len(tested.items)} launches" in " ".join(one.value for one in found.markdown)
    judged, usual = tested.classified(threshold).measures, tested.classified().measures
    assert judged != usual
    assert metrics(found)["Recall"] == f"{judged['recall']:.0%}"
    assert metrics(found)["Accuracy"] == f"{judged['accuracy']:.0%}"


def test_another_item_can_be_looked_at(found: AppTest):
    codes = found.selectbox(key="missed").options
    found.selectbox(key="missed").set_value(found.selectbox(key="missed").value).run()
    found.selectbox(key="missed").select_index(3).run()
    assert not found.exception
    assert len(codes) == 20
    assert table(found, f"Like items of {codes[3]}") is not None


def test_an_earlier_result_can_be_looked_at_again_and_deleted(small: Path, tested: Backtest, start: Start):
    artifacts = small / "artifacts"
    tested.save(results.folder_of(artifacts, "100"))
    later = replace(tested, cut=date(2024, 10, 7), made=datetime(2030, 1, 1, 12, 0))
    later.save(results.folder_of(artifacts, "200"))
    at = start("backtest", shop="My shop")
    box = labelled(at.selectbox, "Result")
    assert len(box.options) == 2
    assert "2024-10-07" in box.options[0] and "2030-01-01 12:00" in box.options[0]
    box.select_index(1).run()
    at.button(key="delete_backtest").click().run()
    assert list(results.kept(artifacts)) == ["200"]
    assert labelled(at.selectbox, "Result").options == [box.options[0]]


def test_a_damaged_result_is_told_and_can_be_deleted(small: Path, tested: Backtest, start: Start):
    folder = results.folder_of(small / "artifacts", "100")
    tested.save(folder)
    (folder / "items.parquet").write_bytes(b"damaged")
    at = start("backtest", shop="My shop")
    assert "cannot be read any more" in said(at)
    at.button(key="delete_backtest").click().run()
    assert not results.kept(small / "artifacts")
    assert not at.exception


def test_too_few_launches_are_explained(start: Start, home: Path):
    with Workspace(home) as shop:
        fill(shop, make_files(launches=10))
    at = start("backtest", shop="My shop")
    assert "at least" in said(at)
    assert at.button(key="backtest").disabled


def test_empty_shop_is_led_to_its_data(start: Start):
    assert "Load sales" in links(start("backtest", shop="My shop"))
