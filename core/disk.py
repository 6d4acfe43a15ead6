"""What a shop takes on disk, part by part, and what of it can go."""

import shutil
import stat
from pathlib import Path

import pandas as pd

from core import backup, migrations
from core.errors import DebutError
from core.jobs.state import kept
from core.workspace import DATABASE, Workspace

__all__ = ["clear_caches", "used"]

PARTS = {
    "versions": "Model versions",
    "backtests": "Backtests",
    "prices": "What was learnt of prices",
    "ads": "What was learnt of ads",
    "jobs": "History of jobs",
    "runs": "Logs of trainings",
    "health": "Checks of the models",
}
ABOUT = {
    "data": "Your data and decisions. In a backup.",
    "models": "In a backup.",
    "files": "Files as you gave them. In a backup, if you want it.",
    "copy": "As the shop was before this Debut changed its form.",
    "former": "As the shop was before a backup was restored.",
    "cache": "Made anew where it is missing. Not in a backup.",
}


def used(workspace: Workspace) -> pd.DataFrame:
    """what, bytes, about (words), cache (whether it can be cleared): parts that there are, the largest first."""
    folder, rows = workspace.folder, []
    database = [folder / DATABASE, folder / f"{DATABASE}.wal"]
    rows.append(("Database", sum(map(_size, database)), ABOUT["data"], False))
    rows.append(("Kept files", _size(workspace.originals), ABOUT["files"], False))
    rows.append(("Copies of an older form", sum(map(_size, migrations.copies(database[0]))), ABOUT["copy"], False))
    rows.append(("Former shops", sum(map(_size, backup.former(folder))), ABOUT["former"], False))
    parts = {path.name: _size(path) for path in workspace.artifacts.iterdir()}
    caches = sum(size for name, size in parts.items() if name in backup.CACHES)
    rows.append(("Caches", caches, ABOUT["cache"], True))
    for name, size in parts.items():
        if name not in backup.CACHES:
            rows.append((_called(name), size, ABOUT["models"], False))
    frame = pd.DataFrame(rows, columns=["what", "bytes", "about", "cache"])
    return frame[frame["bytes"] > 0].sort_values("bytes", ascending=False, ignore_index=True)


def clear_caches(workspace: Workspace) -> int:
    """Remove what can be made anew; bytes that came free. Raises DebutError while a job is at work, which uses it."""
    if any(job.running for job in kept(workspace.artifacts / "jobs")):
        raise DebutError("A job is at work and uses the caches. Clear them when it is done.")
    folders = [workspace.artifacts / name for name in backup.CACHES]
    freed = sum(map(_size, folders))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return freed


def _called(name: str) -> str:
    """What a person calls a file or folder of the models."""
    if name.startswith("pace-"):
        return "How launches move about their forecast"
    return PARTS.get(name, name.capitalize())


def _size(path: Path) -> int:
    """Bytes of a file, or of all in a folder; links are not followed, and what a job removes meanwhile is nothing."""
    try:
        told = path.lstat()
        if stat.S_ISDIR(told.st_mode):
            return sum(map(_size, path.iterdir()))
    except OSError:
        return 0
    return told.st_size if stat.S_ISREG(told.st_mode) else 0
