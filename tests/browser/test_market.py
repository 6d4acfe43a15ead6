"""The market as it is used: answers by key, undo, typing that answers nothing, downloads, a phone, a screen reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import demo_shop
from tests.benchmarks.serving import served, settled
from tests.browser.conftest import Open, fits
from tests.browser.test_every_page import axe, faults
from tests.browser.test_plan import downloaded

pytestmark = pytest.mark.browser

OPENING = 90_000  # milliseconds; the first visit compares the listings


@pytest.fixture(scope="module")
def own_url(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, as decisions stay in the demo shop."""
    folder = tmp_path_factory.mktemp("market")
    with served(demo_shop.ROOT / "app.py", demo_shop.copy(made, folder / "home"), folder / "log.txt") as url:
        yield url


def opened(page: Page, url: str, view: str) -> Page:
    page.goto(f"{url}/market?view={view}")
    expect(page.get_by_role("radio", name=view, exact=True)).to_be_checked(timeout=OPENING)
    settled(page, OPENING)
    return page


def test_matches_are_answered_and_taken_back_by_key(page: Page, own_url: str):
    opened(page, own_url, "Matches")
    card = page.locator(".st-key-match_card").get_by_role("heading")
    first = card.inner_text()
    waiting = page.get_by_text("listings wait")
    count = number(waiting.inner_text())
    page.keyboard.press("1")
    expect(waiting).to_contain_text(f"{count - 1:,} listings wait")
    expect(card).not_to_have_text(first)
    second = card.inner_text()
    page.keyboard.press("0")
    expect(waiting).to_contain_text(f"{count - 2:,} listings wait")
    page.keyboard.press("u")
    expect(card).to_have_text(second)
    page.keyboard.press("s")
    expect(card).not_to_have_text(second)
    page.keyboard.press("u")
    expect(card).to_have_text(first)
    expect(waiting).to_contain_text(f"{count:,} listings wait")


def test_typing_in_the_search_answers_nothing(page: Page, own_url: str):
    opened(page, own_url, "Matches")
    waiting = page.get_by_text("listings wait").inner_text()
    search = page.get_by_label("Search", exact=True)
    search.fill("")
    search.press_sequentially("mug 1 0 us")
    search.press("Enter")
    expect(page.get_by_text("No listing fits")).to_be_visible()
    assert page.get_by_text("listings wait").inner_text() == waiting


def test_the_download_holds_every_listing(page: Page, own_url: str):
    opened(page, own_url, "Matches")
    rows = downloaded(page, "Download the matches")
    assert len(rows) > 500 and {"competitor", "title", "item_id", "confidence", "state"} <= set(rows[0])
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)


@pytest.mark.parametrize("view", ["Prices", "Ladder", "Matches", "Trends"])
def test_views_are_whole_on_a_phone_in_the_dark_and_accessible(new_page: Open, own_url: str, view: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, own_url, view)
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    fits(page)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, "dark")]


def number(written: str) -> int:
    return int(written.split()[0].replace(",", ""))
