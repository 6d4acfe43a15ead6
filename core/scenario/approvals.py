"""Approvals: what was approved is kept as it was, so that it can be followed up and computed again.

With a plan are kept the wishes and overrides that it was made from, the versions of the models, and the state of the
data, and what was promised of its launches. A plan within the limits that the shop has set is approved at once; any
other waits for a person.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, cast, get_args

import duckdb
import pandas as pd

from core import versions
from core.errors import DebutError
from core.plans.overrides import Override
from core.plans.wishes import Wishes
from core.scenario.acts import Scenario, State, override_of, written
from core.scenario.edits import keep, must_be_open
from core.scenario.packing import packed, unpacked
from core.track.promise import Promise
from core.trainers import ModelKind
from core.update import pins
from core.workspace import Workspace

__all__ = [
    "AUTOMATIC",
    "Approved",
    "Thresholds",
    "approvals",
    "approve",
    "approved",
    "changed",
    "decline",
    "in_force",
    "keep_thresholds",
    "may_approve",
    "propose",
    "submit",
    "thresholds",
]

SETTING = "plan_thresholds"
AUTOMATIC = "within the limits"
"""Who approved, where nobody had to."""
SAME = 0.005  # money; below it nothing has changed


@dataclass(frozen=True)
class Thresholds:
    """Up to where a plan needs nobody's approval. None: that does not matter."""

    automatic: bool = False
    """Whether any plan is approved without a person."""
    stock_money: float | None = None
    """Money for opening stock, at most."""
    ad_money: float | None = None
    change: float | None = None
    """Share of the items launched that may be others, or in another week, than in the last plan approved, 0 to 1."""

    def checked(self) -> "Thresholds":
        """The same; raises DebutError on a limit that is none."""
        for name in ("stock_money", "ad_money", "change"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise DebutError("A limit of automatic approval must be 0 or more.")
        if self.change is not None and self.change > 1:
            raise DebutError("The share of items that may change lies between 0 and 100 %.")
        return self


@dataclass(frozen=True)
class Approved:
    """A plan as it was approved."""

    act: int
    scenario_id: int
    who: str
    at: datetime
    note: str
    wishes: Wishes
    overrides: tuple[Override, ...]
    totals: dict[str, float]
    stamps: dict[str, Any]
    """Versions of the models by kind, and `data`, the data version: what the plan was computed from."""
    table: pd.DataFrame
    promise: Promise | None = None
    """What its launches were expected to sell; None where it was approved by a Debut that kept no promises."""


def propose(workspace: Workspace, scenario_id: int, who: str = "", note: str = "", seen: int | None = None) -> None:
    """Ask for approval. Raises DebutError where the plan is approved already; seen: as for `approve`."""
    if _move(workspace, scenario_id, "proposed", who, note, seen).state == "approved":
        raise DebutError("This plan is approved already. Change something to make a draft of it again.")


def decline(workspace: Workspace, scenario_id: int, who: str, reason: str) -> None:
    """Make a draft again of what was proposed or approved. Raises DebutError without a reason."""
    if not reason.strip():
        raise DebutError("Say why, so that it can be mended.")
    _move(workspace, scenario_id, "draft", who, reason)


def approve(
    workspace: Workspace,
    scenario_id: int,
    table: pd.DataFrame,
    who: str,
    note: str = "",
    totals: object = None,
    seen: int | None = None,
    promise: Promise | None = None,
) -> int:
    """Approve a plan, and keep it; the number of the act.

    table: `Plan.table`. totals: a mapping or a dataclass of numbers, as `Plan.totals`. seen: `Scenario.act` of what
    the plan was made from; raises DebutError where somebody has changed the scenario since, and without a name.
    promise: what the launches are expected to sell, see `track.promise`; they are followed up by it.
    """
    if not who.strip():
        raise DebutError("Say who approves.")
    if table.empty:
        raise DebutError("The plan holds no items. Plan again before it is approved.")
    with workspace.transaction(data=False) as cursor:
        now = must_be_open(cursor, scenario_id)
        _must_be_as_seen(now, seen)
        act = keep(cursor, scenario_id, [("state", {"state": "approved"})], note, who)
        pins.pin(workspace, who)  # what it was priced and advertised with stays in use, and is among its stamps
        cursor.execute(
            """INSERT INTO approved_plans (act, scenario_id, wishes, overrides, totals, stamps, plan, promise)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                act, scenario_id, now.wishes.to_json(), json.dumps([written(one) for one in now.overrides]),
                json.dumps(_numbers(totals)), json.dumps(_stamps(workspace)), packed(table),
                None if promise is None else promise.to_json(),
            ],
        )  # fmt: skip
    return act


def submit(
    workspace: Workspace,
    scenario_id: int,
    table: pd.DataFrame,
    totals: object,
    who: str = "",
    note: str = "",
    seen: int | None = None,
    promise: Promise | None = None,
) -> list[str]:
    """Propose a plan, and approve it at once where the shop's limits allow; else why a person has to look at it."""
    cursor = workspace.cursor()
    waits = may_approve(totals, table, thresholds(cursor), approved(cursor))
    if waits:
        propose(workspace, scenario_id, who, note, seen)
    else:
        approve(workspace, scenario_id, table, f"{who.strip()} ({AUTOMATIC})".strip(), note, totals, seen, promise)
    return waits


def may_approve(totals: object, table: pd.DataFrame, limits: Thresholds, last: Approved | None = None) -> list[str]:
    """Why a plan must not be approved without a person, in words; empty where it may."""
    if not limits.automatic:
        return ["Plans are not approved automatically in this shop."]
    found, numbers = [], _numbers(totals)
    for name, words in (("stock_money", "opening stock"), ("ad_money", "ads")):
        limit, money = getattr(limits, name), numbers.get(name, float("nan"))
        if limit is not None and not money <= limit + SAME:
            found.append(f"It needs {money:,.0f} for {words}; up to {limit:,.0f} needs no approval.")
    if limits.change is not None:
        if last is None:
            found.append("No plan was approved before it that it could be compared with.")
        elif (share := changed(last.table, table)) > limits.change + 1e-9:
            found.append(
                f"{share:.0%} of its launches differ from the plan approved last; up to {limits.change:.0%} needs no "
                "approval."
            )
    return found


def changed(before: pd.DataFrame, after: pd.DataFrame) -> float:
    """Share of the items launched in either plan that are not launched in both in the same week, 0 to 1."""
    first, then = (
        {row.item_id: str(row.launch_week) for row in table[table["launch"] == "yes"].itertuples()}
        for table in (before, after)
    )
    either = set(first) | set(then)
    return sum(first.get(item) != then.get(item) for item in either) / len(either) if either else 0.0


def approved(cursor: duckdb.DuckDBPyConnection, scenario_id: int | None = None) -> Approved | None:
    """The plan approved last, of one scenario or of all, that was not undone since; None where there is none."""
    found = _read(cursor, "AND ($one IS NULL OR plans.scenario_id = $one) ORDER BY act DESC LIMIT 1", scenario_id)
    return found[0] if found else None


def in_force(cursor: duckdb.DuckDBPyConnection) -> list[Approved]:
    """Every approved plan that was not undone since, the oldest first."""
    return _read(cursor, "AND $one IS NULL ORDER BY act")


def _read(cursor: duckdb.DuckDBPyConnection, which: str, scenario_id: int | None = None) -> list[Approved]:
    rows = cursor.execute(
        f"""SELECT act, plans.scenario_id, made_by, made_at, reason, wishes, overrides, totals, stamps, plan, promise
            FROM approved_plans AS plans JOIN scenario_acts AS acts USING (act) WHERE NOT undone {which}""",
        {"one": scenario_id},
    ).fetchall()
    return [_approved(*row) for row in rows]


def _approved(
    act: int, one: int, who: str, at: datetime, note: str, wishes: str, overrides: str, totals: str, stamps: str,
    plan: str, promise: str | None,
) -> Approved:  # fmt: skip
    kept = tuple(override_of(one) for one in json.loads(overrides))
    held = None if promise is None else Promise.from_json(promise)
    asked = Wishes.from_json(wishes)
    return Approved(act, one, who, at, note, asked, kept, json.loads(totals), json.loads(stamps), unpacked(plan), held)


def approvals(cursor: duckdb.DuckDBPyConnection, most: int = 50) -> pd.DataFrame:
    """The latest: act, made_at, made_by, scenario_id, note, launched, profit, stock_money, ad_money, undone."""
    rows = cursor.execute(
        """SELECT act, made_at, made_by, plans.scenario_id, reason AS note, totals, undone
           FROM approved_plans AS plans JOIN scenario_acts AS acts USING (act) ORDER BY act DESC LIMIT ?""",
        [most],
    ).df()
    totals = [json.loads(text) for text in rows.pop("totals")]
    for at, name in enumerate(("launched", "profit", "stock_money", "ad_money"), start=5):
        rows.insert(at, name, pd.Series([one.get(name) for one in totals], dtype=float, index=rows.index))
    return rows


def thresholds(cursor: duckdb.DuckDBPyConnection) -> Thresholds:
    """The shop's limits; none is approved automatically until they are set."""
    row = cursor.execute("SELECT value FROM settings WHERE name = ?", [SETTING]).fetchone()
    values = json.loads(row[0]) if row else {}
    known = {field.name for field in fields(Thresholds)}
    try:
        return Thresholds(**{name: value for name, value in values.items() if name in known}).checked()
    except (DebutError, TypeError):  # of another Debut: a person looks at every plan
        return Thresholds()


def keep_thresholds(workspace: Workspace, limits: Thresholds) -> None:
    """Keep them in place of those before. Raises DebutError on a limit that is none."""
    with workspace.transaction(data=False) as cursor:
        cursor.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [SETTING, json.dumps(asdict(limits.checked()))])


def _must_be_as_seen(now: Scenario, seen: int | None) -> None:
    """Raises DebutError where a scenario has changed since its act `seen`."""
    if seen is not None and now.act != seen:  # below it something was undone, by nobody knows whom
        who = now.changed_by if now.act > seen else ""
        raise DebutError(
            f"{who or 'Somebody'} has changed this scenario since the plan was made. Look at it again.",
            "Changed meanwhile",
        )


def _move(
    workspace: Workspace, scenario_id: int, state: State, who: str, note: str, seen: int | None = None
) -> Scenario:
    """Change the state of a scenario; as it was before. What is approved is not proposed."""
    with workspace.transaction(data=False) as cursor:
        before = must_be_open(cursor, scenario_id)
        _must_be_as_seen(before, seen)
        if state != before.state and not (state == "proposed" and before.state == "approved"):
            keep(cursor, scenario_id, [("state", {"state": state})], note, who)
    return before


def _stamps(workspace: Workspace) -> dict[str, Any]:
    """What a plan of now is computed from."""
    models: dict[str, Any] = {kind: versions.stamp(workspace, kind) for kind in get_args(ModelKind)}
    return {**models, "data": workspace.version}


def _numbers(totals: object) -> dict[str, float]:
    """Totals as JSON holds them, what is no finite number left out."""
    values = asdict(cast(Any, totals)) if is_dataclass(totals) else dict(cast(Mapping[str, Any], totals or {}))
    return {name: float(value) for name, value in values.items() if value is not None and math.isfinite(value)}
