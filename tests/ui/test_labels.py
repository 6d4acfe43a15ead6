"""The Labels page: judge, skip, undo, check what was imported, make a set of one's own, take the labels along."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import labels, shell_cache
from core.workspace import Workspace
from tests.conftest import Files, load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, said, table

INTENT = labels.BUILT_IN[0]


@pytest.fixture
def own(start: Start, home: Path, small_files: Files) -> AppTest:
    """The page of a shop with 120 products that sold and 12 new items."""
    with Workspace(home) as shop:
        load_into(shop, small_files.sales, "sales")
        load_into(shop, small_files.new_items, "new_items")
    return start("labels", shop="My shop")


def press(at: AppTest, key: str) -> AppTest:
    """Press a button of the card, as someone who has looked at it."""
    at.session_state["drawn_at"] = 0.0
    at.button(key=key).click().run()
    assert not at.exception
    return at


def answers(at: AppTest) -> list[str]:
    return [button.label for button in at.button if button.key.startswith("answer_")]


def label_all_but(at: AppTest, left: int) -> list[str]:
    """Label all items but the last, whose ids are returned."""
    shop = shell_cache.opened(Path(at.session_state["queue_of"][0]))
    waiting = labels.remaining(shop.cursor(), INTENT, limit=1000)
    for target in waiting[:-left]:
        labels.put(shop, INTENT, target, "low")
    at.session_state["queue_of"] = ()  # as of another day
    at.run()
    return waiting[-left:]


def progress(at: AppTest) -> str:
    return at.get("progress")[0].proto.text


def title(at: AppTest) -> str:
    return at.header[0].value


def test_page_of_the_demo_shop_asks_about_an_item(start: Start) -> None:
    at = start("labels")
    assert re.fullmatch(r"[\d,]+ of [\d,]+ items labelled", progress(at))
    assert answers(at) == ["high", "medium", "low"]
    assert {button.proto.shortcut for button in at.button} >= {"1", "2", "3", "s", "u"}
    assert "simulated" in caption(at)
    assert not at.error and not at.warning


def test_empty_shop_leads_to_loading(start: Start) -> None:
    at = start("labels", shop="My shop")
    assert "no items to label yet" in said(at)
    assert links(at) == ["Load your first file"]
    assert not at.get("progress") and not at.dataframe


def test_judging_goes_on_to_the_next_and_undo_comes_back(own: AppTest) -> None:
    assert progress(own) == "0 of 132 items labelled"
    first = title(own)
    press(own, "answer_1")
    assert progress(own) == "1 of 132 items labelled"
    assert table(own, "Latest labels")["value"].tolist() == ["high"]
    second = title(own)
    press(own, "answer_3")
    assert table(own, "Latest labels")["value"].tolist() == ["low", "high"]
    press(own, "undo")
    assert progress(own) == "1 of 132 items labelled" and title(own) == second
    press(own, "undo")
    assert progress(own) == "0 of 132 items labelled" and title(own) == first
    press(own, "undo")
    assert progress(own) == "0 of 132 items labelled"


def test_key_that_is_pressed_twice_in_a_blink_judges_once(own: AppTest) -> None:
    press(own, "answer_1")
    own.session_state["drawn_at"] = float("inf")  # drawn this very moment
    own.button(key="answer_1").click().run()
    assert progress(own) == "1 of 132 items labelled"


def test_skipped_item_waits_at_the_end(own: AppTest) -> None:
    first, second, third = own.session_state["queue"][:3]
    press(own, "skip")
    assert progress(own) == "0 of 132 items labelled"
    assert own.session_state["queue"][:2] == [second, third]
    own.session_state["queue"] = [second]  # as after a while
    press(own, "answer_2")
    assert own.session_state["queue"][0] == third and first not in own.session_state["queue"]


def test_what_was_skipped_comes_again_before_all_is_labelled(own: AppTest) -> None:
    first, second = label_all_but(own, 2)
    assert progress(own) == "130 of 132 items labelled" and own.session_state["queue"] == [first, second]
    press(press(own, "skip"), "answer_1")
    assert own.session_state["queue"] == [first]
    press(own, "answer_1")
    assert progress(own) == "132 of 132 items labelled" and "Everything is labelled" in said(own)
    assert own.button(key="answer_1").disabled and own.button(key="skip").disabled
    press(own, "undo")
    assert progress(own) == "131 of 132 items labelled" and not own.success


def test_new_items_can_come_first(own: AppTest) -> None:
    assert not own.session_state["queue"][0].startswith("NEW")
    labelled(own.get("button_group"), "Order").set_value("new").run()
    assert own.session_state["queue"][0].startswith("NEW")


def test_customers_are_judged_by_what_they_bought(own: AppTest) -> None:
    labelled(own.get("button_group"), "Label set").set_value("satisfaction").run()
    assert progress(own) == "0 of 60 customers labelled"
    assert title(own).startswith("Customer ")
    assert "Bought most" in " ".join(text.value for text in own.text)
    press(own, "answer_5")
    assert progress(own) == "1 of 60 customers labelled"


def test_imported_labels_are_counted_and_checked(start: Start, home: Path, small_files: Files) -> None:
    with Workspace(home) as shop:
        load_into(shop, small_files.new_items, "new_items")
        with shop.transaction() as cursor:
            cursor.execute(
                """INSERT INTO labels (product_id, label, value, batch_id, file_row)
                   VALUES ('NEW-001', 'purchase intent', 'High', 9, 2), ('NEW-002', 'purchase intent', 'low', 9, 3),
                          ('GONE', 'purchase intent', 'low', 9, 4)"""
            )
    at = start("labels", shop="My shop")
    assert progress(at) == "2 of 12 items labelled"
    at.toggle(key="check").set_value(True).run()
    assert at.session_state["queue"] == ["NEW-001", "NEW-002"]
    press(press(at, "answer_1"), "answer_1")
    assert "Every imported label is checked" in said(at)
    assert "1 of 2 imported labels that were checked by hand are the same" in caption(at)


def test_own_set_is_made_used_and_removed(own: AppTest) -> None:
    own.text_input(key="set_name").set_value("gift *item*")
    own.text_area(key="set_options").set_value("yes\n\n no ")
    labelled(own.button, "Make the set").click().run()
    assert not own.exception
    assert own.session_state["label_set"] == "gift *item*"
    assert answers(own) == ["yes", "no"]
    press(own, "answer_2")
    assert table(own, "Latest labels")["value"].tolist() == ["no"]
    assert own.button(key="remove")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [("", "yes\nno", "name"), ("gift", "yes", "2 to 9"), ("Satisfaction", "a\nb", "already")],
)
def test_set_that_cannot_be_made_says_why(own: AppTest, name: str, options: str, words: str) -> None:
    own.text_input(key="set_name").set_value(name)
    own.text_area(key="set_options").set_value(options)
    labelled(own.button, "Make the set").click().run()
    assert not own.exception and words in said(own)
    assert own.session_state["label_set"] == "purchase intent"


def test_labels_can_be_downloaded(own: AppTest) -> None:
    press(own, "answer_1")
    assert download(own, "download_labels").label == "Download the labels"


def test_title_of_a_file_is_no_markup(start: Start, home: Path) -> None:
    with Workspace(home) as shop:
        load_into(shop, "item_id,title\nN-1,![x](http://host.example/p.png) *A* | B\nN-2,Plain\n", "new_items")
    at = start("labels", shop="My shop")
    assert title(at).replace("\\", "") == "![x](http://host.example/p.png) *A* | B"
    assert "\\!\\[x\\]" in title(at)
