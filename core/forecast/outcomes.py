"""What past launches sold in their first weeks, and what that says of a new one when each has a weight.

Units are moved to the shop's level of the day and to the season of the launch's own weeks: a launch of a quiet time
counts for more in a strong one, and what December sold is not expected of January. The quantiles, the mean and the
chances of a new item are those of the weighted launches, so that zero is possible and nothing is expected that no
launch has shown.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core import season
from core.history import History
from core.like_items import closed_lately

__all__ = ["Outcomes", "read", "shared"]

LEVEL_SHARE = 0.5  # of a move of the shop's level and season that an item follows


@dataclass(frozen=True)
class Outcomes:
    """The first weeks of N launches."""

    rows: np.ndarray
    """(N,) in the history."""
    units: np.ndarray
    """(N, W + 1) sold in each week, and in all of them, which comes last."""
    level: np.ndarray
    """(N,) of the shop for each: the mean log1p units of the launches that had just closed when it was launched, as if
    there were no seasons, and the season of its own weeks."""

    def quantiles(self, weights: np.ndarray, level: np.ndarray, shares: np.ndarray, column: int) -> np.ndarray:
        """(n, Q) units of a week, or of all (-1), that a `shares` (Q,) of the weighted launches do not exceed.

        weights: (n, N), see `shared`. level: (n,) of the shop.
        """
        value = self._even[:, column]
        order = np.argsort(value, kind="stable")
        heaped = np.cumsum(weights[:, order], axis=1)
        # One search for all rows: row i's shares lie between i and i + 1.
        lift = np.arange(len(weights))[:, None]
        sought = np.searchsorted((np.minimum(heaped, 1) + lift).ravel(), (shares[None, :] + lift - 1e-9).ravel())
        place = np.minimum(sought.reshape(len(weights), -1) - lift * len(order), len(order) - 1)
        return value[order][place] * _factor(level)[:, None]

    def mean(self, weights: np.ndarray, level: np.ndarray) -> np.ndarray:
        """(n, W + 1) expected units by week and in all. weights: (n, N), see `shared`."""
        return weights @ self._even * _factor(level)[:, None]

    def ranks(self, weights: np.ndarray, level: np.ndarray, sold: np.ndarray) -> np.ndarray:
        """(n, W + 1) weight of the launches that sold less than (n, W + 1) `sold`; of those that sold as much, half."""
        share, even = shared(weights), sold / _factor(level)[:, None]
        out = np.empty(sold.shape)
        for column, value in enumerate(self._even.T):
            less, same = value < even[:, [column]], value == even[:, [column]]
            out[:, column] = (share * (less + 0.5 * same)).sum(1)
        return out

    def shop(self, history: History, known: np.ndarray, launch: np.ndarray) -> np.ndarray:
        """(n,) level of the shop for launches on the days `launch`, as known on the days `known`."""
        return _level(history, known, launch, self.units.shape[1] - 1)

    def of(self, chosen: np.ndarray) -> "Outcomes":
        """Some of the launches."""
        return Outcomes(self.rows[chosen], self.units[chosen], self.level[chosen])

    @property
    def target(self) -> np.ndarray:
        """(N,) log1p units of all weeks, as if the shop's level had always been its mean: what is to be learnt."""
        return np.log1p(self._even[:, -1] * _factor(np.array([self.level.mean()])))

    @cached_property
    def _even(self) -> np.ndarray:
        """(N, W + 1) units as if the shop's level had been 0."""
        return self.units / _factor(self.level)[:, None]


def read(history: History, rows: np.ndarray, weeks: int) -> Outcomes:
    """The outcomes of launches."""
    curves = history.curves(rows, weeks)
    launch = history.items["launch"].to_numpy()[rows]
    return Outcomes(rows, np.column_stack([curves, curves.sum(1)]), _level(history, launch, launch, weeks))


def _level(history: History, known: np.ndarray, launch: np.ndarray, weeks: int) -> np.ndarray:
    """(n,) see `Outcomes.level`; the usual one where no launch had closed in the half year before `known`."""
    year, start = season.fit(history), history.start.toordinal()
    launches = history.launches(weeks)
    begun = history.items["launch"].to_numpy()[launches]
    totals = np.log1p(history.curves(launches, weeks).sum(1)) - year.over(start + begun, 7 * weeks)
    closed = begun + 7 * weeks
    own = closed_lately(totals, closed, begun)
    usual = 0.0 if np.isnan(own).all() else float(np.nanmedian(own))
    recent = closed_lately(totals, closed, known)
    return np.asarray(np.where(np.isnan(recent), usual, recent) + year.over(start + launch, 7 * weeks))


def _factor(level: np.ndarray) -> np.ndarray:
    return np.exp(LEVEL_SHARE * level)


def shared(weights: np.ndarray) -> np.ndarray:
    """(n, N) weights of any scale to float64 rows that sum to 1; where all are 0, every launch counts alike."""
    total = weights.sum(1, keepdims=True, dtype=np.float64)
    return np.where(total > 0, weights / np.where(total > 0, total, 1), 1 / weights.shape[1])
