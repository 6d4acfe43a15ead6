"""What buyers praise and complain of: by aspect how many sentences do which, the words they use, and quotes."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.reviews import words
from core.reviews.aspects import OTHER

__all__ = ["Theme", "quotes", "table", "themes"]

PLEASED = 0.25  # sentiment from which on a sentence praises; as far below 0 it complains
DRAWN = 4.0  # sentences at the usual balance that are added to a theme's own
SHORTEST, LONGEST = 3, 40  # words of a quote
QUOTES = 3
ALIKE = 0.7  # share of the shorter sentence's words from which on two quotes say the same
SURE = 1.2816  # standard errors: 8 in 10


@dataclass(frozen=True)
class Theme:
    """One aspect of some reviews."""

    aspect: str
    praised: int
    """Sentences."""
    complained: int
    mixed: int
    """Sentences that do neither."""
    balance: float
    """Praise less complaint over both, -1 to 1, drawn to the usual balance where there are few."""
    low: float
    high: float
    """8 in 10."""
    good_words: list[str]
    bad_words: list[str]
    good_quotes: pd.DataFrame
    """sentence, review, product_id, sentiment; the most telling first."""
    bad_quotes: pd.DataFrame

    @property
    def mentions(self) -> int:
        """Sentences about it."""
        return self.praised + self.complained + self.mixed


def themes(said: pd.DataFrame) -> list[Theme]:
    """The aspects of some sentences (`readings.said`), what is talked about most first, what is general last."""
    usual = _balance(said)
    found = [_theme(str(aspect), part, usual) for aspect, part in said.groupby("aspect", sort=False)]
    return sorted(found, key=lambda one: (one.aspect == OTHER, -(one.praised + one.complained), one.aspect))


def table(found: list[Theme]) -> pd.DataFrame:
    """For a picture: aspect, mentions, praised, complained, balance, low, high, good_words, bad_words (joined)."""
    rows = [
        (
            one.aspect,
            one.mentions,
            one.praised,
            one.complained,
            one.balance,
            one.low,
            one.high,
            ", ".join(one.good_words),
            ", ".join(one.bad_words),
        )
        for one in found
    ]
    names = ["aspect", "mentions", "praised", "complained", "balance", "low", "high", "good_words", "bad_words"]
    return pd.DataFrame(rows, columns=names)


def quotes(part: pd.DataFrame, most: int = QUOTES) -> pd.DataFrame:
    """The most telling sentences: strong ones first, neither too short nor too long, one a review, none twice."""
    count = part["sentence"].str.count(r"\S+")
    fit = part[count.between(SHORTEST, LONGEST)]
    fit = fit if len(fit) else part
    strong = fit.loc[fit["sentiment"].abs().sort_values(ascending=False, kind="stable").index]
    strong = strong[~strong["review"].duplicated()]
    kept: list[int] = []
    told: list[set[str]] = []
    for place, sentence in enumerate(strong["sentence"]):
        spoken = set(re.findall(r"\w+", sentence.lower()))
        if all(len(spoken & other) < ALIKE * min(len(spoken), len(other)) for other in told):
            kept.append(place)
            told.append(spoken)
        if len(kept) == most:
            break
    return strong.iloc[kept][["sentence", "review", "product_id", "sentiment"]].reset_index(drop=True)


def _theme(aspect: str, part: pd.DataFrame, usual: float) -> Theme:
    good, bad = part["sentiment"] >= PLEASED, part["sentiment"] <= -PLEASED
    told = part[good | bad]
    good_words, bad_words = words.typical(told["sentence"].tolist(), good[told.index].to_numpy())
    balance, error = _drawn(int(good.sum()), int(bad.sum()), usual)
    return Theme(
        aspect,
        int(good.sum()),
        int(bad.sum()),
        int((~good & ~bad).sum()),
        balance,
        max(balance - SURE * error, -1.0),
        min(balance + SURE * error, 1.0),
        good_words,
        bad_words,
        quotes(part[good]),
        quotes(part[bad]),
    )


def _balance(said: pd.DataFrame) -> float:
    good, bad = (said["sentiment"] >= PLEASED).sum(), (said["sentiment"] <= -PLEASED).sum()
    return float((good - bad) / max(good + bad, 1))


def _drawn(good: int, bad: int, usual: float) -> tuple[float, float]:
    """Balance and its standard error, with DRAWN sentences at the usual balance beside those that were said."""
    count = good + bad + DRAWN
    share = (good + DRAWN * (usual + 1) / 2) / count
    return float(2 * share - 1), float(2 * np.sqrt(share * (1 - share) / count))
