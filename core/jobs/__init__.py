"""Long work in a process of its own, so that pages stay quick and a refresh or a crash loses nothing.

A job is a folder: what it was asked (`request.json`, and a snapshot of what it needs), how far it is
(`progress.json`, `curves.jsonl`), and how it ended (`result.json` or `error.json`). Whoever opens the page next
reads the same folders, so progress and queue survive a refresh and a restart of the app. One job at a time a
workspace, whatever it does; the others wait in the order in which they were asked for. What failed says why, and can
be asked for again; what a killed one had in hand is removed.

    start(workspace, "train", {...})  ->  python -m core.jobs FOLDER  ->  finish(workspace) takes the result in
"""

from core.jobs.causes import CAUSES, Cause
from core.jobs.queue import cancel, finish, forget, last_done, latest, listed, retry, start, waiting
from core.jobs.state import Job, Kind, State, curves, earlier, log_text, taken, trials

__all__ = [
    "CAUSES",
    "Cause",
    "Job",
    "Kind",
    "State",
    "cancel",
    "curves",
    "earlier",
    "finish",
    "forget",
    "last_done",
    "latest",
    "listed",
    "log_text",
    "retry",
    "start",
    "taken",
    "trials",
    "waiting",
]
