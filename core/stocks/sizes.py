"""Sizes and variants: how an opening buy is split over them, by what like items sold of each.

Products that differ in a size have it in a further column of the catalogue. What the like items sold of each value
says how to split a buy; where they sold little, the shares of the category count for more.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd

from core.imports.headers import normalise

__all__ = ["Profile", "profile", "profiles", "split"]

SIZE_WORDS = (
    "size",
    "sizes",
    "shoe size",
    "variant",
    "variants",
    "option",
    "option1 value",
    "grösse",
    "taille",
    "talla",
)
ALSO = ("colour", "color", "colours", "colors", "farbe", "scent", "flavour", "flavor")  # where the sheet lists several
SEVERAL = re.compile(r"\s*[/,;|]\s*")
MOST_VALUES = 15  # more are measurements or texts, not sizes
BELIEVED = 30.0  # units that the category's shares count for against the like items' own
COVERED = 0.3  # share of the category's products that must name the attribute


@dataclass(frozen=True)
class Profile:
    """Shares of an item's sales by size or variant."""

    attribute: str
    """As the catalogue's column is called; '' where there is none."""
    shares: pd.DataFrame
    """value, share (sum to 1), units (of the like items), category (its share in the category); empty where unknown."""
    words: str
    """What it stands on, or why there is none."""


def profile(
    cursor: duckdb.DuckDBPyConnection,
    item_id: str,
    category: str | None,
    like: Sequence[str],
    weights: Sequence[float] | None = None,
) -> Profile:
    """The shares of a new item's sizes. like: product_ids of its like items; weights: what each counts for."""
    return _profile(_Shop(cursor), item_id, category, dict(zip(like, weights or [1.0] * len(like), strict=True)))


def profiles(cursor: duckdb.DuckDBPyConnection, items: pd.DataFrame, like: pd.DataFrame) -> dict[str, Profile]:
    """item_id to its profile, of the items that have one. items: item_id, category; like: as `Outlook.like`."""
    shop, found = _Shop(cursor), {}
    near = dict(list(like.groupby("item_id")[["product_id", "weight"]]))
    none = like.iloc[:0]
    for item, category in items[["item_id", "category"]].itertuples(index=False):
        mine = near.get(item, none)
        weights = dict(zip(mine["product_id"], mine["weight"].astype(float), strict=True))
        one = _profile(shop, str(item), category if isinstance(category, str) else None, weights)
        if len(one.shares):
            found[str(item)] = one
    return found


def split(quantity: int, shares: Mapping[str, float], pack: int = 1) -> dict[str, int]:
    """A buy in whole packs by value, by the largest remainders (Hamilton's method); pieces, which sum to `quantity`.

    What does not fill a pack goes to the value with the largest share.
    """
    whole = int(quantity) // pack
    total = sum(shares.values())
    if not shares or total <= 0:
        return {}
    exact = {value: whole * share / total for value, share in shares.items()}
    packs = {value: int(part) for value, part in exact.items()}
    order = sorted(exact, key=lambda value: (packs[value] - exact[value], -shares[value], value))
    for value in order[: whole - sum(packs.values())]:
        packs[value] += 1
    pieces = {value: count * pack for value, count in packs.items()}
    pieces[max(shares, key=lambda value: shares[value])] += int(quantity) - whole * pack
    return pieces


def _none(words: str) -> Profile:
    return Profile("", pd.DataFrame(columns=["value", "share", "units", "category"]), words)


