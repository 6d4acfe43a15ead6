"""The launches by category."""

import streamlit as st

from core.tracking import Tracking
from pages.parts import tracking_charts as charts
from pages.parts import tracking_shop as shop

__all__ = ["show"]


def show(tracked: Tracking) -> None:
    """Units and money of each category, against plan."""
    st.header("By category")
    table = tracked.by_category
    if tracked.courses:
        st.plotly_chart(
            charts.categories(table), key="by_category", alt="Units sold by category, within the range expected by now"
        )
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        hide_index=True,
        key="categories",
        alt="Launches by category",
        column_config={
            "category": st.column_config.TextColumn("Category", width=180, pinned=True),
            "launches": number("Launches", width=80),
            "on_sale": number("On sale so far", width=110),
            "sold": number("Sold", format="%.0f", width=70),
            "p10_so_far": number("Expected low", format="%.0f", help="P10 by now"),
            "p50_so_far": number("Expected", format="%.0f", help="Median by now"),
            "p90_so_far": number("Expected high", format="%.0f", help="P90 by now"),
            "plan_mean": number("Window planned", format="%.0f", help="Units expected in all windows"),
            "expected": number("Window now", format="%.0f"),
            "profit_plan": number("Profit planned", format="localized", step=1),
            "profit_now": number("Profit now", format="localized", step=1),
        },
    )
    shop.download("Download the categories", "download_categories", "launches_by_category", table)
