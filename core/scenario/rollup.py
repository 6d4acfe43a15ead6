"""A plan summed by category and by week, against its budgets."""

from dataclasses import dataclass

import pandas as pd

from core.plans.wishes import Wishes

__all__ = ["SUMS", "Rollup", "rollup"]

SUMS = {
    "launches": "launches",
    "units": "units_sold",
    "revenue": "revenue",
    "profit": "profit",
    "stock_money": "stock_money",
    "ad_money": "ad_spend",
}
"""Column of a roll-up to the plan's column that it sums."""
NO_CATEGORY = "no category"


@dataclass(frozen=True)
class Rollup:
    """Sums of the items that are launched, each in whole with its launch."""

    categories: pd.DataFrame
    """category, SUMS, at_least, at_most (NaN: no limit), held (whether the limits are), most profit first."""
    weeks: pd.DataFrame
    """week (Monday), SUMS, capacity (NaN: no limit; 0: blackout), held; every week between the first and the last."""
    budgets: pd.DataFrame
    """what (words), used, limit (NaN: none), share (used of the limit), left."""


def rollup(table: pd.DataFrame, wishes: Wishes) -> Rollup:
    """The sums of a plan. table: `Plan.table`."""
    mine = table[table["launch"] == "yes"].assign(launches=1)
    return Rollup(_categories(mine, wishes), _weeks(mine, wishes), _budgets(mine, wishes))


def _categories(mine: pd.DataFrame, wishes: Wishes) -> pd.DataFrame:
    named = mine["category"].astype(object).where(mine["category"].notna(), NO_CATEGORY)
    frame = _summed(mine, named, "category").sort_values(["profit", "category"], ascending=[False, True])
    asked = [name for name, *_ in wishes.categories if name not in set(frame["category"])]
    if asked:  # a category of which nothing is launched may still be asked for
        none = pd.DataFrame({"category": asked}).assign(**dict.fromkeys(SUMS, 0.0))
        frame = pd.concat([frame, none], ignore_index=True) if len(frame) else none
    least = {name: float(low) for name, low, _ in wishes.categories}
    most = {name: float(high) for name, _, high in wishes.categories if high is not None}
    frame["at_least"], frame["at_most"] = (frame["category"].map(one).astype(float) for one in (least, most))
    low, high = frame["at_least"].fillna(0), frame["at_most"].fillna(float("inf"))
    return frame.assign(held=frame["launches"].between(low, high)).reset_index(drop=True)


def _weeks(mine: pd.DataFrame, wishes: Wishes) -> pd.DataFrame:
    when = pd.to_datetime(mine["launch_week"])
    frame = _summed(mine, when, "week")
    if len(frame):
        every = pd.date_range(frame["week"].min(), frame["week"].max(), freq="7D")
        frame = frame.set_index("week").reindex(every).fillna(0).rename_axis("week").reset_index()
    single = {pd.Timestamp(week): most for week, most in wishes.capacities}
    single |= dict.fromkeys(map(pd.Timestamp, wishes.blackout), 0)
    usual = float("nan") if wishes.week_capacity is None else wishes.week_capacity
    capacity = pd.Series([float(single.get(week, usual)) for week in frame["week"]], index=frame.index, dtype=float)
    return frame.assign(capacity=capacity, held=frame["launches"] <= capacity.fillna(float("inf")))


def _budgets(mine: pd.DataFrame, wishes: Wishes) -> pd.DataFrame:
    rows = [
        ("Items", float(len(mine)), wishes.launches),
        ("Opening stock", float(mine["stock_money"].sum()), wishes.stock_budget),
        ("Ads", float(mine["ad_spend"].sum()), wishes.ads_budget),
    ]
    frame = pd.DataFrame(rows, columns=["what", "used", "limit"]).astype({"limit": float})
    share = frame["used"] / frame["limit"].where(frame["limit"] > 0)
    return frame.assign(share=share, left=frame["limit"] - frame["used"])


def _summed(mine: pd.DataFrame, by: pd.Series, name: str) -> pd.DataFrame:
    values = mine[list(SUMS.values())].set_axis(list(SUMS), axis=1).astype(float)
    return values.groupby(by.rename(name)).sum().reset_index()
