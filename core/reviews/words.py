"""Words that one group of texts uses and another does not: log odds with an informative Dirichlet prior.

Monroe, Colaresi & Quinn 2008, https://doi.org/10.1093/pan/mpn018, equations 16 and 22: how often all texts use a
word is the prior, so that a rare word needs more than chance to stand out.
"""

import numpy as np
import pandas as pd

__all__ = ["typical"]

PRIOR_WORDS, PRIOR_SHARE = 500.0, 0.2  # weight of the prior, in words; of few texts, the share of their words
LEAST_Z = 1.64  # standard errors, below which a word stands out by chance
TOKEN = r"[^\W\d_][\w'’-]+"
FEWEST = 2  # texts that use a word
SMALL = ("thing", "things", "just", "really", "got", "did", "does", "didn", "don", "doesn", "isn", "wasn", "ve", "ll")


def typical(texts: list[str], of: np.ndarray, most: int = 8) -> tuple[list[str], list[str]]:
    """Words and pairs of words that texts with `of` use and the others do not, and the other way round, best first."""
    table = _contrast(texts, of)
    first = table[table["z"] > LEAST_Z].sort_values("z", ascending=False)
    second = table[table["z"] < -LEAST_Z].sort_values("z")
    return _told_once(first["word"].tolist(), most), _told_once(second["word"].tolist(), most)


def _contrast(texts: list[str], of: np.ndarray) -> pd.DataFrame:
    """word, z: log odds ratio of texts with `of` against the others over its standard error. of: (n,) bool."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

    nothing = pd.DataFrame({"word": pd.Series([], dtype=object), "z": pd.Series([], dtype=float)})
    if not of.any() or of.all():
        return nothing
    stop = sorted({part for word in ENGLISH_STOP_WORDS for part in (word, word.split("'")[0])} | set(SMALL))
    counter = CountVectorizer(
        ngram_range=(1, 2), min_df=min(FEWEST, len(texts)), stop_words=stop, token_pattern=TOKEN, binary=True
    )
    try:
        counts = counter.fit_transform(texts)
    except ValueError:  # nothing but small words
        return nothing
    if counts.shape[1] < 2:
        return nothing  # a word is compared with the others
    first = np.asarray(counts[of].sum(0), dtype=float).ravel()
    second = np.asarray(counts[~of].sum(0), dtype=float).ravel()
    total = (first + second).sum()
    prior = min(PRIOR_WORDS, PRIOR_SHARE * total) * (first + second) / total
    ratio = _odds(first, prior) - _odds(second, prior)
    error = np.sqrt(1 / (first + prior) + 1 / (second + prior))
    return pd.DataFrame({"word": counter.get_feature_names_out().astype(object), "z": ratio / error})


def _odds(count: np.ndarray, prior: np.ndarray) -> np.ndarray:
    some = count + prior
    return np.log(some) - np.log(some.sum() - some)


def _told_once(words: list[str], most: int) -> list[str]:
    """Without words that are a part of one that stands before them, or that have one before them as a part."""
    kept: list[str] = []
    for word in words:
        parts = set(word.split())
        if not any(parts & set(other.split()) for other in kept):
            kept.append(word)
    return kept[:most]
