"""Keeping the models right, as pages use it: what to think of each, newer ones proposed, and the way back.

verdicts     is each model still good; `check` looks at the forecaster anew
begin, due   ask for an update, by hand or as the shop's schedule says
proposals    newer versions and how they did against those in use; `accept` or `decline` them
back         use the version of before again, one click; `history` says who put what to use, when and why
"""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from core import jobs, versions
from core.errors import DebutError, NotReady
from core.trainers import ModelKind
from core.update import health, news, pins, policy
from core.update.policy import Policy
from core.update.stamps import UPDATED, MadeWith, made_with
from core.update.trial import Trial
from core.update.verdicts import NAMES, Sign, Verdict, of_age, of_demand
from core.workspace import Workspace

__all__ = [
    "NAMES",
    "UPDATED",
    "MadeWith",
    "Policy",
    "Proposal",
    "Verdict",
    "accept",
    "back",
    "begin",
    "begin_due",
    "check",
    "decline",
    "due",
    "follow",
    "heard",
    "history",
    "keep",
    "keep_policy",
    "made_with",
    "policy_of",
    "proposals",
    "run",
    "take_due",
    "under_way",
    "verdicts",
]

_one_at_a_time = threading.RLock()
"""The process that has a shop open is its only one, so that a lock of it keeps two windows apart."""


@dataclass(frozen=True)
class Proposal:
    """A newer version that nobody has decided about."""

    kind: ModelKind
    version: str
    made_at: datetime
    summary: dict[str, Any]
    trial: Trial


def verdicts(workspace: Workspace) -> list[Verdict]:
    """One of each kind that is in use; quick, from what was found last. Without a forecaster the list says so."""
    last = pins.last_day(workspace)
    today = (last or date.min) + timedelta(days=1)
    found = [_of_demand(workspace, today)]
    for kind in UPDATED[1:]:
        row = _in_use(workspace, kind)
        if row is not None:
            to = health.learnt_to(row["summary"])
            found.append(of_age(kind, to, today, _signs(workspace, kind)))
    return found


def check(workspace: Workspace) -> Verdict:
    """Of the forecaster in use, on the data as they are; takes seconds where it was not looked at before.

    Raises NotReady without a forecaster, or without sales.
    """
    found = health.health(workspace)
    return of_demand(found, found.until + timedelta(days=1))


def _of_demand(workspace: Workspace, today: date) -> Verdict:
    row = _in_use(workspace, "demand")
    if row is None:
        return Verdict("demand", f"{NAMES['demand']}: none is in use. Fine-tune one on the Model page.", "act")
    known = health.latest(workspace)
    if known is not None:
        return of_demand(known, today, _signs(workspace, "demand"))
    return of_age("demand", health.learnt_to(row["summary"]), today, _signs(workspace, "demand"))


def _signs(workspace: Workspace, kind: ModelKind) -> list[Sign]:
    """What else is known of a kind: a proposal that waits."""
    waiting = [one for one in proposals(workspace) if one.kind == kind]
    return [Sign("look", f"A newer version waits for a decision. {one.trial.words}") for one in waiting]


def _in_use(workspace: Workspace, kind: ModelKind) -> "pd.Series[Any] | None":
    known = versions.listed(workspace, kind)
    used = known[known["active"]]
    return None if used.empty else used.iloc[0]


def policy_of(workspace: Workspace) -> Policy:
    """What the shop has set about updates."""
    return policy.read(workspace.cursor())


def keep_policy(workspace: Workspace, wanted: Policy) -> None:
    """Set it. Raises DebutError on a value that makes no sense."""
    policy.keep(workspace, wanted)


def begin(workspace: Workspace, kind: ModelKind, *, automatic: bool = False) -> jobs.Job:
    """Ask for an update of a model. Raises NotReady where none is in use, DebutError where one is on its way."""
    _must_be_in_use(workspace, kind)
    _must_be_older(workspace, kind)
    with _one_at_a_time:
        if kind in under_way(workspace):
            raise DebutError(f"An update of the {NAMES[kind].lower()} is on its way already.")
        return jobs.start(workspace, "update", {}, model=kind, automatic=automatic, about=NAMES[kind])


