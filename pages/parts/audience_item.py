"""The audience of one new item: how many, how good, of which segments, and what they are like."""

import numpy as np
import pandas as pd
import streamlit as st

from core import shell
from core.audience import portrait, reach
from core.audience.audience import Audience
from core.audience.reach import Reach
from core.audience.segments import Segments
from core.errors import DebutError
from core.preference.scores import Scores
from pages.parts import audience_charts as charts
from pages.parts import audience_shop as shop

__all__ = ["compared", "show"]

INDEX_WORDS = "The number at a bar is its index: 100 is the share among all customers, 200 twice that."


@st.fragment
def show(known: Audience, scores: Scores, fewest: int) -> None:
    """All of one item, drawn again by itself, so that its sliders answer at once."""
    names = shop.titles(known)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        item_id = st.selectbox(
            "Item", shop.likely(scores), format_func=lambda one: names.get(one, one), key="audience_item", width=300
        )
        ends = shop.threshold(scores)
        segments = shop.division(known)
    r = scores.of_item(item_id)
    members = ends.members(r, scores.r.mean(1))
    found = reach.reach(r, members)
    _figures(found, scores.weeks)
    places = known.customers.places(scores.customers["customer_id"].to_numpy())
    left, right = st.columns(2)
    with left:
        st.header("Whom to tell")
        st.plotly_chart(
            charts.gain(reach.gain(r), found.share, found.gained),
            key="gain",
            alt="Share of the expected buyers reached by share of the customers contacted",
        )
        if found.customers:
            st.caption(f"Everybody in the audience buys it with a probability of {found.least:.1%} or more.")
    try:
        with right:
            _segments(segments, places, members, fewest)
        _portrait(known, shop.inside(known, scores, members), fewest)
        _list(item_id, names[item_id], scores, segments.named(places, fewest), members, r)
    except DebutError as error:
        shell.fail(error)


def _figures(found: Reach, weeks: int) -> None:
    with st.container(horizontal=True):
        st.metric("Customers", f"{found.customers:,}", border=True, height="stretch", help="In the audience")
        st.metric(
            "Expected buyers",
            f"{found.buyers:,.0f}",
            border=True,
            height="stretch",
            help=f"Of the audience, in the first {weeks} weeks: the sum of their probabilities.",
        )
        st.metric(
            "Of all expected buyers",
            f"{found.gained:.0%}",
            border=True,
            height="stretch",
            help=f"Among all customers, {found.of:,.0f} are expected to buy.",
        )
        st.metric(
            "Against at random",
            f"{found.lift:.1f}×" if found.customers else "–",
            border=True,
            height="stretch",
            help="As many times as many buyers as among as many customers drawn at random.",
        )


def _segments(segments: Segments, places: np.ndarray, members: np.ndarray, fewest: int) -> None:
    st.header("Who they are")
    table = reach.composition(segments, places, members, fewest)
    st.plotly_chart(
        charts.shares(table, "segment", "This audience"), key="composition", alt="Segments of the audience, in shares"
    )
    st.caption(INDEX_WORDS)


def _portrait(known: Audience, inside: np.ndarray, fewest: int) -> None:
    """What is known of the audience. inside: (n,) who of it bought in the last year; the rest have nothing to tell."""
    st.header("What they look at and pay")
    if inside.sum() < fewest:
        st.info(
            f"Fewer than {fewest} of them bought in the last year: too few to say what they are like. Widen the "
            "audience, or lower the smallest group.",
            icon=":material/info:",
        )
        return
    compared(known, {"This audience": inside})
    _interest(known, inside)


def compared(known: Audience, groups: dict[str, np.ndarray]) -> None:
    """The median customer of groups beside that of all. groups: name to a mask over the customers."""
    everybody = np.ones(len(known.customers), dtype=bool)
    table = portrait.numbers(known.customers, {**groups, "All customers": everybody})
    shown = table.drop(columns="measure").astype(object)
    for name in shown.columns[1:]:
        shown[name] = [_written(kind, value) for kind, value in zip(table["measure"], table[name], strict=True)]
    st.dataframe(
        shown,
        hide_index=True,
        key="compared",
        alt="The median customer of the group beside that of all",
        column_config={
            "label": st.column_config.TextColumn("The one in the middle", width=200),
            **{str(name): st.column_config.TextColumn(width=120) for name in shown.columns[1:]},
        },
    )


def _interest(known: Audience, inside: np.ndarray) -> None:
    words = portrait.words(known.customers, known.vocabulary, inside)
    if words:
        st.markdown(f"They buy more than others: **{shell.plain(', '.join(words))}**.")
    table = portrait.categories(known.customers, inside)
    if table.empty:
        st.caption("The items have no categories. Load a product file with a category column to see what they look at.")
        return
    st.plotly_chart(
        charts.shares(table, "category", "This audience"), key="interest", alt="Categories of interest, in shares"
    )
    st.caption(f"What was bought or looked at within a year, later counting more. {INDEX_WORDS}")


def _list(item_id: str, title: str, scores: Scores, segments: np.ndarray, members: np.ndarray, r: np.ndarray) -> None:
    def frame() -> pd.DataFrame:
        listed = reach.ranked(scores, members, r).assign(item_id=item_id, item=title)
        return listed.assign(segment=segments[listed.index]).reset_index(drop=True)

    shop.download("Download this audience", "download_audience", f"audience_{item_id}", frame, shop.ids_are())


def _written(measure: str, value: float) -> str:
    if np.isnan(value):
        return "–"
    return {"price": f"{value:,.2f}", "looked": f"{value:.0%}"}.get(measure, f"{value:,.0f}")
