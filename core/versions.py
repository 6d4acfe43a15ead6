"""Model versions of a workspace: which were trained, which is in use.

The parts lie in `artifacts/versions/NAME`; the table `model_versions` says of which kind each is, what it can do,
and which one of its kind is active. A version counts only once it is registered, in one transaction, after its
folder is complete. Functions without a `kind` are about the version's own, or about the forecaster's ("demand"):

    config.json, net.safetensors   the model, see `models.versions`
    summary.json                   settings, data, code and check, see `core.training`
    backtest.json                  figures of the last backtest with the same settings

A version may come with its trial: how it did against the one in use (`core.update.trial`). Whatever puts another
version to use is written down in `model_acts`, so that the way back is known.
"""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from core.errors import DebutError, NotReady
from core.settings import same_recipe
from core.trainers import ModelKind
from core.workspace import Workspace

if TYPE_CHECKING:  # torch is not needed to know which versions there are
    from core.demand import Forecaster

__all__ = [
    "activate",
    "active",
    "acts",
    "backtest",
    "earlier",
    "folder",
    "held",
    "keep_backtest",
    "keep_trial",
    "listed",
    "load",
    "register",
    "remove",
    "retire",
    "size",
    "stamp",
    "tried",
]

FITTED = ("prices", "ads")
"""Kinds whose answers are cached by the data version: another one of them is as good as other data."""
INSTEAD = "Fine-tune again on the Model page, or activate another version."


def folder(workspace: Workspace, version: str) -> Path:
    """Where a version's parts lie."""
    return workspace.artifacts / "versions" / version


def register(
    workspace: Workspace,
    version: str,
    summary: dict[str, Any],
    *,
    use: bool = True,
    kind: ModelKind = "demand",
    trial: dict[str, Any] | None = None,
    reason: str = "trained",
    who: str = "",
) -> None:
    """Make a complete version known, and (`use`) the active one of its kind.

    trial: how it did against the one in use. Raises DebutError where a version of another kind is called the same.
    """
    with workspace.transaction(data=False) as cursor:
        taken = cursor.execute("SELECT 1 FROM model_versions WHERE version = ? AND kind <> ?", [version, kind])
        if taken.fetchone():
            raise DebutError(f"There is a version {version} of another model. Delete it first.")
        before = _active(cursor, kind)
        if use:
            cursor.execute("UPDATE model_versions SET active = false WHERE kind = ?", [kind])
        cursor.execute(
            """INSERT INTO model_versions (version, created_at, active, summary, kind, trial)
               VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET active = excluded.active""",
            [version, datetime.now(), use, json.dumps(summary), kind, None if trial is None else json.dumps(trial)],
        )
        if use:
            _write_down(cursor, kind, version, before, reason, who)


def activate(workspace: Workspace, version: str, who: str = "", reason: str = "chosen") -> None:
    """Use a version in place of the active one of its kind. Raises DebutError where it is not there."""
    kind, _ = _must_be_there(workspace, version)
    with workspace.transaction(data=kind in FITTED) as cursor:
        before = _active(cursor, kind)
        cursor.execute("UPDATE model_versions SET active = (version = ?) WHERE kind = ?", [version, kind])
        _write_down(cursor, kind, version, before, reason, who)


def retire(workspace: Workspace, kind: ModelKind, who: str = "", reason: str = "no longer used") -> None:
    """Use none of a kind: pages go by what they know without. The versions stay."""
    with workspace.transaction(data=kind in FITTED) as cursor:
        before = _active(cursor, kind)
        cursor.execute("UPDATE model_versions SET active = false WHERE kind = ?", [kind])
        _write_down(cursor, kind, "", before, reason, who)


def _active(cursor: duckdb.DuckDBPyConnection, kind: str) -> str:
    row = cursor.execute("SELECT version FROM model_versions WHERE active AND kind = ?", [kind]).fetchone()
    return row[0] if row else ""


def _write_down(
    cursor: duckdb.DuckDBPyConnection, kind: str, version: str, before: str, reason: str, who: str = ""
) -> None:
    """Which version is in use from now on, and which was before; nothing where it is the same."""
    if version != before:
        cursor.execute(
            """INSERT INTO model_acts (act, kind, version, before, reason, made_by)
               VALUES (nextval('model_steps'), ?, ?, ?, ?, ?)""",
            [kind, version, before, reason.strip(), who.strip()],
        )


def acts(workspace: Workspace, kind: ModelKind | None = None, most: int = 100) -> pd.DataFrame:
    """act, made_at, made_by, kind, version ('' for none), before, reason: what was put to use, the latest first."""
    query = """SELECT act, made_at, made_by, kind, version, before, reason FROM model_acts
               WHERE $kind IS NULL OR kind = $kind ORDER BY act DESC LIMIT $most"""
    return workspace.cursor().execute(query, {"kind": kind, "most": most}).df()


