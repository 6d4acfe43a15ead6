"""Logistic regression on hashed words and pairs of words: quick, sure of rare strong words, and one array to save.

Hashed (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206), so that there is no vocabulary to keep; weighted by
the logarithm of the count and by how few texts have the word.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import sparse

__all__ = ["BagOfWords", "fit"]

BITS = 18
TOKEN = r"[^\W\d_][\w']*|[!?]+"  # words, and how loudly they are said; numbers are sizes and prices
STRENGTH = 3.0  # inverse penalty (C): the best of 1, 3 and 10 on reviews of items that were not learnt from


@dataclass(frozen=True)
class BagOfWords:
    """The fitted weights."""

    weight: np.ndarray
    """(2 ** BITS,) float32 of each hashed word, its rarity included."""
    rarity: np.ndarray
    """(2 ** BITS,) float32 inverse document frequency."""
    bias: float

    def logit(self, texts: list[str]) -> np.ndarray:
        """(n,) log odds of the positive answer."""
        return np.asarray(_weighed(texts, self.rarity) @ self.weight).ravel() + self.bias


def fit(texts: list[str], positive: np.ndarray, share: np.ndarray) -> BagOfWords:
    """Fit on texts, (n,) answers 0 or 1, and (n,) how much each counts."""
    from sklearn.linear_model import LogisticRegression

    counts = _hashed(texts)
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = (np.log((1 + len(texts)) / (1 + frequency)) + 1).astype(np.float32)
    model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0)
    model.fit(_weighed(texts, rarity), positive, sample_weight=share)
    return BagOfWords(model.coef_[0].astype(np.float32), rarity, float(model.intercept_[0]))


def _weighed(texts: list[str], rarity: np.ndarray) -> sparse.csr_matrix:
    from sklearn.preprocessing import normalize

    counts = _hashed(texts)
    counts.data = (1 + np.log(counts.data)) * rarity[counts.indices]
    return normalize(counts)


def _hashed(texts: list[str]) -> sparse.csr_matrix:
    return _hasher().transform(texts)


@lru_cache(maxsize=1)
def _hasher() -> Any:  # noqa: ANN401
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        n_features=2**BITS, ngram_range=(1, 2), token_pattern=TOKEN, alternate_sign=False, norm=None, dtype=np.float32
    )
