"""New items for a customer or a segment: a list with reasons, and a list for each customer to download."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core import shell
from core.audience import groups, recommend
from core.audience.audience import Audience
from core.audience.ids import read as read_ids
from core.errors import DebutError, NotReady
from core.preference.scores import Scores
from pages.parts import audience_shop as shop

__all__ = ["show"]

CUSTOMER, SEGMENT, NEW = "A customer", "A segment", "Somebody new"
ANY = "Any segment"
PROBABLE, REVENUE = "Probability", "Probability × price"
USUAL, MOST = 8, 30  # items of a list
VARIETY = 30  # percent


@st.fragment
def show(known: Audience, scores: Scores, fewest: int) -> None:
    """Whom the list is for, how it is made, and the list."""
    whom = st.segmented_control("For", [SEGMENT, CUSTOMER, NEW], default=SEGMENT, required=True, key="whom")
    try:
        members = _customer(scores) if whom == CUSTOMER else _segment(known, scores, fewest, new=whom == NEW)
        if whom != CUSTOMER:
            groups.guard(int(members.sum()), fewest)
        _list(known, scores, members, 1 if whom == CUSTOMER else fewest, new=whom == NEW)
    except DebutError as error:
        shell.fail(error)


def _segment(known: Audience, scores: Scores, fewest: int, new: bool) -> np.ndarray:
    """(customers,) who was asked and is in the chosen segment; for a new customer everybody may be chosen as well.

    Raises NotReady where no segment is large enough.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        segments = shop.division(known)
        names = [ANY] * new + segments.large(fewest)
        name = st.selectbox("Segment", names, key=f"list_segment_{len(names)}_{names[0]}", width=380)
    if name == ANY:
        return np.ones(len(scores.customers), dtype=bool)
    places = known.customers.places(scores.customers["customer_id"].to_numpy())
    return np.asarray(segments.of(places) == segments.names.index(name))


def _customer(scores: Scores) -> np.ndarray:
    """(customers,) the one that was typed, or drawn. Raises NotReady where nobody has the id."""
    ids = scores.customers["customer_id"].to_numpy()
    if "list_customer" not in st.session_state:
        st.session_state.list_customer = str(ids[0])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input("Customer id", key="list_customer", width=300, help=shop.ids_are())
        st.button(
            "Any customer", key="any_customer", icon=":material/casino:", on_click=_draw, args=(ids,), help="At random"
        )
    wanted = read_ids(shell.workspace(), typed or "")
    found = np.isin(ids, wanted[:1])
    if not found.any():
        raise NotReady("No customer who was asked has this id. Type another one, or draw any.")
    return np.asarray(found)


def _draw(ids: np.ndarray) -> None:
    st.session_state.list_customer = str(np.random.default_rng().choice(ids))


def _list(known: Audience, scores: Scores, members: np.ndarray, fewest: int, new: bool) -> None:
    assert known.sheet is not None  # there are scores, so there are items
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = st.number_input("Items", 1, MOST, USUAL, key="list_items", persist_state="session", width=110)
        variety = st.slider(
            "Variety (%)",
            0,
            90,
            VARIETY,
            5,
            key="variety",
            persist_state="session",
            width=240,
            help="0: the most probable items, however alike. More: what is like an item above it moves down.",
        )
        by = st.segmented_control(
            "Best by", [PROBABLE, REVENUE], default=PROBABLE, required=True, key="best_by", persist_state="session"
        )
    rule = (int(count), variety / 100, by == REVENUE)
    table = (recommend.for_new if new else recommend.for_group)(scores, members, known.sheet, *rule)
    place = pd.Index(scores.items).get_indexer(table["item_id"])
    inside = shop.inside(known, scores, members)
    liked = recommend.why(known.customers, inside, known.near[place], fewest)
    _table(table.assign(probability=100 * table["probability"], why=[f"like {one}" if one else "" for one in liked]))
    if new:
        st.caption("Nobody knows them yet, so they get what customers of the segment, or all of them, want on average.")
        return
    alone = int(members.sum()) == 1
    shop.download(
        "Download a list for each customer" if not alone else "Download this list",
        "download_lists",
        "recommended",
        partial(recommend.lists, scores, members, known.sheet, *rule),
        f"By the same rule, from the probabilities of each. {shop.ids_are()}",
    )


def _table(table: pd.DataFrame) -> None:
    st.dataframe(
        table[["rank", "title", "probability", "buyers", "revenue", "why", "price", "item_id"]],
        hide_index=True,
        key="recommended",
        alt="Recommended new items",
        column_config={
            "rank": st.column_config.NumberColumn("No.", width=50, pinned=True),
            "title": st.column_config.TextColumn("Item", width=260, pinned=True),
            "probability": st.column_config.NumberColumn(
                "Probability", format="%.1f %%", help="That a customer of them buys it; the mean"
            ),
            "buyers": st.column_config.NumberColumn("Buyers", format="%.1f", help="Expected among them"),
            "revenue": st.column_config.NumberColumn("Revenue", format="%.0f", help="Expected buyers × price"),
            "why": st.column_config.TextColumn("Why", width=300, help="What they bought that is most like it"),
            "price": st.column_config.NumberColumn("Price", format="%.2f"),
            "item_id": "Code",
        },
    )
    st.caption(
        "Items that are like one above them move down by the variety asked for "
        "(maximal marginal relevance, Carbonell & Goldstein 1998)."
    )
