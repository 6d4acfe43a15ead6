"""The plan on one printable page: what it comes to, the list, the calendar, the budgets, and who decided what.

One HTML file that needs nothing else: no script, no font, no picture from elsewhere. Every text is escaped.
"""

from datetime import date
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from core.scenario.rollup import rollup
from core.sheets.pictures import picture

if TYPE_CHECKING:
    from core.plan import Plan

__all__ = ["summary"]

LISTED = 20  # items; the rest is in the workbook
NAMED = 5  # decisions by hand
REGION = 'tabindex="0" role="region"'  # what scrolls sideways on a narrow screen must be reached by keyboard

STYLE = """
:root { color-scheme: light; }
body { font: 9.5pt/1.3 system-ui, "Segoe UI", Arial, sans-serif; color: #202124; background: #fff;
       max-width: 194mm; margin: 6mm auto; padding: 0 4mm; }
h1 { font-size: 16pt; margin: 0 0 1mm; } h2 { font-size: 11pt; margin: 3.5mm 0 1mm; }
p { margin: 0 0 1.5mm; } .note { color: #5f6368; } ul { margin: 0; padding-left: 5mm; }
dl { display: flex; flex-wrap: wrap; gap: 1.5mm 6mm; margin: 2mm 0; } dl div { min-width: 22mm; }
dt { color: #5f6368; font-size: 8pt; } dd { margin: 0; font-size: 12pt; font-weight: 600; }
dd small { display: block; font-size: 8pt; font-weight: 400; color: #5f6368; }
.wide { overflow-x: auto; } .wide > * { min-width: 165mm; }
table { border-collapse: collapse; width: 100%; font-size: 8pt; }
th { text-align: left; border-bottom: 1px solid #5f6368; } td { border-bottom: 1px solid #e8eaed; }
th, td { padding: .45mm 2mm .45mm 0; vertical-align: top; white-space: nowrap; }
.number { text-align: right; }
.list td.words { max-width: 0; overflow: hidden; text-overflow: ellipsis; }
.list th.words { width: 25%; } .list th.words:last-child { width: 33%; }
svg { display: block; width: 100%; height: auto; } svg text { font: 9.5px system-ui, Arial, sans-serif; fill: #202124; }
@page { size: A4; margin: 9mm 8mm; }
@media print {
  body { margin: 0; padding: 0; max-width: none; font-size: 8.5pt; }
  th, td { padding-top: .25mm; padding-bottom: .25mm; }
  h2 { break-after: avoid; } tr, svg { break-inside: avoid; }
  .wide { overflow: visible; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def summary(plan: "Plan", weeks: int, name: str = "Plan", state: str = "draft", today: date | None = None) -> str:
    """The page as HTML. weeks: length of the launch window; name, state: of the scenario; today: printed too."""
    mine = plan.table[plan.table["launch"] == "yes"]
    dated = f" · {today:%d %b %Y}" if today else ""
    said = f"{state.capitalize()}{dated} · {len(mine)} of {len(plan.table)} items are launched"
    blocks = [
        f"<h1>Launch plan: {escape(name)}</h1>",
        f'<p class="note">{escape(said)}</p>',
        _totals(plan),
    ]
    if len(mine):
        drawn = f'<div class="wide" {REGION} aria-label="Picture">{picture(mine.head(LISTED), weeks)}</div>'
        blocks += [
            f"<h2>What is launched</h2>{_list(mine)}",
            f"<h2>Expected profit, P10 to P90, and the weeks of each launch</h2>{drawn}",
        ]
    else:
        blocks.append("<p>Nothing is launched under these settings.</p>")
    blocks += [f"<h2>Budgets</h2>{_budgets(plan)}", _by_hand(plan.table)]
    title = f"<title>Launch plan: {escape(name)}</title>"
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{view}{title}<style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(blocks)}</main></body></html>'


def _totals(plan: "Plan") -> str:
    sums = plan.totals
    facts = [
        ("Profit", f"{sums.profit:,.0f}", f"{sums.profit_low:,.0f} to {sums.profit_high:,.0f} in 8 of 10 cases"),
        ("Revenue", f"{sums.revenue:,.0f}", ""),
        ("Units sold", f"{sums.units:,.0f}", ""),
        ("Opening stock", f"{sums.stock_money:,.0f}", f"{sums.left_units:,.0f} units left over"),
        ("Ads", f"{sums.ad_money:,.0f}", ""),
        ("Demand lost", f"{sums.lost_units:,.0f}", "units"),
    ]
    cells = (
        f"<div><dt>{escape(what)}</dt><dd>{value}{f'<small>{escape(also)}</small>' if also else ''}</dd></div>"
        for what, value, also in facts
    )
    return f"<dl>{''.join(cells)}</dl>"


def _list(mine: pd.DataFrame) -> str:
    head = ["No.", "Item", "Week", "Price", "Units", "Profit", "Ads", "Stock", "Why"]
    rows = []
    for row in mine.head(LISTED).to_dict("records"):
        units = f"{row['units_p50']:,.0f} ({row['units_p10']:,.0f}–{row['units_p90']:,.0f})"
        week = f"{pd.Timestamp(row['launch_week']):%d %b %y}"
        money = [f"{row[name]:,.0f}" for name in ("profit", "ad_spend", "opening_stock")]
        why = str(row["override_reason"] or row["reason"])
        rows.append([str(row["rank"]), str(row["title"]), week, f"{row['price']:,.2f}", units, *money, why])
    more = len(mine) - LISTED
    rest = f" {more} more items are in the workbook." if more > 0 else ""
    note = f'<p class="note">Units: median demand of the launch window, in brackets P10 to P90.{rest}</p>'
    return f'<div class="wide list" {REGION} aria-label="List">{_table(head, rows, words=(1, 8))}</div>{note}'


def _budgets(plan: "Plan") -> str:
    """What is used of each budget, on one line."""
    parts = []
    for row in rollup(plan.table, plan.wishes).budgets.to_dict("records"):
        limit = f"{row['limit']:,.0f}, {row['left']:,.0f} left" if pd.notna(row["limit"]) else ""
        parts.append(f"{row['what']} {row['used']:,.0f}" + (f" of {limit}" if limit else " (no limit)"))
    return f"<p>{escape(' · '.join(parts))}</p>"


def _by_hand(table: pd.DataFrame) -> str:
    """What people decided, and why."""
    fixed = table[table["override_reason"].fillna("").astype(str) != ""]
    if fixed.empty:
        return ""
    lines = "".join(
        f"<li>{escape(str(row['title']))}: {escape(str(row['override_reason']))}</li>"
        for row in fixed.head(NAMED).to_dict("records")
    )
    more = f'<p class="note">and {len(fixed) - NAMED} more</p>' if len(fixed) > NAMED else ""
    return f"<h2>Decided by hand</h2><ul>{lines}</ul>{more}"


def _table(head: list[str], rows: list[list[str]], words: tuple[int, ...]) -> str:
    """Columns in `words` are texts that may wrap, the others numbers."""

    def kind(at: int) -> str:
        return ' class="words"' if at in words else ' class="number"'

    top = "".join(f'<th scope="col"{kind(at)}>{escape(name)}</th>' for at, name in enumerate(head))
    body = "".join(
        f"<tr>{''.join(f'<td{kind(at)}>{escape(cell)}</td>' for at, cell in enumerate(row))}</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
