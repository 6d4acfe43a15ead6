"""The best customers of every item and the best items of every customer, without ever holding all of their scores.

Scores are made for a block of customers and a block of items at a time; what is kept of a block are the candidates
that may still be among the best, and the sums over customers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.preference import FLOOR, Deeds

__all__ = ["Best", "Customers", "Items", "best"]

CUSTOMERS = 2048  # of a block
ROOM = 4  # candidates kept of an item before they are sorted out, times those that are wanted


@dataclass(frozen=True)
class Customers:
    """n customers as the network sees them; float32."""

    deeds: Deeds
    counts: np.ndarray
    """(groups,) how much a deed of each counts."""
    taste: np.ndarray
    """(n, w), as it counts in a logit."""
    habit: np.ndarray
    """(n,) what their habits add to a logit."""


@dataclass(frozen=True)
class Items:
    """A block of m items as the network sees them; float32."""

    kernel: np.ndarray
    """(s, m) how loudly a source speaks for an item."""
    taste: np.ndarray
    """(w, m)."""
    level: np.ndarray
    """(m,) what an item adds to a logit."""


@dataclass(frozen=True)
class Best:
    """What is kept of the matrix."""

    of_item: np.ndarray
    """(m, k) customers, best first; -1 where there are fewer."""
    of_item_score: np.ndarray
    of_customer: np.ndarray
    """(n, k) items, best first; -1 where there are fewer."""
    of_customer_score: np.ndarray
    buyers: np.ndarray
    """(m,) sum of the probabilities."""


@torch.inference_mode()
def best(
    customers: Customers, blocks: Iterable[Items], slope: float, of_item: int = 100, of_customer: int = 10
) -> Best:
    """Score everybody for everything. slope: what the log of the memory counts in a logit."""
    count = len(customers.habit)
    top = torch.full((count, of_customer), -1.0)
    place = torch.full((count, of_customer), -1, dtype=torch.int32)
    found, buyers, first = [], [], 0
    for items in blocks:
        chosen, total = _Candidates(len(items.level), of_item), np.zeros(len(items.level))
        kernel, taste, level = (_tensor(values) for values in (items.kernel, items.taste, items.level))
        for rows in _blocks(count):
            chance = _scores(customers, rows, kernel, taste, level, slope)
            total += chance.sum(0, dtype=torch.float64).numpy()
            chosen.add(chance, rows.start)
            value, at = chance.topk(min(of_customer, chance.shape[1]), dim=1)
            _merge(top, place, rows, value, (at + first).int())
        found.append(chosen.best())
        buyers.append(total)
        first += len(items.level)
    ids, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Best(ids, scores, place.numpy(), top.numpy(), np.concatenate(buyers))


def _scores(customers: Customers, rows: slice, kernel: Tensor, taste: Tensor, level: Tensor, slope: float) -> Tensor:
    """(rows, columns) probabilities."""
    first = customers.deeds.first[rows.start : rows.stop + 1]
    part = slice(int(first[0]), int(first[-1]))
    heard = nn.functional.embedding_bag(
        torch.from_numpy(customers.deeds.source[part]),
        kernel,
        torch.from_numpy(first[:-1] - first[0]),
        mode="sum",
        per_sample_weights=torch.from_numpy(customers.counts[customers.deeds.group[part]]),
    )
    logit = heard.add_(FLOOR).log_().mul_(slope).add_(_tensor(customers.habit[rows])[:, None]).add_(level)
    return logit.addmm_(_tensor(customers.taste[rows]), taste).sigmoid_()


def _merge(top: Tensor, place: Tensor, rows: slice, value: Tensor, at: Tensor) -> None:
    """Keep the best of what was known and what is new."""
    both = torch.cat([top[rows], value], dim=1)
    where = torch.cat([place[rows], at], dim=1)
    top[rows], order = both.topk(top.shape[1], dim=1)
    place[rows] = where.gather(1, order)


class _Candidates:
    """Customers that may be among the best of some items."""

    def __init__(self, items: int, keep: int) -> None:
        self._keep, self._items = keep, items
        self._least = torch.full((items,), -1.0)
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._count = 0

    def add(self, scores: Tensor, first: int) -> None:
        """(b, items) of customers `first` and on."""
        row, column = torch.nonzero(scores > self._least, as_tuple=True)
        self._parts.append(((row + first).numpy(), column.numpy(), scores[row, column].numpy()))
        self._count += len(row)
        if self._count > ROOM * self._keep * self._items:
            self._sort_out()

    def best(self) -> tuple[np.ndarray, np.ndarray]:
        """(items, keep) customers and their scores."""
        self._sort_out()
        (row, column, value) = self._parts[0]
        customers = np.full((self._items, self._keep), -1, np.int64)
        scores = np.zeros((self._items, self._keep), np.float32)
        place = _places(column)
        customers[column, place], scores[column, place] = row, value
        return customers, scores

    def _sort_out(self) -> None:
        row, column, value = (np.concatenate(parts) for parts in zip(*self._parts, strict=True))
        order = np.lexsort((row, -value, column))
        row, column, value = row[order], column[order], value[order]
        place = _places(column)
        kept = place < self._keep
        last = place == self._keep - 1
        self._least[torch.from_numpy(column[last])] = torch.from_numpy(value[last])
        self._parts = [(row[kept], column[kept], value[kept])]
        self._count = int(kept.sum())


def _places(column: np.ndarray) -> np.ndarray:
    """Place of each within the run of its column, which rises."""
    return np.arange(len(column)) - np.searchsorted(column, column)


def _blocks(count: int) -> Iterator[slice]:
    return (slice(first, min(first + CUSTOMERS, count)) for first in range(0, count, CUSTOMERS))


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
