"""The New items page: search, filter, one item's forecast by launch week, and loading a sheet."""

from pathlib import Path

import pandas as pd
from streamlit.testing.v1 import AppTest

from core.workspace import Workspace
from tests.conftest import load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, ending, labelled, metrics, said, table, tick


def test_search_narrows_the_table(start: Start):
    at = start("new_items")
    everything = table(at, "New items and their forecast")
    word = everything["title"][3].split()[0]
    at.text_input(key="search").set_value(word.upper()).run()
    found = table(at, "New items and their forecast")
    assert 0 < len(found) < len(everything)
    assert found["title"].str.contains(word).all()
    assert f"{len(found)} of 40 items" in caption(at)


def test_search_without_a_hit_says_so(start: Start):
    at = start("new_items")
    at.text_input(key="search").set_value("(no such item").run()
    assert "No item fits" in said(at)
    assert not at.exception


def test_search_stands_in_the_address(start: Start):
    at = start("new_items", search="Bird")
    assert at.text_input(key="search").value == "Bird"
    assert table(at, "New items and their forecast")["title"].str.contains("bird", case=False).all()


def test_category_narrows_the_table(start: Start):
    at = start("new_items")
    at.multiselect(key="category").select("Garden").run()
    assert set(table(at, "New items and their forecast")["category"]) == {"Garden"}


def test_launch_week_changes_the_forecast_of_the_item(start: Start):
    at = start("new_items")
    rows = iter(range(len(table(at, "New items and their forecast"))))
    while len(weeks(at)) < 8:  # one that may be launched in two weeks of winter sells the same in both
        tick(at, "New items and their forecast", next(rows))
    before = metrics(at)
    at.select_slider(key="launch_week").set_value(last_week(at)).run()
    assert not at.exception
    assert metrics(at)["Expected revenue"] != before["Expected revenue"]


def test_chosen_row_is_the_item_that_is_shown(start: Start):
    at = start("new_items")
    second = table(at, "New items and their forecast")["title"][1]
    tick(at, "New items and their forecast", 1)
    assert second in [text.value for text in at.text]


def test_a_tick_does_not_move_to_another_item_when_the_table_is_searched(start: Start):
    at = start("new_items")
    tick(at, "New items and their forecast", 7)
    at.text_input(key="search").set_value("bird").run()
    assert not at.exception
    assert table(at, "New items and their forecast")["title"][0] in [text.value for text in at.text]


def test_another_item_with_other_weeks_keeps_the_page_whole(start: Start):
    """The slider's weeks differ from item to item: the week chosen for one need not exist for the next."""
    at = start("new_items")
    at.select_slider(key="launch_week").set_value(last_week(at)).run()
    for row in range(len(table(at, "New items and their forecast"))):
        tick(at, "New items and their forecast", row)
        assert not at.exception


def test_sheet_of_codes_and_titles_alone_is_enough(start: Start, home: Path):
    """What the page promises; price, cost and dates are then assumed, and said to be."""
    with Workspace(home / "demo") as demo:
        load_into(demo, "item_id,title\nN-1,Oak bird table\nN-2,Linen apron\n", "new_items")
    items = table(start("new_items"), "New items and their forecast").set_index("item_id")
    assert items.loc[["N-1", "N-2"], "p50"].gt(0).all()
    assert items.loc["N-1", "assumed"].count("(") == 2


def test_quantiles_are_in_order(start: Start):
    items = table(start("new_items"), "New items and their forecast")
    assert (items["p10"] <= items["p50"]).all() and (items["p50"] <= items["p90"]).all()


def test_sheet_is_loaded_from_this_page_too(start: Start):
    at = start("new_items")
    at.file_uploader[0].upload("sheet.csv", b"number,title\nN-1,Fox mug\n").run()
    labelled(at.selectbox, "Item id (required)").select_index(1).run()
    ending(at.button, "_load").click().run()
    assert "1 of 1 rows loaded" in said(at)
    assert not at.exception
    assert at.session_state["shop"] == "Demo shop"  # a sheet may be tried on the demo shop's history
    assert "Fox mug" in table(at, "New items and their forecast")["title"].tolist()


def test_sales_come_before_the_sheet(start: Start):
    at = start("new_items", shop="My shop")
    assert not at.file_uploader
    assert "no sales yet" in said(at)


def weeks(at: AppTest) -> list[str]:
    """The launch weeks of the item that is shown, where there are several."""
    return list(at.select_slider[0].options) if at.select_slider else []


def last_week(at: AppTest) -> pd.Timestamp:
    """The last launch week of the item that is shown."""
    return pd.Timestamp(at.select_slider(key="launch_week").options[-1])
