"""Preference: the probability that a customer buys a new item in its first weeks, from history and text.

r_ij = sigmoid(w . x_ij + b), where x_ij holds how near item j is to what customer i bought (the log of a sum
of exp(8 cosine) over the recent purchases), how well its like items sell, how much the customer buys and how
lately. w and b are fitted on the shop's own past launches; non-buyers are drawn and weighted back, so that r_ij
keeps its scale and may be summed and multiplied: sum_i r_ij is the number of buyers to expect.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from scipy import sparse

from core import like_items
from core.history import History
from core.like_items import Query

__all__ = ["Customers", "Scorer", "fit", "read"]

SHARPNESS = 8.0  # of the cosine; taken from the untrained rule, not tuned
MEMORY_DAYS = 365
LAUNCHES = 150  # the latest, enough for three weights
NEGATIVES = 100  # non-buyers drawn per launch
FEWEST_BUYERS = 200


@dataclass(frozen=True)
class Customers:
    """Who bought what and when, one row a customer, item and day."""

    ids: np.ndarray
    customer: np.ndarray
    """(purchases,) index into ids."""
    item: np.ndarray
    """(purchases,) row in the history."""
    day: np.ndarray
    """(purchases,) day from the history's start, ascending."""

    def recent(self, known: int, items: int) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray]:
        """What is known of each customer before day `known`.

        Returns (customers, items) bought in the last year as 0/1, and per customer the days with a purchase
        and the days since the last one; both 0 for who did not buy in that year.
        """
        low, high = np.searchsorted(self.day, [known - MEMORY_DAYS, known])
        part = slice(int(low), int(high))
        customer, day = self.customer[part], self.day[part]
        shape = (len(self.ids), items)
        bought = sparse.csr_matrix((np.ones(len(customer), np.float32), (customer, self.item[part])), shape)
        bought.data[:] = 1
        visits = np.bincount(
            np.unique(customer.astype(np.int64) * (known + 1) + day) // (known + 1), minlength=shape[0]
        )
        last = np.zeros(shape[0], dtype=np.int64)
        np.maximum.at(last, customer, day)
        return bought, visits, np.where(visits > 0, known - last, 0)


@dataclass(frozen=True)
class Scorer:
    """The fitted weights."""

    weights: np.ndarray
    """(4,) of taste, like items' run-rate, activity, recency, each standardised."""
    bias: float
    centre: np.ndarray
    scale: np.ndarray

    def score(self, history: History, customers: Customers, items: np.ndarray, query: Query) -> np.ndarray:
        """(active customers, new items) float32 probabilities; active is who bought within the last year.

        items: (history items, d) unit vectors. query: the new items.
        """
        bought, visits, since = customers.recent(history.days, len(history.items))
        rows = np.flatnonzero(visits > 0)
        taste = _taste(bought[rows], items, query.vectors)  # (active, n)
        rate = like_items.run_rate(history, query, like_items.find(history, items, query))  # (n,)
        of_customer = self._part(2, np.log1p(visits[rows])) + self._part(3, np.log1p(since[rows]))
        logit = self._part(0, taste) + self._part(1, rate)[None, :] + of_customer[:, None] + self.bias
        return (1 / (1 + np.exp(-logit))).astype(np.float32)

    def _part(self, at: int, values: np.ndarray) -> np.ndarray:
        return self.weights[at] * (values - self.centre[at]) / self.scale[at]


def read(cursor: duckdb.DuckDBPyConnection, history: History) -> Customers | None:
    """The purchases of a workspace; None where its sales name no customers."""
    frame = cursor.execute(
        """SELECT customer_id, product_id, date_diff('day', ?, date) AS day FROM sales
           WHERE customer_id IS NOT NULL AND units > 0 GROUP BY ALL ORDER BY day, customer_id, product_id""",
        [history.start],
    ).df()
    item = pd.Index(history.items["product_id"]).get_indexer(frame["product_id"])
    frame, item = frame[item >= 0], item[item >= 0]
    if frame.empty:
        return None
    codes, ids = pd.factorize(frame["customer_id"], sort=True)
    return Customers(np.asarray(ids), codes, item, frame["day"].to_numpy())


def fit(history: History, customers: Customers, items: np.ndarray, weeks: int, seed: int = 0) -> Scorer | None:
    """Fit on the latest launches with a complete window; None where these had too few buyers to learn from.

    items: (history items, d) unit vectors.
    """
    from sklearn.linear_model import LogisticRegression

    X, y, weight = _examples(history, customers, items, weeks, np.random.default_rng(seed))
    if y.sum() < FEWEST_BUYERS:
        return None
    centre, scale = X.mean(0), X.std(0) + 1e-9
    model = LogisticRegression(C=1.0).fit((X - centre) / scale, y, sample_weight=weight)
    return Scorer(model.coef_[0], float(model.intercept_[0]), centre, scale)


def _examples(
    history: History, customers: Customers, items: np.ndarray, weeks: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(pairs, 4) features, whether the customer bought, and how many pairs each stands for.

    Launches of one month are described as of its first day: one pass over the purchases a month.
    """
    rows = history.launches(weeks)[-LAUNCHES:]
    launch = history.items["launch"].to_numpy()
    query = like_items.launch_query(history, items, rows)
    rate = dict(zip(rows, like_items.run_rate(history, query, like_items.find(history, items, query)), strict=True))
    parts = []
    for month in np.unique(launch[rows] // 28):
        known = int(month) * 28
        bought, visits, since = customers.recent(known, len(history.items))
        active = np.flatnonzero(visits > 0)
        if not len(active):
            continue
        launched = rows[launch[rows] // 28 == month]
        taste = _taste(bought[active], items, items[launched])
        habits = np.column_stack([np.log1p(visits[active]), np.log1p(since[active])])
        for at, row in enumerate(launched):
            buyers = np.isin(active, _buyers(customers, row, launch[row], launch[row] + 7 * weeks))
            others = np.flatnonzero(~buyers)
            drawn = random.choice(others, min(NEGATIVES, len(others)), replace=False)
            chosen = np.concatenate([np.flatnonzero(buyers), drawn])
            X = np.column_stack([taste[chosen, at], np.full(len(chosen), rate[row]), habits[chosen]])
            weight = np.where(buyers[chosen], 1.0, len(others) / max(len(drawn), 1))
            parts.append((X, buyers[chosen], weight))
    if not parts:
        return np.zeros((0, 4)), np.zeros(0, bool), np.zeros(0)
    features, bought, weights = zip(*parts, strict=True)
    return np.concatenate(features), np.concatenate(bought), np.concatenate(weights)


def _buyers(customers: Customers, item: int, first: int, last: int) -> np.ndarray:
    low, high = np.searchsorted(customers.day, [first, last])
    return np.unique(customers.customer[low:high][customers.item[low:high] == item])


def _taste(bought: sparse.csr_matrix, items: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """(customers, n) log of the sum over purchases of exp(SHARPNESS x cosine)."""
    near = np.exp(SHARPNESS * (items @ vectors.T)).astype(np.float32)  # (items, n)
    return np.log(np.asarray(bought @ near) + 1e-6)
