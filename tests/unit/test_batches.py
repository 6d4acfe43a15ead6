"""Imports that are in: taking them out again, bringing rows back, two tables of one file, and the file itself."""

import gzip
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from core import imports
from core.errors import BadFile
from core.imports.headers import Headers
from core.imports.profile import Feed, Rows
from core.imports.recognise import Reading
from core.tables import TABLES
from core.workspace import Workspace
from tests.conftest import Load

ALREADY = "already loaded from an earlier file"
REPLACED = "replaced by a later file"
NO_PRODUCT = "no product: postage, fees, vouchers, adjustments"
ORDERS = "order_id,date,sku,qty,price,title\n"
ADS = "date,channel,spend,clicks\n"


def query(workspace: Workspace, sql: str) -> list[tuple]:
    return workspace.cursor().execute(sql).fetchall()


def state(workspace: Workspace) -> dict[str, list[tuple]]:
    """All tables of the shop, but for what only counts writes or names the key of the customer ids."""
    cursor = workspace.cursor()
    tables = ["batches", "set_aside", "catalogue", "profiles", *TABLES]
    return {name: cursor.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in tables}


def check_counts(workspace: Workspace) -> None:
    for batch, table, rows_in, loaded, aside in query(
        workspace, "SELECT batch_id, table_name, rows_in, rows_loaded, rows_set_aside FROM batches"
    ):
        there = f"SELECT count(DISTINCT file_row) FROM {table} WHERE batch_id = {batch}"
        assert query(workspace, there) == [(loaded,)]
        assert loaded + aside == rows_in


# -- undo

