"""From weekly units to the lines of sales.csv: baskets, days, customers and returns.

The units of an item in a week are split into order lines, each line finds its customer, and what a
customer buys in one week shares a basket of up to five lines. That leaves both truths as they were:
the units of each item and week, and the customers' shares of each item.
"""

import numpy as np
import pandas as pd

from data.demo.catalogue import START
from data.demo.customers import CHANNELS
from data.demo.demand import RETURN_SHARE

__all__ = ["WEEKDAYS", "draw_from_rows", "draw_sales"]

SAME_LINE = 0.2  # chance that a unit is bought together with the one before it
BASKET = 5  # lines of an order at most
HOME_CHANNEL = 0.85  # share of orders through the customer's usual channel
WEEKDAYS = (0.16, 0.13, 0.13, 0.13, 0.12, 0.15, 0.18)  # Monday first; shares of orders
DAY = pd.Timedelta(days=1)


def split_into_lines(units: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Order lines of all items and weeks: item, week, units. `units` has shape (items, weeks)."""
    cells = np.repeat(np.arange(units.size), units.ravel())  # one entry a unit sold
    starts = rng.random(len(cells)) >= SAME_LINE
    starts |= np.diff(cells, prepend=-1) != 0
    first = np.flatnonzero(starts)
    item, week = np.divmod(cells[first], units.shape[1])
    return pd.DataFrame({"item": item, "week": week, "units": np.diff(first, append=len(cells))})


def draw_from_rows(row: np.ndarray, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A column of `shares` for each entry of `row`, drawn with the chances that stand in that row."""
    ladder = np.cumsum(shares, axis=1)
    ladder /= ladder[:, -1:]
    ladder += np.arange(len(shares))[:, None]  # one rising sequence, so one search serves all rows
    place = np.searchsorted(ladder.ravel(), row + rng.random(len(row)), side="right")
    return np.minimum(place - row * shares.shape[1], shares.shape[1] - 1)


def fill_baskets(lines: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add `basket`, and make one line of what a basket holds twice."""
    lines = lines.iloc[rng.permutation(len(lines))]
    place = lines.groupby(["week", "customer"]).cumcount() // BASKET
    lines = lines.assign(basket=lines.assign(place=place).groupby(["week", "customer", "place"]).ngroup())
    return lines.groupby(["basket", "item", "week", "customer"])["units"].sum().reset_index()


def date_baskets(lines: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add date and order_id; orders are numbered in the order of their days."""
    baskets = lines.drop_duplicates("basket").set_index("basket")["week"]
    day = baskets * 7 + rng.choice(7, len(baskets), p=WEEKDAYS)
    number = day.sort_values(kind="stable").index
    order = pd.Series(np.arange(len(number)), index=number)
    lines = lines.assign(day=lines["basket"].map(day), order=lines["basket"].map(order))
    return lines.sort_values(["order", "item"], ignore_index=True)


def choose_channel(lines: pd.DataFrame, home: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Channel of each line's order: mostly the customer's own."""
    orders = int(lines["order"].max()) + 1
    other = rng.choice(list(CHANNELS), orders, p=list(CHANNELS.values()))
    at_home = rng.random(orders) < HOME_CHANNEL
    order = lines["order"].to_numpy()
    return np.where(at_home[order], home[lines["customer"]], other[order])


def draw_returns(sales: pd.DataFrame, last: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    """Lines that come back whole after 3-21 days, as rows of negative units under the order's R number."""
    back = sales[rng.random(len(sales)) < RETURN_SHARE]
    back = back.assign(
        date=back["date"] + rng.integers(3, 22, len(back)) * DAY,
        order_id="R" + back["order_id"].str[1:],
        units=-back["units"],
    )
    return back[back["date"] <= last]


def draw_sales(
    units: np.ndarray,
    price: np.ndarray,
    items: pd.DataFrame,
    customers: pd.DataFrame,
    shares: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """sales.csv. `units` and `price` are (products, weeks), `shares` is (products, customers)."""
    lines = split_into_lines(units, rng)
    lines["customer"] = draw_from_rows(lines["item"].to_numpy(), shares, rng)
    lines = date_baskets(fill_baskets(lines, rng), rng)
    item, paid = lines["item"].to_numpy(), price[lines["item"], lines["week"]]
    buyer = customers.iloc[lines["customer"]]
    sales = pd.DataFrame(
        {
            "date": START + lines["day"].to_numpy() * DAY,
            "order_id": "S" + (1_000_000 + lines["order"]).astype(str),
            "product_id": items["item_id"].to_numpy()[item],
            "units": lines["units"],
            "unit_price": paid,
            "discount": (items["price"].to_numpy()[item] - paid).round(2),
            "customer_id": buyer["customer_id"].to_numpy(),
            "channel": choose_channel(lines, customers["channel"].to_numpy(), rng),
            "region": buyer["region"].to_numpy(),
        }
    )
    last = START + (7 * units.shape[1] - 1) * DAY
    both = pd.concat([sales, draw_returns(sales, last, rng)])
    return both.sort_values("date", kind="stable", ignore_index=True)
