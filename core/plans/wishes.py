"""What the merchandiser asks of the plan: the aim, the budgets, and what must or must not be.

Wishes are plain values, kept as JSON with a scenario. Weeks are named by their Mondays, money is the shop's currency.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any, Literal, get_args

from core.errors import DebutError

__all__ = ["OBJECTIVES", "STOCK_RULES", "Objective", "StockRule", "Wishes"]

Objective = Literal["profit", "revenue", "preference", "blend"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
StockRule = Literal["best", "service", "sell_through"]
STOCK_RULES: tuple[StockRule, ...] = get_args(StockRule)
LARGEST = 1e12  # money; beyond it a budget is a typing error


@dataclass(frozen=True)
class Wishes:
    """What the plan shall be good for, and what it has to keep to."""

    objective: Objective = "profit"
    """profit; revenue; preference: sum_ij r_ij p_j, expected buyers x price; blend: revenue and profit."""
    blend: float = 0.5
    """Share of revenue in the objective "blend"; the rest is profit."""
    launches: int | None = 20
    """Items at most; None: no limit."""
    least: int = 0
    """Items at least."""
    categories: tuple[tuple[str, int, int | None], ...] = ()
    """(category, items at least, items at most)."""
    week_capacity: int | None = None
    """Launches a week at most."""
    capacities: tuple[tuple[date, int], ...] = ()
    """Those of single weeks, in place of `week_capacity`."""
    blackout: tuple[date, ...] = ()
    """Weeks in which nothing is launched."""
    stock_budget: float | None = None
    """Money for the opening stock, at cost."""
    ads_budget: float | None = None
    """Money for ads in the launch windows."""
    must: tuple[str, ...] = ()
    """item_ids that are launched whatever they are worth."""
    must_not: tuple[str, ...] = ()
    not_both: tuple[tuple[str, str], ...] = ()
    """Pairs of which at most one is launched."""
    together: tuple[tuple[str, ...], ...] = ()
    """Bundles: all in one week, or none."""
    spacing: int = 0
    """Weeks from the launch of an item to that of one like it, at least; 0: as it comes."""
    twins: bool = False
    """Of items that are nearly the same, launch one at most."""
    min_margin: float | None = None
    """(price - cost) / price at least."""
    prices: Literal["keep", "choose"] = "keep"
    """keep: the sheet's, or those chosen on Pricing; choose: from a ladder around them."""
    ads: Literal["usual", "choose"] = "usual"
    """usual: what the shop usually spends on an item of its size."""
    weeks: Literal["earliest", "choose"] = "choose"
    stock_rule: StockRule = "best"
    """best: what the plan is worth most with; service: the chance not to run out; sell_through: units sold of those
    bought. The latter two reach `target`."""
    target: float = 0.9
    leftover: float = 0.5
    """What a unit that is left over is worth, as a share of its cost."""
    risk: float = 0.0
    """0: the mean counts; 1: the mean of the worst fifth of outcomes, were all to go wrong together."""
    until: date | None = None
    """Sales after this day do not count."""
    lead_times: bool = True
    """Launch nothing before what is ordered now can be there."""

    @property
    def profit_part(self) -> float:
        """What a unit of profit counts for in the objective."""
        return {"profit": 1.0, "blend": 1 - self.blend}.get(self.objective, 0.0)

    def checked(self) -> "Wishes":
        """The same; raises DebutError where a value is none that can be wished."""
        for name, values in CHOICES.items():
            if getattr(self, name) not in values:
                raise DebutError(f"“{getattr(self, name)}” is none of {', '.join(values)}.")
        for name, words in SHARES.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and 0 <= value <= 1):
                raise DebutError(f"{words} is a share: between 0 and 100 %, not {value:.0%}.")
        for name, words in AMOUNTS.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and 0 <= value <= LARGEST):
                raise DebutError(f"{words} must be 0 or more, not {value:,.0f}.")
        for category, least, most in self.categories:
            if least < 0 or (most is not None and most < least):
                raise DebutError(f"{category}: at least {least} and at most {most} items cannot both be.")
        for day, most in self.capacities:
            if most < 0:
                raise DebutError(f"The launches in the week of {day:%d %b %Y} must be 0 or more, not {most:,}.")
        for day in (*self.blackout, *(day for day, _ in self.capacities)):
            if day.weekday() != 0:
                raise DebutError(f"{day:%d %b %Y} is no Monday. Weeks are named by their Mondays.")
        if self.target in (0, 1) and self.stock_rule != "best":
            raise DebutError("The target of the stock lies between 0 and 100 %, not at an end.")
        return self

    def to_json(self) -> str:
        """Text that `from_json` reads."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "Wishes":
        """Wishes that were kept; what this version does not know is passed over, what is missing is the default."""
        kept: dict[str, Any] = json.loads(text)
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {name: _tuples(value) for name, value in kept.items() if name in known}
        for name in ("blackout",):
            values[name] = tuple(date.fromisoformat(day) for day in values.get(name, ()))
        values["capacities"] = tuple((date.fromisoformat(day), most) for day, most in values.get("capacities", ()))
        if values.get("until"):
            values["until"] = date.fromisoformat(values["until"])
        return cls(**values).checked()

    def within(self, item_ids: Iterable[str]) -> "Wishes":
        """Without what is wished of items that are not there (any more)."""
        there = set(item_ids)
        bundles = (tuple(item for item in bundle if item in there) for bundle in self.together)
        return replace(
            self,
            must=tuple(item for item in self.must if item in there),
            must_not=tuple(item for item in self.must_not if item in there),
            not_both=tuple(pair for pair in self.not_both if set(pair) <= there),
            together=tuple(bundle for bundle in bundles if len(bundle) > 1),
        )


CHOICES: dict[str, tuple[str, ...]] = {
    "objective": OBJECTIVES,
    "stock_rule": STOCK_RULES,
    "prices": ("keep", "choose"),
    "ads": ("usual", "choose"),
    "weeks": ("earliest", "choose"),
}
SHARES = {
    "blend": "The part of revenue",
    "min_margin": "The least margin",
    "target": "The target of the stock",
    "leftover": "What is left over",
    "risk": "Caution",
}
AMOUNTS = {
    "launches": "The number of items",
    "least": "The least number of items",
    "week_capacity": "The launches a week",
    "stock_budget": "The budget for stock",
    "ads_budget": "The budget for ads",
    "spacing": "The weeks between similar items",
}


def _tuples(value: object) -> object:
    """Lists, as JSON has them, as tuples at every depth."""
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value
