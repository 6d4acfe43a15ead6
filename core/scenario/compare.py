"""Plans side by side: what they come to, which items they treat otherwise, and which wishes made them so."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import pandas as pd

from core.errors import DebutError
from core.plans.wishes import Wishes
from core.scenario.words import label, said

if TYPE_CHECKING:
    from core.plan import Plan

__all__ = ["THINGS", "TOTALS", "compare", "differences", "totals", "wishes_apart"]

TOTALS = {
    "launched": "Items launched",
    "units": "Units sold",
    "revenue": "Revenue",
    "profit": "Profit",
    "profit_low": "Profit, P10",
    "profit_high": "Profit, P90",
    "stock_money": "Money in opening stock",
    "ad_money": "Money for ads",
    "lost_units": "Units of demand lost",
    "left_units": "Units left over",
    "like_lost": "Margin that launches take from each other",
}
THINGS = {
    "launch": ("launch", 0.0),
    "launch_week": ("week", 0.0),
    "price": ("price", 0.005),
    "ad_spend": ("ads", 0.5),
    "opening_stock": ("stock", 0.5),
}
"""Columns that a plan decides: in words, and up to where a difference is none."""


def compare(plans: Mapping[str, "Plan"]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two frames, see `totals` and `differences`. plans: by the names of their scenarios.

    Raises DebutError where there are fewer than two.
    """
    if len(plans) < 2:
        raise DebutError("Choose two scenarios or more to compare.")
    return totals(plans), differences({name: plan.table for name, plan in plans.items()})


def totals(plans: Mapping[str, "Plan"]) -> pd.DataFrame:
    """A row a figure: what (words), then a column a scenario, then `name - first`: how far each is off the first."""
    values = {name: asdict(plan.totals) for name, plan in plans.items()}
    frame = pd.DataFrame({name: [float(one[key]) for key in TOTALS] for name, one in values.items()})
    first, *others = values
    for name in others:
        frame[f"{name} − {first}"] = frame[name] - frame[first]
    frame.insert(0, "what", list(TOTALS.values()))
    return frame


def differences(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Items that the plans treat otherwise: item_id, title, differs (words), then `thing · name` of each scenario.

    What an item costs, or is stocked with, matters only where it is launched; so two plans that both leave it out
    are the same. An item that one of them does not hold is one that it does not launch.
    """
    items = pd.concat([table[["item_id", "title"]] for table in tables.values()]).drop_duplicates("item_id")
    frame = items.sort_values("item_id").set_index("item_id")
    parts = {name: _decided(table).reindex(frame.index) for name, table in tables.items()}
    launched = pd.DataFrame({name: part["launch"].fillna("no") == "yes" for name, part in parts.items()})
    words = pd.Series("", index=frame.index)
    for column, (thing, slack) in THINGS.items():
        values = pd.DataFrame({name: part[column] for name, part in parts.items()})
        apart = launched.nunique(axis=1) > 1 if column == "launch" else _apart(values.where(launched), slack)
        words = words.where(~apart, words.str.cat([thing] * len(words), sep=", ").str.removeprefix(", "))
        for name in tables:
            shown = (
                launched[name].map({True: "yes", False: "no"})
                if column == "launch"
                else values[name].where(launched[name])
            )
            frame[f"{thing} · {name}"] = shown
    frame.insert(1, "differs", words)
    return frame[words != ""].reset_index()


def wishes_apart(wishes: Mapping[str, Wishes]) -> pd.DataFrame:
    """Wishes in which scenarios differ, in words: setting, then a column a scenario."""
    rows = []
    for one in fields(Wishes):
        values = {name: getattr(wish, one.name) for name, wish in wishes.items()}
        if len({repr(value) for value in values.values()}) > 1:
            rows.append({"setting": label(one.name), **{name: said(one.name, value) for name, value in values.items()}})
    return pd.DataFrame(rows, columns=["setting", *wishes])


def _decided(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop_duplicates("item_id").set_index("item_id")[list(THINGS)]


def _apart(values: pd.DataFrame, slack: float) -> pd.Series:
    """Whether any two of the values that are there differ by more than `slack`."""
    if slack <= 0:
        return values.astype(str).where(values.notna()).nunique(axis=1) > 1
    numbers = values.astype(float)
    return numbers.max(axis=1) - numbers.min(axis=1) > slack
