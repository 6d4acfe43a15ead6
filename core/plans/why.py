"""Why the plan is as it is: a sentence an item, what each misses by, and what the limits are worth in money."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.plans.limits import BUDGETS
from core.plans.options import Options
from core.plans.problem import Problem, Row
from core.plans.solve import Relaxed, Solution, relax
from core.plans.table import LIKE_ITEMS_NAMED, Chosen

if TYPE_CHECKING:
    from core.outlook import Outlook

__all__ = ["Worth", "misses", "reasons", "worths"]

LEAST = 0.5  # money that is worth a word
WORTH_A_WORD = 0.05  # of what an item brings
STEP = 0.1  # of a budget
NAMED = 6
COUNTED = ("launches", "least", "category", "week")  # limits on how many are launched
SMALL = 400  # items; of larger plans the slope stands for a second solution
BUDGET_WORDS = ("stock budget", "ad budget")


@dataclass(frozen=True)
class Worth:
    """A limit that binds."""

    name: str
    """stock, ads, or the kind of the row."""
    words: str
    """A sentence."""
    step: float
    """Money or launches more."""
    gain: float
    """Of the objective."""


def misses(solution: Solution) -> np.ndarray:
    """(n,) by how much each item's worth falls short of a place in the plan; NaN where it cannot be launched."""
    gain = solution.relaxed.gain
    return np.where(np.isfinite(gain), np.maximum(-gain, 0.0), np.nan)


def worths(problem: Problem, solution: Solution) -> list[Worth]:
    """The limits that bind, those that are worth most first."""
    found = [*_of_budgets(problem, solution.relaxed), *_of_rows(problem, solution.relaxed)]
    return sorted((one for one in found if one.gain > LEAST), key=lambda one: -one.gain)


def _of_budgets(problem: Problem, relaxed: Relaxed) -> Iterator[Worth]:
    for number, price in enumerate(relaxed.prices.budgets):
        budget = problem.budgets[number]
        step = max(_round(STEP * budget), 1.0)
        if np.isfinite(budget) and price * step > LEAST:
            budgets = problem.budgets.copy()
            budgets[number] += step
            gain, worth = _gain(problem, relaxed, replace(problem, budgets=budgets), price * step)
            words = f"The next {step:,.0f} of {BUDGET_WORDS[number]} is worth {worth}"
            yield Worth(BUDGETS[number], words, step, gain)


def _of_rows(problem: Problem, relaxed: Relaxed) -> Iterator[Worth]:
    """A limit may be several rows, as a spacing is one for each stretch of weeks: these are loosened together."""
    prices: dict[str, float] = {}
    for row, price in zip(problem.rows, relaxed.prices.rows, strict=True):
        if abs(price) > LEAST and row.name != "together":
            prices[row.words] = prices.get(row.words, 0.0) + float(price)
    for words, price in sorted(prices.items(), key=lambda one: -abs(one[1]))[:NAMED]:
        mine = [row for row in problem.rows if row.words == words]
        looser = tuple(_loosened(row) if row.words == words else row for row in problem.rows)
        gain, worth = _gain(problem, relaxed, replace(problem, rows=looser), abs(price))
        a_launch = " a launch" if mine[0].name in COUNTED else ""
        verb = "is worth" if np.isfinite(mine[0].high) else "costs"
        yield Worth(mine[0].name, f"The limit “{words}” {verb} {worth}{a_launch}", 1.0, gain)


def _loosened(row: Row) -> Row:
    return replace(row, low=row.low - 1, high=row.high + 1)


def _gain(problem: Problem, relaxed: Relaxed, looser: Problem, slope: float) -> tuple[float, str]:
    """What a looser limit would bring, in money and in words: by the relaxation; of large plans, by its slope."""
    if len(problem.value) > SMALL:  # the first money brings more than the last
        return slope, f"up to {slope:,.0f}"
    gain = max(0.0, relax(looser, columns=relaxed.columns).bound - relaxed.bound)
    return gain, f"{gain:,.0f}"


