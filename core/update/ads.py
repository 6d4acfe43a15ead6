"""A newer ads response, tried against the one in use: who forecasts the last weeks better from the spend in them?

Both are learnt anew on the panel as it is, one up to those weeks and one up to where the version in use has learnt
(or, where that has seen them, as much further back): so they differ in what they know and in nothing else.
"""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from core.ads import beliefs as kept_beliefs
from core.ads import panel as panels
from core.ads.beliefs import Known
from core.ads.learning import learn
from core.ads.panel import FEWEST_WEEKS, Panel
from core.ads.response import Response
from core.errors import NotReady
from core.update.trial import Change, Trial, judged
from core.workspace import Workspace

if TYPE_CHECKING:
    from models.training import Progress

__all__ = ["changes", "tried"]

MEASURE = "error of a week (WAPE)"
WEEKS = 13
DRAWS, WARM, CHAINS = 100, 60, 2  # as for the fit out of time: a forecast needs no more
NAMED = 8


def tried(
    workspace: Workspace, name: str, learnt_to: date | None, report: "Progress" = lambda done, note: None
) -> Trial:
    """The trial of a response of the data as they are. name, learnt_to: of the version in use."""
    cursor, blank = workspace.cursor(), Trial(name, MEASURE, "weeks", "")
    try:
        panel, known = panels.read(cursor), kept_beliefs.read(cursor)
    except NotReady as error:
        return replace(blank, how=error.message)
    total = len(panel.weeks)
    since = 1 if learnt_to is None else int((panel.weeks > np.datetime64(learnt_to)).sum())
    behind = since if since >= 2 * WEEKS else WEEKS + max(since, 1)  # nearer ones would know next to the same
    if total - behind < FEWEST_WEEKS + WEEKS:
        return replace(blank, how="There are too few weeks of ads for a fair comparison.")
    report(0.1, "learning without the last weeks")
    candidate = _expected(panel, known, WEEKS)
    report(0.5, "learning as the one in use did")
    active = _expected(panel, known, behind)
    how = (
        f"The last {WEEKS} weeks were forecast from their spend by two fits: one of all weeks before, and one that "
        f"knows {behind - WEEKS} weeks less, as the one in use does beside the newest."
    )
    late = panel.units.sum(0)[-WEEKS:]
    return judged(replace(blank, how=how), late, candidate, active)


def changes(before: Response, after: Response) -> tuple[Change, ...]:
    """How the median return of each channel would move."""
    first, then = (dict(zip(one.channels, np.median(one.roi, axis=0), strict=True)) for one in (before, after))
    named = [name for name in after.channels if name in first][:NAMED]
    found = [Change(f"Return of {name}", float(first[name]), float(then[name])) for name in named]
    new = float(len(set(after.channels) - set(before.channels)))
    return (*found, Change("Channels that the one in use does not know", 0.0, new, ",.0f")) if new else tuple(found)


def _expected(panel: Panel, known: Known, unseen: int) -> np.ndarray:
    """(WEEKS,) units of the shop in the last weeks, by a fit that has not seen the last `unseen`."""
    learnt = learn(panel, known.beliefs, known.tests, draws=DRAWS, warm=WARM, chains=CHAINS, seed=0, unseen=unseen)
    return np.asarray(learnt.fitted.sum(0)[-WEEKS:])
