"""Words to try in a wording: what fits the gap in this shop's language, and what the segment buys more than others.

What fits is told by two experts whose probabilities are multiplied: the masked-language head, which reads the whole
wording, and the counts of who stands beside whom in the shop's titles. Each knows only words of these titles. What
fits is then weighed with the lift: how much more often the word stands in what the segment buys.

Brings torch along: import it where it is needed, not at the top of a page.
"""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.concepts.brief import Brief
from core.concepts.groups import EVERYBODY, Groups
from core.concepts.judges import Judges
from core.concepts.places import Place
from core.concepts.variants import log_odds
from core.concepts.vocabulary import Company, Vocabulary, company, split, vocabulary
from core.errors import NotReady
from core.history import History
from models import masked, versions
from models.encoder import Encoder
from models.errors import VersionError
from models.masked import Gap, Masked

__all__ = ["FEWEST_WORDS", "Suggester", "examples", "judged", "suggester"]

FORMAT = 1
FEWEST_WORDS = 20  # in the vocabulary, for a suggestion to be more than chance
MOST_EXAMPLES = 8000  # gaps to learn from: seconds to learn, and titles come first
SHARE = 0.6  # of its log-probability that each expert gives: they know much of the same, and 1 would be too sure
KEPT = 2  # heads on disk: of the latest states of the titles
PURCHASES = 50.0  # of the shop's own mixture that each segment starts with


@dataclass(frozen=True)
class Suggester:
    """The shop's words, and who knows which of them fits."""

    vocabulary: Vocabulary
    masked: Masked
    company: Company
    encoder: Encoder

    def fit(self, text: str, place: Place) -> np.ndarray:
        """(V,) log-probability of each word in a place of a text."""
        left, right = place.neighbours(text)
        read = self.masked.log_probabilities(self.encoder, [(text[: place.first], text[place.last :])])[0]
        return self.joined(read, self.company.log_probabilities(left, right))

    def joined(self, read: np.ndarray, beside: np.ndarray) -> np.ndarray:
        """(V,) log-probabilities of both experts together."""
        both = SHARE * (read + beside)
        return np.asarray(both - np.logaddexp.reduce(both))

    def lift(self, groups: Groups, segment: str) -> np.ndarray:
        """(V,) how many times as often a word stands in what a segment bought in a year as in what all bought.

        Of everybody: as in what is on offer. Drawn towards 1 as long as the segment bought little.
        """
        held = self.vocabulary.titles
        ours = held.T @ groups.customers.purchases(groups.members(segment))
        everybody = np.ones(len(groups.labels), dtype=bool)
        usual = held.sum(0).A1 if segment == EVERYBODY else held.T @ groups.customers.purchases(everybody)
        share = (usual + 1e-9) / (usual.sum() + 1e-9 * len(usual))
        return np.asarray((ours + PURCHASES * share) / (ours.sum() + PURCHASES) / share)

    def ranked(self, text: str, place: Place, count: int, groups: Groups | None, segment: str) -> pd.DataFrame:
        """word, fits (probability), lift, text (with the word in its place): the best by fits x lift.

        Words that the text has already, and those that say nothing of a thing, are left out.
        """
        log_fit = self.fit(text, place)
        lift = np.ones(len(log_fit)) if groups is None else self.lift(groups, segment)
        score = np.where(self.vocabulary.telling, log_fit + np.log(lift), -np.inf)
        score[
            [self.vocabulary.place[word.name] for word in split(text) if word.name in self.vocabulary.place]
        ] = -np.inf
        best = [at for at in np.argsort(-score, kind="stable")[:count] if np.isfinite(score[at])]
        words = [self.vocabulary.words[at] for at in best]
        filled = [place.filled(text, word) for word in words]
        return pd.DataFrame({"word": words, "fits": np.exp(log_fit[best]), "lift": lift[best], "text": filled})


def suggester(
    past: History, encoder: Encoder, artifacts: Path, report: Callable[[float], None] = lambda done: None
) -> Suggester:
    """Learn the words of a shop, or take up what was learnt of the same titles before.

    Raises NotReady where the titles have too few words that stand in several of them.
    """
    titles, texts = (past.items[name].fillna("").tolist() for name in ("title", "text"))
    words = vocabulary(titles)
    if len(words.words) < FEWEST_WORDS:
        raise NotReady("The titles of this shop share too few words to suggest any. Load more items with titles.")
    folder = artifacts / "words" / _key(encoder, texts)
    try:
        known = masked.restored(versions.load(folder))
        if known.words != words.words:
            raise VersionError("The words are others")
    except VersionError:
        gaps, answers = examples(titles, texts, words.words)
        known = masked.fit(encoder, gaps, answers, words.words, report=report)
        versions.save(known.parts(), folder)
        _tidied(folder.parent)
    return Suggester(words, known, company(titles, words.words), encoder)


def judged(judges: Judges, known: Suggester, wording: str, place: Place, count: int, brief: Brief) -> pd.DataFrame:
    """The best words for a place of a wording, see `ranked`, and by which share each moves preference and mean units.

    place: in the words that are varied, see `Brief.apart`. `text` is the whole wording. NaN where nobody can tell.
    """
    varied, _ = brief.apart(wording)
    found = known.ranked(varied, place, count, brief.groups, brief.segment)
    _, bar, tail = wording.partition("|") if brief.kind == "title" else (wording, "", "")
    found["text"] = [f"{text} {bar}{tail}".strip() for text in found["text"]]
    found[["preference_change", "units_change"]] = np.nan
    texts = brief.texts([wording, *found["text"]])
    if judges.panel is not None and brief.groups is not None:
        odds = log_odds(brief.of_segment(judges.wanted(texts, brief)[0]))
        found["preference_change"] = np.exp(odds[1:] - odds[0]) - 1
    if judges.forecaster is not None:
        mean = judges.sold(texts, brief).mean
        found["units_change"] = (1 + mean[1:]) / (1 + mean[0]) - 1
    return found


def examples(titles: list[str], texts: list[str], words: list[str], seed: int = 0) -> tuple[list[Gap], np.ndarray]:
    """Gaps to learn from, and which word stood in each: every word of the titles, then some of the descriptions.

    texts: as `history.item_text` writes them, beginning with the title.
    """
    place = {word: at for at, word in enumerate(words)}
    random = np.random.default_rng(seed)
    further = [text[len(title) :] for title, text in zip(titles, texts, strict=True) if text.startswith(title)]
    sentences = [part for text in further for part in text.split(". ") if part.strip()]
    gaps: list[Gap] = []
    answers: list[int] = []
    for some in (titles, sentences):
        whole = dict.fromkeys(some)  # each once
        found = [(text, word) for text in whole for word in split(text) if word.name in place]
        left = max(0, MOST_EXAMPLES - len(gaps))
        for at in np.sort(random.permutation(len(found))[:left]):
            text, word = found[at]
            gaps.append((text[: word.first], text[word.last :]))
            answers.append(place[word.name])
    return gaps, np.array(answers, dtype=np.int64)


def _key(encoder: Encoder, texts: list[str]) -> str:
    told = "\n".join([str(FORMAT), encoder.key, *texts])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _tidied(folder: Path) -> None:
    """Only the latest heads stay; a half-written one is none."""
    made = sorted((path for path in folder.iterdir() if path.suffix != ".part"), key=lambda one: one.stat().st_mtime)
    for old in made[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
