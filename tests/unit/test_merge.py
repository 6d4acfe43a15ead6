"""Exports that overlap: what two files both hold counts once, what a later one says anew replaces the old."""

import random
from datetime import date, timedelta

import pytest

from core import imports
from core.errors import BadFile
from core.workspace import Workspace
from tests.conftest import Load

ALREADY = "already loaded from an earlier file"
REPLACED = "replaced by a later file"
ORDERS = "order_id,date,sku,qty,price\n"


def query(workspace: Workspace, sql: str) -> list[tuple]:
    return workspace.cursor().execute(sql).fetchall()


def lines(workspace: Workspace) -> list[tuple]:
    return query(workspace, "SELECT order_id, product_id, units FROM sales ORDER BY ALL")


def check_counts(workspace: Workspace) -> None:
    """Every batch says how many of its rows are in the table, and the rest of its file is set aside."""
    for batch, table, rows_in, loaded, aside in query(
        workspace, "SELECT batch_id, table_name, rows_in, rows_loaded, rows_set_aside FROM batches"
    ):
        there = f"SELECT count(DISTINCT file_row) FROM {table} WHERE batch_id = {batch}"
        assert query(workspace, there) == [(loaded,)]
        assert loaded + aside == rows_in


# -- orders


def test_the_same_lines_in_two_exports_count_once(load: Load, workspace: Workspace) -> None:
    load(ORDERS + "1,2025-01-06,A,3,2.50\n1,2025-01-06,L,1,10\n2,2025-01-07,A,2,2.50\n")
    report = load(ORDERS + "2,2025-01-07,A,2,2.50\n3,2025-01-08,A,4,2.50\n")
    assert report.set_aside == {ALREADY: 1}
    assert lines(workspace) == [("1", "A", 3), ("1", "L", 1), ("2", "A", 2), ("3", "A", 4)]
    check_counts(workspace)


@pytest.mark.parametrize(("first", "second", "units"), [(2, 2, 6), (1, 2, 6), (2, 1, 6), (2, 3, 9), (3, 1, 9)])
def test_two_equal_lines_of_one_order_stay_two(
    load: Load, workspace: Workspace, first: int, second: int, units: int
) -> None:
    line = "1,2025-01-06,A,3,2.50\n"
    other = "9,2025-01-06,L,1,1\n"
    load(ORDERS + line * first)
    report = load(ORDERS + line * second + other)
    assert query(workspace, "SELECT sum(units) FROM sales WHERE product_id = 'A'") == [(units,)]
    assert report.set_aside == {ALREADY: min(first, second)}
    check_counts(workspace)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (["A,3,2.5"], ["A,2,2.5"], [("A", 2)]),
        (["A,3,2.5", "L,1,9"], ["A,2,2.5", "L,1,9"], [("A", 2), ("L", 1)]),
        (["A,3,2.5"], ["A,3,2.5", "L,1,9"], [("A", 3), ("L", 1)]),
        (["A,3,2.5"], ["A,3,2.0"], [("A", 3)]),
        (["A,3,2.5", "A,3,2.5"], ["A,1,2.5"], [("A", 1)]),
        (["A,3,2.5", "A,3,2.5"], ["A,3,2.5", "A,2,2.5"], [("A", 2), ("A", 3)]),
        (["A,3,2.5", "A,1,2.5"], ["A,3,2.5", "A,2,2.5"], [("A", 2), ("A", 3)]),
        (["A,3,2.5"], ["A,3,2.5", "A,-3,2.5"], [("A", -3), ("A", 3)]),  # and its return
        (["A,3,2.5"], ["A,1,2.5", "A,2,2.0"], [("A", 1), ("A", 2)]),
    ],
    ids=["fewer", "of two", "one more", "cheaper", "two become one", "of equals", "of twins", "return", "split"],
)
def test_an_order_that_changed_is_as_the_later_file_says(
    load: Load, workspace: Workspace, first: list[str], second: list[str], expected: list[tuple]
) -> None:
    def file(orders: list[str]) -> str:
        return ORDERS + "".join(f"1,2025-01-06,{line}\n" for line in orders)

    load(file(first) + "5,2025-01-06,L,1,9\n")
    load(file(second) + "6,2025-01-07,L,1,9\n")
    assert query(workspace, "SELECT product_id, units FROM sales WHERE order_id = '1' ORDER BY ALL") == expected
    assert query(workspace, "SELECT count(*) FROM sales WHERE order_id IN ('5', '6')") == [(2,)]
    check_counts(workspace)


