"""The shop's customers as an audience sees them: a taste, a few numbers, and what they bought and looked at.

The taste of a customer is the mean of the text vectors of what they touched in the last year, where later counts
more than earlier and a purchase more than a look; it is drawn towards the shop's mean as long as little is known.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from core.history import History
from core.people import KINDS, MEMORY_DAYS, PURCHASE, People

__all__ = ["NUMBERS", "Customers", "describe"]

NUMBERS = ("orders", "since", "price", "breadth")
HALF_LIFE = 180  # days after which what somebody did counts half
DIMENSIONS = 16  # of a taste: more of them are noise where most customers bought two or three things
BLOCK = 10_000  # customers compared at once: bounds memory at BLOCK x the length of a vector
PRIOR = 1.0  # purchases of the shop's mean taste that each customer starts with
WORTH = {"purchase": 1.0, "cart": 0.5, "favourite": 0.5, "share": 0.5, "view": 0.25, "click": 0.25, "search": 0.25}


@dataclass(frozen=True)
class Customers:
    """Who bought in the last year, by id."""

    ids: np.ndarray
    """(n,) customer ids, sorted."""
    own: np.ndarray
    """(n,) the segment that the shop's customer file gives; '' for none."""
    touched: sparse.csr_matrix
    """(n, items) weight of what each bought or looked at in the last year."""
    bought: sparse.csr_matrix
    """(n, items) 1 for what each bought in the last year."""
    vectors: np.ndarray
    """(items, d) the items' text vectors, reduced to the directions in which what is touched differs most."""
    codes: np.ndarray
    """(items,) product ids."""
    titles: np.ndarray
    """(items,)"""
    categories: np.ndarray
    """(items,) '' for none."""
    numbers: pd.DataFrame
    """orders (days with a purchase in a year), since (days since the last), price (median paid; NaN where unknown),
    breadth (0: all that was touched is alike, towards 1: of every kind), looked (share of what was touched and not
    bought; NaN where no looks are loaded), a row a customer."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def taste(self) -> np.ndarray:
        """(n, d) float32, around 0."""
        weight = np.asarray(self.touched.sum(1)) + PRIOR  # (n, 1)
        return np.asarray(self.touched @ self.vectors / weight, dtype=np.float32)

    @cached_property
    def scaled(self) -> np.ndarray:
        """(n, 4) the NUMBERS, on a log scale where they range widely, with mean 0 and variance 1."""
        numbers = self.numbers[list(NUMBERS)].to_numpy(dtype=float, copy=True)
        numbers[:, :3] = np.log1p(numbers[:, :3])
        known = ~np.isnan(numbers)
        middle = np.where(known, numbers, 0).sum(0) / np.maximum(known.sum(0), 1)
        numbers = np.where(known, numbers, middle) - middle
        spread = numbers.std(0)
        return np.asarray(numbers / np.where(spread > 1e-9, spread, 1), dtype=np.float32)

    @cached_property
    def features(self) -> np.ndarray:
        """(n, d + 4) what customers are compared by: the direction of the taste, which counts most, and the numbers."""
        length = np.linalg.norm(self.taste, axis=1, keepdims=True)
        return np.column_stack([2 * self.taste / np.where(length > 0, length, 1), self.scaled / 2]).astype(np.float32)

    def purchases(self, members: np.ndarray) -> np.ndarray:
        """(items,) how many of some customers bought each item. members: (n,) whether somebody is one of them."""
        return np.asarray(members.astype(np.float32) @ self.bought)

    def bought_item(self, item: int) -> np.ndarray:
        """(n,) whether each bought an item, by its column, in the last year."""
        return np.asarray(self.bought[:, [item]].toarray()[:, 0] > 0)

    def places(self, ids: np.ndarray) -> np.ndarray:
        """(k,) rows of customers; -1 for who has not bought in the last year."""
        if len(ids) == len(self.ids) and np.array_equal(ids, self.ids):
            return np.arange(len(ids))
        return pd.Index(self.ids).get_indexer(ids)

    def without(self, item: int) -> "Customers":
        """The same customers as if an item, by its column, had never been."""
        kept = np.ones(self.touched.shape[1], dtype=np.float32)
        kept[item] = 0
        mask = sparse.diags(kept)
        return replace(self, touched=(self.touched @ mask).tocsr(), bought=(self.bought @ mask).tocsr())


def describe(past: History, people: People, vectors: np.ndarray) -> Customers:
    """Everybody who bought in the year before the data end. vectors: (items, d) of the past's items."""
    rows = people.active(past.days)
    recent = people.events[people.events["day"].between(past.days - MEMORY_DAYS, past.days - 1)]
    place = np.full(len(people.ids), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    at = place[recent["customer"].to_numpy()]
    known = (at >= 0) & (recent["item"].to_numpy() >= 0)
    recent, at = recent[known], at[known]
    shape = (len(rows), len(past.items))
    touched = _touched(recent, at, shape, past.days)
    bought = people.bought(past.days, len(past.items))[rows]
    reduced = _reduced(vectors, np.asarray(touched.sum(0)).ravel())
    numbers = _numbers(past, people, rows, recent, at, touched, bought, vectors)
    codes, titles, categories = (
        past.items[name].fillna("").to_numpy(dtype=object) for name in ("product_id", "title", "category")
    )
    whose = people.ids[rows], people.segment[rows]
    return Customers(*whose, touched, bought, reduced, codes, titles, categories, numbers)


def _touched(recent: pd.DataFrame, at: np.ndarray, shape: tuple[int, int], days: int) -> sparse.csr_matrix:
    worth = np.array([WORTH.get(kind, 0.0) for kind in KINDS])[recent["kind"].to_numpy()]
    weight = (worth * 0.5 ** ((days - recent["day"].to_numpy()) / HALF_LIFE)).astype(np.float32)
    some = weight > 0
    return sparse.csr_matrix((weight[some], (at[some], recent["item"].to_numpy()[some])), shape)


def _reduced(vectors: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(items, d) principal components of the vectors, each item counting as often as it was touched."""
    share = weight / max(weight.sum(), 1e-12)
    centred = vectors - share @ vectors
    _, directions = np.linalg.eigh((centred * share[:, None]).T @ centred)
    found = directions[:, ::-1][:, :DIMENSIONS]
    signs = np.sign(
        found[np.abs(found).argmax(0), np.arange(found.shape[1])]
    )  # else they differ from machine to machine
    return np.asarray(centred @ (found * signs), dtype=np.float32)


def _numbers(
    past: History,
    people: People,
    rows: np.ndarray,
    recent: pd.DataFrame,
    at: np.ndarray,
    touched: sparse.csr_matrix,
    bought: sparse.csr_matrix,
    vectors: np.ndarray,
) -> pd.DataFrame:
    orders, since = people.habits(past.days)
    paid = (recent["kind"] == PURCHASE).to_numpy()
    price = recent["value"][paid].groupby(at[paid]).median().reindex(range(len(rows)))
    items, own = np.diff(touched.indptr), np.diff(bought.indptr)
    looked = 1 - own / np.maximum(items, 1) if (items > own).any() else np.full(len(rows), np.nan)
    return pd.DataFrame(
        {
            "orders": orders[rows],
            "since": since[rows],
            "price": price.to_numpy(dtype=float),
            "breadth": _breadth(touched, vectors),
            "looked": looked,
        }
    )


def _breadth(touched: sparse.csr_matrix, vectors: np.ndarray) -> np.ndarray:
    """(n,) 1 less the length of the mean vector: the mean of unit vectors is the shorter the less alike they are."""
    total = np.asarray(touched.sum(1)).ravel()
    length = np.empty(touched.shape[0])
    for first in range(0, len(length), BLOCK):
        part = slice(first, first + BLOCK)
        length[part] = np.linalg.norm(touched[part] @ vectors, axis=1)
    return np.clip(1 - length / np.maximum(total, 1e-12), 0, 1)
