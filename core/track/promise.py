"""The promise of a plan: what its launches were expected to sell when it was approved, kept with the approval.

Who is asked a year later how good the plan was finds the numbers that were believed then, beside what Debut would have
said without anybody's choices, and what the likest earlier items sold.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.errors import DebutError
from core.scenario.packing import packed, unpacked

if TYPE_CHECKING:
    from core.outlook import Outlook
    from core.plan import Plan
    from core.plans.surroundings import Surroundings

__all__ = ["USUAL_WINDOW", "Promise", "of_table", "promise"]

LIKE_ITEMS = 5
USUAL_WINDOW = 8  # weeks of a launch, where an older approval does not say
UNITS = ["p10", "p50", "p90", "mean"]
OF_TABLE = {"units_p10": "p10", "units_p50": "p50", "units_p90": "p90", "units_mean": "mean"}
FROM_PLAN = ["item_id", "title", "category", "launch_week", "price", "cost", "ad_spend", "opening_stock", "revenue"]
LEAST = 1e-9
BY_HAND = "like items or base demand changed by hand"


@dataclass(frozen=True)
class Promise:
    """What is expected of the launched items of one approved plan."""

    until: date
    """Last day of the data that it was made from."""
    window: int
    """Weeks of a launch."""
    items: pd.DataFrame
    """A row an item that the plan launches: item_id, title, category, launch_week, price, cost, ad_spend,
    opening_stock, revenue, profit, loss (margin that items on sale lose for a unit of it), leftover (worth of a unit
    left over, as a share of its cost), lead_time_days; p10, p50, p90, mean (units wanted in the window at the plan's
    price and ads), found_p50, found_mean (without a person's choice of like items or base demand), like_units (mean
    of the nearest like items in their own windows), typical (the shop's median launch), chosen (why somebody changed
    like items or base demand; '' where nobody did), chosen_by (who; '' where that was not said)."""
    weeks: pd.DataFrame
    """item_id, week (1..window), p10, p50, p90, mean."""
    unforced: pd.DataFrame | None = None
    """The plan's table under the same wishes without what was fixed by hand; None where nothing was, or it clashes."""
    guessed: bool = False
    """Whether the weeks are equal parts of the window, as the approval is older than promises."""

    def to_json(self) -> str:
        """Text that `from_json` reads."""
        unforced = None if self.unforced is None else packed(self.unforced)
        frames = {"items": packed(self.items), "weeks": packed(self.weeks), "unforced": unforced}
        return json.dumps({"until": self.until.isoformat(), "window": self.window, **frames})

    @classmethod
    def from_json(cls, text: str) -> "Promise":
        """A promise that was kept. Raises DebutError where it is damaged."""
        try:
            kept = json.loads(text)
            unforced = unpacked(kept["unforced"]) if kept["unforced"] else None
            until = date.fromisoformat(kept["until"])
            return cls(until, int(kept["window"]), unpacked(kept["items"]), unpacked(kept["weeks"]), unforced)
        except (ValueError, KeyError, TypeError) as error:
            raise DebutError(f"What an approved plan expected cannot be read ({error}).") from error


def promise(outlook: "Outlook", plan: "Plan", around: "Surroundings") -> Promise:
    """What a plan made from these expects. One more plan is made where something was fixed by hand."""
    table = plan.table[plan.table["launch"] == "yes"].reset_index(drop=True)
    counted = _counted(outlook, table, plan.wishes.until)
    table[list(OF_TABLE)] = table[list(OF_TABLE)].div(np.maximum(counted, LEAST), axis=0)
    base = outlook.at_sheet
    scale = _ratio(table["units_mean"], _totals(base.forecast, table)["mean"])
    as_found = base.as_found if len(base.as_found) else base.forecast
    found = _totals(as_found, table).mul(scale, axis=0)
    items = _items(table, plan.wishes.leftover).assign(
        lead_time_days=_lead_times(base, table["item_id"]),
        found_p50=found["p50"].to_numpy(),
        found_mean=found["mean"].to_numpy(),
        like_units=_like_units(base, table["item_id"]),
        typical=outlook.typical,
        chosen=[_note(base, item) for item in table["item_id"]],
        chosen_by=[_who(base, item) for item in table["item_id"]],
    )
    until = around.today - timedelta(days=1) if around.today else _before(table)
    return Promise(until, outlook.weeks, items, _weeks(base, table, scale), _unforced(outlook, plan, around))


