"""What ads are planned for: a new item in its launch window, a category, or the whole shop, over the next weeks.

Everything that the plan does not change: units without ads, what a unit earns, the stock, what was spent before the
window and is still remembered, and what is usually spent. An item shares its category's ads by its share of the
category's units, so its forecast holds the usual ads already: without any it would sell less.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.ads.baseline import to_come
from core.ads.lifts import Lifts
from core.errors import DebutError

if TYPE_CHECKING:
    from core.ads.response import Response
    from core.outlook import Expected

__all__ = ["LONGEST_WINDOW", "Part", "Scene", "ahead", "of_groups", "of_item", "paired", "usual_spend"]

RECENT = 52  # weeks whose mean is what is usually spent
LAST = 2  # weeks whose mean goes on after the window
HALVINGS = 40
LEAST_BASE = 0.05  # of what is expected that is sold without ads, whatever the fit says
LONGEST_WINDOW = 26  # weeks
GOLDEN = (5**0.5 - 1) / 2
LEAST_UNITS = 1e-6
SLACK = 1e-9
WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True)
class Part:
    """One group of the response within the plan."""

    group: int
    """Number of the group in the response."""
    base: np.ndarray
    """(W + after,) units a week that are sold without ads; 0 before a launch."""
    price: float
    margin: float
    """Money a unit, after its cost."""
    share: np.ndarray
    """(C,) of the plan's spend that this group gets."""


@dataclass(frozen=True)
class Scene:
    """What a plan of ads is judged on."""

    title: str
    response: "Response"
    """With the spend of the weeks just before the window in its history."""
    weeks: np.ndarray
    """(W,) Mondays of the window, datetime64[D]."""
    parts: tuple[Part, ...]
    usual: np.ndarray
    """(C, W) money a week: the present plan."""
    demand: np.ndarray
    """(S,) demand in each draw of the response, against its expectation."""
    stock: float | None = None
    """Units that can be sold; None: no limit."""
    lead: int = 0
    """Weeks of ads before the first sale."""
    after: int = 0
    """Weeks after the window whose carry-over counts."""

    @property
    def channels(self) -> list[str]:
        """Names of the channels."""
        return self.response.channels

    @property
    def largest(self) -> np.ndarray:
        """(C,) most money a week for which the response has been seen, for all parts together."""
        seen = [
            np.divide(self.response.largest[:, part.group], part.share, out=np.full(len(part.share), np.inf), where=has)
            for part in self.parts
            for has in [part.share > 0]
        ]
        return np.min(seen, axis=0)

    @cached_property
    def stamp(self) -> str:
        """Equal for equal scenes: for the keys of caches."""
        made = hashlib.sha256(repr((self.title, self.stock, self.lead, self.after)).encode())
        arrays = [self.usual, self.demand, self.weeks.astype("int64"), self.response.history, self.response.effect]
        arrays += [self.response.half, self.response.group_effect, *(part.base for part in self.parts)]
        for array in arrays:
            made.update(np.ascontiguousarray(array).tobytes())
        made.update(repr([(part.group, part.price, part.margin) for part in self.parts]).encode())
        return made.hexdigest()[:20]

    @cached_property
    def lifts(self) -> list[Lifts]:
        """What money brings in each part."""
        return [Lifts(self.response, part.group, part.base, self.lead, self.demand) for part in self.parts]

    @cached_property
    def carried(self) -> np.ndarray:
        """(P, S, C, W + after) units that what was spent before the window still brings."""
        return np.stack([lifts.by_week() for lifts in self.lifts])

    def brought(self, spend: np.ndarray) -> np.ndarray:
        """(P, S, C, W + after) units that spend (C, W) brings in each part, with what was spent before."""
        return np.stack(
            [
                lifts.by_week(lifts.held(spend * part.share[:, None]))
                for lifts, part in zip(self.lifts, self.parts, strict=True)
            ]
        )

    def beyond(self, spend: np.ndarray) -> list[str]:
        """Channels with more money in a week than has been seen."""
        over = spend.max(1) > self.largest * (1 + SLACK)
        return [name for at, name in enumerate(self.channels) if over[at]]


def usual_spend(response: "Response") -> np.ndarray:
    """(C, G) money a week that was spent in the last year."""
    return response.past_spend[..., -RECENT:].mean(-1)


def ahead(response: "Response", week: np.datetime64) -> int:
    """Weeks between the last of the data and a week, neither counted."""
    return int((week - response.weeks[-1].astype("datetime64[D]")) / WEEK) - 1


