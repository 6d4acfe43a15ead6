"""What the trends mean for the new items: which words of theirs are moving, and how their like items have grown.

A new item has no sales to grow. Its like items have: their growth beside the shop, weighted by how near they are and
how well it is known, is what the item rides on, and says so of items whose words nobody has used before. Which items
are called rising or fading is controlled over the whole sheet, as in `trends`.
"""

import numpy as np
import pandas as pd
from scipy import stats

from core.history import History
from core.market import kept, terms
from core.market.growth import Growth
from core.market.market import own_items
from core.market.terms import Terms
from core.market.themes import Themes
from core.market.trends import FADING, FEWEST, RISING, SHARE, Trends, false_discovery
from core.workspace import Workspace

__all__ = ["COLUMNS", "like", "riding"]

NEIGHBOURS = 30
FLOOR = 0.3  # cosine from which on an item is like another at all
SURE = 1.2816  # standard errors: 8 in 10
COLUMNS = ["item_id", "title", "category", "change", "low", "high", "q", "trend", "like", "rising", "fading"]


def like(workspace: Workspace, history: History) -> pd.DataFrame:
    """item_id, product_id, similarity: the NEIGHBOURS nearest items of the shop to each new item.

    From disk where the data are as they were.
    """

    def make() -> dict[str, pd.DataFrame]:
        from models.encoder import Encoder  # brings torch along

        items = own_items(workspace.cursor())
        new = items[items["new"]]
        encoder = Encoder(cache=workspace.artifacts / "embeddings")
        ours, theirs = encoder.embed(history.items["text"].tolist()), encoder.embed(new["text"].tolist())
        near = theirs @ ours.T if len(new) else np.zeros((0, len(ours)))
        best = np.argsort(-near, axis=1, kind="stable")[:, :NEIGHBOURS]
        frame = pd.DataFrame(
            {
                "item_id": np.repeat(new["item_id"].to_numpy(), best.shape[1]),
                "product_id": history.items["product_id"].to_numpy()[best.ravel()],
                "similarity": np.take_along_axis(near, best, 1).ravel(),
            }
        )
        return {"like": frame}

    return kept.frames(workspace, "like", ("like",), make)["like"]


def riding(
    items: pd.DataFrame, near: pd.DataFrame, history: History, growth: Growth, themes: Themes, moving: list[Trends]
) -> pd.DataFrame:
    """COLUMNS, a row a new item: the growth of its like items beside the shop with its band, and its moving words.

    items: see `market.own_items`. near: see `like`. moving: trends whose terms are looked for. q: share of chance among
    the items that are at least so sure. like: how many like items tell. rising, fading: lists of terms.
    """
    new = items[items["new"]].reset_index(drop=True)
    change, error, count = _grown(new, near, history, growth)
    p = 2 * stats.norm.sf(np.abs(change) / error)
    q = np.full(len(new), np.nan)
    known = count >= FEWEST
    q[known] = false_discovery(p[known])
    trend = np.where(known & (q <= SHARE), np.where(change > 0, RISING, FADING), "")
    words = _words(new, themes, moving)
    frame = new.assign(
        change=np.where(known, np.expm1(change), np.nan),
        low=np.where(known, np.expm1(change - SURE * error), np.nan),
        high=np.where(known, np.expm1(change + SURE * error), np.nan),
        q=q,
        trend=trend,
        like=count,
        rising=pd.Series(words[RISING], dtype=object),
        fading=pd.Series(words[FADING], dtype=object),
    )
    return frame[COLUMNS].sort_values("change", ascending=False, kind="stable", ignore_index=True)


def _grown(
    new: pd.DataFrame, near: pd.DataFrame, history: History, growth: Growth
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) log growth of the like items beside the shop, its standard error, and how many tell."""
    row = pd.Index(history.items["product_id"]).get_indexer(near["product_id"])
    at = pd.Index(new["item_id"]).get_indexer(near["item_id"])
    log, variance = growth.log[row], growth.variance[row]
    weight = np.maximum(near["similarity"].to_numpy(dtype=float) - FLOOR, 0) ** 2
    fit = (row >= 0) & (at >= 0) & ~np.isnan(log) & (weight > 0)
    at, log, variance, weight = at[fit], log[fit], variance[fit], weight[fit]
    own = weight / variance
    sums = [np.bincount(at, part, minlength=len(new)) for part in (own, own * log, own**2 * variance)]
    total = np.maximum(sums[0], 1e-12)
    count = np.bincount(at, minlength=len(new))
    return sums[1] / total, np.sqrt(np.maximum(sums[2], 1e-12)) / total, count


def _words(new: pd.DataFrame, themes: Themes, moving: list[Trends]) -> dict[str, list[list[str]]]:
    """Of either direction a list of terms a new item; what has no word of it has an empty one."""
    about = terms.joined([terms.of_items(new, 1), themes.of(new)]) if len(new) else None
    return {way: [_of(about, row, way, moving) for row in range(len(new))] for way in (RISING, FADING)}


def _of(about: Terms | None, row: int, way: str, moving: list[Trends]) -> list[str]:
    if about is None:
        return []
    own = set(map(tuple, about.table.to_numpy()[about.has[[row]].nonzero()[1]]))
    found: list[str] = []
    for source in moving:
        told = source.table[source.table["trend"] == way]
        found += [term for kind, term in zip(told["kind"], told["term"], strict=True) if (kind, term) in own]
    return list(dict.fromkeys(found))
