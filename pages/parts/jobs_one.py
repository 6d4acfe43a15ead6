"""One job of the history: what it was asked, why it failed, what it printed, and the way to ask for it again."""

from datetime import datetime

import streamlit as st

from core import jobs, shell
from core.errors import DebutError
from core.jobs import Job
from core.workspace import Workspace
from pages.parts.jobs import ENDS, called, span

__all__ = ["REFUSED", "show"]

REFUSED = "job_refused"
LINES = 200  # of a log that are shown; the download has more


def show(workspace: Workspace) -> None:
    """Choose a job, and all that is known of it."""
    kept = {job.folder.name: job for job in jobs.listed(workspace)}
    if not kept:
        return
    chosen = st.selectbox("Job", list(kept), format_func=lambda name: _title(kept[name]), key="job_one")
    if chosen is None:
        return
    job = kept[chosen]
    if job.state == "failed":
        st.error(shell.plain(job.error), title=f"Failed: {jobs.CAUSES[job.cause].lower() or 'an error'}")
    else:
        took = f", {span(job.seconds)}" if job.ended else ""
        st.caption(shell.plain(f"{ENDS[job.state].capitalize()}{took}. {job.note.capitalize()}"))
    _log(job)
    _acts(workspace, job)


def _title(job: Job) -> str:
    return f"{datetime.fromtimestamp(job.asked):%d %b %Y, %H:%M}: {called(job)}, {ENDS[job.state]}"


def _log(job: Job) -> None:
    text = jobs.log_text(job)
    if not text.strip():
        st.caption("It has printed nothing, as is usual where nothing went wrong.")
        return
    with st.expander("What it printed", icon=":material/terminal:"):
        st.code("\n".join(text.splitlines()[-LINES:]), language=None, height=320)


def _acts(workspace: Workspace, job: Job) -> None:
    with st.container(horizontal=True):
        if job.ended is None:
            st.button(
                "Cancel" if job.running else "Take out of the queue",
                key="one_cancel",
                icon=":material/stop:",
                on_click=jobs.cancel,
                args=(job,),
            )
        else:
            st.button(
                "Run it again",
                key="one_again",
                icon=":material/replay:",
                type="primary" if job.state == "failed" else "secondary",
                on_click=_again,
                args=(workspace, job),
                help="Asks for the same once more, on the data of now.",
            )
        st.download_button(
            "Download the log",
            lambda: jobs.log_text(job),
            f"job-{job.folder.name}.txt",
            "text/plain",
            key="one_log",
            icon=":material/download:",
            on_click="ignore",
        )
        if job.ended is not None:
            st.button(
                "Remove from the list",
                key="one_forget",
                type="tertiary",
                on_click=jobs.forget,
                args=(job,),
                help="With its log. What it has made stays.",
            )


def _again(workspace: Workspace, job: Job) -> None:
    try:
        jobs.retry(workspace, job)
    except DebutError as error:
        st.session_state[REFUSED] = error
