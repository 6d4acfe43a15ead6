"""Loading: what comes in, what is set aside and why, what is refused in words, and taking it out again."""

import json
import random
from datetime import date

import duckdb
import pandas as pd
import pytest

from core import imports, privacy
from core.errors import BadFile
from core.history import read as read_history
from core.tables import TABLES
from core.workspace import Workspace
from tests.conftest import Load

NO_PRODUCT = "no product: postage, fees, vouchers, adjustments"
ALREADY = "already loaded from an earlier file"
ORDERS = "order_id,date,sku,qty,price,customer,title\n"
FIRST = ORDERS + "1,2025-01-06,A,3,2.50,C1,Red mug\n1,2025-01-06,L,1,10.00,C1,Lamp\n2,2025-01-07,A,2,2.50,C2,Red mug\n"
SHEET = "item_id,title,price\nN1,Blue mug,3\n"


def content(workspace: Workspace) -> dict[str, object]:
    """All that a workspace holds, but for the moment of each import."""
    cursor = workspace.cursor()
    kept = ["settings", "profiles", "label_sets"]
    tables = ["batches", "set_aside", "catalogue", "model_versions", "data_version", *kept, *TABLES]
    rows = {name: cursor.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in tables}
    files = {name: sorted(getattr(workspace, name).glob("*")) for name in ("incoming", "originals")}
    return {**rows, **files, "version": workspace.version}


def query(workspace: Workspace, sql: str) -> list[tuple]:
    return workspace.cursor().execute(sql).fetchall()


def sales(workspace: Workspace) -> list[tuple]:
    return query(workspace, "SELECT date, product_id, units FROM sales ORDER BY ALL")


def test_a_report_says_what_was_loaded(load: Load, workspace: Workspace) -> None:
    report = load(FIRST, name="orders.csv")
    assert (report.file, report.table, report.rows_in, report.rows_loaded) == ("orders.csv", "sales", 3, 3)
    assert report.set_aside == {}
    assert str(report) == "orders.csv: 3 of 3 rows loaded into sales\n  2025-01-06 to 2025-01-07, 2 items"
    assert workspace.version == 1
    assert list(workspace.incoming.iterdir()) == []


def test_cancellations_are_netted_against_the_sales(load: Load, workspace: Workspace) -> None:
    report = load(FIRST + "C3,2025-01-08,A,-3,2.50,C1,Red mug\n")
    assert report.notes[-1] == "1 lines of cancellations and returns, netted against the sales"
    history = read_history(workspace.cursor())
    red = history.items["title"].tolist().index("Red mug")
    assert history.units[red].tolist() == [3, 2, -3]
    assert history.units[red].sum() == 2


@pytest.mark.parametrize(
    "code",
    [
        *("POST", "post", "DOT", "D", "M", "m", "S", "C2", "CRUK", "PADS", "BANK CHARGES", "AMAZONFEE", "ADJUST2"),
        *("gift_0001_20", "TEST001", "shipping", "Gift card"),
    ],
)
def test_service_codes_are_set_aside_with_their_reason(load: Load, workspace: Workspace, code: str) -> None:
    report = load(FIRST + f"3,2025-01-08,{code},1,5,C1,Something\n")
    assert report.rows_loaded == 3
    assert report.set_aside == {NO_PRODUCT: 1}
    assert f"set aside         1  {NO_PRODUCT}" in str(report)
    (row,) = imports.set_aside_rows(workspace.cursor(), report.batch_id).to_dict("records")
    assert row["file_row"] == 5
    assert row["reason"] == NO_PRODUCT
    assert [row[name] for name in ("order_id", "sku", "price", "title")] == ["3", code, "5", "Something"]


@pytest.mark.parametrize("code", ["DOT1", "MUG", "POSTER-1", "85123A", "D123", "TESTER", "M1"])
def test_codes_that_only_look_alike_are_products(load: Load, code: str) -> None:
    assert load(FIRST + f"3,2025-01-08,{code},1,5,C1,Nice thing\n").set_aside == {}


@pytest.mark.parametrize("title", ["POSTAGE", "Shipping fee", "10 Gift Voucher", "Manual"])
def test_service_lines_are_known_by_their_title(load: Load, title: str) -> None:
    assert load(FIRST + f"3,2025-01-08,X9,1,5,C1,{title}\n").set_aside == {NO_PRODUCT: 1}


