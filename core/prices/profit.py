"""What one new item earns at each price: units, revenue and profit with their bands, and the prices that stand out.

    units(p)    E[min(D f(p), stock)]
    profit(p)   units(p) x (p - cost - loss)

D are the equally likely outcomes of the forecast, made at the planned price; f(p) the equally likely answers of
demand to price (`pricing.Response.factor`), 1 at the planned price; loss the expected margin of other items that a
unit sold here takes away, see `substitutes`. The mean over D is exact: of rising outcomes those below stock / f(p) sell
whole, the others end at the stock. Bands are of a lattice over (D, f, loss), the same for every price, so that two
prices are compared in the same futures.
"""

import math
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.pricing import Response

__all__ = [
    "NEAR",
    "Case",
    "Curves",
    "Point",
    "Profile",
    "curves",
    "expected_by_draw",
    "expected_loss",
    "grid",
    "point",
    "profile",
]

NEAR = 0.02  # of the best profit: prices that lose less are as good as the best
CHEAPEST, DEAREST = 0.5, 2.0  # of the planned price: how far is looked
DEAREST_BY_COST = 5.0  # of the planned price, where the cost lies above it
POINTS = 31  # of a grid on each side of the planned price
NEAR_POINTS = 401  # prices looked at for where a band ends: 0.4 % apart
BLOCKS = 20  # of answers to price next to each other, whose mean is kept
EDGE = 0.01  # of a price: so near to the end of the grid is at its end
LEAST = 1e-9  # units
FUTURES = 1_600  # of the lattice
FINER = 41  # points between two of the grid, where the best is looked for
P10, P90 = 0.1, 0.9
Z90 = NormalDist().inv_cdf(P90)
# Steps of a lattice in three dimensions that fills the cube evenly: powers of the root of x^4 = x + 1 (Roberts 2018,
# a generalised golden ratio).
STRIDES = 1.2207440846057596 ** -np.arange(1.0, 4.0)


@dataclass(frozen=True)
class Case:
    """What has to be known of an item to price it."""

    item_id: str
    title: str
    category: str
    planned: float
    """The price that the forecast was made with; above 0."""
    cost: float
    outcomes: np.ndarray
    """(O,) equally likely demand at the planned price, in units of the launch window, rising."""
    mean: float
    """Expected demand at the planned price."""
    response: "Response"
    stock: float = np.inf
    lowest: float | None = None
    highest: float | None = None
    """Prices that the sheet allows; None where it does not say."""
    loss: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Margin lost on other items for a unit sold: P10, median, P90, in the shop's currency."""
    cost_assumed: bool = False

    def factor(self, prices: np.ndarray) -> np.ndarray:
        """(S, G) demand at these prices in that at the planned price."""
        return self.response.factor(prices, self.planned)

    @cached_property
    def lift(self) -> float:
        """Expected demand in the mean of the outcomes, which the forecast gives apart from each other."""
        mean = float(self.outcomes.mean())
        return self.mean / mean if mean > 0 else 0.0

    @cached_property
    def lost(self) -> float:
        """Expected margin lost on other items for a unit sold."""
        return expected_loss(self.loss)


