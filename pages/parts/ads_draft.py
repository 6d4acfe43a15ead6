"""The plan of ads as it stands on the page, kept or not: a slider a channel and a way to spread the money over weeks.

All of it lives in the session, by what is planned for, so that going from one item to another and back loses nothing.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core import shell
from core.ads import flights
from core.ads.scene import Scene
from core.ads.words import round_money

__all__ = ["Draft", "draft", "editor", "flight", "put", "sliders"]

OWN = "own"
LABELS = {**flights.LABELS, OWN: "Own weeks"}
STEPS = 100  # of a slider
REACH = 3.0  # times the usual money that a slider goes to, or more
SOME = 100.0  # that a slider goes to where nothing was ever spent


@dataclass(frozen=True)
class Draft:
    """A plan on the page."""

    key: str
    """Of its widgets."""
    target: tuple[str, str]
    """item, category or shop, and which."""
    scene: Scene
    flight: str
    spend: np.ndarray
    """(C, W) money a week."""

    @property
    def total(self) -> float:
        """Money in all."""
        return float(self.spend.sum())


def sliders(key: str, scene: Scene) -> None:
    """A slider a channel."""
    largest = scene.largest * len(scene.weeks)
    for at, (name, usual, stored) in enumerate(zip(scene.channels, _usual(scene), _totals(key, scene), strict=True)):
        reach = max(REACH * usual, float(largest[at]) if np.isfinite(largest[at]) else 0.0, stored) or SOME
        step = round_money(reach / STEPS)
        most = float(np.ceil(reach / step) * step)
        # A slider with other ends is another widget, which would forget its value: what counts is kept apart.
        widget = f"ads_money:{key}:{at}:{most:g}:{_round(key)}"
        if widget not in st.session_state:
            st.session_state[widget] = round(stored, 2)
        seen = f"Most ever spent in so many weeks: {largest[at]:,.0f}." if largest[at] > 0 else "Never tried so far."
        chosen = st.slider(
            shell.plain(name),
            0.0,
            most,
            step=step,
            key=widget,
            format="%.0f" if step >= 1 else "%.2f",
            help=f"Money over the {len(scene.weeks)} weeks. Usually {usual:,.0f}. {seen}",
        )
        if chosen != round(usual, 2):
            st.session_state[_money(key, at)] = chosen
        else:
            st.session_state.pop(_money(key, at), None)


def flight(key: str) -> str:
    """How the money is spread over the weeks."""
    widget = f"ads_flight:{key}"
    if widget not in st.session_state:
        st.session_state[widget] = "even"
    chosen = st.segmented_control(
        "Over the weeks",
        list(LABELS),
        format_func=LABELS.__getitem__,
        required=True,
        key=widget,
        wrap=True,
        help="Pulsed: two weeks on, two off. Front-loaded: most in the week of the launch. Own weeks: as typed below.",
    )
    return str(chosen or "even")


def draft(key: str, target: tuple[str, str], scene: Scene) -> Draft:
    """The plan that the widgets say."""
    chosen = str(st.session_state.get(f"ads_flight:{key}") or "even")
    return Draft(key, target, scene, chosen, _totals(key, scene)[:, None] * _shape(key, scene, chosen))


def put(key: str, spend: np.ndarray) -> None:
    """Make a plan (C, W) the one on the page; from a callback, as its widgets must not be drawn yet."""
    for at, row in enumerate(spend):
        st.session_state[_money(key, at)] = round(float(row.sum()), 2)
    st.session_state[f"ads_own:{key}"] = spend
    st.session_state[f"ads_flight:{key}"] = OWN
    st.session_state[f"ads_round:{key}"] = _round(key) + 1


def editor(plan: Draft) -> None:
    """The weeks, to be typed."""
    key, weeks = plan.key, pd.to_datetime(plan.scene.weeks)
    widget = f"ads_weeks:{key}:{_round(key)}"
    columns = [f"channel_{at}" for at in range(len(plan.spend))]  # names could be those of other columns
    frame = pd.DataFrame(plan.spend.T.round(2), columns=columns)
    frame.insert(0, "week", weeks)
    st.data_editor(
        frame,
        key=widget,
        hide_index=True,
        num_rows="fixed",
        alt="Money by week and channel",
        disabled=["week"],
        on_change=_typed,
        args=(key, widget, plan.spend),
        column_config={
            "week": st.column_config.DateColumn("Week of", format="D MMM YYYY", width=110, pinned=True),
            **{
                column: st.column_config.NumberColumn(name, min_value=0.0, format="%.2f")
                for column, name in zip(columns, plan.scene.channels, strict=True)
            },
        },
    )


def _typed(key: str, widget: str, spend: np.ndarray) -> None:
    """Take in what was typed."""
    typed = spend.copy()
    for week, values in st.session_state[widget]["edited_rows"].items():
        for name, money in values.items():
            if name.startswith("channel_"):
                typed[int(name.removeprefix("channel_")), int(week)] = max(0.0, float(money or 0.0))
    put(key, typed)


def _shape(key: str, scene: Scene, chosen: str) -> np.ndarray:
    """(C, W) share of each channel's money by week; own weeks stay as they are when a slider moves."""
    even = np.repeat(flights.spread("even", len(scene.weeks))[None], len(scene.channels), axis=0)
    if chosen != OWN:
        return np.repeat(flights.spread(chosen, len(scene.weeks), scene.lead)[None], len(even), axis=0)
    own = st.session_state.get(f"ads_own:{key}")
    if own is None or own.shape != even.shape:
        return even
    total = own.sum(1, keepdims=True)
    return np.divide(own, total, out=even, where=total > 0)


def _usual(scene: Scene) -> np.ndarray:
    """(C,) money of the present plan."""
    return scene.usual.sum(1)


def _totals(key: str, scene: Scene) -> np.ndarray:
    """(C,) money of the plan on the page; what was not touched is as usual."""
    return np.array([float(st.session_state.get(_money(key, at), usual)) for at, usual in enumerate(_usual(scene))])


def _round(key: str) -> int:
    """Number of the widgets that show a plan: others from a new one on."""
    return int(st.session_state.get(f"ads_round:{key}", 0))


def _money(key: str, channel: int) -> str:
    return f"ads_sum:{key}:{channel}"
