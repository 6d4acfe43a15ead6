"""The audience of a new item: who is worth telling, how many of the buyers that reaches, and who they are."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.audience import groups
from core.audience.customers import Customers
from core.audience.segments import SILENT, Segments
from core.preference.scores import Scores

__all__ = ["Reach", "Threshold", "composition", "gain", "on_customers", "ranked", "reach"]

STEPS = 100  # of the gain curve


@dataclass(frozen=True)
class Threshold:
    """Where the audience of an item ends."""

    kind: Literal["likely", "keen", "chance"]
    """likely: the customers most likely to buy, so many of all. keen: those whose probability lies furthest above
    what they buy of new items otherwise and how well the item does lets expect. chance: who buys at least so
    probably."""
    value: float
    """0 to 1."""

    def members(self, r: np.ndarray, usual: np.ndarray) -> np.ndarray:
        """(customers,) whether each is in the audience.

        r: (customers,) probabilities of one item. usual: (customers,) their mean over the items.
        """
        if self.kind == "chance":
            return np.asarray(r >= self.value)
        expected = usual * (r.mean() / max(float(usual.mean()), 1e-12)) if self.kind == "keen" else 0
        return _best(r - expected, self.value)


def _best(worth: np.ndarray, share: float) -> np.ndarray:
    """(customers,) whether each is among the best, so many of all; of those who tie at the edge the first."""
    count = min(len(worth), int(np.ceil(share * len(worth) - 1e-9)))
    chosen = np.zeros(len(worth), dtype=bool)
    if count:
        least = np.partition(worth, len(worth) - count)[len(worth) - count]
        chosen = worth > least
        chosen[np.flatnonzero(worth == least)[: count - int(chosen.sum())]] = True
    return chosen


@dataclass(frozen=True)
class Reach:
    """What an audience comes to."""

    customers: int
    buyers: float
    """Expected in the audience."""
    of: float
    """Expected among all customers."""
    share: float
    """Of all customers, 0 to 1."""
    least: float
    """The smallest probability in the audience; NaN where nobody is in it."""

    @property
    def gained(self) -> float:
        """Share of all expected buyers that the audience holds, 0 to 1."""
        return self.buyers / self.of if self.of > 0 else 0.0

    @property
    def lift(self) -> float:
        """How many times as many buyers as among as many customers drawn at random; NaN where nobody is in it."""
        return self.gained / self.share if self.share > 0 else float("nan")


def reach(r: np.ndarray, members: np.ndarray) -> Reach:
    """Size and expected buyers of an audience. r: (customers,). members: (customers,) bool."""
    count = int(members.sum())
    least = float(r[members].min()) if count else float("nan")
    inside, everybody = (float(some.sum(dtype=np.float64)) for some in (r[members], r))
    return Reach(count, inside, everybody, count / max(len(r), 1), least)


def gain(r: np.ndarray) -> pd.DataFrame:
    """The gain curve: contacted and reached, shares 0 to 1 of the customers and of the expected buyers, best first."""
    running = np.concatenate([[0.0], np.cumsum(np.sort(r)[::-1], dtype=np.float64)])
    at = np.unique(np.linspace(0, len(r), STEPS + 1).round().astype(int))
    return pd.DataFrame({"contacted": at / max(len(r), 1), "reached": running[at] / max(running[-1], 1e-12)})


def on_customers(customers: Customers, places: np.ndarray, members: np.ndarray) -> np.ndarray:
    """(n,) the members as a mask over the customers. places: rows of who was asked, -1 where not among them."""
    mask = np.zeros(len(customers), dtype=bool)
    mask[places[members & (places >= 0)]] = True
    return mask


def composition(segments: Segments, places: np.ndarray, members: np.ndarray, fewest: int) -> pd.DataFrame:
    """Of which segments an audience consists: segment, customers, everybody (counts), share, index; largest first.

    share: of the audience, 0 to 1. index: 100 where the segment's share is that among all who were asked.
    Segments with fewer than `fewest` of the audience stand together. Raises NotReady where the audience is too small.
    """
    groups.guard(int(members.sum()), fewest)
    names = [*segments.names, SILENT]
    label = segments.of(places) % len(names)  # the last name is that of -1
    counts = [np.bincount(label[some], minlength=len(names)) for some in (members, np.ones(len(label), dtype=bool))]
    table = pd.DataFrame({"segment": names, "customers": counts[0], "everybody": counts[1]})
    return _shares(groups.folded(table[table["everybody"] > 0].reset_index(drop=True), fewest, "segment"))


def ranked(scores: Scores, members: np.ndarray, r: np.ndarray) -> pd.DataFrame:
    """The audience as a list, most likely first: rank, customer_id, probability; indexed by row of the scores."""
    rows = np.flatnonzero(members)
    rows = rows[np.argsort(-r[rows], kind="stable")]
    ids = scores.customers["customer_id"].to_numpy()[rows]
    return pd.DataFrame({"rank": np.arange(1, len(rows) + 1), "customer_id": ids, "probability": r[rows]}, index=rows)


def _shares(table: pd.DataFrame) -> pd.DataFrame:
    share = table["customers"] / table["customers"].sum()
    usual = table["everybody"] / table["everybody"].sum()
    return table.assign(share=share, index=100 * share / usual).sort_values(
        "customers", ascending=False, kind="stable", ignore_index=True
    )
