"""How like a listing and an item are: the numbers from which it is judged whether they are the same thing.

Only the few best candidates of each listing are looked at closely. Beside the texts, category and price speak: a
shop that keeps to one price level makes a listing at another level suspicious, and a price that moves when ours
moves gives a listing away whatever it is called.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

__all__ = ["NUMBERS", "Texts", "Weekly", "candidates", "same_category", "similarity", "weekly"]

NUMBERS = ("text", "title", "words", "letters", "category", "price", "together")
"""text, title: cosine of the embeddings of a listing's title and an item's whole text or title. words: cosine of
TF-IDF with the item's whole text and attributes. letters: the same of runs of 3 to 5 letters of the titles.
category: 1 same, 0 another, 0.5 unknown. price: |log price ratio| less the competitor's usual one, at most MOST_GAP.
together: 0 to 1, how far the prices move together."""
CANDIDATES = 12  # of a listing
BLOCK = 512  # listings compared at once: bounds memory at BLOCK x items
MOST_GAP = 1.5
UNKNOWN_GAP = 0.4  # where an item or a listing has no price: about what two things of one category differ by
LAGS = range(5)  # weeks after which a competitor may follow
DOUBT = 8.0  # weeks with a change that speak against moving together before any was seen
LEAST_MOVE = 0.01  # log price


@dataclass(frozen=True)
class Texts:
    """Both sides as text, with the embeddings of the encoder."""

    listings: list[str]
    """Titles without habits."""
    titles: list[str]
    """Of the items."""
    whole: list[str]
    """Of the items: title, category, description, brand, attributes."""
    listing_vectors: np.ndarray
    """(listings, d) unit vectors."""
    title_vectors: np.ndarray
    """(items, d)"""
    text_vectors: np.ndarray
    """(items, d)"""


@dataclass(frozen=True)
class Weekly:
    """Log prices on one grid of weeks; NaN where unknown."""

    listings: np.ndarray
    """(listings, weeks)"""
    items: np.ndarray
    """(items, weeks)"""
    first: pd.Timestamp
    """Monday of the first column."""


def weekly(theirs: pd.DataFrame, ours: pd.DataFrame, listings: int, items: int) -> Weekly:
    """theirs: listing, week, price. ours: item, week, price; rows of both tables. Weeks are those of the listings."""
    first, last = theirs["week"].min(), theirs["week"].max()
    weeks = int((last - first).days // 7) + 1

    def grid(frame: pd.DataFrame, name: str, rows: int) -> np.ndarray:
        out = np.full((rows, weeks), np.nan, dtype=np.float32)
        week = ((frame["week"] - first).dt.days // 7).to_numpy()
        kept = (week >= 0) & (week < weeks)
        out[frame[name].to_numpy()[kept], week[kept]] = np.log(frame["price"].to_numpy(dtype=float)[kept])
        return out

    return Weekly(grid(theirs, "listing", listings), grid(ours, "item", items), first)


def candidates(texts: Texts, listings: pd.DataFrame, items: pd.DataFrame, prices: Weekly) -> pd.DataFrame:
    """listing, item (rows), and a column each of NUMBERS: the CANDIDATES most promising items of every listing.

    listings: competitor, category, price. items: category, price (NaN for none).
    """
    words, letters = _tables(texts)
    gap = np.log(listings["price"].to_numpy(dtype=float))
    own = np.log(np.where(items["price"] > 0, items["price"], np.nan).astype(float))
    rows, columns = [], []
    count = min(CANDIDATES, len(items))
    for first in range(0, len(listings), BLOCK):
        part = slice(first, first + BLOCK)
        near = texts.listing_vectors[part] @ (texts.text_vectors + texts.title_vectors / 2).T
        near = near + (words[0][part] @ words[1].T).toarray()
        near += same_category(listings["category"].iloc[part], items["category"]) / 2
        near -= np.nan_to_num(np.abs(gap[part, None] - own), nan=UNKNOWN_GAP)
        best = np.argpartition(-near, count - 1, axis=1)[:, :count]
        rows.append(np.repeat(np.arange(first, first + len(best)), count))
        columns.append(best.ravel())
    listing, item = np.concatenate(rows), np.concatenate(columns)
    found = pd.DataFrame({"listing": listing, "item": item})
    return found.assign(**_numbers(found, texts, words, letters, listings, items, prices))


def similarity(texts: Texts, items: np.ndarray) -> np.ndarray:
    """(items, listings) 0 to 1: mean cosine of a listing's title with the title and the whole text of each item."""
    both = (texts.text_vectors[items] + texts.title_vectors[items]) / 2
    return np.clip(both @ texts.listing_vectors.T, 0, 1)


def same_category(left: pd.Series, right: pd.Series) -> np.ndarray:
    """(left, right) 1 where the categories are one, 0 where not, 0.5 where one is unknown."""
    codes = pd.factorize(pd.concat([left, right]).fillna("").str.strip().str.lower())
    known = np.where(codes[1][codes[0]] == "", -1, codes[0])
    first, second = known[: len(left), None], known[None, len(left) :]
    return np.where((first < 0) | (second < 0), 0.5, first == second).astype(np.float32)


