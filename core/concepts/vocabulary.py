"""The words of a shop's titles, and which of them fits between two others."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

__all__ = ["COMMONEST", "EDGE", "FEWEST_TITLES", "Company", "Vocabulary", "Word", "company", "split", "vocabulary"]

WORD = re.compile(r"[^\W_]+(?:['’&/-][^\W_]+)*")
FEWEST_TITLES = 3  # that a word must stand in: what stood once may be a slip
COMMONEST = 0.15  # of the titles, from which on a word such as "with" says nothing of the thing
PRIOR = 2.0  # words of the shop's own mixture that each neighbour starts with
EDGE = ""  # the neighbour of a first or last word


@dataclass(frozen=True)
class Word:
    """A word of a text and where it stands."""

    text: str
    first: int
    last: int
    """Exclusive."""

    @property
    def name(self) -> str:
        """As the vocabulary has it."""
        return self.text.lower()


@dataclass(frozen=True)
class Vocabulary:
    """Words that stand in some titles or more, by the alphabet."""

    words: list[str]
    titles: sparse.csr_matrix
    """(titles, V) 1 where a title holds a word."""

    @property
    def place(self) -> dict[str, int]:
        """Word to its column."""
        return {word: at for at, word in enumerate(self.words)}

    @property
    def telling(self) -> np.ndarray:
        """(V,) whether a word can be suggested: it says something of a thing."""
        share = np.asarray(self.titles.mean(0)).ravel()
        letters = np.array([len(word) > 2 and not word.isdigit() for word in self.words], dtype=bool)
        return letters & (share <= COMMONEST) & ~np.isin(self.words, list(_function_words()))


@dataclass(frozen=True)
class Company:
    """How often each word stood beside which: counts of pairs on either side."""

    usual: np.ndarray
    """(V,) share of each word among all, summing to 1."""
    after: dict[str, Counter[int]]
    """Of a left neighbour: which words followed it, how often."""
    before: dict[str, Counter[int]]
    """Of a right neighbour: which words it followed."""

    def log_probabilities(self, left: str, right: str) -> np.ndarray:
        """(V,) log of a probability up to a constant: p(w | left) p(w | right) / p(w)."""
        return self._beside(self.after.get(left)) + self._beside(self.before.get(right)) - np.log(self.usual)

    def _beside(self, seen: Counter[int] | None) -> np.ndarray:
        counts = PRIOR * self.usual
        for at, times in (seen or {}).items():
            counts[at] += times
        return np.log(counts / counts.sum())


def split(text: str) -> list[Word]:
    """The words of a text, in order."""
    return [Word(found.group(), found.start(), found.end()) for found in WORD.finditer(text)]


def vocabulary(titles: list[str]) -> Vocabulary:
    """The words of some titles."""
    names = [{word.name for word in split(title)} for title in titles]
    count = Counter(name for some in names for name in some)
    words = sorted(word for word, times in count.items() if times >= FEWEST_TITLES)
    place = {word: at for at, word in enumerate(words)}
    pairs = [(row, place[name]) for row, some in enumerate(names) for name in some if name in place]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    held = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (len(titles), len(words)))
    return Vocabulary(words, held)


def company(titles: list[str], words: list[str]) -> Company:
    """Count who stands beside whom in some titles."""
    place = {word: at for at, word in enumerate(words)}
    usual = np.full(len(words), 0.1)
    after: dict[str, Counter[int]] = {}
    before: dict[str, Counter[int]] = {}
    for title in titles:
        for left, name, right in _beside([word.name for word in split(title)]):
            if (at := place.get(name)) is not None:
                usual[at] += 1
                after.setdefault(left, Counter())[at] += 1
                before.setdefault(right, Counter())[at] += 1
    return Company(usual / max(usual.sum(), 1e-12), after, before)


def _beside(names: list[str]) -> Iterator[tuple[str, str, str]]:
    yield from zip([EDGE, *names[:-1]], names, [*names[1:], EDGE], strict=True)


def _function_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)
