"""Stock that is ordered and has not arrived: what is still to come of each order, and what it will serve.

What is noted as received is taken from the order that it names, else from the one that is due first; opening stock that
nobody noted is there once more was ordered after it. A correction below 0 gives back. What came without an order is
nobody's.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["NONE", "Book", "Coming", "Order", "coming", "served", "told"]

NONE = pd.DataFrame(
    {"item_id": [], "units": [], "ordered": [], "due": [], "opening": [], "act": [], "made_by": [], "made_at": []}
).astype({"units": float, "ordered": float, "opening": bool})
"""item_id, units (still to come), ordered (units), due (date), opening (whether it is opening stock), act, made_by,
made_at."""
LEAST = 1e-9
DAYS = 7


class Order(NamedTuple):
    """Stock of an item that was ordered."""

    item_id: str
    units: float
    due: date
    opening: bool
    """Ordered before the item was on sale: its opening stock, in place of what the plan has."""
    act: int
    who: str
    at: datetime


class Coming(NamedTuple):
    """Stock that is on its way."""

    weeks: float
    """From now on; 0 where it is due already."""
    units: float
    due: date


class Book:
    """What was ordered, and what of it has arrived: told one after the other, as it was noted."""

    def __init__(self) -> None:
        self._orders: list[Order] = []
        self._left: dict[int, float] = {}

    def add(self, order: Order) -> None:
        """Stock was ordered."""
        self._orders.append(order)
        self._left[order.act] = order.units

    def arrived(self, item_id: str, units: float, order: int | None = None) -> float:
        """Stock has arrived, or below 0 a correction of that: how much of it was ordered as opening stock.

        order: act of the order that it is said to be of.
        """
        mine = [one for one in self._orders if one.item_id == item_id]
        later = any(not one.opening for one in mine)
        mine.sort(key=lambda one: (one.act != order, later and one.opening, one.due, one.act))
        opening = 0.0
        for one in mine if units > 0 else mine[::-1]:
            left = self._left[one.act]
            moved = min(left, units) if units > 0 else -min(one.units - left, -units)
            self._left[one.act] -= moved
            units -= moved
            opening += moved * one.opening
        return opening

    def opening(self) -> dict[str, float]:
        """item_id to the opening stock that was ordered."""
        found: dict[str, float] = {}
        for one in self._orders:
            if one.opening:
                found[one.item_id] = found.get(one.item_id, 0.0) + one.units
        return found

    def frame(self) -> pd.DataFrame:
        """Columns of NONE, those due first at the top: what has not all arrived, and all that is opening stock."""
        rows = [
            (one.item_id, self._left[one.act], one.units, one.due, one.opening, one.act, one.who, one.at)
            for one in sorted(self._orders, key=lambda one: (one.due, one.act))
            if one.opening or self._left[one.act] > LEAST
        ]
        return pd.DataFrame(rows, columns=list(NONE)).astype({"opening": bool}) if rows else NONE


def coming(ordered: pd.DataFrame, item_id: str, today: date) -> tuple[Coming, ...]:
    """What is on its way of one item. ordered: as NONE; what should be there already may come any day."""
    mine = ordered[(ordered["item_id"] == item_id) & (ordered["units"] > LEAST)]
    return tuple(
        Coming(max((due - today).days, 0) / DAYS, float(units), due)
        for units, due in zip(mine["units"], mine["due"], strict=True)
    )


def told(on_its_way: Sequence[Coming]) -> str:
    """The same in words, as "30 on order, due 12 Jan 2026"; '' where nothing is."""
    if not on_its_way:
        return ""
    units, first = sum(one.units for one in on_its_way), min(one.due for one in on_its_way)
    more = " and later" if any(one.due > first for one in on_its_way) else ""
    return f"{units:,.0f} on order, due {first:%d %b %Y}{more}"


def served(
    wanted: np.ndarray, stock: float, arrivals: Sequence[tuple[float, float]], since: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """(N,) units that can be sold of those wanted, and (N,) that are lacking after a share of the demand.

    wanted: (N,) still to come. stock: units there now. arrivals: share of the demand that has come by then, units.
    What is wanted while nothing is there is lost.
    """
    sold, lacking = np.zeros(len(wanted)), np.zeros(len(wanted))
    there, at = np.full(len(wanted), float(stock)), 0.0
    for end in sorted({since, 1.0, *(share for share, _ in arrivals)}):
        asked = wanted * (end - at)
        now = np.minimum(asked, there)
        sold, there = sold + now, there - now + sum(units for share, units in arrivals if share == end)
        if at >= since:
            lacking += asked - now
        at = end
    return sold, lacking
