"""What comes with Debut: forecaster, backtest and preference scorer, made anew on a fresh demo shop, and compared.

Anyone can check that what lies in the repository is what its code makes:  python -m core demo --check
"""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from core import backtest, demo, history, versions
from core.accuracy import cuts
from core.errors import NotReady
from core.outlook import outlook
from core.preference import training
from core.settings import EFFORTS
from core.training import train
from core.workspace import Workspace
from models.encoder import Encoder

__all__ = ["difference", "make"]

SETTINGS = EFFORTS["standard"]


def make(report: Callable[[float, str], None]) -> float:
    """Train on a fresh demo shop, test on it, and put all of it into the repository.

    Returns the difference between the new forecasts and those of what lay there, see `difference`.
    """
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "version"
        apart = _train(Path(folder), fresh, report)
        _test(Path(folder), report)
        scorer(Path(folder), report)
        parts = {fresh: demo.SHIPPED, Path(folder) / "backtest": demo.SHIPPED_BACKTEST}
        for made, place in parts.items():
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(made, place)
    return apart


def difference(report: Callable[[float, str], None]) -> float:
    """Train on a fresh demo shop and forecast its sheet by the new and by the shipped version.

    Returns the largest difference of a median or mean, as a share of the larger of the two (0: they match).
    """
    with tempfile.TemporaryDirectory() as folder:
        return _train(Path(folder), Path(folder) / "version", report)


def _train(folder: Path, target: Path, report: Callable[[float, str], None]) -> float:
    with Workspace(folder / "shop") as workspace:
        demo.fill(workspace, lambda note: report(0.0, note))
        past = history.read(workspace.cursor())
        past.save(folder / "history")
        train(past, Encoder(cache=folder / "embeddings"), SETTINGS, target, report)
        return _apart(_forecast(workspace, "new", target), _forecast(workspace, "shipped", demo.SHIPPED))


def _test(folder: Path, report: Callable[[float, str], None]) -> None:
    past = history.History.load(folder / "history")
    _, when, _ = cuts.usual(past, SETTINGS.weeks)
    result = backtest.run(past, Encoder(cache=folder / "embeddings"), SETTINGS, when, report=report)
    result.save(folder / "backtest")


def scorer(folder: Path, report: Callable[[float, str], None]) -> None:
    """Train the preference scorer on a demo shop in `folder`, which is made where there is none, and ship it."""
    with Workspace(folder / "shop") as workspace:
        if not (folder / "history").exists():
            demo.fill(workspace, lambda note: report(0.0, note))
        training.snapshot(workspace.cursor(), folder / "people")
    encoder = Encoder(cache=folder / "embeddings")
    training.train(folder / "people", encoder, "standard", 0, folder / "scorer", report)
    shutil.rmtree(demo.SHIPPED_SCORER, ignore_errors=True)
    shutil.copytree(folder / "scorer", demo.SHIPPED_SCORER)


def _forecast(workspace: Workspace, name: str, version: Path) -> pd.DataFrame | None:
    """The forecast of the demo shop's sheet; None where there is no such version or it is of another Debut."""
    shutil.copytree(version, versions.folder(workspace, name), dirs_exist_ok=True)
    try:
        return outlook(workspace, name).forecast
    except NotReady:
        return None


def _apart(one: pd.DataFrame | None, other: pd.DataFrame | None) -> float:
    if one is None or other is None or len(one) != len(other):
        return 1.0
    ours, theirs = (frame[["p50", "mean"]].to_numpy() for frame in (one, other))
    return float((np.abs(ours - theirs) / np.maximum(np.maximum(ours, theirs), 1.0)).max())
