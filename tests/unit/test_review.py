"""What a person sees before a file is loaded: looking changes nothing, and what is loaded is what was shown."""

from dataclasses import replace

import pytest

from core import imports
from core.errors import BadFile, DebutError
from core.imports.read import Staged
from core.imports.review import STRUCTURAL
from core.tables import TABLES
from core.workspace import Workspace
from tests.conftest import Load

SALES = (
    "order_id,date,sku,qty,price,customer,title\n"
    "1,2025-01-06,A,3,2.50,ann,Red &amp; blue mug\n"
    "1,2025-01-06,POST,1,5,ann,Post\n"
    "2,2025-01-07,L,x,9,bob,Lamp\n"
    "3,2025-01-08,V,1,-4,eve,Vase\n"
    "Total,,,5,,,\n"
)


def stage(workspace: Workspace, text: str = SALES, name: str = "orders.csv") -> Staged:
    (staged,) = imports.stage(workspace, name, text.encode())
    return staged


def look(workspace: Workspace, text: str = SALES, table: str | None = None) -> imports.Review:
    staged = stage(workspace, text)
    (found,) = imports.review(workspace, staged, imports.recognise(workspace, staged, table))
    staged.discard()
    return found


def query(workspace: Workspace, sql: str) -> list[tuple]:
    return workspace.cursor().execute(sql).fetchall()


def test_a_review_says_what_would_be_loaded_and_why_not(workspace: Workspace) -> None:
    found = look(workspace)
    assert (found.table, found.rows, found.good) == ("sales", 5, 1)
    counts = {one.check: (one.count, one.proposal) for one in found.findings}
    assert counts["unreadable"] == (1, "set aside")
    assert counts["service"] == (1, "set aside")
    assert counts["total"] == (1, "set aside")
    assert counts["bounds"] == (1, "set aside")
    assert counts["markup"] == (1, "fix")
    assert found.preview["title"].tolist() == ["Red & blue mug"]
    assert str(found).startswith("  Sales: 1 of 5 rows would be loaded\n")


def test_each_finding_has_words_examples_and_a_share(workspace: Workspace) -> None:
    for one in look(workspace).findings:
        assert one.title
        assert one.why
        assert one.proposal in one.actions
        assert 0 < one.share <= 1
        assert 1 <= len(one.examples) <= 5
        assert one.examples["file_row"].between(2, 6).all()


def test_looking_changes_nothing(workspace: Workspace) -> None:
    before = query(workspace, "SELECT table_name FROM duckdb_tables() ORDER BY 1")
    staged = stage(workspace)
    reading = imports.recognise(workspace, staged)
    for _ in range(2):
        imports.review(workspace, staged, reading)
    assert workspace.version == 0
    assert query(workspace, "SELECT table_name FROM duckdb_tables() ORDER BY 1") == before
    assert query(workspace, "SELECT count(*) FROM batches") == [(0,)]
    assert staged.path.exists()
    (report,) = imports.load(workspace, staged, reading, set_aside_bad=True)
    assert report.rows_loaded == 1


@pytest.mark.parametrize(
    "text",
    [
        SALES,
        SALES.replace("Total,,,5,,,\n", ""),
        "order_id,date,sku,qty\n1,2025-01-06,A,1\n2,2025-01-07,A,2\n",
        "date;sku;qty;price\n13/01/2025;A;1;2,50\n14/01/2025;A;1;3,50\n",
    ],
)
def test_what_is_loaded_is_what_was_shown(workspace: Workspace, text: str) -> None:
    shown = look(workspace, text)
    staged = stage(workspace, text)
    (report,) = imports.load(workspace, staged, imports.recognise(workspace, staged), set_aside_bad=True)
    assert (report.rows_in, report.rows_loaded) == (shown.rows, shown.good)
    there = workspace.cursor().execute("SELECT * FROM sales ORDER BY file_row").df()
    for name in shown.preview:
        if name != "customer_id":
            assert there[name].astype(str).tolist() == shown.preview[name].astype(str).tolist(), name
    assert set(shown.evidence) <= set(report.notes)


@pytest.mark.parametrize(
    ("decisions", "loaded"),
    [
        ({}, ["A"]),
        ({"service": "keep"}, ["A", "POST"]),
        ({"bounds": "keep"}, ["A", "V"]),
        ({"bounds": "keep", "service": "keep"}, ["A", "POST", "V"]),
        ({"service": "set aside", "unreadable": "set aside"}, ["A"]),
        ({"unreadable": "keep"}, ["A"]),  # a line of sales needs its units
    ],
    ids=str,
)
def test_decisions_are_followed(workspace: Workspace, decisions: dict, loaded: list[str]) -> None:
    staged = stage(workspace)
    reading = imports.recognise(workspace, staged)
    (report,) = imports.load(workspace, staged, reading, decisions={"sales": decisions}, set_aside_bad=True)
    assert [row[0] for row in query(workspace, "SELECT product_id FROM sales ORDER BY 1")] == loaded
    assert report.rows_loaded == len(loaded)
    assert report.rows_loaded + sum(report.set_aside.values()) == report.rows_in


def test_a_row_with_a_bad_cell_that_is_not_needed_may_be_kept_without_it(workspace: Workspace) -> None:
    staged = stage(workspace, "item_id,title,price\nN1,Mug,3\nN2,Lamp,dear\n")
    reading = imports.recognise(workspace, staged, "new_items")
    imports.load(workspace, staged, reading, decisions={"new_items": {"unreadable": "keep"}}, set_aside_bad=True)
    assert query(workspace, "SELECT item_id, price FROM new_items ORDER BY 1") == [("N1", 3.0), ("N2", None)]


