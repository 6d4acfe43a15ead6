"""Prices beside those of others: the index over time, who undercuts, and where the new items stand."""

import pandas as pd
import streamlit as st

from core import shell
from core.market import headline, index
from core.market.index import Pairs
from core.market.market import Market
from core.market.standing import offers
from core.workspace import Workspace
from pages.parts import market_charts as charts
from pages.parts import market_data as data

__all__ = ["show"]

BY = {"Competitor": "competitor", "Category": "category"}
SINCE = "From then on it had more than half cheaper; the first week of the data may stand for earlier"
WHO = {
    "competitor": st.column_config.TextColumn("Competitor", width=150, pinned=True),
    "pairs": st.column_config.NumberColumn("Pairs", width=60, help="Matched listings with a price now on both sides"),
    "index": st.column_config.NumberColumn("Index", format="%.1f", width=70, help="What it asks for each 100 of yours"),
    "range": st.column_config.TextColumn("Likely range", width=120, help="8 in 10"),
    "share": st.column_config.NumberColumn("Undercuts", format="%.0f %%", width=90, help="Pairs that it has cheaper"),
    "by": st.column_config.TextColumn("By", width=55, help="Median, where it is cheaper"),
    "since": st.column_config.TextColumn("Most since", width=110, help=SINCE),
    "lag": st.column_config.TextColumn("Follows you", width=130, help="When its price changes go with yours"),
}
OFFERED = {
    "title": st.column_config.TextColumn("New item", width=250, pinned=True),
    "price": st.column_config.NumberColumn("Price", format="%.2f", width=70),
    "rank": st.column_config.TextColumn("Rank", width=80, help="1 is the cheapest of the offers and yours"),
    "percentile": st.column_config.NumberColumn(
        "Percentile", format="%.0f", width=85, help="Share of the offers that are cheaper than your price"
    ),
    "index": st.column_config.NumberColumn(
        "To theirs", format="%+.0f %%", width=80, help="Your price beside the geometric mean of the offers"
    ),
    "cheapest": st.column_config.NumberColumn("Lowest", format="%.2f", width=75),
    "median": st.column_config.NumberColumn("Median", format="%.2f", width=75),
    "dearest": st.column_config.NumberColumn("Highest", format="%.2f", width=75),
    "category": st.column_config.TextColumn("Category", width=140),
    "item_id": st.column_config.TextColumn("Code", width=100),
}
LIKE = {
    "competitor": st.column_config.TextColumn("Competitor", width=140),
    "title": st.column_config.TextColumn("Listing", width=330),
    "price": st.column_config.NumberColumn("Price", format="%.2f", width=70),
    "date": st.column_config.DateColumn("Seen", format="D MMM YYYY", width=100),
    "similarity": st.column_config.ProgressColumn("Alike", format="%.0f %%", min_value=0, max_value=100, width=100),
    "confidence": st.column_config.NumberColumn("Same item", format="%.0f %%", width=90, help="Probability"),
}


def show(workspace: Workspace, known: Market) -> None:
    """The view."""
    pairs = known.price_pairs
    if pairs.table.empty:
        st.info(
            "No listing is matched to an item of yours yet, so there is no price index. Confirm matches in the view "
            "**Matches**, or load competitors' prices with the titles of what they sell.",
            icon=":material/info:",
        )
    else:
        above = st.container()
        some = _filtered(pairs)
        above.markdown(f"**{shell.plain(headline.prices(some))}**")
        _index(some)
    _positions(workspace, known)
    _left_out(known)


def _filtered(pairs: Pairs) -> Pairs:
    """The pairs that the user asks for; all of them where that leaves none."""
    table = pairs.table
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shops = st.multiselect("Competitor", sorted(table["competitor"].unique()), key="market_competitor", width=260)
        categories = sorted(set(table["category"]) - {""})
        chosen = st.multiselect("Category", categories, key="market_category", disabled=not categories, width=260)
    kept = (table["competitor"].isin(shops) | (not shops)) & (table["category"].isin(chosen) | (not chosen))
    if not kept.any():
        st.info("No matched pair fits. Shown is the whole market.", icon=":material/info:")
        return pairs
    return pairs.only(kept.to_numpy().nonzero()[0])


