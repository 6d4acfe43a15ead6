"""The plain rule of pricing, as a reference: p = gamma y + delta, the price a line in the expected demand y.

Fitted by least squares over the shop's launches: what it asked for items that sold so much. It knows neither cost nor
how demand answers price. What that costs is measured on the later half of past launches, each priced by a line
through the launches whose first weeks were over by then; it is told the demand that came, which no forecast would be.
Ours goes by the answer of its category, learnt from the sales before all of them. A price's profit is what the launch
has sold, moved by its answer to price as it is known now, times price less cost; best is the price of someone who
knows that answer exactly, so that what is still unknown counts against everybody. No price may go further than 30 %
below or 40 % above the price paid. It is a simulation: no launch was sold at two prices.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd

from core.errors import NotReady
from core.history import History

if TYPE_CHECKING:
    from core.pricing import Response, Responses

__all__ = ["Judged", "Plain", "fit", "judged", "launches", "middle"]

FEWEST = 10  # launches, for a line
RATIOS = np.geomspace(0.7, 1.4, 61)  # of the price paid: how far any of them may go from it


@dataclass(frozen=True)
class Plain:
    """The line."""

    gamma: float
    """Money a unit of the launch window."""
    delta: float
    """Money."""
    launches: int
    explained: float
    """Share of the variance of prices, 0 to 1."""

    def price(self, demand: np.ndarray | float) -> np.ndarray:
        """What the rule asks; may lie below 0 for a demand far from the shop's."""
        return np.asarray(self.gamma * np.asarray(demand) + self.delta)


@dataclass(frozen=True)
class Judged:
    """Profit of past launches by who priced them, in the shop's currency."""

    launches: int
    paid: float
    """At the prices that were paid."""
    plain: float
    ours: float
    best: float
    """At the best price for who knows each launch's answer exactly."""
    costs_assumed: int
    """Launches whose cost is not known."""

    @property
    def lost(self) -> float:
        """Share of the best profit that the plain rule gives away."""
        return 1 - self.plain / self.best if self.best > 0 else 0.0

    @property
    def lost_by_ours(self) -> float:
        """The same of the prices of our response."""
        return 1 - self.ours / self.best if self.best > 0 else 0.0

    @property
    def lost_as_paid(self) -> float:
        """The same of the prices that were paid."""
        return 1 - self.paid / self.best if self.best > 0 else 0.0


def launches(cursor: duckdb.DuckDBPyConnection, history: History, weeks: int, cost_share: float) -> pd.DataFrame:
    """Past launches by day: product_id, category, launch, ended (dates of the first weeks), units, price (paid
    then), cost, cost_assumed.

    cost_share: of the price, what an item is taken to cost where that is not known.
    """
    rows = history.launches(weeks)
    items = history.items.iloc[rows]
    paid = cursor.execute(
        """SELECT product_id, any_value(c.cost) AS cost,
                  median(coalesce(unit_price, revenue / nullif(units, 0))) AS price
           FROM sales JOIN catalogue AS c USING (product_id)
           WHERE units > 0 AND date < least(c.launch_date, c.first_sale) + ?::INTEGER GROUP BY product_id""",
        [7 * weeks],
    ).df()
    units = history.curves(rows, weeks).sum(1)
    begun = pd.to_datetime([history.date_of(int(day)) for day in items["launch"]])
    frame = items[["product_id", "category"]].assign(launch=begun, ended=begun + pd.Timedelta(weeks=weeks), units=units)
    frame = frame.merge(paid, on="product_id", how="left")
    frame = frame[(frame["price"] > 0) & (frame["units"] > 0)].reset_index(drop=True)
    known = frame["cost"] > 0
    return frame.assign(cost=frame["cost"].where(known, frame["price"] * cost_share), cost_assumed=~known)


def fit(past: pd.DataFrame) -> Plain:
    """The line over launches, see `launches`. Raises NotReady where there are too few."""
    if len(past) < FEWEST:
        raise NotReady(f"The plain rule needs {FEWEST} past launches with a price; there are {len(past)}.")
    demand, price = past["units"].to_numpy(dtype=float), past["price"].to_numpy(dtype=float)
    gamma, delta = _line(demand, price)
    left = price - (gamma * demand + delta)
    total = float(((price - price.mean()) ** 2).sum())
    return Plain(gamma, delta, len(past), 1 - float((left**2).sum()) / total if total > 0 else 0.0)


def middle(past: pd.DataFrame) -> date:
    """The day from which on `judged` prices launches: that of the one in the middle.

    Raises NotReady where there are too few.
    """
    if len(past) <= FEWEST:
        raise NotReady(f"This comparison needs more than {FEWEST} past launches with a price; there are {len(past)}.")
    return pd.Timestamp(past["launch"].iloc[len(past) // 2]).date()


def judged(past: pd.DataFrame, before: "Responses", now: "Responses") -> Judged:
    """What each way to price would have earned, over the launches from `middle` on.

    before: the answers to price as they were known on that day. now: as all sales tell them. Raises NotReady where too
    few launches were over before any of them.
    """
    units, paid, cost = (past[name].to_numpy(dtype=float) for name in ("units", "price", "cost"))
    homes = past["category"].astype(object).where(past["category"].notna(), None).tolist()
    new = {home: before.of_new(home) for home in set(homes)}
    earned, assumed = [], []  # paid, plain, ours, best
    for at in np.flatnonzero(past["launch"] >= pd.Timestamp(middle(past))):
        over = (past["ended"] <= past["launch"].iloc[at]).to_numpy()
        if over.sum() < FEWEST:
            continue
        gamma, delta = _line(units[over], paid[over])
        own = now.of_any(str(past["product_id"].iloc[at]), homes[at])
        each = _earned(paid[at], cost[at], gamma * units[at] + delta, new[homes[at]], own)
        earned.append(units[at] * each)
        assumed.append(bool(past["cost_assumed"].iloc[at]))
    if not earned:
        raise NotReady(f"This comparison needs {FEWEST} launches whose first weeks were over before another one.")
    paid_sum, plain, ours, best = (float(one) for one in np.sum(earned, axis=0))
    return Judged(len(earned), paid_sum, plain, ours, best, sum(assumed))


def _earned(paid: float, cost: float, plain: float, known: "Response", own: "Response") -> np.ndarray:
    """(4,) profit for a unit sold at the price paid: there, by the plain rule, by what was known before, at best."""
    prices = paid * RATIOS
    asked = prices[(known.factor(prices, paid).mean(0) * (prices - cost)).argmax()]
    tried = np.array([paid, np.clip(plain, prices[0], prices[-1]), asked])
    every = np.concatenate([tried, prices])
    profit = own.factor(every, paid) * (every - cost)  # (S, 3 + G)
    return np.append(profit[:, :3].mean(0), profit.max(1).mean())


def _line(demand: np.ndarray, price: np.ndarray) -> tuple[float, float]:
    """Slope and intercept by least squares; a flat line where demand does not differ."""
    apart = demand - demand.mean()
    square = float(apart @ apart)
    gamma = float(apart @ price) / square if square > 0 else 0.0
    return gamma, float(price.mean() - gamma * demand.mean())
