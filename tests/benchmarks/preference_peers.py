"""What a shop would use instead of the scorer: each ranks the customers of a new item.

All of them see the same customers on the same day as Debut. Scores become probabilities by the same calibration,
with the same level of each item, on the same held-out launches.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from lightgbm import LGBMRanker
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from core.preference.examples import Example
from core.preference.memory import GROUPS, HABITS

__all__ = ["PEERS", "Peer", "fitted"]

SHARPNESS = 8.0
NEGATIVES = 300
TINY = 1e-6


@dataclass(frozen=True)
class Peer:
    """A method: log scores of everybody for every launch of an example, (n, m)."""

    score: Callable[[Example], np.ndarray]


def activity(one: Example) -> np.ndarray:
    """Who buys most."""
    return np.repeat(one.memory.habits[:, [HABITS.index("lines")]], len(one.rows), axis=1)


def bought(one: Example) -> np.ndarray:
    """(n, m) log of the sum over purchases of exp(8 cosine): the untrained rule."""
    cosine = _cosine(one)
    return np.log(np.asarray(_purchases(one) @ np.exp(SHARPNESS * (cosine - 1))) + TINY)


def mean_cosine(one: Example) -> np.ndarray:
    """The cosine to the mean vector of what was bought."""
    mean = np.asarray(_purchases(one) @ one.moment.sources)
    unit = mean / (np.linalg.norm(mean, axis=1, keepdims=True) + TINY)
    return SHARPNESS * unit @ one.moment.items.T


def popularity(one: Example) -> np.ndarray:
    """How much of what each customer buys is near the item: the share of the ten nearest items that they bought.

    The data has no categories, so an item's nearest stand for its category.
    """
    cosine = _cosine(one)
    least = -np.partition(-cosine, 10, axis=0)[10]
    buyers = np.asarray(_purchases(one).sum(0)).ravel()
    near = (cosine >= least) * np.log1p(buyers)[:, None]
    return np.log(np.asarray(_purchases(one) @ near.astype(np.float32)) + 0.01)


def hand_features(one: Example) -> np.ndarray:
    """(n, m, k): habits, the rule at two sharpnesses, the nearest purchase, code and price."""
    purchases, cosine = _purchases(one), _cosine(one)
    code = one.moment.nearness[1]
    sharp = np.log(np.asarray(purchases @ np.exp(16 * (cosine - 1))) + TINY)
    steps = np.log(np.asarray(purchases @ code) + 0.05)
    price = np.abs(np.nan_to_num(one.asked.price)[None, :] - one.memory.habits[:, [HABITS.index("price")]])
    pairs = [bought(one), sharp, mean_cosine(one), popularity(one), steps, price]
    habits = np.repeat(one.memory.habits[:, None, :], len(one.rows), axis=1)
    return np.concatenate([np.stack(pairs, axis=2), habits], axis=2).astype(np.float32)


def fitted(past: list[Example], seed: int = 0) -> dict[str, Peer]:
    """Every peer, the learning ones fitted on past launches with drawn non-buyers."""
    X, y, groups = _sample(past, np.random.default_rng(seed))
    scale = StandardScaler().fit(X)
    logistic = LogisticRegression(max_iter=1000).fit(scale.transform(X), y)
    ranker = LGBMRanker(
        objective="rank_xendcg", n_estimators=200, learning_rate=0.05, num_leaves=15, min_child_samples=50,
        colsample_bytree=0.7, random_state=seed, verbose=-1, n_jobs=2,
    ).fit(X, y, group=groups)  # fmt: skip
    return {name: Peer(score) for name, score in PEERS.items()} | {
        "logistic regression on hand features": Peer(
            lambda one: _flat(one, lambda Z: logistic.decision_function(scale.transform(Z)))
        ),
        "LightGBM ranker": Peer(lambda one: _flat(one, ranker.predict)),
    }


PEERS: dict[str, Callable[[Example], np.ndarray]] = {
    "activity": activity,
    "popularity of the category": popularity,
    "mean-embedding cosine": mean_cosine,
    "untrained rule": bought,
}


def _sample(past: list[Example], random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, list[int]]:
    X, y, groups = [], [], []
    for one in past:
        features = hand_features(one)
        assert one.moment.bought is not None
        truth = one.moment.bought.toarray() > 0
        for at in range(len(one.rows)):
            buyers = np.flatnonzero(truth[:, at] & one.memory.buyers)
            others = np.flatnonzero(~truth[:, at] & one.memory.buyers)
            some = np.concatenate([buyers, random.choice(others, min(NEGATIVES, len(others)), replace=False)])
            X.append(features[some, at])
            y.append(truth[some, at])
            groups.append(len(some))
    return np.concatenate(X), np.concatenate(y).astype(int), groups


def _flat(one: Example, score: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    features = hand_features(one)
    return score(features.reshape(-1, features.shape[2])).reshape(features.shape[:2])


def _cosine(one: Example) -> np.ndarray:
    """(s, m); an item does not speak for itself."""
    cosine = one.moment.sources @ one.moment.items.T
    cosine[one.moment.own[one.moment.own >= 0], np.flatnonzero(one.moment.own >= 0)] = -1
    return cosine


def _purchases(one: Example) -> sparse.csr_matrix:
    """(n, s) 1 where somebody bought within the year."""
    counts = np.array([group.kinds == ("purchase",) for group in GROUPS], np.float32)
    return one.memory.deeds.matrix(counts, len(one.moment.sources))
