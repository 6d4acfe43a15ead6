"""Which listing is which item: a queue to answer by key, matches in bulk, and a table of all."""

import pandas as pd
import streamlit as st

from core import shell
from core.market import decisions, review
from core.market.decisions import How, Verdict
from core.market.market import BULK, FILE, FOUND, HAND, Market
from core.market.review import NONE, UNSURE, Order
from core.workspace import Workspace
from pages.parts import market_data as data

__all__ = ["show"]

ORDERS: dict[Order, str] = {"doubtful": "Most doubtful first", "sure": "Surest first"}
OPTIONS = 4  # candidates on the card, on the keys 1 to 4
STATES = {
    FOUND: "Found, not looked at",
    UNSURE: "No likely item",
    FILE: "From your file",
    HAND: "Decided by hand",
    BULK: "Confirmed in bulk",
    NONE: "None of yours",
}
COLUMNS = {
    "competitor": st.column_config.TextColumn("Competitor", width=115, pinned=True),
    "title": st.column_config.TextColumn("Listing", width=215),
    "price": st.column_config.NumberColumn("Price", format="%.2f", width=60),
    "item": st.column_config.TextColumn("Your item", width=215),
    "ours": st.column_config.NumberColumn("Yours", format="%.2f", width=60),
    "confidence": st.column_config.ProgressColumn(
        "Same item", format="%.0f %%", min_value=0, max_value=100, width=105, help="Probability"
    ),
    "state": st.column_config.TextColumn("State", width=150),
    "item_id": st.column_config.TextColumn("Code", width=95),
    "who": st.column_config.TextColumn("Who", width=90),
}


def show(workspace: Workspace, known: Market) -> None:
    """The view."""
    found = review.table(known)
    st.markdown(f"**{_words(known, found)}**")
    _queue(workspace, known, found)
    _bulk(workspace, found)
    _all(workspace, known, found)


def _words(known: Market, found: pd.DataFrame) -> str:
    states = found["state"].value_counts()
    decided = int(states.reindex([FILE, HAND, BULK, NONE]).fillna(0).sum())
    none, left = review.none_left(known, found), len(found) - decided
    rest = f" About {100 * none:.0f} % of the {left:,} that wait are none of yours." if left else ""
    return (
        f"Of {len(found):,} listings {len(known.likely):,} are likely one of your items, and {decided:,} are decided."
        f"{rest}"
    )


def _queue(workspace: Workspace, known: Market, found: pd.DataFrame) -> None:
    st.header("One by one")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Order", list(ORDERS), format_func=ORDERS.__getitem__, default="doubtful", required=True, key="match_order"
        )
        st.button("Undo", key="match_undo", shortcut="U", icon=":material/undo:", on_click=_undo, args=(workspace,))
    skipped = st.session_state.setdefault("match_skipped", [])
    waiting = review.waiting(found, order or "doubtful")
    # What was skipped comes last; what was taken back comes first.
    first = st.session_state.get("match_first")
    waiting.sort(key=lambda row: (_name(known, row) != first, _name(known, row) in skipped))
    if not waiting:
        st.success("Every listing is decided.", icon=":material/check:")
        return
    _card(workspace, known, waiting[0])
    st.caption(f"{len(waiting):,} listings wait. Probabilities are {known.judge.source}; each answer teaches them.")


def _card(workspace: Workspace, known: Market, listing: int) -> None:
    """One listing, with a button for each item that it could be."""
    row = known.listings.table.iloc[listing]
    competitor, name = _name(known, listing)
    found = review.options(known, listing, OPTIONS)
    with st.container(border=True, key="match_card"):
        st.subheader(shell.plain(row["title"] or row["name"]), anchor=False)
        category = f" · {shell.plain(row['category'])}" if row["category"] else ""
        st.markdown(
            f"{shell.plain(row['competitor'])}{category} · **{row['price']:,.2f}**, seen {row['date']:%-d %b %Y}. "
            "Which of your items is it?"
        )
        for at, one in enumerate(found.to_dict("records"), start=1):
            price = "no price" if pd.isna(one["price"]) else f"{one['price']:,.2f}"
            new = " · new item" if one["new"] else ""
            st.button(
                f"{shell.plain(one['title'])} · {price}{new} · {100 * one['confidence']:.0f} %",
                key=f"match_{at}",
                shortcut=str(at),
                width="stretch",
                on_click=_decide,
                args=(workspace, competitor, name, one["item_id"], "same"),
            )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button(
                "None of yours",
                key="match_none",
                shortcut="0",
                icon=":material/block:",
                on_click=_decide,
                args=(workspace, competitor, name, "", "none"),
            )
            st.button("Skip", key="match_skip", shortcut="S", on_click=_skip, args=((competitor, name),))
            with st.popover("Another item", icon=":material/search:"):
                _another(workspace, known, competitor, name)


