"""What killed work leaves behind is removed: half-written files among the artifacts, and what jobs had in hand.

Everything that Debut writes gets its name by a rename when it is whole. What still bears the name of something
unfinished while nobody is at work was left by a process that was killed.
"""

import shutil
from pathlib import Path

from core.jobs.state import Job, kept

__all__ = ["DATA", "clear", "drop_work"]

DATA = "data"
"""Folder within a job's, in which a snapshot lies until the work has ended."""
HALF = ("part-*", "*.part", "loading-*", "draft-*", "*.draft", "tmp*")
"""Names of what is being written, below a folder of the artifacts or below one of those."""
TRAINING = "versions/training"
JOBS, BACKTESTS = "jobs", "backtests"


def clear(artifacts: Path) -> list[str]:
    """Remove what killed work has left; the names of what was removed. Only for who has just opened the shop.

    While a job is at work nothing is touched: it writes there, too. The next opening will find it.
    """
    jobs = kept(artifacts / JOBS)
    if any(job.running for job in jobs):
        return []
    for job in jobs:
        drop_work(job)
    left = [*artifacts.glob(TRAINING), *artifacts.glob("tmp*")]
    for folder in artifacts.iterdir() if artifacts.exists() else ():
        if folder.is_dir() and folder.name != JOBS:
            left += [path for name in HALF for path in (*folder.glob(name), *folder.glob(f"*/{name}"))]
    left += [path for path in (artifacts / JOBS).glob("*") if path.is_dir() and not (path / "request.json").exists()]
    left += (artifacts / JOBS).glob("*/*.part")
    for path in left:
        _remove(path)
    return [str(path.relative_to(artifacts)) for path in left]


def drop_work(job: Job) -> None:
    """Remove what a job that has ended had in hand: the snapshot of the shop, and where it failed or was cancelled half
    a version, or a backtest that was kept before the job could say so. One that was killed could not do it itself."""
    if job.ended is None:
        return
    halves = [*job.folder.glob("version*"), job.folder.parents[1] / BACKTESTS / job.folder.name]
    for path in (*(halves if job.state != "done" else ()), job.folder / DATA):
        if path.exists():
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
