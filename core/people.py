"""Who did what with which item and when: purchases, looks, searches, baskets and reviews of each customer.

Plain arrays in the order of time, like `history.History`: cheap to cut at a day, and to snapshot for a training.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from scipy import sparse

from core.history import History
from core.tables.shared import ANONYMOUS

__all__ = ["KINDS", "MEMORY_DAYS", "PURCHASE", "People", "read"]

KINDS = ("purchase", "view", "search", "click", "cart", "favourite", "share", "remove", "review")
PURCHASE = KINDS.index("purchase")
MEMORY_DAYS = 365
"""What lies further back says nothing of what a customer wants next."""


@dataclass(frozen=True)
class People:
    """Customers and visitors, and what they did."""

    ids: np.ndarray
    """(n,) customer ids, sorted."""
    events: pd.DataFrame
    """One row a customer, item, day and kind, by day: customer (row of ids), item (row of the history; -1 for none),
    day (from the history's start), kind (place in KINDS), value (price paid, seconds looked at, stars; NaN for none),
    units (bought; 0 for anything else), query (what was searched for, in small letters; '' for none)."""
    segment: np.ndarray
    """(n,) the segment that the shop's customer file gives; '' where it gives none."""

    def as_of(self, history: History, cut: date) -> "People":
        """The same people as they were known on the morning of `cut`, beside `history.as_of(cut)`.

        history: the one that the events refer to.
        """
        day = history.day(cut)
        kept = history.items["launch"].to_numpy() < day
        place = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)  # the last is for events without an item
        events = self.events[self.events["day"] < day]
        return People(self.ids, events.assign(item=place[events["item"]].astype(np.int32)), self.segment)

    @cached_property
    def queries(self) -> list[str]:
        """What was ever searched for, each once."""
        return sorted(set(self.events["query"]) - {""})

    @cached_property
    def purchases(self) -> pd.DataFrame:
        """The events that are purchases."""
        return self.events[self.events["kind"] == PURCHASE]

    def active(self, day: int) -> np.ndarray:
        """Rows of who bought in the year before a day, rising."""
        return np.unique(self._recent(day)["customer"])

    def bought(self, day: int, items: int) -> sparse.csr_matrix:
        """(people, items) 1 where somebody bought an item in the year before a day."""
        recent = self._recent(day)
        shape = (len(self.ids), items)
        places = (recent["customer"].to_numpy(), recent["item"].to_numpy())
        found = sparse.csr_matrix((np.ones(len(recent), np.float32), places), shape)
        found.data[:] = 1
        return found

    def habits(self, day: int) -> tuple[np.ndarray, np.ndarray]:
        """Of each of the people the days with a purchase in the year before a day, and the days since the last one.

        Both are 0 for who did not buy in that year.
        """
        recent = self._recent(day)
        visits = recent.drop_duplicates(["customer", "day"])
        count = np.bincount(visits["customer"], minlength=len(self.ids))
        last = np.zeros(len(self.ids), dtype=np.int64)
        np.maximum.at(last, recent["customer"].to_numpy(), recent["day"].to_numpy())
        return count, np.where(count > 0, day - last, 0)

    def buyers(self, item: int, first: int, last: int) -> np.ndarray:
        """Rows of who bought an item in days [first, last), rising."""
        some = self.purchases
        return np.unique(some["customer"].to_numpy()[(some["item"] == item) & some["day"].between(first, last - 1)])

    def _recent(self, day: int) -> pd.DataFrame:
        """The purchases in the year before a day."""
        return self.purchases[self.purchases["day"].between(day - MEMORY_DAYS, day - 1)]

    def save(self, folder: Path) -> None:
        """Write the snapshot that a training process reads: people.parquet and events.parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({"id": self.ids, "segment": self.segment}).to_parquet(folder / "people.parquet")
        self.events.to_parquet(folder / "events.parquet")

    @classmethod
    def load(cls, folder: Path) -> "People":
        """Read a snapshot written by `save`."""
        people = pd.read_parquet(folder / "people.parquet")
        return cls(people["id"].to_numpy(), pd.read_parquet(folder / "events.parquet"), people["segment"].to_numpy())


def read(cursor: duckdb.DuckDBPyConnection, history: History) -> People | None:
    """The people of a workspace; None where its sales name no customers.

    A purchase that both the sales and the visits tell of counts once. Whom a file calls anonymous is nobody: all of
    them as one would be the shop's best customer.
    """
    frame = cursor.execute(
        """WITH told AS (
               SELECT customer_id, product_id, date, 'purchase' AS kind, max(unit_price) AS value,
                      sum(units) AS units, '' AS query
               FROM sales WHERE customer_id <> $anonymous AND units > 0 GROUP BY ALL
               UNION ALL
               SELECT customer_id, product_id, ts::DATE, event, max(dwell_seconds), 0, lower(trim(coalesce(query, '')))
               FROM events WHERE event <> 'purchase' AND customer_id <> $anonymous GROUP BY ALL
               UNION ALL
               SELECT customer_id, product_id, date, 'review', max(rating), 0, ''
               FROM reviews WHERE customer_id <> $anonymous AND date IS NOT NULL GROUP BY ALL)
           SELECT customer_id, product_id, date_diff('day', $start, date)::INTEGER AS day, kind, value::FLOAT AS value,
                  units::FLOAT AS units, query
           FROM told ORDER BY day, customer_id, product_id, kind, query""",
        {"anonymous": ANONYMOUS, "start": history.start},
    ).df()
    item = pd.Index(history.items["product_id"]).get_indexer(frame["product_id"])
    kept = (item >= 0) | (frame["query"] != "").to_numpy()
    frame, item = frame[kept], item[kept]
    if not (frame["kind"] == "purchase").any():
        return None
    codes, ids = pd.factorize(frame["customer_id"], sort=True)
    events = pd.DataFrame(
        {
            "customer": codes.astype(np.int32),
            "item": item.astype(np.int32),
            "day": frame["day"].to_numpy(np.int32),
            "kind": pd.Index(KINDS).get_indexer(frame["kind"]).astype(np.int8),
            "value": frame["value"].to_numpy(np.float32),
            "units": frame["units"].to_numpy(np.float32),
            "query": frame["query"].to_numpy(),
        }
    )
    told = cursor.execute("SELECT customer_id, segment FROM customers WHERE segment IS NOT NULL").fetchall()
    segments = dict(told)
    return People(np.asarray(ids), events, np.array([segments.get(one, "") for one in ids], dtype=object))
