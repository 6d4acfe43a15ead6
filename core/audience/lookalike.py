"""Lookalikes: customers outside of a seed who are most like it.

A logistic regression tells the seed from the rest by taste and numbers. How well it does so on customers that it
has not seen says whether the seed is a kind of customer at all.
"""

from dataclasses import dataclass

import numpy as np

from core.audience.customers import Customers
from core.errors import NotReady

__all__ = ["FEWEST_SEED", "Lookalikes", "find"]

FEWEST_SEED = 20  # fewer teach nothing
SAMPLE = 20_000  # customers of the seed, and of the rest, to learn from
FOLDS = 5
STRENGTH = 0.1  # inverse of the penalty: seeds are often small


@dataclass(frozen=True)
class Lookalikes:
    """The customers outside of a seed, most alike first."""

    rows: np.ndarray
    """(k,) rows of the customers."""
    score: np.ndarray
    """(k,) 0 to 1: how much more like the seed than like the rest, where 0.5 is neither."""
    auc: float
    """Of the seed against the rest on customers that were left out; 0.5 is guessing."""


def find(customers: Customers, seed: np.ndarray, item: int | None = None) -> Lookalikes:
    """Rank everybody outside of the seed, given as a mask (n,).

    item: column of an item that made the seed (its buyers) and must not tell them from the rest.
    Raises NotReady where the seed, or what is left outside of it, is too small to learn from.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    _enough(int(seed.sum()), int((~seed).sum()))
    features = (customers if item is None else customers.without(item)).features
    random = np.random.default_rng(0)
    some = np.sort(np.concatenate([random.permutation(np.flatnonzero(part))[:SAMPLE] for part in (seed, ~seed)]))
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=500)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    unseen = cross_val_predict(model, features[some], seed[some], cv=folds, method="decision_function")
    rows = np.flatnonzero(~seed)
    score = model.fit(features[some], seed[some]).predict_proba(features[rows])[:, 1]
    order = np.argsort(-score, kind="stable")
    return Lookalikes(rows[order], score[order], float(roc_auc_score(seed[some], unseen)))


def _enough(inside: int, outside: int) -> None:
    if inside < FEWEST_SEED:
        raise NotReady(f"A seed needs at least {FEWEST_SEED} customers who bought in the last year to learn from.")
    if outside < FEWEST_SEED:
        raise NotReady("Hardly anybody is left outside of the seed. Choose a smaller one.")
