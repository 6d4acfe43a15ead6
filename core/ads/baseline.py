"""What a group will sell without ads in the weeks to come: its present level, with the season of the year before."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.ads.response import Response

__all__ = ["to_come"]

YEAR = 52  # weeks
RECENT = 8  # weeks that the present level is of
SMOOTH = 3  # weeks; one of last year says little of the same one of this
LEAST, MOST = 0.2, 5.0  # times the present level


def to_come(response: "Response", group: int, start: int, weeks: int) -> np.ndarray:
    """(weeks,) units a week, the first of them `start` weeks after the data's last; flat without a year to go by."""
    now, past = float(response.base[group]), response.past_base[group]
    if len(past) < YEAR + RECENT:
        return np.full(weeks, now)
    smooth = np.convolve(np.pad(past, SMOOTH // 2, mode="edge"), np.ones(SMOOTH) / SMOOTH, "valid")
    before = float(past[len(past) - YEAR - RECENT : len(past) - YEAR].mean())
    place = len(past) - YEAR + (start + np.arange(weeks)) % YEAR
    return now * np.clip(smooth[place] / max(before, 1e-9), LEAST, MOST)
