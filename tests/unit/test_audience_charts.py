"""Figures of the Audience page: a bar a row, a bubble with the number that it has in the table."""

import pandas as pd

from pages.parts import audience_charts as charts


def test_names_that_are_cut_short_alike_keep_a_bar_each() -> None:
    names = [f"lantern & candle, high price, frequent {who}" for who in ("buyers", "guests")]
    table = pd.DataFrame({"segment": names, "share": [0.7, 0.3], "everybody": [50, 50], "index": [140.0, 60.0]})
    figure = charts.shares(table, "segment", "This audience")
    bars = figure.data[0]
    assert list(bars.y) == [0, 1]
    assert list(bars.x) == [0.3, 0.7]  # the first row stands on top
    assert len(figure.layout.yaxis.ticktext) == 2
    assert [row[0] for row in bars.customdata] == [name.replace("&", "&amp;") for name in names[::-1]]


def test_a_bubble_has_the_number_of_its_row() -> None:
    table = pd.DataFrame({"place": [1, 3], "name": ["a", "c"], "orders": 2.0, "price": 5.0, "customers": [90, 30]})
    assert list(charts.sizes(table).data[0].text) == ["1", "3"]
