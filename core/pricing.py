"""How sales answer price: the one place that says it, for the levers now and for a richer model later.

The elasticity is pooled over the shop's items whose price really moved: log weekly units on log weekly price,
with an effect of each item and each week, so that neither dear items nor high season count as price. It is
drawn towards the mean of the literature, -2.62 over 1,851 estimates (Bijmolt, van Heerde & Pieters 2005,
https://doi.org/10.1509/jmkr.42.2.141.62296), by precision, and cannot be positive: the posterior is a normal cut
off at zero. Of orders only small ones are looked at: large ones get cheaper prices, and a slope that holds them
would take that for demand.
"""

from dataclasses import dataclass
from statistics import NormalDist

import duckdb
import numpy as np
import pandas as pd

__all__ = ["PRIOR", "Response", "response"]

PRIOR = NormalDist(-2.62, 1.0)
"""Mean of the literature; how far a whole shop's may lie from it is our judgement."""
SHOP_DOUBT = 0.3  # prices are not moved by chance: what the regression may miss however many weeks it has seen
LARGE_ORDER = 2.0  # times an item's usual order: beyond it prices are negotiated or in steps
FEWEST_WEEKS = 8  # of an item with a price
LEAST_CHANGE = 0.05  # between an item's low and high prices, for them to have really moved
FEWEST_ITEMS = 10
SWEEPS = 30  # of taking out item and week means in turn, until both are gone


@dataclass(frozen=True)
class Response:
    """How units answer price: they follow price^elasticity."""

    elasticity: float
    """Percent more units for one percent more price; below 0."""
    low: float
    high: float
    """Where it lies with 8 in 10."""
    items: int
    """Of the shop, whose prices moved; 0 where the literature speaks alone."""

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        if not self.items:
            return "from the literature, as this shop's prices have hardly moved"
        return f"fitted on {self.items:,} items of this shop whose price has moved, drawn towards the literature"


def response(cursor: duckdb.DuckDBPyConnection) -> Response:
    """The shop's price response, from its sales."""
    panel = _panel(cursor)
    items = int(panel["product_id"].nunique())
    if items < FEWEST_ITEMS:
        return _posterior(PRIOR, 0)
    slope, error = _slope(panel)
    shop, prior = 1 / (error**2 + SHOP_DOUBT**2), 1 / PRIOR.variance
    mean = (shop * slope + prior * PRIOR.mean) / (shop + prior)
    return _posterior(NormalDist(mean, (shop + prior) ** -0.5), items)


def _posterior(belief: NormalDist, items: int) -> Response:
    """Median and 8 in 10 of a belief of which only the part below zero can be true."""
    below = belief.cdf(0)
    middle, low, high = (belief.inv_cdf(share * below) for share in (0.5, 0.1, 0.9))
    return Response(middle, low, high, items)


def _panel(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """product_id, week, units, price: the weeks of items whose price has moved."""
    return cursor.execute(
        """WITH small AS (
               SELECT product_id, date_trunc('week', date) AS week, units,
                      coalesce(unit_price, revenue / nullif(units, 0)) AS price
               FROM sales JOIN (SELECT product_id, median(units) AS usual FROM sales WHERE units > 0 GROUP BY ALL)
               USING (product_id) WHERE order_id IS NULL OR units <= ? * usual),
           weeks AS (
               SELECT product_id, week, sum(units) AS units, median(price) FILTER (units > 0 AND price > 0) AS price
               FROM small GROUP BY ALL HAVING sum(units) > 0 AND price > 0),
           moving AS (
               SELECT product_id FROM weeks GROUP BY product_id
               HAVING count(*) >= ? AND quantile_cont(price, 0.9) >= quantile_cont(price, 0.1) * (1 + ?))
           SELECT * FROM weeks SEMI JOIN moving USING (product_id) ORDER BY product_id, week""",
        [LARGE_ORDER, FEWEST_WEEKS, LEAST_CHANGE],
    ).df()


def _slope(panel: pd.DataFrame) -> tuple[float, float]:
    """Least squares within items and weeks, and its standard error with items as clusters."""
    item, week = (pd.factorize(panel[name])[0] for name in ("product_id", "week"))
    x, y = (_within(np.log(panel[name].to_numpy(dtype=float)), item, week) for name in ("price", "units"))
    square = max(float(x @ x), 1e-12)
    slope = float(x @ y) / square
    scores = np.bincount(item, x * (y - slope * x))
    return slope, float(np.sqrt((scores**2).sum())) / square


def _within(values: np.ndarray, *groups: np.ndarray) -> np.ndarray:
    """What is left after the means of each grouping are taken out, in turn."""
    for _ in range(SWEEPS):
        for group in groups:
            values = values - (np.bincount(group, values) / np.bincount(group))[group]
    return values
