"""Rules that a price has to keep: an ordered list, the first the strongest, each of which says what it did.

A limit narrows the range that is allowed; a shape (an ending, a step) says which prices of that range may be asked.
Each rule in turn moves the price to an allowed one that earns the most, and only if it has to. A rule that those
before it leave no room for is not kept, and says which of them stands in its way.

    margin       (price - cost) / price is at least so many percent
    bounds       the sheet's lowest and highest price
    seen         at most so many percent outside the range that prices of this shop have moved in
    competitors  at most so many percent above or below the median of what competitors ask for the like
    cheaper      at most so many percent of the competitors' offers are cheaper
    change       at most so many percent away from the planned price
    family       in the order of its family: each at least so many percent dearer than the one before
    step         a multiple of so much money
    ending       ends in .99, .95 ... or like the shop's own prices
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from core.errors import DebutError

__all__ = [
    "ENDINGS",
    "KINDS",
    "SHOP_ENDINGS",
    "STANDARD",
    "Decision",
    "Facts",
    "Kind",
    "Rule",
    "Step",
    "apply",
    "moved",
]

CENT = 0.005
FAR = 60  # steps of a shape that are looked at on either side: two shapes may meet only so far away
SHOP_ENDINGS = "as here"
ENDINGS: dict[str, tuple[float, tuple[float, ...]]] = {
    SHOP_ENDINGS: (1.0, ()),  # told by `Facts.endings`
    ".99": (1.0, (0.99,)),
    ".95": (1.0, (0.95,)),
    ".90": (1.0, (0.90,)),
    ".49 or .99": (1.0, (0.49, 0.99)),
    "whole": (1.0, (0.0,)),
    "9 (whole)": (10.0, (9.0,)),
    "90 (whole)": (100.0, (90.0,)),
}
"""Name to a period and what is added to its multiples."""


@dataclass(frozen=True)
class Kind:
    """What a rule can be."""

    label: str
    unit: str
    """Of its number; '' where it has none."""
    lowest: float = 0.0
    highest: float = 0.0


KINDS: dict[str, Kind] = {
    "margin": Kind("Minimum margin", "% of the price", 0, 95),
    "bounds": Kind("Lowest and highest price of the sheet", ""),
    "seen": Kind("Near the prices that have been seen", "% beyond them", 0, 100),
    "competitors": Kind("Distance to competitors", "% from their median", 0, 500),
    "cheaper": Kind("Rank among competitors", "% of offers may be cheaper", 0, 100),
    "change": Kind("Distance to the planned price", "%", 0, 500),
    "family": Kind("Families in order", "% dearer at least", 0, 500),
    "step": Kind("Step", "money", 0.01, 10_000),
    "ending": Kind("Price ending", ""),
}


@dataclass(frozen=True)
class Rule:
    """One of the list; its place is its strength."""

    kind: str
    on: bool = True
    value: float = 0.0
    ending: str = SHOP_ENDINGS

    def __post_init__(self) -> None:
        kind = KINDS.get(self.kind)
        if kind is None or self.ending not in ENDINGS:
            raise DebutError(f"There is no price rule “{self.kind}” with the ending “{self.ending}”.")
        if kind.unit and not kind.lowest <= self.value <= kind.highest:
            raise DebutError(
                f"{kind.label}: {self.value:g} is not possible; give a number from {kind.lowest:g} to {kind.highest:g} "
                f"({kind.unit})."
            )


STANDARD = (
    Rule("margin", True, 10.0),
    Rule("bounds"),
    Rule("seen", True, 10.0),
    Rule("family", True, 0.0),
    Rule("competitors", False, 25.0),
    Rule("cheaper", False, 50.0),
    Rule("change", False, 20.0),
    Rule("step", False, 0.5),
    Rule("ending"),
)
"""In force until the user says otherwise."""


@dataclass(frozen=True)
class Facts:
    """What the rules may ask of an item."""

    planned: float
    cost: float
    lowest: float | None = None
    highest: float | None = None
    seen: tuple[float, float] = (0.0, np.inf)
    """Prices."""
    offers: np.ndarray = field(default_factory=lambda: np.empty(0))
    """(k,) prices of competitors for the like of it."""
    beneath: tuple[str, float] | None = None
    """Title and price of the item before it in its family."""
    above: tuple[str, float] | None = None
    """Title and price of an item on sale that comes after it in its family."""
    endings: tuple[float, ...] = ()
    """Of the shop's own prices, in parts of one."""


