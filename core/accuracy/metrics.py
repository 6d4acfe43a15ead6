"""How far a forecast of units, or of a yes or no, lies from what was sold.

Formulas: Hyndman & Koehler 2006 (WAPE), Koenker & Bassett 1978 (pinball), Hanley & McNeil 1982 (AUC as a rank
sum), Brier 1950, Efron & Tibshirani 1993 (bootstrap).
"""

import numpy as np
import pandas as pd

from core.settings import QUANTILES

__all__ = ["calibration", "classification", "gap", "measures", "pinball", "spearman", "wape"]

TOP_SHARE = 0.2
BOOTSTRAPS = 2000


def wape(true: np.ndarray, predicted: np.ndarray) -> float:
    """Sum of absolute errors over the sum of units."""
    return float(np.abs(true - predicted).sum() / max(true.sum(), 1e-9))


def spearman(true: np.ndarray, predicted: np.ndarray) -> float:
    """Rank correlation, -1 to 1; NaN where either side is all the same."""
    if len(true) < 2 or not np.ptp(true) or not np.ptp(predicted):
        return float("nan")
    return float(np.corrcoef(_ranks(true), _ranks(predicted))[0, 1])


def measures(true: np.ndarray, quantiles: np.ndarray) -> dict[str, float]:
    """Accuracy of (n, 3) quantiles in units against (n,) units; the median is the forecast."""
    low, median, high = quantiles.T
    return {
        "wape": wape(true, median),
        "mae_log": float(np.abs(np.log1p(true) - np.log1p(median)).mean()),
        "spearman": spearman(true, median),
        "top20": _top_found(true, median),
        "bias": float(median.sum() / max(true.sum(), 1e-9) - 1),
        "pinball": float(pinball(true, quantiles).mean()),
        "coverage80": float(((low <= true) & (true <= high)).mean()),
    }


def pinball(true: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """(n,) mean pinball loss of each item's (n, 3) quantiles, in units."""
    levels, error = np.array(QUANTILES), true[:, None] - quantiles
    return np.maximum(levels * error, (levels - 1) * error).mean(1)


def gap(excess: np.ndarray, units: np.ndarray, group: np.ndarray | None = None) -> tuple[float, float, float]:
    """Difference of two WAPEs, and its 95 % interval from a paired bootstrap.

    excess: (n,) absolute error of the one less that of the other; units: (n,) sold. group: (n,) items; rows of
    one item are drawn together. The same items are drawn for both sides, so what both find hard cancels.
    """
    codes = np.arange(len(units)) if group is None else pd.factorize(group)[0]
    count = int(codes.max()) + 1
    over, under = np.bincount(codes, excess, count), np.bincount(codes, units, count)
    draws = np.random.default_rng(0).integers(count, size=(BOOTSTRAPS, count))
    low, high = np.quantile(over[draws].sum(1) / np.maximum(under[draws].sum(1), 1e-9), [0.025, 0.975])
    return float(over.sum() / max(under.sum(), 1e-9)), float(low), float(high)


def classification(happened: np.ndarray, chance: np.ndarray) -> dict[str, float]:
    """How good (n,) chances are of what (n,) happened or did not; a chance of half or more is a yes.

    share (of what happened), usual (accuracy of always giving the commoner answer), accuracy, precision, recall,
    f1, auc, brier (mean squared error of the chance). NaN where there is nothing to divide by.
    """
    yes = chance >= 0.5
    hits, share = int((yes & happened).sum()), float(happened.mean())
    precision, recall = _over(hits, int(yes.sum())), _over(hits, int(happened.sum()))
    return {
        "share": share,
        "usual": max(share, 1 - share),
        "accuracy": float((yes == happened).mean()),
        "precision": precision,
        "recall": recall,
        "f1": _over(2 * hits, int(yes.sum() + happened.sum())),
        "auc": _auc(happened, chance),
        "brier": float(((chance - happened) ** 2).mean()),
    }


def calibration(happened: np.ndarray, chance: np.ndarray) -> pd.DataFrame:
    """predicted, observed, count, low, high: bins with like many items each, the least likely first.

    low and high: where 95 of 100 shares would lie if the chance were right (normal approximation).
    """
    bins = int(np.clip(len(chance) // 20, 2, 10))
    order = np.argsort(chance, kind="stable")
    rows = []
    for part in np.array_split(order, bins):
        predicted, count = float(chance[part].mean()), len(part)
        around = 1.96 * float(np.sqrt(predicted * (1 - predicted) / max(count, 1)))
        rows.append((predicted, float(happened[part].mean()), count, max(0.0, predicted - around), predicted + around))
    frame = pd.DataFrame(rows, columns=["predicted", "observed", "count", "low", "high"])
    return frame.assign(high=frame["high"].clip(upper=1))


def _auc(happened: np.ndarray, chance: np.ndarray) -> float:
    """Probability that of two items, one which sold and one which did not, the first has the higher chance."""
    count = int(happened.sum())
    if not 0 < count < len(happened):
        return float("nan")
    above = _ranks(chance)[happened].sum() - count * (count + 1) / 2
    return float(above / (count * (len(happened) - count)))


def _over(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _ranks(values: np.ndarray) -> np.ndarray:
    return pd.Series(values).rank().to_numpy()


def _top_found(true: np.ndarray, predicted: np.ndarray) -> float:
    """Share of the true top fifth that is in the predicted one; NaN where the forecast is all the same."""
    if not np.ptp(predicted):
        return float("nan")
    top = max(1, int(len(true) * TOP_SHARE))
    best, chosen = (np.argsort(-values, kind="stable")[:top] for values in (true, predicted))
    return len(np.intersect1d(best, chosen)) / top
