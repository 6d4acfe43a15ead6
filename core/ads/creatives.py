"""Creatives (or campaigns) of a channel side by side: who is clicked, who sells, and how sure that is.

Rates are drawn from Beta posteriors. Their prior is the channel's own: as narrow as its creatives are alike, so that
one with few impressions is taken for a usual one (empirical Bayes, moments; Kleinman 1973, "Proportions with extraneous
variance"). Clicks of a day come in clumps, so counts weigh as much less as days of the same creative vary more than
chance would have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import duckdb
import numpy as np
import pandas as pd
from scipy import stats

from core.ads.figures import BAND, band

if TYPE_CHECKING:  # brings torch along
    from core.concepts.brief import Brief
    from core.concepts.judges import Judges

__all__ = ["LEVELS", "Agreement", "Compared", "Level", "Rate", "agreement", "compare", "lab", "levels", "rate", "read"]

Level = Literal["creative", "campaign"]
LEVELS: tuple[Level, ...] = get_args(Level)
DRAWS = 4000
SURE = 0.9  # chance to be the best from which on it is said
MOST = 200  # of a channel, those shown most
FEWEST = 4  # to say whether two rankings agree
COUNTS = ("impressions", "clicks", "conversions", "spend")


def levels(cursor: duckdb.DuckDBPyConnection) -> dict[Level, list[str]]:
    """What can be compared: channels in which at least two creatives (campaigns) were shown."""
    found: dict[Level, list[str]] = {}
    for level in LEVELS:
        rows = cursor.execute(
            f"""SELECT trim(channel) AS name FROM ads WHERE nullif(trim({level}), '') IS NOT NULL AND impressions > 0
                GROUP BY ALL HAVING count(DISTINCT trim({level})) > 1 ORDER BY sum(spend) DESC, name"""
        ).fetchall()
        if rows:
            found[level] = [name for (name,) in rows]
    return found


def read(cursor: duckdb.DuckDBPyConnection, channel: str, level: Level) -> pd.DataFrame:
    """name, date, impressions, clicks, conversions, spend: a row a creative (campaign) of a channel and day.

    Of very many those with the most impressions.
    """
    assert level in LEVELS
    return cursor.execute(
        f"""WITH days AS (
                SELECT trim({level}) AS name, date, sum(impressions)::DOUBLE AS impressions,
                       coalesce(sum(clicks), 0)::DOUBLE AS clicks, coalesce(sum(conversions), 0)::DOUBLE AS conversions,
                       sum(spend)::DOUBLE AS spend
                FROM ads WHERE trim(channel) = ? AND nullif(trim({level}), '') IS NOT NULL AND impressions > 0
                GROUP BY ALL),
            most AS (SELECT name FROM days GROUP BY ALL ORDER BY sum(impressions) DESC, name LIMIT ?)
            SELECT * FROM days SEMI JOIN most USING (name) ORDER BY name, date""",
        [channel, MOST],
    ).df()


@dataclass(frozen=True)
class Rate:
    """The posterior of a rate of n creatives."""

    draws: np.ndarray
    """(S, n)."""
    clumped: float
    """By how much more than chance the days of a creative vary; 1 is chance."""


@dataclass(frozen=True)
class Compared:
    """The creatives of a channel."""

    table: pd.DataFrame
    """name, days, impressions, clicks, conversions, spend, click_rate, conversion_rate (orders a click), per_mille
    (orders for 1000 impressions), worth (orders for 100 spent), each with `_low` and `_high`, best (chance to have
    the highest worth; the highest click rate where no orders are claimed); the likeliest best first."""
    by: str
    """What `best` goes by: worth or click_rate."""
    clumped: float

    def verdict(self) -> tuple[int, float]:
        """Row of the likeliest best, and its chance."""
        return 0, float(self.table["best"].iloc[0])


def compare(days: pd.DataFrame, seed: int = 0) -> Compared:
    """Compare what `read` gave; needs at least one row."""
    rng = np.random.default_rng(seed)
    names, rows = np.unique(days["name"].to_numpy(str), return_inverse=True)
    shown, clicks, orders, spend = (days[name].to_numpy(float) for name in COUNTS)
    clicks, orders = np.minimum(clicks, shown), np.minimum(orders, shown)
    click = rate(clicks, shown, rows, rng)
    # Who saw an ad and bought later without a click counts, too: then there are orders without clicks.
    sale = rate(np.minimum(orders, clicks), clicks, rows, rng)
    order = rate(orders, shown, rows, rng)
    sums = [np.bincount(rows, part, len(names)) for part in (shown, clicks, orders, spend)]
    for_100 = np.divide(100 * sums[0], sums[3], out=np.full(len(names), np.nan), where=sums[3] > 0)
    table = pd.DataFrame({"name": names, "days": np.bincount(rows), **dict(zip(COUNTS, sums, strict=True))})
    measures = {
        "click_rate": click.draws,
        "conversion_rate": sale.draws,
        "per_mille": 1000 * order.draws,
        "worth": order.draws * for_100,
    }
    for name, draws in measures.items():
        table[f"{name}_low"], table[name], table[f"{name}_high"] = band(draws, BAND)
    by = "worth" if sums[2].sum() > 0 and np.isfinite(for_100).all() else "click_rate"
    table["best"] = np.bincount(measures[by].argmax(1), minlength=len(names)) / DRAWS
    table = table.sort_values(["best", by], ascending=False, kind="stable", ignore_index=True)
    return Compared(table, by, max(click.clumped, order.clumped))


def rate(hits: np.ndarray, trials: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> Rate:
    """The rate of hits among trials by day, of the creatives that the days belong to (rows: 0 to n - 1)."""
    count = int(rows.max()) + 1
    seen = np.bincount(rows, hits, count), np.bincount(rows, trials, count)
    clumped = _clumped(hits, trials, rows, (seen[0] + 0.5) / (seen[1] + 1))
    k, n = seen[0] / clumped, seen[1] / clumped
    mean = (k.sum() + 0.5) / (n.sum() + 1)
    strength = _strength(k, n, mean)
    alpha, beta = strength * mean + k, strength * (1 - mean) + np.maximum(n - k, 0)
    return Rate(rng.beta(alpha, beta, (DRAWS, count)), clumped)


def _clumped(hits: np.ndarray, trials: np.ndarray, rows: np.ndarray, usual: np.ndarray) -> float:
    """Pearson's statistic of the days over its degrees of freedom, at least 1."""
    some = trials > 0
    expected = trials[some] * usual[rows[some]]
    away = (hits[some] - expected) ** 2 / (expected * (1 - usual[rows[some]]))
    free = int(some.sum()) - len(np.unique(rows[some]))
    return max(1.0, float(away.sum()) / free) if free > 0 else 1.0


