"""Training a version: fit the forecaster, write its folder, and say how good it is in a summary.

The same for the app, whose jobs run it in a process of their own, and for the terminal.
"""

import ast
import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core import __version__, demand, versions
from core import history as histories
from core.demand import Forecaster
from core.forecast.base_demand import BaseDemand
from core.history import History
from core.runs import RunLog
from core.settings import Settings
from core.workspace import Workspace
from models import versions as folders
from models.encoder import Encoder
from models.training import Log, Progress

__all__ = ["ECHO_TEXTS", "code_hash", "data_hash", "echo", "train", "train_and_register"]

ROOT = Path(__file__).parents[1]
ECHO_TEXTS = ("Red fox mug", "Grey wool blanket. Bedroom. Soft and warm, 130 x 170 cm", "Set of 6 paper lanterns")
"""Read by every version at its end; what it answers tells whether another machine has the same encoder."""


def train(
    history: History,
    encoder: Encoder,
    settings: Settings,
    folder: Path,
    report: Progress,
    log: Log = lambda name, step, value: None,
    start: tuple[str, BaseDemand] | None = None,
) -> dict[str, Any]:
    """Fit on a history and write the version into `folder`; returns its name and summary.

    start: name and base demand of a version to go on from. Raises NotReady where there are too few launches, and
    what `report` raises.
    """
    began = time.perf_counter()
    forecaster = demand.fit(history, encoder, settings, report, log, start and start[1])
    folders.save(forecaster.version(), folder)
    now = datetime.now()
    summary = {
        "settings": asdict(settings),
        "started_from": start[0] if start else "",
        "created_at": now.isoformat(timespec="seconds"),
        "debut": __version__,
        "code": code_hash(),
        "data": data_hash(history),
        "items": len(history.items),
        "launches": forecaster.launches,
        "data_from": history.start.isoformat(),
        "data_to": history.end.isoformat(),
        "losses": forecaster.base.losses,
        "check": asdict(forecaster.check),
        "echo": echo(forecaster, encoder),
        "unknown_share": encoder.unknown_share(history.items["text"].tolist()),
        "seconds": time.perf_counter() - began,
        "bytes": sum(path.stat().st_size for path in folder.iterdir()),
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2))
    return {"version": f"v{now:%Y%m%d-%H%M%S}", "summary": summary}


def train_and_register(workspace: Workspace, encoder: Encoder, settings: Settings, report: Progress) -> dict[str, Any]:
    """Train on what is loaded now, in this process, and make the version the active one."""
    past = histories.read(workspace.cursor())
    part, runs = workspace.artifacts / "versions" / "training", workspace.artifacts / "runs"
    run = runs / f"terminal-{datetime.now():%Y%m%d-%H%M%S}"
    with RunLog(run, run / "curves.jsonl", "train", settings) as log:
        result = train(past, encoder, settings, part, report, log)
        log.close(result)
    part.rename(versions.folder(workspace, result["version"]))
    versions.register(workspace, result["version"], result["summary"])
    return result


def echo(forecaster: Forecaster, encoder: Encoder) -> list[float]:
    """log1p units in 8 weeks that the fine-tuned encoder expects of `ECHO_TEXTS` at a price of 10."""
    answers = forecaster.base.predict(encoder, list(ECHO_TEXTS), np.full(len(ECHO_TEXTS), 10.0))
    return [float(answer) for answer in answers]


def data_hash(history: History) -> str:
    """sha256 of what was learnt from: the items and every unit sold, whatever file they came from."""
    items = history.items[["product_id", "text", "price", "launch"]]
    row, day = np.nonzero(history.units)
    return _sha256(
        [
            f"{history.start}:{history.units.shape}".encode(),
            items.to_json(orient="values").encode(),
            np.ascontiguousarray(row, dtype="<i8").tobytes(),
            np.ascontiguousarray(day, dtype="<i8").tobytes(),
            np.ascontiguousarray(history.units[row, day], dtype="<f4").tobytes(),
        ]
    )


def code_hash() -> str:
    """sha256 of the sources that decide about a forecast: `core.demand` and all of Debut that it imports."""
    return _sha256(path.read_bytes() for path in sorted(_sources(ROOT / "core" / "demand.py", set())))


def _sources(path: Path, found: set[Path]) -> set[Path]:
    found.add(path)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("core", "models"):
            base = ROOT.joinpath(*str(node.module).split("."))
            for one in (base, *(base / alias.name for alias in node.names)):
                source = one.with_suffix(".py")
                if source.exists() and source not in found:
                    _sources(source, found)
    return found


def _sha256(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "little") + part)
    return total.hexdigest()
