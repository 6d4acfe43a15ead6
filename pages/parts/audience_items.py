"""The audiences of all new items side by side: sizes, overlap, twins."""

import numpy as np
import pandas as pd
import streamlit as st

from core import shell
from core.audience import overlap as overlaps
from core.audience.audience import Audience
from core.audience.overlap import MEASURES, Measure, Overlap
from core.preference.scores import Scores
from pages.parts import audience_charts as charts
from pages.parts import audience_shop as shop

__all__ = ["show"]

MOST_SHOWN = 30  # items of the heatmap: more cannot be read
TWINS = 12
ALIKE = 0.6  # mean overlap from which on audiences hardly differ


@st.fragment
def show(known: Audience, scores: Scores, fewest: int) -> None:
    """All items at one threshold, drawn again by itself."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ends = shop.threshold(scores)
        measure = st.selectbox(
            "Overlap as a share", list(MEASURES), format_func=lambda one: MEASURES[one], key="measure", width=260
        )
    found = overlaps.overlap(scores, ends)
    names = shop.titles(known)
    _table(found, scores, names, measure, fewest)
    if len(found.items) < 2:
        st.info("A second new item is needed to compare audiences.", icon=":material/info:")
        return
    _picture(found.only(np.sort(np.argsort(-scores.buyers, kind="stable")[:MOST_SHOWN])), names, measure, fewest)
    _twins(found, names, measure, fewest)


def _table(found: Overlap, scores: Scores, names: dict[str, str], measure: Measure, fewest: int) -> None:
    twin, share = found.nearest(measure, fewest)
    frame = pd.DataFrame(
        {
            "item": [names.get(one, one) for one in found.items],
            "expected": scores.buyers,
            "customers": found.customers,
            "buyers": found.buyers,
            "reached": 100 * found.buyers / scores.buyers.clip(1e-12),
            "twin": [names.get(found.items[at], "") if at >= 0 else "" for at in twin],
            "overlap": 100 * share,
            "item_id": found.items,
        }
    ).sort_values("expected", ascending=False, kind="stable", ignore_index=True)
    st.dataframe(
        frame,
        hide_index=True,
        key="audiences",
        alt="Audiences of the new items",
        height=300,
        column_config={
            "item": st.column_config.TextColumn("Item", width=250, pinned=True),
            "expected": st.column_config.NumberColumn("Buyers of all", format="%.0f", help="Expected of all customers"),
            "customers": st.column_config.NumberColumn("Audience", format="%.0f", help="Customers in it"),
            "buyers": st.column_config.NumberColumn("Buyers in it", format="%.0f", help="Expected in the audience"),
            "reached": st.column_config.NumberColumn("Reached", format="%.0f %%", help="Of all expected buyers"),
            "twin": st.column_config.TextColumn("Most alike", width=250, help="The item with the likest audience"),
            "overlap": st.column_config.NumberColumn("Overlap", format="%.0f %%"),
            "item_id": "Code",
        },
    )
    shop.download(
        "Download the table", "download_items", "audiences", lambda: frame, "Of each item the size of its audience."
    )


def _picture(found: Overlap, names: dict[str, str], measure: Measure, fewest: int) -> None:
    st.header("Who shares an audience")
    order = found.order(measure, fewest)
    shown = found.shares(measure, fewest)[order][:, order]
    st.plotly_chart(
        charts.heatmap(shown, [names.get(found.items[at], "") for at in order]),
        key="overlap",
        alt="Overlap of the audiences of each two items",
    )
    if found.mean(measure, fewest) > ALIKE:
        st.caption(
            "Who buys much is likely to buy any of the items. Choose **Keenest** above to see who wants which of them."
        )
    which = f"The {MOST_SHOWN} items with the most expected buyers; " if len(names) > MOST_SHOWN else "Items "
    st.caption(
        f"{which}whose audiences are alike stand side by side. Blank: fewer customers than the smallest group. "
        "Two launches at the same people share their purse and their attention. "
        f"Audiences drawn at random would overlap by {found.by_chance(measure):.0%}."
    )


def _twins(found: Overlap, names: dict[str, str], measure: Measure, fewest: int) -> None:
    st.header("Twins")
    pairs = found.twins(measure, fewest, TWINS)
    if pairs.empty:
        st.info(shell.plain("No two audiences overlap enough to tell of. Widen the audience."), icon=":material/info:")
        return
    pairs = pairs.assign(overlap=100 * pairs["overlap"])
    for name in ("item_id", "other_id"):
        pairs[name] = [names.get(one, one) for one in pairs[name]]
    st.dataframe(
        pairs,
        hide_index=True,
        key="twins",
        alt="Pairs of items with the likest audiences",
        column_config={
            "item_id": st.column_config.TextColumn("Item", width=280),
            "other_id": st.column_config.TextColumn("Its twin", width=280),
            "together": st.column_config.NumberColumn("In both", format="%.0f", help="Customers"),
            "overlap": st.column_config.NumberColumn("Overlap", format="%.0f %%"),
        },
    )
