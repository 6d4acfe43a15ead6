"""When a shop's models are updated, and what a newer one must do to be used: kept in the shop's settings.

Time is that of the data: a week has passed when a week of sales was loaded. So a schedule needs no clock, asks for
nothing while nothing new comes in, and does the same on every machine.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal, get_args

import duckdb

from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["SETTING", "Policy", "Schedule", "is_due", "keep", "read", "tried", "tried_at"]

Schedule = Literal["never", "weekly", "monthly", "launches"]
SETTING = "update_policy"
TRIED = "update_tried"
DAYS: dict[str, int] = {"weekly": 7, "monthly": 28}
MOST = 10_000


@dataclass(frozen=True)
class Policy:
    """What the shop has set."""

    schedule: Schedule = "never"
    launches: int = 20
    """New launches whose window has closed, after which `schedule` "launches" asks."""
    margin: float = 0.05
    """Share of the error in use by which a newer version must be better to win, 0 to 1."""
    sure: bool = True
    """Whether the whole 95 % interval of the difference must lie below zero, too."""
    automatic: bool = False
    """Whether a winner is used without a person; it is told, and one click goes back."""

    def checked(self) -> "Policy":
        """The same; raises DebutError on a value that makes no sense."""
        if self.schedule not in get_args(Schedule):
            raise DebutError(f"The schedule is {self.schedule!r}; allowed are {', '.join(get_args(Schedule))}.")
        if not isinstance(self.margin, int | float) or not (math.isfinite(self.margin) and 0 <= self.margin < 1):
            raise DebutError("The margin lies between 0 and 100 % of the error in use.")
        if not isinstance(self.launches, int) or not 1 <= self.launches <= MOST:
            raise DebutError(f"An update comes after 1 to {MOST:,} new launches.")
        return self


def read(cursor: duckdb.DuckDBPyConnection) -> Policy:
    """The shop's policy; until one is set nothing is updated by itself."""
    values = _setting(cursor, SETTING)
    known = {one.name for one in fields(Policy)}
    try:
        return Policy(**{name: value for name, value in values.items() if name in known}).checked()
    except (DebutError, TypeError):  # of another Debut: a person decides
        return Policy()


def keep(workspace: Workspace, policy: Policy) -> None:
    """Keep it in place of the one before. Raises DebutError on a value that makes no sense."""
    _keep(workspace, SETTING, asdict(policy.checked()))


def is_due(policy: Policy, last: date | None, today: date, launches: int) -> bool:
    """Whether the schedule asks for an update. last: the day that the last one has learnt to, None for never.

    launches: whose window has closed since.
    """
    if policy.schedule == "never" or (last is not None and today <= last):
        return False
    if policy.schedule == "launches":
        return launches >= policy.launches
    return last is None or (today - last).days >= DAYS[policy.schedule]


def tried(cursor: duckdb.DuckDBPyConnection) -> dict[str, date]:
    """Kind of model to the last day of the data at its last scheduled update, however that ended."""
    return {kind: date.fromisoformat(day) for kind, day in _setting(cursor, TRIED).items()}


def tried_at(workspace: Workspace, days: Mapping[str, date]) -> None:
    """Write down that these kinds were asked for, on data to these days: one that fails is not asked again at once."""
    known = tried(workspace.cursor()) | dict(days)
    _keep(workspace, TRIED, {kind: day.isoformat() for kind, day in known.items()})


def _setting(cursor: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    row = cursor.execute("SELECT value FROM settings WHERE name = ?", [name]).fetchone()
    values = json.loads(row[0]) if row else {}
    return values if isinstance(values, dict) else {}


def _keep(workspace: Workspace, name: str, values: Mapping[str, object]) -> None:
    with workspace.transaction(data=False) as cursor:
        cursor.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, json.dumps(values)])
