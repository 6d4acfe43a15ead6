"""What each word of a wording brings: Shapley values of the words for preference and for demand.

A word's value is the mean of what it adds over all orders in which the words could have been put there (Shapley
1953; for text models Lundberg & Lee 2017, https://arxiv.org/abs/1705.07874). With few words all subsets are asked
about; with more, random orders and their reversals (Mitchell et al. 2022, https://arxiv.org/abs/2104.12199). Either
way the values add up to the difference between the wording and one that says nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.concepts.brief import Brief
from core.concepts.variants import log_odds
from core.concepts.vocabulary import Word, split
from core.errors import DebutError

if TYPE_CHECKING:  # brings torch along
    from core.concepts.judges import Judges

__all__ = ["EXACT", "MOST_WORDS", "Carried", "carried", "shapley"]

EXACT = 8  # words up to which all subsets are asked about: 256 texts
MOST_WORDS = 40
ASKED = 300  # texts of random orders
Subset = tuple[int, ...]
Worth = Callable[[list[Subset]], np.ndarray]
"""Of n subsets of the words, each by rising places, (n, V) values."""


@dataclass(frozen=True)
class Carried:
    """What the words of a wording bring."""

    words: list[Word]
    table: pd.DataFrame
    """word, preference (log-odds), units (log of the mean), and the standard errors preference_error, units_error;
    a row a word. NaN where nobody can tell."""
    without: dict[str, float]
    """preference (mean probability) and units of the item without any of these words."""
    whole: dict[str, float]
    """The same with all of them."""


def carried(judges: "Judges", words: str, brief: Brief) -> Carried:
    """What each word of a wording brings. Raises DebutError where there is no word, or more than MOST_WORDS."""
    words, brief = brief.apart(words)
    found = split(words)
    if not found:
        raise DebutError("This wording has no word.")
    if len(found) > MOST_WORDS:
        raise DebutError(f"This wording has {len(found)} words; the lab takes at most {MOST_WORDS} apart.")

    def worth(subsets: list[Subset]) -> np.ndarray:
        return _worth(judges, brief.texts([_kept(words, found, subset) for subset in subsets]), brief)

    values, errors = shapley(worth, len(found))
    none, whole = worth([(), tuple(range(len(found)))])
    table = pd.DataFrame(values, columns=["preference", "units"])
    table.insert(0, "word", [word.text for word in found])
    table[["preference_error", "units_error"]] = errors
    return Carried(found, table, _told(none), _told(whole))


def shapley(worth: Worth, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(count, V) values and their standard errors, which are 0 where all subsets were asked about."""
    if count <= EXACT:
        values = _exact(worth, count)
        return values, np.zeros_like(values)
    return _sampled(worth, count, seed)


def _exact(worth: Worth, count: int) -> np.ndarray:
    subsets = [subset for size in range(count + 1) for subset in combinations(range(count), size)]
    known = dict(zip(subsets, worth(subsets), strict=True))
    values = np.zeros((count, len(known[()])))
    for subset, value in known.items():
        size = len(subset)
        if size:
            share = factorial(size - 1) * factorial(count - size) / factorial(count)
            values[list(subset)] += share * value
        if size < count:
            share = factorial(size) * factorial(count - size - 1) / factorial(count)
            values[[at for at in range(count) if at not in subset]] -= share * value
    return values


def _sampled(worth: Worth, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Over random orders, each with its reversal."""
    random, pairs = np.random.default_rng(seed), max(2, ASKED // (2 * count))
    orders = [some for _ in range(pairs) for order in [random.permutation(count)] for some in (order, order[::-1])]
    steps = [[tuple(sorted(order[:size].tolist())) for size in range(count + 1)] for order in orders]
    subsets = list(dict.fromkeys(subset for chain in steps for subset in chain))
    known = dict(zip(subsets, worth(subsets), strict=True))
    added = np.zeros((len(orders), count, len(known[()])))
    for at, (order, chain) in enumerate(zip(orders, steps, strict=True)):
        added[at, order] = np.diff([known[subset] for subset in chain], axis=0)
    paired = added.reshape(pairs, 2, count, -1).mean(1)  # an order and its reversal are one draw
    return paired.mean(0), paired.std(0, ddof=1) / np.sqrt(pairs)


def _worth(judges: "Judges", texts: list[str], brief: Brief) -> np.ndarray:
    """(n, 2) log-odds of the segment's mean probability, and log of the mean units; NaN where nobody can tell."""
    wanted = units = np.full(len(texts), np.nan)
    if judges.panel is not None and brief.groups is not None:
        wanted = log_odds(brief.of_segment(judges.wanted(texts, brief)[0]))
    if judges.forecaster is not None:
        units = np.log1p(judges.sold(texts, brief).mean)
    return np.column_stack([wanted, units])


def _kept(text: str, words: list[Word], subset: Subset) -> str:
    """The text with some of its words only; what stands between words stays with the one before it."""
    if len(subset) == len(words):
        return text
    ends = [word.first for word in words[1:]] + [len(text)]
    return " ".join(text[words[at].first : ends[at]].strip() for at in subset).strip(" ,;:&/-")


def _told(value: np.ndarray) -> dict[str, float]:
    return {"preference": float(1 / (1 + np.exp(-value[0]))), "units": float(np.expm1(value[1]))}
