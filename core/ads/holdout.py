"""Fit out of time: the last weeks, forecast from the weeks before and from what was decided for them (spend, prices,
events, the range), but for their sales."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.ads.beliefs import Belief, LiftTest
from core.ads.learning import learn
from core.ads.panel import FEWEST_WEEKS, Panel

__all__ = ["Holdout", "test"]

WEEKS = 13
YEAR = 52  # weeks back that the seasonal naive looks
LATEST = 8  # weeks whose mean stands for it where there is no year before


@dataclass(frozen=True)
class Holdout:
    """What came of it; errors are means over the weeks, of the shop's units."""

    weeks: int
    mape: float
    """Mean absolute error of the model, as a share of what was sold."""
    naive: float
    """The same of the week a year before."""
    actual: np.ndarray
    """(T,) units of the shop."""
    expected: np.ndarray
    """(T,) of the model, the last `weeks` of them unseen."""


def test(
    panel: Panel, beliefs: Sequence[Belief] = (), tests: Sequence[LiftTest] = (), weeks: int = WEEKS, seed: int = 0
) -> Holdout | None:
    """Forecast the last weeks; None where too few would be left to learn from."""
    known = len(panel.weeks) - weeks
    if known < FEWEST_WEEKS + weeks:
        return None
    learnt = learn(panel, beliefs, tests, draws=100, warm=60, chains=2, seed=seed, unseen=weeks)
    actual, expected = panel.units.sum(0), learnt.fitted.sum(0)
    before = np.full(weeks, actual[:known][-LATEST:].mean())
    if known >= YEAR:
        before = actual[known - YEAR : known - YEAR + weeks]
    late = actual[known:]
    return Holdout(weeks, _error(late, expected[known:]), _error(late, before), actual, expected)


def _error(actual: np.ndarray, forecast: np.ndarray) -> float:
    sold = actual > 0
    return float(np.mean(np.abs(actual[sold] - forecast[sold]) / actual[sold])) if sold.any() else float("nan")
