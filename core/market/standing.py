"""What competitors ask for something like an item, and where a price stands among them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.market.market import FOUND, Market
from core.market.matches import LIKELY

__all__ = ["Position", "offers", "position", "positions"]

MOST = 12
LEAST = 0.35  # similarity below which a listing is no offer of a like thing
NEAREST = 0.7  # share of the best listing's similarity that the others need
COLUMNS = ["competitor", "title", "category", "price", "date", "confidence", "similarity", "same", "listing"]


@dataclass(frozen=True)
class Position:
    """Where a price stands among offers."""

    rank: int
    """1 is the cheapest of the offers and this price; of equal ones this is the cheaper."""
    of: int
    """Offers, and one."""
    percentile: float
    """Share of the offers that are cheaper, 0 to 100."""
    cheapest: float
    median: float
    dearest: float
    """Of the offers."""
    index: float
    """This price for each 100 of the offers' geometric mean."""


def offers(market: Market, item_id: str, most: int = MOST) -> pd.DataFrame:
    """The listings still offered that are an item or like it, best first: COLUMNS; empty where there is none.

    item_id: of the sheet or a product. confidence: probability that it is the same thing. similarity: 0 to 1, of the
    texts; NaN of a match of an item that is no new one. same: confirmed, or more likely than not.
    """
    place = np.flatnonzero(market.items["item_id"] == item_id)
    if not len(place):
        return pd.DataFrame(columns=COLUMNS)
    item = int(place[0])
    matched = market.matches[market.matches["item"] == item].set_index("listing")
    near = market.near[market.near["item"] == item].set_index("listing")["similarity"]
    like = near[(near >= LEAST) & (near >= NEAREST * near.max())] if len(near) else near
    sure = matched.index[(matched["confidence"] >= LIKELY) | (matched["how"] != FOUND)]
    rows = np.array([*sure, *like.index.difference(sure, sort=False)], dtype=int)
    rows = rows[market.listings.offered[rows]]
    chance = market.pairs[market.pairs["item"] == item].set_index("listing")["confidence"]
    table = market.listings.table.iloc[rows].reset_index(drop=True)
    confidence = matched["confidence"].reindex(rows).fillna(chance.reindex(rows)).fillna(0.0)
    found = table.assign(
        confidence=confidence.to_numpy(),
        similarity=near.reindex(rows).to_numpy(dtype=float),
        same=np.isin(rows, sure),
        listing=rows,
    )
    return found[COLUMNS].head(most)


def position(price: float, found: pd.DataFrame) -> Position | None:
    """Where a price stands among offers; None where there are none, or no price."""
    asked = found["price"].to_numpy(dtype=float)
    if not len(asked) or not price > 0:
        return None
    below = int((asked < price).sum())
    return Position(
        below + 1,
        len(asked) + 1,
        100 * below / len(asked),
        float(asked.min()),
        float(np.median(asked)),
        float(asked.max()),
        float(100 * price / np.exp(np.log(asked).mean())),
    )


def positions(market: Market) -> pd.DataFrame:
    """A row a new item: item_id, title, category, price, offers, rank, percentile, index, cheapest, median, dearest.

    NaN (and 0 offers) where nothing like it is offered, or it has no price.
    """
    rows = []
    for one in market.items[market.items["new"]].to_dict("records"):
        found = offers(market, one["item_id"])
        at = position(one["price"], found)
        told = (np.nan,) * 6 if at is None else (at.rank, at.percentile, at.index, at.cheapest, at.median, at.dearest)
        rows.append((one["item_id"], one["title"], one["category"], one["price"], len(found), *told))
    names = ["item_id", "title", "category", "price", "offers"]
    return pd.DataFrame(rows, columns=[*names, "rank", "percentile", "index", "cheapest", "median", "dearest"])
