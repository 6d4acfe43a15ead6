"""The Data page: upload, review, map by hand, load or be told why not, undo."""

import gzip

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import Files
from tests.ui.conftest import Start
from tests.ui.reading import caption, ending, labelled, metrics, said, table, tick

SHEET = "item_id,title,price,cost,earliest_launch\n"
GOOD_ROW = "N-1,Fox mug,9.50,4,2026-01-05\n"


def upload(at: AppTest, content: str | bytes, name: str = "orders.csv") -> AppTest:
    """Drop a file into the uploader that is empty now."""
    uploader = next(one for one in at.file_uploader if one.key.startswith("data_"))
    data = content.encode() if isinstance(content, str) else content
    return uploader.upload(name, data).run()


def load(at: AppTest) -> AppTest:
    """Click Load below the one file that is in review."""
    return ending(at.button, "_load").click().run()


def loaded(at: AppTest) -> int:
    """How many imports the page lists."""
    return sum(len(frame.value) for frame in at.dataframe if frame.proto.alt == "Imports")


def test_upload_is_reviewed_then_loaded_into_the_own_shop(start: Start, small_files: Files):
    at = upload(start("data"), small_files.sales)
    assert labelled(at.selectbox, "This file holds").value == "sales"
    assert "orders.csv" in " ".join(text.value for text in at.text)
    assert at.session_state["shop"] == "Demo shop"  # nothing is loaded before it was looked at
    load(at)
    assert not at.exception
    rows = small_files.sales.count(b"\n") - 1
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
        ("book.csv", b"PK\x03\x04" + bytes(100), "book.csv is not a CSV"),
        ("note.txt", b"Dear colleague\nplease find below\n", "note.txt does not look like a CSV"),
        ("header.csv", b"date,product_id,units\n", "header.csv has a header but no rows"),
    ],
)
def test_file_that_is_no_table_is_refused_before_review(start: Start, name: str, content: bytes, words: str):
    at = upload(start("data", shop="My shop"), content, name)
    assert words in said(at)
    assert not at.button and not at.exception
    assert loaded(at) == 0


@pytest.mark.parametrize(
    ("content", "row", "column", "words"),
    [
        (SHEET + GOOD_ROW + "N-1,Fox cup,8,3,\n", "row 3", "item_id", "more than once"),
        (SHEET + GOOD_ROW + "N-2,Fox cup,-8,3,\n", "row 3", "price", "below 0"),
        (SHEET + GOOD_ROW + "N-2,Fox cup,8,3,soonish\n", "row 3", "earliest_launch", "soonish"),
        (SHEET + "N-2,,8,3,\n" + GOOD_ROW, "row 2", "title", "missing"),
        ("date,sku,qty\n2025-01-01,A,1\n2025-13-45,A,2\n", "row 3", "date", "2025-13-45"),
        ("date,sku,qty\n2025-01-01,A,some\n2025-01-02,A,2\n", "row 2", "qty", "some"),
    ],
    ids=["duplicate", "negative price", "launch date", "no title", "date", "quantity"],
)
def test_bad_row_is_named_and_nothing_is_loaded(start: Start, content: str, row: str, column: str, words: str):
    at = load(upload(start("data", shop="My shop"), content, "sheet.csv"))
    assert not at.exception
    for word in ("sheet.csv", row, column, words):
        assert word in said(at)
    assert loaded(at) == 0
    assert at.session_state["shop"] == "My shop"


def test_demo_shop_stays_in_use_when_a_file_is_refused(start: Start):
    at = load(upload(start("data"), SHEET + "N-2,Fox cup,-8,3,\n"))
    assert at.error
    assert at.session_state["shop"] == "Demo shop"


def test_bad_rows_can_be_set_aside_and_are_shown(start: Start):
    at = upload(start("data", shop="My shop"), SHEET + GOOD_ROW + "N-2,Fox cup,-8,3,\n")
    ending(at.checkbox, "_aside").check().run()
    load(at)
    assert "1 of 2 rows loaded" in at.success[0].value
    choose(at, 0)
    assert table(at, "Rows that were set aside")["file_row"].tolist() == [3]
    assert "below 0" in table(at, "Reasons why rows were set aside")["Reason"][0]


def test_missing_column_opens_the_mapping_and_locks_load(start: Start):
    at = upload(start("data", shop="My shop"), "date,sku,how many\n2025-01-01,A,2\n")
    assert "units" in at.warning[0].value
    assert ending(at.button, "_load").disabled
    assert labelled(at.selectbox, "Product id (required)").options == ["(not in this file)", "date", "sku", "how many"]


def test_unrecognised_header_is_mapped_by_hand(start: Start):
    at = upload(start("data", shop="My shop"), "date,sku,how many\n2025-01-01,A,2\n")
    labelled(at.selectbox, "Units (required)").select_index(3).run()
    assert not at.warning
    assert not ending(at.button, "_load").disabled
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
    at = start("data", shop="My shop")
    uploader = next(one for one in at.file_uploader if one.key.startswith("data_"))
    uploader.upload("orders.csv", small_files.sales)
    uploader.upload("catalogue.csv", small_files.products)
    at.run()
    first, second = (button for button in at.button if button.key.endswith("_load"))
    first.click().run()
    assert loaded(at) == 1
    ending(at.button, second.key).click().run()
    assert loaded(at) == 2


def test_import_is_chosen_to_be_undone(start: Start, small_files: Files):
    at = load(upload(start("data"), small_files.sales))
    assert "Choose an import" in caption(at)
    choose(at, 0)
    assert not labelled(at.button, "Undo this import").disabled


def test_demo_shop_cannot_be_undone(start: Start):
    at = choose(start("data"), 0)
    assert labelled(at.button, "Undo this import").disabled


def test_templates_have_the_headers(start: Start):
    labels = [button.label for button in start("data").get("download_button")]
    assert labels == ["Template: sales", "Template: products", "Template: new items"]


def choose(at: AppTest, row: int) -> AppTest:
    """Tick a row of the list of imports."""
    return tick(at, "Imports", row)


def test_what_a_file_says_is_shown_and_never_formatted(start: Start):
    """A picture in a cell would make the browser fetch it."""
    at = load(upload(start("data", shop="My shop"), "date,sku,qty\n2025-01-01,A,![x](http://example.invalid/p.png)\n"))
    assert r"\!\[x\]" in at.error[0].value
