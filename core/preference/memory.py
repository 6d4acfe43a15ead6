"""What each customer is known by on a given day: what they did, lately and less lately, and their habits.

Everything comes from events before that day. What was done lies in groups, by kind and by how long ago it is; the
scorer learns how much each of them counts. The latest events are kept in their order as well.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.history import WARM_UP_DAYS, History
from core.people import KINDS, MEMORY_DAYS, PURCHASE, People
from models.preference import Deeds

__all__ = ["GROUPS", "HABITS", "LATEST", "Group", "Memory", "remember"]

LATEST = 32  # events in order: more tell a shop's customers hardly better apart, and cost as much again
NEW_DAYS = 56  # an item that is younger is new
SHORT_DAYS = 90


@dataclass(frozen=True)
class Group:
    """Events that say as much of a customer."""

    name: str
    kinds: tuple[str, ...]
    since: int
    """Days ago, at most."""
    to: int = 0
    """Days ago, more than."""
    stars: tuple[float, float] = (0.0, 5.0)
    """Of a review."""


GROUPS = (
    Group("bought within 2 weeks", ("purchase",), 14),
    Group("bought within 6 weeks", ("purchase",), 45, 14),
    Group("bought within 4 months", ("purchase",), 120, 45),
    Group("bought within a year", ("purchase",), MEMORY_DAYS, 120),
    Group("looked at within 6 weeks", ("view", "click"), 45),
    Group("looked at within a year", ("view", "click"), MEMORY_DAYS, 45),
    Group("wanted", ("cart", "favourite", "share"), MEMORY_DAYS),
    Group("searched for", ("search",), MEMORY_DAYS),
    Group("praised", ("review",), MEMORY_DAYS, stars=(4.0, 5.0)),
    Group("complained of", ("review",), MEMORY_DAYS, stars=(0.0, 2.9)),
)

HABITS = (
    "items",  # log1p different items bought in the year
    "lines",  # log1p purchases
    "visits",  # log1p days with a purchase
    "visits_lately",  # the same within 90 days
    "lines_lately",
    "since",  # log days since the last purchase
    "tenure",  # log days since the first
    "overdue",  # log of since over the usual gap between purchases
    "new_items",  # log1p purchases of items younger than 8 weeks
    "new_share",  # their share in all purchases, drawn towards a twentieth
    "price",  # mean log1p price of what they buy
    "units",  # mean log1p units of a purchase
    "looks",  # log1p events that are no purchase
    "looks_lately",
    "buyer",  # 1 for who bought in the year
)


@dataclass(frozen=True)
class Memory:
    """Customers as known on the morning of a day. A source is an item of the history, or after those a query."""

    day: int
    rows: np.ndarray
    """(n,) rows of the people."""
    deeds: Deeds
    """What they did, each source once a group of GROUPS."""
    latest: np.ndarray
    """(n, LATEST) source of the latest events, newest first; -1 where there are no more."""
    kinds: np.ndarray
    """(n, LATEST) place in KINDS."""
    ages: np.ndarray
    """(n, LATEST) log1p days ago, float32."""
    habits: np.ndarray
    """(n, len(HABITS)) float32."""

    @property
    def buyers(self) -> np.ndarray:
        """(n,) who bought in the last year."""
        return self.habits[:, HABITS.index("buyer")] > 0

    def of(self, rows: np.ndarray) -> "Memory":
        """Some of the customers."""
        parts = (getattr(self, name)[rows] for name in ("latest", "kinds", "ages", "habits"))
        return Memory(self.day, self.rows[rows], self.deeds.of(rows), *parts)


def remember(people: People, history: History, day: int, *, visitors: bool = True) -> Memory:
    """Everybody who did anything in the year before a day; without visitors, who bought in it."""
    found = people.events
    low, high = np.searchsorted(found["day"].to_numpy(), [day - MEMORY_DAYS, day])
    events = found.iloc[low:high]
    who = events["customer"].to_numpy()
    bought = (events["kind"] == PURCHASE).to_numpy()
    rows = np.unique(who) if visitors else np.unique(who[bought])
    place = np.full(len(people.ids), -1)
    place[rows] = np.arange(len(rows))
    events = events.assign(
        row=place[who], source=_sources(events, people, len(history.items)), age=day - events["day"].to_numpy()
    )
    events = events[(events["row"] >= 0) & (events["source"] >= 0)]
    return Memory(
        day, rows, _deeds(events, len(rows)), *_latest(events, len(rows)), _habits(events, history, day, len(rows))
    )


def _sources(events: pd.DataFrame, people: People, items: int) -> np.ndarray:
    """(events,) item, or what was searched for; -1 for none."""
    query = pd.Index(people.queries).get_indexer(pd.Index(events["query"]))
    return np.where(query >= 0, items + query, events["item"].to_numpy())


def _deeds(events: pd.DataFrame, count: int) -> Deeds:
    """Bought twice is still one taste: of each customer and source the latest event of a group's kinds."""
    parts = [_some(events, group).assign(group=at) for at, group in enumerate(GROUPS)]
    told = pd.concat(parts).sort_values("age", kind="stable")
    told = told.assign(what=np.array([GROUPS[at].kinds[0] for at in range(len(GROUPS))])[told["group"]])
    told = told.drop_duplicates(["row", "source", "what"]).sort_values(["row", "source", "group"], kind="stable")
    first = np.searchsorted(told["row"].to_numpy(), np.arange(count + 1))
    # pandas gives what must not be written to, which torch does not take
    return Deeds(first, *(told[name].to_numpy(np.int64, copy=True) for name in ("source", "group")))


