"""Data: load exports, see how they were read, take an import back."""

import pandas as pd
import streamlit as st

from core import demo, export, imports, journey, privacy, shell
from core.errors import DebutError
from core.imports import profile
from core.tables import TABLES
from core.workspace import Workspace
from pages.parts.upload import templates, upload

LOAD = (
    "Drop the exports of your shop as they are: **orders**, the **product catalogue**, **visits**, **reviews**, "
    "**ads**, **competitor prices**, **customers**, and a **sheet of new items**. Exports of Shopify, WooCommerce, "
    "Amazon, Google Ads, Meta, TikTok, GA4, Taobao, JD, Etsy, eBay, Square and others are recognised; the rest you map "
    "by hand. Nothing is loaded before you have seen how it was read."
)


def rules(shop: Workspace) -> None:
    """What holds for every import, and what the user has taught Debut."""
    with st.expander("Privacy, mappings and templates", icon=":material/tune:"):
        st.toggle(
            "Keep people out: customer ids become keyed hashes; names, e-mail addresses and phone numbers are masked",
            value=privacy.switched_on(shop.cursor()),
            key="privacy",
            on_change=switch_privacy,
            args=(shop,),
            help="The key lies in a file of its own beside the database, readable by you alone.",
        )
        if problem := st.session_state.pop("privacy_problem", None):
            shell.fail(problem)
        own = profile.own(shop.cursor())
        if own:
            name = st.selectbox("Your mappings", [one.name for one in own], key="own_profile")
            if st.button("Forget this mapping", key="forget_profile", icon=":material/delete:"):
                profile.delete(shop, name)
                st.rerun()
        st.caption("Empty files with the right header. Every column is explained on the Data dictionary page.")
        templates(*TABLES)


def switch_privacy(shop: Workspace) -> None:
    """Change the rule for imports to come, or say why it has to stay."""
    try:
        privacy.switch(shop, st.session_state.privacy)
    except DebutError as error:
        st.session_state.privacy_problem = error
        st.session_state.privacy = not st.session_state.privacy


@st.dialog("Undo this import?")
def confirm(shop: Workspace, batch: pd.Series) -> None:
    """Ask before rows are taken out."""
    st.text(
        f"{batch['file_name']}: its {batch['rows_loaded']:,} rows leave the workspace, and what was set aside of other "
        "files because of them comes back. You can load the file again."
    )
    if st.button("Undo the import", type="primary", key="undo_really"):
        imports.undo(shop, int(batch["batch_id"]))
        st.toast("The import is undone.", icon=":material/undo:")
        st.rerun()


def choose(batches: pd.DataFrame, version: int) -> pd.Series | None:
    """The list of imports; returns the one that is ticked."""
    table = st.dataframe(
        batches.assign(
            table_name=batches["table_name"].map(lambda name: TABLES[name].title),
            profile=batches["profile"].str.replace(r"^.*, (?=by the words of its header$)", "", regex=True),
        ),
        hide_index=True,
        key=f"batches_{version}",  # other data, another table: a tick must not move to another import
        on_select="rerun",
        selection_mode="single-row",
        alt="Imports",
        column_config={
            "batch_id": None,
            "original": None,
            "table_name": "Table",
            "file_name": "File",
            "profile": st.column_config.TextColumn("Read as", width=190),
            "rows_in": st.column_config.NumberColumn("Rows in", format="localized"),
            "rows_loaded": st.column_config.NumberColumn("Loaded", format="localized"),
            "rows_set_aside": st.column_config.NumberColumn("Set aside", format="localized"),
            "loaded_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
        },
    )
    return batches.iloc[table.selection.rows[0]] if table.selection.rows else None


def made_of(shop: Workspace, batch: pd.Series) -> bool:
    """Whether a sample shop itself is made of this import, which would not be made again."""
    if shell.shows_demo():
        return int(batch["batch_id"]) <= demo.BATCHES
    return shop.folder == journey.journey_folder() and batch["table_name"] != "new_items"


def details(shop: Workspace, batch: pd.Series) -> None:
    """What can be done about one import, and what was set aside of it."""
    number = int(batch["batch_id"])
    locked = made_of(shop, batch)
    aside = imports.set_aside_rows(shop.cursor(), number)
    with st.container(horizontal=True):
        if st.button("Undo this import", key="undo", icon=":material/undo:", disabled=locked):
            confirm(shop, batch)
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
        if isinstance(batch["original"], str):
            path = shop.originals / batch["original"]
            st.download_button(
                "Download the file as it was",
                path.read_bytes,
                batch["file_name"].split(" › ")[0],
                icon=":material/download:",
                on_click="ignore",
                key="download_original",
            )
    if aside.empty:
        st.caption("Every row of this file was loaded.")
        return
    reasons = aside["reason"].value_counts().rename_axis("Reason").reset_index(name="Rows")
    st.dataframe(reasons, hide_index=True, key="reasons", alt="Reasons why rows were set aside")
    bring_back(shop, number, reasons["Reason"].tolist(), locked)
    st.dataframe(aside.head(200), hide_index=True, key="aside", alt="Rows that were set aside")


def bring_back(shop: Workspace, number: int, reasons: list[str], locked: bool) -> None:
    """Load rows that were set aside after all."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reason = st.selectbox("Set aside because", reasons, key="reason")
        if st.button("Load these rows after all", key="bring_back", icon=":material/outbox:", disabled=locked):
            try:
                count = imports.bring_back(shop, number, reason)
                st.toast(f"{count:,} rows are in.", icon=":material/check:")
                st.rerun()
            except DebutError as error:
                shell.fail(error)


shell.enter("Data")
workspace, own_shop = shell.workspace(), shell.own_workspace()

st.header("Load files")
st.markdown(LOAD)
if workspace is not own_shop:
    st.caption("Files that you load open your own shop; the sample shops stay as they are.")
upload("data", "Exports", own_shop)
rules(own_shop)

st.header("What is loaded")
loaded = imports.batches(workspace.cursor())
if loaded.empty:
    st.info("Nothing yet. Sales come first: they alone make a catalogue and a history.", icon=":material/info:")
    st.stop()
chosen = choose(loaded, workspace.version)
if chosen is None:
    st.caption("Choose an import to undo it or to see what was set aside.")
else:
    details(workspace, chosen)
