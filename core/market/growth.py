"""How each item's sales have grown beside the shop's, in like weeks and at a like age.

Compared are the latest weeks with the same weeks a year before, so that the season cancels; of a shop with less data,
its later half with its earlier half, where only the season of the whole shop does. Only weeks count in which an item
was on sale both times. An item's growth is drawn from counts, and items differ for reasons of their own: both are in
its variance, as in a random-effects meta-analysis (DerSimonian & Laird 1986,
https://doi.org/10.1016/0197-2456(86)90046-2), so that a best-seller is one item and no trend.
"""

from dataclasses import dataclass

import numpy as np

from core.errors import NotReady
from core.history import WARM_UP_DAYS, History

__all__ = ["FEWEST_WEEKS", "YEAR", "Growth", "Span", "of_items", "span"]

YEAR = 52  # weeks
LATEST = 26  # weeks that are compared
FEWEST_WEEKS = 8  # that are compared
FEWEST_UNITS = 5  # of an item over both times
GONE = 8  # weeks after its last sale from which on an item is not on sale
AGES = np.array([6, 13, 26, 52])  # weeks since the launch that are told apart: an item slows as it ages


@dataclass(frozen=True)
class Span:
    """What is compared with what."""

    weeks: int
    """Length of either time."""
    lag: int
    """Weeks between them: a year, or, where `seasonal` is not, their length."""

    @property
    def seasonal(self) -> bool:
        """Whether the same weeks of two years are compared."""
        return self.lag == YEAR

    @property
    def words(self) -> str:
        """What is compared, for a caption."""
        if self.seasonal:
            return f"the latest {self.weeks} weeks with the same weeks a year before"
        return f"the latest {self.weeks} weeks with the {self.weeks} before, as there is less than a year and a bit"


@dataclass(frozen=True)
class Growth:
    """Log growth of n items beside the shop, NaN where it is not known."""

    log: np.ndarray
    """(n,)"""
    variance: np.ndarray
    """(n,) of the counts and of items as such."""
    span: Span
    shop: float
    """Log growth of the shop over the same items and weeks."""


def span(days: int) -> Span:
    """What can be compared in so many days. Raises NotReady where it is too little."""
    weeks = days // 7
    if weeks >= YEAR + FEWEST_WEEKS:
        return Span(min(LATEST, weeks - YEAR), YEAR)
    if weeks >= 2 * FEWEST_WEEKS:
        return Span(min(LATEST, weeks // 2), min(LATEST, weeks // 2))
    raise NotReady(f"{weeks} weeks of data are too few to tell a trend; {2 * FEWEST_WEEKS} are needed.")


def of_items(history: History) -> Growth:
    """Growth of the items of a history. Raises NotReady where it is too short."""
    when = span(history.days)
    late, early = (_weekly(history, when.weeks, back) for back in (0, when.lag))
    sold_late, on_late = late
    sold_early, on_early = early
    both = on_late & on_early  # (items, weeks)
    after, before = np.where(both, sold_late, 0), np.where(both, sold_early, 0)
    shop = np.vstack([after.sum(0), before.sum(0)])  # (2, weeks)
    expected = np.log((both @ shop[0] + 1) / (both @ shop[1] + 1))
    a, b = after.sum(1), before.sum(1)
    log = np.log((a + 0.5) / (b + 0.5)) - expected
    counts = 1 / (a + 0.5) + 1 / (b + 0.5)
    known = (a + b >= FEWEST_UNITS) & (both.sum(1) >= FEWEST_WEEKS / 2)
    log, variance = _at_like_age(log, counts, _ages(history, both, when), known)
    return Growth(log, variance, when, float(np.log((shop[0].sum() + 1) / (shop[1].sum() + 1))))


def _weekly(history: History, weeks: int, back: int) -> tuple[np.ndarray, np.ndarray]:
    """(items, weeks) units of the weeks that end so many weeks before the end, at least 0, and whether on sale."""
    edges = history.days - 7 * (back + weeks) + 7 * np.arange(weeks + 1)
    total = history.cumulative[:, np.clip(edges, 0, history.days)]
    launch = history.items["launch"].to_numpy()[:, None]
    sold = history.units > 0
    last = np.where(sold.any(1), history.days - 1 - np.argmax(sold[:, ::-1], axis=1), -1)[:, None]
    return np.maximum(np.diff(total, axis=1), 0), (launch <= edges[:-1]) & (edges[:-1] <= last + 7 * GONE)


def _ages(history: History, both: np.ndarray, when: Span) -> np.ndarray:
    """(items,) place in AGES of the mean age in the earlier time; the last where the launch is not known."""
    launch = history.items["launch"].to_numpy()
    first = history.days - 7 * (when.lag + when.weeks) + 7 * np.arange(when.weeks)
    middle = (both @ first) / np.maximum(both.sum(1), 1)
    age = np.where(launch < WARM_UP_DAYS, np.inf, (middle - launch) / 7)
    return np.searchsorted(AGES, age, side="right")


def _at_like_age(
    log: np.ndarray, counts: np.ndarray, age: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Growth less that of items of its age, and the variances; twice, as the weights follow from what is left."""
    between = 0.0
    left = np.where(known, log, np.nan)
    for _ in range(3):
        weight = np.where(known, 1 / (counts + between), 0)
        for group in np.unique(age):
            rows = known & (age == group)
            if rows.any():
                left[rows] = log[rows] - np.average(log[rows], weights=weight[rows])
        between = _between(left[known], counts[known])
    return left, np.where(known, counts + between, np.nan)


def _between(left: np.ndarray, counts: np.ndarray) -> float:
    """Variance of items as such, from what the counts do not explain."""
    if len(left) < 2:
        return 0.0
    weight = 1 / counts
    spread = float((weight * left**2).sum()) - (len(left) - 1)
    return max(0.0, spread / float(weight.sum() - (weight**2).sum() / weight.sum()))
