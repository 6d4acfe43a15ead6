"""How far the audiences of new items are the same people, and which items are twins."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.audience.reach import Threshold
from core.preference.scores import Scores

__all__ = ["MEASURES", "Measure", "Overlap", "overlap"]

Measure = Literal["jaccard", "smaller"]
MEASURES: dict[Measure, str] = {
    "jaccard": "Of both together (Jaccard)",
    "smaller": "Of the smaller audience",
}


@dataclass(frozen=True)
class Overlap:
    """Audiences side by side."""

    items: np.ndarray
    """(m,) item ids."""
    customers: np.ndarray
    """(m,) size of each audience."""
    buyers: np.ndarray
    """(m,) expected in each audience."""
    together: np.ndarray
    """(m, m) customers who are in both."""
    of: int
    """All customers who were asked."""

    def only(self, rows: np.ndarray) -> "Overlap":
        """The audiences of some items."""
        return Overlap(
            self.items[rows], self.customers[rows], self.buyers[rows], self.together[np.ix_(rows, rows)], self.of
        )

    def shares(self, measure: Measure, fewest: int) -> np.ndarray:
        """(m, m) overlap 0 to 1; NaN where one of the two, or what they share, is too small a group to tell of."""
        sizes = self.customers.astype(float)
        low, high = np.minimum(sizes[:, None], sizes), np.maximum(sizes[:, None], sizes)
        whole = low + high - self.together if measure == "jaccard" else low
        hidden = (low < fewest) | ((self.together > 0) & (self.together < fewest))
        return np.where(hidden, np.nan, self.together / np.maximum(whole, 1))

    def order(self, measure: Measure, fewest: int) -> np.ndarray:
        """(m,) items so that those with like audiences stand side by side (leaves of average linkage)."""
        from scipy.cluster.hierarchy import leaves_list, linkage
        from scipy.spatial.distance import squareform

        if len(self.items) < 3:
            return np.arange(len(self.items))
        far = 1 - np.nan_to_num(self.shares(measure, fewest))
        np.fill_diagonal(far, 0)
        return np.asarray(leaves_list(linkage(squareform(far, checks=False), "average", optimal_ordering=True)))

    def mean(self, measure: Measure, fewest: int) -> float:
        """Mean overlap of each two audiences of which it can be told; NaN where it can be of none."""
        shares = self.shares(measure, fewest)[np.triu_indices(len(self.items), 1)]
        told = shares[~np.isnan(shares)]
        return float(told.mean()) if len(told) else float("nan")

    def by_chance(self, measure: Measure) -> float:
        """Mean overlap of audiences of these sizes if they were drawn at random from `of` customers; NaN for one."""
        if len(self.items) < 2:
            return float("nan")
        sizes = self.customers.astype(float)
        both = np.outer(sizes, sizes) / max(self.of, 1)
        low = np.minimum(sizes[:, None], sizes)
        whole = sizes[:, None] + sizes - both if measure == "jaccard" else low
        pairs = np.triu_indices(len(sizes), 1)
        return float((both / np.maximum(whole, 1e-12))[pairs].mean())

    def twins(self, measure: Measure, fewest: int, most: int) -> pd.DataFrame:
        """The pairs that overlap most: item_id, other_id, together, overlap."""
        one, other = np.triu_indices(len(self.items), 1)
        found = self.shares(measure, fewest)[one, other]
        best = np.argsort(-np.nan_to_num(found, nan=-1), kind="stable")[:most]
        best = best[np.nan_to_num(found[best]) > 0]
        one, other = one[best], other[best]
        return pd.DataFrame(
            {
                "item_id": self.items[one],
                "other_id": self.items[other],
                "together": self.together[one, other],
                "overlap": found[best],
            }
        )

    def nearest(self, measure: Measure, fewest: int) -> tuple[np.ndarray, np.ndarray]:
        """(m,) row of the item whose audience is most like each, and the overlap; -1 and NaN where none can be told."""
        found = self.shares(measure, fewest)
        if not len(found):
            return np.zeros(0, dtype=int), np.zeros(0)
        np.fill_diagonal(found, np.nan)
        best = np.nan_to_num(found, nan=-1).argmax(1)
        share = found[np.arange(len(found)), best]
        return np.where(np.nan_to_num(share) > 0, best, -1), np.where(np.nan_to_num(share) > 0, share, np.nan)


def overlap(scores: Scores, threshold: Threshold) -> Overlap:
    """The audiences of all items at one threshold, compared."""
    by_item = np.ascontiguousarray(scores.r.T)  # (m, customers)
    members = np.zeros(by_item.shape, dtype=np.float32)
    usual = scores.r.mean(1)
    for at, r in enumerate(by_item):
        members[at] = threshold.members(r, usual)
    together = members @ members.T  # exact: counts below 2 ** 24
    buyers = np.einsum("ij,ij->i", members, by_item, dtype=np.float64)
    return Overlap(scores.items, members.sum(1).astype(np.int64), buyers, together.astype(np.int64), len(scores.r))