@dataclass(frozen=True)
class Step:
    """What one rule did."""

    kind: str
    before: float
    after: float
    kept: bool
    note: str

    @property
    def words(self) -> str:
        """As a sentence."""
        label = KINDS[self.kind].label
        if self.kept:
            return f"{label}: {self.before:,.2f} → {self.after:,.2f} ({self.after - self.before:+,.2f}), {self.note}"
        return f"{label}: not kept, {self.note}"


@dataclass(frozen=True)
class Decision:
    """The price under the rules, and how it came about."""

    price: float
    steps: tuple[Step, ...]
    """Of the rules that changed it or could not be kept."""

    @property
    def conflicts(self) -> tuple[Step, ...]:
        """Rules that could not be kept."""
        return tuple(step for step in self.steps if not step.kept)


@dataclass(frozen=True)
class _Allowed:
    """What the rules so far leave."""

    low: float = 0.0
    high: float = np.inf
    low_by: str = ""
    high_by: str = ""
    shapes: tuple[tuple[str, float, tuple[float, ...]], ...] = ()
    """Kind, period, what is added to its multiples."""

    def settle(self, price: float, worth: Callable[[np.ndarray], np.ndarray]) -> float | None:
        """The allowed price next to this one, on the side that earns more; None where there is none."""
        if self.low > self.high + CENT:
            return None
        near = float(np.clip(price, self.low, max(self.low, self.high)))
        if not self.shapes:
            return near
        fits = self._candidates(near)
        sides = [fits[fits <= near + CENT][-1:], fits[fits >= near - CENT][:1]]
        found = np.unique(np.concatenate(sides))
        return float(found[worth(found).argmax()]) if len(found) else None

    def _candidates(self, near: float) -> np.ndarray:
        """Allowed prices around one, rising."""
        widest, *others = sorted(self.shapes, key=lambda shape: -shape[1])  # its steps reach furthest
        _, period, added = widest
        base = period * (np.floor(near / period) + np.arange(-FAR, FAR + 1))
        prices = np.unique(np.round(base[:, None] + np.array(added), 2))
        for _, other, also in others:
            apart = (prices[:, None] - np.array(also)) % other
            prices = prices[(np.minimum(apart, other - apart) < CENT).any(1)]
        inside = (prices >= self.low - CENT) & (prices <= self.high + CENT) & (prices > 0)
        return prices[inside]


def apply(rules: tuple[Rule, ...], facts: Facts, best: float, worth: Callable[[np.ndarray], np.ndarray]) -> Decision:
    """The price under the rules, from the best one on. worth: expected profit at any prices."""
    price, allowed, steps = best, _Allowed(), []
    for rule in rules:
        if not rule.on:
            continue
        narrowed, note = _narrowed(rule, facts, allowed)
        if narrowed is None:
            continue
        settled = narrowed.settle(price, worth)
        if settled is None:
            step = _refused(rule, narrowed, allowed, price, worth, note)
            price = step.after
            steps.append(step)
            continue
        allowed = narrowed
        if abs(settled - price) > CENT:
            steps.append(Step(rule.kind, price, settled, True, note))
        price = settled
    return Decision(round(price, 2) if price >= 1 else round(price, 4), tuple(steps))


def moved(rules: tuple[Rule, ...], kind: str, places: int) -> tuple[Rule, ...]:
    """The list with one rule moved up (below 0) or down."""
    order = list(rules)
    at = next(at for at, rule in enumerate(order) if rule.kind == kind)
    rule = order.pop(at)
    order.insert(min(max(at + places, 0), len(order)), rule)
    return tuple(order)


def _narrowed(rule: Rule, facts: Facts, allowed: _Allowed) -> tuple[_Allowed | None, str]:
    """What a rule leaves of what is allowed, and why, in words; None where it has nothing to say of this item."""
    if rule.kind in ("step", "ending"):
        period, added = (rule.value, (0.0,)) if rule.kind == "step" else ENDINGS[rule.ending]
        added = added or facts.endings
        if not added:
            return None, ""
        shape = (rule.kind, period, added)
        ends = " or ".join(f"{one:.2f}".lstrip("0") or "0" for one in added)
        note = f"multiples of {period:g}" if rule.kind == "step" else f"prices end in {ends}"
        return replace(allowed, shapes=(*allowed.shapes, shape)), note
    low, high, note = _limits(rule, facts)
    if low <= 0 and high == np.inf:
        return None, ""
    label = KINDS[rule.kind].label
    if low > allowed.low:
        allowed = replace(allowed, low=low, low_by=label)
    if high < allowed.high:
        allowed = replace(allowed, high=high, high_by=label)
    return allowed, note


