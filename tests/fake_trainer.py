"""A trainer that learns nothing, quickly: jobs of the kind "preference" with it instead of the real one.

Run as a program it is what `python -m core.jobs` is, with this trainer in the registry (see `queue.PROGRAM`).
"""

import json
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from core import __version__
from core.errors import NotReady
from core.jobs import queue
from core.trainers import TRAINERS
from models.encoder import Encoder
from models.training import Log, Progress

__all__ = ["BAD_SEED", "ENDLESS", "FAKE", "put_in", "snapshot", "train"]

FAKE = "tests.fake_trainer"
ENDLESS = "thorough"  # an effort that only a cancel ends
BAD_SEED = 13


def put_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this module train the kind "preference", here and in the processes of jobs."""
    monkeypatch.setitem(TRAINERS, "preference", replace(TRAINERS["preference"], module=FAKE))
    monkeypatch.setattr(queue, "PROGRAM", FAKE)


def snapshot(cursor: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The units sold so far."""
    (units,) = cursor.execute("SELECT coalesce(sum(units), 0)::BIGINT FROM sales").fetchone() or (0,)
    (folder / "half.txt").write_text("written before it was clear that there is nothing to learn from")
    if not units:
        raise NotReady("There are no sales to learn from. Load some on the Data page.")
    (folder / "units.json").write_text(json.dumps(units))


def train(
    folder: Path, encoder: Encoder, effort: str, seed: int, target: Path, report: Progress, log: Log
) -> dict[str, object]:
    """Write down what was seen; a curve of two points."""
    target.mkdir()
    units = json.loads((folder / "units.json").read_text())
    (target / "net.json").write_text(json.dumps([units, effort, seed]))
    for step, loss in ((1, 0.5), (2, 0.25)):
        log("loss", step, loss)
        report(step / 2, f"reading {step} of 2")
    if seed == BAD_SEED:
        raise NotReady("This seed brings bad luck.")
    while effort == ENDLESS:
        time.sleep(0.05)
    now = datetime.now()
    summary = {"created_at": now.isoformat(), "debut": __version__, "seconds": 2.0, "bytes": 9}
    figures = {"AUC": 0.8765, "Customers": 1234.0, "Luck": float("nan")}
    words = {"trained_on": f"{units} units of *everything*"}
    return {"version": f"p{now:%Y%m%d-%H%M%S-%f}", "summary": summary | words | {"figures": figures}}


if __name__ == "__main__":
    from core.jobs.work import main

    put_in(pytest.MonkeyPatch())  # for good: the process is this job's alone
    sys.exit(main(Path(sys.argv[1])))
