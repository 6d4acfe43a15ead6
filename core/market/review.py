"""Matches as a person goes through them: what waits, what a listing could be, and a table of all."""

from typing import Literal

import numpy as np
import pandas as pd

from core.market.market import BULK, FILE, FOUND, HAND, Market
from core.market.matches import LIKELY

__all__ = ["NONE", "STATES", "UNSURE", "Order", "decisions", "none_left", "options", "table", "waiting"]

Order = Literal["doubtful", "sure"]
UNSURE, NONE = "unsure", "none of ours"
STATES = (FOUND, UNSURE, FILE, HAND, BULK, NONE)
"""found: likely, and nobody has looked. unsure: no item is likely. The others say who decided."""


def table(market: Market) -> pd.DataFrame:
    """A row a listing: competitor, name, title, price, date, item_id, item, ours (price), confidence, state, who, row.

    item_id, item and ours are '' and NaN where no item is likely or it is none of ours. The surest first.
    """
    listed = market.listings.table
    shown = listed["title"].where(listed["title"] != "", listed["name"])
    frame = listed[["competitor", "name", "price", "date"]].assign(title=shown, row=np.arange(len(listed)))
    best = market.matches.set_index("listing").reindex(frame["row"])
    likely = (best["confidence"] >= LIKELY).to_numpy()
    item = best["item"].fillna(-1).to_numpy(dtype=int)
    known = likely & (item >= 0)
    for name, column, none in (("item_id", "item_id", ""), ("item", "title", ""), ("ours", "price", np.nan)):
        frame[name] = np.where(known, market.items[column].to_numpy()[item], none) if len(market.items) else none
    state = np.where(known, best["how"].fillna(FOUND), UNSURE).astype(object)
    rejected = frame["row"].isin(market.rejected).to_numpy()
    state[rejected] = NONE
    confidence = np.where(rejected, 0.0, best["confidence"].fillna(0.0))
    frame = frame.assign(confidence=confidence, state=state, who=best["who"].fillna("").to_numpy())
    frame["ours"] = frame["ours"].astype(float)
    names = [
        "competitor",
        "title",
        "price",
        "item",
        "ours",
        "confidence",
        "state",
        "who",
        "item_id",
        "date",
        "name",
        "row",
    ]
    return frame.sort_values("confidence", ascending=False, kind="stable", ignore_index=True)[names]


def waiting(found: pd.DataFrame, order: Order = "doubtful") -> list[int]:
    """Listings of a `table` that nobody has decided on: first those whose answer teaches most, or the surest."""
    left = found[found["state"].isin([FOUND, UNSURE])]
    by = (left["confidence"] - LIKELY).abs() if order == "doubtful" else -left["confidence"]
    return [int(row) for row in left.loc[by.sort_values(kind="stable").index, "row"]]


def none_left(market: Market, found: pd.DataFrame) -> float:
    """Share of the listings that wait that are probably none of ours; 0 where none waits."""
    left = waiting(found)
    ours = market.pairs.groupby("listing")["confidence"].sum().reindex(left, fill_value=0.0)
    return float(1 - ours.mean()) if left else 0.0


def options(market: Market, listing: int, most: int = 4) -> pd.DataFrame:
    """item_id, title, price, category, new, confidence: what a listing could be, the likeliest first."""
    pairs = market.pairs[(market.pairs["listing"] == listing) & (market.pairs["confidence"] > 0)]
    best = pairs.sort_values("confidence", ascending=False, kind="stable").head(most)
    items = market.items.iloc[best["item"]][["item_id", "title", "price", "category", "new"]]
    return items.assign(confidence=best["confidence"].to_numpy()).reset_index(drop=True)


def decisions(rows: pd.DataFrame, verdict: str) -> pd.DataFrame:
    """Rows of `table` as decisions to keep: that each is its item, is not, or is none of ours."""
    item = "" if verdict == "none" else rows["item_id"]
    frame = pd.DataFrame({"competitor": rows["competitor"], "listing": rows["name"], "item_id": item})
    frame = frame.assign(verdict=verdict)
    return frame if verdict == "none" else frame[frame["item_id"] != ""]
