"""What a backtest tells: groups, weeks, and a verdict that claims no more than it can."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.accuracy.findings import by_group, by_week, classifier, verdict
from core.accuracy.results import Backtest


def items(count: int, category: list[str | None], price: np.ndarray) -> pd.DataFrame:
    units = np.arange(count, dtype=float)
    frame = pd.DataFrame({"units": units, "p50": units, "p10": units - 1, "p90": units + 1})
    frame.loc[::5, "p90"] = -1.0  # every fifth lies outside
    return frame.assign(category=category, price=price)


def test_groups_are_categories_the_small_ones_together() -> None:
    category = ["mugs"] * 40 + ["cards"] * 15 + ["toys"] * 6 + [None] * 4
    name, groups = by_group(items(65, category, np.ones(65)))
    assert name == "category"
    assert groups["group"].tolist() == ["mugs", "cards", "all others"]
    assert groups["count"].tolist() == [40, 15, 10]
    assert groups["judged"].tolist() == [True, False, False]
    assert groups["coverage"].tolist() == [0.8, 0.8, 0.8]
    assert (groups["low"] < 0.8).all() and (groups["high"] >= 0.8).all()
    assert groups["low"].is_monotonic_decreasing  # the fewer, the wider


def test_what_is_too_small_even_together_is_left_out() -> None:
    category = ["mugs"] * 21 + ["cards"] * 20 + ["toys"] * 3
    assert by_group(items(44, category, np.ones(44)))[1]["group"].tolist() == ["mugs", "cards"]


def test_without_categories_the_groups_are_price_bands() -> None:
    price = np.linspace(1, 20, 80)
    price[:12] = np.nan
    name, groups = by_group(items(80, [None] * 80, price))
    assert name == "price band"
    assert groups["count"].sum() == 80
    assert groups["group"].iloc[-1] == "no price"
    lowest = [float(group.split(" to ")[0]) for group in groups["group"][:-1]]
    assert lowest == sorted(lowest)
    assert len(groups) == 5


@pytest.mark.parametrize("price", [np.full(30, 5.0), np.full(30, np.nan)], ids=["one price", "no price"])
def test_where_all_are_alike_there_is_one_group(price: np.ndarray) -> None:
    _, groups = by_group(items(30, [None] * 30, price))
    assert groups["group"].tolist() == ["all items"]


@pytest.mark.parametrize(("count", "bands"), [(15, 1), (25, 2), (90, 4)])
def test_as_many_price_bands_as_have_ten_launches(count: int, bands: int) -> None:
    _, groups = by_group(items(count, [None] * count, np.linspace(1, 9, count)))
    assert len(groups) == bands
    assert groups["count"].sum() == count


def test_few_launches_have_no_groups() -> None:
    assert by_group(items(6, [None] * 6, np.ones(6)))[1].empty


def test_error_by_week_worked_by_hand() -> None:
    weeks = pd.DataFrame(
        {
            "week": [1, 1, 2, 2],
            "units": [10.0, 10.0, 0.0, 5.0],
            "p10": [8.0, 14.0, 0.0, 1.0],
            "p50": [9.0, 15.0, 1.0, 4.0],
            "p90": [12.0, 20.0, 2.0, 6.0],
            "mean": [10.0, 14.0, 1.0, 4.0],
        }
    )
    got = by_week(weeks)
    assert got["wape"].tolist() == [6 / 20, 2 / 5]
    assert got["bias_mean"].tolist() == pytest.approx([24 / 20 - 1, 0])
    assert got["coverage"].tolist() == [0.5, 1.0]


def test_the_classifier_reads_chances_off_the_outcomes() -> None:
    outcomes = np.array([[0, 10, 20, 30], [0, 0, 0, 40]], dtype=float)
    got = classifier(np.array([25.0, 5.0]), outcomes, 15)
    assert got.measures["share"] == 0.5
    assert got.measures["accuracy"] == 1.0  # half of the first's outcomes reach 15, a quarter of the second's
    assert got.bins["predicted"].tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        ((-0.05, -0.08, -0.02), "better than the best of the other methods, and that is sure"),
        ((-0.02, -0.05, 0.01), "a little better than the best of the other methods, but with"),
        ((0.01, -0.02, 0.04), "no better than the best of the other methods, but with"),
        ((0.05, 0.02, 0.08), "worse than the best of the other methods here, and that is sure"),
    ],
)
def test_the_verdict_claims_no_more_than_its_interval(tested: Backtest, difference: tuple, words: str) -> None:
    told = verdict(replace(tested, wape_difference=difference))
    assert words in told
    assert f"{difference[1] * 100:+.1f} and {difference[2] * 100:+.1f} points" in told
    assert tested.best_peer in told
