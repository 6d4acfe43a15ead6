"""The panel as arrays, an item a row and a week a column, and what a regression takes out of them: effects."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.prices.panel import Panel

__all__ = ["Grid", "grid", "groups", "last_word", "within"]

FEWEST_WEEKS = 8  # with units, of an item whose slope is asked for
LEAST_MOVE = 0.02  # standard deviation of log price below which a price has not moved
SMALL_GROUP = 6  # items: smaller categories share the weeks of the others
COMMON_WORD = 10  # items that share a last word, to be a group where a shop has no categories
FOLDS = 10
SWEEPS = 8
EMPTY = 1e-9
OUT_OF_STOCK = 1e-3  # chance of a week without a unit below which there was nothing to sell


@dataclass(frozen=True)
class Grid:
    """The items whose price has moved, (m, T) each; sorted by group."""

    rows: np.ndarray
    """(m,) rows of the panel's items."""
    group: np.ndarray
    """(m,) category, from 0, rising."""
    units: np.ndarray
    used: np.ndarray
    """Whether the item was on sale and seems to have been in stock."""
    price: np.ndarray
    """Log price relative to the usual one; 0 where it is not used."""
    age: np.ndarray
    """Weeks since its first sale; NaN of items that were there from the start."""
    promoted: np.ndarray | None
    views: np.ndarray | None
    cost: np.ndarray | None
    """Log cost relative to its mean; 0 where it is unknown."""
    rival: np.ndarray | None
    lasting: int = 1
    """Weeks that an effect of a category lasts."""

    @property
    def fold(self) -> np.ndarray:
        """(m,) which of FOLDS an item is in."""
        return np.arange(len(self.rows)) % FOLDS

    def controls(self) -> tuple[list[str], list[np.ndarray]]:
        """Names and values of what is held constant."""
        found: dict[str, np.ndarray] = {}
        if self.promoted is not None:
            found["promoted"] = self.promoted
        young = np.isfinite(self.age)
        if young.any():
            age = np.where(young, self.age, 0.0)
            found |= {f"age {scale}": np.where(young, np.exp(-age / scale), 0.0) for scale in (2, 6, 18)}
        if self.rival is not None:
            found["rival"] = self.rival
        if self.views is not None:
            found["views"] = np.log1p(self.views)
        return list(found), list(found.values())


def groups(items: pd.DataFrame) -> pd.Series:
    """What an item belongs to: its category; without any, the last word of its title where many share it."""
    category = items["category"].fillna("").astype(str).str.strip()
    if (category != "").mean() > 0.5 and category.nunique() > 1:
        return category
    words = items["title"].fillna("").map(last_word)
    return words.where(words.map(words.value_counts()) >= COMMON_WORD, "")


def last_word(title: str) -> str:
    """In lower case; '' where there is none of three letters."""
    return (re.findall(r"[^\W\d]{3,}", title.lower()) or [""])[-1]


def grid(panel: Panel) -> Grid:
    """The items of the panel whose price has moved, as arrays."""
    rows, items = panel.rows, panel.items
    log = np.log(rows["price"])
    by = rows["item"]
    sold = (rows["units"] > 0).groupby(by).sum()
    moved = log.groupby(by).std().fillna(0)
    kept = moved.index[(sold >= FEWEST_WEEKS) & (moved >= LEAST_MOVE)].to_numpy()
    named = groups(items).to_numpy()[kept]
    count = pd.Series(named).map(pd.Series(named).value_counts()).to_numpy()
    code = pd.factorize(np.where(count >= SMALL_GROUP, named, ""), sort=True)[0]
    order = np.argsort(code, kind="stable")
    return _filled(panel, kept[order], code[order])


def _filled(panel: Panel, kept: np.ndarray, code: np.ndarray) -> Grid:
    place = np.full(len(panel.items), -1)
    place[kept] = np.arange(len(kept))
    rows = panel.rows[place[panel.rows["item"]] >= 0]
    at = place[rows["item"]], rows["week"].to_numpy()
    size = len(kept), int(panel.rows["week"].max()) + 1 if len(panel.rows) else 0

    def spread(values: pd.Series | np.ndarray, empty: float = 0.0) -> np.ndarray:
        out = np.full(size, empty)
        out[at] = values
        return out

    on_sale = spread(np.ones(len(rows))) > 0
    units = spread(rows["units"])
    used = on_sale & ~_out_of_stock(units, on_sale)
    price = spread(np.log(rows["price"]) - _usual(rows, np.log(rows["price"])))
    first = np.where(on_sale.any(1), on_sale.argmax(1), 0)[:, None]
    age = np.where(first > 4, np.arange(size[1])[None, :] - first, np.nan)
    views = spread(rows["views"]) if rows["views"].notna().any() else None
    cost, rival = (_relative(rows, name, spread) for name in ("cost", "rival"))
    promoted = spread(rows["promoted"]) if rows["promoted"].any() else None
    return Grid(kept, code, units, used, price * used, age, promoted, views, cost, rival)


def _usual(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    return values.groupby(rows["item"]).transform("median")


def _relative(rows: pd.DataFrame, name: str, spread: Callable[..., np.ndarray]) -> np.ndarray | None:
    """Log relative to the item's usual; None where it is unknown or never moves."""
    log = np.log(rows[name].where(rows[name] > 0))
    if not log.notna().any() or (log.groupby(rows["item"]).std() > 0.005).sum() < SMALL_GROUP:
        return None
    return spread((log - _usual(rows, log)).fillna(0.0))


def _out_of_stock(units: np.ndarray, on_sale: np.ndarray) -> np.ndarray:
    """(m, T) weeks without a unit where what sold around makes that all but impossible.

    By a negative binomial around the mean of the eight weeks before and after that had sales.
    """
    sold = on_sale & (units > 0)
    around = np.zeros_like(units)
    count = np.zeros_like(units)
    for lag in range(1, 9):
        for part, other in ((slice(lag, None), slice(None, -lag)), (slice(None, -lag), slice(lag, None))):
            around[:, part] += np.where(sold, units, 0)[:, other]
            count[:, part] += on_sale[:, other]
    rate = around / np.maximum(count, 1)
    return on_sale & (units <= 0) & ((1 + rate / 2) ** -2.0 < OUT_OF_STOCK)


def within(values: np.ndarray, weight: np.ndarray, group: np.ndarray, weeks: int = 1) -> np.ndarray:
    """(k, m, T) what is left of values after each item's mean and each category's weeks are out.

    group: (m,) category of each item, rising. weeks: that a category's effect lasts. Weighted; both are taken out in
    turn until hardly anything moves.
    """
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    sizes = np.diff(np.append(starts, len(weight)))
    edges = np.arange(0, weight.shape[1], weeks)

    def summed(one: np.ndarray) -> np.ndarray:
        found = np.add.reduceat(one, starts, axis=0)
        return found if weeks == 1 else np.add.reduceat(found, edges, axis=1)

    mass = np.maximum(weight.sum(1), EMPTY)[:, None]
    in_week = np.maximum(summed(weight), EMPTY)
    out = np.empty_like(values)
    for at, one in enumerate(values):
        for _ in range(SWEEPS):
            means = np.repeat(summed(weight * one) / in_week, sizes, axis=0)
            one = one - (means if weeks == 1 else np.repeat(means, weeks, axis=1)[:, : one.shape[1]])
            one = one - (weight * one).sum(1)[:, None] / mass
        out[at] = one * (weight > 0)
    return out
