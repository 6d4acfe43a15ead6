"""By the words of a header alone: which header is which column, which table a file goes to, and how sure that is."""

from dataclasses import replace

import pytest

from core import imports, privacy
from core.errors import BadFile
from core.imports.headers import Headers, normalise
from core.imports.mapping import by_words
from core.imports.profile import Feed
from core.imports.recognise import UNSURE
from core.schema import Table, template
from core.tables import TABLES
from core.workspace import Workspace
from tests.conftest import Load, load_into

EACH_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


def read(headers: tuple[str, ...], table: str | None = None) -> Feed:
    return by_words(Headers(headers), table)[0]


def positions(feed: Feed) -> dict[str, int]:
    """Column to position in the file."""
    return {column: source["column"] for column, source in feed.columns.items() if isinstance(source, dict)}


def named(headers: tuple[str, ...], feed: Feed) -> dict[str, str]:
    """Column to header."""
    return {column: headers[at] for column, at in positions(feed).items()}


@pytest.mark.parametrize(
    ("header", "table", "expected"),
    [
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
            "sales",
            {
                **{"order_id": "Invoice", "product_id": "StockCode", "title": "Description", "units": "Quantity"},
                **{"date": "InvoiceDate", "unit_price": "Price", "customer_id": "Customer ID", "region": "Country"},
            },
        ),
        (
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            "sales",
            {
                **{"order_id": "InvoiceNo", "product_id": "StockCode", "title": "Description", "units": "Quantity"},
                **{"date": "InvoiceDate", "unit_price": "UnitPrice", "customer_id": "CustomerID", "region": "Country"},
            },
        ),
        (
            "Variant SKU,Title,Body (HTML),Type,Vendor,Variant Price,Cost per item,Published At,Colour",
            "products",
            {
                **{"product_id": "Variant SKU", "title": "Title", "description": "Body (HTML)", "category": "Type"},
                **{"brand": "Vendor", "list_price": "Variant Price", "cost": "Cost per item"},
                **{"launch_date": "Published At"},
            },
        ),
        (
            "Item,Name,Type,Unit cost,Planned price,Min price,Max price,Launch date,Lead time (days)",
            "new_items",
            {
                **{"item_id": "Item", "title": "Name", "category": "Type", "cost": "Unit cost"},
                **{"price": "Planned price", "price_min": "Min price", "price_max": "Max price"},
                **{"earliest_launch": "Launch date", "lead_time_days": "Lead time (days)"},
            },
        ),
    ],
    ids=["invoices", "invoices in other words", "products", "new items"],
)
def test_headers_of_known_exports(header: str, table: str, expected: dict[str, str]) -> None:
    headers = tuple(header.split(","))
    feed = read(headers)
    assert feed.table == table
    assert feed.missing == []
    assert named(headers, feed) == expected


@EACH_TABLE
def test_the_exact_names_of_a_table_are_that_table(table: Table) -> None:
    headers = tuple(column.name for column in table)
    feed, confidence = by_words(Headers(headers))
    assert feed.table == table.name
    assert named(headers, feed) == {name: name for name in headers}
    assert confidence >= UNSURE


@pytest.mark.parametrize(
    "header",
    ["Invoice_Date", "invoice date", "InvoiceDate", " INVOICE-DATE ", "Invoice Date (UTC)", "\uff29nvoice\u00a0Date"],
)
def test_spelling_of_a_header_does_not_matter(header: str) -> None:
    assert normalise(header) == "invoicedate"
    assert positions(read((header, "sku", "qty"), "sales"))["date"] == 0


@EACH_TABLE
def test_every_word_means_one_column_of_a_table(table: Table) -> None:
    meanings: dict[str, set[str]] = {}
    for column in table:
        for word in (column.name, *column.synonyms):
            meanings.setdefault(normalise(word), set()).add(column.name)
    assert {word: columns for word, columns in meanings.items() if len(columns) > 1} == {}


@EACH_TABLE
def test_every_synonym_is_understood(table: Table) -> None:
    for column in table:
        for word in column.synonyms:
            found = positions(read((word, "something else"), table.name))
            if found == {"title": 0} and column.name == "description":
                assert normalise(word) == "description"  # an item without a name is named by its description
            elif (table.name, column.name) == ("sales", "title"):
                assert found == {"title": 0, "product_id": 0}, word  # and one without a code by its name
            else:
                assert found == {column.name: 0}, word


@pytest.mark.parametrize(
    ("header", "table", "expected"),
    [
        ("product,title,sku", "products", {"product_id": "sku", "title": "title"}),
        ("sku,description,price", "products", {"product_id": "sku", "title": "description", "list_price": "price"}),
        ("sku,name,description", "products", {"product_id": "sku", "title": "name", "description": "description"}),
        ("sku,details", "products", {"product_id": "sku", "description": "details"}),
        (
            "date,item name,qty",
            "sales",
            {"date": "date", "product_id": "item name", "title": "item name", "units": "qty"},
        ),
        (
            "date,sku,item name,qty",
            "sales",
            {"date": "date", "product_id": "sku", "title": "item name", "units": "qty"},
        ),
        (
            "date,sku,qty,price,unit_price",
            "sales",
            {"date": "date", "product_id": "sku", "units": "qty", "unit_price": "unit_price"},
        ),
        (
            "date,sku,qty,Price (EUR)",
            "sales",
            {"date": "date", "product_id": "sku", "units": "qty", "unit_price": "Price (EUR)"},
        ),
    ],
    ids=["name before synonym", "named by description", "both", "no name", "no code", "code", "price twice", "unit"],
)
def test_items_are_found_by_what_names_them(header: str, table: str, expected: dict[str, str]) -> None:
    headers = tuple(header.split(","))
    assert named(headers, read(headers, table)) == expected


