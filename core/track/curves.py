"""The weeks of one launch as a chart shows them: planned, sold, and expected from now on; by week or summed up."""

import numpy as np
import pandas as pd

from core.track.pace import Pace
from core.track.progress import Course
from core.track.retrend import so_far

__all__ = ["by_week", "summed"]

QUANTILES = (0.1, 0.5, 0.9)
PLAN, NOW = ["plan_p10", "plan_p50", "plan_p90"], ["now_p10", "now_p50", "now_p90"]


def by_week(one: Course) -> pd.DataFrame:
    """week, plan_p10, plan_p50, plan_p90, sold (NaN: not begun), short, now_p10, now_p50, now_p90: units of each week.

    What is expected now begins with the last week that is over, where it is what was sold, and is NaN before.
    """
    return _frame(one, one.quantiles[:-1], one.sold, one.retrended.quantiles)


def summed(one: Course, pace: Pace) -> pd.DataFrame:
    """The same of the units since the first sale.

    Those planned are the forecast's own for so many weeks. Of what is still to come each week has its expected share,
    as if the level alone were unknown: right at the end of the window, a little wide before.
    """
    plan = np.stack([np.quantile(so_far(*_parts(one), np.ones(k), pace), QUANTILES) for k in range(1, one.weeks + 1)])
    sold = one.sold.cumsum()
    known = np.zeros(one.weeks)
    known[: len(sold)] = one.sold
    coming = np.maximum(one.retrended.mean - known, 0.0).cumsum()
    share = coming / coming[-1] if coming[-1] > 0 else np.zeros(one.weeks)
    now = known.cumsum()[:, None] + share[:, None] * one.retrended.remaining
    return _frame(one, plan, sold, now)


def _parts(one: Course) -> tuple[np.ndarray, np.ndarray]:
    return one.quantiles, one.mean


def _frame(one: Course, plan: np.ndarray, sold: np.ndarray, now: np.ndarray) -> pd.DataFrame:
    begun, over = len(one.sold), int((one.seen >= 1).sum())
    expected = np.full((one.weeks, 3), np.nan)
    expected[over:] = now[over:]
    if 0 < over < one.weeks:  # so that the line goes on from what was sold
        expected[over - 1] = sold[over - 1]
    frame = pd.DataFrame({"week": np.arange(1, one.weeks + 1), "sold": np.nan, "short": False})
    frame.loc[: begun - 1, "sold"], frame.loc[: begun - 1, "short"] = sold, one.short
    frame[PLAN], frame[NOW] = plan, expected
    return frame
