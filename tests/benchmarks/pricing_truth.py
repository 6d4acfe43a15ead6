"""Shops whose answer to price is known: twins that share everything except what their prices react to.

Units are negative binomial around

    level x season x launch curve x promotion x exp(shock) x shape(price / usual price; elasticity)

where the elasticity follows the words of the title, the category and something of the item's own, and the shape the
category: constant in half of them, exponential, linear or logit in the others. The shock is an
item's own, lasts some weeks, and is in no table. In the confounded twin the shop saw it and its price followed; in
the other the price followed a shock of the same law that moved nothing. Costs drift and are passed on in part. What
the data hold of the shock: views of the item's page, what it sold the weeks before, and for a share of the items the
cost at the time; each can be left out.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core import imports, privacy
from core.workspace import Workspace

__all__ = ["SHAPES", "Setting", "Shop", "fill", "simulate"]

START = pd.Timestamp("2024-01-01")
WORDS = {
    "Basic": -0.7, "Refill": -0.5, "Family": -0.3, "Classic": 0.0, "Striped": 0.0, "Soft": 0.1,
    "Handmade": 0.4, "Heirloom": 0.6, "Limited": 0.7,
}  # fmt: skip
STUFFS = {"steel": -0.2, "cotton": -0.1, "oak": 0.1, "glass": 0.0, "linen": 0.2, "wool": 0.3}
COLOURS = ("red", "blue", "green", "grey", "white", "amber", "black", "rose")
CATEGORIES = {
    "Kitchen": (-0.3, "constant", ("bowl", "jug", "pan", "tray")),
    "Bedroom": (0.2, "exponential", ("pillow", "throw", "sheet", "lamp")),
    "Garden": (0.0, "constant", ("pot", "lantern", "trowel", "hose")),
    "Office": (-0.5, "logit", ("notebook", "binder", "pen", "clip")),
    "Gifts": (0.5, "linear", ("candle", "frame", "vase", "album")),
    "Bath": (0.1, "constant", ("towel", "soap", "mat", "hook")),
}
SHAPES = ("constant", "exponential", "linear", "logit")
LOGIT_SHARE = 0.3  # of the buyers there are that buy at the usual price
USUAL = -2.3  # elasticity


@dataclass(frozen=True)
class Setting:
    """What a twin is like."""

    confounded: bool = True
    cost: float = 0.6
    """Share of the items whose cost at the time is in the sales."""
    views: bool = True
    items: int = 300
    weeks: int = 104
    seed: int = 0


@dataclass(frozen=True)
class Shop:
    """Tables as a shop exports them, and the truth behind them."""

    tables: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    """product_id, new (never sold), elasticity (at `usual`), shape, usual (price), cost."""

    def factor(self, ratio: np.ndarray) -> np.ndarray:
        """(n, G) true units at prices `ratio` (G,) times the usual one, relative to it."""
        return shape(self.truth["shape"].to_numpy(), self.truth["elasticity"].to_numpy(), ratio[None, :])


def simulate(setting: Setting) -> Shop:
    """A shop; settings that differ in `confounded`, `cost` or `views` alone share all draws but those of counts."""
    of_items, of_prices, of_demand, of_tables = np.random.default_rng([setting.seed, 20_26]).spawn(4)
    items = _items(setting, of_items)
    price, seen, promoted, cost, shock = _prices(setting, items, of_prices)
    usual = np.array([np.median(row[on]) for row, on in zip(price, seen, strict=True)])
    units, views = _sold(setting, items, price / usual[:, None], promoted, shock, of_demand)
    known = of_tables.random(setting.items) < setting.cost
    sold = seen & ~items["new"].to_numpy()[:, None]
    tables = {
        "products": items[["product_id", "title", "category"]].assign(
            list_price=usual.round(2), cost=cost[:, -1].round(2)
        ),
        "sales": _table(
            items, sold, units=units, unit_price=price.round(2), cost=np.where(known[:, None], cost, np.nan)
        ),
        "promotions": _promotions(items, promoted & sold),
    }
    tables["products"] = tables["products"][~items["new"]]
    if not setting.cost:
        del tables["sales"]["cost"]
    if setting.views:
        tables["events"] = _events(_table(items, sold & (views > 0), count=views))
    truth = items[["product_id", "title", "category", "new", "elasticity", "shape"]].assign(
        usual=usual, cost=cost[:, -1], units=np.where(seen, units, 0).sum(1) / seen.sum(1)
    )
    return Shop(tables, truth)


def fill(workspace: Workspace, tables: dict[str, pd.DataFrame]) -> None:
    """Load tables into an empty workspace, as a user would; nobody is behind the ids."""
    privacy.switch(workspace, on=False)
    for name, table in tables.items():
        (staged,) = imports.stage(workspace, f"{name}.csv", table.to_csv(index=False).encode())
        try:
            imports.load(workspace, staged, imports.recognise(workspace, staged, name), set_aside_bad=True)
        finally:
            staged.discard()


def read(workspace: Workspace, folder: Path) -> list[str]:
    """Load a folder of CSVs named after the tables; the names that were found."""
    from core.tables import TABLES

    found = {path.stem.lower(): path for path in sorted(folder.glob("*.csv")) if path.stem.lower() in TABLES}
    for name, path in found.items():
        for staged in imports.stage(workspace, path.name, path):
            imports.load(workspace, staged, imports.recognise(workspace, staged, name), set_aside_bad=True)
    return list(found)


def shape(kind: np.ndarray, elasticity: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Units relative to those at ratio 1; `kind` and `elasticity` (n,), `ratio` broadcast against (n, 1)."""
    e, room = elasticity[:, None], 1 - LOGIT_SHARE
    forms = {
        "constant": lambda: ratio**e,
        "exponential": lambda: np.exp(e * (ratio - 1)),
        "linear": lambda: np.maximum(1 + e * (ratio - 1), 0.02),
        "logit": lambda: 1 / (LOGIT_SHARE + room * np.exp(-e * (ratio - 1) / room)),
    }
    out = np.zeros(np.broadcast_shapes(e.shape, ratio.shape))
    for name, form in forms.items():
        out = np.where((kind == name)[:, None], form(), out)
    return out


