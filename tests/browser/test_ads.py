"""Ads as they are planned: sliders by keyboard, weeks that are typed, the suggestion, on a phone in the dark."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.benchmarks.serving import open_page, settled
from tests.browser.conftest import Open, fits

pytestmark = pytest.mark.browser

OPENING = 240_000  # milliseconds; the first visit learns what the ads bring


@pytest.fixture
def ads(page: Page, base_url: str) -> Page:
    page.set_default_timeout(OPENING)
    page.goto(f"{base_url}/ads?ads_for=A+category")
    expect(page.get_by_role("figure", name=re.compile("Profit that the ads bring"))).to_be_visible(timeout=OPENING)
    settled(page)
    return page


def test_a_slider_by_keyboard_moves_the_figures(ads: Page):
    before = {label: figure(ads, label).inner_text() for label in ("Money on ads", "Units", "Profit after ads")}
    slider = ads.get_by_role("slider", name="search")
    slider.focus()
    slider.press("PageUp")
    for label, text in before.items():
        expect(figure(ads, label)).not_to_have_text(text)
    expect(ads.get_by_role("figure", name=re.compile("By week: units with the plan"))).to_be_visible()


def test_weeks_that_are_typed_become_the_plan(ads: Page):
    before = number(figure(ads, "Money on ads").inner_text())
    ads.get_by_text("Week by week").click()
    table = ads.locator("[class*=st-key-ads_weeks]").get_by_test_id("stDataFrame")
    expect(table).to_be_visible()
    settled(ads)
    box = table.bounding_box()
    assert box is not None
    ads.mouse.dblclick(box["x"] + 110 + 40, box["y"] + 35 + 18)  # the first channel in the first week
    cell = ads.locator("input.gdg-input")
    expect(cell).to_be_visible()
    cell.fill("5000")
    cell.press("Enter")
    expect(figure(ads, "Money on ads")).not_to_have_text(f"{before:,.0f}")
    assert number(figure(ads, "Money on ads").inner_text()) > 4_900
    expect(ads.get_by_role("radio", name="Own weeks")).to_be_checked()
    expect(ads.get_by_text(re.compile("than has ever been spent there"))).to_be_visible()


def test_the_suggestion_is_tried_and_downloaded(ads: Page, tmp_path: Path):
    before = number(figure(ads, "Profit after ads").inner_text())
    ads.get_by_role("button", name="Try the suggestion above").click()
    expect(ads.get_by_role("radio", name="Own weeks")).to_be_checked()
    settled(ads)
    assert number(figure(ads, "Profit after ads").inner_text()) > before
    with ads.expect_download() as got:
        ads.get_by_role("button", name="Download the plan").click()
    got.value.save_as(tmp_path / "plan.csv")
    frame = pd.read_csv(tmp_path / "plan.csv")
    assert list(frame) == ["for", "week", "channel", "spend"]
    assert len(frame) == 8 * frame["channel"].nunique()
    assert frame["spend"].sum() == pytest.approx(number(figure(ads, "Money on ads").inner_text()), abs=1)


def test_an_item_says_from_whom_its_response_is_borrowed(page: Page, base_url: str):
    page.set_default_timeout(OPENING)
    open_page(page, base_url, "Ads")
    expect(page.get_by_text(re.compile(r"borrowed from \d+ like items in"))).to_be_visible(timeout=OPENING)
    settled(page)
    expect(page.get_by_role("heading", level=2, name="The best split")).to_be_visible()


def test_the_page_is_whole_on_a_phone_in_the_dark(new_page: Open, base_url: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{base_url}/ads")
    expect(page.get_by_role("figure", name=re.compile("Profit that the ads bring"))).to_be_visible(timeout=OPENING)
    settled(page)
    fits(page)


def figure(page: Page, label: str) -> Locator:
    """The value of one of the page's figures."""
    found = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return found.get_by_test_id("stMetricValue")


def number(text: str) -> float:
    return float(text.replace(",", "").replace("+", ""))
