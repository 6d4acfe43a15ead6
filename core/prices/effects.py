"""What each item's own weeks say of its answer to price: a slope with its error, free of what else moved sales.

A regression of log units, of slow items a quasi-Poisson one (weeks of one unit or none bend logs), with an effect of
each item and of each week in each category, from which promotions, the age of the item, views of its page and
competitors' prices are taken out, with coefficients that were learnt from other items (cross-fitted, as in double
machine learning: Chernozhukov et al. 2018, https://doi.org/10.1111/ectj.12097).

A price that follows demand which the data do not hold makes customers look patient. Three things tell:

    views     a noisy sight of that demand; what their noise hides comes back by the weeks before and after, used as
              instruments (Hausman 2001, https://doi.org/10.1257/jep.15.4.57)
    cost      moves the price and not the demand: an instrument
    past      demand that lasts was in the prices of the weeks before with a strength that fades at its own pace

What cost and the past say is pooled over the shop as `reaction`: the covariance of log price and unseen log demand.
"""

from dataclasses import dataclass

import numpy as np

from core.prices.grid import Grid, within

__all__ = ["Effects", "own"]

MANY = 5.0  # units a week, from which logs bend little
ROUNDS = 6  # of reweighting: later ones move slopes by less than a hundredth
MILD = 0.5  # ridge on the controls, in units of one item's information
SPREAD = (0.02, 2.0)  # of the variance beyond Poisson
LAGS = 4  # weeks over which errors of an item hang together
LEAST_STRENGTH = 4.0  # t-value of an instrument below which it is not asked
PAST_WEEKS = 12
FADES = np.arange(0.3, 0.951, 0.025)  # share of unseen demand that may last from week to week
FEWEST_ITEMS = 20  # for the past to be asked
NOTHING = 1e-9


@dataclass(frozen=True)
class Effects:
    """Slopes of the items whose price has moved."""

    rows: np.ndarray
    """(m,) rows of the panel's items."""
    slope: np.ndarray
    """(m,) elasticity as the item's weeks have it, not corrected for the reaction."""
    error: np.ndarray
    """(m,) its standard error."""
    pull: np.ndarray
    """(m,) what a reaction of 1 adds to the slope: one over the variance of the item's log price."""
    told: dict[str, tuple[float, float]]
    """The reaction and its standard error, by what tells it: 'cost', 'past'."""
    blur: float
    """Standard error of all slopes alike, from those of the coefficients of the controls."""
    known: np.ndarray
    """(m, T) log units with all but the price taken out."""
    price: np.ndarray
    """(m, T) log price relative to the usual one, within."""
    weight: np.ndarray
    """(m, T); 0 where a week is not used."""


@dataclass(frozen=True)
class _Within:
    """Arrays after the effects are taken out, and whose they are."""

    y: np.ndarray
    p: np.ndarray
    x: np.ndarray
    """(k, m, T) controls."""
    weight: np.ndarray
    fold: np.ndarray

    @property
    def square(self) -> np.ndarray:
        """(m,) weighted sum of squares of log price."""
        return np.maximum((self.weight * self.p**2).sum(1), NOTHING)


def own(grid: Grid) -> Effects:
    """The slopes of the items of a grid."""
    names, controls = grid.controls()
    mean, slope, spread = _start(grid), np.full(len(grid.units), -2.0), 0.2
    for _ in range(ROUNDS):
        weight = grid.used * mean / (1 + spread * mean)
        raw = np.stack([_target(grid, mean), grid.price, *controls])
        seen = _seen(raw, weight, grid.group, grid.fold, grid.lasting)
        known = seen.y - _part(_learnt(seen, names), seen.x)
        slope = _slopes(known, seen, slope)
        left = known - slope[:, None] * seen.p
        mean = np.exp(np.clip(raw[0] - left, -7, 16))
        mean = np.where(grid.used, np.clip(mean, grid.units / 50 + 1e-3, 50 * (grid.units + 1)), 1.0)
        spread = _spread(grid, mean, left)
    return _finished(grid, raw, weight, names)


def _seen(raw: np.ndarray, weight: np.ndarray, group: np.ndarray, fold: np.ndarray, weeks: int) -> _Within:
    y, p, *x = within(raw, weight, group, weeks)
    return _Within(y, p, np.array(x).reshape(len(x), *y.shape), weight, fold)


def _start(grid: Grid) -> np.ndarray:
    usual = (grid.units * grid.used).sum(1) / np.maximum(grid.used.sum(1), 1)
    return np.where(grid.used, (grid.units + usual[:, None] + 0.1) / 2, 1.0)


def _target(grid: Grid, mean: np.ndarray) -> np.ndarray:
    """(m, T) what is regressed: logs of the units of items that sell many, the working response of a Poisson
    regression, log mean + (units - mean) / mean, of those that sell few; in between a mix, the same in all weeks."""
    share = _many(grid)
    logs = np.log((grid.units + 0.5) / (mean + 0.5))
    return np.log(mean) + share * logs + (1 - share) * (grid.units - mean) / mean


