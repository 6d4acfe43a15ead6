"""Buying again: what the first weeks tell, when to order and how much, tried against simulated launches."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.errors import DebutError
from core.levers import outcomes
from core.stock import critical_ratio
from core.stocks.reorder import Terms, ahead, points, second_buy, served
from core.track import alerts
from core.track.pace import Pace
from core.track.progress import Course
from core.track.retrend import retrend, so_far
from tests.benchmarks.second_buy import judged

PACE = Pace(noise=0.35, drift=0.1, keep=0.98, idle=1e-6, ends=1e-6)
MEANS = 60.0 * np.array([0.2, 0.17, 0.14, 0.12, 0.11, 0.1, 0.09, 0.07, 1.0])
"""Of eight weeks, and of their sum."""
BANDS = MEANS[:, None] * np.array([0.35, 0.8, 1.85])
WEEKS = len(MEANS) - 1
TERMS = Terms(price=10.0, cost=4.0, leftover=0.5, lead_days=14)


def launches(count: int, seed: int = 3) -> np.ndarray:
    """(count, 8) weekly sales of launches that go as the forecast and the pace say."""
    quiet = Pace(PACE.noise, PACE.tail, PACE.drift, PACE.keep, 1e-6, 1e-6)
    weeks = retrend(BANDS, MEANS, np.zeros(0), pace=quiet).weeks
    return weeks[np.random.default_rng(seed).choice(len(weeks), count, replace=False)]


def test_the_reorder_point_serves_the_demand_of_the_lead_time() -> None:
    found = points(BANDS[:-1], MEANS[:-1], 14, 0.9)
    assert found["week"].tolist() == list(range(1, 9))
    assert found["expected"].iloc[0] == pytest.approx(MEANS[:2].sum())
    both = outcomes(BANDS[:-1])[:2].sum(0)
    assert (both <= found["point"].iloc[0]).mean() >= 0.9 > (both <= found["point"].iloc[0] - 2).mean()
    assert found["arrives"].tolist() == [3, 4, 5, 6, 7, 8, 9, 10]
    assert found["too_late"].tolist() == [False] * 6 + [True] * 2


def test_part_of_a_week_counts_in_part_and_no_lead_time_needs_no_stock() -> None:
    assert points(BANDS[:-1], MEANS[:-1], 3.5)["expected"].iloc[0] == pytest.approx(MEANS[0] / 2)
    assert points(BANDS[:-1], MEANS[:-1], 0)["point"].tolist() == [0] * 8


@pytest.mark.parametrize(("days", "level"), [(-1, 0.9), (float("nan"), 0.9), (7, 0.0), (7, 1.0)])
def test_what_cannot_be_ordered_by_is_refused(days: float, level: float) -> None:
    with pytest.raises(DebutError):
        points(np.ones((4, 3)), np.ones(4), days, level)


@pytest.mark.parametrize(
    ("sold", "left"), [([1.0] * 9, 5), ([-1.0], 5), ([math.nan], 5), ([1.0], -1), ([1.0], math.inf)]
)
def test_sales_and_stock_that_cannot_be_are_refused(sold: list[float], left: float) -> None:
    with pytest.raises(DebutError):
        second_buy(BANDS, MEANS, np.array(sold), left, TERMS, PACE)


def test_a_launch_that_goes_well_is_bought_again_and_one_that_does_not_is_not() -> None:
    terms = replace(TERMS, pack=6)
    well = second_buy(BANDS, MEANS, np.round(2.5 * MEANS[:2]), 10, terms, PACE)
    badly = second_buy(BANDS, MEANS, np.round(0.2 * MEANS[:2]), 40, terms, PACE)
    assert well.quantity > 0 and well.quantity % 6 == 0 and well.arrives == 4 and well.worth > 0
    assert well.level_low < well.level < well.level_high and well.level > 1.5
    assert f"earn {well.worth:,.0f}" in well.words
    assert (badly.quantity, badly.worth, badly.words) == (0, 0, "The stock that is left is enough.")
    assert badly.remaining[0] <= badly.remaining[1] <= badly.remaining[2] < well.remaining[1]


def test_the_order_is_the_newsvendor_s_of_what_is_then_lacking() -> None:
    sold, left = np.round(1.5 * MEANS[:3]), 12.0
    made = retrend(BANDS, MEANS, sold, pace=PACE)
    before = made.mean[3:5].sum() / made.mean[3:].sum()  # of what is to come, until the order is there
    lack = np.maximum(made.draws * (1 - before) - np.maximum(left - made.draws * before, 0), 0)
    share = critical_ratio(TERMS.price, TERMS.cost, TERMS.leftover)
    found = second_buy(BANDS, MEANS, sold, left, TERMS, PACE)
    assert found.quantity == pytest.approx(np.quantile(lack, share), abs=1)
    earned = 10 * np.minimum(lack, found.quantity) + 2 * np.maximum(found.quantity - lack, 0) - 4 * found.quantity
    assert found.worth == pytest.approx(earned.mean())


def test_a_stock_that_ran_out_says_that_demand_was_at_least_so_much() -> None:
    sold = np.array([10.0, 4.0, 0.0])
    gone, there = (second_buy(BANDS, MEANS, sold, left, TERMS, PACE) for left in (0, 1))
    assert gone.level > 1.2 * there.level


def test_why_nothing_is_bought_again() -> None:
    sold = np.round(2 * MEANS[:3])
    late = second_buy(BANDS, MEANS, sold, 0, replace(TERMS, lead_days=35), PACE)
    assert (late.quantity, late.worth) == (0, 0) and "window is over" in late.words
    dear = second_buy(BANDS, MEANS, sold, 0, replace(TERMS, price=4.0), PACE)
    assert dear.quantity == 0 and "cover its cost" in dear.words
    large = second_buy(BANDS, MEANS, sold, 0, replace(TERMS, least=5_000), PACE)
    assert large.quantity == 0 and "at least 5,000" in large.words


def test_buying_again_earns_more_than_not_buying_and_than_buying_blindly() -> None:
    """Over launches as the pace has them: the stock of the opening buy is short, and a second one arrives in week 4."""
    opening, seen, wait = 30, 2, 1
    usual = round(float(MEANS[3:-1].sum()))
    gains: dict[str, list[float]] = {"none": [], "blind": [], "learnt": []}
    for row in launches(60, seed=8):
        early = served(row, opening)[:seen]
        left = opening - early.sum()
        again = second_buy(BANDS, MEANS, early, left, replace(TERMS, lead_days=7 * wait), PACE).quantity
        for name, bought in (("none", 0), ("blind", usual), ("learnt", again)):
            on_hand = max(left - row[seen : seen + wait].sum(), 0) + bought
            more = min(on_hand, row[seen + wait :].sum())
            gains[name].append(10 * more + 0.5 * 4 * (on_hand - more) - 4 * bought)
    means = {name: np.mean(values) for name, values in gains.items()}
    assert means["learnt"] > means["blind"] and means["learnt"] > means["none"]


def test_looking_ahead_more_is_bought_the_better_it_sells_and_not_when_it_comes_too_late() -> None:
    found = ahead(BANDS, MEANS, 60, TERMS, PACE)
    assert found["after_weeks"].tolist() == [1, 2, 3, 4, 5]
    assert found["arrives"].tolist() == [4, 5, 6, 7, 8]
    low, middle, high = (found[name].to_numpy() for name in ("if it sells low", "as expected", "if it sells high"))
    assert (low <= middle).all() and (middle <= high).all() and high[0] > 0
    assert (found["low"] < found["expected"]).all() and found["expected"].is_monotonic_increasing
    assert ahead(BANDS, MEANS, 60, replace(TERMS, lead_days=56), PACE).empty


def test_what_the_first_weeks_would_have_to_show_is_where_an_order_begins() -> None:
    found = ahead(BANDS, MEANS, 60, TERMS, PACE)
    for row in found.to_dict("records"):
        seen, fewest = int(row["after_weeks"]), float(row["order_from"])
        shape = MEANS[:seen] / MEANS[:seen].sum()
        some, none = (
            second_buy(BANDS, MEANS, units * shape, 60 - units, TERMS, PACE).quantity for units in (fewest, fewest - 1)
        )
        assert some > 0 and none == 0
        by_then = so_far(BANDS, MEANS, np.ones(seen), PACE)
        assert row["chance"] == pytest.approx((by_then >= fewest).mean()) and 0 < row["chance"] < 1


def test_more_stock_than_anybody_wants_calls_for_no_order_whatever_it_sells() -> None:
    found = ahead(BANDS, MEANS, 60, replace(TERMS, price=4.0), PACE)
    assert found["order_from"].isna().all() and not found["chance"].any() and not found["as expected"].any()


@pytest.mark.parametrize("weeks", [2, 3])
def test_a_stock_that_is_gone_but_for_rounding_is_gone(weeks: int) -> None:
    sold = np.full(weeks, 10.0)
    exactly = second_buy(BANDS, MEANS, sold, 0.0, TERMS, PACE)
    rounded = second_buy(BANDS, MEANS, sold * (1 - 1e-12), 1e-9, TERMS, PACE)
    assert rounded.quantity == exactly.quantity and rounded.level == pytest.approx(exactly.level, rel=1e-6)


@pytest.mark.parametrize("lead", [0.0, 10.0])
@pytest.mark.parametrize(("factor", "stock"), [(1.0, 30.0), (2.0, 40.0), (2.5, 30.0)])
def test_tracking_asks_for_the_same_order_as_the_plan_does(lead: float, factor: float, stock: float) -> None:
    sold = served(np.round(factor * MEANS[:2]), stock)
    left = stock - float(sold.sum())
    short, seen = sold.cumsum() >= stock, np.ones(2)
    one = Course(
        BANDS, MEANS, sold, seen, short, stock, left <= 0, so_far(BANDS, MEANS, seen, PACE),
        retrend(BANDS, MEANS, sold, seen, short, PACE),
    )  # fmt: skip
    row = {
        "act": 1, "item_id": "A", "title": "Fox mug", "status": "ahead", "why": "", "price_now": 11.0, "cost": 4.0,
        "loss": 1.0, "leftover": 0.5, "lead_time_days": lead, "profit_plan": 1.0, "ad_spend": 0.0, "ads_spent": 0.0,
    }  # fmt: skip
    packs = pd.DataFrame({"item_id": ["A"], "pack": [4], "least": [8]})
    told = alerts.alerts(pd.DataFrame([row]), {"A": one}, alerts.Able(packs=packs), pd.DataFrame(), {})
    ours = second_buy(BANDS, MEANS, sold, left, replace(TERMS, lead_days=lead, pack=4, least=8), PACE)
    (said,) = told[told["kind"] == "reorder"].to_dict("records") if ours.quantity else ({},)
    assert ours.quantity > 0 and str(said["words"]).startswith(f"Order {ours.quantity:,}:")
    assert said["worth"] == pytest.approx(ours.worth)


def test_the_benchmark_judges_an_order_by_what_came() -> None:
    found = judged(launches(60), launches(4, seed=9), PACE)
    assert len(found) == 4 * 3 * 2 * 3 and set(found["seen"]) == {1, 2, 4}
    assert (found["learnt"] <= found["knowing"] + 1e-9).all() and (found["blind"] <= found["knowing"] + 1e-9).all()
    assert found["learnt"].sum() > 0
