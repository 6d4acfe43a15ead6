"""The response of a new item, which has no ads of its own: borrowed from its category and from its like items.

A category's curves hold for the category's items as a whole. By how much one item answers more or less is seen in how
its share of the category's sales moves when the ads do: with pressure x_t = lift_t / (1 + lift_t),

    units_it / units_t ~ 1 + (answer_i - 1) x_t

by weighted least squares beside trend, season and the fading of a launch. Answers differ from item to item by tau
(as in a meta-analysis with random effects: Paule & Mandel 1982, https://doi.org/10.6028/jres.087.022). A new item's
answer is that of its like items, each by its likeness and certainty, drawn towards 1; its range holds tau, so
it is wider than the category's. Own weeks, once it sells, are one more observation of it (normal, conjugate).
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from core.ads.baseline import to_come
from core.history import History
from models.adstock import LAGS

if TYPE_CHECKING:
    from core.ads.response import Response

__all__ = ["Answers", "Borrowed", "answers", "borrow"]

LEAST_WEEKS = 20  # on sale, for an item to tell anything
LEAST_UNITS = 1.0  # a week
LEAST_SOLD = 1e-3  # a week: what is expected not to sell at all has its part of the ads, too, if next to none
LEAST_SPREAD = 0.25  # tau, or more: no two items answer quite alike, however little the data show of it
MOST_SPREAD = 1.0
FADING = 6.0  # weeks in which a launch loses most of what is special about it
LEAST_ERROR = 1e-3
LEAST_STEEP = 0.2
LEAST_ANSWER = 0.05
YEAR, WAVES = 52, 2
CHI_MEDIAN = 0.4549  # of a squared standard normal
FEWEST = 3  # items with an answer, for tau to be told
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Answers:
    """How strongly single items answer ads, against their category."""

    items: pd.DataFrame
    """product_id, group (number), answer (1 is the category's), error (its standard error)."""
    spread: float
    """tau: standard deviation of the true answers."""


@dataclass(frozen=True)
class Borrowed:
    """What is expected of a new item's ads."""

    response: "Response"
    """With one group: the item, at its share of the category."""
    items: int
    """Like items that it is borrowed from."""
    categories: list[str]
    answer: tuple[float, float, float]
    """P10, mean and P90 of its answer against the category's."""
    weeks: int
    """Own weeks that it was updated by."""

    @property
    def words(self) -> str:
        """Where it comes from."""
        others = len(self.categories) - 1
        where = self.categories[0] or "the whole shop"
        if others > 0:
            where += f" and {others} other categor{'ies' if others > 1 else 'y'}"
        if self.items:
            count = f"borrowed from {self.items:,} like item{'s' if self.items > 1 else ''} in {where}"
        else:
            count = f"borrowed from {where}: no like item tells how it answers ads"
        own = f", updated by {self.weeks:,} weeks of its own" if self.weeks else ""
        return count + own


def answers(history: History, response: "Response") -> Answers:
    """How every item that has sold for long enough answers ads."""
    groups = _groups(history.items["category"], response.groups)
    units = _weekly(history, response.weeks)  # (n, T)
    first = _first_week(history, response.weeks)
    rows = []
    for group in range(len(response.groups)):
        inside = np.flatnonzero(groups == group)
        pressure = _pressure(response, group)
        whole = units[inside].sum(0)
        for row in inside:
            told = _answer(units[row], whole, pressure, int(first[row]))
            if told:
                rows.append((history.items["product_id"].iloc[row], group, *told))
    items = pd.DataFrame(rows, columns=["product_id", "group", *_Told._fields])
    items["error"] *= _noise(items)
    items["answer"], items["error"] = _from_none(items)
    items = items[["product_id", "group", "answer", "error", "weeks"]]
    return Answers(items, _spread(items["answer"].to_numpy(float), items["error"].to_numpy(float)))


class _Told(NamedTuple):
    """What one item's weeks tell."""

    answer: float
    """Beyond the group's, against its level under the usual ads."""
    error: float
    """For noise of 1."""
    noise: float
    share: float
    """Of its group's units."""
    pressure: float
    """The usual one."""
    weeks: int


def _from_none(items: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Answers and errors against the level without ads; as far as an item's answer is known, as it is in the factor."""
    sure = items["answer"] / (1 + items["error"] ** 2)
    steep = (1 - sure * items["pressure"]).clip(lower=LEAST_STEEP)
    return 1 + items["answer"] / steep, (items["error"] / steep**2).clip(lower=LEAST_ERROR)


def _noise(items: pd.DataFrame) -> np.ndarray:
    """(n,) what is usual for an item of its size: own noise is larger where a burst makes the answer larger, too."""
    if len(items) < FEWEST:
        return items["noise"].to_numpy(float)
    size, noise = (
        np.log(items["share"].to_numpy(float)),
        np.log(np.maximum(items["noise"].to_numpy(float), LEAST_ERROR)),
    )
    steep, level = np.polyfit(size - size.mean(), noise, 1) if size.std() > 0 else (0.0, noise.mean())
    return np.exp(level + steep * (size - size.mean()) + (noise - level).var() / 2)


def borrow(
    response: "Response", known: Answers, like: pd.DataFrame, categories: pd.Series, category: str | None,
    units: float, item_id: str = "", window: tuple[int, int] | None = None,
) -> Borrowed:  # fmt: skip
    """The response of an item that is expected to sell `units` a week.

    like: product_id, weight of its like items. categories: product_id to category. category: its own, None if unknown.
    window: weeks between the data's last and the first of those sold in, and their number: for the category's season.
    """
    shares = _shares(response.groups, like, categories, category)  # (G,)
    home = int(shares.argmax())
    told = known.items.merge(like[["product_id", "weight"]], on="product_id")
    told = told[told["product_id"] != item_id]
    mean, variance = _prior(told, known.spread)
    own = known.items[known.items["product_id"] == item_id]
    if len(own):
        mean, variance = _updated(mean, variance, float(own["answer"].iloc[0]), float(own["error"].iloc[0]))
    drawn = _drawn(mean, variance, response.draws)
    whole = to_come(response, home, *window).mean() if window else response.base[home]
    size = max(units, LEAST_SOLD) / max(float(whole), 1e-9)
    made = _scaled(response, home, shares, drawn, size, units)
    low, high = np.quantile(drawn, (0.1, 0.9))
    names = [response.groups[at] for at in np.argsort(-shares) if shares[at] > 0]
    return Borrowed(
        made, len(told), names, (float(low), float(drawn.mean()), float(high)),
        int(own["weeks"].iloc[0]) if len(own) else 0,
    )  # fmt: skip


def _scaled(
    response: "Response", home: int, shares: np.ndarray, drawn: np.ndarray, size: float, units: float
) -> "Response":
    """One group: the item. Its effects are those of a category drawn by its share of the like items, times its own."""
    places = np.searchsorted(np.cumsum(shares), (np.arange(1, response.draws + 1) * GOLDEN) % 1.0)
    places = np.minimum(places, len(shares) - 1)
    effect = np.take_along_axis(response.group_effect, places[:, None, None], axis=2) * drawn[:, None, None]
    only = {name: getattr(response, name)[:, [home]] * size for name in ("scale", "history", "largest", "past_spend")}
    rows = {
        name: getattr(response, name)[[home]]
        for name in ("price", "margin", "fitted", "past_base", "outliers", "past_price")
    }
    base = np.array([units])
    return replace(response, groups=[response.groups[home]], group_effect=effect, base=base, level=base, **only, **rows)


def _shares(groups: list[str], like: pd.DataFrame, categories: pd.Series, category: str | None) -> np.ndarray:
    """(G,) of the like items' weight in each group; its own category counts as much as all of them together."""
    places = _groups(like["product_id"].map(categories), groups)
    weight = np.bincount(
        places[places >= 0], weights=like["weight"].to_numpy(float)[places >= 0], minlength=len(groups)
    )
    total = weight.sum()
    shares = weight / total if total > 0 else np.zeros(len(groups))
    own = _groups(pd.Series([category]), groups)[0]
    if own >= 0:
        shares[own] += 1.0
    return shares / shares.sum() if shares.sum() > 0 else np.full(len(groups), 1 / len(groups))


def _groups(names: pd.Series, groups: list[str]) -> np.ndarray:
    """Number of each category's group; -1 where it is none."""
    if groups == [""]:
        return np.zeros(len(names), dtype=int)
    at = {" ".join(name.casefold().split()): number for number, name in enumerate(groups)}
    other = at.get("other", -1)
    return np.array([at.get(" ".join(str(name).casefold().split()), other) for name in names.fillna("")], dtype=int)


def _weekly(history: History, weeks: np.ndarray) -> np.ndarray:
    """(n, T) units in these weeks."""
    first = (weeks.astype("datetime64[D]") - np.datetime64(history.start)).astype(int)
    edges = np.clip(np.append(first, first[-1] + 7), 0, history.days)
    return np.diff(history.cumulative[:, edges], axis=1)


def _first_week(history: History, weeks: np.ndarray) -> np.ndarray:
    """(n,) number of the first whole week on sale, from the first of `weeks`; below 0 for what was there before."""
    start = int((weeks[0].astype("datetime64[D]") - np.datetime64(history.start)).astype(int))
    return np.ceil((history.items["launch"].to_numpy(float) - start) / 7).astype(int)


def _pressure(response: "Response", group: int) -> np.ndarray:
    """(T,) share of the group's units that the ads bring, on average over the draws."""
    lift = response.share(response.past_spend[:, group], group).sum(1).mean(0)
    return lift / (1 + lift)


def _answer(units: np.ndarray, whole: np.ndarray, pressure: np.ndarray, first: int) -> "_Told | None":
    """answer, error and weeks of one item; None where it tells nothing. whole: (T,) units of its group."""
    on_sale = slice(max(LAGS, first), None)  # before, what was spent earlier and still worked is not known
    mine, all_units, x = units[on_sale], whole[on_sale], pressure[on_sale]
    sold = all_units > 0
    mine, all_units, x = mine[sold], all_units[sold], x[sold]
    weeks = len(mine)
    if weeks < LEAST_WEEKS or mine.mean() < LEAST_UNITS or x.std() < 1e-6:
        return None
    columns = [np.ones(weeks), x - x.mean(), *_backdrop(np.flatnonzero(sold) + max(LAGS, first), first)]
    share = mine.sum() / all_units.sum()
    weight = np.sqrt(all_units)
    design = np.column_stack(columns) * weight[:, None]
    target = mine / all_units / share * weight
    cover = np.linalg.pinv(design.T @ design)
    found = cover @ (design.T @ target)
    rest = target - design @ found
    noise = rest @ rest / max(1, weeks - design.shape[1]) * _inflation(rest, design[:, 1])
    return _Told(
        float(found[1]), float(np.sqrt(cover[1, 1])), float(np.sqrt(noise)), float(share), float(x.mean()), weeks
    )


def _backdrop(week: np.ndarray, first: int) -> list[np.ndarray]:
    """Trend; season where it can be told from the trend, and the fading of a launch that was seen."""
    weeks = len(week)
    columns = [np.linspace(-0.5, 0.5, weeks)]
    if weeks >= YEAR:
        turn = 2 * np.pi * week / YEAR
        columns += [wave(times * turn) for times in range(1, WAVES + 1) for wave in (np.sin, np.cos)]
    if first >= 0:
        columns.append(np.exp(-(week - first) / FADING))
    return columns


def _inflation(rest: np.ndarray, x: np.ndarray) -> float:
    """By how much less weeks tell that hang together with the week before (Bartlett 1935)."""
    both = max(0.0, _kept(rest) * _kept(x))
    return (1 + both) / (1 - min(both, 0.95))


def _kept(values: np.ndarray) -> float:
    """Correlation with the week before."""
    values = values - values.mean()
    return float(values[1:] @ values[:-1] / max(values @ values, 1e-12))


def _spread(answer: np.ndarray, error: np.ndarray) -> float:
    """tau: so wide that the middle one of the squared distances from 1 is what it is for a normal (as Paule & Mandel,
    by the median, as a few items answer something else than ads), within what is plausible."""
    if len(answer) < FEWEST:
        return LEAST_SPREAD
    low, high = LEAST_SPREAD, MOST_SPREAD
    for _ in range(30):
        middle = (low + high) / 2
        wide = np.median((answer - 1) ** 2 / (error**2 + middle**2)) < CHI_MEDIAN
        low, high = (low, middle) if wide else (middle, high)
    return (low + high) / 2


def _prior(told: pd.DataFrame, spread: float) -> tuple[float, float]:
    """Mean and variance of a new item's answer, from its like items'."""
    if told.empty:
        return 1.0, 2 * spread**2
    total = told["error"].to_numpy(float) ** 2 + spread**2
    weight = told["weight"].to_numpy(float) / total
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(told), 1 / len(told))
    seen, doubt = float(weight @ told["answer"].to_numpy(float)), float((weight**2) @ total)
    mean, variance = _updated(1.0, spread**2, seen, np.sqrt(doubt))
    return mean, variance + spread**2


def _updated(mean: float, variance: float, seen: float, error: float) -> tuple[float, float]:
    """A normal belief after one observation of it."""
    precision = 1 / variance + 1 / error**2
    return (mean / variance + seen / error**2) / precision, 1 / precision


def _drawn(mean: float, variance: float, draws: int) -> np.ndarray:
    """(draws,) answers above 0: lognormal, evenly spread and in an order that hangs together with nothing."""
    from scipy.special import ndtri

    mean = max(mean, LEAST_ANSWER)
    width = np.log1p(variance / mean**2)
    places = (np.arange(1, draws + 1) * GOLDEN * GOLDEN) % 1.0
    drawn = np.exp(ndtri((places.argsort().argsort() + 0.5) / draws) * np.sqrt(width))
    return drawn / drawn.mean() * mean
