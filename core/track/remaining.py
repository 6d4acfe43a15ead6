"""What is left of an approved plan to be decided: its wishes less what the launches on sale use already.

What is on sale is fixed. It is no longer in the sheet of new items, so its places, its money and its ties to others
are taken from what was wished, and the plan is left with the rest. What is ordered for an item that is not on sale yet
is bought either way: its launch and its stock are fixed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from core.errors import NotReady
from core.plans.alike import ALIKE, TWINS
from core.plans.overrides import Override
from core.plans.wishes import Wishes
from core.scenario.acts import FIXED
from core.scenario.approvals import Approved
from core.track import promise as promises
from core.tracking import Tracking

if TYPE_CHECKING:
    from core.outlook import Outlook
    from core.workspace import Workspace

__all__ = ["NONE_ALIKE", "Left", "launches_of", "left", "near_launched", "on_sale"]

NONE_ALIKE = pd.DataFrame({"item_id": [], "launched": [], "similarity": []}).astype({"item_id": str, "launched": str})
CENT = 0.005  # money


@dataclass(frozen=True)
class Left:
    """An approved plan without what is on sale."""

    approved: Approved
    today: date
    """The day after the data end."""
    launched: pd.DataFrame
    """Rows of `Tracking.launches` of the plan's launches that are on sale or were."""
    rest: pd.DataFrame
    """Rows of the approved table that are not."""
    wishes: Wishes
    overrides: tuple[Override, ...]
    outlook: "Outlook"
    """Of the new items, those that were ordered at the approval with what is left of their lead times."""
    ready: dict[str, date]
    """item_id to the day on which it could be there, were it ordered today only; the last of all days where an order is
    noted, which says itself when: what is taken over must not launch it before."""
    alike: pd.DataFrame
    """item_id, launched (item_id), similarity: new items that are like one on sale."""
    used: dict[str, float]
    """Money that the launches on sale have used, by the column of a plan's table: stock_money, ad_spend."""
    words: tuple[str, ...]
    """What is left of each limit, a sentence each."""


def left(approved: Approved, tracked: Tracking, outlook: "Outlook", alike: pd.DataFrame = NONE_ALIKE) -> Left:
    """What is left. alike: see `near_launched`. Raises NotReady where every launch of the plan is on sale."""
    mine, gone = launches_of(approved, tracked), on_sale(tracked)
    launched = gone[gone["item_id"].isin(mine)].reset_index(drop=True)
    rest = approved.table[~approved.table["item_id"].isin(gone["item_id"])].reset_index(drop=True)
    there = set(outlook.items["item_id"])
    alike = alike[alike["launched"].isin(launched["item_id"]) & alike["item_id"].isin(there)]
    first = _first_week(outlook)
    used = _used(launched)
    wishes, words = _reduced(approved.wishes, launched, used, there, alike, first)
    overrides, more = _overrides(approved.overrides, there, first)
    waiting = tracked.ordered[tracked.ordered["opening"] & tracked.ordered["item_id"].isin(there & set(mine))]
    overrides, bought = _bought(overrides, waiting, wishes.must_not)
    known, ready = _ordered(approved, tracked, outlook, set(rest.loc[rest["launch"] == "yes", "item_id"]), waiting)
    count = f"{len(launched):,} of {len(mine):,} launches of this plan are on sale or were, and stay as they are."
    return Left(
        approved, tracked.today, launched, rest, wishes, overrides, known, ready, alike, used,
        (count, *words, *more, *bought),
    )  # fmt: skip


def launches_of(approved: Approved, tracked: Tracking) -> list[str]:
    """item_ids that the plan launches. Raises NotReady where all of them are on sale."""
    mine = approved.table.loc[approved.table["launch"] == "yes", "item_id"]
    if mine.isin(on_sale(tracked)["item_id"]).all():
        raise NotReady(
            f"All {len(mine):,} launches of this plan are on sale or were, so nothing of it is left to plan. Plan the "
            "next new items on the Launch plan."
        )
    return mine.tolist()


def on_sale(tracked: Tracking) -> pd.DataFrame:
    """The tracked launches with a first sale."""
    rows = tracked.launches
    return rows[rows["launched_on"].notna()] if "launched_on" in rows else rows


