"""What the Market page shows, kept by the shop's data and by what was decided about matches."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from core import export, shell
from core.errors import NotReady
from core.market import decisions, demand, listings
from core.market import market as made
from core.market.demand import Demand
from core.market.market import Market
from core.market.standing import positions as positions_of
from core.workspace import Workspace
from pages.parts import upload

__all__ = ["download", "has_competitors", "market", "needed", "positions", "trends"]


def has_competitors(workspace: Workspace) -> bool:
    """Whether there is anything to compare with."""
    try:
        listings.check(workspace.cursor())
    except NotReady:
        return False
    return True


def market(workspace: Workspace) -> Market | None:
    """The market of a shop; None where there are no competitors' prices."""
    stamp = decisions.stamp(workspace.cursor())
    try:
        # Not within `_judged`: a cached function that another one calls shows no spinner.
        compared = _compared(workspace.folder, workspace.version, workspace)
    except NotReady:
        return None
    return _judged(workspace.folder, workspace.version, stamp, compared, workspace)


def needed(workspace: Workspace) -> Market:
    """The same; without competitors' prices the page says what to load and stops."""
    known = market(workspace)
    if known is None:
        _nothing(workspace)
        st.stop()
    return known


def positions(workspace: Workspace, known: Market) -> pd.DataFrame:
    """Where the new items stand among the offers of others."""
    return _positions(workspace.folder, workspace.version, decisions.stamp(workspace.cursor()), known)


def trends(workspace: Workspace) -> Demand:
    """What is moving in the shop in use."""
    return _demand(workspace.folder, workspace.version, workspace)


def download(label: str, key: str, name: str, frame: Callable[[], pd.DataFrame]) -> None:
    """A button for a CSV, which is made when it is pressed."""
    st.download_button(
        label,
        lambda: export.to_csv(frame(), decimals=4),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
    )


def _nothing(workspace: Workspace) -> None:
    try:
        listings.read(workspace.cursor())
    except NotReady as error:
        shell.fail(error)
    upload.templates("competitors")
    shell.page_link("data", "Load competitors' prices", "upload")
    st.caption("Trends need none: choose **Trends** above.")


@st.cache_resource(show_spinner="Comparing the competitors' listings with your items ...", max_entries=2)
def _compared(folder: Path, version: int, _workspace: Workspace) -> Market:
    return made.compared(_workspace)


@st.cache_resource(show_spinner=False, max_entries=4)
def _judged(folder: Path, version: int, stamp: str, _market: Market, _workspace: Workspace) -> Market:
    return made.judged(_market, _workspace.cursor())


@st.cache_resource(show_spinner=False, max_entries=4)
def _positions(folder: Path, version: int, stamp: str, _market: Market) -> pd.DataFrame:
    return positions_of(_market)


@st.cache_resource(show_spinner="Looking for trends. The first time this takes some seconds ...", max_entries=2)
def _demand(folder: Path, version: int, _workspace: Workspace) -> Demand:
    return demand.opened(_workspace, shell.past())
