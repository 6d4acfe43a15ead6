"""Training the reader of reviews on a shop's own ratings and recommendations, and saying how good it is.

A job calls `snapshot` in the app and `train` in a process of its own. Some items are held out whole: their reviews
teach nothing and tell how well the reader does on items that it has never met, beside the usual bag of words.
"""

import json
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd

from core import __version__
from core.errors import NotReady
from core.reviews import reading, readings, starters
from models.snippets import sentences
from models.stars import Labels
from models.training import Log, Progress

if TYPE_CHECKING:
    from models.encoder import Encoder
    from models.sentiment import Reader
    from models.settings import Schedule

__all__ = ["FEWEST", "FEWEST_OF_A_KIND", "fitted", "held_out", "labels", "peer", "snapshot", "train"]

FILE = "reviews.parquet"
FEWEST, FEWEST_OF_A_KIND = 200, 20
"""Reviews with a text and a label, and pleased or displeased ones among them: with fewer the ratings say more."""
FOLDS = 10  # one in so many items is held out
FEWEST_HELD = 20  # held-out reviews, below which a figure would be noise
A_COPY, MOST_COPIES = 2_000, 4  # reviews for which the starters are learnt from once more, and how often at most
STARTED = ("title", "body", "rating", "recommended")
READING = 0.25  # share of the time that reading everything takes after the fit

EFFORTS: dict[str, tuple[int, int, int]] = {
    "quick": (2, 5_000, 5_000),
    "standard": (3, 15_000, 20_000),
    "thorough": (6, 40_000, 60_000),
}
"""Layers that learn, reviews to read in all (few are read several times), and reviews to learn from at most."""
MOST_EPOCHS = 5


def snapshot(cursor: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the reviews that training reads. Raises NotReady where there are too few of them, or all say the same."""
    reviews = reading.read(cursor)
    reviews = reviews[~reviews["excluded"] & (reviews["text"] != "")]
    positive = labels(reviews).positive
    known, pleased = int((~np.isnan(positive)).sum()), int(np.nansum(positive))
    if known < FEWEST:
        raise NotReady(
            f"Learning to read reviews needs at least {FEWEST} with a text and a rating; {known} are loaded. Until "
            "then the ratings themselves are shown."
        )
    if _rarer(positive) < FEWEST_OF_A_KIND:
        few = "of 2 stars or less" if pleased > known - pleased else "of 4 stars or more"
        raise NotReady(
            f"Only {_rarer(positive)} reviews are {few}; at least {FEWEST_OF_A_KIND} are needed to learn "
            "how such reviews sound. Until then the ratings themselves are shown."
        )
    folder.mkdir(parents=True, exist_ok=True)
    reviews.to_parquet(folder / FILE)


def train(
    folder: Path,
    encoder: "Encoder",
    effort: str,
    seed: int,
    target: Path,
    report: Progress,
    log: Log = lambda name, step, value: None,
) -> dict[str, Any]:
    """Fit on the snapshot in `folder`, read every review, write both into `target`; returns name and summary.

    Raises what `report` raises.
    """
    from models import versions as folders

    began, now = time.perf_counter(), datetime.now()
    reviews = pd.read_parquet(folder / FILE)
    learnt, held = _split(reviews, EFFORTS[effort][2], seed)
    part = reviews.iloc[learnt]
    reader = fitted(encoder, part, effort, seed, _share(report, 0, 1 - READING), log)
    figures = _figures(reader, encoder, reviews, learnt, held)
    folders.save(reader.version(), target)
    _read_all(reader, encoder, reviews, _share(report, 1 - READING, 1)).to_parquet(target / readings.FILE)
    dated = reviews["date"].max()
    summary = {
        "settings": {"effort": effort, "seed": seed},
        "created_at": now.isoformat(timespec="seconds"),
        "debut": __version__,
        "reviews": len(reviews),
        "trained_on": f"{len(learnt):,} reviews" + (f" to {dated:%-d %B %Y}" if pd.notna(dated) else ""),
        "figures": figures,
        "losses": reader.losses,
        "seconds": time.perf_counter() - began,
        "bytes": sum(path.stat().st_size for path in target.iterdir()),
    }
    (target / "summary.json").write_text(json.dumps(summary, indent=2))
    return {"version": f"s{now:%Y%m%d-%H%M%S}", "summary": summary}


def fitted(
    encoder: "Encoder",
    reviews: pd.DataFrame,
    effort: str,
    seed: int,
    report: Progress = lambda done, note: None,
    log: Log = lambda name, step, value: None,
) -> "Reader":
    """A reader of these reviews (title, body, rating, recommended) and of the starters. Raises what `report` raises."""
    from models.sentiment import fit

    copies = min(max(len(reviews) // A_COPY, 1), MOST_COPIES)
    learnt = pd.concat([reviews[list(STARTED)], *[starters.frame()] * copies], ignore_index=True)
    titles, bodies = learnt["title"].tolist(), learnt["body"].tolist()
    return fit(encoder, titles, bodies, labels(learnt), _schedule(effort, seed, len(reviews)), report, log)


def labels(reviews: pd.DataFrame) -> Labels:
    """What reviews say of themselves."""
    return Labels(reviews["rating"].to_numpy(dtype=float), reviews["recommended"].to_numpy(dtype=float))


def held_out(product_ids: pd.Series) -> np.ndarray:
    """(n,) whether a review is of an item that nothing is learnt from; the same items at every training."""
    return np.array([zlib.crc32(str(one).encode()) % FOLDS == 0 for one in product_ids], dtype=bool)


def peer(texts: list[str], positive: np.ndarray) -> Callable[[list[str]], np.ndarray]:
    """Scores of the method that any shop could have: TF-IDF of words and pairs of words, and logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=3.0, solver="liblinear").fit(words.fit_transform(texts), positive)
    return lambda others: model.decision_function(words.transform(others))


