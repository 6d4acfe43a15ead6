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

__all__ = ["LATEST", "Key", "item_themes", "odd", "scores", "the_key", "themes"]

LATEST = 1_000
"""Reviews whose sentences are read for the themes of the whole shop where no version has read them all."""

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
    for one in dict.fromkeys((key, (*key[:2], "", key[3]))):
        try:
            return _scores(one, workspace)
        except NotReady as error:
            shell.fail(error)
    shell.page_link("data", "Load reviews", "upload")
    st.stop()


def themes(workspace: Workspace, items: tuple[str, ...] | None = None) -> list[Theme]:
    """Themes of some items' reviews, or (None) of the whole shop; on an error the page says why and shows none."""
    try:
        return _themes(the_key(workspace), items, workspace)
    except DebutError as error:
        shell.fail(error)
        return []


def item_themes(workspace: Workspace, product_id: str) -> list[Theme]:
    """Themes of one item's reviews."""
    return themes(workspace, (product_id,))


def odd(workspace: Workspace) -> pd.DataFrame:
    """Suspicious reviews, see `suspicious.find`."""
    return _odd(workspace.folder, workspace.version, workspace)


@st.cache_resource(show_spinner="Reading the reviews. The first time this takes some seconds ...", max_entries=3)
def _scores(key: Key, _workspace: Workspace) -> pd.DataFrame:
    return readings.scored(_workspace, reading.read(_workspace.cursor()), key[2] or None)


@st.cache_resource(show_spinner="Looking for themes. The first time this takes some seconds ...", max_entries=32)
def _themes(key: Key, items: tuple[str, ...] | None, _workspace: Workspace) -> list[Theme]:
    some = _scores(key, _workspace)
    some = some[~some["excluded"] & (some["text"] != "")]
    if items is not None:
        some = some[some["product_id"].isin(items)]
    elif not key[2]:
        some = some.tail(LATEST)
    return themes_of.themes(readings.said(_workspace, some, key[2] or None))


@st.cache_resource(show_spinner="Comparing the reviews with one another ...", max_entries=2)
def _odd(folder: Path, version: int, _workspace: Workspace) -> pd.DataFrame:
    return suspicious.find(reading.read(_workspace.cursor()))
