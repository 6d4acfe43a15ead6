"""The launches of approved plans as tables: one row each, one row a week, and their sums by category."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core.levers import outcomes
from core.stock import expected_profit
from core.track.acts import Told
from core.track.pace import Pace
from core.track.progress import Course, together, verdict
from core.track.promise import UNITS, Promise

__all__ = ["by_category", "counted_ads", "launches", "profit", "profit_band", "weeks"]

SO_FAR = ["p10_so_far", "p50_so_far", "p90_so_far"]
RETREND = ["retrend_p10", "retrend_p50", "retrend_p90"]
QUANTILES = (0.1, 0.5, 0.9)
NO_CATEGORY = "(none)"
UNTOLD = "planned; no spend was told"
"""Of money for ads, once the window is over and no export of ads has named the item."""

_Row = dict[Any, Any]


def launches(
    mine: pd.DataFrame, promises: Mapping[int, Promise], scenarios: Mapping[int, int], weekly: pd.DataFrame,
    courses: Mapping[str, Course], told: Told, today: date, pace: Pace,
) -> pd.DataFrame:  # fmt: skip
    """A row a launch, see `tracking.Tracking.launches`. mine: as `attached.attached`, what plans launch."""
    planned = {act: promise.items.set_index("item_id") for act, promise in promises.items()}
    arrived = told.received.groupby("item_id")["units"].sum()
    coming = told.ordered[told.ordered["units"] > 0]
    ordered, due = (coming.groupby("item_id")[name] for name in ("units", "due"))
    on_order, first_due = ordered.sum(), due.min()
    rows = []
    for at in mine.to_dict("records"):
        item, act = at["item_id"], at["act"]
        plan: _Row = planned[act].loc[item].to_dict()
        row = {
            "act": act, "scenario_id": scenarios[act], "item_id": item, "product_id": at["product_id"],
            "how": at["how"], "title": plan["title"], "category": plan["category"],
            "launch_week": plan["launch_week"], "launched_on": at["launched_on"],
            "window": promises[act].window, "plan_p10": plan["p10"], "plan_p50": plan["p50"],
            "plan_p90": plan["p90"], "plan_mean": plan["mean"],
            **{name: plan[name] for name in ("price", "cost", "loss", "leftover", "ad_spend")},
            "opening_stock": told.opening.get(item, plan["opening_stock"]),
            "lead_time_days": plan["lead_time_days"], "received": float(arrived.get(item, 0.0)),
            "on_order": float(on_order.get(item, 0.0)), "due": pd.Timestamp(first_due.get(item, pd.NaT)),
            "withdrawn": at["withdrawn"], "profit_plan": plan["profit"],
        }  # fmt: skip
        one = courses.get(item)
        row |= (
            _waiting(_stocked(plan, row["opening_stock"]), today, promises[act].window)
            if one is None
            else _selling(row, one, weekly[weekly["item_id"] == item], pace)
        )
        rows.append(row)
    return pd.DataFrame(rows)


def weeks(
    promises: Mapping[int, Promise], mine: pd.DataFrame, weekly: pd.DataFrame, courses: Mapping[str, Course]
) -> pd.DataFrame:
    """A row a launch and week of its window: item_id, week, plan_p10, plan_p50, plan_p90, plan_mean, what
    `bulk.with_evidence` gives (NaN where not seen; seen 0), short, retrend_p10, retrend_p50, retrend_p90,
    retrend_mean."""
    act_of = dict(zip(mine["item_id"], mine["act"], strict=True))
    parts = [
        promise.weeks[promise.weeks["item_id"].map(act_of) == act] for act, promise in promises.items()
    ]  # fmt: skip
    frame = pd.concat(parts, ignore_index=True).rename(columns={name: f"plan_{name}" for name in UNITS})
    frame = frame.merge(weekly, on=["item_id", "week"], how="left")
    frame = frame.assign(
        seen=frame["seen"].fillna(0.0), short=False, **dict.fromkeys([*RETREND, "retrend_mean"], np.nan)
    )
    for item, one in courses.items():
        rows = frame.index[frame["item_id"] == item]
        frame.loc[rows, RETREND] = one.retrended.quantiles
        frame.loc[rows, "retrend_mean"] = one.retrended.mean
        frame.loc[rows[: len(one.short)], "short"] = one.short
    return frame.sort_values(["item_id", "week"], ignore_index=True)


def by_category(rows: pd.DataFrame, courses: Mapping[str, Course]) -> pd.DataFrame:
    """category, launches, on_sale, sold, p10_so_far, p50_so_far, p90_so_far, plan_mean, expected (units of the window,
    what is not on sale yet as planned), profit_plan, profit_now; the largest profit first."""
    found = []
    for name, part in rows.groupby(rows["category"].fillna(NO_CATEGORY), sort=False):
        band = together([courses[item].expected for item in part["item_id"] if item in courses])
        found.append(
            {
                "category": name,
                "launches": len(part),
                "on_sale": int(part["launched_on"].notna().sum()),
                "sold": float(part["sold"].sum()),
                **dict(zip(SO_FAR, map(float, band), strict=True)),
                "plan_mean": float(part["plan_mean"].sum()),
                "expected": float(part["retrend_mean"].sum()),
                "profit_plan": float(part["profit_plan"].sum()),
                "profit_now": float(part["profit_now"].sum()),
            }
        )
    return pd.DataFrame(found).sort_values("profit_plan", ascending=False, kind="stable", ignore_index=True)


def profit(row: Mapping[str, Any], one: Course, revenue: float, price: float, ads: float) -> float:
    """Money that a launch is expected to bring, as the plan reckons it: sold at what was paid and will be, stock at
    cost, what is on order too, what is left over at its worth. ads: see `counted_ads`."""
    sold, to_come = float(one.sold.sum()), float(one.remaining.mean())
    bought = sold + to_come if np.isnan(one.stock) else one.stock + one.on_order
    left = max(bought - sold - to_come, 0.0)
    earned = revenue + price * to_come - row["loss"] * (sold + to_come) + row["leftover"] * row["cost"] * left
    return float(earned - row["cost"] * bought - ads)


def profit_band(row: Mapping[str, Any], one: Course | None) -> tuple[float, float]:
    """P10 and P90 of that: what was sold is known, what will be is not. row: of `launches`; one: None before a sale."""
    unsold = row["leftover"] * row["cost"]
    if one is None:
        wanted = outcomes(np.sort(np.array([[row[name] for name in RETREND]], float), axis=1))[0]
        coming = wanted if np.isnan(row["stock_left"]) else np.minimum(wanted, row["stock_left"])
    else:
        coming = one.remaining
        unsold = row["cost"] if np.isnan(one.stock) else unsold  # what Debut does not know of is bought as it sells
    low, high = np.quantile(coming, (QUANTILES[0], QUANTILES[-1])) - coming.mean()
    margin, now = row["price_now"] - row["loss"] - unsold, float(row["profit_now"])
    ends = sorted((float(margin * low), float(margin * high)))
    return now + min(ends[0], 0.0), now + max(ends[1], 0.0)


def counted_ads(planned: float, spent: float, over: bool) -> tuple[float, str]:
    """Money for ads that counts, and what to say of it: what is planned, or spent where that is more; once the window
    is over what was spent, or what was planned where nobody told."""
    if over and spent > 0:
        return spent, ""
    return max(planned, spent), UNTOLD if over and planned > 0 else ""


def _selling(row: _Row, one: Course, weekly: pd.DataFrame, pace: Pace) -> _Row:
    """What is known of a launch that is on sale."""
    status, why = verdict(one, pace)
    priced = weekly["price_paid"].dropna()
    gross = weekly.loc[priced.index, "gross"]
    paid = float(np.average(priced, weights=gross)) if gross.sum() > 0 else float("nan")
    now = float(priced.iloc[-1]) if len(priced) else float(row["price"])
    sold, rated = float(one.sold.sum()), weekly["rating"].notna()
    revenue = float(weekly["revenue"].sum()) if len(priced) else row["price"] * sold
    spent, reviews = float(weekly["ads"].sum()), weekly["reviews"]
    ads, of_ads = counted_ads(row["ad_spend"], spent, one.over)
    stars = float(np.average(weekly["rating"][rated], weights=reviews[rated])) if rated.any() else float("nan")
    return {
        "status": status, "why": why, "weeks_seen": float(one.seen.sum()), "sold": sold,
        **dict(zip(SO_FAR, map(float, np.quantile(one.expected, QUANTILES)), strict=True)),
        "level": one.retrended.level, "level_low": one.retrended.level_low, "level_high": one.retrended.level_high,
        **dict(zip(RETREND, map(float, one.retrended.total), strict=True)), "retrend_mean": one.retrended.total_mean,
        "price_now": now, "price_paid": paid, "revenue": revenue, "ads_spent": spent, "ads_counted": ads,
        "of_ads": of_ads, "stock_left": one.stock_left, "reviews": float(reviews.sum()), "rating": stars,
        "views": float(weekly["views"].sum()), "profit_now": profit(row, one, revenue, now, ads),
    }  # fmt: skip


def _stocked(plan: _Row, stock: float) -> _Row:
    """What was planned of a launch, with another opening stock."""
    if stock == plan["opening_stock"]:
        return plan
    wanted = outcomes(np.sort(np.array([[plan[name] for name in UNITS[:3]]], float), axis=1))[0]
    money = plan["price"] - plan["loss"], plan["cost"], plan["leftover"]
    planned, now = (float(expected_profit(wanted, np.asarray(one), *money)) for one in (plan["opening_stock"], stock))
    return plan | {"opening_stock": stock, "profit": plan["profit"] + now - planned}


def _waiting(plan: _Row, today: date, window: int) -> _Row:
    """The same of one that has not sold anything: as planned, or late; nothing is expected once its window is over."""
    week: date = plan["launch_week"].date()
    late = week + timedelta(weeks=1) <= today
    why = f"Planned for the week of {week:%d %b %Y}"
    if late:
        why += f"; by {today - timedelta(days=1):%d %b %Y} none of it was sold."
    else:
        why += ", which has begun." if week <= today else "."
    over = week + timedelta(weeks=window) <= today
    ads, of_ads = counted_ads(plan["ad_spend"], 0.0, over)
    if over:
        lost = (1 - plan["leftover"]) * plan["cost"] * plan["opening_stock"] + ads
        plan = plan | dict.fromkeys(UNITS, 0.0) | {"profit": -lost}
        why += f" Its window is over: its stock is a leftover{f', its ads count as {of_ads}' if of_ads else ''}."
    return {
        "status": "late" if late else "coming", "why": why, "weeks_seen": 0.0, "sold": 0.0,
        **dict.fromkeys(SO_FAR, 0.0), "level": np.nan, "level_low": np.nan, "level_high": np.nan,
        **dict(zip(RETREND, (plan["p10"], plan["p50"], plan["p90"]), strict=True)), "retrend_mean": plan["mean"],
        "price_now": plan["price"], "price_paid": np.nan, "revenue": 0.0, "ads_spent": 0.0, "ads_counted": ads,
        "of_ads": of_ads, "stock_left": float(plan["opening_stock"]), "reviews": 0.0, "rating": np.nan, "views": 0.0,
        "profit_now": plan["profit"],
    }  # fmt: skip
