"""What sales do without ads: level, trend, season, controls and the noise around them, for G groups of T weeks.

Everything is linear in coefficients with normal priors, whose spread is in units of the noise, so that the
coefficients can be integrated out: what is left of any series is its part that the backdrop cannot explain.
Groups share trend, season and controls and have each a level, a milder trend and a milder season of their own.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["UNSEEN", "YEAR", "Backdrop", "Columns", "Shape", "columns", "whitened"]

YEAR = 365.25 / 7  # weeks
KNOT = 13.0  # weeks between the bends of the trend
HARMONICS, OWN_HARMONICS = 26, 6
SHORT = 78  # weeks; with fewer a detailed season cannot be told from anything else
FEW_HARMONICS = 4
CONTROL = 6.0  # spread of a control's coefficient for one standard deviation of it, in units of noise
START = 0.6  # a week; what was spent before the first week fades so
UNSEEN = 1e4
"""Noise of a value that is not looked at."""
FREE = 1_000.0  # spread of what has no prior to speak of


@dataclass(frozen=True)
class Shape:
    """How freely the backdrop moves; spreads in units of noise."""

    season: float = 4.0
    """Of the yearly wave; the h-th harmonic has 1 / sqrt(h) of it."""
    trend: float = 1.5
    """Of a bend of the trend, by the next knot."""
    keeps: float = 0.0
    """Autocorrelation of the noise, 0 to 1."""
    proportional: bool = True
    """Whether ads add a share of the units there are without them, or units whatever the season."""


@dataclass(frozen=True)
class Columns:
    """The series that the backdrop is made of, before any noise is thought of."""

    values: np.ndarray
    """(p, G, T)."""
    season: np.ndarray
    """(p,) spread as a multiple of the season's, 0 where it is none."""
    trend: np.ndarray
    """(p,) likewise of the trend's."""
    fixed: np.ndarray
    """(p,) spread of the others."""

    def spread(self, shape: Shape) -> np.ndarray:
        """(p,) prior standard deviations in units of noise."""
        return self.season * shape.season + self.trend * shape.trend + self.fixed


def columns(groups: int, weeks: int, controls: np.ndarray) -> Columns:
    """The columns for controls (J, G, T), each on a scale where 1 is usual."""
    t = np.arange(weeks)
    waves = HARMONICS if weeks >= SHORT else FEW_HARMONICS
    found: list[tuple[np.ndarray, float, float, float]] = []
    every, bends = np.ones((groups, 1)), _bends(t)
    found += [(every * row, 0, 1, 0) for row in bends]
    found += [(every * ((t - t.mean()) / KNOT), 0, 2, 0), (every * START**t, 0, 0, 1.0)]
    for wave in range(1, waves + 1):
        found += [(every * row, wave**-0.5, 0, 0) for row in _wave(t, wave)]
    found += [(control, 0, 0, CONTROL) for control in controls]
    for group in np.eye(groups)[:, :, None]:
        found.append((group * np.ones(weeks), 0, 0, FREE))
        if groups > 1:
            found += [(group * row, 0, 0.7, 0) for row in (*bends, (t - t.mean()) / KNOT)]
            for wave in range(1, min(waves, OWN_HARMONICS) + 1):
                found += [(group * row, 0.7 / wave, 0, 0) for row in _wave(t, wave)]
    values, season, trend, fixed = zip(*found, strict=True)
    return Columns(np.array(values), np.array(season), np.array(trend), np.array(fixed))


def _bends(t: np.ndarray) -> np.ndarray:
    """(knots, T): 0 before a knot, then rising by 1 a quarter."""
    knots = np.arange(KNOT, len(t) - KNOT / 2, KNOT)
    return np.maximum(t - knots[:, None], 0) / KNOT


def _wave(t: np.ndarray, wave: int) -> tuple[np.ndarray, np.ndarray]:
    return np.sin(2 * np.pi * wave * t / YEAR), np.cos(2 * np.pi * wave * t / YEAR)


def whitened(values: np.ndarray, noise: np.ndarray, keeps: float) -> np.ndarray:
    """(..., G, T) series as multiples of the noise (G, T), freed of autocorrelation (Prais-Winsten)."""
    scaled = values / noise
    if not keeps:
        return scaled
    out = scaled.copy()
    out[..., 1:] -= keeps * scaled[..., :-1]
    out[..., 0] *= np.sqrt(1 - keeps**2)
    return out


class Backdrop:
    """The backdrop of one shape with its coefficients integrated out: P = I - HᵀH on whitened series (n = G T)."""

    def __init__(self, parts: Columns, shape: Shape, noise: np.ndarray) -> None:
        self.shape, self.noise = shape, noise
        groups, weeks = parts.values.shape[1:]
        seen = noise < UNSEEN / 2
        self.count = int(seen.sum())  # values that say anything
        self.spread = parts.spread(shape) * noise[seen].mean()  # what is whitened is a multiple of the noise
        self.design = whitened(parts.values, noise, shape.keeps).reshape(len(self.spread), groups * weeks)
        inner = self.design @ self.design.T + np.diag(self.spread**-2.0)
        self.root = np.linalg.cholesky(inner)
        stretch = groups * 0.5 * np.log1p(-(shape.keeps**2))
        # Half of the log determinant of the covariance in units of the noise, less n log sigma.
        self.log_size = float(np.log(np.diag(self.root)).sum() + np.log(self.spread).sum() - stretch)

    @cached_property
    def half(self) -> np.ndarray:
        """(p, n): H."""
        from scipy.linalg import solve_triangular

        return solve_triangular(self.root, self.design, lower=True)

    def white(self, values: np.ndarray) -> np.ndarray:
        """(..., G, T) series, whitened."""
        return whitened(values, self.noise, self.shape.keeps)

    def left(self, series: np.ndarray) -> float:
        """Sum of squares of a whitened series (n,) that the backdrop does not explain."""
        return float(series @ series - np.square(self.half @ series).sum())

    def fitted(self, series: np.ndarray, parts: Columns) -> np.ndarray:
        """(G, T) the backdrop's mean for a whitened series (n,), on the scale of the data."""
        from scipy.linalg import cho_solve

        coefficients = cho_solve((self.root, True), self.design @ series)
        return np.tensordot(coefficients, parts.values, 1)

    def log_evidence(self, series: np.ndarray) -> float:
        """Logarithm of the probability of a whitened series (n,), its noise's size integrated out (1 / sigma²)."""
        return -self.log_size - 0.5 * self.count * np.log(max(self.left(series), 1e-12))
