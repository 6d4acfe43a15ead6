"""The quality report: each check finds what is planted and nothing in clean rows; apply does what was decided."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from core import schema
from core.errors import DebutError
from core.imports import quality
from core.imports.quality import Finding
from core.imports.rules import RULES
from core.tables import TABLES

START = date(2024, 1, 1)  # a Monday
FIRST_ROW = 2
EMPTY_CATALOGUE = "CREATE TABLE catalogue (product_id VARCHAR, title VARCHAR, list_price DOUBLE, first_sale DATE)"

Rows = list[dict]
Make = Callable[[str, Rows], dict[str, Finding]]


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for table in TABLES.values():
            connection.execute(schema.ddl(table))
        connection.execute(EMPTY_CATALOGUE)
        yield connection


@pytest.fixture
def inspect(cursor: duckdb.DuckDBPyConnection) -> Make:
    """Put rows into a draft, as conversion would, and look through it: findings by check."""

    def of(table: str, rows: Rows) -> dict[str, Finding]:
        draft(cursor, table, rows)
        return {finding.check: finding for finding in quality.inspect(cursor, TABLES[table])}

    return of


def draft(cursor: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row if name != "aside"))
    columns = [f'"{name}" {schema.SQL_TYPES[TABLES[table][name].kind]}' for name in names]
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE draft_rows ({', '.join([*columns, 'aside VARCHAR'])})")
    if rows:
        frame = pd.DataFrame(rows, columns=[*names, "aside"]).astype(object)
        frame = frame.where(frame.notna(), None)
        cursor.register("planted", frame.astype("string"))
        cursor.execute("INSERT INTO draft_rows SELECT * FROM planted")
        cursor.unregister("planted")
    cursor.execute(
        f"CREATE OR REPLACE TEMP VIEW draft AS SELECT rowid AS rid, rowid + {FIRST_ROW} AS file_row, * FROM draft_rows"
    )


def flagged(cursor: duckdb.DuckDBPyConnection, check: str) -> list[int]:
    """Places in the list of rows that a check has flagged."""
    query = "SELECT DISTINCT file_row FROM flags WHERE check_id = ? ORDER BY 1"
    return [row - FIRST_ROW for (row,) in cursor.execute(query, [check]).fetchall()]


def values(cursor: duckdb.DuckDBPyConnection, query: str) -> list:
    return [row[0] for row in cursor.execute(query).fetchall()]


def sales(orders: int = 120, days: int = 60, **constant: object) -> Rows:
    """Clean order lines, three an order, of six items with steady prices."""
    random = np.random.default_rng(1)
    rows: Rows = []
    for order in range(orders):
        for item in random.choice(6, 3, replace=False):
            rows.append(
                {
                    "date": START + timedelta(days=order * days // orders),
                    "order_id": f"O{order:04}",
                    "product_id": f"P{item}",
                    "units": int(random.integers(1, 5)),
                    "unit_price": [1.25, 2.5, 4.95, 12.95, 0.85, 7.5][item],
                    "customer_id": f"C{order % 40}",
                    "title": f"Item {item}",
                    **constant,
                }
            )
    return rows


def reviews(count: int = 300) -> Rows:
    """Clean reviews: 20 items, every author twice, ratings of all kinds, no text twice."""
    random = np.random.default_rng(2)
    return [
        {
            "date": START + timedelta(days=int(day)),
            "product_id": f"P{item}",
            "rating": int(rating),
            "body": f"I have used it for {place} days now and I am content with it",
            "customer_id": f"C{place // 2}",
        }
        for place, (day, item, rating) in enumerate(
            zip(
                random.integers(0, 365, count),
                random.integers(0, 20, count),
                random.choice([1, 2, 3, 4, 5], count, p=[0.08, 0.07, 0.1, 0.25, 0.5]),
                strict=True,
            )
        )
    ]


def events(visitors: int = 60, days: int = 60) -> Rows:
    """Clean events: visitors come at odd times, look at some items and sometimes buy."""
    random = np.random.default_rng(3)
    rows: Rows = []
    for day in range(days):
        for visitor in random.choice(visitors, 12, replace=False):
            moment = datetime(2024, 1, 1, 9) + timedelta(days=day, seconds=int(random.integers(0, 40_000)))
            for step in range(int(random.integers(1, 4))):
                moment += timedelta(seconds=int(random.integers(3, 200)))
                rows.append(
                    {
                        "ts": moment,
                        "customer_id": f"C{visitor}",
                        "product_id": f"P{random.integers(0, 6)}",
                        "event": "view" if step < 2 else "purchase",
                    }
                )
    return rows


def ads(days: int = 60) -> Rows:
    """Clean ads of two channels, a line a day."""
    random = np.random.default_rng(4)
    return [
        {
            "date": START + timedelta(days=day),
            "channel": channel,
            "spend": round(float(random.uniform(50, 90)), 2),
            "impressions": int(random.integers(5_000, 9_000)),
            "clicks": int(random.integers(50, 90)),
            "conversions": int(random.integers(0, 9)),
        }
        for day in range(days)
        for channel in ("Google Ads", "Meta")
    ]


def competitors(days: int = 20) -> Rows:
    random = np.random.default_rng(5)
    return [
        {
            "date": START + timedelta(days=day),
            "competitor": shop,
            "title": title,
            "price": round(price * float(random.uniform(0.85, 1.15)), 2),
        }
        for day in range(days)
        for shop in ("Mugs & More", "Potter")
        for title, price in (("Fox mug", 9.9), ("Lamp", 49.0))
    ]


def products() -> Rows:
    return [
        {"product_id": f"P{i}", "title": f"Item {i}", "category": "Kitchen", "list_price": 5.0 + i, "cost": 2.0}
        for i in range(12)
    ]


def new_items() -> Rows:
    return [
        {
            "item_id": f"N{i}",
            "title": f"New item {i}",
            "cost": 2.0,
            "price": 6.0,
            "price_min": 5.0,
            "price_max": 8.0,
            "earliest_launch": date(2099, 1, 5),
            "latest_launch": date(2099, 3, 30),
        }
        for i in range(5)
    ]


CLEAN: dict[str, Callable[[], Rows]] = {
    "sales": sales,
    "reviews": reviews,
    "events": events,
    "ads": ads,
    "competitors": competitors,
    "products": products,
    "new_items": new_items,
    "customers": lambda: [{"customer_id": f"C{i}", "segment": "retail"} for i in range(20)],
    "promotions": lambda: [{"date": START, "product_id": f"P{i}", "promotion": "display"} for i in range(20)],
    "labels": lambda: [{"product_id": f"P{i}", "label": "intent", "value": "high"} for i in range(20)],
}


@pytest.mark.parametrize("table", CLEAN)
def test_clean_rows_raise_no_finding(table: str, inspect: Make) -> None:
    assert inspect(table, CLEAN[table]()) == {}


@pytest.mark.parametrize("table", CLEAN)
def test_an_empty_draft_has_no_finding(table: str, cursor: duckdb.DuckDBPyConnection) -> None:
    draft(cursor, table, [dict.fromkeys(CLEAN[table]()[0]) | {"aside": "blank|an empty line"}])
    assert quality.inspect(cursor, TABLES[table]) == []
    quality.apply(cursor, TABLES[table], [], {})
    assert set(quality.completeness(cursor, TABLES[table])["filled"]) == {0.0}
    weeks = quality.weekly(cursor, TABLES[table])
    assert weeks is None or weeks.empty


# --- any table


@pytest.mark.parametrize(
    ("was", "becomes", "check"),
    [
        ("CafÃ© au lait cup", "Café au lait cup", "garbled"),
        ("CafÃƒÂ© cup", "Café cup", "garbled"),
        ("10â‚¬ voucher holder", "10€ voucher holder", "garbled"),
        ("Childâ€™s mug", "Child’s mug", "garbled"),
        ("ä¸­æ–‡ cup", "中文 cup", "garbled"),
        ("Salt &amp; pepper", "Salt & pepper", "markup"),
        ("<b>Fox</b> mug<br/>", "Fox mug", "markup"),
        ("Child&amp;#39;s mug", "Child's mug", "markup"),
        ("Caf\ufffd cup", None, "garbled"),
        ("NESCAFÉ™ “DÉJÀ” – SÃO PAULO", None, None),
        ("Ärger & Ähre <3", None, None),
        ("茶杯 “红色”", None, None),
    ],
)
def test_text_is_read_back_where_that_works(
    was: str, becomes: str | None, check: str | None, inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = products()
    rows[3]["title"] = was
    found = inspect("products", rows)
    assert set(found) == ({check} if check else set())
    assert values(cursor, "SELECT value FROM flags WHERE file_row = 5") == ([becomes] if check else [])
    quality.apply(cursor, TABLES["products"], list(found.values()), {})
    assert values(cursor, "SELECT title FROM draft WHERE rid = 3") == [becomes or was]


def test_ruined_codes_are_named_and_never_taken_for_copies(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = sales()
    block = [row | {"order_id": "1.93068E+15"} for row in rows[:9]]
    found = inspect("sales", [*rows, *block, *block])
    assert found["ruined_id"].count == 18
    assert found["ruined_id"].proposal == "keep"
    assert set(found) == {"ruined_id"}


def test_dates_that_cannot_be_are_set_aside(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = sales()
    rows[40]["date"] = date(2099, 5, 1)
    rows[100]["date"] = date(1999, 1, 31)
    rows[200]["date"] = rows[200]["date"] + timedelta(days=180)  # a month mistyped, among rows of its true day
    for line in (41, 101, 201):  # one line an order, or the order contradicts itself
        for row in rows[line - 2 : line + 2]:
            row["order_id"] = f"X{id(row)}"
    found = inspect("sales", rows)
    assert {name: finding.count for name, finding in found.items()} == {"future": 1, "far_date": 2}
    assert flagged(cursor, "future") == [40]
    assert flagged(cursor, "far_date") == [100, 200]
    weeks = quality.weekly(cursor, TABLES["sales"])
    assert weeks is not None
    assert weeks["week"].max() < pd.Timestamp(2024, 3, 5)


def test_first_and_last_sales_apart_from_the_rest_are_real(inspect: Make) -> None:
    early = [row | {"date": START - timedelta(days=100), "order_id": "T1"} for row in sales(orders=1)]
    assert inspect("sales", [*early, *sales(orders=400)]) == {}


def test_numbers_out_of_their_bounds_are_set_aside(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = sales()
    rows[7]["unit_price"] = -4.0
    assert inspect("sales", rows)["bounds"].proposal == "set aside"
    assert flagged(cursor, "bounds") == [7]


def test_missing_values_are_told_by_column_and_kept(inspect: Make) -> None:
    rows = sales()
    for row in rows[::4]:
        row["customer_id"] = None
    found = inspect("sales", [row | {"region": None} for row in rows])
    assert list(found) == ["missing customer_id"]  # nothing is said of a column that is blank throughout
    assert found["missing customer_id"].share == pytest.approx(0.25)
    assert found["missing customer_id"].examples["file_row"].tolist() == [2, 6, 10, 14, 18]


def test_rows_already_set_aside_are_left_out(inspect: Make) -> None:
    rows = sales()
    rows[5] |= {"unit_price": -3.0, "title": "CafÃ©", "aside": "service|postage"}
    assert inspect("sales", rows) == {}


# --- sales


def test_an_appended_block_is_set_aside_and_a_second_scan_is_kept(
    inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = sales()
    rows.insert(10, dict(rows[9]))  # the same item again in its order
    found = inspect("sales", [*rows, *rows[100:140]])
    assert flagged(cursor, "copied_block") == list(range(len(rows), len(rows) + 40))
    assert flagged(cursor, "repeated_line") == [10]
    assert (found["copied_block"].proposal, found["repeated_line"].proposal) == ("set aside", "keep")
    assert list(found) == ["copied_block", "repeated_line"]  # what is set aside comes first
    quality.apply(cursor, TABLES["sales"], list(found.values()), {})
    aside = cursor.execute("SELECT aside, count(*) FROM draft WHERE aside IS NOT NULL GROUP BY aside").fetchall()
    assert aside == [("copied_block|a copy of an earlier line of the file", 40)]


def test_an_order_that_lists_its_things_twice_is_no_copy(inspect: Make) -> None:
    rows = sales()
    found = inspect("sales", [*rows[:3], *(dict(row) for row in rows[:3]), *rows[3:]])
    assert set(found) == {"repeated_line"}


def test_without_order_numbers_only_a_long_block_is_a_copy(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    keep = ("date", "product_id", "units")
    rows = [{name: row[name] for name in keep} for row in sales(orders=300)]
    assert inspect("sales", rows) == {}
    block = rows[200:260]
    assert inspect("sales", [*rows, *block])["copied_block"].count == pytest.approx(len(block), abs=3)


def test_orders_that_contradict_themselves_are_told(inspect: Make) -> None:
    rows = sales()
    rows[31]["date"] += timedelta(days=1)
    rows[62]["customer_id"] = "someone else"
    rows[92]["customer_id"] = None  # not known is no contradiction
    found = inspect("sales", rows)
    assert found["order_conflict"].count == 2
    assert found["order_conflict"].unit == "orders"
    assert set(found["order_conflict"].examples["order_id"]) == {"O0010", "O0020"}


def test_items_that_are_not_listed_are_told(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute(
        "INSERT INTO products (product_id, title, batch_id, file_row) SELECT 'P' || i, 'x', 1, i FROM range(5) t(i)"
    )
    found = inspect("sales", sales())
    assert (found["unlisted"].count, found["unlisted"].unit) == (1, "items")
    assert found["unlisted"].examples["product_id"].tolist() == ["P5"]


def test_gaps_are_days_on_which_the_shop_usually_sells(inspect: Make) -> None:
    rows = sales(orders=600, days=150)
    open_days = [row for row in rows if row["date"].isoweekday() != 6]  # closed on Saturdays
    assert "sales_gap" not in inspect("sales", open_days)
    closed = {START + timedelta(days=70 + day) for day in range(7)}
    gap = inspect("sales", [row for row in open_days if row["date"] not in closed])["sales_gap"]
    assert gap.count == 6
    assert gap.examples["day"].tolist() == ["2024-03-11", "2024-03-12", "2024-03-13", "2024-03-14", "2024-03-15"]


@pytest.mark.parametrize(
    ("price", "check", "proposed"),
    [
        (495.0, "price_slip", "4.95"),
        (0.05, "price_slip", "4.95"),
        (49.5, "price_slip", "4.95"),
        (0.5, "price_slip", "4.95"),
        (59.4, "price_off", None),  # a pack of twelve
        (333.0, "price_far", None),
        (7.95, None, None),
    ],
)
def test_prices_off_by_the_decimal_point_are_mended(
    price: float, check: str | None, proposed: str | None, inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = sales()
    at = next(place for place, row in enumerate(rows) if row["product_id"] == "P2" and place > 50)
    rows[at]["unit_price"] = price
    found = inspect("sales", rows)
    if check is None:
        assert found == {}
        return
    assert set(found) == {check}
    assert flagged(cursor, check) == [at]
    assert values(cursor, "SELECT value FROM flags") == [proposed]
    quality.apply(cursor, TABLES["sales"], list(found.values()), {})
    expected = float(proposed) if proposed else price
    assert values(cursor, f"SELECT unit_price FROM draft WHERE rid = {at}") == [expected]


def test_packs_bulk_orders_and_returns_keep_their_prices(inspect: Make) -> None:
    rows = sales()
    own = [row for row in rows if row["product_id"] == "P2"]
    for row in own[::10]:
        row["unit_price"] = 49.5  # ten at once, many a time
    own[5] |= {"unit_price": 0.05, "units": 400}
    own[7] |= {"unit_price": 495.0, "units": -1}
    found = inspect("sales", rows)
    assert found["price_off"].count == len(own[::10]) + 1
    assert not {"price_slip", "price_far"} & set(found)


def test_revenue_is_mended_with_the_price(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = [row | {"revenue": round(row["units"] * row["unit_price"], 2)} for row in sales()]
    at = next(place for place, row in enumerate(rows) if row["product_id"] == "P2")
    units = rows[at]["units"]
    rows[at] |= {"unit_price": 495.0, "revenue": 495.0 * units}
    found = inspect("sales", rows)
    assert set(found) == {"price_slip"}
    quality.apply(cursor, TABLES["sales"], list(found.values()), {})
    fixed = cursor.execute(f"SELECT unit_price, revenue FROM draft WHERE rid = {at}").fetchone()
    assert fixed == pytest.approx((4.95, 4.95 * units))


def test_units_with_extra_zeros_are_told_unless_cancelled_or_usual(
    inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = sales()
    rows[33]["units"] = 300
    rows[90]["units"] = 400
    cancelled = rows[90] | {"units": -400, "order_id": "X1"}
    wholesale = [row | {"units": 500, "customer_id": "W", "order_id": f"W{i}"} for i, row in enumerate(rows[150:153])]
    found = inspect("sales", [*rows, cancelled, *wholesale])
    assert set(found) == {"units_far"}
    assert flagged(cursor, "units_far") == [33]
    assert found["units_far"].proposal == "keep"


def test_titles_that_differ_by_more_than_their_spelling_are_told(inspect: Make) -> None:
    rows = sales()
    rows[3]["title"] = rows[3]["title"].upper() + "  "
    assert inspect("sales", rows) == {}
    own = [row for row in rows if row["product_id"] == "P4"]
    own[-1]["title"] = "damaged"
    titles = inspect("sales", rows)["titles"]
    assert (titles.count, titles.unit, titles.actions) == (1, "items", ("keep",))
    assert set(titles.examples["title"]) == {"Item 4", "damaged"}


def test_a_discount_in_the_revenue_mends_the_price(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = [row | {"revenue": round(row["units"] * row["unit_price"], 2)} for row in sales()]
    rows[20]["revenue"] = round(rows[20]["units"] * rows[20]["unit_price"] * 0.8, 4)
    rows[50]["revenue"] = 987.0  # no price of that item
    rows[80]["revenue"] = -rows[80]["revenue"]
    rows[90]["revenue"] = 0.0
    found = inspect("sales", rows)
    assert {name: finding.count for name, finding in found.items()} == {
        "money_conflict": 2,
        "sign_conflict": 1,
        "price_zero": 1,
    }
    before = rows[50]["unit_price"]
    quality.apply(cursor, TABLES["sales"], list(found.values()), {})
    mended = values(cursor, "SELECT unit_price FROM draft WHERE rid IN (20, 50) ORDER BY rid")
    assert mended == pytest.approx([rows[20]["unit_price"] * 0.8, before])


def test_an_order_total_on_each_line_is_no_revenue(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    frame = pd.DataFrame(sales())
    frame["revenue"] = (frame["units"] * frame["unit_price"]).groupby(frame["order_id"]).transform("sum").round(2)
    found = inspect("sales", frame.to_dict("records"))
    assert set(found) == {"order_total"}
    quality.apply(cursor, TABLES["sales"], list(found.values()), {})
    assert values(cursor, "SELECT bool_and(abs(revenue - units * unit_price) < 0.001) FROM draft") == [True]


# --- products, customers, new items


@pytest.mark.parametrize(
    ("table", "change", "check", "at"),
    [
        ("products", {}, "same_id", 12),
        ("products", {"list_price": 8.5}, "id_conflict", 2),
        ("new_items", {}, "same_id", 5),
        ("customers", {}, "same_id", 20),
        ("customers", {"segment": "trade"}, "id_conflict", 2),
    ],
)
def test_a_code_that_is_listed_twice(
    table: str, change: dict, check: str, at: int, inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = CLEAN[table]()
    found = inspect(table, [*rows, rows[2] | change])
    assert set(found) == {check}
    assert flagged(cursor, check) == [at]
    assert found[check].proposal == "set aside"


@pytest.mark.parametrize(
    ("table", "change", "check", "proposal"),
    [
        ("products", {"title": "ITEM  4"}, "same_title", "keep"),
        ("products", {"cost": 99.0}, "cost_above_price", "keep"),
        ("products", {"list_price": 0.0}, "no_price", "keep"),
        ("products", {"list_price": 1100.0}, "category_price", "keep"),
        ("new_items", {"cost": 7.0}, "cost_above_price", "keep"),
        ("new_items", {"price_min": 9.0}, "price_range", "fix"),
        ("new_items", {"earliest_launch": date(2099, 5, 1)}, "launch_range", "fix"),
    ],
)
def test_rows_of_the_catalogue_that_contradict_themselves(
    table: str, change: dict, check: str, proposal: str, inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = CLEAN[table]()
    rows[2] |= change
    found = inspect(table, rows)
    assert set(found) == {check}
    assert found[check].proposal == proposal
    assert 2 in flagged(cursor, check)


def test_exchanged_limits_are_put_right(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = new_items()
    rows[1] |= {"price_min": 9.0, "price_max": 4.0}
    found = inspect("new_items", rows)
    assert found["price_range"].examples["proposed"].tolist() == ["price_max 9.0, price_min 4.0"]
    quality.apply(cursor, TABLES["new_items"], list(found.values()), {})
    assert cursor.execute("SELECT price_min, price_max FROM draft WHERE rid = 1").fetchone() == (4.0, 9.0)


def test_new_items_that_are_already_sold_are_told(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute(
        "INSERT INTO sales (date, product_id, units, batch_id, file_row) VALUES ('2024-01-01', 'N3', 1, 1, 2)"
    )
    cursor.execute("INSERT INTO catalogue VALUES ('N3', 'x', 1, '2024-01-01'), ('N4', 'y', 1, NULL)")
    assert set(inspect("new_items", new_items())) == {"already_sold"}
    assert flagged(cursor, "already_sold") == [3]


# --- reviews


def test_copied_texts_but_the_first_are_set_aside(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = reviews()
    spam = "Best shop ever, buy from them now, great prices!!"
    copies = [
        rows[i] | {"body": text, "customer_id": f"S{i}"} for i, text in enumerate([spam, spam.upper(), spam + " "])
    ]
    short = [rows[i] | {"body": "Great!", "customer_id": f"T{i}"} for i in range(4)]
    found = inspect("reviews", [*rows, *copies, *short])
    assert set(found) == {"copied_text"}
    assert flagged(cursor, "copied_text") == [301, 302]


def test_a_text_that_the_platform_writes_is_no_copy(inspect: Make) -> None:
    left = {"body": "This customer did not leave any text with the rating."}
    assert inspect("reviews", [row | left if i % 2 else row for i, row in enumerate(reviews())]) == {}


def test_a_burst_of_equal_ratings_is_set_aside(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = reviews()
    day = START + timedelta(days=200)
    burst = [rows[i] | {"date": day, "product_id": "P3", "rating": 5, "body": None} for i in range(25)]
    mixed = [rows[i] | {"date": day, "product_id": "P7", "rating": 2 + i % 3, "body": None} for i in range(12)]
    authors = [row | {"customer_id": f"B{i}"} for i, row in enumerate(burst + mixed)]
    found = inspect("reviews", [*rows, *authors])
    assert found["burst_alike"].proposal == "set aside"
    assert set(range(300, 325)) <= set(flagged(cursor, "burst_alike")) <= {*range(300, 325), *range(300)}
    assert found["burst_alike"].count <= 26
    assert set(flagged(cursor, "burst")) >= set(range(325, 337))
    assert found["burst"].proposal == "keep"


def test_a_day_on_which_all_items_got_reviews_is_no_burst(inspect: Make) -> None:
    rows = reviews(2000)
    moved = [row | {"date": START + timedelta(days=100)} if i < 900 else row for i, row in enumerate(rows)]
    assert not {"burst", "burst_alike"} & set(inspect("reviews", moved))


def test_an_author_with_one_rating_for_everything_is_set_aside(
    inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = reviews()
    for i in range(0, 120, 10):
        rows[i] |= {"customer_id": "hater", "rating": 1}
    for i in range(1, 120, 10):
        rows[i] |= {"customer_id": "fan", "rating": 5}  # half of all ratings are: twelve in a row may be chance
    for i in range(2, 122, 10):
        rows[i] |= {"customer_id": "Anonymous", "rating": 1}
    assert set(inspect("reviews", rows)) == {"author"}
    assert flagged(cursor, "author") == list(range(0, 120, 10))


def test_an_author_with_too_many_reviews_on_a_day_is_set_aside(
    inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = reviews()
    for i in range(0, 160, 8):
        rows[i] |= {"customer_id": "writer", "date": START + timedelta(days=30)}
    assert set(inspect("reviews", rows)) == {"author"}
    assert flagged(cursor, "author") == list(range(0, 160, 8))


def test_ratings_outside_the_stars(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = reviews()
    rows[4]["rating"], rows[9]["rating"] = 0, 11
    assert set(inspect("reviews", rows)) == {"rating_bounds"}
    assert flagged(cursor, "rating_bounds") == [4, 9]


@pytest.mark.parametrize(("times", "highest"), [(2, 5), (20, 5)])
def test_another_scale_is_brought_to_stars(
    times: int, highest: int, inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    found = inspect("reviews", [row | {"rating": row["rating"] * times} for row in reviews()])
    assert set(found) == {"rating_scale"}
    quality.apply(cursor, TABLES["reviews"], list(found.values()), {})
    assert values(cursor, "SELECT list_sort(list(DISTINCT rating)) FROM draft") == [[1, 2, 3, 4, highest]]


def test_reviews_that_say_nothing_or_name_no_item(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("INSERT INTO catalogue SELECT 'P' || i, 'x', 1, NULL FROM range(19) t(i)")
    rows = reviews()
    orphans = [place for place, row in enumerate(rows) if row["product_id"] == "P19" and place != 4]
    rows[4] |= {"rating": None, "body": None, "product_id": "P1"}
    found = inspect("reviews", rows)
    assert flagged(cursor, "empty_review") == [4]
    assert flagged(cursor, "reviews_unknown") == orphans
    assert found["reviews_unknown"].proposal == "keep"


# --- events


def test_events_that_fired_twice_are_set_aside(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = events()
    again = rows[20] | {"ts": rows[20]["ts"] + timedelta(milliseconds=300)}
    counted = [rows[i] | {"customer_id": "anonymous"} for i in (5, 5)]
    assert set(inspect("events", [*rows[:21], again, *rows[21:], *counted])) == {"fired_twice"}
    assert flagged(cursor, "fired_twice") == [21]


def test_without_seconds_equal_events_mean_nothing(inspect: Make) -> None:
    rows = [row | {"ts": row["ts"].replace(hour=0, minute=0, second=0)} for row in events()]
    assert inspect("events", [*rows, *rows[:50]]) == {}


@pytest.mark.parametrize(
    "pause",
    [
        pytest.param([20.0], id="many a day"),
        pytest.param([60.0, 60.0, 61.0], id="regular"),
        pytest.param([0.4, 0.9, 2.0], id="fast"),
    ],
)
def test_machines_are_set_aside(pause: list[float], inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = events()
    count = 1_600 if pause == [20.0] else 400
    moments = np.cumsum(np.resize(pause, count))
    bot = [
        {
            "ts": datetime(2024, 1, 20) + timedelta(seconds=float(second)),
            "customer_id": "B",
            "product_id": f"P{i % 6}",
            "event": "view",
        }
        for i, second in enumerate(moments)
    ]
    regular = [row | {"customer_id": "fan"} for row in rows[::2]]  # hundreds of events at the times of a person
    found = inspect("events", [*rows, *regular, *bot])
    assert flagged(cursor, "bot") == list(range(len(rows) + len(regular), len(rows) + len(regular) + count))
    assert set(found) == {"bot"}


def test_an_outage_of_the_tracking_is_a_gap(inspect: Make) -> None:
    outage = {START + timedelta(days=30 + day) for day in range(5)}
    found = inspect("events", [row for row in events() if row["ts"].date() not in outage])
    assert set(found) == {"events_gap"}
    assert found["events_gap"].count == 5
    assert found["events_gap"].examples["day"].tolist()[0] == "2024-01-31"


def test_events_of_items_that_are_not_there(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute(
        "INSERT INTO sales (date, product_id, units, batch_id, file_row) VALUES ('2024-01-01', 'P0', 1, 1, 2)"
    )
    first = "CASE WHEN i < 4 THEN DATE '2024-01-01' END"
    cursor.execute(f"INSERT INTO catalogue SELECT 'P' || i, 'x', 1, {first} FROM range(5) t(i)")
    rows = events()
    found = inspect("events", rows)
    assert flagged(cursor, "events_unknown") == [i for i, row in enumerate(rows) if row["product_id"] == "P5"]
    assert found["bought_never_sold"].count == 1
    assert found["bought_never_sold"].examples["product_id"].tolist() == ["P4"]


# --- ads, competitors, promotions, labels


@pytest.mark.parametrize(
    ("change", "check", "proposal"),
    [
        ({"clicks": 9_500}, "clicks_above", "keep"),
        ({"conversions": 99}, "conversions_above", "keep"),
        ({"impressions": 0, "clicks": 0, "conversions": 0}, "spend_unseen", "keep"),
        ({"spend": 2_000.0}, "spend_spike", "keep"),
        ({"spend": -5.0}, "bounds", "set aside"),
    ],
)
def test_ads_that_cannot_be(
    change: dict, check: str, proposal: str, inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = ads()
    rows[40] |= change
    found = inspect("ads", rows)
    assert set(found) == {check}
    assert found[check].proposal == proposal
    assert flagged(cursor, check) == [40]


def test_a_day_of_ads_twice_is_set_aside_and_equal_budgets_are_kept(
    inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = ads()
    budget = rows[60] | {"spend": 10.0, "impressions": 0, "clicks": 0, "conversions": 0}
    inspect("ads", [*rows, *rows[30:32], budget, dict(budget)])
    assert flagged(cursor, "same_line") == [120, 121]
    assert flagged(cursor, "like_line") == [123]


def test_a_channel_that_is_away_for_days_is_told(inspect: Make) -> None:
    away = {START + timedelta(days=20 + day) for day in range(4)}
    found = inspect("ads", [row for row in ads() if row["channel"] != "Meta" or row["date"] not in away])
    assert set(found) == {"ads_gap"}
    assert found["ads_gap"].examples["day"].tolist() == [f"2024-01-{day} Meta" for day in range(21, 25)]


@pytest.mark.parametrize(
    ("factor", "check"), [(10, "rival_slip"), (0.01, "rival_slip"), (33, "rival_far"), (0, "rival_zero"), (3, None)]
)
def test_competitor_prices_off_the_item(
    factor: float, check: str | None, inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = competitors()
    usual = rows[8]["price"]
    rows[8]["price"] = usual * factor
    found = inspect("competitors", rows)
    assert set(found) == ({check} if check else set())
    quality.apply(cursor, TABLES["competitors"], list(found.values()), {})
    (price, aside) = cursor.execute("SELECT price, aside FROM draft WHERE rid = 8").fetchone() or ()
    if check == "rival_slip":
        assert price == pytest.approx(usual)
    assert (aside is not None) == (check in ("rival_far", "rival_zero"))


@pytest.mark.parametrize("table", ["competitors", "promotions", "labels"])
def test_the_same_line_again_is_set_aside(table: str, inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = CLEAN[table]()
    assert set(inspect(table, [*rows, rows[3]])) == {"same_line"}
    assert flagged(cursor, "same_line") == [len(rows)]


# --- decisions and pictures


@pytest.mark.parametrize(
    ("decision", "price", "aside"),
    [
        ("fix", 4.95, None),
        ("keep", 495.0, None),
        ("set aside", 495.0, "price_slip|a price with the decimal point in the wrong place"),
    ],
)
def test_a_decision_goes_before_the_proposal(
    decision: quality.Action, price: float, aside: str | None, inspect: Make, cursor: duckdb.DuckDBPyConnection
) -> None:
    rows = sales()
    at = next(place for place, row in enumerate(rows) if row["product_id"] == "P2")
    rows[at]["unit_price"] = 495.0
    found = inspect("sales", rows)
    quality.apply(cursor, TABLES["sales"], list(found.values()), {"price_slip": decision})
    assert cursor.execute(f"SELECT unit_price, aside FROM draft WHERE rid = {at}").fetchone() == (price, aside)
    assert values(cursor, "SELECT count(aside) FROM draft") == [int(aside is not None)]


def test_a_decision_that_is_not_offered_is_refused(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = sales()
    rows[33]["units"] = 300
    found = inspect("sales", rows)
    with pytest.raises(DebutError, match="Far more units"):
        quality.apply(cursor, TABLES["sales"], list(found.values()), {"units_far": "fix"})


def test_rows_of_one_line_of_the_file_are_told_apart(cursor: duckdb.DuckDBPyConnection) -> None:
    """A line of the file that names several products becomes several rows; only the odd one is mended."""
    rows = sales()
    at = next(place for place, row in enumerate(rows) if row["product_id"] == "P2")
    rows[at]["unit_price"] = 495.0
    draft(cursor, "sales", rows)
    cursor.execute(
        "CREATE OR REPLACE TEMP VIEW draft AS SELECT rowid AS rid, rowid // 3 + 2 AS file_row, * FROM draft_rows"
    )
    found = quality.inspect(cursor, TABLES["sales"])
    assert values(cursor, "SELECT file_row FROM flags") == [at // 3 + 2]
    quality.apply(cursor, TABLES["sales"], found, {})
    prices = values(cursor, "SELECT unit_price FROM draft ORDER BY rid")
    assert prices == [4.95 if place == at else row["unit_price"] for place, row in enumerate(rows)]


def test_an_inspection_leaves_only_its_flags(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    inspect("sales", sales())
    left = values(cursor, "SELECT name FROM (SHOW ALL TABLES) WHERE database = 'temp' ORDER BY name")
    assert left == ["draft", "draft_rows", "flags"]


def test_completeness_is_the_share_of_filled_cells(inspect: Make, cursor: duckdb.DuckDBPyConnection) -> None:
    rows = sales()
    for row in rows[::3]:
        row["title"] = None
    draft(cursor, "sales", rows)
    full = quality.completeness(cursor, TABLES["sales"]).set_index("column")["filled"]
    assert full["title"] == pytest.approx(2 / 3)
    assert (full.drop("title") == 1).all()


def test_weeks_show_where_rows_are_missing(cursor: duckdb.DuckDBPyConnection) -> None:
    rows = sales(orders=600, days=140)
    gone = {START + timedelta(days=70 + day) for day in range(7)}
    few = {START + timedelta(days=105 + day) for day in range(6)}
    draft(cursor, "sales", [row for row in rows if row["date"] not in gone | few])
    weeks = quality.weekly(cursor, TABLES["sales"])
    assert weeks is not None
    assert list(weeks.columns) == ["week", "rows", "units", "gap"]
    assert weeks.loc[weeks["gap"], "week"].dt.date.tolist() == [date(2024, 3, 11), date(2024, 4, 15)]
    assert weeks["units"].sum() == sum(row["units"] for row in rows if row["date"] not in gone | few)
    draft(cursor, "products", products())
    assert quality.weekly(cursor, TABLES["products"]) is None


def test_a_large_file_is_looked_through_whole(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute("""
        CREATE TEMP TABLE draft_rows AS
        WITH lines AS (SELECT i, hash(i) % 500 AS item FROM range(300_000) t(i))
        SELECT DATE '2024-01-01' + (i // 1000)::INTEGER AS date, 'O' || i // 3 AS order_id, 'P' || item AS product_id,
               1 + (hash(i + 1) % 3)::BIGINT AS units, 2.0 + item AS unit_price, 'C' || (i // 3) % 5000 AS customer_id,
               NULL::VARCHAR AS aside FROM lines""")
    cursor.execute("INSERT INTO draft_rows FROM (SELECT * FROM draft_rows WHERE rowid >= 150_000 AND rowid < 160_000)")
    cursor.execute("UPDATE draft_rows SET unit_price = unit_price * 100 WHERE rowid % 50_000 = 7")
    cursor.execute("CREATE TEMP VIEW draft AS SELECT rowid AS rid, rowid + 2 AS file_row, * FROM draft_rows")
    found = {finding.check: finding.count for finding in quality.inspect(cursor, TABLES["sales"])}
    assert found["price_slip"] == 7
    assert found["copied_block"] == pytest.approx(10_000, abs=10)


@pytest.mark.shared
def test_hardly_a_line_of_a_real_shop_is_touched(retail: Path, cursor: duckdb.DuckDBPyConnection) -> None:
    """Packs beside singles, wholesale prices, things scanned twice: usual there, and no defects."""
    service = " OR ".join(f"({rule.condition})" for rule in RULES if rule.table == "sales")
    cursor.execute(
        f"""CREATE TEMP TABLE draft_rows AS
            SELECT *, CASE WHEN {service} THEN 'service|no sale of a product' END AS aside
            FROM (SELECT InvoiceDate::TIMESTAMP::DATE AS date, Invoice AS order_id, StockCode AS product_id,
                         Description AS title, Quantity::BIGINT AS units, Price::DOUBLE AS unit_price,
                         "Customer ID" AS customer_id, Country AS region
                  FROM read_csv(?, all_varchar = true))""",
        [str(retail)],
    )
    cursor.execute("CREATE TEMP VIEW draft AS SELECT rowid AS rid, rowid + 2 AS file_row, * FROM draft_rows")
    findings = quality.inspect(cursor, TABLES["sales"])
    assert sum(finding.count for finding in findings if finding.proposal == "set aside") <= 20
    assert sum(finding.count for finding in findings if finding.proposal == "fix") <= 5
    assert {"repeated_line", "titles", "sales_gap", "missing customer_id"} <= {finding.check for finding in findings}
