"""What visitors did on the site: sessions of minutes, with searches, looks, baskets and purchases.

Three kinds of session. A share of the web and app orders was tracked: their lines were looked at, put into
the cart and bought on the day of the order. Customers also browse, and so do anonymous visitors (V12345) who
never buy. What is looked at follows the true tastes:

    P(look at item j | customer i, week t) ~ P(i | j) * (expected units of j in t)^0.7 * novelty of j in t

Visitors have the taste of some customer. New arrivals draw looks beyond what they sell.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo.catalogue import START, WEEKS
from data.demo.orders import WEEKDAYS, draw_from_rows
from data.demo.searches import draw_queries

__all__ = ["draw_events"]

TRACKED = 0.11  # share of web and app orders whose session is known
BROWSING = 27_000  # sessions of customers who buy nothing in them
VISITORS, RETURNS = 10_000, 0.5  # anonymous visitors; further sessions of each on average
LOOKS = {"order": 1.0, "customer": 3.0, "visitor": 2.2}  # items looked at beyond the first, on average
SEARCHES = 0.17  # of the looks begin with a search
CLICKS = 0.8  # of the searches end in a click on the item that is looked at
CARTED, FAVOURED = 0.05, 0.022  # of the looks without a purchase, at a taste of zero
SEEN_FIRST, CART_FIRST = 0.92, 0.97  # of the tracked purchases
NOVELTY, NOVELTY_WEEKS = 2.0, 3.0  # looks that an arrival draws beyond what it sells, and how fast that fades
DWELL, DWELL_SPREAD = 18.0, 0.8  # median seconds of a look, and its spread in logs
HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 8, 10, 11, 12, 14, 16, 14, 12, 12, 13, 15, 18, 22, 25, 22, 12, 4.0])
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Sessions:
    """Sessions, ordered by week, and what was looked at in them."""

    table: pd.DataFrame
    """kind, visitor, taste (row of the customer who has it), day, order (id of the order, or "")."""
    looks: pd.DataFrame
    """session, item, place (position in the session), liking (standard normal), bought."""


def order_sessions(sales: pd.DataFrame, customers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A session for each tracked order."""
    online = sales[(sales["units"] > 0) & (sales["channel"] != "marketplace")]
    orders = online.drop_duplicates("order_id")
    orders = orders[rng.random(len(orders)) < TRACKED]
    return pd.DataFrame(
        {
            "kind": "order",
            "visitor": orders["customer_id"].to_numpy(),
            "taste": pd.Index(customers["customer_id"]).get_indexer(orders["customer_id"]),
            "day": (orders["date"] - START).dt.days.to_numpy(),
            "order": orders["order_id"].to_numpy(),
        }
    )


