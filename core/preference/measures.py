"""How good preferences are: whether an item's buyers stand first, and whether probabilities are true.

Of every item the active customers are ranked (AUC, and the share of the buyers among the first tenth), of every
customer the items (NDCG at 10); log loss and the expected calibration error judge the probabilities.
"""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

__all__ = ["FEWEST", "Measures", "by_item", "calibration_curve", "judged"]

FEWEST = 10  # buyers that an item needs, for its own AUC to be more than noise
AUDIENCE = 0.1
BINS = 15
TOP = 10


@dataclass(frozen=True)
class Measures:
    """Means over items, customers or pairs; NaN where there are none of them."""

    items: int
    """With enough buyers to be ranked for."""
    auc: float
    recall: float
    """Share of an item's buyers among the tenth of customers that score highest."""
    ndcg: float
    """Of the ten items that score highest, per customer who bought any."""
    log_loss: float
    """Per pair, in nats."""
    base_loss: float
    """That of everybody's mean."""
    ece: float
    """Expected calibration error over bins of equally many pairs."""
    accuracy: float
    precision: float
    recall_best: float
    f1: float
    """At the threshold with the best F1."""

    def to_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


Judged = list[tuple[np.ndarray, np.ndarray]]
"""Of each group of items (active, m) scores and (active, m) purchases; customers are those before its launches."""


def by_item(parts: Judged, fewest: int = FEWEST) -> pd.DataFrame:
    """One row an item with enough buyers: buyers, auc, recall."""
    rows = []
    for scores, bought in parts:
        count = max(1, round(AUDIENCE * len(scores)))
        for at in np.flatnonzero(bought.sum(0) >= max(1, fewest)):
            mine, score = bought[:, at], scores[:, at]
            if mine.all():
                continue
            first = np.argsort(-score, kind="stable")[:count]
            rows.append((int(mine.sum()), roc_auc_score(mine, score), mine[first].sum() / mine.sum()))
    return pd.DataFrame(rows, columns=["buyers", "auc", "recall"])


def judged(parts: Judged, fewest: int = FEWEST) -> Measures:
    """All measures; parts hold probabilities."""
    items = by_item(parts, fewest)
    chance = np.concatenate([scores.ravel() for scores, _ in parts]).astype(np.float64)
    happened = np.concatenate([bought.ravel() for _, bought in parts])
    chance = np.clip(chance, 1e-7, 1 - 1e-7)
    base = np.clip(happened.mean(), 1e-7, 1 - 1e-7)
    loss = -np.where(happened, np.log(chance), np.log1p(-chance)).mean()
    curve = calibration_curve(chance, happened)
    error = float((curve["count"] * (curve["predicted"] - curve["observed"]).abs()).sum() / curve["count"].sum())
    return Measures(
        len(items),
        float(items["auc"].mean()),
        float(items["recall"].mean()),
        float(pd.Series(np.concatenate([_ndcg(scores, bought) for scores, bought in parts])).mean()),
        float(loss),
        float(-(base * np.log(base) + (1 - base) * np.log(1 - base))),
        error,
        *_at_best(chance, happened),
    )


def calibration_curve(chance: np.ndarray, happened: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """predicted, observed, count of bins with equally many pairs, rising."""
    order = np.argsort(chance, kind="stable")
    rows = [
        (chance[part].mean(), happened[part].mean(), len(part)) for part in np.array_split(order, bins) if len(part)
    ]
    return pd.DataFrame(rows, columns=["predicted", "observed", "count"])


def _ndcg(scores: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """Of each customer who bought any of the items (Järvelin & Kekäläinen 2002)."""
    rows = np.flatnonzero(bought.any(1))
    top = min(TOP, scores.shape[1])
    order = np.argsort(-scores[rows], axis=1, kind="stable")[:, :top]
    gain = 1 / np.log2(np.arange(top) + 2)
    found = (np.take_along_axis(bought[rows], order, 1) * gain).sum(1)
    best = np.concatenate([[0], np.cumsum(gain)])[np.minimum(bought[rows].sum(1), top)]
    return found / best


def _at_best(chance: np.ndarray, happened: np.ndarray) -> tuple[float, float, float, float]:
    """Accuracy, precision, recall, F1 at the threshold with the best F1."""
    order = np.argsort(-chance, kind="stable")
    whole = np.append(np.diff(chance[order]) < 0, True)  # of those who tie a threshold asks all or none
    right, asked = np.cumsum(happened[order])[whole], np.flatnonzero(whole) + 1
    total = max(int(happened.sum()), 1)
    precision, recall = right / asked, right / total
    f1 = 2 * right / (asked + total)
    at = int(f1.argmax())
    wrong = (asked[at] - right[at]) + (total - right[at])
    return float(1 - wrong / len(order)), float(precision[at]), float(recall[at]), float(f1[at])
