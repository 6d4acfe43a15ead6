"""The plan over time, and summed by category and week against its budgets."""

import pandas as pd
import streamlit as st

from core import scenarios
from core.errors import DebutError
from core.outlook import Outlook
from core.plan import Surroundings
from core.scenarios import Scenario
from pages.parts import plan_charts as charts
from pages.parts import plan_clash
from pages.parts import plan_shop as shop

__all__ = ["show"]

MOST = 60  # bars; more nobody can tell apart
SUMS = {
    "launches": st.column_config.NumberColumn("Items", format="%.0f", width=70),
    "units": st.column_config.NumberColumn("Units sold", format="localized", step=1),
    "revenue": st.column_config.NumberColumn("Revenue", format="localized", step=1),
    "profit": st.column_config.NumberColumn("Profit", format="localized", step=1),
    "stock_money": st.column_config.NumberColumn("Opening stock", format="localized", step=1),
    "ad_money": st.column_config.NumberColumn("Ads", format="localized", step=1),
}


def show(scenario: Scenario, outlook: Outlook, around: Surroundings) -> None:
    """Bars over the weeks, and the sums."""
    try:
        plan = shop.opened(scenario, outlook, around).plan
    except DebutError as error:
        plan_clash.show(error, scenario)
        return
    if plan.launched.empty:
        st.info("Nothing is launched under these settings. Loosen them on the list.", icon=":material/info:")
        return
    sums = scenarios.rollup(plan.table, plan.wishes)
    st.header("Calendar")
    st.plotly_chart(
        charts.calendar(plan.launched.head(MOST), outlook.weeks),
        key="plan_calendar",
        alt="The launch window of each item over the weeks, coloured by category",
    )
    if len(plan.launched) > MOST:
        st.caption(f"The {MOST} items that bring most. All are in the files of “Hand over”.")
    st.subheader("Launches a week")
    st.plotly_chart(charts.launches(sums.weeks), key="plan_launches", alt="Launches a week, with what a week can take")
    st.header("Against the budgets")
    _budgets(sums)
    st.subheader("By category")
    st.plotly_chart(charts.by_category(sums.categories), key="plan_categories", alt="Profit, stock and ads by category")
    st.dataframe(
        sums.categories.assign(held=_held(sums.categories["held"])),
        hide_index=True,
        key="plan_by_category",
        alt="Sums by category",
        placeholder="–",
        column_config={
            "category": st.column_config.TextColumn("Category", pinned=True, width=130),
            **SUMS,
            "at_least": st.column_config.NumberColumn("At least", format="%.0f", width=70),
            "at_most": st.column_config.NumberColumn("At most", format="%.0f", width=70),
            "held": st.column_config.TextColumn("Limits", width=80),
        },
    )
    st.subheader("By week")
    st.dataframe(
        sums.weeks.assign(held=_held(sums.weeks["held"])),
        hide_index=True,
        key="plan_by_week",
        alt="Sums by week of launch",
        placeholder="–",
        column_config={
            "week": st.column_config.DateColumn("Week of", format="D MMM YYYY", pinned=True, width=110),
            **SUMS,
            "capacity": st.column_config.NumberColumn("At most", format="%.0f", width=70),
            "held": st.column_config.TextColumn("Limits", width=80),
        },
    )
    st.caption("Each item counts in whole in the week of its launch.")


def _budgets(sums: scenarios.Rollup) -> None:
    """How much of each budget is used."""
    with st.container(horizontal=True):
        for row in sums.budgets.to_dict("records"):
            limit = None if pd.isna(row["limit"]) else float(row["limit"])
            st.metric(
                str(row["what"]),
                f"{row['used']:,.0f}",
                f"{row['share']:.0%} of {limit:,.0f}" if limit else "no limit",
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
                help=f"{row['left']:,.0f} are left." if limit else "Set a budget in the settings of the list.",
            )


def _held(held: pd.Series) -> list[str]:
    return ["held" if one else "passed" for one in held]
