"""The stock of one item: what the opening buy risks, what another would, when to buy again, and how to split it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core import shell, stock
from core.errors import DebutError
from core.stocks import reorder, sizes
from core.stocks.reorder import AHEAD
from pages.parts import plan_charts as charts
from pages.parts.plan_shop import Open, Row

__all__ = ["show"]

LEAD_ASSUMED = 28  # days, where the sheet does not say


@dataclass(frozen=True)
class Case:
    """One item's demand as the plan has it."""

    demand: np.ndarray
    """(S,) equally likely units of the window."""
    quantiles: np.ndarray
    """(W, 3) P10, P50, P90 by week."""
    means: np.ndarray
    """(W,)"""
    price: float
    cost: float
    leftover: float
    pack: int
    least: int
    lead_days: float
    lead_known: bool


def show(now: Open, item: str, row: Row) -> None:
    """Figures, curves, buying again, sizes."""
    st.header("Its stock")
    if not row["units_mean"] > 0:
        st.info("Nothing is expected of it, so there is no stock to plan.", icon=":material/info:")
        return
    try:
        case = _case(now, item, row)
        _opening(case, int(row["opening_stock"]))
        st.subheader("Buying again")
        _again(case, int(row["opening_stock"]))
        _sizes(now, item, row, case)
    except DebutError as error:
        shell.fail(error)


def _case(now: Open, item: str, row: Row) -> Case:
    """Its forecast, moved to the price and the ads of the plan."""
    known = now.outlook.of(item)
    at = known.weeks.index(row["launch_week"]) if row["launch_week"] in known.weeks else 0
    demand = known.units.totals[at]
    moved = float(row["units_mean"]) / max(float(demand.mean()), 1e-9)
    lead = _of(now.outlook.items, item, "lead_time_days")
    return Case(
        demand * moved,
        known.units.quantiles[at, :-1] * moved,
        known.units.mean[at, :-1] * moved,
        float(row["price"]),
        float(row["cost"]),
        now.wishes.leftover,
        int(_of(now.around.packs, item, "pack") or 1),
        int(_of(now.around.packs, item, "least") or 0),
        LEAD_ASSUMED if lead is None else lead,
        lead is not None,
    )


def _of(frame: pd.DataFrame, item: str, name: str) -> float | None:
    """What a frame says of an item; None where it says nothing."""
    if name not in frame:
        return None
    found = frame.loc[frame["item_id"] == item, name].dropna()
    return float(found.iloc[0]) if len(found) else None


def _opening(case: Case, planned: int) -> None:
    """What the opening buy risks, and the curves."""
    risk = stock.risk(case.demand, planned, case.price, case.cost, case.leftover, case.means)
    cover = "–" if np.isnan(risk.cover) else f"{risk.cover:,.1f}"
    with st.container(horizontal=True):
        for label, value, about in (
            ("Pieces bought", f"{planned:,}", f"For {risk.money:,.0f}, in packs of {case.pack:,}."),
            ("Chance to run out", f"{risk.run_out:.0%}", "That more is asked for than is there."),
            ("Demand lost", f"{risk.lost:,.0f}", "Units, expected."),
            ("Left over", f"{risk.left:,.0f}", f"Units, expected; each is worth {case.leftover:.0%} of its cost."),
            ("Weeks of cover", cover, "At the expected demand of each week."),
        ):
            st.metric(label, value, border=True, height="stretch", help=about)
    curve = stock.curve(case.demand, case.price, case.cost, case.leftover, case.pack, (planned,))
    left, right = st.columns(2)
    with left:
        st.plotly_chart(
            charts.stock_curve(curve, planned, risk.money, risk.service_level),
            key="plan_stock_curve",
            alt="Chance not to run out against the money in the opening stock",
        )
    with right:
        st.plotly_chart(
            charts.stock_profit(curve, planned), key="plan_stock_profit", alt="Expected profit by pieces bought"
        )
    best = stock.critical_ratio(case.price, case.cost, case.leftover)
    st.caption(f"Taken alone, the item earns most with a stock that suffices in {best:.0%} of outcomes.")
    with st.expander("The curve as a table", icon=":material/table:"):
        st.dataframe(
            curve.assign(service_level=100 * curve["service_level"]),
            hide_index=True,
            key="plan_curve_table",
            alt="Service level against stock cost",
            height=240,
            column_config={
                "stock": st.column_config.NumberColumn("Pieces", format="localized"),
                "service_level": st.column_config.NumberColumn("Suffices", format="%.0f %%"),
                "stock_money": st.column_config.NumberColumn("Money", format="localized", step=1),
                "lost_units": st.column_config.NumberColumn("Demand lost", format="%.0f"),
                "left_units": st.column_config.NumberColumn("Left over", format="%.0f"),
                "profit": st.column_config.NumberColumn("Profit", format="localized", step=1),
            },
        )


