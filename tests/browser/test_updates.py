"""Updates in a real browser: the policy by keyboard, a fit that is kept, and the section on a phone in the dark."""

import pytest
from playwright.sync_api import Page, expect

from tests.benchmarks.serving import open_page, settled
from tests.browser.conftest import Open, fits

pytestmark = pytest.mark.browser

OPENING = 60_000  # milliseconds; the first visit may forecast


@pytest.fixture
def model(page: Page, base_url: str) -> Page:
    open_page(page, base_url, "Model")
    expect(page.get_by_text("In the likely range")).to_be_visible(timeout=OPENING)
    settled(page)  # what is typed into a page that is still being made is lost
    return page


def test_the_policy_is_set_by_keyboard_and_survives_a_reload(model: Page, base_url: str):
    model.locator("summary", has_text="When models are updated by themselves").press("Enter")
    launches = model.get_by_label("Launches", exact=True)
    launches.fill("33")
    model.locator(".st-key-policy_keep").get_by_role("button").press("Enter")
    settled(model)
    model.reload()
    model.locator("summary", has_text="When models are updated by themselves").press("Enter")
    expect(model.get_by_label("Launches", exact=True)).to_have_value("33")


def test_a_fit_is_kept_and_follows_the_data_again(model: Page):
    model.locator(".st-key-keep_ads").get_by_role("button").click()
    follow = model.locator(".st-key-follow_ads").get_by_role("button")
    expect(follow).to_be_visible()
    model.get_by_role("tab", name="Put to use").click()
    expect(model.get_by_role("region", name="What was put to use")).to_be_visible()
    follow.click()
    expect(model.locator(".st-key-keep_ads").get_by_role("button")).to_be_visible()


def test_the_chart_and_the_table_are_whole_on_a_phone_in_the_dark(new_page: Open, base_url: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    open_page(page, base_url, "Model")
    expect(page.get_by_role("figure", name="Share of launches within their likely range")).to_be_visible(
        timeout=OPENING
    )
    page.get_by_role("radio", name="Bias").click()
    expect(page.get_by_role("figure", name="Bias by month of launch")).to_be_visible()
    fits(page)
