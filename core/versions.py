"""Model versions of a workspace: which were trained, which is in use.

The parts lie in `artifacts/versions/NAME`; the table `model_versions` says what each can do and which one
is active. A version counts only once it is registered, in one transaction, after its folder is complete.
"""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from core.errors import DebutError, NotReady
from core.workspace import Workspace

if TYPE_CHECKING:  # torch is not needed to know which versions there are
    from core.demand import Forecaster

__all__ = ["activate", "active", "folder", "listed", "load", "register", "remove"]


def folder(workspace: Workspace, version: str) -> Path:
    """Where a version's parts lie."""
    return workspace.artifacts / "versions" / version


def register(workspace: Workspace, version: str, summary: dict[str, Any]) -> None:
    """Make a complete version known, and the active one."""
    with workspace.transaction(data=False) as cursor:
        cursor.execute("UPDATE model_versions SET active = false")
        cursor.execute(
            "INSERT INTO model_versions VALUES (?, ?, true, ?) ON CONFLICT DO UPDATE SET active = true",
            [version, datetime.now(), json.dumps(summary)],
        )


def activate(workspace: Workspace, version: str) -> None:
    """Use an earlier version again. Raises DebutError where it is not there."""
    if version not in set(listed(workspace)["version"]):
        raise DebutError(f"There is no version {version}. It may have been deleted in another window.")
    with workspace.transaction(data=False) as cursor:
        cursor.execute("UPDATE model_versions SET active = (version = ?)", [version])


def remove(workspace: Workspace, version: str) -> None:
    """Delete a version that is not in use."""
    if version == active(workspace):
        raise DebutError("This version is in use. Activate another one first.")
    with workspace.transaction(data=False) as cursor:
        cursor.execute("DELETE FROM model_versions WHERE version = ?", [version])
    shutil.rmtree(folder(workspace, version), ignore_errors=True)


def active(workspace: Workspace) -> str | None:
    """The version in use; None where nothing was trained yet."""
    row = workspace.cursor().execute("SELECT version FROM model_versions WHERE active").fetchone()
    return row[0] if row else None


def listed(workspace: Workspace) -> pd.DataFrame:
    """version, created_at, active, summary (a dict), the latest first."""
    frame = (
        workspace.cursor()
        .execute("SELECT version, created_at, active, summary FROM model_versions ORDER BY created_at DESC")
        .df()
    )
    return frame.assign(summary=[json.loads(summary) for summary in frame["summary"]])


def load(workspace: Workspace, version: str) -> "Forecaster":
    """The forecaster of a version. Raises NotReady where its folder is missing or damaged."""
    from core.demand import Forecaster
    from models import versions as folders
    from models.errors import ModelError

    try:
        return Forecaster.restored(folders.load(folder(workspace, version)))
    except (ModelError, KeyError, TypeError, RuntimeError) as error:  # of parts that are whole but do not fit
        raise NotReady(f"{error}. Fine-tune again on the Model page, or activate another version.") from error
