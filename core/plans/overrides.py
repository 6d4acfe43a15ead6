"""What a person decided for an item: the plan keeps to it and arranges the rest around it."""

import math
from dataclasses import dataclass
from datetime import date

from core.errors import DebutError

__all__ = ["Override"]

LARGEST = 1e9


@dataclass(frozen=True)
class Override:
    """For one item; None leaves a thing to the plan."""

    item_id: str
    launch: bool | None = None
    week: date | None = None
    """A Monday."""
    price: float | None = None
    ad_spend: float | None = None
    """Money in the launch window."""
    stock: int | None = None
    """Opening stock, units."""
    reason: str = ""
    who: str = ""

    def checked(self) -> "Override":
        """The same; raises DebutError where a value is none that can be."""
        if self.price is not None and not (math.isfinite(self.price) and 0 < self.price <= LARGEST):
            raise DebutError(f"{self.item_id}: {self.price:g} is no price. Give one above 0.")
        for name, value in (("money for ads", self.ad_spend), ("stock", self.stock)):
            if value is not None and not (math.isfinite(value) and 0 <= value <= LARGEST):
                raise DebutError(f"{self.item_id}: {value:g} is no {name}. Give 0 or more.")
        if self.week is not None and self.week.weekday() != 0:
            raise DebutError(f"{self.item_id}: {self.week:%d %b %Y} is no Monday. Weeks are named by their Mondays.")
        return self
