"""Which days of the week (and hours, where exports have them) ads work best on.

Weeks differ more than chance: a good Saturday is often part of a good week. So whole weeks are drawn anew, with
replacement, and what stays better in most draws is better (a block bootstrap; Efron & Tibshirani 1993, chapter 8).
Orders are dated by the platform, mostly by the day of the click, and as many as it claims.
"""

from dataclasses import dataclass
from typing import Literal

import duckdb
import numpy as np
import pandas as pd

from core.ads.figures import band
from core.errors import NotReady

__all__ = ["DAYS", "MEASURES", "Compared", "Slots", "channels", "compare", "has_hours", "read"]

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = 24
FEWEST_WEEKS = 8  # fewer weeks cannot tell a day from its week
DRAWS = 4000
SURE = 0.9  # chance that no day is said to be better or worse where all are alike
Measure = Literal["worth", "click_rate", "conversion_rate"]
MEASURES: dict[Measure, tuple[str, str, float]] = {
    "worth": ("conversions", "spend", 100.0),
    "click_rate": ("clicks", "impressions", 1.0),
    "conversion_rate": ("conversions", "clicks", 1.0),
}
"""What is counted, for each of what, times what: orders for 100 spent, clicks an impression, orders a click."""


@dataclass(frozen=True)
class Slots:
    """Counts by week and slot (a weekday or an hour)."""

    names: list[str]
    weeks: int
    counts: dict[str, np.ndarray]
    """impressions, clicks, conversions, spend: (weeks, slots)."""


@dataclass(frozen=True)
class Compared:
    """The slots by one measure."""

    table: pd.DataFrame
    """slot, spend, impressions (shares of the whole, 0 to 1), value, value_low, value_high, better (chance to be above
    all slots together), best (chance to be the best), says (better, worse or ''); in the order of the week."""
    usual: float
    """Of all slots together."""


def channels(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """Channels with impressions, clicks or orders by day, those with the most spend first."""
    rows = cursor.execute(
        """SELECT trim(channel) AS name FROM ads
           WHERE coalesce(impressions, 0) + coalesce(clicks, 0) + coalesce(conversions, 0) > 0
           GROUP BY ALL ORDER BY sum(spend) DESC, name"""
    ).fetchall()
    return [name for (name,) in rows]


def has_hours(cursor: duckdb.DuckDBPyConnection, channel: str) -> bool:
    """Whether the export of a channel has hours."""
    return bool(
        cursor.execute("SELECT 1 FROM ads WHERE trim(channel) = ? AND hour IS NOT NULL LIMIT 1", [channel]).fetchall()
    )


def read(cursor: duckdb.DuckDBPyConnection, channel: str, slot: Literal["day", "hour"] = "day") -> Slots:
    """The counts of a channel. Raises NotReady, saying why its days (hours) cannot be told apart."""
    number = "isodow(date) - 1" if slot == "day" else "hour"
    table = cursor.execute(
        f"""SELECT date_trunc('week', date)::DATE AS week, ({number})::INTEGER AS slot,
                   coalesce(sum(impressions), 0)::DOUBLE AS impressions, coalesce(sum(clicks), 0)::DOUBLE AS clicks,
                   coalesce(sum(conversions), 0)::DOUBLE AS conversions, coalesce(sum(spend), 0)::DOUBLE AS spend
            FROM ads WHERE trim(channel) = ? AND {number} BETWEEN 0 AND 23 GROUP BY ALL ORDER BY ALL""",
        [channel],
    ).df()
    weeks, row = np.unique(table["week"].to_numpy(), return_inverse=True)
    names = list(DAYS) if slot == "day" else [f"{hour:02d}:00" for hour in range(HOURS)]
    counts = {}
    for name in ("impressions", "clicks", "conversions", "spend"):
        counts[name] = np.zeros((len(weeks), len(names)))
        np.add.at(counts[name], (row, table["slot"].to_numpy(int)), table[name].to_numpy(float))
    if len(weeks) < FEWEST_WEEKS:
        raise NotReady(f"{channel} has {len(weeks)} weeks by {slot}: from {FEWEST_WEEKS} on, {slot}s can be compared.")
    if (np.sum(list(counts.values()), axis=(0, 1)) > 0).sum() < 2:
        raise NotReady(f"All of {channel} is on one {slot}, perhaps as its export is by week: nothing to compare.")
    return Slots(names, len(weeks), counts)


def compare(slots: Slots, measure: Measure = "worth", seed: int = 0) -> Compared:
    """Compare the slots by a measure. Raises NotReady where nothing of it is exported."""
    above, below, times = MEASURES[measure]
    hits, trials = slots.counts[above], slots.counts[below]
    if hits.sum() <= 0 or trials.sum() <= 0:
        raise NotReady(f"The export counts no {above if hits.sum() <= 0 else below}.")
    weight = np.random.default_rng(seed).multinomial(slots.weeks, np.full(slots.weeks, 1 / slots.weeks), DRAWS)
    draws = times * _ratio(weight @ hits, weight @ trials)  # (S, slots)
    usual = times * _ratio(weight @ hits.sum(1), weight @ trials.sum(1))
    low, _, high = band(draws)
    known = np.isfinite(draws).all(0)
    better = np.where(known, (draws > usual[:, None]).mean(0), np.nan)
    doubt = (1 - SURE) / 2 / max(int(known.sum()), 1)  # so many are looked at, on either side (Bonferroni)
    first = np.where(known, draws, -np.inf).argmax(1)
    table = pd.DataFrame(
        {
            "slot": slots.names,
            **{name: _share(slots.counts[name].sum(0)) for name in ("spend", "impressions")},
            "value": times * _ratio(hits.sum(0), trials.sum(0)), "value_low": low, "value_high": high,
            "better": better, "best": np.bincount(first, minlength=len(slots.names)) / DRAWS,
            "says": np.select([better >= 1 - doubt, better <= doubt], ["better", "worse"], ""),
        }
    )  # fmt: skip
    return Compared(table, float(times * hits.sum() / trials.sum()))


def _share(sums: np.ndarray) -> np.ndarray:
    return sums / max(float(sums.sum()), 1e-9)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
