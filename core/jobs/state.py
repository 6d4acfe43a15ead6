"""How a job stands, as read from its folder. What is written is renamed into place: nobody reads half a file."""

import contextlib
import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from core.jobs.causes import Cause, machine, silent
from core.settings import told as settings_told
from core.trainers import TRAINERS, ModelKind

__all__ = [
    "PROCESSES",
    "STARTED",
    "Job",
    "Kind",
    "State",
    "curves",
    "earlier",
    "kept",
    "log_text",
    "lost",
    "read",
    "read_json",
    "refuse",
    "taken",
    "trials",
    "write",
]

Kind = Literal["train", "backtest", "compare", "search", "preference", "sentiment", "plan", "update"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

PROCESSES: dict[Path, subprocess.Popen[bytes]] = {}
"""Children of this process by job: one that has ended stays a zombie, and so seems alive, until it was asked how."""

STARTED = "process.json"
LOG_SHOWN = 200_000  # bytes of a log that are read, its end

_ended: dict[Path, "Job"] = {}  # what has ended stays as it is, and pages read the queue on every run


@dataclass(frozen=True)
class Job:
    """How a job stands."""

    folder: Path
    kind: Kind
    state: State
    done: float
    """Share finished, 0 to 1."""
    note: str
    asked: float
    """Unix time at which it was asked for."""
    started: float
    """Unix time; that of asking where it still waits."""
    ended: float | None
    """Unix time; None where it has not ended."""
    settings: dict[str, Any]
    """As asked for, see `core.settings.Settings` and `core.trainers.Asked`."""
    options: dict[str, Any]
    result: dict[str, Any]
    """What it made; empty until it is done."""
    error: str
    """Why it failed; '' where it did not."""
    cause: Cause = ""
    """The same as one of a few; '' where it did not fail."""

    @property
    def makes(self) -> ModelKind | None:
        """Kind of the model version that it makes; None where it makes none."""
        if self.kind == "train":
            return "demand"
        return cast(ModelKind, self.kind) if self.kind in TRAINERS else None

    @property
    def told(self) -> str:
        """What it was asked, beside its kind, on one line; '' where there is nothing to say."""
        return settings_told(self.settings) if self.settings else str(self.options.get("about", ""))

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self.state == "running"

    @property
    def seconds(self) -> float:
        """Seconds since it was started, or that it took."""
        return max(0.0, (self.ended or time.time()) - self.started)

    @property
    def seconds_left(self) -> float | None:
        """Expected seconds to the end; None before there is anything to judge by."""
        return self.seconds / self.done * (1 - self.done) if self.done > 0.1 else None


def kept(root: Path) -> list[Job]:
    """The jobs below `root` in the order in which they were asked for.

    One that another tab removes at this moment, or whose files a power cut has emptied, is none.
    """
    jobs = []
    for folder in sorted(path.parent for path in root.glob("*/request.json")):
        with contextlib.suppress(KeyError, ValueError):
            jobs.append(read(folder))
    return jobs


def read(folder: Path) -> Job:
    """The job of a folder. Raises KeyError where it is gone, ValueError where its files are damaged."""
    if folder in _ended:
        return _ended[folder]
    request, process = read_json(folder / "request.json"), read_json(folder / STARTED)
    progress = read_json(folder / "progress.json") or {"done": 0.0, "note": "starting"}
    result = read_json(folder / "result.json")
    state, error, cause = _state(folder, process, result)
    asked = float(request.get("asked", int(folder.name) / 1e9))  # an older Debut has not written it
    job = Job(
        folder,
        request["kind"],
        state,
        progress["done"],
        progress["note"],
        asked,
        process.get("started", asked),
        None if state in ("waiting", "running") else _ended_at(folder),
        request["settings"],
        request["options"],
        result,
        error,
        cause,
    )
    if job.ended is not None:
        _ended[folder] = job
    return job


def _state(folder: Path, process: dict[str, Any], result: dict[str, Any]) -> tuple[State, str, Cause]:
    if (folder / "cancelled.json").exists():
        return "cancelled", "", ""
    if result:
        return "done", "", ""
    if failure := read_json(folder / "error.json"):
        return "failed", failure["error"], failure.get("cause", "error")
    if not process:
        return "waiting", "", ""
    if _alive(process, folder):
        return "running", "", ""
    # It may have ended between the first look for its result and the look for its process.
    if read_json(folder / "result.json") or (folder / "error.json").exists():
        return "running", "", ""  # the next look reads how
    status = PROCESSES[folder].returncode if folder in PROCESSES else None
    return "failed", *silent(folder, process, status)


def refuse(folder: Path, why: str) -> None:
    """Make a failed job of one that is done, as what it made cannot be used."""
    write(folder / "error.json", {"error": why})
    (folder / "result.json").rename(folder / "refused.json")
    _ended.pop(folder, None)


def lost(folder: Path) -> None:
    """Think no more of a job whose folder is removed."""
    _ended.pop(folder, None)
    PROCESSES.pop(folder, None)


def curves(job: Job) -> dict[str, list[tuple[int, float]]]:
    """Name of a curve ("loss", "validation") to its steps and values, as far as they are written."""
    found: dict[str, list[tuple[int, float]]] = {}
    path = job.folder / "curves.jsonl"
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            name, step, value = json.loads(line)
        except ValueError:  # the line that is being written
            continue
        found.setdefault(name, []).append((step, value))
    return found


def trials(job: Job) -> list[dict[str, Any]]:
    """What a search or comparison has tried so far, whether it is at work or was cancelled."""
    return read_json(job.folder / "trials.json").get("trials", [])


def taken(job: Job) -> bool:
    """Whether what a finished job made is taken in."""
    return (job.folder / "taken.json").exists()


def earlier(job: Job) -> str | None:
    """The version that was in use before a finished training was taken in."""
    return read_json(job.folder / "taken.json").get("before")


def log_text(job: Job) -> str:
    """The end of what the process has printed."""
    path = job.folder / "log.txt"
    return path.read_bytes()[-LOG_SHOWN:].decode(errors="replace") if path.exists() else ""


def read_json(path: Path) -> dict[str, Any]:
    """A file that `write` has written; {} where there is none."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return {}


def write(path: Path, values: dict[str, Any]) -> None:
    """Write beside, then rename: a reader never sees half a file."""
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    part.write_text(json.dumps(values))
    part.replace(path)


def _alive(process: dict[str, Any], folder: Path) -> bool:
    if folder in PROCESSES:
        return PROCESSES[folder].poll() is None
    if process.get("machine") not in (None, machine()):
        return False  # it went down with its machine, and its number may be another's by now
    try:
        os.kill(process["pid"], 0)
    except (ProcessLookupError, PermissionError):  # gone, and perhaps its number is another user's by now
        return False
    return _is_at_work(process["pid"], folder)


def _is_at_work(pid: int, folder: Path) -> bool:
    """Whether the process is the job's own: after a restart of the machine its number may be another's."""
    try:
        return folder.name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()  # where there is no /proc, the number has to do


def _ended_at(folder: Path) -> float:
    names = ("cancelled.json", "result.json", "error.json", "log.txt")
    written = [path.stat().st_mtime for path in (folder / name for name in names) if path.exists()]
    return written[0] if written else folder.stat().st_mtime
