"""A newer price response, tried against the one in use: who forecasts better what sold at the prices that were paid?

No item is ever sold at two prices at once, so what cannot be seen is not judged. What can: an item's units in a week
whose price had moved, from its units in the weeks before, the answer to the move, and how items whose price had not
moved did in that week. Whatever moves the whole shop is in the last, and cancels.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core import pricing
from core.errors import NotReady
from core.prices import fitted, panel
from core.prices.panel import Panel
from core.pricing import Responses
from core.update.trial import Change, Trial, compared
from core.workspace import Workspace

if TYPE_CHECKING:
    from models.training import Progress

__all__ = ["changes", "expected", "tried"]

MEASURE = "error of an item's units in a week at a moved price, in logs"
WEEKS = 8  # that are forecast, and as many before them that say what is usual
FEWEST_WEEKS = 4  # on sale before, for what is usual
MOVED = 0.02  # in logs, from the usual price
STEADY = 5  # items whose price has not moved, for them to tell what moved the shop
FEWEST_LEFT = 26  # weeks to learn from
NAMED = 6  # categories
DAYS = 7


def tried(
    workspace: Workspace, name: str, learnt_to: date | None, report: "Progress" = lambda done, note: None
) -> Trial:
    """The trial of a response of the data as they are. name, learnt_to: of the version in use.

    Where that has seen the last weeks, a fit that is as much older stands in for it.
    """
    cursor, blank = workspace.cursor(), Trial(name, MEASURE, "items", "")
    whole = panel.read(cursor)
    last = int(whole.rows["week"].max()) + 1 if len(whole.rows) else 0
    cut = last - WEEKS
    seen = last if learnt_to is None else -(-((learnt_to - whole.start).days + 1) // DAYS)
    unseen = last - seen >= 2 * WEEKS  # nearer ones would know next to the same
    older = seen if unseen else cut - max(last - seen, 1)
    if min(cut, older) < FEWEST_LEFT:
        return replace(blank, how="There are too few weeks of sales for a fair comparison.")
    try:
        report(0.1, "learning without the last weeks")
        candidate = _before(workspace, whole, cut)
        report(0.4, "learning as the one in use did")
        active = fitted.responses(workspace) if unseen else _before(workspace, whole, older)
    except NotReady as error:
        return replace(blank, how=error.message)
    told = [expected(whole, one, cut) for one in (candidate, active)]
    how = (
        f"Weeks in which a price had moved, in the last {WEEKS} before {_monday(whole, last):%-d %B %Y}, "
        "were forecast by a fit of the weeks before and by "
        + ("the one in use, which has not seen them." if unseen else "one that is as much older as it is now.")
    )
    errors = [np.abs(np.log1p(one["units"]) - np.log1p(one["expected"])).to_numpy(float) for one in told]
    ones = np.ones(len(errors[0]))
    return compared(replace(blank, how=how), errors[0], errors[1], ones, told[0]["item"].to_numpy())


def expected(shop: Panel, known: Responses, cut: int) -> pd.DataFrame:
    """item, week, units, expected: of items' weeks from week `cut` on whose price had moved from what was usual."""
    before = shop.rows[shop.rows["week"].between(cut - WEEKS, cut - 1)]
    usual = before.groupby("item").agg(base=("units", "mean"), usual=("price", "median"), weeks=("units", "size"))
    usual = usual[(usual["weeks"] >= FEWEST_WEEKS) & (usual["base"] > 0)]
    rows = shop.rows[shop.rows["week"].between(cut, cut + WEEKS - 1)].merge(usual, on="item")
    rows = rows[["item", "week", "units", "price", "base", "usual"]].sort_values(["item", "week"], ignore_index=True)
    rows["units"] = rows["units"].clip(lower=0)
    steady = (np.log(rows["price"]) - np.log(rows["usual"])).abs() <= MOVED
    factor = np.ones(len(rows))
    for item, at in rows.groupby("item").indices.items():
        factor[at] = _factor(known, shop, int(str(item)), rows.iloc[at])
    rows["expected"] = rows["base"] * factor
    rows["expected"] *= rows["week"].map(_tide(rows, steady))
    return rows.loc[~steady, ["item", "week", "units", "expected"]].reset_index(drop=True)


def changes(before: Responses, after: Responses) -> tuple[Change, ...]:
    """How the median elasticities would move: of the shop, and of the categories that move most."""
    found = [Change("Elasticity of the shop", before.shop.elasticity, after.shop.elasticity)]
    both = sorted(before.categories.keys() & after.categories.keys())
    told = [
        Change(f"Elasticity of {name}", before.categories[name].elasticity, after.categories[name].elasticity)
        for name in both
    ]
    found += sorted(told, key=lambda one: -abs(one.after - one.before))[:NAMED]
    counts = [float((one.items["own_share"] > 0).sum()) for one in (before, after)]
    return (*found, Change("Items with an own answer", counts[0], counts[1], ",.0f"))


def _before(workspace: Workspace, whole: Panel, week: int) -> Responses:
    return pricing.fit(panel.read(workspace.cursor(), _monday(whole, week)))


def _monday(shop: Panel, week: int) -> date:
    return shop.start + timedelta(days=DAYS * week)


def _factor(known: Responses, shop: Panel, item: int, rows: pd.DataFrame) -> np.ndarray:
    """(n,) units at the prices paid beside those at the usual price."""
    row = shop.items.iloc[item]
    answer = known.of_any(row["product_id"], row["category"])
    return np.asarray(answer.factor(rows["price"].to_numpy(float), float(rows["usual"].iloc[0])).mean(0))


def _tide(rows: pd.DataFrame, steady: pd.Series) -> pd.Series:
    """week to how the shop did in it, beside what was usual: by items whose price stood still, where enough did."""
    judging = steady | (steady.groupby(rows["week"]).transform("sum") < STEADY)
    sums = rows[judging].groupby("week")[["units", "expected"]].sum()
    return sums["units"] / sums["expected"].clip(lower=1e-9)
