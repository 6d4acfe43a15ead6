"""The columns of the exported plan: what each holds, and how it is written."""

from typing import Literal

import pandas as pd

from core.export import to_csv

__all__ = ["DESCRIPTIONS", "KINDS", "Kind", "described", "kind_of", "plan_csv"]

Kind = Literal["text", "whole", "money", "share", "date", "units"]

DESCRIPTIONS = {
    "rank": "Place in the plan: 1 is the launched item that is worth most, then those that are not launched",
    "item_id": "Code of the item, as in the sheet of new items",
    "title": "Name of the item",
    "launch": "yes or no",
    "launch_week": "Monday of the week in which it is launched, or would best be",
    "price": "Price per unit, in the shop's currency",
    "price_low": "Lowest price whose expected profit lies within 2 % of the best",
    "price_high": "Highest such price",
    "units_p10": "Units wanted in the launch window; one launch in ten sells less",
    "units_p50": "The same: as many launches sell less as sell more",
    "units_p90": "The same: one launch in ten sells more",
    "revenue": "Expected revenue in the launch window, from what the opening stock serves",
    "profit": "Expected profit in the launch window: revenue, less the stock at cost (what is left over counted at its "
    "worth), less ads, less the margin that items on sale lose to it",
    "preference": "Mean probability that an active customer buys it, 0 to 1; empty where customers are unknown",
    "audience_size": "The fewest customers among whom half of its expected buyers are; empty where unknown",
    "ad_spend": "Money for ads in the launch window, all channels together",
    "ad_": "Of that, on this channel",
    "opening_stock": "Units to buy before the launch",
    "service_level": "Chance that the opening stock serves everybody who wants the item, 0 to 1",
    "like_items": "Earlier items that the forecast leans on most",
    "reason": "Why the item is in the plan, is not, or is in that week",
    "override_reason": "Why a person decided otherwise; empty where the plan decided",
    "category": "Category of the item",
    "cost": "Cost per unit",
    "units_mean": "Expected units wanted in the launch window",
    "units_sold": "Expected units sold of the opening stock",
    "stock_money": "Opening stock at cost",
    "lost_units": "Expected units wanted beyond the opening stock",
    "left_units": "Expected units of it left over after the window",
    "run_out": "Chance that the opening stock does not suffice, 0 to 1",
    "profit_p10": "Profit that one launch in ten stays below",
    "profit_p90": "Profit that one launch in ten exceeds",
    "misses_by": "Of an item that is left out: how much more it would have to be worth for a place in the plan",
    "buyers": "Expected number of active customers who buy it",
    "assumed": "What the sheet did not say and had to be assumed",
}
"""Column to what it holds; `ad_` stands for a column of each channel."""

KINDS: dict[Kind, tuple[str, ...]] = {
    "text": ("item_id", "title", "launch", "like_items", "reason", "override_reason", "category", "assumed"),
    "whole": ("rank", "audience_size", "opening_stock"),
    "share": ("preference", "service_level", "run_out"),
    "date": ("launch_week",),
    "units": ("units_p10", "units_p50", "units_p90", "units_mean", "units_sold", "lost_units", "left_units", "buyers"),
}
"""How columns are written; every other is money."""


def kind_of(name: str) -> Kind:
    """How a column of the plan is written."""
    return next((kind for kind, names in KINDS.items() if name in names), "money")


def described(columns: list[str]) -> pd.DataFrame:
    """column, what it holds: of the plan's columns, in their order."""
    words = [DESCRIPTIONS.get(name) or f"{DESCRIPTIONS['ad_']}: {name.removeprefix('ad_')}" for name in columns]
    return pd.DataFrame({"column": columns, "what it holds": words})


def plan_csv(table: pd.DataFrame) -> bytes:
    """The plan as CSV: UTF-8, dates ISO, decimal points, cells that would be formulas made harmless."""
    return to_csv(table)