def _again(case: Case, planned: int) -> None:
    """The stock at which to order, and the second buy."""
    if not case.lead_known:
        st.caption(f"The sheet gives no lead time for it: {LEAD_ASSUMED} days are assumed.")
    points = reorder.points(case.quantiles, case.means, case.lead_days)
    left, right = st.columns(2)
    with left:
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
        st.caption("Order when what is on hand and on order falls to “Order at”.")
    with right:
        _second(case, planned)


def _second(case: Case, planned: int) -> None:
    """After the first weeks' sales: what to order now."""
    most = max(1, len(case.means) - 1)
    weeks = st.number_input("Weeks since the launch", 1, most, 1, key="plan_again_weeks")
    usual = round(float(case.means[:weeks].sum()))
    sold = st.number_input(
        "Units sold so far", 0, 10**7, min(usual, planned), key="plan_again_sold", help=f"{usual:,} were expected."
    )
    left = st.number_input("Pieces left", 0, 10**7, max(planned - int(sold), 0), key="plan_again_left")
    shape = case.means[:weeks] / max(float(case.means[:weeks].sum()), 1e-9)
    told = reorder.second_buy(
        case.demand, case.means, shape * sold, left, case.lead_days, case.price, case.cost, case.leftover, case.pack,
        case.least,
    )  # fmt: skip
    low, middle, high = told.remaining
    st.metric(
        "To order now",
        f"{told.quantity:,}",
        f"{told.level:.2f} times as expected (8 in 10: {told.level_low:.2f} to {told.level_high:.2f})",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=f"Still asked for in the window: {middle:,.0f} (8 in 10: {low:,.0f} to {high:,.0f}).",
    )
    st.caption(shell.plain(told.words))
    ahead = reorder.ahead(
        case.demand, case.means, planned, case.lead_days, case.price, case.cost, case.leftover, case.pack, case.least
    )
    if len(ahead):
        st.dataframe(
            ahead,
            hide_index=True,
            key="plan_ahead",
            alt="The second buy, did the first weeks sell low, as expected or high",
            column_config={
                "after_weeks": st.column_config.NumberColumn("After week", width=85),
                "arrives": st.column_config.NumberColumn("Arrives", width=70),
                **{
                    name: st.column_config.NumberColumn(name.capitalize(), format="localized", width=105)
                    for name, _ in AHEAD
                },
            },
        )


def _sizes(now: Open, item: str, row: Row, case: Case) -> None:
    """How the buy is split over sizes, where like items have any."""
    like = now.outlook.like[now.outlook.like["item_id"] == item]
    found = sizes.profile(
        shell.workspace().cursor(),
        item,
        None if pd.isna(row["category"]) else str(row["category"]),
        like["product_id"].tolist(),
        like["weight"].tolist(),
    )
    st.subheader("Sizes and variants")
    if found.shares.empty:
        st.caption(shell.plain(found.words))
        return
    shares = dict(zip(found.shares["value"], found.shares["share"], strict=True))
    parts = sizes.split(int(row["opening_stock"]), shares, case.pack)
    st.dataframe(
        found.shares.assign(
            pieces=found.shares["value"].map(parts),
            share=100 * found.shares["share"],
            category=100 * found.shares["category"],
        )[["value", "pieces", "share", "category", "units"]],
        hide_index=True,
        key="plan_sizes",
        alt="The opening buy by size or variant",
        column_config={
            "value": st.column_config.TextColumn(found.attribute.capitalize()),
            "pieces": st.column_config.NumberColumn("Pieces", format="localized"),
            "share": st.column_config.NumberColumn("Share", format="%.0f %%"),
            "category": st.column_config.NumberColumn("In its category", format="%.0f %%"),
            "units": st.column_config.NumberColumn("Units of like items", format="%.0f"),
        },
    )
    st.caption(shell.plain(found.words))
