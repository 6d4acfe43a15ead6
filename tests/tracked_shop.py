"""A small shop with an approved plan whose launches have begun to sell, for tests of what is followed up."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from core import history, scenarios, tracking
from core.scenarios import FIRST
from core.track import promise
from core.track.promise import Promise
from core.workspace import Workspace
from tests import plans
from tests.conftest import load_into

__all__ = ["MONDAY", "UNTIL", "approve", "fill", "make", "promised", "sell"]

MONDAY = date(2026, 1, 5)
"""In which N-1 and N-2 are launched; N-3 two weeks later. `plans.table` has what is planned."""
UNTIL = MONDAY - timedelta(days=1)

Line = tuple[date, str, int, float]
"""Day, product, units, price paid."""


def fill(workspace: Workspace) -> None:
    """What has sold until the plan was made: one product for a year; and the sheet of `plans.items`."""
    days = [date(2025, 1, 6) + timedelta(days=3 * at) for at in range(121)]
    sell(workspace, [(day, "OLD", 2, 8.0) for day in days] + [(UNTIL, "OLD", 1, 8.0)])
    sheet = plans.items()[["item_id", "title", "category", "brand", "price", "cost", "lead_time_days"]]
    load_into(workspace, sheet.to_csv(index=False), "new_items", "sheet.csv")


def sell(workspace: Workspace, lines: list[Line], name: str = "sales.csv") -> None:
    """Load an export of order lines."""
    frame = pd.DataFrame(lines, columns=["date", "product_id", "units", "unit_price"])
    frame["order_id"] = [f"{name}-{at}" for at in range(len(frame))]
    load_into(workspace, frame.to_csv(index=False), "sales", name)


def make(folder: Path) -> Path:
    """A shop in which N-1 sells out at once, N-2 goes as planned, and N-3 is late: it may be sold as Z-9, and ELSE had
    no plan. What pages learn of it once is there already."""
    with Workspace(folder) as shop:
        fill(shop)
        approve(shop)
        listed = "product_id,title,category,list_price\nZ-9,Owl lamp,Living,30\nELSE,Hose,Garden,70\n"
        load_into(shop, listed, "products")
        lines: list[Line] = [(MONDAY + timedelta(days=day), "N-1", 10, 10.0) for day in range(4)]
        lines += [(MONDAY + timedelta(days=day), "N-2", 1, 12.5) for day in range(0, 24, 2)]
        lines += [(MONDAY + timedelta(days=day), "Z-9", 1, 30.0) for day in range(15, 24)]
        sell(shop, [*lines, (MONDAY + timedelta(days=20), "ELSE", 1, 70.0)], "more.csv")
        tracking.opened(shop, history.read(shop.cursor()))
    return folder


def promised(table: pd.DataFrame, until: date = UNTIL) -> Promise:
    """What a plan's table expects of its launches, all weeks alike."""
    return replace(promise.of_table(table, 0.5), until=until, guessed=False)


def approve(workspace: Workspace, table: pd.DataFrame | None = None, until: date = UNTIL) -> int:
    """Approve a plan; the number of the act."""
    table = plans.table() if table is None else table
    state = scenarios.get(workspace.cursor(), FIRST).state
    if state == "approved":
        scenarios.decline(workspace, FIRST, "Bea", "once more")
    return scenarios.approve(workspace, FIRST, table, "Bea", promise=promised(table, until))
