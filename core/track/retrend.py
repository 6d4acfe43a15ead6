"""Retrend: what a launch will still sell, once its first days are known.

The launch forecast says how high the level may lie, and the expected weeks what curve it has; each week that was sold
is evidence on both (`track.pace`), large orders apart (`track.bulk`). By Bayes, on a grid of levels: before the
launch the level has the spread of the forecast of the window, each week multiplies in how likely its sales are, and
moves on. A week in which the stock ran out says only that its demand was no less than what was sold.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from core.errors import DebutError
from core.track.pace import FAR, GRID, LEAST, Pace, after, curve, few_units, learnt, opening

__all__ = ["Retrended", "retrend", "so_far"]

DRAWS = 1000
P90 = float(ndtri(0.9))
LEAST_IDLE = 0.002
OWN = 0.5  # of a launch's curve is that of its forecast
LEAST_SHARE = 1e-4  # of the window, that a week is expected to sell
LEAST_SPREAD = 0.05  # of the log level: a forecast that is quite sure must still be able to learn
SEED = 11  # the same sales always give the same forecast
SHARES = (0.1, 0.5, 0.9)
MOST_UNITS = 1e8  # of a week: beyond, a level has run away


@dataclass(frozen=True)
class Retrended:
    """One launch, of W weeks."""

    quantiles: np.ndarray
    """(W, 3) P10, P50, P90 of the units wanted by week; a week that is over is what was sold."""
    mean: np.ndarray
    """(W,) expected units."""
    total: np.ndarray
    """(3,) of the window, what was sold in it."""
    remaining: np.ndarray
    """(3,) of what is still to come."""
    total_mean: float
    remaining_mean: float
    draws: np.ndarray
    """(N,) equally likely units of what is still to come, rising."""
    weeks: np.ndarray
    """(N, W) equally likely units of what is still to come by week, as the model has them; not calibrated."""
    level: float
    """How it goes against the median of the launch forecast, of launches that sell at all: 1 is as expected."""
    level_low: float
    level_high: float
    """8 in 10 lie between."""


def retrend(
    quantiles: np.ndarray,
    mean: np.ndarray,
    sold: np.ndarray,
    seen: np.ndarray | None = None,
    short: np.ndarray | None = None,
    pace: Pace = Pace(),  # noqa: B008  (frozen)
    evidence: np.ndarray | None = None,
) -> Retrended:
    """The forecast of the remaining weeks, from the launch forecast and what was sold so far.

    quantiles (W + 1, 3), mean (W + 1,): of each week and, last, of their sum. sold: (k,) units of the weeks begun.
    seen: (k,) share of each that is over, all but the last 1. short: (k,) whether the stock ran out in it. evidence:
    (k,) units that they stand for (`track.bulk`), large orders apart; None where orders are not known. A week with more
    returns than sales counts as one without sales. Raises DebutError on sales of more weeks than there are.
    """
    weeks = len(mean) - 1
    sold, seen, short = _checked(sold, seen, short, weeks)
    prior, centre = _prior(quantiles[-1], mean, pace)
    weight = _seen(prior, centre, sold if evidence is None else evidence, seen, short, pace)
    futures = _futures(weight, centre, seen, pace)  # (N, W), what is seen left out
    known = np.zeros(weeks)
    known[: len(sold)] = sold
    steps = (np.arange(DRAWS) + 0.5) / DRAWS
    whole = futures.sum(1)
    remaining = np.quantile(whole, _ranked(steps, _ranks(float(np.median(whole)), pace)))
    band = np.quantile(futures, _ranked(np.array(SHARES), pace.week), axis=0).T + known[:, None]
    ending = np.quantile(remaining, SHARES)
    low, level, high = np.exp(_quantiles(weight.sum(0), np.array(SHARES))).tolist()
    expected = float(remaining.mean())
    return Retrended(
        band, _shared(futures, expected) + known, ending + sold.sum(), ending, expected + float(sold.sum()), expected,
        remaining, futures, level, low, high,
    )  # fmt: skip


def so_far(quantiles: np.ndarray, mean: np.ndarray, seen: np.ndarray, pace: Pace = Pace()) -> np.ndarray:  # noqa: B008
    """(N,) equally likely units of the weeks begun as the launch forecast has them, rising; seen: as `retrend`."""
    prior, centre = _prior(quantiles[-1], mean, pace)
    seen = np.asarray(seen, dtype=float)
    share = np.zeros(len(centre))
    share[: len(seen)] = seen
    futures = _futures(prior, centre * share, np.zeros(0), pace)
    return np.sort(futures[:, : len(seen)].sum(1))


def _checked(
    sold: np.ndarray, seen: np.ndarray | None, short: np.ndarray | None, weeks: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sold = np.maximum(np.asarray(sold, dtype=float), 0.0) if len(sold) else np.zeros(0)
    if len(sold) > weeks:
        raise DebutError(f"Sales of {len(sold)} weeks were given, but the window has {weeks}.")
    if not np.isfinite(sold).all():
        raise DebutError("Units sold in a week must be numbers.")
    whole = np.ones(len(sold)) if seen is None else np.clip(np.asarray(seen, dtype=float), 0.0, 1.0)
    return sold, whole, np.zeros(len(sold), bool) if short is None else np.asarray(short, dtype=bool)


def _prior(total: np.ndarray, mean: np.ndarray, pace: Pace) -> tuple[np.ndarray, np.ndarray]:
    """(2, G) chances of idle and not and of each log level, and (W,) what the weeks of one not idle sell at level 0.

    total: (3,) P10, P50, P90 of the window's sum: lognormal on either side of the median. Those of its outcomes that
    an idle launch would not exceed are idle ones; level 0 is the median of the others.
    """
    log = np.log1p(np.maximum(np.sort(total), 0.0))
    below, above = (max((log[at + 1] - log[at]) / P90, LEAST_SPREAD) for at in (0, 1))
    few = np.log1p(few_units(len(mean) - 1, pace)) - log[1]
    idle = float(np.clip(ndtr(few / (below if few < 0 else above)), LEAST_IDLE, 1 - LEAST_IDLE))
    rank = float(ndtri(idle + (1 - idle) / 2))
    middle = log[1] + rank * above
    past = middle - log[1] + GRID
    weight = np.exp(-0.5 * (past / np.where(past < 0, below, above)) ** 2) * (past > few)
    median = max(float(np.expm1(middle)), LEAST)
    return opening(weight / weight.sum(), idle), curve(_shares(mean[:-1], pace) * median, pace)


def _shares(mean: np.ndarray, pace: Pace) -> np.ndarray:
    """(W,) of the window: half as the launch's like items sold, which are few and so uneven, half as all launches."""
    own = np.maximum(mean / max(float(mean.sum()), LEAST), LEAST_SHARE)
    if len(pace.shape) != len(own):
        return own
    both = own**OWN * np.maximum(np.array(pace.shape), LEAST_SHARE) ** (1 - OWN)
    return np.asarray(both * own.sum() / both.sum())


