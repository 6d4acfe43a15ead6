"""What money brings in one group by week, quickly and for many amounts: the arithmetic of `Response.lift`.

Carried-over exposure is linear in the money, so that of a flight is worked out once and scaled. Single precision is
enough here: a response is known to no more than one digit.
"""

from typing import TYPE_CHECKING

import numpy as np

from models.adstock import kernel

if TYPE_CHECKING:
    from core.ads.response import Response

__all__ = ["Lifts"]

NOTHING = 1e-9  # exposure


class Lifts:
    """A group over the weeks of a plan and those after it; S draws, C channels, T weeks."""

    def __init__(self, response: "Response", group: int, base: np.ndarray, lead: int, demand: np.ndarray) -> None:
        """base: (T,) units without ads, 0 in the `lead` weeks before a launch. demand: (S,) against the expected."""
        self._scale = response.scale[:, group, None]
        weights = kernel(response.decay, response.delay)  # (S, C, LAGS)
        self._weights = np.moveaxis(weights, 1, 0)[..., ::-1].astype(np.float32)  # (C, S, LAGS), the latest week last
        self._weeks = len(base)
        history = response.history[:, group, 1 - weights.shape[-1] :]
        self._before = self._carried(np.concatenate([history, np.zeros((len(history), self._weeks))], axis=1))
        self._slope = response.slope[..., None].astype(np.float32)
        self._half = np.log(response.half)[..., None].astype(np.float32)
        self._full = (response.effect * response.group_effect[..., group])[..., None].astype(np.float32)
        steady = np.full(self._weeks, base[lead:].mean())
        units = np.where(response.proportional[:, None], base, steady) * demand[:, None]  # (S, T)
        units[:, :lead] = 0.0
        self._units = units.astype(np.float32)

    def held(self, spend: np.ndarray) -> np.ndarray:
        """(S, C, T) exposure that a spend (C, W) leaves in each week, that of earlier spend not counted."""
        lags = self._weights.shape[-1]
        rest = self._weeks - spend.shape[1]
        return self._carried(np.pad(spend, ((0, 0), (lags - 1, rest))))

    def by_week(self, held: np.ndarray | float = 0.0) -> np.ndarray:
        """(S, C, T) units that such exposure brings on top of what earlier spend left."""
        return self._share(held) * self._units[:, None]

    def total(self, held: np.ndarray | float = 0.0) -> np.ndarray:
        """(S, C) the sum of these."""
        return np.einsum("sct,st->sc", self._share(held), self._units)

    def _carried(self, spend: np.ndarray) -> np.ndarray:
        """(S, C, T) of money a week (C, LAGS - 1 + T)."""
        exposure = (spend / self._scale).astype(np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(exposure, self._weights.shape[-1], axis=1)  # (C, T, LAGS)
        return np.moveaxis(self._weights @ windows.transpose(0, 2, 1), 0, 1)

    def _share(self, held: np.ndarray | float) -> np.ndarray:
        """(S, C, T) of the group's units: a Hill curve, by way of its logarithm."""
        seen = np.log(np.maximum(self._before + held, NOTHING))
        return self._full / (1 + np.exp(np.minimum(self._slope * (self._half - seen), 80)))
