"""`python -m core update`: what pages do about updates, for a nightly job."""

import argparse
from typing import TYPE_CHECKING

from core import updates, versions
from core.errors import DebutError
from core.trainers import ModelKind
from core.workspace import Workspace

if TYPE_CHECKING:
    from models.training import Progress

__all__ = ["HELP", "options", "run"]

HELP = "learn from what came since, try the newer model against the one in use, and propose it"


def options(parser: argparse.ArgumentParser) -> None:
    """What can be asked."""
    parser.add_argument("model", nargs="?", choices=updates.UPDATED, default="demand", help="which one (demand)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--due", action="store_true", help="all that the shop's schedule asks for, and nothing else")
    what.add_argument("--look", action="store_true", help="only say whether the models in use are still good")
    what.add_argument("--accept", metavar="NAME", help="use a newer version that is proposed")
    what.add_argument("--back", action="store_true", help="use the version of before again")


def run(workspace: Workspace, asked: argparse.Namespace, report: "Progress") -> None:
    """Do it, and print what came of it."""
    if asked.look:
        _look(workspace)
    elif asked.accept:
        updates.accept(workspace, asked.accept, "terminal")
        print(f"{asked.accept} is in use.")
    elif asked.back:
        print(f"{updates.back(workspace, asked.model, 'terminal')} is in use again.")
    elif asked.due:
        _due(workspace, report)
    else:
        _update(workspace, asked.model, report)


def _look(workspace: Workspace) -> None:
    if versions.active(workspace) is not None:
        updates.check(workspace)
    for one in updates.verdicts(workspace):
        print(f"{one.severity:<5} {one.words}")


def _due(workspace: Workspace, report: "Progress") -> None:
    """One that fails does not keep the others from being updated."""
    kinds = updates.take_due(workspace)
    for kind in kinds:
        try:
            _update(workspace, kind, report, automatic=True)
        except DebutError as error:
            print(f"{updates.NAMES[kind]}: {error.message}")
    if not kinds:
        print("Nothing is due.")


def _update(workspace: Workspace, kind: ModelKind, report: "Progress", *, automatic: bool = False) -> None:
    before = versions.active(workspace, kind)
    trial = updates.run(workspace, kind, report, automatic=automatic)
    print(f"{updates.NAMES[kind]}: {trial.words}")
    for one in trial.changes:
        print(f"  {one.name}: {format(one.before, one.form)} -> {format(one.after, one.form)}")
    now = versions.active(workspace, kind)
    waiting = [one.version for one in updates.proposals(workspace) if one.kind == kind]
    print(f"{now} is in use." if now != before else f"{', '.join(waiting)} is proposed; {now} stays in use.")
