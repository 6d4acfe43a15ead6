"""What to do about launches now: each alert with what it is expected to be worth in money.

A launch is looked at with its retrended forecast: N equally likely units that are still wanted. Each measure is
reckoned alone, by what it changes of the expected profit of the rest of the window; small gains, and launches that go
as planned, raise no alarm.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.stock import USUAL_LEAD, expected_profit, opening_buy
from core.track import orders
from core.track.acts import Dismissed
from core.track.progress import Course

if TYPE_CHECKING:
    from core.plans.ad_steps import AdSteps
    from core.prices.response import Response
    from core.workspace import Workspace

__all__ = ["KINDS", "NONE", "Able", "able", "alerts"]

KINDS = {
    "reorder": "Order more",
    "reprice": "Change the price",
    "more_ads": "More ads",
    "less_ads": "Fewer ads",
    "stop": "Stop advertising",
    "late": "Late",
    "no_match": "Confirm a match",
}
"""Kind of an alert to what a person calls it."""
COLUMNS = ["key", "item_id", "title", "kind", "words", "worth", "dismissed", "away_by", "away_at", "away_why"]
NONE = pd.DataFrame(columns=COLUMNS).astype({"worth": float, "dismissed": bool})
WORTH = 0.03  # of the planned profit; what gains less is left alone
AS_PLANNED = 3.0  # times that, where the launch goes as planned: its stock was chosen for that
PRICES = np.round(np.linspace(0.7, 1.3, 25), 3)  # times the present price
SAME = 0.02  # share by which a price must differ to be worth a new label
SPENDS = np.linspace(0, 4, 33)  # times the planned money for ads
OFF_PLAN = ("ahead", "behind", "out of stock")
MOST_BY_ADS = 0.25  # share of a launch's sales that ads are thought to bring at most, where it was not learnt
AGAIN = 2.0  # times what it was worth when it was put away, from which an alert comes back
END_OF_TITLE = 60  # characters

_Row = dict[Any, Any]
Found = tuple[str, str, float]
"""Kind, words, worth."""


@dataclass(frozen=True)
class Able:
    """What is known of how launches can still be moved; all of it may be missing."""

    answers: Mapping[str, "Response"] = field(default_factory=dict)
    """item_id to how its demand answers price."""
    ads: "AdSteps | None" = None
    """Of the items on sale, for one week at what they are expected to sell."""
    packs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"item_id": [], "pack": [], "least": []}))


def able(workspace: "Workspace", rows: pd.DataFrame, courses: Mapping[str, Course]) -> Able:
    """Of the launches on sale. What price and ads do is asked only for those that are off their plan, as it may have to
    be learnt anew from these data; what ads do, only where it was learnt already: that takes a while."""
    from core.errors import NotReady
    from core.prices import fitted
    from core.stocks.packs import packs

    sizes = packs(workspace.cursor())
    mine = rows[rows["item_id"].isin(list(courses)) & rows["status"].isin(OFF_PLAN)]
    if mine.empty:
        return Able(packs=sizes)
    try:
        known = fitted.responses(workspace)
    except NotReady:
        return Able(packs=sizes)
    answers = {row["item_id"]: known.of_any(row["product_id"], row["category"]) for row in mine.to_dict("records")}
    return Able(answers, _ad_steps(workspace, mine, courses), sizes)


def alerts(
    rows: pd.DataFrame, courses: Mapping[str, Course], able: Able, unmatched: pd.DataFrame,
    dismissed: Mapping[str, Dismissed],
) -> pd.DataFrame:  # fmt: skip
    """Columns of NONE; what is worth most first, and what has no worth in money last. rows: the launches.

    away_by, away_at, away_why: who put it away when and why; '' and NaT of what nobody did.
    """
    found = []
    for row in rows.to_dict("records"):
        one = courses.get(row["item_id"])
        told = _of_waiting(row, unmatched) if one is None else _of_selling(row, one, able)
        for kind, words, worth in told:
            key = f"{kind}:{row['act']}:{row['item_id']}"
            found.append((key, row["item_id"], row["title"], kind, words, worth, *_away(dismissed.get(key), worth)))
    if not found:
        return NONE
    frame = pd.DataFrame(found, columns=COLUMNS).astype({"worth": float, "dismissed": bool})
    frame["away_at"] = pd.to_datetime(frame["away_at"])
    return frame.sort_values("worth", ascending=False, kind="stable", na_position="last", ignore_index=True)


def _of_waiting(row: _Row, unmatched: pd.DataFrame) -> list[Found]:
    if row["status"] != "late":
        return []
    mine = unmatched[unmatched["item_id"] == row["item_id"]]
    if mine.empty:
        coming = row.get("on_order", 0) > 0
        ordered = f" {row['on_order']:,.0f} are on order, due {row['due']:%d %b %Y}." if coming else ""
        asked = "Has it arrived, and is it in the shop? Or is it sold under another code?"
        return [("late", f"{row['why']}{ordered} {asked}", np.nan)]
    first = mine.iloc[0]
    many = "Of the products that came up since, the likest is" if len(mine) > 1 else "It may be"
    words = f"{row['why']} {many} {str(first['product_title'])[:END_OF_TITLE]} ({first['product_id']})."
    return [("no_match", words, np.nan)]


def _of_selling(row: _Row, one: Course, able: Able) -> list[Found]:
    if one.over:
        return []
    least = max(WORTH * abs(row["profit_plan"]), row["price_now"]) * (1 if row["status"] in OFF_PLAN else AS_PLANNED)
    found = [_reorder(row, one, able)]
    if row["status"] in OFF_PLAN:
        found += [_reprice(row, one, able.answers.get(row["item_id"])), _ads(row, one, able.ads)]
    return [told for told in found if told is not None and told[2] >= least]


def _reorder(row: _Row, one: Course, able: Able) -> Found | None:
    """What a new order is worth that lands on the shelf after the lead time, a newsvendor on what will then be lacking
    beside what is on order: Fisher & Raman 1996, as `stocks.reorder`, on the retrended forecast."""
    if np.isnan(one.stock_left):
        return None
    known = not np.isnan(row["lead_time_days"])
    wait = (row["lead_time_days"] if known else USUAL_LEAD) / 7
    lacking = one.served(wait)[1]
    price, cost, leftover = row["price_now"] - row["loss"], row["cost"], row["leftover"]
    pack, least = _pack(able.packs, row["item_id"])
    units = opening_buy(lacking, "best", 0.9, price, cost, leftover, pack, least)
    if units <= 0:
        return None
    worth = float(expected_profit(lacking, np.asarray(units), price, cost, leftover))
    when = "arrives at once" if wait <= 0 else f"arrives in {math.ceil(wait)} week{'s' * (wait > 1)}"
    when += "" if known else f" ({USUAL_LEAD} days are assumed, as the sheet gives no lead time)"
    there = f"{one.stock_left:,.0f} are left{f' ({orders.told(one.coming)})' if one.coming else ''}"
    words = (
        f"Order {units:,}{' more' * bool(one.coming)}: {there} and {one.retrended.remaining_mean:,.0f} more are wanted "
        f"in the window; an order placed now {when} and should sell {float(np.minimum(lacking, units).mean()):,.0f}."
    )
    return "reorder", words, worth


def _reprice(row: _Row, one: Course, answer: "Response | None") -> Found | None:
    """The price that earns most of the stock and the time left, as far as the data have seen prices move."""
    now = row["price_now"]
    if answer is None or not now > 0:
        return None
    prices = np.round(now * PRICES, 2)
    prices = prices[~answer.beyond(prices, now)]
    if not len(prices):
        return None
    factor = answer.factor(prices, now)  # (S, G)
    wanted = one.retrended.draws[:: max(1, len(one.retrended.draws) // 200)]
    sold = wanted[:, None, None] * factor[None]  # (N, S, G)
    sold = sold if np.isnan(one.to_sell) else np.minimum(sold, one.to_sell)
    units = sold.mean((0, 1))
    profit = (prices - row["loss"] - _spared(row, one)) * units
    best, stay = int(profit.argmax()), int(np.abs(prices - now).argmin())
    if abs(prices[best] / now - 1) < SAME:
        return None
    words = (
        f"Ask {prices[best]:,.2f} instead of {now:,.2f}: it would sell {units[best]:,.0f}, not {units[stay]:,.0f}, "
        f"in the {_weeks_left(one)} left."
    )
    return "reprice", words, float(profit[best] - profit[stay])


def _ads(row: _Row, one: Course, steps: "AdSteps | None") -> Found | None:
    """More or less money for ads in the rest of the window than planned; to stop them where that is best."""
    if steps is None or row["item_id"] not in steps.item_ids:
        return _stop(row, one)
    at = int(np.flatnonzero(steps.item_ids == row["item_id"])[0])
    left, planned = one.weeks - float(one.seen.sum()), _ads_to_come(row, one)
    spend = np.unique(np.append(SPENDS * max(planned, float(steps.usual[at]) * left), planned))
    spend = spend[spend <= steps.money[at, ~steps.beyond[at]].max() * left + planned]
    does = np.interp(spend / left, steps.money[at], steps.factor[at])
    does = does / np.interp(planned / left, steps.money[at], steps.factor[at])
    sold = one.retrended.draws[:, None] * does[None]
    sold = sold if np.isnan(one.to_sell) else np.minimum(sold, one.to_sell)
    profit = (row["price_now"] - row["loss"] - _spared(row, one)) * sold.mean(0) - spend
    best, stay = int(profit.argmax()), int(np.abs(spend - planned).argmin())
    worth, rest = float(profit[best] - profit[stay]), f"in the {_weeks_left(one)} left"
    if spend[best] < 0.01:
        words = f"Spend nothing more on its ads: the {planned:,.0f} planned {rest} would not come back.{_untold(row)}"
        return "stop", words, worth
    kind = "more_ads" if spend[best] > planned else "less_ads"
    then, as_it_is = sold[:, best].mean(), sold[:, stay].mean()
    words = f"Spend {spend[best]:,.0f} instead of {planned:,.0f} {rest}: it would sell {then:,.0f}"
    return kind, f"{words} instead of {as_it_is:,.0f}.{_untold(row)}", worth


def _stop(row: _Row, one: Course) -> Found | None:
    """Where what ads do was not learnt: to stop them where even the most that they can be thought to bring is less."""
    planned = _ads_to_come(row, one)
    earned = (row["price_now"] - row["loss"] - _spared(row, one)) * float(one.remaining.mean())
    if one.out and not one.coming:
        words = (
            f"Pause its ads: {planned:,.0f} are planned in the {_weeks_left(one)} left, and there is nothing to sell."
            f"{_untold(row)}"
        )
        return "stop", words, planned
    words = (
        f"Spend nothing more on its ads: of the {planned:,.0f} planned in the {_weeks_left(one)} left less would come "
        f"back, even if {MOST_BY_ADS:.0%} of its sales were due to them.{_untold(row)}"
    )
    return "stop", words, planned - MOST_BY_ADS * max(float(earned), 0.0)


def _ads_to_come(row: _Row, one: Course) -> float:
    """Money planned for ads in the rest of the window; evenly where none of it was seen to be spent on the item."""
    if row["ads_spent"] > 0:
        return max(float(row["ad_spend"] - row["ads_spent"]), 0.0)
    return float(row["ad_spend"] * (1 - one.seen.sum() / one.weeks))


def _spared(row: _Row, one: Course) -> float:
    """What a unit that is not sold is worth: of stock that is there its worth as a leftover, else its cost."""
    return float(row["cost"] if np.isnan(one.stock_left) else row["leftover"] * row["cost"])


def _untold(row: _Row) -> str:
    """What counts as spent so far, where nobody told."""
    return "" if row["ads_spent"] > 0 else " What was planned until now counts as spent: no spend was told."


def _pack(packs: pd.DataFrame, item: str) -> tuple[int, int]:
    mine = packs[packs["item_id"] == item]
    return (1, 0) if mine.empty else (int(mine["pack"].iloc[0]), int(mine["least"].iloc[0]))


def _weeks_left(one: Course) -> str:
    left = one.weeks - float(one.seen.sum())
    return "week" if left <= 1 else f"{left:.0f} weeks"


def _away(before: Dismissed | None, worth: float) -> tuple[bool, str, datetime | None, str]:
    """Whether somebody put it away and it has not become much more important since; who, when and why."""
    if before is None or worth > AGAIN * before.worth:
        return False, "", None, ""
    return True, before.who, before.at, before.reason


def _ad_steps(workspace: "Workspace", mine: pd.DataFrame, courses: Mapping[str, Course]) -> "AdSteps | None":
    """What ads do to the launches on sale, at what they are expected to sell a week; as their category answers."""
    from core.ads import response
    from core.errors import NotReady
    from core.plans import ad_steps

    try:
        if not response.is_kept(workspace):
            return None
        known = response.of(workspace)
    except NotReady:
        return None
    groups = {" ".join(name.casefold().split()): at for at, name in enumerate(known.groups)}
    other = groups.get("other", 0)
    names = mine["category"].fillna("").map(lambda name: " ".join(str(name).casefold().split()))
    group = names.map(groups).fillna(other).to_numpy(int)
    units = np.array([_a_week(courses[item]) for item in mine["item_id"]])
    return ad_steps.steps(known, mine["item_id"].to_numpy(), group, np.ones(len(mine)), units, 1)


def _a_week(one: Course) -> float:
    left = one.weeks - float(one.seen.sum())
    return one.retrended.remaining_mean / left if left > 0 else 1e-6
