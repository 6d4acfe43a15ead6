"""How near what customers know is to new items, in numbers that need no training.

By the product code (what comes together is numbered together), by price, by the words of the title (a name of a
design that an encoder of general English blurs), and by who buys both: factors of the purchases, which a new item
gets from the nearest earlier items and from its text. The scorer learns how much each of them counts beside the
nearness of the texts' vectors.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.extmath import randomized_svd

from core.forecast.codes import split
from core.history import History
from core.preference.memory import GROUPS, Memory

__all__ = ["NEARNESS", "Asked", "Factors", "Sources", "asked", "factors", "nearness", "sources"]

NEARNESS = (
    "code_near",  # exp(-steps / 5) in the numbering
    "code_range",  # exp(-steps / 60)
    "price",  # minus the distance in logs
    "bought_together_text",  # cosine of purchase factors, the new item's from its text
    "bought_together_like",  # the same, the new item's from its nearest earlier items
    "words",  # cosine of TF-IDF
)
NEAR, RANGE = 5.0, 60.0
FACTORS = 24
SEEN = 5  # buyers an item needs to have factors worth learning from
LIKE = 20
SAMPLE = 50_000  # customers
RIDGE = 6.0
DAMPING = 5.0  # of who buys, and what is bought, very often
SHARPNESS = 8.0


@dataclass(frozen=True)
class Sources:
    """What customers can know of: the items of the history, and after those what they searched for."""

    vectors: np.ndarray
    """(s, d) unit vectors of their texts."""
    words: sparse.csr_matrix
    """(s, v) TF-IDF, unit rows."""
    vectoriser: TfidfVectorizer
    codes: pd.Series
    """(items,) product codes."""
    price: np.ndarray
    """(items,) log1p; the shop's median where none is known, NaN where no price is known at all."""


@dataclass(frozen=True)
class Asked:
    """New items to be judged."""

    vectors: np.ndarray
    """(m, d) unit vectors."""
    words: sparse.csr_matrix
    codes: pd.Series
    price: np.ndarray
    """(m,) log1p; NaN where none is known."""
    own: np.ndarray
    """(m,) row in the history of an item that is in it itself; -1 for a new one."""

    def of(self, part: slice) -> "Asked":
        """Some of the items."""
        codes = self.codes.iloc[part].reset_index(drop=True)
        return Asked(self.vectors[part], self.words[part], codes, self.price[part], self.own[part])


@dataclass(frozen=True)
class Factors:
    """Who buys what, in a few numbers an item."""

    values: np.ndarray
    """(items, FACTORS)."""
    seen: np.ndarray
    """(items,) whether enough people bought it."""
    of_text: np.ndarray
    """(d, FACTORS) weights that tell the factors from a text's vector."""


def sources(history: History, vectors: np.ndarray, queries: list[str], read: np.ndarray, known: int) -> Sources:
    """vectors: (items, d) of the history's items. read: (queries, d) of the queries. known: day up to which words
    may be counted."""
    texts = history.items["text"].tolist()
    old = history.items["launch"].to_numpy() < known
    # A title may be a single letter or in another script: any run of letters is a word.
    vectoriser = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b", dtype=np.float32)
    vectoriser.fit([text for text, before in zip(texts, old, strict=True) if before] + ["item"])
    words = vectoriser.transform(texts + queries).tocsr()
    price = np.log1p(history.items["price"].to_numpy(dtype=float))
    if np.isfinite(price).any():
        price = np.nan_to_num(price, nan=float(np.nanmedian(price)))
    both = np.concatenate([vectors, read.reshape(len(queries), vectors.shape[1])]).astype(np.float32)
    return Sources(both, words, vectoriser, history.items["product_id"], price)


def asked(
    known: Sources,
    vectors: np.ndarray,
    texts: list[str],
    codes: np.ndarray,
    price: np.ndarray,
    own: np.ndarray | None = None,
) -> Asked:
    """New items by their texts, codes and prices; own as in `Asked`."""
    rows = np.full(len(texts), -1) if own is None else own
    words = known.vectoriser.transform(texts).tocsr() if texts else sparse.csr_matrix((0, known.words.shape[1]))
    return Asked(vectors.astype(np.float32), words, pd.Series(codes, dtype=str), np.log1p(price), rows)


def nearness(known: Sources, found: Factors, new: Asked) -> np.ndarray:
    """(len(NEARNESS), s, m) float32."""
    items, count = len(known.codes), len(new.price)
    out = np.zeros((len(NEARNESS), len(known.vectors), count), np.float32)
    steps = _steps(known.codes, new.codes)
    out[0, :items], out[1, :items] = np.exp(-steps / NEAR), np.exp(-steps / RANGE)
    out[2, :items] = -np.nan_to_num(np.abs(known.price[:, None] - new.price[None, :]))
    if found.seen.sum() >= LIKE:
        unit = _unit(found.values)
        out[3, :items] = unit @ _unit(new.vectors @ found.of_text).T
        out[4, :items] = unit @ _unit(_from_like(known, new, found)).T
    out[5] = (known.words @ new.words.T).toarray()
    return out


def factors(known: Sources, memory: Memory) -> Factors:
    """Of the purchases that a memory holds, damped for who buys and what is bought very often; of a sample of the
    customers where there are many."""
    items = len(known.codes)
    counts = np.array([group.kinds == ("purchase",) for group in GROUPS], float)
    some = memory.deeds.of(np.arange(0, len(memory.rows), max(1, len(memory.rows) // SAMPLE)))
    bought = some.matrix(counts, len(known.vectors))[:, :items]
    bought.eliminate_zeros()
    buyers, breadth = (np.asarray(bought.sum(axis)).ravel() for axis in (0, 1))
    damped = sparse.diags(1 / np.sqrt(breadth + DAMPING)) @ bought @ sparse.diags(1 / np.sqrt(buyers + DAMPING))
    rank, seen = min(FACTORS, min(damped.shape) - 1), buyers >= SEEN
    if rank < 1 or seen.sum() < LIKE:
        return Factors(np.zeros((items, 1), np.float32), np.zeros(items, bool), np.zeros((known.vectors.shape[1], 1)))
    _, scale, right = randomized_svd(damped, rank, random_state=0)
    values = (scale[:, None] * right).T.astype(np.float32)
    X = known.vectors[:items][seen]
    weights = np.linalg.solve(X.T @ X + RIDGE * np.eye(X.shape[1]), X.T @ values[seen])
    return Factors(values, seen, weights.astype(np.float32))


def _steps(ours: pd.Series, asked: pd.Series) -> np.ndarray:
    """(items, m) steps between the numbers of two codes; infinite where they are of different kinds."""
    left, right = split(ours), split(asked)
    kinds = pd.factorize(pd.concat([left["kind"], right["kind"]]))[0]
    gap = np.abs(left["number"].to_numpy()[:, None] - right["number"].to_numpy()[None, :])
    gap[(kinds[: len(left), None] != kinds[None, len(left) :]) | np.isnan(gap)] = np.inf
    return gap


def _from_like(known: Sources, new: Asked, found: Factors) -> np.ndarray:
    """The mean of the nearest items that enough people bought."""
    rows = np.flatnonzero(found.seen)
    cosine = known.vectors[rows] @ new.vectors.T  # (seen, m)
    cosine[rows[:, None] == new.own[None, :]] = -1
    count = min(LIKE, len(rows))
    least = -np.partition(-cosine, count - 1, axis=0)[count - 1]
    weight = np.where(cosine >= least, np.exp(SHARPNESS * (cosine - 1)), 0)
    return (weight / np.maximum(weight.sum(0), 1e-9)).T @ found.values[rows]


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)
