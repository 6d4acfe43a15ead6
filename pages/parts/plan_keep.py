"""Settings that are tried: kept in the scenario, as a scenario of their own, or forgotten."""

import streamlit as st

from core import scenarios, shell
from core.errors import DebutError
from pages.parts import plan_shop as shop
from pages.parts.plan_shop import Open

__all__ = ["settings"]


def settings(now: Open) -> None:
    """What to do with settings that differ from those kept; nothing where none do."""
    if not now.tried:
        return
    with st.container(border=True):
        st.markdown(
            f":material/edit_note: These settings are tried, not kept in “{shell.plain(now.scenario.name)}” yet."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            who = shop.name_box("plan_by_settings")
            if st.button("Keep the settings", type="primary", icon=":material/check:", key="plan_keep"):
                _keep(now, who)
            name = st.text_input("As a new scenario", key="plan_new_name", placeholder="Its name", width=220)
            if st.button("Save as new", icon=":material/add:", key="plan_save_as", disabled=not name):
                _save_as(now, name, who)
            if st.button("Back to those kept", icon=":material/restart_alt:", key="plan_forget"):
                shop.forget(now.scenario)
                st.rerun()


def _keep(now: Open, who: str) -> None:
    try:
        scenarios.set_wishes(shell.workspace(), now.scenario.scenario_id, now.wishes, who, now.scenario.act)
    except DebutError as error:
        shell.fail(error)
        return
    shop.forget(now.scenario)
    st.rerun()


def _save_as(now: Open, name: str, who: str) -> None:
    try:
        made = scenarios.copy(shell.workspace(), now.scenario.scenario_id, name, who)
        scenarios.set_wishes(shell.workspace(), made.scenario_id, now.wishes, who)
    except DebutError as error:
        shell.fail(error)
        return
    shop.forget(now.scenario)
    shop.go_to(made.scenario_id)
    st.rerun()