@dataclass(frozen=True)
class Profile:
    """The expected side of an item: light enough for thousands of them."""

    case: Case
    prices: np.ndarray
    """(G,) rising; the planned price is one of them."""
    units: np.ndarray
    """(B, G) expected units, those answers to price averaged that are next to each other; the steepest first."""
    beyond: np.ndarray
    """(G,) whether a price lies outside the range of prices seen."""

    def sold(self, prices: np.ndarray) -> np.ndarray:
        """Expected units at any prices, even in logs between those of the grid."""
        known = np.log(np.maximum(self.units.mean(0), LEAST))
        sold = np.exp(np.interp(np.log(prices), np.log(self.prices), known))
        return np.where(sold > 2 * LEAST, sold, 0.0)

    def profit(self, prices: np.ndarray) -> np.ndarray:
        """Expected profit at any prices, after what is lost on other items."""
        return self.sold(prices) * (prices - self.case.cost - self.case.lost)

    @cached_property
    def best(self) -> float:
        """The price with the most expected profit, of all that are looked at."""
        at = int(self.profit(self.prices).argmax())
        low, high = self.prices[max(at - 1, 0)], self.prices[min(at + 1, len(self.prices) - 1)]
        finer = np.append(np.linspace(low, high, FINER), self.prices[at])
        return float(finer[self.profit(finer).argmax()])

    @cached_property
    def most(self) -> float:
        """Expected profit at the best price."""
        return float(self.profit(np.array([self.best]))[0])

    @property
    def seen(self) -> tuple[float, float]:
        """Lowest and highest price that the shop has seen the like of."""
        low, high = self.case.response.seen
        return self.case.planned * low, self.case.planned * high

    @property
    def at_edge(self) -> bool:
        """Whether the best lies where the prices looked at end, so that a better one may lie further out."""
        return any(abs(self.best / end - 1) < EDGE for end in self.prices[[0, -1]])

    @property
    def extrapolated(self) -> bool:
        """Whether the best lies outside the range of prices seen."""
        return bool(self.case.response.beyond(np.array([self.best]), self.case.planned)[0])

    @cached_property
    def near(self) -> tuple[float, float] | None:
        """Lowest and highest price around the best that lose at most NEAR of its profit; None where none earns."""
        if self.most <= 0:
            return None
        prices = np.unique(np.append(np.geomspace(self.prices[0], self.prices[-1], NEAR_POINTS), self.best))
        bad = np.flatnonzero(self.profit(prices) < (1 - NEAR) * self.most)
        at = int(np.searchsorted(prices, self.best))
        first, last = bad[bad < at].max(initial=-1) + 1, bad[bad > at].min(initial=len(prices)) - 1
        return float(prices[first]), float(prices[last])

    def break_even(self, fixed: float = 0.0) -> float | None:
        """The lowest price at which the expected profit covers a fixed cost; None where no price does."""
        alone = self.case.cost + self.case.lost
        if fixed <= 0:
            return alone
        if self.most < fixed:
            return None
        rising = np.linspace(alone, max(self.best, alone), NEAR_POINTS)
        rising = rising[rising > 0]
        return float(rising[(self.profit(rising) >= fixed).argmax()])

    def floor(self, margin: float) -> float:
        """The price at which so much of it (0 to below 1) is left after the cost."""
        return self.case.cost / (1 - margin)


@dataclass(frozen=True)
class Curves:
    """An item at each price with its bands, for a picture."""

    prices: np.ndarray
    """(G,)."""
    units: np.ndarray
    revenue: np.ndarray
    profit: np.ndarray
    """(3, G) each: P10, expected, P90."""
    beyond: np.ndarray
    """(G,)."""


@dataclass(frozen=True)
class Point:
    """One price; each band is P10, expected, P90."""

    price: float
    units: tuple[float, float, float]
    revenue: tuple[float, float, float]
    profit: tuple[float, float, float]
    gain: tuple[float, float, float]
    """Profit less that at the planned price, in the same futures."""
    chance: float
    """Probability that it earns more than the planned price; 0.5 at the planned price."""
    beyond: bool
    """Outside the range of prices that the shop has seen."""


def grid(case: Case, points: int = POINTS) -> np.ndarray:
    """(2 x points - 1,) prices to look at, rising, even in logs on either side of the planned price."""
    low = min(CHEAPEST * case.planned, case.lowest or np.inf)
    by_cost = min(DEAREST * case.cost, DEAREST_BY_COST * case.planned)
    high = max(DEAREST * case.planned, case.highest or 0.0, by_cost)
    below = np.geomspace(low, case.planned, points)
    return np.concatenate([below[:-1], [case.planned], np.geomspace(case.planned, high, points)[1:]])


