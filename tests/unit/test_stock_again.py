"""Buying again: what the first weeks tell, when to order and how much, tried against simulated launches."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.errors import DebutError
from core.history import History
from core.levers import outcomes
from core.stocks.levels import NOISE, learnt, levels, week_noise
from core.stocks.reorder import ahead, points, second_buy

TOTALS = outcomes(np.array([[20.0, 50.0, 140.0]]))[0]
MEANS = TOTALS.mean() * np.array([0.2, 0.17, 0.14, 0.12, 0.11, 0.1, 0.09, 0.07])
MONEY = {"price": 10.0, "cost": 4.0, "leftover": 0.5}


def launches(count: int, noise: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Levels and weekly sales (count, 8) of launches that are as the model says."""
    rng = np.random.default_rng(seed)
    level = rng.choice(levels(TOTALS).spread(2_000), count)
    mean = level[:, None] * MEANS * rng.gamma(1 / noise, noise, (count, len(MEANS)))
    return level, rng.poisson(mean).astype(float)


def test_before_anything_is_seen_the_level_is_what_was_expected() -> None:
    prior = levels(TOTALS)
    assert prior.weight.sum() == pytest.approx(1) and prior.mean == pytest.approx(1)
    assert prior.quantile(0.9) / prior.quantile(0.5) == pytest.approx(141 / 51, rel=0.02)
    assert learnt(prior, MEANS, np.array([])).weight == pytest.approx(prior.weight)


def test_selling_more_than_expected_raises_the_level_and_more_weeks_narrow_it() -> None:
    prior = levels(TOTALS)
    high, low = (learnt(prior, MEANS, np.round(factor * MEANS[:2])) for factor in (2.0, 0.3))
    assert high.mean > 1.3 > 0.7 > low.mean
    longer = learnt(prior, MEANS, np.round(2.0 * MEANS[:5]))
    widths = [one.quantile(0.9) / one.quantile(0.1) for one in (prior, high, longer)]
    assert widths == sorted(widths, reverse=True)


def test_a_stock_that_ran_out_says_that_demand_was_at_least_so_much() -> None:
    prior, sold = levels(TOTALS), np.array([10.0, 4.0])
    assert learnt(prior, MEANS, sold, ran_out=True).mean > learnt(prior, MEANS, sold).mean


def test_eight_in_ten_levels_lie_within_what_was_learnt() -> None:
    truth, sold = launches(400, NOISE)
    found = [learnt(levels(TOTALS), MEANS, row[:3]) for row in sold]
    inside = [one.quantile(0.1) <= level <= one.quantile(0.9) for one, level in zip(found, truth, strict=True)]
    assert 0.74 <= np.mean(inside) <= 0.86


@pytest.mark.parametrize("sold", [[1.0] * 9, [-1.0], [float("nan")]])
def test_sales_that_cannot_be_are_refused(sold: list[float]) -> None:
    with pytest.raises(DebutError):
        learnt(levels(TOTALS), MEANS, np.array(sold))


@pytest.mark.parametrize("noise", [0.1, 0.6])
def test_the_noise_of_weeks_is_found_in_past_launches(noise: float) -> None:
    _, sold = launches(300, noise)
    days = np.repeat(sold[:, :, None] * np.array([1, 0, 0, 0, 0, 0, 0]), 1, axis=2).reshape(len(sold), -1)
    units = np.concatenate([np.zeros((len(sold), 91)), days], axis=1).astype(np.float32)
    items = pd.DataFrame({"product_id": range(len(sold)), "launch": 91})
    past = History(date(2024, 1, 1), items, units)
    assert week_noise(past, 8) == pytest.approx(noise, rel=0.35)


def test_a_shop_with_few_launches_has_the_usual_noise() -> None:
    items = pd.DataFrame({"product_id": range(3), "launch": 91})
    assert week_noise(History(date(2024, 1, 1), items, np.ones((3, 200), dtype=np.float32)), 8) == NOISE


def test_the_reorder_point_serves_the_demand_of_the_lead_time() -> None:
    bands = np.stack([MEANS * 0.5, MEANS * 0.9, MEANS * 1.8], axis=1)
    found = points(bands, MEANS, 14, 0.9)
    assert found["week"].tolist() == list(range(1, 9))
    assert found["expected"].iloc[0] == pytest.approx(MEANS[:2].sum())
    both = outcomes(bands)[:2].sum(0)
    assert (both <= found["point"].iloc[0]).mean() >= 0.9 > (both <= found["point"].iloc[0] - 2).mean()
    assert found["arrives"].tolist() == [3, 4, 5, 6, 7, 8, 9, 10]
    assert found["too_late"].tolist() == [False] * 6 + [True] * 2


