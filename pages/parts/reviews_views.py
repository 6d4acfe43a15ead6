"""What the Reviews page shows of the whole shop and of one item."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core import export, shell
from core.reviews import readings, sentiment, themes
from core.reviews.aspects import OTHER
from core.reviews.themes import Theme
from core.workspace import Workspace
from pages.parts import reviews_charts as charts
from pages.parts import reviews_data as data

__all__ = ["headline", "items", "shop"]

MOST_ROWS = 1_000  # of a table of reviews; the download has them all
MOODS: dict[str, tuple[float, float]] = {
    "All": (-1.0, 1.0),
    "Pleased": (themes.PLEASED, 1.0),
    "Between": (-themes.PLEASED, themes.PLEASED),
    "Displeased": (-1.0, -themes.PLEASED),
}
MOST_CATEGORIES = 30  # in the picture: those with the most reviews
REVIEWS: dict[str, Any] = {
    "date": st.column_config.DateColumn("Date", format="D MMM YYYY", width=95),
    "rating": st.column_config.NumberColumn("Stars", format="%.0f", width=50),
    "sentiment": st.column_config.NumberColumn("Sentiment", format="%+.2f", width=80, help="-1 to 1"),
    "title": st.column_config.TextColumn("Title", width=150),
    "body": st.column_config.TextColumn("Text", width=620),
    "excluded": st.column_config.CheckboxColumn("Left out", width=70),
}
ITEMS: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", width=200, pinned=True),
    "sentiment": st.column_config.NumberColumn(
        "Sentiment",
        format="%+.2f",
        width=85,
        help="-1 to 1. Drawn to the shop's mean, the more the fewer reviews there are.",
    ),
    "range": st.column_config.TextColumn("Likely range", width=110, help="8 in 10"),
    "reviews": st.column_config.NumberColumn("Reviews", width=70),
    "positive": st.column_config.NumberColumn("Recommend", format="%.0f %%", width=90),
    "rating": st.column_config.NumberColumn("Stars", format="%.1f", width=60),
    "category": st.column_config.TextColumn("Category", width=120),
    "product_id": st.column_config.TextColumn("Code", width=100),
}


def headline(scores: pd.DataFrame) -> None:
    """What the reviews come to, and by what they are judged."""
    told = sentiment.headline(scores)
    with st.container(horizontal=True):
        st.metric("Reviews", f"{told.reviews:,}", border=True)
        st.metric(
            "Sentiment",
            "–" if pd.isna(told.sentiment) else f"{told.sentiment:+.2f}",
            border=True,
            help="Mean of all reviews, from -1 (one star) to 1 (five).",
        )
        st.metric("Would recommend", _share(told.positive), border=True)
        st.metric("Stars", "–" if pd.isna(told.rating) else f"{told.rating:.2f}", border=True)
        st.metric(
            "Last 13 weeks",
            "–" if pd.isna(told.recent) else f"{told.recent:+.2f}",
            "more than chance" if told.recent_sure else "could be chance" if pd.notna(told.recent) else None,
            delta_color=("normal" if told.recent > 0 else "inverse") if told.recent_sure else "off",
            delta_arrow=("up" if told.recent > 0 else "down") if told.recent_sure else "off",
            border=True,
            help="Mean sentiment less that of the 13 weeks before. Chance: 8 in 10.",
        )
    out = int(scores["excluded"].sum())
    left = f" {out:,} {'is' if out == 1 else 'are'} left out by you." if out else ""
    st.caption(f"{_judged(scores['by'])}{left}")


def _judged(by: pd.Series) -> str:
    """What tells how pleased buyers were, and of how many nothing does."""
    read, rated, unknown = (int((by == one).sum()) for one in (readings.BY_TEXT, readings.BY_RATING, ""))
    if not read + rated:
        return "The reviews have no ratings, so nothing tells yet how pleased the buyers were."
    told = "Reviews are judged by what their texts say" if read else "Reviews are judged by their ratings"
    others = f", {rated:,} of them by their ratings" if read and rated else ""
    return f"{told}{others}." + (f" Of {unknown:,} nothing tells how pleased the buyer was." if unknown else "")


def shop(workspace: Workspace, scores: pd.DataFrame) -> None:
    """The whole shop: weeks, categories, themes."""
    _weeks(scores)
    _categories(scores)
    st.header("What people praise and complain of")
    found, most = data.themes(workspace), data.most(workspace)
    if (scores["text"] != "").sum() > most:
        more = " Train the reader below to cover more of them." if most < readings.MOST_READ else ""
        st.caption(f"In the latest {most:,} reviews with a text.{more}")
    show_themes(found, "shop")


def _weeks(scores: pd.DataFrame) -> None:
    st.header("By week")
    weeks = sentiment.by_week(scores)
    if len(weeks) > 1:
        st.plotly_chart(charts.by_week(weeks), key="reviews_weeks", alt="Mean sentiment by week, with its range")
    elif scores["date"].isna().all():
        st.info("The reviews have no dates, so there are no weeks to show.", icon=":material/info:")
    elif len(weeks):
        st.info("All reviews that count are of one week: there is no course to show yet.", icon=":material/info:")
    else:
        st.info("No review with a date counts, so there are no weeks to show.", icon=":material/info:")


def _categories(scores: pd.DataFrame) -> None:
    table = sentiment.by_group(scores, "category")
    if len(table) < 2:
        return
    st.header("By category")
    if len(table) > MOST_CATEGORIES:
        st.caption(f"The {MOST_CATEGORIES} categories with the most reviews, of {len(table):,}.")
    shown = table.nlargest(MOST_CATEGORIES, "reviews").sort_values("sentiment", ascending=False)
    st.plotly_chart(charts.groups(shown, "category"), key="reviews_categories", alt="Mean sentiment of each category")


def items(workspace: Workspace, scores: pd.DataFrame) -> None:
    """The items, and one of them with its themes and reviews."""
    named = scores.drop_duplicates("product_id", keep="last").set_index("product_id")[["item", "category"]]
    table = sentiment.by_group(scores, "product_id").join(named, on="product_id")
    if table.empty:
        st.info("No review counts: they have no ratings, or all are left out.", icon=":material/info:")
        return
    shown = _filtered(table)
    if shown.empty:
        st.info("No item fits. Clear the search, or ask for fewer reviews.", icon=":material/info:")
        return
    spans = [f"{low:+.2f} to {high:+.2f}" for low, high in zip(shown["low"], shown["high"], strict=True)]
    chosen = st.dataframe(
        shown.assign(range=spans, positive=100 * shown["positive"])[list(ITEMS)],
        hide_index=True,
        key=f"reviews_items_{len(shown)}_{shown['product_id'].iloc[0]}_{shown['product_id'].iloc[-1]}",
        on_select="rerun",
        selection_mode="single-row",
        height=320,
        alt="Items and how pleased their buyers are",
        column_config=ITEMS,
    )
    _download("Download the items", lambda: export.to_csv(shown.drop(columns=["mean"])), "item_sentiment.csv")
    row = shown.iloc[chosen.selection.rows[0] if chosen.selection.rows else 0]
    _item(workspace, scores[scores["product_id"] == row["product_id"]], row)


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    """The items that the user asks for, in the order asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Order", ["Worst first", "Best first", "Most reviews"], default="Worst first", required=True, key="order"
        )
        search = st.text_input("Search", key="reviews_search", placeholder="Words in the title", width=200)
        categories = sorted(set(table["category"]) - {""})
        category = st.multiselect("Category", categories, key="reviews_category", disabled=not categories, width=260)
        fewest = st.number_input(
            "Reviews at least", 1, max(1, int(table["reviews"].max())), 1, key="reviews_fewest", width=130
        )
    shown = table[table["reviews"] >= fewest]
    shown = shown[shown["item"].str.contains(search, case=False, regex=False)] if search else shown
    shown = shown[shown["category"].isin(category)] if category else shown
    by = {"Worst first": ("sentiment", True), "Best first": ("sentiment", False), "Most reviews": ("reviews", False)}
    column, rising = by[order or "Worst first"]
    st.caption(f"{len(shown):,} of {len(table):,} items. Tick a row to see its themes and reviews below.")
    return shown.sort_values(column, ascending=rising, kind="stable", ignore_index=True)


