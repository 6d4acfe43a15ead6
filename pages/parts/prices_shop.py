"""What the pages share about prices: the answer to price, the sheet priced under the rules, and what stands around.

Kept per shop and state of its data and choices, so that a slider finds all of it made.
"""

from pathlib import Path

import pandas as pd
import streamlit as st

from core import shell
from core.errors import NotReady
from core.history import History
from core.market import Market, decisions
from core.outlook import Outlook
from core.prices import around, cases, choices, kept_rules, plain, priced, profit
from core.prices import taken as takes
from core.prices.cases import Losses
from core.prices.kept_rules import Policy
from core.prices.priced import Sheet, Surroundings
from core.prices.profit import Curves
from core.prices.taken import Taken
from core.pricing import Response, Responses
from core.workspace import Workspace
from pages.parts import market_data

__all__ = [
    "answer",
    "answers",
    "curves",
    "kept",
    "launches",
    "market",
    "offers",
    "plain_price",
    "policy",
    "priced_sheet",
    "responses",
    "sheet_key",
    "surroundings",
    "taken",
]


def responses() -> Responses:
    """How the sales of the shop in use answer price: of the shop, its categories, its items, and new ones."""
    shop = shell.workspace()
    shell.past()
    return _responses(shop.folder, shop.version, shop)


def answer(outlook: Outlook, item_id: str) -> Response:
    """How demand for a new item answers price."""
    return answers(outlook)[item_id]


def answers(outlook: Outlook) -> dict[str, Response]:
    """item_id to the same, of all new items."""
    return _answers(_key(outlook), outlook.at_sheet, responses())


def policy() -> Policy:
    """The rules of the shop in use."""
    return kept_rules.kept(shell.workspace().cursor())


def kept() -> dict[str, choices.Choice]:
    """item_id to the price in force."""
    return choices.kept(shell.workspace().cursor())


def market() -> Market | None:
    """The competitors around the shop in use; None where no prices of theirs are loaded."""
    return market_data.market(shell.workspace())


def offers(item_id: str) -> pd.DataFrame:
    """What competitors ask for the like of a new item, see `around.offers`."""
    shop = shell.workspace()
    stamp = decisions.stamp(shop.cursor())
    return _offers(shop.folder, shop.version, stamp, item_id, market())


def surroundings(outlook: Outlook, rules: Policy) -> Surroundings:
    """What stands around the sheet; competitors only where a rule asks for them, as a long sheet takes a while."""
    shop = shell.workspace()
    asked = any(rules.rule(kind).on for kind in ("competitors", "cheaper"))
    stamp = decisions.stamp(shop.cursor()) if asked else ""
    found = market() if asked else None
    return _surroundings(shop.folder, shop.version, outlook.at_sheet.key, stamp, shop, found, outlook.at_sheet)


def taken(outlook: Outlook) -> dict[str, Taken]:
    """item_id to what a new item takes from those on sale."""
    shop, share = shell.workspace(), policy().cost_share
    return _taken(shop.folder, shop.version, outlook.at_sheet.key, share, shop, outlook.at_sheet, answers(outlook))


def priced_sheet(outlook: Outlook) -> Sheet:
    """The sheet priced under the rules of the shop in use. Raises DebutError where there is nothing to price."""
    rules = policy()
    near = surroundings(outlook, rules)
    key = f"{_key(outlook)}:{decisions.stamp(shell.workspace().cursor())}"  # of which offers there are
    lost = {item: one.loss for item, one in taken(outlook).items()} if rules.count_loss else {}
    return _sheet(key, rules.stamp, outlook.at_sheet, answers(outlook), rules, near, lost)


def launches(outlook: Outlook) -> pd.DataFrame:
    """Past launches with what they sold and cost, see `plain.launches`."""
    shop = shell.workspace()
    share = policy().cost_share or around.cost_share(shop.cursor())[0]
    return _launches(shop.folder, shop.version, outlook.weeks, share, shop, shell.past())


def plain_price(outlook: Outlook, demand: float) -> float | None:
    """What the plain rule asks for an item of such demand; None where there is no rule, or no price."""
    try:
        price = float(plain.fit(launches(outlook)).price(demand))
    except NotReady:
        return None
    return price if price > 0 else None


def curves(sheet: Sheet, item_id: str, key: str) -> Curves:
    """The bands of one item. key: of the sheet, see `sheet_key`."""
    return _curves(key, item_id, sheet)


def sheet_key(outlook: Outlook) -> str:
    """Equal for equal sheets under equal rules."""
    return f"{_key(outlook)}:{policy().stamp}"


def _key(outlook: Outlook) -> str:
    """Equal for equal forecasts of one shop: another shop has other sales, to which prices go back."""
    shop = shell.workspace()
    return f"{shop.folder}:{shop.version}:{outlook.at_sheet.key}"


@st.cache_resource(show_spinner="Learning how sales answer price. This happens once ...", max_entries=2)
def _responses(folder: Path, data: int, _workspace: Workspace) -> Responses:
    from core.prices import fitted

    return fitted.responses(_workspace)


@st.cache_resource(show_spinner="Asking how demand for the new items answers price ...", max_entries=4)
def _answers(key: str, _outlook: Outlook, _responses: Responses) -> dict[str, Response]:
    return cases.answers(_outlook, _outlook.items["item_id"].tolist(), _responses)


@st.cache_resource(show_spinner=False, max_entries=256)
def _offers(folder: Path, data: int, stamp: str, item_id: str, _market: Market | None) -> pd.DataFrame:
    return around.offers(_market, item_id)


@st.cache_resource(show_spinner="Looking at what others ask ...", max_entries=4)
def _surroundings(
    folder: Path, data: int, key: str, stamp: str, _workspace: Workspace, _market: Market | None, _outlook: Outlook
) -> Surroundings:
    return around.around(_workspace.cursor(), _market, _outlook.items["item_id"].tolist())


@st.cache_resource(show_spinner="Looking for what the new items take from others ...", max_entries=2)
def _taken(
    folder: Path,
    data: int,
    key: str,
    share: float | None,
    _workspace: Workspace,
    _outlook: Outlook,
    _answers: dict[str, Response],
) -> dict[str, Taken]:
    from core.prices import fitted

    cursor = _workspace.cursor()
    earned = takes.margins(cursor, share or around.cost_share(cursor)[0])
    return takes.taken(_outlook, _answers, fitted.crossed(_workspace), earned)


@st.cache_resource(show_spinner="Pricing the sheet ...", max_entries=4)
def _sheet(
    key: str,
    rules: str,
    _outlook: Outlook,
    _answers: dict[str, Response],
    _policy: Policy,
    _near: Surroundings,
    _losses: Losses,
) -> Sheet:
    return priced.priced(cases.cases(_outlook, _answers, _losses), _policy, _near)


@st.cache_resource(show_spinner=False, max_entries=2)
def _launches(folder: Path, data: int, weeks: int, share: float, _workspace: Workspace, _past: History) -> pd.DataFrame:
    found = plain.launches(_workspace.cursor(), _past, weeks, share)
    return found.assign(title=found["product_id"].map(_past.items.set_index("product_id")["title"]))


@st.cache_resource(show_spinner=False, max_entries=64)
def _curves(key: str, item_id: str, _sheet: Sheet) -> Curves:
    return profit.curves(_sheet.profiles[item_id])
