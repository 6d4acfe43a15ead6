"""Planning as a job: the outlook of a large sheet and the plan of a scenario, in a process of its own.

The outlook goes to where pages look for it. The plan is kept beside it under a key of all that it was made from, so
that a page whose shop still stands the same finds it instead of planning anew.
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
from core.jobs import shop
from core.jobs.state import write
from core.jobs.tidy import DATA
from core.outlook import Outlook
from core.plan import Override, Plan, Surroundings, Totals, Wishes, Worth, plan
from core.plans.surroundings import surroundings
from core.prices import in_force
from core.scenario.acts import override_of, written
from core.scenario.packing import packed, unpacked

__all__ = ["kept", "name", "work"]

KEPT = 12  # plans on disk: the latest few
LONG = 240.0  # seconds that the solver may take where nobody waits for a page


def work(
    folder: Path, artifacts: Path, options: dict[str, Any], report: Callable[[float, str], None]
) -> dict[str, Any]:
    """Plan the scenario `options["scenario_id"]` of the shop's copy in `folder`; what it came to, as JSON holds it.

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
        report(0.6, f"planning {len(known.items):,} items")
        made = plan(known, scenario.wishes, scenario.overrides, near, LONG)
    key = name(known, near, scenario.wishes, scenario.overrides)
    _keep(artifacts, key, made)
    report(1.0, "done")
    return {"plan": key, "scenario": scenario.name, "items": len(made.table), "gap": made.gap, **asdict(made.totals)}


def name(known: Outlook, near: Surroundings, wishes: Wishes, overrides: Sequence[Override]) -> str:
    """Of the plan for these; equal as long as all of them are."""
    parts = (known.key, near.key, wishes.to_json(), [written(one) for one in overrides])
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def kept(artifacts: Path, key: str) -> Plan | None:
    """A plan that a job has made; None where there is none that can be read."""
    try:
        held = json.loads((artifacts / "plans" / f"{key}.json").read_text())
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
    """Write beside, then rename; all but the latest few are dropped."""
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
    folder = artifacts / "plans"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / f"{key}.json", values)
    for old in sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
