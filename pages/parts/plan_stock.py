"""The stock of one item: what the opening buy risks, what another would, when to buy again, and how to split it."""

import numpy as np
import pandas as pd
import streamlit as st

from core import shell, stock
from core.errors import DebutError
from core.stocks import sizes
from pages.parts import plan_again, plan_case
from pages.parts import plan_charts as charts
from pages.parts.plan_case import Case
from pages.parts.plan_shop import Open, Row

__all__ = ["show"]


def show(now: Open, item: str, row: Row) -> None:
    """Figures, curves, buying again, sizes."""
    st.header("Its stock")
    if not row["units_mean"] > 0:
        st.info("Nothing is expected of it, so there is no stock to plan.", icon=":material/info:")
        return
    try:
        case = plan_case.of(now, item, row)
        _opening(case, int(row["opening_stock"]))
        plan_again.show(now.key, item, case, int(row["opening_stock"]))
        _sizes(now, item, row, case)
    except DebutError as error:
        shell.fail(error)


def _opening(case: Case, planned: int) -> None:
    """What the opening buy risks, and the curves."""
    risk = stock.risk(case.demand, planned, case.price, case.cost, case.leftover, case.means[:-1])
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
