"""Jobs & backup: work at hand and what became of earlier work, the shop as one file and back, what takes room."""

import streamlit as st

from core import disk, jobs, shell, shop, versions
from core.errors import DebutError
from core.scenarios import FIRST, FIRST_NAME
from pages.parts import backups, jobs_one
from pages.parts import jobs as job_parts

shell.enter("Jobs & backup")
workspace = shell.workspace()
if refused := st.session_state.pop(jobs_one.REFUSED, None):
    shell.fail(refused)


def clear() -> None:
    """Remove the caches; what came free, or why not, is told on the next run."""
    try:
        st.session_state.cleared = disk.clear_caches(workspace)
    except DebutError as error:
        st.session_state[jobs_one.REFUSED] = error


def plan() -> None:
    """Plan the first scenario in a process of its own."""
    try:
        jobs.start(workspace, "plan", {}, scenario_id=FIRST, about=FIRST_NAME)
    except DebutError as error:
        st.session_state[jobs_one.REFUSED] = error


if not shop.summary(workspace.cursor()).sales:
    st.info("Your shop is empty. Load an export of orders or sales, or restore a backup.", icon=":material/info:")
    shell.page_link("data", "Load your first file", "upload")
    st.header("Restore")
    backups.restore(workspace)
    st.stop()

st.header("Jobs")
job_parts.progress(workspace)
with st.container(horizontal=True, vertical_alignment="center"):
    shell.page_link("model", "Fine-tune the forecaster", "model_training")
    shell.page_link("backtest", "Run a backtest", "science")
    if versions.active(workspace) and shell.has_new_items():
        st.button(
            "Plan in the background",
            key="plan_job",
            icon=":material/rocket_launch:",
            on_click=plan,
            type="tertiary",
            help="For a large sheet: forecasts and plans it with its kept settings while you do something else. "
            "The Launch plan page then opens at once.",
        )
st.subheader("History")
job_parts.history(workspace, log=False)
jobs_one.show(workspace)

st.header("Backup")
backups.make(workspace)

st.header("Restore")
backups.restore(workspace)

st.header("On disk")
st.caption(f"This shop lies in {shell.plain(str(workspace.folder))}.")
parts = disk.used(workspace)
st.dataframe(
    parts.assign(size=lambda frame: frame["bytes"] / 1e6)[["what", "size", "about"]],
    hide_index=True,
    key="disk",
    alt="What this shop takes on disk",
    column_config={
        "what": "What",
        "size": st.column_config.NumberColumn("Size (MB)", format="%.1f"),
        "about": st.column_config.TextColumn("About", width="large"),
    },
)
if "cleared" in st.session_state:
    st.success(f"{st.session_state.pop('cleared') / 1e6:,.1f} MB are free again.", icon=":material/check:")
st.button(
    "Clear the caches",
    key="clear_caches",
    icon=":material/cleaning_services:",
    on_click=clear,
    disabled=not parts["cache"].any(),
    help="Pages make them anew when they need them, which takes from seconds to some minutes in a large shop.",
)