def _another(workspace: Workspace, known: Market, competitor: str, name: str) -> None:
    """Any item of the shop, for what is not on the card."""
    titles = dict(zip(known.items["item_id"], known.items["title"], strict=True))
    chosen = st.selectbox(
        "Item",
        list(titles),
        index=None,
        format_func=lambda one: f"{titles[one]} ({one})",
        key=f"match_other_{hash((competitor, name))}",
        placeholder="Words in the title",
    )
    st.button(
        "It is this one",
        key="match_this",
        type="primary",
        disabled=chosen is None,
        on_click=_decide,
        args=(workspace, competitor, name, chosen or "", "same"),
    )


def _bulk(workspace: Workspace, found: pd.DataFrame) -> None:
    st.header("In bulk")
    found = found[found["state"] == FOUND]
    least = st.slider("Confirm every match of at least (%)", 50, 99, 95, key="match_least", width=320)
    some = found[found["confidence"] >= least / 100]
    wrong = float((1 - some["confidence"]).sum())
    st.button(
        f"Confirm {len(some):,} matches",
        key="match_bulk",
        icon=":material/done_all:",
        disabled=some.empty,
        on_click=_keep,
        args=(workspace, review.decisions(some, "same"), "bulk"),
        help="One step, which Undo takes back as a whole.",
    )
    st.caption(f"About {wrong:.1f} of them are expected to be wrong, if the probabilities are right.")


def _all(workspace: Workspace, known: Market, found: pd.DataFrame) -> None:
    st.header("All listings")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        there = [state for state in review.STATES if (found["state"] == state).any()]
        states = st.multiselect("State", there, format_func=STATES.__getitem__, key="match_states", width=260)
        shops = st.multiselect("Competitor", known.listings.competitors, key="match_competitor", width=240)
        words = st.text_input("Search", key="match_words", placeholder="Words in a title", width=200)
    kept = (found["state"].isin(states) | (not states)) & (found["competitor"].isin(shops) | (not shops))
    if words:
        both = found["title"] + " " + found["item"]
        kept &= both.str.contains(words, case=False, regex=False)
    shown = found[kept].reset_index(drop=True)
    if shown.empty:
        st.info("No listing fits. Clear the search or the filters.", icon=":material/info:")
        return
    st.caption(f"{len(shown):,} of {len(found):,} listings. Tick rows to decide on them together.")
    chosen = st.dataframe(
        shown.assign(state=shown["state"].map(STATES), confidence=100 * shown["confidence"])[list(COLUMNS)],
        hide_index=True,
        # Ticks are kept by place: another table needs another key.
        key=f"matches_{decisions.stamp(workspace.cursor())}_{len(shown)}_{shown['row'].iloc[0]}",
        on_select="rerun",
        selection_mode="multi-row",
        height=380,
        alt="Listings and what they match",
        column_config=COLUMNS,
    )
    ticked = shown.iloc[chosen.selection.rows]
    with st.container(horizontal=True):
        answers: list[tuple[str, str, Verdict]] = [
            ("Same item", ":material/check:", "same"),
            ("Not this item", ":material/close:", "not"),
            ("None of yours", ":material/block:", "none"),
        ]
        for label, icon, verdict in answers:
            rows = review.decisions(ticked, verdict)
            st.button(
                f"{label} ({len(rows):,})",
                key=f"ticked_{verdict}",
                icon=icon,
                disabled=rows.empty,
                on_click=_keep,
                args=(workspace, rows, "hand"),
            )
        data.download("Download the matches", "download_matches", "matches", lambda: found.drop(columns="row"))


def _decide(workspace: Workspace, competitor: str, name: str, item_id: str, verdict: Verdict) -> None:
    rows = [(competitor, name, item_id, verdict)]
    _keep(workspace, pd.DataFrame(rows, columns=decisions.COLUMNS), "hand")


def _keep(workspace: Workspace, rows: pd.DataFrame, how: How) -> None:
    st.session_state.pop("match_first", None)
    decisions.keep(workspace, rows, how, _who())
    if len(rows) > 1:
        st.toast(f"{len(rows):,} decisions are kept. Undo takes them back.", icon=":material/check:")


def _undo(workspace: Workspace) -> None:
    step = decisions.take_back(workspace)
    if step is None:
        st.toast("There is nothing to undo.", icon=":material/info:")
        return
    st.session_state.match_first = (step.competitor, step.listing)
    words = "One decision is" if step.decisions == 1 else f"{step.decisions:,} decisions are"
    st.toast(f"{words} taken back.", icon=":material/undo:")


def _skip(name: tuple[str, str]) -> None:
    st.session_state.match_skipped = [*(one for one in st.session_state.match_skipped if one != name), name]
    st.session_state.pop("match_first", None)


def _name(known: Market, listing: int) -> tuple[str, str]:
    row = known.listings.table.iloc[listing]
    return str(row["competitor"]), str(row["name"])


def _who() -> str:
    """Who is logged in, where the server asks for that."""
    return str(st.user.get("email") or "")
