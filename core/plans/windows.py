"""The weeks and prices at which an item may be launched, and why some cannot be at all."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.plans.overrides import Override
from core.plans.wishes import Wishes

if TYPE_CHECKING:
    from core.outlook import Outlook

__all__ = ["launch_of", "opened"]


def opened(
    outlook: "Outlook", weeks: list[pd.Timestamp], totals: np.ndarray, price: np.ndarray, cost: np.ndarray,
    wishes: Wishes, overrides: Mapping[str, Override], today: date | None,
) -> tuple[np.ndarray, list[str]]:  # fmt: skip
    """(n, W, P) what is allowed, and (n,) why nothing is."""
    items = outlook.items
    able = ~np.isnan(totals[..., 0])  # (n, W)
    closed = [""] * len(items)

    def close(keep: np.ndarray, words: str) -> None:
        """Allow only what is in `keep` (n, W), and say what has closed an item."""
        before = able.any(1)
        np.logical_and(able, keep, out=able)
        for at in np.flatnonzero(before & ~able.any(1)):
            closed[at] = words

    ids = items["item_id"].to_numpy()
    own = [overrides.get(item) for item in ids]
    fixed = np.array([_week_of(override) for override in own], dtype="datetime64[ns]")
    grid = np.array(weeks, dtype="datetime64[ns]")
    free = np.isnat(fixed)[:, None]
    close(~items["late"].to_numpy(bool)[:, None] | ~free, "Its launch window has passed")
    close(free | (grid[None] == fixed[:, None]), "The week chosen for it lies outside its launch window")
    barred = np.isin(grid, np.array([np.datetime64(day) for day in wishes.blackout], dtype="datetime64[ns]"))
    close(~barred[None] | ~free, "All weeks of its window are closed for launches")
    if wishes.lead_times and today is not None:
        days = items.get("lead_time_days", pd.Series(0, items.index)).astype("Float64").fillna(0).to_numpy(float)
        ready = np.datetime64(today, "ns") + days.astype("timedelta64[D]")
        close((grid[None] >= ready[:, None]) | ~free, "Ordered now, it is there only after its launch window")
    if wishes.weeks == "earliest":
        close(np.cumsum(able, axis=1) == 1, "")
    chosen = np.array([launch_of(override) for override in own], dtype=object)
    forced = np.array([launch is True for launch in chosen]) | np.isin(ids, wishes.must)
    refused = np.array([launch is False for launch in chosen]) | (np.isin(ids, wishes.must_not) & ~forced)
    close(~refused[:, None] & np.ones_like(able), "Left out by hand")
    priced = _allowed(price, cost, wishes) | np.array([o is not None and o.price is not None for o in own])[:, None]
    for at in np.flatnonzero(able.any(1) & ~priced.any(1)):
        closed[at] = "Its price does not leave the least margin"
    return able[:, :, None] & priced[:, None, :], closed


def _allowed(price: np.ndarray, cost: np.ndarray, wishes: Wishes) -> np.ndarray:
    """(n, P) prices that leave the least margin; a price that is a repetition of the one before is not asked twice."""
    again = np.zeros(price.shape, dtype=bool)
    again[:, 1:] = price[:, 1:] == price[:, :-1]
    if wishes.min_margin is None:
        return ~again
    return ~again & (price - cost[:, None] >= wishes.min_margin * price - 1e-9)


def launch_of(override: Override | None) -> bool | None:
    return None if override is None else override.launch


def _week_of(override: Override | None) -> np.datetime64:
    return np.datetime64("NaT") if override is None or override.week is None else np.datetime64(override.week)
