"""Wishes in words: for comparisons, the workbook and the printed page."""

from dataclasses import fields
from datetime import date

from core.plans.wishes import Wishes

__all__ = ["LABELS", "label", "said", "told"]

LABELS = {
    "objective": "Aim",
    "blend": "Part of revenue in the blend",
    "launches": "Items at most",
    "least": "Items at least",
    "categories": "Items by category",
    "week_capacity": "Launches a week at most",
    "capacities": "Launches in single weeks",
    "blackout": "Weeks without launches",
    "stock_budget": "Budget for opening stock",
    "ads_budget": "Budget for ads",
    "must": "Must be launched",
    "must_not": "Must not be launched",
    "not_both": "Not both of",
    "together": "Only together",
    "spacing": "Weeks between similar items",
    "twins": "One of near twins at most",
    "min_margin": "Margin at least",
    "prices": "Prices",
    "ads": "Ads",
    "weeks": "Weeks",
    "stock_rule": "Opening stock",
    "target": "Target of the stock",
    "leftover": "Worth of what is left over",
    "risk": "Caution",
    "until": "Sales count until",
    "lead_times": "Keep to lead times",
}
SHARES = ("blend", "min_margin", "target", "leftover", "risk")
VALUES = {
    "keep": "as they are",
    "choose": "chosen by the plan",
    "usual": "as the shop usually spends",
    "earliest": "as early as can be",
    "best": "what earns most",
    "service": "a chance not to run out",
    "sell_through": "a share that is sold",
}


def told(wishes: Wishes) -> list[tuple[str, str]]:
    """Every wish: what it is about, and what is wished."""
    return [(label(one.name), said(one.name, getattr(wishes, one.name))) for one in fields(Wishes)]


def label(name: str) -> str:
    """A wish's name as people read it."""
    return LABELS.get(name) or name.replace("_", " ").capitalize()


def said(name: str, value: object) -> str:
    """The value of a wish as people read it."""
    if name == "categories" and isinstance(value, tuple):
        return "; ".join(_range(*one) for one in value) or "none"
    if name in SHARES and isinstance(value, int | float):
        return f"{value:.0%}"
    return _said(value)


def _range(category: str, least: int, most: int | None) -> str:
    return f"{category}: {least} or more" if most is None else f"{category}: {least} to {most}"


def _said(value: object) -> str:
    if value is None:
        return "no limit"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return f"{value:%d %b %Y}"
    if isinstance(value, tuple):
        parts = (" + ".join(map(_said, one)) if isinstance(one, tuple) else _said(one) for one in value)
        return "; ".join(parts) or "none"
    if isinstance(value, int | float):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return VALUES.get(str(value), str(value))
