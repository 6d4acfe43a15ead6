"""The Model page in a real browser: progress that survives a refresh, the queue, and a version out and back in."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.benchmarks.serving import open_page

pytestmark = pytest.mark.browser


@pytest.fixture
def model(page: Page, base_url: str) -> Page:
    open_page(page, base_url, "Model")
    return page


def test_progress_survives_a_refresh_and_the_queue_can_be_emptied(model: Page):
    page = model
    train = page.get_by_role("button", name="Fine-tune", exact=True)
    cancel = page.get_by_role("button", name="Cancel", exact=True)
    train.click()
    expect(cancel).to_be_visible()
    train.click()
    expect(page.get_by_text("1. in the queue")).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile(r"Fine-tuning: \d+%"))).to_be_visible()
    expect(page.get_by_text("1. in the queue")).to_be_visible()
    page.get_by_role("button", name="Take out").click()
    expect(page.get_by_text("1. in the queue")).to_have_count(0)
    cancel.click()
    expect(page.get_by_text("Fine-tuning was cancelled")).to_be_visible()
    expect(cancel).to_have_count(0)


def test_a_version_goes_out_as_a_file_and_comes_back(model: Page, tmp_path: Path):
    page = model
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert download.value.suggested_filename == "debut-demo.zip"
    download.value.save_as(tmp_path / "debut-demo.zip")
    page.get_by_text("Load a version from a file").click()
    page.locator(".st-key-parcel input[type=file]").set_input_files(tmp_path / "debut-demo.zip")
    page.get_by_role("button", name="Load it").click()
    expect(page.get_by_text("demo-2 is loaded")).to_be_visible(timeout=120_000)
    chosen = page.get_by_role("combobox", name="Version", exact=True)
    expect(chosen).to_have_value("demo-2")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    expect(chosen).to_have_value("demo")
    expect(page.locator(".st-key-two")).to_have_count(0)
