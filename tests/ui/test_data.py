"""The Data page: upload, review, map by hand, load or be told why not."""

import gzip
from pathlib import Path

import pytest

from core.tables import TABLES
from core.workspace import Workspace
from tests.conftest import Files
from tests.ui.conftest import Start
from tests.ui.importing import badges, choose, decide, drop, findings, load, loaded, upload
from tests.ui.reading import caption, ending, labelled, metrics, said, table

SHEET = "item_id,title,price,cost,earliest_launch\n"
GOOD_ROW = "N-1,Fox mug,9.50,4,2026-01-05\n"
UNREADABLE = "Rows with cells that cannot be read"


def test_upload_is_reviewed_then_loaded_into_the_own_shop(start: Start, small_files: Files):
    at = upload(start("data"), small_files.sales)
    assert "Sales" in badges(at)
    assert labelled(at.selectbox, "This file holds").value == "sales"
    assert "orders.csv" in " ".join(text.value for text in at.text)
    assert at.session_state["shop"] == "Demo shop"  # nothing is loaded before it was looked at
    rows = small_files.sales.count(b"\n") - 1
    assert ending(at.button, "_load").label == f"Load {rows:,} rows"
    load(at)
    assert f"{rows:,} of {rows:,} rows loaded" in at.success[0].value
    assert at.session_state["shop"] == "My shop"
    assert table(at, "Imports")["file_name"].tolist() == ["orders.csv"]
    at.switch_page("pages/overview.py").run()
    assert metrics(at)["Products sold so far"] == "120"


def test_all_three_tables_are_recognised_by_their_headers(start: Start, small_files: Files):
    at = start("data", shop="My shop")
    for name in ("products", "sales", "new_items"):
        upload(at, getattr(small_files, name), f"export_{name}.csv")
        assert labelled(at.selectbox, "This file holds").value == name
        load(at)
    assert table(at, "Imports")["table_name"].tolist() == ["New items", "Sales", "Products"]


def test_packed_file_is_read(start: Start, small_files: Files):
    at = load(upload(start("data"), gzip.compress(small_files.sales), "orders.csv.gz"))
    assert loaded(at) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty.csv is empty"),
        ("book.csv", b"PK\x03\x04" + bytes(100), "book.csv: the packed file is cut off or damaged"),
        ("note.txt", b"Dear colleague\nplease find below\n", "note.txt does not look like a CSV"),
        ("header.csv", b"date,product_id,units\n", "header.csv has a header but no rows"),
    ],
)
def test_file_that_is_no_table_is_refused_before_review(start: Start, name: str, content: bytes, words: str):
    at = upload(start("data", shop="My shop"), content, name)
    assert words in said(at)
    assert not at.button and not at.exception
    assert loaded(at) == 0


def test_file_that_cannot_be_read_leaves_the_others_usable(start: Start):
    at = drop(start("data", shop="My shop"), {"broken.csv": b"", "sheet.csv": SHEET + GOOD_ROW})
    assert "broken.csv is empty" in said(at)
    assert "1 of 1 rows loaded" in load(at).success[0].value


@pytest.mark.parametrize(
    ("content", "found", "row", "words"),
    [
        (SHEET + GOOD_ROW + "N-1,Fox cup,8,3,\n", "One code, different content", 2, ""),
        (SHEET + GOOD_ROW + "N-2,Fox cup,-8,3,\n", "Numbers that cannot be", 3, ""),
        (SHEET + GOOD_ROW + "N-2,Fox cup,8,3,soonish\n", UNREADABLE, 3, "earliest_launch: is not a date"),
        (SHEET + "N-2,,8,3,\n" + GOOD_ROW, UNREADABLE, 2, "title: is missing"),
        ("date,sku,qty\n2025-01-01,A-1,1\n2025-13-45,A-1,2\n", UNREADABLE, 3, "date: is not a date"),
        ("date,sku,qty\n2025-01-01,A-1,some\n2025-01-02,A-1,2\n", UNREADABLE, 2, "units: is not a whole number"),
    ],
    ids=["duplicate", "negative price", "launch date", "no title", "date", "quantity"],
)
def test_bad_row_is_named_before_loading_and_is_set_aside(start: Start, content: str, found: str, row: int, words: str):
    at = upload(start("data", shop="My shop"), content, "sheet.csv")
    assert findings(at)[found].value == "set aside"
    examples = table(at, f"Examples: {found}")
    assert examples["row in the file"].tolist() == [row]
    assert words in examples.get("reason", [""])[0]
    assert loaded(at) == 0
    assert "1 of 2 rows loaded" in load(at).success[0].value
    assert table(choose(at, 0), "Rows that were set aside")["file_row"].tolist() == [row]


