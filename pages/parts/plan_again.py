"""Buying one item again: the stock at which to order, what its first weeks would have to show, and how much then."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core import shell
from core.history import History
from core.stock import USUAL_LEAD
from core.stocks import reorder
from core.stocks.reorder import AHEAD
from core.track import paces
from core.track.pace import Pace
from core.workspace import Workspace
from pages.parts import plan_charts as charts
from pages.parts.plan_case import Case

__all__ = ["show"]


def show(key: str, item: str, case: Case, planned: int) -> None:
    """key: equal for equal plans. planned: pieces of the opening buy."""
    st.subheader("Buying again")
    if not case.lead_known:
        st.caption(f"The sheet gives no lead time for it: {USUAL_LEAD} days are assumed.")
    shop = shell.workspace()
    pace = _pace(shop.folder, shop.version, len(case.means) - 1, shop, shell.past())
    ahead = _ahead(f"{key}|{item}|{planned}|{pace!r}", case, planned, pace)
    left, right = st.columns(2)
    with left:
        weeks, sold = _second(item, case, planned, pace)
    with right:
        _points(case)
    if ahead.empty:
        st.caption("An order after the first week would arrive when the window is over: the opening buy has to last.")
        return
    st.plotly_chart(
        charts.second_buy(ahead, planned, (weeks, sold)),
        key="plan_again_chart",
        alt="Units sold from which a second buy pays, by week after the launch, beside what is expected by then",
    )
    _table(ahead)


@st.cache_resource(
    show_spinner="Learning how launches move. This happens once and takes some seconds ...", max_entries=4
)
def _pace(folder: Path, data: int, weeks: int, _workspace: Workspace, _past: History) -> Pace:
    return paces.kept(_workspace, _past, weeks)


@st.cache_resource(show_spinner=False, max_entries=64)
def _ahead(key: str, _case: Case, _planned: int, _pace: Pace) -> pd.DataFrame:
    return reorder.ahead(_case.quantiles, _case.means, _planned, _case.terms, _pace)


def _points(case: Case) -> None:
    """The stock at which to order, by week."""
    points = reorder.points(case.quantiles[:-1], case.means[:-1], case.lead_days)
    st.dataframe(
        points.assign(too_late=points["too_late"].map({True: "too late", False: ""})),
        hide_index=True,
        key="plan_points",
        alt="The stock at which to order, by week",
        column_config={
            "week": st.column_config.NumberColumn("Week", width=60),
            "point": st.column_config.NumberColumn(
                "Order at", format="localized", help="Pieces on hand and on order that suffice in 9 of 10 cases"
            ),
            "expected": st.column_config.NumberColumn("Expected", format="%.0f", help="Asked for until it arrives"),
            "arrives": st.column_config.NumberColumn("Arrives in week", width=100),
            "too_late": "Remark",
        },
    )
    st.caption("So that it hardly runs out: order when what is on hand and on order falls to “Order at”.")


def _second(item: str, case: Case, planned: int, pace: Pace) -> tuple[int, int]:
    """After the first weeks' sales: what to order now. Returns the weeks, and the units sold, that are typed.

    Each box has its item, and what is typed above it, in its key: so it begins with what then goes without saying.
    """
    most = max(1, len(case.means) - 2)
    weeks = st.number_input("Weeks since the launch", 1, most, 1, key=f"plan_again_weeks_{item}")
    usual = round(float(case.means[:weeks].sum()))
    sold = st.number_input(
        "Units sold so far",
        0,
        10**7,
        min(usual, planned),
        key=f"plan_again_sold_{item}_{planned}_{weeks}",
        help=f"{usual:,} were expected.",
    )
    left = st.number_input(
        "Pieces left", 0, 10**7, max(planned - int(sold), 0), key=f"plan_again_left_{item}_{planned}_{weeks}_{sold}"
    )
    shape = case.means[:weeks] / max(float(case.means[:weeks].sum()), 1e-9)
    told = reorder.second_buy(case.quantiles, case.means, shape * sold, left, case.terms, pace)
    low, middle, high = told.remaining
    with st.container(horizontal=True):
        st.metric(
            "To order now",
            f"{told.quantity:,}",
            f"worth {told.worth:,.0f}" if told.quantity else None,
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="What earns most of the rest of the window, in whole packs, and the profit that it should add.",
        )
        st.metric(
            "Still asked for",
            f"{middle:,.0f}",
            f"8 in 10: {low:,.0f} to {high:,.0f}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Units wanted in the rest of the window, by what was sold so far.",
        )
    st.caption(
        shell.plain(
            f"{told.words} It goes {told.level:.2f} times as expected (8 in 10: {told.level_low:.2f} to "
            f"{told.level_high:.2f})."
        )
    )
    return int(weeks), int(sold)


def _table(ahead: pd.DataFrame) -> None:
    """What the first weeks would have to show, and what would be ordered."""
    st.dataframe(
        ahead.assign(chance=100 * ahead["chance"]).drop(columns=["low", "high"]),
        hide_index=True,
        placeholder="–",
        key="plan_ahead",
        alt="The second buy, did the first weeks sell low, as expected or high",
        column_config={
            "after_weeks": st.column_config.NumberColumn("After week", width=85),
            "arrives": st.column_config.NumberColumn("Arrives", width=70, help="In so many weeks after the launch"),
            "expected": st.column_config.NumberColumn(
                "Expected by then", format="%.0f", help="Units asked for, the median"
            ),
            "order_from": st.column_config.NumberColumn(
                "Order from", format="localized", help="The fewest units sold by then with which a second buy pays"
            ),
            "chance": st.column_config.NumberColumn("Chance of that", format="%.0f %%"),
            **{
                name: st.column_config.NumberColumn(
                    name.removeprefix("if it ").capitalize(),
                    format="localized",
                    help=f"Pieces to order {name}: {share:.0%} of outcomes sell no more than that",
                )
                for name, share in AHEAD
            },
        },
    )
    st.caption(
        "Where a second buy pays from fewer units than are expected, the opening stock is short of what would earn "
        "most: buy again soon, or open with more."
    )
