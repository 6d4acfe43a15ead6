"""All that the Audience page asks of a shop, made once for a state of its data."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from core import new_items
from core.audience import customers, segments, words
from core.audience.customers import Customers
from core.audience.recommend import Sheet
from core.audience.segments import Segments
from core.audience.words import Vocabulary
from core.errors import NotReady

if TYPE_CHECKING:  # brings torch along
    from core.preference.panel import Panel

__all__ = ["Audience", "opened"]

MOST_SOLD = 1000  # items to choose from


@dataclass(frozen=True)
class Audience:
    """The customers, two ways to divide them, and the new items that they could be shown."""

    customers: Customers
    vocabulary: Vocabulary
    """Of the titles of the shop's items."""
    found: Segments
    given: Segments | None
    """By the shop's customer file; None where it has no segments."""
    sheet: Sheet | None
    """None where no new items are loaded."""
    near: np.ndarray
    """(new items, earlier items) cosine of their texts."""

    def sold(self) -> dict[int, str]:
        """Column to title of the items that most customers bought within a year, those with the most buyers first.

        What is called the same is told apart by its code.
        """
        shop = self.customers
        buyers = shop.purchases(np.ones(len(shop), dtype=bool))
        best = [int(at) for at in np.argsort(-buyers, kind="stable")[:MOST_SOLD] if buyers[at] > 0]
        times = Counter(shop.titles[best])
        return {at: title if times[title := shop.titles[at]] == 1 else f"{title} ({shop.codes[at]})" for at in best}


def opened(panel: "Panel", cursor: duckdb.DuckDBPyConnection) -> Audience:
    """Describe the customers of a panel, find their segments, and read the sheet."""
    described = customers.describe(panel.past, panel.people, panel.vectors)
    vocabulary = words.vocabulary(described.titles.tolist())
    given = segments.given(described, vocabulary) if (described.own != "").any() else None
    sheet = _sheet(panel, cursor)
    vectors = np.zeros((0, panel.vectors.shape[1]), np.float32) if sheet is None else sheet.vectors
    found = segments.found(described, vocabulary)
    return Audience(described, vocabulary, found, given, sheet, vectors @ panel.vectors.T)


def _sheet(panel: "Panel", cursor: duckdb.DuckDBPyConnection) -> Sheet | None:
    try:
        items = new_items.read(cursor, panel.past).items
    except NotReady:
        return None
    return Sheet(items, panel.encoder.embed(items["text"].tolist()))
