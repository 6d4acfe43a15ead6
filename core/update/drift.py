"""Whether what is forecast still looks like what was learnt from: prices, categories, words, level, season.

Each look compares two groups, and is held against a threshold that says two things: the difference is no chance
(once in a hundred), and it is large enough to matter.

    prices       Kolmogorov-Smirnov statistic of log prices: the largest gap of the two distributions
    categories   population stability index; with few items it is large by chance, about (1/n + 1/m) chi-square of
                 the categories less one (Yurdakul 2018), which the threshold allows for
    words        share of words that no item learnt from has, beside that among the items learnt from themselves
    likeness     share of items with nothing alike, where one in ten of the launches learnt from has nothing either
    level        what the shop sells a day, the season taken out, beside what it sold when the model was trained
    season       share of the next quarter's weeks at whose time of year hardly anything was launched
"""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom, chi2, ks_2samp

from core import like_items, season
from core.history import History

__all__ = ["Drift", "categories", "level", "likeness", "prices", "psi", "seasons", "words"]

CHANCE = 0.01
FAR_PRICES = 0.25  # of the KS statistic: a quarter of the items lie where others did not
MOVED = 0.25  # of the population stability index: the usual threshold of a population that is another one
FEWEST = 8  # items of a group, for it to tell anything
UNKNOWN = 0.1  # share of unknown words beyond that of the items learnt from
ALIKE = 0.1  # of the launches learnt from have less than this likeness
STRANGE = 0.25  # share of the items with nothing alike
TIDE = 1.5  # times the level, up or down; see `accuracy.misses`
LEVEL_DAYS = 56
SEASON_DAYS, FEW_OF_SEASON, QUARTER = 28, 3, 13
UNSEEN_SEASON = 0.25
TOKEN = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Drift:
    """One look."""

    name: str
    """What was looked at."""
    of: str
    """Whose: "launches since", "the new items", "the shop"."""
    value: float
    threshold: float
    moved: bool
    words: str


def prices(learnt: np.ndarray, now: np.ndarray, of: str) -> Drift | None:
    """(n,) and (m,) prices, NaN where unknown; None where too few are known."""
    before, after = (np.log(values[values > 0]) for values in (learnt, now))
    if min(len(before), len(after)) < FEWEST:
        return None
    told = ks_2samp(before, after)
    value, moved = float(told.statistic), bool(told.pvalue < CHANCE and told.statistic > FAR_PRICES)
    usual, today = np.exp(np.median(before)), np.exp(np.median(after))
    words = f"The median price of {of} is {today:,.2f}; that of the launches learnt from is {usual:,.2f}."
    return Drift("Prices", of, value, FAR_PRICES, moved, words)


def psi(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Population stability index of two (k,) counts, and the threshold of one that is no chance."""
    first, then = ((counts + 0.5) / (counts + 0.5).sum() for counts in (before.astype(float), after.astype(float)))
    value = float(((then - first) * np.log(then / first)).sum())
    noise = chi2.ppf(1 - CHANCE, max(len(before) - 1, 1)) * (1 / max(before.sum(), 1) + 1 / max(after.sum(), 1))
    return value, float(max(MOVED, noise))


def categories(learnt: pd.Series, now: pd.Series, of: str) -> Drift | None:
    """The mix of categories; None where they are not known, or too few."""
    before, after = (one.fillna("").astype(str) for one in (learnt, now))
    names = sorted((set(before) | set(after)) - {""})
    if len(names) < 2 or min(len(before), len(after)) < FEWEST:
        return None
    counts = [one.value_counts().reindex(names, fill_value=0).to_numpy() for one in (before, after)]
    value, threshold = psi(*counts)
    share = [count / max(count.sum(), 1) for count in counts]
    most = int(np.abs(share[1] - share[0]).argmax())
    said = f"{names[most]} makes {share[1][most]:.0%} of {of}, and {share[0][most]:.0%} of the launches learnt from."
    return Drift("Categories", of, value, threshold, value > threshold, said)


def words(learnt: list[str], now: list[str], of: str) -> Drift | None:
    """Words of titles and descriptions that are new."""
    if min(len(learnt), len(now)) < FEWEST:
        return None
    texts = [set(TOKEN.findall(text.lower())) for text in learnt]
    held = Counter(word for text in texts for word in text)
    own = [word for text in texts for word in text]
    asked = [word for text in now for word in set(TOKEN.findall(text.lower()))]
    if not own or not asked:
        return None
    usual = sum(held[word] == 1 for word in own) / len(own)  # new, had its item come last
    value = sum(word not in held for word in asked) / len(asked)
    said = (
        f"{value:.0%} of the words of {of} are new to it: no item that it learnt from has them; usual is {usual:.0%}."
    )
    return Drift("Words", of, value, usual + UNKNOWN, value > usual + UNKNOWN, said)


def likeness(history: History, vectors: np.ndarray, rows: np.ndarray, nearest: np.ndarray, of: str) -> Drift | None:
    """Items with nothing alike. rows: launches learnt from; nearest: (m,) cosine of each item's nearest earlier one."""
    if min(len(rows), len(nearest)) < FEWEST:
        return None
    own = like_items.find(history, vectors, like_items.launch_query(history, vectors, rows), 1).similarity[:, 0]
    low = float(np.quantile(own, ALIKE))
    far, count = int((nearest < low).sum()), len(nearest)
    value = far / count
    moved = value > STRANGE and binom.sf(far - 1, count, ALIKE) < CHANCE
    said = f"{value:.0%} of {of} have nothing alike among earlier items (similarity below {low:.2f}); usual is 10 %."
    return Drift("Likeness", of, value, STRANGE, bool(moved), said)


def level(history: History, since: int) -> Drift | None:
    """The shop's sales of the last weeks beside those before day `since`, the season taken out."""
    if since < LEVEL_DAYS or history.days - LEVEL_DAYS < since:
        return None
    total = history.units.sum(0, dtype=float)
    year = season.fit(history)
    ends = np.array([since, history.days])
    usual = np.exp(year.over(history.start.toordinal() + ends - LEVEL_DAYS, LEVEL_DAYS))
    before, now = (total[end - LEVEL_DAYS : end].mean() / tide for end, tide in zip(ends, usual, strict=True))
    if not before > 0 or not now > 0:
        return None
    value = float(now / before)
    said = f"The shop sells {value:.2f} times what it sold a day when the model was trained, the season taken out."
    return Drift("Level", "the shop", value, TIDE, not 1 / TIDE <= value <= TIDE, said)


def seasons(history: History, learnt: np.ndarray) -> Drift | None:
    """The next quarter's weeks at whose time of year hardly anything was launched. learnt: (n,) launch days."""
    if len(learnt) < FEWEST:
        return None
    coming = history.days + 7 * np.arange(QUARTER)
    apart = np.abs(coming[:, None] - learnt[None, :]) % 365
    count = (np.minimum(apart, 365 - apart) <= SEASON_DAYS).sum(1)
    value = float((count < FEW_OF_SEASON).mean())
    said = (
        f"{value:.0%} of the next {QUARTER} weeks lie at a time of year with fewer than {FEW_OF_SEASON} past launches."
    )
    return Drift("Season", "the shop", value, UNSEEN_SEASON, value > UNSEEN_SEASON, said)
