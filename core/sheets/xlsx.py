"""The plan as one formatted workbook: the plan, its roll-up, ads by channel, the purchase order, and a read-me.

Written with XlsxWriter, which only writes: there is no macro, link or formula in it, and text stays text.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd
import xlsxwriter

from core.export import harmless
from core.outlook import Outlook
from core.scenario.compare import TOTALS
from core.scenario.rollup import SUMS, rollup
from core.scenario.words import told
from core.sheets.ad_sheets import ad_rows
from core.sheets.columns import Kind, described, kind_of
from core.sheets.orders import purchase_order
from core.stocks.sizes import Profile

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from core.plan import Plan

__all__ = ["SHEETS", "workbook"]

SHEETS = ("Plan", "By category", "By week", "Ads", "Purchase order", "Read me")
FORMATS: dict[Kind, str] = {
    "text": "@",
    "whole": "#,##0",
    "money": "#,##0.00",
    "share": "0%",
    "date": "yyyy-mm-dd",
    "units": "#,##0.0",
}
EDITABLE = ("launch", "launch_week", "price", "ad_spend", "opening_stock", "override_reason")
"""What `load` reads back; their headers stand out."""
FIXED_COLUMNS = 3  # rank, item_id and title stay in sight
WIDEST, NARROWEST = 48, 9  # characters
MEASURED = 200  # rows that decide a column's width
SUM_KINDS: dict[str, Kind] = {"launches": "whole", "units": "units"}
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
BACK = (
    "Change launch (yes or no), launch_week (a Monday), price, ad_spend or opening_stock on the sheet Plan, say why in "
    "override_reason, and load this file on the page Launch plan: what differs becomes an override."
)


@dataclass(frozen=True)
class _Book:
    """A workbook that is being written."""

    book: xlsxwriter.Workbook
    head: "Format"
    marked: "Format"
    bold: "Format"
    wrapped: "Format"
    kinds: "dict[Kind, Format]"

    @classmethod
    def begun(cls, out: BytesIO) -> "_Book":
        book = xlsxwriter.Workbook(out, OPTIONS)
        line = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
        return cls(
            book,
            book.add_format({**line, "bg_color": "#E8EAED", "font_color": "#202124"}),
            book.add_format({**line, "bg_color": "#FCE8B2", "font_color": "#202124"}),
            book.add_format({"bold": True}),
            book.add_format({"text_wrap": True, "valign": "top"}),
            {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()},
        )


def workbook(
    plan: "Plan",
    outlook: Outlook,
    packs: pd.DataFrame | None = None,
    sizes: Mapping[str, Profile] | None = None,
    name: str = "Plan",
    state: str = "draft",
) -> bytes:
    """The workbook. packs, sizes: as for `orders.purchase_order`; name, state: of the scenario."""
    out = BytesIO()
    made = _Book.begun(out)
    sums = rollup(plan.table, plan.wishes)
    kinds: dict[str, Kind] = {"category": "text", "week": "date", "held": "text", **SUM_KINDS}
    limits: dict[str, Kind] = {"at_least": "whole", "at_most": "whole", "capacity": "whole"}
    _plan_sheet(made, plan.table)
    for title, frame in (("By category", sums.categories), ("By week", sums.weeks)):
        shown = frame.assign(held=frame["held"].map({True: "yes", False: "no"}))
        _table(made, title, _totalled(shown), {**kinds, **limits}, last_bold=len(frame) > 0)
    ads = ad_rows(plan.table, plan.channels, outlook.weeks)
    _table(made, "Ads", ads, {"week": "date", "spend": "money"}, fixed=1)
    order = purchase_order(plan.table, outlook, packs, sizes)
    money: dict[str, Kind] = {"cost": "money", "money": "money", "order_by": "date", "launch_week": "date"}
    _table(made, "Purchase order", order, {**money, "quantity": "whole", "pack": "whole", "packs": "whole"}, fixed=3)
    _read_me(made, plan, name, state)
    made.book.set_properties({"title": harmless(name), "comments": "Written by Debut"})
    made.book.close()
    return out.getvalue()


def _plan_sheet(made: _Book, table: pd.DataFrame) -> None:
    columns = [str(name) for name in table.columns]
    sheet = _table(made, "Plan", table, {name: kind_of(name) for name in columns}, fixed=FIXED_COLUMNS, marked=EDITABLE)
    if len(table) and "launch" in columns:
        at = columns.index("launch")
        sheet.data_validation(1, at, len(table), at, {"validate": "list", "source": ["yes", "no"]})


def _table(
    made: _Book,
    title: str,
    frame: pd.DataFrame,
    kinds: Mapping[str, Kind],
    *,
    fixed: int = 1,
    marked: tuple[str, ...] = (),
    last_bold: bool = False,
) -> "Worksheet":
    """A sheet with a header that stays in sight, filters, and columns as wide as what they hold."""
    sheet = made.book.add_worksheet(title)
    for at, name in enumerate(map(str, frame.columns)):
        kind = kinds.get(name, "text")
        column = frame.iloc[:, at]
        sheet.set_column(at, at, _width(name, column, kind), made.kinds[kind])
        sheet.write_string(0, at, harmless(name), made.marked if name in marked else made.head)
        for row, value in enumerate(column.tolist(), start=1):
            _cell(sheet, row, at, value, made.kinds[kind])
    if last_bold:
        sheet.set_row(len(frame), None, made.bold)
    sheet.freeze_panes(1, fixed)
    if len(frame.columns):
        sheet.autofilter(0, 0, max(1, len(frame)), len(frame.columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    return sheet


def _cell(sheet: "Worksheet", row: int, at: int, value: Any, form: "Format") -> None:  # noqa: ANN401
    """One value in its type; what is missing stays empty."""
    if value is None or value is pd.NaT or (not isinstance(value, str) and pd.isna(value)):
        return
    if isinstance(value, pd.Timestamp):
        sheet.write_datetime(row, at, value.to_pydatetime(), form)
    elif isinstance(value, bool | str) or not isinstance(value, int | float):
        sheet.write_string(row, at, harmless(str(value)), form)
    elif abs(value) < float("inf"):
        sheet.write_number(row, at, value, form)


def _width(name: str, column: pd.Series, kind: Kind) -> float:
    if kind != "text":
        return max(NARROWEST + 3, min(len(name), 16) + 2)
    longest = max((len(str(value)) for value in column.head(MEASURED).tolist()), default=0)
    return min(WIDEST, max(NARROWEST, longest + 2, len(name) + 2))


def _totalled(frame: pd.DataFrame) -> pd.DataFrame:
    """With a last row of sums."""
    if frame.empty:
        return frame
    total = {name: [frame[name].sum()] for name in SUMS}
    return pd.concat([frame, pd.DataFrame(total)], ignore_index=True)


def _read_me(made: _Book, plan: "Plan", name: str, state: str) -> None:
    sheet = made.book.add_worksheet("Read me")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90, made.wrapped)
    rows: list[tuple[str, str | float]] = [("Scenario", name), ("State", state), ("To change it", BACK), ("", "")]
    values = asdict(plan.totals)
    rows += [("Totals", ""), *((words, round(float(values[key]), 2)) for key, words in TOTALS.items()), ("", "")]
    rows += [("Settings", ""), *told(plan.wishes), ("", ""), ("Columns of the plan", "")]
    columns = described([str(column) for column in plan.table.columns])
    rows += list(columns.itertuples(index=False, name=None))
    for at, (left, right) in enumerate(rows):
        sheet.write_string(at, 0, harmless(left), made.bold)
        if isinstance(right, str):
            sheet.write_string(at, 1, harmless(right), made.wrapped)
        else:
            sheet.write_number(at, 1, right, made.kinds["money"])
