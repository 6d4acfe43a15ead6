"""The plan on paper: columns explained, money that adds up, nothing that a spreadsheet would run, a page to print."""

import io
import re
import zipfile
from dataclasses import fields
from datetime import date
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from core import plan as plans_of
from core import sheets
from core.plans.wishes import Wishes
from core.scenario.compare import TOTALS
from core.sheets import pictures
from core.sheets.ad_sheets import file_name
from core.sheets.columns import DESCRIPTIONS, kind_of
from core.sheets.xlsx import SHEETS
from core.stocks.sizes import Profile
from tests import plans

PACKS = pd.DataFrame({"item_id": ["N-1", "N-3"], "pack": [6, 12], "least": [0, 50], "supplier": ["Acme", "=evil"]})
SIZES = {"N-2": Profile("size", pd.DataFrame({"value": ["S", "M", "L"], "share": [0.2, 0.5, 0.3]}), "")}


def sheet(book: bytes, title: str) -> pd.DataFrame:
    head, *rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name(title).to_python()
    return pd.DataFrame(rows, columns=head)


def parts(book: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}


def test_the_plan_of_these_tests_is_as_real_ones_are() -> None:
    assert plans.table().columns.tolist() == plans_of.columns(plans.CHANNELS)
    assert [one.name for one in fields(plans_of.Totals)] == list(TOTALS)


def test_every_column_of_the_plan_is_explained_once() -> None:
    columns = [str(name) for name in plans.table().columns]
    found = sheets.described(columns)
    assert found["column"].tolist() == columns and (found["what it holds"].str.len() > 5).all()
    assert found.set_index("column").loc["ad_social", "what it holds"] == "Of that, on this channel: social"
    assert [name for name in plans_of.COLUMNS if name not in DESCRIPTIONS and not name.startswith("ad_")] == []