def _peer_where_it_can(texts: list[str], positive: np.ndarray) -> Callable[[list[str]], np.ndarray] | None:
    """None where it has nothing to learn: all say the same, or no word stands twice, as in texts without spaces."""
    try:
        return peer(texts, positive)
    except ValueError:
        return None


def _split(reviews: pd.DataFrame, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from, at most so many, and rows to judge by; none where too little of either would be left."""
    positive, apart = labels(reviews).positive, held_out(reviews["product_id"])
    held, rest = np.flatnonzero(apart & ~np.isnan(positive)), np.flatnonzero(~apart)
    if len(held) < FEWEST_HELD or positive[held].std() == 0 or _rarer(positive[rest]) < FEWEST_OF_A_KIND:
        held, rest = held[:0], np.arange(len(reviews))
    random = np.random.default_rng(seed)
    return np.sort(random.permutation(rest)[:most]), held


def _rarer(positive: np.ndarray) -> int:
    """How many reviews give the rarer of the two answers."""
    pleased = int(np.nansum(positive))
    return min(pleased, int((~np.isnan(positive)).sum()) - pleased)


def _figures(
    reader: "Reader", encoder: "Encoder", reviews: pd.DataFrame, learnt: np.ndarray, held: np.ndarray
) -> dict[str, float]:
    """On reviews of items that were held out: AUC and accuracy, the AUC of a bag of words, and the error in stars."""
    from sklearn.metrics import roc_auc_score

    if not len(held):
        return {}
    part, rest = reviews.iloc[held], reviews.iloc[learnt]
    opinions, answers = reader.read(encoder, part["text"].tolist()), labels(part).positive
    known = labels(rest).positive
    told = ~np.isnan(known)
    words = _peer_where_it_can(rest["text"][told].tolist(), known[told])
    figures = {
        "AUC": float(roc_auc_score(answers, opinions.recommended)),
        **({} if words is None else {"AUC of TF-IDF": float(roc_auc_score(answers, words(part["text"].tolist())))}),
        "Accuracy": float(((opinions.recommended >= 0.5) == (answers == 1)).mean()),
    }
    off = np.abs(opinions.stars - part["rating"].to_numpy())
    return figures | ({"Off by (stars)": float(np.nanmean(off))} if np.isfinite(off).any() else {})


def _read_all(reader: "Reader", encoder: "Encoder", reviews: pd.DataFrame, report: Progress) -> pd.DataFrame:
    """What every review and each of its sentences says, so that the page opens at once."""
    latest = reviews["text"].tolist()[-readings.MOST_READ :]
    parts = [sentence for text in latest for sentence in sentences(text, turns=True)]
    whole = readings.made(encoder, reader, latest, whole=True, report=_share(report, 0, 0.5))
    return pd.concat([whole, readings.made(encoder, reader, parts, whole=False, report=_share(report, 0.5, 1))])


def _schedule(effort: str, seed: int, reviews: int) -> "Schedule":
    from models.sentiment import SCHEDULE

    layers, readings, _ = EFFORTS[effort]
    epochs = min(max(round(readings / reviews), 1), MOST_EPOCHS)
    return replace(SCHEDULE, layers=layers, epochs=epochs, seed=seed)


def _share(report: Progress, first: float, last: float) -> Progress:
    """Report a part of the work as its share of the whole."""
    return lambda done, note: report(first + (last - first) * done, note)
