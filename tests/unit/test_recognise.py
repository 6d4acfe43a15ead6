"""What a file is: profiles before words, one's own before those that come with Debut, and what has to be asked."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core import imports
from core.errors import BadFile, DebutError
from core.imports import profile as profiles
from core.imports.headers import Headers
from core.imports.periods import Period
from core.imports.profile import Feed, Profile, Rows, best
from core.imports.read import Staged
from core.imports.recognise import Reading, recognise
from core.imports.sources import Source
from core.workspace import Workspace

SHOPIFY = (
    "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n"
    "#1001,ann@x.org,paid,2025-01-06 10:00:00 +0100,2,Mug,3.00,A\n"
)
GOOGLE = "Campaign report\n{period}\nCampaign,Cost,Impr.,Clicks,Currency code\nSpring,70,700,7,EUR\n"
ITEMS = (
    "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
    "o1,1,p1,s1,2018-01-09 10:00:00,12.5,3\n"
)
PLACED = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at\n"
    "o1,c1,delivered,2018-01-06 10:00:00,2018-01-06 11:00:00\n"
)


def stage(workspace: Workspace, text: str, name: str = "export.csv") -> Staged:
    (staged,) = imports.stage(workspace, name, text.encode())
    return staged


def read(workspace: Workspace, text: str, table: str | None = None, name: str = "export.csv") -> Reading:
    return recognise(workspace, stage(workspace, text, name), table)


def made(name: str, headers: tuple[str | list[str], ...], **options: Any) -> Profile:
    return Profile(name, name, "Test", headers, (Feed("sales", {"units": "qty"}),), **options)


# -- which profile


def test_a_profile_goes_before_the_words(workspace: Workspace) -> None:
    reading = read(workspace, SHOPIFY)
    assert reading.profile is not None
    assert (reading.profile.name, reading.title) == ("shopify-orders", "Shopify orders")
    assert [feed.table for feed in reading.tables] == ["sales"]
    assert reading.sure
    assert reading.questions == []


def test_without_a_profile_the_words_decide(workspace: Workspace) -> None:
    reading = read(workspace, "date,sku,qty\n2025-01-06,A,1\n")
    assert reading.profile is None
    assert reading.title == "Sales, by the words of its header"
    assert reading.sure


@pytest.mark.parametrize(
    ("text", "table"),
    [(SHOPIFY, "ads"), (SHOPIFY, "products"), ("date,sku,qty\n2025-01-06,A,1\n", "events")],
    ids=["no ads", "no products", "words"],
)
def test_a_table_that_is_said_goes_before_a_profile_without_it(workspace: Workspace, text: str, table: str) -> None:
    reading = read(workspace, text, table)
    assert reading.profile is None
    assert [feed.table for feed in reading.tables] == [table]
    assert not reading.sure  # the columns that it needs are not there


def test_of_a_profile_with_several_tables_the_one_that_is_said_is_read(workspace: Workspace) -> None:
    feeds = (
        Feed("sales", {"date": "d", "product_id": "s", "units": "q"}),
        Feed("products", {"product_id": "s", "title": "t"}),
    )
    profiles.save(workspace, "Mine", Headers(("d", "s", "q", "t")), feeds)
    text = "d,s,q,t\n2025-01-06,A,1,Mug\n"
    assert {feed.table for feed in read(workspace, text).tables} == {"sales", "products"}
    assert [feed.table for feed in read(workspace, text, "products").tables] == ["products"]


@pytest.mark.parametrize(
    ("headers", "preamble", "expected"),
    [
        (("a", "b"), (), "two"),
        (("a", "b", "c"), (), "three"),
        (("A ", "B (EUR)", "c", "more"), (), "three"),
        (("a",), (), None),
        (("a", "b", "no"), (), "two"),
        (("a", "b", "c", "no"), (), "two"),
        (("a", "b"), ("The Big Report, 2025",), "titled"),
        (("a", "b"), ("another report",), "two"),
        (("x", "q2"), (), "any"),
        (("x", "q1"), (), "any"),
        (("x",), (), None),
        ((), (), None),
    ],
    ids=str,
)
def test_the_closest_fingerprint_is_taken(
    headers: tuple[str, ...], preamble: tuple[str, ...], expected: str | None
) -> None:
    known = [
        made("two", ("a", "b")),
        made("three", ("a", "b", "c"), without=("no",)),
        made("titled", ("a", "b"), preamble=("big report",)),
        made("any", ("x", ["q1", "q2"])),
    ]
    for order in (known, known[::-1]):
        found = best(order, Headers(headers), preamble)
        assert (found.name if found else None) == expected


def test_between_equal_fingerprints_the_one_that_finds_more_columns_is_taken() -> None:
    columns: dict[str, Source] = {"units": "qty", "date": "day", "title": "no such"}
    more = replace(made("more", ("a",)), feeds=(Feed("sales", columns),))
    for known in ([made("one", ("a",)), more], [more, made("one", ("a",))]):
        assert best(known, Headers(("a", "qty", "day")), ()) is more


def test_a_file_that_is_none_of_the_tables_is_refused_with_what_to_take_instead(workspace: Workspace) -> None:
    header = "First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Total Orders"
    staged = stage(workspace, f"{header}\nAnn,Lee,ann@x.org,yes,12,1\n", "customers_export.csv")
    reading = recognise(workspace, staged)
    assert reading.tables == ()
    with pytest.raises(BadFile, match=r"^customers_export\.csv is Shopify customers\. .*Export Orders"):
        imports.load(workspace, staged, reading)
    assert workspace.version == 0


# -- one's own

MINE = "When;Code;Pieces;Note\n06.01.2025;A;3;x\n"
MAPPED: dict[str, Source] = {"date": {"column": 0}, "product_id": {"column": 1}, "units": {"column": 2}}


def save_mine(workspace: Workspace, title: str = "My till") -> Profile:
    staged = stage(workspace, MINE)
    reading = recognise(workspace, staged, "sales").by_hand("sales", MAPPED)
    return profiles.save(workspace, title, reading.headers, reading.tables)


def test_a_mapping_by_hand_is_kept_for_the_next_file(workspace: Workspace) -> None:
    assert not read(workspace, MINE).sure
    profile = save_mine(workspace)
    assert profile.own
    staged = stage(workspace, "Note;Pieces;When;Code\n;2;07.01.2025;L\n")  # in another order
    reading = recognise(workspace, staged)
    assert reading.title == "My till"
    assert reading.sure
    (report,) = imports.load(workspace, staged, reading)
    assert workspace.cursor().execute("SELECT date, product_id, units FROM sales").fetchall() == [
        (date(2025, 1, 7), "L", 2)
    ]
    assert imports.batches(workspace.cursor())["profile"].tolist() == ["My till"]
    assert report.table == "sales"


def test_a_profile_outlives_the_session_and_can_be_forgotten(tmp_path: Path) -> None:
    with Workspace(tmp_path) as shop:
        save_mine(shop)
        assert shop.version == 0  # no data changed
    with Workspace(tmp_path) as shop:
        assert [one.name for one in profiles.own(shop.cursor())] == ["My till"]
        assert read(shop, MINE).title == "My till"
        profiles.delete(shop, "My till")
        assert profiles.own(shop.cursor()) == ()
        assert read(shop, MINE).profile is None
        profiles.delete(shop, "no such")


def test_ones_own_goes_before_those_that_come_with_debut(workspace: Workspace) -> None:
    headers = recognise(workspace, stage(workspace, SHOPIFY)).headers
    own = Feed("sales", {"date": "Created at", "product_id": "Lineitem name", "units": "Lineitem quantity"})
    profiles.save(workspace, "Our Shopify", headers, (own,))
    staged = stage(workspace, SHOPIFY)
    reading = recognise(workspace, staged)
    assert reading.title == "Our Shopify"
    imports.load(workspace, staged, reading)
    assert workspace.cursor().execute("SELECT product_id FROM sales").fetchall() == [("Mug",)]


def test_a_profile_of_the_same_name_replaces_the_old(workspace: Workspace) -> None:
    save_mine(workspace)
    other = Feed("sales", {**MAPPED, "title": {"column": 3}})
    profiles.save(workspace, "My till", recognise(workspace, stage(workspace, MINE)).headers, (other,))
    (kept,) = profiles.own(workspace.cursor())
    assert kept.feeds[0].columns["title"] == {"header": "Note"}


def test_rules_are_kept_with_the_columns(workspace: Workspace) -> None:
    rows = Rows(
        aside=({"column": "Note", "is": ["void"], "reason": "voided"},),
        only=({"filled": ["Code"], "reason": "no code"},),
    )
    headers = Headers(("When", "Code", "Pieces", "Note"))
    feed = Feed("sales", {"date": "When", "product_id": "Code", "units": "Pieces"}, rows)
    profiles.save(workspace, "My till", headers, (feed,))
    (kept,) = profiles.own(workspace.cursor())
    assert kept.feeds == (feed,)
    staged = stage(workspace, MINE + "06.01.2025;L;3;Void\n")
    (report,) = imports.load(workspace, staged, recognise(workspace, staged))
    assert report.set_aside == {"voided": 1}


@pytest.mark.parametrize("title", ["", "  ", "\t"])
def test_a_profile_needs_a_name(workspace: Workspace, title: str) -> None:
    with pytest.raises(DebutError, match="Give the profile a name"):
        save_mine(workspace, title)
    assert profiles.own(workspace.cursor()) == ()


@pytest.mark.parametrize(
    ("feed", "words"),
    [
        (Feed("sales", {"colour": "Note"}), "sales has no column colour"),
        (Feed("sales", {"units": {"sql": "1"}}), "exactly one"),
        (Feed("sales", {"units": 3}), "neither a header"),  # type: ignore[dict-item]
    ],
)
def test_what_makes_no_profile_is_not_kept(workspace: Workspace, feed: Feed, words: str) -> None:
    with pytest.raises(DebutError, match=f"cannot be kept as a profile: .*{words}"):
        profiles.save(workspace, "My till", Headers(("When", "Note")), (feed,))
    assert profiles.own(workspace.cursor()) == ()


@pytest.mark.parametrize("title", ["it's", 'say "hi"', "'); DROP TABLE profiles; --", "收银台", "x" * 500])
def test_a_profile_may_have_any_name(workspace: Workspace, title: str) -> None:
    assert save_mine(workspace, title).name == title
    assert read(workspace, MINE).title == title
    profiles.delete(workspace, title)
    assert profiles.own(workspace.cursor()) == ()


def test_headers_of_any_kind_are_kept(workspace: Workspace) -> None:
    text = "it's; say ''hi'' ;{n};$1\n06.01.2025;A;3;x\n"
    reading = recognise(workspace, stage(workspace, text), "sales").by_hand("sales", MAPPED)
    profiles.save(workspace, "Odd", reading.headers, reading.tables)
    staged = stage(workspace, text)
    imports.load(workspace, staged, recognise(workspace, staged))
    assert workspace.cursor().execute("SELECT product_id, units FROM sales").fetchall() == [("A", 3)]


@pytest.mark.parametrize("at", [2, 3])
def test_a_column_is_kept_though_another_is_spelt_alike(workspace: Workspace, at: int) -> None:
    text = "Day;Code;Qty;QTY \n06.01.2025;A;3;7\n"
    mapped: dict[str, Source] = {**MAPPED, "units": {"column": at}}
    reading = recognise(workspace, stage(workspace, text), "sales").by_hand("sales", mapped)
    profiles.save(workspace, "Twins", reading.headers, reading.tables)
    staged = stage(workspace, text)
    imports.load(workspace, staged, recognise(workspace, staged))
    assert workspace.cursor().execute("SELECT units FROM sales").fetchall() == [(3 if at == 2 else 7,)]


# -- companions


def test_a_file_that_needs_another_says_which(workspace: Workspace) -> None:
    items = stage(workspace, ITEMS, "olist_order_items_dataset.csv")
    reading = recognise(workspace, items)
    assert reading.needs_companion == "olist-orders"
    assert len(reading.questions) == 1
    assert "Load the two together" in reading.questions[0]
    with pytest.raises(BadFile, match="Load the two together") as caught:
        imports.load(workspace, items, reading)
    assert caught.value.title == "This file needs an answer first"
    assert workspace.version == 0


def test_a_companion_is_found_beside_it(workspace: Workspace) -> None:
    items, placed = stage(workspace, ITEMS), stage(workspace, PLACED)
    other = stage(workspace, "date,sku,qty\n2025-01-06,A,1\n")
    reading = recognise(workspace, items, None, [items, other, placed])
    assert reading.companion == placed
    assert reading.questions == []
    assert "order_purchase_timestamp" in reading.headers.cells
    imports.load(workspace, items, reading)
    found = workspace.cursor().execute("SELECT date, product_id, units, order_id FROM sales").fetchall()
    assert found == [(date(2018, 1, 6), "p1", 1, "o1")]


def test_a_file_is_no_companion_of_another_sort(workspace: Workspace) -> None:
    items, other = stage(workspace, ITEMS), stage(workspace, SHOPIFY)
    assert recognise(workspace, items, None, [items, other]).companion is None


def test_a_file_with_a_companion_is_known_again_when_it_is_mapped_by_hand(workspace: Workspace) -> None:
    items, placed = stage(workspace, ITEMS), stage(workspace, PLACED)
    reading = recognise(workspace, items, None, [items, placed])
    (feed,) = reading.tables
    changed = reading.by_hand("sales", {**feed.columns, "region": {"column": 3}})
    profiles.save(workspace, "Our Olist", changed.headers, changed.tables)
    again = recognise(workspace, items, None, [items, placed])
    assert again.title == "Our Olist"
    assert again.companion == placed
    imports.load(workspace, items, again)
    assert workspace.cursor().execute("SELECT date, region FROM sales").fetchall() == [(date(2018, 1, 6), "s1")]


# -- periods


@pytest.mark.parametrize(
    ("period", "name", "expected"),
    [
        ("June 1, 2025 - June 7, 2025", "report.csv", Period(date(2025, 6, 1), date(2025, 6, 7))),
        ("All time", "report 20250601-20250607.csv", Period(date(2025, 6, 1), date(2025, 6, 7))),
        ("All time", "report.csv", None),
        ("All time", "report 2025-06-07.csv", None),
    ],
)
def test_the_period_of_a_file_is_read_or_asked_for(
    workspace: Workspace, period: str, name: str, expected: Period | None
) -> None:
    staged = stage(workspace, GOOGLE.format(period=period), name)
    reading = recognise(workspace, staged)
    assert reading.profile is not None
    assert reading.profile.name == "google-ads-period"
    assert reading.has_period
    assert reading.period == expected
    assert reading.needs_period == (expected is None)
    if expected is None:
        assert reading.questions == ["Its rows have no day. Which period does the file cover?"]
        reading = replace(reading, period=Period(date(2025, 6, 1), date(2025, 6, 7)))
        assert reading.questions == []
    with pytest.raises(BadFile, match="totals of a period 2025-06-01 to 2025-06-07"):
        imports.load(workspace, staged, reading)
    imports.load(workspace, staged, reading, spread=True)
    found = workspace.cursor().execute("SELECT count(*), sum(spend), sum(clicks), min(date) FROM ads").fetchall()
    assert found == [(7, pytest.approx(70), 7, date(2025, 6, 1))]


def test_a_report_with_days_has_no_period(workspace: Workspace) -> None:
    above = "Campaign report\nJune 1, 2025 - June 7, 2025\n"
    text = "Day,Campaign,Cost,Impr.,Clicks,Currency code\n2025-06-01,Spring,7,1,1,EUR\n"
    reading = read(workspace, above + text)
    assert not reading.has_period
    assert not reading.needs_period


# -- by hand


def test_what_a_person_changes_makes_another_reading(workspace: Workspace) -> None:
    reading = read(workspace, "when,sku,qty\n2025-01-06,A,1\n", "sales")
    changed = reading.by_hand("sales", {**reading.tables[0].columns, "date": {"column": 0}})
    assert (changed.by_person, changed.confidence, changed.sure) == (True, 1.0, True)
    assert "date" not in reading.tables[0].columns  # the first is as it was
    assert reading.by_hand("ads", {}).tables == reading.tables  # a table that it does not feed


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "sku,qty\nA,1\n", "when,what,how many\n2025-01-06,A,1\n"])
def test_what_nobody_can_place_is_not_sure_and_asks(workspace: Workspace, text: str) -> None:
    reading = read(workspace, text)
    assert not reading.sure
    assert all(question.startswith("Which column holds ") for question in reading.questions)
    assert reading.questions
    with pytest.raises(BadFile, match="no column for"):
        imports.load(workspace, stage(workspace, text), reading)
