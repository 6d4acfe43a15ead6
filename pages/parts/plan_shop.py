"""What the parts of the launch plan share: the scenario in use, the settings that are tried, and the plan for them."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from core import scenarios, shell, tracking
from core.errors import DebutError
from core.outlook import Outlook
from core.plan import Plan, Surroundings, Wishes
from core.prices import kept_rules
from core.scenario.edits import LONGEST
from core.scenarios import FIRST, Scenario
from pages.parts import plan_wait

__all__ = [
    "AT_ONCE",
    "LONGEST",
    "Open",
    "chosen",
    "exceptions",
    "forget",
    "go_to",
    "labels",
    "launched",
    "name_box",
    "opened",
    "tried",
    "try_out",
    "undo_button",
]

UNDONE, UNDO_FAILED = "plan_undone", "plan_undo_failed"

AT_ONCE = 250  # items; the plan for more is made by a job, not at each key
BADGES = {
    "draft": (":material/edit:", "gray"),
    "proposed": (":material/front_hand:", "orange"),
    "approved": (":material/verified:", "green"),
}


Row = dict[Any, Any]


@dataclass(frozen=True)
class Open:
    """A scenario on the page, with the plan for it."""

    scenario: Scenario
    outlook: Outlook
    around: Surroundings
    wishes: Wishes
    """As they stand on the page; those of the scenario until something is tried."""
    plan: Plan
    before: bool = False
    """Whether the plan is one of before, as that for these settings is still being made."""

    @property
    def tried(self) -> bool:
        """Whether settings on the page are not kept yet."""
        return self.wishes != self.scenario.wishes

    def row(self, item: str) -> Row:
        """An item's row of the plan."""
        table = self.plan.table
        (found,) = table[table["item_id"] == item].to_dict("records")
        return found

    @property
    def key(self) -> str:
        """Equal for equal plans."""
        older = f"|before:{self.plan.totals!r}" if self.before else ""  # of a shop that has changed since
        return f"{self.outlook.key}|{self.around.key}|{self.plan.wishes.to_json()}|{self.plan.overrides!r}{older}"


