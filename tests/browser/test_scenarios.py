"""Scenarios as they are used: saved from the plan, compared, opened by their link, deleted and brought back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import demo_shop
from tests.benchmarks.serving import link, open_page, served, settled
from tests.browser.conftest import fits
from tests.browser.test_every_page import axe, faults
from tests.browser.test_plan import figure

pytestmark = pytest.mark.browser


@pytest.fixture
def own_url(made: Path, tmp_path: Path) -> Iterator[str]:
    """A server for the scenarios of this test, which no other shall find in the demo shop."""
    with served(demo_shop.ROOT / "app.py", demo_shop.copy(made, tmp_path / "home"), tmp_path / "log.txt") as url:
        yield url


def test_a_scenario_is_saved_compared_opened_deleted_and_brought_back(page: Page, own_url: str):
    save_one(page, own_url)
    link(page, "Scenarios").click()
    expect(page.get_by_role("heading", level=2, name="Side by side")).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("Expected profit of each scenario"))).to_be_visible()
    for name in ("Totals of the scenarios", "Settings that differ", "Items that differ"):
        expect(page.get_by_role("region", name=name)).to_be_visible()
    settled(page)
    fits(page)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, "light")]
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the differences").click()
    assert got.value.path().read_bytes().count(b"\n") > 1
    open_page(page, own_url, "Scenarios")
    delete_and_bring_back(page)
    page.goto(f"{own_url}/launch_plan?scenario=1")
    expect(page.get_by_role("combobox", name="Scenario")).to_have_value("Revenue first")
    expect(page.get_by_role("radio", name="Expected revenue")).to_be_checked()


def save_one(page: Page, url: str) -> None:
    """The plan for revenue, under a name."""
    open_page(page, url, "Launch plan")
    page.get_by_role("radio", name="Expected revenue").click()
    name = page.get_by_label("As a new scenario")
    name.fill("Revenue first")
    name.press("Enter")
    save = page.get_by_role("button", name="Save as new")
    expect(save).to_be_enabled()
    settled(page)
    save.click()
    expect(page.get_by_role("combobox", name="Scenario")).to_have_value("Revenue first")
    expect(page).to_have_url(re.compile("scenario=1"))
    expect(figure(page, "Items launched")).to_be_visible()
    settled(page)


def delete_and_bring_back(page: Page) -> None:
    box = page.get_by_role("combobox", name="Scenario", exact=True)
    box.scroll_into_view_if_needed()  # where the list of choices has room
    box.click()
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("Revenue first")
    delete = page.get_by_role("button", name="Delete")
    expect(delete).to_be_enabled()
    settled(page)
    delete.click()
    expect(page.get_by_text("There is one scenario only")).to_be_visible()
    page.locator("summary").filter(has_text="Deleted (1)").click()
    page.get_by_role("button", name="Bring back Revenue first").click()
    expect(page.get_by_role("figure", name=re.compile("Expected profit of each scenario"))).to_be_visible()
