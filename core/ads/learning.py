"""From a panel to a posterior: what sales would be without ads, and what each channel adds.

Units are modelled on the scale of their logarithm, expanded around the fit itself, so that weeks without a sale are
no trouble and noise is in proportion to sales:

    units = base (1 + added) or base + level added,  log base = backdrop,  added = sum of effect x group x curve(spend)

that is, ads work in proportion to sales, or bring units whatever the season. Both are tried, as are backdrops that
move more or less freely, and the data choose (`models.media.View`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.ads.beliefs import Belief, LiftTest
from core.ads.panel import Panel
from models import media
from models.adstock import Grid, candidates, curves
from models.backdrop import UNSEEN, Backdrop, Columns, Shape, columns

__all__ = ["Learnt", "learn"]

SEASONS, TRENDS, KEEPS = (3.0, 6.0, 12.0), (0.5, 1.5, 4.0), (0.0, 0.3, 0.6)
BACKDROPS, NEAR = 3, 6.0  # at most so many are drawn among, within so much of the best log evidence
USUAL = (0.3, 0.0, 0.8, 1.15)  # a curve that stands for all of them while the backdrop is chosen
STAND_IN = 6.0  # spread of its strength, in units of noise
LEAST_NOISE = 0.005
OUTLIER = 5.0  # robust standard deviations; such a week of a group is a world of its own
MOST_OUTLIERS = 0.02  # of the weeks
FLOOR = 0.02  # of a group's mean units; the logarithm of less says nothing
IDLE = 0.1  # prior probability that a channel does nothing, unless a range above 0 is believed
USUAL_RETURN, SMALL_SHARE = 2.5, 0.02  # scale of what is brought for each 1 spent; of the sales, by a usual channel
MOST_APART = 30.0  # times the usual spend; how returns fall with spend is not stretched beyond
EIGHT_IN_TEN = 1.2816  # standard deviations on either side of the middle hold 8 in 10


@dataclass(frozen=True)
class Learnt:
    """The posterior and what it stands on; see `Response` for the same in the user's terms."""

    draws: media.Draws
    grid: Grid
    shapes: list[Shape]
    """Of the views."""
    scale: np.ndarray
    """(C, G) money a week that is exposure 1."""
    level: np.ndarray
    """(G,) mean units a week without ads, which strengths are shares of."""
    fitted: np.ndarray
    """(G, T) units that the model expects."""
    base: np.ndarray
    """(G, T) of these, without ads."""
    outliers: np.ndarray
    """(G, T) weeks that were set apart."""
    noise: float
    """Usual noise of a group's week, which the draws' noise multiplies."""
    unit: np.ndarray
    """(V, C, K) strength at which a channel brings 1 for each 1 spent."""
    believed: np.ndarray
    """(C, 2) the range of the return on spend, 8 in 10, that was believed before the data were seen."""


def learn(
    panel: Panel,
    beliefs: Sequence[Belief] = (),
    tests: Sequence[LiftTest] = (),
    *,
    draws: int = 300,
    warm: int = 100,
    chains: int = 4,
    seed: int = 0,
    unseen: int = 0,
    report: Callable[[float], None] = lambda share: None,
) -> Learnt:
    """Fit the panel. The same panel, beliefs and seed give the same posterior.

    unseen: of so many last weeks the units are not looked at; what is `fitted` there is a forecast.
    """
    grid, panel = candidates(), _blinded(panel, unseen)
    scale = _scale(panel)
    shapes = [curves(spend / one[:, None], grid) for spend, one in zip(panel.spend, scale, strict=True)]
    state = _first(panel, scale, unseen)
    chosen = _chosen(state)
    prior = _prior(panel, beliefs)
    usable = [test for test in tests if test.channel in panel.channels and test.error > 0]
    told = [media.Test(panel.channels.index(one.channel), one.lift, one.error) for one in usable]
    made: media.Draws | None = None
    for final in (False, True):
        level = state.level  # of the strengths that are drawn now
        views = [_view(panel, state, shape, shapes, usable, grid, scale) for shape in chosen]
        effort = {"draws": draws, "warm": warm, "chains": chains} if final else {"draws": 60, "warm": 60, "chains": 1}
        made = media.sample(
            views, prior, grid.log_weight, told, **effort, seed=seed, report=report if final else lambda share: None
        )
        state = _again(state, views, chosen, shapes, made)
    assert made is not None
    unit = np.array([one.unit for one in views])
    usual = float(state.noise.mean())
    return Learnt(
        made,
        grid,
        chosen,
        scale,
        level,
        state.fitted,
        state.base,
        state.outliers,
        usual,
        unit,
        _believed(panel, beliefs, prior),
    )


