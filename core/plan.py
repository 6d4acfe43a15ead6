"""The launch plan: which of the new items, in which week, ranked by what they are worth.

Objectives, of an item launched in a week:

    profit       expected units that the stock can serve x (price - cost)
    revenue      expected units that the stock can serve x price
    preference   sum_i r_ij p_j: expected buyers x price, the plain objective of the literature
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from core.errors import DebutError
from core.outlook import Outlook

__all__ = ["COLUMNS", "OBJECTIVES", "Objective", "Plan", "Wishes", "choose", "plan", "rank"]

Objective = Literal["profit", "revenue", "preference"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
COLUMNS = [
    *("rank", "item_id", "title", "category", "launch", "launch_week", "price", "cost"),
    *("units_p10", "units_p50", "units_p90", "units_mean", "revenue", "profit", "preference", "buyers"),
    *("like_items", "reason", "assumed"),
]
LIKE_ITEMS_NAMED = 2


@dataclass(frozen=True)
class Wishes:
    """What the merchandiser asks of the plan."""

    objective: Objective = "profit"
    launches: int = 20
    """How many items at most; fewer where the rest would lose money."""
    best_week: bool = False
    """Launch each item in the best week of its window instead of the earliest."""


@dataclass(frozen=True)
class Plan:
    """Ranked items; `table` holds the columns of the exported CSV."""

    wishes: Wishes
    table: pd.DataFrame
    """One row an item, best first, in COLUMNS; money in the shop's currency, `preference` a share 0 to 1."""

    @property
    def launched(self) -> pd.DataFrame:
        """The rows that are launched."""
        return self.table[self.table["launch"] == "yes"]


def plan(outlook: Outlook, wishes: Wishes) -> Plan:
    """Rank the outlook's items and choose the best that earn money; ties go by item_id.

    Raises DebutError where preference is asked for and no customer is known.
    """
    return choose(rank(outlook, wishes.objective, wishes.best_week), wishes)


def rank(outlook: Outlook, objective: Objective, best_week: bool) -> pd.DataFrame:
    """One row an item, in its earliest week or its best, the most worth under the objective first.

    Raises DebutError where preference is asked for and no customer is known.
    """
    if objective == "preference" and outlook.appeal["buyers"].isna().all():
        raise DebutError(
            "The preference of customers is unknown: the sales name no customers, or too few bought launches. "
            "Rank by expected profit or revenue instead."
        )
    within = ["worth", "launch_week"] if best_week else ["launch_week"]
    rising = [False, True] if best_week else [True]
    rows = _valued(outlook, objective)
    one = rows.sort_values(["item_id", *within], ascending=[True, *rising]).groupby("item_id").head(1)
    ranked = one.sort_values(["worth", "item_id"], ascending=[False, True], na_position="last")
    like = ranked["item_id"].map(outlook.like_titles(LIKE_ITEMS_NAMED)).astype(object).fillna("")
    return ranked.assign(rank=np.arange(1, len(ranked) + 1), like_items=like).reset_index(drop=True)


def choose(ranked: pd.DataFrame, wishes: Wishes) -> Plan:
    """Launch the best of what `rank` has ranked."""
    gains = (ranked["worth"] > 0) & (ranked["profit"] > 0) & ~ranked["late"]
    launch = np.where(gains & (gains.cumsum() <= wishes.launches), "yes", "no")
    columns = ("like_items", "price", "cost", "worth", "late")
    priced = ranked["priced"] if "priced" in ranked else [""] * len(ranked)
    rows = zip(launch, *(ranked[name] for name in columns), strict=True)
    reasons = [f"{_reason(*row)}; {how}" if how else _reason(*row) for row, how in zip(rows, priced, strict=True)]
    return Plan(wishes, ranked.assign(launch=launch, reason=reasons)[COLUMNS])


def _valued(outlook: Outlook, objective: Objective) -> pd.DataFrame:
    """Every item in every launch week with its units, money, and `worth` under the objective."""
    names = {"p10": "units_p10", "p50": "units_p50", "p90": "units_p90", "mean": "units_mean"}
    rows = outlook.totals.rename(columns=names).merge(outlook.items, on="item_id", validate="m:1")
    rows = rows.merge(outlook.appeal, on="item_id", validate="m:1")
    rows = rows.merge(outlook.served(), on=["item_id", "launch_week"], validate="1:1")
    sold = (rows["units_mean"] * rows["served"]).clip(upper=rows["max_stock"].astype(float).fillna(np.inf))
    rows["revenue"] = sold * rows["price"]
    rows["profit"] = sold * (rows["price"] - rows["cost"])
    rows["worth"] = rows["buyers"] * rows["price"] if objective == "preference" else rows[objective]
    return rows


def _reason(launch: str, like_items: str, price: float, cost: float, worth: float, late: bool) -> str:
    """Why an item stands where it stands, in a sentence."""
    lean = f"sells like {like_items}" if like_items else "no like item, so the average launch counts"
    if launch == "yes":
        return lean[0].upper() + lean[1:]
    if late:
        return f"Its launch window has passed; {lean}"
    if price <= cost:
        return f"Its price does not cover its cost; {lean}"
    if worth <= 0:
        return f"Nothing is expected of it; {lean}"
    return f"Ranks below the last one launched; {lean}"