def _many(grid: Grid) -> np.ndarray:
    """(m, 1) 0 for an item that sells few, towards 1 for one that sells many."""
    usual = (grid.units * grid.used).sum(1) / np.maximum(grid.used.sum(1), 1)
    return (usual / (usual + MANY))[:, None]


def _spread(grid: Grid, mean: np.ndarray, left: np.ndarray) -> float:
    """Variance of log units beyond Poisson's, as those tell that sell many."""
    weight = grid.used * _many(grid) ** 2
    return float(np.clip((weight * (left**2 - 1 / (mean + 0.5))).sum() / max(weight.sum(), NOTHING), *SPREAD))


def _slopes(known: np.ndarray, seen: _Within, before: np.ndarray) -> np.ndarray:
    """Slopes for the next round: drawn to their common one, so that no item runs away."""
    top, square = (seen.weight * seen.p * known).sum(1), seen.square
    common, least = top.sum() / square.sum(), np.median(square)
    return np.clip((top + least * common) / (square + least), -8, 4)


def _learnt(seen: _Within, names: list[str]) -> np.ndarray:
    """(m, k) coefficients of the controls, for each item as the items of the other folds have them."""
    x, z, weight, p, square = seen.x, seen.x, seen.weight, seen.p, seen.square
    if "views" in names:
        z = x.copy()
        z[names.index("views")] = _neighbours(x[names.index("views")], weight)
    zp, xp = (np.einsum("kit,it->ik", one, weight * p) for one in (z, x))
    yp = (weight * p * seen.y).sum(1)
    gram = np.einsum("kit,lit->ikl", z * weight, x) - zp[:, :, None] * xp[:, None, :] / square[:, None, None]
    side = np.einsum("kit,it->ik", z, weight * seen.y) - zp * (yp / square)[:, None]
    ridge = MILD * np.eye(len(x)) * np.abs(np.diagonal(gram.sum(0))).mean() / len(p) if len(x) else 0
    out = np.zeros((len(p), len(x)))
    for one in np.unique(seen.fold):
        others = seen.fold != one
        others = others if others.any() else ~others
        out[seen.fold == one] = np.linalg.solve(gram[others].sum(0) + ridge, side[others].sum(0))
    return out


