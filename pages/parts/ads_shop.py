"""What the views of the Ads page share: the response to ads, and what ads are planned for.

Kept per shop and state of its data and beliefs, so that a slider finds all of it made.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from core import shell
from core.ads import beliefs, borrowed, calendar, panel, response, scene
from core.ads.answer import AdsAnswer
from core.ads.borrowed import Answers, Borrowed
from core.ads.panel import Panel
from core.ads.response import Response
from core.ads.scene import Scene
from core.errors import DebutError
from core.history import History
from core.outlook import Outlook
from core.workspace import Workspace

__all__ = ["answer", "borrow", "group_scene", "item_scene", "panel_of", "response_of", "stamp"]


def stamp() -> str:
    """Equal for equal beliefs about the ads of the shop in use, and equal events in its calendar."""
    cursor = shell.workspace().cursor()
    return f"{beliefs.read(cursor)!r}:{calendar.stamp(cursor)}"


def response_of() -> Response:
    """How sales respond to the ads of the shop in use. Raises NotReady, saying what to load."""
    shop = shell.workspace()
    return _response(shop.folder, shop.version, stamp(), shop)


def panel_of() -> Panel:
    """The weekly panel that it is learnt from. Raises NotReady."""
    shop = shell.workspace()
    return _panel(shop.folder, shop.version, stamp(), shop)


def group_scene(groups: tuple[str, ...], title: str, weeks: int) -> Scene:
    """Ads for categories over the next weeks."""
    shop = shell.workspace()
    return _group_scene(shop.folder, shop.version, stamp(), groups, title, weeks, response_of())


def borrow(outlook: Outlook, item_id: str, launch: int) -> Borrowed:
    """The response of a new item."""
    shop = shell.workspace()
    known = _answers(shop.folder, shop.version, stamp(), shell.past(), response_of())
    return _borrow(outlook.key, stamp(), item_id, launch, outlook, known, response_of(), shell.past())


def item_scene(outlook: Outlook, item_id: str, launch: int, stock: float | None, lead: int) -> Scene:
    """Ads for a new item, around its launch."""
    return _item_scene(outlook.key, stamp(), item_id, launch, stock, lead, outlook, borrow(outlook, item_id, launch))


def answer(outlook: Outlook, item_id: str, launch: int) -> AdsAnswer | None:
    """How a new item answers ads, where the shop's ads were fitted already and say so; else None."""
    if not response.is_kept(shell.workspace()):
        return None
    try:
        found = AdsAnswer(item_scene(outlook, item_id, launch, None, 0), borrow(outlook, item_id, launch).words)
    except DebutError:  # no ads any more, or a launch before the last sales
        return None
    return found if found.usual > 0 else None


@st.cache_resource(show_spinner="Learning what the ads bring. This happens once ...", max_entries=2)
def _response(folder: Path, data: int, known: str, _workspace: Workspace) -> Response:
    return response.of(_workspace)


@st.cache_resource(show_spinner=False, max_entries=2)
def _panel(folder: Path, data: int, known: str, _workspace: Workspace) -> Panel:
    return panel.read(_workspace.cursor())


@st.cache_resource(show_spinner=False, max_entries=8)
def _group_scene(
    folder: Path, data: int, known: str, groups: tuple[str, ...], title: str, weeks: int, _response: Response
) -> Scene:
    return scene.of_groups(_response, list(groups), title, weeks)


@st.cache_resource(show_spinner="Comparing how single items answer ads ...", max_entries=2)
def _answers(folder: Path, data: int, known: str, _past: History, _response: Response) -> Answers:
    return borrowed.answers(_past, _response)


@st.cache_resource(show_spinner=False, max_entries=64)
def _borrow(
    key: str,
    known: str,
    item_id: str,
    launch: int,
    _outlook: Outlook,
    _answers_of: Answers,
    _response: Response,
    _past: History,
) -> Borrowed:
    expected, items = _outlook.of(item_id), _past.items
    categories = pd.Series(items["category"].to_numpy(), items["product_id"])
    units = float(expected.units.mean[launch, :-1].mean())
    category = _outlook.items.set_index("item_id")["category"][item_id]
    start = scene.ahead(_response, np.datetime64(expected.weeks[launch].date()))
    window = (max(0, start), _outlook.weeks)
    own = str(category) if pd.notna(category) else None
    return borrowed.borrow(_response, _answers_of, expected.like, categories, own, units, item_id, window)


@st.cache_resource(show_spinner=False, max_entries=16)
def _item_scene(
    key: str,
    known: str,
    item_id: str,
    launch: int,
    stock: float | None,
    lead: int,
    _outlook: Outlook,
    _borrowed: Borrowed,
) -> Scene:
    (row,) = _outlook.items[_outlook.items["item_id"] == item_id].to_dict("records")
    price, cost = float(row["price"]), float(row["cost"])
    return scene.of_item(str(row["title"]), _borrowed.response, _outlook.of(item_id), launch, price, cost, stock, lead)
