"""Market: what others ask for the same things, the price ladder, and what is rising or fading."""

import streamlit as st

from core import shell
from pages.parts import market_data, market_ladder, market_matches, market_prices, market_trends

PRICES, LADDER, MATCHES, TRENDS = "Prices", "Ladder", "Matches", "Trends"

shell.enter("Market")
shell.past()  # sales come first: without them there is nothing to compare
workspace = shell.workspace()
view = st.segmented_control(
    "Show",
    [PRICES, LADDER, MATCHES, TRENDS],
    default=PRICES if market_data.has_competitors(workspace) else TRENDS,
    required=True,
    key="view",
    bind="query-params",
)
if view == TRENDS:
    market_trends.show(workspace)
else:
    known = market_data.needed(workspace)
    {PRICES: market_prices, LADDER: market_ladder, MATCHES: market_matches}[view or PRICES].show(workspace, known)
