"""Which header is which column, and which table a file goes to."""

import pytest

from core import imports
from core.errors import BadFile
from core.imports.mapping import Mapping, normalise, propose
from core.schema import TABLES, Table, template
from core.workspace import Workspace
from tests.conftest import Load

EACH_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


def named(headers: tuple[str, ...], mapping: Mapping) -> dict[str, str]:
    """Column to header."""
    return {column: headers[at] for column, at in mapping.positions.items()}


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
    mapping = propose(headers)
    assert mapping.table == table
    assert mapping.missing == []
    assert named(headers, mapping) == expected


@EACH_TABLE
def test_the_exact_names_of_a_table_are_that_table(table: Table) -> None:
    headers = tuple(column.name for column in table)
    mapping = propose(headers)
    assert mapping.table == table.name
    assert named(headers, mapping) == {name: name for name in headers}


@pytest.mark.parametrize(
    "header",
    ["Invoice_Date", "invoice date", "InvoiceDate", " INVOICE-DATE ", "Invoice Date (UTC)", "\uff29nvoice\u00a0Date"],
)
def test_spelling_of_a_header_does_not_matter(header: str) -> None:
    assert normalise(header) == "invoicedate"
    assert propose((header, "sku", "qty"), "sales").positions["date"] == 0


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
            assert propose((word, "something else"), table.name).positions == {column.name: 0}, word


def test_a_name_goes_before_a_synonym() -> None:
    headers = ("product", "title", "sku")
    assert named(headers, propose(headers, "products")) == {"product_id": "sku", "title": "title"}


def test_no_header_is_used_twice() -> None:
    positions = propose(("sku", "description", "qty", "date", "description"), "sales").positions
    assert len(set(positions.values())) == len(positions)


def test_a_missing_required_column_is_named_with_what_the_file_has() -> None:
    headers = ("sku", "when", "qty")
    with pytest.raises(BadFile, match=r"orders\.csv: no column for date of Sales.*sku, when, qty.*rename"):
        propose(headers, "sales").check("orders.csv", headers)


@EACH_TABLE
def test_templates_load_back(workspace: Workspace, load: Load, table: Table) -> None:
    report = load(template(table))
    assert (report.table, report.rows_in, report.rows_loaded) == (table.name, 1, 1)
    row = workspace.cursor().execute(f"SELECT * FROM {table.name}").df().iloc[0]
    for column in table:
        if column.example:
            assert str(row[column.name]).startswith(column.example.rstrip("0")), column.name


def test_a_mapping_chosen_by_hand_is_followed(workspace: Workspace) -> None:
    staged = imports.stage(workspace, "a.csv", b"x,y,z\n2025-01-01,A1,3\n")
    imports.load(workspace, staged, Mapping("sales", {"date": 0, "product_id": 1, "units": 2}))
    assert workspace.cursor().execute("SELECT product_id, units FROM sales").fetchall() == [("A1", 3)]
