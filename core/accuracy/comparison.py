"""Settings or encoders side by side: the backtest of each, at one cut, on the same launches."""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from core import backtest
from core.accuracy.metrics import gap
from core.history import History
from core.settings import Settings
from models.encoder import Encoder
from models.errors import ModelError
from models.training import Progress

__all__ = ["Tell", "compare"]

Tell = Callable[[list[dict[str, Any]]], None]
"""Called with what has been tried so far, a row each, whenever one is added."""

FIGURES = ("wape", "spearman", "pinball", "coverage80", "bias")


def compare(
    history: History,
    cache: Path,
    candidates: dict[str, Settings],
    cut: date,
    report: Progress = lambda done, note: None,
    tell: Tell = lambda rows: None,
) -> dict[str, Any]:
    """Backtest every candidate at the cut. cache: folder of embeddings. All forecast the same number of weeks.

    Returns cut, best (its name), launches and rows: name, settings, FIGURES of Debut, seconds, peer (name and WAPE of
    the best one), and gap: WAPE less that of the first candidate that could be tried, with its 95 % interval. A
    candidate whose encoder cannot be loaded, or whose training fails, has an error instead. Raises NotReady where
    either side of the cut has too few launches, ModelError where no candidate could be tried.
    """
    rows: list[dict[str, Any]] = []
    first: np.ndarray | None = None
    for number, (name, settings) in enumerate(candidates.items()):

        def part(done: float, note: str, number: int = number, name: str = name) -> None:
            report((number + done) / len(candidates), f"{name}: {note}")

        part(0.0, "comparing with its peers")
        row: dict[str, Any] = {"name": name, "settings": asdict(settings)}
        try:
            began = time.perf_counter()
            result = backtest.run(history, Encoder(settings.encoder, cache), settings, cut, None, part)
            units, median = (result.items[name].to_numpy(dtype=float) for name in ("units", "p50"))
            errors = np.abs(units - median)
            first = errors if first is None else first
            row |= _figures(result) | {"seconds": time.perf_counter() - began}
            row["gap"] = gap(errors - first, units)
        except ModelError as error:
            row["error"] = str(error)
        rows.append(row)
        tell(rows)
    report(1.0, "done")
    known = [row for row in rows if "wape" in row]
    if not known:
        raise ModelError(rows[0]["error"])
    best = min(known, key=lambda row: row["wape"])
    return {"cut": cut.isoformat(), "launches": best["launches"], "best": best["name"], "rows": rows}


def _figures(result: backtest.Backtest) -> dict[str, Any]:
    table = result.table.set_index("method")
    ours = table.loc[backtest.DEBUT, list(FIGURES)].to_numpy(dtype=float)
    peer = table.loc[[result.best_peer], "wape"].to_numpy(dtype=float)
    return {
        **{name: None if np.isnan(value) else float(value) for name, value in zip(FIGURES, ours, strict=True)},
        "launches": len(result.items),
        "peer": [result.best_peer, float(peer[0])],
    }
