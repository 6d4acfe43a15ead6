"""Long work in a process of its own, so that pages stay quick and a refresh or a crash loses nothing.

A job is a folder: what it was asked (`request.json`, and a snapshot of the history), how far it is
(`progress.json`), and how it ended (`result.json` or `error.json`). Whoever opens the page next reads the
same folder, so progress survives a refresh and a restart of the app. One job at a time a workspace.

    start(workspace, "train", {...})  ->  python -m core.jobs FOLDER  ->  finish(workspace) registers it
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core import history, versions
from core.errors import DebutError
from core.workspace import Workspace
from models.errors import ModelError

__all__ = ["Job", "cancel", "finish", "last_done", "latest", "start"]

Kind = Literal["train", "backtest"]
State = Literal["running", "done", "failed", "cancelled"]
ROOT = Path(__file__).parents[1]
KEPT = 10


@dataclass(frozen=True)
class Job:
    """How a job stands, as read from its folder."""

    folder: Path
    kind: Kind
    state: State
    done: float
    """Share finished, 0 to 1."""
    note: str
    started: float
    """Unix time."""
    result: dict[str, Any]
    """What it made; empty until it is done."""
    error: str
    """Why it failed; '' where it did not."""

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self.state == "running"

    @property
    def seconds(self) -> float:
        """Seconds since it was started."""
        return time.time() - self.started

    @property
    def seconds_left(self) -> float | None:
        """Expected seconds to the end; None before there is anything to judge by."""
        return self.seconds / self.done * (1 - self.done) if self.done > 0.1 else None


def start(workspace: Workspace, kind: Kind, settings: dict[str, Any], **options: Any) -> Job:  # noqa: ANN401
    """Snapshot the history and start the work. Raises DebutError where another job is at work, NotReady."""
    with _lock:
        finish(workspace)
        before = latest(workspace)
        if before and before.running:
            raise DebutError("A job is already running. Wait for it, or cancel it first.")
        _launch(workspace, kind, settings, options)
        for old in sorted(_jobs(workspace).iterdir())[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    job = latest(workspace)
    assert job is not None
    return job


def _launch(workspace: Workspace, kind: Kind, settings: dict[str, Any], options: dict[str, Any]) -> None:
    folder = _jobs(workspace) / str(time.time_ns())
    history.read(workspace.cursor()).save(folder)
    request = {"kind": kind, "settings": settings, "options": options, "artifacts": str(workspace.artifacts)}
    _write(folder / "request.json", request)
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.jobs", str(folder)],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it outlives the app that started it
            env={
                **os.environ,
                "OMP_NUM_THREADS": str(settings.get("threads", 1)),
                "TOKENIZERS_PARALLELISM": "false",
            },
        )
    _write(folder / "process.json", {"pid": process.pid, "started": time.time()})
    _processes[process.pid] = process


def latest(workspace: Workspace) -> Job | None:
    """The last job of the workspace, whatever became of it."""
    folders = sorted(path for path in _jobs(workspace).iterdir() if (path / "process.json").exists())
    return _read(folders[-1]) if folders else None


def last_done(workspace: Workspace, kind: Kind) -> Job | None:
    """The last job of a kind that came to its end."""
    folders = [path for path in sorted(_jobs(workspace).iterdir()) if (path / "result.json").exists()]
    return next((job for job in map(_read, reversed(folders)) if job.kind == kind and job.state == "done"), None)


def cancel(job: Job) -> None:
    """Stop a job that is at work; what it had made is dropped."""
    if not _read(job.folder).running:
        return
    _write(job.folder / "cancelled.json", {})
    with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
        os.killpg(_json(job.folder / "process.json")["pid"], signal.SIGTERM)


def finish(workspace: Workspace) -> int:
    """Register every version that a finished training has made, once; how many there were."""
    with _lock:  # two tabs see the end of a job in the same second
        ended = [path for path in sorted(_jobs(workspace).iterdir()) if (path / "result.json").exists()]
        untaken = [_read(path) for path in ended if not (path / "taken.json").exists()]
        fresh = [job for job in untaken if job.kind == "train" and job.state == "done"]
        for job in fresh:
            target = versions.folder(workspace, job.result["version"])
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                (job.folder / "version").rename(target)
            versions.register(workspace, job.result["version"], job.result["summary"])
            _write(job.folder / "taken.json", {})
    return len(fresh)


# A finished child stays a zombie, and so seems alive, until its parent has asked for its exit status.
_processes: dict[int, subprocess.Popen[bytes]] = {}
_lock = threading.RLock()


def _read(folder: Path) -> Job:
    process, request = _json(folder / "process.json"), _json(folder / "request.json")
    progress = _json(folder / "progress.json") or {"done": 0.0, "note": "starting"}
    result, failure = _json(folder / "result.json"), _json(folder / "error.json")
    state: State = "running"
    if (folder / "cancelled.json").exists():
        state = "cancelled"
    elif result:
        state = "done"
    elif failure:
        state = "failed"
    elif not _alive(process["pid"], folder):
        state, failure = "failed", {"error": _last_words(folder)}
    return Job(
        folder,
        request["kind"],
        state,
        progress["done"],
        progress["note"],
        process["started"],
        result,
        failure.get("error", ""),
    )


def _alive(pid: int, folder: Path) -> bool:
    if pid in _processes:
        return _processes[pid].poll() is None
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # gone, and perhaps its number is another user's by now
        return False
    return _is_at_work(pid, folder)


def _is_at_work(pid: int, folder: Path) -> bool:
    """Whether the process is the job's own: after a restart of the machine its number may be another's."""
    try:
        return folder.name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()  # where there is no /proc, the number has to do


def _last_words(folder: Path) -> str:
    lines = (folder / "log.txt").read_text(errors="replace").strip().splitlines()
    return f"The work ended without a result. {lines[-1] if lines else 'Perhaps the machine ran out of memory.'}"


def _jobs(workspace: Workspace) -> Path:
    folder = workspace.artifacts / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def _write(path: Path, values: dict[str, Any]) -> None:
    """Write beside, then rename: a reader never sees half a file."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(values))
    part.replace(path)


def _work(folder: Path) -> dict[str, Any]:
    """What the process does; the result goes into `result.json`."""
    from datetime import date

    from core import backtest
    from core.settings import Settings
    from core.training import train
    from models.encoder import Encoder

    request = _json(folder / "request.json")
    settings = Settings.from_dict(request["settings"])
    past = history.History.load(folder)
    encoder = Encoder(settings.encoder, Path(request["artifacts"]) / "embeddings")

    def report(done: float, note: str) -> None:
        _write(folder / "progress.json", {"done": done, "note": note})

    if request["kind"] == "train":
        return train(past, encoder, settings, folder / "version", report)
    cut = date.fromisoformat(request["options"]["cut"])
    result = backtest.run(past, encoder, settings, cut, request["options"].get("weeks"), report)
    return result.to_dict()


def _main(folder: Path) -> int:
    os.nice(5)  # pages first
    try:
        _write(folder / "result.json", _work(folder))
    except (DebutError, ModelError) as error:
        _write(folder / "error.json", {"error": str(error)})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
