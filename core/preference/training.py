"""Training the scorer on a shop's past launches, and saying how good it is. Called by jobs and the terminal."""

import json
import math
import time
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from core import __version__, people
from core import history as histories
from core.errors import NotReady
from core.history import History
from core.people import People

if TYPE_CHECKING:
    from core.preference.measures import Measures
    from models.encoder import Encoder
    from models.training import Log, Progress

__all__ = ["snapshot", "train"]

WEEKS = 8


def snapshot(cursor: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the history and the people that training reads. Raises NotReady without sales, or without customers."""
    past = histories.read(cursor)
    found = people.read(cursor, past)
    if found is None:
        raise NotReady("The sales name no customers, so there is nothing to learn. Load orders with a customer column.")
    past.save(folder / "history")
    found.save(folder / "people")


def train(
    folder: Path,
    encoder: "Encoder",
    effort: str,
    seed: int,
    target: Path,
    report: "Progress",
    log: "Log" = lambda name, step, value: None,
) -> dict[str, Any]:
    """Fit on the snapshot in `folder`, write the version into `target`; returns its name and summary.

    Raises NotReady where too few customers have bought launches, and what `report` raises.
    """
    from core.preference import scorer
    from models import versions as folders

    began, now = time.perf_counter(), datetime.now()
    past, found = History.load(folder / "history"), People.load(folder / "people")
    report(0.0, "reading titles and searches")
    vectors = encoder.embed(past.items["text"].tolist())
    read = encoder.embed(found.queries)
    recipe = replace(scorer.EFFORTS[effort], seed=seed)
    fitted, measures = scorer.fit(past, found, vectors, read, WEEKS, recipe, report, log)
    folders.save(fitted.version(), target)
    summary = {
        "kind": "preference",
        "settings": {"effort": effort, "seed": seed},
        "created_at": now.isoformat(timespec="seconds"),
        "debut": __version__,
        "seconds": time.perf_counter() - began,
        "bytes": sum(path.stat().st_size for path in target.iterdir()),
        "data_to": past.end.isoformat(),
        "trained_on": f"{len(found.ids):,} people to {past.end:%-d %B %Y}",
        "measures": asdict(measures),
        "calibration": asdict(fitted.calibration),
        "figures": _figures(measures),
    }
    (target / "summary.json").write_text(json.dumps(summary, indent=2))
    return {"version": f"p{now:%Y%m%d-%H%M%S}", "summary": summary}


def _figures(measures: "Measures") -> dict[str, float]:
    """What pages show; without what no held-out launch had buyers enough to tell."""
    told = {"AUC": measures.auc, "Buyers in the best tenth": measures.recall, "Calibration error": measures.ece}
    return {name: value for name, value in told.items() if math.isfinite(value)}
