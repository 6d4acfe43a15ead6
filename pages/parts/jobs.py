"""The job at work, with what waits behind it, and how the last one ended. Shown wherever jobs are started."""

from datetime import datetime

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import jobs, shell, versions
from core.errors import DebutError
from core.jobs import Job, Kind
from core.trainers import TRAINERS, ModelKind
from core.workspace import Workspace
from pages.parts.charts import ACCENT, LEGEND, MUTED

__all__ = ["ENDS", "NAMES", "called", "history", "progress", "span"]

NAMES = {"train": "Fine-tuning", "backtest": "Backtest", "compare": "Comparison of settings", "search": "Search"}
NAMES |= {kind: trainer.work for kind, trainer in TRAINERS.items()} | {"plan": "Planning", "update": "Model update"}
ENDS = {"done": "done", "failed": "failed", "cancelled": "cancelled", "running": "at work", "waiting": "waiting"}
CURVES = {"loss": "Loss", "validation": "Loss on held-out items"}
DASHES = {"validation": "dot"}
FEW_POINTS = 5
SECOND = 1.0
TAKEN = "job_taken_in"


def progress(workspace: Workspace, kind: Kind | None = None) -> None:
    """Progress, time left, loss curve, queue and cancel; polls only while there is something to see.

    kind: whose end is told when nothing is at work; None for any.
    """
    job, queue = jobs.latest(workspace, kind), jobs.waiting(workspace)
    if job is None and not queue:
        return
    if job is not None and job.state == "done" and not jobs.taken(job):
        _take_in_now(job)
    busy = bool(queue) or (job is not None and job.running)
    seen = job.folder.name if job and job.running else ""
    st.fragment(_look, run_every=SECOND if busy else None)(workspace, seen, busy, kind)


def _take_in_now(job: Job) -> None:
    """It ended while this page was running, after the page had looked: once more, or nobody would be told.

    Once a job: where its result cannot be taken in, as on a full disk, the page must not run for ever.
    """
    if st.session_state.get(TAKEN) != job.folder.name:
        st.session_state[TAKEN] = job.folder.name
        st.rerun()


def _look(workspace: Workspace, seen: str, busy: bool, kind: Kind | None) -> None:
    job = jobs.latest(workspace, kind)
    at_work = job.folder.name if job and job.running else ""
    if busy and (at_work != seen or not at_work):
        st.rerun()  # one has ended, or the next has begun: a full run takes in the result and starts what waits
    if job is not None and job.running:
        _running(job)
    elif job is not None:
        _ended(workspace, job)
    for place, one in enumerate(jobs.waiting(workspace), start=1):
        with st.container(horizontal=True, vertical_alignment="center", key=f"queue_{place}"):
            st.markdown(f"**{place}. in the queue**: {shell.plain(called(one))}")
            st.button("Take out", key=f"cancel_{one.folder.name}", on_click=jobs.cancel, args=(one,), type="tertiary")


def _running(job: Job) -> None:
    left = f", about {span(job.seconds_left)} left" if job.seconds_left is not None else ""
    st.progress(
        min(max(job.done, 0.0), 1.0),
        f"{NAMES[job.kind]}: {job.done:.0%}, {shell.plain(job.note)}, {span(job.seconds)} so far{left}",
    )
    st.button("Cancel", key="cancel", icon=":material/stop:", on_click=jobs.cancel, args=(job,))
    curves = jobs.curves(job)
    if any(len(points) > 1 for points in curves.values()):
        title = "Mean squared error" if job.makes in (None, "demand") else "Loss"
        st.plotly_chart(_losses(curves, title), key="live_loss", alt="Loss of the training so far, by step")


def _ended(workspace: Workspace, job: Job) -> None:
    used = versions.active(workspace, job.makes or "demand")
    same = "the version in use is unchanged" if used else "nothing has changed"
    if job.state == "failed":
        st.error(shell.plain(job.error), title=f"{NAMES[job.kind]} failed; {same}")
        st.button("Try again", key="again", icon=":material/replay:", on_click=_again, args=(workspace, job))
    elif job.state == "cancelled":
        st.warning(f"{NAMES[job.kind]} was cancelled; {same}.")
    elif job.makes is not None:
        _trained(workspace, job, job.makes)
    else:
        st.success(f"{NAMES[job.kind]} is done, in {span(job.seconds)}.", icon=":material/check:")


