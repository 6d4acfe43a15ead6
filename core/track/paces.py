"""The pace of a shop's launches: learnt from those that are over, checked on them, and kept.

What a retrend says of launches that are over is compared with what they then sold: the ranks at which they fell among
the outcomes are those under which later ones will fall, too (as in `forecast.calibration`).
"""

import json
from dataclasses import asdict, replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from core.history import History
from core.jobs.state import write
from core.track import bulk
from core.track.pace import Pace, likeliest
from core.track.retrend import retrend
from core.workspace import Workspace

__all__ = ["SEEN", "kept", "learn"]

SEEN = (1, 2, 4)
"""Weeks after which past launches are retrended."""
FEWEST = 40  # launches, for the pace to be the shop's own
MOST = 240  # launches that are learnt from
CHECKED = 100  # of them that are retrended
SHARES = (0.1, 0.5, 0.9)
SAME = 0.9  # of the launches, for a pace to be kept
FORMAT = 4


def learn(history: History, weeks: int, cursor: duckdb.DuckDBPyConnection | None = None) -> Pace:
    """From launches whose window of `weeks` is over; the usual pace where these are too few.

    cursor: of the shop, where the sizes of its orders are to be learnt, too.
    """
    rows = history.launches(weeks)
    sales = history.curves(rows, weeks)
    some = _some(np.flatnonzero(sales.sum(1) > 0), MOST)
    rows, sales = rows[some], sales[some]
    if len(sales) < FEWEST or weeks < 3:
        return Pace()
    pace = replace(likeliest(sales), shape=tuple((sales.sum(0) / sales.sum()).tolist()))
    bought = None if cursor is None else bulk.launched(cursor, history, rows, weeks)
    if bought is not None:
        pace = bulk.learnt(bought, sales, pace)
    week, rest, median = _ranks(sales, bought, pace)
    between = float(np.median(median))
    few, much = rest[median <= between], rest[median > between]
    return replace(pace, week=_shares(week), rest=_shares(few), much=_shares(much), between=between)


def kept(workspace: Workspace, history: History, weeks: int) -> Pace:
    """The same, from disk as long as nine in ten of the launches are those that it was learnt from."""
    path = workspace.artifacts / f"pace-{weeks}.json"
    now = set(history.items["product_id"].iloc[history.launches(weeks)])
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        then = set(found["learnt_from"])
        if found["format"] == FORMAT and len(now & then) >= SAME * len(now | then):
            return _restored(found["pace"])
    except (OSError, LookupError, TypeError, ValueError):
        pass  # none yet, or of another Debut
    pace = learn(history, weeks, workspace.cursor())
    write(path, {"format": FORMAT, "learnt_from": sorted(now), "pace": asdict(pace)})
    return pace


def _restored(values: dict[str, Any]) -> Pace:
    known: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
    return Pace(**known)


def _some(rows: np.ndarray, most: int) -> np.ndarray:
    """So many of the launches, from all times alike: every season is to have its say."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))]


def _ranks(sales: np.ndarray, bought: pd.DataFrame | None, pace: Pace) -> tuple[np.ndarray, ...]:
    """Where the last week, and the sum of those after some, fell among the outcomes of launches that were forecast as
    usual; and what of these was the median of the sum."""
    usual = np.expm1(np.quantile(np.log1p(sales.sum(1)), SHARES))
    mean = sales.mean(0)
    quantiles, means = np.tile(usual, (len(mean) + 1, 1)), np.append(mean, mean.sum())
    week, rest, median = [], [], []
    for count in SEEN:
        if count >= len(mean):
            break
        counted = None if bought is None else bulk.evidence(bought, sales[:, :count], pace)
        for at in _some(np.arange(len(sales)), CHECKED):
            sold = sales[at]
            made = retrend(
                quantiles, means, sold[:count], pace=pace, evidence=None if counted is None else counted[at]
            )  # fmt: skip
            whole = made.weeks.sum(1)
            rest.append(_rank(whole, float(sold[count:].sum())))
            median.append(float(np.median(whole)))
            week.append(_rank(made.weeks[:, -1], float(sold[-1])))
    return np.array(week), np.array(rest), np.array(median)


def _rank(draws: np.ndarray, sold: float) -> float:
    """Share of the draws below, and half of those that are equal."""
    return float((draws < sold).mean() + 0.5 * (draws == sold).mean())


def _shares(ranks: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = np.quantile(ranks, SHARES).tolist()
    return low, middle, high
