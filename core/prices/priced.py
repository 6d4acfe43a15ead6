"""The whole sheet priced at once: the best price of each item, the price under the rules, and what all come to.

Of a total the band holds what is not known of the answer to price, taken to be the same for all items: where buyers
are keener on price than believed they are so everywhere. That is the wide side. Demand that differs from item to item
evens out over a sheet and is left out of this band.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from core.errors import DebutError
from core.prices import profit, rules
from core.prices.families import Family, ordered
from core.prices.kept_rules import Policy
from core.prices.profit import Case, Profile
from core.prices.rules import Decision, Facts, Step

__all__ = ["Effect", "Sheet", "Surroundings", "endings", "priced"]

COMMON = 0.05  # of the shop's prices: an ending that fewer have is none of its habits
HABIT = 0.8  # of the shop's prices that the common endings must cover
MOST_ENDINGS = 4


@dataclass(frozen=True)
class Surroundings:
    """What stands around the sheet."""

    offers: Mapping[str, np.ndarray]
    """item_id to the prices of competitors for the like of it; items without any are left out."""
    on_sale: Mapping[str, tuple[str, float]]
    """product_id to title and price of items on sale, for families that hold some."""
    endings: tuple[float, ...] = ()
    """In which the shop's prices end, in parts of one; empty where there is no habit."""


@dataclass(frozen=True)
class Effect:
    """What the sheet comes to; each band is P10, expected, P90."""

    units: tuple[float, float, float]
    revenue: tuple[float, float, float]
    profit: tuple[float, float, float]


@dataclass(frozen=True)
class Sheet:
    """Every item with its profile and its price under the rules."""

    profiles: dict[str, Profile]
    """item_id to what it earns at each price, in the sheet's order."""
    decisions: dict[str, Decision]
    """item_id to its price under the rules."""

    @property
    def suggested(self) -> dict[str, float]:
        """item_id to its price under the rules."""
        return {item: decision.price for item, decision in self.decisions.items()}

    @property
    def planned(self) -> dict[str, float]:
        """item_id to the price of the sheet."""
        return {item: profile.case.planned for item, profile in self.profiles.items()}

    def table(self, prices: Mapping[str, float]) -> pd.DataFrame:
        """One row an item: item_id, title, category, planned, best, near_low, near_high, suggested, notes,
        price (of those given), units, revenue, profit, gain (expected, against the planned price), gain_low, gain_high.
        """
        chosen = np.array([prices[item] for item in self.profiles])
        now, before = self._units(chosen), self._units(self._planned)
        gains = now * self._margin(chosen) - before * self._margin(self._planned)  # (n, B)
        low, high = np.quantile(gains, (profit.P10, profit.P90), axis=1)
        units = now.mean(1)
        money = {"revenue": units * chosen, "profit": units * self._margin(chosen)[:, 0]}
        gain = {"gain": gains.mean(1), "gain_low": low, "gain_high": high}
        return self._facts.assign(price=chosen, units=units, **money, **gain)

    def effect(self, prices: Mapping[str, float], against: Mapping[str, float] | None = None) -> Effect:
        """What the sheet comes to at these prices, less what it comes to at others where these are given."""
        sums = self._sums(prices)
        sums = sums if against is None else sums - self._sums(against)
        bands = [(*np.quantile(one, (profit.P10, profit.P90)), one.mean()) for one in sums]
        return Effect(*((float(low), float(mean), float(high)) for low, high, mean in bands))

    def notes(self, item: str) -> str:
        """What is odd about an item's price, in words; '' where nothing is."""
        profile = self.profiles[item]
        case, words = profile.case, []
        if profile.most <= 0:
            words.append("no price earns money")
        elif profile.extrapolated:
            words.append("earns most beyond the prices seen")
        if case.cost_assumed:
            words.append("cost assumed")
        if case.planned <= case.cost:
            words.append("planned price does not cover the cost")
        words += [f"{rules.KINDS[step.kind].label.lower()} not kept" for step in self.decisions[item].conflicts]
        return ", ".join(words)

    @cached_property
    def _facts(self) -> pd.DataFrame:
        """What does not depend on the prices asked for."""
        return pd.DataFrame([self._row(item) for item in self.profiles])

    def _row(self, item: str) -> dict[str, object]:
        profile = self.profiles[item]
        case, near = profile.case, profile.near or (np.nan, np.nan)
        named = {"item_id": item, "title": case.title, "category": case.category, "planned": case.planned}
        found = {"best": profile.best, "near_low": near[0], "near_high": near[1]}
        return {**named, **found, "suggested": self.decisions[item].price, "notes": self.notes(item)}

    def _sums(self, prices: Mapping[str, float]) -> np.ndarray:
        """(3, B) units, revenue and profit of the sheet by answer to price."""
        chosen = np.array([prices[item] for item in self.profiles])
        units = self._units(chosen)
        return np.stack([(units * per).sum(0) for per in (1.0, chosen[:, None], self._margin(chosen))])

    def _units(self, prices: np.ndarray) -> np.ndarray:
        """(n, B) expected units of each item at its price, even in logs between the prices of its grid."""
        grids, known = self._stacked
        at = np.log(np.maximum(prices, profit.LEAST))
        right = np.clip((grids <= at[:, None]).sum(1), 1, grids.shape[1] - 1)
        rows = np.arange(len(grids))
        low, high = grids[rows, right - 1], grids[rows, right]
        share = np.clip((at - low) / (high - low), 0, 1)[:, None]
        return np.exp((1 - share) * known[rows, :, right - 1] + share * known[rows, :, right])

    def _margin(self, prices: np.ndarray) -> np.ndarray:
        """(n, 1) what a unit earns."""
        return (prices - self._costs)[:, None]

    @cached_property
    def _planned(self) -> np.ndarray:
        return np.array(list(self.planned.values()))

    @cached_property
    def _costs(self) -> np.ndarray:
        return np.array([one.case.cost + one.case.lost for one in self.profiles.values()])

    @cached_property
    def _stacked(self) -> tuple[np.ndarray, np.ndarray]:
        """(n, G) log prices and (n, B, G) log units of all items."""
        grids = np.log(np.stack([one.prices for one in self.profiles.values()]))
        units = np.stack([one.units for one in self.profiles.values()])
        return grids, np.log(np.maximum(units, profit.LEAST))


