"""What the process of a job does: read its folder, work, write how far it is and how it ended."""

import importlib
import json
import math
import os
import shutil
import time
import traceback
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DebutError
from core.history import History
from core.jobs.causes import failure, machine
from core.jobs.queue import DATA, ON_A_COPY, advance
from core.jobs.state import STARTED, read_json, write
from core.runs import RunLog
from core.settings import Settings
from core.trainers import TRAINERS, Asked, checked
from models.errors import ModelError

if TYPE_CHECKING:
    from models.encoder import Encoder

__all__ = ["main"]

NICENESS = 5  # pages first


@dataclass(frozen=True)
class Task:
    """What a job was asked, and where it tells of itself."""

    folder: Path
    artifacts: Path
    encoder: "Encoder"
    settings: Settings
    options: dict[str, Any]
    log: RunLog

    @cached_property
    def history(self) -> History:
        """The snapshot of the shop; a job that an older Debut has asked for has it beside its request."""
        return History.load(self.folder / DATA if (self.folder / DATA).exists() else self.folder)

    def report(self, done: float, note: str) -> None:
        """Share done and what is being done."""
        _report(self.folder, done, note)

    def tell(self, trials: list[dict[str, Any]]) -> None:
        """What a search or comparison has tried so far."""
        write(self.folder / "trials.json", {"trials": trials})


def main(folder: Path) -> int:
    """Run the job of a folder and start the next one; the exit status is 0, or 1 where it failed."""
    os.nice(max(0, NICENESS - os.nice(0)))
    if not (folder / STARTED).exists():  # whoever started it was killed before it could write this
        write(folder / STARTED, {"pid": os.getpid(), "started": time.time(), "machine": machine()})
    try:
        write(folder / "result.json", _work(folder))
        return 0
    except Exception as error:  # whatever it was, the next in the queue is not to wait for somebody to look
        if not isinstance(error, DebutError | ModelError):
            traceback.print_exc()
        write(folder / "error.json", failure(error))
        return 1
    finally:
        if (folder / "result.json").exists() or (folder / "error.json").exists():
            shutil.rmtree(folder / DATA, ignore_errors=True)  # what customers wrote is not to lie about
            advance(folder.parent)


def _work(folder: Path) -> dict[str, Any]:
    request = read_json(folder / "request.json")
    kind, artifacts = request["kind"], Path(request["artifacts"])
    if kind in ON_A_COPY:
        result = importlib.import_module(ON_COPIES[kind]).work(
            folder, artifacts, request["options"], partial(_report, folder)
        )
        json.dumps(result, allow_nan=False)  # as below
        return result
    from models.encoder import Encoder

    settings = checked(kind, request["settings"])
    with RunLog(artifacts / "runs" / folder.name, folder / "curves.jsonl", kind, settings) as log:
        if isinstance(settings, Asked):
            result = _on_demand(kind, folder, Encoder(cache=artifacts / "embeddings"), settings, log)
        else:
            encoder = Encoder(settings.encoder, artifacts / "embeddings")
            result = WORK[kind](Task(folder, artifacts, encoder, settings, request["options"], log))
        log.close(result)
    return result


def _report(folder: Path, done: float, note: str) -> None:
    write(folder / "progress.json", {"done": done, "note": note})


def _on_demand(kind: str, folder: Path, encoder: "Encoder", asked: Asked, log: RunLog) -> dict[str, Any]:
    """Let the trainer of a kind make a version; its summary also says what was asked for."""
    train, report = TRAINERS[kind].load().train, partial(_report, folder)
    made = train(folder / DATA, encoder, asked.effort, asked.seed, folder / "version", report, log)
    figures = {name: float(value) for name, value in made["summary"]["figures"].items() if math.isfinite(value)}
    result = {"version": made["version"], "summary": made["summary"] | {"figures": figures, "settings": asdict(asked)}}
    json.dumps(result, allow_nan=False)  # what is no JSON must fail here: taking it in would fail at every look
    return result


def _train(task: Task) -> dict[str, Any]:
    from core.training import train

    return train(task.history, task.encoder, task.settings, task.folder / "version", task.report, task.log)


def _backtest(task: Task) -> dict[str, Any]:
    from core import backtest

    cut = date.fromisoformat(task.options["cut"])
    weeks = task.options.get("weeks")
    result = backtest.run(task.history, task.encoder, task.settings, cut, weeks, task.report, task.log)
    result.save(task.artifacts / "backtests" / task.folder.name)
    return result.to_dict()


def _compare(task: Task) -> dict[str, Any]:
    from core.accuracy.comparison import compare

    cut = date.fromisoformat(task.options["cut"])
    candidates = {name: Settings.from_dict(values) for name, values in task.options["candidates"].items()}
    return compare(task.history, task.artifacts / "embeddings", candidates, cut, task.report, task.tell)


def _search(task: Task) -> dict[str, Any]:
    from core.search import search

    until = task.options.get("cut")
    past = task.history.as_of(date.fromisoformat(until)) if until else task.history
    return search(past, task.encoder, task.settings, float(task.options["minutes"]), task.report, task.tell)


ON_COPIES = {"plan": "core.jobs.planning", "update": "core.update.work"}
"""Kind to the module whose `work(folder, artifacts, options, report)` does it and returns the result, as JSON holds it.
`core.jobs.shop.opened(folder / DATA)` is the shop as it was when the job was asked for."""
WORK = {"train": _train, "backtest": _backtest, "compare": _compare, "search": _search}
