"""A newer preference scorer, tried against the one in use on the newest launches: do their buyers stand first?

The error is one less the AUC of an item: how often somebody who did not buy it is ranked before a buyer. Where the
scorer in use has seen the newest launches it is stood in for by a twin that is as much older as it is now; twins are
trained briefly, both alike. A newer scorer is always trained from the start: it is calibrated on launches that it has
not seen, and the weights of the one in use have.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.accuracy.metrics import gap
from core.errors import NotReady
from core.history import History
from core.people import People
from core.preference import examples, measures, nearness, scorer, training
from core.preference.examples import Example
from core.preference.scorer import Scorer
from core.update.health import learnt_to
from core.update.trial import Change, Trial

if TYPE_CHECKING:
    from models.encoder import Encoder
    from models.training import Progress

__all__ = ["Known", "newer", "tried"]

MEASURE = "share of pairs ranked the wrong way round (1 - AUC)"
DAYS = 91  # of launches that both are asked about
BLOCK = 7  # days of launches that are described together


@dataclass(frozen=True)
class Known:
    """A shop as the scorer learns from it."""

    past: History
    people: People
    vectors: np.ndarray
    """(items, d)"""
    read: np.ndarray
    """(queries, d)"""

    def as_of(self, cut: date) -> "Known":
        """The same on the morning of a day."""
        rows = self.past.items["launch"].to_numpy() < self.past.day(cut)
        people = self.people.as_of(self.past, cut)
        place = {query: at for at, query in enumerate(self.people.queries)}
        asked = [place[query] for query in people.queries]
        return Known(self.past.as_of(cut), people, self.vectors[rows], self.read[asked])

    def launches(self, first: int, weeks: int) -> list[Example]:
        """Launches from a day on, described by what was known when their week began; queries only from before it."""
        words = nearness.sources(self.past, self.vectors, self.people.queries, self.read, first)
        return examples.examples(self.past, self.people, words, weeks, first, None, BLOCK)


def newer(
    folder: Path,
    encoder: "Encoder",
    active: tuple[str, Scorer, dict[str, Any]],
    target: Path,
    report: "Progress",
) -> tuple[dict[str, Any], Trial]:
    """Train a newer scorer into `target` from the snapshot in `folder` (see `preference.training`), and try one.

    Raises NotReady where nothing came since, or too few customers have bought launches.
    """
    name, _, summary = active
    past, people = History.load(folder / "history"), People.load(folder / "people")
    to = learnt_to(summary)
    if to is not None and past.end <= to:
        raise NotReady(f"{name} has learnt from all sales that are loaded, to {to:%-d %B %Y}. Load newer ones first.")
    known = Known(past, people, encoder.embed(past.items["text"].tolist()), encoder.embed(people.queries))
    trial = tried(known, active, lambda done, note: report(0.5 * done, note))
    made = training.train(
        folder, encoder, _effort(summary), _seed(summary), target,
        lambda done, note: report(0.5 + 0.48 * done, note),
    )  # fmt: skip
    return made, replace(trial, changes=_changes(summary, made["summary"]), data_to=past.end.isoformat())


def tried(
    known: Known, active: tuple[str, Scorer, dict[str, Any]], report: "Progress" = lambda done, note: None
) -> Trial:
    """The trial of a candidate; where too little is known it says so."""
    name, now, summary = active
    past, blank = known.past, Trial(name, MEASURE, "launches", "")
    to = learnt_to(summary)
    since = past.day(to) + 1 if to is not None else past.days
    last = past.days - 7 * now.weeks
    unseen = since + 7 * now.weeks + DAYS // 2 < last
    day = max(since + 7 * now.weeks, last - DAYS) if unseen else last - DAYS
    effort = _effort(summary) if unseen else "quick"
    try:
        cut = past.date_of(day)
        candidate = _fitted(known.as_of(cut), now, effort, summary, lambda done, note: report(0.45 * done, note))
        other = now
        if not unseen:
            older = known.as_of(cut - timedelta(days=max(past.days - since, 1)))
            other = _fitted(older, now, effort, summary, lambda done, note: report(0.45 + 0.45 * done, note))
    except NotReady as error:
        return replace(blank, how=error.message)
    report(0.9, "asking both about the newest launches")
    asked = known.launches(day, now.weeks)
    return _judged(replace(blank, how=_how(unseen, cut, name)), known, asked, (candidate, other))


def _fitted(known: Known, now: Scorer, effort: str, summary: dict[str, Any], report: "Progress") -> Scorer:
    recipe = replace(scorer.EFFORTS[effort], seed=_seed(summary))
    return scorer.fit(known.past, known.people, known.vectors, known.read, now.weeks, recipe, report)[0]


def _effort(summary: dict[str, Any]) -> str:
    effort = str(summary.get("settings", {}).get("effort"))
    return effort if effort in scorer.EFFORTS else "standard"


def _seed(summary: dict[str, Any]) -> int:
    return int(summary.get("settings", {}).get("seed", 0))


def _judged(trial: Trial, known: Known, asked: Sequence[Example], both: tuple[Scorer, Scorer]) -> Trial:
    """With the AUCs of the launches that enough customers have bought."""
    parts: list[measures.Judged] = [[_answer(one, known, example) for example in asked] for one in both]
    told = [measures.by_item(part) for part in parts]
    count = len(told[0])
    if not count:
        return trial
    errors = [1 - one["auc"].to_numpy(float) for one in told]
    difference, low, high = gap(errors[0] - errors[1], np.ones(count))
    return replace(
        trial, cases=count, candidate=float(errors[0].mean()), active=float(errors[1].mean()),
        difference=difference, low=low, high=high,
    )  # fmt: skip


def _answer(one: Scorer, known: Known, example: Example) -> tuple[np.ndarray, np.ndarray]:
    """(active, m) probabilities and purchases."""
    levels = one.level.of(scorer.numbers(known.past, known.vectors, example, one.weeks))
    assert example.moment.bought is not None
    bought = example.moment.bought.toarray() > 0
    return one.judge(example, levels)[example.memory.buyers], bought[example.memory.buyers]


def _how(unseen: bool, cut: date, name: str) -> str:
    launches = f"Launches from {cut:%-d %B %Y} on with {measures.FEWEST} buyers or more"
    if unseen:
        return f"{launches}, which {name} has not seen, were asked of it and of one that learnt up to that day."
    return (
        f"{launches} were asked of two stand-ins with the settings of {name}, which has seen some of them: one that "
        f"learnt up to that day, and one that is as much older as the scorer in use is now."
    )


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[Change, ...]:
    """What either says of itself, on the launches that it held out."""
    told = [one.get("figures", {}) for one in (before, after)]
    names = [name for name in told[1] if name in told[0] and math.isfinite(told[1][name])]
    return tuple(Change(f"{name}, of launches it held out", told[0][name], told[1][name], ".4f") for name in names)