def _must_be_in_use(workspace: Workspace, kind: ModelKind) -> None:
    """Raises DebutError for a kind that is not updated, NotReady where none of it is in use."""
    if kind not in UPDATED:
        raise DebutError(f"The {NAMES[kind].lower()} is not updated: train it anew.")
    if versions.active(workspace, kind) is None:
        follows = kind in pins.FIT_KINDS
        raise NotReady(
            f"The {NAMES[kind].lower()} follows the data by itself until a plan is approved."
            if follows
            else f"No {NAMES[kind].lower()} is in use yet. Train one first."
        )


def _must_be_older(workspace: Workspace, kind: ModelKind) -> None:
    """Raises NotReady where nothing came since the version in use; of the forecaster only its job can tell."""
    row, last = _in_use(workspace, kind), pins.last_day(workspace)
    to = None if row is None else health.learnt_to(row["summary"])
    told_more = any(one == kind and pins.held(workspace, one) is None for one in pins.FIT_KINDS)
    if kind != "demand" and to is not None and last is not None and last <= to and not told_more:
        raise NotReady(f"It has learnt from all sales that are loaded, to {to:%-d %B %Y}. Load newer ones first.")


def run(
    workspace: Workspace,
    kind: ModelKind,
    report: Callable[[float, str], None] = lambda done, note: None,
    *,
    automatic: bool = False,
) -> Trial:
    """Update a model in this process, as the terminal does; how the newer one did. Raises NotReady as `begin`."""
    from core.update import work

    _must_be_in_use(workspace, kind)
    with tempfile.TemporaryDirectory(dir=workspace.artifacts) as folder:
        result = work.made(workspace, kind, Path(folder), report, automatic=automatic)
        work.take_in(workspace, Path(folder), result)
    return Trial.from_dict(result["trial"])


def under_way(workspace: Workspace) -> set[str]:
    """Kinds of which an update is at work or waits."""
    return {
        str(job.options.get("model"))
        for job in jobs.listed(workspace)
        if job.kind == "update" and job.state in ("waiting", "running")
    }


def due(workspace: Workspace) -> list[ModelKind]:
    """Kinds that the schedule asks to update; quick, and empty where there is none."""
    rules = policy.read(workspace.cursor())
    if rules.schedule == "never":
        return []
    last = pins.last_day(workspace)
    if last is None:
        return []
    tried, busy = policy.tried(workspace.cursor()), under_way(workspace)
    found: list[ModelKind] = []
    for kind in UPDATED:
        row = _in_use(workspace, kind)
        if row is None or kind in busy:
            continue
        known = [day for day in (health.learnt_to(row["summary"]), tried.get(kind)) if day is not None]
        since = max(known, default=None)
        if policy.is_due(rules, since, last, _closed(workspace, row["summary"], since, last)):
            found.append(kind)
    return found


def take_due(workspace: Workspace) -> list[ModelKind]:
    """What is due, which from now on counts as tried on these data: one that fails is not asked again at once.

    Of two windows that ask in the same moment one is given it, the other nothing.
    """
    with _one_at_a_time:
        asked, last = due(workspace), pins.last_day(workspace)
        if asked and last is not None:
            policy.tried_at(workspace, dict.fromkeys(asked, last))
    return asked


def begin_due(workspace: Workspace) -> list[str]:
    """Start what is due, each once for a state of the data; what was started, in words.

    Nothing is said of a kind whose update somebody has begun by hand meanwhile.
    """
    begun = []
    for kind in take_due(workspace):
        if kind in under_way(workspace):
            continue
        try:
            begin(workspace, kind, automatic=True)
        except DebutError as error:
            if kind not in under_way(workspace):
                begun.append(f"{NAMES[kind]}: the scheduled update could not start. {error.message}")
        else:
            begun.append(f"{NAMES[kind]}: the scheduled update has started.")
    return begun