@st.fragment
def _item(workspace: Workspace, reviews: pd.DataFrame, row: pd.Series) -> None:
    st.header("One item")
    st.text(f"{row['item']} ({row['product_id']})")
    count = f"{row['reviews']:,} review{'s' if row['reviews'] > 1 else ''}"
    few = f" Fewer than {sentiment.FEW} reviews: one more could change it." if row["reviews"] < sentiment.FEW else ""
    share = "" if pd.isna(row["positive"]) else f", {_share(row['positive'])} would recommend it"
    st.markdown(
        f"**{row['sentiment']:+.2f}** (likely {row['low']:+.2f} to {row['high']:+.2f}) from **{count}**{share}.{few}"
    )
    if (reviews["text"] != "").any():
        show_themes(data.item_themes(workspace, str(row["product_id"])), str(row["product_id"]))
    _reviews(reviews, str(row["product_id"]))


def _reviews(reviews: pd.DataFrame, product_id: str) -> None:
    """An item's reviews, by mood, time and words."""
    st.subheader("Its reviews")
    shown = _narrowed(reviews, product_id).sort_values("date", ascending=False, kind="stable")
    if shown.empty:
        st.info("No review fits. Clear the words, the mood or the days.", icon=":material/info:")
        return
    st.dataframe(
        shown.head(MOST_ROWS)[[name for name in REVIEWS if name != "excluded" or shown["excluded"].any()]],
        hide_index=True,
        key=f"reviews_of_{product_id}",
        alt="Reviews of the item",
        height=280,
        column_config=REVIEWS,
    )
    columns = ["date", "product_id", "item", "rating", "sentiment", "recommend", "title", "body", "excluded"]
    _download("Download these reviews", lambda: export.to_csv(shown[columns]), f"reviews_{product_id}.csv")


