"""Who buys: customers with a taste for concepts, and their true preference for each item.

A sale of item j goes to customer i with probability

    P(i | j) ~ activity_i * exp(taste_i . concepts_j - price_sensitivity_i * log(price_j / typical_j))

A taste is what the customer's segment likes plus the customer's own whims. Demand decides how much is
sold, customers only to whom, so the two truths can be read apart.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.demo.catalogue import concepts_of
from data.demo.words import CONCEPTS

if TYPE_CHECKING:  # simulate imports this module
    from data.demo.simulate import Shop

__all__ = [
    "CHANNELS",
    "Customers",
    "concept_table",
    "draw_customers",
    "has_concepts",
    "purchase_shares",
    "true_preference",
]

CUSTOMERS = 5_000
LIKING = 1.0  # log rate that a segment adds for each concept it likes
WHIM = 0.3  # standard deviation of a customer's own taste for a concept
REGIONS = {"North": 0.18, "South": 0.27, "East": 0.14, "West": 0.17, "Midlands": 0.19, "Islands": 0.05}
CHANNELS = {"web": 0.6, "app": 0.25, "marketplace": 0.15}

SEGMENTS = {  # what each of them likes
    "animal lovers": """
        motif:rabbit, motif:dog, motif:cat, motif:horse, motif:farmyard, motif:safari, object:soft
        toy
    """,
    "young families": """
        motif:dinosaur, motif:unicorn, motif:space, motif:vehicles, occasion:baby, occasion:school,
        object:blocks, object:puzzle, object:rattle, object:lunch box
    """,
    "gardeners": """
        motif:bee, motif:bird, motif:butterfly, motif:leaf, motif:mushroom, object:planter,
        object:bird feeder, object:watering can, object:garden tool, style:rustic
    """,
    "romantics": """
        motif:heart, motif:floral, motif:berry, occasion:wedding, function:scented, style:vintage,
        object:candle, object:necklace, colour:pink
    """,
    "modernists": """
        motif:geometric, motif:dots, motif:cactus, style:modern, style:nordic, object:clock,
        object:lamp, object:vase, colour:grey
    """,
    "travellers": """
        motif:travel, motif:nautical, motif:whale, motif:tropical, motif:bicycle, occasion:picnic,
        function:foldable, function:waterproof, object:bag
    """,
    "gift givers": """
        motif:christmas, motif:halloween, motif:music, occasion:birthday, occasion:mother,
        function:personalised, function:handmade, style:novelty, object:card
    """,
    "home makers": """
        motif:tartan, motif:citrus, occasion:new home, function:washable, style:classic,
        object:cushion, object:blanket, object:mug, object:tablecloth
    """,
}


@dataclass(frozen=True)
class Customers:
    """Customers and their tastes, rows in the same order."""

    table: pd.DataFrame
    """customer_id, segment, region, channel, activity, price_sensitivity."""
    tastes: pd.DataFrame
    """One row a customer, one column a concept: log rate for an item that has it."""


def segment_tastes() -> np.ndarray:
    """What each segment likes, shape (segments, concepts)."""
    likes = [{name.strip() for name in liked.split(",")} for liked in SEGMENTS.values()]
    return np.array([[LIKING * (concept in liked) for concept in CONCEPTS] for liked in likes])


def draw_customers(rng: np.random.Generator) -> Customers:
    """Draw customers: few are very active, most buy now and then."""
    segment = rng.choice(len(SEGMENTS), CUSTOMERS, p=rng.dirichlet(np.full(len(SEGMENTS), 20.0)))
    whims = rng.normal(0, WHIM, (CUSTOMERS, len(CONCEPTS)))
    tastes = (segment_tastes()[segment] + whims).round(3)
    table = pd.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in 10_000 + rng.permutation(CUSTOMERS)],
            "segment": np.array(list(SEGMENTS))[segment],
            "region": rng.choice(list(REGIONS), CUSTOMERS, p=list(REGIONS.values())),
            "channel": rng.choice(list(CHANNELS), CUSTOMERS, p=list(CHANNELS.values())),
            "activity": np.exp(rng.normal(0, 0.9, CUSTOMERS)).round(4),
            "price_sensitivity": rng.gamma(2.0, 0.75, CUSTOMERS).round(3),
        }
    )
    return Customers(table, pd.DataFrame(tastes, columns=list(CONCEPTS)))


def concept_table(items: pd.DataFrame) -> pd.DataFrame:
    """item_id and concept, one row for each concept that an item has."""
    pairs = [(item["item_id"], concept) for _, item in items.iterrows() for concept in concepts_of(item)]
    return pd.DataFrame(pairs, columns=["item_id", "concept"])


def purchase_shares(
    customers: pd.DataFrame,
    tastes: np.ndarray,
    has: np.ndarray,
    log_price: np.ndarray,
) -> np.ndarray:
    """P(customer | item), shape (items, customers); each row sums to 1.

    `has` is (items, concepts) of 0 and 1, `log_price` the log of price over typical price.
    """
    rate = np.exp(has @ tastes.T - np.outer(log_price, customers["price_sensitivity"]))
    rate *= customers["activity"].to_numpy()
    return rate / rate.sum(axis=1, keepdims=True)


def has_concepts(item_concepts: pd.DataFrame, item_ids: pd.Series) -> np.ndarray:
    """Which item has which concept, shape (items, concepts)."""
    grid = pd.crosstab(item_concepts["item_id"], item_concepts["concept"])
    return grid.reindex(index=item_ids, columns=list(CONCEPTS), fill_value=0).to_numpy()


def true_preference(shop: "Shop") -> np.ndarray:
    """Units each customer is expected to buy of each new item, shape (customers, new items).

    They cover the item's first eight weeks when it is launched in the first week of its window, so that
    a column sums to the item's expected units. Rows follow truth["customers"], columns new_items.
    """
    truth, ids = shop.truth, shop.new_items["item_id"]
    known = truth["items"].set_index("item_id").loc[ids]
    log_price = np.log((known["price"] / known["typical_price"]).to_numpy())
    has = has_concepts(truth["item_concepts"], ids)
    tastes = truth["tastes"].drop(columns="customer_id").to_numpy()
    shares = purchase_shares(truth["customers"], tastes, has, log_price)
    launches = truth["launches"]
    first = launches["launch_week"] == launches.groupby("item_id")["launch_week"].transform("min")
    units = launches[first].groupby("item_id")["units"].sum().reindex(ids).to_numpy()
    return (shares * units[:, None]).T
