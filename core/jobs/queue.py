"""The queue of a workspace's jobs: start, wait, cancel, take in. All that is known of it lies on disk."""

import contextlib
import fcntl
import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from core import history, versions
from core.errors import DebutError
from core.jobs import shop
from core.jobs.causes import machine
from core.jobs.state import PROCESSES, STARTED, Job, Kind, kept, lost, read, read_json, refuse, taken, write
from core.jobs.tidy import DATA, drop_work
from core.settings import Settings, same_recipe
from core.trainers import TRAINERS, ModelKind, checked
from core.workspace import Workspace

__all__ = [
    "DATA",
    "advance",
    "cancel",
    "finish",
    "forget",
    "last_done",
    "latest",
    "listed",
    "retry",
    "start",
    "waiting",
]

ROOT = Path(__file__).parents[2]
PROGRAM = "core.jobs"
ON_A_COPY: tuple[Kind, ...] = ("plan", "update")
"""Kinds that are given a copy of the shop. They have no settings; what they are asked stands in the options, in words
for a person under `about`."""
TAKERS = {"update": "core.update.work"}
"""Kind to the module whose `take_in(workspace, folder, result)` takes in what such a job has made."""
KEPT = 30
MOST_WAITING = 20
PATIENCE = 3.0  # seconds in which a cancelled process has ended


def start(workspace: Workspace, kind: Kind, settings: dict[str, Any], **options: Any) -> Job:  # noqa: ANN401
    """Snapshot what is needed and start the work, or put it into the queue where other work is going on.

    Raises DebutError on settings that make no sense and on a full queue or disk, NotReady where there is too little
    to learn from.
    """
    wanted = {} if kind in ON_A_COPY else _checked(kind, settings)
    finish(workspace)
    if len(waiting(workspace)) >= MOST_WAITING:
        raise DebutError(f"{MOST_WAITING} jobs are waiting already. Cancel one of them first.")
    folder = _root(workspace) / str(time.time_ns())
    request = {
        "kind": kind,
        "settings": wanted,
        "options": options,
        "artifacts": str(workspace.artifacts),
        "asked": time.time(),
    }
    try:
        _snapshot(workspace, kind, folder)
        write(folder / "request.json", request)  # last: it is what makes the folder a job
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise DebutError(f"The job cannot be written to disk ({error.strerror}). Free some space.") from error
        raise
    advance(_root(workspace))
    _forget_old(workspace)
    return read(folder)


def _checked(kind: Kind, settings: dict[str, Any]) -> dict[str, Any]:
    asked = checked(kind, settings)
    if isinstance(asked, Settings):
        asked = replace(asked, threads=1)  # a second one would starve the pages
    return asdict(asked)


def retry(workspace: Workspace, job: Job) -> Job:
    """Ask once more for what a job was asked, on the data of now. Raises DebutError as `start` does."""
    settings = {name: value for name, value in job.settings.items() if name != "threads"}
    return start(workspace, job.kind, settings, **job.options)


def _snapshot(workspace: Workspace, kind: Kind, folder: Path) -> None:
    """Write what the work needs of the shop: its process cannot open the database, and data may change meanwhile."""
    if kind in ON_A_COPY:
        shop.snapshot(workspace, folder / DATA)
    elif kind in TRAINERS:
        (folder / DATA).mkdir(parents=True)
        TRAINERS[kind].load().snapshot(workspace.cursor(), folder / DATA)
    else:
        history.read(workspace.cursor()).save(folder / DATA)


def advance(root: Path) -> None:
    """Start the job that has waited longest, if none is at work. root: the folder of all jobs."""
    with _locked(root):
        for process in PROCESSES.values():
            process.poll()  # else it stays a zombie for as long as the app runs
        jobs = kept(root)
        first = next((job for job in jobs if job.state == "waiting"), None)
        if first is not None and not any(job.running for job in jobs):
            _launch(first)


def _launch(job: Job) -> None:
    threads = str(job.settings.get("threads", 1))
    with (job.folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", PROGRAM, str(job.folder)],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it outlives the app that started it
            env={**os.environ, "OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false"},
        )
    PROCESSES[job.folder] = process
    write(job.folder / STARTED, {"pid": process.pid, "started": time.time(), "machine": machine()})


def listed(workspace: Workspace) -> list[Job]:
    """Every job that is kept, the latest first."""
    return kept(_root(workspace))[::-1]


def waiting(workspace: Workspace) -> list[Job]:
    """The jobs in the queue, the next first."""
    return [job for job in reversed(listed(workspace)) if job.state == "waiting"]


