"""What surrounds the plan of ads: every view on a phone in the dark and without faults, and figures to take away."""

import re
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.benchmarks.serving import settled
from tests.browser.conftest import Open
from tests.browser.test_every_page import faults

pytestmark = pytest.mark.browser

OPENING = 240_000  # milliseconds; the first visit learns what the ads bring
LAST = {  # what a view draws last
    "Channels": "button:Keep and learn anew",
    "Audience & creatives": "button:Ask the concept lab",
    "Checks": "heading:The last weeks, unseen",
    "Calendar": "button:Keep the table",
}


def opened(page: Page, base_url: str, view: str) -> Page:
    page.set_default_timeout(OPENING)
    page.goto(f"{base_url}/ads?view={view.replace(' & ', '+%26+')}")
    role, _, name = LAST[view].partition(":")
    expect(page.get_by_role(role, name=name)).to_be_visible(timeout=OPENING)  # type: ignore[arg-type]
    settled(page, OPENING)
    return page


@pytest.mark.parametrize("view", LAST)
def test_views_are_whole_on_a_phone_in_the_dark(new_page: Open, base_url: str, view: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    opened(page, base_url, view)
    wide = page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")
    assert wide <= 0
    found = [fault for one in Axe().run(page).response["violations"] for fault in faults(one, "dark")]
    assert not found, "\n".join(found)


def test_the_figures_of_the_channels_are_those_on_the_page(page: Page, base_url: str, tmp_path: Path):
    opened(page, base_url, "Channels")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the figures").click()
    got.value.save_as(tmp_path / "channels.csv")
    frame = pd.read_csv(tmp_path / "channels.csv").set_index("channel")
    assert set(frame.index) == {"display", "email", "marketplace", "search", "social"}
    for name in ("roi", "marginal", "contribution"):
        assert (frame[f"{name}_low"] <= frame[name]).all() and (frame[name] <= frame[f"{name}_high"]).all()
    best = frame["marginal"].idxmax()
    expect(
        page.get_by_text(re.compile(f"worth most on {best}: {frame['marginal'][best]:.2f} of revenue"))
    ).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("^Revenue a week by spend a week"))).to_have_count(5)
