"""Ads of a new item as a few amounts of money: what each does to its units, and how it is split among the channels.

An item answers ads as its category does, by as much more or less as it borrows from its like items; its part of the
money goes with its part of the category's units. For a category the best split of an amount is found once, exactly, by
dynamic programming on the mean curves at a steady spend, and serves all its items: curves are in units of a usual
week, so that an item of any size answers alike. Forecasts hold the usual ads already: units are against those.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.ads import exact

if TYPE_CHECKING:
    from core.ads.response import Response
    from core.outlook import Outlook
    from core.workspace import Workspace

__all__ = ["MULTIPLES", "AdSteps", "of", "steps"]

MULTIPLES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Of the usual spend."""
USUAL = MULTIPLES.index(1.0)
GRID = 10  # steps of money to 1 time the usual spend
LEAST = 0.01  # money a window; below it nothing is spent


@dataclass(frozen=True)
class AdSteps:
    """n items, K amounts each, C channels."""

    item_ids: np.ndarray
    channels: list[str]
    money: np.ndarray
    """(n, K) in the launch window, rising from 0."""
    factor: np.ndarray
    """(n, K) units against those of the forecast, 1 at the usual spend as it was split."""
    split: np.ndarray
    """(n, K, C) shares of the money; the rows sum to 1, or to 0 without money."""
    usual: np.ndarray
    """(n,) money that the shop usually spends on an item of this size."""
    usual_split: np.ndarray
    """(n, C)"""
    beyond: np.ndarray
    """(n, K) whether some channel gets more a week than has been seen."""


def of(workspace: "Workspace", outlook: "Outlook") -> AdSteps | None:
    """Of the items of an outlook; None where the shop has no ads to learn from."""
    from core import history
    from core.ads import borrowed, response
    from core.errors import NotReady

    try:
        known = response.of(workspace)
    except NotReady:
        return None
    past = history.read(workspace.cursor())
    answers = borrowed.answers(past, known)
    categories = pd.Series(past.items["category"].to_numpy(), past.items["product_id"])
    units = _units(outlook)
    like = dict(list(outlook.like.groupby("item_id", sort=False)))
    rows = []
    for item, category in zip(outlook.items["item_id"], outlook.items["category"], strict=True):
        own = str(category) if pd.notna(category) else None
        near = like.get(item, outlook.like.iloc[:0])
        made = borrowed.borrow(known, answers, near, categories, own, max(units[item], 1e-6), item)
        rows.append((known.groups.index(made.response.groups[0]), made.answer[1]))
    group, answer = np.array(rows).T
    size = np.array([units[item] for item in outlook.items["item_id"]])
    return steps(known, outlook.items["item_id"].to_numpy(), group.astype(int), answer, size, outlook.weeks)


def steps(
    response: "Response", item_ids: np.ndarray, group: np.ndarray, answer: np.ndarray, units: np.ndarray, weeks: int
) -> AdSteps | None:
    """group: (n,) of each item; answer: (n,) against the group's; units: (n,) a week; weeks of the launch window.

    None where nothing was spent in the last year.
    """
    from core.ads.scene import usual_spend

    usual = usual_spend(response)  # (C, G)
    if not usual.sum() > 0:
        return None
    tables = [_of_group(response, at, usual[:, at]) for at in range(len(response.groups))]
    split, lift, before, beyond = (np.stack([table[part] for table in tables])[group] for part in range(4))
    share = units / np.maximum(response.base[group], 1e-9)
    spent = usual[:, group].sum(0) * share * weeks  # (n,)
    money = spent[:, None] * np.array(MULTIPLES)
    money[spent < LEAST] = 0.0
    factor = (1 + answer[:, None] * lift) / (1 + answer * before)[:, None]
    factor[spent < LEAST] = 1.0
    mix = np.divide(usual, usual.sum(0), out=np.zeros_like(usual), where=usual.sum(0) > 0)[:, group].T
    return AdSteps(item_ids, response.channels, money, factor, split, money[:, USUAL], mix, beyond)


def _of_group(
    response: "Response", group: int, usual: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """split (K, C), lift (K,) as a share of the units without ads, that of the usual split, beyond (K,)."""
    total, channels = float(usual.sum()), len(usual)
    amounts = np.arange(int(GRID * max(MULTIPLES)) + 1) * total / GRID
    curves = _lift(response, group, np.tile(amounts, (channels, 1)))  # (C, N)
    before = float(_lift(response, group, usual[:, None]).sum())
    costs = [np.arange(len(amounts))] * channels
    table = exact.table(costs, list(curves), len(amounts) - 1)
    split, lift, beyond = [], [], []
    for multiple in MULTIPLES:
        least = round(multiple * GRID)
        best = int(table.value[: least + 1].argmax())  # what is spent without use may as well be kept
        choice = table.choice(best) if total > 0 else np.zeros(channels, dtype=int)
        split.append(choice / max(choice.sum(), 1))
        lift.append(curves[np.arange(channels), choice].sum())
        beyond.append(bool((choice * total / GRID > response.largest[:, group] * (1 + 1e-9)).any()))
    return np.array(split), np.array(lift), np.array(before), np.array(beyond)


def _lift(response: "Response", group: int, money: np.ndarray) -> np.ndarray:
    """(C, N) mean share of the group's units without ads that steady amounts (C, N) a week bring."""
    from models.adstock import hill

    exposure = money / np.maximum(response.scale[:, group, None], 1e-12)
    answer = hill(exposure, response.half[..., None], response.slope[..., None])  # (S, C, N)
    strength = response.effect * response.group_effect[:, :, group]
    return np.asarray((strength[..., None] * answer).mean(0))


def _units(outlook: "Outlook") -> dict[str, float]:
    """item_id to expected units a week, over its launch weeks."""
    means = outlook.totals.groupby("item_id")["mean"].mean() / outlook.weeks
    return {str(item): float(value) for item, value in means.items()}
