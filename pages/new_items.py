"""New items: load the sheet, see what each item is expected to sell, and why."""

import zlib

import streamlit as st

from core import shell
from pages.parts import forecast, like_items
from pages.parts.upload import templates, upload

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
    threshold = st.number_input(
        "Chance to sell at least",
        min_value=1,
        value=max(1, round(outlook.typical)),
        key="threshold",
        width=180,
        help=f"Units in the first {outlook.weeks} weeks. To begin with, what a typical past launch has sold.",
    )
items["chance"] = items["item_id"].map(outlook.chance(threshold)) * 100
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
    shown[["title", "p50", "p10", "p90", "chance", "buyers", "category", "price", "item_id", "assumed"]],
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
        "chance": st.column_config.NumberColumn(
            "Chance", format="%.0f %%", help=f"Probability that it sells {threshold:,.0f} units or more"
        ),
        "buyers": st.column_config.NumberColumn("Buyers", format="%.0f", help="Expected, of last year's customers"),
        "category": "Category",
        "price": st.column_config.NumberColumn("Price", format="%.2f"),
        "item_id": "Code",
        "assumed": st.column_config.TextColumn("Assumed", help="What the sheet did not say"),
    },
)
if table.selection.rows:
    item = shown.iloc[table.selection.rows[0]]
    st.session_state.pop(like_items.STAY, None)
else:
    stays = shown[shown["item_id"] == st.session_state.get(like_items.STAY)]
    item = (shown if stays.empty else stays).iloc[0]
st.header("Forecast of one item")
st.text(item["title"])
forecast.show(outlook, item, float(threshold))