def reasons(outlook: "Outlook", options: Options, problem: Problem, solution: Solution, picked: Chosen) -> list[str]:
    """A sentence for each item."""
    titles = outlook.like_titles(LIKE_ITEMS_NAMED)
    priced = outlook.items["priced"].tolist() if "priced" in outlook.items else [""] * len(options.item_ids)
    out = []
    for at, item in enumerate(options.item_ids):
        like = titles.get(item)
        lean = f"sells like {like}" if isinstance(like, str) else "no like item, so the average launch counts"
        parts = (
            _of_launched(options, solution, picked, at)
            if picked.launched[at]
            else [_left_out(options, problem, solution, picked, at)]
        )
        own = options.overrides.get(item)
        kept = priced[at] if own is None or own.price is None else ""
        words = [lean, *parts] if picked.launched[at] else [*parts, lean]
        text = "; ".join(part for part in (*words, kept) if part)
        out.append(text[:1].upper() + text[1:])
    return out


def _of_launched(options: Options, solution: Solution, picked: Chosen, at: int) -> list[str]:
    """Why then, at that price."""
    _, weeks, prices, _, _ = options.shape
    worth = options.worth[at].reshape(weeks, prices, -1).max(2)  # (W, P)
    by_week, week = worth.max(1), int(picked.week[at])
    parts = []
    if options.must[at]:
        forced = solution.relaxed.gain[at]
        parts.append("it must be launched" + (f", which costs {-forced:,.0f}" if forced < -LEAST else ""))
    best, first = int(by_week.argmax()), int(np.flatnonzero(np.isfinite(by_week))[0])
    if best != week and by_week[best] - by_week[week] > LEAST:
        less = by_week[best] - by_week[week]
        parts.append(f"not in the week of {_day(options, best)}, which others need more ({less:,.0f} less)")
    elif week != first and by_week[week] - by_week[first] > WORTH_A_WORD * abs(by_week[week]):
        parts.append(f"{by_week[week] - by_week[first]:,.0f} more than in its first week, {_day(options, first)}")
    return parts


def _left_out(options: Options, problem: Problem, solution: Solution, picked: Chosen, at: int) -> str:
    """Why not."""
    if options.closed[at]:
        return options.closed[at]
    if not np.isfinite(problem.value[at]).any():
        price, cost = options.price[at].max(), options.cost[at]
        if price <= cost:
            return "Its price does not cover its cost"
        return "No stock of it is expected to earn what it costs"
    gain, best = solution.relaxed.gain[at], problem.value[at].max()
    if gain >= -LEAST:
        return "As good as what is launched, but the limits leave no room for it as well"
    words = f"Misses by {-gain:,.0f}: it would bring {best:,.0f}, and {_in_the_way(problem, solution, at)}"
    return f"{words}. It would need {-gain / best:.0%} more" if best > LEAST else words


def _in_the_way(problem: Problem, solution: Solution, at: int) -> str:
    """What costs an item its place, the dearest first."""
    prices, relaxed = solution.relaxed.prices, solution.relaxed
    action = int(relaxed.best[at].argmax())
    level = int(
        (problem.value[at, action] - np.einsum("m,ml->l", prices.budgets, problem.uses[:, at, action])).argmax()
    )
    costs = [
        (price * uses, f"its {name} is worth {price * uses:,.0f} elsewhere")
        for price, uses, name in zip(prices.budgets, problem.uses[:, at, action, level], ("stock", "ads"), strict=True)
    ]
    mine = problem.counts[at * problem.weeks + problem.week[action]]
    for row, count in zip(mine.indices, mine.data, strict=True):
        cost = float(prices.rows[row] * count)
        costs.append((cost, f"its place is worth {cost:,.0f} to another ({problem.rows[row].words})"))
    taken = float(prices.pairs @ (problem.pairs == at).any(1)) if len(problem.pairs) else 0.0
    costs.append((taken, f"it takes {taken:,.0f} from items like it in this plan"))
    named = [words for cost, words in sorted(costs, key=lambda one: -one[0])[:2] if cost > LEAST]
    return " and ".join(named) or "others bring more"


def _day(options: Options, week: int) -> str:
    return f"{pd.Timestamp(options.weeks[week]):%d %b}"


def _round(money: float) -> float:
    """A round sum: 1, 2 or 5 times a power of ten."""
    if not (np.isfinite(money) and money > 0):
        return 0.0
    power = 10.0 ** np.floor(np.log10(money))
    return float(max(one * power for one in (1, 2, 5) if one * power <= money))
