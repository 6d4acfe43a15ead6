"""Expected weekly units: the known truth of the demo shop.

    log units = level + growth + seasons + appeal of the concepts + motif x category + trend
                + item effect + elasticity * log(price / typical price) + launch curve

Units are expected net units of an item in a week. The spreads below are chosen, not estimated: text
has to explain well over half of the differences between launches, the category little, and a part
(the item effect) nobody can know before the launch.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.demo.catalogue import WEEKS, concepts_of, monday
from data.demo.seasons import SHOP_SEASON, YEAR, calendar, item_calendar
from data.demo.words import CATEGORIES, KINDS, Concept, family_of, of_kind

__all__ = [
    "RETURN_SHARE",
    "SETTINGS",
    "Demand",
    "draw_demand",
    "draw_prices_paid",
    "draw_units",
    "history_units",
    "launch_truth",
]

APPEAL_SPREAD = {  # standard deviation of a kind's appeals, in logs
    "motif": 0.85,
    "object": 0.18,
    "function": 0.32,
    "occasion": 0.16,
    "style": 0.1,
    "material": 0.08,
    "colour": 0.06,
}
FAMILY_SHARE = 0.7  # of the variance of motif appeals: like motifs sell alike
TREND = 0.45  # log units a year, of the few motifs that rise (+) or fade (-)
TRENDING = 3  # motifs that rise, and as many that fade
INTERACTION, INTERACTING = 0.25, 0.2  # log effect and share of the motif x category pairs that have one
ITEM_EFFECT = 0.35  # standard deviation in logs
ELASTICITY_NOISE = 0.25
GROWTH = 0.15  # a year
NET_UNITS = 235_000  # expected over the history at list prices, which sets the level; promotions add some 4 %
RETURN_SHARE = 0.03  # of order lines
SHAPE = 6.0  # of the gamma behind the negative binomial: variance = mean + mean^2 / SHAPE
WINDOW = 8  # weeks of a launch that the truth covers

SETTINGS = {
    "family_share": FAMILY_SHARE,
    "trend": TREND,
    "interaction": INTERACTION,
    "item_effect": ITEM_EFFECT,
    "growth": GROWTH,
    "net_units": NET_UNITS,
    "return_share": RETURN_SHARE,
    "shape": SHAPE,
}


class Curve(NamedTuple):
    """A category's launch curve and its usual elasticity."""

    first: float
    """Week 1 as a share of the full level."""
    second: float
    """Week 2, likewise."""
    floor: float
    """Share of the full level that an old item keeps."""
    decay: float
    """Weeks in which the part above the floor falls to 1/e."""
    elasticity: float


CURVES = {
    "Kitchen": Curve(0.5, 0.8, 0.5, 20, -1.8),
    "Home Decor": Curve(0.6, 0.9, 0.4, 16, -1.5),
    "Lighting & Candles": Curve(0.7, 1.0, 0.45, 14, -1.9),
    "Textiles": Curve(0.5, 0.75, 0.5, 22, -1.6),
    "Garden": Curve(0.45, 0.75, 0.5, 24, -1.7),
    "Stationery": Curve(0.8, 1.0, 0.4, 10, -2.4),
    "Toys & Games": Curve(0.7, 1.0, 0.35, 12, -2.1),
    "Gifts & Accessories": Curve(0.6, 0.9, 0.4, 12, -2.0),
}


@dataclass(frozen=True)
class Demand:
    """The coefficients of a shop and what they come to for its n items (rows in the items' order)."""

    concepts: pd.DataFrame
    """concept, kind, appeal, trend (log units a year)."""
    interactions: pd.DataFrame
    """motif x category, log units; shape (motifs, categories)."""
    items: pd.DataFrame
    """appeal, trend, item_effect, elasticity, typical_price, category."""
    season: np.ndarray
    """(n, 52), log units."""
    level: float = 0.0

    def units(self, item: np.ndarray, week: np.ndarray, age: np.ndarray, price: np.ndarray) -> np.ndarray:
        """Expected net units of items in weeks at an age (weeks since launch, from 0) and a price.

        The arguments broadcast: `item` is a position, `week` counts from the start of the history.
        """
        fixed = {name: self.items[name].to_numpy()[item] for name in self.items.columns.drop("category")}
        years = week / YEAR
        log = self.level + np.log1p(GROWTH) * years + self.season[item, week % YEAR]
        log = log + fixed["appeal"] + fixed["trend"] * (years - 1) + fixed["item_effect"]
        log = log + fixed["elasticity"] * np.log(price / fixed["typical_price"])
        return np.exp(log) * launch_curve(self.items["category"].to_numpy()[item], age)


