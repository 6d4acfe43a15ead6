"""The Reviews page as it is used: a view by its address, an item ticked, an aspect chosen, a list downloaded."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.benchmarks.serving import open_page, settled

pytestmark = pytest.mark.browser

READING = 60_000  # milliseconds; the first look at the themes reads a thousand reviews
ROW = 35  # pixels of the table's header and of each row


@pytest.fixture
def reviews(page: Page, base_url: str) -> Page:
    """The page, with its themes read."""
    open_page(page, base_url, "Reviews")
    expect(page.get_by_text("What they say about")).to_be_visible(timeout=READING)
    settled(page)
    return page


def test_an_aspect_shows_what_is_said_of_it(reviews: Page):
    reviews.get_by_role("radio", name="Delivery and packing").or_(
        reviews.get_by_role("button", name="Delivery and packing")
    ).first.click()
    expect(
        reviews.locator("blockquote")
        .filter(has_text="arrived")
        .or_(reviews.locator("blockquote").filter(has_text="parcel"))
        .first
    ).to_be_visible()


def test_a_ticked_item_is_the_one_that_is_looked_at(reviews: Page):
    choose(reviews, "Items")
    expect(reviews.get_by_role("heading", name="One item")).to_be_visible()
    shown = reviews.get_by_test_id("stText").first
    before = shown.inner_text()
    table = reviews.locator('[class*="st-key-reviews_items_"]')
    table.scroll_into_view_if_needed()
    settled(reviews)
    table.click(position={"x": 18, "y": 2.5 * ROW})
    expect(shown).not_to_have_text(before)
    expect(reviews).to_have_url(re.compile("view=Items"))
    with reviews.expect_download() as caught:
        reviews.get_by_role("button", name="Download these reviews").click()
    assert "sentiment" in caught.value.path().read_text(encoding="utf-8-sig").splitlines()[0]


def test_the_address_opens_a_view(page: Page, base_url: str):
    page.goto(f"{base_url}/reviews?view=Suspicious")
    expect(page.get_by_text("Nothing suspicious is in the reviews that are loaded.")).to_be_visible(timeout=READING)
    expect(page.get_by_role("heading", name="Set aside when they were loaded")).to_be_visible()
    expect(page.get_by_role("button", name="Train")).to_be_visible()


def choose(page: Page, view: str) -> None:
    """Click a view."""
    page.locator(".st-key-view").get_by_text(view, exact=True).click()
    settled(page)
