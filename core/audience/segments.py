"""Segments: customers who want alike and buy alike, found by clustering or given by the shop, with a name each.

How many there are is decided by how well two halves of the customers agree: each half is clustered by itself, and
the number of segments is taken at which both put customers into the same groups most often (adjusted Rand index; of
numbers as good, the largest). The idea is that of Lange, Roth, Braun & Buhmann (2004), "Stability-based validation of
clustering solutions", doi:10.1162/089976604773717621.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.audience import groups
from core.audience.customers import Customers
from core.audience.words import Vocabulary

__all__ = ["NO_SEGMENT", "SILENT", "SMALL", "Segments", "found", "given"]

FEWEST, MOST = 4, 12
SAMPLE = 20_000  # customers that the centres are found on; everybody is assigned
SPLITS, HALF = 3, 2_000  # how often, and by how many customers each, two halves are compared
NEAR = 0.02  # of the best agreement: among those so good the finest division is taken
STARTS = 5
TOO_FEW_TO_CLUSTER = 200
WORDS = 6
NAMING = 2  # words and numbers in a name
CLEAR = 0.12  # of the ranks of all customers, by which a segment's median must lie off the middle to be named by it
SAID = {
    "price": ("low price", "high price"),
    "orders": ("few orders", "frequent buyers"),
    "since": ("bought lately", "quiet lately"),
    "breadth": ("narrow taste", "broad taste"),
}
NO_SEGMENT, SILENT, SMALL = "No segment", "Silent for a year", "A small segment"


@dataclass(frozen=True)
class Segments:
    """A division of the customers."""

    labels: np.ndarray
    """(n,) row of the table of each customer."""
    table: pd.DataFrame
    """name, words, customers, share (0 to 1), and the medians orders, since, price; a row a segment, largest first
    (with given segments those without one come last)."""
    agreement: float | None = None
    """Adjusted Rand index of two halves of the customers; None where the shop gave the segments."""

    @property
    def names(self) -> list[str]:
        """One a segment."""
        return self.table["name"].tolist()

    def told(self, fewest: int) -> pd.DataFrame:
        """The table with segments of fewer than `fewest` customers put together; what these are like stays untold.

        Raises NotReady where the shop has fewer customers than that.
        """
        groups.guard(int(self.table["customers"].sum()), fewest)
        counts = self.table[["name", "customers", "share"]].assign(everybody=self.table["customers"])
        kept = groups.folded(counts, fewest, "name").assign(
            share=lambda some: some["customers"] / some["customers"].sum()
        )
        about = self.table.drop(columns=["customers", "share"])
        return kept.drop(columns="everybody").merge(about, on="name", how="left")

    def of(self, places: np.ndarray) -> np.ndarray:
        """(k,) segments, as rows of the table, of customers by row; -1 for those of whom nothing is known (row -1)."""
        return np.append(self.labels, -1)[places]

    def large(self, fewest: int) -> list[str]:
        """Names of the segments with `fewest` customers or more: the name of a smaller one tells what these are like.

        Raises NotReady where there is none.
        """
        groups.guard(int(self.table["customers"].max()), fewest)
        return self.table.loc[self.table["customers"] >= fewest, "name"].tolist()

    def named(self, places: np.ndarray, fewest: int) -> np.ndarray:
        """(k,) names of the segments of customers by row; SMALL where one has fewer than `fewest`, SILENT for -1."""
        names = self.table["name"].where(self.table["customers"] >= fewest, SMALL)
        return np.array([*names, SILENT], dtype=object)[self.of(places)]


def found(customers: Customers, vocabulary: Vocabulary, seed: int = 0) -> Segments:
    """Segments by k-means over taste and numbers; the same for the same customers, numbered by size."""
    features = customers.features
    count, agreement = _count(features, seed) if len(customers) >= TOO_FEW_TO_CLUSTER else (1, 1.0)
    labels = _largest_first(_clustered(features, count, seed), count)
    count = int(labels.max(initial=0)) + 1  # customers of whom many are the same may leave a segment empty
    names, words = _names(customers, labels, count, vocabulary)
    return Segments(labels, _table(customers, labels, names, words), agreement)


def given(customers: Customers, vocabulary: Vocabulary) -> Segments:
    """The segments of the shop's customer file."""
    own = np.where(customers.own == NO_SEGMENT, "", customers.own)  # as some shops call it, too
    sizes = pd.Series(own[own != ""]).value_counts(sort=False)
    names = [str(name) for name in sizes.sort_index().sort_values(ascending=False, kind="stable").index]
    labels = pd.Index(names).get_indexer(pd.Index(own))
    if (labels < 0).any():
        labels = np.where(labels < 0, len(names), labels)
        names.append(NO_SEGMENT)
    _, words = _names(customers, labels, len(names), vocabulary)
    return Segments(labels, _table(customers, labels, names, words))