def _blinded(panel: Panel, unseen: int) -> Panel:
    """The panel with the sales of the last weeks replaced by those of the week before them."""
    if not unseen:
        return panel
    last = -unseen - 1
    units, revenue = panel.units.astype(float), panel.revenue.astype(float)
    units[:, -unseen:], revenue[:, -unseen:] = units[:, [last]], revenue[:, [last]]
    return replace(panel, units=units, revenue=revenue)


@dataclass(frozen=True)
class _State:
    """Where the model is expanded, and the parts that do not change with it."""

    parts: Columns
    noise: np.ndarray
    """(G,) relative to each other."""
    seen: np.ndarray
    """(T,) whether a week's units are looked at."""
    stand_in: np.ndarray
    """(C, G, T) the usual curve of each channel."""
    units: np.ndarray
    fitted: np.ndarray
    base: np.ndarray
    outliers: np.ndarray

    @property
    def level(self) -> np.ndarray:
        return self.base.mean(1)

    def response(self, *, proportional: bool) -> np.ndarray:
        """(G, T) what is linear in backdrop and added: the units, expanded around what is fitted."""
        if proportional:
            added = self.fitted / self.base - 1
            rest = np.log1p(added) - added / (1 + added)
            return np.log(self.fitted) + np.maximum(self.units / self.fitted - 1, -1.0) - rest
        return np.log(self.base) + self.units / self.base - 1

    def weight(self, *, proportional: bool) -> np.ndarray:
        """(G, T) of what is added, on the scale of the response."""
        return self.base / self.fitted if proportional else self.level[:, None] / self.base

    def noises(self, *, proportional: bool) -> np.ndarray:
        """(G, T) noise on the scale of the response: it is in proportion to what is fitted."""
        ratio = np.ones_like(self.fitted) if proportional else self.fitted / self.base
        return self.noise[:, None] * np.where(self.seen, ratio, UNSEEN / self.noise[:, None])


def _scale(panel: Panel) -> np.ndarray:
    """(C, G) a channel's usual weekly spend while it runs, shared by the groups' sizes."""
    whole = panel.spend.sum(1)
    running = np.maximum((whole > 0).sum(1), 1)
    usual = np.maximum(whole.sum(1) / running, 1e-9)
    return usual[:, None] * np.maximum(panel.size, 1e-3)


def _controls(panel: Panel) -> np.ndarray:
    """(J, G, T) price, promotions, assortment and events, those that move; 1 is a usual move."""
    rows = [np.log(np.maximum(panel.price, 0.05)), panel.promoted, np.log1p(panel.assortment)]
    rows = [row - row.mean(1, keepdims=True) for row in rows]
    events = panel.controls - panel.controls.mean(1, keepdims=True)
    rows += [np.broadcast_to(row, panel.units.shape) for row in events]
    return np.array([row / row.std() for row in rows if row.std() > 1e-4]).reshape(-1, *panel.units.shape)


def _first(panel: Panel, scale: np.ndarray, unseen: int) -> _State:
    """A fit with the usual curves: enough to expand around."""
    groups, weeks = panel.units.shape
    one = Grid(*(np.array([value]) for value in (*USUAL, 0.0)))
    exposure = panel.spend / scale[..., None]
    stand_in = np.array([curves(rows, one)[:, 0] for rows in exposure])
    units, seen = np.maximum(panel.units, 0.0), np.arange(weeks) < weeks - unseen
    floor = _floor(units)
    start = np.log(np.maximum(units, floor))
    parts = columns(groups, weeks, _controls(panel))
    none = np.zeros(units.shape, dtype=bool)
    state = _State(parts, np.ones(groups), seen, stand_in, units, np.exp(start), np.exp(start), none)
    for _ in range(3):
        state = _expanded(state, floor, *_stood_in(state, Shape()))
        away = (np.log(np.maximum(units, floor)) - np.log(state.fitted))[:, seen]
        noise = 1.4826 * np.median(np.abs(away - np.median(away, 1, keepdims=True)), axis=1)
        state = replace(state, noise=np.maximum(noise, LEAST_NOISE))
    return _set_apart(state, away / state.noise[:, None])


