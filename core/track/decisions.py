"""What each decision of a person has done to the profit, beside what the plan would have done without it.

At approval the plan is kept as it would have been had nothing been fixed by hand (`Promise.unforced`). For an item that
was launched, the units that it would have sold there are what it did want, times what the plan's own numbers say of
the other price, week and ads; what of it is sold, the stock there decides. Profit is as the plan counts it:

    (price - loss - leftover x cost) x sold - (1 - leftover) x cost x stock - ads

What a decision kept from being launched was never sold: it is counted and not valued.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.plans.overrides import Override
from core.scenario.approvals import Approved
from core.track.promise import Promise

__all__ = ["COLUMNS", "NAMES", "decisions", "profit"]

COLUMNS = [
    *("act", "item_id", "title", "category", "who", "reason", "kind", "chosen", "instead", "worth"),
    *("demand", "final", "words"),
]
NAMES = {
    "launch": "launched by hand",
    "stop": "kept from being launched",
    "stock": "stock",
    "price": "price",
    "week": "launch week",
    "ads": "money for ads",
    "several": "price, week or ads together",
}
MOVING = {"price": "price", "week": "week", "ad_spend": "ads"}
SAME = 1e-9
Row = dict[str, Any]
"""Of a table, by column."""


@dataclass(frozen=True)
class _At:
    """An item at a price, with ads and stock, and the units that are wanted there."""

    price: float
    ads: float
    stock: float
    demand: float


def profit(at: _At, cost: float, loss: float, leftover: float) -> float:
    """As the plan counts it."""
    sold = min(max(at.demand, 0.0), max(at.stock, 0.0))
    margin = at.price - loss - leftover * cost
    return float(margin * sold - (1 - leftover) * cost * at.stock - at.ads)


def decisions(items: pd.DataFrame, approved: dict[int, Approved], promises: dict[int, Promise]) -> pd.DataFrame:
    """A row a decision, see COLUMNS: who and why, what was chosen and what the plan would have, its worth in money
    (NaN: not to be told), the units wanted, whether the window is over, and words.

    items: act, item_id, title, category, demand, final of the launches that can be judged.
    """
    rows: list[dict[str, Any]] = []
    for act, one in approved.items():
        promise, mine = promises[act], items[items["act"] == act].set_index("item_id")
        for override in one.overrides:
            rows += _of(act, override, one.table, promise, mine)
    return pd.DataFrame(rows, columns=COLUMNS)


def _of(
    act: int, override: Override, table: pd.DataFrame, promise: Promise, items: pd.DataFrame
) -> list[dict[str, Any]]:
    """The rows of one override; none where its item cannot be judged yet."""
    base = {"act": act, "item_id": override.item_id, "who": override.who, "reason": override.reason}
    plan = _row(promise.unforced, override.item_id)
    if override.launch is False:
        return [base | _stopped(override, plan)]
    if override.item_id not in items.index:
        return []
    judged: Row = {str(name): value for name, value in items.loc[override.item_id].items()}
    base |= {name: judged[name] for name in ("title", "category", "demand", "final")}
    theirs, counted = _row(promise.items, override.item_id), _row(table, override.item_id)
    if plan is None or theirs is None or counted is None:
        return [base | _unknown(override)] if _fields(override) else []
    theirs["units_mean"] = counted["units_mean"]  # as the plan counts it: to the end of its window
    if plan["launch"] != "yes":
        return [base | _launched(override, theirs, float(judged["demand"]))]
    return [base | one for one in _changes(override, theirs, plan, float(judged["demand"]))]


def _fields(override: Override) -> list[str]:
    """What was fixed beside whether to launch."""
    return [name for name in ("stock", *MOVING) if getattr(override, name) is not None]


def _unknown(override: Override) -> dict[str, Any]:
    said = "What the plan would have done was not kept."
    kind = MOVING.get(name := _fields(override)[0], name)
    return {"kind": kind, "chosen": np.nan, "instead": np.nan, "worth": np.nan, "words": said}


def _stopped(override: Override, plan: Row | None) -> dict[str, Any]:
    given_up = plan is not None and plan["launch"] == "yes"
    said = (
        f"The plan expected {plan['profit']:,.0f} of it; what it would have sold nobody knows."
        if given_up and plan is not None
        else "The plan would not have launched it either."
    )
    return {
        **{"title": plan["title"] if plan is not None else override.item_id, "kind": "stop", "chosen": np.nan},
        **{"category": plan["category"] if plan is not None else None, "instead": np.nan, "demand": np.nan},
        **{"worth": np.nan if given_up else 0.0, "final": False, "words": said},
    }


def _launched(override: Override, theirs: Row, demand: float) -> dict[str, Any]:
    """One that the plan would not have launched: all of its profit is the person's."""
    at = _here(theirs, demand)
    worth = profit(at, *_money(theirs))
    said = f"The plan would not have launched it; {demand:,.0f} are wanted of it in its window."
    kind = "launch" if override.launch else "several"
    return {"kind": kind, "chosen": at.stock, "instead": 0.0, "worth": worth, "words": said}


