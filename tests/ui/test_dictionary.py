"""The Data dictionary page: every table and column, found by any of its words, and templates."""

import pytest

from core.tables import TABLES
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, said, table

EVERY = sum(len(one.columns) for one in TABLES.values())


def test_every_table_and_column_is_there(start: Start) -> None:
    at = start("dictionary")
    assert [header.value for header in at.header] == [one.title for one in TABLES.values()]
    for one in TABLES.values():
        assert table(at, f"Columns of {one.title}")["column"].tolist() == [column.name for column in one]
        assert download(at, f"template_{one.name}")
    assert f"{EVERY} of {EVERY} columns" in caption(at)
    assert not at.error and not at.warning


def test_page_needs_no_data(start: Start) -> None:
    assert len(start("dictionary", shop="My shop").dataframe) == len(TABLES)


@pytest.mark.parametrize(
    ("words", "name", "column"),
    [
        ("lineitem quantity", "sales", "units"),
        ("订单编号", "sales", "order_id"),
        ("Keyed HASH", "customers", "customer_id"),
        ("price_min", "new_items", "price_min"),
        ("no such words", None, None),
    ],
)
def test_search_looks_into_every_cell(start: Start, words: str, name: str | None, column: str | None) -> None:
    at = start("dictionary", words=words)
    if name is None:
        assert not at.dataframe and "No column fits" in said(at)
        return
    assert column in table(at, f"Columns of {TABLES[name].title}")["column"].tolist()
    assert len(at.dataframe) < len(TABLES)


def test_search_is_typed(start: Start) -> None:
    at = start("dictionary")
    at.text_input(key="words").set_value("until").run()
    assert [header.value for header in at.header] == ["Promotions"]


@pytest.mark.parametrize("key", ["download_dictionary.csv", "download_dictionary.md"])
def test_whole_dictionary_can_be_downloaded(start: Start, key: str) -> None:
    assert download(start("dictionary"), key)
