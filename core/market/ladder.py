"""The price ladder of a category: which prices are taken by us, by the new items and by others, and which by nobody.

A gap is a stretch of the ladder without a price of ours that is wide beside our usual steps. It is worth looking at
where others have something to sell in it.
"""

import numpy as np
import pandas as pd

from core.market.market import Market

__all__ = ["NEW", "OURS", "categories", "gaps", "rungs"]

OURS, NEW = "Our items", "New items"
LEAST_STEP = 1.15  # ratio of two prices from which on what is between them can be a gap
UNUSUAL = 2.5  # times our median step
MOST = 5
FEWEST = 4  # prices of ours, for steps to be known
EDGE = 0.02  # share of our prices at either end that may be oddities


def categories(market: Market) -> list[str]:
    """Categories with a price of ours, new items or others, those with most prices first."""
    ours = market.items.loc[market.items["price"] > 0, "category"]
    both = pd.concat([ours, market.listings.table["category"]])
    return [str(name) for name in both[both != ""].value_counts().index]


def rungs(market: Market, category: str | None = None) -> pd.DataFrame:
    """who (OURS, NEW or a competitor), title, price, code (item_id; '' of a listing), of what is still offered.

    category: None is the whole shop.
    """
    items = market.items[market.items["price"] > 0]
    own = items.assign(who=np.where(items["new"], NEW, OURS), code=items["item_id"])
    theirs = market.listings.table[market.listings.offered]
    theirs = theirs.assign(who=theirs["competitor"], code="")
    theirs["title"] = theirs["title"].where(theirs["title"] != "", theirs["name"])
    both = pd.concat([own, theirs], ignore_index=True)
    if category is not None:
        both = both[both["category"].str.lower() == category.lower()]
    return both[["who", "title", "price", "code"]].sort_values("price", kind="stable", ignore_index=True)


def gaps(ladder: pd.DataFrame) -> pd.DataFrame:
    """low, high (our prices around it), ratio, listings and competitors inside, new (titles of new items inside).

    The ones with the most listings inside first; at most MOST. ladder: see `rungs`.
    """
    own = np.sort(ladder.loc[ladder["who"] == OURS, "price"].to_numpy(dtype=float))
    names = ["low", "high", "ratio", "listings", "competitors", "new"]
    own = np.unique(own[int(EDGE * len(own)) : len(own) - int(EDGE * len(own))])
    if len(own) < FEWEST:
        return pd.DataFrame(columns=names)
    steps = own[1:] / own[:-1]
    wide = np.flatnonzero(steps >= max(LEAST_STEP, 1 + UNUSUAL * (float(np.median(steps)) - 1)))
    found = pd.DataFrame([_gap(ladder, own[at], own[at + 1]) for at in wide], columns=names)
    return found.sort_values(["listings", "ratio"], ascending=False, kind="stable", ignore_index=True).head(MOST)


def _gap(ladder: pd.DataFrame, low: float, high: float) -> tuple[float, float, float, int, int, list[str]]:
    inside = ladder[(ladder["price"] > low) & (ladder["price"] < high)]
    theirs = inside[~inside["who"].isin([OURS, NEW])]
    new = inside.loc[inside["who"] == NEW, "title"].tolist()
    return low, high, high / low, len(theirs), int(theirs["who"].nunique()), new
