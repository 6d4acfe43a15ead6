"""What a week's advertising does in that week and the ones after: carry-over and saturation.

    stock_t = sum_l w_l x_t-l,    w_l ~ decay^l, or decay^((l - delay)^2) where it peaks `delay` weeks later
    effect_t ~ stock_t^slope / (stock_t^slope + half^slope)

Carry-over: Broadbent 1979; delayed, and the Hill curve for saturation: Jin, Wang, Sun, Chan & Koehler 2017,
"Bayesian methods for media mix modeling with carryover and shape effects". Weights sum to 1, so that a steady
exposure is its own stock. Exposure is spend in units of a usual week.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

__all__ = ["LAGS", "Grid", "candidates", "curves", "hill", "kernel", "stock"]

LAGS = 13
"""Weeks over which a week's spend is felt, itself included."""

DECAYS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75)
DELAYED = ((0.35, 1.0), (0.65, 1.0), (0.65, 2.0))  # (decay, delay) of curves that peak later
LATER = 0.2  # prior probability of all of these together
HALVES = (0.25, 0.45, 0.8, 1.3, 2.0, 3.2)
SLOPES = (0.8, 1.15, 1.6, 2.2)


@dataclass(frozen=True)
class Grid:
    """K candidate curves."""

    decay: np.ndarray
    """(K,) share that is left a week later."""
    delay: np.ndarray
    """(K,) weeks after which it peaks."""
    half: np.ndarray
    """(K,) exposure at half of the full effect."""
    slope: np.ndarray
    """(K,) steepness there; above 1 the curve is S-shaped."""
    log_weight: np.ndarray
    """(K,) logarithm of the prior probability."""


def candidates() -> Grid:
    """The curves that are tried, evenly likely within those that peak at once and those that peak later."""
    carried = [(decay, 0.0, (1 - LATER) / len(DECAYS)) for decay in DECAYS]
    carried += [(decay, delay, LATER / len(DELAYED)) for decay, delay in DELAYED]
    rows = [(d, late, half, slope, w) for (d, late, w), half, slope in product(carried, HALVES, SLOPES)]
    decay, delay, half, slope, weight = np.array(rows).T
    return Grid(decay, delay, half, slope, np.log(weight / weight.sum()))


def kernel(decay: np.ndarray, delay: np.ndarray) -> np.ndarray:
    """(..., LAGS) weights of this week's spend and of that of the weeks before; each row sums to 1."""
    decay, delay = np.asarray(decay, float)[..., None], np.asarray(delay, float)[..., None]
    lag = np.arange(LAGS)
    power = np.where(delay > 0, (lag - delay) ** 2, lag)
    weights = np.maximum(decay, 1e-12) ** power
    return weights / weights.sum(-1, keepdims=True)


def stock(exposure: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Carried-over exposure, of the shape of both but their last axes (weeks; lags) and then weeks.

    Before the first week there was nothing: put earlier weeks in front where there are any.
    """
    weeks = exposure.shape[-1]
    shape = np.broadcast_shapes(exposure.shape[:-1], weights.shape[:-1])
    out = np.zeros((*shape, weeks))
    for lag in range(min(LAGS, weeks)):
        out[..., lag:] += weights[..., lag, None] * exposure[..., : weeks - lag]
    return out


def hill(held: np.ndarray, half: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Share of the full effect that a stock reaches, 0 to 1; `half` and `slope` broadcast against it."""
    power = np.maximum(held, 0.0) ** slope
    return power / (power + half**slope)


def curves(exposure: np.ndarray, grid: Grid) -> np.ndarray:
    """(G, K, T) share of the full effect under each candidate, for exposures (G, T)."""
    pairs, which = np.unique(np.column_stack([grid.decay, grid.delay]), axis=0, return_inverse=True)
    held = stock(exposure[:, None], kernel(*pairs.T))  # (G, pairs, T)
    return hill(held[:, which.ravel()], grid.half[:, None], grid.slope[:, None])
