"""Labels in a real browser: keys judge, undo comes back, and typing elsewhere judges nothing.

That these pages are accessible and fit a narrow screen, `test_every_page` looks at.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import demo_shop
from tests.benchmarks.serving import served, settled
from tests.browser.test_plan import downloaded

pytestmark = pytest.mark.browser
PAGES = {"labels": "Labels", "dictionary": "Data dictionary"}


@pytest.fixture(scope="module")
def own_url(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, as labels stay in the demo shop."""
    folder = tmp_path_factory.mktemp("labels")
    with served(demo_shop.ROOT / "app.py", demo_shop.copy(made, folder / "home"), folder / "log.txt") as url:
        yield url


@pytest.fixture
def labels(page: Page, own_url: str) -> Page:
    opened(page, own_url, "labels")
    return page


def opened(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/{name}")
    expect(page.get_by_role("heading", level=1, name=PAGES[name], exact=True)).to_be_visible(timeout=30_000)
    settled(page)


def labelled(page: Page) -> int:
    return int(page.get_by_test_id("stProgress").inner_text().split(" of ")[0].replace(",", ""))


def press(page: Page, key: str, count: int) -> None:
    """Press a key as a person who looks first, and wait until so many are labelled."""
    page.wait_for_timeout(200)
    page.keyboard.press(key)
    expect(page.get_by_test_id("stProgress")).to_contain_text(f"{count:,} of ")


def test_keys_judge_and_undo_comes_back(labels: Page) -> None:
    before = labelled(labels)
    card = labels.locator(".st-key-card h2")
    titles = []
    for done, key in enumerate("123", start=1):
        titles.append(card.inner_text())
        press(labels, key, before + done)
        expect(card).not_to_have_text(titles[-1])
    latest = labels.get_by_test_id("stDataFrame").locator("td")
    for word in ("high", "medium", "low"):
        expect(latest.filter(has_text=word).first).to_be_attached()
    press(labels, "u", before + 2)
    expect(card).to_have_text(titles[2])
    labels.wait_for_timeout(200)
    labels.keyboard.press("s")
    expect(card).not_to_have_text(titles[2])
    rows = downloaded(labels, "Download the labels")
    assert len(rows) == before + 2
    assert {row["value"] for row in rows} >= {"high", "medium"} and rows[0]["label"] == "purchase intent"


def test_keys_answer_at_once_after_another_set_is_chosen(labels: Page) -> None:
    labels.get_by_role("radio", name="Satisfaction").click()
    expect(labels.get_by_test_id("stProgress")).to_contain_text("customers labelled")
    settled(labels)
    press(labels, "5", labelled(labels) + 1)


def test_own_set_is_made_and_what_is_typed_judges_nothing(labels: Page) -> None:
    before = labelled(labels)
    labels.get_by_role("button", name="Label sets").click()
    labels.get_by_label("Name").fill("gift")
    labels.get_by_label("Name").press_sequentially("123us")
    labels.get_by_label("Answers, one a line").fill("yes\nno")
    assert labels.get_by_label("Name").input_value() == "gift123us"
    assert labelled(labels) == before
    labels.get_by_role("button", name="Make the set").click()
    expect(labels.get_by_role("radio", name="Gift123us")).to_be_checked()
    labels.keyboard.press("Escape")
    settled(labels)  # until then the last set's answers may stand there, too
    expect(labels.locator(".st-key-answer_1")).to_contain_text("yes")
    labels.locator(".stMain h1").click()
    press(labels, "2", 1)
    labels.get_by_role("button", name="Label sets").click()
    labels.get_by_role("button", name="Remove “gift123us”").click()
    labels.get_by_role("dialog").get_by_role("button", name="Remove the set").click()
    expect(labels.get_by_role("radio", name="Gift123us")).to_have_count(0)
    expect(labels.get_by_role("radio", name="Purchase intent")).to_be_checked()


def test_dictionary_is_searched_while_one_types(page: Page, own_url: str) -> None:
    opened(page, own_url, "dictionary")
    page.get_by_role("searchbox", name="Search").press_sequentially("lineitem quantity")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Sales"])
    rows = downloaded(page, "Dictionary as CSV")
    assert {"products", "labels"} <= {row["table"] for row in rows}
