"""What the plan knows of the shop beside the forecasts: answers to price and ads, what items take from each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from core.plans.ad_steps import AdSteps
from core.plans.alike import NO_PAIRS

if TYPE_CHECKING:
    import duckdb

    from core.outlook import Outlook
    from core.prices.response import Response
    from core.workspace import Workspace

__all__ = ["Surroundings", "stamp", "surroundings"]


@dataclass(frozen=True)
class Surroundings:
    """All of it may be missing: then prices stay, ads cost nothing, and items do not touch each other."""

    answers: Mapping[str, "Response"] = field(default_factory=dict)
    """item_id to how its demand answers price."""
    locked: frozenset[str] = frozenset()
    """item_ids whose price was locked on Pricing."""
    losses: Mapping[str, float] = field(default_factory=dict)
    """item_id to the margin that items on sale lose for a unit of it that is sold."""
    ads: AdSteps | None = None
    """None: the shop has no ads, or too little is known of them."""
    pairs: pd.DataFrame = field(default_factory=lambda: NO_PAIRS)
    """Items of the sheet that are alike, see `alike.pairs`."""
    packs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"item_id": [], "pack": [], "least": []}))
    """item_id, pack, least: pieces, see `core.stocks.packs`."""
    today: date | None = None
    """The day after the data: what is ordered is ordered then. None: lead times do not matter."""
    key: str = ""
    """Equal for equal surroundings: for the keys of caches."""


def surroundings(
    workspace: "Workspace", outlook: "Outlook", report: Callable[[str], None] = lambda note: None
) -> Surroundings:
    """Of a shop and its sheet; what was fitted before is read from disk."""
    from core.plans import ad_steps, alike
    from core.prices import around, cases, choices, fitted, kept_rules, taken
    from core.stocks.packs import packs

    cursor = workspace.cursor()
    responses, crossed = fitted.responses(workspace, report), fitted.crossed(workspace, report)
    at_sheet = outlook.at_sheet
    priced = at_sheet.items.loc[at_sheet.items["price"] > 0, "item_id"].tolist()
    answers = cases.answers(at_sheet, priced, responses)
    share = kept_rules.kept(cursor).cost_share or around.cost_share(cursor)[0]
    losses = taken.taken(outlook, answers, crossed, taken.margins(cursor, share))
    report("learning what ads bring to the new items")
    return Surroundings(
        answers,
        frozenset(item for item, choice in choices.kept(cursor).items() if choice.locked),
        {item: found.loss[1] for item, found in losses.items()},
        ad_steps.of(workspace, outlook),
        alike.pairs(outlook, answers, crossed),
        packs(cursor),
        _today(cursor),
        stamp(workspace, outlook),
    )


def _today(cursor: "duckdb.DuckDBPyConnection") -> date | None:
    ((last,),) = cursor.execute("SELECT max(date)::DATE FROM sales").fetchall()
    return last + timedelta(days=1) if last else None


def stamp(workspace: "Workspace", outlook: "Outlook") -> str:
    """Equal as long as nothing changes that the surroundings are made of."""
    from core.ads import beliefs, calendar
    from core.prices import in_force

    cursor = workspace.cursor()
    parts = (outlook.key, workspace.version, in_force.stamp(cursor), beliefs.read(cursor), calendar.stamp(cursor))
    return repr(parts)
