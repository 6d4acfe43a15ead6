"""What is rising and fading in sales, searches and reviews, and which new items ride on it."""

import pandas as pd
import streamlit as st

from core import shell
from core.market import headline
from core.market.demand import REVIEWS, SALES, SEARCHES, Demand
from core.market.trends import FEWEST, SHARE
from core.workspace import Workspace
from pages.parts import market_charts as charts
from pages.parts import market_data as data

__all__ = ["show"]

DRAWN = 16  # terms in the picture
FEW = 8  # rows of the table that need no scrolling
MOST_ROWS = 500  # of the table; the download has them all
KINDS = {"category": "Categories", "brand": "Brands", "theme": "Themes", "word": "Words"}
BEHIND = {SALES: "Items", SEARCHES: "People", REVIEWS: "Items"}
MEANING = {
    SALES: "sales, item by item, beside the rest of the shop at a like age",
    SEARCHES: "the share of all searches",
    REVIEWS: "the share of all reviews",
}
COUNTED = {
    SALES: "A best-seller counts as one item.",
    SEARCHES: "What somebody searches for again in the same week counts once.",
    REVIEWS: "Reviews of one item count as going together.",
}
AXES = {
    SALES: "Sales beside the shop's",
    SEARCHES: "Share of all searches",
    REVIEWS: "Share of all reviews",
}


def show(workspace: Workspace) -> None:
    """The view."""
    known = data.trends(workspace)
    if not known.sources:
        st.info(shell.plain(" ".join(known.missing.values())), icon=":material/info:")
        shell.page_link("data", "Load more data", "upload")
        return
    st.markdown(f"**{shell.plain(headline.moving(known))}**")
    names = [name for name in (SALES, SEARCHES, REVIEWS) if name in known.sources]
    source = st.segmented_control("In", names, default=names[0], required=True, key="trend_source") or names[0]
    _terms(known, source)
    if known.missing:
        st.caption(shell.plain("; ".join(f"{name}: {why}" for name, why in known.missing.items())))
    _new(known)


def _terms(known: Demand, source: str) -> None:
    found = known.sources[source]
    st.header(f"Rising and fading in {source.lower()}")
    if found.table.empty:
        st.info(
            f"No category, attribute or word has {FEWEST} {BEHIND[source].lower()} behind it at both times, so nothing "
            "can be compared. Items with titles, descriptions and attributes help.",
            icon=":material/info:",
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.pills(
            "Kinds",
            list(dict.fromkeys(found.table["kind"])),
            selection_mode="multi",
            format_func=lambda kind: KINDS.get(kind, kind.replace("_", " ").capitalize()),
            key=f"kinds_{source}",
        )
        sure = st.toggle("Only what is more than chance", value=bool(len(found.moving)), key=f"sure_{source}")
    shown = found.table[found.table["kind"].isin(kinds)] if kinds else found.table
    shown = shown[shown["trend"] != ""] if sure else shown
    _explained(known, source)
    if shown.empty:
        st.info(
            "None of these moves by more than chance explains. Switch the filter off to see them all the same.",
            icon=":material/info:",
        )
        return
    drawn = shown.head(DRAWN).drop_duplicates("term")
    st.plotly_chart(
        charts.moving(drawn, AXES[source]), key=f"moving_{source}", alt=f"What rises and fades in {source.lower()}"
    )
    st.dataframe(
        _percent(shown.head(MOST_ROWS)),
        hide_index=True,
        key=f"terms_{source}",
        height=320 if len(shown) > FEW else "auto",
        alt=f"Terms that rise or fade in {source.lower()}",
        column_config=_columns(BEHIND[source]),
    )
    data.download("Download the terms", f"download_{source}", f"trends_{source.lower()}", lambda: found.table)


def _explained(known: Demand, source: str) -> None:
    found = known.sources[source]
    shop = f" All items on sale at both times: {headline.percent(known.shop)}." if source == SALES else ""
    season = "" if found.span.seasonal else " The season of a single term cannot be taken out of so little."
    st.caption(
        f"Compared: {MEANING[source]}, {found.span.words}.{season} {len(found.table):,} terms were tested; of those "
        f"called rising or fading at most {100 * SHARE:.0f} % are expected to be chance. {COUNTED[source]}{shop}"
    )


def _new(known: Demand) -> None:
    st.header("What it means for the new items")
    if SALES not in known.sources:
        st.info(shell.plain(known.missing[SALES]), icon=":material/info:")
        return
    if known.new.empty:
        st.info("There are no new items yet. Load a sheet of candidates.", icon=":material/info:")
        shell.page_link("new_items", "Load new items", "upload")
        return
    ride, sink = ((known.new["trend"] == way).sum() for way in ("rising", "fading"))
    st.markdown(
        f"**{ride}** of {len(known.new):,} new items ride a rising trend and **{sink}** a fading one, by what their "
        "like items have sold."
    )
    frame = known.new.assign(**{name: 100 * known.new[name] for name in ("change", "low", "high")})
    st.dataframe(
        frame.assign(range=_ranges(frame))[
            ["title", "trend", "change", "range", "rising", "fading", "like", "category", "item_id"]
        ],
        hide_index=True,
        key="riding",
        height=380,
        alt="New items and the trends they ride",
        column_config={
            "title": st.column_config.TextColumn("New item", width=230, pinned=True),
            "trend": st.column_config.TextColumn("Trend", width=70, help="Where it is more than chance"),
            "change": st.column_config.NumberColumn(
                "Like items", format="%+.0f %%", width=90, help="Their growth beside the rest of the shop"
            ),
            "range": st.column_config.TextColumn("Likely range", width=120, help="8 in 10"),
            "rising": st.column_config.ListColumn(
                "Its rising words", width=180, help="Rising in sales, searches or reviews"
            ),
            "fading": st.column_config.ListColumn(
                "Its fading words", width=180, help="Fading in sales, searches or reviews"
            ),
            "like": st.column_config.NumberColumn("Told by", width=70, help="Like items with sales at both times"),
            "category": st.column_config.TextColumn("Category", width=140),
            "item_id": st.column_config.TextColumn("Code", width=100),
        },
    )
    data.download("Download the new items", "download_riding", "trends_new_items", lambda: _flat(known.new))


def _percent(table: pd.DataFrame) -> pd.DataFrame:
    frame = table.assign(**{name: 100 * table[name] for name in ("change", "low", "high")})
    kinds = [KINDS.get(kind, kind.replace("_", " ").capitalize()) for kind in frame["kind"]]
    return frame.assign(range=_ranges(frame), kind=kinds)[["term", "kind", "trend", "change", "range", "behind", "q"]]


def _ranges(frame: pd.DataFrame) -> list[str]:
    pairs = zip(frame["low"], frame["high"], strict=True)
    return ["" if pd.isna(low) else f"{low:+.0f} to {high:+.0f} %" for low, high in pairs]


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].map(", ".join) for name in ("rising", "fading")})


def _columns(behind: str) -> dict:
    return {
        "term": st.column_config.TextColumn("Term", width=240, pinned=True),
        "kind": st.column_config.TextColumn("Kind", width=100),
        "trend": st.column_config.TextColumn("Trend", width=80),
        "change": st.column_config.NumberColumn("Change", format="%+.0f %%", width=80),
        "range": st.column_config.TextColumn("Likely range", width=130, help="8 in 10"),
        "behind": st.column_config.NumberColumn(behind, width=70, help="How many are behind it"),
        "q": st.column_config.NumberColumn(
            "Chance", format="%.3f", width=80, help="Share of chance finds among terms at least so sure"
        ),
    }
