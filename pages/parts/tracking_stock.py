"""The stock of a launch: what is ordered and when it will be there, what has arrived."""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from core import shell, tracking
from core.stock import USUAL_LEAD
from core.tracking import Tracking
from core.workspace import Workspace
from pages.parts import tracking_shop as shop
from pages.parts import tracking_told

__all__ = ["show"]

LARGEST = 1_000_000

_Row = dict[Any, Any]


def show(workspace: Workspace, tracked: Tracking, row: _Row) -> None:
    """Note what is ordered and what arrived, so that the stock that is left and what to order are right."""
    with st.expander("Stock ordered and arrived", icon=":material/inventory_2:", key="stock_arrived"):
        if pd.isna(row["launched_on"]):
            st.markdown(
                "It is not on sale yet: what is ordered is its opening stock, in place of the "
                f"{row['opening_stock']:,.0f} that count now. A plan that is adjusted meanwhile keeps it."
            )
        else:
            st.markdown(
                "Note what is ordered and what came after the opening stock, so that what is left and what to order "
                "are right. What arrives is taken off what is on order."
            )
        who = shop.who_and_undo("tracking_by_stock")
        _open(tracked, row, who)
        _order(tracked, row, who)
        _arrival(tracked, row, who)
        tracking_told.table(workspace, who, str(row["item_id"]))


def _open(tracked: Tracking, row: _Row, who: str) -> None:
    """Orders that have not arrived, each with a button for the day on which it does."""
    mine = tracked.ordered[(tracked.ordered["item_id"] == row["item_id"]) & (tracked.ordered["units"] > 0)]
    for one in mine.to_dict("records"):
        with st.container(horizontal=True, vertical_alignment="center"):
            late = one["due"] < tracked.today
            by = f" by {shell.plain(one['made_by'])}" if one["made_by"] else ""
            part = f" of {one['ordered']:,.0f}" if one["units"] < one["ordered"] else ""
            due = f"{'was ' if late else ''}due {one['due']:%d %b %Y}"
            st.markdown(f"**{one['units']:,.0f}**{part} ordered{by}, {due}", width="stretch")
            st.button(
                "It arrived", icon=":material/check:", key=f"arrived_{one['act']}", on_click=shop.act,
                args=(tracking.received, row["item_id"], float(one["units"]), tracked.today, who, int(one["act"])),
                help=f"Notes {one['units']:,.0f} units as received on {tracked.today:%d %b %Y}.",
            )  # fmt: skip


def _order(tracked: Tracking, row: _Row, who: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        box = f"ordered_units_{_mark(tracked, row)}"
        units = st.number_input("Units ordered", 1, LARGEST, None, 1, key=box, width=140)
        days = row["lead_time_days"]
        wait = timedelta(days=USUAL_LEAD if math.isnan(days) else days)
        due = st.date_input(
            "Due", tracked.today + wait, key=f"ordered_due_{_mark(tracked, row)}", width=160, format="YYYY-MM-DD"
        )
        st.button(
            "Note the order", icon=":material/local_shipping:", key="ordered_keep", disabled=not units,
            on_click=_note, args=(box, tracking.ordered, row["item_id"], float(units or 0), due, who),
        )  # fmt: skip


def _arrival(tracked: Tracking, row: _Row, who: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        box = f"received_units_{_mark(tracked, row)}"
        units = st.number_input(
            "Units arrived", -LARGEST, LARGEST, None, 1, key=box, width=140,
            help="Below 0 corrects what was noted before.",
        )  # fmt: skip
        on = st.date_input(
            "On", tracked.today, key=f"received_on_{_mark(tracked, row)}", width=160, format="YYYY-MM-DD"
        )
        st.button(
            "Note what arrived", icon=":material/add:", key="received_keep", disabled=not units, on_click=_note,
            args=(box, tracking.received, row["item_id"], float(units or 0), on, who),
        )  # fmt: skip


def _mark(tracked: Tracking, row: _Row) -> str:
    """So that boxes begin anew for another item, and for another day."""
    return f"{row['item_id']}_{tracked.today}"


def _note(box: str, told: Callable[..., None], *what: object) -> None:
    """Tell it and empty the box, or a second click would tell it again."""
    shop.act(told, *what)
    st.session_state[box] = None
