"""Every page in light, in dark and on a narrow screen: sound, accessible, nothing sent elsewhere."""

import re
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import demo_shop
from tests.benchmarks.serving import PAGES, link, open_page, served, settled
from tests.browser.conftest import Open

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.browser

FRAMEWORK = {  # what Streamlit 1.67 itself does wrong; look again after an upgrade
    "list",  # section headings among the items of the navigation
    "listitem",
    "aria-dialog-name",  # toast
    "presentation-role-conflict",  # drop zone of the uploader
    "svg-img-alt",  # marks of a native chart, which has a name of its own
}
SEEN_AGAIN = 3
NARROW = 420
FITS = """width => {
    const main = document.querySelector('.stMain')
    return document.documentElement.scrollWidth <= width && main.scrollWidth <= main.clientWidth
}"""
THEME = tomllib.loads((demo_shop.ROOT / ".streamlit" / "config.toml").read_text())["theme"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("title", PAGES)
def test_page_is_sound_and_accessible_and_does_not_scroll_sideways(
    new_page: Open, base_url: str, title: str, scheme: str
):
    page = new_page(scheme)
    open_page(page, base_url, title)
    expect(page.locator(".js-plotly-plot")).to_have_count(len(page.get_by_test_id("stPlotlyChart").all()))
    expect(page).to_have_title(re.compile("Debut"))
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, scheme)]
    page.set_viewport_size({"width": NARROW, "height": 900})
    page.evaluate("window.__stillSince = undefined")
    settled(page)
    page.wait_for_function(FITS, arg=NARROW)  # charts are drawn again a moment later


def test_cold_deep_link_goes_through_app(new_page: Open, made: Path, tmp_path: Path):
    """Before app.py has run once in a server, Streamlit would run a file of `pages/` without it."""
    home = demo_shop.copy(made, tmp_path / "home")
    with served(demo_shop.ROOT / "app.py", home, tmp_path / "log.txt") as url:
        page = new_page()
        page.goto(f"{url}/new_items?search=bird")
        expect(page.get_by_role("heading", level=1, name="New items")).to_be_visible()
        expect(page.get_by_label("Search", exact=True)).to_have_value("bird")
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_text([re.compile(title) for title in PAGES])
        expect(page.get_by_text("Page not found")).to_have_count(0)


def test_sidebar_leads_to_every_page_and_the_shop_stays_the_same(page: Page, base_url: str):
    """With some pages a second time, as a page may forget on its second visit what it knew on its first."""
    open_page(page, base_url, "Overview")
    for title in [*PAGES, *list(PAGES)[:SEEN_AGAIN]]:
        link(page, title).click()
        expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()
        expect(page.get_by_text("Demo shop: simulated")).to_be_visible()
        expect(page.get_by_role("radio", name="Demo shop")).to_be_checked()
        settled(page)  # as a person looks before the next click


def faults(violation: dict, scheme: str) -> list[str]:
    """The places of a violation that are ours to mend, with the rule's name."""
    if violation["id"] in FRAMEWORK:
        return []
    nodes = violation["nodes"]
    if violation["id"] == "color-contrast" and scheme == "dark":
        # Streamlit writes what is chosen in primaryColor and buttons in white on it: on dark, no colour serves both.
        nodes = [node for node in nodes if node["any"][0]["data"]["fgColor"] != THEME["dark"]["primaryColor"].lower()]
    return [f"{violation['id']}: {node['html'][:300]}" for node in nodes]
