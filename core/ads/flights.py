"""Flights: how the money of a channel is spread over the weeks of a plan.

A flight is a share of the money for each week; the shares sum to 1. Weeks before the launch may be among them: what
is shown then sells nothing yet, but part of it is remembered.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["FLIGHTS", "LABELS", "spread", "weeks_of"]

ON = 2  # weeks that a pulse lasts, and pauses
FADING = 0.7  # of the money of one week in the next, away from the launch


def spread(flight: str, weeks: int, launch: int = 0) -> np.ndarray:
    """(weeks,) shares of the money. launch: the week of the launch, counted from the plan's first."""
    if weeks < 1:
        raise ValueError(f"A plan of {weeks} weeks has no week to spend in.")
    weights = FLIGHTS[flight](np.arange(weeks) - launch)
    return weights / weights.sum()


def weeks_of(total: np.ndarray, flight: str | list[str], weeks: int, launch: int = 0) -> np.ndarray:
    """(C, weeks) money a week. total: (C,) money a channel; flight: one for all, or one a channel."""
    names = [flight] * len(total) if isinstance(flight, str) else flight
    return np.array(
        [money * spread(name, weeks, launch) for money, name in zip(total, names, strict=True)], dtype=float
    ).reshape(len(total), weeks)


def _even(away: np.ndarray) -> np.ndarray:
    return np.ones(len(away))


def _pulsed(away: np.ndarray) -> np.ndarray:
    """On for `ON` weeks from the launch, off for as long, and so on in both directions."""
    on = (away // ON) % 2 == 0
    return on.astype(float) if on.any() else np.ones(len(away))


def _front(away: np.ndarray) -> np.ndarray:
    """Most in the week of the launch, less with every week away from it."""
    return FADING ** np.abs(away)


FLIGHTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"even": _even, "pulsed": _pulsed, "front": _front}
LABELS = {"even": "Even", "pulsed": "Pulsed", "front": "Front-loaded"}
