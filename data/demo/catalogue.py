"""The items of the demo shop: what they are, what they cost, when they come, and how they read.

An item is a bundle of concepts, one of a kind. Object, material, colour and style follow shop logic
(a mug is ceramic, glass or steel); motif, function and occasion are free, appear in no attribute
column and can be learnt from title and description only.
"""

from itertools import cycle

import numpy as np
import pandas as pd

from data.demo.phrases import write_description, write_title
from data.demo.seasons import YEAR, item_calendar
from data.demo.words import CATEGORIES, CONCEPTS, KINDS, Concept, of_kind

__all__ = [
    "START",
    "WEEKS",
    "choose_words",
    "concepts_of",
    "draw_concepts",
    "draw_items",
    "draw_prices",
    "monday",
    "new_item_table",
    "product_table",
]

START = pd.Timestamp("2024-01-01")  # a Monday
WEEKS = 104  # of history; the last ends on 2025-12-28
PRODUCTS, NEW_ITEMS = 600, 40
OLD_SHARE = 0.55  # of the products, already on the shelf when the history starts
FIRST_LAUNCH = 4  # week of the first launch inside the history
AHEAD = 13  # weeks over which the new items come
PLAN_WEEK = 105  # 2026-01-05, the first week in which a new item may be launched
OUT_OF_SEASON = {"motif:christmas", "motif:halloween"}  # nobody launches these in January
FUNCTION_SHARE, OCCASION_SHARE = 0.85, 0.6

BRANDS = (
    "Oakmere",
    "Penrose Lane",
    "Little Thimble",
    "Harbour Row",
    "Juniper Yard",
    "Maplewick",
    "Tilda & Co",
    "Brindle",
    "Norrvik",
    "Ashdown Mill",
    "Fable Street",
    "Kestrel House",
)


def monday(week: int | np.ndarray) -> pd.DatetimeIndex:
    """The Mondays of weeks counted from the start of the history."""
    return pd.DatetimeIndex(START + pd.to_timedelta(7 * np.atleast_1d(week), unit="D"))


def concepts_of(item: pd.Series | dict) -> list[str]:
    """Ids of the concepts an item has, at most one of a kind."""
    return [item[kind] for kind in KINDS if item[kind]]


def popular(options: list[Concept], count: int, rng: np.random.Generator) -> list[str]:
    """Draw concepts, some of them more common than others; every seed has its own favourites."""
    share = rng.dirichlet(np.full(len(options), 12.0))
    return [options[place].id for place in rng.choice(len(options), count, p=share)]


def draw_motifs(is_new: np.ndarray, rng: np.random.Generator) -> list[str]:
    """A motif for each item; new items take one that is not out of season."""
    motifs = of_kind("motif")
    timely = [motif for motif in motifs if motif.id not in OUT_OF_SEASON]
    old = popular(motifs, len(is_new), rng)
    fresh = popular(timely, len(is_new), rng)
    return [new if flag else seen for seen, new, flag in zip(old, fresh, is_new, strict=True)]


def draw_fitting(kind: str, share: float, categories: list[str], rng: np.random.Generator) -> list[str]:
    """A concept that fits the category for a share of the items, "" for the rest."""
    options = of_kind(kind)
    fitting = {name: [c.id for c in options if c.fits(name)] for name in CATEGORIES}
    has = rng.random(len(categories)) < share
    pairs = zip(categories, has, strict=True)
    return [str(rng.choice(fitting[name])) if flag else "" for name, flag in pairs]