def test_a_return_of_a_later_day_is_netted_and_replaces_nothing(load: Load, workspace: Workspace) -> None:
    load(ORDERS + "1,2025-01-06,A,3,2.50\n2,2025-01-20,A,1,2.50\n")
    load(ORDERS + "1,2025-01-19,A,-1,2.50\n2,2025-01-20,A,1,2.50\n3,2025-01-21,L,1,9\n")
    assert query(workspace, "SELECT sum(units) FROM sales WHERE order_id = '1'") == [(2,)]


def test_an_order_number_that_another_item_has_is_left_alone(load: Load, workspace: Workspace) -> None:
    load(ORDERS + "1,2025-01-06,A,3,2.50\n")
    assert load(ORDERS + "1,2025-01-06,L,3,2.50\n").set_aside == {}
    assert lines(workspace) == [("1", "A", 3), ("1", "L", 3)]


def test_lines_without_an_order_number_do_not_replace_each_other(load: Load, workspace: Workspace) -> None:
    load(ORDERS + ",2025-01-06,A,3,2.50\n1,2025-01-06,L,1,1\n")
    load(ORDERS + ",2025-01-06,A,4,2.50\n1,2025-01-06,L,1,1\n")
    assert query(workspace, "SELECT sum(units) FROM sales WHERE product_id = 'A'") == [(7,)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("date,sku,qty\n2025-01-06,A,3\n", "date,sku,qty,price\n2025-01-06,A,3,2.5\n"),
        ("date,sku,qty,price\n2025-01-06,A,3,2.5\n", "date,sku,qty\n2025-01-06,A,3\n"),
        ("order_id,date,sku,qty\n1,2025-01-06,A,3\n", "order_id,date,sku,qty,price,region\n1,2025-01-06,A,3,2.5,EU\n"),
        ("order_id,date,sku,qty,price,region\n1,2025-01-06,A,3,2.5,EU\n", "order_id,date,sku,qty\n1,2025-01-06,A,3\n"),
        ("order_id,date,sku,qty,title\n1,2025-01-06,A,3,Mug\n", "qty,sku,date,order_id\n3,A,2025-01-06,1\n"),
        ("order_id,date,sku,qty,buyer\n1,2025-01-06,A,3,ann\n", "buyer,order_id,date,sku,qty\nann,1,2025-01-06,A,3\n"),
    ],
    ids=["a price more", "a price less", "more of orders", "less of orders", "another order", "customers"],
)
def test_files_with_other_columns_of_the_same_sales_count_once(
    load: Load, workspace: Workspace, first: str, second: str
) -> None:
    load(first)
    load(second + second.splitlines()[1].replace("A", "L") + "\n")
    assert query(workspace, "SELECT product_id, sum(units), count(*) FROM sales GROUP BY 1 ORDER BY 1") == [
        ("A", 3, 1),
        ("L", 3, 1),
    ]
    check_counts(workspace)


def test_what_is_in_already_to_the_last_row_is_refused(load: Load, workspace: Workspace) -> None:
    load(ORDERS + "1,2025-01-06,A,3,2.50\n2,2025-01-07,A,3,2.50\n")
    before = workspace.version
    with pytest.raises(BadFile, match="all that could be loaded of its 1 rows is in already"):
        load(ORDERS + "2,2025-01-07,A,3,2.50\n", name="again.csv")
    assert workspace.version == before


def test_days_without_orders(load: Load, workspace: Workspace) -> None:
    load("date,sku,qty\n2025-01-06,A,3\n2025-01-07,A,2\n")
    load("date,sku,qty\n2025-01-07,A,5\n2025-01-08,A,1\n")
    assert query(workspace, "SELECT date, units FROM sales ORDER BY 1") == [
        (date(2025, 1, 6), 3),
        (date(2025, 1, 7), 5),
        (date(2025, 1, 8), 1),
    ]


def test_lines_that_only_look_like_days_are_not_replaced(load: Load, workspace: Workspace) -> None:
    """Where an item stands several times on a day, the rows are lines of sales and no totals."""
    load("date,sku,qty\n2025-01-06,A,3\n2025-01-06,A,2\n2025-01-07,A,1\n")
    load("date,sku,qty\n2025-01-06,A,7\n2025-01-07,A,1\n")
    assert query(workspace, "SELECT sum(units) FROM sales") == [(13,)]


# -- other tables

ADS = "date,channel,campaign,spend,clicks\n"


def test_ads_are_restated(load: Load, workspace: Workspace) -> None:
    load(ADS + "2025-01-06,Meta,Spring,10,5\n2025-01-07,Meta,Spring,12,6\n2025-01-07,Meta,Fox,1,1\n")
    report = load(ADS + "2025-01-07,Meta,Spring,13.5,7\n2025-01-07,Meta,Fox,1,1\n2025-01-08,Meta,Spring,9,4\n")
    found = query(workspace, "SELECT date, campaign, spend FROM ads ORDER BY ALL")
    assert found == [
        (date(2025, 1, 6), "Spring", 10.0),
        (date(2025, 1, 7), "Fox", 1.0),
        (date(2025, 1, 7), "Spring", 13.5),
        (date(2025, 1, 8), "Spring", 9.0),
    ]
    assert report.set_aside == {ALREADY: 1}
    assert query(workspace, "SELECT reason, count(*) FROM set_aside GROUP BY 1 ORDER BY 1") == [
        (ALREADY, 1),
        (REPLACED, 1),
    ]
    check_counts(workspace)


