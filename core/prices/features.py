"""What makes items alike in how they answer price: category, the words of their titles, where their price lies."""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.prices.grid import groups

__all__ = ["Features", "features"]

MOST_WORDS = 150
SELDOM = 4  # items: rarer words say nothing of an elasticity
EVERYWHERE = 0.6  # of the items: commoner words tell no two apart
WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Features:
    """Of every item of a panel, and how to have them of an item that is not in it."""

    values: np.ndarray
    """(n, d) a one, the categories, the words, the position of the price."""
    kinds: tuple[str, ...]
    """(d,) 'shop', 'category', 'word', 'position'."""
    categories: tuple[str, ...]
    words: tuple[str, ...]
    prior: tuple[float, ...]
    """(d,) coefficients before the data."""

    def of_text(self, category: str | None, text: str) -> np.ndarray:
        """(d,) of an item by its category and title, its price in the middle of the category's."""
        found = _words(text)
        known = [category == one for one in self.categories]
        return np.array([1.0, *known, *_shared([word in found for word in self.words]), 0.0])


def features(items: pd.DataFrame, moved: np.ndarray, usual: np.ndarray, mean: float) -> Features:
    """Features of items; words and categories are those of the items whose price moved.

    moved: (m,) rows. usual: (n,) price. mean: the elasticity of the literature.
    """
    group = groups(items).to_numpy()
    counted = Counter(group[moved])
    categories = tuple(sorted(name for name, count in counted.items() if name and count > 1))
    titles = [_words(title) for title in items["title"].fillna("")]
    words = _vocabulary([titles[row] for row in moved])
    held = np.array([_shared([word in title for word in words]) for title in titles]).reshape(len(items), len(words))
    known = np.array([[name == one for one in categories] for name in group]).reshape(len(items), len(categories))
    values = np.column_stack([np.ones(len(items)), known, held, _position(group, usual)])
    kinds = ("shop", *("category" for _ in categories), *("word" for _ in words), "position")
    return Features(values, kinds, categories, words, (mean, *(0.0,) * (len(kinds) - 1)))


def _words(title: str) -> set[str]:
    return set(WORD.findall(title.lower()))


def _vocabulary(titles: list[set[str]]) -> tuple[str, ...]:
    """Words by how many titles hold them, most first."""
    counted = Counter(word for title in titles for word in sorted(title))
    fitting = [(-count, word) for word, count in counted.items() if SELDOM <= count <= EVERYWHERE * len(titles)]
    return tuple(word for _, word in sorted(fitting)[:MOST_WORDS])


def _shared(held: list[bool]) -> np.ndarray:
    return np.array(held, float)


def _position(group: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """(n,) log price against the group's, in its deviations; 0 where unknown."""
    log = pd.Series(np.log(np.where(usual > 0, usual, np.nan)))
    by = log.groupby(group)
    position = (log - by.transform("median")) / by.transform("std").clip(lower=0.1)
    return np.clip(position.fillna(0.0).to_numpy(), -3, 3)