def test_lines_without_price_or_units_are_set_aside(load: Load) -> None:
    report = load(FIRST + "3,2025-01-08,A,5,0,,Red mug\n3,2025-01-08,L,0,10,,Lamp\n4,2025-01-08,A,-9,0.0,,damaged\n")
    assert report.set_aside == {"no price: gift, sample or stock adjustment": 2, "no units": 1}
    assert report.rows_in == report.rows_loaded + 3


@pytest.mark.parametrize(
    ("table", "text", "words"),
    [
        ("new_items", SHEET + ",Lamp,4\n", "row 3, column item_id: is missing"),
        ("new_items", SHEET + "N2,  ,4\n", "row 3, column title: is missing"),
        ("new_items", SHEET + "N2,Lamp,four\n", r"row 3, column price: is not an amount \('four'\)"),
        ("new_items", SHEET + "N2,Lamp,2 for 5\n", "row 3, column price: is not an amount"),
        ("new_items", SHEET + "N2,Lamp,10/12\n", "row 3, column price: is not an amount"),
        ("new_items", SHEET + "N2,Lamp,1e400\n", "row 3, column price: is not an amount"),
        ("new_items", SHEET + "N2,Lamp,inf\n", "row 3, column price: is not an amount"),
        ("new_items", SHEET + "N2,Lamp,-Infinity\n", "row 3, column price: is not an amount"),
        ("sales", "date,sku,qty\n2025-02-06,A,1\nsoon,A,1\n", r"row 3, column date: is not a date .*\('soon'\)"),
        ("sales", "date,sku,qty\n2025-02-06,A,1\n1899-12-31,A,1\n", "row 3, column date: is not a date between 1990"),
        ("sales", "date,sku,qty\n2025-02-06,A,1\n2999-01-01,A,1\n", "row 3, column date: is not a date between 1990"),
        ("sales", "date,sku,qty\n2025-02-06,A,1\n2025-02-30,A,1\n", "row 3, column date: is not a date"),
        ("sales", "date,sku,qty\n2025-02-06,A,1\n,A,1\n", "row 3, column date: is missing"),
        ("sales", "date,sku,qty\n2025-02-06,A,1.5\n", "row 2, column qty: is not a whole number"),
        ("sales", "date,sku,qty\n2025-02-06,A,1e400\n", "row 2, column qty: is not a whole number"),
        ("sales", "date,sku,qty\n2025-02-06,A,9e18\n", "row 2, column qty: is not a whole number"),
        ("sales", "date,sku,qty,price\n2025-02-06,A,1,-2\n", "none of its 1 rows can be loaded.*out of its bounds"),
        ("sales", "date,sku,qty\n2025-02-06,POST,1\n", "none of its 1 rows can be loaded.*no product: postage"),
        ("sales", 'date,sku,qty,title\n2025-02-06,A,1,Mug\n2025-02-07,A,1,"Mug\n2025-02-08,A,1,Mug\n', "quote"),
        ("sales", "date,sku\n2025-01-06,A\n", "no column for units of Sales"),
        ("sales", "date,sku,qty\n\n\n", "has a header but no rows"),
    ],
    ids=lambda value: value.strip().splitlines()[-1],
)
def test_what_cannot_be_loaded_is_refused_by_row_and_column_and_changes_nothing(
    load: Load, workspace: Workspace, table: str, text: str, words: str
) -> None:
    load(FIRST)
    before = content(workspace)
    with pytest.raises(BadFile, match=rf"^bad\.csv.*{words}"):
        load(text, table, "bad.csv")
    assert content(workspace) == before


def test_many_bad_rows_are_counted_not_listed(load: Load) -> None:
    bad = "".join(f"N{i},Lamp,dear\n" for i in range(2, 500))
    with pytest.raises(BadFile, match="row 3 and 497 more, column price: is not an amount") as caught:
        load(SHEET + bad)
    assert len(str(caught.value)) < 400


def test_bad_rows_can_be_set_aside_instead(load: Load, workspace: Workspace) -> None:
    report = load(SHEET + "N2,Lamp,four\nN3,Cup,5\n,Again,5\n", set_aside_bad=True)
    assert (report.rows_in, report.rows_loaded) == (4, 2)
    assert query(workspace, "SELECT item_id, title FROM new_items ORDER BY 1") == [("N1", "Blue mug"), ("N3", "Cup")]
    aside = imports.set_aside_rows(workspace.cursor(), report.batch_id)
    assert aside[["file_row", "reason", "title"]].to_numpy().tolist() == [
        [3, "price: is not an amount", "Lamp"],
        [5, "item_id: is missing", "Again"],
    ]


