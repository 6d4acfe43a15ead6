"""Pricing as it is used: the slider by keyboard, a typed price, views in the address, on a phone, accessible."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.benchmarks.serving import PAGES, settled
from tests.browser.conftest import Open, fits
from tests.browser.test_every_page import axe, faults

pytestmark = pytest.mark.browser

OPENING = 180_000  # milliseconds; the first visit compares what competitors sell with the sheet


def opened(page: Page, base_url: str, view: str) -> Page:
    page.set_default_timeout(OPENING)
    page.goto(f"{base_url}{PAGES['Pricing']}?view={view.replace(' ', '+')}")
    expect(page.get_by_role("heading", level=1, name="Pricing")).to_be_visible(timeout=OPENING)
    expect(page.get_by_role("radio", name=view)).to_be_checked(timeout=OPENING)
    settled(page, OPENING)
    return page


def figure(page: Page, label: str) -> Locator:
    """The value of one of the page's figures."""
    found = page.get_by_test_id("stMetric").filter(has=page.get_by_text(label, exact=True))
    return found.get_by_test_id("stMetricValue")


def test_the_slider_by_keyboard_moves_figures_and_picture(page: Page, base_url: str):
    opened(page, base_url, "One item")
    labels = ("Units in 8 weeks", "Revenue", "Chance of a gain")
    before = {label: figure(page, label).inner_text() for label in labels}
    slider = page.get_by_role("slider", name="Price")
    slider.focus()
    slider.press("PageDown")
    for label, text in before.items():
        expect(figure(page, label)).not_to_have_text(text)
    moved = "document.querySelector('.st-key-price_curves .js-plotly-plot').layout.shapes[0].x0"
    page.wait_for_function(f"Math.abs({moved} - {slider.input_value()}) < 1e-6")
    expect(page.get_by_role("button", name=f"Keep {float(slider.input_value()):,.2f} for the plan")).to_be_enabled()


def test_a_price_given_back_moves_the_slider_back(page: Page, base_url: str):
    opened(page, base_url, "One item")
    slider = page.get_by_role("slider", name="Price")
    planned = slider.input_value()
    slider.focus()
    slider.press("PageDown")
    page.get_by_role("button", name=f"Keep {float(slider.input_value()):,.2f} for the plan").click()
    expect(page.get_by_text("The plan goes by")).to_be_visible()
    assert slider.input_value() != planned
    page.get_by_role("button", name="Back to the sheet's price").click()
    expect(page.get_by_text("The plan goes by")).to_have_count(0)
    expect(slider).to_have_value(planned)


def test_a_price_typed_in_the_table_moves_the_totals(page: Page, base_url: str, tmp_path: Path):
    opened(page, base_url, "All items")
    before = figure(page, "Expected profit").inner_text()
    page.get_by_role("button", name="Take the prices under the rules").click()
    expect(figure(page, "Expected profit")).not_to_have_text(before)
    expect(page.get_by_text("tried, not kept yet")).to_be_visible()
    button = page.get_by_role("button", name="Download the prices")
    with page.expect_download() as got:
        button.click()
    got.value.save_as(tmp_path / "prices.csv")
    rows = pd.read_csv(tmp_path / "prices.csv")
    assert len(rows) == 40
    assert rows["price"].to_numpy() == pytest.approx(rows["suggested"].to_numpy(), abs=0.01)
    page.get_by_role("button", name="Back to the sheet's prices").click()
    expect(figure(page, "Expected profit")).to_have_text(before)


def test_a_rule_moves_up_by_keyboard(page: Page, base_url: str):
    opened(page, base_url, "Rules")
    rules = page.locator("[class*='st-key-rule_']")
    expect(rules.nth(1)).to_contain_text("Lowest and highest price")
    up = rules.nth(1).get_by_role("button", name="Up")
    up.focus()
    up.press("Enter")
    expect(rules.nth(0)).to_contain_text("Lowest and highest price")
    page.get_by_role("button", name="Standard rules").click()
    expect(rules.nth(0)).to_contain_text("Minimum margin")


@pytest.mark.parametrize("view", ["All items", "One item", "Rules", "How demand answers"])
def test_views_are_whole_on_a_phone_in_the_dark(new_page: Open, base_url: str, view: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, base_url, view)
    fits(page)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, "dark")]
