"""What visitors type into the search box: words for what they have in mind, some of which the shop never used.

A search is for an item: its motif, its object, its function or its occasion, in the surface words of these
concepts. One word in seven is a held-out one, so that the history of searches knows words that no title
has; the rest are the words of the titles.
"""

from functools import reduce

import numpy as np
import pandas as pd

from data.demo.words import CONCEPTS

__all__ = ["draw_queries"]

HELD_OUT_SHARE = 0.15
WAYS = (  # kinds of concept, then a plain word; and how often people search like that
    (("motif", "object"), "", 0.32),
    (("object",), "", 0.2),
    (("motif",), "gift", 0.14),
    (("motif",), "", 0.12),
    (("function", "object"), "", 0.12),
    (("occasion",), "gift", 0.1),
)


def word_table(held_out: bool) -> tuple[np.ndarray, np.ndarray]:
    """(concepts + 1, most words) of words, and how many each concept has; the last row is no concept."""
    lists = [list(one.held_out if held_out else one.words) for one in CONCEPTS.values()] + [[""]]
    width = max(map(len, lists))
    words = np.array([row + [""] * (width - len(row)) for row in lists], dtype=object)
    return words, np.array([len(row) for row in lists])


def draw_words(concepts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A surface word for each concept id, lower-cased as people type; "" for no concept."""
    rows = pd.Index(CONCEPTS).get_indexer(pd.Index(concepts))  # -1, the last row, where there is none
    chance, hidden = rng.random(len(rows)), rng.random(len(rows)) < HELD_OUT_SHARE
    drawn = []
    for held_out in (False, True):
        words, counts = word_table(held_out)
        drawn.append(words[rows, (chance * counts[rows]).astype(int)])
    return pd.Series(np.where(hidden, drawn[1], drawn[0])).str.lower().to_numpy(dtype=object)


def draw_queries(items: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A query for each row of `items`, which has a column for each kind of concept."""
    shares = np.array([share for _, _, share in WAYS])
    way = rng.choice(len(WAYS), len(items), p=shares / shares.sum())
    query = np.full(len(items), "", dtype=object)
    for number, (kinds, last, _) in enumerate(WAYS):
        rows = np.flatnonzero(way == number)
        words = [draw_words(items[kind].to_numpy()[rows], rng) for kind in kinds]
        query[rows] = reduce(lambda said, word: said + " " + word, words) + f" {last}"
    query = pd.Series(query).str.strip().to_numpy(dtype=object)
    bare = (query == "") | (query == "gift")  # the item has no such concept: then its object
    query[bare] = draw_words(items["object"].to_numpy()[bare], rng)
    return query
