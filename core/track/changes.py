"""What a plan made anew does otherwise than the approved one, item by item, and why."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.plans import ladder, options
from core.plans.overrides import Override
from core.track.answers import Answer
from core.track.remaining import Left

if TYPE_CHECKING:
    from core.plan import Plan, Surroundings

__all__ = ["COLUMNS", "changes"]

COLUMNS = [
    *("item_id", "title", "category", "changed", "what", "launch_before", "launch_now", "week_before", "week_now"),
    *("price_before", "price_now", "ads_before", "ads_now", "stock_before", "stock_now", "units_before"),
    *("units_same", "units_now", "profit_before", "profit_now", "profit_low", "profit_high", "why"),
]
CENT, ADS, STOCK = 0.01, 0.02, 0.05  # a price by less, ads and stock by at most this share: no difference
MOVED = 0.05  # share by which a forecast has moved
A_LITTLE = 0.005
WIDER = 0.1
MONEY, NOTEWORTHY = 0.5, 0.01  # of a budget
UNKNOWN = (float("nan"), float("nan"))
NO_ANSWERS: Mapping[str, Answer] = MappingProxyType({})
Row = dict[str, Any]


@dataclass(frozen=True)
class _Scene:
    """What the reasons go by."""

    left: Left
    plan: "Plan"
    same: dict[str, tuple[float, float]]
    """item_id to the units expected now at the price and ads of the approved plan: in its week (where that can be),
    and in that of the plan made anew."""
    losses: dict[str, tuple[float, float]]
    """item_id to the margin that items on sale lose for a unit of it: at the approval, and now."""
    pack: dict[str, float]
    first: date
    """Monday in which something could be launched first."""
    swaps: dict[str, str]
    """item_id to the title of the item whose place it takes, or that takes its place."""
    refitted: Collection[str]
    """Kinds of models of which another version is in use."""
    answers: Mapping[str, Answer]
    """item_id to what newer fits of prices and ads answer otherwise."""


def changes(
    left: Left,
    plan: "Plan",
    around: "Surroundings",
    refitted: Collection[str] = (),
    answers: Mapping[str, Answer] = NO_ANSWERS,
) -> pd.DataFrame:
    """A row an item that is left, see COLUMNS; launches first, those that differ before the others.

    refitted: kinds of models of which another version is in use than at the approval. answers: see `answers.answers`.

    Values of an item that a plan does not launch are NaN; `units_same`: units expected now at the approved price and
    ads; `profit_low`, `profit_high`: P10 and P90 of the profit now; `why`: words, '' where nothing differs.
    """
    before = {str(row["item_id"]): _row(row) for row in left.rest.to_dict("records")}
    now = {str(row["item_id"]): _row(row) for row in plan.table.to_dict("records")}
    scene = _scene(left, plan, around, before, now, refitted, answers)
    rows = [_compared(scene, item, before.get(item), now.get(item)) for item in dict.fromkeys([*now, *before])]
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"changed": bool})
    return frame.sort_values("changed", ascending=False, kind="stable", ignore_index=True)


def _row(values: dict[Any, Any]) -> Row:
    return {str(name): value for name, value in values.items()}


def _scene(
    left: Left,
    plan: "Plan",
    around: "Surroundings",
    before: dict[str, Row],
    now: dict[str, Row],
    refitted: Collection[str],
    answers: Mapping[str, Answer],
) -> _Scene:
    packs = dict(zip(around.packs["item_id"], around.packs["pack"].astype(float), strict=True))
    promise = left.approved.promise
    was = {} if promise is None else dict(zip(promise.items["item_id"], promise.items["loss"], strict=True))
    losses = {item: (float(loss), float(around.losses.get(item, 0.0))) for item, loss in was.items()}
    swaps = _swaps(left, plan, before, now)
    same, first = _same(left, around, before, now), min(plan.weeks).date()
    return _Scene(left, plan, same, losses, packs, first, swaps, refitted, answers)


def _same(
    left: Left, around: "Surroundings", before: dict[str, Row], now: dict[str, Row]
) -> dict[str, tuple[float, float]]:
    """item_id to what is expected now of what was approved: at the same price and ads, in the same week and the new.

    Where the approved week is over: in the first one in which the item could be launched.
    """
    pinned = {
        item: Override(item, price=float(row["price"]), ad_spend=max(float(row["ad_spend"]), 0.0))
        for item, row in before.items()
        if float(row["price"]) > 0 and item in now
    }
    able = options.options(ladder.basis(left.outlook, around), left.wishes, pinned, around)
    means = able.demand[:, :, 0].mean(-1) * able.factor[:, :1]  # (n, W)
    places = {week: at for at, week in enumerate(able.weeks)}
    found = {}
    for at, item in enumerate(map(str, able.item_ids)):
        there = np.flatnonzero(able.demand[at].max((1, 2)) > 0)
        if item in pinned and len(there):
            asked = (places.get(pd.Timestamp(rows[item]["launch_week"]), -1) for rows in (before, now))
            week, anew = (number if number in there else int(there[0]) for number in asked)
            found[item] = (float(means[at, week]), float(means[at, anew]))
    return found


def _swaps(left: Left, plan: "Plan", before: dict[str, Row], now: dict[str, Row]) -> dict[str, str]:
    """Who takes whose place, where places are what is short: the best that came for the best that went."""
    came = [item for item in now if _on(now[item]) and not _on(before.get(item))]
    went = [item for item in before if _on(before[item]) and not _on(now.get(item))]
    if left.wishes.launches is None or plan.totals.launched < left.wishes.launches:
        return {}
    came.sort(key=lambda item: -float(now[item]["profit"]))
    went.sort(key=lambda item: -float(before[item]["profit"]))
    pairs = list(zip(came, went, strict=False))
    names = {item: f"{row['title']} ({item})" for item, row in (before | now).items()}
    return {one: names[other] for one, other in pairs} | {other: names[one] for one, other in pairs}


def _on(row: Row | None) -> bool:
    return row is not None and row["launch"] == "yes"


def _compared(scene: _Scene, item: str, before: Row | None, now: Row | None) -> Row:
    shown: Row = dict(now or before or {})
    what = _differs(scene, item, before, now)
    values: Row = {"item_id": item, "title": shown["title"], "category": shown["category"]}
    values |= {"changed": bool(what), "what": ", ".join(what)}
    for name, row in (("before", before), ("now", now)):
        on = _on(row)
        values[f"launch_{name}"] = "yes" if on else "no"
        for thing, column in (
            ("week", "launch_week"), ("price", "price"), ("ads", "ad_spend"), ("stock", "opening_stock"),
            ("units", "units_mean"), ("profit", "profit"),
        ):  # fmt: skip
            none: object = pd.NaT if thing == "week" else np.nan
            values[f"{thing}_{name}"] = row[column] if on and row is not None else none
    for name, column in (("profit_low", "profit_p10"), ("profit_high", "profit_p90")):
        values[name] = now[column] if _on(now) and now is not None else np.nan
    values["units_same"] = scene.same.get(item, UNKNOWN)[0]
    said = list(dict.fromkeys(_why(scene, item, before, now, what))) if what else []
    why = "; ".join(said)
    return values | {"why": why[:1].upper() + why[1:]}


def _differs(scene: _Scene, item: str, before: Row | None, now: Row | None) -> list[str]:
    """The things that differ, of launch, week, price, ads, stock; none where neither plan launches the item."""
    if _on(before) != _on(now):
        return ["launch"]
    if before is None or now is None or not _on(now):
        return []
    found = []
    if pd.Timestamp(before["launch_week"]) != pd.Timestamp(now["launch_week"]):
        found.append("week")
    if abs(float(before["price"]) - float(now["price"])) >= CENT - 1e-9:
        found.append("price")
    spent, spends = float(before["ad_spend"]), float(now["ad_spend"])
    if abs(spent - spends) > max(ADS * max(spent, spends), CENT):
        found.append("ads")
    stock, stocks = float(before["opening_stock"]), float(now["opening_stock"])
    if abs(stock - stocks) > max(STOCK * stock, scene.pack.get(item, 1.0)):
        found.append("stock")
    return found


def _why(scene: _Scene, item: str, before: Row | None, now: Row | None, what: list[str]) -> Iterator[str]:
    """The reasons, the most telling first."""
    if before is None:
        yield "new in the sheet since the approval"
    elif now is None:
        yield "no longer in the sheet of new items"
    else:
        found = [
            *_of_time(scene, before),
            *_of_units(scene, item, before, now, what),
            *_of_money(scene, item, before, now, what),
        ]
        yield from found
        if "launch" in what:
            yield from _of_place(scene, item, now)
        elif not found:
            yield _of_others(scene, what)


def _of_time(scene: _Scene, before: Row) -> Iterator[str]:
    """Its week is over."""
    week: pd.Timestamp = pd.Timestamp(before["launch_week"])
    if _on(before) and week.date() < scene.first:
        yield f"its week, {week:%d %b %Y}, is over without a sale"


def _of_units(scene: _Scene, item: str, before: Row, now: Row, what: list[str]) -> Iterator[str]:
    """What is known otherwise of how it will sell."""
    then, (same, anew) = float(before["units_mean"]), scene.same.get(item, UNKNOWN)
    if not (then > 0 and np.isfinite(same)):
        return
    share = same / then - 1
    by = ", by another forecaster" if "demand" in scene.refitted else ""
    if abs(share) > MOVED:
        yield f"its forecast {'rose' if share > 0 else 'fell'} from {then:,.0f} to {same:,.0f} units ({share:+.0%}{by})"
    elif abs(share) > A_LITTLE and {"week", "ads", "stock"} & set(what):
        yield f"its forecast moved a little, from {then:,.0f} to {same:,.0f} units"
    over = pd.Timestamp(before["launch_week"]).date() < scene.first
    if "week" in what and not over and anew > same * (1 + A_LITTLE):
        yield f"{anew:,.0f} are wanted in the new week, {same:,.0f} in the approved one"
    wide = [
        (float(row["units_p90"]) - float(row["units_p10"])) / max(float(row["units_mean"]), 1e-9)
        for row in (before, now)
    ]
    if "stock" in what and "launch" not in what and abs(wide[1] / max(wide[0], 1e-9) - 1) > WIDER:
        yield f"its likely range is {'wider' if wide[1] > wide[0] else 'narrower'} than it was"


def _of_money(scene: _Scene, item: str, before: Row, now: Row, what: list[str]) -> Iterator[str]:
    """Cost, price, ads, and what it takes from others."""
    was, cost = float(before["cost"]), float(now["cost"])
    if abs(cost - was) >= CENT:
        yield f"its cost {'rose' if cost > was else 'fell'} from {was:,.2f} to {cost:,.2f}"
    price_was, price = float(before["price"]), float(now["price"])
    if abs(price - price_was) >= CENT:
        if scene.left.wishes.prices == "keep":
            yield "its price was changed in the sheet or on Pricing"
        else:
            yield _of_price(scene, item)
    if "ads" in what and "ads" in scene.refitted:
        yield _of_ads(scene, item)
    loss, losses = scene.losses.get(item, (np.nan, np.nan))
    if losses - loss > max(CENT, MOVED * price):
        near = scene.left.alike[scene.left.alike["item_id"] == item].sort_values("similarity")
        twin = f"{near['launched'].iloc[-1]}, launched meanwhile, is like it: " if len(near) else ""
        yield f"{twin}a unit of it takes {losses:,.2f} of margin from items on sale ({loss:,.2f} at the approval)"


def _of_price(scene: _Scene, item: str) -> str:
    """Why another price is chosen: how the best one has moved with a newer fit."""
    if "prices" not in scene.refitted:
        return "another price earns more now"
    answer = scene.answers.get(item, Answer())
    said = "its answer to price was fitted anew: "
    if not (np.isfinite(answer.price_then) and np.isfinite(answer.price_now)):
        return f"{said}another price earns more now"
    if abs(answer.price_now - answer.price_then) < CENT:
        return f"{said}taken alone its best price is still {answer.price_now:,.2f}, but another earns more now"
    return f"{said}taken alone its best price was {answer.price_then:,.2f} and is {answer.price_now:,.2f}"


def _of_ads(scene: _Scene, item: str) -> str:
    """Why other money for ads: what each 1 of the approved money returned by the fit of then, and returns now."""
    answer, said = scene.answers.get(item, Answer()), "what ads bring was fitted anew"
    if not (np.isfinite(answer.return_then) and np.isfinite(answer.return_now)):
        return said
    return (
        f"{said}: each 1 of the approved money was thought to bring {answer.return_then:,.2f} of revenue, now "
        f"{answer.return_now:,.2f}"
    )


def _of_place(scene: _Scene, item: str, now: Row) -> Iterator[str]:
    """Why there is room for it, or none."""
    other = scene.swaps.get(item)
    if _on(now):
        yield f"it takes the place of {other}" if other else _of_others(scene, ["launch"])
    else:
        reason = str(now["reason"])
        yield f"its place was taken by {other}" if other else reason[:1].lower() + reason[1:]


def _of_others(scene: _Scene, what: list[str]) -> str:
    """Where nothing of the item itself explains it: what others, or those on sale, leave."""
    wishes, planned = scene.left.approved.wishes, scene.left.approved.table
    gone = planned["item_id"].isin(scene.left.launched["item_id"])
    for name, limit, column in (
        ("opening stock", wishes.stock_budget, "stock_money"),
        ("ads", wishes.ads_budget, "ad_spend"),
    ):
        more = scene.left.used[column] - float(planned.loc[gone, column].sum())
        if limit is not None and abs(more) > max(MONEY, NOTEWORTHY * limit):
            return f"the launches on sale use {abs(more):,.0f} {'more' if more > 0 else 'less'} for {name} than planned"
    if "ads" in what:
        return "at what is expected now other money for ads earns more, or their budget is shared out anew"
    return "what others need has changed, so that places and money are shared out anew"