def test_decisions_of_another_table_are_not_of_this_one(workspace: Workspace) -> None:
    staged = stage(workspace)
    reading = imports.recognise(workspace, staged)
    imports.load(workspace, staged, reading, decisions={"ads": {"service": "keep"}}, set_aside_bad=True)
    assert query(workspace, "SELECT product_id FROM sales") == [("A",)]


@pytest.mark.parametrize(
    ("decisions", "match"),
    [({"markup": "set aside"}, "Markup in the text: choose one of"), ({"bounds": "fix"}, "choose one of")],
)
def test_a_decision_that_a_finding_does_not_offer_is_refused(workspace: Workspace, decisions: dict, match: str) -> None:
    staged = stage(workspace)
    reading = imports.recognise(workspace, staged)
    with pytest.raises(DebutError, match=match):
        imports.load(workspace, staged, reading, decisions={"sales": decisions}, set_aside_bad=True)
    assert workspace.version == 0


@pytest.mark.parametrize("check", ["total", "explains", "blank"])
def test_what_is_no_row_cannot_be_kept(workspace: Workspace, check: str) -> None:
    assert STRUCTURAL[check][2] == ("set aside",)
    staged = stage(workspace)
    reading = imports.recognise(workspace, staged)
    try:
        imports.load(workspace, staged, reading, decisions={"sales": {check: "keep"}}, set_aside_bad=True)
    except DebutError:
        return  # said to be no choice
    assert query(workspace, "SELECT product_id FROM sales") == [("A",)]


def test_completeness_and_weeks_are_of_what_would_be_loaded(workspace: Workspace) -> None:
    lines = [f"2025-{1 + day // 28:02}-{1 + day % 28:02},A,2,{'EU' if day % 2 else ''}\n" for day in range(84)]
    found = look(workspace, "date,sku,qty,region\n" + "".join(lines))
    filled = dict(found.completeness.to_numpy().tolist())
    assert filled == {"date": 1.0, "product_id": 1.0, "units": 1.0, "region": 0.5}
    assert found.weekly is not None
    assert found.weekly["units"].sum() == 168
    assert set(found.weekly.columns) == {"week", "rows", "units", "gap"}
    assert look(workspace, "item_id,title,price\nN1,Mug,3\n", "new_items").weekly is None


def test_a_file_of_two_tables_is_reviewed_for_each(workspace: Workspace) -> None:
    from core.imports.headers import Headers
    from core.imports.profile import Feed
    from core.imports.recognise import Reading

    staged = stage(workspace, "day,sku,spent,qty\n2025-01-06,A,10,2\n2025-01-07,A,x,1\n")
    ads = Feed("ads", {"date": "day", "channel": {"value": "Meta"}, "spend": "spent"})
    sales = Feed("sales", {"date": "day", "product_id": "sku", "units": "qty"})
    reading = Reading(Headers(staged.headers), None, (sales, ads), 1.0)
    found = imports.review(workspace, staged, reading)
    assert [(one.table, one.rows, one.good) for one in found] == [("sales", 2, 2), ("ads", 2, 1)]


def test_a_file_that_cannot_be_parsed_is_refused_with_its_row(workspace: Workspace) -> None:
    staged = stage(workspace, "date,sku,qty\n2025-01-06,A,1\n2025-01-06,A,1,2,3\n")
    with pytest.raises(BadFile, match=r"^orders\.csv, row 3: the header has 3 columns but this row has [45]"):
        imports.review(workspace, staged, imports.recognise(workspace, staged))


def test_reviews_hide_what_people_wrote_of_themselves(workspace: Workspace) -> None:
    text = "date,sku,rating,body,author\n2025-01-06,A,5,Write to ann@x.org,Ann\n"
    assert look(workspace, text).preview["body"].tolist() == ["Write to [e-mail]"]


def test_a_review_of_a_reading_by_hand(workspace: Workspace) -> None:
    staged = stage(workspace, "a,b,c\n2025-01-06,A,1\n")
    reading = imports.recognise(workspace, staged, "sales")
    mapped = reading.by_hand("sales", {name: {"column": at} for at, name in enumerate(["date", "product_id", "units"])})
    (found,) = imports.review(workspace, staged, mapped)
    assert (found.rows, found.good) == (1, 1)
    half = replace(mapped).by_hand("sales", {"date": {"column": 0}})
    (found,) = imports.review(workspace, staged, half)  # a person maps one column after the other
    assert found.table == "sales"


def test_a_review_before_anything_is_mapped(workspace: Workspace) -> None:
    staged = stage(workspace, "x,y,z\nq,r,s\n")
    for table in TABLES:
        reading = imports.recognise(workspace, staged, table)
        found = imports.review(workspace, staged, reading)
        assert [one.rows for one in found] == ([1] if reading.tables[0].columns else []), table
    assert workspace.version == 0


def test_a_large_file_is_reviewed_without_its_rows(load: Load, workspace: Workspace) -> None:
    lines = (f"{at},2025-01-{1 + at % 28:02},P{at % 50},1\n" for at in range(30_000))
    text = "order_id,date,sku,qty\n" + "".join(lines)
    found = look(workspace, text)
    assert (found.rows, found.good, len(found.preview)) == (30_000, 30_000, 8)