def _count(features: np.ndarray, seed: int) -> tuple[int, float]:
    """How many segments, and how well two halves agree on them."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    random = np.random.default_rng(seed)
    agreed = np.zeros(MOST + 1)
    for _ in range(SPLITS):
        some = random.permutation(len(features))[: 2 * HALF]
        one, other = np.array_split(features[some], 2)
        for count in range(FEWEST, MOST + 1):
            first, second = (KMeans(count, n_init=2, random_state=seed).fit(half) for half in (one, other))
            agreed[count] += adjusted_rand_score(first.predict(other), second.labels_) / SPLITS
    best = int(np.flatnonzero(agreed >= agreed.max() - NEAR)[-1])
    return best, float(agreed[best])


def _clustered(features: np.ndarray, count: int, seed: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    if count == 1:
        return np.zeros(len(features), dtype=np.int64)
    random = np.random.default_rng(seed)
    some = np.sort(random.permutation(len(features))[:SAMPLE])
    return KMeans(count, n_init=STARTS, random_state=seed).fit(features[some]).predict(features).astype(np.int64)


def _largest_first(labels: np.ndarray, count: int) -> np.ndarray:
    order = np.argsort(-np.bincount(labels, minlength=count), kind="stable")
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    return place[labels]


def _table(customers: Customers, labels: np.ndarray, names: list[str], words: list[list[str]]) -> pd.DataFrame:
    size = np.bincount(labels, minlength=len(names))
    middle = customers.numbers[["orders", "since", "price"]].groupby(labels).median().reindex(range(len(names)))
    told = {"name": names, "words": [", ".join(some) for some in words], "customers": size}
    return pd.DataFrame({**told, "share": size / max(size.sum(), 1)}).join(middle)


def _names(
    customers: Customers, labels: np.ndarray, count: int, vocabulary: Vocabulary
) -> tuple[list[str], list[list[str]]]:
    """A name a segment, and its words."""
    everybody = customers.purchases(np.ones(len(customers), dtype=bool))
    words = [vocabulary.distinctive(customers.purchases(labels == label), everybody, WORDS) for label in range(count)]
    said = _numbers_said(customers, labels, count)
    return _apart([_name(some, numbers) for some, numbers in zip(words, said, strict=True)], words), words


def _name(words: list[str], numbers: list[str]) -> str:
    parts = [" & ".join(words[:NAMING]), *numbers]
    return ", ".join(part for part in parts if part) or "all sorts"


def _apart(names: list[str], words: list[list[str]]) -> list[str]:
    """Names of which no two are alike: a third word tells, else a number."""
    taken: set[str] = set()
    kept = []
    for name, some in zip(names, words, strict=True):
        tries = [name, *(f"{name}, {word}" for word in some[NAMING:]), *(f"{name} ({at})" for at in range(2, 99))]
        kept.append(next(one for one in tries if one not in taken))
        taken.add(kept[-1])
    return kept


def _numbers_said(customers: Customers, labels: np.ndarray, count: int) -> list[list[str]]:
    """Of each segment the numbers in which it differs most from all customers, in words."""
    ranks = customers.numbers[list(SAID)].rank(pct=True)
    off = ranks.groupby(labels).median().reindex(range(count)) - 0.5
    said = []
    for _, row in off.iterrows():
        clear = row[row.abs() > CLEAR].abs().sort_values(ascending=False, kind="stable").index[:NAMING]
        said.append([SAID[name][int(row[name] > 0)] for name in clear])
    return said