def test_ads_of_another_channel_or_without_a_campaign_are_others(load: Load, workspace: Workspace) -> None:
    load(ADS + "2025-01-06,Meta,Spring,10,5\n2025-01-06,Meta,,3,1\n")
    load(ADS + "2025-01-06,Google,Spring,4,5\n2025-01-06,Meta,,5,1\n")
    found = query(workspace, "SELECT channel, campaign, spend FROM ads ORDER BY spend")
    assert found == [("Google", "Spring", 4.0), ("Meta", None, 5.0), ("Meta", "Spring", 10.0)]


def test_prices_of_competitors_are_of_their_day(load: Load, workspace: Workspace) -> None:
    header = "date,competitor,product_id,price\n"
    load(header + "2025-01-06,X,A,10\n2025-01-07,X,A,11\n")
    load(header + "2025-01-07,X,A,12\n2025-01-07,Y,A,9\n2025-01-08,X,A,10\n")
    assert [row[0] for row in query(workspace, "SELECT price FROM competitors ORDER BY date, competitor")] == [
        10,
        12,
        9,
        10,
    ]


EVENTS = ["ts,customer,sku,event", *(f"2025-01-0{day} 10:00,ann,A,view" for day in (6, 7, 8))]
REVIEWS = [
    "date,sku,rating,body,author",
    *("2025-01-06,A,5,Lovely thing,ann", "2025-01-07,A,5,Lovely cup,bob", "2025-01-08,A,1,Broke at once,eve"),
]


@pytest.mark.parametrize(("table", "file"), [("events", EVENTS), ("reviews", REVIEWS)], ids=["events", "reviews"])
def test_what_happened_is_counted_once(load: Load, workspace: Workspace, table: str, file: list[str]) -> None:
    header, old, same, new = (f"{line}\n" for line in file)
    load(header + old + same)
    report = load(header + same + new)
    assert (report.table, report.set_aside) == (table, {ALREADY: 1})
    assert query(workspace, f"SELECT count(*) FROM {table}") == [(3,)]
    imports.undo(workspace, 1)
    assert query(workspace, f"SELECT count(*) FROM {table}") == [(2,)]
    check_counts(workspace)


def test_labels_that_were_given_anew_replace_the_old(load: Load, workspace: Workspace) -> None:
    load("product_id,label,value\nA,intent,low\nL,intent,high\n")
    load("product_id,label,value\nA,intent,high\nV,intent,high\n")
    found = query(workspace, "SELECT product_id, value FROM labels ORDER BY 1")
    assert found == [("A", "high"), ("L", "high"), ("V", "high")]


def test_labels_of_customers_are_replaced_too(load: Load, workspace: Workspace) -> None:
    load("customer_id,label,value\nann,happy,no\nbob,happy,no\n", "labels")
    load("customer_id,label,value\nann,happy,yes\neve,happy,yes\n", "labels")
    assert query(workspace, "SELECT count(*), count(DISTINCT customer_id) FROM labels") == [(3, 3)]


# -- catalogues


def catalogue(workspace: Workspace) -> list[tuple]:
    return query(workspace, "SELECT product_id, title, list_price, cost, brand FROM catalogue ORDER BY 1")


def test_a_catalogue_is_read_column_by_column_as_of_the_latest_file(load: Load, workspace: Workspace) -> None:
    load("sku,title,price,brand\nA,Mug,3,Alder\nL,Lamp,9,\n", "products")
    second = load("sku,title,cost,price\nA,Fox mug,1,\nV,Vase,2,5\n", "products")
    assert catalogue(workspace) == [
        ("A", "Fox mug", 3.0, 1.0, "Alder"),
        ("L", "Lamp", 9.0, None, None),
        ("V", "Vase", 5.0, 2.0, None),
    ]
    imports.undo(workspace, second.batch_id)
    assert catalogue(workspace) == [("A", "Mug", 3.0, None, "Alder"), ("L", "Lamp", 9.0, None, None)]


def test_a_price_that_goes_back_is_the_price(load: Load, workspace: Workspace) -> None:
    for price in (3, 4, 3):
        load(f"sku,title,price\nA,Mug,{price}\nB{price},Vase,{workspace.version + 1}\n", "products")
    assert catalogue(workspace)[0][2] == 3.0