def test_no_header_is_used_twice() -> None:
    found = positions(read(("sku", "description", "qty", "date", "description"), "sales"))
    assert len(set(found.values())) == len(found)


def test_of_two_headers_alike_the_one_with_the_unit_written_out_is_taken() -> None:
    headers = Headers(("Amount (EUR)", "Amount", "Amount (USD)"))
    words = ("Amount", "amount (usd)", "AMOUNT (GBP)", "amount_(EUR)", "price")
    assert [headers.find(word) for word in words] == [1, 2, None, 0, None]
    assert Headers(("Price (EUR)",)).find("price") == 0
    assert [headers.unit(at) for at in range(3)] == ["EUR", "", "USD"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sku", "qty"], True),
        (["sku", ["menge", "qty"]], True),
        (["sku", ["menge", "anzahl"]], False),
        (["sku", "price"], False),
        ([["SKU "], "Qty (pieces)"], False),
        ([], True),
    ],
)
def test_a_fingerprint_needs_every_word_and_of_a_list_any(words: list[str | list[str]], expected: bool) -> None:
    assert Headers(("Sku", "QTY")).has(words) is expected


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("date,sku,qty,price", "sales"),
        ("order id,order date,sku,quantity,unit price,customer", "sales"),
        ("Datum,Artikelnummer,Menge,Preis", "sales"),
        ("sku,name,price,category,brand", "products"),
        ("sku,title,price", "products"),
        ("item_id,title,price", "new_items"),
        ("sku,title,price,launch date,max stock", "new_items"),
        ("timestamp,visitor id,event,item id", "events"),
        ("date,sku,rating,review,title", "reviews"),
        ("day,channel,spend,impressions,clicks", "ads"),
        ("date,competitor,price,title", "competitors"),
        ("item id,title,planned price,cost,launch date", "new_items"),
        ("customer id,segment,region,age band", "customers"),
        ("product_id,label,value", "labels"),
    ],
)
def test_a_file_goes_to_the_table_that_its_words_are_of(header: str, table: str) -> None:
    feed, confidence = by_words(Headers(tuple(header.split(","))))
    assert (feed.table, feed.missing) == (table, [])
    assert confidence >= UNSURE


@pytest.mark.parametrize("header", ["a,b,c", "x", "sku,qty", "date,qty", "name,address,phone", "c0,file_row,aside"])
def test_a_file_that_nobody_could_place_is_not_sure(header: str) -> None:
    feed, confidence = by_words(Headers(tuple(header.split(","))))
    assert feed.missing or confidence < UNSURE
    assert confidence < UNSURE


def test_the_more_headers_are_explained_the_surer() -> None:
    told = [by_words(Headers(("date", "sku", "qty", *("?" * n for n in range(1, more)))))[1] for more in (1, 3, 9)]
    assert told == sorted(told, reverse=True)
    assert len(set(told)) == 3


def test_a_missing_required_column_is_named_with_what_the_file_has(workspace: Workspace) -> None:
    (staged,) = imports.stage(workspace, "orders.csv", b"sku,when,qty\nA,yesterday,1\n")
    reading = imports.recognise(workspace, staged, "sales")
    assert reading.questions == ["Which column holds date?"] or "date" in reading.questions[0]
    with pytest.raises(BadFile, match=r"orders\.csv: no column for date of Sales.*sku, when, qty.*rename"):
        imports.check(staged, reading, spread=False)


@EACH_TABLE
def test_templates_load_back(workspace: Workspace, load: Load, table: Table) -> None:
    report = load(template(table))
    assert (report.table, report.rows_in, report.rows_loaded) == (table.name, 1, 1)
    row = workspace.cursor().execute(f"SELECT * FROM {table.name}").df().iloc[0]
    for column in table:
        if column.person and column.example:
            assert row[column.name] == privacy.pseudonym(privacy.key(workspace.folder), column.example)
        elif column.example:
            assert str(row[column.name]).startswith(column.example.rstrip("0")), column.name


def test_a_mapping_chosen_by_hand_is_followed(workspace: Workspace) -> None:
    (staged,) = imports.stage(workspace, "a.csv", b"x,y,z\n2025-01-01,A1,3\n")
    reading = imports.recognise(workspace, staged, "sales").by_hand(
        "sales", {"date": {"column": 0}, "product_id": {"column": 1}, "units": {"column": 2}}
    )
    assert reading.sure
    assert reading.by_person
    imports.load(workspace, staged, reading)
    assert workspace.cursor().execute("SELECT product_id, units FROM sales").fetchall() == [("A1", 3)]


def test_the_table_may_be_said(workspace: Workspace) -> None:
    load_into(workspace, "sku,title,price\nA,Mug,3\n", "new_items")
    assert workspace.cursor().execute("SELECT item_id, title, price FROM new_items").fetchall() == [("A", "Mug", 3.0)]


def test_what_the_words_missed_is_a_question_until_a_person_answers(workspace: Workspace) -> None:
    (staged,) = imports.stage(workspace, "a.csv", b"when,sku,qty\n2025-01-01,A1,3\n")
    reading = imports.recognise(workspace, staged, "sales")
    assert not reading.sure
    (feed,) = reading.tables
    answered = reading.by_hand("sales", {**feed.columns, "date": {"column": 0}})
    assert answered.questions == []
    assert answered == replace(answered)
    imports.check(staged, answered, spread=False)
