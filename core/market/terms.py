"""What an item or a text is about, as terms that can rise or fade: categories, attributes, words and pairs of words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

__all__ = ["CATEGORY", "WORD", "Terms", "attributes", "joined", "of_items", "of_texts", "without_twins", "written"]

CATEGORY, BRAND, WORD = "category", "brand", "word"
PATTERN = r"(?u)\b[^\W\d_][\w'’-]+\b"
MOST_WORDS = 4_000  # the most frequent: a shop's reviews know hundreds of thousands
MOST_VALUES = 60  # of an attribute: with more it is a name or a code, and says nothing of others
ALIKE = 0.9  # share of their items from which on two terms are one, and the longer word is kept


@dataclass(frozen=True)
class Terms:
    """n items or texts and t terms."""

    table: pd.DataFrame
    """kind (CATEGORY, BRAND, WORD, or an attribute's name), term; a row a term."""
    has: sparse.csc_matrix
    """(n, t) 1 where an item has a term."""

    def only(self, mask: np.ndarray) -> "Terms":
        """Some of the terms."""
        return Terms(self.table[mask].reset_index(drop=True), self.has[:, np.flatnonzero(mask)])


def of_items(items: pd.DataFrame, fewest: int) -> Terms:
    """Terms of items that at least `fewest` have.

    items: title, description, category, brand, attributes (JSON); any may be missing.
    """
    told = {CATEGORY: items["category"], BRAND: items["brand"]} | _attributes(items["attributes"])
    parts = [_values(name, values, fewest) for name, values in told.items()]
    return joined([*parts, of_texts(written(items), fewest)])


def written(items: pd.DataFrame) -> list[str]:
    """Titles with descriptions: shops call a thing by other words there, which belong to it as well."""
    titles, descriptions = (items[name].fillna("").astype(str) for name in ("title", "description"))
    return (titles + ". " + descriptions).tolist()


def of_texts(texts: Sequence[str], fewest: int) -> Terms:
    """Words and pairs of words that at least `fewest` of some texts use."""
    from sklearn.feature_extraction.text import CountVectorizer

    none = Terms(pd.DataFrame({"kind": [], "term": []}, dtype=object), sparse.csc_matrix((len(texts), 0)))
    if len(texts) < fewest:
        return none
    reader = CountVectorizer(
        token_pattern=PATTERN,
        stop_words="english",
        ngram_range=(1, 2),
        binary=True,
        min_df=fewest,
        max_features=MOST_WORDS,
        dtype=np.float32,
    )
    try:
        has = reader.fit_transform(texts)
    except ValueError:  # no word is used by so many
        return none
    return Terms(pd.DataFrame({"kind": WORD, "term": reader.get_feature_names_out().astype(object)}), has.tocsc())


def _attributes(cells: pd.Series) -> dict[str, pd.Series]:
    """Name to values ('' for none) of the attributes that sort items into groups."""
    rows = [attributes(cell) for cell in cells]
    names = sorted({name for row in rows for name in row})
    found = {name: pd.Series([str(row.get(name) or "").strip() for row in rows], dtype=object) for name in names}
    return {name: values for name, values in found.items() if 1 < values[values != ""].nunique() <= MOST_VALUES}


def attributes(cell: object) -> dict[str, object]:
    """Name to value of an item's attributes as the shop keeps them: a JSON object, or nothing."""
    if not isinstance(cell, str) or not cell:
        return {}
    told = json.loads(cell)
    return told if isinstance(told, dict) else {}


def _values(kind: str, values: pd.Series, fewest: int) -> Terms:
    """A term for each value that enough items have."""
    plain = values.fillna("").astype(str).str.strip().reset_index(drop=True)
    counts = plain[plain != ""].value_counts()
    names = sorted(counts.index[counts >= fewest])
    place = pd.Index(names, dtype=object).get_indexer(plain)
    rows = np.flatnonzero(place >= 0)
    has = sparse.csc_matrix((np.ones(len(rows), np.float32), (rows, place[rows])), (len(plain), len(names)))
    return Terms(pd.DataFrame({"kind": kind, "term": pd.Series(names, dtype=object)}), has)


def joined(parts: list[Terms]) -> Terms:
    """The terms of the same items or texts side by side."""
    tables = [part.table for part in parts if len(part.table)] or [parts[0].table]
    return Terms(pd.concat(tables, ignore_index=True), sparse.hstack([part.has for part in parts], format="csc"))


def without_twins(terms: Terms) -> Terms:
    """Terms without a word where another stands for nearly the same items ("polka" beside "polka dot")."""
    count = np.asarray(terms.has.sum(0)).ravel()
    common = (terms.has.T @ terms.has).tocoo()
    union = count[common.row] + count[common.col] - common.data
    words = (terms.table["kind"] == WORD).to_numpy()
    size = terms.table["term"].str.len().to_numpy()
    # Of a pair the longer term stays, a category or attribute always, and of equals the first.
    loses = words[common.row] & (
        ~words[common.col]
        | (size[common.row] < size[common.col])
        | ((size[common.row] == size[common.col]) & (common.row > common.col))
    )
    twins = (common.row != common.col) & (common.data >= ALIKE * union) & loses
    kept = np.ones(len(terms.table), dtype=bool)
    kept[common.row[twins]] = False
    return terms.only(kept)
