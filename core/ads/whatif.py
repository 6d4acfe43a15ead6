"""What a plan of ads comes to: units, revenue and profit by week, with bands, fast enough for a slider.

Of each equally likely draw (of how sales answer the ads, and of how well the item sells) the units are those without
ads and what the ads bring, from before the window and into the weeks after it. Nothing is sold beyond the stock, week
after week; after the window only what the ads bring is counted. Profit is what the units earn less the money spent.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.ads.scene import Scene

__all__ = ["Band", "Outcome", "band", "next_money", "outcome", "served"]

Band = tuple[float, float, float]
LOW, HIGH = 0.1, 0.9  # the 80 % band


@dataclass(frozen=True)
class Outcome:
    """A plan and what becomes of it, in S draws."""

    scene: Scene
    spend: np.ndarray
    """(C, W) money a week."""
    units: np.ndarray
    """(S, W + after) sold; after the window only what the ads bring."""
    revenue: np.ndarray
    gross: np.ndarray
    """(S, W + after) money of the units after their cost, before the ads'."""
    wanted: np.ndarray
    """(S,) units that would be sold if there were stock for all."""
    brought: np.ndarray
    """(S, C) of the units sold, those that this plan's spend brings by channel, as far as the stock serves them."""
    earned: np.ndarray
    """(S, C) revenue of these."""

    @cached_property
    def paid(self) -> np.ndarray:
        """(W + after,) money spent on ads."""
        return np.append(self.spend.sum(0), np.zeros(self.units.shape[1] - self.spend.shape[1]))

    @cached_property
    def profit(self) -> np.ndarray:
        """(S, W + after) after the cost of units and ads."""
        return self.gross - self.paid

    @property
    def lost(self) -> np.ndarray:
        """(S,) units for which there is no stock."""
        return self.wanted - self.units.sum(1)

    def total(self, measure: str) -> np.ndarray:
        """(S,) units, revenue, gross or profit of the whole plan."""
        return getattr(self, measure).sum(1)

    def against(self, other: "Outcome", measure: str = "profit") -> np.ndarray:
        """(S,) by how much this plan comes to more, draw by draw."""
        return self.total(measure) - other.total(measure)


def outcome(scene: Scene, spend: np.ndarray) -> Outcome:
    """What a plan comes to. spend: (C, W) money a week."""
    lifts = scene.brought(spend)  # (P, S, C, W + after)
    return _outcome(scene, spend, lifts)


def _outcome(scene: Scene, spend: np.ndarray, lifts: np.ndarray) -> Outcome:
    weeks = spend.shape[1]
    base = np.stack([part.base for part in scene.parts])[:, None] * scene.demand[:, None]  # (P, S, W + after)
    wanted = lifts.sum(2)
    wanted[..., :weeks] += base[..., :weeks]
    sold = wanted if scene.stock is None else served(wanted, scene.stock)
    price, margin = (np.array([getattr(part, name) for part in scene.parts]) for name in ("price", "margin"))
    all_wanted, units = wanted.sum((0, 2)), sold.sum(0)
    more = (lifts - scene.carried).sum(3)  # (P, S, C)
    extra = more.sum(0)
    ceiling = np.maximum(units.sum(1) - _without(scene, wanted, lifts), 0)
    total = extra.sum(1)
    share = np.divide(np.minimum(ceiling, total), total, out=np.zeros_like(total), where=total > 0)
    return Outcome(
        scene,
        spend,
        units,
        np.einsum("p,psw->sw", price, sold),
        np.einsum("p,psw->sw", margin, sold),
        all_wanted,
        extra * share[:, None],
        np.einsum("p,psc->sc", price, more) * share[:, None],
    )


def _without(scene: Scene, wanted: np.ndarray, lifts: np.ndarray) -> np.ndarray:
    """(S,) units sold without this plan's spend, in draws where `wanted` with it."""
    others = (wanted - lifts.sum(2) + scene.carried.sum(2)).sum((0, 2))
    return others if scene.stock is None else np.minimum(others, scene.stock)


def served(wanted: np.ndarray, stock: float) -> np.ndarray:
    """(..., W) of what is wanted week after week, what there is stock for."""
    left = np.maximum(stock - (np.cumsum(wanted, axis=-1) - wanted), 0)
    return np.minimum(wanted, left)


def next_money(scene: Scene, spend: np.ndarray, money: float, shape: np.ndarray) -> np.ndarray:
    """(S, C) what `money` more on each channel earns, after the cost of the units and before its own.

    shape: (C, W) how the money is spread over the weeks.
    """
    now, more = scene.brought(spend), scene.brought(spend + money * shape)
    before = _outcome(scene, spend, now).total("gross")
    gains = []
    for channel in range(len(scene.channels)):
        lifts = now.copy()
        lifts[:, :, channel] = more[:, :, channel]
        gains.append(_outcome(scene, spend, lifts).total("gross") - before)
    return np.stack(gains, axis=1)


def band(draws: np.ndarray) -> Band:
    """P10, the mean and P90 of equally likely draws."""
    low, high = np.quantile(draws, (LOW, HIGH))
    return float(low), float(draws.mean()), float(high)