class _Shop:
    """What is read of the shop, once for all items of a category."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._named: dict[str | None, list[str]] = {}
        self._sold: dict[tuple[str, str | None], pd.DataFrame] = {}

    @cached_property
    def _cells(self) -> dict[str, dict[str, str]]:
        rows = self._cursor.execute(
            """SELECT item_id, attributes::VARCHAR FROM new_items WHERE attributes IS NOT NULL
               QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY batch_id DESC) = 1"""
        ).fetchall()
        return {item: _normal(json.loads(text)) for item, text in rows}

    def own(self, item_id: str) -> dict[str, str]:
        """What the sheet says of an item beside its declared columns: normalised name to cell."""
        return self._cells.get(item_id, {})

    def named(self, category: str | None) -> list[str]:
        """Columns that enough of the category's products fill with few enough values."""
        if category not in self._named:
            rows = self._cursor.execute(
                """WITH mine AS (SELECT attributes FROM catalogue WHERE $category IS NULL OR category = $category),
                        named AS (SELECT attributes, unnest(json_keys(attributes)) AS name FROM mine),
                        cells AS (SELECT name, trim(json_extract_string(attributes, '/' || name)) AS value FROM named
                                  WHERE NOT regexp_matches(name, '[/~]'))
                   SELECT name FROM cells WHERE value <> '' GROUP BY name
                   HAVING count(*) >= $covered * (SELECT count(*) FROM mine)
                       AND count(DISTINCT value) BETWEEN 2 AND $most
                   ORDER BY count(*) DESC, name""",
                {"category": category, "covered": COVERED, "most": MOST_VALUES},
            ).fetchall()
            self._named[category] = [name for (name,) in rows]
        return self._named[category]

    def sold(self, name: str, category: str | None) -> pd.DataFrame:
        """Units of the category's products: product_id, value, units."""
        if (name, category) not in self._sold:
            self._sold[name, category] = self._cursor.execute(
                """WITH cells AS (SELECT product_id, trim(json_extract_string(attributes, '/' || $name)) AS value
                                  FROM catalogue WHERE $category IS NULL OR category = $category)
                   SELECT product_id, value, greatest(sum(units), 0)::DOUBLE AS units
                   FROM cells JOIN sales USING (product_id)
                   WHERE value IS NOT NULL AND value <> '' GROUP BY ALL ORDER BY value, product_id""",
                {"category": category, "name": name},
            ).df()
        return self._sold[name, category]


def _profile(shop: _Shop, item_id: str, category: str | None, weights: Mapping[str, float]) -> Profile:
    found = _candidate(shop.named(category), shop.own(item_id))
    if found is None:
        return _none("The catalogue has no column that names sizes or variants (size, variant, option).")
    name, wanted = found
    sold = shop.sold(name, category)
    if wanted:
        sold = sold[sold["value"].isin(wanted)]
    if sold["units"].sum() <= 0:
        return _none(f"Nothing was sold of items whose “{name}” is known.")
    return _shares(name, sold, weights, wanted)


def _normal(cells: Mapping[str, object]) -> dict[str, str]:
    return {normalise(name): str(value) for name, value in cells.items() if value is not None}


def _candidate(columns: Sequence[str], own: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """The catalogue's column that names sizes, and the values that the sheet asks for ([]: all); None where none does.

    An item whose sheet names one single size is one variant, and not split.
    """
    names = {normalise(name): name for name in columns}
    for word in map(normalise, (*SIZE_WORDS, *ALSO)):
        wanted = [one for one in SEVERAL.split(own.get(word, "")) if one]
        listed = len(wanted) > 1
        if word in names and (listed or (not wanted and word not in map(normalise, ALSO))):
            return names[word], wanted if listed else []
    return None


def _shares(name: str, sold: pd.DataFrame, weights: Mapping[str, float], wanted: Sequence[str]) -> Profile:
    """Shares of the like items' units, drawn to the category's by as much as they are few."""
    weight = sold["product_id"].map(dict(weights)).astype(float).fillna(0.0)
    weight = weight / weight.max() if weight.max() > 0 else weight
    near = (sold["units"] * weight).groupby(sold["value"]).sum()
    whole = sold.groupby("value")["units"].sum()
    usual = whole / whole.sum()
    share = (near + BELIEVED * usual) / (near.sum() + BELIEVED)
    order = [one for one in wanted if one in share.index] or sorted(share.index, key=_size_order)
    frame = pd.DataFrame({"value": share.index, "share": share, "units": near, "category": usual}).reindex(order)
    like = int((weight > 0).sum())
    words = f"{near.sum():,.0f} units of {like} like items by “{name}”" if like else f"“{name}” of the whole category"
    return Profile(name, frame.reset_index(drop=True), f"{words}; where they are few, the category's shares count.")


LETTERS = {name: place for place, name in enumerate(("xxs", "xs", "s", "m", "l", "xl", "xxl", "2xl", "xxxl", "3xl"))}


def _size_order(value: str) -> tuple[int, float, str]:
    """Sizes as a rack has them: numbers rising, then letters, then words."""
    try:
        return 0, float(value.replace(",", ".")), value
    except ValueError:
        place = LETTERS.get(value.lower())
    return (1, float(place), value) if place is not None else (2, float(np.inf), value)
