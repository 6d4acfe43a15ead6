"""How launches move about their level from week to week, learnt from the shop's past launches.

The weekly demand of a launch is its expected week times exp(u), where the log level u follows

    u[t + 1] = keep x u[t] + drift x z,    z standard normal,

and its sales are Poisson around that times exp(v), where v is Student's t with the scale `noise` and `tail` degrees of
freedom: most weeks lie near the level, and one that does not (a wholesale order, a day on television) is not taken for
it. An autoregressive state space model, filtered on a grid of levels. `keep` below 1 draws a level back to what was
forecast; `drift` lets a launch fade, or catch on. Beside that an item may be idle (not really on offer, listed for one
customer, sold out): then a week sells something only with the chance `trickle`, and little of it. A launch is idle from
the start with the chance `idle`; later idle and not follow a Markov chain with the chances `ends` and `returns` a week.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammainc, gammaln, logit, logsumexp
from scipy.stats import norm

__all__ = ["FAR", "GRID", "LEAST", "Pace", "after", "curve", "few_units", "learnt", "likeliest", "opening"]

GRID = np.linspace(-7.0, 6.0, 105)  # log levels looked at
FAR = 3.0  # from the level, in logs: what a week may be at most
WIDE = np.linspace(GRID[0] - FAR, GRID[-1] + FAR, 153)  # the same steps
LEAST = 1e-6  # units expected of a week: even of the most hopeless one is sold now and then
LOG_LEAST = float(np.log(LEAST))
TINY = 1e-60  # no chance is less: numbers near the smallest there are make products slow
STEPS = 450  # evaluations of the likelihood


@dataclass(frozen=True)
class Pace:
    """How launches of a shop move."""

    noise: float = 0.4
    """Scale of a week's log around its level."""
    tail: float = 5.0
    """Degrees of freedom of that: the fewer, the more often a week tells nothing of the level."""
    drift: float = 0.25
    """Standard deviation of what the log level gains or loses in a week."""
    keep: float = 0.97
    """Share of the log level that lasts a week."""
    idle: float = 0.02
    """Chance that a launch is idle from the start."""
    ends: float = 0.01
    """Chance that one which sells is idle in the next week."""
    returns: float = 0.3
    """Chance that one which is idle sells in the next week."""
    trickle: float = 0.1
    """Chance that a week of an idle one sells something."""
    piece: float = 0.5
    """Chance that what it then sells is no more than it is so far: such a week sells 1 / piece units on average."""
    first: float = 1.0
    """Units of the first week of one that is not idle, against its share of all launches' units."""
    week: tuple[float, float, float] = (0.1, 0.5, 0.9)
    """Ranks among the outcomes of a week under which a tenth, half and nine tenths of past launches stayed."""
    rest: tuple[float, float, float] = (0.1, 0.5, 0.9)
    """The same of all the remaining weeks, of launches of which little was still to come."""
    much: tuple[float, float, float] = (0.1, 0.5, 0.9)
    """The same of those of which much was still to come."""
    between: float = 1.0
    """Units to come, as the model's median has them, that lie between little and much."""
    order: float = 0.0
    """Mean log units of an order, see `track.bulk`."""
    order_spread: float = 0.0
    """Standard deviation of that among the orders of an item; 0 where orders are not known."""
    bulk: float = 1.0
    """Units sold for each that is counted when large orders are cut to what is usual."""
    shape: tuple[float, ...] = ()
    """Share of each week in what past launches sold; empty where it is not known."""
    launches: int = 0
    """It was learnt from; 0: the usual."""


def likeliest(sales: np.ndarray) -> Pace:
    """The pace under which the weekly sales (n, W) of past launches are likeliest; each sold something.

    A launch's own level before its first week is unknown: normal around that of all, its spread fitted along.
    """
    sales = np.round(sales)
    log = np.log(sales.mean(1))
    usual = np.exp(np.median(log)) * sales.mean(0) / sales.mean()

    def unlikely(numbers: np.ndarray) -> float:
        pace = _pace(numbers)
        return -float(_log_likelihood(sales, curve(usual, pace), _prior(numbers[10:]), pace).mean())

    start = np.array([*_numbers(Pace()), np.log(log.std() + 0.1), 0.0])
    found = minimize(unlikely, start, method="L-BFGS-B", options={"maxfun": STEPS, "ftol": 1e-5, "eps": 1e-3})
    return _pace(found.x, len(sales))


