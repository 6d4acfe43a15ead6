"""What is believed of each item's elasticity: its own slope, drawn to what items like it have.

    slope_i      = elasticity_i + what a reaction adds + noise_i
    elasticity_i = shop + category + words of the title + price position + something of its own

with normal priors whose spreads the shop's own items tell (empirical Bayes, by expectation-maximisation); the shop's
mean starts from the literature, -2.62 over 1,851 estimates (Bijmolt, van Heerde & Pieters 2005,
https://doi.org/10.1509/jmkr.42.2.141.62296). Whether prices react to demand that the data do not hold at all is a
question of its own: both answers are worked out and weighed by how well they explain the slopes.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.prices.effects import Effects
from core.prices.features import Features

__all__ = ["LITERATURE", "Belief", "Pooled", "fit", "unlearnt"]

LITERATURE = (-2.62, 1.0)
"""Mean of the literature; how far a whole shop's may lie from it is our judgement."""
REACTING = (1.0, 1.0)  # of slopes: what a reaction typically adds, and its spread, where prices react
UNMOVED = 0.12  # the same spread where they do not: what no regression sees however many weeks it has
CHANCE = 0.5  # that they react, before the data
DOUBTED = {"cost": 1.5, "past": 2.0, "controls": 3.0}  # times a standard error: what it does not know of itself
STEPS = 60  # of expectation-maximisation
MOST = 1500  # items that the spreads are told by: those whose slopes say most
GUESS = {"category": 0.3, "word": 0.2, "position": 0.2, "own": 0.35}  # spreads to start from, as of FIRM items
FIRM = 6.0
TAILS = 5.0  # degrees of freedom: slopes far from all others count less


@dataclass(frozen=True)
class Belief:
    """Of n items: a mixture of normals, one an answer to whether prices react."""

    share: np.ndarray
    """(2,) of each answer."""
    mean: np.ndarray
    """(2, n)."""
    deviation: np.ndarray
    """(2, n)."""


@dataclass(frozen=True)
class Pooled:
    """What the shop's items say of an item by its features."""

    share: np.ndarray
    """(2,) of the answers: prices do not react, they do."""
    coefficients: np.ndarray
    """(2, d + 1) of the features, then the reaction."""
    covariance: np.ndarray
    """(2, d + 1, d + 1)."""
    spread: np.ndarray
    """(2,) of elasticities around what the features say."""
    items: int
    """Whose slopes it was learnt from."""

    def of(self, features: np.ndarray) -> Belief:
        """Items by their features (n, d) alone."""
        padded = np.column_stack([features, np.zeros((len(features), 1))])
        mean = padded @ self.coefficients.T
        sure = ((padded @ self.covariance) * padded).sum(2)
        return Belief(self.share, mean.T, np.sqrt(sure + self.spread[:, None] ** 2))

    def own(self, features: np.ndarray, effects: Effects) -> tuple[Belief, pd.DataFrame]:
        """The items whose price moved (m, d), by their features and their own slopes; pooled, own, own_share."""
        common = _common(effects)
        noise = effects.error**2 / _trust(effects)
        means, deviations, parts = [], [], []
        for at in range(2):
            kept = self.spread[at] ** 2 / (self.spread[at] ** 2 + noise)
            m = self.coefficients[at]
            pooled, own = features @ m[:-1], effects.slope - common @ m[-1:]
            means.append(pooled + kept * (own - pooled))
            a = np.column_stack([(1 - kept)[:, None] * features, -kept[:, None] * common])
            sure = ((a @ self.covariance[at]) * a).sum(1)
            deviations.append(np.sqrt(kept * noise + sure))
            parts.append(np.stack([pooled, own, kept]))
        pooled, own, kept = np.tensordot(self.share, np.stack(parts), 1)
        frame = pd.DataFrame({"pooled": pooled, "own": own, "own_error": effects.error, "own_share": kept})
        return Belief(self.share, np.stack(means), np.stack(deviations)), frame


def fit(effects: Effects, features: Features) -> Pooled:
    """Learn from the items whose price moved; without any, the literature speaks alone."""
    X = features.values[effects.rows]
    if not len(X):
        return unlearnt(features)
    common = _common(effects)
    noise = effects.error**2 / _trust(effects)
    best = np.sort(np.argsort(noise, kind="stable")[:MOST])
    found = []
    for typical, spread in ((0.0, UNMOVED), REACTING):
        reaction, told = _reaction(effects, typical, spread)
        prior = np.array([*features.prior, reaction[0]])
        spreads = _spreads(effects.slope[best], X[best], common[best], noise[best], prior, reaction[1], features)
        mean, covariance, fits = _solved(effects.slope, X, common, noise, prior, reaction[1], spreads, features)
        found.append((mean, covariance, spreads["own"], told + fits))
    weight = np.array([np.log(1 - CHANCE), np.log(CHANCE)]) + [one[3] for one in found]
    share = np.exp(weight - weight.max())
    means, covariances, spreads_own, _ = zip(*found, strict=True)
    return Pooled(share / share.sum(), np.stack(means), np.stack(covariances), np.array(spreads_own), len(X))


