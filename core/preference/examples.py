"""Past launches as the scorer learns from them: who was there on the day, and who of them bought.

Launches of a fortnight are described as of its first day, which is before all of them.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from core.history import History
from core.people import People
from core.preference.memory import Memory, remember
from core.preference.nearness import Asked, Factors, Sources, asked, factors, nearness
from models.preference import Moment

__all__ = ["EVERY_DAYS", "FIRST_DAY", "Example", "examples", "moment"]

EVERY_DAYS = 14
FIRST_DAY = 120  # before it hardly anybody has a past


@dataclass(frozen=True)
class Example:
    """Launches, and the customers before them."""

    day: int
    """From the history's start; what happened from then on is not known to `memory`."""
    rows: np.ndarray
    """(m,) rows of the launches in the history."""
    memory: Memory
    asked: Asked
    moment: Moment
    """With what was bought in each launch's first weeks."""

    @property
    def purchases(self) -> int:
        """Customers of the year before who bought, summed over the launches; who only visited does not count."""
        return 0 if self.moment.bought is None else int(self.moment.bought[self.memory.buyers].nnz)


def examples(
    history: History,
    people: People,
    known: Sources,
    weeks: int,
    first: int = FIRST_DAY,
    last: int | None = None,
    every: int = EVERY_DAYS,
) -> list[Example]:
    """Launches from day `first` to before day `last`, of which somebody known bought one in its complete weeks."""
    rows, launch = history.launches(weeks), history.items["launch"].to_numpy()
    rows = rows[(launch[rows] >= first) & (launch[rows] < (history.days if last is None else last))]
    made = []
    for part in np.unique((launch[rows] - first) // every):
        some = rows[(launch[rows] - first) // every == part]
        example = _example(history, people, known, weeks, int(first + part * every), some)
        if example is not None:
            made.append(example)
    return made


def moment(
    known: Sources, memory: Memory, found: Factors, new: Asked, bought: sparse.csr_matrix | None = None
) -> Moment:
    """What the network is asked. found: as the memory, or a larger one of the same day, tells them."""
    return Moment(
        memory.deeds,
        memory.latest,
        memory.kinds,
        memory.ages,
        memory.habits,
        known.vectors,
        new.vectors,
        new.own,
        nearness(known, found, new),
        bought,
    )


def _example(
    history: History, people: People, known: Sources, weeks: int, day: int, rows: np.ndarray
) -> Example | None:
    memory = remember(people, history, day)
    if not memory.buyers.any():
        return None
    bought = _bought(history, people, memory, rows, weeks)
    kept = np.asarray(bought.sum(0)).ravel() > 0
    if not kept.any():
        return None
    items = history.items.iloc[rows[kept]]
    new = asked(
        known,
        known.vectors[rows[kept]],
        items["text"].tolist(),
        items["product_id"].to_numpy(),
        items["price"].to_numpy(dtype=float),
        rows[kept],
    )
    return Example(
        day, rows[kept], memory, new, moment(known, memory, factors(known, memory), new, bought[:, kept].tocsr())
    )


def _bought(history: History, people: People, memory: Memory, rows: np.ndarray, weeks: int) -> sparse.csc_matrix:
    """(n, m) 1 where somebody bought a launch in its first weeks."""
    launch = history.items["launch"].to_numpy()[rows]
    place = np.full(len(people.ids), -1)
    place[memory.rows] = np.arange(len(memory.rows))
    who = [place[people.buyers(row, day, day + 7 * weeks)] for row, day in zip(rows, launch, strict=True)]
    column = np.repeat(np.arange(len(rows)), [len(one) for one in who])
    row = np.concatenate(who) if who else np.zeros(0, dtype=np.int64)
    ones = np.ones(int((row >= 0).sum()), np.float32)
    return sparse.csc_matrix((ones, (row[row >= 0], column[row >= 0])), (len(memory.rows), len(rows)))
