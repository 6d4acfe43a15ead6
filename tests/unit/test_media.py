"""The sampler: against plain Metropolis on a small case, tests of lift, no effect; carry-over and saturation."""

import numpy as np
import pytest

from models import media
from models.adstock import LAGS, Grid, candidates, curves, hill, kernel, stock
from models.backdrop import UNSEEN, Backdrop, Shape, columns, whitened
from models.chains import effective, rhat

WEEKS = 60
ONE = Grid(np.array([0.3]), np.array([0.0]), np.array([0.8]), np.array([1.2]), np.zeros(1))


def problem(
    strength: float = 0.3, noise: float = 0.05, seed: int = 0, grid: Grid = ONE
) -> tuple[media.View, np.ndarray]:
    random = np.random.default_rng(seed)
    exposure = np.exp(random.normal(0, 0.5, (1, WEEKS))) * (random.random((1, WEEKS)) < 0.7)
    shape = curves(exposure, grid)
    series = 1 + strength * curves(exposure, ONE)[:, 0] + noise * random.normal(size=(1, WEEKS))
    parts = columns(1, WEEKS, np.zeros((0, 1, WEEKS)))
    backdrop = Backdrop(parts, Shape(), np.full((1, WEEKS), noise))
    return media.view(backdrop, series, [shape], [np.ones(len(grid.half))], []), exposure


def prior(idle: float = 0.0, middle: float = 0.0, spread: float = 1.0) -> media.Prior:
    return media.Prior(np.array([middle]), np.array([spread]), np.array([idle]), 2.5, np.ones(1))


def test_weights_of_carry_over_sum_to_one_and_peak_where_they_should() -> None:
    weights = kernel(np.array([0.0, 0.5, 0.6]), np.array([0.0, 0.0, 2.0]))
    assert weights.sum(1) == pytest.approx(1)
    assert weights[0, 0] == pytest.approx(1) and weights[1, 1] == pytest.approx(weights[1, 0] / 2)
    assert weights[2].argmax() == 2


def test_a_steady_exposure_is_its_own_stock_and_one_week_is_spread() -> None:
    weights = kernel(np.array(0.5), np.array(0.0))
    assert stock(np.ones((1, 40)), weights[None])[0, LAGS:] == pytest.approx(1)
    assert stock(np.eye(1, 40), weights[None])[0, :LAGS] == pytest.approx(weights)


def test_saturation_is_a_half_at_the_half_and_never_falls() -> None:
    answer = hill(np.linspace(0, 9, 50), np.array(1.5), np.array(2.0))
    assert answer[0] == 0 and (np.diff(answer) > 0).all() and answer[-1] < 1
    assert hill(np.array(1.5), np.array(1.5), np.array(0.7)) == pytest.approx(0.5)


def test_candidates_are_a_probability() -> None:
    grid = candidates()
    assert np.exp(grid.log_weight).sum() == pytest.approx(1)
    assert curves(np.ones((2, 5)), grid).shape == (2, len(grid.half), 5)


def test_whitening_frees_a_series_of_its_memory() -> None:
    random = np.random.default_rng(0)
    series = np.zeros((1, 4_000))
    for week in range(1, 4_000):
        series[0, week] = 0.6 * series[0, week - 1] + random.normal()
    white = whitened(series, np.ones(series.shape), 0.6)[0]
    assert abs(np.corrcoef(white[1:], white[:-1])[0, 1]) < 0.05


def test_a_week_that_is_not_looked_at_says_nothing() -> None:
    parts = columns(1, WEEKS, np.zeros((0, 1, WEEKS)))
    noise = np.full((1, WEEKS), 0.1)
    noise[:, -5:] = UNSEEN
    backdrop = Backdrop(parts, Shape(), noise)
    series = np.ones((1, WEEKS))
    wild = series.copy()
    wild[:, -5:] = 9.0
    fitted, other = (backdrop.fitted(backdrop.white(one).ravel(), parts) for one in (series, wild))
    assert backdrop.count == WEEKS - 5
    assert fitted == pytest.approx(other, abs=1e-3)


def test_the_backdrop_integrated_out_is_the_long_way_round() -> None:
    view, _ = problem()
    backdrop = view.backdrop
    covariance = np.eye(WEEKS) + backdrop.design.T @ np.diag(backdrop.spread**2) @ backdrop.design
    series = view.series
    assert backdrop.left(series) == pytest.approx(series @ np.linalg.solve(covariance, series))
    assert backdrop.log_size == pytest.approx(0.5 * np.linalg.slogdet(covariance)[1])


