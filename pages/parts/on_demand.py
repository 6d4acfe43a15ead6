"""A model that is trained on demand: the version in use, training, and the versions there are. One panel a page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from core import jobs, settings, shell, versions
from core.errors import DebutError
from core.trainers import TRAINERS, OnDemand
from core.workspace import Workspace
from pages.parts.jobs import progress, span

__all__ = ["panel"]

MB = 1e6
LARGE = 100  # from which on a figure is a count, not a share


def panel(workspace: Workspace, kind: OnDemand, about: str) -> None:
    """Everything a page needs to let a shop train its model: effort, progress, cancel, versions, refusals in words.

    about: what the model is for and how long training takes, in Markdown.
    """
    if refused := st.session_state.pop("job_refused", None):
        shell.fail(refused)
    known = versions.listed(workspace, kind)
    used = known[known["active"]]
    st.markdown(about)
    if not used.empty:
        _in_use(used.iloc[0]["version"], used.iloc[0]["summary"])
    elif not known.empty:
        st.caption(f"No version of the {TRAINERS[kind].name} is in use. Train one, or use one of the versions below.")
    _train(workspace, kind, first=known.empty)
    progress(workspace, kind)
    if not known.empty:
        with st.expander(f"Versions ({len(known)})", icon=":material/history:", key=f"{kind}_versions"):
            _table(workspace, kind, known)
            _one(workspace, kind, known)


def _in_use(name: str, summary: dict[str, Any]) -> None:
    """How good the version in use is, and what it has learnt from."""
    with st.container(horizontal=True):
        for label, value in summary.get("figures", {}).items():
            st.metric(label, _figure(value), border=True)
    learnt = f" on {summary['trained_on']}" if "trained_on" in summary else ""
    parts = (
        f"{name} is in use: trained {_made(summary):%-d %B %Y at %H:%M}{learnt}",
        f"in {span(summary['seconds'])}",
        f"effort {_effort(summary)}" if _effort(summary) else "",
    )
    st.caption(shell.plain(", ".join(part for part in parts if part)) + ".")


def _train(workspace: Workspace, kind: OnDemand, first: bool) -> None:
    """The effort, and the button that starts."""
    trainer, key = TRAINERS[kind], f"{kind}_effort"
    if key not in st.session_state:
        st.session_state[key] = trainer.effort
    job = jobs.latest(workspace)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        effort = st.segmented_control(
            "Effort",
            list(trainer.efforts),
            format_func=str.capitalize,
            required=True,
            key=key,
            persist_state="session",
        )
        st.button(
            "Train" if first else "Train again",
            type="primary" if first else "secondary",
            key=f"{kind}_train",
            icon=":material/model_training:",
            on_click=_safely,
            args=(_begin, workspace, kind),
            help="It waits until the job at work is done." if job is not None and job.running else None,
        )
    st.caption(
        f"{trainer.efforts[effort or trainer.effort]} It learns from what is loaded now, in the background: "
        "the pages stay usable, and nothing changes until it is done."
    )


def _begin(workspace: Workspace, kind: OnDemand) -> None:
    effort = st.session_state[f"{kind}_effort"] or TRAINERS[kind].effort
    jobs.start(workspace, kind, {"effort": effort, "seed": 0})


def _table(workspace: Workspace, kind: OnDemand, known: pd.DataFrame) -> None:
    summaries = known["summary"].tolist()
    frame = pd.DataFrame(
        {
            "version": known["version"],
            "made": [_made(one) for one in summaries],
            "active": known["active"],
            "effort": [_effort(one) for one in summaries],
            **{
                name: [one.get("figures", {}).get(name) for one in summaries]
                for name in dict.fromkeys(name for one in summaries for name in one.get("figures", {}))
            },
            "seconds": [one["seconds"] for one in summaries],
            "size": [versions.size(workspace, name) / MB for name in known["version"]],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key=f"{kind}_table",
        alt=f"Trained versions of the {TRAINERS[kind].name}",
        column_config={
            "version": "Version",
            "made": st.column_config.DatetimeColumn("Trained", format="D MMM YYYY, HH:mm"),
            "active": "In use",
            "effort": "Effort",
            "seconds": st.column_config.NumberColumn("Trained in (s)", format="%.0f"),
            "size": st.column_config.NumberColumn("Size (MB)", format="%.1f"),
        },
    )


def _one(workspace: Workspace, kind: OnDemand, known: pd.DataFrame) -> None:
    """What can be done with a single version."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Version", known["version"].tolist(), key=f"{kind}_version", width=280)
        if name is None:
            return
        if known.set_index("version").loc[name, "active"]:
            st.button(
                "Stop using it",
                key=f"{kind}_stop",
                on_click=_safely,
                args=(versions.retire, workspace, kind),
                help="The page then shows what it knows without a trained model. The version stays in this list.",
            )
            return
        st.button("Use it", key=f"{kind}_use", on_click=_safely, args=(versions.activate, workspace, name))
        with st.popover("Delete", icon=":material/delete:", key=f"{kind}_delete"):
            st.markdown(f"**{shell.plain(name)}** is removed from disk for good.")
            st.button(
                "Delete it",
                key=f"{kind}_remove",
                type="primary",
                on_click=_safely,
                args=(versions.remove, workspace, name),
            )


def _made(summary: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(summary["created_at"])


def _effort(summary: dict[str, Any]) -> str:
    """What it was trained with; '' of one that came from elsewhere."""
    return settings.told(summary["settings"]) if "settings" in summary else ""


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.3g}"


def _safely(what: Callable[..., object], *given: object) -> None:
    """Do it; a refusal is shown in words on the next run."""
    try:
        what(*given)
    except DebutError as error:
        st.session_state.job_refused = error
