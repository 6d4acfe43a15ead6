"""A launch is called off its plan only where chance hardly explains it, and what is expected of it hangs together."""

import numpy as np
import pytest

from core.track import curves, progress
from core.track.pace import Pace
from core.track.progress import CHANCE, Course, standing, together, verdict
from core.track.retrend import retrend, so_far

WEEKS = 8
PACE = Pace(noise=0.3, drift=0.15, keep=0.97, idle=1e-6, ends=1e-6)
PATHS = 120


def forecast(median: float, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Of a launch whose weeks are alike; spread: of the log of its sum."""
    whole = median * np.exp(spread * 1.2816 * np.array([-1.0, 0.0, 1.0]))
    mean = median * np.exp(spread**2 / 2)
    quantiles = np.vstack([np.tile(whole / WEEKS, (WEEKS, 1)), whole])
    return quantiles, np.append(np.full(WEEKS, mean / WEEKS), mean)


def course(sold: list[float], stock: float = np.nan, out: bool = False, part: float = 1.0) -> Course:
    quantiles, mean = forecast(80.0, 0.5)
    units, seen = np.array(sold, float), np.ones(len(sold))
    seen[-1] = part
    short = np.zeros(len(sold), bool)
    short[-1] = out
    return Course(
        quantiles, mean, units, seen, short, stock, out, so_far(quantiles, mean, seen, PACE),
        retrend(quantiles, mean, units, seen, short, PACE),
    )  # fmt: skip


def paths(median: float, spread: float, seed: int) -> np.ndarray:
    """(PATHS, WEEKS) units of launches that follow the forecast: a level that drifts, and weeks around it."""
    rng = np.random.default_rng(seed)
    log = np.log(median / WEEKS) + spread * rng.standard_normal(PATHS)
    middle, weeks = np.log(median / WEEKS), []
    for _ in range(WEEKS):
        weeks.append(rng.poisson(np.exp(log) * rng.gamma(1 / PACE.noise, PACE.noise, PATHS)))
        log = middle + PACE.keep * (log - middle) + PACE.drift * rng.standard_normal(PATHS)
    return np.array(weeks).T.astype(float)


def test_launches_that_follow_their_forecast_raise_few_alarms_and_do_not_flap():
    quantiles, mean = forecast(80.0, 0.6)
    told = np.array(
        [
            [standing(quantiles, mean, row[:k], np.ones(k), PACE) for k in (1, 2, 3, 5, 8)]
            for row in paths(80.0, 0.6, seed=3)
        ]
    )
    alarm = told != "as planned"
    assert alarm.mean() <= 2 * CHANCE
    assert alarm.any(axis=1).mean() <= 0.3  # in any of five looks
    assert ((told[:, 1:] != told[:, :-1]).sum(axis=1) >= 3).mean() <= 0.05  # to and fro
    assert ((told == "ahead").any(axis=1) & (told == "behind").any(axis=1)).sum() == 0


@pytest.mark.parametrize(("factor", "name"), [(3.5, "ahead"), (0.12, "behind")])
def test_launches_far_off_their_forecast_are_mostly_told_within_four_weeks(factor: float, name: str):
    quantiles, mean = forecast(80.0, 0.5)
    rows = np.round(paths(80.0, 0.1, seed=5)[:40] * factor)
    told = [standing(quantiles, mean, row[:4], np.ones(4), PACE) for row in rows]
    assert told.count(name) >= 32


def test_one_week_that_is_hardly_possible_is_enough_and_a_poor_one_is_not():
    quantiles, mean = forecast(80.0, 0.4)
    assert standing(quantiles, mean, np.array([300.0]), np.ones(1), PACE) == "ahead"
    assert standing(quantiles, mean, np.array([4.0]), np.ones(1), PACE) == "as planned"
    assert standing(quantiles, mean, np.zeros(0), np.zeros(0), PACE) == "as planned"


def test_a_launch_expected_to_sell_next_to_nothing_is_never_behind():
    quantiles, mean = forecast(2.0, 0.8)
    assert standing(quantiles, mean, np.zeros(6), np.ones(6), PACE) == "as planned"


@pytest.mark.parametrize(
    ("one", "status", "words"),
    [
        (course([10, 9, 11]), "as planned", "were likely by now (8 in 10)"),
        (course([10] * WEEKS), "closed", "Its window of 8 weeks is over: as planned"),
        (course([20, 20, 20], 60, True), "out of stock", "All 60 are sold"),
        (course([40, 45, 50]), "ahead", "note what was received"),
    ],
    ids=["as planned", "closed", "out", "ahead"],
)
def test_a_status_comes_with_its_reason(one: Course, status: str, words: str):
    told, why = verdict(one, PACE)
    assert told == status and words in why


def test_no_more_is_expected_to_sell_than_there_is():
    one = course([20, 20], 45)
    assert one.stock_left == 5 and one.remaining.max() == 5
    assert one.retrended.draws.max() > 5  # though more would be wanted


def test_the_sum_of_launches_is_narrower_than_the_sum_of_their_ranges():
    low, high = np.quantile(so_far(*forecast(80.0, 0.6), np.ones(4), PACE), (0.1, 0.9))
    band = together([so_far(*forecast(80.0, 0.6), np.ones(4), PACE)] * 6)
    assert 6 * low < band[0] < band[1] < band[2] < 6 * high
    assert together([]).tolist() == [0, 0, 0]


def test_the_weeks_of_a_chart_go_on_where_the_sales_end():
    one = course([10, 12, 6], part=0.5)
    weekly, summed = curves.by_week(one), curves.summed(one, PACE)
    assert weekly["sold"].tolist()[:3] == [10, 12, 6] and weekly["sold"][3:].isna().all()
    assert weekly["now_p50"].isna().tolist() == [True] + [False] * 7
    assert weekly.loc[1, ["now_p10", "now_p50", "now_p90"]].tolist() == [12, 12, 12]
    assert summed["sold"].tolist()[:3] == [10, 22, 28]
    end = summed.iloc[-1]
    assert end[["now_p10", "now_p50", "now_p90"]].tolist() == pytest.approx(one.retrended.total.tolist())
    assert summed["plan_p50"].is_monotonic_increasing and (summed["now_p90"].dropna().diff().dropna() >= 0).all()


def test_the_end_of_a_window_needs_nothing_expected():
    table = curves.summed(course([10] * WEEKS), PACE)
    assert table["now_p50"].isna().all() and table["sold"].iloc[-1] == 80


def test_statuses_have_an_order_of_what_matters_first():
    assert progress.STATUSES[0] == "behind" and len(set(progress.STATUSES)) == 7