def unlearnt(features: Features) -> Pooled:
    """What the literature alone says."""
    deviation = [LITERATURE[1] if kind == "shop" else GUESS[kind] for kind in features.kinds]
    covariance = np.diag([*np.square(deviation), 0.0])
    coefficients = np.array([*features.prior, 0.0])
    return Pooled(
        np.array([1.0, 0.0]), np.stack([coefficients] * 2), np.stack([covariance] * 2), np.full(2, GUESS["own"]), 0
    )


def _common(effects: Effects) -> np.ndarray:
    """(m, 1) what one reaction adds to every slope.

    All slopes alike: prices that move more do so in part because they react more, so that to hold an item's own
    variance against it would read the one off the other.
    """
    return np.full((len(effects.slope), 1), np.median(effects.pull))


def _trust(effects: Effects) -> np.ndarray:
    """(m,) weight of each slope: those far from all others are seldom what they seem."""
    far = (effects.slope - np.median(effects.slope)) ** 2 / (effects.error**2 + 1.0)
    return np.minimum((TAILS + 1) / (TAILS + far), 1.0)


def _reaction(effects: Effects, typical: float, spread: float) -> tuple[tuple[float, float], float]:
    """Mean and deviation of the reaction after what cost and the past tell, and the log chance of their telling it."""
    scale = float(np.median(effects.pull))
    spread = float(np.hypot(spread, effects.blur * DOUBTED["controls"]))
    mean, variance, told = typical / scale, (spread / scale) ** 2, 0.0
    for name, (value, error) in effects.told.items():
        error = error * DOUBTED[name]
        whole = variance + error**2
        told -= 0.5 * ((value - mean) ** 2 / whole + np.log(whole))
        mean, variance = mean + variance / whole * (value - mean), variance * error**2 / whole
    return (mean, float(np.sqrt(variance))), told


def _spreads(
    slope: np.ndarray, X: np.ndarray, common: np.ndarray, noise: np.ndarray, prior: np.ndarray, doubt: float,
    features: Features,
) -> dict[str, float]:  # fmt: skip
    """Standard deviations of categories, words, positions and items around them."""
    spreads = dict(GUESS)
    kinds = np.array([*features.kinds, ""])
    for _ in range(STEPS):
        mean, covariance, _ = _solved(slope, X, common, noise, prior, doubt, spreads, features)
        whole = np.column_stack([X, common])
        left = slope - whole @ mean
        kept = spreads["own"] ** 2 / (spreads["own"] ** 2 + noise)
        sure = ((whole @ covariance) * whole).sum(1)
        found = {"own": (kept**2 * (left**2 + sure) + kept * noise).sum() + FIRM * GUESS["own"] ** 2}
        counts = {"own": len(slope)}
        for kind in ("category", "word", "position"):
            at = kinds == kind
            found[kind] = ((mean - prior)[at] ** 2 + np.diag(covariance)[at]).sum() + FIRM * GUESS[kind] ** 2
            counts[kind] = int(at.sum())
        spreads = {kind: float(np.sqrt(found[kind] / (counts[kind] + FIRM))) for kind in found}
    return spreads


def _solved(
    slope: np.ndarray, X: np.ndarray, common: np.ndarray, noise: np.ndarray, prior: np.ndarray, doubt: float,
    spreads: dict[str, float], features: Features,
) -> tuple[np.ndarray, np.ndarray, float]:  # fmt: skip
    """Mean and covariance of the coefficients, and the log chance of the slopes up to a constant."""
    own = [LITERATURE[1] if kind == "shop" else spreads[kind] for kind in features.kinds]
    precision = 1 / np.square([*own, doubt])
    whole, weight = np.column_stack([X, common]), 1 / (noise + spreads["own"] ** 2)
    scale = np.sqrt(precision)  # in units of the prior's deviations, which may be tiny
    scaled = whole / scale
    inner = (scaled * weight[:, None]).T @ scaled + np.eye(len(scale))
    left = slope - whole @ prior
    side = scaled.T @ (weight * left)
    inverse = np.linalg.inv(inner)
    fits = -0.5 * (
        (weight * left**2).sum() - side @ inverse @ side + np.linalg.slogdet(inner)[1] - np.log(weight).sum()
    )
    return prior + inverse @ side / scale, inverse / np.outer(scale, scale), float(fits)
