"""The literature's plain preference: r_ij = sigmoid(w . x_ij + b) on four numbers of a customer and a new item.

x_ij holds how near item j is to what customer i bought (the log of a sum of exp(8 cosine) over the recent
purchases), how well its like items sell, how much the customer buys and how lately. w and b are fitted on the
shop's own past launches; non-buyers are drawn and weighted back, so that r_ij keeps its scale and may be summed
and multiplied: sum_i r_ij is the number of buyers to expect.

It needs no training, so it stands in until a scorer is trained, and it is a reference beside that one.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from core import like_items
from core.history import History
from core.like_items import Query
from core.people import People

__all__ = ["Plain", "fit", "taste"]

SHARPNESS = 8.0  # of the cosine; taken from the untrained rule, not tuned
LAUNCHES = 150  # the latest, enough for four weights
NEGATIVES = 100  # non-buyers drawn per launch
FEWEST_BUYERS = 200


@dataclass(frozen=True)
class Plain:
    """The fitted weights."""

    weights: np.ndarray
    """(4,) of taste, like items' run-rate, activity, recency, each standardised."""
    bias: float
    centre: np.ndarray
    scale: np.ndarray

    def score(self, history: History, people: People, items: np.ndarray, query: Query) -> np.ndarray:
        """(active customers, new items) float32 probabilities; active is who bought within the last year.

        items: (history items, d) unit vectors. query: the new items, all launched on the same day.
        """
        rows = people.active(history.days)
        visits, since = people.habits(history.days)
        near = taste(people.bought(history.days, len(history.items))[rows], items, query.vectors)  # (active, n)
        rate = like_items.run_rate(history, query, like_items.find(history, items, query))  # (n,)
        of_customer = self._part(2, np.log1p(visits[rows])) + self._part(3, np.log1p(since[rows]))
        logit = self._part(0, near) + self._part(1, rate)[None, :] + of_customer[:, None] + self.bias
        return (1 / (1 + np.exp(-logit))).astype(np.float32)

    def _part(self, at: int, values: np.ndarray) -> np.ndarray:
        return self.weights[at] * (values - self.centre[at]) / self.scale[at]


def fit(history: History, people: People, items: np.ndarray, weeks: int, seed: int = 0) -> Plain | None:
    """Fit on the latest launches with a complete window; None where these had too few buyers to learn from, or where
    everybody bought everything.

    items: (history items, d) unit vectors.
    """
    from sklearn.linear_model import LogisticRegression

    X, y, weight = _examples(history, people, items, weeks, np.random.default_rng(seed))
    if y.sum() < FEWEST_BUYERS or y.all():
        return None
    centre, scale = X.mean(0), X.std(0) + 1e-9
    model = LogisticRegression(C=1.0).fit((X - centre) / scale, y, sample_weight=weight)
    return Plain(model.coef_[0], float(model.intercept_[0]), centre, scale)


def taste(bought: sparse.csr_matrix, items: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """(customers, n) log of the sum over purchases of exp(SHARPNESS x cosine)."""
    near = np.exp(SHARPNESS * (items @ vectors.T)).astype(np.float32)  # (items, n)
    return np.log(np.asarray(bought @ near) + 1e-6)


def _examples(
    history: History, people: People, items: np.ndarray, weeks: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(pairs, 4) features, whether the customer bought, and how many pairs each stands for.

    Launches of one month are described as of its first day: one pass over the purchases a month.
    """
    rows = history.launches(weeks)[-LAUNCHES:]
    launch = history.items["launch"].to_numpy()
    query = like_items.launch_query(history, items, rows)
    rate = dict(zip(rows, like_items.run_rate(history, query, like_items.find(history, items, query)), strict=True))
    parts = []
    for month in np.unique(launch[rows] // 28):
        known = int(month) * 28
        active = people.active(known)
        if not len(active):
            continue
        visits, since = people.habits(known)
        launched = rows[launch[rows] // 28 == month]
        near = taste(people.bought(known, len(history.items))[active], items, items[launched])
        habits = np.column_stack([np.log1p(visits[active]), np.log1p(since[active])])
        for at, row in enumerate(launched):
            buyers = np.isin(active, people.buyers(row, launch[row], launch[row] + 7 * weeks))
            others = np.flatnonzero(~buyers)
            drawn = random.choice(others, min(NEGATIVES, len(others)), replace=False)
            chosen = np.concatenate([np.flatnonzero(buyers), drawn])
            X = np.column_stack([near[chosen, at], np.full(len(chosen), rate[row]), habits[chosen]])
            weight = np.where(buyers[chosen], 1.0, len(others) / max(len(drawn), 1))
            parts.append((X, buyers[chosen], weight))
    if not parts:
        return np.zeros((0, 4)), np.zeros(0, bool), np.zeros(0)
    features, bought, weights = zip(*parts, strict=True)
    return np.concatenate(features), np.concatenate(bought), np.concatenate(weights)
