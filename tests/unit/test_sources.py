"""Where a column's values come from: each operation of a source over real rows, and texts that stay texts."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from core.imports.headers import Headers
from core.imports.sources import OPERATIONS, Source, Texts, cells_of, headers_of, problems
from core.schema import literal

Cursor = duckdb.DuckDBPyConnection
HEADERS = ("Order", "SKU", "Name", "Qty", "Price", "Discount", "Path", "Item 1 Name", "Item 2 Name", "Name (2)")
ROWS = [
    ("1", "A", "Mug", "2", "3.50", "1.00", "Home > Kitchen > Mugs", "Mug", "Lamp", "twin"),
    ("1", None, "Lamp", "1", "10", None, "Home > Light, Sale > All", "Cup", None, None),
    ("2", "--", "Default Title", "0", "", "x", "Toys", None, None, "twin"),
]


@pytest.fixture(scope="module")
def cursor() -> Iterator[Cursor]:
    with duckdb.connect() as connection:
        yield connection


def rows_of(cursor: Cursor, rows: list[tuple], headers: tuple[str, ...]) -> str:
    names = ", ".join(f"c{at} VARCHAR" for at in range(len(headers)))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE given ({names})")
    cursor.executemany(f"INSERT INTO given VALUES ({', '.join('?' * len(headers))})", rows)
    return "given"


def compiled(
    cursor: Cursor, source: Source, what: str = "text", rows: list[tuple] | None = None,
    headers: tuple[str, ...] = HEADERS, **options: Any,
) -> list | None:  # fmt: skip
    """The source over the rows, None where the file has none of its headers."""
    relation = rows_of(cursor, ROWS if rows is None else rows, headers)
    texts = Texts(Headers(headers), **{"guarded": True, "comma": False, **options})
    sql = getattr(texts, what)(source)
    if sql is None:
        return None
    cells = ", ".join(texts.cells()) or "NULL AS nothing"
    query = f"SELECT {sql} FROM (SELECT rowid AS place, {cells} FROM {relation}) ORDER BY place"
    return [row[0] for row in cursor.execute(query).fetchall()]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("SKU", ["A", None, None]),
        ("sku ", ["A", None, None]),
        ("Colour", None),
        (["SKU", "Name"], ["A", "Lamp", "Default Title"]),
        (["Colour", "SKU"], ["A", None, None]),
        (["Colour", "Size"], None),
        ([], None),
        (["SKU", {"value": "none"}], ["A", "none", "none"]),
        ({"first": ["Colour", "SKU", "Name"]}, ["A", None, None]),
        ({"first": ["Colour", "Size"]}, None),
        ({"value": "Google Ads"}, ["Google Ads"] * 3),
        ({"value": 7}, ["7"] * 3),
        ({"join": ["Name", "SKU"]}, ["Mug A", "Lamp", None]),  # "Default Title" is no name
        ({"join": ["Name", "SKU"], "with": " - "}, ["Mug - A", "Lamp", None]),
        ({"join": ["Name", "Colour"], "with": " - "}, ["Mug", "Lamp", None]),
        ({"join": ["Colour", "Size"]}, None),
        ({"join": ["Order", {"join": ["SKU", "Name"], "with": "/"}]}, ["1 A/Mug", "1 Lamp", "2"]),
        ({"part": "Path", "by": " > ", "at": 0}, ["Home", "Home", "Toys"]),
        ({"part": "Path", "by": " > ", "at": 1}, ["Kitchen", "Light, Sale", None]),
        ({"part": "Path", "by": " > ", "at": 9}, [None] * 3),
        ({"part": "Path"}, ["Home", "Home", "Toys"]),
        ({"part": "Colour"}, None),
        ({"leaf": "Path"}, ["Mugs", "Light", "Toys"]),
        ({"leaf": ["Colour", "Path"]}, ["Mugs", "Light", "Toys"]),
        ({"leaf": "Colour"}, None),
        ({"after": "Ho", "of": "Path"}, ["me > Kitchen > Mugs", "me > Light, Sale > All", "Toys"]),
        ({"after": "Ho", "of": "Colour"}, None),
        ({"column": 9}, ["twin", None, "twin"]),
        ({"column": 1}, ["A", None, None]),
        ({"column": 99}, None),
        ({"header": "SKU"}, ["A", None, None]),
        ({"header": "Name (2)"}, ["twin", None, "twin"]),
        ({"header": "Name"}, ["Mug", "Lamp", "Default Title"]),
        ({"header": "Colour"}, None),
        ({"header": "Item {n} Name"}, None),  # of a column chosen by hand nothing is put in
        ({"column": -1}, None),
        ([{"column": 1}, {"column": 2}], ["A", "Lamp", "Default Title"]),
        ({"minus": ["Price", "Discount"]}, ["2.5", "10.0", None]),
    ],
    ids=str,
)
def test_sources_as_text(cursor: Cursor, source: Source, expected: list | None) -> None:
    assert compiled(cursor, source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Qty", [2, 1, 0]),
        ("Discount", [1, None, None]),
        ("Colour", None),
        (["Price", "Qty"], [3.5, 10, 0]),
        (["Colour", "Price"], [3.5, 10, None]),
        ({"value": "1000"}, [1000] * 3),
        ({"minus": ["Price", "Discount"]}, [2.5, 10, None]),
        ({"minus": ["Price", "Colour"]}, [3.5, 10, None]),
        ({"minus": ["Colour", "Price"]}, None),
        ({"minus": [{"times": ["Qty", "Price"]}, "Discount"]}, [6, 10, None]),
        ({"plus": ["Qty", "Discount", "Price"]}, [6.5, 11, None]),  # what cannot be read is not nothing
        ({"plus": ["Qty"]}, [2, 1, 0]),
        ({"times": ["Qty", "Price"]}, [7, 10, None]),
        ({"times": ["Qty", "Colour"]}, None),
        ({"ratio": ["Price", "Qty"]}, [1.75, 10, None]),
        ({"ratio": ["Price", "Colour"]}, None),
        ({"ratio": [{"value": "1"}, "Qty"]}, [0.5, 1, None]),
        ({"column": 3}, [2, 1, 0]),
        ({"first": ["Colour", "Qty"]}, [2, 1, 0]),
        ({"part": "Order"}, [1, 1, 2]),
    ],
    ids=str,
)
def test_sources_as_numbers(cursor: Cursor, source: Source, expected: list | None) -> None:
    assert compiled(cursor, source, "amount") == expected


ORDERS = ("Name", "Amount", "Qty")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("1", "9", "1"), ("1", None, "2")], [3, 6]),
        ([("1", None, "1"), ("1", "9", "2")], [3, 6]),  # whichever row of the order has it
        ([("1", "9", "1"), ("1", "9", "2")], [3, 6]),  # also where it stands on each
        ([("1", "9", "0"), ("1", None, "0"), ("1", None, "0")], [3, 3, 3]),  # weights that say nothing
        ([("1", "9", None), ("1", None, None)], [4.5, 4.5]),
        ([("1", "9", "1"), ("2", "4", "1"), ("2", None, "3")], [9, 1, 3]),
        ([("1", None, "1")], [None]),
        ([("1", "0", "1"), ("1", None, "2")], [0, 0]),
        ([("1", "9", "1"), ("1", None, None)], [9, 0]),  # a weight that is blank beside one that is not
    ],
    ids=str,
)
def test_an_amount_of_an_order_is_shared_over_its_rows(cursor: Cursor, rows: list[tuple], expected: list) -> None:
    source = {"allocate": "Amount", "by": "Name", "weight": "Qty"}
    assert compiled(cursor, source, "amount", rows, ORDERS) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("1", "9", "1"), ("1", None, "2")], [3, 6]),
        ([("1", "6", "1"), ("1", "3", "2")], [3, 6]),
        ([("1", "6", None), ("1", "3", None)], [4.5, 4.5]),
        ([("1", "9", "1"), ("2", "4", "1"), ("2", "4", "3")], [9, 2, 6]),
        ([("1", None, "1")], [None]),
    ],
    ids=str,
)
def test_the_sum_over_an_order_is_shared_where_each_row_has_a_part(
    cursor: Cursor, rows: list[tuple], expected: list
) -> None:
    source = {"allocate": "Amount", "by": "Name", "weight": "Qty", "total": True}
    assert compiled(cursor, source, "amount", rows, ORDERS) == pytest.approx(expected)


def test_what_is_shared_adds_up(cursor: Cursor) -> None:
    rows = [
        (str(order), str(order * 7) if line == 0 else None, str(line)) for order in range(1, 9) for line in range(order)
    ]
    source = {"allocate": "Amount", "by": "Name", "weight": "Qty"}
    shares = compiled(cursor, source, "amount", rows, ORDERS)
    assert shares is not None
    assert sum(shares) == pytest.approx(sum(7 * order for order in range(1, 9)))


@pytest.mark.parametrize("name", ["allocate", "by", "weight"])
def test_without_one_of_its_headers_nothing_is_shared(cursor: Cursor, name: str) -> None:
    source = {"allocate": "Amount", "by": "Name", "weight": "Qty", name: "Colour"}
    assert compiled(cursor, source, "amount", [("1", "9", "1")], ORDERS) is None


@pytest.mark.parametrize(
    ("number", "expected"), [(1, ["Mug", "Cup", None]), (2, ["Lamp", None, None]), (3, None), (0, None)]
)
def test_numbered_groups(cursor: Cursor, number: int, expected: list | None) -> None:
    assert compiled(cursor, "Item {n} Name", number=number) == expected


def test_inline_cells_are_the_same_cells(cursor: Cursor) -> None:
    texts = Texts(Headers(HEADERS), guarded=True, comma=False, inline=True)
    relation = rows_of(cursor, ROWS, HEADERS)
    found = cursor.execute(f"SELECT {texts.text(['SKU', 'Name'])} FROM {relation}").fetchall()
    assert [row[0] for row in found] == compiled(cursor, ["SKU", "Name"])
    assert texts.cells() == []


@pytest.mark.parametrize(
    ("guarded", "expected"), [(True, ["186", "97213", "A1", None]), (False, ['="186"', "'97213", "A1", "'null"])]
)
def test_guards_of_a_spreadsheet_are_taken_off(cursor: Cursor, guarded: bool, expected: list) -> None:
    rows = [('="186"',), ("'97213",), ("A1\t",), ("'null",)]
    found = compiled(cursor, "id", "text", rows, ("id",), guarded=guarded)
    assert found is not None
    assert [text and text.strip() for text in found] == expected if guarded else found[:2] == expected[:2]


def test_commas_are_read_as_the_file_writes_them(cursor: Cursor) -> None:
    rows = [("1.234,50", "2,5")]
    assert compiled(cursor, {"times": ["a", "b"]}, "amount", rows, ("a", "b"), comma=True) == [1234.5 * 2.5]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Price", ["3.50", "10", None]),
        ({"times": ["Qty", "Price"]}, ["2", "1", "0"]),
        ({"minus": [{"times": ["Price", "Qty"]}, "Discount"]}, ["3.50", "10", None]),
        ({"allocate": "Discount", "by": "Order", "weight": "Qty"}, ["1.00", None, "x"]),
        ({"ratio": ["Discount", "Qty"]}, ["1.00", None, "x"]),
        (["Discount", "Price"], ["1.00", "10", "x"]),
    ],
    ids=str,
)
def test_what_stands_in_the_file_tells_a_blank_cell_from_a_bad_one(
    cursor: Cursor, source: Source, expected: list
) -> None:
    assert compiled(cursor, source, "written") == expected


HOSTILE = [
    *("'", "''", '"', "o'clock", "'); DROP TABLE given; --", "' OR '1'='1", "\\'", "$1", "?", "{n}", "%s", "a\nb"),
    *("\x00x", "🙂", "]]", "*/", "--", "t0", "NULL", "x" * 3000),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:20])
def test_no_text_breaks_out_of_its_literal(cursor: Cursor, text: str) -> None:
    if "\x00" not in text:
        assert cursor.execute(f"SELECT {literal(text)}").fetchone() == (text,)
    before = cursor.execute("SELECT count(*) FROM duckdb_tables()").fetchone()
    assert compiled(cursor, {"value": text}) == [text] * 3
    assert compiled(cursor, {"join": ["Order", "SKU"], "with": text}) == [f"1{text}A", "1", "2"]
    assert compiled(cursor, {"part": "Path", "by": text}) is not None
    assert compiled(cursor, {"after": text, "of": "Order"}) == ["1", "1", "2"]
    assert cursor.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == before


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:20])
def test_no_header_or_cell_becomes_sql(cursor: Cursor, text: str) -> None:
    headers = ("Order", text)
    assert compiled(cursor, {"column": 1}, "text", [("1", text)], headers) == [None if text in ("NULL", "--") else text]
    assert compiled(cursor, {"column": 1}, "amount", [("1", text)], headers) == [1.0 if text == "$1" else None]
    assert compiled(cursor, f"{text} of another file", "text", [("1", "x")], headers) is None
    assert cursor.execute("SELECT count(*) FROM given").fetchone() == (1,)


@pytest.mark.parametrize("at", ["1; DROP TABLE given", "x", None])
def test_a_position_is_a_number_or_an_error(cursor: Cursor, at: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        compiled(cursor, {"column": at})


@pytest.mark.parametrize(
    ("source", "headers"),
    [
        ("A", ["A"]),
        (["A", "B"], ["A", "B"]),
        ({"value": "A"}, []),
        ({"join": ["A", {"first": ["B", "C"]}], "with": "D"}, ["A", "B", "C"]),
        ({"part": "A", "by": "B", "at": 1}, ["A"]),
        ({"after": "X", "of": "A"}, ["A"]),
        ({"allocate": "A", "by": "B", "weight": {"times": ["C", "D"]}}, ["A", "B", "C", "D"]),
        ({"period": "start"}, []),
        ({"column": 3}, []),
    ],
    ids=str,
)
def test_the_headers_that_a_source_names(source: Source, headers: list[str]) -> None:
    assert list(headers_of(source)) == headers


def test_a_column_chosen_by_hand_is_a_cell_too() -> None:
    assert list(cells_of(["A", {"column": 3}])) == ["A", {"column": 3}]


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("A", ""),
        (["A", {"value": "x"}], ""),
        ({"join": ["A", "B"], "with": " "}, ""),
        ({"part": "A", "by": "x", "at": 1}, ""),
        ({"allocate": "A", "by": "B", "weight": "C"}, ""),
        ({"column": 3}, ""),
        (3, "neither a header"),
        (None, "neither a header"),
        (["A", 3], "neither a header"),
        ({}, "exactly one"),
        ({"with": "x"}, "exactly one"),
        ({"value": "x", "join": ["A"]}, "exactly one"),
        ({"sql": "SELECT 1"}, "exactly one"),
        ({"value": "x", "sql": "SELECT 1"}, "sql is unknown"),
        ({"join": ["A", {"no": 1}]}, "exactly one"),
        ({"minus": ["A", 1]}, "neither a header"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_source_is_said(source: object, wrong: str) -> None:
    found = list(problems(source))
    assert (wrong in " ".join(found)) if wrong else found == []


def test_every_operation_has_a_test_here() -> None:
    tested = {
        *("column", "header", "first", "value", "join", "part", "leaf", "after", "period"),
        "minus",
        "plus",
        "times",
        "ratio",
    }
    assert set(OPERATIONS) == tested | {"allocate"}
