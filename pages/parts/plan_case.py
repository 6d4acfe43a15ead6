"""One item's demand and terms as the plan has them, for what is asked of its stock."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.stock import USUAL_LEAD
from core.stocks.reorder import Terms
from pages.parts.plan_shop import Open, Row

__all__ = ["Case", "of"]


@dataclass(frozen=True)
class Case:
    """One item at the plan's price and ads."""

    demand: np.ndarray
    """(S,) equally likely units of the window."""
    quantiles: np.ndarray
    """(W + 1, 3) P10, P50, P90 by week; their sum comes last."""
    means: np.ndarray
    """(W + 1,)"""
    price: float
    loss: float
    """Margin that items on sale lose by a piece of it that is sold."""
    cost: float
    leftover: float
    pack: int
    least: int
    lead_days: float
    lead_known: bool

    @property
    def terms(self) -> Terms:
        """Of a second buy."""
        return Terms(self.price - self.loss, self.cost, self.leftover, self.lead_days, self.pack, self.least)


def of(now: Open, item: str, row: Row) -> Case:
    """Its forecast, moved to the price and the ads of the plan."""
    known = now.outlook.of(item)
    at = known.weeks.index(row["launch_week"]) if row["launch_week"] in known.weeks else 0
    demand, means = known.units.totals[at], known.units.mean[at]
    wanted = float(row["units_mean"])
    moved = wanted / max(float(means[-1]), 1e-9)
    lead = _of(now.outlook.items, item, "lead_time_days")
    return Case(
        demand * (wanted / max(float(demand.mean()), 1e-9)),
        known.units.quantiles[at] * moved,
        means * moved,
        float(row["price"]),
        float(now.around.losses.get(item, 0.0)),
        float(row["cost"]),
        now.wishes.leftover,
        int(_of(now.around.packs, item, "pack") or 1),
        int(_of(now.around.packs, item, "least") or 0),
        USUAL_LEAD if lead is None else lead,
        lead is not None,
    )


def _of(frame: pd.DataFrame, item: str, name: str) -> float | None:
    """What a frame says of an item; None where it says nothing."""
    if name not in frame:
        return None
    found = frame.loc[frame["item_id"] == item, name].dropna()
    return float(found.iloc[0]) if len(found) else None
