"""What was read out of texts, kept by the text: sentiment of reviews and of their sentences, and what these are about.

The training of a version writes what it reads out of every review into the version's folder; texts that come later
are read when a page first needs them and kept beside it. A text that was read once is never read again.

    key          hash of the text
    stars        expected, 1 to 5; NaN where no reader is trained
    recommended  probability; NaN likewise
    aspect       of a sentence; '' of a whole review
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core import versions
from core.errors import DebutError, NotReady
from core.reviews import aspects
from core.workspace import Workspace
from models.snippets import sentences
from models.stars import Labels
from models.training import Progress

if TYPE_CHECKING:
    from models.encoder import Encoder
    from models.sentiment import Reader

__all__ = ["BY_RATING", "BY_TEXT", "FILE", "MOST_READ", "load_reader", "made", "said", "scored"]

FILE = "readings.parquet"
COLUMNS = ["stars", "recommended", "aspect"]
MOST_READ = 50_000  # reviews, the latest: older ones go by their ratings, as reading a million would take hours
INSTEAD = "Train again on the Reviews page, or use another version."
BY_TEXT, BY_RATING = "text", "rating"
"""What told the sentiment of a review."""
_writing = threading.Lock()  # visitors of the same shop read different items at once


def scored(workspace: Workspace, reviews: pd.DataFrame, version: str | None) -> pd.DataFrame:
    """The reviews with sentiment (-1 to 1) and recommend (0 to 1), NaN where nothing tells, and by (what told it).

    version: the reader in use; None goes by the ratings. Raises NotReady where the version cannot be used.
    """
    stars = reviews["rating"].to_numpy(dtype=float, copy=True)
    recommend = Labels(stars, reviews["recommended"].to_numpy(dtype=float)).positive.copy()
    by = np.where(np.isnan(stars), "", BY_RATING).astype(object)
    if version is not None:
        rows = _read(reviews)
        found = _known(workspace, version, reviews["text"].iloc[rows].tolist(), whole=True)
        stars[rows], recommend[rows], by[rows] = found["stars"], found["recommended"], BY_TEXT
    return reviews.assign(sentiment=_sentiment(stars), recommend=recommend, by=by)


def said(workspace: Workspace, scores: pd.DataFrame, version: str | None) -> pd.DataFrame:
    """One row a sentence: review, product_id, sentence, sentiment, aspect. scores: some reviews as `scored` gives them.

    Where no reader is trained a sentence is taken to feel like its whole review.
    """
    parts = [sentences(text, turns=True) for text in scores["text"]]
    rows = np.repeat(np.arange(len(scores)), [len(part) for part in parts])
    texts = [text for part in parts for text in part]
    found = _known(workspace, version, texts, whole=False)
    felt = scores["sentiment"].to_numpy()[rows] if version is None else _sentiment(found["stars"].to_numpy())
    frame = scores[["review", "product_id"]].iloc[rows].reset_index(drop=True)
    return frame.assign(sentence=texts, sentiment=felt, aspect=found["aspect"].to_numpy())


def made(
    encoder: "Encoder",
    reader: "Reader | None",
    texts: list[str],
    *,
    whole: bool,
    report: Progress = lambda done, note: None,
) -> pd.DataFrame:
    """Read texts: a frame by key. whole: they are whole reviews, which are about nothing single."""
    frame = pd.DataFrame({"text": list(dict.fromkeys(texts))}, dtype=object)
    plain = frame["text"].tolist()
    if reader is not None and plain:
        opinions = reader.read(encoder, plain, report)
        frame = frame.assign(stars=opinions.stars, recommended=opinions.recommended)
    else:
        frame = frame.assign(stars=np.nan, recommended=np.nan)
    frame["aspect"] = "" if whole else aspects.of(encoder, plain, encoder.computed(plain) if plain else None)
    return frame.drop(columns="text").set_index(_keys(plain))


def load_reader(workspace: Workspace, version: str, encoder: "Encoder") -> "Reader":
    """The reader of a version. Raises NotReady where its folder is missing or damaged."""
    from models import versions as folders
    from models.errors import ModelError
    from models.sentiment import Reader

    try:
        return Reader.restored(folders.load(versions.folder(workspace, version)), encoder)
    except (ModelError, DebutError) as error:
        raise NotReady(f"{str(error).rstrip('.')}. {INSTEAD}") from error


def _sentiment(stars: np.ndarray) -> np.ndarray:
    """-1 (one star) to 1 (five)."""
    return (stars - 3) / 2


def _read(reviews: pd.DataFrame) -> np.ndarray:
    """Rows of the reviews that are read: the latest with a text."""
    return np.flatnonzero((reviews["text"] != "").to_numpy())[-MOST_READ:]


def _known(workspace: Workspace, version: str | None, texts: list[str], *, whole: bool) -> pd.DataFrame:
    """(texts, COLUMNS): what is kept, and what is new is read and kept."""
    keys = _keys(texts)
    kept = _kept(workspace, version)
    kept = kept[(kept["aspect"] == "") == whole]
    new = ~keys.isin(kept.index)
    if new.any():
        from models.encoder import Encoder

        encoder = Encoder(cache=workspace.artifacts / "embeddings")
        reader = None if version is None else load_reader(workspace, version, encoder)
        fresh = made(encoder, reader, [text for text, one in zip(texts, new, strict=True) if one], whole=whole)
        _keep(workspace, version, fresh)
        kept = pd.concat([kept, fresh])
    return kept.loc[keys, COLUMNS].reset_index(drop=True)


def _kept(workspace: Workspace, version: str | None) -> pd.DataFrame:
    own = [] if version is None else [versions.folder(workspace, version) / FILE]
    found = [_file(path) for path in (*own, _beside(workspace, version))]
    both = pd.concat([one for one in found if len(one)] or found[:1])
    twice = pd.DataFrame({"key": both.index, "whole": (both["aspect"] == "").to_numpy()}).duplicated()
    return both[~twice.to_numpy()]


def _keep(workspace: Workspace, version: str | None, fresh: pd.DataFrame) -> None:
    """Add to the file beside the version; written under another name and renamed, so that a reader sees it whole."""
    path = _beside(workspace, version)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with _writing:
        before = _file(path)
        (pd.concat([before, fresh]) if len(before) else fresh).to_parquet(part)
        part.replace(path)


def _beside(workspace: Workspace, version: str | None) -> Path:
    return workspace.artifacts / "reviews" / f"{version or 'ratings'}.parquet"


def _file(path: Path) -> pd.DataFrame:
    """A kept file; a damaged or missing one is empty, and its texts are read anew."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError):
        none = pd.DataFrame({"stars": [], "recommended": [], "aspect": pd.Series([], dtype=object)})
        return none.set_index(pd.Index([], dtype="uint64", name="key"))


def _keys(texts: list[str]) -> pd.Index:
    return pd.Index(pd.util.hash_array(np.array(texts, dtype=object), categorize=False), name="key")
