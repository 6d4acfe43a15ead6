"""A Bayesian media mix, sampled exactly up to a grid of curves (griddy Gibbs, Ritter & Tanner 1992).

    series = backdrop + sum over channels of beta_c m_cg curve_c + noise

The shape of each channel's curve is one of K candidates; the backdrop is integrated out; whether a channel does
anything at all is drawn, too (spike and slab). A sweep visits the channels in turn and draws the curve with the
strength integrated out, then the strength, then how much it is in each group. Ways to see the data that differ in
the backdrop's freedom, in the memory of its noise and in whether ads work in proportion to sales are `View`s, and
drawn among. No gradients, nothing to tune, and chains mix in some hundred sweeps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from models.backdrop import Backdrop

__all__ = ["Draws", "Prior", "Test", "View", "sample", "view"]

SPREADS = np.array([0.05, 0.1, 0.2, 0.35, 0.5])  # of a channel's effects over the groups, around 1; a quarter is usual
SPREAD_WEIGHT = np.log([0.15, 0.2, 0.3, 0.25, 0.1])
SCALES = 2.0 ** np.arange(-5, 8, 0.5)  # times the usual return, of channels that nothing is believed of
SCALE_WIDTH, SCALE_TAILS = 0.6, 3  # Student's t in logs: heavy, as spend may be in any unit
DEFAULT_MIDDLE, DEFAULT_SPREAD = 1.0, 0.7  # of the returns of such channels, as a share of the scale
FALLS = np.array([0.25, 0.5, 0.75, 1.0])
"""How returns fall with a channel's spend, as its power, each as likely: at 0 all returns would be alike, at 1 all
channels bring the same: one elasticity, as published estimates of them lie around one mean (Sethuraman, Tellis &
Briesch 2011, https://doi.org/10.1509/jmkr.48.3.457)."""
LEARNING = 0.7
"""Power of the likelihood where channels are told by it: below 1 the data count for less, as no model is quite right
(Grünwald & van Ommen 2017, "Inconsistency of Bayesian inference for misspecified linear models"). Chosen so that bands
hold what they promise in shops that differ from the model."""


@dataclass(frozen=True)
class Prior:
    """What is believed of C channels before the data are seen, in revenue for each 1 spent."""

    middle: np.ndarray
    """(C,), NaN where nothing is believed: then channels learn their usual size from each other."""
    spread: np.ndarray
    """(C,)."""
    idle: np.ndarray
    """(C,) probability that a channel does nothing."""
    usual: float
    """Return on spend around which that of channels lies that nothing is believed of, within a factor of 2 or so."""
    size: np.ndarray
    """(C,) spend of each channel as a multiple of the usual one: returns fall with it, how fast is learnt."""

    def usual_range(self, draws: int = 20_000) -> np.ndarray:
        """(C, 2) in which returns lie in 8 of 10 cases where nothing is believed of them and they are not idle."""
        random = np.random.default_rng(0)
        weight = np.exp(_scale_weight())
        scale = self.usual * random.choice(SCALES, draws, p=weight / weight.sum())
        fall = random.choice(FALLS, draws)
        start = ndtr(-DEFAULT_MIDDLE / DEFAULT_SPREAD)
        away = DEFAULT_MIDDLE + DEFAULT_SPREAD * ndtri(start + (1 - start) * random.random(draws))
        return np.quantile(scale * away * self.size[:, None] ** -fall, (0.1, 0.9), axis=1).T


@dataclass(frozen=True)
class Test:
    """A lift test of one channel."""

    channel: int
    lift: float
    """Money that was seen to be brought."""
    error: float
    """Its standard error."""


@dataclass(frozen=True)
class View:
    """The data as one backdrop sees them, for C channels."""

    backdrop: Backdrop
    series: np.ndarray
    """(n,) whitened, n = G T."""
    seen: np.ndarray
    """(p,) H series."""
    curves: np.ndarray
    """(C, G, K, T) whitened."""
    explained: np.ndarray
    """(C, G, K, p): H curves."""
    power: np.ndarray
    """(C, K, G G) products of the curves of two groups that the backdrop leaves."""
    unit: np.ndarray
    """(C, K) strength at which a channel brings 1 for each 1 spent."""
    tested: list[np.ndarray]
    """(G, K) money that each of the lift tests should have found for a strength of 1."""


@dataclass(frozen=True)
class Draws:
    """S draws of each of M chains."""

    strength: np.ndarray
    """(M, S, C)."""
    curve: np.ndarray
    """(M, S, C) number of the candidate."""
    group: np.ndarray
    """(M, S, C, G) times the strength is so much in a group."""
    noise: np.ndarray
    """(M, S) standard deviation, in units of what the series were whitened with."""
    view: np.ndarray
    """(M, S) number of the view."""
    spread: np.ndarray
    """(M, S) of the groups."""


def view(
    backdrop: Backdrop, series: np.ndarray, curves: list[np.ndarray], unit: list[np.ndarray], tested: list[np.ndarray]
) -> View:
    """Prepare a view of a series (G, T) and of each channel's weighted curves (G, K, T)."""
    white = backdrop.white(series).ravel()
    groups, weeks = series.shape
    half = backdrop.half.reshape(-1, groups, weeks)
    count = len(unit[0]) if unit else 1
    shaped = np.empty((len(curves), groups, count, weeks))
    explained = np.empty((len(curves), groups, count, len(half)))
    power = np.empty((len(curves), count, groups * groups))
    for at, one in enumerate(curves):
        shaped[at] = np.moveaxis(backdrop.white(np.moveaxis(one, 1, 0)), 0, 1)
        explained[at] = np.matmul(shaped[at], np.moveaxis(half, 0, 2))  # (G, K, T) (G, T, p)
        by_curve = np.moveaxis(explained[at], 0, 1)  # (K, G, p)
        products = -np.matmul(by_curve, by_curve.swapaxes(1, 2))
        np.einsum("kgg->kg", products)[...] += np.einsum("gkt,gkt->kg", shaped[at], shaped[at])
        power[at] = products.reshape(count, -1)
    units = np.array(unit).reshape(-1, count)
    return View(backdrop, white, backdrop.half @ white, shaped, explained, power, units, tested)


def sample(
    views: Sequence[View],
    prior: Prior,
    log_weight: np.ndarray,
    tests: Sequence[Test] = (),
    *,
    draws: int = 200,
    warm: int = 100,
    chains: int = 4,
    seed: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> Draws:
    """Draw from the posterior. `log_weight` (K,) is the candidates' prior; `report` hears the share that is done."""
    kept = []
    for number in range(chains):
        chain = _Chain(views, prior, log_weight, tests, np.random.default_rng([seed, number]))
        rows = []
        for sweep in range(warm + draws):
            chain.sweep()
            if sweep >= warm:
                rows.append(chain.state())
            if sweep % 50 == 0:
                report((number + sweep / (warm + draws)) / chains)
        kept.append([np.array(column) for column in zip(*rows, strict=True)])
    return Draws(*(np.array(column) for column in zip(*kept, strict=True)))


class _Chain:
    """One chain: what it holds at present, and how each part is drawn given the rest."""

    def __init__(
        self, views: Sequence[View], prior: Prior, log_weight: np.ndarray, tests: Sequence[Test],
        random: np.random.Generator,
    ) -> None:  # fmt: skip
        self.views, self.prior, self.log_weight, self.tests, self.random = views, prior, log_weight, tests, random
        first = views[0]
        self.channels, self.groups = first.curves.shape[:2]
        self.strength = np.zeros(self.channels)
        self.curve = np.asarray(random.choice(len(log_weight), self.channels, p=np.exp(log_weight)))
        self.group = np.ones((self.channels, self.groups))
        self.spread, self.scale, self.fall = 0.2, prior.usual, float(FALLS[len(FALLS) // 2])
        self.at = int(random.integers(len(views)))
        self._look_again()
        self.noise = self._left() / self.view.backdrop.count

    @property
    def view(self) -> View:
        return self.views[self.at]

    @property
    def doubt(self) -> float:
        """Variance of the noise, as far as the channels are told by it."""
        return self.noise / LEARNING

    def state(self) -> tuple[object, ...]:
        """Copies of what is drawn, in the order of `Draws`."""
        return (self.strength.copy(), self.curve.copy(), self.group.copy(), np.sqrt(self.noise), self.at, self.spread)

    def sweep(self) -> None:
        """Draw everything once."""
        for channel in self.random.permutation(self.channels):
            self._put(channel, -1.0)
            self._draw_channel(channel)
            self._put(channel, 1.0)
        if self.groups > 1:
            self._draw_spread()
        self._draw_scale()
        if len(self.views) > 1:
            self._draw_view()
        self.noise = self._left() / self.random.chisquare(self.view.backdrop.count)

    def _put(self, channel: int, sign: float) -> None:
        """Take a channel's part out of the rest of the series (1), or give it back (-1)."""
        if self.strength[channel]:
            part, known = self._part(channel)
            self.rest -= sign * part
            self.seen -= sign * known

    def _part(self, channel: int) -> tuple[np.ndarray, np.ndarray]:
        """(n,) what a channel brings, and (p,) what of it the backdrop explains."""
        amount, at = self.strength[channel] * self.group[channel], self.curve[channel]
        part = amount[:, None] * self.view.curves[channel, :, at]
        return part.ravel(), amount @ self.view.explained[channel, :, at]

    def _look_again(self) -> None:
        self.rest, self.seen = self._rest(self.view)

    def _rest(self, view: View) -> tuple[np.ndarray, np.ndarray]:
        """(n,) what no channel brings, and (p,) what of it the backdrop explains."""
        amount, every = self.strength[:, None] * self.group, np.arange(self.channels)
        brought = np.einsum("cg,cgt->gt", amount, view.curves[every, :, self.curve])
        known = np.einsum("cg,cgp->p", amount, view.explained[every, :, self.curve])
        return view.series - brought.ravel(), view.seen - known

    def _left(self) -> float:
        return max(float(self.rest @ self.rest - self.seen @ self.seen), 1e-12)

    def _draw_channel(self, channel: int) -> None:
        view, own = self.view, self.group[channel]
        curves = view.curves[channel]
        match = np.matmul(curves, self.rest.reshape(self.groups, -1, 1))[..., 0] - view.explained[channel] @ self.seen
        power = view.power[channel]
        quadratic = power @ np.outer(own, own).ravel() / self.doubt  # (K,)
        linear = own @ match / self.doubt
        for test, found in self._tests(channel, view):
            told = own @ found
            quadratic = quadratic + told**2 / test.error**2
            linear = linear + told * test.lift / test.error**2
        middle, spread = self._believed(channel, view)
        self._draw_strength(channel, quadratic, linear, middle, spread)
        if self.groups > 1:
            self._draw_groups(channel, match)

    def _tests(self, channel: int, view: View) -> list[tuple[Test, np.ndarray]]:
        return [(test, q) for test, q in zip(self.tests, view.tested, strict=True) if test.channel == channel]

    def _believed(self, channel: int, view: View) -> tuple[np.ndarray, np.ndarray]:
        """(K,) middle and spread of the strength's prior, a normal cut off at zero."""
        middle, spread = self.prior.middle[channel], self.prior.spread[channel]
        if np.isnan(middle):
            usual = self.scale * self.prior.size[channel] ** -self.fall
            middle, spread = DEFAULT_MIDDLE * usual, DEFAULT_SPREAD * usual
        return middle * view.unit[channel], spread * view.unit[channel]

    def _draw_strength(
        self, channel: int, quadratic: np.ndarray, linear: np.ndarray, middle: np.ndarray, spread: np.ndarray
    ) -> None:
        """Whether it does anything, which curve, and how strongly."""
        precision = quadratic + spread**-2
        mean, width = (linear + middle * spread**-2) / precision, precision**-0.5
        prior, told = middle / spread, mean / width
        log = self.log_weight + 0.5 * (told**2 - prior**2) + np.log(width / spread) + log_ndtr(told) - log_ndtr(prior)
        top = log.max()
        weight = np.exp(log - top)
        evidence = np.log(weight.sum()) + top
        idle = self.prior.idle[channel]
        if self.random.random() * (idle + (1 - idle) * np.exp(min(evidence, 500.0))) < idle:
            self.strength[channel] = 0.0
            self.curve[channel] = _pick(np.exp(self.log_weight), self.random)
            return
        at = self.curve[channel] = _pick(weight, self.random)
        self.strength[channel] = _positive(mean[at], width[at], self.random)

    def _draw_groups(self, channel: int, match: np.ndarray) -> None:
        """How much the strength is in each group: 1 give or take the spread, and never negative."""
        own, strength, at = self.group[channel], self.strength[channel], self.curve[channel]
        view, before = self.view, self.spread**-2
        power = view.power[channel][at].reshape(self.groups, -1) * strength**2 / self.doubt
        linear = strength * match[:, at] / self.doubt
        for test, found in self._tests(channel, view):
            told = strength * found[:, at] / test.error
            power = power + np.outer(told, told)
            linear = linear + told * test.lift / test.error
        for group in range(self.groups):
            precision = power[group, group] + before
            mean = (linear[group] - power[group] @ own + power[group, group] * own[group] + before) / precision
            own[group] = _positive(mean, precision**-0.5, self.random)

    def _draw_spread(self) -> None:
        """The spread of the groups; the normal of mean 1 is cut off at zero."""
        away = np.square(self.group - 1).sum()
        log = SPREAD_WEIGHT - 0.5 * away / SPREADS**2 - self.group.size * (np.log(SPREADS) + log_ndtr(1 / SPREADS))
        self.spread = float(SPREADS[_pick(np.exp(log - log.max()), self.random)])

    def _draw_scale(self) -> None:
        """What is usual of the channels that nothing is believed of: their return, and how it falls with spend."""
        works = np.flatnonzero(np.isnan(self.prior.middle) & (self.strength > 0))
        value = self.strength[works] / self.view.unit[works, self.curve[works]]
        size, scales = self.prior.size[works, None], self.prior.usual * SCALES
        self.scale = self._drawn(scales, _scale_weight(), value, scales * size**-self.fall)
        self.fall = self._drawn(FALLS, np.zeros(len(FALLS)), value, self.scale * size**-FALLS)

    def _drawn(self, options: np.ndarray, log: np.ndarray, value: np.ndarray, usual: np.ndarray) -> float:
        """One of N options with prior `log` (N,), as returns (C,) tell that should be around `usual` (C, N)."""
        away = (value[:, None] / usual - DEFAULT_MIDDLE) / DEFAULT_SPREAD
        log = log - (0.5 * away**2 + np.log(usual)).sum(0)
        return float(options[_pick(np.exp(log - log.max()), self.random)])

    def _draw_view(self) -> None:
        """Which view, with the noise's size integrated out; strengths keep what they bring for each 1 spent."""
        kept, before = self.strength.copy(), self.at
        log = np.zeros(len(self.views))
        rests = []
        for at, one in enumerate(self.views):
            self.strength = kept * self._ratio(before, at)
            rest, seen = self._rest(one)
            rests.append((rest, seen))
            left = max(float(rest @ rest - seen @ seen), 1e-12)
            log[at] = -one.backdrop.log_size - 0.5 * one.backdrop.count * np.log(left) + self._test_fit(one)
        self.at = _pick(np.exp(log - log.max()), self.random)
        self.strength = kept * self._ratio(before, self.at)
        self.rest, self.seen = rests[self.at]

    def _ratio(self, before: int, at: int) -> np.ndarray:
        """(C,) strength in one view for each 1 in another at the same return on spend."""
        every = np.arange(self.channels)
        return self.views[at].unit[every, self.curve] / self.views[before].unit[every, self.curve]

    def _test_fit(self, view: View) -> float:
        total = 0.0
        for test, found in zip(self.tests, view.tested, strict=True):
            c = test.channel
            told = self.strength[c] * (self.group[c] @ found[:, self.curve[c]])
            total -= 0.5 * ((test.lift - told) / test.error) ** 2
        return total


def _scale_weight() -> np.ndarray:
    """Logarithm of the prior of the usual returns, up to a constant."""
    return -0.5 * (SCALE_TAILS + 1) * np.log1p((np.log(SCALES) / SCALE_WIDTH) ** 2 / SCALE_TAILS)


def _pick(weight: np.ndarray, random: np.random.Generator) -> int:
    total = weight.cumsum()
    return min(int(np.searchsorted(total, random.random() * total[-1])), len(weight) - 1)


def _positive(mean: float, width: float, random: np.random.Generator) -> float:
    """A draw of a normal that is cut off at zero, by its distribution function; far below zero it is exponential."""
    low = -mean / width
    if low > 5:
        return float(width * random.exponential() / low)
    start = ndtr(low)
    return max(0.0, float(mean + width * ndtri(min(start + (1 - start) * random.random(), 1 - 1e-12))))