def _limits(rule: Rule, facts: Facts) -> tuple[float, float, str]:
    """Lowest and highest price that a rule allows, and why; 0 and infinity where it has nothing to say."""
    share = rule.value / 100
    if rule.kind == "margin":
        return facts.cost / (1 - share), np.inf, f"{share:.0%} of the price is left after a cost of {facts.cost:,.2f}"
    if rule.kind == "bounds":
        low, high = facts.lowest or 0.0, facts.highest or np.inf
        return low, high, f"the sheet allows {_range(low, high)}"
    if rule.kind == "seen":
        low, high = facts.seen[0] / (1 + share), facts.seen[1] * (1 + share)
        return low, high, f"prices like it were seen {_range(*facts.seen)}"
    if rule.kind == "change":
        low, high = facts.planned * (1 - share), facts.planned * (1 + share)
        return low, high, f"at most {share:.0%} from the planned {facts.planned:,.2f}"
    if rule.kind == "family":
        return _family(facts, share)
    return _against_offers(rule.kind, share, facts.offers)


def _family(facts: Facts, share: float) -> tuple[float, float, str]:
    low = facts.beneath[1] * (1 + share) if facts.beneath else 0.0
    high = facts.above[1] / (1 + share) if facts.above else np.inf
    after = f"“{facts.beneath[0]}” costs {facts.beneath[1]:,.2f}" if facts.beneath else ""
    before = f"“{facts.above[0]}” costs {facts.above[1]:,.2f}" if facts.above else ""
    return low, high, " and ".join(word for word in (after, before) if word)


def _against_offers(kind: str, share: float, offers: np.ndarray) -> tuple[float, float, str]:
    if not len(offers):
        return 0.0, np.inf, ""
    if kind == "competitors":
        middle = float(np.median(offers))
        return middle * (1 - share), middle * (1 + share), f"their median is {middle:,.2f} ({len(offers)} offers)"
    rising = np.sort(offers)
    cheaper = int(np.floor(share * len(rising) + 1e-9))
    high = float(rising[cheaper]) if cheaper < len(rising) else np.inf
    return 0.0, high, f"{cheaper} of {len(rising)} offers may be cheaper"


def _refused(
    rule: Rule,
    narrowed: _Allowed,
    allowed: _Allowed,
    price: float,
    worth: Callable[[np.ndarray], np.ndarray],
    note: str,
) -> Step:
    """A rule without room: the price goes as near to it as those before let it, and they are named."""
    crossed = narrowed.low > narrowed.high + CENT
    if crossed and narrowed.low > allowed.low and narrowed.high < allowed.high:  # both ends are its own
        target, blocking = float(np.clip(price, narrowed.high, narrowed.low)), ["itself, as its ends are crossed"]
    elif narrowed.low > allowed.high + CENT:  # it asks for more than is allowed
        target, blocking = allowed.high, [allowed.high_by]
    elif narrowed.high < allowed.low - CENT:
        target, blocking = allowed.low, [allowed.low_by]
    else:  # the range is not empty, but no price of the wanted shape lies in it
        target = float(np.clip(price, narrowed.low, narrowed.high))
        blocking = [KINDS[kind].label for kind, *_ in allowed.shapes]
        blocking += [allowed.low_by, allowed.high_by] if narrowed.shapes != allowed.shapes else []
    names = " and ".join(dict.fromkeys(name for name in blocking if name)) or "no price fits"
    settled = allowed.settle(target, worth)
    return Step(rule.kind, price, price if settled is None else settled, False, f"{note}; against: {names}")


def _range(low: float, high: float) -> str:
    if high == np.inf:
        return f"from {low:,.2f} on"
    return f"up to {high:,.2f}" if low <= 0 else f"from {low:,.2f} to {high:,.2f}"
