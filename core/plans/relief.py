"""The change that would free a plan, applied: the words of a clash made into other wishes.

`clash` says what would have to give, in the words of `limits`; here each of these is a change of the wishes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from core.errors import DebutError
from core.plans.wishes import Wishes

__all__ = ["eased"]

NUMBER = r"([\d,]+)"


def eased(wishes: Wishes, relief: Sequence[str]) -> Wishes | None:
    """The wishes after all of these changes; None where one of them is no change of wishes.

    relief: of a `Clash`. An item that was launched by hand, for instance, is freed by taking that back instead.
    """
    first = wishes
    for words in relief:
        changed = _one(wishes, words)
        if changed is None or _one(first, words) == first:
            return None
        wishes = changed
    try:
        return wishes.checked() if relief else None
    except DebutError:
        return None


def _one(wishes: Wishes, words: str) -> Wishes | None:
    for pattern, change in CHANGES:
        found = re.fullmatch(pattern, words)
        if found:
            return change(wishes, *found.groups())
    return None


def _count(text: str) -> int:
    return int(text.replace(",", ""))


def _more(wishes: Wishes, by: str) -> Wishes:
    return replace(wishes, launches=None if wishes.launches is None else wishes.launches + _count(by))


def _fewer(wishes: Wishes, by: str) -> Wishes:
    return replace(wishes, least=max(0, wishes.least - _count(by)))


def _more_of(wishes: Wishes, by: str, category: str) -> Wishes:
    moved = [
        (name, least, most + _count(by) if name == category and most is not None else most)
        for name, least, most in wishes.categories
    ]
    return replace(wishes, categories=tuple(moved))


def _fewer_of(wishes: Wishes, by: str, category: str) -> Wishes:
    moved = [
        (name, max(0, least - _count(by)) if name == category else least, most)
        for name, least, most in wishes.categories
    ]
    return replace(wishes, categories=tuple(moved))


def _more_in_week(wishes: Wishes, by: str, day: str) -> Wishes:
    week = datetime.strptime(day, "%d %b %Y").date()
    single = dict(wishes.capacities)
    most = single.get(week, wishes.week_capacity)
    if most is None:
        return wishes
    return replace(wishes, capacities=tuple(sorted({**single, week: most + _count(by)}.items())))


def _both(wishes: Wishes, one: str, other: str) -> Wishes:
    return replace(wishes, not_both=tuple(pair for pair in wishes.not_both if set(pair) != {one, other}))


def _twins(wishes: Wishes, _: str) -> Wishes:
    return replace(wishes, twins=False)


def _apart(wishes: Wishes, one: str, other: str) -> Wishes:
    parts = (_without(bundle, other) if {one, other} <= {*bundle} else bundle for bundle in wishes.together)
    return replace(wishes, together=tuple(part for part in parts if len(part) > 1))


def _without(bundle: tuple[str, ...], item: str) -> tuple[str, ...]:
    return tuple(one for one in bundle if one != item)


def _closer(wishes: Wishes, weeks: str, _: str) -> Wishes:
    return replace(wishes, spacing=min(wishes.spacing, _count(weeks)))


def _budget(wishes: Wishes, name: str, by: str) -> Wishes:
    field = {"stock": "stock_budget", "ads": "ads_budget"}[name]
    before = getattr(wishes, field)
    return wishes if before is None else replace(wishes, **{field: before + _count(by)})


def _left_out(wishes: Wishes, item: str) -> Wishes:
    return replace(wishes, must=tuple(one for one in wishes.must if one != item))


CHANGES: tuple[tuple[str, Callable[..., Wishes]], ...] = (
    (rf"allow {NUMBER} more items in all", _more),
    (rf"ask for {NUMBER} fewer items in all", _fewer),
    (rf"allow {NUMBER} more in the week of (.+)", _more_in_week),
    (rf"allow {NUMBER} more of (.+)", _more_of),
    (rf"ask for {NUMBER} fewer of (.+)", _fewer_of),
    (r"allow both (.+), which are nearly the same", _twins),
    (r"allow both (.+) and (.+)", _both),
    (rf"leave {NUMBER} weeks between (.+ and .+)", _closer),
    (r"launch (.+) and (.+) apart", _apart),
    (rf"raise the budget for (stock|ads) by {NUMBER}", _budget),
    (r"let the plan leave (.+) out", _left_out),
)
"""Words of `limits` and `clash`, and the change that they ask for."""
