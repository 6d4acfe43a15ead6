"""Rows of a file that are no rows of a table as they stand: filled, split, repeated, melted, looked up, spread."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from core import imports
from core.errors import BadFile
from core.imports.headers import Headers
from core.imports.periods import Period
from core.imports.profile import Feed, Rows
from core.imports.recognise import Reading
from core.imports.sources import Source
from core.workspace import Workspace
from tests.conftest import Load

SALES: dict[str, Source] = {"date": "Date", "product_id": "SKU", "units": "Qty"}


def load_as(
    workspace: Workspace, text: str, columns: dict[str, Source], rows: Rows, table: str = "sales", **options: Any
) -> imports.Report:
    """Load a file as a profile with these columns and rules would."""
    period = options.pop("period", None)
    (staged,) = imports.stage(workspace, "export.csv", text.encode())
    reading = Reading(Headers(staged.headers), None, (Feed(table, columns, rows),), 1.0, period)
    try:
        (report,) = imports.load(workspace, staged, reading, **options)
    finally:
        staged.discard()
    return report


def query(workspace: Workspace, sql: str) -> list[tuple]:
    return workspace.cursor().execute(sql).fetchall()


# -- filling


@pytest.mark.parametrize(
    ("rule", "titles"),
    [
        ({"by": "Handle", "columns": ["Title"]}, ["Mug", "Mug", "Lamp", "Mug", "Lamp", None]),
        ({"by": "", "columns": ["Title"]}, ["Mug", "Mug", "Mug", "Mug", "Lamp", "Lamp"]),
        ({"by": "Handle", "columns": ["Title", "Colour"]}, ["Mug", "Mug", "Lamp", "Mug", "Lamp", None]),
        ({"by": "Handle", "columns": ["Colour"]}, ["Mug", None, None, None, "Lamp", None]),
    ],
    ids=["by a key", "from above", "a header that is not there", "nothing to fill"],
)
def test_blanks_are_filled_from_the_rows_of_the_same_thing(
    workspace: Workspace, rule: dict[str, Any], titles: list[str | None]
) -> None:
    text = "Handle,Title,SKU,Qty,Date\n" + "".join(
        f"{handle},{title},S{at},1,2025-01-0{at + 1}\n"
        for at, (handle, title) in enumerate(
            [("m", "Mug"), ("m", ""), ("l", "--"), ("m", ""), ("l", "Lamp"), ("x", "")]
        )
    )
    load_as(workspace, text, {**SALES, "title": "Title"}, Rows(fill_down=(rule,)))
    assert [row[0] for row in query(workspace, "SELECT title FROM sales ORDER BY file_row")] == titles
    assert query(workspace, "SELECT file_row, product_id FROM sales ORDER BY file_row")[2] == (4, "S2")


def test_filling_goes_in_turn(workspace: Workspace) -> None:
    rules = ({"by": "", "columns": ["Order"]}, {"by": "Order", "columns": ["Title"]})
    text = "Order,Title,SKU,Qty,Date\n1,,A,1,2025-01-06\n,Mug,L,1,2025-01-06\n2,Cup,A,1,2025-01-06\n,,L,1,2025-01-06\n"
    load_as(workspace, text, {**SALES, "title": "Title", "order_id": "Order"}, Rows(fill_down=rules))
    found = query(workspace, "SELECT order_id, title FROM sales ORDER BY file_row")
    assert found == [("1", "Mug"), ("1", "Mug"), ("2", "Cup"), ("2", "Cup")]


# -- several items in a cell


@pytest.mark.parametrize(
    ("cell", "counted", "expected"),
    [
        ("2× Mug", True, [("Mug", 2)]),
        ("2× Mug, 1× Lamp", True, [("Mug", 2), ("Lamp", 1)]),
        ("2× Mug, with fox, 12× Lamp, tall, blue", True, [("Mug, with fox", 2), ("Lamp, tall, blue", 12)]),
        ("2x Mug, 1x Lamp", True, None),
        ("1× Mug 2, 3× Lamp", True, [("Mug 2", 1), ("Lamp", 3)]),
        ("1× Mug, 3 × Lamp", True, [("Mug", 1), ("Lamp", 3)]),
    ],
)
def test_several_items_in_one_cell(
    workspace: Workspace, cell: str, counted: bool, expected: list[tuple] | None
) -> None:
    columns: dict[str, Source] = {
        "date": "Date",
        "product_id": {"part": "Products", "by": "× ", "at": 1},
        "units": {"part": "Products", "by": "×", "at": 0},
        "order_id": "Order",
    }
    text = f'Order,Date,Products\n1,2025-01-06,"{cell}"\n2,2025-01-06,1× Vase\n'
    rows = Rows(split={"column": "Products", "by": ", ", "counted": counted})
    if expected is None:  # another sign: the rows are refused and never bent to it
        with pytest.raises(BadFile):
            load_as(workspace, text, columns, rows)
        return
    report = load_as(workspace, text, columns, rows)
    assert query(workspace, "SELECT product_id, units FROM sales WHERE order_id = '1' ORDER BY rowid") == expected
    assert (report.rows_in, report.rows_loaded) == (2, 2)  # of the file
    assert query(workspace, "SELECT DISTINCT file_row FROM sales WHERE order_id = '1'") == [(2,)]


def test_pieces_by_a_sign(workspace: Workspace) -> None:
    columns: dict[str, Source] = {"date": "Date", "product_id": "Products", "units": {"value": "1"}}
    load_as(workspace, "Date,Products\n2025-01-06,A;B1; K9\n", columns, Rows(split={"column": "Products", "by": ";"}))
    assert query(workspace, "SELECT product_id FROM sales ORDER BY 1") == [("A",), ("B1",), ("K9",)]


# -- numbered groups and melting


def test_numbered_groups_of_columns_are_rows(workspace: Workspace) -> None:
    columns: dict[str, Source] = {
        "date": "Date",
        "product_id": "Item {n} Name",
        "units": "Item {n} Qty",
        "order_id": "Order",
    }
    text = (
        "Order,Date,Item 1 Name,Item 1 Qty,Item 2 Name,Item 2 Qty,Item 3 Name,Item 3 Qty\n"
        "1,2025-01-06,Mug,2,Lamp,1,,\n2,2025-01-07,Cup,3,,,,\n3,2025-01-08,Mug,1,,,Vase,4\n"
    )
    report = load_as(workspace, text, columns, Rows(repeat={"columns": "Item {n} Name"}))
    assert query(workspace, "SELECT order_id, product_id, units, file_row FROM sales ORDER BY 1, 2") == [
        ("1", "Lamp", 1, 2),
        ("1", "Mug", 2, 2),
        ("2", "Cup", 3, 3),
        ("3", "Mug", 1, 4),
        ("3", "Vase", 4, 4),
    ]
    assert (report.rows_in, report.rows_loaded) == (3, 3)


MELT = Rows(melt=({"event": "view", "count": "Views"}, {"event": "cart", "count": "Carts"}))
MELTED: dict[str, Source] = {
    **{"ts": "Date", "product_id": "SKU", "customer_id": {"value": "anonymous"}},
    **MELT.melt[0],
}


def test_counts_beside_each_other_are_events(workspace: Workspace) -> None:
    text = "Date,SKU,Views,Carts\n2025-01-06,A,12,2\n2025-01-06,L,7,0\n2025-01-07,A,,1\n"
    report = load_as(workspace, text, MELTED, MELT, "events")
    assert query(workspace, 'SELECT product_id, event, "count", customer_id FROM events ORDER BY ALL') == [
        ("A", "cart", 1, "anonymous"),
        ("A", "cart", 2, "anonymous"),
        ("A", "view", 12, "anonymous"),
        ("L", "view", 7, "anonymous"),
    ]
    assert (report.rows_in, report.rows_loaded) == (3, 3)


def test_a_count_that_the_file_does_not_have_makes_no_events(workspace: Workspace) -> None:
    rows = Rows(melt=({"event": "view", "count": "Views"}, {"event": "cart", "count": ["Carts", "Baskets"]}))
    load_as(workspace, "Date,SKU,Views\n2025-01-06,A,12\n", MELTED, rows, "events")
    assert query(workspace, 'SELECT event, "count" FROM events') == [("view", 12)]


# -- periods


def spread(
    workspace: Workspace, lines: str, columns: dict[str, Source], table: str = "sales", **options: Any
) -> imports.Report:
    rows = Rows(period={"start": "Start", "end": "End"})
    columns = {"ts" if table == "events" else "date": {"period": "start"}, **columns}
    return load_as(workspace, lines, columns, rows, table, spread=True, **options)


SOLD: dict[str, Source] = {"product_id": "SKU", "units": "Qty", "revenue": "Sales", "unit_price": "Price"}


def test_totals_of_a_period_become_days(workspace: Workspace) -> None:
    report = spread(workspace, "Start,End,SKU,Qty,Sales,Price\n2025-01-06,2025-01-09,A,8,24,3\n", SOLD)
    days = [date(2025, 1, 6) + timedelta(days=at) for at in range(4)]
    found = query(workspace, "SELECT date, units, revenue, unit_price, file_row FROM sales ORDER BY 1")
    assert found == [(day, 2, 6.0, 3.0, 2) for day in days]
    assert (report.rows_in, report.rows_loaded) == (1, 1)


@pytest.mark.parametrize("seed", range(5))
def test_whole_numbers_stay_whole_and_sums_stay_sums(workspace: Workspace, seed: int) -> None:
    made = random.Random(seed)
    lines, wanted = [], []
    for at in range(20):
        start = date(2025, 1, 1) + timedelta(days=made.randrange(300))
        units = made.choice([*range(1, 8), 90, 1000, -3])
        money = round(units * made.uniform(0.5, 30), 2)
        lines.append(f"{start},{start + timedelta(days=made.randrange(45))},P{at:02},{units},{money},{money / units}")
        wanted.append((f"P{at:02}", units, money))
    spread(workspace, "Start,End,SKU,Qty,Sales,Price\n" + "\n".join(lines), SOLD)
    found = query(workspace, "SELECT product_id, sum(units), sum(revenue) FROM sales GROUP BY 1 ORDER BY 1")
    assert [row[:2] for row in found] == [row[:2] for row in wanted]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in wanted])
    assert query(workspace, "SELECT count(*) FROM sales WHERE units = 0") == [(0,)]  # no day without a sale is a row
    assert query(workspace, "SELECT count(*) FROM sales WHERE abs(revenue / units - unit_price) > 1e-6") == [(0,)]
    evenly = "SELECT max(n) - min(n) FROM (SELECT units AS n FROM sales WHERE product_id = ?)"
    for code, units, _ in wanted:
        (steps,) = workspace.cursor().execute(evenly, [code]).fetchone() or (None,)
        assert steps is not None
        assert abs(steps) <= 1, (code, units)


def test_money_without_pieces_goes_evenly_over_the_days(workspace: Workspace) -> None:
    columns: dict[str, Source] = {
        **{"channel": {"value": "Meta"}, "spend": "Spent", "impressions": "Shown", "clicks": "Clicks"},
        **{"conversions": "Bought", "revenue": "Value"},
    }
    text = "Start,End,Spent,Shown,Clicks,Bought,Value\n2025-01-06,2025-01-08,10,100,2,1,\n"
    spread(workspace, text, columns, "ads")
    found = query(workspace, "SELECT spend, impressions, clicks, conversions, revenue FROM ads ORDER BY date")
    assert [row[0] for row in found] == pytest.approx([10 / 3] * 3)
    assert [row[1] for row in found] == [33, 33, 34]
    assert sum(row[2] for row in found) == 2
    assert sum(row[3] for row in found) == pytest.approx(1)
    assert [row[4] for row in found] == [None] * 3


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [("2025-01-06", "2025-01-06", 1), ("13/01/2025", "15/01/2025", 3)],
    ids=["one day", "day first"],
)
def test_how_many_days_a_row_has(workspace: Workspace, start: str, end: str, days: int) -> None:
    spread(workspace, f"Start,End,SKU,Qty\n{start},{end},A,30\n", {"product_id": "SKU", "units": "Qty"})
    assert query(workspace, "SELECT count(*), sum(units) FROM sales") == [(days, 30)]


@pytest.mark.parametrize("ends", ["soon,later", "2025-01-06,later", "2025-01-09,2025-01-06"])
def test_a_period_that_cannot_be_read_is_refused(workspace: Workspace, ends: str) -> None:
    with pytest.raises(BadFile, match=r"row 3.*date"):
        spread(
            workspace,
            f"Start,End,SKU,Qty\n2025-01-06,2025-01-08,A,3\n{ends},A,3\n",
            {"product_id": "SKU", "units": "Qty"},
        )
    assert workspace.version == 0


def test_a_range_in_one_cell(workspace: Workspace) -> None:
    rows = Rows(period={"range": "Range"})
    columns: dict[str, Source] = {"date": {"period": "start"}, "product_id": "SKU", "units": "Qty"}
    text = 'Range,SKU,Qty\n"Jan 06, 2025 - Jan 08, 2025",A,6\n'
    load_as(workspace, text, columns, rows, spread=True)
    assert query(workspace, "SELECT min(date), max(date), sum(units) FROM sales") == [
        (date(2025, 1, 6), date(2025, 1, 8), 6)
    ]


WHOLE = Rows(period={"preamble": True})
TOTALS: dict[str, Source] = {"date": {"period": "start"}, "product_id": "SKU", "units": "Qty"}


def test_a_file_of_one_period(workspace: Workspace) -> None:
    week = Period(date(2025, 1, 6), date(2025, 1, 12))
    load_as(workspace, "SKU,Qty\nA,7\nL,1\n", TOTALS, WHOLE, spread=True, period=week)
    assert query(workspace, "SELECT product_id, count(*), sum(units) FROM sales GROUP BY 1 ORDER BY 1") == [
        ("A", 7, 7),
        ("L", 1, 1),
    ]


def test_days_are_asked_for_and_spreading_is_agreed_to(workspace: Workspace) -> None:
    with pytest.raises(BadFile, match="Which period does the file cover") as asked:
        load_as(workspace, "SKU,Qty\nA,7\n", TOTALS, WHOLE, spread=True)
    assert asked.value.title == "This file needs an answer first"
    week = Period(date(2025, 1, 6), date(2025, 1, 12))
    with pytest.raises(BadFile, match=r"totals of a period 2025-01-06 to 2025-01-12 and no days.*--spread"):
        load_as(workspace, "SKU,Qty\nA,7\n", TOTALS, WHOLE, period=week)
    assert workspace.version == 0
    day = Period(date(2025, 1, 6), date(2025, 1, 6))
    assert load_as(workspace, "SKU,Qty\nA,7\n", TOTALS, WHOLE, period=day).rows_loaded == 1  # a day is a day


def test_events_of_a_period(workspace: Workspace) -> None:
    columns = {**MELTED, "ts": {"period": "start"}}
    rows = Rows(period={"start": "Start", "end": "End"}, melt=MELT.melt)
    text = "Start,End,SKU,Views,Carts\n2025-01-06,2025-01-08,A,10,2\n"
    load_as(workspace, text, columns, rows, "events", spread=True)
    assert query(workspace, 'SELECT event, sum("count"), count(*) FROM events GROUP BY 1 ORDER BY 1') == [
        ("cart", 2, 2),
        ("view", 10, 3),
    ]


# -- what is no row


@pytest.mark.parametrize(
    "line",
    [
        *("Total,,9", "TOTAL,,9", "Totals,,9", "Grand total,,9", "Subtotal,,9", "Report total,,9", ",Total: Account,9"),
        *("Gesamt,,9", "Gesamtsumme,,9", "Gesamt: Konto,,9", "Summe,,9", "Suma,,9", "Total : compte,,9", "Totale,,9"),
        *("合计,,9", "合计：,,9", "总计,,9", "总和,,9", "Total of 2 results,,9"),
        *("4,record(s) downloaded,", "Seller ID : 99,,", " Total ,,9", ",total,9", ",,Total"),
    ],
)  # fmt: skip
def test_total_lines_are_no_sales(load: Load, workspace: Workspace, line: str) -> None:
    report = load(f"date,sku,qty\n2025-01-06,A,4\n2025-01-07,A,5\n{line}\n", "sales")
    assert report.set_aside == {"a total line": 1}
    assert query(workspace, "SELECT sum(units) FROM sales") == [(9,)]


@pytest.mark.parametrize(
    "name", ["Total body lotion", "Summer dress", "Totally mug", "Sumac", "Reporter bag", "Selles"]
)
def test_items_that_only_begin_like_a_total_are_items(load: Load, name: str) -> None:
    assert load(f"date,sku,qty,title\n2025-01-06,{name},4,{name}\n", "sales").set_aside == {}


def test_a_total_cannot_be_brought_back(load: Load, workspace: Workspace) -> None:
    report = load("date,sku,qty\n2025-01-06,A,4\n2025-01-06,Total,4\n", "sales")
    assert report.set_aside == {"a total line": 1}
    with pytest.raises(BadFile, match="None of these rows can be loaded"):
        imports.bring_back(workspace, report.batch_id, "a total line")
    assert query(workspace, "SELECT sum(units) FROM sales") == [(4,)]


def test_a_second_header_line_that_explains_the_columns(load: Load, workspace: Workspace) -> None:
    report = load("date,sku,qty\nDay of the order,Code of the item,Pieces\n2025-01-06,A,4\n", "sales")
    assert report.set_aside == {"a second header line that explains the columns": 1}
    assert query(workspace, "SELECT product_id, units, file_row FROM sales") == [("A", 4, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "date,sku,qty\n2025-01-06,Code of the item,Pieces\n2025-01-06,A,4\n",
        "date,sku,qty\n2025-01-06,A,4\nDay of the order,Code of the item,Pieces\n",
    ],
    ids=["with a date", "not the first"],
)
def test_a_bad_row_is_no_second_header_line(load: Load, text: str) -> None:
    with pytest.raises(BadFile, match="column"):
        load(text, "sales")


def test_a_bad_first_row_of_one_number_is_no_second_header_line(load: Load, workspace: Workspace) -> None:
    """A sheet has few numbers: an item whose price is not known yet must not be lost."""
    with pytest.raises(BadFile, match="row 2, column price: is not an amount"):
        load("item_id,title,price\nN1,Mug,tbd\nN2,Lamp,4\n")
    assert workspace.version == 0


@pytest.mark.parametrize(
    "lines", [",,,\n", ",,,\n , ,--,\n", "\n", "\n\n,,,\n"], ids=["cells", "words", "none", "both"]
)
def test_empty_lines_are_no_rows_and_do_not_shift_the_numbers(load: Load, workspace: Workspace, lines: str) -> None:
    text = f"date,sku,qty,note\n2025-01-06,A,4,x\n{lines}2025-01-07,L,x,\n"
    row = 3 + lines.count("\n")
    with pytest.raises(BadFile, match=f"row {row}, column qty"):
        load(text, "sales")
    load(text.replace("L,x", "L,2"), "sales")
    assert query(workspace, "SELECT file_row, product_id FROM sales ORDER BY 1") == [(2, "A"), (row, "L")]


STATUSES = {"A1X": "Cancelled", "B1X": "VOID", "F1X": "can you open", "G1X": "cancelled", "H1X": "open?", "K1X": " "}


@pytest.mark.parametrize(
    ("rule", "caught"),
    [
        ({"column": "Status", "is": ["cancelled", "Void"]}, ["A1X", "B1X", "G1X"]),
        ({"column": "Status", "starts": ["can"]}, ["A1X", "F1X", "G1X"]),
        ({"column": "Status", "contains": ["ANCEL", "open"]}, ["A1X", "F1X", "G1X", "H1X"]),
        ({"column": "Status", "blank": True}, ["K1X"]),
        ({"column": "Qty", "above": 2}, ["F1X", "G1X", "H1X", "K1X"]),
        ({"column": "Colour", "is": ["cancelled"]}, []),
        ({"column": ["Colour", "Status"], "is": ["void"]}, ["B1X"]),
        ({"column": "Status", "is": ["'; DROP TABLE sales; --"]}, []),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_rows_that_a_rule_sets_aside(workspace: Workspace, rule: dict[str, Any], caught: list[str]) -> None:
    lines = [f"2025-01-06,{code},{at},{status}\n" for at, (code, status) in enumerate(STATUSES.items(), start=1)]
    rows = Rows(aside=({**rule, "reason": "it's off"},))
    report = load_as(workspace, "Date,SKU,Qty,Status\n" + "".join(lines), SALES, rows)
    left = [row[0] for row in query(workspace, "SELECT product_id FROM sales ORDER BY 1")]
    assert left == [code for code in STATUSES if code not in caught]
    assert report.set_aside == ({"it's off": len(caught)} if caught else {})


def test_rows_without_any_of_these_cells_are_no_items(workspace: Workspace) -> None:
    rows = Rows(only=({"filled": ["Qty", "SKU"], "reason": "a picture only"},))
    report = load_as(workspace, "Date,SKU,Qty\n2025-01-06,A,1\n2025-01-06,,\n", SALES, rows)
    assert report.set_aside == {"a picture only": 1}


# -- cells from another file


ITEMS = "order,sku,qty\n1,A,2\n1,L,1\n2,A,3\n9,A,1\n"
ORDERS = "number,placed,buyer\n1,2025-01-06,ann\n2,2025-01-07,bob\n2,2025-01-07,bob\n"
LOOK_UP = Rows(companion={"export": "x", "on": "order", "to": "number", "take": ["placed", "buyer"]})


def look_up(workspace: Workspace, orders: str, **options: Any) -> imports.Report:
    (items,) = imports.stage(workspace, "items.csv", ITEMS.encode())
    (other,) = imports.stage(workspace, "orders.csv", orders.encode())
    columns: dict[str, Source] = {
        **{"date": "placed", "product_id": "sku", "units": "qty", "order_id": "order", "customer_id": "buyer"}
    }
    headers = Headers((*items.headers, "placed", "buyer"))
    reading = Reading(headers, None, (Feed("sales", columns, LOOK_UP),), 1.0, companion=other)
    try:
        (report,) = imports.load(workspace, items, reading, **options)
    finally:
        items.discard()
        other.discard()
    return report


def test_cells_are_looked_up_in_a_companion(workspace: Workspace) -> None:
    with pytest.raises(BadFile, match="row 5, date: is missing"):
        look_up(workspace, ORDERS)
    report = look_up(workspace, ORDERS, set_aside_bad=True)
    assert query(workspace, "SELECT order_id, product_id, units, date FROM sales ORDER BY file_row") == [
        ("1", "A", 2, date(2025, 1, 6)),
        ("1", "L", 1, date(2025, 1, 6)),
        ("2", "A", 3, date(2025, 1, 7)),  # once, though the order stands twice in the other file
    ]
    assert report.set_aside == {"date: is missing": 1}
    assert query(workspace, "SELECT count(DISTINCT customer_id) FROM sales") == [(2,)]


def test_a_companion_without_a_header_leaves_its_cells_blank(workspace: Workspace) -> None:
    look_up(workspace, ORDERS.replace("buyer", "client") + "9,2025-01-09,eve\n")
    assert query(workspace, "SELECT count(*), count(customer_id) FROM sales") == [(4, 0)]


def test_part_of_a_piece_is_not_shared_over_days(workspace: Workspace) -> None:
    text = "Start,End,SKU,Qty\n2025-01-06,2025-01-08,A,3\n2025-01-06,2025-01-08,LAMP,2.5\n"
    with pytest.raises(BadFile, match="row 3, column Qty: is not a whole number"):
        spread(workspace, text, {"product_id": "SKU", "units": "Qty"})


def test_a_row_whose_items_are_blank_is_not_lost(workspace: Workspace) -> None:
    columns: dict[str, Source] = {"date": "Day", "product_id": "Items", "units": "Qty"}
    rows = Rows(split={"column": "Items", "by": ";"})
    with pytest.raises(BadFile, match="row 3, column Items: is missing"):
        load_as(workspace, "Day,Items,Qty\n2025-01-06,A;B,1\n2025-01-07,,1\n", columns, rows)
