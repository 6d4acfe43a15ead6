"""New items: load the sheet, see what each item is expected to sell, and why."""

import streamlit as st

from core import like_items, shell
from pages.parts import charts
from pages.parts.upload import templates, upload

shell.enter("New items")

with st.expander("Load a sheet of new items", icon=":material/upload:", expanded=not shell.has_new_items()):
    st.markdown("One row an item that has never been sold: at least a code and a title; price, cost and dates help.")
    upload("sheet", "New-item sheet", "new_items")
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
st.caption(f"{len(shown)} of {len(items)} items; units are those of the first {outlook.weeks} weeks.")
if shown.empty:
    st.info("No item fits. Clear the search or the categories.", icon=":material/info:")
    st.stop()

table = st.dataframe(
    shown[["item_id", "title", "category", "price", "p10", "p50", "p90", "buyers", "assumed"]],
    hide_index=True,
    key="items",
    on_select="rerun",
    selection_mode="single-row",
    height=300,
    alt="New items and their forecast",
    column_config={
        "item_id": "Code",
        "title": st.column_config.TextColumn("Item", width="medium"),
        "category": "Category",
        "price": st.column_config.NumberColumn("Price", format="%.2f"),
        "p10": st.column_config.NumberColumn("P10", format="%.0f", help="One launch in ten sells less"),
        "p50": st.column_config.NumberColumn("Median units", format="%.0f"),
        "p90": st.column_config.NumberColumn("P90", format="%.0f", help="One launch in ten sells more"),
        "buyers": st.column_config.NumberColumn(
            "Expected buyers", format="%.0f", help="Of the customers active last year"
        ),
        "assumed": st.column_config.TextColumn("Assumed", help="What the sheet did not say"),
    },
)
item = shown.iloc[table.selection.rows[0] if table.selection.rows else 0]
st.subheader("Forecast of one item")
st.text(item["title"])

mine = outlook.forecast[outlook.forecast["item_id"] == item["item_id"]]
weeks = sorted(mine["launch_week"].unique())
launch = (
    st.select_slider("Launch in the week of", weeks, key="launch_week", format_func=lambda week: f"{week:%d %b %Y}")
    if len(weeks) > 1
    else weeks[0]
)
curve = mine[(mine["launch_week"] == launch) & (mine["week"] > 0)]
total = mine[(mine["launch_week"] == launch) & (mine["week"] == 0)].iloc[0]
like = outlook.like[outlook.like["item_id"] == item["item_id"]]
with st.container(horizontal=True):
    st.metric(f"Units in {outlook.weeks} weeks", f"{total['p50']:,.0f}", border=True)
    st.metric("Eight launches in ten", f"{total['p10']:,.0f} – {total['p90']:,.0f}", border=True)
    st.metric("Expected revenue", total["mean"] * item["price"], format="compact", border=True)
    st.metric("Expected profit", total["mean"] * (item["price"] - item["cost"]), format="compact", border=True)
left, right = st.columns([3, 2])
with left:
    curves = like_items.curves(shell.past(), like["product_id"].head(3).tolist(), outlook.weeks)
    st.plotly_chart(
        charts.curve(curve, curves), key="curve", alt="Forecast units by week after launch, with its interval"
    )
with right:
    st.markdown("**Sells like**")
    st.dataframe(
        like[["title", "similarity", "units"]],
        hide_index=True,
        key="like",
        alt="Like items",
        column_config={
            "title": st.column_config.TextColumn("Earlier item", width="medium"),
            "similarity": st.column_config.ProgressColumn("Similarity", min_value=0, max_value=1, format="%.2f"),
            "units": st.column_config.NumberColumn(
                f"Units in its first {outlook.weeks} weeks",
                format="%.0f",
                help="Empty where it was on sale before the data starts",
            ),
        },
    )
