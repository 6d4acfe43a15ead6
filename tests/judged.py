"""Tracked launches made by hand, for tests of who was right: eight items of a plan, their promise, what they sold."""

from datetime import date, datetime

import numpy as np
import pandas as pd

from core.plans.overrides import Override
from core.plans.wishes import Wishes
from core.scenario.approvals import Approved
from core.track.pace import Pace
from core.track.progress import Course
from core.track.promise import Promise
from core.track.retrend import retrend, so_far
from core.tracking import Totals, Tracking

__all__ = ["ACT", "IDS", "approved", "course", "promise", "tracked"]

ACT, WEEKS = 7, 4
IDS = [f"N-{at}" for at in range(1, 9)]
SOLD = [40.0, 80.0, 20.0, 100.0, 60.0, 40.0, 40.0, 60.0]
FIRST = pd.Timestamp("2026-01-05")


def course(sold: list[float], mean: float, short: list[bool] | None = None, seen: list[float] | None = None) -> Course:
    """Of a launch that was forecast to sell `mean` in four like weeks, and has sold so much by week."""
    units, share = np.array(sold), np.ones(len(sold)) if seen is None else np.array(seen)
    gone = np.zeros(len(sold), bool) if short is None else np.array(short)
    means = np.append(np.full(WEEKS, mean / WEEKS), mean)
    quantiles = np.stack([means * 0.5, means * 0.9, means * 1.6], axis=1)
    pace = Pace()
    return Course(
        quantiles, means, units, share, gone, np.nan, False, so_far(quantiles, means, share, pace),
        retrend(quantiles, means, units, share, gone, pace),
    )  # fmt: skip


def promise(unforced: bool = True) -> Promise:
    """Of all eight: Debut said what they sold but for a tenth; people moved the last two away from it."""
    sold = np.array(SOLD)
    items = pd.DataFrame(
        {
            **{"item_id": IDS, "title": [f"Item {at}" for at in range(1, 9)], "category": ["Mugs"] * 5 + ["Rugs"] * 3},
            **{"launch_week": FIRST, "price": 10.0, "cost": 4.0, "ad_spend": 5.0, "opening_stock": sold},
            **{"loss": 0.0, "leftover": 0.0, "p10": sold * 0.5, "p50": sold * 0.9, "p90": sold * 1.6, "mean": sold},
            **{"found_p50": sold * 0.9, "found_mean": sold, "like_units": sold * 1.5, "typical": 50.0},
            **{"chosen": [""] * 6 + ["a trend", "a trend"]},
        }
    )
    items.loc[6:, "p50"] = [60.0, 90.0]
    weeks = items.loc[items.index.repeat(WEEKS), ["item_id", "p10", "p50", "p90", "mean"]].reset_index(drop=True)
    weeks.insert(1, "week", np.tile(np.arange(1, WEEKS + 1), len(items)))
    return Promise(date(2026, 1, 4), WEEKS, items, weeks, plan_table() if unforced else None)


def plan_table() -> pd.DataFrame:
    """What the plan would have done by itself: as it was done, but for what `overrides` say."""
    sold = np.array(SOLD)
    table = pd.DataFrame(
        {
            **{"item_id": [*IDS, "N-9"], "title": "An item", "category": "Mugs", "launch": "yes"},
            **{"launch_week": FIRST, "price": 10.0, "ad_spend": 5.0, "opening_stock": [*sold, 30.0]},
            **{"units_mean": [*sold, 30.0], "profit": [*(sold * 6), 120.0]},
        }
    )
    table.loc[0, "opening_stock"] = 60.0
    table.loc[1, ["price", "units_mean", "opening_stock"]] = [8.0, 120.0, 120.0]
    table.loc[2, "launch"] = "no"
    return table


def approved(overrides: tuple[Override, ...]) -> Approved:
    """The plan with these."""
    table = plan_table()
    table.loc[:7, "units_mean"] = SOLD
    return Approved(ACT, 0, "Bea", datetime(2026, 1, 4), "", Wishes(), overrides, {}, {}, table)


def tracked(
    overrides: tuple[Override, ...] = (), courses: dict[str, Course] | None = None, unforced: bool = True
) -> Tracking:
    """The launches, by default each with its whole window seen and just what `SOLD` says."""
    if courses is None:
        courses = {item: course([units / WEEKS] * WEEKS, units) for item, units in zip(IDS, SOLD, strict=True)}
    launches = pd.DataFrame({"act": ACT, "item_id": IDS})
    none = pd.DataFrame()
    totals = Totals(8, 8, 0.0, (0.0, 0.0, 0.0), 0.0, 0.0, 0.0, 0.0)
    return Tracking(
        date(2026, 3, 2), launches, none, none, none, none, none, totals,
        {ACT: approved(overrides)}, {ACT: promise(unforced)}, courses,
    )  # fmt: skip
