"""The shop's year: how much more or less than usual it sells in each of 52 weeks."""

from dataclasses import dataclass

import numpy as np

from core.history import History

__all__ = ["Season", "fit"]

WEEKS = 52
LEAST_DAYS = 300  # around a week, for their mean to be what is usual


@dataclass(frozen=True)
class Season:
    """The year's profile."""

    profile: np.ndarray
    """(52,) log of a week's units beside the mean of the year around it; 0 where that is not known."""

    def over(self, first: np.ndarray, days: int) -> np.ndarray:
        """(m,) mean log over the days from `first`: (m,) proleptic ordinals of dates."""
        weeks = (first[:, None] + np.arange(0, days, 7)) // 7 % WEEKS
        return self.profile[weeks.astype(np.int64)].mean(1)


def fit(history: History) -> Season:
    """From every week of the history around which most of a year is known; years are averaged."""
    total, half = np.concatenate([[0.0], np.cumsum(history.units.sum(0, dtype=float))]), 7 * WEEKS // 2
    start = history.start.toordinal()
    first = np.arange(-start % 7, history.days - 6, 7)  # whole weeks
    low, high = np.maximum(first - half, 0), np.minimum(first + half, history.days)
    usual = (total[high] - total[low]) / np.maximum(high - low, 1)
    sold = (total[first + 7] - total[first]) / 7
    known = (high - low >= LEAST_DAYS) & (usual > 0) & (sold > 0)
    week, log = (start + first[known]) // 7 % WEEKS, np.log(sold[known] / usual[known])
    count = np.bincount(week, minlength=WEEKS)
    return Season(np.bincount(week, log, WEEKS) / np.maximum(count, 1))
