"""The demo shop as a whole: simulate it, write its CSV exports, write its truth.

The exports are what a shop would hand over, with what goes wrong in exports planted in them. The truth
is what made them; only tests and benchmarks may read it.
"""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from data.demo.advertising import ad_table, ad_truth, draw_advertising
from data.demo.catalogue import AHEAD, NEW_ITEMS, draw_items, new_item_table, product_table
from data.demo.creatives import draw_creatives, split
from data.demo.customers import Customers, concept_table, draw_customers, has_concepts, purchase_shares
from data.demo.demand import Demand, draw_demand, draw_prices_paid, draw_units, history_units, launch_truth
from data.demo.dirt import plant
from data.demo.labels import draw_labels
from data.demo.market import draw_market
from data.demo.members import draw_members
from data.demo.orders import draw_sales
from data.demo.promotions import promotion_table
from data.demo.reviews import draw_reviews
from data.demo.truth import customer_truth, demand_truth, expected_table, review_truth
from data.demo.visits import draw_events
from data.demo.words import CATEGORIES

__all__ = ["Shop", "Tables", "simulate", "write", "write_truth"]

LONGEST_WINDOW = 12  # weeks in which a new item may be launched


@dataclass(frozen=True)
class Tables:
    """A shop's exports, by the names of the tables that they are for, without anything wrong in them."""

    products: pd.DataFrame
    sales: pd.DataFrame
    events: pd.DataFrame
    reviews: pd.DataFrame
    ads: pd.DataFrame
    competitors: pd.DataFrame
    customers: pd.DataFrame
    promotions: pd.DataFrame
    labels: pd.DataFrame
    new_items: pd.DataFrame


@dataclass(frozen=True)
class Shop(Tables):
    """A shop's exports and the truth behind them."""

    handed_over: dict[str, pd.DataFrame]
    """The exports as they leave the shop: with what is wrong in them."""
    truth: dict[str, pd.DataFrame]
    """items, item_concepts, elasticities, concepts, interactions, categories, seasons, settings, synonyms
    (what drives demand), expected (units by product and week, with and without ads), launches (units of
    new items under the usual ads), ad_channels, ad_sizes and ad_weeks (what ads do), customers and tastes, reviews,
    personal and quality, competitors and matches, dirt (what is wrong in the exports)."""


def shares_of(items: pd.DataFrame, customers: Customers) -> np.ndarray:
    """P(customer | item) at list price, shape (items, customers)."""
    has = has_concepts(concept_table(items), items["item_id"])
    log_price = np.log((items["price"] / items["typical_price"]).to_numpy())
    return purchase_shares(customers.table, customers.tastes.to_numpy(), has, log_price)


def by_category(values: np.ndarray, category: np.ndarray) -> np.ndarray:
    """Sums of (items, weeks) over the items of each category; `category` is its number for each item."""
    sums = np.zeros((len(CATEGORIES), values.shape[1]))
    np.add.at(sums, category, values)
    return sums


@dataclass(frozen=True)
class Sold:
    """What was sold to whom, and why. Arrays are (products, weeks) unless said otherwise."""

    items: pd.DataFrame
    """Products and new items, with their concepts."""
    demand: Demand
    customers: Customers
    prices: np.ndarray
    shares: np.ndarray
    """P(customer | product), (products, customers)."""
    expected: np.ndarray
    without_ads: np.ndarray
    ads: pd.DataFrame
    ad_truth: dict[str, pd.DataFrame]
    sales: pd.DataFrame

    @property
    def products(self) -> pd.DataFrame:
        """The items of the history: the first rows, as new items launch last."""
        return self.items[~self.items["is_new"]]


def advertise(
    usual: np.ndarray, prices: np.ndarray, category: np.ndarray, concepts: pd.DataFrame, rng: np.random.Generator
) -> dict:
    """Advertise products: expected, without_ads, ads and ad_truth of what is sold.

    `usual` are the units under the usual ads, (products, weeks); `category` is a number for each product.
    """
    units, revenue = by_category(usual, category), by_category(usual * prices, category)
    plan_rng, platform_rng, creative_rng = rng.spawn(3)
    ads = draw_advertising(units.sum(axis=1) / units.sum(), plan_rng)
    brought = ads.lift * (units / ads.usual[:, None])
    earned = ads.lift * (revenue / ads.usual[:, None])
    table = ad_table(ads, earned, revenue.sum(axis=1) / units.sum(axis=1), platform_rng)
    creatives = draw_creatives(concepts, creative_rng)
    return {
        "expected": usual * ads.pressure[category],
        "without_ads": usual / ads.usual[category, None],
        "ads": split(table, creatives, creative_rng),
        "ad_truth": {**ad_truth(ads, brought, earned, table), "ad_creatives": creatives},
    }


