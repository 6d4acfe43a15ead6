"""What other shops ask for the same things: four competitors with a price policy each.

A competitor lists some of our items under a title of its own, in other words for the same concepts, and
some things that we do not have. Its prices follow its policy to the penny. They do not change what we
sell: the demo shop's demand knows its own prices only.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from data.demo.catalogue import WEEKS, choose_words, draw_concepts, draw_prices, monday
from data.demo.phrases import write_title

__all__ = ["COMPETITORS", "Policy", "draw_market"]

MATCHED = 300  # of our items are also sold elsewhere
LISTINGS = 480  # of these items, over all competitors
OWN = 20  # things a competitor sells that we do not have
SEEN = 0.95  # share of the weeks in which a price was noted
KNOWN = 0.08  # share of the listings that somebody has matched by hand


class Policy(NamedTuple):
    """How a competitor makes its prices."""

    policy: str
    """undercuts and follows: from the price that we ask. premium and high-low: from our list price."""
    factor: float
    """Its price for each 1 of ours."""
    lag_weeks: int
    """It knows our price of that many weeks ago."""
    cut: float
    """Share off its price in a week of sale."""
    every_weeks: int
    """Weeks from one sale to the next; 0 means none."""


COMPETITORS = {
    "Hearth & Hollow": Policy("undercuts", 0.95, 0, 0.0, 0),
    "Nestling": Policy("follows", 1.0, 2, 0.0, 0),
    "Marlowe Home": Policy("premium", 1.12, 0, 0.0, 0),
    "Dealhaus": Policy("high-low", 1.05, 0, 0.25, 6),
}
STYLES = {  # how a competitor words its titles
    "Hearth & Hollow": "{title}",
    "Nestling": "{title} - gift idea",
    "Marlowe Home": "Marlowe {title}",
    "Dealhaus": "{title} | top price",
}


def write_listings(items: pd.DataFrame, competitors: np.ndarray, rng: np.random.Generator) -> list[str]:
    """A title for each listing, different from ours and from the competitor's others."""
    taken: dict[tuple[str, str], None] = dict.fromkeys(("", title) for title in items["title"])
    titles = []
    for (_, item), competitor in zip(items.iterrows(), competitors, strict=True):
        title = write_title(choose_words(item, rng), rng)
        while (competitor, title) in taken or ("", title) in taken:
            title = write_title(choose_words(item, rng), rng)
        taken[competitor, title] = None
        titles.append(STYLES[competitor].format(title=title))
    return titles


def draw_listings(items: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """competitor, title, category, rating, product_id ("": not ours), row (of ours, else -1), price, launch_week."""
    ours = rng.choice(len(items), MATCHED, replace=False)
    pairs = [(row, number) for row in ours for number in rng.permutation(len(COMPETITORS))]
    first = np.arange(0, len(pairs), len(COMPETITORS))  # every matched item is listed somewhere
    rest = np.setdiff1d(np.arange(len(pairs)), first)
    kept = np.sort(np.concatenate([first, rng.choice(rest, LISTINGS - MATCHED, replace=False)]))
    rows, numbers = np.array(pairs)[kept].T
    others = draw_prices(draw_concepts(np.zeros(OWN * len(COMPETITORS), dtype=bool), rng), rng)
    others = others.assign(item_id="", title="", held_out=False, launch_week=0)
    both = pd.concat([items.iloc[rows], others], ignore_index=True)
    names = np.array(list(COMPETITORS))[np.concatenate([numbers, np.repeat(np.arange(len(COMPETITORS)), OWN)])]
    return pd.DataFrame(
        {
            "competitor": names,
            "title": write_listings(both, names, rng),
            "category": both["category"],
            "rating": np.clip(rng.normal(4.2, 0.35, len(both)), 2.5, 5).round(1),
            "product_id": both["item_id"],
            "row": np.concatenate([rows, np.full(len(others), -1)]),
            "price": both["price"],
            "launch_week": both["launch_week"],
        }
    )


def asked(listings: pd.DataFrame, prices: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What each listing costs in each week by its competitor's policy; shape (listings, weeks)."""
    policy = pd.DataFrame.from_dict(COMPETITORS, orient="index", columns=list(Policy._fields))
    own = policy.loc[listings["competitor"]]
    listed = np.repeat(listings["price"].to_numpy()[:, None], WEEKS, axis=1)
    known = np.maximum(np.arange(WEEKS) - own["lag_weeks"].to_numpy()[:, None], 0)
    row = listings["row"].to_numpy()[:, None]
    tracks = own["policy"].isin(["undercuts", "follows"]).to_numpy()[:, None] & (row >= 0)
    basis = np.where(tracks, prices[row, known], listed) * own["factor"].to_numpy()[:, None]
    every = own["every_weeks"].to_numpy()[:, None]
    turn = rng.integers(0, np.maximum(every, 1))
    sale = (every > 0) & ((np.arange(WEEKS) + turn) % np.maximum(every, 1) == 0)
    return np.round(basis * (1 - own["cut"].to_numpy()[:, None] * sale), 2)


def draw_market(
    items: pd.DataFrame, prices: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """competitors.csv, and the truth: competitors (their policies) and matches (which listing is which item).

    `items` are the products, `prices` what we asked, (products, weeks). A listing is seen from the week
    of our launch on.
    """
    listings = draw_listings(items, rng)
    price = asked(listings, prices, rng)
    seen = rng.random(price.shape) < SEEN
    seen &= np.arange(WEEKS) >= listings["launch_week"].to_numpy()[:, None]
    matched = np.where(rng.random(len(listings)) < KNOWN, listings["product_id"], "")
    week, listing = np.nonzero(seen.T)
    told = listings.iloc[listing].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "date": monday(week) + pd.Timedelta(days=2),
            "competitor": told["competitor"],
            "title": told["title"],
            "category": told["category"],
            "price": price[listing, week],
            "rating": told["rating"],
            "product_id": matched[listing],
        }
    )
    policies = pd.DataFrame.from_dict(COMPETITORS, orient="index", columns=list(Policy._fields))
    truth = {
        "competitors": policies.rename_axis("competitor").reset_index(),
        "matches": listings[["competitor", "title", "product_id"]],
    }
    return table, truth
