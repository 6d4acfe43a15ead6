"""The log of what was done to scenarios, and what a scenario is after it.

Nothing is ever overwritten: each act is a row, a scenario is what its acts that were not undone make of it, one after
the other, and so two people who work at once lose nothing of each other's.

    create   {name, wishes, overrides}      rename {name}        wishes {wishes}     delete {}     restore {}
    fix      {item_id, the fixed things}    release {item_id, things}                state {state}
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, get_args

import duckdb

from core.errors import DebutError
from core.plans.overrides import Override
from core.plans.wishes import Wishes

__all__ = [
    "FIRST",
    "FIRST_NAME",
    "FIXED",
    "Act",
    "Scenario",
    "State",
    "acts",
    "everything",
    "fold",
    "override_of",
    "written",
]

State = Literal["draft", "proposed", "approved"]
STATES: tuple[State, ...] = get_args(State)
FIRST, FIRST_NAME = 0, "Plan"
"""The scenario that every shop has: it needs no act to be there, and cannot be deleted."""
FIXED = ("launch", "week", "price", "ad_spend", "stock")
"""What can be fixed of an item."""


@dataclass(frozen=True)
class Act:
    """One row of the log."""

    act: int
    """Rows of one number were done together, and are undone together."""
    scenario_id: int
    kind: str
    content: dict[str, Any]
    reason: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class Scenario:
    """A named plan to be: what is wished, and what a person fixed."""

    scenario_id: int
    name: str
    wishes: Wishes = field(default_factory=Wishes)
    overrides: tuple[Override, ...] = ()
    """In force, in the order of item_id."""
    state: State = "draft"
    deleted: bool = False
    created_by: str = ""
    created_at: datetime | None = None
    """None for the first, which was always there."""
    changed_by: str = ""
    changed_at: datetime | None = None
    act: int = 0
    """The last act in it; 0 where there was none. Who saves tells by it what was seen."""

    @property
    def stamp(self) -> str:
        """Equal as long as wishes and overrides are: for the keys of caches."""
        return f"{self.wishes.to_json()}|{self.overrides!r}"


def acts(cursor: duckdb.DuckDBPyConnection, scenario_id: int | None = None) -> list[Act]:
    """Acts in force, the oldest first; of one scenario or of all."""
    rows = cursor.execute(
        """SELECT act, scenario_id, kind, content, reason, made_by, made_at FROM scenario_acts
           WHERE NOT undone AND ($one IS NULL OR scenario_id = $one) ORDER BY act, rowid""",
        {"one": scenario_id},
    ).fetchall()
    return [Act(act, one, kind, json.loads(content), *rest) for act, one, kind, content, *rest in rows]


def everything(cursor: duckdb.DuckDBPyConnection) -> dict[int, Scenario]:
    """Every scenario that there is, those deleted among them, by its number."""
    mine: dict[int, list[Act]] = {FIRST: []}
    for act in acts(cursor):
        mine.setdefault(act.scenario_id, []).append(act)
    found = {one: fold(one, done) for one, done in mine.items()}
    return {one: scenario for one, scenario in found.items() if scenario is not None}


def fold(scenario_id: int, done: Iterable[Act]) -> Scenario | None:
    """A scenario after its acts; None where it was never made, or its making was undone."""
    now = Scenario(scenario_id, FIRST_NAME) if scenario_id == FIRST else None
    fixed: dict[str, Override] = {}
    for act in done:
        if act.kind == "create":
            now = Scenario(
                scenario_id, act.content["name"], Wishes.from_json(act.content["wishes"]),
                created_by=act.made_by, created_at=act.made_at,
            )  # fmt: skip
            fixed = {one["item_id"]: override_of(one) for one in act.content["overrides"]}
        if now is None:
            return None
        now = _after(now, act, fixed)
    return None if now is None else replace(now, overrides=tuple(fixed[item] for item in sorted(fixed)))


def written(override: Override) -> dict[str, Any]:
    """An override as JSON holds it, what is left to the plan left out."""
    values = {name: getattr(override, name) for name in (*FIXED, "reason", "who")}
    kept = {name: value for name, value in values.items() if value is not None and value != ""}
    if override.week is not None:
        kept["week"] = override.week.isoformat()
    return {"item_id": override.item_id, **kept}


def _after(now: Scenario, act: Act, fixed: dict[str, Override]) -> Scenario:
    """The scenario after one act; overrides are changed in place."""
    match act.kind:
        case "rename":
            now = replace(now, name=act.content["name"])
        case "wishes":
            now = replace(now, wishes=Wishes.from_json(act.content["wishes"]), state="draft")
        case "fix":
            _fix(fixed, act)
            now = replace(now, state="draft")
        case "release":
            _release(fixed, act.content["item_id"], act.content["things"])
            now = replace(now, state="draft")
        case "state":
            now = replace(now, state=act.content["state"])
        case "delete" | "restore":
            now = replace(now, deleted=act.kind == "delete")
    return replace(now, act=act.act, changed_by=act.made_by, changed_at=act.made_at)


def _fix(fixed: dict[str, Override], act: Act) -> None:
    """What an act fixes of an item lies over what was fixed of it before."""
    new = override_of({**act.content, "reason": act.reason, "who": act.made_by})
    before = fixed.get(new.item_id, Override(new.item_id))
    kept = {name: getattr(before, name) for name in FIXED if getattr(new, name) is None}
    others = any(value is not None for value in kept.values()) and before.reason not in ("", new.reason)
    reason = f"{before.reason}; {new.reason}" if others else new.reason
    fixed[new.item_id] = replace(new, **kept, reason=reason)


def _release(fixed: dict[str, Override], item_id: str, things: list[str]) -> None:
    before = fixed.get(item_id)
    if before is None:
        return
    none: dict[str, Any] = dict.fromkeys(things or FIXED)
    left = replace(before, **none)
    if any(getattr(left, name) is not None for name in FIXED):
        fixed[item_id] = left
    else:
        del fixed[item_id]


def override_of(values: dict[str, Any]) -> Override:
    """Out of JSON. Raises DebutError where it is damaged."""
    try:
        week = date.fromisoformat(values["week"]) if values.get("week") else None
        return Override(**{**values, "week": week})
    except (TypeError, ValueError, KeyError) as error:
        raise DebutError(f"An override that was kept cannot be read ({error}).") from error
