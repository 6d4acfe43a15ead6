"""Whose units they are: what close substitutes take from each other, and a new item from those on sale.

The cross effect is pooled over the shop: by how much an item's units rise when all its close substitutes (nearest by
text, in the same category) become dearer, each counting by its nearness, after the item's own price, promotions and
the category's seasons are taken out. It cannot be negative, and starts from the literature, a mean cross-price
elasticity of 0.26 (Auer & Papies 2020, https://doi.org/10.1007/s11747-019-00642-0). What a new item takes from item i
is the diversion ratio: units that i would win if the new item became a little dearer, per unit the new item would
lose (Farrell & Shapiro 2010, https://doi.org/10.2202/1935-1704.1563).
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from core.prices import effects, grid
from core.prices.effects import Effects
from core.prices.grid import Grid, last_word, within
from core.prices.panel import Panel
from core.prices.response import DRAWS, Response, levels

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["Cannibalisation", "Crossed", "fit"]

LITERATURE = (0.26, 0.2)  # of the mean cross effect; how far a shop's may lie from it is our judgement
CLOSE = 5  # substitutes of an item
LEAST_NEAR = 0.2  # cosine, to be one
SHARPNESS = 2.0  # power of the cosine by which nearness counts
SEASON_WEEKS = 4  # that an effect of a category lasts: one of each week would take what its items do to each other
RECENT_WEEKS = 13
MOST = 0.95  # share of a new item's units that can be taken: someone comes for it alone
GOLDEN = 0.6180339887  # turns draws of two things against each other evenly
BLOCK = 1000


@dataclass(frozen=True)
class Cannibalisation:
    """What a new item takes from the items on sale."""

    share: float
    """Of its units, 0 to 1; the median."""
    low: float
    high: float
    """Where it lies with 8 in 10."""
    taken: pd.DataFrame
    """product_id, title, share (of all that it takes), units (fewer of this item per unit of the new one), most
    first."""


@dataclass(frozen=True)
class Crossed:
    """The cross effect of close substitutes in a shop."""

    draws: np.ndarray
    """(S,) equally likely effects, at least 0: % units for 1 % on the prices of all close substitutes."""
    items: int
    """Items that it was learnt from; 0: the literature alone."""
    known: pd.DataFrame
    """product_id, title, text, group (its substitutes are of the same), rate (units a week lately), nearness (of its
    close substitutes, as a sum), last (that of the least of them; 0 where it has fewer than `CLOSE`)."""

    @property
    def effect(self) -> float:
        """The median."""
        return float(np.median(self.draws))

    def near(self, items: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """item_id to product_id and similarity of the items on sale near it, most first.

        items: item_id, title, text, category of new items. Compared as those on sale were with each other (by TF-IDF,
        within a group; with all where theirs is new), so that both are near on one scale.
        """
        words = _Words(self.known["text"].tolist())
        known, groups = words.of(self.known["text"].tolist()), self.known["group"].to_numpy()
        found = {}
        for first in range(0, len(items), BLOCK):
            part = items.iloc[first : first + BLOCK]
            cosine = np.asarray((words.of(part["text"].fillna("").tolist()) @ known.T).todense())
            for item, group, row in zip(part["item_id"], self._groups_of(part), cosine, strict=True):
                near = (row >= LEAST_NEAR) & (group is None or groups == group)
                rows = pd.DataFrame({"product_id": self.known["product_id"][near], "similarity": row[near]})
                found[item] = rows.sort_values("similarity", ascending=False, kind="stable", ignore_index=True)
        return found

    def among(self, items: pd.DataFrame) -> np.ndarray:
        """(n, n) similarity of new items with each other, 0 with itself and across groups; as `near` has it."""
        words = _Words(self.known["text"].tolist()).of(items["text"].fillna("").tolist())
        cosine = np.asarray((words @ words.T).todense())
        code = pd.factorize(items["category"].astype(object).fillna("").str.strip())[0]
        cosine = np.where(code[:, None] == code[None, :], cosine, 0.0)
        np.fill_diagonal(cosine, 0.0)
        return cosine

    def of_new(self, response: Response, near: pd.DataFrame, units: float) -> Cannibalisation:
        """A new item's. near: product_id and similarity of items on sale, see `near`; units: it sells a week.

        Items that have not sold lately lose nothing, nor do those with `CLOSE` substitutes that are all nearer; the
        others lose their last one. Raises ValueError where the new item sells nothing.
        """
        if not units > 0:
            raise ValueError("What a new item takes from others is a share of its units: there must be some.")
        rows = near[["product_id", "similarity"]].merge(self.known, on="product_id")
        weight = np.maximum(rows["similarity"].to_numpy(float), 0) ** SHARPNESS
        last = rows["last"].to_numpy()
        weight = np.where((rows["similarity"] >= LEAST_NEAR) & (weight > last), weight, 0)
        part = weight / np.maximum(rows["nearness"].to_numpy() - last + weight, 1e-9)  # of the item's substitutes
        turned = self.draws[np.argsort(np.arange(DRAWS) * GOLDEN % 1.0, kind="stable")]
        each = turned[:, None] * (part * rows["rate"].to_numpy() / units)[None, :] / -response.draws[:, None]
        total = each.sum(1)
        each *= (np.minimum(total, MOST) / np.maximum(total, 1e-9))[:, None]
        low, middle, high = np.quantile(each.sum(1), (0.1, 0.5, 0.9))
        taken = np.median(each, axis=0)
        shares = taken / max(taken.sum(), 1e-9)
        frame = rows[["product_id", "title"]].assign(share=shares, units=taken)
        frame = frame[frame["units"] > 0].sort_values("units", ascending=False, kind="stable")
        return Cannibalisation(float(middle), float(low), float(high), frame.reset_index(drop=True))

    def _groups_of(self, items: pd.DataFrame) -> list[str | None]:
        """Of new items, as `grid.groups` has it of those on sale; None where none of those can be told to be of it."""
        known, words = self.known["group"], self.known["title"].fillna("").map(last_word)
        there = set(known)
        if ((known == words) | (known == "")).all():  # a shop without categories
            return [word if word in there else "" for word in items["title"].map(last_word)]
        categories = items["category"].astype(object).fillna("").str.strip()
        return [one if one and one in there else None for one in categories]


def fit(panel: Panel, vectors: np.ndarray | None = None) -> Crossed:
    """The cross effect of a shop. vectors: (items, d) unit vectors of the items' texts; TF-IDF if left out.

    With vectors, what is `near` a new item has to be told by the same ones.
    """
    place, weight = _close(panel.items, vectors)
    moving = replace(grid.grid(panel), lasting=SEASON_WEEKS)
    estimate = _effect(moving, effects.own(moving), place, weight) if len(moving.rows) else None
    mean, deviation = LITERATURE
    if estimate is not None:
        prior, told = 1 / deviation**2, 1 / estimate[1] ** 2
        mean, deviation = (prior * mean + told * estimate[0]) / (prior + told), (prior + told) ** -0.5
    below = ndtr(-mean / deviation)
    draws = np.maximum(mean + deviation * ndtri(below + levels() * (1 - below)), 0.0)
    lately = panel.rows[panel.rows["week"] > panel.rows["week"].max() - RECENT_WEEKS]
    rate = lately.groupby("item")["units"].sum().reindex(range(len(panel.items))).fillna(0) / RECENT_WEEKS
    known = panel.items[["product_id", "title"]].assign(
        text=panel.items["text"].fillna(""), group=grid.groups(panel.items), rate=rate.to_numpy(),
        nearness=weight.sum(1), last=weight[:, -1] if weight.shape[1] == CLOSE else 0.0,
    )  # fmt: skip
    return Crossed(draws, len(moving.rows) if estimate is not None else 0, known)


def _close(items: pd.DataFrame, vectors: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """(n, CLOSE) rows of each item's nearest of its category, and what each counts; 0 where there are fewer."""
    texts = items["text"].fillna("").tolist()
    near = vectors if vectors is not None else _Words(texts).of(texts)
    code = pd.factorize(grid.groups(items))[0]
    count = min(CLOSE, max(len(items) - 1, 1))
    place, weight = np.zeros((len(items), count), int), np.zeros((len(items), count))
    for first in range(0, len(items), BLOCK):
        part = np.arange(first, min(first + BLOCK, len(items)))
        cosine = np.asarray((near[part] @ near.T).todense() if vectors is None else near[part] @ near.T)
        cosine = np.where(code[part][:, None] == code[None, :], cosine, 0)
        cosine[np.arange(len(part)), part] = 0
        place[part] = np.argsort(-cosine, axis=1, kind="stable")[:, :count]
        weight[part] = np.take_along_axis(cosine, place[part], 1)
    return place, np.where(weight >= LEAST_NEAR, weight, 0) ** SHARPNESS


