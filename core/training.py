"""Training a version: fit the forecaster, write its folder, and say how good it is in a summary.

The same for the app, whose jobs run it in a process of their own, and for the terminal.
"""

import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from core import demand, versions
from core import history as histories
from core.history import History
from core.settings import Settings
from core.workspace import Workspace
from models import versions as folders
from models.encoder import Encoder
from models.training import Progress

__all__ = ["train", "train_and_register"]


def train(history: History, encoder: Encoder, settings: Settings, folder: Path, report: Progress) -> dict[str, Any]:
    """Fit on a history and write the version into `folder`; returns its name and summary.

    Raises NotReady where there are too few launches, and what `report` raises.
    """
    began = time.perf_counter()
    forecaster = demand.fit(history, encoder, settings, report)
    folders.save(forecaster.version(), folder)
    summary = {
        "settings": asdict(settings),
        "launches": forecaster.launches,
        "data_from": history.start.isoformat(),
        "data_to": history.end.isoformat(),
        "losses": forecaster.base.reader.losses,
        "check": asdict(forecaster.check),
        "seconds": time.perf_counter() - began,
        "bytes": sum(path.stat().st_size for path in folder.iterdir()),
    }
    return {"version": f"v{datetime.now():%Y%m%d-%H%M%S}", "summary": summary}


def train_and_register(workspace: Workspace, encoder: Encoder, settings: Settings, report: Progress) -> dict[str, Any]:
    """Train on what is loaded now, in this process, and make the version the active one."""
    past = histories.read(workspace.cursor())
    part = workspace.artifacts / "versions" / "training"
    result = train(past, encoder, settings, part, report)
    part.rename(versions.folder(workspace, result["version"]))
    versions.register(workspace, result["version"], result["summary"])
    return result
