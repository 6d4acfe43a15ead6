"""Product codes: what the neighbours of an item's code tell of it.

Suppliers and shops number what comes together in one go, so the items with the nearest numbers are often of the
same batch or range, and a number among old ones is often an old item that comes back. Where a shop's codes are
no numbers, or a sheet's are of another kind, there are no neighbours and nothing is told.
"""

import numpy as np
import pandas as pd

from core.history import History
from core.like_items import LikeItems, Query, launch_seen, log_rates, weighted_mean

__all__ = ["NUMBERS", "numbers", "split"]

COUNT = 10
BLOCK = 256  # queries compared at once: bounds memory at BLOCK x items
NEAR = 5.0  # steps in the numbering at which two codes are half as near as the same
SETTLE_DAYS = 7
OLDEST_DAYS = 400  # beyond it old is old

NUMBERS = (
    "code_run_rate",  # log1p units a week of the code's neighbours in the 8 weeks before
    "code_run_rate_nearest",  # the same of the three nearest
    "code_first_weeks",  # log1p units in their own first weeks, of those whose window had closed
    "code_age",  # mean log1p days since they came
    "code_gap",  # log1p distance to the nearest number
    "code_gap_fifth",  # to the fifth nearest: small within a batch
)


def numbers(history: History, query: Query, weeks: int) -> np.ndarray:
    """(n, len(NUMBERS)) float64, in the order of NUMBERS; NaN where the codes tell nothing."""
    if query.codes is None:
        return np.full((len(query.launch), len(NUMBERS)), np.nan)
    rows, distance = _nearest(history, query, min(COUNT, len(history.items)))
    like = LikeItems(rows, np.where(np.isfinite(distance), 1 / (1 + distance / NEAR), 0))
    launch, near, weight = history.items["launch"].to_numpy(), like.similarity > 0, like.weight
    rate = np.where(near, log_rates(history, like.rows, query.known[:, None], launch), np.nan)
    totals = np.log1p(history.curves(np.arange(len(launch)), weeks).sum(1))
    closed = launch_seen(history, query, like, weeks)
    age = np.clip(query.known[:, None] - launch[like.rows], 0, OLDEST_DAYS)
    gap = np.log1p(np.where(np.isfinite(distance), distance, np.nan))
    columns = {
        "code_run_rate": weighted_mean(rate, weight),
        "code_run_rate_nearest": weighted_mean(rate[:, :3], weight[:, :3]),
        "code_first_weeks": weighted_mean(np.where(closed, totals[like.rows], np.nan), weight),
        "code_age": weighted_mean(np.where(near, np.log1p(age), np.nan), weight),
        "code_gap": gap[:, 0],
        "code_gap_fifth": gap[:, min(4, gap.shape[1] - 1)],
    }
    return np.column_stack([columns[name] for name in NUMBERS])


def _nearest(history: History, query: Query, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, count) rows, nearest first, and their distances in the numbering; infinite where there are fewer."""
    ours = split(history.items["product_id"])
    asked = split(pd.Series(query.codes, dtype=str))
    kinds = pd.factorize(pd.concat([ours["kind"], asked["kind"]]))[0]
    kind, number = kinds[: len(ours)], ours["number"].to_numpy()
    launch = history.items["launch"].to_numpy()
    rows = np.zeros((len(asked), count), dtype=np.int64)
    distance = np.full((len(asked), count), np.inf)
    for first in range(0, len(asked), BLOCK):
        part = slice(first, first + BLOCK)
        gap = np.abs(number[None, :] - asked["number"].to_numpy()[part, None])  # (block, items)
        other = kind[None, :] != kinds[len(ours) :][part, None]
        gap[other | (launch[None, :] > query.known[part, None] - SETTLE_DAYS) | np.isnan(gap)] = np.inf
        own = np.flatnonzero(query.rows[part] >= 0)
        gap[own, query.rows[part][own]] = np.inf
        best = np.argpartition(gap, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(gap, best, 1), axis=1, kind="stable")
        rows[part] = np.take_along_axis(best, order, 1)
        distance[part] = np.take_along_axis(gap, rows[part], 1)
    return rows, distance


def split(codes: pd.Series) -> pd.DataFrame:
    """Of each code number (the last run of digits; NaN without one) and kind (what stands before it, its length)."""
    parts = codes.astype(str).str.extract(r"^(.*?)(\d*)(\D*)$")
    number = pd.to_numeric(parts[1], errors="coerce").astype(float)
    return pd.DataFrame({"number": number, "kind": parts[0] + "|" + parts[1].str.len().astype(str)})