def of_groups(response: "Response", groups: list[str], title: str, weeks: int, start: int = 0) -> Scene:
    """A category, or several together, over the next weeks. start: weeks between the data's last and the first.

    The money is shared among the groups as in the last year; so is the season. Raises DebutError.
    """
    if not 1 <= weeks <= LONGEST_WINDOW:
        raise DebutError(f"Plan for 1 to {LONGEST_WINDOW} weeks, not {weeks}.")
    if not groups:
        raise DebutError("Choose at least one category.")
    usual, lags = usual_spend(response), response.history.shape[-1]
    numbers = [response.groups.index(name) for name in groups]
    total, base = usual[:, numbers].sum(1), response.base[numbers]
    even = np.tile(base / base.sum(), (len(usual), 1))
    shares = np.divide(usual[:, numbers], total[:, None], out=even, where=total[:, None] > 0)
    parts = tuple(
        Part(
            number,
            to_come(response, number, start, weeks + lags),
            float(response.price[number]),
            float(response.margin[number]),
            shares[:, at],
        )
        for at, number in enumerate(numbers)
    )
    return Scene(
        title,
        _later(response, usual, start),
        response.weeks[-1].astype("datetime64[D]") + (1 + start + np.arange(weeks)) * WEEK,
        parts,
        np.repeat(total[:, None], weeks, axis=1),
        np.ones(len(response.effect)),
        after=lags,
    )


def of_item(
    title: str,
    response: "Response",
    expected: "Expected",
    launch: int,
    price: float,
    cost: float,
    stock: float | None,
    lead: int = 0,
) -> Scene:
    """A new item, launched in the week `launch` of those that it is expected in.

    response: borrowed for it, with one group, see `borrowed`. Units without ads are the forecast less what the usual
    ads bring, so that under the present plan the forecast comes out again.
    """
    week = np.datetime64(expected.weeks[launch].date())
    start = ahead(response, week) - lead
    if start < 0:
        raise DebutError(f"Ads cannot run {lead} weeks before a launch that is {start + lead} weeks away.")
    units, lags = expected.units.mean[launch, :-1], response.history.shape[-1]
    count = lead + len(units)
    usual = usual_spend(response)
    later, present = _later(response, usual, start), np.repeat(usual, count, axis=1)
    path = np.concatenate([np.zeros(lead), units, np.full(lags, units[-LAST:].mean())])
    base = _without(later, present, path, lead)
    part = Part(0, base, price, price - cost, np.ones(len(response.channels)))
    weeks = week - lead * WEEK + np.arange(count) * WEEK
    demand = paired(expected.units.totals[launch], len(response.effect))
    return Scene(title, later, weeks, (part,), present, demand, stock, lead, lags)


def _without(response: "Response", spend: np.ndarray, path: np.ndarray, lead: int) -> np.ndarray:
    """(W + after,) units without ads, of those expected with them.

    What ads bring goes by the week's own base, or by the mean base of all weeks: that mean is found by halving.
    """
    lifts = Lifts(response, 0, np.ones(len(path)), lead, np.ones(len(response.effect)))
    share = lifts.by_week(lifts.held(spend)).sum(1)  # (S, W + after)
    of_week = np.where(response.proportional[:, None], share, 0.0).mean(0)
    of_mean = share.mean(0) - of_week
    low, high = 0.0, float(path[lead:].mean())
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        base = np.maximum((path - of_mean * middle) / (1 + of_week), LEAST_BASE * path)
        low, high = (middle, high) if base[lead:].mean() > middle else (low, middle)
    return base


def paired(totals: np.ndarray, draws: int) -> np.ndarray:
    """(draws,) of equally likely outcomes, spread evenly over the draws and around 1."""
    places = (np.arange(draws) + 0.5) / draws
    picked = np.sort(totals)[(places * len(totals)).astype(int)]
    order = np.argsort(np.arange(1, draws + 1) * GOLDEN % 1.0)
    picked = picked[order]
    mean = picked.mean()
    return picked / mean if mean > LEAST_UNITS else np.ones(draws)


def _later(response: "Response", usual: np.ndarray, start: int) -> "Response":
    """The response with `start` weeks of the usual spend (C, G) after the data's last."""
    gap = np.repeat(usual[..., None], start, axis=-1)
    lags = response.history.shape[-1]
    return replace(response, history=np.concatenate([response.history, gap], axis=-1)[..., -lags:])
