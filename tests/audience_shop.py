"""A shop whose customers are of known kinds: each kind buys its own theme, at its own price."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.audience import customers
from core.audience.customers import Customers
from core.history import History
from core.people import KINDS, People

__all__ = ["DAYS", "THEMES", "Shop", "events", "make", "shop_of"]

DAYS = 400
THEMES = ("fox", "boat", "candle", "bird", "robot")
THINGS = ("mug", "lantern", "cushion", "notebook", "basket", "puzzle")
LENGTH = 12  # of a vector


@dataclass(frozen=True)
class Shop:
    past: History
    people: People
    vectors: np.ndarray
    theme: np.ndarray
    """(people,) what each likes."""

    @property
    def customers(self) -> Customers:
        return customers.describe(self.past, self.people, self.vectors)


def make(sizes: tuple[int, ...] = (130, 110, 90, 70, 50), purchases: int = 8, seed: int = 0) -> Shop:
    """So many customers of each theme, who buy it nine times out of ten; themes differ in price."""
    random = np.random.default_rng(seed)
    titles = [f"Red {theme} {thing}" for theme in THEMES for thing in THINGS]
    themes = np.repeat(np.arange(len(THEMES)), len(THINGS))
    vectors = 3 * np.eye(LENGTH)[themes] + 0.5 * random.normal(size=(len(titles), LENGTH))
    theme = np.repeat(np.arange(len(sizes)), sizes)
    who = np.repeat(np.arange(len(theme)), purchases)
    wanted = theme[who] * len(THINGS) + random.integers(0, len(THINGS), len(who))
    item = np.where(random.random(len(who)) < 0.9, wanted, random.integers(0, len(titles), len(who)))
    frame = events(who, item, random.integers(DAYS - 300, DAYS, len(who)), value=5.0 + 5 * theme[who])
    ids = np.array([f"C{at:04}" for at in range(len(theme))], dtype=object)
    return Shop(_history(titles, themes), People(ids, frame, np.full(len(ids), "", object)), _unit(vectors), theme)


def shop_of(frame: pd.DataFrame, people: int, titles: tuple[str, ...], segment: tuple[str, ...] = ()) -> Shop:
    """A shop of exactly these events; its items have nothing in common."""
    ids = np.array([f"C{at}" for at in range(people)], dtype=object)
    own = np.array(segment or [""] * people, dtype=object)
    past = _history(list(titles), np.arange(len(titles)))
    return Shop(past, People(ids, frame, own), np.eye(len(titles), dtype=np.float32), np.zeros(people, int))


def events(
    customer: object, item: object, day: object, kind: str = "purchase", value: object = float("nan")
) -> pd.DataFrame:
    """Events of one kind, as `People` has them."""
    told = {"customer": customer, "item": item, "day": day, "kind": KINDS.index(kind), "value": value, "query": ""}
    return pd.DataFrame(told).sort_values("day", kind="stable", ignore_index=True)


def _history(titles: list[str], themes: np.ndarray) -> History:
    items = pd.DataFrame({"product_id": [f"P{at}" for at in range(len(titles))], "title": titles})
    items = items.assign(text=items["title"], category=[f"kind {theme}" for theme in themes], price=1.0, launch=0)
    return History(date(2024, 1, 1), items, np.zeros((len(titles), DAYS), np.float32))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
