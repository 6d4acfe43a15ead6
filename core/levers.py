"""What moves a forecast after it was made: price, ads, stock, and a base demand that is typed.

Each lever is one rule on the units of an item, so that a page answers at once and without the networks:

    price   units x f(price), f of the item's own price response, see `pricing`; not knowing f widens the range
    ads     units x f(extra spend), f of the shop's own ads as borrowed for the item, see `ads.answer`, whose doubt
            widens the range, too; where the shop's ads were not fitted (1 + extra spend / usual spend)^0.12: the mean
            short-term elasticity of Sethuraman, Tellis & Briesch 2011 (https://doi.org/10.1509/jmkr.48.3.457) over
            751 estimates
    stock   of each outcome no more is sold than there is, and its weeks end when it is gone
    base    the median is moved to what was typed, and everything with it

and `no_surer` keeps a forecast from like items that were weighted by hand as wide as it must be.

A dearer item never sells more, more ads or more stock never sell less.
"""

from dataclasses import dataclass, replace
from statistics import NormalDist

import duckdb
import numpy as np

from core.ads.answer import AdsAnswer
from core.history import History
from core.pricing import Response

__all__ = ["ADS_ELASTICITY", "Levers", "Units", "based", "moved", "no_surer", "outcomes", "priced", "usual_ads"]

ADS_ELASTICITY = 0.12
LEAST_MEDIAN = 0.5  # units; what is scaled to a typed base demand must be more than nothing
LEAST_RATIO = 3.0  # of P90 to the median where next to nothing was forecast, about what new items have
FEWEST_ADVERTISED = 5  # launches with ads, for their median to be the usual spend
SAME_PRICE = 1e-6  # of the planned price
LEAST_SHARE = 1e-6  # of the median; below it a quantile is 0
PAIRS = 2_020  # of outcomes and answers, for the outcomes at another price or with more ads
GOLDEN = 2_020 * (5**0.5 - 1) / 2
P90 = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True)
class Units:
    """Forecasts of n launches, light enough for a page."""

    quantiles: np.ndarray
    """(n, W + 1, 3) units at P10, P50, P90 of each week; the sum comes last."""
    mean: np.ndarray
    """(n, W + 1) expected units."""
    totals: np.ndarray
    """(n, S) equally likely outcomes of the sum, rising."""

    def chance(self, units: float) -> np.ndarray:
        """(n,) probability that at least so many are sold."""
        return (self.totals >= units).mean(1)

    def row(self, at: int) -> "Units":
        """One of the launches."""
        part = slice(at, at + 1)
        return Units(self.quantiles[part], self.mean[part], self.totals[part])


@dataclass(frozen=True)
class Levers:
    """What the merchandiser tries; None or 0 leaves a lever as planned."""

    price: float | None = None
    """Per unit, in the shop's currency."""
    ads: float = 0.0
    """Spent on this item over the launch window, beyond what the shop usually spends."""
    stock: float | None = None
    """Units that can be sold in the launch window."""


def moved(
    units: Units, levers: Levers, planned: float, response: Response, usual: float | None, ads: AdsAnswer | None = None
) -> Units:
    """The forecasts with the levers set.

    planned: the price that was forecast with. ads: how the item answers them; where None the literature says, and
    `usual` is the ad spend on an item, see `usual_ads`; None where that is unknown, which switches the lever off.
    """
    scaled = units if levers.price is None else priced(units, levers.price, planned, response)
    if levers.ads > 0 and ads:
        scaled = _answered(scaled, ads.factor(levers.ads))
    elif levers.ads > 0 and usual:
        scaled = _scaled(scaled, (1 + levers.ads / usual) ** ADS_ELASTICITY)
    return scaled if levers.stock is None else _stocked(scaled, max(0.0, levers.stock))


def priced(units: Units, price: float, planned: float, response: Response) -> Units:
    """The forecasts at another price than the `planned` one that they were made with."""
    if price <= 0 or planned <= 0 or abs(price / planned - 1) < SAME_PRICE:
        return units
    return _answered(units, response.factor(np.array([price]), planned)[:, 0])