def browsing_sessions(customers: pd.DataFrame, weeks: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Sessions without a purchase. `weeks` are the shares of the history's weeks in all visits."""
    active = np.sqrt(customers["activity"].to_numpy())
    taste = rng.choice(len(customers), BROWSING, p=active / active.sum())
    guests = np.repeat(np.arange(VISITORS), 1 + rng.poisson(RETURNS, VISITORS))
    names = "V" + pd.Series(10_000 + rng.permutation(VISITORS)).astype(str)
    like = rng.integers(0, len(customers), VISITORS)  # whose taste a visitor has
    first = rng.choice(WEEKS, VISITORS, p=weeks)
    later = np.minimum(first[guests] + rng.integers(0, 4, len(guests)), WEEKS - 1)
    week = np.concatenate([rng.choice(WEEKS, BROWSING, p=weeks), later])
    return pd.DataFrame(
        {
            "kind": np.repeat(["customer", "visitor"], [BROWSING, len(guests)]),
            "visitor": np.concatenate([customers["customer_id"].to_numpy()[taste], names.to_numpy()[guests]]),
            "taste": np.concatenate([taste, like[guests]]),
            "day": 7 * week + rng.choice(7, len(week), p=WEEKDAYS),
            "order": "",
        }
    )


def attention(items: pd.DataFrame, expected: np.ndarray) -> np.ndarray:
    """How much each item is looked at in each week, shape (items, weeks): sales softened, arrivals raised."""
    age = np.arange(WEEKS) - items["launch_week"].to_numpy()[:, None]
    return expected**0.7 * (1 + NOVELTY * np.exp(-np.maximum(age, 0) / NOVELTY_WEEKS))


def taste_scores(shares: np.ndarray, activity: np.ndarray) -> np.ndarray:
    """How much each customer likes each item beside other customers, standard normal; (items, customers)."""
    log = np.log(shares / activity)
    log -= log.mean(axis=1, keepdims=True)
    return log / log.std()


def draw_items_seen(
    sessions: pd.DataFrame, shares: np.ndarray, attention: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """session, item, bought (False): what is looked at in each session without a reason but taste."""
    more = rng.poisson(rng.exponential(sessions["kind"].map(LOOKS).to_numpy()))
    counts = more + (sessions["kind"] != "order").to_numpy()
    week = sessions["day"].to_numpy() // 7
    parts = []
    for now in range(WEEKS):  # by week, to hold the chances of one week's sessions at a time
        rows = np.flatnonzero(week == now)
        chances = (shares[:, sessions["taste"].to_numpy()[rows]] * attention[:, now, None]).T
        which = np.repeat(np.arange(len(rows)), counts[rows])
        seen = draw_from_rows(which, chances, rng) if len(which) else which
        parts.append(pd.DataFrame({"session": rows[which], "item": seen, "bought": False}))
    return pd.concat(parts, ignore_index=True)


def lines_bought(sessions: pd.DataFrame, sales: pd.DataFrame, item_ids: pd.Series) -> pd.DataFrame:
    """session, item, bought (True): the lines of the tracked orders."""
    tracked = sessions.loc[sessions["kind"] == "order", "order"]
    session = pd.Series(tracked.index, index=tracked)
    lines = sales[sales["order_id"].isin(tracked)]
    item = pd.Index(item_ids).get_indexer(lines["product_id"])
    return pd.DataFrame({"session": lines["order_id"].map(session).to_numpy(), "item": item, "bought": True})


def draw_sessions(
    items: pd.DataFrame,
    customers: pd.DataFrame,
    shares: np.ndarray,
    expected: np.ndarray,
    sales: pd.DataFrame,
    rng: np.random.Generator,
) -> Sessions:
    """Who came when, and what was looked at; each item once a session, in an order of its own."""
    weeks = expected.sum(axis=0) / expected.sum()
    parts = [order_sessions(sales, customers, rng), browsing_sessions(customers, weeks, rng)]
    table = pd.concat(parts, ignore_index=True)
    seen = draw_items_seen(table, shares, attention(items, expected), rng)
    looks = pd.concat([lines_bought(table, sales, items["item_id"]), seen], ignore_index=True)
    looks = looks.drop_duplicates(["session", "item"])
    looks = looks.iloc[rng.permutation(len(looks))].sort_values("session", kind="stable", ignore_index=True)
    liking = taste_scores(shares, customers["activity"].to_numpy())
    taste = table["taste"].to_numpy()[looks["session"]]
    return Sessions(
        table,
        looks.assign(
            place=looks.groupby("session").cumcount(),
            liking=liking[looks["item"].to_numpy(), taste],
        ),
    )


def draw_steps(looks: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The events of every look, in order: session, item, liking, bought, event."""
    chance = {name: rng.random(len(looks)) for name in ("search", "click", "view", "favourite", "cart")}
    bought, pull = looks["bought"].to_numpy(), np.exp(0.5 * looks["liking"].to_numpy())
    search = chance["search"] < SEARCHES
    happens = {
        "search": search,
        "click": search & (chance["click"] < CLICKS),
        "view": ~bought | (chance["view"] < SEEN_FIRST),
        "favourite": ~bought & (chance["favourite"] < FAVOURED * pull),
        "cart": np.where(bought, chance["cart"] < CART_FIRST, chance["cart"] < CARTED * pull),
        "purchase": bought,
    }
    parts = []
    for number, (event, mask) in enumerate(happens.items()):
        at = looks["place"] + (1000 if event == "purchase" else number / 10)  # purchases end a session
        parts.append(looks.assign(event=event, at=at)[mask])
    return pd.concat(parts).sort_values(["session", "at"], kind="stable", ignore_index=True)


def draw_dwell(steps: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Seconds of each look, longer where it is liked or bought; not a number for other events."""
    log = np.log(DWELL) + 0.35 * steps["liking"] + 0.4 * steps["bought"] + rng.normal(0, DWELL_SPREAD, len(steps))
    seconds = np.clip(np.exp(log), 2, 600).round(1)
    return seconds.where(steps["event"] == "view").to_numpy()


def draw_times(steps: pd.DataFrame, days: np.ndarray, dwell: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """When each event happened: sessions start by the hour of the day and end before midnight.

    The lines of an order are bought at the same second.
    """
    session, event = steps["session"].to_numpy(), steps["event"].to_numpy()
    new = np.diff(session, prepend=-1) != 0
    same_order = (event == "purchase") & (np.roll(event, 1) == "purchase") & ~new
    pause = 3 + rng.exponential(np.where(event == "purchase", 60.0, 8.0))
    gap = np.where(same_order, 0, pause + np.nan_to_num(np.roll(dwell, 1)))
    passed = pd.Series(np.where(new, 0, gap)).groupby(session).cumsum()
    length = passed.groupby(session).transform("max")
    hour = rng.choice(len(HOURS), int(session.max()) + 1, p=HOURS / HOURS.sum())
    start = 3600 * hour + rng.integers(0, 3600, len(hour))
    seconds = np.minimum(start[session], DAY_SECONDS - 1 - length) + passed
    return START.to_datetime64().astype("M8[s]") + (days[session] * DAY_SECONDS + np.floor(seconds)).astype("m8[s]")


def draw_events(
    items: pd.DataFrame,
    customers: pd.DataFrame,
    shares: np.ndarray,
    expected: np.ndarray,
    sales: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """events.csv, in the order of time. `shares` is (products, customers), `expected` (products, weeks)."""
    sessions = draw_sessions(items, customers, shares, expected, sales, rng)
    steps = draw_steps(sessions.looks, rng)
    dwell, search = draw_dwell(steps, rng), (steps["event"] == "search").to_numpy()
    query = np.full(len(steps), "", dtype=object)
    query[search] = draw_queries(items.iloc[steps["item"].to_numpy()[search]], rng)
    events = pd.DataFrame(
        {
            "ts": draw_times(steps, sessions.table["day"].to_numpy(), dwell, rng),
            "customer_id": sessions.table["visitor"].to_numpy()[steps["session"]],
            "product_id": np.where(search, "", items["item_id"].to_numpy()[steps["item"]]),
            "event": steps["event"],
            "query": query,
            "dwell_seconds": dwell,
        }
    )
    return events.sort_values("ts", kind="stable", ignore_index=True)
