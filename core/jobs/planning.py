"""Planning as a job: the outlook of a large sheet and the plan of a scenario, in a process of its own.

The outlook goes to where pages look for it. The plan is kept beside it under a key of all that it was made from, so
that a page whose shop still stands the same finds it instead of planning anew. Wishes that clash are kept in its place.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from core import scenarios, versions
from core.errors import NotReady
from core.jobs import queue, shop
from core.jobs.state import Job, write
from core.jobs.tidy import DATA
from core.outlook import Outlook
from core.plan import Clash, Override, Plan, Surroundings, Totals, Wishes, Worth, plan
from core.plans.surroundings import surroundings
from core.prices import in_force
from core.scenario.acts import override_of, written
from core.scenario.packing import packed, unpacked
from core.scenarios import Scenario
from core.workspace import Workspace

__all__ = ["ask", "asked", "before", "kept", "name", "work"]

KEPT = 12  # plans on disk: the latest few
LONG = 240.0  # seconds that the solver may take where nobody waits for a page


def ask(workspace: Workspace, scenario: Scenario, wishes: Wishes, key: str) -> Job:
    """Have the plan called `key` made for a scenario under these wishes, which may be tried only.

    Raises DebutError where the queue or the disk is full.
    """
    about = scenario.name if wishes == scenario.wishes else f"{scenario.name}, other settings"
    options = {"scenario_id": scenario.scenario_id, "about": about, "wishes": wishes.to_json(), "plan": key}
    return queue.start(workspace, "plan", {}, **options)


def asked(workspace: Workspace, key: str) -> Job | None:
    """The last job that was to make the plan called `key`."""
    return next((job for job in queue.listed(workspace) if job.options.get("plan") == key), None)


def before(workspace: Workspace, scenario_id: int) -> Plan | None:
    """The plan that a job made last for a scenario, whatever has changed since."""
    for job in queue.listed(workspace):
        if job.kind == "plan" and job.state == "done" and job.options.get("scenario_id") == scenario_id:
            return kept(workspace.artifacts, job.result["plan"])
    return None


def work(
    folder: Path, artifacts: Path, options: dict[str, Any], report: Callable[[float, str], None]
) -> dict[str, Any]:
    """Plan the scenario `options["scenario_id"]` of the shop's copy in `folder`; what it came to, as JSON holds it.

    options["wishes"], as JSON, stand in for those of the scenario.
    Raises NotReady where no forecaster was trained, Clash where the wishes cannot all be met.
    """
    with shop.opened(folder / DATA) as workspace:
        version = versions.active(workspace)
        if version is None:
            raise NotReady("The forecaster has not been fine-tuned on this shop yet.")
        report(0.05, "forecasting the new items")
        known = in_force.outlook(workspace, version, lambda note: report(0.1, note))
        near = surroundings(workspace, known, lambda note: report(0.5, note))
        scenario = scenarios.get(workspace.cursor(), int(options["scenario_id"]))
        wishes = Wishes.from_json(options["wishes"]) if "wishes" in options else scenario.wishes
        key = name(known, near, wishes, scenario.overrides)
        report(0.6, f"planning {len(known.items):,} items")
        try:
            made = kept(artifacts, key) or plan(known, wishes, scenario.overrides, near, LONG)
        except Clash as clash:
            _write(artifacts, key, {"clashes": clash.clashes, "relief": clash.relief})
            raise
    _keep(artifacts, key, made)
    report(1.0, "done")
    return {"plan": key, "scenario": scenario.name, "items": len(made.table), "gap": made.gap, **asdict(made.totals)}


def name(known: Outlook, near: Surroundings, wishes: Wishes, overrides: Sequence[Override]) -> str:
    """Of the plan for these; equal as long as all of them are."""
    parts = (known.key, near.key, wishes.to_json(), [written(one) for one in overrides])
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def kept(artifacts: Path, key: str) -> Plan | None:
    """A plan that a job has made; None where there is none that can be read. Raises Clash where its wishes clash."""
    try:
        held = json.loads((artifacts / "plans" / f"{key}.json").read_text())
        if "clashes" in held:
            raise Clash(held["clashes"], held["relief"])
        return Plan(
            Wishes.from_json(held["wishes"]),
            tuple(override_of(one) for one in held["overrides"]),
            unpacked(held["table"]),
            held["channels"],
            [pd.Timestamp(week) for week in held["weeks"]],
            held["value"],
            held["bound"],
            [Worth(**one) for one in held["worths"]],
            Totals(**held["totals"]),
            held["window"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(artifacts: Path, key: str, made: Plan) -> None:
    values = {
        "wishes": made.wishes.to_json(),
        "overrides": [written(one) for one in made.overrides],
        "table": packed(made.table),
        "channels": made.channels,
        "weeks": [week.isoformat() for week in made.weeks],
        "value": made.value,
        "bound": made.bound,
        "worths": [asdict(one) for one in made.worths],
        "totals": asdict(made.totals),
        "window": made.window,
    }
    _write(artifacts, key, values)


def _write(artifacts: Path, key: str, values: dict[str, Any]) -> None:
    """Write beside, then rename; all but the latest few are dropped."""
    folder = artifacts / "plans"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / f"{key}.json", values)
    for old in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
