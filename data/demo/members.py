"""What the shop knows of its customers: a segment from what they did, where they live, their age, since when.

The tastes that make them buy (`customers`) are not in it. Age goes with them a little, as in life.
"""

import numpy as np
import pandas as pd

from data.demo.catalogue import START
from data.demo.customers import SEGMENTS

__all__ = ["draw_members"]

AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")
AGES = {  # weight of each band
    "animal lovers": (2, 3, 3, 3, 2, 2),
    "young families": (1, 6, 7, 2, 1, 1),
    "gardeners": (1, 1, 2, 4, 5, 5),
    "romantics": (4, 5, 3, 2, 1, 1),
    "modernists": (3, 6, 4, 2, 1, 1),
    "travellers": (4, 4, 2, 2, 3, 2),
    "gift givers": (1, 2, 3, 4, 4, 3),
    "home makers": (1, 2, 4, 4, 4, 3),
}
AGE_KNOWN = 0.85  # share of the customers
EARLIER = 0.9  # share of those first seen in the first weeks who joined before the history, within YEARS
FIRST_WEEKS, YEARS = 13, 3
LOYAL_SHARE, REGULAR_SHARE = 0.15, 0.5  # of all customers, those with the most orders; the second holds the first
NEWSLETTER_SHARE = 0.3  # of those who are neither loyal nor lapsed
LAPSED_DAYS = 120  # since the last order


def first_days(customers: pd.DataFrame, sales: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """Day each customer was first seen, in an order or on the site; missing where never."""
    bought = sales.groupby("customer_id")["date"].min()
    came = events.groupby("customer_id")["ts"].min().dt.normalize()
    both = pd.DataFrame({"bought": bought, "came": came}).min(axis=1)
    return both.reindex(customers["customer_id"])


def draw_joined(first: pd.Series, last: pd.Timestamp, rng: np.random.Generator) -> np.ndarray:
    """Day each customer joined: the day they were first seen, or earlier."""
    count = len(first)
    before = START - pd.to_timedelta(rng.integers(1, 365 * YEARS, count), unit="D")
    any_day = START + pd.to_timedelta(rng.integers(0, (last - START).days, count), unit="D")
    early = (first < START + pd.Timedelta(weeks=FIRST_WEEKS)) & (rng.random(count) < EARLIER)
    return np.where(first.isna(), any_day, np.where(early, before, first.fillna(START)))


def segments(orders: pd.DataFrame, last: pd.Timestamp, rng: np.random.Generator) -> np.ndarray:
    """loyal, lapsed, newsletter, regular or occasional. `orders` has count and latest of each customer.

    Nobody is new: all of the demo shop's customers are there from the start.
    """
    count = orders["count"]
    conditions = {
        "loyal": (count >= count.quantile(1 - LOYAL_SHARE)).to_numpy(),
        "lapsed": ~(orders["latest"] > last - pd.Timedelta(days=LAPSED_DAYS)).to_numpy(),
        "newsletter": rng.random(len(orders)) < NEWSLETTER_SHARE,
        "regular": (count >= count.quantile(1 - REGULAR_SHARE)).to_numpy(),
    }
    return np.select(list(conditions.values()), [np.array(name) for name in conditions], "occasional")


def draw_ages(tastes: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Age band of each customer, by true segment; "" where it is not known."""
    weights = np.array([AGES[name] for name in SEGMENTS], dtype=float)
    ladder = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    own = ladder[tastes.map({name: row for row, name in enumerate(SEGMENTS)})]
    band = (rng.random((len(tastes), 1)) > own[:, :-1]).sum(axis=1)
    return np.where(rng.random(len(tastes)) < AGE_KNOWN, np.array(AGE_BANDS)[band], "")


def draw_members(
    customers: pd.DataFrame, sales: pd.DataFrame, events: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """customers.csv: customer_id, segment, region, age_band, joined."""
    last, bought = sales["date"].max(), sales[sales["units"] > 0].groupby("customer_id")
    orders = pd.DataFrame({"count": bought["order_id"].nunique(), "latest": bought["date"].max()})
    orders = orders.reindex(customers["customer_id"]).fillna({"count": 0})
    table = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "segment": segments(orders, last, rng),
            "region": customers["region"],
            "age_band": draw_ages(customers["segment"], rng),
            "joined": draw_joined(first_days(customers, sales, events), last, rng),
        }
    )
    return table.sort_values("customer_id", ignore_index=True)