def near_launched(workspace: "Workspace", outlook: "Outlook", tracked: Tracking) -> pd.DataFrame:
    """item_id, launched (the item_id that was launched), similarity: new items that are like a launch on sale."""
    from core.prices import fitted

    rows = on_sale(tracked)
    if rows.empty:
        return NONE_ALIKE
    items = dict(zip(rows["product_id"], rows["item_id"], strict=True))
    found = [
        near.assign(item_id=item, launched=near["product_id"].map(items)).dropna(subset="launched")
        for item, near in fitted.crossed(workspace).near(outlook.items).items()
    ]
    frame = pd.concat([NONE_ALIKE, *(one for one in found if len(one))], ignore_index=True)
    return frame.loc[frame["similarity"] >= ALIKE, list(NONE_ALIKE)].reset_index(drop=True)


def _used(launched: pd.DataFrame) -> dict[str, float]:
    """Money for stock, at cost, with what came later and what is on order; for ads what counts of each."""
    if launched.empty:
        return {"stock_money": 0.0, "ad_spend": 0.0}
    stock = (launched["opening_stock"] + launched["received"] + launched["on_order"]) * launched["cost"]
    return {"stock_money": max(float(stock.sum()), 0.0), "ad_spend": float(launched["ads_counted"].sum())}


def _reduced(
    wishes: Wishes, launched: pd.DataFrame, used: dict[str, float], there: set[str], alike: pd.DataFrame, first: date
) -> tuple[Wishes, list[str]]:
    """The wishes less what is used, and in words what is left."""
    words: list[str] = []
    count = len(launched)
    stock, ads = used["stock_money"], used["ad_spend"]
    must, must_not, told = _ties(wishes, set(launched["item_id"]), there, alike)
    smaller = replace(
        wishes,
        launches=None if wishes.launches is None else max(wishes.launches - count, 0),
        least=max(wishes.least - count, 0),
        categories=_categories(wishes, launched, words),
        capacities=tuple(one for one in wishes.capacities if one[0] >= first),
        stock_budget=_less(wishes.stock_budget, stock),
        ads_budget=_less(wishes.ads_budget, ads),
        must=must,
        must_not=must_not,
    ).within(there)
    if count and wishes.launches is not None:
        words.insert(0, f"Of {wishes.launches:,} places {smaller.launches:,} are left.")
    for name, spent, before, now in (
        ("opening stock", stock, wishes.stock_budget, smaller.stock_budget),
        ("ads", ads, wishes.ads_budget, smaller.ads_budget),
    ):
        if count and before is not None and now is not None:
            over = f" ({spent - before:,.0f} more than there was)" if spent > before + CENT else ""
            words.append(f"Of {before:,.0f} for {name} {spent:,.0f} are used{over}: {now:,.0f} are left.")
    if wishes.spacing and len(alike):
        words.append(f"The {wishes.spacing} weeks between similar items hold among those left, not to those on sale.")
    return smaller, [*words, *told]


def _categories(wishes: Wishes, launched: pd.DataFrame, words: list[str]) -> tuple[tuple[str, int, int | None], ...]:
    """Limits by category less what is on sale of each; words are added to."""
    counts = launched["category"].value_counts().to_dict() if len(launched) else {}
    found = []
    for category, least, most in wishes.categories:
        used = int(counts.get(category, 0))
        low, high = max(least - used, 0), None if most is None else max(most - used, 0)
        found.append((category, low, high))
        if used:
            said = f"{low:,} or more" if high is None else f"{low:,} to {high:,}"
            words.append(f"{category}: {used:,} on sale, so {said} of those left.")
    return tuple(found)


def _ties(
    wishes: Wishes, gone: set[str], there: set[str], alike: pd.DataFrame
) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """must and must_not with what follows from ties to launches on sale, and in words why."""
    must, must_not, words = list(wishes.must), list(wishes.must_not), []
    for one, other in (*wishes.not_both, *((b, a) for a, b in wishes.not_both)):
        if one in gone and other in there and other not in must_not:
            must_not.append(other)
            words.append(f"{other} stays out: not both of it and {one}, which is on sale.")
    for bundle in wishes.together:
        sold = [item for item in bundle if item in gone]
        for item in bundle:
            if sold and item in there and item not in must:
                must.append(item)
                words.append(f"{item} must be launched: it belongs together with {sold[0]}, which is on sale.")
    close = alike[alike["similarity"] >= TWINS] if wishes.twins else alike.iloc[:0]
    for item, one in zip(close["item_id"], close["launched"], strict=True):
        if item not in must and item not in must_not:
            must_not.append(item)
            words.append(f"{item} stays out: it is nearly the same as {one}, which is on sale.")
    return tuple(must), tuple(must_not), words


