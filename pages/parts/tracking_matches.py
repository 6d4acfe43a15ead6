"""Launches that may be sold under another code: the likest products that came up since, to be confirmed by a person."""

import streamlit as st

from core import shell, tracking
from core.tracking import Tracking
from pages.parts import tracking_shop as shop

__all__ = ["show"]


def show(tracked: Tracking, item_id: str = "") -> None:
    """All of them, or those of one launch; nothing where none is in question."""
    found = tracked.unmatched
    if item_id:
        found = found[found["item_id"] == item_id]
    if found.empty:
        return
    st.header("Sold under another code?") if not item_id else st.subheader("Sold under another code?")
    st.markdown(
        "No sales bear the code of the launch, and these products came up since its plan was made. Say whether one of "
        "them is it; its sales, reviews, visits and ads are then those of the launch."
    )
    who = shop.who_and_undo("tracking_by_matches")
    for item, mine in found.groupby("item_id", sort=False):
        if not item_id:
            st.subheader(f"{shell.plain(str(mine['title'].iloc[0]))} ({shell.plain(str(item))})")
        for row in mine.to_dict("records"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"{shell.plain(str(row['product_title']))} ({shell.plain(row['product_id'])}): "
                    f"{row['likeness']:.0%} alike, {row['sold']:,.0f} sold since {row['launched_on']:%d %b %Y}",
                    width="stretch",
                )
                st.button(
                    "It is this one", icon=":material/link:", key=f"match_{item}_{row['product_id']}",
                    on_click=shop.act, args=(tracking.attach, item, row["product_id"], who),
                )  # fmt: skip
                st.button(
                    "It is not", icon=":material/link_off:", key=f"no_match_{item}_{row['product_id']}",
                    on_click=shop.act, args=(tracking.detach, item, row["product_id"], who),
                )  # fmt: skip