def test_it_draws_what_plain_metropolis_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same posterior by another road: strength and noise by a random walk on the whole likelihood."""
    monkeypatch.setattr(media, "LEARNING", 1.0)
    view, _ = problem()
    draws = media.sample([view], prior(spread=0.5), np.zeros(1), draws=1_500, warm=100, chains=2)
    backdrop, curve = view.backdrop, view.curves[0][0, 0]
    grams = [backdrop.left(view.series), backdrop.left(view.series + curve), backdrop.left(curve)]
    cross = (grams[1] - grams[0] - grams[2]) / 2  # series' curve

    def log(strength: float, noise: float) -> float:
        left = grams[0] - 2 * strength * cross + strength**2 * grams[2]
        return -WEEKS * np.log(noise) - left / (2 * noise**2) - 0.5 * (strength / 0.5) ** 2

    random = np.random.default_rng(1)
    at, here, kept = (0.3, 1.0), log(0.3, 1.0), []
    for _ in range(30_000):
        tried = at[0] + 0.05 * random.normal(), at[1] * np.exp(0.15 * random.normal())
        there = log(*tried) if tried[0] > 0 else -np.inf
        if np.log(random.random()) < there - here:  # noise walks in logs, whose prior is flat
            at, here = tried, there
        kept.append(at)
    walked = np.array(kept[2_000:])
    assert draws.strength.mean() == pytest.approx(walked[:, 0].mean(), abs=0.006)
    assert draws.strength.std() == pytest.approx(walked[:, 0].std(), rel=0.12)
    assert draws.noise.mean() == pytest.approx(walked[:, 1].mean(), rel=0.03)


def test_chains_agree_and_find_the_strength() -> None:
    view, _ = problem(noise=0.02, grid=candidates())
    draws = media.sample([view], prior(idle=0.15), candidates().log_weight, draws=150, chains=4)
    brought = np.take_along_axis(
        view.backdrop.noise.mean() * view.curves[0][0].sum(1)[None, None], draws.curve[..., 0][..., None], -1
    )[..., 0] * draws.strength[..., 0]  # fmt: skip
    truth = 0.3 * curves(problem()[1], ONE)[0, 0].sum()
    low, high = np.quantile(brought, (0.02, 0.98))
    assert low < truth < high
    assert rhat(brought[..., None])[0] < 1.1


def test_nothing_is_found_where_there_is_nothing() -> None:
    view, _ = problem(strength=0.0)
    draws = media.sample([view], prior(idle=0.5, spread=3.0), np.zeros(1), draws=200, chains=2)
    assert (draws.strength == 0).mean() > 0.5
    assert np.median(draws.strength) < 0.02


def test_a_lift_test_moves_the_strength_to_what_it_found() -> None:
    view, _ = problem()
    tested = media.View(**{**view.__dict__, "tested": [np.array([[1_000.0]])]})
    found = [
        media.sample([tested], prior(spread=2.0), np.zeros(1), [media.Test(0, 150.0, error)], draws=200, chains=1)
        for error in (1.0, 1e6)
    ]
    assert np.median(found[0].strength) == pytest.approx(0.15, abs=0.005)
    assert np.median(found[1].strength) == pytest.approx(0.3, abs=0.1)


def test_chains_that_disagree_are_seen() -> None:
    random = np.random.default_rng(0)
    same, apart = random.normal(size=(4, 400, 1)), random.normal(size=(4, 400, 1)) + np.arange(4)[:, None, None]
    assert rhat(same)[0] == pytest.approx(1, abs=0.02) and rhat(apart)[0] > 1.3
    assert effective(same)[0] > 1_000 and effective(apart)[0] < 50


def test_a_sticky_chain_is_worth_fewer_draws() -> None:
    random = np.random.default_rng(0)
    chain = np.zeros((4, 1_000, 1))
    for step in range(1, 1_000):
        chain[:, step] = 0.9 * chain[:, step - 1] + random.normal(size=(4, 1))
    assert effective(chain)[0] == pytest.approx(4_000 * (1 - 0.9) / (1 + 0.9), rel=0.5)


def test_returns_of_channels_that_nothing_is_known_of_fall_with_their_spend() -> None:
    """Where the data say nothing the sampler draws what `usual_range` says."""
    size, none = np.array([0.2, 1.0, 5.0]), np.full(3, np.nan)
    known = media.Prior(none, none, np.zeros(3), 2.5, size)
    view, _ = problem()
    nothing = np.zeros((1, len(ONE.half), WEEKS))
    blind = media.view(view.backdrop, view.series.reshape(1, WEEKS), [nothing] * 3, [np.ones(1)] * 3, [])
    drawn = media.sample([blind], known, ONE.log_weight, draws=1500, warm=50, chains=2).strength.reshape(-1, 3)
    wanted = known.usual_range()
    assert (np.diff(wanted, axis=0) < 0).all()
    assert wanted[1, 0] < 2.5 < wanted[1, 1]
    assert pytest.approx(wanted, rel=0.35) == np.quantile(drawn, (0.1, 0.9), axis=0).T


def test_a_range_that_was_typed_does_not_hang_on_spend() -> None:
    view, _ = problem()
    nothing = np.zeros((1, len(ONE.half), WEEKS))
    blind = media.view(view.backdrop, view.series.reshape(1, WEEKS), [nothing], [np.ones(1)], [])
    for size in (0.1, 10.0):
        typed = media.Prior(np.array([4.0]), np.array([0.5]), np.zeros(1), 2.5, np.array([size]))
        drawn = media.sample([blind], typed, ONE.log_weight, draws=300, warm=20, chains=1).strength
        assert drawn.mean() == pytest.approx(4.0, abs=0.15)
