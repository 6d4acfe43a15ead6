"""Is the forecaster in use still good? What came since beside what it has learnt from and what was promised of it.

To forecast past launches needs the networks, so what is found is kept on disk, keyed by the version and by what it was
found from; a page that only tells of it reads the file.
"""

import contextlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from core import history as histories
from core import versions
from core.errors import NotReady
from core.history import History
from core.jobs.state import write
from core.update import calibration, drift
from core.update.drift import Drift
from core.workspace import Workspace

__all__ = ["Health", "health", "is_kept", "latest", "learnt_to", "sheet_of", "trained_to"]

TABLES = ("sales", "catalogue", "new_items")
STAMP = 16  # characters of a state of the data in the name of a file
FORMAT = 2
KEPT = 6


@dataclass(frozen=True)
class Health:
    """What was found of a version."""

    version: str
    trained_to: date
    until: date
    """Last day of the data that it was judged by."""
    learnt: int
    """Launches that it has learnt from."""
    since: int
    """Launches that came after it was trained and whose window has closed."""
    promised_wape: float
    promised_by: str
    """"its backtest" or "its check"."""
    figures: dict[str, float]
    """See `calibration.figures`; empty where there were no launches since."""
    months: pd.DataFrame
    """See `calibration.by_month`, and `told`: "backtest" or "since"."""
    drifts: tuple[Drift, ...]


def health(workspace: Workspace, report: Callable[[str], None] = lambda note: None) -> Health:
    """Of the version in use, from disk where it was found before. Raises NotReady without one, or without sales."""
    cursor = workspace.cursor()
    version, path = _path(workspace, cursor)
    if path.exists():
        return _read(path)
    report("forecasting the launches since")
    found = _found(workspace, version, histories.read(cursor))
    _keep(found, path)
    return found


def is_kept(workspace: Workspace) -> bool:
    """Whether it was found of the version in use and the data as they are."""
    try:
        return _path(workspace, workspace.cursor())[1].exists()
    except NotReady:
        return False


def latest(workspace: Workspace) -> Health | None:
    """What was found last of the version in use, on whatever data; None where nothing was."""
    version = versions.active(workspace)
    stamps = "?" * STAMP
    found = sorted(_folder(workspace).glob(f"{FORMAT}-{stamps}-{version}.json"), key=lambda path: path.stat().st_mtime)
    return _read(found[-1]) if version and found else None


def trained_to(summary: dict[str, Any]) -> date | None:
    """Last day of the data that a version has learnt from; None where its summary does not say."""
    try:
        return date.fromisoformat(summary["data_to"])
    except (KeyError, TypeError, ValueError):
        return None


def learnt_to(summary: dict[str, Any]) -> date | None:
    """The same, also of an older Debut's version, which says it in words ("600 people to 28 December 2025")."""
    told = trained_to(summary)
    if told is None and " to " in summary.get("trained_on", ""):
        with contextlib.suppress(ValueError):
            return datetime.strptime(summary["trained_on"].rsplit(" to ", 1)[1], "%d %B %Y").date()
    return told


def _found(workspace: Workspace, version: str, past: History) -> Health:
    from models.encoder import Encoder

    summary = versions.listed(workspace).set_index("version")["summary"][version]
    forecaster = versions.load(workspace, version)
    encoder = Encoder(forecaster.settings.encoder, workspace.artifacts / "embeddings")
    to = trained_to(summary) or past.end
    items = calibration.forecast_since(forecaster, past, encoder, to + timedelta(days=1))
    before = calibration.tested_before(workspace.artifacts, summary["settings"])
    months = [calibration.by_month(one).assign(told=told) for one, told in ((before, "backtest"), (items, "since"))]
    promised = calibration.figures(before)["wape"] if len(before) else float(summary["check"]["wape"])
    vectors = encoder.embed(past.items["text"].tolist())
    sheet = sheet_of(workspace.cursor())
    nearest = encoder.embed(sheet["text"].tolist()) if len(sheet) else np.zeros((0, vectors.shape[1]), np.float32)
    rows = pd.Index(past.items["product_id"]).get_indexer(forecaster.learnt)
    return Health(
        version, to, past.end, forecaster.launches, len(items), promised,
        "its backtest" if len(before) else "its check",
        calibration.figures(items) if len(items) else {},
        pd.concat([one for one in months if len(one)], ignore_index=True) if any(map(len, months)) else months[0],
        _drifts(past, rows[rows >= 0], past.day(to) + 1, vectors, sheet, nearest),
    )  # fmt: skip


