"""The segments of the shop's customers: names, sizes, habits, and the new item that each wants most."""

import pandas as pd
import streamlit as st

from core import shell
from core.audience import recommend
from core.audience.audience import Audience
from core.audience.segments import Segments
from core.errors import DebutError
from core.preference.scores import Scores
from pages.parts import audience_charts as charts
from pages.parts import audience_shop as shop

__all__ = ["show"]

FAIR = 0.6  # agreement of two halves from which on segments are a fact of the shop more than a way to look at it


@st.fragment
def show(known: Audience, scores: Scores | None, fewest: int) -> None:
    """All segments of one division. scores: None where there are no new items."""
    segments = shop.division(known)
    st.caption(_made(segments))
    try:
        table = segments.told(fewest)
    except DebutError as error:
        shell.fail(error)
        return
    if scores is not None:
        table = table.merge(_wanted(known, segments, scores), on="name", how="left")
    table.insert(0, "place", range(1, len(table) + 1))
    _table(table.assign(share=100 * table["share"]))
    drawn = table.dropna(subset=["orders", "price"])
    if drawn.empty:
        st.caption("Nothing to draw: of no segment above it is known what its customers pay.")
        return
    st.plotly_chart(
        charts.sizes(drawn),
        key="sizes",
        alt="Segments by days with a purchase and price paid",
    )
    st.caption("A bubble a segment, by its number in the table and as large as it is.")


def _made(segments: Segments) -> str:
    if segments.agreement is None:
        return "The segments of your customer file. Their words are those that set apart what each buys."
    count = len(segments.table)
    if count == 1:
        return "Too few customers bought in the last year to divide them."
    sure = "so they are a fact of your shop" if segments.agreement >= FAIR else "so take them as one way to look at it"
    return (
        f"Customers of the last year, put together by what they bought and looked at, how often, how lately and at "
        f"what price. {count} segments are those on which two halves of the customers agree best: adjusted Rand index "
        f"{segments.agreement:.2f} of 1, {sure}."
    )


def _wanted(known: Audience, segments: Segments, scores: Scores) -> pd.DataFrame:
    """name, wants: the new item that a segment wants most beyond all customers."""
    places = known.customers.places(scores.customers["customer_id"].to_numpy())
    labels = segments.of(places)
    best, times = recommend.favourites(scores, labels, len(segments.table))
    names = shop.titles(known)
    wants = [
        f"{names.get(scores.items[at], '')} ({much:.1f}×)" if much > 0 else ""
        for at, much in zip(best, times, strict=True)
    ]
    return pd.DataFrame({"name": segments.names, "wants": wants})


def _table(table: pd.DataFrame) -> None:
    shown = ["place", "name", "customers", "share", "wants", "orders", "since", "price", "words"]
    frame = table[[name for name in shown if name in table]]
    st.dataframe(
        frame,
        hide_index=True,
        key="segments",
        alt="Segments of the customers",
        column_config={
            "place": st.column_config.NumberColumn("No.", width=50, pinned=True),
            "name": st.column_config.TextColumn("Segment", width=250, pinned=True),
            "customers": st.column_config.NumberColumn("Customers", format="localized"),
            "share": st.column_config.NumberColumn("Share", format="%.0f %%"),
            "orders": st.column_config.NumberColumn("Days bought", format="%.0f", help="In a year; the median"),
            "since": st.column_config.NumberColumn("Days since", format="%.0f", help="The last purchase; the median"),
            "price": st.column_config.NumberColumn("Pays", format="%.2f", help="Median of what they usually pay"),
            "wants": st.column_config.TextColumn(
                "Wants most",
                width=300,
                help="The new item that takes the largest part of what they are expected to buy, against all customers",
            ),
            "words": st.column_config.TextColumn("Words", width=300, help="Of what they buy more than others"),
        },
    )
    shop.download(
        "Download the segments", "download_segments", "segments", lambda: frame, "Segments only, no customers."
    )
