"""The answer of one item's sales to its price: equally likely elasticities, and units at any price."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from core.prices import curve

__all__ = ["DRAWS", "FLATTEST", "Response", "levels"]

DRAWS = 200  # equally likely elasticities of a response
FLATTEST = -0.05  # elasticity: nobody buys more because it is dearer
UNSEEN = (0.8, 1.25)  # of the usual price: the range where a shop's prices have never moved
EVEN = (0.25, 0.25, 0.25, 0.25)
SHOPS = "items of this shop"


def levels(count: int = DRAWS) -> np.ndarray:
    """(count,) probabilities in the middle of equal parts."""
    return (np.arange(count) + 0.5) / count


@dataclass(frozen=True)
class Response:
    """How units of one item answer its price."""

    draws: np.ndarray
    """(S,) equally likely elasticities at the reference price, rising, all below 0: % units for 1 % price."""
    items: int = 0
    """Items, like this one or of the shop, whose moved prices the pooled part comes from; 0: the literature alone."""
    own_share: float = 0.0
    """What the item's own price history counts for, 0 to 1."""
    weeks: int = 0
    """Weeks of its own that were looked at."""
    moves: int = 0
    """Times that its price has changed."""
    pooled: float = float("nan")
    """Elasticity that items like it have."""
    own: float = float("nan")
    """Elasticity that its own weeks have, before it is drawn to the pooled one; NaN without any."""
    seen: tuple[float, float] = UNSEEN
    """Lowest and highest price, relative to the reference, that the data have seen."""
    parts: tuple[float, ...] = EVEN
    """Share of each of `curve.SHAPES`."""
    whose: str = SHOPS
    """Whom the pooled part comes from, in words."""

    @classmethod
    def around(cls, elasticity: float, low: float, high: float, items: int = 0) -> "Response":
        """A response with this median and 8 in 10, of a constant elasticity."""
        at = ndtri(levels())
        reach = ndtri(0.9)
        side = np.where(at < 0, (elasticity - low) / reach, (high - elasticity) / reach)
        return cls(np.minimum(elasticity + at * side, FLATTEST), items, parts=(1.0, 0.0, 0.0, 0.0), seen=(0.01, 100.0))

    @property
    def elasticity(self) -> float:
        """The median."""
        return self._at(0.5)

    @property
    def low(self) -> float:
        """8 in 10 lie between `low` and `high`."""
        return self._at(0.1)

    @property
    def high(self) -> float:
        """See `low`."""
        return self._at(0.9)

    @property
    def low90(self) -> float:
        """9 in 10 lie between `low90` and `high90`."""
        return self._at(0.05)

    @property
    def high90(self) -> float:
        """See `low90`."""
        return self._at(0.95)

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        if not self.items:
            return "from the literature, as this shop's prices have hardly moved"
        pooled = f"pooled over {self.items:,} {self.whose}, drawn towards the literature"
        if not self.own_share:
            return f"{pooled} (own prices unknown)" if self.whose != SHOPS else pooled
        own = f"{self.weeks} weeks and {self.moves} price moves of its own count for {self.own_share:.0%}"
        return f"{own}, the rest is {pooled}"

    def factor(self, price: np.ndarray, reference: float) -> np.ndarray:
        """(S, G) units at prices (G,) relative to those at the reference price, by draw; falls as prices rise."""
        return curve.factor(self.draws, self._ratio(price, reference), np.array(self.parts), self.seen)

    def beyond(self, price: np.ndarray, reference: float) -> np.ndarray:
        """(G,) whether a price lies outside the range that the data have seen."""
        ratio = self._ratio(price, reference)
        return (ratio < self.seen[0] * (1 - 1e-9)) | (ratio > self.seen[1] * (1 + 1e-9))

    def _ratio(self, price: np.ndarray, reference: float) -> np.ndarray:
        if not reference > 0:
            raise ValueError("The reference price must be above 0.")
        return np.atleast_1d(np.asarray(price, float)) / reference

    def _at(self, share: float) -> float:
        return float(np.quantile(self.draws, share))
