"""What needs a look before a plan goes out: items of which something is missing, odd or against the rules."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core.outlook import Outlook
from core.prices import rules
from core.prices.kept_rules import Policy
from core.prices.rules import Facts

__all__ = ["KINDS", "Kind", "exceptions"]

WIDE = 1.5  # times the usual ratio of P90 to P10, from which a band is wide
UNLIKE = 0.35  # cosine of the nearest like item, below which there is none to go by
OWN_RULES = ("margin", "bounds", "change")  # rules that look at nothing but the item itself


@dataclass(frozen=True)
class Kind:
    """A reason to look at an item."""

    label: str
    """As it is filtered by."""
    do: str
    """What to do about it."""


KINDS = {
    "late": Kind("Window has passed", "Give it a later latest launch in the sheet, or take it out."),
    "cost": Kind("Price below cost", "Raise its price on Pricing, or agree on a lower cost."),
    "order": Kind("Order is late", "Launch it later, or find a faster delivery."),
    "rules": Kind("Price against the rules", "Choose another price, or change the rule on Pricing."),
    "missing": Kind("Data missing", "Fill it in on the sheet of new items and load that again."),
    "unlike": Kind("No like item", "Choose items like it on Like items; until then the average launch counts."),
    "wide": Kind("Wide band", "Look at its like items; launch it with a small first buy."),
    "stock": Kind("Stock at the sheet's limit", "Ask for more pieces; what it would sell beyond them is lost."),
    "fixed": Kind("Fixed by hand", "Look whether the reason still holds."),
}
"""The most pressing first."""


def exceptions(
    outlook: Outlook, table: pd.DataFrame, policy: Policy | None = None, today: date | None = None
) -> pd.DataFrame:
    """item_id, title, launch, kind (of KINDS), what (its label), words, do: a row an item and reason, pressing first.

    outlook, table: what a plan was made of, and `Plan.table`. policy: the price rules; None: they are not looked at.
    today: from when orders can be placed; None: lead times are not looked at.
    """
    sheet = outlook.at_sheet.items
    planned = dict(zip(sheet["item_id"], sheet["price"].astype(float), strict=True))
    rows = table.merge(outlook.items[_missing(outlook.items, table)], on="item_id", how="left")
    band = _bands(table)
    usual = float(np.median(band)) if len(band) else 1.0
    nearest = outlook.like.groupby("item_id")["similarity"].max().to_dict()
    found: list[tuple[str, str, str]] = []
    for at, row in enumerate(rows.to_dict("records")):
        item = str(row["item_id"])
        if item not in planned:
            continue
        found += [(item, *one) for one in _of_sheet(row, today)]
        found += [(item, *one) for one in _of_forecast(float(band[at]), usual, float(nearest.get(item, 0.0)))]
        found += [(item, "rules", words) for words in _of_rules(row, planned[item], policy)]
    frame = pd.DataFrame(found, columns=["item_id", "kind", "words"])
    frame = table[["item_id", "title", "launch"]].merge(frame, on="item_id", validate="1:m")
    frame["what"], frame["do"] = (
        frame["kind"].map({k: getattr(v, n) for k, v in KINDS.items()}) for n in ("label", "do")
    )
    order = frame["kind"].map({name: place for place, name in enumerate(KINDS)}).to_numpy()
    first = np.lexsort((order, frame["launch"] != "yes"))
    return frame.iloc[first][["item_id", "title", "launch", "kind", "what", "words", "do"]].reset_index(drop=True)


def _missing(items: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """Columns of the sheet that the plan's table does not have."""
    wanted = ("late", "max_stock", "lead_time_days", "latest_launch", "price_min", "price_max", "assumed", "cost")
    return ["item_id", *(name for name in wanted if name in items and name not in table)]


def _bands(table: pd.DataFrame) -> np.ndarray:
    """(n,) P90 to P10 of each item, one unit added to both, as P10 may be none."""
    high, low = (table[name].to_numpy(dtype=float) for name in ("units_p90", "units_p10"))
    return (high + 1) / (low + 1)


def _of_sheet(row: dict[Any, Any], today: date | None) -> list[tuple[str, str]]:
    """What the sheet says or leaves out."""
    found, launched = [], row["launch"] == "yes"
    if row.get("late") is True or row.get("late") == np.True_:
        found.append(("late", "Its latest launch lies before the first week that can still be planned."))
    if row["price"] <= row["cost"]:
        found.append(("cost", f"It sells at {row['price']:,.2f} and costs {row['cost']:,.2f}."))
    if row.get("assumed"):
        found.append(("missing", f"Assumed: {row['assumed']}."))
    if launched and today is not None and _known(row.get("lead_time_days")):
        order_by = pd.Timestamp(row["launch_week"]).date() - timedelta(days=int(row["lead_time_days"]))
        if order_by < today:
            found.append(("order", f"To be there in its week it had to be ordered by {order_by:%d %b %Y}."))
    if launched and _known(row.get("max_stock")) and row["opening_stock"] >= row["max_stock"] > 0:
        lost = f"; {row['lost_units']:,.0f} units of demand are lost" if row.get("lost_units", 0) >= 1 else ""
        found.append(("stock", f"All {row['max_stock']:,.0f} pieces that can be bought are planned{lost}."))
    if row.get("override_reason"):
        found.append(("fixed", str(row["override_reason"])))
    return found


def _of_forecast(band: float, usual: float, nearest: float) -> list[tuple[str, str]]:
    found = []
    if nearest <= 0:
        found.append(("unlike", "No earlier item is like it."))
    elif nearest < UNLIKE:
        found.append(("unlike", f"The nearest earlier item is only {nearest:.0%} like it."))
    if band > WIDE * usual:
        found.append(("wide", f"Its P90 is {band:,.1f} times its P10; {usual:,.1f} times is usual in this sheet."))
    return found


def _of_rules(row: dict[Any, Any], planned: float, policy: Policy | None) -> list[str]:
    """What the price rules would change, of those that look at the item alone."""
    if policy is None or not row["price"] > 0:
        return []
    price, limits = float(row["price"]), [row.get(name) for name in ("price_min", "price_max")]
    low, high = (one if one > 0 else None for one in pd.Series(limits, dtype=float).fillna(0.0).tolist())
    mine = tuple(rule for rule in policy.rules if rule.kind in OWN_RULES)
    made = rules.apply(
        mine, Facts(planned, float(row["cost"]), low, high), price, lambda prices: -np.abs(prices - price)
    )
    return [step.words for step in made.steps]


def _known(value: Any) -> bool:  # noqa: ANN401
    return value is not None and bool(pd.notna(value))
