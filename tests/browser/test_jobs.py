"""Jobs & backup in a real browser: a backup out and in again beside an open window, two people at once, a phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core import backup
from tests import demo_shop
from tests.benchmarks import sessions
from tests.benchmarks.serving import open_page, served, settled
from tests.browser.conftest import Open, fits
from tests.browser.test_every_page import axe, faults

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def own_url(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, as a restore replaces the shop."""
    folder = tmp_path_factory.mktemp("jobs")
    with served(demo_shop.ROOT / "app.py", demo_shop.copy(made, folder / "home"), folder / "log.txt") as url:
        yield url


def test_a_backup_goes_out_and_comes_back_while_another_window_is_open(
    page: Page, new_page: Open, own_url: str, tmp_path: Path
):
    other = new_page("dark")
    open_page(other, own_url, "Data")
    open_page(page, own_url, "Jobs & backup")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download a backup").click()
    path = tmp_path / "backup.zip"
    shutil.copy(got.value.path(), path)
    assert backup.verify(path).rows["new_items"] == 40
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("All checksums are right")).to_be_visible()
    page.get_by_role("button", name="Restore this backup").click()
    expect(page.get_by_text("Restored:")).to_be_visible()
    open_page(other, own_url, "Overview")  # the window that was open goes on with the restored shop
    expect(other.get_by_test_id("stMetric").filter(has_text="New items waiting")).to_contain_text("40")
    settled(page)
    page.get_by_role("button", name="Undo the restore").click()
    expect(page.get_by_text("Back to the former shop")).to_be_visible()


def test_two_people_at_once_lose_nothing(made: Path, tmp_path: Path):
    """The quick form of `tests.benchmarks.sessions`, without its jobs."""
    found = sessions.run(demo_shop.copy(made, tmp_path / "home"), 0, work=False)
    assert not found.faults
    assert not found.lost
    assert len(found.confirmed) >= 6, found
    assert found.restore_ok


@pytest.mark.parametrize("title", ["Jobs & backup", "Overview"])
def test_the_page_is_whole_and_accessible_on_a_phone_in_the_dark(new_page: Open, base_url: str, title: str):
    page = new_page("dark")
    page.set_viewport_size({"width": 390, "height": 900})
    open_page(page, base_url, title)
    fits(page)
    found = axe.Axe().run(page).response["violations"]
    assert not [fault for violation in found for fault in faults(violation, "dark")]
