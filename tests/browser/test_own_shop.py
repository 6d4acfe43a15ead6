"""From an empty shop to a launch plan, as a merchandiser would do it in an afternoon; then one import is undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core.plan import COLUMNS
from tests import demo_shop
from tests.benchmarks.serving import drop, link, open_page, served, settled
from tests.browser.test_plan import downloaded, figure
from tests.conftest import Files

pytestmark = pytest.mark.browser
TRAINED = 240_000  # ms; only a fine-tuning that hangs takes so long


@pytest.fixture
def own_url(made: Path, tmp_path: Path) -> Iterator[str]:
    """A server of its own: once a shop has sales, pages open with it instead of the demo shop."""
    with served(demo_shop.ROOT / "app.py", demo_shop.copy(made, tmp_path / "home"), tmp_path / "log.txt") as url:
        yield url


def test_from_an_empty_shop_to_a_launch_plan_and_back(page: Page, own_url: str, small_files: Files):
    open_page(page, own_url, "Data")
    load(page, "orders.csv", small_files.sales)
    load(page, "catalogue.csv", small_files.products)
    expect(page.get_by_text("Demo shop: simulated")).to_have_count(0)
    fine_tune(page)
    go(page, "New items")
    load(page, "sheet.csv", small_files.new_items)
    look_at_the_forecasts(page)
    take_the_plan(page)
    undo_the_sheet(page)


def load(page: Page, name: str, content: bytes) -> None:
    """Drop a file, look at how it was read, load it."""
    drop(page, name, content)
    rows = content.count(b"\n") - 1
    page.locator("[class*=st-key-][class*=_load] button").click()
    expect(page.get_by_text(f"{rows:,} of {rows:,} rows loaded into")).to_be_visible()
    expect(page.get_by_text("columns found")).to_have_count(0)


def fine_tune(page: Page) -> None:
    """Start it, see progress, reload in the middle, see progress again, see the end without touching anything."""
    go(page, "Model")
    expect(page.get_by_text("Nothing is trained on this shop yet")).to_be_visible()
    page.get_by_role("radio", name="Quick").click()
    page.get_by_role("button", name="Fine-tune").click()
    progress = page.get_by_test_id("stProgress")
    expect(progress).to_be_visible()
    page.reload()
    expect(progress).to_be_visible()
    expect(progress).to_contain_text("left", timeout=TRAINED)
    expect(figure(page, "Error of a single item")).to_be_visible(timeout=TRAINED)
    expect(progress).to_have_count(0)


def look_at_the_forecasts(page: Page) -> None:
    """The sheet's twelve items stand in the table, and the first has its curve."""
    expect(page.get_by_text("12 of 12 items")).to_be_visible(timeout=60_000)
    expect(page.locator(".st-key-curve .js-plotly-plot .scatterlayer .trace").first).to_be_attached()
    expect(page.locator("[class*=st-key-items_] td").filter(has_text="NEW-001")).to_have_count(1)


def take_the_plan(page: Page) -> None:
    """Eleven of twelve are launched, as the cost of one is above its price; the file holds all twelve."""
    go(page, "Launch plan")
    expect(figure(page, "Items launched")).to_have_text("11")
    rows = downloaded(page, "Download the launch plan")
    assert list(rows[0]) == COLUMNS
    assert sorted(row["item_id"] for row in rows) == [f"NEW-{number:03}" for number in range(12)]
    (refused,) = [row for row in rows if row["launch"] == "no"]
    assert refused["item_id"] == "NEW-003" and "cost" in refused["reason"]


def undo_the_sheet(page: Page) -> None:
    """Choose the latest import in the grid, which is a canvas, and confirm."""
    go(page, "Data")
    grid = page.locator("[class*=st-key-batches_]")
    expect(grid.locator("td").filter(has_text="sheet.csv")).to_have_count(1)
    settled(page)
    box = grid.get_by_test_id("stDataFrameResizable").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 35 * 1.5)  # the first row's checkbox: rows are 35 px high
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(grid.locator("td").filter(has_text="sheet.csv")).to_have_count(0)
    expect(grid.locator("td").filter(has_text="orders.csv")).to_have_count(1)
    go(page, "Launch plan")
    expect(page.get_by_text("There are no new items yet")).to_be_visible()


def go(page: Page, title: str) -> None:
    """By the sidebar, as people do."""
    link(page, title).click()
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
    settled(page)
