"""The launch plan of the demo shop as it is used: slider, filters, a decision by hand, a clash, files, a phone."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.plan import COLUMNS
from tests import demo_shop
from tests.benchmarks.serving import open_page, served, settled
from tests.browser.conftest import Open, fits
from tests.browser.test_every_page import axe, faults

pytestmark = pytest.mark.browser

ROW = 35  # pixels of the grid's header and of each row
STOCK = "Stock"


@pytest.fixture
def plan(page: Page, base_url: str) -> Page:
    open_page(page, base_url, "Launch plan")
    return page


@pytest.fixture(scope="module")
def own_url(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for what is decided here, which no other file of tests shall find in the demo shop."""
    folder = tmp_path_factory.mktemp("decided")
    with served(demo_shop.ROOT / "app.py", demo_shop.copy(made, folder / "home"), folder / "log.txt") as url:
        yield url


def test_slider_changes_the_figures_and_the_chart(plan: Page):
    profit = figure(plan, "Expected profit")
    before = profit.inner_text()
    launched = plan.locator(".st-key-ranks .bars").first.locator(".point")
    expect(launched).to_have_count(20)
    slider = plan.get_by_role("slider", name="Items to launch")
    for _ in range(5):
        slider.press("ArrowLeft")
    value = int(slider.input_value())
    assert value == 15
    expect(figure(plan, "Items launched")).to_have_text(str(value))
    expect(launched).to_have_count(value)
    expect(profit).not_to_have_text(before)
    expect(plan.get_by_text("These settings are tried, not kept")).to_be_visible()


def test_filters_narrow_the_grid(plan: Page):
    plan.get_by_text("Only what is launched").click()
    expect(plan.get_by_text("20 of 40 items")).to_be_visible()
    plan.get_by_role("combobox", name="Category").click()
    plan.get_by_role("option", name="Garden").click()
    expect(plan.get_by_text("20 of 40 items")).to_have_count(0)
    expect(grid(plan).locator("td").filter(has_text="Kitchen")).to_have_count(0)


def test_download_holds_the_whole_plan_whatever_is_filtered(plan: Page):
    plan.get_by_text("Only what is launched").click()
    expect(plan.get_by_text("20 of 40 items")).to_be_visible()
    rows = downloaded(plan, "Download the launch plan")
    assert set(rows[0]) >= set(COLUMNS)
    assert len(rows) == 40
    assert [row["rank"] for row in rows] == [str(rank) for rank in range(1, 41)]
    assert sum(row["launch"] == "yes" for row in rows) == 20


def test_a_typed_stock_is_kept_with_its_reason_planned_around_and_undone(page: Page, own_url: str):
    open_page(page, own_url, "Launch plan")
    money = figure(page, "Opening stock")
    before = money.inner_text()
    expect(grid(page).locator("td").first).to_be_attached()
    type_stock(page, "999")
    expect(page.get_by_text("stock 999")).to_be_visible()
    page.get_by_label("Why", exact=True).fill("the supplier gives a better price")
    page.get_by_label("Why", exact=True).press("Enter")
    settled(page)
    page.get_by_role("button", name="Plan around my changes").click()
    expect(page.get_by_text("Fixed by hand: 1 item")).to_be_visible()
    expect(money).not_to_have_text(before)
    settled(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Fixed by hand: 1 item")).to_have_count(0)
    expect(money).to_have_text(before)


def test_settings_that_clash_say_so_and_are_mended(page: Page, base_url: str):
    open_page(page, base_url, "Launch plan")
    page.locator(".st-key-plan_settings summary").click()
    page.get_by_role("spinbutton", name="Items at least").fill("25")
    page.get_by_role("button", name="Plan again").click()
    expect(page.get_by_text("These settings clash")).to_be_visible()
    page.get_by_role("button", name="Change the settings so").click()
    expect(page.get_by_text("These settings clash")).to_have_count(0)
    expect(figure(page, "Items launched")).to_be_visible()


def test_a_link_leads_to_an_item_and_the_choice_stands_in_the_address(page: Page, base_url: str, plan_codes: list[str]):
    page.goto(f"{base_url}/launch_plan?view=Why&item={plan_codes[1]}")
    box = page.get_by_role("combobox", name="Item")
    expect(box).to_have_value(re.compile(re.escape(plan_codes[1])))
    settled(page)
    box.fill(plan_codes[0])
    page.get_by_role("option").first.click()
    expect(box).to_have_value(re.compile(re.escape(plan_codes[0])))
    expect(page).to_have_url(re.compile(f"item={re.escape(plan_codes[0])}"))
    expect(page.get_by_role("heading", name="Its stock")).to_be_visible()


def test_a_stock_that_is_gone_early_is_bought_again(page: Page, base_url: str):
    page.goto(f"{base_url}/launch_plan?view=Why")
    order = figure(page, "To order now")
    sold = page.get_by_role("spinbutton", name="Units sold so far")
    expect(order).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("Units sold from which a second buy pays"))).to_be_visible()
    settled(page)
    sold.fill(figure(page, "Pieces bought").inner_text().replace(",", ""))
    sold.press("Enter")
    expect(page.get_by_role("spinbutton", name="Pieces left")).to_have_value("0")
    expect(order).not_to_have_text("0")
    expect(page.get_by_text(re.compile(r"^worth [\d,]+"))).to_be_visible()


