"""The launches of approved plans as tables: one row each, one row a week, and their sums by category."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core.track.pace import Pace
from core.track.progress import Course, together, verdict
from core.track.promise import UNITS, Promise

__all__ = ["by_category", "launches", "profit", "weeks"]

SO_FAR = ["p10_so_far", "p50_so_far", "p90_so_far"]
RETREND = ["retrend_p10", "retrend_p50", "retrend_p90"]
QUANTILES = (0.1, 0.5, 0.9)
NO_CATEGORY = "(none)"

_Row = dict[Any, Any]


def launches(
    mine: pd.DataFrame, promises: Mapping[int, Promise], scenarios: Mapping[int, int], weekly: pd.DataFrame,
    courses: Mapping[str, Course], received: pd.DataFrame, today: date, pace: Pace,
) -> pd.DataFrame:  # fmt: skip
    """A row a launch, see `tracking.Tracking.launches`. mine: as `attached.attached`, what plans launch."""
    planned = {act: promise.items.set_index("item_id") for act, promise in promises.items()}
    arrived = received.groupby("item_id")["units"].sum()
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
            **{name: plan[name] for name in ("price", "cost", "loss", "leftover", "ad_spend", "opening_stock")},
            "lead_time_days": plan["lead_time_days"], "received": float(arrived.get(item, 0.0)),
            "profit_plan": plan["profit"],
        }  # fmt: skip
        one = courses.get(item)
        row |= (
            _waiting(plan, today, promises[act].window)
            if one is None
            else _selling(row, one, weekly[weekly["item_id"] == item], pace)
        )
        rows.append(row)
    return pd.DataFrame(rows)


def weeks(
    promises: Mapping[int, Promise], mine: pd.DataFrame, weekly: pd.DataFrame, courses: Mapping[str, Course]
) -> pd.DataFrame:
    """A row a launch and week of its window: item_id, week, plan_p10, plan_p50, plan_p90, plan_mean, what
    `actuals.actuals` gives (NaN where not seen; seen 0), short, retrend_p10, retrend_p50, retrend_p90, retrend_mean."""
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


def profit(row: Mapping[str, Any], one: Course, revenue: float, price: float, ads_spent: float) -> float:
    """Money that a launch is expected to bring, as the plan reckons it: sold at what was paid and will be, ads as
    planned or as spent where that is more, stock at cost, what is left over at its worth."""
    sold, to_come = float(one.sold.sum()), float(one.remaining.mean())
    bought = sold + to_come if np.isnan(one.stock) else one.stock
    left = max(bought - sold - to_come, 0.0)
    earned = revenue + price * to_come - row["loss"] * (sold + to_come) + row["leftover"] * row["cost"] * left
    return float(earned - row["cost"] * bought - max(row["ad_spend"], ads_spent))


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
    stars = float(np.average(weekly["rating"][rated], weights=reviews[rated])) if rated.any() else float("nan")
    return {
        "status": status, "why": why, "weeks_seen": float(one.seen.sum()), "sold": sold,
        **dict(zip(SO_FAR, map(float, np.quantile(one.expected, QUANTILES)), strict=True)),
        "level": one.retrended.level, "level_low": one.retrended.level_low, "level_high": one.retrended.level_high,
        **dict(zip(RETREND, map(float, one.retrended.total), strict=True)), "retrend_mean": one.retrended.total_mean,
        "price_now": now, "price_paid": paid, "revenue": revenue, "ads_spent": spent, "stock_left": one.stock_left,
        "reviews": float(reviews.sum()), "rating": stars, "views": float(weekly["views"].sum()),
        "profit_now": profit(row, one, revenue, now, spent),
    }  # fmt: skip


def _waiting(plan: _Row, today: date, window: int) -> _Row:
    """The same of one that has not sold anything: as planned, or late; nothing is expected once its window is over."""
    week: date = plan["launch_week"].date()
    late = week + timedelta(weeks=1) <= today
    why = f"Planned for the week of {week:%d %b %Y}"
    if late:
        why += f"; by {today - timedelta(days=1):%d %b %Y} none of it was sold."
    else:
        why += ", which has begun." if week <= today else "."
    if week + timedelta(weeks=window) <= today:
        lost = (1 - plan["leftover"]) * plan["cost"] * plan["opening_stock"] + plan["ad_spend"]
        plan = plan | dict.fromkeys(UNITS, 0.0) | {"profit": -lost}
    return {
        "status": "late" if late else "coming", "why": why, "weeks_seen": 0.0, "sold": 0.0,
        **dict.fromkeys(SO_FAR, 0.0), "level": np.nan, "level_low": np.nan, "level_high": np.nan,
        **dict(zip(RETREND, (plan["p10"], plan["p50"], plan["p90"]), strict=True)), "retrend_mean": plan["mean"],
        "price_now": plan["price"], "price_paid": np.nan, "revenue": 0.0, "ads_spent": 0.0,
        "stock_left": float(plan["opening_stock"]), "reviews": 0.0, "rating": np.nan, "views": 0.0,
        "profit_now": plan["profit"],
    }  # fmt: skip