def priced(cases: Sequence[Case], policy: Policy, around: Surroundings) -> Sheet:
    """Price a sheet under the rules; families from the least to the most, so that each can go by the one before.

    Raises DebutError where there is nothing to price.
    """
    if not cases:
        raise DebutError("None of the new items has a price above 0. Give them prices in the sheet and load it again.")
    profiles = {case.item_id: profit.profile(case) for case in cases}
    decisions: dict[str, Decision] = {}
    for family in policy.families:
        decisions |= _family(family, profiles, policy, around)
    alone = {item: one for item, one in profiles.items() if item not in decisions}
    decisions |= {item: decide(one, policy, around) for item, one in alone.items()}
    return Sheet(profiles, {item: decisions[item] for item in profiles})


def decide(
    of: Profile,
    policy: Policy,
    around: Surroundings,
    start: float | None = None,
    beneath: tuple[str, float] | None = None,
    above: tuple[str, float] | None = None,
) -> Decision:
    """One item's price under the rules, from its best price on or from `start`."""
    case = of.case
    facts = Facts(
        case.planned,
        case.cost,
        case.lowest,
        case.highest,
        of.seen,
        around.offers.get(case.item_id, np.empty(0)),
        beneath,
        above,
        around.endings,
    )
    best = of.best if of.most > 0 else case.planned  # where every price loses, the best sells next to nothing
    return rules.apply(policy.rules, facts, start or best, of.profit)


def endings(prices: np.ndarray) -> tuple[float, ...]:
    """In which parts of one the shop's prices usually end; empty where it has no such habit."""
    cents = np.round(100 * (prices[prices > 0] % 1)).astype(int) % 100
    shares = np.bincount(cents, minlength=100) / max(len(cents), 1)
    common = np.flatnonzero(shares >= COMMON)
    if shares[common].sum() < HABIT or not 0 < len(common) <= MOST_ENDINGS:
        return ()
    return tuple(float(cent) / 100 for cent in common)


def _family(
    family: Family, profiles: Mapping[str, Profile], policy: Policy, around: Surroundings
) -> dict[str, Decision]:
    """The members that are priced here: drawn towards an order first, then each under the rules."""
    rule = policy.rule("family")
    mine = [item for item in family.members if item in profiles]
    if not rule.on:
        return {}
    wanted = np.array([one.best if one.most > 0 else one.case.planned for one in map(profiles.__getitem__, mine)])
    targets = dict(zip(mine, ordered(wanted, rule.value / 100), strict=True)) if mine else {}
    made: dict[str, Decision] = {}
    beneath: tuple[str, float] | None = None
    for at, member in enumerate(family.members):
        if member in targets:
            later = [around.on_sale[one] for one in family.members[at + 1 :] if one in around.on_sale]
            above = min(later, key=lambda one: one[1], default=None)
            found = decide(profiles[member], policy, around, targets[member], beneath, above)
            made[member] = replace(found, steps=(*_drawn(profiles[member], targets[member]), *found.steps))
            beneath = (profiles[member].case.title, made[member].price)
        elif member in around.on_sale:
            beneath = around.on_sale[member]
    return made


def _drawn(of: Profile, target: float) -> tuple[Step, ...]:
    """What the order of its family did to an item before any rule."""
    if of.most <= 0 or abs(target - of.best) < rules.CENT:
        return ()
    return (Step("family", of.best, target, True, "so that its family can keep its order"),)
