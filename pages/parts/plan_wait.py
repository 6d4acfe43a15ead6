"""The plan for a large sheet: made by a job, while the page goes on showing the plan of before."""

import streamlit as st

from core import jobs, shell, shell_cache
from core.errors import DebutError, NotReady
from core.jobs import planning
from core.outlook import Outlook
from core.plan import Plan, Surroundings, Wishes
from core.scenarios import Scenario
from core.workspace import Workspace
from pages.parts import jobs as job_parts

__all__ = ["planned"]

ASKED, MINE, HERE, REFUSED = "plan_jobs_asked", "plan_job_mine", "plan_here", "plan_job_refused"
"""In the session: keys that it asked for, the last (folder, key), the key that the page itself is to plan, an error."""


def planned(
    scenario: Scenario, outlook: Outlook, around: Surroundings, wishes: Wishes, shown: str
) -> tuple[Plan, bool]:
    """The plan for these wishes, and whether it is one of before, as the plan for them is still being made.

    shown: name in the session of the last plan that was shown. Ends the page where there is none yet. Raises Clash
    where the wishes clash.
    """
    workspace = shell.workspace()
    key = planning.name(outlook, around, wishes, scenario.overrides)
    made: Plan | None = None
    try:
        made = shell_cache.made_plan(key, workspace.artifacts)
    except NotReady:
        if st.session_state.get(HERE) == key:
            made = shell.plan_on(outlook, around, wishes, scenario.overrides)
    if made is not None:
        st.session_state[shown] = made
        return made, False
    last = st.session_state.get(shown) or planning.before(workspace, scenario.scenario_id)
    fits = last is not None and set(last.table["item_id"]) == set(outlook.items["item_id"])
    _waiting(workspace, scenario, wishes, key, len(outlook.items), fits)
    if last is None or not fits:
        st.stop()
    return last, True


def _waiting(workspace: Workspace, scenario: Scenario, wishes: Wishes, key: str, count: int, older: bool) -> None:
    """What is being made, how far it is, and what else can be done."""
    _ask_once(workspace, scenario, wishes, key)
    job = planning.asked(workspace, key)
    if job is not None and job.state == "done" and planning.kept(workspace.artifacts, key) is not None:
        st.rerun()  # it has ended since this page looked for the plan
    at_work = job is not None and job.state in ("waiting", "running")
    with st.container(border=True, key="plan_wait"):
        words = f"The plan for these settings of {count:,} items "
        words += "is being made in the background." if at_work else "was not made."
        st.markdown(f":material/hourglass_top: {words}" + (" **What follows is as of before.**" if older else ""))
        if refused := st.session_state.pop(REFUSED, None):
            shell.fail(refused)
        if at_work:
            job_parts.progress(workspace, "plan")
        elif job is not None and job.state == "failed":
            st.error(shell.plain(job.error))
        if job is None or not job.running:
            _instead(workspace, scenario, wishes, key, at_work)


def _ask_once(workspace: Workspace, scenario: Scenario, wishes: Wishes, key: str) -> None:
    """Have it made, unless this session has asked for it already; what was asked for before is no longer wanted."""
    asked: set[str] = st.session_state.setdefault(ASKED, set())
    if key in asked:
        return
    _take_back(workspace, asked)
    asked.add(key)
    job = planning.asked(workspace, key)
    if job is None or job.state not in ("waiting", "running"):  # else another window has asked
        _ask(workspace, scenario, wishes, key)


def _take_back(workspace: Workspace, asked: set[str]) -> None:
    """Cancel the job of settings that were tried before, if it has not ended."""
    folder, key = st.session_state.pop(MINE, ("", ""))
    for job in jobs.listed(workspace):
        if job.folder.name == folder and job.ended is None:
            jobs.cancel(job)
            asked.discard(key)


def _ask(workspace: Workspace, scenario: Scenario, wishes: Wishes, key: str) -> None:
    try:
        job = planning.ask(workspace, scenario, wishes, key)
    except DebutError as error:
        st.session_state[REFUSED] = error
    else:
        st.session_state[MINE] = (job.folder.name, key)


def _instead(workspace: Workspace, scenario: Scenario, wishes: Wishes, key: str, waits: bool) -> None:
    """Where nothing is at work on it: ask (again), or let the page plan."""
    with st.container(horizontal=True):
        if not waits:
            st.button(
                "Plan in the background",
                type="primary",
                icon=":material/rocket_launch:",
                key="plan_ask_again",
                on_click=_ask,
                args=(workspace, scenario, wishes, key),
            )
        st.button(
            "Plan it here and now",
            icon=":material/bolt:",
            key="plan_at_once",
            on_click=_here,
            args=(key,),
            help="Without the queue. The page waits until it is done, from seconds to a minute.",
        )


def _here(key: str) -> None:
    st.session_state[HERE] = key