def earlier(workspace: Workspace, kind: ModelKind) -> str | None:
    """The version that was in use before the present one and is still there; None where there is none."""
    row = workspace.cursor().execute(
        """SELECT before FROM model_acts JOIN model_versions AS known ON known.version = before
           WHERE model_acts.kind = ? AND NOT known.active ORDER BY act DESC LIMIT 1""",
        [kind],
    )
    found = row.fetchone()
    return found[0] if found else None


def keep_trial(workspace: Workspace, version: str, trial: dict[str, Any]) -> None:
    """Keep how a version did against another, in place of what was kept before."""
    with workspace.transaction(data=False) as cursor:
        cursor.execute("UPDATE model_versions SET trial = ? WHERE version = ?", [json.dumps(trial), version])


def tried(workspace: Workspace, kind: ModelKind | None = None) -> pd.DataFrame:
    """version, kind, created_at, active, summary, trial (dicts) of the versions that have a trial, latest first."""
    query = """SELECT version, kind, created_at, active, summary, trial FROM model_versions
               WHERE trial IS NOT NULL AND ($kind IS NULL OR kind = $kind) ORDER BY created_at DESC, version"""
    frame = workspace.cursor().execute(query, {"kind": kind}).df()
    return frame.assign(**{name: [json.loads(one) for one in frame[name]] for name in ("summary", "trial")})


def remove(workspace: Workspace, version: str) -> None:
    """Delete a version that is not in use. Raises DebutError where it is, or is not there."""
    _, used = _must_be_there(workspace, version)
    if used:
        raise DebutError("This version is in use. Activate another one first.")
    with workspace.transaction(data=False) as cursor:
        cursor.execute("DELETE FROM model_versions WHERE version = ?", [version])
    shutil.rmtree(folder(workspace, version), ignore_errors=True)


def _must_be_there(workspace: Workspace, version: str) -> tuple[str, bool]:
    """Kind of a version, and whether it is in use."""
    row = workspace.cursor().execute("SELECT kind, active FROM model_versions WHERE version = ?", [version]).fetchone()
    if row is None:
        raise DebutError(f"There is no version {version}. It may have been deleted in another window.")
    return row[0], row[1]


def active(workspace: Workspace, kind: ModelKind = "demand") -> str | None:
    """The version of a kind that is in use; None where nothing was trained yet."""
    return _active(workspace.cursor(), kind) or None


def held(workspace: Workspace, kind: ModelKind, fits: Callable[[dict[str, Any]], bool]) -> Path | None:
    """Folder of the version in use, where it is there and `fits` its summary; else None."""
    query = "SELECT version, summary FROM model_versions WHERE active AND kind = ?"
    row = workspace.cursor().execute(query, [kind]).fetchone()
    if row is None or not fits(json.loads(row[1])):
        return None
    place = folder(workspace, row[0])
    return place if place.is_dir() else None


def stamp(workspace: Workspace, kind: ModelKind) -> str:
    """What caches of a kind's answers are keyed by, beside the data version: the version in use, '' for none."""
    return active(workspace, kind) or ""


def listed(workspace: Workspace, kind: ModelKind = "demand") -> pd.DataFrame:
    """version, created_at, active, summary (a dict) of a kind's versions, the latest first."""
    query = """SELECT version, created_at, active, summary FROM model_versions WHERE kind = ?
               ORDER BY created_at DESC, version"""
    frame = workspace.cursor().execute(query, [kind]).df()
    return frame.assign(summary=[json.loads(summary) for summary in frame["summary"]])


def keep_backtest(workspace: Workspace, settings: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """Keep the figures of a backtest with every forecaster of the same settings; returns their names."""
    named = []
    for version, summary in listed(workspace)[["version", "summary"]].itertuples(index=False):
        place = folder(workspace, version)
        if place.is_dir() and same_recipe(summary.get("settings"), settings):
            part = place / "backtest.part"
            part.write_text(json.dumps(result))
            part.replace(place / "backtest.json")
            named.append(version)
    return named


def backtest(workspace: Workspace, version: str) -> dict[str, Any] | None:
    """Figures of the last backtest with this version's settings, see `core.backtest.Backtest.to_dict`; None without."""
    try:
        return json.loads((folder(workspace, version) / "backtest.json").read_text())
    except (OSError, ValueError):
        return None


def size(workspace: Workspace, version: str) -> int:
    """Bytes on disk."""
    return sum(path.stat().st_size for path in folder(workspace, version).rglob("*") if path.is_file())


def load(workspace: Workspace, version: str) -> "Forecaster":
    """The forecaster of a version. Raises NotReady where its folder is missing or damaged."""
    from core.demand import Forecaster
    from models import versions as folders
    from models.errors import ModelError

    try:
        return Forecaster.restored(folders.load(folder(workspace, version)))
    except (ModelError, DebutError) as error:
        raise NotReady(f"{str(error).rstrip('.')}. {INSTEAD}") from error
    except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        raise NotReady(f"The parts of {version} do not fit together ({error}). {INSTEAD}") from error