def _overrides(overrides: Sequence[Override], there: set[str], first: date) -> tuple[tuple[Override, ...], list[str]]:
    """Those of items that are left; a week that has passed is left to the plan."""
    kept, words = [], []
    for one in overrides:
        if one.item_id not in there:
            continue
        if one.week is not None and one.week < first:
            words.append(f"{one.item_id}: its week fixed by hand, {one.week:%d %b %Y}, has passed; the plan finds one.")
            one = replace(one, week=None)
        if any(getattr(one, name) is not None for name in FIXED):
            kept.append(one)
    return tuple(kept), words


def _bought(
    overrides: Sequence[Override], waiting: pd.DataFrame, must_not: Sequence[str]
) -> tuple[tuple[Override, ...], list[str]]:
    """The overrides with what is ordered: it costs its money either way, so it is launched with that stock.

    What a person has fixed of the item goes before.
    """
    kept, words = {one.item_id: one for one in overrides}, []
    for item, mine in waiting.groupby("item_id", sort=False):
        own = kept.get(str(item), Override(str(item)))
        if own.launch is False or str(item) in must_not:
            continue
        units, last = int(mine["ordered"].sum()), mine.iloc[-1]
        said = f"{units:,} ordered, due {last['due']:%d %b %Y}"
        reason = f"{own.reason}; {said}" if own.reason else said
        stock = units if own.stock is None else own.stock
        kept[str(item)] = replace(own, launch=True, stock=stock, reason=reason, who=own.who or last["made_by"])
        words.append(f"{item}: {said}. That is paid for either way, so it is launched, with {stock:,} pieces.")
    return tuple(kept.values()), words


def _ordered(
    approved: Approved, tracked: Tracking, outlook: "Outlook", mine: set[str], waiting: pd.DataFrame
) -> tuple["Outlook", dict[str, date]]:
    """The outlook with what is left of the lead times of what was ordered at the approval, and when that is there.

    Without it the launches that are due next would be put off, as if they were ordered only today. waiting: orders that
    somebody has told, which are there on their day.
    """
    kept = tracked.promises.get(approved.act) or approved.promise
    until = (kept or promises.of_table(approved.table, approved.wishes.leftover)).until
    since = (tracked.today - until).days - 1
    items = outlook.items
    if "lead_time_days" not in items or not approved.wishes.lead_times:
        return outlook, {}
    last = waiting[waiting["units"] > 0].groupby("item_id")["due"].max()
    due = dict.fromkeys(waiting["item_id"], 0) | {
        item: max((day - tracked.today).days, 0) for item, day in last.items()
    }
    days = items["lead_time_days"].astype("Float64").fillna(0).astype(float)
    ours = (items["item_id"].isin(mine) & (days > 0) & (since > 0)) | items["item_id"].isin(due)
    if not ours.any():
        return outlook, {}
    short = items["item_id"].map(due).astype(float).fillna(days.where(~ours, (days - max(since, 0)).clip(lower=0)))
    told = f"{outlook.key}:ordered={until}:{sorted(items.loc[ours, 'item_id'])}:{due}"
    key = hashlib.sha256(told.encode()).hexdigest()
    there = {
        str(item): tracked.today + timedelta(days=float(more))
        for item, more in zip(items.loc[ours, "item_id"], days[ours], strict=True)
    }
    there |= {str(item): date.max for item in last.index}
    return replace(outlook, key=key[:20], items=items.assign(lead_time_days=short)), there


def _first_week(outlook: "Outlook") -> date:
    first: pd.Timestamp = pd.to_datetime(outlook.at_sheet.outcomes["launch_week"]).min()
    return first.date()


def _less(budget: float | None, used: float) -> float | None:
    return None if budget is None else max(budget - used, 0.0)
