"""What is being worded: the item that stays the same, which of its texts is varied, and for whom."""

from dataclasses import dataclass, field, replace
from typing import Literal

import duckdb
import numpy as np
import pandas as pd

from core import new_items
from core.concepts.groups import EVERYBODY, Groups
from core.errors import NotReady
from core.history import History, item_text

__all__ = ["KINDS", "Brief", "Kind", "Launch", "of_idea", "of_sheet"]

Kind = Literal["title", "description", "headline"]
KINDS: dict[Kind, str] = {"title": "Title", "description": "Description", "headline": "Ad headline"}
COLUMNS = ("item_id", "title", "category", "description")


@dataclass(frozen=True)
class Launch:
    """What an item is beside its words."""

    price: float
    day: int
    """Of the launch, counted from the history's start."""
    item_id: str = ""
    """Code of the item on the sheet; '' where it is on none."""


@dataclass(frozen=True)
class Brief:
    """An item and its launch, whatever the wording."""

    kind: Kind
    launch: Launch
    title: str = ""
    category: str = ""
    description: str = ""
    groups: Groups | None = field(default=None, repr=False)
    """None where there are no customers to ask."""
    segment: str = EVERYBODY

    def texts(self, wordings: list[str]) -> list[str]:
        """What is read of the item when its title, description or ad headline is each of these; see `apart`."""
        rows = []
        for varied, rest in map(self.apart, wordings):
            title, description = (rest.title, varied) if self.kind == "description" else (varied, rest.description)
            rows.append({"title": title, "category": self.category, "description": description})
        return [text.lstrip(" .") for text in item_text(pd.DataFrame(rows))]

    def apart(self, words: str) -> tuple[str, "Brief"]:
        """The words that are varied, and what they stand in.

        A title may bring a description along, after a bar: "Fox mug | Stoneware with a fox". An ad headline stands
        without a description, as who meets the ad sees none.
        """
        if self.kind == "description":
            return words, self
        if self.kind == "headline":
            return words.replace("|", " "), replace(self, description="")
        head, bar, tail = words.partition("|")
        return head.strip(), replace(self, description=tail.strip()) if bar else self

    def of_segment(self, means: np.ndarray) -> np.ndarray:
        """(n,) of (n, 1 + G) means, those of the segment."""
        assert self.groups is not None
        return np.asarray(means[:, self.groups.all_names.index(self.segment)])


def of_sheet(cursor: duckdb.DuckDBPyConnection, past: History) -> dict[str, Brief]:
    """item_id to the brief of its title, launched as early as it can be; empty where no new items are loaded."""
    try:
        sheet = new_items.read(cursor, past)
    except NotReady:
        return {}
    day = new_items.candidates(sheet, past).groupby("item")["day"].min()
    rows = sheet.items.reindex(columns=[*COLUMNS, "price"]).to_dict("records")
    found = {}
    for at, row in enumerate(rows):
        code, title, category, description = ("" if pd.isna(row[name]) else str(row[name]) for name in COLUMNS)
        found[code] = Brief("title", Launch(float(row["price"]), int(day[at]), code), title, category, description)
    return found


def of_idea(past: History, category: str, price: float) -> Brief:
    """The brief of a title that is on no sheet, launched on the first Monday after the data end."""
    return Brief("title", Launch(price, past.days + 6 - past.end.weekday()), category=category)