def _items(setting: Setting, rng: np.random.Generator) -> pd.DataFrame:
    """Titles whose words move the elasticity; a tenth is new: in the truth and in no table."""
    n = setting.items
    category, word, stuff, colour = (rng.choice(list(names), n) for names in (CATEGORIES, WORDS, STUFFS, COLOURS))
    thing = [rng.choice(CATEGORIES[name][2]) for name in category]
    elasticity = USUAL + np.array([CATEGORIES[name][0] for name in category])
    elasticity = elasticity + [WORDS[name] for name in word] + np.array([STUFFS[name] for name in stuff])
    elasticity = np.clip(elasticity + rng.normal(0, 0.3, n), -5.0, -0.6)
    launch = np.where(rng.random(n) < 0.4, rng.integers(1, max(2, setting.weeks - 30), n), 0)
    return pd.DataFrame(
        {
            "product_id": [f"P{at:04}" for at in range(n)],
            "title": [" ".join(words) for words in zip(word, colour, stuff, thing, strict=True)],
            "category": category,
            "elasticity": elasticity,
            "shape": [CATEGORIES[name][1] for name in category],
            "level": np.exp(rng.normal(2.3, 1.0, n)),
            "launch": launch,
            "new": np.arange(n) % 10 == 9,
        }
    )


