"""Whether the figures about ads can be relied on: what a careful analyst would look at, in plain words.

Each check says what was looked at, what it came to, and what to do about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.ads.beliefs import Belief, LiftTest
from core.ads.figures import band, saturation
from core.ads.holdout import Holdout
from core.ads.panel import Panel
from core.ads.response import Response

__all__ = ["Check", "Verdict", "run"]

Verdict = Literal["good", "look", "bad"]

AGREE, SPLIT = 1.05, 1.15  # R-hat
MANY_DRAWS, FEW_DRAWS = 100, 40  # independent draws
YEAR, TWO_YEARS = 52, 104  # weeks
STEADY, CALM = 0.1, 0.25  # standard deviation of weekly spend against its mean
TOLD_LITTLE = 0.8  # width of the band against the one that was believed
TOGETHER, ALIKE = -0.6, 0.9  # correlation of two channels' contributions; of their spend
HIGH_ROI, HIGHEST_ROI = 15.0, 50.0
MUCH, TOO_MUCH = 0.5, 0.75  # of the revenue, brought by ads
WORSE = 1.1  # times the error of the seasonal naive
NAMED = 4  # weeks


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    title: str
    verdict: Verdict
    found: str
    """What it came to."""
    advice: str
    """What to do; empty where there is nothing to do."""
    channels: tuple[str, ...] = ()
    """The channels that it is about."""


def run(
    response: Response,
    panel: Panel,
    beliefs: Sequence[Belief] = (),
    holdout: Holdout | None = None,
    tests: Sequence[LiftTest] = (),
) -> list[Check]:
    """All checks, the worst first."""
    checks = [
        _weeks(panel),
        _convergence(response),
        _out_of_time(holdout),
        _learnt(response, beliefs),
        _heard(panel, tests),
        _plausible(response, panel),
        _apart(response, panel),
        _varies(panel),
        _bends(response),
        _gaps(panel),
        _outliers(response),
        _assumed(panel),
    ]
    order: dict[Verdict, int] = {"bad": 0, "look": 1, "good": 2}
    return sorted((check for check in checks if check), key=lambda check: order[check.verdict])


def _weeks(panel: Panel) -> Check:
    count = len(panel.weeks)
    verdict: Verdict = "bad" if count < YEAR else "look" if count < TWO_YEARS else "good"
    advice = {
        "bad": "Load older sales and ads: with less than a year, a season cannot be told from ads that follow it.",
        "look": "Load older sales and ads where you have them: two years let the season be seen twice.",
        "good": "",
    }[verdict]
    return Check("weeks", "Are there enough weeks?", verdict, f"{count} whole weeks of sales.", advice)


def _convergence(response: Response) -> Check:
    away, worth = response.convergence[:, 0], response.convergence[:, 1]
    bad = (away > SPLIT) | (worth < FEW_DRAWS)
    unsure = (away > AGREE) | (worth < MANY_DRAWS)
    verdict: Verdict = "bad" if bad.any() else "look" if unsure.any() else "good"
    found = f"Four runs of the sampler differ by a factor of {away.max():.2f} at most (1 is none)."
    if verdict == "good":
        return Check("convergence", "Has the sampler settled?", verdict, found, "")
    named = _named(response.channels, bad if bad.any() else unsure)
    advice = f"Take the bands of {_words(named)} as rough; more weeks or a lift test would settle it."
    return Check("convergence", "Has the sampler settled?", verdict, found, advice, named)


def _out_of_time(holdout: Holdout | None) -> Check | None:
    if holdout is None:
        return None
    found = (
        f"The last {holdout.weeks} weeks, forecast from the weeks before and the spend in them, are missed by "
        f"{holdout.mape:.0%} a week; the same week a year before misses them by {holdout.naive:.0%}."
    )
    worse = holdout.mape > WORSE * holdout.naive
    verdict: Verdict = "bad" if worse and holdout.mape > 2 * holdout.naive else "look" if worse else "good"
    advice = (
        "Something moves sales that is in no table. Add events, prices and promotions of that time." if worse else ""
    )
    return Check("out_of_time", "Does it forecast weeks that it has not seen?", verdict, found, advice)


def _learnt(response: Response, beliefs: Sequence[Belief]) -> Check:
    """Prior against posterior: where the band is as wide as before, the data said little."""
    low, middle, high = band(response.roi)
    before = response.prior_roi
    known = np.isfinite(before).all(1) & np.isfinite(middle)
    width = np.where(known, (high - low) / np.maximum(before[:, 1] - before[:, 0], 1e-9), 0.0)
    believed = np.isin(response.channels, [belief.channel for belief in beliefs])
    against = believed & known & ((middle < before[:, 0]) | (middle > before[:, 1]))
    title = "Have the data said something?"
    if against.any():
        named = _named(response.channels, against)
        found = f"The data point outside of the range that was typed for {_words(named)}."
        return Check("learnt", title, "look", found, "Check the range, or run a lift test of the channel.", named)
    little = width > TOLD_LITTLE
    if little.any():
        named = _named(response.channels, little)
        found = f"The range of the return of {_words(named)} is about as wide as before the data were seen."
        advice = "Vary the spend (pause a week, double another), or run a lift test and type in what it found."
        return Check("learnt", title, "look", found, advice, named)
    share = f"to {width[known].max():.0%} of what they were, or less" if known.any() else "for every channel"
    return Check("learnt", title, "good", f"The data narrowed the ranges {share}.", "")


def _heard(panel: Panel, tests: Sequence[LiftTest]) -> Check | None:
    """Lift tests count by the spend of their days: where the data have none they say nothing."""
    if not tests:
        return None
    silent = [test for test in tests if not _met(panel, test)]
    title = "Do the lift tests count?"
    if not silent:
        return Check("tests", title, "good", "In the days of every lift test money was spent on its channel.", "")
    named = tuple(dict.fromkeys(test.channel for test in silent))
    days = "; ".join(f"{test.channel}, {test.first} to {test.last}" for test in silent[:NAMED])
    found = f"No money was spent on the channel in the days of {len(silent)} of {len(tests)} lift tests: {days}."
    advice = (
        "They change nothing as they are. Type days in which the ads ran, and what they brought in them, or load the "
        "sales and ads of that time."
    )
    return Check("tests", title, "look", found, advice, named)


def _met(panel: Panel, test: LiftTest) -> bool:
    if test.channel not in panel.channels:
        return False
    spend = panel.spend[panel.channels.index(test.channel)].sum(0)
    return bool((spend * test.weeks(panel.weeks)).any())


def _plausible(response: Response, panel: Panel) -> Check:
    roi = band(response.roi)[1]
    high = np.nan_to_num(roi) > HIGH_ROI
    share = float(np.median(response.contribution.sum(1)) / max(np.maximum(panel.revenue, 0).sum(), 1e-9))
    bad = (np.nan_to_num(roi) > HIGHEST_ROI).any() or share > TOO_MUCH
    verdict: Verdict = "bad" if bad else "look" if high.any() or share > MUCH else "good"
    found = f"Ads bring {share:.0%} of the revenue; the returns run from {np.nanmin(roi):.1f} to {np.nanmax(roi):.1f}."
    named = _named(response.channels, high)
    if verdict == "good":
        return Check("plausible", "Are the returns plausible?", verdict, found, "")
    advice = (
        "Is all spend of these channels loaded, in the shop's currency? A channel that reaches those who would buy "
        "anyway (a newsletter, your own brand in search) also looks like this: a lift test tells."
    )
    return Check("plausible", "Are the returns plausible?", verdict, found, advice, named)


def _apart(response: Response, panel: Panel) -> Check:
    """Channels that the data cannot tell from each other."""
    title = "Can the channels be told apart?"
    pairs = []
    money = response.contribution
    spend = panel.spend.reshape(len(panel.channels), -1) / np.maximum(response.scale.repeat(len(panel.weeks), 1), 1e-9)
    for one in range(len(response.channels)):
        for other in range(one + 1, len(response.channels)):
            if _related(money[:, one], money[:, other]) < TOGETHER or _related(spend[one], spend[other]) > ALIKE:
                pairs.append((one, other))
    if not pairs:
        return Check("apart", title, "good", "No two channels rise and fall together.", "")
    names = response.channels
    found = "; ".join(f"{names[one]} and {names[other]}" for one, other in pairs)
    advice = (
        "Read these as a pair: their sum is surer than each. Run one without the other for some weeks to part them."
    )
    flags = np.isin(np.arange(len(names)), [number for pair in pairs for number in pair])
    return Check("apart", title, "look", f"The data hardly part {found}.", advice, _named(names, flags))


def _related(one: np.ndarray, other: np.ndarray) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _varies(panel: Panel) -> Check:
    mean = panel.spend.mean(-1)
    change = np.divide(panel.spend.std(-1), mean, out=np.zeros_like(mean), where=mean > 0).max(1)
    spent = (mean > 0).any(1)
    steady, calm = spent & (change < STEADY), spent & (change < CALM)
    verdict: Verdict = "bad" if steady.any() else "look" if calm.any() else "good"
    if verdict == "good":
        return Check("varies", "Does spend vary?", verdict, "Every channel's spend rises and falls.", "")
    named = _named(panel.channels, steady if steady.any() else calm)
    found = f"{_words(named)} {'is' if len(named) == 1 else 'are'} spent on nearly evenly."
    advice = "No data can tell what a constant does. Pause the channel for two weeks, or double it, and fit again."
    return Check("varies", "Does spend vary?", verdict, found, advice, named)


def _bends(response: Response) -> Check:
    """Whether the spend that was seen reaches the part of the curve that bends."""
    seen = response.past_spend.sum(1).max(-1)
    far = (band(saturation(response, 0.5))[1] > seen) & (response.effect.mean(0) > 0)
    title = "Were the curves seen to bend?"
    if not far.any():
        return Check("bends", title, "good", "Every channel was seen at half of its full effect or more.", "")
    named = _named(response.channels, far)
    found = f"{_words(named)} never spent enough to see where the curve flattens."
    advice = "What more than the largest week would bring is a guess, and is shown as one. Raise spend step by step."
    return Check("bends", title, "look", found, advice, named)


def _gaps(panel: Panel) -> Check:
    """Weeks without any sale, and channels whose ads end long before the sales do."""
    empty = int((panel.units.sum(0) <= 0).sum())
    spend = panel.spend.sum(1) > 0
    last = np.array([np.flatnonzero(row)[-1] if row.any() else -1 for row in spend])
    ended = last < len(panel.weeks) - 13
    title = "Is anything missing?"
    if empty:
        found = f"{empty} of {len(panel.weeks)} weeks have no sales at all."
        return Check(
            "gaps", title, "bad", found, "Load the missing weeks on the Data page, or older data from there on."
        )
    if ended.all():
        found = f"The last ads are of the week of {panel.weeks[last.max()]}, the sales go on for longer."
        return Check("gaps", title, "bad", found, "Load the latest exports of the ad platforms.", tuple(panel.channels))
    if ended.any():
        named = _named(panel.channels, ended)
        found = f"{_words(named)} had no spend in the last quarter."
        return Check("gaps", title, "look", found, "If the channel still runs, load its latest export.", named)
    return Check("gaps", title, "good", "Sales and spend go on until the last week.", "")


def _outliers(response: Response) -> Check:
    week = np.nonzero(response.outliers)[1]
    if not len(week):
        return Check("outliers", "Does a week stand out?", "good", "All weeks are within what the model expects.", "")
    begun = np.unique(response.weeks[week])
    days = ", ".join(str(day) for day in begun[:NAMED])
    many, where = len(week), " of a category" if len(response.groups) > 1 else ""
    found = (
        f"{many} week{'s' if many > 1 else ''}{where} sold far more or less than anything explains: of those that "
        f"begin on {days}{' and others' if len(begun) > NAMED else ''}."
    )
    advice = "They are set apart. If you know what happened, add it to the calendar of events."
    return Check("outliers", "Does a week stand out?", "look", found, advice)


def _assumed(panel: Panel) -> Check | None:
    if not panel.assumed:
        return None
    advice = "Add cost to the products file, and order numbers to the sales, where you have them."
    return Check("assumed", "Is anything assumed?", "look", " ".join(panel.assumed), advice)


def _named(channels: Sequence[str], flags: np.ndarray) -> tuple[str, ...]:
    return tuple(name for name, flag in zip(channels, flags, strict=True) if flag)


def _words(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
