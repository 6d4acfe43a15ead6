"""The words that set a group of customers apart: log-odds of the words in the titles they bought.

Monroe, Colaresi & Quinn (2008), "Fightin' Words", doi:10.1093/pan/mpn018: the log-odds of a word in one group
against the rest, drawn towards the whole shop's by a Dirichlet prior and divided by its standard deviation, so that
neither a rare word nor a common one wins by its frequency alone.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

__all__ = ["Vocabulary", "vocabulary"]

WORD = r"(?u)\b[^\W\d_]{3,}\b"
PRIOR = 500.0  # words of the shop's own mixture that each group starts with
CLEAR = 2.0  # standard deviations from the rest, from which on a word says something


@dataclass(frozen=True)
class Vocabulary:
    """The words of the shop's titles."""

    words: np.ndarray
    """(w,)"""
    counts: sparse.csr_matrix
    """(items, w) 1 where a title holds a word."""

    def distinctive(self, group: np.ndarray, everybody: np.ndarray, most: int) -> list[str]:
        """Words of a group, the clearest first; fewer than `most`, or none, where it is like the rest.

        group, everybody: (items,) purchases by the group, and by all customers including it.
        """
        if not len(self.words):
            return []
        ours, total = self.counts.T @ group, self.counts.T @ everybody
        rest = np.maximum(total - ours, 0)
        prior = PRIOR * total / max(total.sum(), 1e-12) + 1e-9
        gap = _log_odds(ours, prior) - _log_odds(rest, prior)
        z = gap / np.sqrt(1 / (ours + prior) + 1 / (rest + prior))
        order = [at for at in np.argsort(-z, kind="stable")[: 4 * most] if z[at] > CLEAR]
        return _unlike([str(self.words[at]) for at in order], most)


def vocabulary(titles: list[str]) -> Vocabulary:
    """The words of some titles, without those that say nothing of a thing."""
    from sklearn.feature_extraction.text import CountVectorizer

    reader = CountVectorizer(token_pattern=WORD, stop_words="english", binary=True, dtype=np.float32)
    try:
        counts = reader.fit_transform(titles)
    except ValueError:  # no title has a word
        return Vocabulary(np.array([], dtype=object), sparse.csr_matrix((len(titles), 0), dtype=np.float32))
    return Vocabulary(reader.get_feature_names_out(), counts.tocsr())


def _log_odds(count: np.ndarray, prior: np.ndarray) -> np.ndarray:
    heavier = count + prior
    return np.asarray(np.log(heavier / np.maximum(heavier.sum() - heavier, 1e-9)))


def _unlike(words: list[str], most: int) -> list[str]:
    """The first words of which none begins another: a mug and mugs are one thing."""
    kept: list[str] = []
    for word in words:
        if not any(word.startswith(one) or one.startswith(word) for one in kept):
            kept.append(word)
    return kept[:most]
