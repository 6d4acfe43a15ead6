"""The outlook as the plan goes by it: at the prices that the user chose, and at the costs assumed where none is known.

The forecasts themselves are made at the sheet's prices and stay; a chosen price moves them by the item's own answer
to price, so that it can be changed or taken back at once.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from core import outlook as outlooks
from core.new_items import COST_ASSUMED
from core.outlook import Outlook
from core.prices import cases, choices, kept_rules
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.desk import Desk
    from core.pricing import Responses

__all__ = ["outlook", "stamp"]

COST_WORDS = re.escape(COST_ASSUMED) + r"[^)]*\)"


def outlook(
    workspace: Workspace,
    version: str,
    report: Callable[[str], None] = lambda note: None,
    desk: Callable[[], "Desk"] | None = None,
) -> Outlook:
    """As `outlook.outlook`, at the prices in force."""
    cursor = workspace.cursor()
    share = kept_rules.kept(cursor).cost_share
    known = _costed(outlooks.outlook(workspace, version, report, desk), share)
    prices = {item: choice.price for item, choice in choices.kept(cursor).items()}
    mine = {item: prices[item] for item in known.items["item_id"] if item in prices}
    if not mine:
        return known
    return outlooks.at_prices(known, mine, cases.answers(known, list(mine), _fitted(workspace, report)))


def stamp(cursor: duckdb.DuckDBPyConnection) -> str:
    """Equal as long as no price and no assumed cost changes: for the keys of caches."""
    return f"{choices.stamp(cursor)}{kept_rules.kept(cursor).cost_share}"


def _fitted(workspace: Workspace, report: Callable[[str], None]) -> "Responses":
    from core.prices import fitted

    return fitted.responses(workspace, report)


def _costed(known: Outlook, share: float | None) -> Outlook:
    """With what the user takes an item to cost where the sheet does not say."""
    assumed = known.items["assumed"].str.contains(COST_ASSUMED, regex=False)
    if share is None or not assumed.any():
        return known
    words = known.items["assumed"].str.replace(COST_WORDS, f"{COST_ASSUMED}{share:.0%} of the price)", regex=True)
    items = known.items.assign(cost=known.items["cost"].where(~assumed, known.items["price"] * share), assumed=words)
    key = hashlib.sha256(f"{known.key}:cost={share!r}".encode()).hexdigest()[:20]
    return replace(known, key=key, items=items)
