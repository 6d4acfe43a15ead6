"""What the merchandiser wished as limits on launches, each with its words and with what would loosen it."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.plans.alike import ALIKE, TWINS
from core.plans.options import Options
from core.plans.problem import Problem, Row

__all__ = ["BUDGETS", "SPACING", "problem"]

BUDGETS = ("stock", "ads")
SPACING = "spacing"
ONCE = -1


def problem(options: Options, pairs: pd.DataFrame) -> Problem:
    """The plan's problem. pairs: items that are alike, see `alike.pairs`."""
    n, weeks, prices, ads, stocks = options.shape
    shape = (n, weeks * prices, ads * stocks)
    spent = np.broadcast_to(options.ads[:, None, None, :, None], options.stock.shape)
    limits = (options.wishes.stock_budget, options.wishes.ads_budget)
    place = pd.Index(options.item_ids)
    one, other = place.get_indexer(pairs["one"]), place.get_indexer(pairs["other"])
    losses = pairs["loss"].to_numpy(float) * options.wishes.profit_part
    loses = (one >= 0) & (other >= 0) & (losses > 0)
    return Problem(
        options.worth.reshape(shape),
        np.repeat(np.arange(weeks), prices),
        np.stack([options.stock_money.reshape(shape), spent.reshape(shape)]),
        np.array([np.inf if limit is None else limit for limit in limits]),
        tuple(_rows(options, pairs)),
        options.must,
        np.column_stack([one, other])[loses],
        losses[loses],
    )


def _rows(options: Options, pairs: pd.DataFrame) -> Iterator[Row]:
    yield from _counts(options)
    yield from _of_weeks(options)
    yield from _of_pairs(options, pairs)
    yield from _bundles(options)


def _counts(options: Options) -> Iterator[Row]:
    """Items in all and by category."""
    wishes, every = options.wishes, np.arange(len(options.item_ids))
    if wishes.launches is not None:
        words = f"at most {wishes.launches:,} items in all"
        yield _whole("launches", words, every, high=wishes.launches, relief="allow {by} more items in all")
    if wishes.least:
        words = f"at least {wishes.least:,} items in all"
        yield _whole("least", words, every, low=wishes.least, relief="ask for {by} fewer items in all")
    for category, least, most in wishes.categories:
        mine = np.flatnonzero(options.category == category)
        if most is not None:
            words, relief = f"at most {most:,} of {category}", f"allow {{by}} more of {category}"
            yield _whole("category", words, mine, high=most, relief=relief)
        if least:
            words, relief = f"at least {least:,} of {category}", f"ask for {{by}} fewer of {category}"
            yield _whole("category", words, mine, low=least, relief=relief)


def _of_weeks(options: Options) -> Iterator[Row]:
    """Launches a week."""
    own = dict(options.wishes.capacities)
    every = np.arange(len(options.item_ids))
    for number, week in enumerate(options.weeks):
        most = own.get(week.date(), options.wishes.week_capacity)
        if most is not None:
            day = f"{week:%d %b %Y}"
            words, relief = f"at most {most:,} launches in the week of {day}", f"allow {{by}} more in the week of {day}"
            yield Row("week", words, every, np.full(len(every), number), np.ones(len(every)), -np.inf, most, relief)


def _of_pairs(options: Options, pairs: pd.DataFrame) -> Iterator[Row]:
    """Not both of two; and weeks between two that are alike."""
    place = {item: at for at, item in enumerate(options.item_ids)}
    for one, other in options.wishes.not_both:
        if one in place and other in place and one != other:
            yield _apart(place[one], place[other], f"not both of {one} and {other}", f"allow both {one} and {other}")
    known = pairs[pairs["one"].isin(place) & pairs["other"].isin(place)]
    for one, other, alike in zip(known["one"], known["other"], known["similarity"], strict=True):
        if options.wishes.twins and alike >= TWINS:
            words = f"one at most of {one} and {other}, which are nearly the same"
            relief = f"allow both {one} and {other}, which are nearly the same"
            yield _apart(place[one], place[other], words, relief)
        elif options.wishes.spacing and alike >= ALIKE:
            yield from _spaced(options, place[one], place[other])


def _spaced(options: Options, one: int, other: int) -> Iterator[Row]:
    """In any `spacing` weeks in a row, one of the two at most. Weeks may be missing from the grid.

    Also in those that begin before it: so the closer the two are, the more of these limits they break.
    """
    gap = options.wishes.spacing
    days = np.array([week.toordinal() for week in options.weeks])
    names = f"{options.item_ids[one]} and {options.item_ids[other]}"
    for day in np.union1d(days, days - 7 * (gap - 1)):
        inside = np.flatnonzero((days >= day) & (days < day + 7 * gap))
        if options.open[one][inside].any() and options.open[other][inside].any():
            items = np.repeat([one, other], len(inside))
            words = f"{gap} weeks between {names}, which are alike"
            relief = f"leave {{by}} weeks between {names}"
            yield Row(SPACING, words, items, np.tile(inside, 2), np.ones(len(items)), -np.inf, 1, relief)


def _bundles(options: Options) -> Iterator[Row]:
    """All in the same week, or none."""
    place = {item: at for at, item in enumerate(options.item_ids)}
    for bundle in options.wishes.together:
        known = [item for item in bundle if item in place]
        for item in known[1:]:
            for week in range(len(options.weeks)):
                items, names = np.array([place[known[0]], place[item]]), f"{known[0]} and {item}"
                words, coef = f"{names} in the same week, or neither", np.array([1.0, -1.0])
                yield Row("together", words, items, np.full(2, week), coef, 0, 0, f"launch {names} apart")


def _whole(
    name: str, words: str, items: np.ndarray, low: float = -np.inf, high: float = np.inf, relief: str = ""
) -> Row:
    return Row(name, words, items, np.full(len(items), ONCE), np.ones(len(items)), low, high, relief)


def _apart(one: int, other: int, words: str, relief: str) -> Row:
    return Row("apart", words, np.array([one, other]), np.full(2, ONCE), np.ones(2), -np.inf, 1, relief)