def _index(pairs: Pairs) -> None:
    st.header("Price index")
    by = BY[st.segmented_control("By", list(BY), default="Competitor", required=True, key="index_by") or "Competitor"]
    weeks = index.by_week(pairs, by)
    if weeks.empty:
        st.info("No pair has a price on both sides in the same weeks.", icon=":material/info:")
        return
    st.plotly_chart(charts.over_time(weeks, by), key="index_weeks", alt=f"Price index by {by}, week by week")
    st.caption(
        "100 is your price as it was paid. The geometric mean over matched pairs only, with the range that holds 8 in "
        "10. A price stands for four weeks after it was seen. Matches are likelier where prices are alike, which "
        "draws the index a little towards 100 until they are confirmed."
        + ("" if weeks[by].nunique() <= charts.BANDED else f" Choose at most {charts.BANDED} above to see the ranges.")
    )
    other = "category" if by == "competitor" else "competitor"
    now = index.by_group(pairs, other)
    if len(now):
        st.subheader(f"Now, by {other}")
        st.plotly_chart(charts.levels(now, other), key="index_now", alt=f"Price index of the last weeks by {other}")
    data.download("Download the index", "download_index", "price_index", lambda: weeks)
    _who(pairs)


def _who(pairs: Pairs) -> None:
    st.header("Who undercuts you")
    found = index.undercutting(pairs)
    if found.empty:
        st.info("No competitor was seen in the last weeks.", icon=":material/info:")
        return
    shown = found.assign(
        range=[_range(low, high) for low, high in zip(found["low"], found["high"], strict=True)],
        share=100 * found["share"],
        by=found["by"].map(lambda cut: "–" if pd.isna(cut) else f"{100 * cut:.0f} %"),
        since=found["since"].map(lambda day: "–" if pd.isna(day) else f"{day:%-d %b %Y}"),
        lag=found["lag"].map(_follows),
    )
    st.dataframe(
        shown[list(WHO)], hide_index=True, key="undercutting", alt="Who undercuts you, by how much", column_config=WHO
    )
    data.download("Download the table", "download_undercutting", "undercutting", lambda: found)


def _positions(workspace: Workspace, known: Market) -> None:
    st.header("The new items among what is offered")
    found = data.positions(workspace, known)
    if found.empty:
        st.info("There are no new items yet. Load a sheet of candidates.", icon=":material/info:")
        shell.page_link("new_items", "Load new items", "upload")
        return
    some = found[found["offers"] > 0].reset_index(drop=True)
    none = len(found) - len(some)
    if some.empty:
        st.info("Nothing like the new items is offered by a competitor, so their prices stand alone.")
        return
    st.markdown(f"**{headline.positions(some)}**")
    st.caption(
        "Beside listings of the same thing and like ones: of the same category, alike in words and in the price that "
        f"their words lead one to expect. {f'{none} of the new items have none. ' if none else ''}"
        "Tick a row to see its offers."
    )
    chosen = st.dataframe(
        some.assign(rank=_ranks(some), index=some["index"] - 100)[list(OFFERED)],
        hide_index=True,
        key="positions",
        on_select="rerun",
        selection_mode="single-row",
        height=300,
        alt="New items among the offers of competitors",
        column_config=OFFERED,
    )
    data.download("Download the positions", "download_positions", "market_positions", lambda: found)
    row = some.iloc[min(chosen.selection.rows[0], len(some) - 1) if chosen.selection.rows else 0]
    st.subheader(f"Offers like “{shell.plain(row['title'])}”", anchor=False)
    like = offers(known, str(row["item_id"]))
    st.dataframe(
        like.assign(**{name: 100 * like[name] for name in ("similarity", "confidence")})[list(LIKE)],
        hide_index=True,
        key=f"offers_{row['item_id']}",
        alt="Offers like the new item",
        column_config=LIKE,
    )


def _left_out(known: Market) -> None:
    if known.listings.nameless:
        st.caption(
            f"Left out of the competitors' files: {known.listings.nameless:,} rows with neither a title nor an item "
            "code, as they cannot be told apart."
        )


def _ranks(some: pd.DataFrame) -> list[str]:
    """As they are read; what has no price has no rank."""
    pairs = zip(some["rank"], some["offers"], strict=True)
    return ["no price" if pd.isna(rank) else f"{rank:.0f} of {count + 1}" for rank, count in pairs]


def _range(low: float, high: float) -> str:
    return "one pair only" if pd.isna(low) else f"{low:.1f} to {high:.1f}"


def _follows(lag: float) -> str:
    if pd.isna(lag):
        return "not that it shows"
    return "in the same week" if lag == 0 else f"after {lag:.0f} week{'' if lag == 1 else 's'}"
