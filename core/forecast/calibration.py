"""How far the forecast is off: learnt on launches that a model had not seen, before anyone relies on it.

Intervals are conformal in ranks (distributional conformal prediction, Chernozhukov et al. 2021,
https://arxiv.org/abs/1909.07889): each launch is forecast by a forest that was grown without the launches of its
time, as known when that time began. Where among the weighted outcomes it then fell says which ranks hold the
wanted share.
"""

from dataclasses import dataclass, field

import numpy as np

from core.accuracy.metrics import spearman, wape

__all__ = ["BLOCKS", "INTERVAL", "Check", "Spread", "blocks", "spread"]

BLOCKS = 4
INTERVAL = 0.8  # share of launches that P10 to P90 should hold
WIDEST = 0.495  # ranks beyond would be the most extreme launch


@dataclass(frozen=True)
class Spread:
    """Ranks on either side of the median that hold INTERVAL of what is sold."""

    week: float = INTERVAL / 2
    total: float = INTERVAL / 2

    def ranks(self, shares: np.ndarray, total: bool) -> np.ndarray:
        """(Q,) ranks among the weighted outcomes that stand for `shares` of what will be sold."""
        half = self.total if total else self.week
        return np.interp(
            shares, [0, 0.5 - INTERVAL / 2, 0.5, 0.5 + INTERVAL / 2, 1], [0, 0.5 - half, 0.5, 0.5 + half, 1]
        )


@dataclass(frozen=True)
class Check:
    """How a twin with the encoder as it came did on the latest launches, which it had not seen."""

    launches: int = 0
    wape: float = 0.0
    wape_median: float = 0.0
    """Of the median of the earlier launches: what knowing nothing of an item gives."""
    spearman: float = 0.0
    true: list[float] = field(default_factory=list)
    """Units of each launch in all weeks."""
    predicted: list[float] = field(default_factory=list)
    """Median forecast of each."""

    @classmethod
    def of(cls, true: np.ndarray, predicted: np.ndarray, typical: float) -> "Check":
        """true, predicted: (n,) units. typical: median units of the launches before."""
        return cls(
            len(true),
            wape(true, predicted),
            wape(true, np.full(len(true), typical)),
            float(np.nan_to_num(spearman(true, predicted))),  # nothing to agree on is no agreement
            true.tolist(),
            np.round(predicted, 1).tolist(),
        )


def blocks(launch: np.ndarray) -> list[np.ndarray]:
    """(N,) masks of launches of one time each, which follow each other and hold about as many."""
    edges = np.quantile(launch, np.linspace(0, 1, BLOCKS + 1)[1:-1])
    block = np.searchsorted(edges, launch, side="right")
    return [block == at for at in np.unique(block)]


def spread(ranks: np.ndarray) -> Spread:
    """From (N, W + 1) ranks at which launches fell among their weighted outcomes; the sum comes last."""
    off = np.abs(ranks - 0.5)
    return Spread(_bound(off[:, :-1].ravel()), _bound(off[:, -1]))


def _bound(off: np.ndarray) -> float:
    """The conformal quantile: with probability INTERVAL a new rank is no further off."""
    wanted = int(np.ceil((len(off) + 1) * INTERVAL))
    return min(WIDEST, float(np.sort(off)[wanted - 1])) if wanted <= len(off) else WIDEST
