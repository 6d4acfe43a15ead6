"""The texts that the demo shop advertises with, and how well each of them truly does.

Every campaign shows two creatives of its channel side by side and changes the pair each quarter. Of the clicks of a
day each gets a share by its impressions and its click rate, of the orders by its clicks and its conversion rate: a
campaign's day adds up to what it is without creatives. Rates are multiples of the channel's own, and those of a pair
make it up: people click what shows a motif that they like, and what is well made.
"""

import numpy as np
import pandas as pd

from data.demo.catalogue import START
from data.demo.words import CATEGORIES

__all__ = ["CREATIVES", "draw_creatives", "split"]

CREATIVES = {  # channel: text, motif that it shows; those of a pair follow each other
    "search": (
        ("Rabbit gifts, sent today", "rabbit"),
        ("Lemon mugs and plates for summer", "citrus"),
        ("Bird feeders and nest boxes", "bird"),
        ("Little hearts, big thank you", "heart"),
    ),
    "social": (
        ("For everyone who shares a sofa with a dog", "dog"),
        ("A whale for the bathroom wall", "whale"),
        ("Bring the peonies in", "floral"),
        ("Rockets for small astronauts", "space"),
    ),
    "display": (
        ("Tartan blankets for long evenings", "tartan"),
        ("It is flamingo season", "tropical"),
        ("Geometric vases, clear lines", "geometric"),
        ("Ferns for every wall", "leaf"),
    ),
    "email": (
        ("Your cat would choose these", "cat"),
        ("The bees are back: new for the garden", "bee"),
        ("Forest mushrooms have landed", "mushroom"),
        ("A globe for the traveller you know", "travel"),
    ),
    "marketplace": (
        ("Unicorn night light in a gift box", "unicorn"),
        ("Anchor mug, dishwasher safe", "nautical"),
        ("Butterfly wind chime, brass", "butterfly"),
        ("Cow and hen tea towels, set of three", "farmyard"),
    ),
}
PAIR, PAIRS = 2, 2
RUN = 91  # days that a pair runs
PULL = 0.25  # of a motif's appeal on the click rate, in logs
CRAFT, SELLING = 0.15, 0.25  # spread of what else makes for clicks, and for orders a click, in logs
EVEN = 20.0  # of the beta that shares a day's impressions: a creative gets half, give or take 0.08
COUNTS = ("impressions", "clicks", "conversions", "spend", "revenue")


def draw_creatives(concepts: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """channel, creative, pair (0, 1), motif, click and conversion: rates as multiples of the channel's."""
    rows = [(channel, *one, at // PAIR) for channel, ones in CREATIVES.items() for at, one in enumerate(ones)]
    table = pd.DataFrame(rows, columns=["channel", "creative", "motif", "pair"])
    appeal = concepts.set_index("concept")["appeal"].reindex("motif:" + table["motif"]).to_numpy()
    click = np.exp(PULL * appeal + rng.normal(0, CRAFT, len(table))).reshape(-1, PAIR)
    click = click / click.mean(1, keepdims=True)
    order = np.exp(rng.normal(0, SELLING, click.shape))
    order = order / (click * order).mean(1, keepdims=True)
    return table.assign(click=click.ravel(), conversion=order.ravel())


def split(table: pd.DataFrame, creatives: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """ads.csv with a row for each creative, campaign and day, from one with a row for each campaign and day."""
    day = (table["date"] - START).dt.days.to_numpy()
    shelf = pd.Index(CATEGORIES).get_indexer(pd.Index(table["category"]))
    pair = (day // RUN + shelf) % PAIRS
    by_pair = creatives.set_index(["channel", "pair"])
    told = (by_pair.iloc[place::PAIR] for place in range(PAIR))  # those of a pair follow each other
    rows = pd.MultiIndex.from_arrays([table["channel"], pair])
    one, other = (part.reindex(rows).reset_index(drop=True) for part in told)
    first = _first(table, one, other, rng)
    second = {name: (table[name].to_numpy() - first[name]).round(2) for name in COUNTS}
    parts = [
        table.assign(creative=own["creative"].to_numpy(), **counts) for own, counts in ((one, first), (other, second))
    ]
    out = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    names = [name for name in table if name != "creative"]
    names.insert(names.index("campaign") + 1, "creative")
    return out[names]


def _first(
    table: pd.DataFrame, one: pd.DataFrame, other: pd.DataFrame, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """What the first of two creatives gets of each count."""
    shown, clicks, orders, spend, revenue = (table[name].to_numpy() for name in COUNTS)
    seen = rng.binomial(shown, rng.beta(EVEN, EVEN, len(table)))
    clicked = _share(clicks, seen, shown - seen, one["click"], other["click"], rng)
    bought = _share(orders, clicked, clicks - clicked, one["conversion"], other["conversion"], rng)
    least = np.minimum(0.01, spend)  # of which each gets something, where there is enough
    money = np.clip((spend * seen / np.maximum(shown, 1)).round(2), least, np.maximum(spend - 0.01, least).round(2))
    earned = (revenue * bought / np.maximum(orders, 1)).round(2)
    return {"impressions": seen, "clicks": clicked, "conversions": bought, "spend": money, "revenue": earned}


def _share(
    count: np.ndarray, mine: np.ndarray, others: np.ndarray, rate: pd.Series, other: pd.Series, rng: np.random.Generator
) -> np.ndarray:
    """(n,) of a count what falls to one of two, by their chances and rates; never more than either has chances."""
    weight, against = mine * rate.to_numpy(), others * other.to_numpy()
    chance = np.divide(weight, weight + against, out=np.full(len(count), 0.5), where=weight + against > 0)
    return np.clip(rng.binomial(count, chance), np.maximum(count - others, 0), np.minimum(count, mine))
