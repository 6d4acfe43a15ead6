"""Simulated shops whose demand is known: what a plan would truly have earned, and the best that could have been.

A decision on an item is a launch week, a price, money a channel and a stock. Its true mean demand is that of the
simulator in the weeks after that launch, times (price / planned price) ^ elasticity, times what its ads truly do
against the usual ones of its category; around it units are negative binomial by week, as they are in the sales.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core import history, versions
from core.outlook import Outlook
from core.plans.ad_steps import MULTIPLES, AdSteps
from core.plans.surroundings import Surroundings, surroundings
from core.prices import in_force
from core.prices.response import Response
from core.settings import Settings
from core.training import train
from core.workspace import Workspace
from data.demo import simulate
from data.demo.advertising import saturation
from data.demo.demand import ITEM_EFFECT, SHAPE
from models.encoder import Encoder
from tests.benchmarks.pricing_truth import fill

__all__ = ["Decisions", "Known", "Truth", "known", "truth"]

TABLES = ("products", "sales", "ads", "promotions", "customers", "new_items")
DRAWS = 300
RECENT = 52
GRID = 40  # steps of money, for the best split among channels


@dataclass(frozen=True)
class Decisions:
    """What is done, a row an item that is launched."""

    item_ids: np.ndarray
    weeks: np.ndarray
    """Mondays, datetime64."""
    price: np.ndarray
    ads: np.ndarray
    """(k, C) money in the window, in the order of the truth's channels."""
    stock: np.ndarray


@dataclass(frozen=True)
class Truth:
    """What makes the sales of the new items of a shop."""

    items: pd.DataFrame
    """By item_id: price (planned), cost, elasticity, category, item_effect (log units that nothing else tells)."""
    units: dict[tuple[str, np.datetime64], np.ndarray]
    """(item, launch week) to expected units by week under the usual ads, at the planned price."""
    channels: list[str]
    half: np.ndarray
    """(C, G) money a week, of a whole category."""
    lift: np.ndarray
    slope: np.ndarray
    """(C,)"""
    usual: np.ndarray
    """(G,) units with the usual ads for each unit without."""
    rate: np.ndarray
    """(G,) units a week lately."""
    groups: list[str]
    seed: int

    def factor(self, item: str, ads: np.ndarray) -> np.ndarray:
        """(...,) what money (..., C) a window does to the units against the usual ads."""
        group, weeks = self.groups.index(self.items.loc[item, "category"]), 8
        share = self._size(item) / max(self.rate[group], 1e-9)
        half = np.maximum(self.half[:, group] * share, 1e-9)
        held = np.maximum(ads / weeks, 0.0)
        return np.asarray((1 + (self.lift * saturation(held, half, self.slope)).sum(-1)) / self.usual[group])

    def draws(self, item: str, week: np.datetime64, effect: bool = True) -> np.ndarray:
        """(DRAWS,) equally likely sums of units under the usual ads at the planned price, rising.

        effect: whether the item's own effect is known, which no shop can know before the launch.
        """
        mean = self.units[item, week]
        place = int(self.items.index.get_loc(item))
        rng = np.random.default_rng([self.seed, place])
        noise = rng.gamma(SHAPE, 1 / SHAPE, (DRAWS, len(mean)))
        if not effect:
            own = np.exp(rng.normal(0, ITEM_EFFECT, (DRAWS, 1)) - float(self.items.loc[item, "item_effect"]))
            noise = noise * own
        return np.sort(rng.poisson(noise * mean).sum(1).astype(float))

    def profit(self, made: Decisions, leftover: float) -> float:
        """Expected, of all of them together."""
        total = 0.0
        for item, week, price, ads, stock in zip(
            made.item_ids, made.weeks, made.price, made.ads, made.stock, strict=True
        ):
            row = self.items.loc[item]
            answer = (price / row["price"]) ** row["elasticity"] * float(self.factor(item, ads))
            sold = np.minimum(self.draws(item, np.datetime64(week, "ns")) * answer, stock).mean()
            total += price * sold + leftover * row["cost"] * (stock - sold) - row["cost"] * stock - ads.sum()
        return float(total)

    def _size(self, item: str) -> float:
        """Units a week, over all its launch weeks."""
        mine = [units.mean() for (name, _), units in self.units.items() if name == item]
        return float(np.mean(mine))


def truth(shop: object, seed: int) -> Truth:
    """The truth of a simulated shop."""
    known = shop.truth  # type: ignore[attr-defined]
    launches = known["launches"].sort_values(["item_id", "launch_week", "week"])
    units = {
        (str(item), np.datetime64(week, "ns")): part.to_numpy()
        for (item, week), part in launches.groupby(["item_id", "launch_week"])["units"]
    }
    items = known["items"].set_index("item_id")[["price", "elasticity", "category", "item_effect"]]
    items = items.loc[sorted({item for item, _ in units})]
    cost = shop.new_items.set_index("item_id")["cost"].reindex(items.index)  # type: ignore[attr-defined]
    channels, sizes = known["ad_channels"], known["ad_sizes"]
    weeks = known["ad_weeks"]
    usual = 1 + weeks.groupby(["category", "week"])["lift"].sum().groupby("category").mean()
    sold = known["expected"].merge(known["items"][["item_id", "category"]], left_on="product_id", right_on="item_id")
    last = sold[sold["week"] > sold["week"].max() - pd.Timedelta(weeks=RECENT)]
    rate = last.groupby("category")["units"].sum() / RECENT
    groups = sizes["category"].tolist()
    return Truth(
        items.assign(cost=cost),
        units,
        channels["channel"].tolist(),
        channels["half_saturation"].to_numpy()[:, None] * sizes["size"].to_numpy()[None],
        channels["lift"].to_numpy(),
        channels["slope"].to_numpy(),
        usual.reindex(groups).to_numpy(),
        rate.reindex(groups).to_numpy(),
        groups,
        seed,
    )


