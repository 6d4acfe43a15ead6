"""New items: load the sheet, see what each item is expected to sell, and why."""

import zlib

import streamlit as st

from core import like_items, shell
from pages.parts import charts
from pages.parts.upload import templates, upload

LIKE_CURVES = 3

shell.enter("New items")
shell.past()  # sales come first: without them there is nothing to forecast from

with st.expander("Load a sheet of new items", icon=":material/upload:", expanded=not shell.has_new_items()):
    st.markdown("One row an item that has never been sold: at least a code and a title; price, cost and dates help.")
    upload("sheet", "New-item sheet", shell.workspace(), "new_items")
    templates("new_items")

outlook = shell.the_outlook()
totals = outlook.totals.sort_values("launch_week").groupby("item_id", as_index=False).first()
items = outlook.items.merge(totals, on="item_id").merge(outlook.appeal, on="item_id")

with st.container(horizontal=True):
    search = st.text_input("Search", key="search", placeholder="Words in the title", bind="query-params")
    categories = sorted(items["category"].dropna().unique())
    category = st.multiselect("Category", categories, key="category", disabled=not categories)
shown = items[items["title"].str.contains(search, case=False, regex=False)] if search else items
shown = shown[shown["category"].isin(category)] if category else shown
shown = shown.sort_values("mean", ascending=False).reset_index(drop=True)
st.caption(
    f"{len(shown)} of {len(items)} items. Units are those of the first {outlook.weeks} weeks; "
    "tick a row to see its forecast below."
)
if shown.empty:
    st.info("No item fits. Clear the search or the categories.", icon=":material/info:")
    st.stop()

table = st.dataframe(
    shown[["title", "p50", "p10", "p90", "buyers", "category", "price", "item_id", "assumed"]],
    hide_index=True,
    # Another set of rows is another table: a tick must not move to another item.
    key=f"items_{zlib.crc32(','.join(shown['item_id']).encode())}",
    on_select="rerun",
    selection_mode="single-row",
    height=300,
    alt="New items and their forecast",
    column_config={
        "title": st.column_config.TextColumn("Item", width=260),
        "p50": st.column_config.NumberColumn("Units", format="%.0f", help="The median forecast"),
        "p10": st.column_config.NumberColumn("Low", format="%.0f", help="P10: one launch in ten sells less"),
        "p90": st.column_config.NumberColumn("High", format="%.0f", help="P90: one launch in ten sells more"),
        "buyers": st.column_config.NumberColumn("Buyers", format="%.0f", help="Expected, of last year's customers"),
        "category": "Category",
        "price": st.column_config.NumberColumn("Price", format="%.2f"),
        "item_id": "Code",
        "assumed": st.column_config.TextColumn("Assumed", help="What the sheet did not say"),
    },
)
item = shown.iloc[table.selection.rows[0] if table.selection.rows else 0]
st.header("Forecast of one item")
st.text(item["title"])

mine = outlook.forecast[outlook.forecast["item_id"] == item["item_id"]]
weeks = sorted(mine["launch_week"].unique())
launch = weeks[0]
if len(weeks) > 1:
    launch = st.select_slider(
        f"Launch in the week of ({weeks[0]:%d %b} to {weeks[-1]:%d %b %Y})",
        weeks,
        key="launch_week",
        format_func=lambda week: f"{week:%d %b %Y}",
    )
curve = mine[(mine["launch_week"] == launch) & (mine["week"] > 0)]
total = mine[(mine["launch_week"] == launch) & (mine["week"] == 0)].iloc[0]
like = outlook.like[outlook.like["item_id"] == item["item_id"]]
with st.container(horizontal=True):
    st.metric(f"Units in {outlook.weeks} weeks", f"{total['p50']:,.0f}", border=True, help="The median forecast")
    st.metric("Likely range (8 in 10)", f"{total['p10']:,.0f} – {total['p90']:,.0f}", border=True)
    st.metric("Expected revenue", f"{total['mean'] * item['price']:,.0f}", border=True)
    st.metric("Expected profit", f"{total['mean'] * (item['price'] - item['cost']):,.0f}", border=True)
left, right = st.columns([3, 2])
with left:
    seen = like[like["units"].notna()]["product_id"].head(LIKE_CURVES).tolist()
    curves = like_items.curves(shell.past(), seen, outlook.weeks)
    st.plotly_chart(charts.curve(curve, curves), key="curve", alt="Forecast units by week, with its likely range")
    st.caption("Dotted: how the nearest earlier launches went.")
with right:
    st.markdown("**Sells like**")
    st.dataframe(
        like[["title", "units", "similarity"]],
        hide_index=True,
        key="like",
        alt="Like items",
        column_config={
            "title": st.column_config.TextColumn("Earlier item", width=160),
            "units": st.column_config.NumberColumn(
                "Units then",
                format="%.0f",
                width=70,
                help=f"In its own first {outlook.weeks} weeks; empty where it was on sale before the data starts",
            ),
            "similarity": st.column_config.ProgressColumn("Similarity", min_value=0, max_value=1, format="%.2f"),
        },
    )
    st.caption("Empty units: the item was on sale before the data starts.")
