"""What the Reviews page shows, kept by the shop's data, the reader in use, and what the user leaves out."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core import shell, versions
from core.errors import DebutError, NotReady
from core.reviews import excluded, reading, readings, suspicious
from core.reviews import themes as themes_of
from core.reviews.themes import Theme
from core.workspace import Workspace

__all__ = ["Key", "item_themes", "most", "odd", "scores", "the_key", "themes"]

LATEST = 1_000  # reviews whose sentences are read for the themes of the whole shop where no version has read them

Key = tuple[Path, int, str, str]
"""Folder, data version, reader in use ('' for none), and the stamp of what is left out."""


def the_key(workspace: Workspace) -> Key:
    """By what the page's caches go."""
    return (
        workspace.folder,
        workspace.version,
        versions.stamp(workspace, "sentiment"),
        excluded.stamp(workspace.cursor()),
    )


def scores(workspace: Workspace) -> pd.DataFrame:
    """Every review with its sentiment; without reviews the page says what to do and stops.

    Where the version in use cannot be used any more, it says so and the ratings speak.
    """
    key = the_key(workspace)
    for one in dict.fromkeys((key, _by_rating(key))):
        try:
            return _scores(one, workspace)
        except NotReady as error:
            shell.fail(error)
    shell.page_link("data", "Load reviews", "upload")
    st.stop()


def most(workspace: Workspace) -> int:
    """Reviews, the latest, whose sentences tell the themes of the whole shop."""
    return readings.MOST_READ if _usable(workspace)[2] else LATEST


def themes(workspace: Workspace, items: tuple[str, ...] | None = None) -> list[Theme]:
    """Themes of some items' reviews, or (None) of the whole shop; on an error the page says why and shows none."""
    try:
        return _themes(_usable(workspace), items, workspace)
    except DebutError as error:
        shell.fail(error)
        return []


def item_themes(workspace: Workspace, product_id: str) -> list[Theme]:
    """Themes of one item's reviews."""
    return themes(workspace, (product_id,))


def odd(workspace: Workspace) -> pd.DataFrame:
    """Suspicious reviews, see `suspicious.find`."""
    return _odd(workspace.folder, workspace.version, workspace)


def _usable(workspace: Workspace) -> Key:
    """The key, without the reader where that cannot be used."""
    key = the_key(workspace)
    try:
        _scores(key, workspace)
    except NotReady:
        return _by_rating(key)
    return key


def _by_rating(key: Key) -> Key:
    return (*key[:2], "", key[3])


@st.cache_resource(show_spinner="Reading the reviews. The first time this takes some seconds ...", max_entries=3)
def _scores(key: Key, _workspace: Workspace) -> pd.DataFrame:
    return readings.scored(_workspace, reading.read(_workspace.cursor()), key[2] or None)


@st.cache_resource(show_spinner="Looking for themes. The first time this takes some seconds ...", max_entries=32)
def _themes(key: Key, items: tuple[str, ...] | None, _workspace: Workspace) -> list[Theme]:
    some = _scores(key, _workspace)
    some = some[~some["excluded"] & (some["text"] != "") & some["sentiment"].notna()]
    if items is not None:
        some = some[some["product_id"].isin(items)]
    elif key[2]:
        some = some[some["by"] == readings.BY_TEXT]  # to read the sentences of the others, too, might take hours
    else:
        some = some.tail(LATEST)
    return themes_of.themes(readings.said(_workspace, some, key[2] or None))


@st.cache_resource(show_spinner="Comparing the reviews with one another ...", max_entries=2)
def _odd(folder: Path, version: int, _workspace: Workspace) -> pd.DataFrame:
    return suspicious.find(reading.read(_workspace.cursor()))
