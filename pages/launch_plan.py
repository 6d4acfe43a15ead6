"""Launch plan: rank the new items, choose how many to launch, take the plan along as CSV."""

import streamlit as st

from core import export, shell
from core.plan import OBJECTIVES, Wishes
from pages.parts import charts

LABELS = {"profit": "Expected profit", "revenue": "Expected revenue", "preference": "Preference × price"}
WORTH = {"profit": "profit", "revenue": "revenue", "preference": "revenue"}

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
launches = st.slider(
    "Items to launch",
    1,
    max(2, len(outlook.items)),
    min(20, len(outlook.items)),
    key="launches",
    persist_state="session",
)
result = shell.planned(Wishes(objective, launches, best_week))
launched = result.launched

with st.container(horizontal=True):
    st.metric("Items launched", len(launched), border=True)
    st.metric("Units (median)", launched["units_p50"].sum(), format="compact", border=True)
    st.metric("Expected revenue", launched["revenue"].sum(), format="compact", border=True)
    st.metric("Expected profit", launched["profit"].sum(), format="compact", border=True)
st.plotly_chart(
    charts.profit_by_rank(result.table, WORTH[objective], LABELS[WORTH[objective]]),
    key="ranks",
    alt="Worth of each item by rank",
)

with st.container(horizontal=True, vertical_alignment="bottom"):
    categories = sorted(result.table["category"].dropna().unique())
    chosen = st.multiselect("Category", categories, key="categories", disabled=not categories)
    only = st.toggle("Only what is launched", key="only_launched")
shown = result.table[result.table["category"].isin(chosen)] if chosen else result.table
shown = shown[shown["launch"] == "yes"] if only else shown
st.caption(f"{len(shown)} of {len(result.table)} items")
st.dataframe(
    shown.drop(columns=["cost", "units_mean"]),
    hide_index=True,
    key="plan",
    alt="Launch plan",
    column_config={
        "rank": st.column_config.NumberColumn("Rank", width=60, pinned=True),
        "item_id": st.column_config.TextColumn("Code", pinned=True),
        "title": st.column_config.TextColumn("Item", width="medium"),
        "category": "Category",
        "launch": "Launch",
        "launch_week": st.column_config.DateColumn("Week of", format="D MMM YYYY"),
        "price": st.column_config.NumberColumn("Price", format="%.2f"),
        "units_p10": st.column_config.NumberColumn("P10", format="%.0f"),
        "units_p50": st.column_config.NumberColumn("Median units", format="%.0f"),
        "units_p90": st.column_config.NumberColumn("P90", format="%.0f"),
        "revenue": st.column_config.NumberColumn("Revenue", format="localized", step=1),
        "profit": st.column_config.NumberColumn("Profit", format="localized", step=1),
        "preference": st.column_config.NumberColumn(
            "Preference", format="%.4f", help="Mean probability that a customer buys"
        ),
        "buyers": st.column_config.NumberColumn("Buyers", format="%.0f"),
        "like_items": st.column_config.TextColumn("Sells like", width="medium"),
        "reason": st.column_config.TextColumn("Why", width="large"),
        "assumed": "Assumed",
    },
)
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
