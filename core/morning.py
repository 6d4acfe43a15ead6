"""What a merchandiser's day begins with: what needs a decision now, where it is decided, and what is new in the data.

It only gathers what other rooms know. Everything given is of one state of the shop; nothing is computed anew.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import duckdb
import pandas as pd

from core import imports, jobs, scenarios, updates
from core.tables import TABLES
from core.track import attached
from core.track.alerts import KINDS as ALERTS
from core.tracking import Tracking
from core.updates import Verdict
from core.workspace import Workspace

__all__ = ["MOST", "Decision", "News", "decisions", "news"]

MOST = 7
"""Decisions that are shown; who sees more decides none."""
MOST_ALERTS = 4
MOST_KINDS = 3
"""Reasons to look at items of a plan that are named."""
STALE = timedelta(days=14)
"""Since the last import, after which the data are called old."""
RECENT = timedelta(days=14)
"""In which a job that failed is still worth a look."""
LAST_IMPORTS = 5


@dataclass(frozen=True)
class Decision:
    """Something that waits for a person."""

    kind: str
    words: str
    """A sentence."""
    page: str
    """The file's stem of the page where it is decided."""
    worth: float = math.nan
    """Expected money; NaN where it is not known."""
    key: str = ""
    query: dict[str, str] = field(default_factory=dict)
    """What the address of the page has to say, so that it opens at the right place."""


@dataclass(frozen=True)
class News:
    """What has come in."""

    since: datetime | None
    """When the last plan was approved; None where none is, or its approval was taken back."""
    days: int
    """Days of sales after those that the plan was made from; 0 without a plan."""
    reviews: int
    """Reviews of those days."""
    loaded: pd.DataFrame
    """loaded_at, file, what, rows: the imports since, or the last few."""


def decisions(
    workspace: Workspace,
    tracked: Tracking | None = None,
    verdicts: Sequence[Verdict] = (),
    exceptions: pd.DataFrame | None = None,
    now: datetime | None = None,
) -> list[Decision]:
    """Everything that waits, the most urgent first.

    tracked: where a plan is approved. exceptions: of the plan that is drafted, see `scenarios.exceptions`. now: of the
    clock on the wall, by which imports and jobs are old.
    """
    now = now or datetime.now()
    return [
        *_proposed(workspace.cursor()),
        *(_of_launches(tracked) if tracked is not None else ()),
        *_of_models(workspace, verdicts),
        *_failed(workspace, now),
        *_of_draft(exceptions),
        *_old(workspace.cursor(), now),
    ]


def news(cursor: duckdb.DuckDBPyConnection, last: date | None) -> News:
    """What was loaded since the last approval. last: day of the last sale."""
    gone = attached.withdrawn(cursor)
    approved = next((one for one in reversed(scenarios.in_force(cursor)) if one.act not in gone), None)
    until = approved.promise.until if approved and approved.promise else None
    batches = imports.batches(cursor)
    fresh = batches[batches["loaded_at"] > approved.at] if approved else batches
    shown = fresh if len(fresh) else batches
    names = {table.name: table.title for table in TABLES.values()}
    loaded = pd.DataFrame(
        {
            "loaded_at": shown["loaded_at"],
            "file": shown["file_name"],
            "what": shown["table_name"].map(names).fillna(shown["table_name"]),
            "rows": shown["rows_loaded"],
        }
    )
    days = max((last - until).days, 0) if until and last else 0
    reviews = 0
    if until:
        ((reviews,),) = cursor.execute("SELECT count(*) FROM reviews WHERE date > ?", [until]).fetchall()
    return News(approved.at if approved else None, days, reviews, loaded.head(LAST_IMPORTS).reset_index(drop=True))


def _proposed(cursor: duckdb.DuckDBPyConnection) -> Iterator[Decision]:
    for one in scenarios.list_(cursor):
        if one.state == "proposed":
            by = f" by {one.changed_by}" if one.changed_by else ""
            where = {"scenario": str(one.scenario_id), "view": "Hand over"}
            yield Decision(
                "approval", f"The plan “{one.name}” was proposed{by} and waits for approval.", "launch_plan",
                key=f"proposed-{one.scenario_id}", query=where,
            )  # fmt: skip


def _of_launches(tracked: Tracking) -> Iterator[Decision]:
    """Alerts that nobody has put away, those that are worth most first, the rest in one line."""
    open_ = tracked.alerts[~tracked.alerts["dismissed"].astype(bool)]
    for row in open_.head(MOST_ALERTS).to_dict("records"):
        words = f"{row['title']}: {row['words']}"
        query = {"item": str(row["item_id"])}
        yield Decision(ALERTS.get(row["kind"], row["kind"]), words, "tracking", row["worth"], str(row["key"]), query)
    rest = open_.iloc[MOST_ALERTS:]
    if len(rest):
        worth = float(rest["worth"].sum()) if rest["worth"].notna().any() else math.nan
        yield Decision("alerts", f"{len(rest):,} more alerts of launches.", "tracking", worth, "alerts")


def _of_models(workspace: Workspace, verdicts: Sequence[Verdict]) -> Iterator[Decision]:
    for one in updates.proposals(workspace):
        yield Decision(
            "model", f"{updates.NAMES[one.kind]}: a newer version is proposed. {one.trial.words}".strip(), "model",
            key=f"model-{one.version}",
        )  # fmt: skip
    for verdict in verdicts:
        if verdict.severity == "act":
            yield Decision("model", verdict.words, "model", key=f"verdict-{verdict.kind}")


def _failed(workspace: Workspace, now: datetime) -> Iterator[Decision]:
    """Kinds of work whose last job failed, and lately."""
    last = {
        (job.kind, job.options.get("model")): job for job in reversed(jobs.listed(workspace)) if job.ended is not None
    }
    for job in last.values():
        if job.kind == "plan":
            continue  # settings that clash: the page where they were tried has said so
        if job.state == "failed" and job.ended and now - datetime.fromtimestamp(job.ended) < RECENT:
            yield Decision("job", f"A job failed: {job.error}", "jobs", key=f"job-{job.folder.name}")


def _of_draft(exceptions: pd.DataFrame | None) -> Iterator[Decision]:
    count = 0 if exceptions is None else exceptions["item_id"].nunique()
    if exceptions is not None and count:
        kinds = exceptions["what"].value_counts().head(MOST_KINDS)
        named = ", ".join(f"{str(kind)[0].lower()}{str(kind)[1:]} ({many:,})" for kind, many in kinds.items())
        words = f"{count:,} item{'s' * (count > 1)} of the plan need{'s' * (count == 1)} a look: {named}."
        yield Decision("exceptions", words, "launch_plan", key="exceptions")


def _old(cursor: duckdb.DuckDBPyConnection, now: datetime) -> Iterator[Decision]:
    ((last,),) = cursor.execute("SELECT max(loaded_at) FROM batches WHERE table_name = 'sales'").fetchall()
    if last and now - last > STALE:
        words = (
            f"No sales were loaded for {(now - last).days:,} days: forecasts and tracking do not know what came since."
        )
        yield Decision("data", words, "data", key="stale")
