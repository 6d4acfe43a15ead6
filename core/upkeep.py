"""`python -m core backup`, `restore` and `jobs`: what keeps a shop safe and at work, for a nightly job."""

import argparse
from datetime import datetime
from pathlib import Path

from core import backup, jobs
from core.backup import Report
from core.errors import BadFile, DebutError
from core.workspace import Workspace

__all__ = ["backup_options", "jobs_options", "make", "restore", "restore_options", "work"]


def backup_options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of a backup."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="zip to write; named by shop and time if left out")
    parser.add_argument("--shared", action="store_true", help="without the key of customer ids and the original files")


def make(workspace: Workspace, asked: argparse.Namespace, report: Report) -> None:
    """Write a backup, and print what it holds."""
    out = asked.out or Path(backup.name(workspace))
    held = backup.make(workspace, out, private=not asked.shared, report=report)
    print(f"{out}: {held}")


def restore_options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of a restore."""
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a zip that backup has written")
    parser.add_argument("--look", action="store_true", help="only verify it, and say what it holds")
    parser.add_argument("--undo", action="store_true", help="go back to the shop before the last restore")


def restore(folder: Path, asked: argparse.Namespace, report: Report) -> None:
    """Put the shop of a backup in the place of the one in `folder`, or go back, or only look."""
    if asked.undo:
        print(f"Back to the former shop. The restored one is kept in {backup.undo(folder)}")
    elif asked.file is None:
        raise BadFile("Say which file to restore, or --undo.")
    elif asked.look:
        print(backup.verify(asked.file, report))
    else:
        held, former = backup.look(asked.file), backup.restore(folder, asked.file, report=report)
        print(f"Restored: {held}. The former shop is kept in {former}; to go back: python -m core restore --undo")


def jobs_options(parser: argparse.ArgumentParser) -> None:
    """What can be asked of jobs."""
    parser.add_argument("--log", metavar="JOB", help="print what a job has printed")
    parser.add_argument("--cancel", metavar="JOB", help="stop a job, or take it out of the queue")
    parser.add_argument("--retry", metavar="JOB", help="ask for the same once more, on the data of now")


def work(workspace: Workspace, asked: argparse.Namespace) -> None:
    """List the jobs, the latest first, after what was asked of one. Raises DebutError where it is not there."""
    jobs.finish(workspace)
    known = {job.folder.name: job for job in jobs.listed(workspace)}
    for name in (asked.log, asked.cancel, asked.retry):
        if name is not None and name not in known:
            raise DebutError(f"There is no job {name}. See: python -m core jobs")
    if asked.log:
        print(jobs.log_text(known[asked.log]))
        return
    if asked.cancel:
        jobs.cancel(known[asked.cancel])
    if asked.retry:
        jobs.retry(workspace, known[asked.retry])
    for job in jobs.listed(workspace):
        told = f"{job.kind} {job.told}".strip()
        when = datetime.fromtimestamp(job.asked)
        print(
            f"{job.folder.name} {when:%Y-%m-%d %H:%M} {job.state:<9} {job.seconds:6.0f} s  {told}  {job.error}".rstrip()
        )