def chosen() -> Scenario:
    """The scenario in use, to be changed in a box and in the address; says what state it is in."""
    known = {one.scenario_id: one for one in scenarios.list_(shell.workspace().cursor())}
    _from_address(known)
    name = _name("scenario")
    if st.session_state.get(name) not in known:
        st.session_state[name] = FIRST
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state.scenario_shown = st.session_state[name]
        st.selectbox(
            "Scenario",
            list(known),
            key="scenario_shown",
            format_func=lambda one: known[one].name,
            on_change=_choose,
            width=300,
            help="Each has settings and decisions of its own. They are made, copied and compared on Scenarios.",
        )
        shell.page_link("scenarios", "Compare scenarios", "difference")
    found = known[st.session_state[name]]
    icon, colour = BADGES[found.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(found.state.capitalize(), icon=icon, color=colour)  # type: ignore[arg-type]
        if found.overrides:
            st.caption(f"Fixed by hand: {len(found.overrides):,} item{'s' * (len(found.overrides) > 1)}")
    return found


def opened(scenario: Scenario, outlook: Outlook, around: Surroundings) -> Open:
    """The plan of a scenario with the settings on the page. Raises Clash, or another DebutError, where there is none.

    outlook, around: of this run of the page. To look for others at each move of a slider would take longer than most
    of what follows it. The plan for a large sheet is made by a job; until there is any, the page ends here.
    """
    wishes = tried(scenario)
    if len(outlook.items) > AT_ONCE:
        plan, before = plan_wait.planned(scenario, outlook, around, wishes, _name("shown", scenario))
        return Open(scenario, outlook, around, wishes, plan, before)
    return Open(scenario, outlook, around, wishes, shell.plan_on(outlook, around, wishes, scenario.overrides))


def tried(scenario: Scenario) -> Wishes:
    """The settings on the page: what is tried, or what is kept."""
    found: Wishes = st.session_state.get(_name("tried", scenario), scenario.wishes)
    return found


def try_out(scenario: Scenario, **changes: object) -> None:
    """Plan by other settings, without keeping them."""
    st.session_state[_name("tried", scenario)] = replace(tried(scenario), **changes)  # type: ignore[arg-type]


def forget(scenario: Scenario) -> None:
    """Go back to the settings that are kept."""
    st.session_state.pop(_name("tried", scenario), None)


def labels(outlook: Outlook) -> dict[str, str]:
    """item_id to how boxes name it."""
    items = outlook.items
    return {str(code): f"{title} ({code})" for code, title in zip(items["item_id"], items["title"], strict=True)}


def launched(scenario: Scenario) -> None:
    """Of an approved plan whose items sell already: what is shown is only what is left of it."""
    gone = len(tracking.launched(shell.workspace().cursor())) if scenario.state == "approved" else 0
    if gone:
        st.info(
            f"{gone:,} approved item{'s are' if gone > 1 else ' is'} on sale by now and followed up on Tracking. Shown "
            "here is what is left, planned anew with what is known today.",
            icon=":material/info:",
        )
        shell.page_link("tracking", "Compare it with what was approved", "monitoring", {"view": "Adjust the plan"})


def name_box(key: str, placeholder: str = "Optional") -> str:
    """Who does it; the name is remembered from box to box. placeholder: what it is for, where it is needed."""
    st.session_state[key] = st.session_state.get("plan_by", "")
    return st.text_input(
        "Your name", key=key, max_chars=LONGEST, width=180, placeholder=placeholder,
        on_change=lambda: st.session_state.update(plan_by=st.session_state[key]),
    )  # fmt: skip


def undo_button(scenario: Scenario, key: str) -> None:
    """Take back what was done last to the scenario."""
    words = scenarios.last(shell.workspace().cursor(), scenario.scenario_id)
    st.button(
        "Undo", icon=":material/undo:", disabled=not words, key=key, help=words or "Nothing to undo.",
        on_click=_take_back, args=(scenario,),
    )  # fmt: skip
    if st.session_state.pop(UNDONE, False):
        st.rerun()  # the whole page: the button may stand in a fragment
    error = st.session_state.pop(UNDO_FAILED, None)
    if error:
        shell.fail(error)


def _take_back(seen: Scenario) -> None:
    """As a callback, which gets the scenario that was on the screen: what somebody else did since stays done."""
    try:
        scenarios.undo(shell.workspace(), seen.scenario_id, seen.act)
    except DebutError as error:
        st.session_state[UNDO_FAILED] = error
        return
    forget(seen)
    st.session_state[UNDONE] = True


def exceptions(now: Open) -> pd.DataFrame:
    """What needs a look, see `scenarios.exceptions`."""
    policy = kept_rules.kept(shell.workspace().cursor())
    return _exceptions(f"{now.key}|{policy!r}", now, policy)


@st.cache_resource(show_spinner=False, max_entries=32)
def _exceptions(key: str, _now: Open, _policy: kept_rules.Policy) -> pd.DataFrame:
    return scenarios.exceptions(_now.outlook, _now.plan.table, _policy, _now.around.today)


def _from_address(known: dict[int, Scenario]) -> None:
    """Go to the scenario that a link names, once."""
    asked = st.query_params.get("scenario", "")
    if asked == st.session_state.get(_name("asked"), ""):
        return
    st.session_state[_name("asked")] = asked
    if asked.isdecimal() and int(asked) in known:
        st.session_state[_name("scenario")] = int(asked)
    elif asked:
        st.warning("There is no scenario of that number (any more).", icon=":material/link_off:")


def go_to(one: int) -> None:
    """Show this scenario from the next run on, and name it in the address."""
    st.session_state[_name("scenario")] = one
    st.session_state[_name("asked")] = str(one)
    st.query_params["scenario"] = str(one)


def _choose() -> None:
    go_to(int(st.session_state.scenario_shown))


def _name(name: str, scenario: Scenario | None = None) -> str:
    """Of what is kept in the session, apart from the widgets, from shop to shop and from scenario to scenario."""
    number = "" if scenario is None else f":{scenario.scenario_id}"
    return f"plan_{name}:{st.session_state.shop}{number}"