def _closed(workspace: Workspace, summary: dict[str, Any], since: date | None, last: date) -> int:
    """Launches whose window has closed since a day."""
    weeks = int(summary.get("settings", {}).get("weeks", 8))
    query = """SELECT count(*) FROM catalogue
               WHERE coalesce(least(launch_date, first_sale), first_sale) + ?::INTEGER BETWEEN ?::DATE + 1 AND ?"""
    row = workspace.cursor().execute(query, [7 * weeks, since or date(1900, 1, 1), last]).fetchone()
    return int(row[0]) if row else 0


def proposals(workspace: Workspace) -> list[Proposal]:
    """Newer versions that wait for a decision, the latest first."""
    found = []
    for row in versions.tried(workspace).itertuples(index=False):
        trial = Trial.from_dict(row.trial)  # type: ignore[arg-type]
        if trial.state == "proposed" and not row.active:
            made = pd.Timestamp(str(row.created_at)).to_pydatetime()
            found.append(Proposal(row.kind, str(row.version), made, row.summary, trial))  # type: ignore[arg-type]
    return found


def accept(workspace: Workspace, version: str, who: str = "") -> None:
    """Use a proposal. Raises DebutError where it is there no more, or somebody has decided already."""
    known = _waiting(workspace, version)
    versions.activate(workspace, version, who, f"accepted: {known.trial.words}")
    versions.keep_trial(workspace, version, known.trial.decided("used", who).to_dict())


def decline(workspace: Workspace, version: str, who: str = "", reason: str = "") -> None:
    """Put a proposal aside; the version stays in the list. Raises DebutError as `accept`."""
    known = _waiting(workspace, version)
    versions.keep_trial(workspace, version, known.trial.decided("declined", who, reason).to_dict())


def _waiting(workspace: Workspace, version: str) -> Proposal:
    found = next((one for one in proposals(workspace) if one.version == version), None)
    if found is None:
        raise DebutError(f"{version} is no proposal any more. Somebody has decided about it in another window.")
    return found


def back(workspace: Workspace, kind: ModelKind, who: str = "", version: str | None = None) -> str:
    """Use the version of before again (or another one by name), and say which. Raises DebutError without one."""
    name = version or versions.earlier(workspace, kind)
    if name is None:
        raise DebutError(f"There is no earlier version of the {NAMES[kind].lower()} to go back to.")
    versions.activate(workspace, name, who, "went back")
    return name


def follow(workspace: Workspace, kind: ModelKind, who: str = "") -> None:
    """Let a fit of price or ads follow the data again, until the next plan is approved."""
    if kind not in pins.FIT_KINDS:
        raise DebutError(f"The {NAMES[kind].lower()} cannot follow the data by itself.")
    versions.retire(workspace, kind, who, "follows the data again")


def keep(workspace: Workspace, kind: ModelKind, who: str = "") -> None:
    """Let a fit of price or ads stay as it is when data grow. Raises NotReady where nothing was fitted yet."""
    if kind not in pins.FIT_KINDS:
        raise DebutError(f"The {NAMES[kind].lower()} stays as it is anyway.")
    fits = [one for one in pins.FIT_KINDS if one == kind]
    if not pins.pin(workspace, who, "kept by hand", fits):
        raise NotReady(f"The {NAMES[kind].lower()} was not learnt on these data yet. Open Pricing or Ads first.")


def history(workspace: Workspace, most: int = 50) -> pd.DataFrame:
    """made_at, made_by, kind (in words), version, before, reason, there (whether `before` can be used again)."""
    acts = versions.acts(workspace, most=most)
    known = {row[0] for row in workspace.cursor().execute("SELECT version FROM model_versions").fetchall()}
    frame = acts.assign(code=acts["kind"], kind=acts["kind"].map(NAMES), there=acts["before"].isin(known))
    return frame[["made_at", "made_by", "kind", "code", "version", "before", "reason", "there"]]


def heard(workspace: Workspace) -> list[str]:
    """What happened to the models since somebody looked, in words; told once."""
    return news.heard(workspace)
