"""The shop as it stood when a job was asked for: a copy of its database that the job's process can open.

The process of the app owns the database, so no other can open it. A copy lies in the job's folder until the job has
ended; the artifacts are the shop's own, so that what the job computes for a state of the data is found by the pages.
"""

from pathlib import Path

from core.workspace import Workspace

__all__ = ["opened", "snapshot"]


def snapshot(workspace: Workspace, folder: Path) -> None:
    """Copy the shop into `folder`, which is made."""
    folder.mkdir(parents=True)
    workspace.copy(folder)
    (folder / "artifacts").symlink_to(workspace.artifacts.resolve(), target_is_directory=True)


def opened(folder: Path) -> Workspace:
    """The workspace of a copy; what is written to its database is lost with it."""
    return Workspace(folder)
