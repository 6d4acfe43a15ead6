"""Honesty checks: each speaks up where it should, says what to do, and is quiet where all is well."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from core.ads import checks, holdout, response
from core.ads.beliefs import Belief, LiftTest
from core.ads.checks import Check
from core.ads.holdout import Holdout
from core.ads.panel import Panel
from core.ads.response import Response
from tests.benchmarks import ads_truth


@pytest.fixture(scope="module")
def panel() -> Panel:
    return ads_truth.simulate(104, channels=3, weeks=120, idle=0).panel


@pytest.fixture(scope="module")
def fit(panel: Panel) -> Response:
    return response.fit(panel, draws=80, chains=4)


def named(found: list[Check], name: str) -> Check:
    (one,) = (check for check in found if check.name == name)
    return one


def test_every_check_says_what_it_found_and_bad_ones_come_first(fit: Response, panel: Panel) -> None:
    found = checks.run(fit, panel)
    assert len({check.name for check in found}) == len(found) >= 9
    order = ["bad", "look", "good"]
    places = [order.index(check.verdict) for check in found]
    assert places == sorted(places)
    assert all(check.found and (check.advice or check.verdict == "good") for check in found)


@pytest.mark.parametrize(("weeks", "verdict"), [(40, "bad"), (70, "look"), (120, "good")])
def test_few_weeks(fit: Response, panel: Panel, weeks: int, verdict: str) -> None:
    assert checks._weeks(panel.until(weeks)).verdict == verdict


@pytest.mark.parametrize(
    ("rhat", "worth", "verdict"), [(1.4, 500, "bad"), (1.08, 500, "look"), (1.0, 20, "bad"), (1.0, 500, "good")]
)
def test_chains_that_have_not_settled(fit: Response, panel: Panel, rhat: float, worth: float, verdict: str) -> None:
    unsettled = replace(fit, convergence=np.array([[rhat, worth], [1.0, 900.0], [1.0, 900.0]]))
    found = named(checks.run(unsettled, panel), "convergence")
    assert found.verdict == verdict and (found.channels == ("channel A",)) == (verdict != "good")


@pytest.mark.parametrize(("mape", "verdict"), [(0.05, "good"), (0.15, "look"), (0.3, "bad")])
def test_weeks_that_it_has_not_seen(fit: Response, panel: Panel, mape: float, verdict: str) -> None:
    tested = Holdout(13, mape, 0.1, np.ones(1), np.ones(1))
    assert named(checks.run(fit, panel, holdout=tested), "out_of_time").verdict == verdict


def test_data_against_a_belief(fit: Response, panel: Panel) -> None:
    middle = float(np.median(fit.roi[:, 1]))
    believed = replace(fit, prior_roi=np.array([[0.5, 5], [middle + 2, middle + 3], [0.5, 5]]))
    found = named(checks.run(believed, panel, [Belief("channel B", middle + 2, middle + 3)]), "learnt")
    assert found.verdict == "look" and found.channels == ("channel B",) and "outside" in found.found


def test_lift_tests_of_days_without_spend_are_told(fit: Response, panel: Panel) -> None:
    first, last = panel.weeks[50].item(), panel.weeks[53].item()
    heard = LiftTest("channel A", first, last, 100.0, 10.0)
    late = replace(heard, first=date(2050, 1, 1), last=date(2050, 1, 9))
    gone = replace(heard, channel="radio")
    spend = panel.spend.copy()
    spend[0, :, 50:54] = 0
    off = replace(panel, spend=spend)  # switched off for everyone: there is nothing that the ads of these days brought
    assert named(checks.run(fit, panel, tests=[heard]), "tests").verdict == "good"
    for shop, test in ((panel, late), (panel, gone), (off, heard)):
        found = named(checks.run(fit, shop, tests=[heard, test] if shop is panel else [test]), "tests")
        assert found.verdict == "look" and found.channels == (test.channel,) and "1 of" in found.found
    assert not [check for check in checks.run(fit, panel) if check.name == "tests"]


def test_data_that_say_nothing_new(fit: Response, panel: Panel) -> None:
    roi = np.quantile(fit.roi[:, 0], (0.1, 0.9))
    same = replace(fit, prior_roi=np.array([roi, [0, 1_000], [0, 1_000]]))
    found = named(checks.run(same, panel), "learnt")
    assert found.verdict == "look" and found.channels == ("channel A",)


@pytest.mark.parametrize(("times", "verdict"), [(1, "good"), (1 / 5, "look"), (1 / 200, "bad")])
def test_returns_too_good_to_be_true(fit: Response, panel: Panel, times: float, verdict: str) -> None:
    cheap = replace(fit, past_spend=fit.past_spend * times, scale=fit.scale * times)
    assert named(checks.run(cheap, panel), "plausible").verdict == verdict


def test_twins_cannot_be_told_apart(fit: Response, panel: Panel) -> None:
    assert named(checks.run(fit, panel), "apart").verdict == "good"
    spend = panel.spend.copy()
    spend[1] = 3 * spend[0]
    found = named(checks.run(fit, replace(panel, spend=spend)), "apart")
    assert found.verdict == "look" and {"channel A", "channel B"} <= set(found.channels)


@pytest.mark.parametrize(("swing", "verdict"), [(0.02, "bad"), (0.3, "look"), (1.0, "good")])
def test_spend_that_never_varies(fit: Response, panel: Panel, swing: float, verdict: str) -> None:
    spend = np.ones_like(panel.spend) * 100
    spend += swing * 100 * np.sin(np.arange(spend.shape[-1]))
    assert checks._varies(replace(panel, spend=spend)).verdict == verdict


def test_a_channel_without_spend_in_these_weeks_is_missing_and_not_even(panel: Panel) -> None:
    spend = panel.spend.copy()
    spend[0] = 0
    without = replace(panel, spend=spend)
    assert checks._varies(without).verdict == checks._varies(panel).verdict == "good"
    assert checks._gaps(without).channels == ("channel A",)


def test_curves_that_were_never_seen_to_bend(fit: Response, panel: Panel) -> None:
    far = replace(fit, half=np.full_like(fit.half, 50.0), effect=np.full_like(fit.effect, 0.2))
    assert named(checks.run(far, panel), "bends").verdict == "look"


def test_gaps(fit: Response, panel: Panel) -> None:
    assert checks._gaps(panel).verdict == "good"
    units = panel.units.copy()
    units[:, 50:53] = 0
    assert checks._gaps(replace(panel, units=units)).verdict == "bad"
    spend = panel.spend.copy()
    spend[0, :, -20:] = 0
    found = checks._gaps(replace(panel, spend=spend))
    assert found.verdict == "look" and found.channels == ("channel A",)
    spend[:, :, -20:] = 0
    assert checks._gaps(replace(panel, spend=spend)).verdict == "bad"


def test_a_week_that_nothing_explains_is_set_apart_and_told(panel: Panel) -> None:
    units = panel.units.copy()
    units[0, 70] *= 4
    fit = response.fit(replace(panel, units=units), draws=20, chains=1)
    assert fit.outliers[0, 70] and fit.outliers.sum() <= 3
    assert str(panel.weeks[70]) in named(checks.run(fit, panel), "outliers").found


def test_no_others_are_spoken_of_where_all_weeks_are_named(fit: Response) -> None:
    outliers = np.zeros((2, len(fit.weeks)), dtype=bool)
    outliers[:, [3, 9, 20]] = True
    found = checks._outliers(replace(fit, groups=["Mugs", "Lamps"], outliers=outliers)).found
    assert found.startswith("6 weeks") and "others" not in found


def test_what_was_assumed_is_said(fit: Response, panel: Panel) -> None:
    found = named(checks.run(fit, replace(panel, assumed=["Cost is unknown."])), "assumed")
    assert found.found == "Cost is unknown."


def test_unseen_weeks_do_not_speak(panel: Panel) -> None:
    """What is forecast is the same whatever happens in the weeks that are left out."""
    units = panel.units.copy()
    units[:, -13:] *= 5
    one, other = holdout.test(panel), holdout.test(replace(panel, units=units))
    assert one is not None and other is not None
    assert one.expected == pytest.approx(other.expected)
    assert one.mape < 0.12 < other.mape


def test_too_few_weeks_to_hold_any_out(panel: Panel) -> None:
    assert holdout.test(panel.until(40)) is None