def _changes(override: Override, theirs: Row, plan: Row, demand: float) -> list[dict[str, Any]]:
    """Of an item that is launched either way: what stock did, and what the rest."""
    fields, money = _fields(override), _money(theirs)
    here = _here(theirs, demand)
    moved = float(plan["units_mean"]) / max(float(theirs["units_mean"]), SAME)
    stock = float(plan["opening_stock"])
    there = _At(float(plan["price"]), float(plan["ad_spend"]), stock, demand * moved)
    rows = []
    rest = [name for name in fields if name != "stock"]
    if "stock" in fields:
        as_planned = _At(here.price, here.ads, stock, demand)
        worth = profit(here, *money) - profit(as_planned, *money)
        said = f"{here.stock:,.0f} ordered, where the plan had {stock:,.0f}; {demand:,.0f} are wanted."
        rows.append({"kind": "stock", "chosen": here.stock, "instead": stock, "worth": worth, "words": said})
        here = as_planned
    if rest:
        kind = MOVING[rest[0]] if len(rest) == 1 else "several"
        worth = profit(here, *money) - profit(there, *money)
        chosen, instead = _values(rest, theirs, plan)
        rows.append({"kind": kind, "chosen": chosen, "instead": instead, "worth": worth, "words": _said(moved, demand)})
    if override.launch and not fields:
        said = "The plan would have launched it, too."
        rows.append({"kind": "launch", "chosen": np.nan, "instead": np.nan, "worth": 0.0, "words": said})
    return rows


def _said(moved: float, demand: float) -> str:
    return f"{demand:,.0f} are wanted; at what the plan had, its numbers say {demand * moved:,.0f}."


def _values(rest: list[str], theirs: Row, plan: Row) -> tuple[float, float]:
    """What was chosen and what the plan had, as a number; weeks are told by how many lie between."""
    name = rest[0]
    if len(rest) > 1:
        return np.nan, np.nan
    if name == "week":
        return float((pd.Timestamp(theirs["launch_week"]) - pd.Timestamp(plan["launch_week"])).days / 7), 0.0
    return float(theirs[name]), float(plan[name])


def _here(theirs: Row, demand: float) -> _At:
    return _At(float(theirs["price"]), float(theirs["ad_spend"]), float(theirs["opening_stock"]), demand)


def _money(row: Row) -> tuple[float, float, float]:
    """cost, loss, leftover."""
    return float(row["cost"]), float(row["loss"]), float(row["leftover"])


def _row(table: pd.DataFrame | None, item_id: str) -> Row | None:
    if table is None:
        return None
    found = table[table["item_id"] == item_id]
    return None if found.empty else {str(name): value for name, value in found.iloc[0].items()}
