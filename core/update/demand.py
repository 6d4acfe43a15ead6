"""A newer forecaster: trained on from the one in use, and tried against it on the newest launches.

Where enough launches came since the version in use was trained, it is asked about those itself, beside a candidate
that goes on from it with what was known in between: neither has learnt from them. Else both stand-ins: twins with its
settings, one trained to the day before the launches tested, one as much earlier as the version in use is older than
the data. Their encoder stays as it came, since fine-tuning three times would take three times as long.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core import demand, like_items, training
from core import history as histories
from core.demand import Forecaster
from core.errors import NotReady
from core.forecast import base_demand
from core.forecast.base_demand import BaseDemand
from core.history import History
from core.update.health import trained_to
from core.update.trial import FEWEST, Change, Trial, judged

if TYPE_CHECKING:
    from models.encoder import Encoder
    from models.training import Progress

__all__ = ["Cut", "cut_for", "newer", "start_of", "tried"]

MEASURE = "error of a launch (WAPE)"


@dataclass(frozen=True)
class Cut:
    """Which launches both are asked about."""

    day: int
    """The first that is not known."""
    rows: np.ndarray
    """Of the history."""
    unseen: bool
    """Whether the version in use has not seen them."""


def newer(
    past: History,
    sheet: pd.DataFrame,
    encoder: "Encoder",
    active: tuple[str, Forecaster, dict[str, Any]],
    folder: Path,
    report: "Progress",
) -> tuple[dict[str, Any], Trial]:
    """Train a newer version into `folder`: what `training.train` returns, and its trial.

    active: name, forecaster and summary of the version in use. sheet: text and price of the new items. Raises
    NotReady where nothing came since, or too little is known.
    """
    name, known, summary = active
    to = trained_to(summary)
    if to is not None and past.end <= to and training.data_hash(past) == summary.get("data"):
        raise NotReady(f"{name} has learnt from all sales that are loaded, to {to:%-d %B %Y}. Load newer ones first.")
    start = start_of(known, past, summary)
    report(0.02, "trying it on the newest launches")
    trial = tried(past, encoder, active, start, lambda done, note: report(0.02 + 0.45 * done, note))
    made = training.train(
        past, encoder, known.settings, folder, lambda done, note: report(0.5 + 0.48 * done, note),
        start=(name, start) if start is not None else None,
    )  # fmt: skip
    report(0.98, "comparing the forecasts of the new items")
    changes = _changes(past, sheet, encoder, known, _restored(folder))
    return made, replace(trial, changes=changes, data_to=past.end.isoformat())


def start_of(known: Forecaster, past: History, summary: dict[str, Any]) -> BaseDemand | None:
    """The base demand to go on from; None where it is not known which reader has seen which item.

    An older Debut did not keep it; it is drawn again where the items of that day are as many as there were.
    """
    base = known.base
    if base.folds:
        return base
    to = trained_to(summary)
    if to is None or past.day(to) + 1 <= histories.WARM_UP_DAYS or past.end < to:
        return None
    then = past.as_of(to + timedelta(days=1)).items["product_id"].tolist()
    if len(then) != summary.get("items") or not set(known.learnt) <= set(then):
        return None
    return replace(base, folds=base_demand.folds(then, known.settings.schedule.seed))


def tried(
    past: History,
    encoder: "Encoder",
    active: tuple[str, Forecaster, dict[str, Any]],
    start: BaseDemand | None,
    report: "Progress" = lambda done, note: None,
) -> Trial:
    """The trial of a candidate; without enough launches it says so."""
    name, known, summary = active
    to = trained_to(summary) or past.end
    blank = Trial(name, MEASURE, "launches", "")
    try:
        cut = cut_for(past, known.settings.weeks, past.day(to) + 1)
        candidate, other = _sides(past, encoder, known, start, cut, past.day(to) + 1, report)
    except NotReady as error:
        return replace(blank, how=error.message)
    report(0.9, "forecasting the newest launches")
    true = past.curves(cut.rows, known.settings.weeks).sum(1)
    before = past.as_of(past.date_of(cut.day))
    mine, theirs = (_asked(one, past, before, encoder, cut.rows) for one in (candidate, other))
    found = judged(replace(blank, how=_how(cut, past, name)), true, mine[:, 1], theirs[:, 1])
    inside = [float(((true >= one[:, 0]) & (true <= one[:, 2])).mean()) for one in (mine, theirs)]
    return replace(found, coverage=inside[0], active_coverage=inside[1])


def cut_for(past: History, weeks: int, since: int) -> Cut:
    """The cut that leaves most to learn from and to be asked about. since: first day that the version in use has
    not seen. Raises NotReady where launches lie too close together."""
    rows = past.launches(weeks)
    launch = past.items["launch"].to_numpy()[rows]
    new = launch[launch >= since]
    closed = [min(int((new + 7 * weeks <= day).sum()), int((new >= day).sum())) for day in new]
    if closed and max(closed) >= FEWEST:
        day = int(new[int(np.argmax(closed))])
        return Cut(day, rows[launch >= day], unseen=True)
    before, late = demand.split(past, rows, weeks)
    return Cut(before.days, late, unseen=False)


def _sides(
    past: History,
    encoder: "Encoder",
    known: Forecaster,
    start: BaseDemand | None,
    cut: Cut,
    since: int,
    report: "Progress",
) -> tuple[Forecaster, Forecaster]:
    """Candidate and active, both without the launches tested."""
    before = past.as_of(past.date_of(cut.day))
    if cut.unseen:
        return demand.calibrated(before, encoder, known.settings, report, start=start), known
    frozen = replace(known.settings, adapter="frozen")
    candidate = demand.calibrated(before, encoder, frozen, lambda done, note: report(0.45 * done, note))
    older = past.date_of(cut.day - max(past.days - since, 1))
    other = demand.calibrated(
        _enough(past.as_of(older), frozen.weeks), encoder, frozen, lambda done, note: report(0.45 + 0.45 * done, note)
    )
    return candidate, other


def _enough(past: History, weeks: int) -> History:
    """The same; raises NotReady where a twin would have too little to learn from."""
    count = len(past.launches(weeks))
    if count < demand.FEWEST_LAUNCHES // 2:
        raise NotReady(f"Only {count} launches lie far enough back for a fair comparison with the version in use.")
    return past


def _asked(one: Forecaster, past: History, before: History, encoder: "Encoder", rows: np.ndarray) -> np.ndarray:
    """(n, 3) quantiles of launches, as known before all of them."""
    items = past.items.iloc[rows]
    texts = items["text"].tolist()
    query = like_items.new_query(
        before,
        encoder.embed(texts),
        items["price"].to_numpy(float),
        items["launch"].to_numpy(),
        items["product_id"].to_numpy(),
    )
    return one.forecast(before, encoder, texts, query).quantiles[:, -1]


def _how(cut: Cut, past: History, name: str) -> str:
    when: date = past.date_of(cut.day)
    launches = f"The {len(cut.rows):,} launches from {when:%-d %B %Y} on"
    if cut.unseen:
        return f"{launches}, which {name} has not seen, were forecast by it and by one that learnt up to that day."
    return (
        f"{launches} were forecast by two stand-ins with the settings of {name}, which has seen them itself: one that "
        "learnt up to that day, and one that is as much older as the version in use is now."
    )


def _changes(
    past: History, sheet: pd.DataFrame, encoder: "Encoder", known: Forecaster, made: Forecaster
) -> tuple[Change, ...]:
    """What the new version knows and expects."""
    found = [
        Change("Launches learnt from", known.launches, made.launches, ",.0f"),
        Change("Units of a typical launch", known.typical, made.typical, ",.0f"),
    ]
    if len(sheet):
        texts, count = sheet["text"].tolist(), len(sheet)
        ones = np.ones(count, dtype=int)
        query = like_items.new_query(
            past, encoder.embed(texts), sheet["price"].to_numpy(float), past.days * ones, sheet["item_id"].to_numpy()
        )
        told = [one.forecast(past, encoder, texts, query).quantiles[:, -1] for one in (known, made)]
        middle = [float(one[:, 1].sum()) for one in told]
        wide = [float(np.median((one[:, 2] - one[:, 0]) / np.maximum(one[:, 1], 1))) for one in told]
        found.append(Change("Median units of the new items, launched now", middle[0], middle[1], ",.0f"))
        found.append(Change("Width of their likely ranges, beside the median", wide[0], wide[1], ".2f"))
    return tuple(found)


def _restored(folder: Path) -> Forecaster:
    from models import versions as folders

    return Forecaster.restored(folders.load(folder))
