"""How well a launch goes as a whole, and what its first weeks tell of that.

An item's weekly demand is its level x its expected weeks x noise: the level, the same in all weeks, is what a forecast
of the window is unsure about, and the noise is what differs from week to week. Given level and noise, sales are
Poisson; with gamma noise of mean 1 and variance `noise`, a week is negative binomial with that level's mean.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln
from scipy.stats import nbinom, norm

from core.errors import DebutError
from core.history import History

__all__ = ["NOISE", "Levels", "learnt", "levels", "week_noise"]

NOISE = 0.5  # variance of a week around its level, where too few launches tell; 1.0 in Online Retail
GRID = 401  # levels looked at
FAR = 4.0  # standard deviations on either side
P90 = float(norm.ppf(0.9))
LEAST_SPREAD = 0.05  # of the log level: a forecast that is quite sure must still be able to learn
FEWEST, LEAST_UNITS = 20, 20  # launches, and units of each, for the noise to be the shop's own
QUIET, LOUD = 0.02, 3.0  # noise between which the shop's own is believed
LEAST_MEAN = 1e-9


@dataclass(frozen=True)
class Levels:
    """Levels that are possible, and how likely each is."""

    level: np.ndarray
    """(G,) what the expected weeks are multiplied by, rising; its mean is 1 before anything is seen."""
    weight: np.ndarray
    """(G,) sums to 1."""

    @property
    def mean(self) -> float:
        """Expected level."""
        return float(self.level @ self.weight)

    def quantile(self, share: float) -> float:
        """The level that a share of the probability does not exceed."""
        return float(np.interp(share, np.cumsum(self.weight) - self.weight / 2, self.level))

    def spread(self, count: int) -> np.ndarray:
        """(count,) equally likely levels, rising."""
        return np.interp((np.arange(count) + 0.5) / count, np.cumsum(self.weight) - self.weight / 2, self.level)


def levels(totals: np.ndarray) -> Levels:
    """Before the launch. totals: (S,) equally likely units of the window: lognormal on either side of their median."""
    low, middle, high = np.log1p(np.quantile(totals, (0.1, 0.5, 0.9)))
    z = np.linspace(-FAR, FAR, GRID)
    below, above = max((middle - low) / P90, LEAST_SPREAD), max((high - middle) / P90, LEAST_SPREAD)
    level = np.exp(z * np.where(z < 0, below, above))
    weight = norm.pdf(z)
    weight /= weight.sum()
    return Levels(level / (level @ weight), weight)


def learnt(
    prior: Levels, expected: np.ndarray, sold: np.ndarray, noise: float = NOISE, ran_out: bool = False
) -> Levels:
    """After the first weeks' sales, by Bayes.

    expected, sold: (k,) units of each week seen. ran_out: the stock ended in the last of them, so that its demand was
    at least what was sold. Raises DebutError on sales below 0 or of more weeks than there are.
    """
    sold = np.asarray(sold, dtype=float)
    if len(sold) > len(expected):
        raise DebutError(f"Sales of {len(sold)} weeks were given, but the window has {len(expected)}.")
    if not (np.isfinite(sold).all() and (sold >= 0).all()):
        raise DebutError("Units sold in a week must be 0 or more.")
    mean = np.maximum(prior.level[:, None] * expected[: len(sold)], LEAST_MEAN)  # (G, k)
    logs = _log_mass(np.round(sold), mean, noise)
    if ran_out and len(sold):
        size = 1 / noise
        least = nbinom.sf(np.round(sold[-1]) - 1, size, size / (size + mean[:, -1]))
        logs[:, -1] = np.log(np.maximum(least, 1e-300))
    log_weight = np.log(prior.weight) + logs.sum(1)
    weight = np.exp(log_weight - log_weight.max())
    return Levels(prior.level, weight / weight.sum())


def week_noise(history: History, weeks: int) -> float:
    """Variance of a week's demand around its launch's level, from the shop's past launches.

    By moments, each launch counting alike: with expected units m of a week, E[(y - m)^2] = m + noise m^2. The level of
    a launch is its own sum, which takes one of its `weeks` degrees of freedom. The usual where there are too few
    launches that sold enough to tell.
    """
    sales = history.curves(history.launches(weeks), weeks).astype(float)
    sales = sales[sales.sum(1) >= LEAST_UNITS]
    if len(sales) < FEWEST or weeks < 2:
        return NOISE
    shape = (sales / sales.sum(1, keepdims=True)).mean(0)
    mean = sales.sum(1, keepdims=True) * shape
    left = (sales - mean) ** 2 * weeks / (weeks - 1) - mean
    return float(np.clip((left.sum(1) / (mean**2).sum(1)).mean(), QUIET, LOUD))


def _log_mass(sold: np.ndarray, mean: np.ndarray, noise: float) -> np.ndarray:
    """(G, k) log probability of negative binomial sales (k,) with means (G, k)."""
    size = 1 / noise
    of_size = gammaln(sold + size) - gammaln(size) - gammaln(sold + 1)
    return of_size + size * np.log(size / (size + mean)) + sold * np.log(mean / (size + mean))
