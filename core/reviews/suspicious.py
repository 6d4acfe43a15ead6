"""Reviews that may not be what a buyer thinks: texts copied from one another, and bursts.

The import asks about texts that are equal to the letter and about single days, before anything is loaded. This looks
at what is loaded, so it also finds texts of which a few words were changed, across files, and bursts that last days.

A burst: so many reviews of one item within a few days that a Poisson process at the item's own rate would not give
them. Thousands of windows are looked at, so the level is set by the false discovery rate (Benjamini & Hochberg 1995).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from core.imports.checks.reviews import BURST as FEWEST
from core.imports.checks.reviews import BURST_TIMES, DEFAULT_SHARE, DEFAULT_TIMES, LONG

__all__ = ["BURST", "COPIED", "bursts", "copies", "find"]

COPIED, BURST = "copied", "burst"
SHINGLE = 5  # characters
LIKE = 0.7  # Jaccard index of the shingles from which on a text is nearly another
LONG_ENOUGH = 100  # letters and digits of a text that can be nearly another: two short sentences are alike by chance
COMMON = 150  # texts that share a shingle, above which it is a turn of phrase
MOST = 50_000  # long texts that are compared, the latest: more would take minutes
BLOCK = 2_000  # texts compared at once: bounds the memory
WINDOWS = (1, 3, 7)  # days
DRAWN_DAYS = 28.0  # days at the item's mean rate that are added to the days outside the window
FALSE = 0.01  # share of the bursts that may be chance
ALIKE = 0.9  # share of a burst's ratings from which on it is told that they are the same


@dataclass(frozen=True)
class _Window:
    """Some days of an item with more reviews than usual."""

    item: str
    rows: np.ndarray
    """Of the reviews, by day."""
    first: int
    """Day."""
    days: int
    usual: float
    """Reviews in so many days."""
    chance: float
    """Probability of so many reviews or more."""


def find(reviews: pd.DataFrame) -> pd.DataFrame:
    """One row a review and kind: review, kind, group (what belongs together), why; copies first.

    reviews: as `reading.read` gives them.
    """
    return pd.concat([copies(reviews), bursts(reviews)], ignore_index=True)


def copies(reviews: pd.DataFrame) -> pd.DataFrame:
    """Texts that are (nearly) those of another review: review, kind, group, why. The first of each group is not named.

    Short praise is alike by chance and left alone; so is a text that many reviews share, which is the platform's own.
    """
    plain = reviews["body"].where(reviews["body"] != "", reviews["title"]).str.lower()
    plain = plain.str.replace(r"[\W_]+", "", regex=True)
    long = np.flatnonzero(plain.str.len().to_numpy() >= LONG)
    usual = plain.iloc[long].map(plain.iloc[long].value_counts())
    long = long[(usual < max(DEFAULT_TIMES, DEFAULT_SHARE * len(reviews))).to_numpy()]
    if len(long) < 2:
        return _named(reviews, [], COPIED)
    group = _groups(plain.iloc[long].tolist())
    rows = []
    for number, members in _shared(group):
        first, *others = long[members]
        origin = reviews.iloc[first]
        for row in others:
            rows.append(
                (row, f"{COPIED}-{number}", _copied(reviews.iloc[row], origin, plain.iloc[row] == plain.iloc[first]))
            )
    return _named(reviews, rows, COPIED)


def bursts(reviews: pd.DataFrame) -> pd.DataFrame:
    """Reviews of an item that came all at once: review, kind, group, why."""
    dated = reviews.dropna(subset="date").reset_index(names="row")
    if dated.empty:
        return _named(reviews, [], BURST)
    day = (dated["date"] - dated["date"].min()).dt.days.to_numpy()
    shop = np.bincount(day).astype(float)
    found: list[_Window] = []
    for item, rows in dated.groupby("product_id").indices.items():
        some = np.asarray(rows)
        if len(some) >= FEWEST:
            found += _windows(str(item), some[np.argsort(day[some], kind="stable")], day, shop)
    tested = len(WINDOWS) * len(dated)  # one window of each length could begin at each review
    level = _level(np.array([window.chance for window in found]), tested)
    return _named(reviews, list(_told(dated, [window for window in found if window.chance <= level])), BURST)


def _shingles(texts: list[str]) -> sparse.csr_matrix:
    """(texts, shingles) 1 where a text has a run of characters that some, but not too many others have."""
    from sklearn.feature_extraction.text import HashingVectorizer

    hashed = HashingVectorizer(
        analyzer="char", ngram_range=(SHINGLE, SHINGLE), n_features=2**20, binary=True, norm=None, alternate_sign=False
    )
    return hashed.transform(texts).astype(np.float32)


def _groups(texts: list[str]) -> np.ndarray:
    """(texts,) number of the group of like texts that each is in; the first of them has the lowest row."""
    equal = (
        pd.Series(range(len(texts))).groupby(pd.factorize(np.array(texts, dtype=object))[0]).transform("min").to_numpy()
    )
    length = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    long = np.flatnonzero((equal == np.arange(len(texts))) & (length >= LONG_ENOUGH))
    group, long = equal.copy(), long[-MOST:]
    near = _near([texts[row] for row in long])
    group[long] = long[near]
    return group[equal]


def _near(texts: list[str]) -> np.ndarray:
    """(texts,) row of the first text that each is nearly."""
    if len(texts) < 2:
        return np.arange(len(texts))
    shingles = _shingles(texts)
    size = np.asarray(shingles.sum(1)).ravel()
    frequency = np.bincount(shingles.indices, minlength=shingles.shape[1])
    rare = shingles[:, np.flatnonzero((frequency > 1) & (frequency <= COMMON))]
    first, second = [], []
    for start in range(0, rare.shape[0], BLOCK):
        both = (rare[start : start + BLOCK] @ rare.T).tocoo()
        left, right = both.row + start, both.col
        # Only rare shingles were counted: enough of them to be worth the exact look.
        near = (left < right) & (both.data >= 0.3 * np.minimum(size[left], size[right]))
        left, right = left[near], right[near]
        shared = np.asarray(shingles[left].multiply(shingles[right]).sum(1)).ravel()
        alike = shared >= LIKE * (size[left] + size[right] - shared)
        first.append(left[alike])
        second.append(right[alike])
    ends = np.concatenate(first), np.concatenate(second)
    links = sparse.coo_matrix((np.ones(len(ends[0])), ends), (len(size), len(size)))
    number = sparse.csgraph.connected_components(links, directed=False)[1]
    return pd.Series(range(len(number))).groupby(number).transform("min").to_numpy()


def _shared(group: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Number and members (rising) of each group of more than one."""
    order = np.argsort(group, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(members) > 1:
            yield int(group[members[0]]), members


def _copied(review: pd.Series, origin: pd.Series, exactly: bool) -> str:
    whose = "the same author" if review["customer_id"] and review["customer_id"] == origin["customer_id"] else "another"
    what = "the same item" if review["product_id"] == origin["product_id"] else str(origin["item"])
    words = "The text" if exactly else "Nearly the text"
    when = f" of {origin['date']:%-d %b %Y}" if pd.notna(origin["date"]) else ""
    return f"{words} of a review{when} by {whose}, of {what}"


def _busy(others: np.ndarray) -> np.ndarray:
    """(days,) how much more than usual the other items were reviewed in the week around each day; 1 is usual."""
    week = np.convolve(others, np.ones(7), "same") / np.convolve(np.ones(len(others)), np.ones(7), "same")
    return np.maximum(week / max(others.mean(), 1 / 7), 1.0)  # a review a week is no rush


def _windows(item: str, rows: np.ndarray, day: np.ndarray, shop: np.ndarray) -> Iterator[_Window]:
    """The windows of an item that are worth a look. rows: its reviews, by day. shop: (days,) of all items."""
    from scipy.stats import poisson

    own, span = day[rows], len(shop) - int(day[rows[0]])  # days since the item's first review
    busy = _busy(shop - np.bincount(own, minlength=len(shop)))
    for days in WINDOWS:
        count = np.searchsorted(own, own + days) - np.arange(len(own))
        for first in np.flatnonzero(count >= FEWEST):
            inside = slice(int(own[first]), int(own[first]) + days)
            rate = (len(own) - count[first] + DRAWN_DAYS * len(own) / span) / (span + DRAWN_DAYS)
            usual = float(rate * busy[inside].sum())
            if count[first] >= BURST_TIMES * usual:
                chance = float(poisson.sf(count[first] - 1, usual))
                yield _Window(item, rows[first : first + count[first]], int(own[first]), days, usual, chance)


def _level(chance: np.ndarray, tested: int) -> float:
    """The largest chance that still counts as a find."""
    ordered = np.sort(chance)
    fine = ordered <= FALSE * np.arange(1, len(ordered) + 1) / max(tested, 1)
    return float(ordered[np.flatnonzero(fine)[-1]]) if fine.any() else -1.0


def _told(dated: pd.DataFrame, windows: list[_Window]) -> Iterator[tuple[int, str, str]]:
    """Row, group and reason of each review in a burst; of windows that overlap the least likely one counts."""
    taken: set[int] = set()
    for one in sorted(windows, key=lambda window: window.chance):
        if taken & set(one.rows.tolist()):
            continue
        taken |= set(one.rows.tolist())
        span = "one day" if one.days == 1 else f"{one.days} days"
        usual = f"{one.usual:.1f}" if one.usual >= 0.05 else "none"
        alike = _alike(dated["rating"].to_numpy(dtype=float)[one.rows])
        why = f"{len(one.rows)} reviews of this item in {span} where {usual} would be usual{alike}"
        for row in dated["row"].to_numpy()[one.rows]:
            yield int(row), f"{BURST}-{one.item}-{one.first}", why


def _alike(ratings: np.ndarray) -> str:
    """A word on ratings that are nearly all the same."""
    stars, count = np.unique(ratings[~np.isnan(ratings)], return_counts=True)
    if not len(count) or count.max() < ALIKE * len(ratings):
        return ""
    most = stars[count.argmax()]
    return f", {count.max() / len(ratings):.0%} of them with {most:g} star{'' if most == 1 else 's'}"


def _named(reviews: pd.DataFrame, rows: list[tuple[int, str, str]], kind: str) -> pd.DataFrame:
    places = [row for row, _, _ in rows]
    return pd.DataFrame(
        {
            "review": reviews["review"].to_numpy()[places] if places else pd.Series([], dtype=object),
            "kind": pd.Series([kind] * len(rows), dtype=object),
            "group": pd.Series([group for _, group, _ in rows], dtype=object),
            "why": pd.Series([why for _, _, why in rows], dtype=object),
        }
    )
