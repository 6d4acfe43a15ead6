"""How sales answer price: of an item with a price history, of one that has none yet, of a category, of the shop.

`fit` turns the weekly panel (`prices.panel`) into a slope of each item whose price has moved (`prices.effects`: what
else moved sales is taken out, and what prices owe to demand that the data do not hold), draws each to what items like
it have (`prices.pooled`: category, words of the title, shop, literature), and learns the shape of demand away from
the usual price (`prices.curve`). What comes out is a `Response` of every item: equally likely elasticities, all below
zero, and units at any price. An item without a history has what its like items say, with a wider band.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from core.errors import NotReady
from core.prices import curve, effects, features, grid, panel, pooled
from core.prices.effects import Effects
from core.prices.features import Features
from core.prices.grid import Grid
from core.prices.panel import Panel
from core.prices.pooled import Belief, Pooled
from core.prices.response import DRAWS, FLATTEST, Response, levels

__all__ = ["Response", "Responses", "fit", "response"]

FEWEST_ALIKE = 3  # items of a category whose price has moved, for it to have a response of its own
SEEN = (0.01, 0.99)  # quantiles of relative prices between which the data have seen
LEAST_SHARE = 0.01  # of an answer to whether prices react, to be in the draws
MOVE = 0.005  # change of log price from week to week that is a move


@dataclass(frozen=True)
class Responses:
    """The responses of a shop: of every item in its sales, and what is needed for items that are not."""

    shop: Response
    """Of any item of the shop, nothing else being known of it."""
    categories: dict[str, Response]
    items: pd.DataFrame
    """product_id, title, category, group (category, or else a word that titles end with), usual (price),
    elasticity, low, high (8 in 10), low90, high90, pooled, own, own_error, own_share, weeks, moves: a row an item;
    own is NaN where its price has never moved."""
    draws: np.ndarray
    """(n, S) equally likely elasticities of each item, rising."""
    features: Features
    learnt: Pooled
    told: dict[str, tuple[float, float]]
    """What prices that follow unseen demand add to slopes, and its standard error, by what told it."""

    @property
    def reacts(self) -> float:
        """Probability that prices follow demand that the data do not hold."""
        return float(self.learnt.share[1])

    def of(self, product_id: str) -> Response:
        """An existing item's. Raises KeyError where it has never been sold."""
        at = self._places[product_id]
        row = self.items.iloc[at]
        return replace(
            self._home(row["group"]), draws=self.draws[at], own_share=float(row["own_share"]),
            weeks=int(row["weeks"]), moves=int(row["moves"]), pooled=float(row["pooled"]), own=float(row["own"]),
        )  # fmt: skip

    def of_new(
        self, category: str | None, like: Sequence[str] = (), weights: np.ndarray | None = None, text: str | None = None
    ) -> Response:
        """An item's that has never been sold: what its category, its like items and (where given) its title say.

        like: product_ids of its like items, those that are unknown left out; weights: what each counts for, alike
        if left out. Wider than that of an item with a history: nothing says how far it lies from items like it.
        """
        home = self._home(category)
        if not self.learnt.items:
            return home
        weight = np.ones(len(like)) if weights is None else np.maximum(np.asarray(weights, float), 0)
        pairs = [(self._places[one], float(w)) for one, w in zip(like, weight, strict=True) if one in self._places]
        rows, weight = np.array([at for at, _ in pairs], int), np.array([w for _, w in pairs])
        values = [self.features.of_text(category, text)] if text else []
        parts = [0.5 if weight.sum() > 0 else 1.0] if text else []
        if weight.sum() > 0:
            values.extend(self.features.values[rows])
            parts.extend(weight / weight.sum() * (1 - sum(parts)))
        if not values:
            return home
        draws = _draws(_one_of(self.learnt.of(np.stack(values)), np.array(parts)))[0]
        moved = int((self.items["own_share"].to_numpy()[rows] > 0).sum())
        where = f" of {category}" if category in self.categories else ""
        return replace(
            home, draws=draws, pooled=float(np.median(draws)), items=moved or home.items,
            whose=f"like items{where}" if moved else home.whose,
        )  # fmt: skip

    def of_any(self, product_id: str, category: object = None) -> Response:
        """An item's own; of one that has sold only since the fit was made, what its category says."""
        if product_id in self._places:
            return self.of(product_id)
        return self.of_new(category if isinstance(category, str) else None)

    def save(self, folder: Path) -> None:
        """Write the fit into an existing, empty folder."""
        homes = {"": self.shop, **self.categories}
        self.items.to_parquet(folder / "items.parquet", index=False)
        arrays: dict[str, Any] = {field.name: np.asarray(getattr(self.learnt, field.name)) for field in fields(Pooled)}
        arrays |= {"draws": self.draws, "features": self.features.values}
        np.savez(folder / "arrays.npz", homes=np.stack([one.draws for one in homes.values()]), **arrays)
        facts = {
            "homes": [{"name": name, **_facts(one)} for name, one in homes.items()],
            "features": {k: v for k, v in asdict(self.features).items() if k != "values"},
            "told": self.told,
        }
        (folder / "facts.json").write_text(json.dumps(facts))

    @classmethod
    def load(cls, folder: Path) -> "Responses":
        """Read what `save` has written."""
        facts = json.loads((folder / "facts.json").read_text())
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            homes = {
                one.pop("name"): Response(draws, **_thawed(one))
                for one, draws in zip(facts["homes"], arrays["homes"], strict=True)
            }
            near = Features(arrays["features"], **{name: tuple(one) for name, one in facts["features"].items()})
            learnt = Pooled(**{field.name: arrays[field.name] for field in fields(Pooled)})
            draws = arrays["draws"]
        told = {name: (float(one[0]), float(one[1])) for name, one in facts["told"].items()}
        learnt = replace(learnt, items=int(learnt.items))
        items = pd.read_parquet(folder / "items.parquet")
        return cls(homes.pop(""), homes, items, draws, near, learnt, told)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {code: at for at, code in enumerate(self.items["product_id"])}

    def _home(self, category: str | None) -> Response:
        return self.categories.get(category or "", self.shop)