def _answered(units: Units, factor: np.ndarray) -> Units:
    """The forecasts times factors (S,) of which each is equally likely.

    The middle moves by the median answer, the mean by the mean one; the range widens, in logs, by the range of the
    answers, as the two do not hang together.
    """
    factor = np.sort(factor)
    low, middle, high = np.quantile(factor, (0.1, 0.5, 0.9))
    quantiles = _ranged(units.quantiles, low / middle, high / middle) * middle
    every = (np.arange(PAIRS) + 0.5) / PAIRS
    answers = factor[((every * GOLDEN % 1.0) * len(factor)).astype(int)]  # (N,): pairs that fill the square evenly
    pairs = units.totals[:, (every * units.totals.shape[1]).astype(int)] * answers
    wanted = (np.arange(units.totals.shape[1]) + 0.5) / units.totals.shape[1]
    return Units(quantiles, units.mean * factor.mean(), np.quantile(pairs, wanted, axis=1).T)


def based(units: Units, at: int, base: float) -> Units:
    """The forecasts scaled so that launch `at` has the median `base`; the other launches keep their season."""
    median = float(units.quantiles[at, -1, 1])
    return _scaled(units, base / median) if median >= LEAST_MEDIAN else _spread_out(units, at, base)


def no_surer(chosen: Units, found: Units, share: np.ndarray) -> Units:
    """The chosen forecasts, each with at least a `share` (n,) of the range, in logs, that `found` had.

    Who gives one like item nearly all the weight moves the forecast to what that one sold; it does not make the
    sale of a new item any surer than the interval that was calibrated. Ranges only widen, by what they lack.
    """
    share = np.clip(share - _range(chosen) / np.maximum(_range(found), 1e-9), 0, 1)
    weekly = _widened(chosen.quantiles, found.quantiles, chosen.quantiles[..., 1:2], found.quantiles[..., 1:2], share)
    middle, usual = chosen.quantiles[:, -1, 1:2], found.quantiles[:, -1, 1:2]
    totals = np.sort(_widened(chosen.totals, found.totals, middle, usual, share), axis=1)
    return Units(weekly, chosen.mean, totals)


def outcomes(quantiles: np.ndarray, count: int = 101) -> np.ndarray:
    """(n, count) equally likely outcomes with these P10, P50, P90 (n, 3): lognormal on either side of the median."""
    z = np.array([NormalDist().inv_cdf((i + 0.5) / count) for i in range(count)])
    low, middle, high = np.log1p(quantiles).T[:, :, None]
    below, above = (middle - low) / P90, (high - middle) / P90
    return np.maximum(np.expm1(middle + z * np.where(z < 0, below, above)), 0)


def usual_ads(cursor: duckdb.DuckDBPyConnection, history: History, weeks: int) -> float | None:
    """Money that the shop usually spends on ads for one item in a launch window; None where it names no ads.

    The median over past launches whose ads name them; else the whole spend, shared by the items that sold.
    """
    end = history.date_of(history.days)
    row = cursor.execute(
        """WITH launched AS (
               SELECT product_id, least(launch_date, first_sale) AS launch FROM catalogue WHERE first_sale IS NOT NULL),
           spent AS (
               SELECT sum(spend) AS money FROM ads JOIN launched USING (product_id)
               WHERE date >= launch AND date < launch + ?::INTEGER GROUP BY product_id HAVING sum(spend) > 0)
           SELECT count(*), median(money) FROM spent""",
        [7 * weeks],
    ).fetchone()
    if row and row[0] >= FEWEST_ADVERTISED:
        return float(row[1])
    whole = cursor.execute(
        """SELECT sum(spend) / greatest(1, date_diff('day', min(date), max(date)) + 1) FROM ads
           WHERE date >= ? AND date < ?""",
        [history.start, end],
    ).fetchone()
    on_sale = float((history.units > 0).any(1).sum())
    return float(whole[0]) * 7 * weeks / max(on_sale, 1) if whole and whole[0] else None


def _range(units: Units) -> np.ndarray:
    """(n,) from P10 to P90 of the sum, in logs."""
    low, high = np.log1p(units.quantiles[:, -1, 0]), np.log1p(units.quantiles[:, -1, 2])
    return high - low


