"""The launches as a table, with filters; and what was launched without a plan."""

from typing import Any

import pandas as pd
import streamlit as st

from core.tracking import STATUSES, Tracking
from core.workspace import Workspace
from pages.parts import tracking_matches, tracking_told
from pages.parts import tracking_shop as shop
from pages.parts.tracking_shop import STATES

__all__ = ["show"]

SHOWN = [
    *("status", "title", "launched", "weeks", "sold", "expected", "band", "level", "whole", "whole_plan"),
    *("stock_left", "on_order", "due", "profit_now", "profit_plan", "price_paid", "price", "ads_spent", "ad_spend"),
    *("of_ads", "reviews", "rating", "category", "item_id", "withdrawn", "why"),
]


def show(workspace: Workspace, tracked: Tracking) -> None:
    """The table of launches, then the rest."""
    st.header("Launches")
    rows = tracked.launches
    with st.container(horizontal=True, vertical_alignment="bottom"):
        there = [one for one in STATUSES if (rows["status"] == one).any()]
        wanted = st.pills(
            "Status", there, selection_mode="multi", format_func=STATES.__getitem__, key="status", bind="query-params",
            wrap=True,
        )  # fmt: skip
        words = st.text_input("Search", key="tracking_search", placeholder="Words in a title", width=220)
    kept = rows["status"].isin(wanted or there)
    if words:
        kept &= (rows["title"] + " " + rows["item_id"]).str.contains(words, case=False, regex=False)
    ordered = rows.assign(place=rows["status"].map(STATUSES.index), on=rows["launched_on"].fillna(rows["launch_week"]))
    shown = ordered[kept].sort_values(["place", "on"], kind="stable", ignore_index=True)
    if shown.empty:
        st.info("No launch fits. Clear the search or the filter.", icon=":material/info:")
    else:
        _table(shown)
    shop.download("Download the launches", "download_launches", "launches", rows)
    tracking_matches.show(tracked)
    _unplanned(tracked)
    tracking_told.everything(workspace)


def _table(shown: pd.DataFrame) -> None:
    frame = shown.assign(
        status=shown["status"].map(STATES),
        launched=shown["launched_on"].fillna(shown["launch_week"]),
        weeks=shown["weeks_seen"],
        expected=shown["p50_so_far"],
        band=[
            f"{low:,.0f} to {high:,.0f}" if seen > 0 else ""
            for low, high, seen in zip(shown["p10_so_far"], shown["p90_so_far"], shown["weeks_seen"], strict=True)
        ],
        level=100 * shown["level"],
        whole=shown["retrend_mean"],
        whole_plan=shown["plan_mean"],
    )[SHOWN]
    chosen = st.dataframe(
        frame,
        hide_index=True,
        key=f"launches_{len(frame)}_{shown['item_id'].iloc[0]}",  # ticks are kept by place
        alt="Launches against their plan",
        on_select="rerun",
        selection_mode="single-row",
        placeholder="–",
        column_config=_columns(),
    )
    st.caption("Tick a row to look at a launch. Ahead and behind are told only where chance hardly explains it.")
    if chosen.selection.rows:
        item = str(shown["item_id"].iloc[chosen.selection.rows[0]])
        st.button(
            "Look at the ticked launch", icon=":material/search:", key="look_ticked", type="primary",
            on_click=shop.go_to, args=(item, shop.ITEM),
        )  # fmt: skip


def _columns() -> dict[str, Any]:
    money: dict[str, Any] = {"format": "localized", "step": 1, "width": 90}
    number = st.column_config.NumberColumn
    return {
        "status": st.column_config.TextColumn("Status", width=100),
        "title": st.column_config.TextColumn("Item", width=220, pinned=True),
        "item_id": st.column_config.TextColumn("Code", width=100),
        "category": st.column_config.TextColumn("Category", width=120),
        "launched": st.column_config.DateColumn("On sale from", format="D MMM YYYY", help="Or planned for"),
        "weeks": number("Weeks", format="%.1f", width=70, help="Of its window, so far"),
        "sold": number("Sold", format="%.0f", width=70),
        "expected": number("Expected", format="%.0f", width=90, help="Median of the launch forecast, by now"),
        "band": st.column_config.TextColumn("8 in 10", width=110, help="Between which the forecast has it by now"),
        "level": number("Level", format="%.0f %%", width=80, help="Against its forecast; 100 % is as expected"),
        "whole": number("Window now", format="%.0f", width=100, help="Units expected in the whole window, as of now"),
        "whole_plan": number("Window planned", format="%.0f", width=120),
        "stock_left": number("Stock left", format="%.0f", width=90),
        "on_order": number("On order", format="%.0f", width=90),
        "due": st.column_config.DateColumn("Due", format="D MMM YYYY", width=110),
        "price_paid": number("Price paid", format="%.2f", width=90),
        "price": number("Price planned", format="%.2f", width=110),
        "ads_spent": number("Ads spent", help="Of ads that name the item", **money),
        "ad_spend": number("Ads planned", **money),
        "of_ads": st.column_config.TextColumn("What ads count", width=140, help="Empty: as spent or planned"),
        "reviews": number("Reviews", format="%.0f", width=80),
        "rating": number("Stars", format="%.1f", width=70),
        "profit_now": number("Profit now", help="Expected at the end of its window", **money),
        "profit_plan": number("Profit planned", **money),
        "withdrawn": st.column_config.CheckboxColumn("Plan taken back", width=110),
        "why": st.column_config.TextColumn("Why this status", width="large"),
    }  # fmt: skip


def _unplanned(tracked: Tracking) -> None:
    """What came up without a plan: told, but in no total."""
    found = tracked.unplanned
    if found.empty:
        return
    with st.expander(f"{len(found):,} launched without a plan", icon=":material/help:"):
        st.dataframe(
            found[["title", "product_id", "category", "launched_on", "sold", "revenue", "refused"]],
            hide_index=True,
            key="unplanned",
            alt="Products launched without a plan",
            placeholder="–",
            column_config={
                "title": st.column_config.TextColumn("Product", width=240),
                "product_id": "Code",
                "category": "Category",
                "launched_on": st.column_config.DateColumn("First sale", format="D MMM YYYY"),
                "sold": st.column_config.NumberColumn("Sold", format="%.0f"),
                "revenue": st.column_config.NumberColumn("Revenue", format="localized", step=1),
                "refused": st.column_config.CheckboxColumn("Plan said no", help="A plan listed it and left it out"),
            },
        )
        st.caption("First sold after the first approved plan was made. They count in no figure of this page.")
