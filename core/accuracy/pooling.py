"""Several backtests as one: other cuts of the same shop, other seeds of the same cut.

Over seeds the errors of an item are averaged, over cuts the items are put together. The bootstrap draws items,
so that one that is forecast at two cuts is drawn with both.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from core.accuracy.metrics import gap, pinball, spearman
from core.accuracy.peers import PEERS
from core.accuracy.results import DEBUT, Backtest

__all__ = ["Pooled", "pooled"]


@dataclass(frozen=True)
class Pooled:
    """Accuracy over all cuts and seeds."""

    cuts: list[str]
    seeds: list[int]
    launches: int
    """Forecasts of one seed: an item at two cuts counts twice."""
    items: int
    """Different items among them."""
    table: pd.DataFrame
    """method, wape, spearman, bias, pinball, coverage80, the mean over seeds; every method of the backtests."""
    best_peer: str
    """The peer with the least pooled WAPE."""
    wape_difference: tuple[float, float, float]
    """Debut's pooled WAPE less the best peer's, and its 95 % interval."""
    bias_mean: float
    """Sum of Debut's means over the true sum, over all cuts and seeds."""

    def to_dict(self) -> dict[str, Any]:
        """For JSON; null stands for what cannot be told."""
        table = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return asdict(self) | {"table": table, "wape_difference": list(self.wape_difference)}


def pooled(results: Sequence[Backtest]) -> Pooled:
    """Put backtests together. Raises ValueError where there are none, or a cut has not each seed once."""
    cuts, seeds = sorted({one.cut for one in results}), sorted({one.seed for one in results})
    if not results or sorted((one.cut, one.seed) for one in results) != list(product(cuts, seeds)):
        found = ", ".join(f"{one.cut} seed {one.seed}" for one in results)
        raise ValueError(f"Each cut needs one backtest of each seed to be pooled; found: {found or 'none'}.")
    rows = pd.concat([_rows(one) for one in results], ignore_index=True)
    table = _table(rows)
    best = min(PEERS, key=table.set_index("method")["wape"].__getitem__)
    ours, theirs = (_of(rows, method) for method in (DEBUT, best))
    # Both are ordered by cut and item, so the same rows stand beside each other.
    excess = ours["error"].to_numpy() - theirs["error"].to_numpy()
    return Pooled(
        [one.isoformat() for one in cuts],
        seeds,
        len(ours),
        ours["product_id"].nunique(),
        table,
        best,
        gap(excess, ours["units"].to_numpy(), ours["product_id"].to_numpy()),
        sum(one.items["mean"].sum() for one in results) / max(sum(one.items["units"].sum() for one in results), 1e-9),
    )


def _rows(result: Backtest) -> pd.DataFrame:
    """method, product_id, cut, seed, units, p50, error, pinball, inside: one row a forecast."""
    frame = result.forecasts.merge(result.items[["product_id", "units"]], on="product_id")
    units, quantiles = frame["units"].to_numpy(), frame[["p10", "p50", "p90"]].to_numpy()
    return frame.assign(
        cut=result.cut,
        seed=result.seed,
        error=np.abs(units - quantiles[:, 1]),
        pinball=pinball(units, quantiles),
        inside=(quantiles[:, 0] <= units) & (units <= quantiles[:, 2]),
    )


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    found = []
    for method, part in rows.groupby("method", sort=False):
        sold = max(part["units"].sum(), 1e-9)
        ranks = [spearman(one["units"].to_numpy(), one["p50"].to_numpy()) for _, one in part.groupby("seed")]
        found.append(
            {
                "method": method,
                "wape": part["error"].sum() / sold,
                "spearman": float(np.mean(ranks)),
                "bias": part["p50"].sum() / sold - 1,
                "pinball": part["pinball"].mean(),
                "coverage80": part["inside"].mean(),
            }
        )
    return pd.DataFrame(found)


def _of(rows: pd.DataFrame, method: str) -> pd.DataFrame:
    """product_id, cut, units, error of one method, the mean over seeds, ordered by cut and item."""
    of_method = rows[rows["method"] == method]
    return of_method.groupby(["cut", "product_id"], as_index=False)[["units", "error"]].mean()
