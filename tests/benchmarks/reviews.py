"""How well are reviews read? AUC of the recommendation on items that were never met, on short texts, on other goods.

python -m tests.benchmarks.reviews                 women's clothing; items with Clothing ID % 5 == 0 are held out
python -m tests.benchmarks.reviews --reviews FILE  a CSV (or .csv.gz) with `text` and `positive` (0 or 1): its AUC, too
python -m tests.benchmarks.reviews --validate      Clothing ID % 5 == 1 is judged instead, and the held-out items are
                                                   left alone: by this everything was chosen

The peer is TF-IDF on words and pairs of words with logistic regression, on the same whole reviews.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.reviews import training
from models.encoder import Encoder
from models.sentiment import Reader
from models.snippets import joined, sentences
from tests.conftest import RETAIL

CLOTHING = RETAIL.parents[1] / "reviews" / "womens_clothing_reviews.csv.gz"
FOLDS = 5


@dataclass(frozen=True)
class Judged:
    """Texts that a reader is asked about, and whether they are positive."""

    texts: list[str]
    positive: np.ndarray


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Fit, judge, print the table; return (and write) the figures."""
    options = _parser().parse_args(arguments)
    other = own(options.reviews) if options.reviews else None
    reviews = clothing(options.data)
    if options.rows:
        reviews = reviews.sample(min(options.rows, len(reviews)), random_state=0).reset_index(drop=True)
    fold = reviews["product_id"] % FOLDS
    held = reviews[fold == (1 if options.validate else 0)]
    learnt = reviews[fold > (1 if options.validate else 0)]
    began = time.perf_counter()
    reader, encoder = fitted(learnt, options.effort, options.seed)
    figures: dict[str, Any] = {"seconds": time.perf_counter() - began, "reviews": len(learnt), "held_out": len(held)}
    judged = {"recommend": whole(held), "titles": titles(held), "first_sentence": first_sentences(held)}
    if not options.quick:
        judged["demo"] = demo()
    if other is not None:
        judged["reviews_file"] = other
    peer = training.peer(learnt["text"].tolist(), learnt["recommended"].to_numpy())
    for name, some in judged.items():
        figures[f"auc_{name}"] = auc(some.positive, reader.read(encoder, some.texts).recommended)
        figures["auc_tfidf" if name == "recommend" else f"auc_tfidf_{name}"] = auc(some.positive, peer(some.texts))
    _tell(figures, judged)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return figures


def clothing(path: Path = CLOTHING) -> pd.DataFrame:
    """product_id, title, body, text, rating, recommended of the women's clothing reviews that have any text (CC0)."""
    if not path.exists():
        raise SystemExit(f"{path.name} is not here; it is no part of the repository.")
    raw = pd.read_csv(path)
    frame = pd.DataFrame(
        {
            "product_id": raw["Clothing ID"],
            "title": raw["Title"].fillna("").str.strip(),
            "body": raw["Review Text"].fillna("").str.strip(),
            "rating": raw["Rating"].astype(float),
            "recommended": raw["Recommended IND"].astype(float),
        }
    )
    frame["text"] = _joined(frame)
    return frame[frame["text"] != ""].reset_index(drop=True)


def own(path: Path) -> Judged:
    """A file to be judged. Raises SystemExit where it has not the columns, or only one kind of answer."""
    try:
        frame = pd.read_csv(path, usecols=["text", "positive"]).dropna()
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path} cannot be read ({error}); it needs the columns text and positive.") from error
    positive = frame["positive"].astype(float).to_numpy()
    if len(set(positive.tolist())) != 2:
        raise SystemExit(f"{path}: the column positive must hold two values, 0 and 1.")
    return Judged(frame["text"].astype(str).tolist(), positive == positive.max())


def whole(reviews: pd.DataFrame) -> Judged:
    """Title and text together."""
    return Judged(reviews["text"].tolist(), reviews["recommended"].to_numpy())


def titles(reviews: pd.DataFrame) -> Judged:
    """The titles alone, of those that have one."""
    some = reviews[reviews["title"] != ""]
    return Judged(some["title"].tolist(), some["recommended"].to_numpy())


def first_sentences(reviews: pd.DataFrame) -> Judged:
    """The first sentence of each text alone."""
    some = reviews[reviews["body"] != ""]
    return Judged([sentences(body)[0] for body in some["body"]], some["recommended"].to_numpy())


def demo() -> Judged:
    """The demo shop's reviews of household goods, and whether their simulated writers were pleased."""
    from data.demo import simulate

    shop = simulate()
    return Judged(_joined(shop.reviews.fillna("")), shop.truth["reviews"]["sentiment"].to_numpy() > 0)


def fitted(reviews: pd.DataFrame, effort: str, seed: int) -> tuple[Reader, Encoder]:
    """A reader of these reviews, as the app would train it."""
    most, encoder = training.EFFORTS[effort][2], Encoder()
    some = reviews.iloc[np.random.default_rng(seed).permutation(len(reviews))[:most]]
    return training.fitted(encoder, some, effort, seed, _progress), encoder


def _progress(done: float, note: str) -> None:
    print(f"{done:4.0%} {note:40}", end="\r", flush=True)


def _joined(reviews: pd.DataFrame) -> list[str]:
    return [joined(*both) for both in zip(reviews["title"], reviews["body"], strict=True)]


def auc(positive: np.ndarray, score: np.ndarray) -> float:
    """Probability that a positive text has a higher score than one that is not."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(positive, score))


def _tell(figures: dict[str, Any], judged: dict[str, Judged]) -> None:
    print(f"{figures['reviews']:,} reviews learnt from in {figures['seconds']:.0f} s")
    print(f"{'AUC':28}{'texts':>8}{'Debut':>9}{'TF-IDF':>9}")
    for name, some in judged.items():
        peer = figures["auc_tfidf" if name == "recommend" else f"auc_tfidf_{name}"]
        print(f"{NAMES[name]:28}{len(some.texts):>8,}{figures[f'auc_{name}']:>9.4f}{peer:>9.4f}")


NAMES = {
    "recommend": "Reviews of unseen items",
    "titles": "Their titles alone",
    "first_sentence": "Their first sentence alone",
    "demo": "Household goods (demo shop)",
    "reviews_file": "The file",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reviews", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=CLOTHING, help="the women's clothing reviews")
    parser.add_argument("--reviews", type=Path, help="a CSV with the columns text and positive, to be judged as well")
    parser.add_argument("--validate", action="store_true", help="judge Clothing ID %% 5 == 1 instead of == 0")
    parser.add_argument("--effort", choices=training.EFFORTS, default="standard")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, help="so many reviews at most: a look, not a figure")
    parser.add_argument("--quick", action="store_true", help="without the demo shop")
    parser.add_argument("--json", type=Path, help="write the figures here")
    return parser


if __name__ == "__main__":
    main()
