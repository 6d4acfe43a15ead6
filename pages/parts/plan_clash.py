"""Settings that cannot all be met: which of them clash, what would help, and a button that does it."""

import streamlit as st

from core import scenarios, shell
from core.errors import DebutError
from core.plan import Clash, Wishes
from core.plans.relief import eased
from core.scenarios import Scenario
from pages.parts import plan_shop as shop

__all__ = ["show"]


def show(error: DebutError, scenario: Scenario) -> None:
    """In place of a plan."""
    if not isinstance(error, Clash):
        shell.fail(error)
        _ways_back(scenario)
        return
    clashes = "".join(f"\n- {shell.plain(one)}" for one in error.clashes)
    st.error(f"No plan meets all of these:{clashes}", title="These settings clash", icon=":material/rule:")
    if error.relief:
        changes = "".join(f"\n- {shell.plain(one)}" for one in error.relief)
        st.markdown(f"The smallest change that helps:{changes}")
    _ways_back(scenario, eased(shop.tried(scenario), error.relief))


def _ways_back(scenario: Scenario, better: Wishes | None = None) -> None:
    with st.container(horizontal=True):
        if better is not None and st.button(
            "Change the settings so", type="primary", icon=":material/auto_fix_high:", key="plan_relief"
        ):
            shop.try_out(scenario, **{name: getattr(better, name) for name in better.__dataclass_fields__})
            st.rerun()
        if shop.tried(scenario) != scenario.wishes and st.button(
            "Back to the settings that are kept", icon=":material/restart_alt:", key="plan_back"
        ):
            shop.forget(scenario)
            st.rerun()
        if scenario.overrides and st.button(
            "Leave all items to the plan again",
            icon=":material/lock_open:",
            key="plan_release_all",
            help=f"{len(scenario.overrides):,} are fixed by hand. This can be undone.",
        ):
            scenarios.release(shell.workspace(), scenario.scenario_id, [one.item_id for one in scenario.overrides])
            st.rerun()
        shop.undo_button(scenario, "plan_undo_clash")
