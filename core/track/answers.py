"""What a newer fit of prices or ads answers otherwise of the items that are left: their best price, what ads return.

Both fits are asked the same: of prices which price of a grid earns most for a unit of demand, of ads what each 1 of the
approved money brings in revenue, as an item's category answers ads.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import versions
from core.track.remaining import Left
from core.trainers import ModelKind

if TYPE_CHECKING:
    from core.ads.response import Response as AdsResponse
    from core.plan import Surroundings
    from core.plans.ad_steps import AdSteps
    from core.prices.response import Response
    from core.workspace import Workspace

__all__ = ["Answer", "answers", "best_price", "returns"]

NAN = float("nan")
PRICES = np.round(np.linspace(0.7, 1.3, 61), 3)
"""Times the sheet's price."""
LEAST_SPEND = 0.01  # money


@dataclass(frozen=True)
class Answer:
    """Of one item, by the fit at the approval and the one in use; NaN where either is not known."""

    price_then: float = NAN
    price_now: float = NAN
    """That earns most, all else equal."""
    return_then: float = NAN
    return_now: float = NAN
    """Revenue for each 1 of the approved money for ads."""


def answers(workspace: "Workspace", left: Left, around: "Surroundings", refitted: Collection[str]) -> dict[str, Answer]:
    """item_id to what has changed, of the items that are left; empty where prices and ads are as they were.

    What was in use at the approval and was deleted since cannot be asked.
    """
    prices = _prices(workspace, left, around) if "prices" in refitted else {}
    ads = _ads(workspace, left) if "ads" in refitted else {}
    return {
        item: Answer(*prices.get(item, (NAN, NAN)), *ads.get(item, (NAN, NAN)))
        for item in dict.fromkeys([*prices, *ads])
    }


def best_price(answer: "Response", price: float, cost: float, loss: float = 0.0) -> float:
    """The price that earns most for a unit of demand, as far as prices were seen to move. price: the sheet's."""
    prices = np.round(price * PRICES, 2)
    prices = prices[~answer.beyond(prices, price)]
    if not len(prices):
        return price
    return float(prices[((prices - cost - loss) * answer.factor(prices, price).mean(0)).argmax()])


def returns(steps: "AdSteps", spend: Mapping[str, float], revenue: Mapping[str, float]) -> dict[str, float]:
    """item_id to the revenue that each 1 of a spend in the window brings. revenue: at the usual spend."""
    found = {}
    for at, item in enumerate(map(str, steps.item_ids)):
        money = spend.get(item, 0.0)
        if money > LEAST_SPEND and steps.money[at, -1] > 0:
            without, with_it = np.interp([0.0, money], steps.money[at], steps.factor[at])
            found[item] = float((with_it - without) * revenue.get(item, 0.0) / money)
    return found


def _then(workspace: "Workspace", left: Left, kind: ModelKind) -> Path | None:
    """Where the version lies that was in use at the approval."""
    folder = versions.folder(workspace, str(left.approved.stamps.get(kind) or "-"))
    return folder if folder.exists() else None


def _prices(workspace: "Workspace", left: Left, around: "Surroundings") -> dict[str, tuple[float, float]]:
    from core.prices import cases
    from core.pricing import Responses

    folder = _then(workspace, left, "prices")
    if folder is None:
        return {}
    sheet = left.outlook.at_sheet
    items = [item for item in sheet.items.loc[sheet.items["price"] > 0, "item_id"] if item in around.answers]
    before = cases.answers(sheet, items, Responses.load(folder))
    rows = sheet.items.set_index("item_id")
    found = {}
    for item in items:
        price, cost, loss = float(rows["price"][item]), float(rows["cost"][item]), around.losses.get(item, 0.0)
        then, now = (best_price(one[item], price, cost, loss) for one in (before, around.answers))
        found[item] = (then, now)
    return found


def _ads(workspace: "Workspace", left: Left) -> dict[str, tuple[float, float]]:
    from core.ads import response
    from core.errors import NotReady

    folder = _then(workspace, left, "ads")
    try:
        now = response.of(workspace) if folder is not None else None
    except NotReady:
        now = None
    if folder is None or now is None:
        return {}
    rows = left.rest[left.rest["ad_spend"] > LEAST_SPEND]
    spend = dict(zip(rows["item_id"], rows["ad_spend"].astype(float), strict=True))
    revenue = dict(zip(rows["item_id"], (rows["units_mean"] * rows["price"]).astype(float), strict=True))
    before, after = (_steps(left, one) for one in (response.Response.load(folder), now))
    if before is None or after is None:
        return {}
    first, then = (returns(steps, spend, revenue) for steps in (before, after))
    return {item: (first[item], then[item]) for item in first if item in then}


def _steps(left: Left, known: "AdsResponse") -> "AdSteps | None":
    """As an item's category answers, whatever it borrows from its like items: that is the same for both."""
    from core.plans import ad_steps

    items = left.outlook.items
    names = {" ".join(name.casefold().split()): at for at, name in enumerate(known.groups)}
    other = names.get("other", 0)
    group = [names.get(" ".join(str(name).casefold().split()), other) for name in items["category"].fillna("")]
    units = left.outlook.totals.groupby("item_id")["mean"].mean().reindex(items["item_id"]).fillna(0.0)
    weekly = np.maximum(units.to_numpy(float) / left.outlook.weeks, 1e-6)
    return ad_steps.steps(
        known, items["item_id"].to_numpy(), np.array(group, int), np.ones(len(items)), weekly, left.outlook.weeks
    )
