"""One new item as it is used: levers, like items unticked and weighted, kept and taken back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.benchmarks.serving import open_page, settled

pytestmark = pytest.mark.browser

OPENING = 60_000  # milliseconds; the first edit opens the forecaster, which takes its time on a busy machine
ROW = 35  # pixels of the table's header and of each row


@pytest.fixture
def items(page: Page, base_url: str) -> Iterator[Page]:
    """The page; what a test keeps is taken back."""
    open_page(page, base_url, "New items")
    yield page
    back = page.get_by_role("button", name="Back to what Debut found")
    if back.is_enabled():
        back.click()
        expect(back).to_be_disabled()


def test_price_moves_the_figures_at_once_and_reset_takes_it_back(items: Page):
    units = figure(items, "Units in 8 weeks")
    before = units.inner_text()
    price = items.get_by_role("slider", name="Price")
    price.press("PageUp")
    price.press("PageUp")
    expect(units).not_to_have_text(before)
    expect(items.get_by_text("Dashed: the median as planned")).to_be_visible()
    items.get_by_role("button", name="Reset", exact=True).click()
    expect(units).to_have_text(before)


def test_two_edits_in_a_row_both_count(items: Page):
    """An editor that is fed its own output drops every second edit."""
    like = table(items)
    untick(like, row=0)
    expect(items.get_by_text("Tried, not kept yet")).to_be_visible(timeout=OPENING)
    expect(cell(like, 0, 4)).to_have_text("0")
    weigh(items, like, row=1, percent=40)
    expect(cell(like, 1, 4)).to_have_text("40")
    expect(cell(like, 0, 4)).to_have_text("0")
    weigh(items, like, row=5, percent=30)
    expect(cell(like, 5, 4)).to_have_text("30")
    expect(cell(like, 1, 4)).to_have_text("40")


def test_a_choice_is_kept_over_a_reload(items: Page, base_url: str):
    base = items.get_by_role("spinbutton", name="Base demand (units)")
    base.fill("321")
    base.press("Enter")
    expect(figure(items, "Units in 8 weeks")).to_have_text("321", timeout=OPENING)
    name = items.get_by_test_id("stText").last.inner_text()
    items.get_by_role("button", name="Keep for the plan").click()
    expect(items.get_by_text("Kept: the list and the launch plan go by your choice.")).to_be_visible()
    open_page(items, base_url, "New items")
    listed = items.locator('[class*="st-key-items_"] tr').filter(has_text=name).first
    expect(listed).to_contain_text("321")


def table(page: Page) -> Locator:
    """The like items."""
    found = page.locator('[class*="st-key-like_"]')
    found.scroll_into_view_if_needed()
    settled(page)
    return found


def cell(like: Locator, row: int, column: int) -> Locator:
    """What stands in a cell, as a screen reader has it: without its unit; the first column is the tick."""
    return like.get_by_test_id(f"glide-cell-{column}-{row}")


def press(like: Locator, row: int, x: float) -> None:
    """Click a cell, x pixels from the table's left; Playwright waits until the table has stopped moving."""
    like.get_by_test_id("data-grid-canvas").click(position={"x": x, "y": ROW * (row + 1.5)}, force=True)


def untick(like: Locator, row: int) -> None:
    press(like, row, 36)


def weigh(page: Page, like: Locator, row: int, percent: int) -> None:
    """Type into the last column, once the page stands still: what is drawn anew closes an open cell.

    Not in the row after the last: Enter has moved there, and a click would open the cell by itself.
    """
    settled(page)
    box = like.get_by_test_id("data-grid-canvas").bounding_box()
    assert box
    press(like, row, box["width"] - 40)
    expect(cell(like, row, 5)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    editor = page.locator("input.gdg-input")
    editor.wait_for()
    editor.fill(str(percent))
    page.keyboard.press("Enter")


def figure(page: Page, label: str) -> Locator:
    """The value of one of the page's figures."""
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")
