"""Launch plan: rank the new items, choose how many to launch, take the plan along as CSV."""

import pandas as pd
import streamlit as st

from core import export, shell
from core.plan import OBJECTIVES, Wishes
from pages.parts import charts

LABELS = {"profit": "Expected profit", "revenue": "Expected revenue", "preference": "Preference × price"}
CHARTED = {"profit": "profit", "revenue": "revenue", "preference": "revenue"}
COLUMNS = {
    "rank": st.column_config.NumberColumn("Rank", width=60, pinned=True),
    "title": st.column_config.TextColumn("Item", width=200, pinned=True),
    "launch": st.column_config.TextColumn("Launch", width=70),
    "launch_week": st.column_config.DateColumn("Week of", format="D MMM YYYY", width=100),
    "units_p50": st.column_config.NumberColumn("Units", format="%.0f", width=60, help="The median forecast"),
    "profit": st.column_config.NumberColumn("Profit", format="localized", step=1, width=80),
    "reason": st.column_config.TextColumn("Why", width=300),
    "category": st.column_config.TextColumn("Category"),
    "price": st.column_config.NumberColumn("Price", format="%.2f"),
    "revenue": st.column_config.NumberColumn("Revenue", format="localized", step=1),
    "units_p10": st.column_config.NumberColumn("Low", format="%.0f", help="P10: one launch in ten sells less"),
    "units_p90": st.column_config.NumberColumn("High", format="%.0f", help="P90: one launch in ten sells more"),
    "preference": st.column_config.NumberColumn(
        "Preference", format="%.4f", help="Mean probability that a customer of the last year buys it"
    ),
    "buyers": st.column_config.NumberColumn("Buyers", format="%.0f", help="Expected, of these customers"),
    "item_id": st.column_config.TextColumn("Code"),
    "assumed": st.column_config.TextColumn("Assumed", help="What the sheet did not say"),
}

shell.enter("Launch plan")
outlook = shell.the_outlook()

with st.container(horizontal=True, vertical_alignment="bottom"):
    objective = st.segmented_control(
        "Rank by",
        OBJECTIVES,
        default="profit",
        format_func=LABELS.__getitem__,
        required=True,
        key="objective",
        help="Preference × price is the sum over customers of the probability to buy, times the price.",
    )
    best_week = st.toggle(
        "Best week of each item's window",
        key="best_week",
        help="Otherwise each item is launched as early as it can be.",
    )


@st.fragment
def board() -> None:
    """All that follows the slider: drawn again by itself, so that it answers at once."""
    most = max(2, len(outlook.items))
    # The number may come from another shop or a longer sheet.
    st.session_state.launches = min(st.session_state.get("launches") or Wishes.launches, most)
    launches = st.slider("Items to launch", 1, most, key="launches", persist_state="session")
    result = shell.planned(Wishes(objective, launches, best_week))
    figures(result.launched)
    st.plotly_chart(
        charts.worth_by_rank(result.table, CHARTED[objective], LABELS[CHARTED[objective]]),
        key="ranks",
        alt=f"{LABELS[CHARTED[objective]]} of each item by rank",
    )
    st.caption(
        f"In the first {outlook.weeks} weeks, in your shop's currency. Hover over a bar to see which item it is."
    )
    shown = filtered(result.table)
    st.caption(f"{len(shown)} of {len(result.table)} items")
    st.dataframe(shown[list(COLUMNS)], hide_index=True, key="plan", alt="Launch plan", column_config=COLUMNS)
    st.download_button(
        "Download the launch plan",
        lambda: export.to_csv(result.table),
        "launch_plan.csv",
        "text/csv",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        key="download_plan",
        help="All items, ranked, whatever is filtered above.",
    )


def figures(launched: pd.DataFrame) -> None:
    """What the launches come to together."""
    with st.container(horizontal=True):
        st.metric("Items launched", len(launched), border=True)
        st.metric("Units (median)", f"{launched['units_p50'].sum():,.0f}", border=True)
        st.metric("Expected revenue", f"{launched['revenue'].sum():,.0f}", border=True)
        st.metric("Expected profit", f"{launched['profit'].sum():,.0f}", border=True)


def filtered(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that the filters leave."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        categories = sorted(table["category"].dropna().unique())
        chosen = st.multiselect("Category", categories, key="categories", disabled=not categories)
        only = st.toggle("Only what is launched", key="only_launched")
    shown = table[table["category"].isin(chosen)] if chosen else table
    return shown[shown["launch"] == "yes"] if only else shown


board()
