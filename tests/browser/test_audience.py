"""The audience as it is used: the slider, the views in the address, downloads, by keyboard and on a phone."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.benchmarks.serving import open_page, settled
from tests.browser.conftest import Open, fits

pytestmark = pytest.mark.browser

OPENING = 90_000  # milliseconds; the first visit describes the customers


@pytest.fixture
def audience(page: Page, base_url: str) -> Page:
    page.set_default_timeout(OPENING)
    open_page(page, base_url, "Audience")
    return page


def test_the_slider_by_keyboard_moves_every_figure(audience: Page):
    before = {label: figure(audience, label).inner_text() for label in ("Customers", "Expected buyers")}
    share = audience.get_by_role("slider", name="Customers (% of all)")
    share.focus()
    share.press("PageUp")
    for label, text in before.items():
        expect(figure(audience, label)).not_to_have_text(text)
    expect(audience.get_by_role("figure", name=re.compile("Share of the expected buyers"))).to_be_visible()


def test_a_view_stands_in_the_address_and_survives_a_reload(audience: Page):
    audience.get_by_role("radio", name="All items").click()
    expect(audience.get_by_role("heading", name="Twins")).to_be_visible()
    assert "view=All" in audience.url
    audience.reload()
    expect(audience.get_by_role("heading", name="Twins")).to_be_visible(timeout=OPENING)


def test_the_download_is_the_audience_on_the_page(audience: Page, tmp_path: Path):
    button = audience.get_by_role("button", name="Download this audience")
    with audience.expect_download() as got:
        button.click()
    got.value.save_as(tmp_path / "audience.csv")
    frame = pd.read_csv(tmp_path / "audience.csv")
    assert len(frame) == int(figure(audience, "Customers").inner_text().replace(",", ""))
    assert list(frame) == ["rank", "customer_id", "probability", "item_id", "item", "segment"]
    assert frame["probability"].is_monotonic_decreasing
    assert frame["customer_id"].is_unique


@pytest.mark.parametrize("view", ["All items", "Segments", "For a segment or customer", "Lookalikes"])
def test_views_are_whole_on_a_phone_in_the_dark(new_page: Open, base_url: str, view: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{base_url}/audience?view={view.replace(' ', '+')}")
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible(timeout=OPENING)
    settled(page)
    fits(page)
    expect(page.get_by_role("radio", name=view)).to_be_checked()


def figure(page: Page, label: str) -> Locator:
    """The value of one of the page's figures."""
    found = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return found.get_by_test_id("stMetricValue")
