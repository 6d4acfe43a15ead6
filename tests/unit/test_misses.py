"""Why an item was forecast wrong: each rule speaks where it should, and only there."""

import numpy as np
import pytest

from core.accuracy.misses import FACTS, afterwards, all_why, why
from core.accuracy.results import Backtest
from tests.conftest import WEEKS, SmallShop

USUAL = {
    "units": 100.0,
    "p10": 10.0,
    "p50": 30.0,
    "p90": 90.0,
    "nearest": 0.7,
    "nearest_low": 0.5,
    "like_low": 20.0,
    "like_high": 60.0,
    "like_most": 150.0,
    "price_ratio": 1.1,
    "season_launches": 12,
    "best_day": 0.1,
    "last_week": 8,
    "weeks": 8,
    "around": 1.0,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Above its likely range, and nothing in the data tells why."),
        ({"units": 5.0}, "Below its likely range, and nothing in the data tells why."),
        ({"units": 80.0}, "Inside its likely range: a miss of this size is chance."),
        ({"best_day": 0.6}, "One day made 60% of its sales: a bulk order?"),
        ({"units": 5.0, "last_week": 2}, "No sale after week 2: out of stock, or withdrawn?"),
        ({"units": 0.0, "last_week": 0}, "It sold nothing"),
        ({"nearest": 0.3}, "similarity of 0.30, most launches have more than 0.50"),
        ({"price_ratio": 3.0}, "Its price is 3.0 times that of its like items."),
        ({"price_ratio": 0.4}, "Its price is only 40% of that of its like items."),
        ({"season_launches": 1}, "Hardly an earlier launch came at this time of year."),
        ({"like_low": 2.0, "like_high": 80.0}, "very differently from each other: the middle half of them 2 to 80"),
        ({"around": 2.0}, "All launches of those weeks together sold 2.0 times their forecast."),
        ({"units": 5.0, "around": 0.5}, "sold 50% of their forecast"),
        ({"like_most": 70.0}, "None of its 10 like items sold so much; the best of them 70."),
    ],
)
def test_a_rule_speaks_where_its_fact_is_odd(change: dict, words: str) -> None:
    assert words in why(USUAL | change)


@pytest.mark.parametrize(
    "change",
    [
        {"units": 5.0, "best_day": 0.6},  # a bulk order does not explain that it sold less
        {"last_week": 2},  # nor an early end that it sold more
        {"units": 5.0, "around": 2.0},
        {"price_ratio": float("nan")},
        {"like_low": 0.0, "like_high": 6.0},  # a few units apart is not far apart
    ],
)
def test_a_rule_keeps_silent_where_it_explains_nothing(change: dict) -> None:
    assert "nothing in the data tells why" in why(USUAL | change)


def test_the_two_most_telling_reasons_are_given() -> None:
    words = why(USUAL | {"best_day": 0.6, "price_ratio": 3.0, "season_launches": 0, "around": 2.0})
    assert "One day" in words and "price" in words
    assert "time of year" not in words and "those weeks" not in words


def test_launches_around_of_which_nothing_was_forecast_have_no_absurd_ratio(small_shop: SmallShop) -> None:
    past = small_shop.history
    rows = past.launches(WEEKS)[-12:]
    sold = past.curves(rows, WEEKS).sum()
    assert afterwards(past, rows, WEEKS, np.zeros(len(rows)))["around"].max() <= sold


def test_how_an_item_sold_is_read_from_its_days(small_shop: SmallShop) -> None:
    past = small_shop.history
    rows = past.launches(WEEKS)[-12:]
    found = afterwards(past, rows, WEEKS, np.ones(len(rows)))
    launch = past.items["launch"].to_numpy()[rows]
    for at, (row, day) in enumerate(zip(rows, launch, strict=True)):
        window = past.units[row, day : day + 7 * WEEKS]
        assert found["best_day"][at] == pytest.approx(window.max() / window.sum())
        assert found["last_week"][at] == np.flatnonzero(window)[-1] // 7 + 1


def test_every_item_of_a_backtest_has_its_facts_and_words(tested: Backtest) -> None:
    assert set(FACTS) <= set(tested.items.columns)
    assert tested.items["why"].tolist() == all_why(tested.items)
    assert tested.items["why"].str.endswith((".", "?")).all()
    assert (tested.items["season_launches"] == 0).all()  # no autumn lies before the first autumn
    assert tested.items["nearest"].between(0, 1.001).all()