def profile(case: Case, points: int = POINTS) -> Profile:
    """The expected side of an item, on its grid."""
    prices = grid(case, points)
    units = expected_by_draw(case, prices)
    units = units[np.argsort(units[:, -1], kind="stable")]
    blocks = np.stack([block.mean(0) for block in np.array_split(units, min(BLOCKS, len(units)))])
    return Profile(case, prices, blocks.astype(np.float32), case.response.beyond(prices, case.planned))


def curves(of: Profile) -> Curves:
    """The bands at each price of the grid."""
    case, prices = of.case, of.prices
    futures, loss = _futures(case, prices)
    margin = prices - case.cost
    units = np.quantile(futures, (P10, P90), axis=0)
    if any(case.loss):  # what is lost differs from future to future
        profit = np.quantile(futures * (margin - loss[:, None]), (P10, P90), axis=0)
    else:
        profit = np.sort(units * margin, axis=0)
    band = _between(units, of.sold(prices))
    return Curves(prices, band, band * prices, _between(profit, of.profit(prices)), of.beyond)


def point(of: Profile, price: float) -> Point:
    """All about one price, whether on the grid or not."""
    case, prices = of.case, np.array([price, of.case.planned])
    units, loss = _futures(case, prices)
    profit = units * (prices - case.cost - loss[:, None])  # (N, 2)
    gain = profit[:, 0] - profit[:, 1]
    mean, earned = of.sold(prices), of.profit(prices)
    better = (gain > 0).mean() + 0.5 * (gain == 0).mean()
    return Point(
        price,
        _band(units[:, 0], mean[0]),
        _band(units[:, 0] * price, mean[0] * price),
        _band(profit[:, 0], earned[0]),
        _band(gain, earned[0] - earned[1]),
        float(better),
        bool(case.response.beyond(prices[:1], case.planned)[0]),
    )


def expected_by_draw(case: Case, prices: np.ndarray) -> np.ndarray:
    """(S, G) expected units under each answer of demand to price: E over D of min(D f, stock)."""
    factor = case.factor(prices)
    if not np.isfinite(case.stock):
        return case.mean * factor
    below = np.append(0.0, np.cumsum(case.outcomes))
    most = case.stock / np.maximum(factor, 1e-12)  # demand at the planned price that the stock still serves
    whole = np.searchsorted(case.outcomes, most, side="right")
    sold = factor * below[whole] + case.stock * (len(case.outcomes) - whole)
    return np.minimum(case.lift * sold / len(case.outcomes), case.stock)


def _futures(case: Case, prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, G) units and (N,) loss a unit, in equally likely futures."""
    factor, place = case.factor(prices), _places()
    demand = case.outcomes[(place[:, 0] * len(case.outcomes)).astype(int)]
    units = np.minimum(demand[:, None] * factor[(place[:, 1] * len(factor)).astype(int)], case.stock)
    return units, _losses(case.loss)


@cache
def _places() -> np.ndarray:
    """(N, 3) places of the futures in the unit cube."""
    return (0.5 + np.arange(FUTURES)[:, None] * STRIDES) % 1.0


@cache
def _normals() -> np.ndarray:
    """(N,) of the third dimension."""
    return np.array([NormalDist().inv_cdf(min(max(one, 1e-4), 1 - 1e-4)) for one in _places()[:, 2]])


def expected_loss(loss: tuple[float, float, float]) -> float:
    """The mean of what has this P10, median, P90: above the median where the upper side is the longer one."""
    low, middle, high = loss
    return middle + ((high - middle) - (middle - low)) / (Z90 * math.sqrt(2 * math.pi))


def _losses(loss: tuple[float, float, float]) -> np.ndarray:
    """(N,) of a normal on either side of the median, never below 0."""
    low, middle, high = loss
    z = _normals() / Z90
    return np.maximum(middle + z * np.where(z < 0, middle - low, high - middle), 0.0)


def _between(ends: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """(3, G) of (2, G) and (G,)."""
    return np.stack([ends[0], expected, ends[1]])


def _band(values: np.ndarray, expected: float) -> tuple[float, float, float]:
    low, high = np.quantile(values, (P10, P90))
    return float(low), float(expected), float(high)
