"""What takes seconds to make, kept as parquet by the state of the data, so that a page only reads it."""

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence

import pandas as pd

from core.workspace import Workspace

__all__ = ["frames"]

FORMAT = 2  # of the files
STATES = 3  # of the data that stay on disk


def frames(
    workspace: Workspace, name: str, parts: Sequence[str], make: Callable[[], dict[str, pd.DataFrame]]
) -> dict[str, pd.DataFrame]:
    """The frames called `parts` of this name, as `make` has made them for this state of the data."""
    folder = workspace.artifacts / "market" / f"{name}-{workspace.version}-{FORMAT}"
    with contextlib.suppress(OSError, ValueError):  # missing or damaged: made anew
        return {part: pd.read_parquet(folder / f"{part}.parquet") for part in parts}
    made = make()
    draft = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    draft.mkdir(parents=True, exist_ok=True)
    for part in parts:
        made[part].to_parquet(draft / f"{part}.parquet")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)  # only what is whole gets the name
    states = sorted(folder.parent.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime_ns)
    for old in states[:-STATES]:
        shutil.rmtree(old, ignore_errors=True)
    return made
