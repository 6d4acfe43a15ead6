"""Figures of the Market page: a row a name, and an axis that a phone has room for."""

import pandas as pd
import pytest

from pages.parts import market_charts as charts


@pytest.mark.parametrize("prices", [(5.0, 34.0), (20.0, 26.0), (0.8, 950.0), (0.01, 90_000.0), (9.99, 10.05)])
def test_the_ladder_is_marked_by_a_few_round_prices_within_it(prices: tuple[float, float]):
    rungs = pd.DataFrame({"who": "A", "title": "Lamp", "price": prices})
    ticks = charts.ladder(rungs, pd.DataFrame({"low": [], "high": []})).layout.xaxis.tickvals
    assert 1 <= len(ticks) <= 10 and ticks == tuple(sorted(ticks))


def test_names_that_are_cut_alike_or_are_numbers_keep_a_row_each():
    names = [f"A competitor with a very long name {end}" for end in ("one", "two")] + ["2024"]
    numbers = {"index": [120.0, 110.0, 90.0], "low": [100.0, 90.0, 80.0], "high": [130.0, 120.0, 110.0], "pairs": 4}
    figure = charts.levels(pd.DataFrame({"competitor": names, **numbers}), "competitor")
    assert list(figure.data[0].y) == list(figure.data[1].y) == [0, 1, 2]
    assert list(figure.data[1].x) == [90, 110, 120] and figure.layout.yaxis.ticktext[0].startswith("2024")
    change = {"change": [0.5, -0.5, 0.2], "low": [0.2, -0.7, -0.1], "high": [0.9, -0.1, 0.5]}
    trends = pd.DataFrame({"term": names, **change, "trend": ["rising", "fading", ""]})
    dots = charts.moving(trends, "Sales").data[1:]
    assert {dot.name: (list(dot.y), list(dot.x)) for dot in dots} == {
        "Rising": ([2], [1.5]),
        "Fading": ([0], [0.5]),
        "Could be chance": ([1], [1.2]),
    }
    rungs = pd.DataFrame({"who": names, "title": "Lamp", "price": [5.0, 6.0, 7.0]})
    marks = charts.ladder(rungs, pd.DataFrame({"low": [], "high": []})).data
    assert sorted({place for mark in marks for place in mark.y}) == [0, 1, 2]


@pytest.mark.parametrize("prices", [[], [7.0, 7.0]])
def test_one_price_or_none_is_drawn_all_the_same(prices: list[float]):
    rungs = pd.DataFrame({"who": "A", "title": "Lamp", "price": prices})
    axis = charts.ladder(rungs, pd.DataFrame({"low": [], "high": []})).layout.xaxis
    assert list(axis.tickvals) == sorted(set(prices))
