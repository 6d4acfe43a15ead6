"""What the demo shop sells after its history: the loop goes on, as the true demand of every item is known.

`sell_on` is the simulation alone: how many units are wanted and sold by week, of what is on sale already and of new
items that somebody decided to launch, each at its price, under its ads, as far as its stock goes. `exports` makes of
these weeks what a shop would hand over: order lines, ads, reviews, visits, and the products that are new.

    world = rebuilt(seed=7)                        the same shop as `simulate(seed=7)`
    decisions: item_id, launch_week (a Monday), price, stock (units, inf: enough), sold (before), ads (1: the usual)
    weeks = sell_on(world.demand, world.items, decisions, first_week=104, weeks=2, rng)
    frames = exports(world, weeks, decisions, first_week=104, rng)
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.demo import reviews as opinions
from data.demo.catalogue import AHEAD, NEW_ITEMS, START, WEEKS, monday, product_table
from data.demo.demand import Demand, draw_units
from data.demo.orders import draw_sales
from data.demo.seasons import YEAR
from data.demo.simulate import Sold, sell, shares_of

__all__ = ["World", "exports", "rebuilt", "sell_on"]

STREAMS = 7  # random streams of the shop's parts, as `simulate` spawns them
FIRST_ORDER = 2_000_000  # their numbers go on from here
ORDERS_A_WEEK = 20_000  # at most
REVIEWED = 0.06  # share of purchases
WAITS = (3, 12)  # days from a purchase to its review
LOOKS, CARTS, FAVOURED = 1.1, 0.12, 0.03  # for each unit wanted
ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class World:
    """The demo shop as it truly is."""

    items: pd.DataFrame
    """Products and new items, with their concepts; rows as those of `demand`."""
    demand: Demand
    sold: Sold
    pressure: np.ndarray
    """(items, YEAR) units for each unit under usual ads, by week of the last year of the history."""


def rebuilt(seed: int = 7, new_items: int = NEW_ITEMS, ahead: int = AHEAD) -> World:
    """The world behind `simulate(seed)`, without its exports; another one with more new items, see `draw_items`."""
    root = np.random.default_rng(seed)
    *main, _ = root.spawn(STREAMS)
    ad_rng, *_ = root.spawn(STREAMS)
    sold = sell([*main, ad_rng], new_items, ahead)
    lifts = sold.ad_truth["ad_weeks"].groupby(["category", "week"])["lift"].sum().unstack()
    pressure = (1 + lifts).div(1 + lifts.mean(axis=1), axis=0).iloc[:, -YEAR:]
    return World(sold.items, sold.demand, sold, pressure.reindex(sold.items["category"]).to_numpy())


def sell_on(
    demand: Demand,
    items: pd.DataFrame,
    decisions: pd.DataFrame,
    first_week: int,
    weeks: int,
    rng: np.random.Generator,
    pressure: np.ndarray | None = None,
) -> pd.DataFrame:
    """A row an item and week: item (row), item_id, week (from the start of the history), price, wanted, units (sold).

    decisions: item_id, launch_week (a Monday), price, stock, sold (units before `first_week`), ads (factor of the
    units, 1: the usual): of the new items that are launched; other new items are not sold. What is on sale already
    sells on at its list price from enough stock. pressure: as `World.pressure`; None: the usual ads.
    """
    week = first_week + np.arange(weeks)
    own = decisions.set_index("item_id").reindex(items["item_id"])
    launch = _weeks_of(own["launch_week"], items)
    on_sale = ~items["is_new"].to_numpy() | own["price"].notna().to_numpy()
    price = own["price"].fillna(items["price"].set_axis(own.index)).to_numpy(float)
    place = np.arange(len(items))[:, None]
    expected = demand.units(place, week[None], week[None] - launch[:, None], price[:, None])
    expected = expected * on_sale[:, None] * own["ads"].fillna(1.0).to_numpy(float)[:, None]
    if pressure is not None:
        expected = expected * pressure[:, week % YEAR]
    wanted = draw_units(expected, rng)  # (items, weeks)
    left = (own["stock"].fillna(np.inf) - own["sold"].fillna(0.0)).clip(lower=0).to_numpy(float)
    before = np.cumsum(wanted, axis=1) - wanted
    units = np.clip(left[:, None] - before, 0, wanted).astype(int)
    row, column = np.nonzero(np.broadcast_to(on_sale[:, None] & (week >= launch[:, None]), wanted.shape))
    return pd.DataFrame(
        {
            "item": row,
            "item_id": items["item_id"].to_numpy()[row],
            "week": week[column],
            "price": price[row],
            "wanted": wanted[row, column],
            "units": units[row, column],
        }
    )


def exports(
    world: World, weeks: pd.DataFrame, decisions: pd.DataFrame, first_week: int, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """products (those new on sale), sales, ads, reviews, events: as files of these weeks, in the order to load them.

    decisions may hold ad_spend, money a week: it is taken out of the campaigns of the item's category and named after
    the item, so that the shop spends what it usually does.
    """
    count = int(weeks["week"].max()) - first_week + 1
    order_rng, review_rng, visit_rng = rng.spawn(3)
    sales = _sales(world, weeks, first_week, count, order_rng)
    decided = decisions[["item_id", "price"]].assign(launch_date=decisions["launch_week"])
    begun = world.items.drop(columns="price").merge(decided[decided["launch_date"] < monday(first_week + count)[0]])
    listed = product_table(begun.assign(is_new=False)).assign(launch_date=begun["launch_date"])
    tables = {
        "products": listed,
        "sales": sales,
        "ads": _ads(world, decisions, first_week, count),
        "reviews": _reviews(world.items, sales, review_rng),
        "events": _events(weeks, visit_rng),
    }
    return {name: table for name, table in tables.items() if len(table)}


def _weeks_of(launch: pd.Series, items: pd.DataFrame) -> np.ndarray:
    """(items,) number of the launch week: as decided, else the item's own."""
    decided = ((launch - START).dt.days // 7).to_numpy(float)
    return np.where(np.isnan(decided), items["launch_week"].to_numpy(float), decided).astype(int)


def _sales(world: World, weeks: pd.DataFrame, first_week: int, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Order lines, with their days and numbers after those of the history."""
    shape = (len(world.items), count)
    units, price = np.zeros(shape, dtype=int), np.tile(world.items["price"].to_numpy(float)[:, None], count)
    place = weeks["item"].to_numpy(), weeks["week"].to_numpy() - first_week
    units[place], price[place] = weeks["units"], weeks["price"]
    shares = shares_of(world.items, world.sold.customers)
    sales = draw_sales(units, price, world.items, world.sold.customers.table, shares, rng)
    number = sales["order_id"].str[1:].astype(int) - 1_000_000 + FIRST_ORDER + first_week * ORDERS_A_WEEK
    return sales.assign(
        date=sales["date"] + pd.Timedelta(weeks=first_week),
        order_id=sales["order_id"].str[0] + number.astype(str),
        discount=sales["discount"].clip(lower=0),
    )


def _ads(world: World, decisions: pd.DataFrame, first_week: int, count: int) -> pd.DataFrame:
    """The campaigns of the same weeks of the last year, the launches' part of them under the launches' names."""
    shift = pd.Timedelta(weeks=YEAR * -(-(first_week + count - WEEKS) // YEAR))
    begin, end = monday(first_week)[0], monday(first_week + count)[0]
    ads = world.sold.ads.assign(date=world.sold.ads["date"] + shift)
    ads = ads[(ads["date"] >= begin) & (ads["date"] < end)].reset_index(drop=True).assign(product_id="")
    if "ad_spend" not in decisions or ads.empty:
        return ads
    category = world.items.set_index("item_id")["category"]
    week, parts = (ads["date"] - START).dt.days // 7, [ads]
    for one in decisions[decisions["ad_spend"] > 0].to_dict("records"):
        launch = (one["launch_week"] - START).days // 7
        own = (ads["category"] == category[one["item_id"]]) & (week >= launch) & (ads["spend"] > 0)
        for number in sorted(set(week[own])):
            rows = ads.index[own & (week == number)]
            share = min(one["ad_spend"] / max(float(parts[0].loc[rows, "spend"].sum()), 1e-9), 0.9)
            counts = ["impressions", "clicks", "conversions"]
            part = parts[0].loc[rows].assign(product_id=one["item_id"], campaign=f"Launch {one['item_id']}")
            money = (part[["spend", "revenue"]] * share).round(2)
            moved = (part[counts] * share).round().astype(int)
            parts[0].loc[rows, ["spend", "revenue"]] = (parts[0].loc[rows, ["spend", "revenue"]] - money).clip(lower=0)
            parts[0].loc[rows, counts] -= moved
            parts.append(part.assign(**{name: money[name] for name in money}, **{name: moved[name] for name in moved}))
    return pd.concat(parts).sort_values("date", kind="stable", ignore_index=True)


def _reviews(items: pd.DataFrame, sales: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """What some buyers wrote within these weeks. How good an item is, is its own: the same in every week."""
    bought = sales.loc[sales["units"] > 0, ["date", "product_id", "customer_id"]]
    bought = bought.drop_duplicates(["product_id", "customer_id"])
    bought = bought[rng.random(len(bought)) < REVIEWED]
    wait = pd.to_timedelta(rng.integers(*WAITS, len(bought)), unit="D")
    bought = bought.assign(date=bought["date"] + wait)
    bought = bought[bought["date"] <= sales["date"].max()].sort_values("date", ignore_index=True)
    number = items.set_index("item_id")["motif"].index.get_indexer(bought["product_id"])
    quality = np.array([np.random.default_rng(int(at)).normal() for at in number])
    truth = opinions.draw_sentiments(quality, rng)
    stars = opinions.STARS + opinions.STARS_EACH * truth["sentiment"] + rng.normal(0, opinions.STARS_SPREAD, len(truth))
    texts = opinions.write_texts(truth, items["object"].to_numpy()[number], rng)
    table = bought.assign(rating=stars.round().clip(1, 5).astype(int), title=texts["title"], body=texts["body"])
    return table[["date", "product_id", "rating", "title", "body", "customer_id"]]


def _events(weeks: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Looks, baskets and favourites by item and day, all visitors counted together."""
    parts = []
    for event, rate in (("view", LOOKS), ("cart", CARTS), ("favourite", FAVOURED)):
        for day in range(7):
            times = rng.poisson(rate * weeks["wanted"].to_numpy() / 7)
            when = monday(weeks["week"].to_numpy()) + pd.Timedelta(days=day, hours=12)
            rows = pd.DataFrame({"ts": when, "product_id": weeks["item_id"], "event": event, "count": times})
            parts.append(rows[rows["count"] > 0])
    table = pd.concat(parts).sort_values("ts", kind="stable", ignore_index=True)
    return table.assign(customer_id=ANONYMOUS)[["ts", "customer_id", "product_id", "event", "count"]]
