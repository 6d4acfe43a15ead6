"""The demo shop as a whole: simulate it, write its CSV exports, write its truth.

The exports are what a shop would hand over. The truth is what made them; only tests and benchmarks may
read it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.demo.catalogue import draw_items, monday, new_item_table, product_table
from data.demo.customers import (
    Customers,
    concept_table,
    draw_customers,
    has_concepts,
    purchase_shares,
)
from data.demo.demand import (
    CURVES,
    SETTINGS,
    Curve,
    Demand,
    draw_demand,
    draw_prices_paid,
    draw_units,
    history_units,
    launch_truth,
)
from data.demo.orders import draw_sales
from data.demo.seasons import season_table
from data.demo.words import CONCEPTS, KINDS

__all__ = ["Shop", "simulate", "write", "write_truth"]

LONGEST_WINDOW = 12  # weeks in which a new item may be launched


@dataclass(frozen=True)
class Shop:
    """A shop's exports and the truth behind them."""

    products: pd.DataFrame
    sales: pd.DataFrame
    new_items: pd.DataFrame
    truth: dict[str, pd.DataFrame]
    """items, item_concepts, concepts, interactions, categories, seasons, settings, synonyms (what drives
    demand), expected (units by product and week), launches (units of new items), customers and tastes."""


def synonym_table() -> pd.DataFrame:
    """concept, word, held_out: every surface word of every concept."""
    rows = [
        (concept.id, word, held_out)
        for concept in CONCEPTS.values()
        for words, held_out in ((concept.words, False), (concept.held_out, True))
        for word in words
    ]
    return pd.DataFrame(rows, columns=["concept", "word", "held_out"])


def expected_table(expected: np.ndarray, prices: np.ndarray, sold: pd.DataFrame) -> pd.DataFrame:
    """product_id, week (its Monday), price, units: expected net units from the launch on."""
    item, week = np.nonzero(expected)
    return pd.DataFrame(
        {
            "product_id": sold["item_id"].to_numpy()[item],
            "week": monday(week),
            "price": prices[item, week],
            "units": expected[item, week],
        }
    )


def demand_truth(items: pd.DataFrame, demand: Demand) -> dict[str, pd.DataFrame]:
    """The frames that say what drives demand."""
    own = items[["item_id", "is_new", "held_out", *KINDS, "price"]]
    categories = pd.DataFrame.from_dict(CURVES, orient="index", columns=list(Curve._fields))
    settings = pd.Series(SETTINGS | {"level": demand.level}, name="value")
    return {
        "items": pd.concat([own, demand.items], axis=1),
        "item_concepts": concept_table(items),
        "concepts": demand.concepts,
        "interactions": demand.interactions.rename_axis("motif").reset_index(),
        "categories": categories.rename_axis("category").reset_index(),
        "seasons": season_table(),
        "settings": settings.rename_axis("name").reset_index(),
        "synonyms": synonym_table(),
    }


def customer_truth(customers: Customers) -> dict[str, pd.DataFrame]:
    """The frames that say who buys."""
    tastes = customers.tastes.copy()
    tastes.insert(0, "customer_id", customers.table["customer_id"])
    return {"customers": customers.table, "tastes": tastes}


def shares_of(items: pd.DataFrame, customers: Customers) -> np.ndarray:
    """P(customer | item) at list price, shape (items, customers)."""
    has = has_concepts(concept_table(items), items["item_id"])
    log_price = np.log((items["price"] / items["typical_price"]).to_numpy())
    return purchase_shares(customers.table, customers.tastes.to_numpy(), has, log_price)


def simulate(seed: int = 7) -> Shop:
    """Simulate a shop: the same seed gives the same shop, another seed another one.

    Each part has its own random numbers, so that a change to one leaves the others as they were.
    """
    parts = np.random.default_rng(seed).spawn(7)
    item_rng, demand_rng, price_rng, unit_rng, customer_rng, order_rng, sheet_rng = parts
    items = draw_items(item_rng)
    demand = draw_demand(items, demand_rng)
    customers = draw_customers(customer_rng)
    prices = draw_prices_paid(items, price_rng)
    expected = history_units(demand, items, prices)
    windows = sheet_rng.integers(1, LONGEST_WINDOW + 1, int(items["is_new"].sum()))
    sold = items[~items["is_new"]]  # the first rows: new items launch last
    units = draw_units(expected[: len(sold)], unit_rng)
    sales = draw_sales(units, prices, sold, customers.table, shares_of(sold, customers), order_rng)
    truth = {
        **demand_truth(items, demand),
        "expected": expected_table(expected[: len(sold)], prices, sold),
        "launches": launch_truth(demand, items, windows),
        **customer_truth(customers),
    }
    return Shop(product_table(items), sales, new_item_table(items, windows, sheet_rng), truth)


def write_frames(frames: dict[str, pd.DataFrame], folder: Path) -> dict[str, Path]:
    """Write each frame as NAME.csv; dates are ISO days."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.csv" for name in frames}
    for name, frame in frames.items():
        frame.to_csv(paths[name], index=False, date_format="%Y-%m-%d", lineterminator="\n")
    return paths


def write(shop: Shop, folder: Path) -> dict[str, Path]:
    """Write products.csv, sales.csv and new_items.csv; returns their paths by name."""
    frames = {"products": shop.products, "sales": shop.sales, "new_items": shop.new_items}
    return write_frames(frames, folder)


def write_truth(shop: Shop, folder: Path) -> dict[str, Path]:
    """Write truth/*.csv under the folder, for tests and benchmarks only."""
    return write_frames(shop.truth, folder / "truth")