def sheet_of(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """item_id, text, category, price of the new items, as the sheet says; none is no error."""
    items = cursor.execute("SELECT item_id, title, category, description, price FROM new_items ORDER BY item_id").df()
    return items.assign(text=histories.item_text(items)) if len(items) else items.assign(text="")


def _drifts(
    past: History, rows: np.ndarray, since: int, vectors: np.ndarray, sheet: pd.DataFrame, asked: np.ndarray
) -> tuple[Drift, ...]:
    """rows: launches learnt from. asked: vectors of the sheet."""
    learnt, launch = past.items.iloc[rows], past.items["launch"].to_numpy()
    known = past.items.iloc[np.flatnonzero(launch < since)]
    new = np.flatnonzero(launch >= max(since, histories.WARM_UP_DAYS))
    usual = learnt["price"].to_numpy(float)
    found: list[Drift | None] = []
    for items, vector, of in ((past.items.iloc[new], vectors[new], "launches since"), (sheet, asked, "the new items")):
        near = _nearest(past, vectors, vector, new if of == "launches since" else None)
        found += [
            drift.prices(usual, items["price"].to_numpy(float), of),
            drift.categories(learnt["category"], items["category"], of),
            drift.words(known["text"].tolist(), items["text"].tolist(), of),
            drift.likeness(past, vectors, rows, near, of),
        ]
    found += [drift.level(past, since), drift.seasons(past, launch[rows])]
    return tuple(one for one in found if one is not None)


def _nearest(past: History, vectors: np.ndarray, asked: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
    """(m,) cosine of the nearest earlier item; rows: of the asked in the history, None where they are in none."""
    from core import like_items

    if not len(asked):
        return np.zeros(0)
    if rows is not None:
        query = like_items.launch_query(past, vectors, rows)
    else:
        ones = np.ones(len(asked))
        query = like_items.new_query(past, asked, ones, (past.days * ones).astype(int))
    return like_items.find(past, vectors, query, 1).similarity[:, 0]


def _folder(workspace: Workspace) -> Path:
    return workspace.artifacts / "health"


def _path(workspace: Workspace, cursor: duckdb.DuckDBPyConnection) -> tuple[str, Path]:
    from core.prices import fitted

    version = versions.active(workspace)
    if version is None:
        raise NotReady("The forecaster has not been fine-tuned on this shop yet.")
    return version, _folder(workspace) / f"{FORMAT}-{fitted.stamp(cursor, TABLES)}-{version}.json"


def _keep(found: Health, path: Path) -> None:
    """Write beside, then rename; only the latest few stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    months = found.months.assign(month=found.months["month"].astype(str)).to_dict("records")
    values = asdict(found) | {
        **{"trained_to": found.trained_to.isoformat(), "until": found.until.isoformat(), "months": months},
        "drifts": [asdict(one) for one in found.drifts],
    }
    write(path, values)
    for old in sorted(path.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)


def _read(path: Path) -> Health:
    values: dict[str, Any] = json.loads(path.read_text())
    months = pd.DataFrame(values["months"], columns=[*calibration.MONTHS, "told"])
    values |= {name: date.fromisoformat(values[name]) for name in ("trained_to", "until")}
    values["drifts"] = tuple(Drift(**one) for one in values["drifts"])
    return Health(**values | {"months": months.assign(month=pd.to_datetime(months["month"]))})
