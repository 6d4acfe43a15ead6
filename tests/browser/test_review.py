"""A file under review in a real browser: switches by keyboard, progress, undo, and for whoever reads otherwise."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import demo_shop
from tests.benchmarks.screenshots import odd_orders
from tests.benchmarks.serving import drop, open_page, served, settled
from tests.browser.conftest import Open
from tests.browser.test_every_page import faults

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.browser
SLIP = "What to do about: Prices with the decimal point in the wrong place"
LINES = 300_000


@pytest.fixture(scope="module")
def own_url(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own: once a shop has sales, pages open with it instead of the demo shop."""
    folder = tmp_path_factory.mktemp("review")
    with served(demo_shop.ROOT / "app.py", demo_shop.copy(made, folder / "home"), folder / "log.txt") as url:
        yield url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_file_under_review_is_accessible_and_narrow_enough(new_page: Open, own_url: str, scheme: str):
    page = new_page(scheme)
    under_review(page, own_url)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, scheme)]
    narrow(page)


def test_columns_mapped_by_hand_are_accessible_and_narrow_enough(page: Page, own_url: str):
    under_review(page, own_url)
    page.get_by_text("columns found").click()
    expect(page.get_by_role("combobox", name="Units (required)")).to_be_visible()
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, "light")]
    narrow(page)


def test_switch_is_turned_and_the_file_loaded_by_keyboard_then_undone(page: Page, own_url: str):
    under_review(page, own_url)
    rows = odd_orders().count(b"\n")
    switch = page.get_by_role("radiogroup", name=SLIP)
    expect(switch.get_by_role("radio", name="Mend")).to_be_checked()
    switch.get_by_role("radio", name="Mend").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(switch.get_by_role("radio", name="Set aside")).to_be_checked()
    load = page.locator("[class*=st-key-][class*=_load] button")
    expect(load).to_contain_text("Load as chosen")
    settled(page)
    load.focus()
    page.keyboard.press("Enter")
    aside = 1 + 7 + 1  # the slip, the postage, the row without a number
    expect(page.get_by_text(f"{rows - aside:,} of {rows:,} rows loaded into sales")).to_be_visible()
    undo(page, "orders.csv")


def test_a_large_file_is_loaded_and_its_progress_goes_away(page: Page, own_url: str):
    open_page(page, own_url, "Data")
    start = date(2024, 1, 1)
    days = [start + timedelta(days=at) for at in range(500)]
    lines = (f"{days[at // 600]},A-{at % 700},{1 + at % 3},9.50\n" for at in range(LINES))
    drop(page, "till.csv", b"date,sku,qty,price\n" + "".join(lines).encode())
    settled(page, 60_000)
    page.locator("[class*=st-key-][class*=_load] button").click()
    expect(page.get_by_text(f"{LINES:,} of {LINES:,} rows loaded into sales")).to_be_visible()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    undo(page, "till.csv")


def under_review(page: Page, url: str) -> None:
    open_page(page, url, "Data")
    drop(page, "orders.csv", odd_orders())
    settled(page)


def narrow(page: Page) -> None:
    """Make the page narrow; charts follow a little later, and then nothing may scroll sideways."""
    page.set_viewport_size({"width": 420, "height": 900})
    settled(page)
    page.wait_for_function(
        """document.documentElement.scrollWidth <= 420
        && (main => main.scrollWidth <= main.clientWidth)(document.querySelector('.stMain'))"""
    )


def undo(page: Page, name: str) -> None:
    """Choose the latest import in the grid, which is a canvas, and confirm."""
    settled(page)
    grid = page.locator("[class*=st-key-batches_]")
    expect(grid.locator("td").filter(has_text=name)).to_have_count(1)
    box = grid.get_by_test_id("stDataFrameResizable").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 35 * 1.5)  # the first row's checkbox: rows are 35 px high
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Nothing yet. Sales come first")).to_be_visible()
