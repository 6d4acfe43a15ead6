"""Plans of ads that the user chose: who, when and why; the launch plan goes by an item's, and each act can be undone.

Plans are kept by what they are for (an item's code, a category, the shop), beside the data and not part of it, as a
log: what is in force is the last plan that was not undone. An empty plan takes it back to none.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import numpy as np
import pandas as pd

from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["LONGEST", "Kept", "Plan", "keep", "kept", "last", "log", "rows", "stamp", "undo"]

LONGEST = 200  # characters of a name or a note
MOST_MONEY = 1e12  # a week on a channel
KINDS = ("item", "category", "shop")


@dataclass(frozen=True)
class Plan:
    """Money by channel and week."""

    channels: list[str]
    weeks: list[date]
    """Mondays."""
    spend: np.ndarray
    """(C, W) money."""

    @property
    def total(self) -> float:
        """Money in all."""
        return float(self.spend.sum())

    @property
    def by_channel(self) -> dict[str, float]:
        """Channel to its money in all."""
        return dict(zip(self.channels, self.spend.sum(1).tolist(), strict=True))


@dataclass(frozen=True)
class Kept:
    """A plan in force."""

    plan: Plan
    note: str
    made_by: str
    made_at: datetime


def keep(workspace: Workspace, kind: str, name: str, plan: Plan | None, made_by: str = "", note: str = "") -> None:
    """Keep a plan in place of the one before; None: none. kind: item, category or shop. Raises DebutError."""
    if kind not in KINDS:
        raise DebutError(f"Plans of ads are kept for an {', a '.join(KINDS)}; not for a {kind}.")
    if plan is not None:
        _check(plan)
    written = None if plan is None else json.dumps(_written(plan))
    with workspace.transaction(data=False) as cursor:
        cursor.execute(
            """INSERT INTO ad_plans (act, kind, name, plan, note, made_by)
               VALUES (nextval('ad_acts'), ?, ?, ?, ?, ?)""",
            [kind, name, written, note.strip()[:LONGEST], made_by.strip()[:LONGEST]],
        )


def undo(workspace: Workspace) -> str:
    """Take back the last act; what it was for, '' where there was none."""
    with workspace.transaction(data=False) as cursor:
        found = cursor.execute(
            """UPDATE ad_plans SET undone = true
               WHERE act = (SELECT max(act) FROM ad_plans WHERE NOT undone) RETURNING name, kind"""
        ).fetchone()
    return (found[0] or found[1]) if found else ""


def kept(cursor: duckdb.DuckDBPyConnection, kind: str = "item") -> dict[str, Kept]:
    """Name (of items their code) to the plan in force."""
    found = cursor.execute(
        """SELECT name, plan, note, made_by, made_at FROM ad_plans WHERE NOT undone AND kind = ?
           QUALIFY row_number() OVER (PARTITION BY name ORDER BY act DESC) = 1 ORDER BY name""",
        [kind],
    ).fetchall()
    return {name: Kept(_read(json.loads(plan)), *rest) for name, plan, *rest in found if plan is not None}


def log(cursor: duckdb.DuckDBPyConnection, most: int = 200) -> pd.DataFrame:
    """The latest acts: made_at, made_by, kind, name, money (NaN: no plan any more), note, undone."""
    found = cursor.execute(
        """SELECT made_at, made_by, kind, name, plan, note, undone FROM ad_plans ORDER BY act DESC LIMIT ?""", [most]
    ).df()
    money = [_read(json.loads(plan)).total if isinstance(plan, str) else np.nan for plan in found.pop("plan")]
    found.insert(4, "money", pd.Series(money, dtype=float))
    return found


def last(cursor: duckdb.DuckDBPyConnection) -> str:
    """What `undo` would take back, in words; '' where there is nothing."""
    row = cursor.execute(
        """SELECT name, kind, made_by, made_at, plan IS NULL FROM ad_plans WHERE NOT undone
           ORDER BY act DESC LIMIT 1"""
    ).fetchone()
    if row is None:
        return ""
    name, kind, made_by, made_at, gone = row
    who = f" by {made_by}" if made_by else ""
    return f"{'no plan' if gone else 'the plan'} of {name or f'the {kind}'}, kept{who} on {made_at:%d %b %Y, %H:%M}"


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as no plan in force changes: for the keys of caches."""
    row = cursor.execute("SELECT count(*), coalesce(max(act), 0) FROM ad_plans WHERE NOT undone").fetchone()
    return hashlib.sha256(repr(row).encode()).hexdigest()[:16]


def rows(plan: Plan, title: str = "") -> pd.DataFrame:
    """A row a channel and week: for, week, channel, spend."""
    weeks, channels = len(plan.weeks), len(plan.channels)
    return pd.DataFrame(
        {
            "for": [title] * (weeks * channels),
            "week": pd.to_datetime(np.tile(np.array(plan.weeks, dtype="datetime64[D]"), channels)),
            "channel": np.repeat(plan.channels, weeks),
            "spend": plan.spend.ravel(),
        }
    )


def _check(plan: Plan) -> None:
    if plan.spend.shape != (len(plan.channels), len(plan.weeks)) or not plan.spend.size:
        raise DebutError("A plan of ads needs an amount for every channel and week.")
    if not (np.isfinite(plan.spend).all() and (plan.spend >= 0).all() and (plan.spend <= MOST_MONEY).all()):
        raise DebutError("Money for ads must be 0 or more in every week.")


def _written(plan: Plan) -> dict[str, object]:
    return {
        "channels": plan.channels,
        "weeks": [week.isoformat() for week in plan.weeks],
        "spend": plan.spend.round(2).tolist(),
    }


def _read(plan: dict[str, list]) -> Plan:
    return Plan(
        [str(name) for name in plan["channels"]],
        [date.fromisoformat(week) for week in plan["weeks"]],
        np.array(plan["spend"], dtype=float).reshape(len(plan["channels"]), len(plan["weeks"])),
    )