def _expanded(
    state: _State, floor: np.ndarray, base: np.ndarray, added: np.ndarray, *, proportional: bool = True
) -> _State:
    """Expand around a logarithm of the base (G, T) and what ads add to it."""
    without = np.maximum(np.exp(np.clip(base, -20, 25)), floor)
    added = np.maximum(added, 0.0)
    fitted = without * (1 + added) if proportional else without + added * state.level[:, None]
    return replace(state, fitted=fitted, base=without)


def _set_apart(state: _State, away: np.ndarray) -> _State:
    """Give the weeks that are far off a level of their own, as long as they are few."""
    far = np.zeros(state.units.shape, dtype=bool)
    far[:, state.seen] = np.abs(away) > OUTLIER
    if not far.any() or far.mean() > MOST_OUTLIERS:
        return state
    apart = np.zeros((far.sum(), *far.shape))
    apart[np.arange(len(apart)), *np.nonzero(far)] = 1.0
    return replace(state, parts=_joined(state.parts, apart, 100.0), outliers=far)


def _joined(parts: Columns, more: np.ndarray, spread: float) -> Columns:
    none = np.zeros(len(more))
    return Columns(
        np.concatenate([parts.values, more]), np.append(parts.season, none), np.append(parts.trend, none),
        np.append(parts.fixed, none + spread),
    )  # fmt: skip


def _stood_in(state: _State, shape: Shape) -> tuple[np.ndarray, np.ndarray]:
    """(G, T) logarithm of the base, and what the usual curves add to it."""
    parts, backdrop, series = _crude(state, shape)
    ads = len(state.stand_in)
    base = backdrop.fitted(series, replace(parts, values=_blank(parts.values, slice(-ads, None))))
    added = backdrop.fitted(series, replace(parts, values=_blank(parts.values, slice(0, -ads))))
    return base, added / state.weight(proportional=shape.proportional)


def _crude(state: _State, shape: Shape) -> tuple[Columns, Backdrop, np.ndarray]:
    """Columns, backdrop and whitened response with the usual curves as controls."""
    form = {"proportional": shape.proportional}
    parts = _joined(state.parts, state.stand_in * state.weight(**form), STAND_IN)
    backdrop = Backdrop(parts, shape, state.noises(**form))
    return parts, backdrop, backdrop.white(state.response(**form)).ravel()


def _blank(values: np.ndarray, rows: slice) -> np.ndarray:
    out = values.copy()
    out[rows] = 0.0
    return out


def _chosen(state: _State) -> list[Shape]:
    """Shapes to draw among: the likeliest with the usual curves for the ads, each in both forms.

    A search along each part in turn. The form is left open: the usual curves are too crude to tell it.
    """
    seen: dict[Shape, float] = {}

    def evidence(shape: Shape) -> float:
        if shape not in seen:
            _, backdrop, series = _crude(state, shape)
            seen[shape] = backdrop.log_evidence(series)
        return seen[shape]

    best = Shape()
    options: dict[str, tuple[Any, ...]] = {
        "season": SEASONS,
        "trend": TRENDS,
        "keeps": KEEPS,
        "proportional": (True, False),
    }
    for _ in range(2):
        for name, values in options.items():
            best = max((replace(best, **{name: value}) for value in values), key=evidence)
    top = {
        replace(shape, proportional=True): 0.0
        for shape in sorted(seen, key=lambda shape: -seen[shape])
        if seen[shape] > seen[best] - NEAR
    }
    return [replace(shape, proportional=form) for shape in list(top)[:BACKDROPS] for form in (True, False)]