def response(cursor: duckdb.DuckDBPyConnection) -> Response:
    """The shop's price response, from its sales; the literature's where there are none."""
    try:
        return fit(panel.read(cursor)).shop
    except NotReady:
        return _literature()


def fit(shop: Panel) -> Responses:
    """The price responses of a shop. The same panel always gives the same."""
    moving = grid.grid(shop)
    usual = shop.rows.groupby("item")["price"].median().reindex(range(len(shop.items))).to_numpy()
    alike = features.features(shop.items, moving.rows, usual, pooled.LITERATURE[0])
    if not len(moving.rows):
        return _unmoved(shop, alike, usual)
    own = effects.own(moving)
    learnt = pooled.fit(own, alike)
    of_moved, parts = learnt.own(alike.values[own.rows], own)
    believed = float(np.average(learnt.share @ of_moved.mean, weights=1 / (own.error**2 + 0.1)))
    parts_of = curve.blend(own, moving.price, min(believed, FLATTEST), _groups(alike)[own.rows])
    draws = _draws(learnt.of(alike.values))
    frame = _frame(shop, moving, usual, draws).assign(pooled=np.median(draws, axis=1))
    draws[own.rows] = _draws(of_moved)
    for name in ("own", "own_error", "own_share"):
        frame.loc[own.rows, name] = parts[name].to_numpy()
    seen = np.exp(np.quantile(moving.price[moving.used], SEEN))
    whole = Response(np.zeros(DRAWS), len(own.rows), seen=(float(seen[0]), float(seen[1])), parts=_tuple(parts_of[0]))
    homes = _homes(whole, learnt, alike, own, parts_of)
    size = float(np.median(own.pull))
    told = {name: (value * size, error * size) for name, (value, error) in own.told.items()}
    return Responses(homes.pop(""), homes, _banded(frame, draws), draws, alike, learnt, told)


def _groups(alike: Features) -> np.ndarray:
    """(n,) which of the categories an item is in, from 0; -1 where in none."""
    member = alike.values[:, 1 : 1 + len(alike.categories)] > 0
    return np.where(member, np.arange(len(alike.categories)), -1).max(axis=1, initial=-1)


def _unmoved(shop: Panel, alike: Features, usual: np.ndarray) -> Responses:
    """A shop whose prices have never moved."""
    learnt = pooled.unlearnt(alike)
    draws = _draws(learnt.of(alike.values))
    frame = _banded(_frame(shop, None, usual, draws).assign(pooled=np.median(draws, axis=1)), draws)
    return Responses(_literature(), {}, frame, draws, alike, learnt, {})