@pytest.mark.parametrize("table", ["new_items", "products"])
def test_of_a_code_that_stands_twice_the_last_row_counts(load: Load, workspace: Workspace, table: str) -> None:
    code = TABLES[table].required[0]
    report = load(f"{code},title,price\nN1,Blue mug,3\nN2,Lamp,4\nN1,Cup,5\nN2,Lamp,4\n", table)
    assert query(workspace, f"SELECT {code}, title FROM {table} ORDER BY 1") == [("N1", "Cup"), ("N2", "Lamp")]
    assert (report.rows_in, report.rows_loaded, sum(report.set_aside.values())) == (4, 2, 2)
    aside = imports.set_aside_rows(workspace.cursor(), report.batch_id)
    assert aside[["file_row", "title"]].to_numpy().tolist() == [[2, "Blue mug"], [5, "Lamp"]]
    assert aside["reason"].nunique() == 2  # one says something else, one says the same


@pytest.mark.parametrize(
    ("table", "text", "name"),
    [
        ("new_items", SHEET + "N2,Lamp,-4\n", "title"),
        ("sales", "date,sku,qty,price,title\n2025-02-06,A,1,2,Mug\n2025-02-06,X9,1,-2,Lamp\n", "title"),
        ("ads", "date,channel,spend,campaign\n2025-02-06,Meta,5,Mug\n2025-02-07,Meta,-5,Lamp\n", "campaign"),
        ("competitors", "date,shop,price,title\n2025-02-06,X,5,Mug\n2025-02-07,X,-5,Lamp\n", "title"),
    ],
)
def test_numbers_that_cannot_be_are_set_aside(
    load: Load, workspace: Workspace, table: str, text: str, name: str
) -> None:
    report = load(text, table)
    assert report.rows_loaded == 1
    aside = imports.set_aside_rows(workspace.cursor(), report.batch_id)
    assert aside[["file_row", "reason", name]].to_numpy().tolist() == [[3, "a number out of its bounds", "Lamp"]]


@pytest.mark.parametrize("word", ["NaN", "nan", "-", "--", "null", "n/a", "#N/A", "None", "  "])
def test_words_for_nothing_are_blank_cells(load: Load, workspace: Workspace, word: str) -> None:
    assert load(SHEET + f"N2,Lamp,{word}\n").rows_loaded == 2
    assert query(workspace, "SELECT price FROM new_items ORDER BY item_id") == [(3.0,), (None,)]
    with pytest.raises(BadFile, match="row 3, column title: is missing"):
        load(SHEET + f"N2,{word},4\n")


def test_a_file_with_only_bad_rows_is_refused_even_then(load: Load, workspace: Workspace) -> None:
    with pytest.raises(BadFile, match="none of its 1 rows can be loaded"):
        load("item_id,title,price\nN1,Mug,-3\n", set_aside_bad=True)
    assert workspace.version == 0


def test_the_same_content_is_refused_under_any_name(load: Load, workspace: Workspace) -> None:
    load(FIRST, name="orders.csv")
    before = content(workspace)
    with pytest.raises(BadFile, match=r"copy\.csv is already in: .* as orders\.csv") as caught:
        load(FIRST, name="copy.csv")
    assert caught.value.title == "This file is already loaded"
    assert content(workspace) == before


def test_orders_in_two_exports_count_once(load: Load, workspace: Workspace) -> None:
    load(FIRST)
    report = load(FIRST + "3,2025-01-08,A,4,2.50,C1,Red mug\n")
    assert report.set_aside == {ALREADY: 3}
    assert report.rows_loaded == 1
    assert query(workspace, "SELECT sum(units) FROM sales") == [(10,)]


def test_days_in_two_exports_without_orders_count_once(load: Load, workspace: Workspace) -> None:
    load("date,sku,qty\n2025-02-06,A,3\n2025-01-06,L,1\n2025-01-07,A,2\n")
    report = load("date,sku,qty\n2025-01-07,A,2\n2025-01-07,L,5\n2025-01-08,A,4\n")
    assert report.set_aside == {ALREADY: 1}
    assert query(workspace, "SELECT sum(units) FROM sales") == [(15,)]


