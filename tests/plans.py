"""A small plan and its outlook, made by hand, for tests of what is done with a plan: no forecast, no optimisation."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.outlook import Outlook
from core.plan import Totals
from core.plans.wishes import Wishes

CHANNELS = ["search", "social"]
WEEKS = 8
FIRST = pd.Timestamp("2026-01-05")  # a Monday
TITLES = ["Fox mug", "=Hare cup", "Owl lamp <b>", "Plain rug", "Late bowl", "Cheap tray"]


@dataclass(frozen=True)
class Planned:
    """As `core.plan.Plan`, as far as sheets and scenarios look at it."""

    wishes: Wishes
    table: pd.DataFrame
    totals: Totals
    channels: list[str]


def items() -> pd.DataFrame:
    """The sheet of six items: one late, one sold below its cost, one with an assumed cost, one with a lead time."""
    count = len(TITLES)
    return pd.DataFrame(
        {
            "item_id": [f"N-{at}" for at in range(1, count + 1)],
            "title": TITLES,
            "text": TITLES,
            "category": ["Kitchen", "Kitchen", "Living", None, "Kitchen", "Living"],
            "brand": ["Oak", "Oak", None, "Elm", "Elm", "Elm"],
            "price": [10.0, 12.5, 30.0, 80.0, 15.0, 5.0],
            "cost": [4.0, 5.0, 12.0, 50.0, 7.0, 6.0],
            "price_min": [8.0, np.nan, np.nan, np.nan, np.nan, np.nan],
            "price_max": [12.0, np.nan, np.nan, np.nan, np.nan, np.nan],
            "earliest_launch": pd.NaT,
            "latest_launch": pd.NaT,
            "max_stock": pd.array([40, None, None, None, None, None], dtype="Int64"),
            "lead_time_days": pd.array([14, 30, None, 7, 7, 7], dtype="Int64"),
            "assumed": ["", "", "cost (the shop's usual share)", "", "", ""],
            "late": [False, False, False, False, True, False],
        }
    )


def table() -> pd.DataFrame:
    """The plan: three items launched, three not."""
    sheet = items()
    launched = np.array([True, True, True, False, False, False])
    mean = np.array([42.0, 30.0, 12.0, 5.0, 8.0, 3.0])
    stock = np.array([40, 30, 12, 0, 0, 0])
    ads = np.array([20.0, 10.0, 0.0, 0.0, 0.0, 0.0])
    sold = np.minimum(mean * 0.9, stock)
    profit = np.where(launched, sold * sheet["price"] - stock * sheet["cost"] - ads, 0.0)
    return pd.DataFrame(
        {
            "rank": range(1, 7),
            "item_id": sheet["item_id"],
            "title": sheet["title"],
            "launch": np.where(launched, "yes", "no"),
            "launch_week": [FIRST + pd.Timedelta(weeks=week) for week in (0, 0, 2, 0, 0, 0)],
            "price": sheet["price"],
            "price_low": sheet["price"] * 0.95,
            "price_high": sheet["price"] * 1.05,
            "units_p10": mean * 0.5,
            "units_p50": mean * 0.9,
            "units_p90": mean * np.array([1.5, 1.5, 9.0, 1.5, 1.5, 1.5]),
            "revenue": sold * sheet["price"],
            "profit": profit,
            "preference": [0.1, 0.08, np.nan, 0.02, 0.02, 0.01],
            "audience_size": [50, 40, 20, 10, 10, 10],
            "ad_spend": ads,
            "ad_search": ads * 0.75,
            "ad_social": ads * 0.25,
            "opening_stock": stock,
            "service_level": [0.6, 0.7, 0.7, 0.0, 0.0, 0.0],
            "like_items": "Old mug",
            "reason": ["Sells like Old mug", "+1 of many", "Sells <i>well</i>", "Too dear", "Late", "Loses money"],
            "override_reason": ["", "", "the buyer wants it", "", "", ""],
            "category": sheet["category"],
            "cost": sheet["cost"],
            "units_mean": mean,
            "units_sold": np.where(launched, sold, 0.0),
            "stock_money": stock * sheet["cost"],
            "lost_units": np.where(launched, mean - sold, 0.0),
            "left_units": stock - np.where(launched, sold, 0.0),
            "run_out": [0.4, 0.3, 0.3, 1.0, 1.0, 1.0],
            "profit_p10": profit * 0.4,
            "profit_p90": profit * 1.4,
            "misses_by": [np.nan, np.nan, np.nan, 50.0, 20.0, 10.0],
            "buyers": mean * 0.8,
            "assumed": sheet["assumed"],
        }
    )


def plan(wishes: Wishes | None = None, frame: pd.DataFrame | None = None) -> Planned:
    """The plan with its totals."""
    frame = table() if frame is None else frame
    mine = frame[frame["launch"] == "yes"]
    sums = mine[["units_sold", "revenue", "profit", "profit_p10", "profit_p90"]].sum()
    costs = mine[["stock_money", "ad_spend", "lost_units", "left_units"]].sum()
    return Planned(wishes or Wishes(), frame, Totals(len(mine), *map(float, sums), *map(float, costs), 0.0), CHANNELS)


def outlook() -> Outlook:
    """What it was made of: like items of all but one; one has none that is near."""
    sheet = items()
    like = pd.DataFrame(
        {
            "item_id": ["N-1", "N-2", "N-4", "N-5", "N-6"],
            "place": 1,
            "product_id": "P-1",
            "title": "Old mug",
            "similarity": [0.8, 0.7, 0.2, 0.6, 0.6],
            "weight": 1.0,
            "units": 20.0,
        }
    )
    nothing = pd.DataFrame({"item_id": [], "launch_week": [], "week": [], "p10": [], "p50": [], "p90": [], "mean": []})
    appeal = pd.DataFrame({"item_id": sheet["item_id"], "preference": 0.1, "buyers": 5.0})
    return Outlook("key", WEEKS, sheet, nothing, like, appeal)
