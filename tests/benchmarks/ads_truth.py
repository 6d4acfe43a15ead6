"""Shops whose advertising is known: what each channel truly brings in every week, and on any other spend.

Three years of weeks. Units are a base with trend, season, a Christmas step and promotions, and what ads add: in shops
of even seeds units whatever the season, in odd ones a share of the base. Spend follows the season (a confounder
that sells by itself), channels share a common factor, some run in flights and some always, and one brings nothing.
Returns on spend are drawn first and spend is scaled to them. Carry-over is geometric or delayed.
"""

from dataclasses import dataclass

import numpy as np

from core.ads.panel import Panel
from models.adstock import hill, kernel, stock

__all__ = ["Shop", "simulate"]

WEEKS = 156
PRICE = 20.0
LEVEL = 1_000.0  # units a week
NOISE = 0.03


@dataclass(frozen=True)
class Shop:
    """A panel and the truth behind it; C channels."""

    panel: Panel
    contribution: np.ndarray
    """(C, T) revenue brought."""
    effect: np.ndarray
    """(C,) units at full effect, as a share of the base."""
    decay: np.ndarray
    delay: np.ndarray
    """(C,) weeks after which it peaks."""
    half: np.ndarray
    slope: np.ndarray
    scale: np.ndarray
    """(C,) money a week that is exposure 1."""
    proportional: bool
    """Whether ads bring a share of the base, or units whatever the season."""

    def weekly(self, money: np.ndarray) -> np.ndarray:
        """(C, N) revenue a week that a steady spend of `money` (C, N) a week brings at the usual base."""
        answer = hill(money / self.scale[:, None], self.half[:, None], self.slope[:, None])
        return self.effect[:, None] * LEVEL * PRICE * answer


def simulate(seed: int, channels: int = 5, weeks: int = WEEKS, idle: int = 1) -> Shop:
    """A shop; the last `idle` channels bring nothing."""
    rng = np.random.default_rng([seed, 77])
    base = _base(rng, weeks)
    exposure = _exposure(rng, base / LEVEL - 1, channels, weeks)
    delay = (rng.random(channels) < 0.2).astype(float)
    decay = np.where(delay > 0, rng.uniform(0.4, 0.7, channels), rng.uniform(0.0, 0.7, channels))
    half, slope = rng.uniform(0.4, 2.0, channels), rng.uniform(0.9, 1.9, channels)
    answer = hill(stock(exposure, kernel(decay, delay)), half[:, None], slope[:, None])
    share = np.where(np.arange(channels) < channels - idle, rng.uniform(0.02, 0.12, channels), 0.0)
    effect = share / answer.mean(1)
    promoted = (rng.random(weeks) < 0.12).astype(float)
    usual = base * (1 + 0.08 * promoted)
    proportional = bool(seed % 2)
    units = effect[:, None] * answer * (usual if proportional else LEVEL)
    returns = np.exp(rng.normal(np.log(2.0), 0.6, channels))  # revenue for each 1 spent
    worth = np.where(share > 0, units.sum(1), 0.05 * base.sum()) * PRICE
    scale = worth / returns / exposure.sum(1)
    sold = (usual + units.sum(0)) * (1 + NOISE * rng.normal(size=weeks))
    panel = _panel(sold, exposure * scale[:, None], promoted)
    return Shop(panel, units * PRICE, effect, decay, delay, half, slope, scale, proportional)


def _base(rng: np.random.Generator, weeks: int) -> np.ndarray:
    """(T,) units without ads and promotions."""
    t = np.arange(weeks)
    year = 365.25 / 7
    waves = sum(
        height * np.sin(2 * np.pi * (k * t / year + rng.random())) for k, height in ((1, 0.2), (2, 0.1), (3, 0.05))
    )
    december = ((t % year) > 46.5) & ((t % year) < 51.5)
    return LEVEL * (1 + rng.uniform(-0.1, 0.3) * (t / weeks - 0.5) + waves + 0.35 * december)


def _exposure(rng: np.random.Generator, season: np.ndarray, channels: int, weeks: int) -> np.ndarray:
    """(C, T) spend in units of a usual running week."""
    common = _lasting(rng, 1, weeks)[0]
    own = _lasting(rng, channels, weeks)
    follows = rng.uniform(0.2, 1.2, channels)
    money = np.exp(0.4 * own + 0.4 * common + follows[:, None] * season)
    flights = np.array([np.repeat(rng.random(weeks // 4 + 1) < 0.65, 4)[:weeks] for _ in range(channels)])
    flights[: channels // 2] = True  # always on
    money = money * flights
    return money / (money.sum(1) / np.maximum((money > 0).sum(1), 1))[:, None]


def _lasting(rng: np.random.Generator, rows: int, weeks: int, keeps: float = 0.6) -> np.ndarray:
    out = np.zeros((rows, weeks))
    out[:, 0] = rng.normal(size=rows)
    for week in range(1, weeks):
        out[:, week] = keeps * out[:, week - 1] + np.sqrt(1 - keeps**2) * rng.normal(size=rows)
    return out


def _panel(units: np.ndarray, spend: np.ndarray, promoted: np.ndarray) -> Panel:
    channels, weeks = spend.shape
    none, one = np.zeros((channels, 1, weeks)), np.ones((1, weeks))
    return Panel(
        weeks=np.datetime64("2022-01-03") + 7 * np.arange(weeks),
        groups=[""],
        channels=[f"channel {chr(65 + number)}" for number in range(channels)],
        units=units[None],
        revenue=PRICE * units[None],
        spend=spend[:, None],
        impressions=none,
        clicks=none,
        price=one,
        promoted=promoted[None],
        assortment=one,
        controls=np.zeros((0, weeks)),
        control_names=[],
        margin=np.array([0.5 * PRICE]),
        claimed=np.full(channels, np.nan),
    )