def _some(events: pd.DataFrame, group: Group) -> pd.DataFrame:
    """row, source, age of the events of a group."""
    kinds = [KINDS.index(kind) for kind in group.kinds]
    some = events["kind"].isin(kinds) & (events["age"] > group.to) & (events["age"] <= group.since)
    if group.kinds == ("review",):
        some &= events["value"].between(*group.stars)
    return events.loc[some, ["row", "source", "age"]]


def _latest(events: pd.DataFrame, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The last event of each customer, source and kind, newest first."""
    once = events.drop_duplicates(["row", "source", "kind"], keep="last")
    order = np.lexsort((once["source"], once["kind"], once["age"], once["row"]))
    row = once["row"].to_numpy()[order]
    place = np.arange(len(row)) - np.searchsorted(row, row)
    kept = place < LATEST
    at = (row[kept], place[kept])
    latest = np.full((count, LATEST), -1, np.int32)
    kinds, ages = np.zeros((count, LATEST), np.int8), np.zeros((count, LATEST), np.float32)
    latest[at] = once["source"].to_numpy()[order][kept]
    kinds[at] = once["kind"].to_numpy()[order][kept]
    ages[at] = np.log1p(once["age"].to_numpy()[order][kept])
    return latest, kinds, ages


def _habits(events: pd.DataFrame, history: History, day: int, count: int) -> np.ndarray:
    bought = events[events["kind"] == PURCHASE]
    row, item, age = (bought[name].to_numpy() for name in ("row", "item", "age"))
    visits = bought.drop_duplicates(["row", "day"])
    items = bought.drop_duplicates(["row", "item"])
    price = np.log1p(history.items["price"].to_numpy(dtype=float))
    price = np.nan_to_num(price, nan=float(np.nanmedian(price)) if np.isfinite(price).any() else 0.0)[item]
    launch = history.items["launch"].to_numpy()[item]
    young = (bought["day"].to_numpy() - launch <= NEW_DAYS) & (launch >= WARM_UP_DAYS)
    others = events[events["kind"] != PURCHASE]

    def total(rows: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(rows, weights, count)

    lines, days = total(row), total(visits["row"].to_numpy())
    many = np.maximum(lines, 1)
    last, first = np.full(count, MEMORY_DAYS), np.zeros(count, dtype=np.int64)
    np.minimum.at(last, row, age)
    np.maximum.at(first, row, age)
    first = np.maximum(first, last)
    gap = np.maximum(first - last, 1) / np.maximum(days - 1, 1)
    new = total(row, young)
    columns = {
        "items": np.log1p(total(items["row"].to_numpy())),
        "lines": np.log1p(lines),
        "visits": np.log1p(days),
        "visits_lately": np.log1p(total(visits["row"].to_numpy()[visits["age"] <= SHORT_DAYS])),
        "lines_lately": np.log1p(total(row[age <= SHORT_DAYS])),
        "since": np.log(last),
        "tenure": np.log(first),
        "overdue": np.log(last) - np.log(np.where(days > 1, gap, MEMORY_DAYS)),
        "new_items": np.log1p(new),
        "new_share": (new + 1) / (lines + 20),
        "price": total(row, price) / many,
        "units": total(row, np.log1p(bought["units"].to_numpy())) / many,
        "looks": np.log1p(total(others["row"].to_numpy())),
        "looks_lately": np.log1p(total(others["row"].to_numpy()[others["age"] <= SHORT_DAYS])),
        "buyer": lines > 0,
    }
    return np.column_stack([columns[name] for name in HABITS]).astype(np.float32)