def test_an_item_that_is_new_again_is_as_the_latest_sheet_says(load: Load, workspace: Workspace) -> None:
    for price in (3, 4, 3):
        load(f"item_id,title,price\nN1,Mug,{price}\nN{price}9,Vase,{workspace.version + 1}\n", "new_items")
    latest = "SELECT max_by(price, (batch_id, file_row)) FROM new_items WHERE item_id = 'N1'"
    assert query(workspace, latest) == [(3.0,)]


# -- many files


def random_orders(seed: int) -> list[tuple[date, str]]:
    """Lines of orders with their day; some orders have equal lines, some an item at two prices, some a return."""
    made = random.Random(seed)
    found = []
    for order in range(1, 25):
        day = date(2025, 1, 1) + timedelta(days=made.randrange(20))
        for _ in range(made.randrange(1, 5)):
            line = f"{order},{day},P{made.randrange(3)},{made.choice([1, 1, 2, 5, -1])},{made.choice(['2.50', '3'])}\n"
            found += [(day, line)] * made.choice([1, 1, 1, 2])
    return sorted(found, key=lambda pair: pair[0])


def windows(made: random.Random, days: int = 20) -> list[tuple[date, date]]:
    """Overlapping periods that cover all days, in any order."""
    first = date(2025, 1, 1)
    found = []
    at = 0
    while at < days:
        end = at + made.randrange(4, 10)
        found.append((first + timedelta(days=max(0, at - made.randrange(4))), first + timedelta(days=min(end, days))))
        at = end
    found.append((first + timedelta(days=made.randrange(5)), first + timedelta(days=made.randrange(12, 20))))
    made.shuffle(found)
    return found


def part(whole: list[tuple[date, str]], start: date, end: date) -> str:
    return "".join(line for day, line in whole if start <= day <= end)


def loaded_lines(workspace: Workspace) -> list[str]:
    found = query(workspace, "SELECT order_id, date, product_id, units, unit_price FROM sales")
    return sorted(f"{order},{day},{code},{units},{price:g}" for order, day, code, units, price in found)


def as_lines(text: str) -> list[str]:
    cells = [line.split(",") for line in text.splitlines()]
    return sorted(",".join([*first, f"{float(price):g}"]) for *first, price in cells)


@pytest.mark.parametrize("seed", range(8))
def test_overlapping_parts_in_any_order_are_the_whole(load: Load, workspace: Workspace, seed: int) -> None:
    made, whole = random.Random(seed), random_orders(seed)
    spans = windows(made)
    held: dict[int, tuple[date, date]] = {}
    for start, end in spans:
        if not part(whole, start, end):
            continue
        try:
            held[load(ORDERS + part(whole, start, end), "sales").batch_id] = (start, end)
        except BadFile as error:  # of parts in a random order, one may bring nothing that is new
            assert "is in already" in str(error)
    assert loaded_lines(workspace) == as_lines("".join(line for _, line in whole))
    check_counts(workspace)

    gone = made.choice(sorted(held))
    del held[gone]
    imports.undo(workspace, gone)
    left = [line for day, line in whole if any(start <= day <= end for start, end in held.values())]
    assert loaded_lines(workspace) == as_lines("".join(left))
    check_counts(workspace)


@pytest.mark.parametrize("seed", range(6))
def test_restated_ads_are_as_the_last_file_says_whatever_is_undone(load: Load, workspace: Workspace, seed: int) -> None:
    made = random.Random(seed)
    held: dict[int, dict[tuple[str, str], float]] = {}
    for at, (start, end) in enumerate(windows(made)):
        figures = {
            (str(start + timedelta(days=day)), campaign): made.choice([5.0, 5.0 + at])
            for day in range((end - start).days + 1)
            for campaign in ("Spring", "Fox")
        }
        text = ADS + "".join(f"{day},Meta,{campaign},{spend},1\n" for (day, campaign), spend in figures.items())
        try:
            held[load(text, "ads", f"{at}.csv").batch_id] = figures
        except BadFile as error:
            assert "already" in str(error)

    def expected() -> dict[tuple[str, str], float]:
        latest: dict[tuple[str, str], float] = {}
        for batch in sorted(held):
            latest.update(held[batch])
        return latest

    def there() -> dict[tuple[str, str], float]:
        found = query(workspace, "SELECT date::VARCHAR, campaign, spend FROM ads")
        assert len(found) == len({row[:2] for row in found})  # nothing counts twice
        return {(day, campaign): spend for day, campaign, spend in found}

    assert there() == expected()
    for gone in made.sample(sorted(held), 2):
        del held[gone]
        imports.undo(workspace, gone)
        assert there() == expected()
        check_counts(workspace)
