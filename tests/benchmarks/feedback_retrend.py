"""What the first weeks add to a launch forecast: Online Retail, three cuts, one, two and four weeks seen.

Debut forecasts the launches after a cut as it would have on that day (`core.backtest`), and its retrend then sees their
first weeks. How launches move is learnt from those that were over by the cut. Beside it stand the launch forecast for
the same remaining weeks, and some that know only what was sold: the first weeks scaled by what past launches sold after
theirs for each unit in them (all together, or the median launch, whichever was better on the past launches), the first
week alone scaled so, and a line through the logs. `usual` is the rule of scaled weeks given what the retrend has, too:
large orders cut.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from core import backtest
from core.accuracy.metrics import gap, wape
from core.backtest import Backtest
from core.history import History
from core.settings import EFFORTS
from core.track import bulk, paces
from core.track.pace import Pace
from core.track.retrend import retrend
from core.workspace import Workspace
from models.encoder import Encoder
from tests.benchmarks.forecaster import CUTS, load
from tests.conftest import RETAIL

__all__ = ["figures", "judged"]

SEEN = (1, 2, 4)
METHODS = ("retrend", "launch", "scaled", "first_week", "usual", "line")


def figures(quick: bool = False, seed: int = 0) -> dict[str, Any]:
    """WAPE of the remaining weeks over all cuts, differences with 95 % intervals, and coverage; prints tables."""
    effort = EFFORTS["quick" if quick else "standard"]
    settings = replace(effort, schedule=replace(effort.schedule, seed=seed))
    parts: list[pd.DataFrame] = []
    with tempfile.TemporaryDirectory() as folder:
        shop = load(RETAIL, Path(folder))
        encoder = Encoder(cache=Path(folder) / "embeddings")
        with Workspace(Path(folder) / "shop") as workspace:
            for cut, weeks in CUTS[-1:] if quick else CUTS:
                made = backtest.run(shop, encoder, settings, cut, weeks)
                parts.append(judged(made, shop, workspace.cursor()))
                print(f"{cut}\n{_table(parts[-1]).round(3).to_string()}", flush=True)
    return _told(pd.concat(parts))


def judged(
    made: Backtest, shop: History, cursor: duckdb.DuckDBPyConnection, cut: date | None = None, pace: Pace | None = None
) -> pd.DataFrame:
    """A row a launch and number of weeks seen: product_id, seen, units (of the remaining weeks), low, high, and what
    each of METHODS expected."""
    past = shop.as_of(cut or made.cut)
    window = int(made.settings["weeks"])
    over = past.launches(window)
    before, past_orders = past.curves(over, window), bulk.launched(cursor, past, over, window)
    pace = pace or paces.learn(past, window, cursor)
    quantiles, means, units = _forecast(made, window)
    rows = pd.Index(shop.items["product_id"]).get_indexer(made.items["product_id"])
    bought = bulk.launched(cursor, shop, rows, window)
    parts = []
    for seen in (one for one in SEEN if one < window):
        counted = bulk.evidence(bought, units[:, :seen], pace)
        found = [
            retrend(quantiles[at], means[at], units[at, :seen], pace=pace, evidence=counted[at])
            for at in range(len(units))
        ]  # fmt: skip
        share = means[:, seen:window].sum(1) / np.maximum(means[:, :window].sum(1), 1e-9)
        first, after = before[:, :seen].sum(1), before[:, seen:].sum(1)
        cut_first = bulk.evidence(past_orders, before[:, :seen], pace).sum(1)
        part = {
            "product_id": made.items["product_id"].to_numpy(),
            "seen": seen,
            "units": units[:, seen:].sum(1),
            "low": [one.remaining[0] for one in found],
            "high": [one.remaining[2] for one in found],
            "retrend": [one.remaining[1] for one in found],
            "launch": quantiles[:, -1, 1] * share,
            "scaled": units[:, :seen].sum(1) * _ratio(first, after),
            "first_week": units[:, 0] * _ratio(before[:, 0], after),
            "usual": counted.sum(1) * _ratio(cut_first, after),
            "line": _line(first, after, units[:, :seen].sum(1)),
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def _forecast(made: Backtest, window: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, W + 1, 3) quantiles and (n, W + 1) means with the sum last, and (n, W) units that were sold."""
    count, names = len(made.items), ["p10", "p50", "p90"]
    weekly = made.weeks[names].to_numpy().reshape(count, window, 3)
    quantiles = np.concatenate([weekly, made.items[names].to_numpy()[:, None]], axis=1)
    means = made.weeks["mean"].to_numpy().reshape(count, window)
    units = made.weeks["units"].to_numpy().reshape(count, window)
    return quantiles, np.column_stack([means, made.items["mean"]]), units


def _ratio(first: np.ndarray, after: np.ndarray) -> float:
    """Units to come for each unit seen: the better of two on past launches."""
    options = (float(after.sum() / first.sum()), float(np.median(after / np.maximum(first, 1.0))))
    return min(options, key=lambda ratio: wape(after, first * ratio))


def _line(first: np.ndarray, after: np.ndarray, seen: np.ndarray) -> np.ndarray:
    slope, base = np.polyfit(np.log1p(first), np.log1p(after), 1)
    return np.asarray(np.maximum(np.expm1(base + slope * np.log1p(seen)), 0.0))


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """A row a number of weeks seen: WAPE of each method, coverage, and what medians add up to."""
    return pd.DataFrame(
        {
            seen: {
                **{name: wape(part["units"].to_numpy(), part[name].to_numpy()) for name in METHODS},
                "coverage80": float(part["units"].between(part["low"], part["high"]).mean()),
                "medians_over_truth": float(part["retrend"].sum() / part["units"].sum()),
            }
            for seen, part in rows.groupby("seen")
        }
    ).T


def _told(rows: pd.DataFrame) -> dict[str, Any]:
    table = _table(rows)
    print(f"all cuts\n{table.round(3).to_string()}")
    found: dict[str, Any] = {"launches": int(rows["product_id"].nunique()), "forecasts": int((rows["seen"] == 1).sum())}
    for seen, part in rows.groupby("seen"):
        for name in METHODS:
            found[f"wape_{name}_{seen}"] = table.loc[seen, name]
        found[f"coverage80_{seen}"] = table.loc[seen, "coverage80"]
        for rival in ("launch", "scaled", "first_week", "usual"):
            difference, low, high = _gap(part, rival)
            found |= {f"diff_{rival}_{seen}": difference, f"diff_{rival}_low_{seen}": low}
            found[f"diff_{rival}_high_{seen}"] = high
        found[f"diff_high_{seen}"] = max(found[f"diff_{rival}_high_{seen}"] for rival in ("launch", "scaled"))
    return found


def _gap(part: pd.DataFrame, rival: str) -> Sequence[float]:
    """WAPE of the retrend less that of a rival; an item that two cuts share is drawn as one."""
    units = part["units"].to_numpy()
    worse = np.abs(units - part["retrend"].to_numpy()) - np.abs(units - part[rival].to_numpy())
    return gap(worse, units, part["product_id"].to_numpy())
