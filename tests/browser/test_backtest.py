"""A finished backtest as it is looked at: picture, threshold, file."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.accuracy import results
from core.accuracy.results import Backtest
from tests.benchmarks.serving import open_page, settled
from tests.browser.conftest import Open, fits
from tests.browser.test_every_page import faults

pytestmark = pytest.mark.browser


@pytest.fixture
def finished(home: Path, tested: Backtest) -> Iterator[None]:
    """The demo shop has a finished backtest, which is gone afterwards."""
    artifacts = home / "demo" / "artifacts"
    tested.save(results.folder_of(artifacts, "100"))
    yield
    results.remove(artifacts, "100")


@pytest.fixture
def looked_at(finished: None, page: Page, base_url: str) -> Page:
    """The page with its result."""
    open_page(page, base_url, "Backtest")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_result_can_be_read_by_all(finished: None, new_page: Open, base_url: str, scheme: str):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = new_page(scheme)
    open_page(page, base_url, "Backtest")
    expect(page.locator(".js-plotly-plot")).to_have_count(5)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, scheme)]


def test_a_point_tells_its_item_and_range(looked_at: Page, tested: Backtest):
    points = looked_at.locator(".st-key-scatter .scatterlayer .point")
    expect(points).to_have_count(len(tested.items))
    settled(looked_at)
    points.first.scroll_into_view_if_needed()
    points.first.hover(force=True)
    words = looked_at.locator(".st-key-scatter .hoverlayer")
    expect(words).to_contain_text(re.compile(r"sold [\d,]+forecast [\d,]+ \([\d,]+ to [\d,]+\)"))
    assert any(title in (words.text_content() or "") for title in tested.items["title"])


def test_ranges_can_be_shown(looked_at: Page, tested: Backtest):
    bars = looked_at.locator(".st-key-scatter .errorbar .xerror")
    expect(bars).to_have_count(0)
    looked_at.get_by_text("Show each item's likely range").click()
    expect(bars).to_have_count(len(tested.items))


def test_another_threshold_changes_the_figures(looked_at: Page, tested: Backtest):
    box = looked_at.get_by_role("spinbutton", name="Counts as sold from (units)")
    high = int(tested.items["units"].max())
    box.fill(str(high))
    box.press("Enter")
    expect(looked_at.get_by_text(f"1 of {len(tested.items)} launches")).to_be_visible()


def test_every_item_is_in_the_file(looked_at: Page, tested: Backtest):
    with looked_at.expect_download() as waiting:
        looked_at.get_by_role("button", name="Download all items").click()
    assert waiting.value.suggested_filename == "backtest_2024-09-09.csv"
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_bytes().decode("utf-8-sig"))))
    assert [row["product_id"] for row in rows] == tested.items["product_id"].tolist()
    assert {"title", "launch", "units", "p10", "p50", "p90", "chance", "like_items", "why"} <= rows[0].keys()


@pytest.mark.parametrize("width", [1280, 800])
def test_nothing_is_wider_than_the_page(looked_at: Page, width: int):
    looked_at.set_viewport_size({"width": width, "height": 900})
    settled(looked_at)
    fits(looked_at)
    expect(looked_at.locator(".js-plotly-plot")).to_have_count(5)
