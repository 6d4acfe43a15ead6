"""The launch plan of the demo shop as it is used: slider, filters, chart, file."""

import csv
import io

import pytest
from playwright.sync_api import Page, expect

from core.plan import COLUMNS
from tests.benchmarks.serving import open_page

pytestmark = pytest.mark.browser


@pytest.fixture
def plan(page: Page, base_url: str) -> Page:
    open_page(page, base_url, "Launch plan")
    return page


def test_slider_changes_the_figures_and_the_chart(plan: Page):
    profit = plan.get_by_test_id("stMetric").filter(has_text="Expected profit").get_by_test_id("stMetricValue")
    before = profit.inner_text()
    launched = plan.locator(".st-key-ranks .bars").first.locator(".point")
    expect(launched).to_have_count(20)
    slider = plan.get_by_role("slider", name="Items to launch")
    slider.press("PageUp")
    for _ in range(5):
        slider.press("ArrowRight")
    value = int(slider.input_value())
    expect(figure(plan, "Items launched")).to_have_text(str(value))
    expect(launched).to_have_count(value)
    expect(profit).not_to_have_text(before)


def test_filters_narrow_the_table(plan: Page):
    plan.get_by_text("Only what is launched").click()
    expect(plan.get_by_text("20 of 40 items")).to_be_visible()
    plan.get_by_role("combobox", name="Category").click()
    plan.get_by_role("option", name="Garden").click()
    expect(plan.get_by_text("20 of 40 items")).to_have_count(0)
    expect(plan.locator('[data-testid="stDataFrame"] td').filter(has_text="Kitchen")).to_have_count(0)


def test_download_holds_the_whole_plan_whatever_is_filtered(plan: Page):
    plan.get_by_text("Only what is launched").click()
    expect(plan.get_by_text("20 of 40 items")).to_be_visible()
    rows = downloaded(plan, "Download the launch plan")
    assert list(rows[0]) == COLUMNS
    assert len(rows) == 40
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, 41)]
    assert sum(row["launch"] == "yes" for row in rows) == 20


def figure(page: Page, label: str):
    """The value of one of the page's figures."""
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def downloaded(page: Page, button: str) -> list[dict[str, str]]:
    """The rows of the CSV behind a download button."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    assert waiting.value.suggested_filename.endswith(".csv")
    text = waiting.value.path().read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))
