"""Audience: who will want a new item, which segments there are, whom to tell, and what to show to whom."""

import streamlit as st

from core import shell
from pages.parts import (
    audience_item,
    audience_items,
    audience_lists,
    audience_lookalikes,
    audience_segments,
    audience_shop,
    on_demand,
)

ITEM, ITEMS, SEGMENTS, LISTS, ALIKE = "One item", "All items", "Segments", "For a segment or customer", "Lookalikes"
SCORER = (
    "Each customer has a probability to buy each new item in its first weeks. Until a scorer is trained they come "
    "from a plain formula: how near the item is to what the customer bought, how well its like items sell, how often "
    "and how lately the customer buys. A trained scorer reads the whole past of a customer."
)

shell.enter("Audience")
shell.past()  # sales come first: without them there is nobody to ask
body = st.container()
# Drawn before the rest, below it: where a scorer cannot be used, the page stops, and it can be trained again here.
with st.expander("The scorer behind this", icon=":material/model_training:"):
    on_demand.panel(shell.workspace(), "preference", SCORER)

with body:
    known = audience_shop.audience()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "Show",
            [ITEM, ITEMS, SEGMENTS, LISTS, ALIKE],
            default=ITEM,
            required=True,
            key="view",
            wrap=True,
            bind="query-params",
        )
        fewest = audience_shop.smallest_group()
    if view == SEGMENTS:
        audience_segments.show(known, shell.preferences() if known.sheet is not None else None, fewest)
    elif view == ALIKE:
        audience_lookalikes.show(known, fewest)
    else:
        scores = shell.preferences()
        {ITEM: audience_item, ITEMS: audience_items, LISTS: audience_lists}[view or ITEM].show(known, scores, fewest)