def test_the_legend_is_not_covered_by_the_buttons_of_the_chart_on_a_phone(new_page: Open, base_url: str):
    page = new_page("light")
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{base_url}/launch_plan")
    chart = page.locator(".st-key-ranks")
    expect(chart.locator(".legend")).to_be_visible()
    settled(page)
    chart.locator(".js-plotly-plot").hover()
    legend, buttons = (chart.locator(name).first.bounding_box() for name in (".legend", ".modebar"))
    assert legend is not None and buttons is not None
    assert buttons["height"] > 0 and buttons["y"] + buttons["height"] <= legend["y"]


def test_the_plan_is_approved_and_handed_over(page: Page, own_url: str):
    page.goto(f"{own_url}/launch_plan?view=Hand+over")
    page.get_by_label("Your name").fill("Bea")
    page.get_by_label("Your name").press("Enter")
    approve = page.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_enabled()
    approve.click()
    expect(page.get_by_text("Any change makes a draft of it again")).to_be_visible()
    settled(page)
    for label, ending, start in (
        ("Workbook", ".xlsx", b"PK"),
        ("Purchase order", ".csv", b"\xef\xbb\xbf"),
        ("Summary to print", ".html", b"<!doctype html>"),
    ):
        with page.expect_download() as got:
            page.get_by_role("button", name=label).click()
        assert got.value.suggested_filename.endswith(ending)
        assert got.value.path().read_bytes().startswith(start)


@pytest.mark.parametrize("view", ["List", "Calendar", "Why", "Hand over"])
def test_views_are_whole_and_accessible_on_a_phone_in_the_dark(new_page: Open, base_url: str, view: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(f"{base_url}/launch_plan?view={view.replace(' ', '+')}")
    expect(page.get_by_role("radio", name=view, exact=True)).to_be_checked()
    settled(page)
    fits(page)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, "dark")]


@pytest.fixture
def plan_codes(page: Page, base_url: str) -> list[str]:
    """item_ids in the order of the plan."""
    open_page(page, base_url, "Launch plan")
    return [row["item_id"] for row in downloaded(page, "Download the launch plan")]


def grid(page: Page) -> Locator:
    """The editable grid."""
    return page.locator('[class*="st-key-plan_grid_"]')


def type_stock(page: Page, text: str) -> None:
    """Type into the first row's stock. Cells are painted on a canvas; their headers stand in its hidden table."""
    settled(page)
    table = grid(page)
    table.scroll_into_view_if_needed()
    canvas = table.get_by_test_id("data-grid-canvas")
    heads = table.locator("th").all_inner_texts()
    assert STOCK in heads
    canvas.click(position={"x": 80, "y": ROW * 1.5}, force=True)  # the pinned title, from where keys lead on
    for _ in range(heads.index(STOCK) - heads.index("Item")):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    box = page.locator("input.gdg-input")
    expect(box).to_be_visible()
    box.fill(text)
    box.press("Enter")


def figure(page: Page, label: str) -> Locator:
    """The value of one of the page's figures."""
    return page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")


def downloaded(page: Page, button: str) -> list[dict[str, str]]:
    """The rows of the CSV behind a download button."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    assert waiting.value.suggested_filename.endswith(".csv")
    text = waiting.value.path().read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))