def _prices(setting: Setting, items: pd.DataFrame, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """price, seen (on sale), promoted, cost, shock: (n, weeks)."""
    size = (setting.items, setting.weeks)
    base = np.exp(rng.normal(2.7, 0.5, setting.items))[:, None]
    shock, other = (_lasting(rng, size, 0.75, 0.35) for _ in range(2))
    cost = 0.5 * base * np.exp(_steps(rng, size, 1 / 10, 0.12))
    moves = _held(rng, size, 1 / 6, 0.05)  # for no reason that has to do with demand
    promoted = _runs(rng, size, 0.05)
    depth = np.where(promoted, rng.choice([0.0, 0.1, 0.15, 0.2, 0.3], size), 0)
    heard = shock if setting.confounded else other
    log = np.log(base) + 0.5 * np.log(cost / (0.5 * base)) + moves + 0.25 * heard + np.log1p(-depth)
    seen = np.arange(setting.weeks)[None, :] >= items["launch"].to_numpy()[:, None]
    return np.exp(log), seen, promoted, cost, shock


def _sold(
    setting: Setting, items: pd.DataFrame, ratio: np.ndarray, promoted: np.ndarray, shock: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """units and views, (n, weeks)."""
    size = ratio.shape
    week, age = np.arange(size[1])[None, :], np.arange(size[1])[None, :] - items["launch"].to_numpy()[:, None]
    code = pd.factorize(items["category"], sort=True)[0]
    peak = rng.uniform(0, 52, code.max() + 1)[code][:, None]
    season = 0.35 * np.cos(2 * np.pi * (week - peak) / 52) + rng.normal(0, 0.08, size[1])[None, :]
    curve = np.where(items["launch"].to_numpy()[:, None] > 0, 0.8 * np.exp(-np.maximum(age, 0) / 6), 0.0)
    trend = rng.normal(0, 0.15, size[0])[:, None] * (week / size[1] - 0.5)
    answer = shape(items["shape"].to_numpy(), items["elasticity"].to_numpy(), ratio)
    log = np.log(items["level"].to_numpy())[:, None] + season + curve + trend + 0.25 * promoted + shock
    looks = np.exp(np.log(items["level"].to_numpy())[:, None] + 2.0 + 0.8 * season + shock + rng.normal(0, 0.3, size))
    chance, views = rng.gamma(6.0, 1 / 6.0, size), rng.poisson(looks)
    return rng.poisson(np.exp(log) * answer * chance), views


def _lasting(rng: np.random.Generator, size: tuple[int, int], keeps: float, spread: float) -> np.ndarray:
    """An autoregression of order one with this standard deviation."""
    fresh = rng.normal(0, spread * np.sqrt(1 - keeps**2), size)
    out = np.empty(size)
    out[:, 0] = rng.normal(0, spread, size[0])
    for at in range(1, size[1]):
        out[:, at] = keeps * out[:, at - 1] + fresh[:, at]
    return out


def _steps(rng: np.random.Generator, size: tuple[int, int], often: float, spread: float) -> np.ndarray:
    """Steps up and down that are drawn back half way each time."""
    moved = rng.random(size) < often
    drawn = rng.normal(0, spread, size)
    out = np.zeros(size)
    for at in range(1, size[1]):
        out[:, at] = np.where(moved[:, at], 0.5 * out[:, at - 1] + drawn[:, at], out[:, at - 1])
    return out


def _held(rng: np.random.Generator, size: tuple[int, int], often: float, spread: float) -> np.ndarray:
    """A fresh draw now and then, held until the next."""
    moved = rng.random(size) < often
    moved[:, 0] = True
    last = np.maximum.accumulate(np.where(moved, np.arange(size[1]), 0), axis=1)
    return np.take_along_axis(rng.normal(0, spread, size), last, 1)


def _runs(rng: np.random.Generator, size: tuple[int, int], often: float) -> np.ndarray:
    starts = rng.random(size) < often
    longer = np.roll(starts, 1, axis=1) & (rng.random(size) < 0.5)
    longer[:, 0] = False
    return starts | longer


def _table(items: pd.DataFrame, kept: np.ndarray, **columns: np.ndarray) -> pd.DataFrame:
    """date, product_id and the columns, one row an item and week that is kept."""
    row, week = np.nonzero(kept)
    table = pd.DataFrame({"date": START + pd.to_timedelta(7 * week, unit="D")})
    table["product_id"] = items["product_id"].to_numpy()[row]
    for name, values in columns.items():
        table[name] = values[row, week]
    return table.sort_values(["date", "product_id"], ignore_index=True)


def _promotions(items: pd.DataFrame, promoted: np.ndarray) -> pd.DataFrame:
    table = _table(items, promoted).assign(promotion="deal")
    return table.assign(until=table["date"] + pd.Timedelta(days=6))


def _events(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={"date": "ts"}).assign(customer_id="anonymous", event="view")
