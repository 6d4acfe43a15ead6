"""Wordings of one item side by side: who wants them, what they sell, and which differences mean something.

Two wordings that say the same do not score the same. How far they lie apart is measured on each wording with its
halves swapped ("Bird table, foldable", "Foldable bird table"): a difference between two wordings that is not more
than twice that is no news.
"""

import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.concepts.brief import Brief
from core.errors import DebutError

if TYPE_CHECKING:  # brings torch along
    from core.concepts.judges import Judges, Sales

__all__ = ["LONGEST", "MOST", "Compared", "Noise", "compare", "log_odds", "read", "reworded"]

MOST, LONGEST = 8, 400  # wordings side by side, and characters of one
NUMBERS = ("preference", "buyers", "preference_change", "p10", "p50", "p90", "mean", "units_change", "wins")
REWORDED = 16  # rewordings in all: enough to tell what is noise, and asked in a blink
SURE = 2.0  # standard deviations of a difference between wordings that say the same


@dataclass(frozen=True)
class Noise:
    """How far two wordings that say the same lie apart: standard deviation of the difference."""

    preference: float | None
    """In log-odds; None where there is nobody to ask or no wording of two words."""
    units: float | None
    """In logs of the mean."""


@dataclass(frozen=True)
class Compared:
    """Wordings side by side; the first one is what the others are compared with."""

    table: pd.DataFrame
    """variant, preference (mean probability in the segment), buyers (expected), preference_change (ratio of the
    odds less 1), p10, p50, p90, mean (units), units_change (share), wins (probability that it sells more than the
    first), says (in words). NaN where nobody can tell."""
    by_segment: pd.DataFrame
    """variant, segment, customers, preference, buyers, units (of the mean, shared out by buyers); everybody first."""
    noise: Noise = field(default_factory=lambda: Noise(None, None))


def read(typed: str) -> list[str]:
    """The wordings of a text field, one a line, each once. Raises DebutError where these are none or too many."""
    lines = [" ".join("".join(map(_shown, line)).split()) for line in typed.splitlines()]
    found = list({line.lower(): line for line in reversed(lines) if line.strip(" |")}.values())[::-1]
    if not found:
        raise DebutError("There is no wording yet. Type one a line.", "Nothing to compare")
    if len(found) > MOST:
        raise DebutError(f"These are {len(found)} wordings; {MOST} fit side by side.", "Too many wordings")
    for number, line in enumerate(found, start=1):
        if len(line) > LONGEST:
            raise DebutError(
                f"Wording {number} has {len(line)} characters; at most {LONGEST} are read.", "A wording is too long"
            )
    return found


def compare(judges: "Judges", variants: list[str], brief: Brief) -> Compared:
    """Ask everybody who is there about all wordings."""
    each = max(1, REWORDED // len(variants))
    same = [(at, other) for at, words in enumerate(variants) for other in reworded(words, each)]
    texts = brief.texts([*variants, *(other for _, other in same)])
    count, of = len(variants), np.array([at for at, _ in same], dtype=np.int64)
    table, by_segment, sales = pd.DataFrame({"variant": variants}), pd.DataFrame(), None
    table[list(NUMBERS)] = np.nan
    wanted = units = None
    if judges.forecaster is not None:
        sales = judges.sold(texts, brief)
        units = _distance(np.log1p(sales.mean), of, count)
        _tell_units(table, sales, count)
    if judges.panel is not None and brief.groups is not None:
        means, sizes = judges.wanted(texts, brief)
        wanted = _distance(log_odds(brief.of_segment(means)), of, count)
        _tell_preference(table, means[:count], sizes, brief)
        by_segment = _by_segment(variants, means[:count], sizes, brief.groups.all_names, sales)
    noise = Noise(wanted, units)
    table["says"] = [_says(row, place, noise) for place, row in enumerate(table[list(NUMBERS)].to_dict("records"))]
    return Compared(table, by_segment, noise)


def reworded(words: str, most: int = 1) -> list[str]:
    """The same words with their halves swapped at up to `most` places, the middle first; none for a single word."""
    head, bar, tail = words.partition("|")
    parts = head.split()
    places = sorted(range(1, len(parts)), key=lambda at: abs(at - len(parts) / 2))[:most]
    bare = [part.strip(",;:") for part in parts]
    swapped = [" ".join([*bare[at:], *bare[:at]]) for at in places]
    return [f"{one} {bar}{tail}".strip() for one in dict.fromkeys(swapped) if one.lower() != head.strip().lower()]


def log_odds(share: np.ndarray) -> np.ndarray:
    """Log of share / (1 - share); shares of 0 and 1 are kept finite."""
    kept = np.clip(share, 1e-9, 1 - 1e-9)
    return np.log(kept / (1 - kept))


def _distance(values: np.ndarray, of: np.ndarray, count: int) -> float | None:
    """Root mean square of how far the rewordings, which come after the wordings, lie from what they reword."""
    return float(np.sqrt(np.mean((values[count:] - values[of]) ** 2))) if len(of) else None


def _tell_preference(table: pd.DataFrame, means: np.ndarray, sizes: np.ndarray, brief: Brief) -> None:
    share = brief.of_segment(means)
    odds = log_odds(share)
    table["preference"], table["buyers"] = share, share * brief.of_segment(sizes[None, :])[0]
    table["preference_change"] = np.exp(odds - odds[0]) - 1


def _tell_units(table: pd.DataFrame, sales: "Sales", count: int) -> None:
    table[["p10", "p50", "p90"]] = sales.quantiles[:count]
    table["mean"] = sales.mean[:count]
    table["units_change"] = (1 + sales.mean[:count]) / (1 + sales.mean[0]) - 1
    table["wins"] = [_wins(totals, sales.totals[0]) for totals in sales.totals[:count]]


def _wins(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Probability that one launch sells more than another, independent one; what is equal counts half."""
    more, less = (np.searchsorted(theirs, ours, side).mean() / len(theirs) for side in ("left", "right"))
    return float((more + less) / 2)


def _by_segment(
    variants: list[str], means: np.ndarray, sizes: np.ndarray, names: tuple[str, ...], sales: "Sales | None"
) -> pd.DataFrame:
    buyers = means * sizes
    units = np.full(means.shape, np.nan)
    if sales is not None:
        units = sales.mean[: len(means), None] * buyers / np.maximum(buyers[:, :1], 1e-12)
    return pd.DataFrame(
        {
            "variant": np.repeat(variants, len(names)),
            "segment": np.tile(names, len(variants)),
            "customers": np.tile(sizes, len(variants)),
            "preference": means.ravel(),
            "buyers": buyers.ravel(),
            "units": units.ravel(),
        }
    )


def _says(row: dict[Hashable, float], place: int, noise: Noise) -> str:
    """What a difference to the first wording is worth, in words."""
    if place == 0:
        return "What the others are compared with."
    parts = [
        _verdict("Wanted", row["preference_change"], noise.preference),
        _verdict("Units", row["units_change"], noise.units),
    ]
    if not np.isnan(row["wins"]):
        parts.append(f"Would sell more in {100 * row['wins']:.0f} of 100 launches.")
    return " ".join(part for part in parts if part)


def _verdict(what: str, change: float, noise: float | None) -> str:
    if np.isnan(change):
        return ""
    size = f"{what} {change:+.0%}"
    if noise is None:
        return f"{size}."
    clear = abs(np.log1p(change)) > SURE * noise
    return f"{size}: clear." if clear else f"{size}: no more than another word order makes."


def _shown(character: str) -> str:
    """Spaces in place of what has no shape: controls, marks of direction and the like."""
    return " " if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cs") else character