def learnt(
    weight: np.ndarray, expected: np.ndarray, sold: np.ndarray, pace: Pace, short: bool = False, begins: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2, G) chances of idle and not and each level once a week was seen, and (n,) how likely its sales were.

    weight: (n, 2, G) before. expected: (n,) units at level 1 in the time seen. sold: (n,). short: the stock ran out, so
    demand was at least what was sold. begins: it is the first week, which begins with a sale.
    """
    log = np.maximum(np.log(np.maximum(expected[:, None], LEAST)) + WIDE, LOG_LEAST)
    units = np.round(sold)[:, None]
    given = gammainc(np.maximum(units, TINY), np.exp(log)) if short else _poisson(units, log)
    on = given @ _about(pace).T
    idle = _idle_mass(np.round(sold), pace, begins)[:, None] * np.ones_like(on)
    joint = np.maximum(weight * np.stack([idle, on], axis=1), TINY)
    chance = np.maximum(joint.sum((1, 2)), TINY)
    return joint / chance[:, None, None], chance


def curve(usual: np.ndarray, pace: Pace) -> np.ndarray:
    """(W,) units by week of a launch that is not idle, at level 1; their sum is that of the usual ones."""
    moved = usual * np.append(pace.first, np.ones(len(usual) - 1))
    return np.asarray(moved * usual.sum() / max(moved.sum(), LEAST))


def opening(prior: np.ndarray, idle: float) -> np.ndarray:
    """(2, G) chances of idle and not and each level before the first week. prior: (G,) of one that is not idle."""
    return np.stack([idle * prior, (1 - idle) * prior])


def few_units(weeks: int, pace: Pace) -> float:
    """Units that an idle launch sells on average."""
    return (1 + (weeks - 1) * pace.trickle) / pace.piece


def after(weight: np.ndarray, pace: Pace) -> np.ndarray:
    """(n, 2, G) chances a week later."""
    idle, on = weight[:, 0], weight[:, 1]
    turned = np.stack(
        [idle * (1 - pace.returns) + on * pace.ends, idle * pace.returns + on * (1 - pace.ends)], axis=1
    )  # fmt: skip
    flat = turned.reshape(-1, len(GRID)) @ _step(pace)  # one product is many times faster than one an item
    return np.asarray(flat.reshape(turned.shape))


def _log_likelihood(sales: np.ndarray, expected: np.ndarray, prior: np.ndarray, pace: Pace) -> np.ndarray:
    """(n,) of each launch's weeks, together."""
    weight, total = np.tile(opening(prior, pace.idle), (len(sales), 1, 1)), np.zeros(len(sales))
    for week in range(sales.shape[1]):
        begins = week == 0
        weight, chance = learnt(weight, np.full(len(sales), expected[week]), sales[:, week], pace, begins=begins)
        total += np.log(chance)
        weight = after(weight, pace)
    return total


@lru_cache(maxsize=16)
def _about(pace: Pace) -> np.ndarray:
    """(G, G + 2 x FAR) chance of what a week's log is, given its level: Student's t, cut at FAR."""
    away = WIDE[None, :] - GRID[:, None]
    chance = (1 + (away / pace.noise) ** 2 / pace.tail) ** (-(pace.tail + 1) / 2)
    chance *= np.abs(away) <= FAR + 1e-9
    return np.asarray(chance / chance.sum(1, keepdims=True))


def _poisson(units: np.ndarray, log: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(units * log - np.exp(log) - gammaln(units + 1)))


def _idle_mass(sold: np.ndarray, pace: Pace, begins: bool) -> np.ndarray:
    """(n,) probability of what a week of an idle item sold: mostly nothing, else geometric."""
    some = 1.0 if begins else pace.trickle
    few = some * pace.piece * (1 - pace.piece) ** (sold - 1)
    return np.asarray(np.where(sold > 0, few, np.maximum(1 - some, TINY)))


@lru_cache(maxsize=16)
def _step(pace: Pace) -> np.ndarray:
    """(G, G) chance of each level after each."""
    width = GRID[1] - GRID[0]
    away = (GRID[None, :] - pace.keep * GRID[:, None]) / max(pace.drift, width / 2)
    chance = np.exp(-0.5 * away**2) + TINY
    return np.asarray(chance / chance.sum(1, keepdims=True))


def _prior(numbers: np.ndarray) -> np.ndarray:
    """(G,) levels of a launch before it: their spread (log) and middle."""
    log = norm.logpdf(GRID, numbers[1], np.exp(numbers[0]))
    return np.asarray(np.exp(log - logsumexp(log)))


def _numbers(pace: Pace) -> np.ndarray:
    """Without bounds: logs of amounts, log odds of chances."""
    chances = [pace.keep, pace.idle, pace.ends, pace.returns, pace.trickle, pace.piece]
    return np.concatenate([np.log([pace.noise, pace.drift]), logit(chances), np.log([pace.first, pace.tail - 1])])


def _pace(numbers: np.ndarray, launches: int = 0) -> Pace:
    noise, drift = np.exp(np.clip(numbers[:2], -2.5, 1.0)).tolist()
    keep, idle, ends, returns, trickle, piece = expit(np.clip(numbers[2:8], -7.0, 7.0)).tolist()
    first, tail = np.exp(np.clip(numbers[8:10], -3.0, 3.0)).tolist()
    return Pace(noise, 1 + tail, drift, keep, idle, ends, returns, trickle, piece, first, launches=launches)
