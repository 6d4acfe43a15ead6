"""The response: the truth of simulated shops found, lift counted before, in and after a window, kept and read again."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.ads import beliefs, learning, response
from core.ads.beliefs import Belief, LiftTest
from core.ads.response import LAGS, Response
from core.errors import DebutError, NotReady
from core.workspace import Workspace
from models.adstock import candidates, curves
from tests.benchmarks import ads_truth
from tests.conftest import Load
from tests.unit.test_ads_panel import PRODUCTS, ads, sales

QUICK = {"draws": 60, "chains": 2}


@pytest.fixture(scope="module")
def shop() -> ads_truth.Shop:
    return ads_truth.simulate(106, channels=3)


@pytest.fixture(scope="module")
def fit(shop: ads_truth.Shop) -> Response:
    return response.fit(shop.panel, **QUICK)


def test_what_channels_bring_is_in_the_band_and_idle_ones_are_not_credited(shop: ads_truth.Shop, fit: Response) -> None:
    low, high = np.quantile(fit.contribution, (0.02, 0.98), axis=0)
    true = shop.contribution.sum(1)
    assert (low[:2] <= true[:2]).all() and (true[:2] <= high[:2]).all()
    assert np.median(fit.contribution[:, 2]) < 0.02 * shop.panel.revenue.sum()


def test_the_same_data_give_the_same_answer(shop: ads_truth.Shop, fit: Response) -> None:
    assert response.fit(shop.panel, **QUICK).effect == pytest.approx(fit.effect)


def test_figures_hang_together(fit: Response) -> None:
    assert fit.weekly.sum(-1) == pytest.approx(fit.contribution)
    assert fit.roi == pytest.approx(fit.contribution / fit.spent)
    assert (fit.marginal >= 0).all() and fit.marginal.shape == fit.roi.shape
    assert fit.brought(np.zeros_like(fit.past_spend)) == pytest.approx(0)


def test_lift_counts_what_was_spent_before_and_is_felt_after(fit: Response) -> None:
    none = np.zeros((3, 4))
    carried = fit.lift(none, 0)
    assert carried.shape == (fit.draws, 3, 4 + LAGS)
    assert (carried[:, :, 0] > 0).any() and carried[:, :, -1] == pytest.approx(0)
    more = fit.lift(none + fit.scale, 0) - carried
    assert (more >= -1e-9).all() and more[:, 0, :4].sum() > 0
    late = fit.decay[:, 0] > 0
    assert (more[late & (fit.effect[:, 0] > 0), 0, 4] > 0).all()


def test_lift_goes_with_the_base_that_is_given(fit: Response) -> None:
    plan = np.tile(fit.scale, (1, 4))
    base = np.full(4 + LAGS, 50.0)
    assert fit.lift(plan, 0, 2 * base) == pytest.approx(2 * fit.lift(plan, 0, base))


def test_a_belief_moves_what_the_data_leave_open(shop: ads_truth.Shop, fit: Response) -> None:
    believed = response.fit(shop.panel, [Belief("channel A", 9.0, 11.0)], **QUICK)
    assert np.median(believed.roi[:, 0]) > np.median(fit.roi[:, 0])
    assert believed.prior_roi[0] == pytest.approx([9, 11])


def test_a_lift_test_narrows_the_band(shop: ads_truth.Shop, fit: Response) -> None:
    first, last = shop.panel.weeks[60], shop.panel.weeks[63] + 6
    without = shop.panel.spend[0, 0].copy()
    without[60:64] = 0
    true = float(np.median(fit.brought()[:, 0, 0, 60:64].sum(-1)) * 20)
    test = LiftTest("channel A", first.item(), last.item(), true, 0.02 * true)
    tested = response.fit(shop.panel, (), [test], **QUICK)
    assert tested.roi[:, 0].std() < 0.8 * fit.roi[:, 0].std()


def test_a_lift_test_of_some_days_counts_their_part_of_the_spend(shop: ads_truth.Shop) -> None:
    panel, grid = shop.panel, candidates()
    scale = learning._scale(panel)
    shapes = [curves(spend / one[:, None], grid) for spend, one in zip(panel.spend, scale, strict=True)]
    monday = panel.weeks[60].item()

    def found(days: int) -> np.ndarray:
        test = LiftTest("channel A", monday, monday + timedelta(days=days - 1), 1.0, 1.0)
        return learning._tested(panel, test, shapes, np.ones(panel.units.shape), grid, scale)[0]

    straight = int(np.argmin(np.abs(grid.slope - 1) + grid.decay - grid.half / 10))  # no carry-over, nearly straight
    week, some, more = (float(found(days)[straight]) for days in (7, 3, 10))
    assert 0 < 0.25 * week < some < 0.75 * week
    assert more > 1.1 * week


def test_units_that_sell_nothing_some_weeks_are_no_trouble() -> None:
    shop = ads_truth.simulate(5, channels=2, weeks=60)
    few = np.random.default_rng(0).poisson(shop.panel.units / 800)
    fit = response.fit(replace(shop.panel, units=few, revenue=20.0 * few), draws=20, chains=1)
    assert np.isfinite(fit.contribution).all() and np.isfinite(fit.fitted).all()


def test_it_is_read_as_it_was_kept(fit: Response, tmp_path: Path) -> None:
    fit.save(tmp_path / "kept")
    again = Response.load(tmp_path / "kept")
    assert again.channels == fit.channels and again.noise == fit.noise
    assert again.roi == pytest.approx(fit.roi)


def test_the_shop_s_response_is_kept_until_data_or_beliefs_change(
    workspace: Workspace, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, table in ((PRODUCTS, "products"), (sales(), "sales"), (ads(), "ads")):
        load(text, table)
    made = []
    real = response.fit
    monkeypatch.setattr(response, "fit", lambda *a, **k: made.append(1) or real(*a, **{**k, "draws": 5, "chains": 1}))
    assert not response.is_kept(workspace)
    first = response.of(workspace)
    assert response.of(workspace).roi == pytest.approx(first.roi, nan_ok=True) and len(made) == 1
    assert response.is_kept(workspace)
    beliefs.keep(workspace, [Belief("search", 1, 3)], [])
    assert not response.is_kept(workspace)
    response.of(workspace)
    assert len(made) == 2
    assert beliefs.undo(workspace)
    response.of(workspace)
    assert len(made) == 2


def test_an_empty_shop_says_what_to_load(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match="no sales"):
        response.of(workspace)


def test_beliefs_are_kept_undone_and_emptied(workspace: Workspace) -> None:
    test = LiftTest("search", date(2024, 1, 1), date(2024, 1, 14), 500.0, 80.0)
    beliefs.keep(workspace, [Belief("search", 1, 3)], [test], "Ann")
    beliefs.keep(workspace, (), ())
    assert beliefs.read(workspace.cursor()) == beliefs.Known()
    assert beliefs.undo(workspace)
    assert beliefs.read(workspace.cursor()) == beliefs.Known((Belief("search", 1, 3),), (test,))
    assert beliefs.undo(workspace) and not beliefs.undo(workspace)


@pytest.mark.parametrize(
    ("belief", "test", "words"),
    [
        (Belief("search", 3, 1), None, "must rise"),
        (Belief("search", -1, 1), None, "from 0"),
        (Belief(" ", 1, 2), None, "needs a channel"),
        (Belief("search", 1, float("nan")), None, "must rise"),
        (None, LiftTest("search", date(2024, 2, 1), date(2024, 1, 1), 5, 1), "before it begins"),
        (None, LiftTest("search", date(2024, 1, 1), date(2024, 2, 1), 5, 0), "standard error"),
        (None, LiftTest("", date(2024, 1, 1), date(2024, 2, 1), 5, 1), "needs a channel"),
    ],
)
def test_beliefs_that_cannot_be_are_refused(
    workspace: Workspace, belief: Belief | None, test: LiftTest | None, words: str
) -> None:
    with pytest.raises(DebutError, match=words):
        beliefs.keep(workspace, [belief] if belief else [], [test] if test else [])


def test_two_ranges_of_one_channel_are_refused(workspace: Workspace) -> None:
    with pytest.raises(DebutError, match="two ranges"):
        beliefs.keep(workspace, [Belief("search", 1, 2), Belief("search", 2, 3)], [])


def test_a_test_covers_weeks_in_part() -> None:
    mondays = np.datetime64("2024-01-01") + 7 * np.arange(3)
    test = LiftTest("search", date(2024, 1, 4), date(2024, 1, 14), 1, 1)
    assert test.weeks(mondays) == pytest.approx([4 / 7, 1, 0])