def _widened(
    values: np.ndarray, found: np.ndarray, middle: np.ndarray, usual: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """(n, ..., Q) moved away from their middle where `found` was further off its own, as a ratio."""
    far = np.where(usual >= LEAST_MEDIAN, middle * found / np.maximum(usual, LEAST_MEDIAN), middle + found - usual)
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    drawn = np.maximum(values + share * (far - values), 0)
    return np.where(found < usual, np.minimum(values, drawn), np.maximum(values, drawn))


def _ranged(quantiles: np.ndarray, low: float, high: float) -> np.ndarray:
    """(n, W + 1, 3) with their range widened, in logs, by ratios below and above 1 that hang together with nothing."""
    middle = quantiles[..., 1:2]
    ratio = np.divide(quantiles, middle, out=np.ones_like(quantiles), where=middle > 0)
    apart = np.log(np.maximum(ratio, LEAST_SHARE))  # (n, W + 1, 3): below 0, 0, above 0
    apart = np.sign(apart) * np.sqrt(apart**2 + np.log([low, 1.0, high]) ** 2)
    wider = np.where(ratio > LEAST_SHARE, middle * np.exp(apart), 0.0)
    return np.where(middle > 0, wider, quantiles)


def _scaled(units: Units, factor: float) -> Units:
    return Units(units.quantiles * factor, units.mean * factor, units.totals * factor)


def _spread_out(units: Units, at: int, base: float) -> Units:
    """Where more launches than not sell nothing there is nothing to scale: `base` with a range either side in its
    place, as wide in logs as the forecast's above its median, and its weeks and season those of the means."""
    _, middle, high = np.log1p(units.quantiles[at, -1])
    ratio = max(float(np.exp(high - middle)), LEAST_RATIO)
    mean = units.mean
    season = mean[:, -1] / mean[at, -1] if mean[at, -1] > 0 else np.ones(len(mean))  # (n,)
    total = base * season[:, None] * np.array([1 / ratio, 1, ratio])
    share = np.where(mean[:, -1:] > 0, mean[:, :-1] / np.maximum(mean[:, -1:], 1e-12), 1 / (mean.shape[1] - 1))
    totals = outcomes(total, units.totals.shape[1])
    share = np.column_stack([share, np.ones(len(share))])  # (n, W + 1)
    return Units(share[..., None] * total[:, None], share * totals.mean(1)[:, None], totals)


def _stocked(units: Units, stock: float) -> Units:
    """No outcome sells more than the stock, and its weeks end when it is gone."""
    if not (units.totals > stock).any() and not (units.quantiles[:, -1] > stock).any():
        return units
    sold = np.minimum(units.totals, stock)
    kept = np.divide(sold.mean(1), units.totals.mean(1), out=np.ones(len(sold)), where=units.totals.mean(1) > 0)
    total = np.minimum(units.mean[:, -1] * kept, stock)  # (n,)
    filled = _filled(units, stock)  # (n, W, S)
    weeks = units.mean[:, :-1, None] * units.totals[:, None, :] * filled  # up to a factor an item
    mean = weeks.mean(2)
    mean *= (total / np.maximum(mean.sum(1), 1e-12))[:, None]
    quantiles = np.concatenate(
        [_cut(units.quantiles[:, :-1], filled), np.minimum(units.quantiles[:, -1:], stock)], axis=1
    )
    return replace(units, quantiles=quantiles, mean=np.column_stack([mean, total]), totals=sold)


def _filled(units: Units, stock: float) -> np.ndarray:
    """(n, W, S) share of a week's demand that the stock still serves, in each outcome of the sum."""
    weeks = units.mean[:, :-1]
    share = weeks / np.maximum(weeks.sum(1, keepdims=True), 1e-12)  # (n, W)
    demand = share[:, :, None] * units.totals[:, None, :]
    before = np.cumsum(demand, axis=1) - demand
    served = np.clip(stock - before, 0, demand)
    return np.divide(served, demand, out=np.ones_like(demand), where=demand > 0)


def _cut(weeks: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """(n, W, 3) of what is sold in a week: a week's demand goes with the outcome of the sum, as far as it is served.

    The middle is the week of the median outcome, so that the weeks tell one story: they end when the stock is gone.
    """
    n, count, _ = weeks.shape
    size = filled.shape[2]
    sold = outcomes(weeks.reshape(-1, 3), size).reshape(n, count, size) * filled
    middle = np.minimum(sold[..., size // 2], weeks[..., 1])
    low, high = np.minimum(np.quantile(sold, (0.1, 0.9), axis=2), np.moveaxis(weeks[..., [0, 2]], -1, 0))
    return np.stack([np.minimum(low, middle), middle, np.maximum(high, middle)], axis=-1)
