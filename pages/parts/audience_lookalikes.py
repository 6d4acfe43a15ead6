"""Lookalikes: from a seed of customers to others who are like it."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from core import shell
from core.audience import groups, ids, lookalike, portrait
from core.audience.audience import Audience
from core.audience.lookalike import Lookalikes
from core.errors import DebutError, NotReady
from pages.parts import audience_shop as shop
from pages.parts.audience_item import compared

__all__ = ["show"]

SEGMENT, BUYERS, IDS = "A segment", "Buyers of an item", "Customer ids"
USUAL = 10  # percent of the customers outside of the seed
FAIR = 0.6  # AUC below which a seed is hardly a kind of customer


@st.fragment
def show(known: Audience, fewest: int) -> None:
    """The seed, who is like it, and how well that is known."""
    kind = st.segmented_control("Seed", [SEGMENT, BUYERS, IDS], default=SEGMENT, required=True, key="seed")
    try:
        seed, item = {SEGMENT: _segment, BUYERS: _buyers, IDS: _typed}[kind or SEGMENT](known, fewest)
        groups.guard(int(seed.sum()), fewest)
        place = shell.workspace()
        found = _found(place.folder, place.version, zlib.crc32(seed.tobytes()), item, known, seed)
        _alike(known, seed, found, fewest)
    except DebutError as error:
        shell.fail(error)


def _segment(known: Audience, fewest: int) -> tuple[np.ndarray, None]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        segments = shop.division(known)
        names = segments.large(fewest)
        name = st.selectbox("Segment", names, key=f"seed_segment_{len(names)}_{names[0]}", width=380)
    return segments.labels == segments.names.index(name), None


def _buyers(known: Audience, fewest: int) -> tuple[np.ndarray, int]:
    sold = known.sold()
    item = st.selectbox(
        "Item that they bought within a year",
        list(sold),
        format_func=sold.__getitem__,
        key="seed_item",
        width=380,
    )
    return known.customers.bought_item(item), item


def _typed(known: Audience, fewest: int) -> tuple[np.ndarray, None]:
    typed = st.text_area(
        "Customer ids",
        key="seed_ids",
        placeholder="One a line, or parted by commas",
        help="As in your own files or as in a download of Debut.",
        height=120,
    )
    wanted = ids.read(shell.workspace(), typed or "")
    if not wanted:
        raise NotReady("Paste the ids of customers who are as you want others to be, then press Ctrl + Enter.")
    seed = ids.picked(known.customers, wanted)
    st.caption(f"{int(seed.sum()):,} of {len(wanted):,} ids belong to customers who bought in the last year.")
    return seed, None


def _alike(known: Audience, seed: np.ndarray, found: Lookalikes, fewest: int) -> None:
    percent = st.slider("Most alike (% of all others)", 1, 50, USUAL, key="alike_share", width=300)
    count = max(1, round(len(found.rows) * percent / 100))
    _figures(seed, found, count)
    groups.guard(count, fewest)
    chosen = np.zeros(len(known.customers), dtype=bool)
    chosen[found.rows[:count]] = True
    st.header("What they are like")
    compared(known, {"The seed": seed, "Lookalikes": chosen})
    words = portrait.words(known.customers, known.vocabulary, seed)
    if words:
        st.markdown(f"The seed buys more than others: **{shell.plain(', '.join(words))}**.")
    shop.download(
        "Download the lookalikes",
        "download_lookalikes",
        "lookalikes",
        lambda: _listed(known, found, count, fewest),
        shop.ids_are(),
    )


def _figures(seed: np.ndarray, found: Lookalikes, count: int) -> None:
    with st.container(horizontal=True):
        st.metric("Seed", f"{int(seed.sum()):,}", border=True, height="stretch", help="Customers")
        st.metric("Lookalikes", f"{count:,}", border=True, height="stretch", help="Customers outside of the seed")
        st.metric("Likeness of the last", f"{found.score[count - 1]:.0%}", border=True, height="stretch", help=LIKENESS)
        st.metric("Told apart (AUC)", f"{found.auc:.2f}", border=True, height="stretch", help=AUC)
    if found.auc < FAIR:
        st.warning(
            "The seed is hardly a kind of its own: its customers are told from others little better than by guessing. "
            "Lookalikes of it are not much better than customers drawn at random.",
            icon=":material/warning:",
        )


LIKENESS = "Of the least alike in the list: 50 % is as like the rest as the seed."
AUC = (
    "How often a customer of the seed scores higher than another one, among customers that were left out of learning; "
    "0.5 is guessing. A segment found by Debut is told apart almost perfectly, as it was made by the same features."
)


def _listed(known: Audience, found: Lookalikes, count: int, fewest: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rank": np.arange(1, count + 1),
            "customer_id": known.customers.ids[found.rows[:count]],
            "segment": known.found.named(found.rows[:count], fewest),
            "likeness": found.score[:count],
        }
    )


@st.cache_resource(show_spinner="Looking for customers who are like the seed ...", max_entries=8)
def _found(
    folder: Path, data: int, print_of_seed: int, item: int | None, _known: Audience, _seed: np.ndarray
) -> Lookalikes:
    return lookalike.find(_known.customers, _seed, item)