def _literature() -> Response:
    mean, deviation = pooled.LITERATURE
    one = np.full((2, 1), mean)
    return Response(_draws(Belief(np.array([1.0, 0.0]), one, np.full((2, 1), deviation)))[0])


def _one_of(belief: Belief, parts: np.ndarray) -> Belief:
    """An item that is like each of these for a part: between them lies doubt as well as around each."""
    mean = belief.mean @ parts
    variance = belief.deviation**2 @ parts + (belief.mean - mean[:, None]) ** 2 @ parts
    return Belief(belief.share, mean[:, None], np.sqrt(variance)[:, None])


def _draws(belief: Belief) -> np.ndarray:
    """(n, S) equally likely elasticities: the part of each normal below zero, mixed."""
    at, most = levels(), FLATTEST
    kept = belief.share >= LEAST_SHARE
    below = ndtr((most - belief.mean[kept]) / belief.deviation[kept])[..., None]
    z = ndtri(np.maximum(at * below, 1e-300))
    values = np.minimum(belief.mean[kept][..., None] + belief.deviation[kept][..., None] * z, most)  # (h, n, S)
    if len(values) == 1:
        return values[0]
    both = np.concatenate(list(values), axis=1)
    share = belief.share[kept] / belief.share[kept].sum()
    order = np.argsort(both, axis=1, kind="stable")
    mass = np.cumsum(np.repeat(share / DRAWS, DRAWS)[order], axis=1)
    place = np.stack([np.searchsorted(row, at) for row in mass]).clip(max=both.shape[1] - 1)
    return np.take_along_axis(np.take_along_axis(both, order, 1), place, 1)


def _frame(shop: Panel, moving: Grid | None, usual: np.ndarray, draws: np.ndarray) -> pd.DataFrame:
    rows, count = shop.rows, range(len(shop.items))
    changed = np.log(rows["price"]).groupby(rows["item"]).diff().abs() > MOVE
    return shop.items[["product_id", "title", "category"]].assign(
        group=grid.groups(shop.items), usual=usual, own=np.nan, own_error=np.nan, own_share=0.0,
        weeks=rows.groupby("item").size().reindex(count).fillna(0).astype(int).to_numpy(),
        moves=changed.groupby(rows["item"]).sum().reindex(count).fillna(0).astype(int).to_numpy(),
    )  # fmt: skip


def _banded(frame: pd.DataFrame, draws: np.ndarray) -> pd.DataFrame:
    names = {"elasticity": 0.5, "low": 0.1, "high": 0.9, "low90": 0.05, "high90": 0.95}
    found = np.quantile(draws, list(names.values()), axis=1) if len(draws) else np.zeros((len(names), 0))
    return frame.assign(**dict(zip(names, found, strict=True)))


def _homes(whole: Response, learnt: Pooled, alike: Features, own: Effects, parts: np.ndarray) -> dict[str, Response]:
    """The response of any item of a category, and under '' of the shop."""
    X = alike.values[own.rows]
    members = {"": np.arange(len(X))}
    for at, name in enumerate(alike.categories, start=1):
        members[name] = np.flatnonzero(X[:, at] > 0)
    homes = {}
    for at, (name, rows) in enumerate(members.items()):
        if name and len(rows) < FEWEST_ALIKE:
            continue
        belief = learnt.of(X[rows].mean(0)[None])
        apart = (X[rows] @ learnt.coefficients[:, :-1].T).std(0)[:, None]
        belief = replace(belief, deviation=np.hypot(belief.deviation, apart))
        draws = _draws(belief)[0]
        whose = f"items of {name}" if name else whole.whose
        middle, shape = float(np.median(draws)), _tuple(parts[at])
        homes[name] = replace(whole, draws=draws, items=len(rows), pooled=middle, whose=whose, parts=shape)
    return homes


def _tuple(parts: np.ndarray) -> tuple[float, ...]:
    return tuple(float(part) for part in parts)


def _thawed(facts: dict[str, Any]) -> dict[str, Any]:
    """What JSON has made of `_facts`, as it was."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}


def _facts(one: Response) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one) if field.name != "draws"}
