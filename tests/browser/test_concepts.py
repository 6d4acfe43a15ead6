"""The concept lab as it is used: typed into, by keyboard, on a phone in the dark, words added, a fake model asked."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.benchmarks.serving import open_page, settled
from tests.browser.conftest import Open, fits
from tests.browser.test_every_page import axe, faults

pytestmark = pytest.mark.browser

OPENING = 120_000  # milliseconds; the first wording opens the judges, which takes its time on a busy machine
ROW = 35  # pixels of a table's header and of each row


@pytest.fixture
def endpoint() -> Iterator[str]:
    """A language model of this machine, which has read the wrong books."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            said = '["Fox <img src=http://example.com/x.png> mug", "![x](http://example.com/x.png) owl mug"]'
            body = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_wordings_are_typed_compared_and_added_to(page: Page, base_url: str, tmp_path: Path, endpoint: str):
    open_page(page, base_url, "Concept lab")
    box = page.get_by_role("textbox", name="Wordings, one a line")
    box.fill("Foldable bird table\nBird table with a fox")
    box.press("Control+Enter")
    expect(page.get_by_role("heading", name="Words that carry it")).to_be_visible(timeout=OPENING)
    expect(chips(page).first.get_by_role("listitem")).to_have_text([re.compile(rf"{word}.*%") for word in WORDS])

    tick(page, "concepts_table", 1)
    expect(chips(page).first).to_contain_text("fox", timeout=OPENING)
    tick(page, "concepts_suggested", 0)
    page.get_by_role("button", name="Add the ticked to the wordings").click()
    expect(box).to_have_value(re.compile(r"^[^\n]+\n[^\n]+\n[^\n]+$"))
    settled(page, OPENING)
    with page.expect_download() as got:
        page.get_by_role("button", name="Download the comparison").click()
    got.value.save_as(tmp_path / "wordings.csv")
    assert "\n".join(pd.read_csv(tmp_path / "wordings.csv")["variant"]) == box.input_value()

    drafts = page.get_by_test_id("stExpander").filter(has_text="Drafts of a language model")
    drafts.locator("summary").click()
    send = drafts.get_by_role("button", name="Send and draft")
    expect(send).to_be_disabled()
    for label, text in (("Address", endpoint), ("Model", "small")):
        drafts.get_by_label(label, exact=True).fill(text)
        drafts.get_by_label(label, exact=True).press("Enter")
    expect(send).to_be_enabled()
    send.click()
    proposals = page.locator('[class*="st-key-concepts_proposed"]')
    expect(proposals.locator("td").filter(has_text="owl mug")).to_have_count(1)  # and no picture is asked for


def test_a_comparison_is_whole_on_a_phone_in_the_dark(new_page: Open, base_url: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    open_page(page, base_url, "Concept lab")
    page.get_by_role("button", name="Start with an example").press("Enter")
    expect(page.get_by_role("button", name="Add the ticked to the wordings")).to_be_visible(timeout=OPENING)
    settled(page, OPENING)
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    fits(page)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, "dark")]


WORDS = ("Foldable", "bird", "table")


def chips(page: Page) -> Locator:
    """The lists of words with what each brings."""
    return page.get_by_role("list", name=re.compile("Words and what each adds"))


def tick(page: Page, key: str, row: int) -> None:
    """Tick a row of a table, once the page stands still."""
    table = page.locator(f'[class*="st-key-{key}"]')
    table.scroll_into_view_if_needed()
    settled(page, OPENING)
    table.get_by_test_id("data-grid-canvas").click(position={"x": 15, "y": ROW * (row + 1.5)}, force=True)
