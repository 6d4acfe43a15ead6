"""The plan on paper: what goes to buyers, agencies and meetings, and what comes back changed.

plan_csv(plan.table)                      columns.py    the contract of the plan's columns
workbook(plan, ...)                       xlsx.py       everything in one formatted workbook
ad_sheets(plan.table, plan.channels)      ad_sheets.py  a CSV a channel
purchase_order(plan.table, outlook, ...)  orders.py     what to buy of whom, until when
load(workspace, name, data, plan)         load.py       an exported plan that somebody changed
summary(plan, ...)                        summary.py    one page to print
"""

from core.sheets.ad_sheets import ad_rows, ad_sheets
from core.sheets.columns import DESCRIPTIONS, described, plan_csv
from core.sheets.load import Loaded, load
from core.sheets.orders import ORDER_COLUMNS, order_csv, purchase_order
from core.sheets.summary import summary
from core.sheets.xlsx import workbook

__all__ = [
    "DESCRIPTIONS",
    "ORDER_COLUMNS",
    "Loaded",
    "ad_rows",
    "ad_sheets",
    "described",
    "load",
    "order_csv",
    "plan_csv",
    "purchase_order",
    "summary",
    "workbook",
]