def launch_curve(category: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Share of the full level at an age in weeks, zero before the launch."""
    curves = pd.DataFrame.from_dict(CURVES, orient="index", columns=list(Curve._fields))
    own = {name: curves[name].reindex(category.ravel()).to_numpy().reshape(category.shape) for name in curves}
    ramp = np.select([age < 0, age == 0, age == 1], [0.0, own["first"], own["second"]], 1.0)
    return ramp * (own["floor"] + (1 - own["floor"]) * np.exp(-np.maximum(age, 0) / own["decay"]))


def family_draws(motifs: list[Concept], rng: np.random.Generator) -> np.ndarray:
    """One standard normal number for each family, given to each of its motifs."""
    families, of_motif = np.unique([family_of(motif) for motif in motifs], return_inverse=True)
    return rng.normal(size=len(families))[of_motif]


def draw_appeals(rng: np.random.Generator) -> pd.DataFrame:
    """Appeal and trend of each concept; each kind has exactly its spread, at any seed."""
    rows = []
    for kind in KINDS:
        concepts = of_kind(kind)
        drawn = rng.normal(size=len(concepts))
        if kind == "motif":
            drawn = np.sqrt(1 - FAMILY_SHARE) * drawn + np.sqrt(FAMILY_SHARE) * family_draws(concepts, rng)
        appeal = APPEAL_SPREAD[kind] * (drawn - drawn.mean()) / drawn.std()
        rows += [(c.id, kind, value, 0.0) for c, value in zip(concepts, appeal, strict=True)]
    table = pd.DataFrame(rows, columns=["concept", "kind", "appeal", "trend"])
    moving = rng.permutation(table.index[table["kind"] == "motif"])[: 2 * TRENDING]
    table.loc[moving, "trend"] = np.repeat([TREND, -TREND], TRENDING)
    return table


def draw_interactions(rng: np.random.Generator) -> pd.DataFrame:
    """How much better or worse a motif does in a category than its appeal says."""
    motifs = [motif.id for motif in of_kind("motif")]
    size = (len(motifs), len(CATEGORIES))
    effect = rng.choice([-INTERACTION, INTERACTION], size) * (rng.random(size) < INTERACTING)
    return pd.DataFrame(effect, index=motifs, columns=list(CATEGORIES))


def add_up(items: pd.DataFrame, concepts: pd.DataFrame, interactions: pd.DataFrame) -> pd.DataFrame:
    """Appeal and trend of each item: the sum over its concepts and its motif's fit to the category."""
    by_id = concepts.set_index("concept")[["appeal", "trend"]]
    sums = np.array([by_id.loc[concepts_of(item)].sum().to_numpy() for _, item in items.iterrows()])
    fit = interactions.stack().reindex(pd.MultiIndex.from_frame(items[["motif", "category"]]))
    return pd.DataFrame({"appeal": sums[:, 0] + fit.to_numpy(), "trend": sums[:, 1]})


def draw_demand(items: pd.DataFrame, rng: np.random.Generator) -> Demand:
    """Draw the coefficients of a shop, and set its level so that the history sells NET_UNITS."""
    concepts, interactions = draw_appeals(rng), draw_interactions(rng)
    usual = np.array([CURVES[name].elasticity for name in items["category"]])
    table = add_up(items, concepts, interactions).assign(
        item_effect=rng.normal(0, ITEM_EFFECT, len(items)),
        elasticity=np.clip(usual + rng.normal(0, ELASTICITY_NOISE, len(items)), -3.0, -1.0),
        typical_price=items["typical_price"],
        category=items["category"],
    )
    own = [item_calendar(item["category"], concepts_of(item)) for _, item in items.iterrows()]
    demand = Demand(concepts, interactions, table, np.array(own) + calendar(SHOP_SEASON))
    sold = history_units(demand, items, items["price"].to_numpy()[:, None]).sum()
    return Demand(concepts, interactions, table, demand.season, float(np.log(NET_UNITS / sold)))


def history_units(demand: Demand, items: pd.DataFrame, price: np.ndarray) -> np.ndarray:
    """Expected net units of each item in each week of the history, shape (n, 104)."""
    week = np.arange(WEEKS)[None, :]
    age = week - items["launch_week"].to_numpy()[:, None]
    return demand.units(np.arange(len(items))[:, None], week, age, price)


def draw_prices_paid(items: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Price of each item in each week, shape (n, 104): the list price less 10-30 % in a promotion.

    Promotions run one or two weeks, and not in an item's first eight: a shop does not discount a launch.
    """
    size = (len(items), WEEKS)
    starts = rng.random(size) < 0.05
    longer = np.roll(starts, 1, axis=1) & (rng.random(size) < 0.6)
    longer[:, 0] = False
    off = rng.choice([0.1, 0.15, 0.2, 0.25, 0.3], size)
    off = np.where(longer, np.roll(off, 1, axis=1), off)
    mature = np.arange(WEEKS) - items["launch_week"].to_numpy()[:, None] >= WINDOW
    return np.round(items["price"].to_numpy()[:, None] * (1 - off * ((starts | longer) & mature)), 2)


def draw_units(expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Units ordered: negative binomial around the expected net units, returns added back."""
    return rng.poisson(rng.gamma(SHAPE, expected / (1 - RETURN_SHARE) / SHAPE))


def launch_truth(demand: Demand, items: pd.DataFrame, windows: np.ndarray) -> pd.DataFrame:
    """Expected units of each new item in weeks 1-8 after each launch week in its window, at its price."""
    place = np.flatnonzero(items["is_new"])
    item = np.repeat(place, windows * WINDOW)
    step = np.concatenate([np.arange(count).repeat(WINDOW) for count in windows])
    launch = items["launch_week"].to_numpy()[item] + step
    age = np.tile(np.arange(WINDOW), int(windows.sum()))
    units = demand.units(item, launch + age, age, items["price"].to_numpy()[item])
    ids = items["item_id"].to_numpy()[item]
    return pd.DataFrame({"item_id": ids, "launch_week": monday(launch), "week": age + 1, "units": units})
