"""The New items page: search, filter, one item's forecast by launch week, and loading a sheet."""

from pathlib import Path

import pandas as pd
from streamlit.testing.v1 import AppTest

from core.workspace import Workspace
from tests.conftest import load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, ending, labelled, metrics, said, table, tick

UNITS = "Units in 8 weeks"


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
    at.select_slider[0].set_value(last_week(at)).run()
    assert not at.exception
    assert metrics(at)["Expected revenue"] != before["Expected revenue"]
    assert "Dashed: the median as planned" in caption(at)


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
    at.select_slider[0].set_value(last_week(at)).run()
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


def test_chance_follows_the_units_asked_for(start: Start):
    at = start("new_items")
    usual = table(at, "New items and their forecast").set_index("item_id")["chance"]
    at.number_input(key="threshold").set_value(1000).run()
    harder = table(at, "New items and their forecast").set_index("item_id")["chance"]
    assert usual.between(0, 100).all() and (harder <= usual).all() and harder.mean() < usual.mean()
    assert "Chance to sell 1,000" in metrics(at)


def test_a_higher_price_sells_less_and_reset_takes_it_back(start: Start):
    at = start("new_items")
    before = metrics(at)
    price = labelled(at.slider, "Price")
    price.set_value(price.max).run()
    assert number(metrics(at)[UNITS]) < number(before[UNITS])
    at.button(key="reset_levers").click().run()
    assert metrics(at) == before


def test_what_it_is_expected_to_earn_has_a_band(start: Start):
    at = start("new_items")
    for changed in (False, True):
        if changed:
            labelled(at.number_input, "Extra ads").set_value(500.0).run()
        for name in ("Expected revenue", "Expected profit"):
            (figure,) = [one for one in at.metric if one.label == name]
            words = figure.proto.delta_description if changed else figure.delta
            low, high = (number(one) for one in words.removeprefix("8 in 10: ").split(" to "))
            assert low < number(figure.value) < high


def test_stock_is_the_most_that_can_be_sold(start: Start):
    at = start("new_items")
    labelled(at.number_input, "Stock (units)").set_value(10).run()
    (units,) = [one for one in at.metric if one.label == UNITS]
    assert units.proto.delta_description.endswith(" to 10") or units.delta.endswith(" to 10")
    assert number(metrics(at)[UNITS]) <= 10


def test_more_ads_sell_more(start: Start):
    at = start("new_items")
    before = metrics(at)
    labelled(at.number_input, "Extra ads").set_value(500.0).run()
    assert number(metrics(at)["Expected revenue"]) > number(before["Expected revenue"])


def test_a_like_item_is_left_out_and_the_choice_is_kept(start: Start):
    at = start("new_items")
    item = shown(at)
    edit(at, {0: {"use": False}})
    assert table(at, "Like items")["weight"][0] == 0
    assert "not kept yet" in caption(at)
    tried = metrics(at)
    at.text_input(key=f"like_by_{item}").set_value("Bea").run()
    at.button(key=f"keep_{item}").click().run()
    assert not at.exception
    assert metrics(at)[UNITS] == tried[UNITS]  # of the same item, wherever the list has it now
    assert "Kept by Bea" in caption(at)
    again = start("new_items")
    pick(again, item)
    assert metrics(again)[UNITS] == tried[UNITS]
    assert table(again, "Like items")["use"].tolist() == [False] + [True] * 7
    assert "go by your choice" in caption(again)


def test_edits_one_after_the_other_all_count(start: Start):
    at = start("new_items")
    edit(at, {0: {"use": False}})
    edit(at, {0: {"use": False}, 1: {"share": 60}})
    edit(at, {0: {"use": False}, 1: {"share": 60}, 2: {"use": False}})
    weight = table(at, "Like items")["weight"]
    assert weight[0] == weight[2] == 0
    assert round(weight[1]) == 60


def test_an_earlier_item_is_added_and_edits_before_it_stay(start: Start):
    at = start("new_items")
    edit(at, {0: {"use": False}})
    before = table(at, "Like items")
    adder = labelled(at.selectbox, "Add an earlier item")
    adder.select_index(10).run()
    after = table(at, "Like items")
    assert len(after) == len(before) + 1
    assert after["weight"].iloc[-1] > 0 and after["weight"][0] == 0


def test_added_items_keep_their_rows_whatever_they_weigh(start: Start):
    """The table's edits go by row: were the rows ordered by weight, one would move to another item."""
    at = start("new_items")
    for place in (10, 20):
        labelled(at.selectbox, "Add an earlier item").select_index(place).run()
    added = table(at, "Like items")["title"].tolist()[-2:]
    for share in (60, 0):
        edit(at, {9: {"share": share}})
        at.run()
        after = table(at, "Like items")
        assert after["title"].tolist()[-2:] == added
        assert round(after["weight"][9]) == share and pd.isna(after["share"][8])


def test_base_demand_is_typed_and_taken_back(start: Start):
    at = start("new_items")
    item, before = shown(at), metrics(at)
    base = round(number(before[UNITS]) / 2)  # which no stock of the sheet cuts short
    labelled(at.number_input, "Base demand (units)").set_value(float(base)).run()
    assert metrics(at)[UNITS] == str(base)
    at.button(key=f"keep_{item}").click().run()
    listed = table(at, "New items and their forecast").set_index("item_id")["p50"]
    assert round(listed[item]) == base
    at.button(key=f"found_{item}").click().run()  # the item is still shown, wherever the list has it now
    assert metrics(at) == before


def test_a_base_demand_beyond_the_stock_sells_the_stock_and_says_so(start: Start):
    at = start("new_items")
    labelled(at.number_input, "Stock (units)").set_value(30).run()
    labelled(at.number_input, "Base demand (units)").set_value(500.0).run()
    assert metrics(at)[UNITS] == "30"
    assert "more likely than not it is sold out in week" in caption(at)
    labelled(at.number_input, "Stock (units)").set_value(1000).run()
    assert metrics(at)[UNITS] == "500"


def test_weights_of_nothing_leave_the_items_that_are_not_listed(start: Start):
    at = start("new_items")
    before = metrics(at)
    edit(at, {row: {"share": 0} for row in range(8)})
    assert metrics(at) != before


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


def shown(at: AppTest) -> str:
    """Code of the item that is shown first."""
    return str(table(at, "New items and their forecast")["item_id"][0])


def pick(at: AppTest, item: str) -> None:
    """Tick an item in the list."""
    tick(at, "New items and their forecast", table(at, "New items and their forecast")["item_id"].tolist().index(item))


def edit(at: AppTest, rows: dict[int, dict[str, object]]) -> None:
    """All edits that the table of like items holds by now, of the item that is shown first."""
    at.session_state[f"like_{shown(at)}_0"] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    at.run()
    assert not at.exception


def number(text: str) -> float:
    """A figure as it is written on the page."""
    return float(text.replace(",", ""))


def weeks(at: AppTest) -> list[str]:
    """The launch weeks of the item that is shown, where there are several."""
    return list(at.select_slider[0].options) if at.select_slider else []


def last_week(at: AppTest) -> pd.Timestamp:
    """The last launch week of the item that is shown."""
    return pd.Timestamp(at.select_slider[0].options[-1])