def _strength(k: np.ndarray, n: np.ndarray, mean: float) -> float:
    """Trials that the prior is worth: few where the creatives differ, at most what a usual one has itself."""
    seen = n > 0
    if seen.sum() < 2:
        return 1.0
    n, k = n[seen], k[seen]
    away = float((n * (k / n - mean) ** 2).sum()) / (mean * (1 - mean))
    spread = (away - (len(n) - 1)) / (n.sum() - (n**2).sum() / n.sum())
    most = max(float(n.mean()), 2.0)
    return float(np.clip(1 / spread - 1, 2.0, most)) if spread > 0 else most


def lab(judges: "Judges", brief: "Brief", names: Sequence[str]) -> np.ndarray:
    """(n,) the concept lab's preference for the words of each creative: probability that a customer buys.

    Raises NotReady where there are no customers to ask.
    """
    means, _ = judges.wanted(brief.texts(list(names)), brief)
    return brief.of_segment(means)


@dataclass(frozen=True)
class Agreement:
    """Whether the lab ranks creatives as people's clicks do."""

    rank: float
    """Spearman's correlation, -1 to 1."""
    chance: float
    """Probability of one so far from 0 where there is no relation."""
    creatives: int


def agreement(score: np.ndarray, clicked: np.ndarray) -> Agreement | None:
    """None where there are too few creatives, or all are alike."""
    known = np.isfinite(score) & np.isfinite(clicked)
    if known.sum() < FEWEST or np.ptp(score[known]) == 0 or np.ptp(clicked[known]) == 0:
        return None
    found = stats.spearmanr(score[known], clicked[known])
    return Agreement(float(found.statistic), float(found.pvalue), int(known.sum()))
