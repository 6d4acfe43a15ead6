"""The plan adjusted: what is left of an approved plan, planned anew with what is known now, the launched ones fixed.

found = adjusted(approved, tracked, outlook, around)   Left, Plan, changes with their reasons, sums then and now
learnt(workspace, found.left)                          in words: what is known now that was not at the approval
take_over(workspace, found.left, found.plan, who)      as a scenario, which goes the usual way to approval
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core import plan as plans
from core import scenarios, versions
from core.errors import DebutError
from core.plans.overrides import Override
from core.scenario.acts import Scenario
from core.scenario.approvals import Approved
from core.track import changes as differences
from core.track import progress, remaining
from core.track.answers import Answer
from core.track.changes import NO_ANSWERS
from core.track.progress import TOGETHER
from core.track.remaining import NONE_ALIKE, Left
from core.tracking import Tracking
from core.update.stamps import UPDATED, made_with
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.outlook import Outlook
    from core.plan import Plan, Surroundings

__all__ = ["Adjusted", "Sums", "adjusted", "compared", "learnt", "refitted", "take_over"]

KEPT = "kept from the approved plan"


@dataclass(frozen=True)
class Sums:
    """Expected profit of the whole plan: then by the approved table, now by tracking and the plan made anew.

    Margin that launches take from each other counts among those left.
    """

    launched_then: float
    launched_now: float
    left_then: float
    left_now: float
    low: float
    """P10 and P90 of the whole, now."""
    high: float
    left_low: float
    left_high: float
    launched_low: float
    launched_high: float
    as_approved: float
    """Of what is left, now, were it launched as approved; in another week where its own is over, left out where its
    window is; NaN where that cannot be."""

    @property
    def then(self) -> float:
        """Of the whole plan at its approval."""
        return self.launched_then + self.left_then

    @property
    def now(self) -> float:
        """Of the whole plan."""
        return self.launched_now + self.left_now

    @property
    def worth(self) -> float:
        """Of planning anew."""
        return self.left_now - self.as_approved


@dataclass(frozen=True)
class Adjusted:
    """What is left of an approved plan, planned anew."""

    left: Left
    plan: "Plan"
    changes: pd.DataFrame
    """See `changes.changes`."""
    sums: Sums

    @property
    def changed(self) -> pd.DataFrame:
        """The items that are planned otherwise."""
        return self.changes[self.changes["changed"]]


def adjusted(
    approved: Approved,
    tracked: Tracking,
    outlook: "Outlook",
    around: "Surroundings",
    alike: pd.DataFrame = NONE_ALIKE,
    refitted: Collection[str] = (),
) -> Adjusted:
    """What is left of an approved plan, planned with what is known now.

    outlook, around: of now. alike: see `remaining.near_launched`. refitted: see `refitted`. Raises NotReady where
    nothing is left, Clash where what is left of the wishes cannot be met.
    """
    rest = remaining.left(approved, tracked, outlook, alike)
    plan = plans.plan(rest.outlook, rest.wishes, rest.overrides, around)
    return compared(rest, plan, tracked, around, refitted)


def compared(
    left: Left,
    plan: "Plan",
    tracked: Tracking,
    around: "Surroundings",
    refitted: Collection[str] = (),
    answers: Mapping[str, Answer] = NO_ANSWERS,
) -> Adjusted:
    """The plan for what is left beside the approved one. answers: see `answers.answers`."""
    changes = differences.changes(left, plan, around, refitted, answers)
    return Adjusted(left, plan, changes, _sums(left, plan, tracked, around))


def refitted(workspace: Workspace, approved: Approved) -> tuple[str, ...]:
    """Kinds of models of which another version is in use than when a plan was approved."""
    stamps = approved.stamps
    return tuple(kind for kind in UPDATED if str(stamps.get(kind) or "") != versions.stamp(workspace, kind))


def learnt(workspace: Workspace, left: Left, tracked: Tracking) -> list[str]:
    """In words what is known now that was not when the plan was approved: sales, launches, models."""
    approved = left.approved
    kept = tracked.promises.get(approved.act) or approved.promise
    words = []
    if kept is not None:
        days = (tracked.today - kept.until).days - 1
        words.append(
            f"The plan was made on sales to {kept.until:%d %b %Y}; {_span(days)} of sales came since."
            if days > 0
            else f"The plan was made on the same sales, to {kept.until:%d %b %Y}."
        )
    levels = left.launched["level"].dropna() if "level" in left.launched else pd.Series(dtype=float)
    if len(levels):
        words.append(f"Its launches on sale are at {levels.median():.0%} of their forecast in the middle.")
    moved = [one for one in made_with(workspace, approved.stamps) if one.then != one.now]
    words += [f"{one.name}: {one.then or 'none'} → {one.now or 'none'}." for one in moved]
    if not moved:
        words.append("All models are those that it was made with.")
    if (data := approved.stamps.get("data")) is not None and data != workspace.version:
        words.append(f"Data: version {data} → {workspace.version}.")
    return words


def take_over(workspace: Workspace, left: Left, plan: "Plan | None" = None, who: str = "") -> Scenario:
    """A new scenario of what is left, as a draft: its wishes, and what was fixed by hand with its reason and who.

    What was ordered at the approval is there sooner than its lead time says: its week is fixed in the scenario.
    Raises DebutError where there are too many scenarios.
    """
    own = {one.item_id: one for one in left.overrides}
    if plan is not None:
        for item, week in _early(left, plan).items():
            before = own.get(item, Override(item))
            ordered = f"ordered when the plan was approved on {left.approved.at:%d %b %Y}"
            reason = f"{before.reason}; {ordered}" if before.reason else ordered.capitalize()
            own[item] = replace(before, week=week, reason=reason)
    made = scenarios.create(workspace, _name(workspace, left.today), left.wishes, who)
    kept = [replace(one, reason=one.reason.strip() or KEPT) for one in own.values()]
    scenarios.override(workspace, made.scenario_id, kept, who)
    return scenarios.get(workspace.cursor(), made.scenario_id)


def _early(left: Left, plan: "Plan") -> dict[str, date]:
    """item_id to its week, of launches that are earlier than an order of today could be there."""
    fixed = {one.item_id for one in left.overrides if one.week is not None}
    rows = plan.launched
    weeks = {
        str(item): pd.Timestamp(week).date() for item, week in zip(rows["item_id"], rows["launch_week"], strict=True)
    }
    ready = left.ready
    return {item: week for item, week in weeks.items() if item in ready and week < ready[item] and item not in fixed}


def _name(workspace: Workspace, today: date) -> str:
    """A name that is not taken."""
    taken = {one.name.casefold() for one in scenarios.list_(workspace.cursor())}
    name = base = f"Plan, adjusted {today:%d %b %Y}"
    number = 2
    while name.casefold() in taken:
        name, number = f"{base} ({number})", number + 1
    return name


def _sums(left: Left, plan: "Plan", tracked: Tracking, around: "Surroundings") -> Sums:
    table = left.approved.table
    mine = table[table["launch"] == "yes"]
    shared = float(left.approved.totals.get("like_lost", 0.0))
    gone = mine["item_id"].isin(left.launched["item_id"])
    launched_now = float(left.launched["profit_now"].sum()) if len(left.launched) else 0.0
    below, above = _swing(left.launched, tracked)
    totals = plan.totals
    low, high = _both(below, totals.profit_low - totals.profit), _both(above, totals.profit_high - totals.profit)
    now = launched_now + totals.profit
    return Sums(
        float(mine.loc[gone, "profit"].sum()), launched_now, float(mine.loc[~gone, "profit"].sum()) - shared,
        totals.profit, now - low, now + high, totals.profit_low, totals.profit_high, launched_now + below,
        launched_now + above, _as_approved(left, around),
    )  # fmt: skip


def _as_approved(left: Left, around: "Surroundings") -> float:
    """Profit of what is left at what is known now, were each item launched as it was approved."""
    free = replace(
        left.wishes, launches=None, least=0, categories=(), week_capacity=None, capacities=(), stock_budget=None,
        ads_budget=None, must=(), must_not=(), not_both=(), together=(), spacing=0, twins=False, min_margin=None,
    )  # fmt: skip
    items = left.outlook.items
    late = set(items.loc[items["late"].astype(bool), "item_id"])
    rows = left.rest[(left.rest["launch"] == "yes") & ~left.rest["item_id"].isin(late)]
    launched = {str(row["item_id"]): row for row in rows.to_dict("records")}
    known = left.outlook.at_sheet.outcomes
    weeks = set(zip(known["item_id"], pd.to_datetime(known["launch_week"]), strict=True))
    own = [
        _pinned(launched[item], weeks) if item in launched else Override(item, launch=False)
        for item in items["item_id"]
    ]
    try:
        return plans.plan(left.outlook, free, own, around).totals.profit
    except DebutError:  # one of them can no longer be launched at all
        return float("nan")


def _pinned(row: dict[Hashable, Any], weeks: set[tuple[str, pd.Timestamp]]) -> Override:
    """A row of an approved table as it is. weeks: items and weeks that can still be."""
    week = pd.Timestamp(row["launch_week"])
    day = week.date() if (row["item_id"], week) in weeks else None
    price, ads = float(row["price"]), float(row["ad_spend"])
    return Override(row["item_id"], True, day, price, ads, int(row["opening_stock"]))


def _swing(launched: pd.DataFrame, tracked: Tracking) -> tuple[float, float]:
    """How far the profit of what is on sale may fall below and rise above what is expected: P10 and P90."""
    rows = launched[launched["item_id"].isin(list(tracked.courses))] if len(launched) else launched
    if rows.empty:
        return 0.0, 0.0
    margins = (rows["price_now"] - rows["loss"] - rows["leftover"] * rows["cost"]).clip(lower=0)
    swings = [margin * tracked.courses[item].remaining for item, margin in zip(rows["item_id"], margins, strict=True)]
    low, _, high = progress.together(swings) - sum(float(one.mean()) for one in swings)
    return min(float(low), 0.0), max(float(high), 0.0)


def _both(one: float, other: float) -> float:
    """The swing of two sums that hang together as items do."""
    return float(np.sqrt(one**2 + other**2 + 2 * TOGETHER * abs(one) * abs(other)))


def _span(days: int) -> str:
    weeks, count = divmod(days, 7)
    if not weeks:
        return f"{count} day{'s' * (count > 1)}"
    return f"{weeks} week{'s' * (weeks > 1)}"
