"""What was typed into the grid and is not kept yet, item by item, and the decisions that it asks for.

The grid's frame stays the same while it is typed into (see streamlit#7749): edits lie over it. When there is another
plan, or other rows, they lie over those instead.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from core.plans.overrides import Override
from core.scenario.acts import FIXED, Scenario

__all__ = ["COLUMNS", "LOCK", "Asked", "asked", "merged", "words"]

COLUMNS = {
    "launches": "launch",
    "launch_week": "week",
    "price": "price",
    "ad_spend": "ad_spend",
    "opening_stock": "stock",
}
"""Column of the grid that can be typed into, and what of an `Override` it fixes."""
LOCK = "locked"
THINGS = {"launch": "launch", "week": "week", "price": "price", "ad_spend": "ads", "stock": "stock"}

Cell = Any  # a bool, a number, a date or its text
Row = dict[Any, Any]
Edits = dict[str, dict[str, Any]]
"""item_id to column to what was typed; None: emptied."""


@dataclass(frozen=True)
class Asked:
    """What edits come to."""

    fixed: tuple[Override, ...] = ()
    """Without reason yet."""
    released: tuple[str, ...] = ()
    """item_ids that are left to the plan again."""
    emptied: tuple[tuple[str, str], ...] = field(default=())
    """Things of items that are left to the plan again."""

    @property
    def items(self) -> set[str]:
        """Of which anything changes."""
        return {one.item_id for one in self.fixed} | set(self.released) | {item for item, _ in self.emptied}


def merged(before: Edits, rows: list[str], edited: dict[Any, dict[str, Any]]) -> Edits:
    """Edits with those of the grid on top. rows: item_ids as the grid lists them; edited: row number to its cells."""
    out = {item: dict(values) for item, values in before.items()}
    for at, values in edited.items():
        if int(at) < len(rows):
            out.setdefault(rows[int(at)], {}).update(values)
    return out


def asked(edits: Edits, table: pd.DataFrame, scenario: Scenario) -> Asked:
    """The decisions. table: of the plan. What was typed back to what it was asks for nothing."""
    own = {one.item_id: one for one in scenario.overrides}
    fixed, released, emptied = [], [], []
    rows = {str(row["item_id"]): row for row in table.to_dict("records")}
    for item, values in edits.items():
        if item not in rows:
            continue
        row = rows[item]
        if values.get(LOCK) is False and item in own:
            released.append(item)
            continue
        made = _locked(item, row) if values.get(LOCK) is True and item not in own else Override(item)
        for column, thing in COLUMNS.items():
            if column not in values:
                continue
            value = values[column]
            if value is None:
                if item in own and getattr(own[item], thing) is not None:
                    emptied.append((item, thing))
            elif _apart(column, value, row):
                made = _with(made, thing, value)
        if any(getattr(made, thing) is not None for thing in FIXED):
            fixed.append(made)
    return Asked(tuple(fixed), tuple(released), tuple(emptied))


def words(asked: Asked, titles: dict[str, str]) -> list[str]:
    """Each decision in words, for the person to check."""
    out = []
    for one in asked.fixed:
        parts = [_told(thing, getattr(one, thing)) for thing in FIXED if getattr(one, thing) is not None]
        out.append(f"{titles.get(one.item_id, one.item_id)}: {', '.join(parts)}")
    out += [f"{titles.get(item, item)}: left to the plan again" for item in asked.released]
    out += [f"{titles.get(item, item)}: {THINGS[thing]} left to the plan again" for item, thing in asked.emptied]
    return out


def _locked(item: str, row: Row) -> Override:
    """All that the plan has for an item, fixed; of one that is left out, that it is left out."""
    if row["launch"] != "yes":
        return Override(item, launch=False)
    return Override(
        item,
        True,
        row["launch_week"].date(),
        float(row["price"]),
        round(float(row["ad_spend"]), 2),
        int(row["opening_stock"]),
    )


def _apart(column: str, value: Cell, row: Row) -> bool:
    if column == "launches":
        return bool(value) != (row["launch"] == "yes")
    if column == "launch_week":
        return pd.Timestamp(value) != row["launch_week"]
    return abs(float(value) - float(row[column])) >= (0.5 if column == "opening_stock" else 0.005)


def _with(made: Override, thing: str, value: Cell) -> Override:
    """With what was typed for one thing."""
    if thing == "launch":
        return replace(made, launch=bool(value))
    if thing == "week":
        return replace(made, week=pd.Timestamp(value).date())
    if thing == "price":
        return replace(made, price=float(value))
    return replace(made, stock=round(float(value))) if thing == "stock" else replace(made, ad_spend=float(value))


def _told(thing: str, value: Cell) -> str:
    if thing == "launch":
        return "launch" if value else "no launch"
    if thing == "week":
        return f"week of {value:%-d %b %Y}"
    return f"{THINGS[thing]} {value:,.2f}" if thing in ("price", "ad_spend") else f"{THINGS[thing]} {value:,}"