@pytest.mark.parametrize(
    ("name", "kind"), [("price", "money"), ("ad_search", "money"), ("launch_week", "date"), ("run_out", "share")]
)
def test_columns_are_written_by_their_kind(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_the_csv_holds_the_plan_and_nothing_that_would_be_run() -> None:
    text = sheets.plan_csv(plans.table()).decode("utf-8-sig")
    read = pd.read_csv(io.StringIO(text))
    assert read.columns.tolist() == plans.table().columns.tolist() and len(read) == 6
    assert read["title"].tolist()[1] == "'=Hare cup" and read["reason"].tolist()[1] == "'+1 of many"
    assert read["launch_week"].tolist()[2] == "2026-01-19"


def test_ads_by_channel_and_week_add_up_to_the_plan_cent_by_cent() -> None:
    table = plans.table().assign(ad_search=[10.01, 0.0, 33.333, 99.0, 0.0, 0.0])
    rows = sheets.ad_rows(table, plans.CHANNELS, 8)
    summed = rows[rows["channel"] == "search"].groupby("item_id")["spend"].sum().round(6).to_dict()
    assert summed == {"N-1": 10.01, "N-3": 33.33}  # N-4 is not launched
    assert rows[rows["item_id"] == "N-3"]["week"].min() == plans.FIRST + pd.Timedelta(weeks=2)
    assert (rows["spend"] * 100).round(6).mod(1).eq(0).all() and rows.groupby(["channel", "item_id"]).size().eq(8).all()


def test_each_channel_has_its_own_file_where_money_is_spent_on_it() -> None:
    found = sheets.ad_sheets(plans.table(), [*plans.CHANNELS, "print"], 8)
    assert list(found) == ["search", "social"]
    read = pd.read_csv(io.BytesIO(found["social"]))
    assert read["channel"].unique().tolist() == ["social"] and read["spend"].sum() == pytest.approx(7.5)
    assert sheets.ad_rows(plans.table().assign(launch="no"), plans.CHANNELS, 8).empty


@pytest.mark.parametrize(
    ("words", "name"),
    [("Paid search", "paid-search"), ("../a\\b:c", "a-b-c"), ("Suche & Märkte", "suche-märkte"), ("…", "plan")],
)
def test_channels_name_files_that_any_system_takes(words: str, name: str) -> None:
    assert file_name(words) == name


def test_a_purchase_order_names_supplier_date_packs_and_sizes() -> None:
    found = sheets.purchase_order(plans.table(), plans.outlook(), PACKS, SIZES)
    assert found.columns.tolist() == sheets.ORDER_COLUMNS
    lines = found.set_index("item_id")
    assert lines.loc["N-1", ["supplier", "quantity", "packs", "money", "note"]].tolist() == [
        "Acme", 40, 7, 160.0, "not whole packs of 6",
    ]  # fmt: skip
    assert lines.loc["N-1", "order_by"] == pd.Timestamp("2025-12-22")  # 14 days before 5 January
    assert (
        lines.loc["N-3", "note"] == "no lead time in the sheet: order in time; below the supplier's least order of 50"
    )
    split = lines.loc["N-2"]
    assert split[["variant", "quantity"]].values.tolist() == [["size: S", 6], ["size: M", 15], ["size: L", 9]]
    assert split["supplier"].unique().tolist() == ["Oak"]  # the brand, where no supplier is known
    assert found["money"].sum() == plans.plan().totals.stock_money
    assert b"'=evil" in sheets.order_csv(found)


def test_nothing_is_ordered_of_what_is_not_launched_or_not_stocked() -> None:
    table = plans.table().assign(opening_stock=[0, 5, 0, 9, 9, 9])
    assert sheets.purchase_order(table, plans.outlook())["item_id"].tolist() == ["N-2"]
    assert sheets.purchase_order(table.assign(launch="no"), plans.outlook()).empty


def test_the_workbook_holds_every_sheet_with_numbers_as_numbers_and_dates_as_dates() -> None:
    book = sheets.workbook(plans.plan(), plans.outlook(), PACKS, SIZES, "Spring", "proposed")
    assert tuple(CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names) == SHEETS
    found = sheet(book, "Plan")
    assert found.columns.tolist() == plans.table().columns.tolist()
    assert found["launch_week"].tolist()[2] == date(2026, 1, 19)
    assert found["price"].tolist() == plans.table()["price"].tolist()
    assert found["title"].tolist()[1] == "'=Hare cup" and found["preference"].tolist()[2] == ""
    weeks = sheet(book, "By week")
    assert weeks["launches"].tolist() == [2, 0, 1, 3]  # the last row is their sum
    assert sheet(book, "By category")["stock_money"].tolist()[-1] == plans.plan().totals.stock_money
    assert sheet(book, "Ads")["spend"].sum() == pytest.approx(30)
    assert len(sheet(book, "Purchase order")) == 5


def test_the_workbook_is_formatted_and_cannot_run_anything() -> None:
    files = parts(sheets.workbook(plans.plan(Wishes(must=("=1+1",))), plans.outlook()))
    first = files["xl/worksheets/sheet1.xml"]
    assert "<pane " in first and "<autoFilter " in first and 'type="list"' in first
    assert "yyyy-mm-dd" in files["xl/styles.xml"] and "#,##0.00" in files["xl/styles.xml"]
    every = "".join(files.values())
    assert "<f>" not in every and "hyperlink" not in every and not any("vba" in name for name in files)
    texts = re.findall(r"<t[^>]*>([^<]*)</t>", files["xl/sharedStrings.xml"])
    assert [text for text in texts if text.startswith(("=", "+", "-", "@"))] == []


def test_the_read_me_explains_the_columns_the_settings_and_the_way_back() -> None:
    book = sheets.workbook(plans.plan(Wishes(stock_budget=500.0)), plans.outlook(), name="=Spring", state="approved")
    rows = dict(CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("Read me").to_python())
    assert (rows["Scenario"], rows["State"], rows["Budget for opening stock"]) == ("'=Spring", "approved", "500")
    assert "override_reason" in rows["To change it"] and rows["rank"].startswith("Place in the plan")
    assert rows["Profit"] == round(plans.plan().totals.profit, 2)


def test_a_plan_of_nothing_makes_a_workbook_too() -> None:
    empty = plans.plan(frame=plans.table().assign(launch="no"))
    book = sheets.workbook(empty, plans.outlook())
    assert sheet(book, "By week").empty and sheet(book, "Ads").empty and sheet(book, "Purchase order").empty


class Checked(HTMLParser):
    """Tags that are open and close, and what is referred to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("href", "src", "onload", "onerror")]
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(page: str) -> Checked:
    parser = Checked()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_the_summary_is_one_page_that_needs_nothing_and_runs_nothing() -> None:
    page = sheets.summary(plans.plan(), 8, "<script>alert(1)</script>", "draft", date(2026, 1, 2))
    found = checked(page)
    assert found.links == [] and "script" not in found.tags and "b" not in found.tags and "i" not in found.tags
    assert "Owl lamp &lt;b&gt;" in page and "02 Jan 2026" in page and "3 of 6 items are launched" in page
    assert "Decided by hand" in page and "the buyer wants it" in page
    assert found.tags.count("svg") == 1 and page.count('role="img" aria-label=') == 1 and "@media print" in page


def test_the_summary_of_nothing_says_so() -> None:
    page = sheets.summary(plans.plan(frame=plans.table().assign(launch="no", override_reason="")), 8)
    found = checked(page)
    assert "Nothing is launched" in page and "svg" not in found.tags and "Decided by hand" not in page


def test_a_long_plan_says_what_it_leaves_out() -> None:
    one = plans.table().head(1)
    many = pd.concat(
        [one.assign(item_id=f"X-{at}", rank=at + 1, override_reason="why") for at in range(60)], ignore_index=True
    )
    page = sheets.summary(plans.plan(frame=many), 8)
    assert "40 more items are in the workbook" in page and "and 55 more" in page
    assert page.count("<rect ") == 2 * 20


def test_losses_and_unknown_bands_are_drawn() -> None:
    frame = plans.table().head(2).assign(profit=[-50.0, 20.0], profit_p10=[-80.0, np.nan], profit_p90=[10.0, np.nan])
    drawn = pictures.picture(frame, 8)
    checked(drawn)
    assert pictures.RED in drawn and drawn.count("<path ") == 1 and "nan" not in drawn
    assert all(float(width) >= 0 for width in re.findall(r'width="([\d.-]+)"', drawn))