def _narrowed(reviews: pd.DataFrame, product_id: str) -> pd.DataFrame:
    """The reviews that the user asks for; those without a date as long as no days are chosen."""
    dates = reviews["date"].dropna()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        mood = st.segmented_control("Mood", list(MOODS), default="All", required=True, key=f"mood_{product_id}")
        words = st.text_input("Words", key=f"words_{product_id}", placeholder="In title or text", width=200)
        first, last, span = None, None, None
        if dates.nunique() > 1:
            first, last = dates.min().date(), dates.max().date()
            span = st.date_input(
                "From, to", (first, last), first, last, key=f"span_{product_id}_{first}_{last}", width=230
            )
    shown = reviews if mood == "All" else reviews[reviews["sentiment"].between(*MOODS[mood or "All"])]
    shown = shown[shown["text"].str.contains(words, case=False, regex=False)] if words else shown
    if span is None or len(span) < 2 or tuple(span) == (first, last):  # the second day is yet to be chosen, or all are
        return shown
    return shown[shown["date"].dt.date.between(*span)]


def show_themes(found: list[Theme], key: str) -> None:
    """A picture of the aspects, then what is said of each."""
    if not found:
        st.info(
            "There are no texts to find themes in: a review needs a text, and a rating or a trained reader.",
            icon=":material/info:",
        )
        return
    named = [one for one in found if one.aspect != OTHER] or found
    st.plotly_chart(charts.aspects(themes.table(named)), key=f"themes_{key}", alt="Praise and complaints by aspect")
    names = [one.aspect for one in found]
    chosen = st.pills("What they say about", names, default=names[0], required=True, key=f"aspect_{key}")
    theme = next(one for one in found if one.aspect == (chosen or names[0]))
    for column, title, icon, words, quotes in zip(
        st.columns(2),
        ("Praise", "Complaints"),
        (":material/thumb_up:", ":material/thumb_down:"),
        (theme.good_words, theme.bad_words),
        (theme.good_quotes, theme.bad_quotes),
        strict=True,
    ):
        with column:
            _side(title, icon, words, quotes)


def _side(title: str, icon: str, words: list[str], quotes: pd.DataFrame) -> None:
    with st.container(border=True):
        st.markdown(f"{icon} **{title}**")
        if words:
            st.caption("Typical words: " + shell.plain(", ".join(words)))
        for sentence in quotes["sentence"]:
            st.markdown(f"> {shell.plain(' '.join(sentence.split()))}")
        if quotes.empty:
            st.caption("None.")


def _download(label: str, make: Callable[[], bytes], name: str) -> None:
    st.download_button(
        label, make, name, "text/csv", icon=":material/download:", on_click="ignore", key=f"download_{name}"
    )


def _share(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.0%}"
