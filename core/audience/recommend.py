"""The other way round: which new items to show to a customer or a segment, and not five of a kind.

Diversified by maximal marginal relevance (Carbonell & Goldstein 1998, doi:10.1145/290941.291025): the next item is
the one with the most of (1 - variety) x what it is worth, less variety x its cosine to the nearest item chosen already.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from core.audience.customers import Customers
from core.preference.scores import Scores

__all__ = ["Sheet", "best", "favourites", "for_group", "for_new", "lists", "why"]

BLOCK = 20_000  # customers whose lists are made at once: bounds memory at BLOCK x items
OFTEN = 100  # of what a group bought most, looked through for why
CLOSE = 0.3  # cosine from which on an item says why another is recommended


@dataclass(frozen=True)
class Sheet:
    """The new items that can be recommended."""

    items: pd.DataFrame
    """item_id, title, price; a row an item, in the order of the scores."""
    vectors: np.ndarray
    """(m, d) unit vectors of their texts."""

    def worth(self, r: np.ndarray, money: bool) -> np.ndarray:
        """(k, m) what showing an item is worth: probability, or probability times price."""
        return r * self.items["price"].to_numpy(dtype=np.float32) if money else r


def best(worth: np.ndarray, vectors: np.ndarray, count: int, variety: float) -> np.ndarray:
    """(k, count) columns of each row's list, first choice first. worth: (k, m). variety: 0 (none) to 1."""
    count = min(count, worth.shape[1])
    near = np.clip(vectors @ vectors.T, 0, 1).astype(np.float32)  # (m, m)
    value = worth / np.maximum(worth.max(1, keepdims=True), 1e-12)  # the best of each row is worth 1
    rows, nearest = np.arange(len(worth)), np.zeros(worth.shape, dtype=np.float32)
    chosen = np.empty((len(worth), count), dtype=np.int64)
    taken = np.zeros(worth.shape, dtype=bool)
    for place in range(count):
        left = np.where(taken, -np.inf, (1 - variety) * value - variety * nearest)
        chosen[:, place] = left.argmax(1)
        taken[rows, chosen[:, place]] = True
        np.maximum(nearest, near[chosen[:, place]], out=nearest)
    return chosen


def for_group(
    scores: Scores, members: np.ndarray, sheet: Sheet, count: int, variety: float, money: bool
) -> pd.DataFrame:
    """The list for some customers as one: rank, item_id, title, price, probability (mean), buyers (expected), revenue.

    members: (customers,) mask over the scores.
    """
    r = scores.r[members].mean(0, dtype=np.float64)
    order = best(sheet.worth(r[None, :], money), sheet.vectors, count, variety)[0]
    items = sheet.items.iloc[order][["item_id", "title", "price"]].reset_index(drop=True)
    buyers = r[order] * int(members.sum())
    items.insert(0, "rank", np.arange(1, len(order) + 1))
    return items.assign(probability=r[order], buyers=buyers, revenue=buyers * items["price"])


def for_new(scores: Scores, members: np.ndarray, sheet: Sheet, count: int, variety: float, money: bool) -> pd.DataFrame:
    """The list for one whom nobody knows yet, a new customer or a visitor without a name: as `for_group` has it.

    All that is known of them is whom they are like, so they want what these want on average. members: (customers,)
    their segment, or everybody where that is not known either. buyers: their own probability.
    """
    found = for_group(scores, members, sheet, count, variety, money)
    return found.assign(buyers=found["probability"], revenue=found["probability"] * found["price"])


def favourites(scores: Scores, labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each of `count` groups the column of the item that it prefers most, and how many times as much as everybody.

    What counts is an item's share of all that a group is expected to buy: a group of frequent buyers does not want
    everything more. labels: (customers,) group of each; -1 for none. A group without customers gets NaN.
    """
    known = np.flatnonzero(labels >= 0)
    member = sparse.csr_matrix((np.ones(len(known), np.float32), (labels[known], known)), (count, len(labels)))
    buyers = np.asarray(member @ scores.r, dtype=np.float64)
    share = buyers / np.maximum(buyers.sum(1, keepdims=True), 1e-12)
    lift = share / np.maximum(scores.buyers / max(scores.buyers.sum(), 1e-12), 1e-12)
    best_of = lift.argmax(1)
    times = lift[np.arange(count), best_of]
    return best_of, np.where(times > 0, times, np.nan)


def lists(scores: Scores, members: np.ndarray, sheet: Sheet, count: int, variety: float, money: bool) -> pd.DataFrame:
    """A list for each of some customers: customer_id, rank, item_id, title, probability."""
    rows = np.flatnonzero(members)
    parts = [
        best(sheet.worth(scores.r[part], money), sheet.vectors, count, variety)
        for part in np.array_split(rows, max(1, -(-len(rows) // BLOCK)))
    ]
    order = np.concatenate(parts)
    who, what = np.repeat(rows, order.shape[1]), order.ravel()
    return pd.DataFrame(
        {
            "customer_id": scores.customers["customer_id"].to_numpy()[who],
            "rank": np.tile(np.arange(1, order.shape[1] + 1), len(rows)),
            "item_id": sheet.items["item_id"].to_numpy()[what],
            "title": sheet.items["title"].to_numpy()[what],
            "probability": scores.r[who, what],
        }
    )


def why(customers: Customers, members: np.ndarray, near: np.ndarray, fewest: int) -> list[str]:
    """Of each recommended item the title of the one most like it that the members bought; '' where none is like it.

    members: mask over the customers. near: (k, items) cosine of the recommended to the earlier items.
    fewest: members who must have bought an item before it is named.
    """
    bought = customers.purchases(members)
    often = np.argsort(-bought, kind="stable")[:OFTEN]
    often = often[bought[often] >= max(fewest, 1)]
    if not len(often):
        return [""] * len(near)
    best_of = near[:, often].argmax(1)
    close = near[np.arange(len(near)), often[best_of]] >= CLOSE
    return [str(customers.titles[often[at]]) if ok else "" for at, ok in zip(best_of, close, strict=True)]