@dataclass(frozen=True)
class Known:
    """What Debut knows of a shop, and what is true of it."""

    outlook: Outlook
    around: Surroundings
    truth: Truth


@contextmanager
def known(seed: int, encoder: Encoder) -> Iterator[Known]:
    """Simulate a shop, load it as a user would, train the forecaster (frozen encoder) and fit prices and ads."""
    shop = simulate(seed)
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder) / "shop") as workspace:
        fill(workspace, {name: getattr(shop, name) for name in TABLES})
        past = history.read(workspace.cursor())
        train(past, encoder, Settings(adapter="frozen"), versions.folder(workspace, "made"), lambda *_: None)
        outlook = in_force.outlook(workspace, "made")
        yield Known(outlook, surroundings(workspace, outlook), truth(shop, seed))


def as_known(given: Known, effect: bool = True) -> Known:
    """The same shop to somebody who knows the truth: true outcomes, elasticities and ads, and no other effects.

    effect: whether also what is special about each item, see `Truth.draws`.
    """
    outlook, real = given.outlook.at_sheet, given.truth
    keys = list(
        zip(outlook.outcomes["item_id"], outlook.outcomes["launch_week"].to_numpy("datetime64[ns]"), strict=True)
    )
    draws = np.stack([real.draws(str(item), week, effect) for item, week in keys])
    names = [f"sum_{at:03}" for at in range(DRAWS)]
    outcomes = pd.concat([outlook.outcomes[["item_id", "launch_week"]], pd.DataFrame(draws, columns=names)], axis=1)
    forecast = outlook.forecast.copy()
    means = {key: real.units[str(key[0]), key[1]] for key in keys}
    level = {key: row.mean() / max(means[key].sum(), 1e-9) for key, row in zip(keys, draws, strict=True)}
    whole = [
        level[item, week] * (means[item, week].sum() if number == 0 else means[item, week][number - 1])
        for item, week, number in zip(
            forecast["item_id"], forecast["launch_week"].to_numpy("datetime64[ns]"), forecast["week"], strict=True
        )
    ]
    forecast[["p10", "p50", "p90", "mean"]] = np.repeat(np.array(whole)[:, None], 4, axis=1)
    told = Outlook(
        outlook.key + "true", outlook.weeks, outlook.items, forecast, outlook.like, outlook.appeal, outcomes,
        typical=outlook.typical,
    )  # fmt: skip
    answers = {
        item: Response.around(e, e - 1e-6, e + 1e-6)
        for item, e in zip(real.items.index, real.items["elasticity"], strict=True)
    }
    around = Surroundings(
        answers, packs=given.around.packs, today=given.around.today, ads=_true_steps(real, outlook, given.around.ads)
    )
    return Known(told, around, real)


def _true_steps(real: Truth, outlook: Outlook, ads: AdSteps | None) -> AdSteps | None:
    """The true answer to ads at multiples of what is usually spent on an item of its true size, split at its best."""
    if ads is None:
        return None
    ids, order = ads.item_ids, [ads.channels.index(name) for name in real.channels]
    money = ads.usual[:, None] * np.array(MULTIPLES)
    factor, split = np.ones_like(money), np.zeros((*money.shape, len(order)))
    for at, item in enumerate(ids):
        for step, total in enumerate(money[at]):
            split[at, step], factor[at, step] = _best_split(real, str(item), float(total))
    usual_split = ads.usual_split[:, order]
    return AdSteps(ids, list(real.channels), money, factor, split, ads.usual, usual_split, np.zeros(money.shape, bool))


def _best_split(real: Truth, item: str, total: float) -> tuple[np.ndarray, float]:
    """Shares of the channels, and what the money does; the best of many mixtures and of single channels."""
    count = len(real.channels)
    if total <= 0:
        return np.zeros(count), float(real.factor(item, np.zeros(count)))
    tried = np.concatenate([np.eye(count), np.random.default_rng(0).dirichlet(np.ones(count), 400)])
    does = real.factor(item, tried * total)
    best = tried[int(does.argmax())]
    for _ in range(GRID):
        near = np.maximum(best + np.random.default_rng(1).normal(0, 0.05, (100, count)), 0.0)
        near = np.concatenate([best[None], near / np.maximum(near.sum(1, keepdims=True), 1e-9)])
        best = near[int(real.factor(item, near * total).argmax())]
    return best, float(real.factor(item, best * total))
