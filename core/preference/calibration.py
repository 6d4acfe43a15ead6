"""From what the network says to a probability: Platt scaling on launches that the network has not learnt from.

    logit r_ij = a + b wide_ij + c deep_ij + g level_j

wide and deep are the two parts of the network, each beside the active customers' own mean; level is the log share
of customers whom the item finds. What a part does not prove on held-out launches it does not get to say: no weight
is negative. (Platt 1999; the parts of a network as its features: Niculescu-Mizil & Caruana 2005.)
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

__all__ = ["Calibration", "beside", "fit"]

PULL = 20.0  # observations' worth of belief in the starting weights
START = (0.0, 1.0, 1.0, 1.0)
MOST_PAIRS = 2_000_000


@dataclass(frozen=True)
class Calibration:
    """The fitted weights."""

    bias: float
    wide: float
    deep: float
    level: float

    def logit(self, wide: np.ndarray, deep: np.ndarray, level: np.ndarray) -> np.ndarray:
        """(n, m) wide and deep, (m,) level -> (n, m)."""
        return self.wide * wide + self.deep * deep + (self.bias + self.level * level)[None, :]


def beside(part: np.ndarray, active: np.ndarray) -> np.ndarray:
    """(m,) log of the mean of exp of a part over the active customers: what is taken off it. active: (n,) bool."""
    some = part[active] if active.any() else part
    top = some.max(0)
    return top + np.log(np.exp(some - top).mean(0))


def fit(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]], seed: int = 0) -> Calibration:
    """parts: of each moment (n, m) wide and deep beside the active, (m,) level, and (n, m) whether it was bought."""
    X = np.concatenate([_features(wide, deep, level) for wide, deep, level, _ in parts])
    y = np.concatenate([bought.ravel() for *_, bought in parts]).astype(float)
    if len(y) > MOST_PAIRS:
        some = np.random.default_rng(seed).choice(len(y), MOST_PAIRS, replace=False)
        X, y = X[some], y[some]
    start = np.array(START)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logit = X @ weights
        error = 1 / (1 + np.exp(-logit)) - y
        value = float((np.logaddexp(0, logit) - y * logit).sum() + PULL / 2 * ((weights - start) ** 2).sum())
        return value / len(y), (X.T @ error + PULL * (weights - start)) / len(y)

    bounds = [(None, None), (0, None), (0, None), (0, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12, "gtol": 1e-9})
    return Calibration(*(float(weight) for weight in found.x))


def _features(wide: np.ndarray, deep: np.ndarray, level: np.ndarray) -> np.ndarray:
    levels = np.broadcast_to(level[None, :], wide.shape)
    return np.column_stack([np.ones(wide.size), wide.ravel(), deep.ravel(), levels.ravel()])