def sell(streams: list[np.random.Generator], new_items: int = NEW_ITEMS, ahead: int = AHEAD) -> Sold:
    """Simulate what is sold; a stream of random numbers for each of its parts. new_items, ahead: see `draw_items`."""
    item_rng, demand_rng, price_rng, unit_rng, customer_rng, order_rng, ad_rng = streams
    items = draw_items(item_rng, new_items, ahead)
    demand, customers = draw_demand(items, demand_rng), draw_customers(customer_rng)
    products = items[~items["is_new"]]
    prices = draw_prices_paid(items, price_rng)[: len(products)]
    shares = shares_of(products, customers)
    category = pd.Index(CATEGORIES).get_indexer(pd.Index(products["category"]))
    advertised = advertise(history_units(demand, products, prices), prices, category, demand.concepts, ad_rng)
    units = draw_units(advertised["expected"], unit_rng)
    sales = draw_sales(units, prices, products, customers.table, shares, order_rng)
    return Sold(items, demand, customers, prices, shares, sales=sales, **advertised)


def simulate(seed: int = 7) -> Shop:
    """Simulate a shop: the same seed gives the same shop, another seed another one.

    Each part has its own random numbers, so that a change to one leaves the others as they were.
    """
    root = np.random.default_rng(seed)
    *main, sheet_rng = root.spawn(7)
    ad_rng, visit_rng, review_rng, market_rng, member_rng, label_rng, dirt_rng = root.spawn(7)
    sold = sell([*main, ad_rng])
    items, products, customers = sold.items, sold.products, sold.customers.table
    windows = sheet_rng.integers(1, LONGEST_WINDOW + 1, int(items["is_new"].sum()))
    events = draw_events(products, customers, sold.shares, sold.expected, sold.sales, visit_rng)
    reviews = draw_reviews(products, sold.sales, review_rng)
    competitors, market_truth = draw_market(products, sold.prices, market_rng)
    tables = {
        "products": product_table(items),
        "sales": sold.sales,
        "events": events,
        "reviews": reviews.table,
        "ads": sold.ads,
        "competitors": competitors,
        "customers": draw_members(customers, sold.sales, events, member_rng),
        "promotions": promotion_table(products, sold.prices),
        "labels": draw_labels(items, sold.demand.items["appeal"].to_numpy(), label_rng),
        "new_items": new_item_table(items, windows, sheet_rng),
    }
    handed_over, dirt = plant(tables, dirt_rng)
    truth = {
        **demand_truth(items, sold.demand),
        "expected": expected_table(sold.expected, sold.without_ads, sold.prices, products),
        "launches": launch_truth(sold.demand, items, windows),
        **sold.ad_truth,
        **customer_truth(sold.customers),
        **review_truth(reviews, handed_over["reviews"]),
        **market_truth,
        "dirt": dirt,
    }
    return Shop(**tables, handed_over=handed_over, truth=truth)


def write_frames(frames: dict[str, pd.DataFrame], folder: Path) -> dict[str, Path]:
    """Write each frame as NAME.csv; dates are ISO, with the time of day where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.csv" for name in frames}
    for name, frame in frames.items():
        frame.to_csv(paths[name], index=False, lineterminator="\n", encoding="utf-8")
    return paths


def write(shop: Shop, folder: Path, *, clean: bool = False) -> dict[str, Path]:
    """Write NAME.csv of every table; returns their paths by name, in the order to load them.

    clean: write them without what is wrong in a real shop's exports.
    """
    frames = {field.name: getattr(shop, field.name) for field in fields(Tables)} if clean else shop.handed_over
    return write_frames(frames, folder)


def write_truth(shop: Shop, folder: Path) -> dict[str, Path]:
    """Write truth/*.csv under the folder, for tests and benchmarks only."""
    return write_frames(shop.truth, folder / "truth")
