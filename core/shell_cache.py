"""What pages share through caches: opened shops, histories, forecasts and plans.

Every cache is keyed by a workspace's folder and a state of it, so that nothing is read twice and what was derived from
older data is not found.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from core import demo, history, journey, levers, like_choices, new_items, outlook, plan, tracking
from core.errors import NotReady
from core.jobs import planning, tidy
from core.plans import surroundings
from core.prices import in_force
from core.scenario.approvals import Approved
from core.track import adjust, answers, remaining
from core.workspace import Workspace

if TYPE_CHECKING:  # brings torch along, which most runs of a page do without
    from core.desk import Desk
    from core.preference.panel import Panel
    from core.preference.scores import Scores

__all__ = [
    "ad_money",
    "adjusted",
    "best_plan",
    "demo_is_there",
    "forecasts",
    "grocery_is_there",
    "left_of",
    "made_plan",
    "near",
    "one_item",
    "open_desk",
    "open_panel",
    "opened",
    "opinions",
    "past",
    "tracked",
]


@st.cache_resource(show_spinner="Loading the grocery shop. This happens once and takes about a quarter of a minute ...")
def grocery_is_there() -> None:
    """Make the grocery shop where there is none."""
    journey.ensure()


@st.cache_resource(show_spinner="Making the demo shop. This happens once and takes about half a minute ...")
def demo_is_there() -> None:
    """Make the demo shop where there is none."""
    demo.ensure()


@st.cache_resource(show_spinner=False)
def opened(folder: Path) -> Workspace:
    """The workspace of a folder, without what killed work has left in it."""
    workspace = Workspace(folder)
    tidy.clear(workspace.artifacts)
    return workspace


@st.cache_resource(show_spinner=False, max_entries=2)
def past(folder: Path, version: int, _workspace: Workspace) -> history.History:
    """What was sold in it so far."""
    return history.read(_workspace.cursor())


@st.cache_resource(show_spinner=False, max_entries=4)
def forecasts(folder: Path, data: int, version: str, choices: str, _workspace: Workspace) -> outlook.Outlook:
    """What is expected of its new items."""
    return in_force.outlook(_workspace, version, desk=lambda: open_desk(folder, data, version, _workspace))


@st.cache_resource(show_spinner="Opening the forecaster. This happens once and takes some seconds ...", max_entries=1)
def open_desk(folder: Path, data: int, version: str, _workspace: Workspace) -> "Desk":
    """The forecaster with all that it needs."""
    from core.desk import Desk

    return Desk.opened(_workspace, version)


@st.cache_resource(show_spinner=False, max_entries=64)
def one_item(
    folder: Path,
    data: int,
    version: str,
    item_id: str,
    stamp: str,
    _workspace: Workspace,
    _choice: like_choices.Choice,
) -> outlook.Expected:
    """What is expected of one item under a choice of like items."""
    return open_desk(folder, data, version, _workspace).item(item_id, _choice)


@st.cache_resource(show_spinner="Asking the customers. This happens once and takes some seconds ...", max_entries=2)
def open_panel(folder: Path, data: int, stamp: str, _workspace: Workspace) -> "Panel":
    """The customers, to be asked."""
    from core.preference.panel import Panel

    return Panel.opened(_workspace)


@st.cache_resource(show_spinner=False, max_entries=2)
def opinions(folder: Path, data: int, stamp: str, _workspace: Workspace, _panel: "Panel") -> "Scores":
    """What the customers think of the new items."""
    sheet = new_items.read(_workspace.cursor(), _panel.past).items
    return _panel.ask(sheet["item_id"].to_numpy(), sheet["text"].tolist(), sheet["price"].to_numpy(dtype=float))


@st.cache_resource(show_spinner=False, max_entries=4)
def ad_money(folder: Path, data: int, weeks: int, _workspace: Workspace, _history: history.History) -> float | None:
    """What is usually spent on ads for a launch."""
    return levers.usual_ads(_workspace.cursor(), _history, weeks)


@st.cache_resource(show_spinner="Looking at prices, ads and what items take from each other ...", max_entries=2)
def near(key: str, _workspace: Workspace, _outlook: outlook.Outlook) -> plan.Surroundings:
    """What the plan knows beside the forecasts."""
    return surroundings.surroundings(_workspace, _outlook)


@st.cache_resource(show_spinner="Planning ...", max_entries=64)
def best_plan(
    key: str,
    near_key: str,
    wishes: plan.Wishes,
    overrides: tuple[plan.Override, ...],
    _outlook: outlook.Outlook,
    _near: plan.Surroundings,
    _artifacts: Path | None = None,
) -> plan.Plan:
    """The plan for some wishes; one that a job has made is read from disk."""
    made = planning.kept(_artifacts, planning.name(_outlook, _near, wishes, overrides)) if _artifacts else None
    return made or plan.plan(_outlook, wishes, overrides, _near)


@st.cache_resource(show_spinner=False, max_entries=8)
def made_plan(key: str, _artifacts: Path) -> plan.Plan:
    """A plan that a job has made. Raises NotReady as long as there is none, Clash where its wishes clash."""
    made = planning.kept(_artifacts, key)
    if made is None:
        raise NotReady("This plan was not made yet.")  # which is not cached
    return made


@st.cache_resource(show_spinner=False, max_entries=4)
def tracked(folder: Path, data: int, stamp: str, _workspace: Workspace, _past: history.History) -> tracking.Tracking:
    """What became of the launches of approved plans."""
    return tracking.opened(_workspace, _past)


@st.cache_resource(show_spinner=False, max_entries=8)
def left_of(
    key: str,
    act: int,
    _workspace: Workspace,
    _approved: Approved,
    _tracked: tracking.Tracking,
    _outlook: outlook.Outlook,
) -> remaining.Left:
    """What is left of an approved plan. key: of the outlook, and of what was told of launches."""
    alike = remaining.near_launched(_workspace, _outlook, _tracked)
    return remaining.left(_approved, _tracked, _outlook, alike)


@st.cache_resource(show_spinner=False, max_entries=8)
def adjusted(
    key: str,
    near_key: str,
    act: int,
    refitted: tuple[str, ...],
    _left: remaining.Left,
    _plan: plan.Plan,
    _tracked: tracking.Tracking,
    _near: plan.Surroundings,
    _workspace: Workspace,
) -> adjust.Adjusted:
    """An approved plan beside what is left of it, planned anew. key: as of `left_of`."""
    moved = answers.answers(_workspace, _left, _near, refitted)
    return adjust.compared(_left, _plan, _tracked, _near, refitted, moved)