def _seen(
    prior: np.ndarray, centre: np.ndarray, sold: np.ndarray, seen: np.ndarray, short: np.ndarray, pace: Pace
) -> np.ndarray:
    """(2, G) chances of idle and not and of each log level in the first week that is not over. prior: (2, G)"""
    weight = prior[None]
    for week, units in enumerate(sold):
        if seen[week] <= 0:
            continue
        weight, _ = learnt(weight, centre[[week]] * seen[week], np.array([units]), pace, bool(short[week]), week == 0)
        if seen[week] >= 1:
            weight = after(weight, pace)
    return np.asarray(weight[0])


def _futures(weight: np.ndarray, centre: np.ndarray, seen: np.ndarray, pace: Pace) -> np.ndarray:
    """(N, W) equally likely units of what is still to come of each week."""
    rng = np.random.default_rng(SEED)
    each = (np.arange(DRAWS) + 0.5) / DRAWS
    log = rng.permutation(_quantiles(weight.sum(0), each))
    on = rng.permutation(each) < _on_at(weight, log)
    out = np.zeros((DRAWS, len(centre)))
    begun = np.zeros(len(centre))
    begun[: len(seen)] = seen
    for week in range(len(centre)):
        if begun[week] >= 1:
            continue
        noise = np.clip(pace.noise * rng.standard_t(pace.tail, DRAWS), -FAR, FAR)
        mean = np.exp(np.clip(log, GRID[0], GRID[-1]) + noise) * centre[week] * (1 - begun[week])
        few = rng.geometric(pace.piece, DRAWS) * (rng.random(DRAWS) < pace.trickle * (1 - begun[week]))
        out[:, week] = np.where(on, rng.poisson(np.minimum(mean, MOST_UNITS)), few)
        log = pace.keep * log + pace.drift * rng.standard_normal(DRAWS)
        turn = rng.random(DRAWS)
        on = np.where(on, turn >= pace.ends, turn < pace.returns)
    return out


def _on_at(weight: np.ndarray, log: np.ndarray) -> np.ndarray:
    """(N,) chance that an item with a log level is not idle."""
    share = weight[1] / np.maximum(weight.sum(0), 1e-300)
    return np.interp(log, GRID, share)


def _shared(futures: np.ndarray, total: float) -> np.ndarray:
    """(W,) expected units by week that add up to a total, as the outcomes (N, W) lie by their medians and means."""
    usual = np.minimum(futures, np.quantile(futures, SHARES[-1], axis=0)).mean(0)
    return np.asarray(usual * total / max(float(usual.sum()), LEAST))


def _ranks(median: float, pace: Pace) -> tuple[float, ...]:
    """Those of little and much to come, and in between what lies between."""
    share = float(np.clip(0.5 + np.log1p(median) - np.log1p(pace.between), 0.0, 1.0))
    return tuple((1 - share) * low + share * high for low, high in zip(pace.rest, pace.much, strict=True))


def _ranked(shares: np.ndarray, ranks: tuple[float, ...]) -> np.ndarray:
    """Ranks among the model's outcomes that stand for shares of what launches then sold."""
    return np.interp(shares, [0.0, *SHARES, 1.0], [0.0, *ranks, 1.0])


def _quantiles(weight: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Log levels that shares of the probability do not exceed."""
    return np.asarray(np.interp(shares, np.cumsum(weight) - weight / 2, GRID))
