"""Price families: items that buyers compare with each other, from the least to the most, whose prices keep that order.

A family is written by hand or found in the titles: items that differ in nothing but a size (small, large, 250 ml,
set of 4) or a grade (basic, premium). An item on sale may be a member; its price stands.
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.errors import DebutError

__all__ = ["Family", "added", "check", "found", "ordered", "strange"]

WORDS = {
    **dict.fromkeys(("mini", "tiny", "xs", "travel"), 0),
    **dict.fromkeys(("small", "s", "little", "basic", "good", "single"), 1),
    **dict.fromkeys(("medium", "m", "regular", "standard", "better", "double"), 2),
    **dict.fromkeys(("large", "l", "big", "premium", "best", "deluxe", "triple"), 3),
    **dict.fromkeys(("xl", "jumbo", "giant", "luxury"), 4),
    "xxl": 5,
}
"""Words of size and grade to their order."""
UNITS = {"ml": 1e-3, "cl": 1e-2, "l": 1.0, "litre": 1.0, "g": 1e-3, "kg": 1.0, "mm": 1e-3, "cm": 1e-2, "m": 1.0}
AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(ml|cl|l|litre|kg|g|mm|cm|m)\b")
COUNT = re.compile(r"\b(?:set|pack|box)\s+of\s+(\d+)\b|\b(\d+)\s*(?:pcs|pieces|pack)\b|\b(\d+)-pack\b")
LEAST_TITLE = 3  # characters that must be left of a title without its size


@dataclass(frozen=True)
class Family:
    """Items from the least to the most."""

    name: str
    members: tuple[str, ...]
    """item_ids of the sheet, or product_ids of items on sale."""


def check(families: tuple[Family, ...]) -> None:
    """Raises DebutError where an item stands in two families, or twice in one."""
    members = [member for family in families for member in family.members]
    twice = sorted({member for member in members if members.count(member) > 1})
    if twice:
        raise DebutError(f"{', '.join(twice[:5])} may stand in one family only, once. Take it out of the others.")


def found(items: pd.DataFrame) -> tuple[Family, ...]:
    """Families that the titles tell. items: item_id, title, category."""
    sizes = [_size(str(title)) for title in items["title"]]
    frame = pd.DataFrame(
        {
            "item_id": items["item_id"].to_numpy(),
            "rest": [rest for rest, _ in sizes],
            "size": [size for _, size in sizes],
            "category": items["category"].fillna("").to_numpy(),
        }
    )
    frame = frame[frame["size"].notna() & (frame["rest"].str.len() >= LEAST_TITLE)]
    frame = frame.drop_duplicates(["category", "rest", "size"]).sort_values(["category", "rest", "size", "item_id"])
    return tuple(
        Family(str(rest).capitalize(), tuple(group["item_id"]))
        for (_, rest), group in frame.groupby(["category", "rest"], sort=True)
        if len(group) > 1
    )


def added(kept: tuple[Family, ...], more: tuple[Family, ...]) -> tuple[Family, ...]:
    """Those of more whose members are in none of those kept."""
    placed = {member for family in kept for member in family.members}
    return tuple(family for family in more if placed.isdisjoint(family.members))


def strange(families: tuple[Family, ...], known: set[str]) -> list[str]:
    """Members that are none of the items known."""
    return sorted({member for family in families for member in family.members} - known)


def ordered(targets: np.ndarray, gap: float) -> np.ndarray:
    """(k,) prices nearest to the targets, in logs, each at least `gap` (0.1: 10 %) dearer than the one before.

    Neighbours out of order meet in their mean (the pool of adjacent violators; Ayer et al. 1955, with the gap taken
    out before and put back after).
    """
    steps = np.log1p(gap) * np.arange(len(targets))
    blocks: list[list[float]] = []  # mean, members
    for value in np.log(targets) - steps:
        blocks.append([float(value), 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (mean, count), (other, more) = blocks[-2], blocks.pop()
            blocks[-1] = [(mean * count + other * more) / (count + more), count + more]
    level = np.concatenate([np.full(int(count), mean) for mean, count in blocks]) if blocks else np.empty(0)
    return np.exp(level + steps)


def _size(title: str) -> tuple[str, float | None]:
    """A title without its size, and the size; None where it names none."""
    text, size = title.lower(), None
    for pattern in (COUNT, AMOUNT):
        if match := pattern.search(text):
            number = next(group for group in match.groups() if group).replace(",", ".")
            unit = UNITS[match[2]] if pattern is AMOUNT else 1.0
            text, size = text[: match.start()] + text[match.end() :], float(number) * unit
            break
    words = re.findall(r"[^\W_]+", text)
    if size is None:
        graded = [WORDS[word] for word in words if word in WORDS]
        size = float(graded[0]) if graded else None
        words = [word for word in words if word not in WORDS]
    return " ".join(words), size
