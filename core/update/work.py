"""The job of an update: a candidate for one kind of model, and how it did against the version in use.

It runs in a process of its own, on a copy of the shop (see `core.jobs.shop`). What it makes is taken in as a proposal;
where the shop's policy says so, one that won is put to use, which is told and written down.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import versions
from core.errors import NotReady
from core.jobs import shop
from core.jobs.tidy import DATA
from core.trainers import ModelKind
from core.update import news, pins, policy
from core.update.health import trained_to
from core.update.pins import FitKind
from core.update.trial import Trial
from core.update.verdicts import NAMES
from core.workspace import Workspace

if TYPE_CHECKING:
    from models.training import Progress

__all__ = ["AUTOMATIC", "VERSION", "made", "take_in", "work"]

VERSION = "version"
AUTOMATIC = "the update policy"
"""Who put a version to use, where nobody had to."""


def work(folder: Path, artifacts: Path, options: dict[str, Any], report: "Progress") -> dict[str, Any]:
    """Update `options["model"]` on the shop's copy in `folder`; model, version, summary and trial, as JSON holds them.

    Raises NotReady where none of the kind is in use, nothing came since, or too little is known.
    """
    with shop.opened(folder / DATA) as workspace:
        return made(workspace, options["model"], folder, report, automatic=bool(options.get("automatic")))


def made(
    workspace: Workspace, kind: ModelKind, folder: Path, report: "Progress", *, automatic: bool = False
) -> dict[str, Any]:
    """The same, of an open workspace; the candidate is written into `folder / VERSION`."""
    active = versions.active(workspace, kind)
    if active is None:
        raise NotReady(f"No version of the {NAMES[kind].lower()} is in use, so there is nothing to update.")
    result, trial = MAKERS[kind](workspace, active, folder, report)
    report(1.0, "done")
    kept = Trial.from_dict(trial.to_dict() | {"automatic": automatic})
    return {"model": kind, "version": result["version"], "summary": result["summary"], "trial": kept.to_dict()}


def take_in(workspace: Workspace, folder: Path, result: dict[str, Any]) -> None:
    """Register what an update has made as a proposal, and use it where the policy lets a winner be used.

    Whoever was killed in the midst of it may call it again: what was done is not done twice.
    """
    kind, name, trial = result["model"], result["version"], Trial.from_dict(result["trial"])
    target = versions.folder(workspace, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() and (folder / VERSION).exists():
        (folder / VERSION).rename(target)
    if not target.exists():  # taken in and deleted before that could be written down
        return
    _replaced(workspace, kind, name)
    tried = versions.tried(workspace, kind)
    known = dict(zip(tried["version"], tried["trial"], strict=True))
    if name not in known:
        versions.register(workspace, name, result["summary"], use=False, kind=kind, trial=trial.to_dict())
    elif Trial.from_dict(known[name]).state != "proposed":
        return
    rules, used = policy.read(workspace.cursor()), versions.active(workspace, kind)
    if rules.automatic and trial.wins(rules) and used in (trial.against, name):
        reason = f"won its trial: {trial.words}"
        versions.activate(workspace, name, AUTOMATIC, reason)
        news.tell(workspace, f"{NAMES[kind]}: {name} is in use. {trial.words} Go back on the Model page.")
        versions.keep_trial(workspace, name, trial.decided("used", AUTOMATIC, reason).to_dict())
    else:
        news.tell(workspace, f"{NAMES[kind]}: a newer version is proposed on the Model page. {trial.words}")


def _replaced(workspace: Workspace, kind: ModelKind, by: str) -> None:
    """Close the proposals of a kind that nobody has decided about."""
    for version, trial in versions.tried(workspace, kind)[["version", "trial"]].itertuples(index=False):
        known = Trial.from_dict(trial)
        if known.state == "proposed" and version != by:
            versions.keep_trial(workspace, version, known.decided("replaced", "", f"{by} came after it").to_dict())


def _demand(workspace: Workspace, active: str, folder: Path, report: "Progress") -> tuple[dict[str, Any], Trial]:
    from core import history as histories
    from core.update import demand
    from core.update.health import sheet_of
    from models.encoder import Encoder

    known = versions.load(workspace, active)
    encoder = Encoder(known.settings.encoder, workspace.artifacts / "embeddings")
    cursor = workspace.cursor()
    past, using = histories.read(cursor), (active, known, _summary(workspace, active, "demand"))
    return demand.newer(past, sheet_of(cursor), encoder, using, folder / VERSION, report)


def _preference(workspace: Workspace, active: str, folder: Path, report: "Progress") -> tuple[dict[str, Any], Trial]:
    from core.preference import training
    from core.preference.scorer import Scorer
    from core.update import preference
    from models import versions as folders
    from models.encoder import Encoder

    known = Scorer.restored(folders.load(versions.folder(workspace, active)))
    data = folder / f"{VERSION}-people"
    data.mkdir(parents=True, exist_ok=True)
    try:
        training.snapshot(workspace.cursor(), data)
        encoder = Encoder(cache=workspace.artifacts / "embeddings")
        using = (active, known, _summary(workspace, active, "preference"))
        return preference.newer(data, encoder, using, folder / VERSION, report)
    finally:
        shutil.rmtree(data, ignore_errors=True)  # what customers did is not to lie about


def _prices(workspace: Workspace, active: str, folder: Path, report: "Progress") -> tuple[dict[str, Any], Trial]:
    from core.prices import fitted
    from core.pricing import Responses
    from core.update import prices

    to = _must_be_newer(workspace, active, "prices")
    trial = prices.tried(workspace, active, to, lambda done, note: report(0.6 * done, note))
    report(0.7, "learning on all sales")
    fit = fitted.fresh(workspace)
    before = fitted.responses(workspace)
    return _fitted(workspace, "prices", fit, folder), _changed(
        workspace, trial, prices.changes(before, Responses.load(fit))
    )


def _ads(workspace: Workspace, active: str, folder: Path, report: "Progress") -> tuple[dict[str, Any], Trial]:
    from core.ads import response
    from core.ads.response import Response
    from core.update import ads

    to = _must_be_newer(workspace, active, "ads")
    trial = ads.tried(workspace, active, to, lambda done, note: report(0.6 * done, note))
    report(0.7, "learning on all weeks")
    fit = response.fresh(workspace)
    before = Response.load(versions.folder(workspace, active))
    return _fitted(workspace, "ads", fit, folder), _changed(workspace, trial, ads.changes(before, Response.load(fit)))


def _must_be_newer(workspace: Workspace, active: str, kind: FitKind) -> Any:  # noqa: ANN401  (a date or None)
    """Last day that the fit in use has learnt from. Raises NotReady where no sales came since."""
    to, last = trained_to(_summary(workspace, active, kind)), pins.last_day(workspace)
    if to is not None and last is not None and last <= to and pins.held(workspace, kind) is not None:
        raise NotReady(f"{active} has learnt from all sales that are loaded, to {to:%-d %B %Y}. Load newer ones first.")
    return to


def _fitted(workspace: Workspace, kind: FitKind, fit: Path, folder: Path) -> dict[str, Any]:
    summary = pins.written(workspace, kind, fit, folder / VERSION)
    return {"version": pins.name_of(workspace, kind), "summary": summary}


def _changed(workspace: Workspace, trial: Trial, changes: Any) -> Trial:  # noqa: ANN401
    last = pins.last_day(workspace)
    return Trial.from_dict(
        trial.to_dict() | {"changes": [vars(one) for one in changes], "data_to": last.isoformat() if last else ""}
    )


def _summary(workspace: Workspace, version: str, kind: ModelKind) -> dict[str, Any]:
    known = versions.listed(workspace, kind).set_index("version")["summary"]
    found: dict[str, Any] = known[version]
    return found


Maker = Callable[[Workspace, str, Path, "Progress"], tuple[dict[str, Any], Trial]]
MAKERS: dict[str, Maker] = {"demand": _demand, "preference": _preference, "prices": _prices, "ads": _ads}