def _neighbours(views: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Mean of the weeks before and after."""
    seen = (weight > 0).astype(float)
    padded, there = (np.pad(one, ((0, 0), (1, 1))) for one in (views * seen, seen))
    count = there[:, :-2] + there[:, 2:]
    return np.where(count > 0, (padded[:, :-2] + padded[:, 2:]) / np.maximum(count, 1), 0.0)


def _part(learnt: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.einsum("ik,kit->it", learnt, x)


def _finished(grid: Grid, raw: np.ndarray, weight: np.ndarray, names: list[str]) -> Effects:
    seen = _seen(raw, weight, grid.group, grid.fold, grid.lasting)
    if "views" in names and _follow_price(seen.x[names.index("views")], seen):
        return _finished(grid, np.delete(raw, 2 + names.index("views"), 0), weight, names[:-1])
    learnt, doubts = _unbent(raw, seen, grid, names)
    known = (seen.y - _part(learnt, seen.x)) * (weight > 0)
    slope = (weight * seen.p * known).sum(1) / seen.square
    told = {"past": _by_past(known, seen)}
    if grid.cost is not None:
        told["cost"] = _by_cost(within(grid.cost[None], weight, grid.group, grid.lasting)[0], known, seen)
    sight = np.einsum("kit,it->ik", seen.x, weight * seen.p) / seen.square[:, None]
    blur = float(np.sqrt(((np.median(sight, axis=0) * doubts) ** 2).sum()))
    error, pull = _errors(known - slope[:, None] * seen.p, seen), weight.sum(1) / seen.square
    heard = {name: one for name, one in told.items() if one}
    return Effects(grid.rows, slope, error, pull, heard, blur, known, seen.p, weight)


def _follow_price(views: np.ndarray, seen: _Within) -> bool:
    """Whether views rise when the price falls: then they are its effect, and must not be held constant."""
    scores, square = (seen.weight * seen.p * views).sum(1), seen.square
    slope = scores.sum() / square.sum()
    error = np.sqrt(((scores - slope * square) ** 2).sum()) / square.sum()
    return bool(slope < -0.1 and slope < -2 * error)


def _unbent(raw: np.ndarray, seen: _Within, grid: Grid, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the controls and their standard errors.

    What a short history bends is twice as bent in its halves (Dhaene & Jochmans 2015,
    https://doi.org/10.1093/restud/rdv007); the errors are those of leaving a fold out.
    """
    weeks = np.cumsum(seen.weight > 0, axis=1)
    early = weeks <= weeks[:, -1:] / 2
    weight = np.stack([seen.weight * early, seen.weight * ~early], axis=1).reshape(-1, early.shape[1])
    halves = _seen(np.repeat(raw, 2, axis=1), weight, np.repeat(grid.group, 2), np.repeat(seen.fold, 2), grid.lasting)
    learnt = 2 * _learnt(seen, names) - _learnt(halves, names)[::2]
    by_fold = np.array([learnt[seen.fold == one][0] for one in np.unique(seen.fold)])
    return learnt, np.sqrt((len(by_fold) - 1) * by_fold.var(0))


def _errors(left: np.ndarray, seen: _Within) -> np.ndarray:
    """Standard errors: each item's own noise, drawn to the shop's, times how much its weeks hang together."""
    weight, square = seen.weight, seen.square
    weeks = (weight > 0).sum(1)
    noise = (weight * left**2).sum(1)
    usual = noise.sum() / max((weeks - 3).clip(1).sum(), 1)
    noise = (weeks * noise / np.maximum(weeks - 3, 1) + 10 * usual) / (weeks + 10)
    score = weight * seen.p * left
    together = (score**2).sum() + 2 * sum(
        (1 - lag / (LAGS + 1)) * (score[:, lag:] * score[:, :-lag]).sum() for lag in range(1, LAGS + 1)
    )
    return np.sqrt(noise / square * max(together / max((noise * square).sum(), NOTHING), 1.0))


def _by_cost(z: np.ndarray, known: np.ndarray, seen: _Within) -> tuple[float, float] | None:
    """The reaction that makes an instrument z unrelated to what the corrected slopes leave, and its error.

    sum of w z (y - (b - c k) p) = 0 over all items, with b the slope and k the pull; errors by item. None where the
    instrument hardly moves the price.
    """
    weight, square = seen.weight, seen.square
    slope, pull = (weight * seen.p * known).sum(1) / square, weight.sum(1) / square
    zp = (weight * z * seen.p).sum(1)
    if abs(zp.sum()) < LEAST_STRENGTH * np.sqrt((zp**2).sum()):
        return None
    left, moved = (weight * z * known).sum(1) - zp * slope, zp * pull
    reaction = -left.sum() / moved.sum()
    return float(reaction), float(np.sqrt(((left + reaction * moved) ** 2).sum()) / abs(moved.sum()))


def _by_past(known: np.ndarray, seen: _Within) -> tuple[float, float] | None:
    """The reaction by how units go with the prices of the weeks before; its error by leaving a fold out.

    cov(y_t, p_t-k) = b cov(p_t, p_t-k) + c f^k + a constant that taking out means leaves, with f the share of unseen
    demand that lasts a week, which must also be the pace at which cov(y - b p) fades. Least squares over the weeks,
    with f tried on a grid.
    """
    if len(known) < FEWEST_ITEMS or known.shape[1] < 3 * PAST_WEEKS:
        return None
    y, p, root = (one * np.sqrt(seen.weight) for one in (known, seen.p, np.ones_like(known)))
    pairs = [_together(one, two) for one, two in ((y, p), (p, y), (p, p), (y, y), (root, root))]
    sums = np.stack(pairs)  # (5, m, K + 1)
    folds = np.array([sums[:, seen.fold == one].sum(1) for one in np.unique(seen.fold)])
    parts = folds[:, :4] / np.maximum(folds[:, 4:], NOTHING)
    noise = np.maximum(parts.var(0).mean(1)[[0, 3]], NOTHING)
    whole = _faded(folds.sum(0), noise)
    without = np.array([_faded(folds.sum(0) - one, noise) for one in folds])
    return whole, float(np.sqrt((len(without) - 1) * without.var()))


def _together(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """(m, K + 1) sums over the weeks of one times two some weeks before."""
    return np.stack([(one[:, k:] * two[:, : two.shape[1] - k]).sum(1) for k in range(PAST_WEEKS + 1)], axis=1)


def _faded(sums: np.ndarray, noise: np.ndarray) -> float:
    """The reaction, from sums (5, K + 1) of yp, py, pp, yy and weights."""
    yp, py, pp, yy = sums[:4] / np.maximum(sums[4], NOTHING)
    best, reaction = np.inf, 0.0
    for keeps in FADES:
        fade = keeps ** np.arange(len(pp))
        X = np.column_stack([pp, fade, np.ones_like(pp)])
        found = np.linalg.lstsq(X, yp, rcond=None)[0]
        left = (yy - found[0] * (yp + py) + found[0] ** 2 * pp)[1:]  # the noise of a single week is in the first
        Z = np.column_stack([fade, np.ones_like(pp)])[1:]
        lasting = np.linalg.lstsq(Z, left, rcond=None)[0]
        far = ((yp - X @ found) ** 2).sum() / noise[0] + ((left - Z @ lasting) ** 2).sum() / noise[1]
        if far < best:
            best, reaction = far, float(found[1])
    return reaction