def draw_concepts(is_new: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Category and concepts of each item: columns category, then one for each kind."""
    count = len(is_new)
    motifs, objects = draw_motifs(is_new, rng), popular(of_kind("object"), count, rng)
    items = pd.DataFrame({"motif": motifs, "object": objects})
    things = [CONCEPTS[name] for name in items["object"]]
    items["category"] = [thing.categories[0] for thing in things]
    categories = items["category"].tolist()
    items["function"] = draw_fitting("function", FUNCTION_SHARE, categories, rng)
    items["occasion"] = draw_fitting("occasion", OCCASION_SHARE, categories, rng)
    items["material"] = [f"material:{rng.choice(thing.materials)}" for thing in things]
    items["style"] = popular(of_kind("style"), count, rng)
    items["colour"] = popular(of_kind("colour"), count, rng)
    return items


def launch_chance(item: pd.Series) -> np.ndarray:
    """Chance of each history week to be the item's first.

    A growing shop launches more each year, a little more in spring and before Christmas, and seasonal
    items ahead of their season: the weight looks at the eight weeks that follow.
    """
    week = np.arange(FIRST_LAUNCH, WEEKS)
    season = item_calendar(item["category"], concepts_of(item))
    ahead = np.mean([season[(week + step) % YEAR] for step in range(8)], axis=0)
    of_year = week % YEAR
    rush = 0.35 * np.exp(-0.5 * ((of_year - 38) / 4) ** 2) + 0.25 * np.exp(-0.5 * ((of_year - 11) / 4) ** 2)
    weight = np.exp(0.8 * ahead + rush + 0.2 * week / YEAR)
    return weight / weight.sum()


def draw_launch_weeks(items: pd.DataFrame, rng: np.random.Generator, ahead: int = AHEAD) -> np.ndarray:
    """Week of each item's launch: negative for old products, from PLAN_WEEK on for new items."""
    chances = [launch_chance(item) for _, item in items.iterrows()]
    inside = np.array([rng.choice(np.arange(FIRST_LAUNCH, WEEKS), p=chance) for chance in chances])
    old = rng.permutation(len(items)) < OLD_SHARE * len(items)
    weeks = np.where(old, -rng.integers(4, 150, len(items)), inside)
    return np.where(items["is_new"], PLAN_WEEK + rng.integers(0, ahead, len(items)), weeks)


def charm(price: np.ndarray) -> np.ndarray:
    """Shop prices: they end in .49 or .99."""
    return np.round(np.maximum(np.round(price * 2) / 2, 1) - 0.01, 2)


def typical_price(items: pd.DataFrame) -> np.ndarray:
    """What an item of these concepts usually costs; demand answers to the price relative to this."""
    factors = [[CONCEPTS[name].price for name in concepts_of(item)] for _, item in items.iterrows()]
    return np.array([np.prod(parts) for parts in factors])


def draw_prices(items: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add typical_price, price and cost, in shop currency."""
    typical = typical_price(items)
    price = charm(typical * np.exp(rng.normal(0, 0.12, len(items))))
    cost = np.round(price * rng.uniform(0.32, 0.55, len(items)), 2)
    return items.assign(typical_price=typical.round(2), price=price, cost=cost)


def item_ids(categories: pd.Series, rng: np.random.Generator) -> list[str]:
    """Ids such as KIT-10234, numbered in the order in which the shop took the items up."""
    numbers = 10_000 + np.cumsum(rng.integers(1, 9, len(categories)))
    return [f"{CATEGORIES[name]}-{number}" for name, number in zip(categories, numbers, strict=True)]


def choose_words(item: pd.Series, rng: np.random.Generator) -> dict[str, str]:
    """Different words for each concept: {"motif": ..., "motif2": ...}, title first, then description."""
    chosen: dict[str, str] = {}
    for name in concepts_of(item):
        concept = CONCEPTS[name]
        words = rng.permutation(np.array(concept.held_out if item["held_out"] else concept.words))
        slots = (concept.kind, f"{concept.kind}2", f"{concept.kind}3")
        chosen |= dict(zip(slots, cycle(map(str, words)), strict=False))  # two words take turns
    return chosen


PLACES = {
    "Kitchen": "on the worktop",
    "Home Decor": "in the hallway",
    "Lighting & Candles": "after dark",
    "Textiles": "at home",
    "Garden": "outdoors",
    "Stationery": "on the table",
    "Toys & Games": "at playtime",
    "Gifts & Accessories": "on every trip",
}


def write_texts(items: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add title and description; a title that was taken is written again."""
    taken: dict[str, str] = {}
    for _, item in items.iterrows():
        words = choose_words(item, rng)
        while (title := write_title(words, rng)) in taken:
            words = choose_words(item, rng)
        taken[title] = write_description(words | {"place": PLACES[item["category"]]}, rng)
    return items.assign(title=list(taken), description=list(taken.values()))


def draw_items(rng: np.random.Generator, new_items: int = NEW_ITEMS, ahead: int = AHEAD) -> pd.DataFrame:
    """Products and new items, which come within the weeks `ahead`: one row each, with all that is known of them.

    Every second new item is told in held-out words throughout.
    """
    concept_rng, launch_rng, price_rng, text_rng = rng.spawn(4)
    place = np.arange(PRODUCTS + new_items)
    is_new = place >= PRODUCTS
    items = draw_concepts(is_new, concept_rng).assign(is_new=is_new, held_out=is_new & (place % 2 == 1))
    items["launch_week"] = draw_launch_weeks(items, launch_rng, ahead)
    items = items.sort_values("launch_week", kind="stable", ignore_index=True)
    items = draw_prices(items, price_rng)
    items["brand"] = price_rng.choice(BRANDS, len(items))
    items.insert(0, "item_id", item_ids(items["category"], price_rng))
    return write_texts(items, text_rng)


def attributes(items: pd.DataFrame) -> dict[str, pd.Series]:
    """The attribute columns, as plain words."""
    return {kind: items[kind].str.split(":").str[1] for kind in ("material", "colour", "style")}


def product_table(items: pd.DataFrame) -> pd.DataFrame:
    """products.csv: the items that the history sells."""
    sold = items[~items["is_new"]]
    table = sold[["item_id", "title", "description", "category", "brand", "price", "cost"]]
    table = table.rename(columns={"item_id": "product_id", "price": "list_price"})
    launch = monday(sold["launch_week"].to_numpy())
    return table.assign(launch_date=launch, **attributes(sold)).reset_index(drop=True)


def new_item_table(items: pd.DataFrame, windows: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """new_items.csv: the sheet to plan; `windows` is the number of possible launch weeks of each."""
    sheet = items[items["is_new"]]
    week, price = sheet["launch_week"].to_numpy(), sheet["price"].to_numpy()
    table = sheet[["item_id", "title", "description", "category", "brand", "cost", "price"]]
    return table.assign(
        price_min=charm(price * 0.8),
        price_max=charm(price * 1.25),
        earliest_launch=monday(week),
        latest_launch=monday(week + windows - 1),
        max_stock=50 * rng.integers(3, 25, len(sheet)),
        lead_time_days=7 * rng.integers(1, 11, len(sheet)),
        **attributes(sheet),
    ).reset_index(drop=True)
