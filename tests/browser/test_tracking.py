"""Tracking as it is used: by keyboard, by a link, on a phone in the dark, and by a screen reader."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests import demo_shop, tracked_shop
from tests.benchmarks.serving import open_page, served, settled
from tests.browser.conftest import Open, fits
from tests.browser.test_every_page import axe, faults

pytestmark = pytest.mark.browser

VIEWS = ["Launches", "One item", "By category"]


@pytest.fixture(scope="module")
def url(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An own shop whose launches are on sale, beside the demo shop."""
    folder = tmp_path_factory.mktemp("tracking")
    home = demo_shop.copy(made, folder / "home")
    shutil.copytree(tracked_shop.make(folder / "shop"), home, dirs_exist_ok=True)
    with served(demo_shop.ROOT / "app.py", home, folder / "log.txt") as address:
        yield address


def test_what_to_do_leads_to_the_launch_and_a_link_comes_back_to_it(page: Page, url: str):
    open_page(page, url, "Tracking")
    look = page.get_by_role("button", name="Look at it").first
    look.focus()
    look.press("Enter")
    expect(page.get_by_role("heading", level=2, name="Fox mug")).to_be_visible()
    expect(page.get_by_role("figure", name="Units sold by week")).to_be_visible()
    assert "item=N-1" in page.url
    page.goto(f"{url}/tracking?item=N-2")
    expect(page.get_by_role("heading", level=2, name="=Hare cup")).to_be_visible()


def test_stock_that_arrived_is_noted_and_taken_back(page: Page, url: str):
    page.goto(f"{url}/tracking?item=N-1")
    left = page.get_by_test_id("stMetric").filter(has_text="Stock left").get_by_test_id("stMetricValue")
    expect(left).to_have_text("0")
    page.get_by_text("Stock ordered and arrived").click()
    units = page.get_by_role("spinbutton", name="Units arrived")
    units.fill("25")
    units.press("Enter")
    page.get_by_role("button", name="Note what arrived").click()
    expect(left).to_have_text("25")
    page.locator(".st-key-tracking_by_stock_undo").get_by_role("button").click()
    expect(left).to_have_text("0")


def test_an_order_is_noted_by_keyboard_and_the_list_is_accessible(new_page: Open, url: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{url}/tracking?item=N-2")
    page.get_by_text("Stock ordered and arrived").click()
    name = page.locator(".st-key-tracking_by_stock").get_by_role("textbox")
    name.fill("Ann")
    name.press("Enter")
    units = page.get_by_role("spinbutton", name="Units ordered")
    units.fill("30")
    units.press("Enter")
    note = page.get_by_role("button", name="Note the order")
    expect(note).to_be_enabled()
    note.focus()
    note.press("Enter")
    expect(page.get_by_test_id("stMetric").filter(has_text="Stock left")).to_contain_text("30 on order")
    expect(page.get_by_text("ordered by Ann")).to_be_visible()
    settled(page)
    fits(page)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, "dark")]
    page.locator(".st-key-tracking_by_stock_undo").get_by_role("button").click()
    expect(page.get_by_text("ordered by Ann")).to_have_count(0)


def test_the_download_is_the_table(page: Page, url: str, tmp_path: Path):
    open_page(page, url, "Tracking")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the launches").click()
    got.value.save_as(tmp_path / "launches.csv")
    rows = pd.read_csv(tmp_path / "launches.csv")
    assert rows["status"].tolist() == ["out of stock", "as planned", "late"]
    assert rows["title"].tolist()[1] == "'=Hare cup"  # no formula in a spreadsheet


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_views_are_accessible_and_whole_on_a_phone(new_page: Open, url: str, view: str, scheme: str):
    page = new_page(scheme)
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{url}/tracking?view={view.replace(' ', '+')}")
    expect(page.get_by_role("radio", name=view)).to_be_checked()
    settled(page)
    fits(page)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, scheme)]