FILES = {
    "products": (
        "sku,title,price,Colour\nA,Mug,3,red\nL,Lamp,9,\n",
        "sku,title,price,Colour,cost\nA,Mug,3,red,\nL,Lamp,8,blue,4\nV,Vase,1,,\n",
    ),
    "sales": (
        ORDERS + "1,2025-01-06,A,3,2.5,Mug\n1,2025-01-06,L,1,9,Lamp\n2,2025-01-07,A,1,2,Mug\n2,2025-01-07,POST,1,5,\n",
        ORDERS + "1,2025-01-06,L,2,9,Lamp\n2,2025-01-07,A,1,2,Mug\n2,2025-01-07,POST,1,5,\n3,2025-01-08,V,1,9,Vase\n",
    ),
    "ads": (
        ADS + "2025-01-06,Meta,10.1,5\n2025-01-07,Meta,12,6\n2025-01-07,Google,-1,1\n",
        ADS + "2025-01-07,Meta,0.30000000000000004,7\n2025-01-08,Meta,1,1\n2025-01-06,Meta,10.1,5\n",
    ),
    "events": (
        "ts,customer,sku,event,query\n2025-01-06 10:00:01,ann,A,view,\n2025-01-06 10:00:02,ann,,search,it's |mug|\n",
        "ts,customer,sku,event,query\n2025-01-06 10:00:02,ann,,search,it's |mug|\n2025-01-06 10:00:03.5,ann,A,cart,\n",
    ),
    "reviews": (
        "date,sku,rating,body,author\n2025-01-06,A,5,Lovely,ann\n,A,4,\"So, so \"\"nice\"\"\",bob\n",
        "date,sku,rating,body,author\n,A,4,\"So, so \"\"nice\"\"\",bob\n2025-01-07,A,1,Broke,eve\n",
    ),
    "competitors": (
        "date,shop,price,title\n2025-01-06,X,3,Mug\n2025-01-07,X,3,Mug\n",
        "date,shop,price,title\n2025-01-07,X,4,Mug\n2025-01-06,X,3,Mug\n2025-01-08,X,3,Mug\n",
    ),
    "customers": (
        "customer id,segment,Height (cm)\nann,a,170\nbob,b,\n",
        "customer id,segment,Height (cm)\nann,a,170\nbob,c,180\neve,a,\n",
    ),
    "labels": (
        "product_id,label,value\nA,intent,low\nL,intent,high\n",
        "product_id,label,value\nA,intent,high\nL,intent,high\nV,intent,low\n",
    ),
    "new_items": (
        "item_id,title,price,Colour\nN1,Mug,3,red\nN2,Lamp,9,\n",
        "item_id,title,price,Colour\nN1,Mug,4,red\nN2,Lamp,9,\nN3,Vase,1,\n",
    ),
    "promotions": (
        "date,product_id,promotion\n2025-01-06,A,mailer\n2025-01-07,L,coupon\n",
        "date,product_id,promotion\n2025-01-07,L,coupon\n2025-01-08,L,coupon\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("table", FILES)
def test_undo_of_the_later_file_leaves_the_shop_as_it_was(load: Load, workspace: Workspace, table: str) -> None:
    first, second = FILES[table]
    load(first, table, "first.csv")
    before = state(workspace)
    report = load(second, table, "second.csv")
    check_counts(workspace)
    imports.undo(workspace, report.batch_id)
    assert state(workspace) == before


@pytest.mark.parametrize("table", FILES)
def test_undo_of_the_earlier_file_leaves_what_the_later_one_alone_makes(
    load: Load, workspace: Workspace, tmp_path: Path, table: str
) -> None:
    first, second = FILES[table]
    report = load(first, table)
    load(second, table)
    imports.undo(workspace, report.batch_id)
    columns = ", ".join(f'"{column.name}"' for column in TABLES[table] if not column.person)
    columns += ", attributes::VARCHAR" if TABLES[table].attributes else ""
    there = f"SELECT {columns}, file_row FROM {table} ORDER BY ALL"
    with Workspace(tmp_path / "alone") as alone:
        (staged,) = imports.stage(alone, "second.csv", second.encode())
        imports.load(alone, staged, imports.recognise(alone, staged, table))
        assert query(workspace, there) == query(alone, there)
        listed = "SELECT * EXCLUDE (loaded_at, batch_id, file_name, sha256, quality) FROM batches"
        assert query(workspace, listed) == query(alone, listed)
        assert query(workspace, "SELECT product_id, title, list_price FROM catalogue ORDER BY 1") == query(
            alone, "SELECT product_id, title, list_price FROM catalogue ORDER BY 1"
        )
    check_counts(workspace)


@pytest.mark.parametrize("table", FILES)
def test_undo_of_everything_leaves_nothing(load: Load, workspace: Workspace, table: str) -> None:
    before = state(workspace)
    for text in FILES[table]:
        load(text, table)
    for batch in (1, 2):
        imports.undo(workspace, batch)
    assert state(workspace) == before


def short(value: str | int) -> str:
    return str((ONE, TWO, THREE).index(value) + 1) if isinstance(value, str) else f"-{value}"


ONE, TWO, THREE = (ADS + f"2025-01-07,Meta,{spend},6\n" for spend in (10, 12, 15))


@pytest.mark.parametrize(
    ("files", "gone", "spend"),
    [
        ([ONE, TWO, THREE], [3], 12),
        ([ONE, TWO, THREE], [2], 15),
        ([ONE, TWO, THREE], [1], 15),
        ([ONE, TWO, THREE], [2, 3], 10),
        ([ONE, TWO, THREE], [3, 2], 10),
        ([ONE, TWO, THREE], [1, 3], 12),
        ([ONE, TWO, THREE], [1, 2], 15),
        ([ONE, ONE, ONE], [1], 10),
        ([ONE, ONE, ONE], [2], 10),
        ([ONE, ONE, ONE], [1, 2], 10),
        ([ONE, TWO, TWO], [2], 12),
        ([ONE, TWO, TWO], [3], 12),
        ([ONE, TWO, TWO], [2, 3], 10),
        ([ONE, TWO, ONE], [2], 10),
        ([ONE, TWO, ONE], [3], 12),
        ([ONE, TWO, ONE], [1], 10),
        ([ONE, ONE, TWO], [3], 10),
        ([ONE, ONE, TWO], [1], 12),
        ([ONE, ONE, TWO], [1, 3], 10),
    ],
    ids=lambda value: " ".join(map(short, value)) if isinstance(value, list) else "",
)
def test_undo_among_three_files_leaves_what_the_others_say(
    load: Load, workspace: Workspace, files: list[str], gone: list[int], spend: float
) -> None:
    for at, text in enumerate(files):  # a day of its own, so that each brings something new
        load(text + f"2025-02-0{at + 1},Meta,1,1\n")
    for batch in gone:
        imports.undo(workspace, batch)
    assert query(workspace, "SELECT spend FROM ads WHERE date < '2025-02-01'") == [(spend,)]
    assert query(workspace, "SELECT count(*) FROM ads") == [(4 - len(gone),)]
    check_counts(workspace)


def test_undo_of_rows_that_are_several_in_the_table(workspace: Workspace) -> None:
    """A row of the file that covers a month is one row in every count."""
    rows = Rows(period={"start": "Start", "end": "End"})
    columns = {"date": {"period": "start"}, "channel": {"value": "Meta"}, "spend": "Spent"}
    feed = Feed("ads", columns, rows)

    def load_period(text: str) -> int:
        (staged,) = imports.stage(workspace, "month.csv", text.encode())
        reading = Reading(Headers(staged.headers), None, (feed,), 1.0)
        (report,) = imports.load(workspace, staged, reading, spread=True)
        return report.batch_id

    load_period("Start,End,Spent\n2025-01-01,2025-01-10,100\n")
    before = state(workspace)
    second = load_period("Start,End,Spent\n2025-01-06,2025-01-15,50\n")
    assert query(workspace, "SELECT sum(spend), count(*) FROM ads") == [(100.0, 15)]
    counts = query(workspace, "SELECT rows_in, rows_loaded, rows_set_aside FROM batches ORDER BY batch_id")
    assert all(0 <= loaded <= rows_in and aside >= 0 for rows_in, loaded, aside in counts)
    imports.undo(workspace, second)
    assert state(workspace) == before


def test_undo_of_an_import_that_is_not_there_changes_nothing(load: Load, workspace: Workspace) -> None:
    load(FILES["sales"][0])
    before = state(workspace)
    imports.undo(workspace, 99)
    assert state(workspace) == before


# -- bringing rows back

ODD = (
    ORDERS + "1,2025-01-06,A,3,2.5,Mug\n1,2025-01-06,POST,1,5,Post\n2,2025-01-07,L,1,0,Lamp\n3,2025-01-07,V,x,1,Vase\n"
)


def test_rows_come_back_by_their_reason(load: Load, workspace: Workspace) -> None:
    report = load(ODD, set_aside_bad=True)
    assert report.rows_loaded == 1
    assert imports.bring_back(workspace, report.batch_id, NO_PRODUCT) == 1
    assert query(workspace, "SELECT product_id, units, unit_price, file_row FROM sales ORDER BY file_row") == [
        ("A", 3, 2.5, 2),
        ("POST", 1, 5.0, 3),
    ]
    assert imports.bring_back(workspace, report.batch_id, "no price: gift, sample or stock adjustment") == 1
    assert query(workspace, "SELECT product_id, title FROM catalogue ORDER BY 1") == [
        ("A", "Mug"),
        ("L", "Lamp"),
        ("POST", "Post"),
    ]
    check_counts(workspace)
    assert imports.set_aside_rows(workspace.cursor(), report.batch_id)["file_row"].tolist() == [5]


def test_rows_that_cannot_be_read_do_not_come_back(load: Load, workspace: Workspace) -> None:
    report = load(ODD, set_aside_bad=True)
    before = state(workspace)
    for reason in ("units: is not a whole number", "no such reason"):
        with pytest.raises(BadFile, match="None of these rows can be loaded"):
            imports.bring_back(workspace, report.batch_id, reason)
    assert state(workspace) == before


def test_a_row_of_which_only_an_optional_cell_is_bad_comes_back_without_it(load: Load, workspace: Workspace) -> None:
    report = load("item_id,title,price\nN1,Mug,3\nN2,Lamp,dear\n", set_aside_bad=True)
    assert imports.bring_back(workspace, report.batch_id, "price: is not an amount") == 1
    assert query(workspace, "SELECT item_id, price FROM new_items ORDER BY 1") == [("N1", 3.0), ("N2", None)]
    check_counts(workspace)


def test_what_came_back_leaves_with_its_import(load: Load, workspace: Workspace) -> None:
    before = state(workspace)
    report = load(ODD, set_aside_bad=True)
    imports.bring_back(workspace, report.batch_id, NO_PRODUCT)
    imports.undo(workspace, report.batch_id)
    assert state(workspace) == before


def test_rows_come_back_as_they_would_have_been_loaded(load: Load, workspace: Workspace) -> None:
    """Texts with every sign, times with fractions, numbers to the last digit, attributes, hashed ids."""
    odd = 'it\'s \\ "x" {1} [2] %s \u2603 \U0001f600\nnext'
    frame = pd.DataFrame(
        {"customer id": ["ann", "bob"], "segment": [odd, odd], "joined": ["2025-01-06"] * 2, odd: ["0.1", odd]}
    )
    first = load(frame.to_csv(index=False), "customers")
    there = "SELECT * EXCLUDE (batch_id) FROM customers ORDER BY file_row"
    expected = query(workspace, there)
    assert json.loads(expected[1][5]) == {odd: odd}
    load(frame.to_csv(index=False) + "eve,x,,\n", "customers")
    imports.undo(workspace, first.batch_id)
    assert query(workspace, there)[:2] == expected


# -- two tables from one file

VISITS = "day,sku,views,qty,price\n2025-01-06,A,10,2,3\n2025-01-07,A,5,1,3\n"
ANYONE = {"customer_id": {"value": "anonymous"}, "event": {"value": "view"}}
BOTH = (
    Feed("sales", {"date": "day", "product_id": "sku", "units": "qty", "unit_price": "price"}),
    Feed("events", {"ts": "day", "product_id": "sku", "count": "views", **ANYONE}),
)


def staged_both(workspace: Workspace, text: str = VISITS) -> tuple[imports.Staged, Reading]:
    (staged,) = imports.stage(workspace, "visits.csv", text.encode())
    return staged, Reading(Headers(staged.headers), None, BOTH, 1.0)


def test_one_file_feeds_two_tables(workspace: Workspace) -> None:
    staged, reading = staged_both(workspace)
    told: list[float] = []
    reports = imports.load(workspace, staged, reading, report=lambda done, note: told.append(done))
    assert [(one.table, one.rows_loaded) for one in reports] == [("sales", 2), ("events", 2)]
    assert query(workspace, "SELECT sum(units) FROM sales") == [(3,)]
    assert query(workspace, 'SELECT sum("count") FROM events') == [(15,)]
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert workspace.version == 1
    assert list(workspace.incoming.iterdir()) == []
    imports.undo(workspace, reports[0].batch_id)
    assert query(workspace, "SELECT count(*) FROM sales UNION ALL SELECT count(*) FROM events") == [(0,), (2,)]


@pytest.mark.parametrize("at", [0, 1])
def test_a_fault_in_either_table_leaves_nothing_of_both(load: Load, workspace: Workspace, at: int) -> None:
    load(FILES["products"][0], "products")
    before = state(workspace), workspace.version
    staged, reading = staged_both(
        workspace, VISITS.replace(",1,3", ",x,3") if at == 0 else VISITS.replace(",5,", ",x,")
    )
    with pytest.raises(BadFile, match="is not a whole number"):
        imports.load(workspace, staged, reading, keep=True)
    assert (state(workspace), workspace.version) == before
    assert not list(workspace.originals.glob("*"))
    staged.discard()
    staged, reading = staged_both(workspace)
    assert len(imports.load(workspace, staged, reading)) == 2


def test_a_crash_on_the_way_leaves_nothing(workspace: Workspace) -> None:
    staged, reading = staged_both(workspace)
    before = state(workspace), workspace.version

    def report(done: float, note: str) -> None:
        if done > 0.8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports.load(workspace, staged, reading, keep=True, report=report)
    assert (state(workspace), workspace.version) == before


def test_a_table_without_rows_does_not_stop_the_other(workspace: Workspace) -> None:
    staged, reading = staged_both(workspace, "day,sku,views,qty,price\n2025-01-06,A,10,0,3\n")
    (report,) = imports.load(workspace, staged, reading)
    assert (report.table, report.rows_loaded) == ("events", 1)
    assert query(workspace, "SELECT table_name FROM batches") == [("events",)]


# -- the same file again


def test_the_same_bytes_go_into_each_table_once(load: Load, workspace: Workspace) -> None:
    text = "sku,title,price\nA,Mug,3\n"
    load(text, "products")
    assert load(text, "new_items").table == "new_items"
    with pytest.raises(BadFile, match="is already in"):
        load(text, "new_items")


def test_one_of_its_tables_is_enough_to_know_a_file(workspace: Workspace) -> None:
    staged, reading = staged_both(workspace)
    first, second = imports.load(workspace, staged, reading)
    imports.undo(workspace, first.batch_id)
    before = state(workspace)
    staged, reading = staged_both(workspace)
    with pytest.raises(BadFile, match="is already in"):
        imports.load(workspace, staged, reading)
    assert state(workspace) == before
    sales = replace(reading, tables=reading.tables[:1])
    assert imports.load(workspace, staged, sales)[0].rows_loaded == 2
    assert second.batch_id in imports.batches(workspace.cursor())["batch_id"].tolist()


# -- the file itself


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_the_file_is_kept_as_it_was_where_that_is_wanted(workspace: Workspace, packed: bool) -> None:
    given = FILES["sales"][0].encode()
    given = gzip.compress(given) if packed else given
    (staged,) = imports.stage(workspace, "../../orders of may.csv", given)
    (report,) = imports.load(workspace, staged, imports.recognise(workspace, staged), keep=True)
    (kept,) = workspace.originals.iterdir()
    assert kept.read_bytes() == given
    assert kept.name == staged.sha256
    assert query(workspace, "SELECT original FROM batches") == [(kept.name,)]
    assert list(workspace.incoming.iterdir()) == []
    imports.undo(workspace, report.batch_id)
    assert list(workspace.originals.iterdir()) == []


def test_nothing_is_kept_unasked(load: Load, workspace: Workspace) -> None:
    load(FILES["sales"][0])
    assert not workspace.originals.exists()


def test_a_kept_file_stays_as_long_as_an_import_refers_to_it(workspace: Workspace) -> None:
    staged, reading = staged_both(workspace)
    first, second = imports.load(workspace, staged, reading, keep=True)
    assert imports.batches(workspace.cursor())["original"].nunique() == 1
    imports.undo(workspace, first.batch_id)
    assert len(list(workspace.originals.iterdir())) == 1
    imports.undo(workspace, second.batch_id)
    assert list(workspace.originals.iterdir()) == []


# -- the list


def test_the_list_of_imports(load: Load, workspace: Workspace) -> None:
    load(FILES["sales"][0], name="one.csv")
    load(FILES["new_items"][0], "new_items", name="two.csv")
    listed = imports.batches(workspace.cursor())
    shown = listed[["batch_id", "file_name", "table_name", "rows_in", "rows_loaded", "rows_set_aside"]]
    assert shown.to_numpy().tolist() == [[2, "two.csv", "new_items", 2, 2, 0], [1, "one.csv", "sales", 4, 3, 1]]
    assert listed["profile"].str.len().gt(0).all()
    assert listed["original"].isna().all()
    quality = json.loads(query(workspace, "SELECT quality FROM batches WHERE batch_id = 1")[0][0])
    assert quality["service"]["count"] == 1


def test_set_aside_rows_of_an_import_without_any(load: Load, workspace: Workspace) -> None:
    report = load(FILES["new_items"][0], "new_items")
    frame = imports.set_aside_rows(workspace.cursor(), report.batch_id)
    assert len(frame) == 0


def test_what_a_later_file_replaced_is_listed_with_its_values(load: Load, workspace: Workspace) -> None:
    report = load(ADS + "2025-01-06,Meta,10,5\n")
    load(ADS + "2025-01-06,Meta,11,5\n")
    (row,) = imports.set_aside_rows(workspace.cursor(), report.batch_id).to_dict("records")
    assert (row["file_row"], row["reason"], row["spend"], row["channel"]) == (2, REPLACED, 10.0, "Meta")
    assert str(row["date"]).startswith(str(date(2025, 1, 6)))


def test_a_row_that_is_brought_back_stands_beside_the_others_of_its_order(workspace: Workspace, load: Load) -> None:
    report = load(ORDERS + "1,2025-01-06,A,2,10,Mug\n1,2025-01-06,A,1,0,Mug\n")
    assert imports.bring_back(workspace, report.batch_id, "no price: gift, sample or stock adjustment") == 1
    assert query(workspace, "SELECT units, unit_price FROM sales ORDER BY 1") == [(1, 0), (2, 10)]
    check_counts(workspace)


def test_lines_that_are_set_aside_tell_no_more_of_people_than_those_that_are_loaded(
    workspace: Workspace, load: Load
) -> None:
    text = "product_id,date,rating,body,Wer\nA,2025-01-06,5,Fine.,ann\nA,2025-01-06,x,write to ann@example.com,ann\n"
    (staged,) = imports.stage(workspace, "reviews.csv", text.encode())
    reading = imports.recognise(workspace, staged, "reviews")
    reading = reading.by_hand("reviews", {**reading.tables[0].columns, "customer_id": {"column": 4}})
    imports.load(workspace, staged, reading, set_aside_bad=True)
    ((line,),) = query(workspace, "SELECT line FROM set_aside")
    assert json.loads(line)["Wer"] is None
    assert json.loads(line)["body"] == "write to [e-mail]"
