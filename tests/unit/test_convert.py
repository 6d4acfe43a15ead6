"""From text to values: numbers, dates, times, words of a list and sentences, and how a file is found to write them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import duckdb
import pytest

from core.errors import BadFile
from core.imports import recognise, review, stage
from core.imports.convert import Formats, cell, checked, converted, decide, number
from core.schema import Column, Kind
from core.tables import EVENTS
from core.workspace import Workspace
from tests.conftest import Load, load_into

Cursor = duckdb.DuckDBPyConnection
DAY_FIRST, MONTH_FIRST = Formats(), Formats(date_order="month first")


@pytest.fixture(scope="module")
def cursor() -> Iterator[Cursor]:
    with duckdb.connect() as connection:
        yield connection


def value(cursor: Cursor, sql: str, text: str | None) -> object:
    row = cursor.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS t0)", [text]).fetchone()
    assert row is not None
    return row[0]


def read(cursor: Cursor, kind: Kind, text: str | None, formats: Formats = DAY_FIRST, name: str = "x") -> object:
    """A cell as a column of this kind, as a draft reads it."""
    column = Column(name, kind, "")
    sql = converted(column, "t0", number("t0", formats.comma), formats)
    cells = f"SELECT {cell('given', True)} AS t0 FROM (SELECT ?::VARCHAR AS given)"
    row = cursor.execute(f'SELECT {checked(column)} FROM (SELECT {sql} AS "{name}" FROM ({cells}))', [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("12.5", 12.5),
        (".5", 0.5),
        ("5.", 5),
        ("+3", 3),
        ("-3", -3),
        ("- 3", -3),
        ("3-", -3),
        ("(3.20)", -3.2),
        ("($3.20)", -3.2),
        ("-$3.20", -3.2),
        ("$-3.20", -3.2),
        ("1,234", 1234),
        ("1,234.5", 1234.5),
        ("1,234,567.89", 1234567.89),
        ("12,34,567.00", 1234567),  # lakh
        ("1'234.50", 1234.5),
        ("1’234.50", 1234.5),
        ("1 234.50", 1234.5),
        ("1\u00a0234.50", 1234.5),
        ("1\u202f234.50", 1234.5),
        ("£2.55", 2.55),
        ("2.55 €", 2.55),
        ("¥1,280", 1280),
        ("₹ 1,00,000", 100000),
        ("MX$12.50", 12.5),
        ("US$ 12.50", 12.5),
        ("GBP 2.55", 2.55),
        ("2.55 GBP", 2.55),
        ("R 12.50", 12.5),
        ("Rs. 250", 250),
        ("12.5%", 12.5),
        ("12 %", 12),
        ("35元", 35),
        ("3件", 3),
        ("1e3", 1000),
        ("1.5E+3", 1500),
        ("CHF 25.-", 25),
        ("007", 7),
    ],
)
def test_numbers_with_a_point(cursor: Cursor, text: str, expected: float) -> None:
    assert value(cursor, number("t0", comma=False), text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("12,5", 12.5),
        (",5", 0.5),
        ("1.234", 1234),
        ("1.234,5", 1234.5),
        ("1.234.567,89", 1234567.89),
        ("1 234,50", 1234.5),
        ("1\u202f234,50 €", 1234.5),
        ("-2,55", -2.55),
        ("2,55-", -2.55),
        ("10,-", 10),
        ("(2,55 €)", -2.55),
        ("EUR 2,55", 2.55),
        ("1'234,50", 1234.5),
    ],
)
def test_numbers_with_a_comma(cursor: Cursor, text: str, expected: float) -> None:
    assert value(cursor, number("t0", comma=True), text) == pytest.approx(expected)


@pytest.mark.parametrize("comma", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "four",
            "2 for 5",
            "10/12",
            "1-2",
            "12:30",
            "2025-01-06",
            "A12",
            "12A4",
            "1..2",
            "1,,2",
            "€",
            "()",
        ),
        *("0x10", "½", "3 × 4", "1;2", "'", "%", "-", "+", ".", ","),
    ],
)
def test_what_is_no_number_is_none_and_never_an_error(cursor: Cursor, text: str, comma: bool) -> None:
    assert value(cursor, number("t0", comma), text) is None


@pytest.mark.parametrize(("text", "comma"), [("1,23", False), ("12,5", False), ("1.23", True), ("12.50", True)])
def test_a_number_of_the_other_sign_is_not_bent_to_it(cursor: Cursor, text: str, comma: bool) -> None:
    assert value(cursor, number("t0", comma), text) is None


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("count", "3", 3),
        ("count", "3.0", 3),
        ("count", "1,200", 1200),
        ("count", "-2", -2),
        ("count", "1.5", None),
        ("count", "9e18", None),
        ("count", "1e400", None),
        ("count", "nan", None),
        ("money", "1e400", None),
        ("money", "inf", None),
        ("money", "-Infinity", None),
        ("number", "4.5", 4.5),
        ("text", "  a  b ", "a  b"),
        ("text", "\tA12\t", "A12"),
        ("text", "'97213", "97213"),
        ("text", "'-3", "-3"),
        ("text", "'n sync", "'n sync"),
        ("text", '="186"', "186"),
        ("text", '="00186"', "00186"),
        ("text", "'null", None),
        ("text", "(not set)", None),
        ("text", "无退款申请", None),
        ("text", "", None),
        ("text", "0", "0"),
    ],
)
def test_cells_as_kinds_of_columns(cursor: Cursor, kind: Kind, text: str, expected: object) -> None:
    assert read(cursor, kind, text) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("product_id", "17850.0", "17850"),
        ("product_id", "0017850.0", "0017850"),
        ("product_id", "17850.5", "17850.5"),
        ("product_id", "17850.00", "17850.00"),
        ("product_id", "v1.0", "v1.0"),
        ("product_id", "007", "007"),
        ("customer_id", "12346.0", "12346"),
        ("title", "Version 1.0", "Version 1.0"),
        ("title", "7.0", "7.0"),
    ],
)
def test_a_code_loses_what_a_spreadsheet_made_of_it(cursor: Cursor, name: str, text: str, expected: str) -> None:
    assert read(cursor, "text", text, name=name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-07", date(2025, 3, 7)),
        ("2025/03/07", date(2025, 3, 7)),
        ("2025-3-7", date(2025, 3, 7)),
        ("2025-03-07 23:59:59", date(2025, 3, 7)),
        ("2025-03-07T23:59:59+09:00", date(2025, 3, 7)),  # the shop's own day, not that of UTC
        ("2025-03-07 00:10:00 -0500", date(2025, 3, 7)),
        ("2025-03-07T23:59:59.123Z", date(2025, 3, 7)),
        ("2025-03-07 23:59:59 UTC", date(2025, 3, 7)),
        ("20250307", date(2025, 3, 7)),
        ("2025.03.07", date(2025, 3, 7)),
        ("2025年03月07日", date(2025, 3, 7)),
        ("2025年3月7日", date(2025, 3, 7)),
        ("7 Mar 2025", date(2025, 3, 7)),
        ("07 March 2025", date(2025, 3, 7)),
        ("Mar 7, 2025", date(2025, 3, 7)),
        ("March 7, 2025", date(2025, 3, 7)),
        ("7-Mar-2025", date(2025, 3, 7)),
        ("07-Mar-25", date(2025, 3, 7)),
        ("07 Mar 25", date(2025, 3, 7)),
        ("Fri, 7 Mar 2025", date(2025, 3, 7)),
        ("07.03.2025", date(2025, 3, 7)),
        ("07.03.25", date(2025, 3, 7)),
        ("7.3.2025", date(2025, 3, 7)),
        ("1741305600", date(2025, 3, 7)),
        ("1741305600000", date(2025, 3, 7)),
        ("2025-02-30", None),
        ("2025-13-01", None),
        ("1989-12-31", None),
        ("1990-01-01", date(1990, 1, 1)),
        ("2100-12-31", date(2100, 12, 31)),
        ("2101-01-01", None),
        ("0000-00-00", None),
        ("soon", None),
        ("7 Mar", None),
        ("12", None),
        ("2025", None),
        ("1741305", None),
    ],
)
@pytest.mark.parametrize("formats", [DAY_FIRST, MONTH_FIRST], ids=["day first", "month first"])
def test_dates_that_can_be_read_one_way_only(
    cursor: Cursor, text: str, expected: date | None, formats: Formats
) -> None:
    assert read(cursor, "date", text, formats) == expected


@pytest.mark.parametrize(
    ("text", "by_day", "by_month"),
    [
        ("03/04/2025", date(2025, 4, 3), date(2025, 3, 4)),
        ("3/4/2025", date(2025, 4, 3), date(2025, 3, 4)),
        ("03-04-2025", date(2025, 4, 3), date(2025, 3, 4)),
        ("03/04/25", date(2025, 4, 3), date(2025, 3, 4)),
        ("03/04/2025 08:26", date(2025, 4, 3), date(2025, 3, 4)),
        ("03/04/2025, 08:26:11 PM", date(2025, 4, 3), date(2025, 3, 4)),
        ("13/04/2025", date(2025, 4, 13), None),  # never silently the other way round
        ("04/13/2025", None, date(2025, 4, 13)),
    ],
)
def test_day_and_month(cursor: Cursor, text: str, by_day: date | None, by_month: date | None) -> None:
    assert read(cursor, "date", text, DAY_FIRST) == by_day
    assert read(cursor, "date", text, MONTH_FIRST) == by_month


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-07 14:05:09", datetime(2025, 3, 7, 14, 5, 9)),
        ("2025-03-07T14:05:09Z", datetime(2025, 3, 7, 14, 5, 9)),
        ("2025-03-07T14:05:09+02:00", datetime(2025, 3, 7, 14, 5, 9)),
        ("2025-03-07 14:05:09 -0500", datetime(2025, 3, 7, 14, 5, 9)),
        ("2025-03-07 14:05:09 UTC", datetime(2025, 3, 7, 14, 5, 9)),
        ("2025-03-07T14:05:09.250Z", datetime(2025, 3, 7, 14, 5, 9, 250000)),
        ("2025-03-07", datetime(2025, 3, 7)),
        ("07/03/2025 14:05", datetime(2025, 3, 7, 14, 5)),
        ("07/03/2025 2:05 PM", datetime(2025, 3, 7, 14, 5)),
        ("07/03/2025 12:05 PM", datetime(2025, 3, 7, 12, 5)),
        ("07/03/2025 12:05 AM", datetime(2025, 3, 7, 0, 5)),
        ("7 Mar 2025 14:05:09", datetime(2025, 3, 7, 14, 5, 9)),
        ("07.03.2025 14:05", datetime(2025, 3, 7, 14, 5)),
        ("1741356309", datetime(2025, 3, 7, 14, 5, 9)),
        ("1741356309250", datetime(2025, 3, 7, 14, 5, 9, 250000)),
        ("20250307", datetime(2025, 3, 7)),
        ("14:05", None),
        ("2025-03-07 25:05:09", None),
        ("yesterday", None),
    ],
)
def test_times(cursor: Cursor, text: str, expected: datetime | None) -> None:
    assert read(cursor, "time", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("view", "view"),
        ("View", "view"),
        ("pv", "view"),
        ("Page View", "view"),
        ("page_view", "view"),
        ("view_item", "view"),
        ("add-to-cart", "cart"),
        ("AddToCart", "cart"),
        ("ADD TO CART", "cart"),
        ("removed from cart", "remove"),
        ("buy", "purchase"),
        ("fav", "favourite"),
        ("scroll", None),
        ("view; DROP TABLE", None),
        ("'", None),
    ],
)
def test_choices(cursor: Cursor, text: str, expected: str | None) -> None:
    sql = converted(EVENTS["event"], "t0", "NULL::DOUBLE", DAY_FIRST)
    assert value(cursor, sql, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain words", "Plain words"),
        ("Line one\nline two", "Line one\nline two"),
        ("<p>Red <b>mug</b></p>", "Red mug"),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("A<br>B<br/>C", "A B C"),
        ("<script>alert('x')</script>Mug", "Mug"),
        ("<STYLE type='x'>p{}</STYLE>Mug", "Mug"),
        ("<script\n>1</script>Mug", "Mug"),
        ("Salt &amp; pepper", "Salt & pepper"),
        ("&lt;b&gt;", "<b>"),
        ("a&nbsp;b &#39;c&#39; &quot;d&quot;", "a b 'c' \"d\""),
        ("&amp;lt;", "&lt;"),  # unescaped once, not twice
        ("<p></p>", None),
        ("5 < 6", "5 < 6"),
        ("I <3 it", "I <3 it"),
        ("R&D", "R&D"),
    ],
)
def test_sentences_lose_their_markup(cursor: Cursor, text: str, expected: str | None) -> None:
    assert read(cursor, "prose", text) == expected


def decided(
    cursor: Cursor, numbers: list[str] | None = None, dates: list[str] | None = None, hint: Formats = DAY_FIRST
) -> Formats:
    cells = list(numbers or []), list(dates or [])
    size = max(len(one) for one in cells)
    padded = [[*one, *[None] * (size - len(one))] for one in cells]
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE sample AS SELECT unnest(?::VARCHAR[]) AS n, unnest(?::VARCHAR[]) AS d", padded
    )
    return decide(cursor, "sample", ["n"] if numbers is not None else [], ["d"] if dates is not None else [], hint)


@pytest.mark.parametrize(
    ("cells", "hint", "expected"),
    [
        (["2.50", "10"], False, False),
        (["2.50", "10"], True, False),
        (["2,50", "10"], False, True),
        (["1.234,50"], False, True),
        (["1,234.50"], True, False),
        (["1,234", "5,678"], False, False),  # thousands or decimals: the hint says
        (["1,234", "5,678"], True, True),
        (["1.234", "5.678"], True, True),
        (["12", "7"], True, True),
        (["12", "7"], False, False),
        (["", None], False, False),
        (["2,50 €", "3,10 €"], False, True),
        (["2,5", "3.5", "4,5"], False, True),
        (["words, and more"], False, False),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_the_decimal_sign_is_what_the_cells_say_then_the_hint(
    cursor: Cursor, cells: list[str], hint: bool, expected: bool
) -> None:
    assert decided(cursor, numbers=cells, hint=Formats(comma=hint)).comma is expected


@pytest.mark.parametrize(
    ("cells", "hint", "expected", "sure"),
    [
        (["13/01/2025", "01/02/2025"], MONTH_FIRST, "day first", True),
        (["01/13/2025", "01/02/2025"], DAY_FIRST, "month first", True),
        (["30/11/2010", "01/12/2010", "02/12/2010"], MONTH_FIRST, "day first", True),
        (["01/02/2025", "02/02/2025", "03/02/2025"], MONTH_FIRST, "day first", True),  # they run on by days
        (["02/01/2025", "02/02/2025", "02/03/2025"], DAY_FIRST, "month first", True),
        (["03/02/2025", "02/02/2025", "01/02/2025"], MONTH_FIRST, "day first", True),  # also latest first
        (["02/02/2025"], DAY_FIRST, "day first", False),
        (["02/02/2025"], MONTH_FIRST, "month first", False),
        (["03/04/2025"], DAY_FIRST, "day first", False),
        (["03/04/2025", "03/04/2025"], MONTH_FIRST, "month first", False),
        (["2025-03-04"], DAY_FIRST, "day first", True),  # nothing to decide
        (["2025-03-04"], MONTH_FIRST, "month first", True),
        (["3 Mar 2025"], DAY_FIRST, "day first", True),
        (["03.04.2025"], MONTH_FIRST, "month first", True),  # points are always day first
        (["13/01/2025", "13/02/2025", "01/14/2025"], DAY_FIRST, "day first", True),
        ([None, ""], DAY_FIRST, "day first", True),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_the_order_of_day_and_month_has_evidence_or_is_not_sure(
    cursor: Cursor, cells: list[str], hint: Formats, expected: str, sure: bool
) -> None:
    formats = decided(cursor, dates=cells, hint=hint)
    assert (formats.date_order, formats.sure) == (expected, sure)


def test_a_decimal_comma_speaks_for_the_day_first(cursor: Cursor) -> None:
    formats = decided(cursor, ["2,50"], ["03/04/2025"], MONTH_FIRST)
    assert (formats.date_order, formats.sure) == ("day first", True)
    assert any("comma" in words for words in formats.evidence)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["03/04/2025"], "month first"),
        (["01/02/2025", "02/02/2025"], "month first"),  # what an export is known to write goes before how dates run
        (["13/02/2025"], "day first"),  # and what the file says before that
    ],
    ids=str,
)
def test_how_an_export_is_known_to_write_dates(cursor: Cursor, cells: list[str], expected: str) -> None:
    formats = decided(cursor, dates=cells, hint=Formats(date_order="month first", told=True))
    assert (formats.date_order, formats.sure) == (expected, True)
    assert formats.evidence


@pytest.mark.parametrize(
    ("numbers", "dates", "words"),
    [
        (["2,50", "3,1", "4.5"], None, "The decimal sign is a comma in 2 cells looked at, but not in 1 others."),
        (None, ["13/01/2025", "14/01/2025"], "Dates are day first: 2 of those looked at can be read no other way."),
        (None, ["03/04/2025"], "No date in the file says whether day or month comes first; day first is assumed."),
        (None, ["01/02/2025", "02/02/2025"], "the other way they jump 1 times"),
    ],
)
def test_the_evidence_is_said(cursor: Cursor, numbers: list[str] | None, dates: list[str] | None, words: str) -> None:
    assert any(words in said for said in decided(cursor, numbers, dates).evidence)


def test_what_needs_no_word_gets_none(cursor: Cursor) -> None:
    assert decided(cursor, ["2.50"], ["2025-03-04"]).evidence == ()
    assert decided(cursor) == Formats()


EARLY = "".join(f"{at:05},05/06/2025,A,1,1234\n" for at in range(21_000))  # more rows than are looked at first
HEADER = "order_id,date,sku,qty,price\n"


@pytest.mark.parametrize(
    ("last", "day", "price"),
    [
        ("x,25/06/2025,B1,1,1234", date(2025, 6, 5), 1234),
        ("x,06/25/2025,B1,1,1234", date(2025, 5, 6), 1234),
    ],
    ids=["day first", "month first"],
)
def test_a_late_row_decides_for_the_whole_file(
    load: Load, workspace: Workspace, last: str, day: date, price: float
) -> None:
    report = load(HEADER + EARLY + last + "\n")
    assert report.rows_loaded == 21_001
    found = workspace.cursor().execute("SELECT DISTINCT date, unit_price FROM sales WHERE product_id = 'A'").fetchall()
    assert found == [(day, price)]
    assert any("can be read no other way" in note for note in report.notes)


def test_a_late_decimal_comma_decides_for_the_whole_file(load: Load, workspace: Workspace) -> None:
    text = (HEADER + EARLY).replace(",", ";").replace("1234", "1.234") + "x;25/06/2025;B1;1;2,55\n"
    assert load(text).rows_loaded == 21_001
    prices = workspace.cursor().execute("SELECT DISTINCT unit_price FROM sales ORDER BY 1").fetchall()
    assert prices == [(2.55,), (1234.0,)]


def test_dates_that_contradict_each_other_are_refused(load: Load, workspace: Workspace) -> None:
    with pytest.raises(BadFile, match=r"row 4, column date: is not a date .*\('01/14/2025'\)"):
        load("date,sku,qty\n13/01/2025,A,1\n14/01/2025,A,1\n01/14/2025,A,1\n")
    assert workspace.version == 0


@pytest.mark.parametrize(("order", "expected"), [("day first", date(2025, 4, 3)), ("month first", date(2025, 3, 4))])
def test_a_person_may_say_the_order(workspace: Workspace, order: str, expected: date) -> None:
    (staged,) = stage(workspace, "a.csv", b"date,sku,qty\n03/04/2025,A,1\n")
    reading = recognise(workspace, staged)
    (unsure,) = review(workspace, staged, reading)
    assert not unsure.sure_of_dates
    (sure,) = review(workspace, staged, replace(reading, date_order=order))
    assert sure.sure_of_dates
    assert sure.preview["date"][0].date() == expected


def test_a_file_with_unclear_dates_says_so_in_its_report(workspace: Workspace) -> None:
    report = load_into(workspace, "date,sku,qty\n03/04/2025,A,1\n")
    assert any("is assumed" in note for note in report.notes)
