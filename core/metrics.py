"""How far a forecast of units lies from what was sold. Formulas: Hyndman & Koehler 2006, Koenker & Bassett 1978."""

import numpy as np
from scipy.stats import spearmanr

from core.settings import QUANTILES

__all__ = ["measures", "spearman", "wape"]

TOP_SHARE = 0.2


def wape(true: np.ndarray, predicted: np.ndarray) -> float:
    """Sum of absolute errors over the sum of units."""
    return float(np.abs(true - predicted).sum() / max(true.sum(), 1e-9))


def spearman(true: np.ndarray, predicted: np.ndarray) -> float:
    """Rank correlation, -1 to 1; NaN where either side is all the same."""
    if len(true) < 2 or not np.ptp(true) or not np.ptp(predicted):
        return float("nan")
    return float(spearmanr(true, predicted).statistic)


def measures(true: np.ndarray, quantiles: np.ndarray) -> dict[str, float]:
    """Accuracy of (n, 3) quantiles in units against (n,) units; the median is the forecast."""
    low, median, high = quantiles.T
    levels, error = np.array(QUANTILES), true[:, None] - quantiles
    return {
        "wape": wape(true, median),
        "mae_log": float(np.abs(np.log1p(true) - np.log1p(median)).mean()),
        "spearman": spearman(true, median),
        "top20": _top_found(true, median),
        "bias": float(median.sum() / max(true.sum(), 1e-9) - 1),
        "pinball": float(np.maximum(levels * error, (levels - 1) * error).mean()),
        "coverage80": float(((low <= true) & (true <= high)).mean()),
    }


def _top_found(true: np.ndarray, predicted: np.ndarray) -> float:
    """Share of the true top fifth that is in the predicted one; NaN where the forecast is all the same."""
    if not np.ptp(predicted):
        return float("nan")
    top = max(1, int(len(true) * TOP_SHARE))
    best, chosen = (np.argsort(-values, kind="stable")[:top] for values in (true, predicted))
    return len(np.intersect1d(best, chosen)) / top
