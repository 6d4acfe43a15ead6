"""How units follow the price away from where it usually is: four shapes, blended by how well each foretold weeks
that it had not seen, and what happens beyond the prices that were ever asked.

All shapes have the same units and the same elasticity at the reference price:

    constant     ratio^e: the same percentage whatever the price
    exponential  exp(e (ratio - 1)): more sensitive the dearer it is (log-linear)
    linear       1 + e (ratio - 1), never below 0
    logit        of a fixed number of shoppers a share buys, a third of them at the reference price

Below the lowest price seen a cheaper price brings little more, above the highest the elasticity grows with the price,
so that no shape promises a fortune where nobody has been.
"""

import numpy as np

from core.prices.effects import Effects

__all__ = ["SHAPES", "blend", "factor", "shapes"]

SHAPES = ("constant", "exponential", "linear", "logit")
BUYING = 1 / 3  # of the shoppers of a logit, at the reference price
ROOM = 0.15  # in logs of the price: how much cheaper an item seems at most, below the lowest price seen
LEAST = 1e-6  # of the units at the reference price
CUTS = ((0.5, 0.75), (0.75, 1.0))  # shares of an item's weeks: fitted up to the first, judged up to the second
MULTIPLES = np.arange(0.7, 1.41, 0.1)  # of the slopes, as a shape at the usual price differs from a slope over all
MOST = 1200  # items that choose the blend: those whose slopes say most
DRAWN = 10.0  # how strongly parts are drawn to equal ones, or to the shop's, in log likelihoods
STEPS = 10  # of a share, when blends are tried


def shapes(elasticity: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """(4, ...) units relative to those at ratio 1, one a shape; elasticity (below 0) and ratio broadcast."""
    e, change, room = elasticity, ratio - 1, 1 - BUYING
    logit = 1 / (BUYING + room * np.exp(np.minimum(-e * change / room, 500)))
    found = (ratio**e, np.exp(np.maximum(e * change, -500)), np.maximum(1 + e * change, 0), logit)
    return np.maximum(np.stack(np.broadcast_arrays(*found)), LEAST)


def factor(elasticity: np.ndarray, ratio: np.ndarray, parts: np.ndarray, seen: tuple[float, float]) -> np.ndarray:
    """(S, G) units at prices `ratio` (G,) times the reference, relative to those there, for elasticities (S,).

    parts: (4,) share of each shape. seen: lowest and highest ratio that was ever asked. Falls as the price rises.
    """
    low, high = min(seen[0], 1.0), max(seen[1], 1.0)
    ratio = np.maximum(np.asarray(ratio, float), 1e-9)
    beyond = np.maximum(np.log(low / ratio), 0)  # how far below the lowest price seen
    near = np.where(ratio < low, low * np.exp(-ROOM * (1 - np.exp(-beyond / ROOM))), ratio)
    e = np.asarray(elasticity, float)[:, None]
    found = np.einsum("k,ksg->sg", parts, shapes(e, near[None, :]))
    far = np.maximum(ratio / high, 1)
    return found * np.exp(np.maximum(e * (far - 1 - np.log(far))[None, :], -500))


def blend(effects: Effects, moved: np.ndarray, believed: float, group: np.ndarray) -> np.ndarray:
    """(1 + groups, 4) share of each shape: of the shop, then of each group, drawn to the shop's.

    moved: (m, T) log price relative to the usual one. believed: the shop's elasticity, to which slopes of the first
    weeks are drawn. group: (m,) from 0, -1 for items of none. Shapes are fitted on the first weeks of each item and
    judged on the next.
    """
    said = (effects.weight * effects.price**2).sum(1)
    best = np.sort(np.argsort(-said, kind="stable")[:MOST])
    weight, p, y = (one[best] for one in (effects.weight, effects.price, effects.known))
    weeks = np.cumsum(weight > 0, axis=1) / np.maximum((weight > 0).sum(1), 1)[:, None]
    gram, side = np.zeros((len(best), len(SHAPES), len(SHAPES))), np.zeros((len(best), len(SHAPES)))
    for first, last in CUTS:
        fitted = _fitted(weight, p, y, moved[best], weeks <= first, believed)
        late = weight * ((weeks > first) & (weeks <= last))
        gram += np.einsum("kit,it,lit->ikl", fitted, late, fitted)
        side += np.einsum("kit,it->ik", fitted, late * y)
    parts = [_stacked(gram.sum(0), side.sum(0), np.full(len(SHAPES), 1 / len(SHAPES)))]
    for one in range(int(group.max()) + 1 if len(group) else 0):
        mine = group[best] == one
        parts.append(_stacked(gram[mine].sum(0), side[mine].sum(0), parts[0]))
    return np.stack(parts)


def _fitted(
    weight: np.ndarray, p: np.ndarray, y: np.ndarray, moved: np.ndarray, early: np.ndarray, believed: float
) -> np.ndarray:
    """(4, m, T) logs of the shapes within items: by each item's slope of the first weeks, and one multiple of it."""
    told = weight * early
    square = (told * p**2).sum(1)
    least = max(float(np.median(square)) / 2, LEAST)
    slope = np.minimum(((told * p * y).sum(1) + least * believed) / (square + least), -0.1)
    mass = np.maximum(weight.sum(1), LEAST)[:, None]
    best, found = np.full(len(SHAPES), np.inf), np.zeros((len(SHAPES), *y.shape))
    for tried in MULTIPLES:
        log = np.log(np.maximum(shapes((tried * slope)[:, None], np.exp(moved)), 0.02))
        log = (log - ((weight * log).sum(2) / mass[:, 0])[..., None]) * (weight > 0)
        far = (told * (y - log) ** 2).sum((1, 2))
        better = far < best
        found[better], best = log[better], np.minimum(far, best)
    return found


def _stacked(gram: np.ndarray, side: np.ndarray, toward: np.ndarray) -> np.ndarray:
    """The parts with the least error on the held-out weeks, drawn to those given; weights are inverse variances."""
    tried = _simplex()
    loss = np.einsum("nk,kl,nl->n", tried, gram, tried) - 2 * tried @ side
    return tried[int(np.argmin(loss + DRAWN * ((tried - toward) ** 2).sum(1)))]


def _simplex() -> np.ndarray:
    """(n, 4) all shares in tenths that sum to 1."""
    steps = np.stack(np.meshgrid(*[np.arange(STEPS + 1)] * len(SHAPES), indexing="ij"), -1).reshape(-1, len(SHAPES))
    return steps[steps.sum(1) == STEPS] / STEPS
