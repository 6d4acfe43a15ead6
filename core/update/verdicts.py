"""Is a model still good, in one plain word and why: "good", "look" (something to know) or "act" (update now).

A sign counts where it is no chance and large enough to matter; the worst sign is the verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from scipy.stats import binom, binomtest

from core.trainers import ModelKind
from core.update.health import Health

__all__ = ["NAMES", "Severity", "Sign", "Verdict", "of_age", "of_demand", "signs"]

Severity = Literal["good", "look", "act"]
NAMES: dict[ModelKind, str] = {
    "demand": "Forecaster",
    "preference": "Preference scorer",
    "sentiment": "Reader of reviews",
    "prices": "Price response",
    "ads": "Ads response",
}
ORDER: dict[Severity, int] = {"act": 0, "look": 1, "good": 2}
FEWEST = 10  # launches since, to be judged by
MEANT = 0.8
CHANCE, SURE = 0.05, 0.01  # of so low a coverage, were the range right
WORSE, MUCH_WORSE = 0.05, 0.15  # of the WAPE, beside what was promised
BIASED, MUCH_BIASED = 0.1, 0.3
NEW_SHARE = 0.2  # launches since, beside those learnt from: enough to learn from
OLD, VERY_OLD = 13, 39  # weeks of sales since


@dataclass(frozen=True)
class Sign:
    """One thing that was looked at."""

    severity: Severity
    words: str
    advice: str = ""


@dataclass(frozen=True)
class Verdict:
    """What to think of a model."""

    kind: ModelKind
    words: str
    """One or two sentences, for a line of a page."""
    severity: Severity
    figures: dict[str, float] = field(default_factory=dict)
    signs: tuple[Sign, ...] = ()
    """All that was looked at, the worst first."""


def of_demand(health: Health, today: date, beside: Sequence[Sign] = ()) -> Verdict:
    """Of the forecaster. today: the day after the data end. beside: what else is known of it."""
    found = tuple(sorted((*signs(health), *beside), key=lambda one: ORDER[one.severity]))
    worst = found[0]
    said = {
        "good": f"still good. {worst.words}",
        "look": f"worth a look. {worst.words}",
        "act": f"update now. {worst.words}",
    }[worst.severity]
    if health.until < today and (today - health.until).days > 1:
        said += f" Judged on sales to {health.until:%-d %B %Y}; newer ones are loaded."
    return Verdict("demand", f"{NAMES['demand']}: {said}", worst.severity, health.figures, found)


def signs(health: Health) -> tuple[Sign, ...]:
    """What was looked at, the worst first."""
    found = [_enough(health), *_launched(health)] if health.since >= FEWEST else [_few(health)]
    found += [
        Sign(
            "look",
            one.words,
            "Read the like items of the new ones with care; an update helps once some of their kind were sold.",
        )
        for one in health.drifts
        if one.moved
    ]
    if not any(one.moved for one in health.drifts):
        found.append(Sign("good", "Prices, categories, words, level and season are as in what it learnt from."))
    return tuple(sorted(found, key=lambda one: ORDER[one.severity]))


def _few(health: Health) -> Sign:
    said = (
        "No launch window has closed since it was trained"
        if not health.since
        else f"{_many(health.since, 'launch window')} closed since it was trained; {FEWEST} are needed to judge by"
    )
    return Sign("good", f"{said}; {health.promised_by} says an error of {health.promised_wape:.0%} (WAPE).")


def _enough(health: Health) -> Sign:
    """Whether there is much to learn from."""
    share = health.since / max(health.learnt, 1)
    said = f"{health.since} launches came since, beside the {health.learnt:,} that it has learnt from."
    return Sign("look", said, "Update: there is much to learn from.") if share >= NEW_SHARE else Sign("good", said)


def _launched(health: Health) -> list[Sign]:
    """Error, bias and range of the launches since."""
    told = health.figures
    return [_error(told, health), _bias(told), _range(told)]


def _error(told: dict[str, float], health: Health) -> Sign:
    said = (
        f"It misses the launches since by {told['wape']:.0%} (95 % {told['wape_low']:.0%} to {told['wape_high']:.0%}); "
        f"{health.promised_by} says {health.promised_wape:.0%}."
    )
    promised = health.promised_wape
    if told["wape_low"] > promised + MUCH_WORSE:
        return Sign("act", said, "Update it on the newest launches.")
    if told["wape_low"] > promised and told["wape"] > promised + WORSE:
        return Sign("look", said, "Update it, and see whether the newer one does better.")
    return Sign("good", said)


def _bias(told: dict[str, float]) -> Sign:
    """Whether forecasts lie off to one side. The sums jump with a few best sellers, so that half of the launches above
    their median is what tells chance from bias (sign test), and the sums how large it is."""
    bias, above, count = told["bias"], int(told["above"]), int(told["launches"])
    chance = binomtest(above, count).pvalue
    said = (
        f"It expects {abs(bias):.0%} {'more' if bias > 0 else 'less'} than the launches since have sold; {above} of "
        f"{count} sold more than their median forecast, where half should."
    )
    same = (bias > 0) == (2 * above < count)  # else a few launches alone have moved the sums
    if chance < SURE and same and abs(bias) >= MUCH_BIASED:
        return Sign("act", said, "Update it: the level of the shop's launches has moved.")
    if chance < CHANCE and same and abs(bias) >= BIASED:
        return Sign("look", said, "Update it, and look whether stock-outs or promotions explain it.")
    return Sign("good", said)


def _range(told: dict[str, float]) -> Sign:
    count, covered = int(told["launches"]), int(told["covered"])
    said = f"{covered} of {count} launches since fell into their likely range, which should hold 8 in 10."
    below = binom.cdf(covered, count, MEANT)
    if below < SURE:
        return Sign("act", said, "Update it: its ranges promise too much.")
    if below < CHANCE:
        return Sign("look", said, "Order with more care than the ranges say, and update.")
    if binom.sf(covered - 1, count, MEANT) < SURE:
        return Sign("look", said, "Ranges are wider than they need be; an update narrows them.")
    return Sign("good", said)


def _many(count: int, name: str) -> str:
    return f"{count} {name}{'s have' if count != 1 else ' has'}"


def _since(weeks: int) -> str:
    return f"{weeks} week{'s' * (weeks > 1)} of sales came since" if weeks else "no whole week of sales came since"


def of_age(kind: ModelKind, learnt_to: date | None, today: date, beside: Sequence[Sign] = ()) -> Verdict:
    """Of a model that no launch judges: how much came since it has learnt. beside: what else is known of it."""
    if learnt_to is None:
        age = Sign("look", "It does not say what it has learnt from.", "Update it.")
    else:
        weeks = max(0, (today - learnt_to).days - 1) // 7
        said = f"It has learnt from sales to {learnt_to:%-d %B %Y}; {_since(weeks)}."
        severity: Severity = "act" if weeks >= VERY_OLD else "look" if weeks >= OLD else "good"
        age = Sign(severity, said, "" if severity == "good" else "Update it.")
    found = tuple(sorted((age, *beside), key=lambda one: ORDER[one.severity]))
    mark = {"good": "still good", "look": "worth a look", "act": "update now"}[found[0].severity]
    return Verdict(kind, f"{NAMES[kind]}: {mark}. {found[0].words}", found[0].severity, {}, found)
