"""The launch plan: which new items, when, at what price, with which ads and how much stock, as one decision.

What could be done with each item (`plans.options`) and what the merchandiser wishes (`plans.wishes`, `plans.limits`)
make one mixed-integer programme (`plans.problem`, `plans.solve`); its solution is made amounts that can be ordered
(`plans.table`), says why it is as it is (`plans.why`), and how far from the best it can be at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from core.errors import DebutError, NotReady
from core.outlook import Outlook
from core.plans import clash, ladder, limits, options, solve, why
from core.plans.clash import Clash
from core.plans.options import Options
from core.plans.overrides import Override
from core.plans.surroundings import Surroundings
from core.plans.table import CONTRACT, DETAILS, Chosen, chosen, table
from core.plans.why import Worth
from core.plans.wishes import OBJECTIVES, Objective, Wishes

__all__ = [
    "COLUMNS",
    "OBJECTIVES",
    "Clash",
    "Objective",
    "Override",
    "Plan",
    "Surroundings",
    "Totals",
    "Wishes",
    "Worth",
    "columns",
    "plan",
]

COLUMNS = [*CONTRACT, *DETAILS]
"""Without those of the channels, see `columns`."""
GAP, LARGE_GAP = 1e-4, 1e-3
LARGE = 500  # items
SECONDS = 45.0
TOGETHER = 0.25
"""Correlation of the items' outcomes that the band of the totals assumes: a bad season is bad for many."""
DRAWS = 2000
CENT = 0.005  # money


@dataclass(frozen=True)
class Totals:
    """What the launched items come to."""

    launched: int
    units: float
    """Expected to be sold."""
    revenue: float
    profit: float
    profit_low: float
    profit_high: float
    """P10 and P90, see TOGETHER."""
    stock_money: float
    ad_money: float
    lost_units: float
    left_units: float
    like_lost: float
    """Margin that launched items take from each other: in `profit` here, not in that of the single items."""


@dataclass(frozen=True)
class Plan:
    """A decision on every item."""

    wishes: Wishes
    overrides: tuple[Override, ...]
    table: pd.DataFrame
    """One row an item, launched ones first, best first: `columns(channels)`. Money in the shop's currency,
    `preference` a share 0 to 1, units those of the launch window."""
    channels: list[str]
    weeks: list[pd.Timestamp]
    """Mondays in which something could be launched."""
    value: float
    """Of the objective."""
    bound: float
    """No plan exceeds it whose stocks are those of `options.SERVED`, or mixes of them."""
    worths: list[Worth]
    totals: Totals
    window: int
    """Weeks of a launch."""

    @property
    def launched(self) -> pd.DataFrame:
        """The rows that are launched."""
        return self.table[self.table["launch"] == "yes"]

    @property
    def gap(self) -> float:
        """By how much a better plan could be better, at most, as a share."""
        missing = self.bound - self.value
        return missing / abs(self.bound) if missing > CENT and self.bound else 0.0

    @cached_property
    def by_item(self) -> pd.DataFrame:
        """The table by item_id."""
        return self.table.set_index("item_id")


def columns(channels: Sequence[str]) -> list[str]:
    """All columns of a plan's table, those of the contract first."""
    at = CONTRACT.index("ad_spend") + 1
    return [*CONTRACT[:at], *(f"ad_{name}" for name in channels), *CONTRACT[at:], *DETAILS]


def plan(
    outlook: Outlook,
    wishes: Wishes = Wishes(),  # noqa: B008  (frozen)
    overrides: Sequence[Override] = (),
    around: Surroundings | None = None,
    seconds: float = SECONDS,
) -> Plan:
    """The best plan under the wishes, around what was decided by hand.

    Raises Clash where the wishes cannot all be met, DebutError where preference is asked for and no customer is known.
    """
    around = around or Surroundings()
    wishes = wishes.within(outlook.items["item_id"]).checked()
    if wishes.objective == "preference" and outlook.appeal["buyers"].isna().all():
        raise DebutError(
            "The preference of customers is unknown: the sales name no customers, or too few bought launches. "
            "Plan for expected profit or revenue instead."
        )
    if not len(outlook.items) or outlook.outcomes.empty:
        raise NotReady("There is no new item with a forecast that could be planned. Load a sheet of new items first.")
    own = {override.item_id: override.checked() for override in overrides}
    outlook = ladder.basis(outlook, around)
    able = options.options(outlook, wishes, own, around)
    asked = limits.problem(able, around.pairs)
    found = solve.solve(asked, GAP if len(able.item_ids) <= LARGE else LARGE_GAP, seconds)
    if not found.feasible:
        raise clash.explained(able, asked)
    picked = chosen(able, found)
    reasons = why.reasons(outlook, able, asked, found, picked)
    frame = table(outlook, able, found, picked, around, reasons, why.misses(found))
    channels = around.ads.channels if around.ads else []
    totals = _totals(able, picked, _like_lost(able, picked, around))
    value = _value(able, picked, totals)
    return Plan(
        wishes, tuple(own.values()), frame[columns(channels)], list(channels), able.weeks,
        value, max(found.bound, value), why.worths(asked, found), totals, outlook.weeks,
    )  # fmt: skip


def _value(able: Options, picked: Chosen, totals: Totals) -> float:
    """The objective of what can be ordered."""
    on, wishes = picked.launched, able.wishes
    earned = (1 - wishes.risk) * picked.money.profit + wishes.risk * picked.money.worst
    rows = np.arange(len(on))
    value = {
        "profit": earned,
        "revenue": picked.money.revenue,
        "preference": np.nan_to_num(able.buyers[rows, picked.price] * able.price[rows, picked.price]),
        "blend": wishes.blend * picked.money.revenue + (1 - wishes.blend) * earned,
    }[wishes.objective]
    return float(value[on].sum() - wishes.profit_part * totals.like_lost)


def _like_lost(able: Options, picked: Chosen, around: Surroundings) -> float:
    """Margin that launched items take from each other, whatever the aim."""
    on = able.item_ids[picked.launched]
    both = around.pairs["one"].isin(on) & around.pairs["other"].isin(on)
    return float(around.pairs.loc[both, "loss"].sum())


def _totals(able: Options, picked: Chosen, like_lost: float) -> Totals:
    """Sums over the launched items; the band by draws that hang together as TOGETHER says."""
    on = picked.launched
    low, high = _band(picked.profits[on])
    demand, sums = picked.demand[on].mean(1), picked.money
    return Totals(
        int(on.sum()),
        float(sums.sold[on].sum()),
        float(sums.revenue[on].sum()),
        float(sums.profit[on].sum()) - like_lost,
        low - like_lost,
        high - like_lost,
        float((picked.stock * able.cost)[on].sum()),
        float(picked.ads[on].sum()),
        float((demand - sums.sold[on]).sum()),
        float((picked.stock[on] - sums.sold[on]).sum()),
        like_lost,
    )


def _band(profits: np.ndarray) -> tuple[float, float]:
    """P10 and P90 of the sum of profits (k, S), by a Gaussian copula with one common factor."""
    if not len(profits):
        return 0.0, 0.0
    rng = np.random.default_rng(0)
    common = rng.standard_normal(DRAWS)
    own = rng.standard_normal((len(profits), DRAWS))
    together = np.sqrt(TOGETHER) * common + np.sqrt(1 - TOGETHER) * own
    from scipy.special import ndtr

    place = np.minimum((ndtr(together) * profits.shape[1]).astype(int), profits.shape[1] - 1)
    total = np.take_along_axis(profits, place, axis=1).sum(0)
    low, high = np.quantile(total, (0.1, 0.9))
    return float(low), float(high)
