"""The second buy on Online Retail: python -m tests.benchmarks.second_buy

Launches after three cuts, forecast as all launches before went (no text, no networks), so that only what the first
weeks tell is judged. Each opens with the same stock, sells what it serves, and orders once more after one, two or four
of eight weeks; the order is on the shelf one or two weeks later. Its profit stands beside that of an order that is made
without looking at the sales, and of one that knows what comes. A piece is sold at 1 and costs what MONEY says.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.history import History
from core.stock import opening_buy
from core.stocks.reorder import Terms, second_buy, served
from core.track import paces
from core.track.pace import Pace
from core.track.retrend import retrend
from tests.benchmarks.forecaster import CUTS, load
from tests.conftest import RETAIL

__all__ = ["judged", "launches"]

WEEKS, SEEN, LEADS = 8, (1, 2, 4), (7, 14)
MONEY = ((0.4, 0.5), (0.6, 0.3), (0.4, 0.0))  # cost, worth of what is left over as a share of it
STOCKED = 0.6  # of past launches would not have sold more than the opening stock
MOST = 120  # launches a cut
SHARES = (0.1, 0.5, 0.9)


def launches(shop: History, cut_day: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, W) weekly units of launches that were over before a day, and of those that came after it."""
    rows = np.asarray(shop.launches(WEEKS))
    first = shop.items["launch"].to_numpy()[rows]
    every = shop.curves(rows, WEEKS)
    sold = every.sum(1) > 0
    after = every[sold & (first >= cut_day)]
    some = np.random.default_rng(0).permutation(len(after))[:MOST]
    return every[sold & (first + 7 * WEEKS <= cut_day)], after[np.sort(some)]


def judged(before: np.ndarray, after: np.ndarray, pace: Pace) -> pd.DataFrame:
    """A row an order: seen, inside (whether what came lies between P10 and P90), and the profit of learnt, blind and
    knowing orders."""
    usual, mean = np.expm1(np.quantile(np.log1p(before.sum(1)), SHARES)), before.mean(0)
    quantiles, means = np.tile(usual, (WEEKS + 1, 1)), np.append(mean, mean.sum())
    stock = float(np.quantile(before.sum(1), STOCKED).round())
    blind = retrend(quantiles, means, np.zeros(0), pace=pace)
    return pd.DataFrame(
        [
            _order(week, seen, lead, money, stock, quantiles, means, blind.draws, pace)
            for week in after
            for seen in SEEN
            for lead in LEADS
            for money in MONEY
        ]
    )


def _order(
    wanted: np.ndarray, seen: int, lead: int, money: tuple[float, float], stock: float, quantiles: np.ndarray,
    means: np.ndarray, blind: np.ndarray, pace: Pace,
) -> dict[str, Any]:  # fmt: skip
    """One order."""
    terms = Terms(1.0, *money, lead)
    sold = served(wanted[:seen], stock)
    left = stock - float(sold.sum())
    told = second_buy(quantiles, means, sold, left, terms, pace)
    arrives = seen + lead // 7
    lack = max(float(wanted[arrives:].sum()) - max(left - float(wanted[seen:arrives].sum()), 0.0), 0.0)
    share = means[:-1] / means[-1]
    expected = np.maximum(blind * share[arrives:].sum() - np.maximum(left - blind * share[seen:arrives].sum(), 0), 0)
    unseen = opening_buy(expected, "best", 0.9, 1.0, *money)
    low, _, high = told.remaining
    return {
        "seen": seen,
        "inside": low <= wanted[seen:].sum() <= high,
        "learnt": _earned(lack, told.quantity, *money),
        "blind": _earned(lack, unseen, *money),
        "knowing": _earned(lack, lack, *money),
    }


def _earned(lack: float, ordered: float, cost: float, leftover: float) -> float:
    return min(lack, ordered) + leftover * cost * max(ordered - lack, 0.0) - cost * ordered


def main() -> None:
    """Print a row a number of weeks seen, and all together."""
    with tempfile.TemporaryDirectory() as folder:
        shop = load(RETAIL, Path(folder))
    parts = []
    for cut, _ in CUTS:
        before, after = launches(shop, (cut - shop.start).days)
        parts.append(judged(before, after, paces.learn(shop.as_of(cut), WEEKS)))
        print(f"{cut}: {len(after)} launches after {len(before)}", flush=True)
    rows = pd.concat(parts)
    both = pd.concat([rows, rows.assign(seen="all")])
    table = both.groupby("seen").agg(
        inside=("inside", "mean"), learnt=("learnt", "sum"), blind=("blind", "sum"), knowing=("knowing", "sum")
    )
    print(table.assign(of_knowing=table["learnt"] / table["knowing"]).round(3).to_string())


if __name__ == "__main__":
    main()