def _tables(texts: Texts) -> tuple[tuple[sparse.csr_matrix, ...], tuple[sparse.csr_matrix, ...]]:
    """TF-IDF of words (of listings and whole texts) and of runs of letters (of listings and titles)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    out = []
    for options, theirs in (
        ({"token_pattern": r"(?u)\b\w+\b"}, texts.whole),
        ({"analyzer": "char_wb", "ngram_range": (3, 5)}, texts.titles),
    ):
        reader = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **options)
        try:
            reader.fit([*texts.listings, *theirs])
            out.append((reader.transform(texts.listings), reader.transform(theirs)))
        except ValueError:  # nothing but signs on both sides
            none = sparse.csr_matrix((1, 1), dtype=np.float32)
            out.append((none[np.zeros(len(texts.listings), int)], none[np.zeros(len(theirs), int)]))
    return out[0], out[1]


def _numbers(
    found: pd.DataFrame,
    texts: Texts,
    words: tuple[sparse.csr_matrix, ...],
    letters: tuple[sparse.csr_matrix, ...],
    listings: pd.DataFrame,
    items: pd.DataFrame,
    prices: Weekly,
) -> dict[str, np.ndarray]:
    listing, item = found["listing"].to_numpy(), found["item"].to_numpy()
    theirs = texts.listing_vectors[listing]
    categories = [frame["category"].fillna("").str.strip().str.lower().to_numpy() for frame in (listings, items)]
    left, right = categories[0][listing], categories[1][item]
    text = np.einsum("pd,pd->p", theirs, texts.text_vectors[item])
    return {
        "text": text,
        "title": np.einsum("pd,pd->p", theirs, texts.title_vectors[item]),
        "words": _rowwise(words, listing, item),
        "letters": _rowwise(letters, listing, item),
        "category": np.where((left == "") | (right == ""), 0.5, left == right),
        "price": _price_gap(found.assign(text=text), listings, items),
        "together": _together(prices, listing, item),
    }


def _rowwise(table: tuple[sparse.csr_matrix, ...], listing: np.ndarray, item: np.ndarray) -> np.ndarray:
    return np.asarray(table[0][listing].multiply(table[1][item]).sum(1)).ravel()


def _price_gap(found: pd.DataFrame, listings: pd.DataFrame, items: pd.DataFrame) -> np.ndarray:
    """What is left of |log price ratio| when each competitor's usual ratio is taken out, from its nearest texts."""
    ratio = np.log(listings["price"].to_numpy(dtype=float)[found["listing"]])
    own = items["price"].to_numpy(dtype=float)[found["item"]]
    ratio = ratio - np.log(np.where(own > 0, own, np.nan))
    shop = listings["competitor"].to_numpy()[found["listing"]]
    nearest = found.assign(ratio=ratio, shop=shop).sort_values("text").groupby("listing").tail(1)
    usual = nearest.groupby("shop")["ratio"].median()
    usual = usual.where(usual.abs() < MOST_GAP / 2, 0).fillna(0)
    gap = np.abs(ratio - usual.reindex(shop, fill_value=0).to_numpy())
    return np.minimum(np.where(np.isnan(gap), UNKNOWN_GAP, gap), MOST_GAP)


def _together(prices: Weekly, listing: np.ndarray, item: np.ndarray) -> np.ndarray:
    """(pairs,) how far a listing's price follows the item's at the best lag, drawn to 0 where little has moved."""
    best = np.zeros(len(listing), dtype=np.float32)
    for first in range(0, len(listing), 8 * BLOCK):
        part = slice(first, first + 8 * BLOCK)
        theirs, ours = _deviations(prices.listings[listing[part]]), _deviations(prices.items[item[part]])
        for lag in LAGS[: ours.shape[1]]:
            x, y = ours[:, : ours.shape[1] - lag], theirs[:, lag:]
            both = ~np.isnan(x) & ~np.isnan(y)
            a, b = np.where(both, x, 0), np.where(both, y, 0)
            moved = (both & ((np.abs(a) > LEAST_MOVE) | (np.abs(b) > LEAST_MOVE))).sum(1)
            scale = np.sqrt((a * a).sum(1) * (b * b).sum(1))
            follows = np.where(scale > 0, (a * b).sum(1) / np.maximum(scale, 1e-12), 0) * moved / (moved + DOUBT)
            best[part] = np.maximum(best[part], follows)
    return best


def _deviations(log_prices: np.ndarray) -> np.ndarray:
    """Each row less its median over the weeks in which it is known."""
    known = ~np.isnan(log_prices).all(1)
    middle = np.zeros(len(log_prices), dtype=log_prices.dtype)
    middle[known] = np.nanmedian(log_prices[known], axis=1)
    return log_prices - middle[:, None]
