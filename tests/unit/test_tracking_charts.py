"""Figures of the Tracking page: what is drawn, and what is left out as there is nothing of it."""

import numpy as np
import pandas as pd

from pages.parts import tracking_charts as charts


def weeks(**values: object) -> pd.DataFrame:
    table = pd.DataFrame({"week": [1, 2, 3], "price_paid": [9.0, np.nan, 8.5], "rating": np.nan})
    return table.assign(**{"ads": 0.0, "views": 0.0, "reviews": 0.0} | values)


def titles(table: pd.DataFrame) -> list[str]:
    return [note.text for note in charts.around(table, 9.0).layout.annotations]


def test_only_what_there_is_something_of_gets_a_figure():
    assert titles(weeks()) == ["Price paid"]
    assert titles(weeks(views=[3.0, 0.0, 1.0])) == ["Price paid", "Looks"]
    assert titles(weeks(ads=1.0, views=2.0, reviews=1.0, rating=4.0)) == [
        "Price paid",
        "Money for ads",
        "Looks",
        "Reviews",
    ]
    assert titles(weeks(price_paid=np.nan)) == ["Price paid"]  # the planned one, at least


def test_stars_stand_beside_the_reviews():
    figure = charts.around(weeks(reviews=[1.0, 0.0, 2.0], rating=[5.0, np.nan, 3.5]), 9.0)
    (bars,) = [trace for trace in figure.data if trace.type == "bar"]
    assert list(bars.customdata) == [", 5.0 of 5 stars", "", ", 3.5 of 5 stars"]


def test_a_launch_shows_its_plan_what_it_sold_and_what_is_expected_yet():
    table = pd.DataFrame({"week": [1, 2, 3], "sold": [4.0, 2.0, np.nan], "short": [False, True, False]})
    table[["plan_p10", "plan_p50", "plan_p90"]] = [1.0, 3.0, 6.0]
    table[["now_p10", "now_p50", "now_p90"]] = [[np.nan] * 3, [2.0] * 3, [1.0, 2.0, 4.0]]
    named = {trace.name: trace for trace in charts.launch(table, False).data if trace.name}
    assert list(named["Sold"].y) == [4, 2] and list(named["Expected now"].x) == [2, 3]
    assert list(named["Out of stock"].x) == [2]
    later = charts.launch(table.assign(sold=np.nan, now_p10=np.nan, now_p50=np.nan, now_p90=np.nan), False)
    assert "Expected now" not in {trace.name for trace in later.data}


def test_a_category_is_drawn_once_it_sells_and_its_name_is_no_markup():
    table = pd.DataFrame(
        {
            **{"category": ["<b>Mugs", "Rugs"], "on_sale": [2, 0], "sold": [9.0, 0.0]},
            **{"p10_so_far": [4.0, 0.0], "p50_so_far": [8.0, 0.0], "p90_so_far": [15.0, 0.0]},
        }
    )
    bars, marks = charts.categories(table).data
    assert list(bars.y) == list(marks.y) == ["&lt;b&gt;Mugs"]
    assert (bars.base[0], bars.x[0], marks.x[0]) == (4, 11, 9)