def test_file_of_which_no_row_can_be_loaded_is_refused_and_says_why(start: Start):
    """And what a file says is never formatted: a picture in its name or cells would make the browser fetch it."""
    picture = "![x](http://example.invalid/p.png)"
    at = load(upload(start("data"), f"date,sku,qty\n2025-01-01,A-1,{picture}\n", f"a{picture[:4]}.csv"))
    assert "none of its 1 rows can be loaded" in said(at) and "units: is not a whole number" in said(at)
    assert r"\!\[x\]" in at.error[0].value
    assert loaded(at) == 10  # those of the demo shop, which stays in use
    assert at.session_state["shop"] == "Demo shop"
    assert not ending(at.button, "_load").disabled


def test_row_that_cannot_be_read_may_be_kept_with_that_cell_blank(start: Start, home: Path):
    at = upload(start("data", shop="My shop"), SHEET + GOOD_ROW + "N-2,Fox cup,8,cheap,\n", "sheet.csv")
    load(decide(at, UNREADABLE, "keep"))
    assert "2 of 2 rows loaded" in at.success[0].value


def test_unknown_file_is_asked_for_its_table_and_shows_its_rows(start: Start):
    at = upload(start("data", shop="My shop"), "wann,was,wo\n2025-01-01,A-1,Ulm\n", "till.csv")
    assert "Not recognised" in badges(at)
    assert labelled(at.selectbox, "This file holds").value is None
    assert table(at, "First rows of till.csv")["wo"].tolist() == ["Ulm"]
    assert not at.button


def test_missing_column_opens_the_mapping_and_locks_load(start: Start):
    at = upload(start("data", shop="My shop"), "date,sku,how many\n2025-01-01,A-1,2\n")
    labelled(at.selectbox, "This file holds").select("Sales").run()
    assert at.warning[0].value == "Choose the column for: units."
    assert ending(at.button, "_load").disabled
    assert labelled(at.selectbox, "Product id (required)").options == ["(not in this file)", "date", "sku", "how many"]


def test_unrecognised_header_is_mapped_by_hand(start: Start):
    at = upload(start("data", shop="My shop"), "date,sku,how many\n2025-01-01,A-1,2\n")
    labelled(at.selectbox, "This file holds").select("Sales").run()
    labelled(at.selectbox, "Units (required)").select_index(3).run()
    assert not at.warning
    assert table(at, "Sales as it will be loaded")["units"].tolist() == [2]
    assert "1 of 1 rows loaded" in load(at).success[0].value


def test_wrong_table_is_corrected_by_hand(start: Start):
    at = upload(start("data", shop="My shop"), "sku,name,price\nA-1,Fox mug,9\n")
    kinds = labelled(at.selectbox, "This file holds")
    other = "Products" if kinds.value == "new_items" else "New items"
    kinds.select(other).run()
    load(at)
    assert table(at, "Imports")["table_name"].tolist() == [other]


def test_same_file_twice_is_refused(start: Start, small_files: Files):
    at = load(upload(start("data"), small_files.sales))
    load(upload(at, small_files.sales, "again.csv"))
    assert "already in" in said(at)
    assert loaded(at) == 1


def test_files_dropped_together_are_loaded_one_after_the_other(start: Start, small_files: Files):
    at = drop(start("data", shop="My shop"), {"orders.csv": small_files.sales, "catalogue.csv": small_files.products})
    first, second = (button for button in at.button if button.key.endswith("_load"))
    first.click().run()
    assert loaded(at) == 1
    ending(at.button, second.key).click().run()
    assert loaded(at) == 2
    assert not [button for button in at.button if button.key.endswith("_load")]  # an empty uploader


def test_import_is_chosen_to_be_undone(start: Start, small_files: Files):
    at = load(upload(start("data"), small_files.sales))
    assert "Choose an import" in caption(at)
    choose(at, 0)
    assert not labelled(at.button, "Undo this import").disabled


def test_demo_shop_cannot_be_undone(start: Start):
    at = start("data")
    for row in (0, 9):
        assert labelled(choose(at, row).button, "Undo this import").disabled


def test_templates_have_the_headers(start: Start):
    labels = [button.label for button in start("data").get("download_button")]
    assert labels == [f"Template: {table.title.lower()}" for table in TABLES.values()]


def test_failing_key_of_customer_ids_is_told_in_words(start: Start, home: Path, small_files: Files):
    with Workspace(home) as shop:
        (shop.folder / "customer.key").write_bytes(b"short")
    at = load(upload(start("data", shop="My shop"), small_files.sales))
    assert "is damaged" in said(at)
    assert loaded(at) == 0
