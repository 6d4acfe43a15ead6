"""Responses to ads that can be worked out by hand, for the tests of what plans with them."""

import numpy as np

from core.ads.response import LAGS, Response

__all__ = ["WEEKS", "response"]

WEEKS = 78  # of the history
FIRST = np.datetime64("2024-01-01")  # a Monday


def response(
    draws: int = 200,
    doubt: float = 0.2,
    groups: tuple[str, ...] = ("Mugs", "Lamps"),
    slope: float = 1.5,
    spent: float = 0.5,
    seed: int = 0,
    effects: tuple[float, ...] = (0.4, 0.3, 0.01),
) -> Response:
    """Search, social and display, of which the last does next to nothing.

    doubt: the spread of the effects, in logs. spent: every week of the history, against the spend that is exposure 1.
    """
    rng = np.random.default_rng(seed)
    count, shape = len(effects), (draws, len(effects))
    noise = np.exp(doubt * rng.standard_normal(shape) - doubt**2 / 2)
    size = np.linspace(1, 0.5, len(groups))
    scale = np.outer(np.resize([100.0, 80.0, 120.0], count), size)  # (C, G)
    base = 200.0 * size
    spend = np.repeat(spent * scale[..., None], WEEKS, axis=-1)
    units = np.repeat(base[:, None], WEEKS, axis=1)
    return Response(
        channels=["search", "social", "display", "email"][:count],
        groups=list(groups),
        effect=np.array(effects) * noise,
        decay=np.broadcast_to(np.resize([0.1, 0.5, 0.6], count), shape).copy(),
        delay=np.zeros(shape),
        half=np.resize([0.8, 0.6, 1.0], count) * np.exp(doubt * rng.standard_normal(shape)),
        slope=np.full(shape, slope),
        group_effect=np.ones((*shape, len(groups))),
        proportional=np.ones(draws, dtype=bool),
        scale=scale,
        base=base,
        level=base,
        history=spend[..., -LAGS:],
        largest=3 * scale,
        price=np.full(len(groups), 10.0),
        margin=np.full(len(groups), 6.0),
        weeks=FIRST + 7 * np.arange(WEEKS),
        fitted=units,
        past_base=units,
        outliers=np.zeros(units.shape, dtype=bool),
        past_spend=spend,
        past_price=np.full(units.shape, 10.0),
        noise=0.1,
        convergence=np.ones((count, 2)),
        prior_roi=np.full((count, 2), np.nan),
    )
