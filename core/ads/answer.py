"""How a new item answers extra money on ads: for the lever beside its price and stock.

The money goes to the channels as the shop's usual money does, evenly over the launch window. What it brings is read off
the response that is borrowed for the item, against the units under the usual ads that a forecast stands for.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.ads import whatif
from core.ads.scene import Scene

__all__ = ["AdsAnswer"]

LEAST_UNITS = 1e-9


@dataclass(frozen=True)
class AdsAnswer:
    """An item's response to ads around its launch."""

    scene: Scene
    """Of the item, without a limit to its stock."""
    source: str
    """Where the response comes from, in words."""

    @property
    def usual(self) -> float:
        """Money that is usually spent on such an item in its launch window."""
        return float(self.scene.usual.sum())

    def factor(self, extra: float) -> np.ndarray:
        """(S,) units with so much more money as a multiple of those without, equally likely."""
        more = self._sold(self._plan(extra))
        return np.divide(more, self._before, out=np.ones_like(more), where=self._before > LEAST_UNITS)

    def beyond(self, extra: float) -> list[str]:
        """Channels that would get more in a week than has been seen: there the answer is a guess."""
        return self.scene.beyond(self._plan(extra))

    @cached_property
    def _before(self) -> np.ndarray:
        return self._sold(self.scene.usual)

    def _plan(self, extra: float) -> np.ndarray:
        """(C, W) the usual money and `extra` beside it."""
        return self.scene.usual * (1 + extra / self.usual)

    def _sold(self, plan: np.ndarray) -> np.ndarray:
        return whatif.outcome(self.scene, plan).units[:, : plan.shape[1]].sum(1)
