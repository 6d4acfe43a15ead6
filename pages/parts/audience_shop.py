"""What the views of the Audience page share: the customers as they are known, where an audience ends, downloads."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core import export, privacy, shell
from core.audience import audience as made
from core.audience import groups, reach
from core.audience.audience import Audience
from core.audience.reach import Threshold
from core.audience.segments import Segments
from core.preference.scores import Scores
from core.workspace import Workspace

if TYPE_CHECKING:  # brings torch along
    from core.preference.panel import Panel

__all__ = ["audience", "division", "download", "ids_are", "inside", "likely", "smallest_group", "threshold", "titles"]

FOUND, GIVEN = "Found by Debut", "From your customer file"
LIKELY, KEEN, CHANCE = "Most likely", "Keenest", "Probability"
USUAL = 10  # percent of the customers


def audience() -> Audience:
    """The customers of the shop in use, described once for a state of its data."""
    shop = shell.workspace()
    return _audience(shop.folder, shop.version, shop, shell.panel())


def smallest_group() -> int:
    """The setting under which nothing is told of a group."""
    return int(
        st.number_input(
            "Smallest group",
            groups.LEAST,
            1000,
            groups.FEWEST,
            key="fewest",
            persist_state="session",
            width=150,
            help="Of fewer customers only their number is told. What they are like, and who they are, is neither shown "
            "nor downloaded: it could point at a person.",
        )
    )


def division(known: Audience) -> Segments:
    """The segments to speak of: found, or the shop's own where it has some."""
    if known.given is None:
        return known.found
    chosen = st.segmented_control(
        "Segments", [FOUND, GIVEN], default=FOUND, required=True, key="division", persist_state="session"
    )
    return known.given if chosen == GIVEN else known.found


def threshold(scores: Scores) -> Threshold:
    """Where an audience ends, as the user says."""
    kind = st.segmented_control(
        "Audience",
        [LIKELY, KEEN, CHANCE],
        default=LIKELY,
        required=True,
        key="ends_by",
        persist_state="session",
        help="Most likely: the customers with the highest probability to buy. Keenest: those whose probability "
        "lies furthest above what they buy of the new items otherwise; fewer buyers, but of this very item. "
        "Probability: everybody who buys at least so probably.",
    )
    if kind != CHANCE:
        share = st.slider("Customers (% of all)", 1, 100, USUAL, key="best_share", persist_state="session", width=220)
        return Threshold("likely" if kind == LIKELY else "keen", share / 100)
    most = max(1, math.ceil(100 * float(scores.r.max(initial=0.01))))
    usual = round(min(float(most), max(0.5, 200 * float(scores.r.mean()))) * 2) / 2
    chance = st.slider(
        "Probability of at least (%)", 0.5, float(most), usual, 0.5, key=f"chance_{most}", format="%.1f", width=220
    )
    return Threshold("chance", chance / 100)


def titles(known: Audience) -> dict[str, str]:
    """item_id to title of the new items; what is called the same is told apart by its code."""
    if known.sheet is None:
        return {}
    items = known.sheet.items
    twice = items["title"].duplicated(keep=False)
    names = items["title"].where(~twice, items["title"] + " (" + items["item_id"] + ")")
    return dict(zip(items["item_id"], names, strict=True))


def likely(scores: Scores) -> list[str]:
    """Item ids, those with the most expected buyers first."""
    return [str(scores.items[at]) for at in np.argsort(-scores.buyers, kind="stable")]


def inside(known: Audience, scores: Scores, members: np.ndarray) -> np.ndarray:
    """Members among who was asked, as a mask over the customers."""
    places = known.customers.places(scores.customers["customer_id"].to_numpy())
    return reach.on_customers(known.customers, places, members)


def download(label: str, key: str, name: str, frame: Callable[[], pd.DataFrame], words: str) -> None:
    """A button for a CSV, which is made when it is pressed."""
    st.download_button(
        label,
        lambda: export.to_csv(frame()),
        f"{name}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
        help=words,
    )


def ids_are() -> str:
    """In words what the customer ids of a download are."""
    if privacy.switched_on(shell.workspace().cursor()):
        return "Customer ids are the keyed hashes that Debut keeps in place of yours."
    return "Customer ids are those of your own files, as hashing is switched off for this shop."


@st.cache_resource(show_spinner="Finding the segments. This happens once and takes some seconds ...", max_entries=2)
def _audience(folder: Path, data: int, _workspace: Workspace, _panel: "Panel") -> Audience:
    return made.opened(_panel, _workspace.cursor())
