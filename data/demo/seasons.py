"""When things sell: the shop's, the categories' and the concepts' calendars.

A calendar is a sum of smooth bumps over the 52 weeks of a year, in logs, less its yearly mean, so that
a season moves demand between weeks and leaves a year's level alone. Calendars are the same at every
seed: Christmas is in December in every shop.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["SHOP_SEASON", "YEAR", "calendar", "item_calendar", "season_table"]

YEAR = 52  # weeks; two years are exactly the 104 weeks of the history


class Bump(NamedTuple):
    """One high (or low) season."""

    peak: int
    """Week of the year, 0 is the first week of January."""
    width: float
    """Standard deviation in weeks."""
    height: float
    """Log units at the peak."""


SHOP_SEASON = (Bump(48, 3, 0.55), Bump(5, 4, -0.2), Bump(20, 5, 0.1))

CATEGORY_SEASONS = {
    "Kitchen": (Bump(46, 4, 0.15),),
    "Home Decor": (Bump(10, 5, 0.15),),
    "Lighting & Candles": (Bump(48, 7, 0.5),),
    "Textiles": (Bump(44, 8, 0.25),),
    "Garden": (Bump(20, 6, 0.6),),
    "Stationery": (Bump(34, 3, 0.35), Bump(1, 3, 0.25)),
    "Toys & Games": (Bump(47, 3, 0.4),),
    "Gifts & Accessories": (Bump(48, 3, 0.35),),
}

CONCEPT_SEASONS = {
    "motif:christmas": (Bump(46, 4, 2.4),),
    "motif:halloween": (Bump(41, 3, 2.2),),
    "motif:tropical": (Bump(26, 5, 0.5),),
    "motif:heart": (Bump(5, 2, 0.5),),
    "occasion:picnic": (Bump(25, 5, 0.8),),
    "occasion:school": (Bump(33, 3, 0.7),),
    "occasion:mother": (Bump(15, 4, 0.6),),
    "occasion:wedding": (Bump(23, 6, 0.4),),
    "object:picnic basket": (Bump(25, 5, 0.8),),
    "object:scarf": (Bump(47, 7, 0.7),),
    "object:hot water bottle": (Bump(49, 7, 0.9),),
    "object:calendar": (Bump(48, 4, 0.8),),
}


def calendar(bumps: tuple[Bump, ...]) -> np.ndarray:
    """Log effect in each week of the year, mean zero; shape (52,)."""
    week = np.arange(YEAR)
    total = np.zeros(YEAR)
    for bump in bumps:
        away = np.abs(week - bump.peak)
        away = np.minimum(away, YEAR - away)  # the year is a ring
        total += bump.height * np.exp(-0.5 * (away / bump.width) ** 2)
    return total - total.mean()


def item_calendar(category: str, concepts: list[str]) -> np.ndarray:
    """An item's own season, without the shop's: its category's and its concepts', shape (52,)."""
    bumps = [CATEGORY_SEASONS[category], *(CONCEPT_SEASONS.get(concept, ()) for concept in concepts)]
    return np.sum([calendar(part) for part in bumps], axis=0)


def season_table() -> pd.DataFrame:
    """of ("shop", a category or a concept), peak, width, height: every bump of every calendar."""
    calendars = {"shop": SHOP_SEASON} | CATEGORY_SEASONS | CONCEPT_SEASONS
    rows = [(name, *bump) for name, bumps in calendars.items() for bump in bumps]
    return pd.DataFrame(rows, columns=["of", *Bump._fields])