class _Words:
    """TF-IDF with what the texts on sale say of how telling a word is."""

    def __init__(self, texts: list[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._known = TfidfVectorizer(token_pattern=r"[^\W\d_]{2,}", sublinear_tf=True)
        self._known.fit([*texts, "nothing"])  # a word at least, so that a shop without texts has none alike

    def of(self, texts: list[str]) -> "sparse.csr_matrix":
        """A sparse matrix, unit rows."""
        return self._known.transform(texts)


def _effect(moving: Grid, own: Effects, place: np.ndarray, weight: np.ndarray) -> tuple[float, float] | None:
    """The pooled cross effect and its standard error with items as clusters; None where nobody has substitutes."""
    at = np.full(len(place), -1)
    at[moving.rows] = np.arange(len(moving.rows))
    where = at[place[moving.rows]]  # (m, CLOSE), -1 where the substitute's price never moved
    counts = weight[moving.rows]
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1e-9) * (where >= 0)
    index = np.einsum("mk,mkt->mt", share, moving.price[where])
    s = within(index[None], own.weight, moving.group, moving.lasting)[0]
    p, y, w = own.price, own.known, own.weight
    square = np.maximum((w * p * p).sum(1), 1e-9)
    s = s - ((w * p * s).sum(1) / square)[:, None] * p  # what the own price does not tell
    top, below = (w * s * y).sum(1), (w * s * s).sum(1)
    if below.sum() < 1e-6:
        return None
    found = top.sum() / below.sum()
    error = np.sqrt(((top - found * below) ** 2).sum()) / below.sum()
    return float(found), float(max(error, 1e-3))