def _prior(panel: Panel, beliefs: Sequence[Belief]) -> media.Prior:
    """Where spend is tiny beside sales it may be counted in another unit (thousands, points): returns are higher."""
    channels, spent = panel.channels, panel.spend.sum((1, 2))
    share = SMALL_SHARE * np.maximum(panel.revenue, 0).sum() / np.maximum(np.median(spent), 1e-9)
    usual = max(USUAL_RETURN, float(share))
    known = {belief.channel: belief for belief in beliefs}
    middle, spread = np.full((2, len(channels)), np.nan)
    idle = np.full(len(channels), IDLE)
    for at, channel in enumerate(channels):
        if belief := known.get(channel):
            middle[at] = (belief.low + belief.high) / 2
            spread[at] = max((belief.high - belief.low) / 2 / EIGHT_IN_TEN, 1e-3)
            idle[at] = 0.0 if belief.low > 0 else IDLE
    size = np.maximum(spent, 1e-9) / max(float(np.median(spent)), 1e-9)
    return media.Prior(middle, spread, idle, usual, np.clip(size, 1 / MOST_APART, MOST_APART))


def _believed(panel: Panel, beliefs: Sequence[Belief], prior: media.Prior) -> np.ndarray:
    """(C, 2) as the user says, or what is usual."""
    known = {belief.channel: (belief.low, belief.high) for belief in beliefs}
    usual = prior.usual_range()
    return np.array([known.get(name, tuple(usual[at])) for at, name in enumerate(panel.channels)]).reshape(-1, 2)


def _view(
    panel: Panel, state: _State, shape: Shape, shapes: list[np.ndarray], tests: Sequence[LiftTest], grid: Grid,
    scale: np.ndarray,
) -> media.View:  # fmt: skip
    weight = state.weight(proportional=shape.proportional)[:, None]  # (G, 1, T)
    worth = state.base if shape.proportional else np.broadcast_to(state.level[:, None], state.base.shape)
    worth = worth * panel.unit_price  # (G, T) money that a strength of 1 brings at full effect
    spent = np.maximum(panel.spend.sum((1, 2)), 1e-9)
    brought = [np.einsum("gkt,gt->k", one, worth) for one in shapes]
    unit = [money / np.maximum(part, 1e-12) for money, part in zip(spent, brought, strict=True)]
    tested = [_tested(panel, test, shapes, worth, grid, scale) for test in tests]
    backdrop = Backdrop(state.parts, shape, state.noises(proportional=shape.proportional))
    response = state.response(proportional=shape.proportional)
    return media.view(backdrop, response, [one * weight for one in shapes], unit, tested)


def _tested(
    panel: Panel, test: LiftTest, shapes: list[np.ndarray], worth: np.ndarray, grid: Grid, scale: np.ndarray
) -> np.ndarray:
    """(G, K) money that the spend of the test's days brings in their weeks for a strength of 1, later ones left out.

    Of a week that the test covers in part its part of the spend counts, as days are not told apart.
    """
    channel, covered = panel.channels.index(test.channel), test.weeks(panel.weeks)
    without = panel.spend[channel] * (1 - covered)
    lost = shapes[channel] - curves(without / scale[channel][:, None], grid)
    return np.einsum("gkt,gt->gk", lost, worth * (covered > 0))


def _again(
    state: _State, views: list[media.View], chosen: list[Shape], shapes: list[np.ndarray],
    draws: media.Draws,
) -> _State:  # fmt: skip
    """Expand around the posterior's middle: the view that was drawn most often."""
    at = int(np.bincount(draws.view.ravel(), minlength=len(views)).argmax())
    picked = np.flatnonzero(draws.view.ravel() == at)
    picked = picked[:: max(1, len(picked) // 60)]
    strength, curve, group = (_flat(one)[picked] for one in (draws.strength, draws.curve, draws.group))
    added = np.zeros(state.units.shape)  # (G, T) share of the base, or of its level
    for channel, one in enumerate(shapes):
        parts = one[:, curve[:, channel]]  # (G, s, T)
        added += np.einsum("gst,sg->gt", parts, strength[:, channel, None] * group[:, channel]) / len(picked)
    view, form = views[at], {"proportional": chosen[at].proportional}
    rest = state.response(**form) - added * state.weight(**form)
    base = view.backdrop.fitted(view.backdrop.white(rest).ravel(), state.parts)
    return _expanded(state, _floor(state.units), base, added, **form)


def _floor(units: np.ndarray) -> np.ndarray:
    """(G, 1) fewer units than these a group is not expected to sell."""
    return FLOOR * np.maximum(units.mean(1, keepdims=True), 1e-6)


def _flat(draws: np.ndarray) -> np.ndarray:
    """(M S, ...) draws of all chains."""
    return draws.reshape(-1, *draws.shape[2:])