def _trained(workspace: Workspace, job: Job, kind: ModelKind) -> None:
    """Says which version is in use since, with the way back; nothing once another one was chosen."""
    version, before = job.result["version"], jobs.earlier(job)
    if versions.active(workspace, kind) != version:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        done = "Fine-tuned in" if kind == "demand" else f"{NAMES[job.kind]} took"
        st.success(f"{done} {span(job.seconds)}: {version} is in use.", icon=":material/check:")
        if before and before in set(versions.listed(workspace, kind)["version"]):
            st.button(
                "Undo",
                key="undo",
                icon=":material/undo:",
                on_click=_back,
                args=(workspace, before),
                help=f"Use {before} again. The new version stays in the list.",
            )


def _again(workspace: Workspace, job: Job) -> None:
    try:
        jobs.retry(workspace, job)
    except DebutError as error:
        st.session_state.job_refused = error


def _back(workspace: Workspace, version: str) -> None:
    try:
        versions.activate(workspace, version)
    except DebutError as error:
        st.session_state.job_refused = error


def called(job: Job) -> str:
    """What a job is, with what it was asked."""
    return NAMES[job.kind] + (f" ({job.told})" if job.told else "")


def history(workspace: Workspace, *, log: bool = True) -> None:
    """Every job that is kept, how it ended and why, and (`log`) what it printed."""
    kept = jobs.listed(workspace)
    if not kept:
        st.caption("Nothing was run on this shop yet.")
        return
    st.dataframe(
        pd.DataFrame(
            {
                "asked": [datetime.fromtimestamp(job.asked) for job in kept],
                "what": [NAMES[job.kind] for job in kept],
                "settings": [job.told for job in kept],
                "end": [ENDS[job.state] for job in kept],
                "seconds": [None if job.state == "waiting" else job.seconds for job in kept],
                "cause": [jobs.CAUSES[job.cause] for job in kept],
                "why": [job.error for job in kept],
            }
        ),
        hide_index=True,
        key="jobs",
        alt="Jobs of this shop and how they ended",
        column_config={
            "asked": st.column_config.DatetimeColumn("Asked for", format="D MMM YYYY, HH:mm"),
            "what": "What",
            "settings": st.column_config.TextColumn("Settings", width="medium"),
            "end": "How it ended",
            "seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
            "cause": "Cause",
            "why": st.column_config.TextColumn("Why", width="large"),
        },
    )
    if log:
        _log(kept)


def _log(kept: list[Job]) -> None:
    names = {job.folder.name: f"{NAMES[job.kind]}, {datetime.fromtimestamp(job.asked):%d %b %H:%M}" for job in kept}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Log of", list(names), format_func=names.__getitem__, key="log_of", width=320)
        text = next((jobs.log_text(job) for job in kept if job.folder.name == chosen), "")
        st.download_button(
            "Download the log",
            text,
            f"job-{chosen}.txt",
            "text/plain",
            key="log",
            icon=":material/download:",
            on_click="ignore",
            disabled=not text,
            help="What the job printed; empty where nothing went wrong.",
        )


def _losses(curves: dict[str, list[tuple[int, float]]], title: str) -> go.Figure:
    """Loss by step. A training consists of several (folds, then all items): earlier ones are drawn thin."""
    figure = go.Figure()
    for name, points in curves.items():
        pieces = _pieces(points)
        for piece in pieces:
            now = piece is pieces[-1]
            figure.add_scatter(
                x=[step for step, _ in piece],
                y=[value for _, value in piece],
                mode="lines+markers" if len(piece) < FEW_POINTS else "lines",
                name=CURVES.get(name, name),
                showlegend=now,
                line={"color": ACCENT if now else MUTED, "width": 2 if now else 1, "dash": DASHES.get(name, "solid")},
            )
    figure.update_layout(
        height=220,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        xaxis_title="Step",
        yaxis_title=title,
        legend=LEGEND,
        uirevision="live",
    )
    return figure


def _pieces(points: list[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """Cut a curve where its steps begin anew."""
    pieces: list[list[tuple[int, float]]] = []
    for step, value in points:
        if not pieces or step <= pieces[-1][-1][0]:
            pieces.append([])
        pieces[-1].append((step, value))
    return pieces


def span(seconds: float) -> str:
    """A time as a person says it."""
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
