"""Data: load exports, see how they were read, take an import back."""

import streamlit as st

from core import demo, export, imports, shell
from core.schema import TABLES
from pages.parts.upload import templates, upload

shell.enter("Data")
workspace = shell.workspace()

st.header("Load files")
st.markdown(
    "Drop exports of **orders or sales**, a **product catalogue**, or a **sheet of new items**. "
    "Headers such as *StockCode, Description, Quantity, InvoiceDate, Price* are recognised; the rest you map by hand."
)
if shell.shows_demo():
    st.caption("Files that you load open your own shop; the demo shop stays as it is.")
upload("data", "Exports", shell.own_workspace())
templates("sales", "products", "new_items")

st.header("What is loaded")
batches = imports.batches(workspace.cursor())
batches["table_name"] = batches["table_name"].map(lambda name: TABLES[name].title)
if batches.empty:
    st.info("Nothing yet. Sales come first: they alone make a catalogue and a history.", icon=":material/info:")
    st.stop()

table = st.dataframe(
    batches,
    hide_index=True,
    key=f"batches_{workspace.version}",  # other data, another table: a tick must not move to another import
    on_select="rerun",
    selection_mode="single-row",
    alt="Imports",
    column_config={
        "batch_id": None,
        "table_name": "Table",
        "file_name": "File",
        "rows_in": st.column_config.NumberColumn("Rows in", format="localized"),
        "rows_loaded": st.column_config.NumberColumn("Loaded", format="localized"),
        "rows_set_aside": st.column_config.NumberColumn("Set aside", format="localized"),
        "loaded_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
    },
)
chosen = table.selection.rows
if not chosen:
    st.caption("Choose an import to undo it or to see what was set aside.")
    st.stop()
batch = batches.iloc[chosen[0]]
number = int(batch["batch_id"])


@st.dialog("Undo this import?")
def confirm() -> None:
    """Ask before rows are taken out."""
    st.text(
        f"{batch['file_name']}: its {batch['rows_loaded']:,} rows leave the workspace. You can load the file again."
    )
    if st.button("Undo the import", type="primary", key="undo_really"):
        imports.undo(workspace, number)
        st.toast("The import is undone.", icon=":material/undo:")
        st.rerun()


locked = shell.shows_demo() and number <= demo.BATCHES  # what the demo shop itself is made of
aside = imports.set_aside_rows(workspace.cursor(), number)
with st.container(horizontal=True):
    if st.button("Undo this import", key="undo", icon=":material/undo:", disabled=locked):
        confirm()
    st.download_button(
        "Download the rows set aside",
        lambda: export.to_csv(aside),
        "set_aside.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        disabled=aside.empty,
        key="download_aside",
    )
if aside.empty:
    st.caption("Every row of this file was loaded.")
else:
    reasons = aside["reason"].value_counts().rename_axis("Reason").reset_index(name="Rows")
    st.dataframe(reasons, hide_index=True, key="reasons", alt="Reasons why rows were set aside")
    st.dataframe(aside.head(200), hide_index=True, key="aside", alt="Rows that were set aside")