def latest(workspace: Workspace, kind: Kind | None = None) -> Job | None:
    """The job at work, of whatever kind; else the one (of a kind) that was started last, whatever became of it."""
    jobs = [job for job in listed(workspace) if job.state != "waiting"]
    ended = (job for job in jobs if kind in (None, job.kind))
    return next((job for job in jobs if job.running), None) or max(ended, key=lambda job: job.started, default=None)


def last_done(workspace: Workspace, kind: Kind) -> Job | None:
    """The last job of a kind that came to its end."""
    return next((job for job in listed(workspace) if job.kind == kind and job.state == "done"), None)


def cancel(job: Job) -> None:
    """Stop a job that is at work, whose work is dropped, or take one that waits out of the queue."""
    root = job.folder.parent
    with _locked(root):
        if not (job.folder / "request.json").exists():
            return  # another tab was quicker
        now = read(job.folder)
        if now.state == "waiting":
            shutil.rmtree(job.folder, ignore_errors=True)
        elif now.running:
            write(job.folder / "cancelled.json", {})
            _stop(job.folder)
    advance(root)


def _stop(folder: Path) -> None:
    with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
        os.killpg(read_json(folder / STARTED)["pid"], signal.SIGTERM)
    if folder in PROCESSES:
        with contextlib.suppress(subprocess.TimeoutExpired):
            PROCESSES[folder].wait(PATIENCE)
    drop_work(read(folder))


def finish(workspace: Workspace) -> list[ModelKind]:
    """Take in what ended jobs have made, each once, and start the next; the kinds of the new versions.

    A trained version is registered and becomes the active one of its kind; the figures of a backtest are kept with
    every forecaster of the same settings.
    """
    root = _root(workspace)
    with _locked(root):  # two tabs see the end of a job in the same second
        ended = kept(root)
        for job in ended:
            drop_work(job)  # a process that was killed could not do it itself
        fresh = [job for job in ended if job.state == "done" and not taken(job)]
        made = [job for job in fresh if _taken(workspace, job)]
    advance(root)
    return [job.makes for job in made if job.makes is not None]


def _taken(workspace: Workspace, job: Job) -> bool:
    """Whether what a job made could be taken in; every page looks, so none may fail for it."""
    try:
        _take_in(workspace, job)
    except DebutError as error:
        refuse(job.folder, str(error))
        return False
    except OSError:  # a full disk: the next look tries again
        return False
    return True


def _take_in(workspace: Workspace, job: Job) -> None:
    before = versions.active(workspace, job.makes or "demand")
    if job.makes is not None:
        _keep(workspace, job.result["version"], job.result["summary"], job.makes, job.folder / "version")
    if job.kind in TAKERS:
        importlib.import_module(TAKERS[job.kind]).take_in(workspace, job.folder, job.result)
    elif job.kind == "train":
        tested = _backtest_of(workspace, job.settings)
        if tested is not None:
            versions.keep_backtest(workspace, job.settings, tested.result)
    elif job.kind == "backtest":
        versions.keep_backtest(workspace, job.settings, job.result)
    write(job.folder / "taken.json", {"before": before})


def _keep(workspace: Workspace, name: str, summary: dict[str, Any], kind: ModelKind, made: Path) -> None:
    """Move a trained version to where versions lie, and use it."""
    target = versions.folder(workspace, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() and made.exists():
        made.rename(target)
    if target.exists():  # else it was taken in and deleted before that could be written down
        versions.register(workspace, name, summary, kind=kind)


def _backtest_of(workspace: Workspace, settings: dict[str, Any]) -> Job | None:
    """The last backtest of the same settings."""
    backtests = (job for job in listed(workspace) if job.kind == "backtest" and job.state == "done")
    return next((job for job in backtests if same_recipe(job.settings, settings)), None)


def forget(job: Job) -> None:
    """Remove a job that has ended from the history, with its log."""
    with _locked(job.folder.parent):
        if job.ended is not None:
            _drop(job)


def _forget_old(workspace: Workspace) -> None:
    """Remove the folders of jobs that ended long ago, of each kind but the latest: many plans must not drive out what
    a comparison or a search has found, which lies in its folder alone."""
    with _locked(_root(workspace)):
        ended = [job for job in listed(workspace) if job.ended is not None]
        for kind in {job.kind for job in ended}:
            for job in [one for one in ended if one.kind == kind][KEPT:]:
                _drop(job)


def _drop(job: Job) -> None:
    shutil.rmtree(job.folder, ignore_errors=True)
    lost(job.folder)


def _root(workspace: Workspace) -> Path:
    folder = workspace.artifacts / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """One at a time, be it another tab, the app after a restart, or a job that starts its successor at its end."""
    with (root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed, or its process dies
        yield