def test_part_of_a_week_counts_in_part_and_no_lead_time_needs_no_stock() -> None:
    bands = np.stack([MEANS * 0.5, MEANS * 0.9, MEANS * 1.8], axis=1)
    assert points(bands, MEANS, 3.5)["expected"].iloc[0] == pytest.approx(MEANS[0] / 2)
    assert points(bands, MEANS, 0)["point"].tolist() == [0] * 8


@pytest.mark.parametrize(("days", "level"), [(-1, 0.9), (float("nan"), 0.9), (7, 0.0), (7, 1.0)])
def test_what_cannot_be_ordered_by_is_refused(days: float, level: float) -> None:
    with pytest.raises(DebutError):
        points(np.ones((4, 3)), np.ones(4), days, level)


def test_a_launch_that_goes_well_is_bought_again_and_one_that_does_not_is_not() -> None:
    well = second_buy(TOTALS, MEANS, np.round(2.5 * MEANS[:2]), 10, 14, **MONEY, pack=6)
    badly = second_buy(TOTALS, MEANS, np.round(0.2 * MEANS[:2]), 40, 14, **MONEY, pack=6)
    assert well.quantity > 0 and well.quantity % 6 == 0 and well.arrives == 4
    assert well.level_low < well.level < well.level_high and well.level > 1.5
    assert badly.quantity == 0 and badly.words == "The stock that is left is enough."
    assert badly.remaining[0] <= badly.remaining[1] <= badly.remaining[2] < well.remaining[1]


def test_why_nothing_is_bought_again() -> None:
    sold = np.round(2 * MEANS[:3])
    late = second_buy(TOTALS, MEANS, sold, 0, 5 * 7, **MONEY)
    assert late.quantity == 0 and "window is over" in late.words
    dear = second_buy(TOTALS, MEANS, sold, 0, 7, price=4.0, cost=4.0, leftover=0.5)
    assert dear.quantity == 0 and "cover its cost" in dear.words
    large = second_buy(TOTALS, MEANS, sold, 0, 7, **MONEY, least=5_000)
    assert large.quantity == 0 and "at least 5,000" in large.words
    with pytest.raises(DebutError, match="stock that is left"):
        second_buy(TOTALS, MEANS, sold, -1, 7, **MONEY)


def test_buying_again_earns_more_than_not_buying_and_than_buying_blindly() -> None:
    """Over launches of the model's kind: the stock of the opening buy is short, and a second one arrives in week 4."""
    _, sold = launches(150, NOISE, seed=8)
    opening, seen, wait = 30, 2, 1
    usual = round(float(MEANS[3:].sum()))
    gains: dict[str, list[float]] = {"none": [], "blind": [], "learnt": []}
    for row in sold:
        served = np.minimum(row, np.clip(opening - np.concatenate([[0], np.cumsum(row)[:-1]]), 0, None))
        left = opening - served[:seen].sum()
        again = second_buy(TOTALS, MEANS, served[:seen], left, 7 * wait, **MONEY).quantity
        for name, bought in (("none", 0), ("blind", usual), ("learnt", again)):
            on_hand = max(left - row[seen : seen + wait].sum(), 0) + bought
            more = min(on_hand, row[seen + wait :].sum())
            gains[name].append(10 * more + 0.5 * 4 * (on_hand - more) - 4 * bought)
    means = {name: np.mean(values) for name, values in gains.items()}
    assert means["learnt"] > means["blind"] and means["learnt"] > means["none"]


def test_looking_ahead_more_is_bought_the_better_it_sells_and_not_when_it_comes_too_late() -> None:
    found = ahead(TOTALS, MEANS, 60, 14, **MONEY)
    assert found["after_weeks"].tolist() == [1, 2, 3, 4, 5]
    assert found["arrives"].tolist() == [4, 5, 6, 7, 8]
    low, middle, high = (found[name].to_numpy() for name in ("if it sells low", "as expected", "if it sells high"))
    assert (low <= middle).all() and (middle <= high).all() and high[0] > 0
    assert ahead(TOTALS, MEANS, 60, 8 * 7, **MONEY).empty