def test_one_order_line_twice_in_a_file_counts_twice(load: Load, workspace: Workspace) -> None:
    load(ORDERS + "1,2025-01-06,A,3,2.50,C1,Mug\n" * 2)
    assert query(workspace, "SELECT sum(units) FROM sales") == [(6,)]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["01/12/2010 08:26", "13/12/2010 09:00"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["01.12.2010", "13.12.2010"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["12/01/2010 08:26", "12/13/2010 09:00"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["12/1/2010 8:26", "12/13/2010 9:00"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["30/11/2010", "01/12/2010", "02/12/2010"], [date(2010, 11, 30), date(2010, 12, 1), date(2010, 12, 2)]),
        (["01/12/2010", "02/12/2010", "03/12/2010"], [date(2010, 12, 1), date(2010, 12, 2), date(2010, 12, 3)]),
        (["2010-12-01", "2010-12-13"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["2010-12-01 08:26:00", "2010-12-13 23:59:59"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["2010-12-01T08:26:00", "2010-12-13T08:26:00.123"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["2010-12-01T08:26:00Z", "2010-12-13T08:26:00Z"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["20101201", "20101213"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["2010/12/01", "2010/12/13"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["1 Dec 2010", "13 Dec 2010"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["Dec 1, 2010", "Dec 13, 2010"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["12/01/2010 08:26 PM", "12/13/2010 09:00 AM"], [date(2010, 12, 1), date(2010, 12, 13)]),
        (["01/12/10", "13/12/10"], [date(2010, 12, 1), date(2010, 12, 13)]),
    ],
    ids=lambda value: value[0] if isinstance(value[0], str) else "",
)
def test_dates_in_the_ways_of_exports(load: Load, workspace: Workspace, cells: list[str], expected: list[date]) -> None:
    load("date;sku;qty\n" + "".join(f"{cell};A;1\n" for cell in cells))
    assert [row[0] for row in query(workspace, "SELECT date FROM sales ORDER BY file_row")] == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2.55", "10"], [2.55, 10]),
        (["2,55", "10,00"], [2.55, 10]),
        (["1.234,50", "2,5"], [1234.5, 2.5]),
        (["1,234.50", "2.5"], [1234.5, 2.5]),
        (["£2.55", "£1,234.50"], [2.55, 1234.5]),
        (["2,55 €", "1.234,50 €"], [2.55, 1234.5]),
        (["$2.55", "$10"], [2.55, 10]),
        (["USD 2.55", "USD 10.00"], [2.55, 10]),
        (["EUR 2.55", "EUR 10.00"], [2.55, 10]),
        (["2,55 EUR", "10,00 EUR"], [2.55, 10]),
        (["1 234,50", "2,55"], [1234.5, 2.55]),
        (["", "2.5"], [None, 2.5]),
    ],
    ids=lambda value: str(value[0]),
)
def test_amounts_in_the_ways_of_exports(
    load: Load, workspace: Workspace, cells: list[str], expected: list[float | None]
) -> None:
    load("date;sku;qty;price\n" + "".join(f"2025-01-06;A;1;{cell}\n" for cell in cells), "sales")
    assert [row[0] for row in query(workspace, "SELECT unit_price FROM sales ORDER BY file_row")] == expected


def test_decimal_commas_and_days_first_in_one_export(load: Load, workspace: Workspace) -> None:
    load(
        "Invoice;InvoiceDate;StockCode;Quantity;Price\n"
        "1;01/12/2010 08:26;A;6;2,55\n1;01/12/2010 08:26;L;1200;3,39\n2;13/12/2010 09:01;A;-1;2,55\n"
    )
    assert query(workspace, "SELECT date, product_id, units, unit_price FROM sales ORDER BY file_row") == [
        (date(2010, 12, 1), "A", 6, 2.55),
        (date(2010, 12, 1), "L", 1200, 3.39),
        (date(2010, 12, 13), "A", -1, 2.55),
    ]


def test_undo_brings_back_the_state_before(load: Load, workspace: Workspace) -> None:
    load("sku,title,category,colour\nA,Red mug,Kitchen,red\n", "products")
    before = content(workspace)
    report = load(FIRST + "3,2025-01-08,POST,1,5,C1,Postage\n3,2025-01-09,Z,1,5,C1,Vase\n")
    assert content(workspace) != before
    imports.undo(workspace, report.batch_id)
    after = content(workspace)
    assert after.pop("version") == 3  # caches must see the change
    assert after.pop("data_version") == [(3,)]
    assert len(after.pop("settings")) == 1  # which key the customers are hashed with
    changed = ("version", "data_version", "settings")
    assert after == {name: rows for name, rows in before.items() if name not in changed}
    assert load(FIRST).rows_loaded == 3  # and the same file is welcome again


def test_batches_are_listed_latest_first(load: Load, workspace: Workspace) -> None:
    load(FIRST, name="one.csv")
    load(SHEET, name="two.csv")
    listed = imports.batches(workspace.cursor())
    assert listed[["file_name", "table_name", "rows_in", "rows_loaded"]].to_numpy().tolist() == [
        ["two.csv", "new_items", 1, 1],
        ["one.csv", "sales", 3, 3],
    ]


HOSTILE_HEADERS = [
    *("o'clock", 'say "hi"', "select", "DROP TABLE sales; --", "'); DELETE FROM batches; --", "{x}", "{n}", "$1", "?"),
    *("c0", "t0", "rid", "file_row", "reason", "rule", "line", "problem", "aside", "batch_id", "attributes", "days"),
    *("nth", "period_start", "row_values", "because_of", "raw", "place", "price written", "rowid", "NULL", "*"),
    *("ünï cödé", "<b>bold</b>", "%s", "back\\slash", "=1+1", "a" * 300, "🙂", "表"),
]


@pytest.mark.parametrize("header", HOSTILE_HEADERS)
def test_any_header_is_only_a_name(load: Load, workspace: Workspace, header: str) -> None:
    frame = pd.DataFrame({"item_id": ["N1", "N2"], "title": ["Mug", "Lamp"], "price": [3, -4], header: ["x", "y"]})
    report = load(frame.to_csv(index=False), "new_items", set_aside_bad=True)
    ((attributes,),) = query(workspace, "SELECT attributes FROM new_items")
    assert json.loads(attributes) == {header: "x"}
    aside = imports.set_aside_rows(workspace.cursor(), report.batch_id)
    assert not aside.columns.has_duplicates
    assert aside["title"].tolist() == ["Lamp"]
    assert "y" in aside.iloc[0].tolist()
    assert query(workspace, "SELECT count(*) FROM batches") == [(1,)]


@pytest.mark.parametrize("headers", ["item_id,title,colour,colour", "item_id,title,,", "item_id,title,Title,TITLE"])
def test_headers_that_repeat_or_are_blank(load: Load, workspace: Workspace, headers: str) -> None:
    report = load(f"{headers}\nN1,Mug,red,blue\n,Lamp,red,blue\n", "new_items", set_aside_bad=True)
    assert query(workspace, "SELECT item_id, title FROM new_items") == [("N1", "Mug")]
    assert len(imports.set_aside_rows(workspace.cursor(), report.batch_id)) == 1


@pytest.mark.parametrize(
    "title",
    [
        *("'; DROP TABLE sales; --", '=HYPERLINK("x")', "𝔘𝔫𝔦 ☕", "back\\slash", "{0} %s $1", "x" * 20_000),
        *("a < b > c", "50% & more", "5 <6", "'quoted'", "a|b", "NULL;", "?", "[1, 2]", '{"a": 1}'),
    ],
    ids=lambda title: title[:20],
)
def test_any_title_is_only_text(load: Load, workspace: Workspace, title: str) -> None:
    load(pd.DataFrame({"sku": ["A"], "title": [title]}).to_csv(index=False), "products")
    assert query(workspace, "SELECT title FROM catalogue") == [(title,)]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("<script>alert(1)</script>", "alert(1)"),
        ("<b>Red</b> mug", "Red mug"),
        ("Mugs &amp; more", "Mugs & more"),
        ("Mug <br/> &#39;Fox&#39;", "Mug 'Fox'"),
        ("<img src=x onerror=alert(1)>Mug", "Mug"),
        ("&lt;script&gt;alert(1)&lt;/script&gt; mug", "alert(1) mug"),
    ],
)
def test_markup_is_stripped_from_titles_unless_a_person_keeps_it(
    load: Load, workspace: Workspace, title: str, expected: str
) -> None:
    text = pd.DataFrame({"sku": ["A"], "title": [title]}).to_csv(index=False)
    report = load(text, "products")
    assert query(workspace, "SELECT title FROM catalogue") == [(expected,)]
    imports.undo(workspace, report.batch_id)
    (staged,) = imports.stage(workspace, "export.csv", text.encode())
    reading = imports.recognise(workspace, staged, "products")
    imports.load(workspace, staged, reading, decisions={"products": {"markup": "keep"}})
    assert query(workspace, "SELECT title FROM catalogue") == [(title,)]


def test_markup_in_the_value_of_a_label(load: Load, workspace: Workspace) -> None:
    load("product_id,label,value\nA,<i>intent</i>,<b>high</b>\nL,intent,CafÃ©\n", "labels")
    found = query(workspace, "SELECT product_id, label, value FROM labels ORDER BY 1")
    assert found == [("A", "intent", "high"), ("L", "intent", "Café")]


def test_attributes_are_kept_without_the_blank_ones(load: Load, workspace: Workspace) -> None:
    load("sku,title,Colour,Size (cm)\nA,Mug,red,\nL,Lamp,,40\n", "products")
    found = dict(query(workspace, "SELECT product_id, attributes FROM catalogue"))
    assert {name: json.loads(value) for name, value in found.items()} == {
        "A": {"Colour": "red"},
        "L": {"Size (cm)": "40"},
    }


def test_the_catalogue_is_derived_from_the_sales(load: Load, workspace: Workspace) -> None:
    first_week = [("06", 1, 5.00, "Red mug"), ("07", 900, 1.00, "RED MUG"), ("08", 2, 4.00, "Red mug")]
    lines = [f"{i},2025-01-{day},A,{qty},{price},C{i},{title}" for i, (day, qty, price, title) in enumerate(first_week)]
    lines += [f"{i},2025-03-{i:02},A,1,9.99,C1,Mug on sale" for i in range(4, 10)]
    load(ORDERS + "\n".join(lines))
    ((item,),) = [query(workspace, "SELECT (title, list_price, first_sale, launch_date, derived) FROM catalogue")]
    assert list(item[0].values() if isinstance(item[0], dict) else item[0]) == [
        "Red mug",  # its most frequent name when it was new
        4.0,  # the middle price of its first week, by line
        date(2025, 1, 6),
        None,
        True,
    ]


def test_a_product_file_goes_before_the_sales_lines(load: Load, workspace: Workspace) -> None:
    load(FIRST)
    load("sku,title,price\nA,Crimson mug,3\n", "products")
    assert query(workspace, "SELECT product_id, title, list_price, derived FROM catalogue ORDER BY 1") == [
        ("A", "Crimson mug", 3.0, False),
        ("L", "Lamp", 10.0, True),
    ]


def test_the_latest_product_file_goes_before_earlier_ones(load: Load, workspace: Workspace) -> None:
    load("sku,title\nA,Old name\n", "products")
    report = load("sku,title\nA,New name\n", "products")
    assert query(workspace, "SELECT title FROM catalogue") == [("New name",)]
    imports.undo(workspace, report.batch_id)
    assert query(workspace, "SELECT title FROM catalogue") == [("Old name",)]


def test_rows_are_numbered_as_in_a_spreadsheet_in_large_files_too(load: Load, workspace: Workspace) -> None:
    rows = "".join(f"2025-01-06,P{i},{i}\n" for i in range(1, 200_001))
    load("date,sku,qty\n" + rows, "sales")
    wrong = "SELECT count(*) FROM sales WHERE product_id != 'P' || (file_row - 1) OR units != file_row - 1"
    assert query(workspace, wrong) == [(0,)]


def test_a_refused_load_does_not_disturb_the_next(load: Load, workspace: Workspace) -> None:
    with pytest.raises(BadFile):
        load("date,sku,qty\nsoon,A,1\n", "sales")
    assert load(FIRST).rows_loaded == 3
    with pytest.raises(duckdb.CatalogException):
        workspace.cursor().execute("SELECT * FROM staged")


@pytest.mark.parametrize("header", HOSTILE_HEADERS)
def test_any_header_is_only_a_name_for_sales_too(load: Load, workspace: Workspace, header: str) -> None:
    """Sales keep no further columns, but what is set aside keeps the line, and comes back."""
    frame = pd.DataFrame(
        {"date": ["2025-01-06"] * 3, "sku": ["A", "POST", "L"], "qty": [3, 1, 2], header: ["'", "x", ""]}
    )
    report = load(frame.to_csv(index=False), "sales")
    assert imports.set_aside_rows(workspace.cursor(), report.batch_id).iloc[0].tolist().count("x") == 1
    load(frame.to_csv(index=False) + "2025-01-07,A,1,\n", "sales")
    imports.undo(workspace, report.batch_id)
    assert imports.bring_back(workspace, 2, NO_PRODUCT) == 1
    assert sales(workspace) == [
        (date(2025, 1, 6), "A", 3),
        (date(2025, 1, 6), "L", 2),
        (date(2025, 1, 6), "POST", 1),
        (date(2025, 1, 7), "A", 1),
    ]


# -- people

PEOPLE = ORDERS.replace("title", "title,Shipping Name,Phone")
BOUGHT = PEOPLE + "1,2025-01-06,A,3,2.50,Ann@Example.org,Red mug,Ann Lee,+44 20 7946 0958\n"
ODD_LINE = "2,2025-01-07,POST,1,2.50,bob@example.org,Post,Bob Ray,020 7946 0000\n"


def everything(workspace: Workspace) -> str:
    """All that the database holds, as text."""
    return str(content(workspace))


def test_customers_are_stored_under_a_hash_that_joins_over_files(load: Load, workspace: Workspace) -> None:
    load(BOUGHT)
    load("ts,user,sku,event\n2025-01-06 10:00, ann@example.org ,A,view\n")
    load("customer id,segment\nANN@EXAMPLE.ORG,gold\nbob@example.org,new\n", "customers")
    load("date,sku,rating,email\n2025-02-06,A,5,ann@example.org\n", "reviews")
    (found,) = query(
        workspace,
        """SELECT DISTINCT customer_id FROM sales JOIN events USING (customer_id) JOIN customers USING (customer_id)
           JOIN reviews USING (customer_id)""",
    )
    assert found == (privacy.pseudonym(privacy.key(workspace.folder), "ann@example.org"),)
    assert "example.org" not in everything(workspace).lower()


def test_what_is_set_aside_names_nobody(load: Load, workspace: Workspace) -> None:
    report = load(BOUGHT + ODD_LINE)
    (row,) = imports.set_aside_rows(workspace.cursor(), report.batch_id).to_dict("records")
    assert (row["sku"], row["Shipping Name"], row["Phone"], row["customer"]) == ("POST", None, None, None)
    for word in ("example.org", "Bob Ray", "7946"):
        assert word not in everything(workspace)
    imports.bring_back(workspace, report.batch_id, NO_PRODUCT)
    wanted = privacy.pseudonym(privacy.key(workspace.folder), "bob@example.org")
    assert query(workspace, "SELECT customer_id FROM sales WHERE product_id = 'POST'") == [(wanted,)]


def test_what_a_later_file_replaces_names_nobody(load: Load, workspace: Workspace) -> None:
    load(BOUGHT)
    load(BOUGHT.replace(",3,", ",2,"))
    assert query(workspace, "SELECT count(*) FROM set_aside") == [(1,)]
    assert "example.org" not in everything(workspace).lower()


@pytest.mark.parametrize("table", ["customers", "products", "new_items"])
def test_further_columns_of_persons_are_no_attributes(load: Load, workspace: Workspace, table: str) -> None:
    code = TABLES[table].required[0]
    load(f"{code},title,segment,Phone,Email address,Colour\nX1,Mug,a,+44 20 7946 0958,ann@example.org,red\n", table)
    ((attributes,),) = query(workspace, f"SELECT attributes FROM {table}")
    assert json.loads(attributes)["Colour"] == "red"
    assert not {"Phone", "Email address"} & set(json.loads(attributes))
    assert "example.org" not in everything(workspace)


def test_what_people_wrote_is_masked(load: Load, workspace: Workspace) -> None:
    load(
        "date,sku,rating,body,title,reviewer name\n"
        '2025-01-06,A,5,"Call me at +44 20 7946 0958, or ann@example.org. Regards, Ann",Ann loves it,Ann Lee\n',
        "reviews",
    )
    ((body, title),) = query(workspace, "SELECT body, title FROM reviews")
    assert body.startswith("Call me at [phone]")
    assert "[e-mail]" in body
    assert "Ann" not in body + title
    load("ts,user,event,query\n2025-01-06 10:00,u1,search,mug for ann@example.org\n", "events")
    assert query(workspace, "SELECT query FROM events") == [("mug for [e-mail]",)]


def test_descriptions_of_items_are_not_what_people_wrote(load: Load, workspace: Workspace) -> None:
    load('sku,title,description\nA,Mug,"Dear Fox, call 0171 1234567. By Ann Lee"\n', "products")
    assert query(workspace, "SELECT description FROM products") == [("Dear Fox, call 0171 1234567. By Ann Lee",)]


def test_a_shop_that_switches_it_off_keeps_ids_and_sentences(load: Load, workspace: Workspace) -> None:
    privacy.switch(workspace, on=False)
    report = load(BOUGHT + ODD_LINE)
    assert query(workspace, "SELECT customer_id FROM sales") == [("Ann@Example.org",)]
    (row,) = imports.set_aside_rows(workspace.cursor(), report.batch_id).to_dict("records")
    assert row["Shipping Name"] == "Bob Ray"
    load("date,sku,rating,body\n2025-01-06,A,5,Write to ann@example.org\n", "reviews")
    assert query(workspace, "SELECT body FROM reviews") == [("Write to ann@example.org",)]


@pytest.mark.parametrize("word", ["anonymous", "c_0123456789abcdef0123"])
def test_some_ids_stand_for_themselves(load: Load, workspace: Workspace, word: str) -> None:
    load(f"ts,customer_id,sku,event\n2025-01-06 10:00,{word},A,view\n")
    assert query(workspace, "SELECT customer_id FROM events") == [(word,)]


def test_blank_customers_stay_blank(load: Load, workspace: Workspace) -> None:
    load(ORDERS + "1,2025-01-06,A,3,2.50,,Mug\n2,2025-01-06,A,3,2.50,  ,Mug\n3,2025-01-06,A,3,2.50,C1,Mug\n")
    assert query(workspace, "SELECT count(*), count(customer_id) FROM sales") == [(3, 1)]


def test_a_failed_first_import_leaves_no_print_of_the_key(load: Load, workspace: Workspace) -> None:
    before = content(workspace)
    with pytest.raises(BadFile):
        load(ORDERS + "1,2025-01-06,A,x,2.50,C1,Mug\n2,2025-01-07,A,3,2.50,C1,Mug\n")
    assert content(workspace) == before


CELLS = [
    *("", "", "A", "L", "A", "1", "2", "-3", "2.50", "2,50", "1.234,50", "0", "1e9", "x", "2025-01-06", "13/01/2025"),
    *("2025-01-06 10:00", "ann@example.org", "view", "POST", "Total", "合计", "'", '"', "<b>Mug</b>", "CafÃ©", "nan"),
    *("--", '="12"', "'5", "\t7", "-", "%", "1;2", "a|b", "2 for 5", "99999999999999999999", "$5", "1.93E+15", "5"),
]


@pytest.mark.parametrize("seed", range(40))
def test_any_cells_are_loaded_set_aside_or_refused_and_none_is_lost(workspace: Workspace, seed: int) -> None:
    """Files of random cells: each row is in the table or set aside, undo leaves nothing, a refusal is in words."""
    made = random.Random(seed)
    table = TABLES[made.choice(list(TABLES))]
    names = [column.name for column in table if column.required or made.random() < 0.7]
    good = {"date": "2025-01-06", "time": "2025-01-06 10:00", "count": "1", "money": "2.50", "number": "4"}
    good["choice"] = "view"
    usual = {name: good.get(table[name].kind, "A") for name in names} | ({"Colour": "red"} if table.attributes else {})
    frame = pd.DataFrame(
        [
            {name: cell if made.random() < 0.8 else made.choice(CELLS) for name, cell in usual.items()}
            for _ in range(made.randrange(1, 12))
        ]
    )
    before = content(workspace)
    (staged,) = imports.stage(workspace, "random.csv", frame.to_csv(index=False).encode())
    reading = imports.recognise(workspace, staged, table.name)
    try:
        shown = imports.review(workspace, staged, reading)
        (report,) = imports.load(workspace, staged, reading, set_aside_bad=True)
    except BadFile as error:
        assert str(error).startswith("random.csv")
        staged.discard()
        assert content(workspace) == before
        return
    there = query(workspace, f"SELECT count(DISTINCT file_row), count(*) FROM {table.name}")
    assert there == [(report.rows_loaded, report.rows_loaded)]
    aside = imports.set_aside_rows(workspace.cursor(), report.batch_id)
    assert len(aside) == sum(report.set_aside.values()) == report.rows_in - report.rows_loaded
    assert [(one.rows, one.good) for one in shown] == [(report.rows_in, report.rows_loaded)]
    for reason in report.set_aside:
        try:
            imports.bring_back(workspace, report.batch_id, reason)
        except BadFile:
            continue
    back = query(workspace, f"SELECT count(*) FROM {table.name}")[0][0]
    left = query(workspace, "SELECT count(*) FROM set_aside")[0][0]
    assert back + left == report.rows_in
    imports.undo(workspace, report.batch_id)
    after = content(workspace)
    kept = ("version", "data_version", "settings")
    assert {name: rows for name, rows in after.items() if name not in kept} == {
        name: rows for name, rows in before.items() if name not in kept
    }