def of_table(table: pd.DataFrame, leftover: float, window: int = USUAL_WINDOW) -> Promise:
    """What can be said of an approval without a promise: the totals of its table, the weeks as equal parts of them."""
    launched = table[table["launch"] == "yes"].reset_index(drop=True)
    items = _items(launched, leftover)
    items = items.assign(
        lead_time_days=np.nan, found_p50=items["p50"], found_mean=items["mean"], like_units=np.nan, typical=np.nan,
        chosen="", chosen_by="",
    )  # fmt: skip
    weeks = items.loc[items.index.repeat(window), ["item_id", *UNITS]].reset_index(drop=True)
    weeks[UNITS] = weeks[UNITS] / window
    weeks.insert(1, "week", np.tile(np.arange(1, window + 1), len(items)))
    return Promise(_before(table), window, items, weeks, None, True)


def _items(launched: pd.DataFrame, leftover: float) -> pd.DataFrame:
    """The columns that stand in the plan's table, and the loss a unit that its profit implies.

    profit = (price - loss - leftover x cost) x sold - (1 - leftover) x cost x stock - ads, see `plans.options.money`.
    """
    items = launched[[*FROM_PLAN, "profit"]].assign(
        leftover=leftover, **{to: launched[name] for name, to in OF_TABLE.items()}
    )
    sold = items["revenue"] / items["price"].where(items["price"] > 0)
    bound = (1 - leftover) * items["cost"] * items["opening_stock"] + items["ad_spend"]
    loss = items["price"] - leftover * items["cost"] - (items["profit"] + bound) / sold.where(sold > 0)
    return items.assign(loss=loss.fillna(0.0).clip(lower=0.0).round(6))


def _totals(forecast: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """p10, p50, p90, mean of the window of each row's launch week; a row each."""
    whole = forecast[forecast["week"] == 0].set_index(["item_id", "launch_week"])[UNITS]
    return whole.reindex(pd.MultiIndex.from_frame(table[["item_id", "launch_week"]])).reset_index(drop=True)


def _weeks(base: "Outlook", table: pd.DataFrame, scale: np.ndarray) -> pd.DataFrame:
    """The weeks of each row's launch week, at the plan's price and ads."""
    by = table[["item_id", "launch_week"]].assign(scale=scale, place=np.arange(len(table)))
    weeks = base.forecast[base.forecast["week"] > 0].merge(by, on=["item_id", "launch_week"])
    weeks[UNITS] = weeks[UNITS].mul(weeks["scale"], axis=0)
    return weeks.sort_values(["place", "week"])[["item_id", "week", *UNITS]].reset_index(drop=True)


def _ratio(new: pd.Series, old: pd.Series) -> np.ndarray:
    return np.divide(new.to_numpy(float), old.to_numpy(float), out=np.ones(len(new)), where=old.to_numpy(float) > 0)


def _counted(outlook: "Outlook", table: pd.DataFrame, until: date | None) -> np.ndarray:
    """(n,) share of each window that the plan counted: sales after its end do not count in it, but they are tracked."""
    if until is None:
        return np.ones(len(table))
    weeks = _weeks(outlook.at_sheet, table, np.ones(len(table)))
    means = weeks["mean"].to_numpy(float).reshape(len(table), outlook.weeks)
    days = (pd.Timestamp(until) - table["launch_week"]).dt.days.to_numpy() + 1
    part = np.clip(days[:, None] / 7 - np.arange(outlook.weeks), 0, 1)
    return np.asarray((means * part).sum(1) / np.maximum(means.sum(1), LEAST))


def _like_units(base: "Outlook", item_ids: pd.Series) -> np.ndarray:
    """(n,) what the nearest like items, as Debut found them, sold in their own windows; NaN without any."""
    like = base.found if len(base.found) else base.like
    means = like[like["place"] <= LIKE_ITEMS].groupby("item_id")["units"].mean()
    return np.asarray(means.reindex(item_ids).to_numpy(float))


def _lead_times(base: "Outlook", item_ids: pd.Series) -> np.ndarray:
    """(n,) days; NaN where the sheet does not say."""
    if "lead_time_days" not in base.items:
        return np.full(len(item_ids), np.nan)
    known = base.items.set_index("item_id")["lead_time_days"].astype("Float64").astype(float)
    return np.asarray(known.reindex(item_ids))


def _note(base: "Outlook", item: str) -> str:
    choice = base.choices.get(item)
    return "" if choice is None else choice.note or BY_HAND


def _who(base: "Outlook", item: str) -> str:
    choice = base.choices.get(item)
    return "" if choice is None else choice.who


def _unforced(outlook: "Outlook", plan: "Plan", around: "Surroundings") -> pd.DataFrame | None:
    """The plan of the same wishes, were everything left to it."""
    from core import plan as plans

    if not plan.overrides:
        return None
    try:
        return plans.plan(outlook, plan.wishes, (), around).table
    except DebutError:  # without what was fixed the wishes clash
        return None


def _before(table: pd.DataFrame) -> date:
    """The earliest that the data can have ended: a plan's first Monday comes within a week of their end."""
    first: pd.Timestamp = pd.to_datetime(table["launch_week"]).min()
    return (first - pd.Timedelta(weeks=1)).date()
