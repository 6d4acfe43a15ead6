"""What each channel brings at each amount of money on a grid: all that the best allocation has to choose among.

The channels' lifts add up, so each is looked at by itself; of several flights the better one counts at each amount.
"""

from dataclasses import dataclass

import numpy as np

from core.ads import flights
from core.ads.scene import Scene

__all__ = ["Curves", "curves"]


RATES = {"revenue": "price", "gross": "margin"}


@dataclass(frozen=True)
class Curves:
    """K amounts of money of each of C channels, in S draws; without the stock's limit."""

    scene: Scene
    money: np.ndarray
    """(C, K) rising; the first is the least that may be spent."""
    units: np.ndarray
    """(S, C, K) units brought beyond those of no spend."""
    revenue: np.ndarray
    gross: np.ndarray
    """(S, C, K) money after the cost of the units."""
    flight: np.ndarray
    """(C, K) place in `flights` of the one that counts."""
    flights: tuple[str, ...]

    def spend(self, choice: np.ndarray) -> np.ndarray:
        """(C, W) money a week of a choice (C,) of amounts."""
        rows = np.arange(len(choice))
        names = [self.flights[at] for at in self.flight[rows, choice]]
        return flights.weeks_of(self.money[rows, choice], names, len(self.scene.weeks), self.scene.lead)

    def brought(self, choices: np.ndarray, measure: str) -> np.ndarray:
        """(S, N) revenue or gross that choices (N, C) of amounts bring, as far as the stock serves them."""
        units, money = (
            sum(values[:, channel, choices[:, channel]] for channel in range(choices.shape[1]))
            for values in (self.units, getattr(self, measure))
        )
        if self.scene.stock is None:
            return np.asarray(money)
        before, rate = self._wanted[0, :, None], getattr(self.scene.parts[0], RATES[measure])
        return rate * (np.minimum(before + units, self.scene.stock) - np.minimum(before, self.scene.stock))

    def before(self, measure: str) -> np.ndarray:
        """(S,) revenue or gross without any of this spend."""
        rates = np.array([getattr(part, RATES[measure]) for part in self.scene.parts])
        sold = self._wanted if self.scene.stock is None else np.minimum(self._wanted, self.scene.stock)
        return rates @ sold

    @property
    def _wanted(self) -> np.ndarray:
        """(P, S) units wanted without any of this spend."""
        weeks = len(self.scene.weeks)
        base = np.array([part.base[:weeks].sum() for part in self.scene.parts])
        return base[:, None] * self.scene.demand + self.scene.carried.sum((2, 3))


def curves(scene: Scene, money: np.ndarray, names: tuple[str, ...]) -> Curves:
    """The curves at amounts `money` (C, K) with the better of the flights `names`."""
    price, margin = (np.array([getattr(part, name) for part in scene.parts]) for name in ("price", "margin"))
    every = [_units(scene, money, name) for name in names]  # of (P, S, C, K)
    gross = np.stack([np.einsum("p,psck->sck", margin, units) for units in every])
    best = gross.mean(1).argmax(0)  # (C, K)
    picked = np.take_along_axis(np.stack(every), best[None, None, None], axis=0)[0]
    return Curves(
        scene,
        money,
        picked.sum(0),
        np.einsum("p,psck->sck", price, picked),
        np.einsum("p,psck->sck", margin, picked),
        best,
        names,
    )


def _units(scene: Scene, money: np.ndarray, flight: str) -> np.ndarray:
    """(P, S, C, K) units that each amount brings with a flight, beyond those of no spend."""
    shape = flights.spread(flight, len(scene.weeks), scene.lead)
    parts = []
    for lifts, part in zip(scene.lifts, scene.parts, strict=True):
        one = lifts.held(part.share[:, None] * shape)  # of 1 on each channel
        none = lifts.total()
        parts.append(np.stack([lifts.total(one * column[:, None]) - none for column in money.T], axis=-1))
    return np.stack(parts)
