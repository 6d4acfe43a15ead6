"""The price ladder of a category: us, the new items and every competitor on one axis, and the gaps between."""

import pandas as pd
import streamlit as st

from core import shell
from core.market import ladder
from core.market.ladder import NEW, OURS
from core.market.market import Market
from core.workspace import Workspace
from pages.parts import market_charts as charts
from pages.parts import market_data as data

__all__ = ["show"]

WHOLE = "The whole shop"
GAPS = {
    "low": st.column_config.NumberColumn("From", format="%.2f", width=70),
    "high": st.column_config.NumberColumn("To", format="%.2f", width=70),
    "ratio": st.column_config.NumberColumn("Step", format="× %.2f", width=70, help="The upper price over the lower"),
    "listings": st.column_config.NumberColumn("Listings in it", width=100),
    "competitors": st.column_config.NumberColumn("Competitors", width=95),
    "new": st.column_config.ListColumn("New items in it", width=360),
}


def show(_: Workspace, known: Market) -> None:
    """The view."""
    names = [*ladder.categories(known), WHOLE]
    chosen = st.selectbox("Category", names, key="ladder_category", width=300, bind="query-params")
    rungs = ladder.rungs(known, None if chosen == WHOLE else chosen)
    gaps = ladder.gaps(rungs)
    st.markdown(f"**{_words(rungs, gaps)}**")
    st.header("Price ladder")
    st.plotly_chart(charts.ladder(rungs, gaps), key="ladder", alt="Prices of us, the new items and each competitor")
    st.caption(
        "Each mark is a price: your list prices (where there is none, what was paid) and the latest prices of what "
        "others still offer. Shaded: gaps, where your next price is far above beside your usual steps."
    )
    if len(gaps):
        st.header("Gaps in your ladder")
        st.dataframe(gaps, hide_index=True, key="gaps", alt="Gaps in the price ladder", column_config=GAPS)
    data.download("Download the ladder", "download_ladder", "price_ladder", lambda: rungs)


def _words(rungs: pd.DataFrame, gaps: pd.DataFrame) -> str:
    """What the picture says, in a sentence."""
    own, theirs = rungs[rungs["who"] == OURS], rungs[~rungs["who"].isin([OURS, NEW])]
    if own.empty:
        return "You have no price in this category yet."
    low, high = own["price"].min(), own["price"].max()
    first = f"Your {len(own):,} prices go from {low:,.2f} to {high:,.2f}" if low < high else f"You ask {low:,.2f} here"
    if theirs.empty:
        return f"{first}; no competitor lists anything here."
    first += f", those of others from {theirs['price'].min():,.2f} to {theirs['price'].max():,.2f}."
    taken = gaps[gaps["listings"] > 0]
    if taken.empty:
        return f"{first} There is no gap in which others sell."
    best = taken.iloc[0]
    filled = f"; “{shell.plain(best['new'][0])}” would fill it" if len(best["new"]) else ""
    return (
        f"{first} Between {best['low']:,.2f} and {best['high']:,.2f} you have nothing, others have "
        f"{best['listings']:,} listing{'' if best['listings'] == 1 else 's'}{filled}."
    )
