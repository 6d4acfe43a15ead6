"""Segments by which the lab tells who likes a wording; none of them so small that it could point at a person."""

from dataclasses import dataclass

import numpy as np

from core.audience.customers import Customers
from core.audience.groups import FEWEST
from core.audience.segments import Segments

__all__ = ["EVERYBODY", "OTHERS", "Groups"]

EVERYBODY = "All customers"
OTHERS = "Small segments together"


@dataclass(frozen=True)
class Groups:
    """The customers by segment."""

    names: tuple[str, ...]
    labels: np.ndarray
    """(customers,) row of `names`."""
    customers: Customers

    @classmethod
    def of(cls, segments: Segments, customers: Customers) -> "Groups":
        """The segments, the small ones as one; where that is still small, the smallest of the others joins it."""
        sizes = np.bincount(segments.labels, minlength=len(segments.names))
        kept = [int(at) for at in np.argsort(-sizes, kind="stable") if sizes[at] >= FEWEST]
        rest = sizes.sum() - sizes[kept].sum()
        if 0 < rest < FEWEST and kept:
            kept.pop()
        place = np.full(len(sizes), len(kept))
        place[kept] = np.arange(len(kept))
        labels = place[segments.labels]
        names = tuple(segments.names[at] for at in kept)
        return cls((*names, OTHERS) if (labels == len(kept)).any() else names, labels, customers)

    @property
    def all_names(self) -> tuple[str, ...]:
        """EVERYBODY and each segment, in the order of the columns of `means`."""
        return (EVERYBODY, *self.names)

    def members(self, name: str) -> np.ndarray:
        """(customers,) whether somebody belongs to a segment; everybody belongs to EVERYBODY."""
        if name == EVERYBODY:
            return np.ones(len(self.labels), dtype=bool)
        return np.asarray(self.labels == self.names.index(name))

    def means(self, r: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(m, 1 + G) means of (customers, m) probabilities by `all_names`, and (1 + G,) how many customers these are.

        ids: (customers,) to find their segments by; who is in none counts among everybody only.
        """
        at = np.append(self.labels, -1)[self.customers.places(ids)]
        parts = [np.ones(len(at), dtype=bool), *(at == group for group in range(len(self.names)))]
        sizes = np.array([np.count_nonzero(part) for part in parts])
        sums = [r[part].sum(0, dtype=np.float64) for part in parts]
        return np.column_stack(sums) / np.maximum(sizes, 1), sizes
