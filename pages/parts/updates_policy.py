"""When models are updated by themselves, what a newer one must do to be used, and what was put to use so far."""

import streamlit as st

from core import shell, updates
from core.errors import DebutError
from core.update.policy import Schedule
from core.updates import Policy
from core.workspace import Workspace

__all__ = ["history", "settings"]

SCHEDULES: dict[Schedule, str] = {
    "never": "Only when somebody asks",
    "weekly": "With every week of new sales",
    "monthly": "With every four weeks of new sales",
    "launches": "After so many launches",
}


def settings(workspace: Workspace) -> None:
    """The schedule, the margin, and whether a winner is used at once."""
    known = updates.policy_of(workspace)
    with (
        st.expander("When models are updated by themselves", icon=":material/schedule:"),
        st.form("policy", border=False),
    ):
        schedule = st.selectbox(
            "Update",
            list(SCHEDULES),
            list(SCHEDULES).index(known.schedule),
            format_func=SCHEDULES.__getitem__,
            key="policy_schedule",
            help="By the dates of the data, looked at whenever a page is opened. It runs in the background.",
        )
        launches = st.number_input(
            "Launches", 1, 10_000, known.launches, key="policy_launches", help="Whose window has closed since."
        )
        margin = st.number_input(
            "A newer one wins if its error is lower by (%)", 0.0, 99.0, 100 * known.margin, 1.0, key="policy_margin"
        )
        sure = st.toggle("and the whole 95 % range of the difference is below zero", known.sure, key="policy_sure")
        automatic = st.toggle(
            "Use a winner at once",
            known.automatic,
            key="policy_automatic",
            help="Otherwise it waits for a decision. Either way it is told, written down, and one click goes back.",
        )
        if st.form_submit_button("Keep", icon=":material/check:", key="policy_keep"):
            try:
                updates.keep_policy(
                    workspace, Policy(schedule or "never", int(launches), float(margin) / 100, sure, automatic)
                )
            except DebutError as error:
                shell.fail(error)
                return
            st.rerun()


def history(workspace: Workspace) -> None:
    """Who put what to use, when and why; any version that is still there can be used again."""
    acts = updates.history(workspace)
    if acts.empty:
        st.caption("No other version was put to use yet.")
        return
    st.dataframe(
        acts.assign(version=acts["version"].replace("", "none"), made_by=acts["made_by"].replace("", "not said")),
        hide_index=True,
        key="model_acts",
        alt="What was put to use, when, by whom and why",
        column_order=["made_at", "kind", "version", "before", "made_by", "reason"],
        column_config={
            "made_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
            "kind": "Model",
            "version": "In use since",
            "before": "Before",
            "made_by": "By",
            "reason": st.column_config.TextColumn("Why", width="large"),
        },
    )
