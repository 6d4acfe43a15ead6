"""The scenarios there are: a table, and making, renaming, copying, deleting one; all of it can be undone."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core import scenarios, shell
from core.errors import DebutError
from core.outlook import Outlook
from core.plan import Plan, Surroundings
from core.scenario.words import said
from core.scenarios import FIRST, Scenario
from pages.parts import plan_shop as shop

__all__ = ["Known", "planned", "show"]

MOST = 12  # scenarios of a quick sheet of which the table shows the totals at once


@dataclass(frozen=True)
class Known:
    """A scenario and, where it was worked out, its plan or why there is none."""

    scenario: Scenario
    plan: Plan | None = None
    fault: str = ""


def show(outlook: Outlook) -> list[Known]:
    """The table and what can be done with a scenario; gives them all."""
    found = scenarios.list_(shell.workspace().cursor())
    at_once = len(outlook.items) <= shop.AT_ONCE and len(found) <= MOST
    around = shell.around(outlook)
    known = [planned(one, outlook, around) if at_once else Known(one) for one in found]
    st.header("Scenarios kept")
    _table(known)
    _acts(found)
    _log()
    return known


def planned(scenario: Scenario, outlook: Outlook, around: Surroundings) -> Known:
    """With its plan, or the reason why there is none."""
    try:
        return Known(scenario, shell.plan_on(outlook, around, scenario.wishes, scenario.overrides))
    except DebutError as error:
        return Known(scenario, fault=error.message)


def _table(known: list[Known]) -> None:
    st.dataframe(
        pd.DataFrame([_row(one) for one in known]),
        hide_index=True,
        key="scenarios_table",
        alt="Scenarios",
        placeholder="–",
        column_config={
            "name": st.column_config.TextColumn("Scenario", width=180, pinned=True),
            "link": st.column_config.LinkColumn("Plan", display_text="Open", width=70),
            "state": st.column_config.TextColumn("State", width=90),
            "aim": st.column_config.TextColumn("Aim", width=90),
            "items": st.column_config.NumberColumn("Items", width=60),
            "profit": st.column_config.NumberColumn("Profit", format="localized", step=1, width=80),
            "likely": st.column_config.TextColumn("Likely profit", width=130, help="8 in 10"),
            "stock": st.column_config.NumberColumn("Opening stock", format="localized", step=1),
            "ads": st.column_config.NumberColumn("Ads", format="localized", step=1),
            "fixed": st.column_config.NumberColumn("Fixed by hand", width=100),
            "who": "Changed by",
            "when": st.column_config.DatetimeColumn("Changed", format="D MMM YYYY, HH:mm"),
            "fault": st.column_config.TextColumn("Why there is no plan", width=240),
        },
    )


def _row(one: Known) -> dict[str, object]:
    scenario, sums = one.scenario, one.plan.totals if one.plan else None
    return {
        "name": scenario.name,
        "link": f"/launch_plan?scenario={scenario.scenario_id}",
        "state": scenario.state,
        "aim": said("objective", scenario.wishes.objective),
        "items": sums.launched if sums else None,
        "profit": sums.profit if sums else None,
        "likely": f"{sums.profit_low:,.0f} to {sums.profit_high:,.0f}" if sums else None,
        "stock": sums.stock_money if sums else None,
        "ads": sums.ad_money if sums else None,
        "fixed": len(scenario.overrides),
        "who": scenario.changed_by,
        "when": scenario.changed_at,
        **({"fault": one.fault} if one.fault else {}),
    }


def _acts(found: list[Scenario]) -> None:
    """Rename, copy, delete, undo."""
    names = {one.scenario_id: one.name for one in found}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        one = st.selectbox("Scenario", list(names), key="scenarios_one", format_func=names.__getitem__, width=240)
        name = st.text_input("Name", key="scenarios_name", placeholder="Of the copy, or the new name", width=240)
        who = shop.name_box("plan_by_scenarios")
        if st.button("Copy", icon=":material/content_copy:", key="scenarios_copy", disabled=not name):
            _do(lambda: scenarios.copy(shell.workspace(), one, name, who))
        if st.button("Rename", icon=":material/edit:", key="scenarios_rename", disabled=not name):
            _do(lambda: scenarios.rename(shell.workspace(), one, name, who))
        if st.button(
            "Delete", icon=":material/delete:", key="scenarios_delete", disabled=one == FIRST, help="Can be undone."
        ):
            _do(lambda: scenarios.delete(shell.workspace(), one, who))
        last = scenarios.last(shell.workspace().cursor())
        if st.button(
            "Undo", icon=":material/undo:", key="scenarios_undo", disabled=not last, help=last or "Nothing to undo."
        ):
            _do(lambda: scenarios.undo(shell.workspace()))
    gone = scenarios.list_(shell.workspace().cursor(), deleted=True)
    if gone:
        with st.expander(f"Deleted ({len(gone)})", icon=":material/delete:"):
            for one_gone in gone:
                st.button(
                    f"Bring back {shell.plain(one_gone.name)}",
                    key=f"scenarios_restore_{one_gone.scenario_id}",
                    icon=":material/restore_from_trash:",
                    on_click=scenarios.restore,
                    args=(shell.workspace(), one_gone.scenario_id),
                )


def _do(act: object) -> None:
    try:
        act()  # type: ignore[operator]
    except DebutError as error:
        shell.fail(error)
        return
    st.session_state.pop("scenarios_name", None)
    st.rerun()


def _log() -> None:
    log = scenarios.log(shell.workspace().cursor())
    if log.empty:
        return
    with st.expander("What was done so far", icon=":material/history:"):
        st.dataframe(
            log.assign(undone=log["undone"].map({True: "undone", False: ""})),
            hide_index=True,
            key="scenarios_log",
            alt="What was done so far",
            column_order=["made_at", "made_by", "name", "what", "item_id", "reason", "undone"],
            column_config={
                "made_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
                "made_by": "Who",
                "name": "Scenario",
                "what": st.column_config.TextColumn("What", width=260),
                "item_id": "Code",
                "reason": st.column_config.TextColumn("Why", width=240),
                "undone": "Undone",
            },
        )
