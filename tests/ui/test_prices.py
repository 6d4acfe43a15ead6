"""The Pricing page: the sheet at once, one item, rules, the plan, undo, and sheets that say too little."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import market, shell_cache
from core.market import decisions
from core.prices import around, choices, kept_rules, rules
from core.prices.choices import Wish
from core.prices.kept_rules import Policy
from core.prices.rules import Rule
from core.workspace import Workspace
from tests.conftest import Files, fill, load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, metrics, said, table

PRICES, PLAN = "Prices of the new items", "Launch plan"
POOR = "item_id,title,category,price\nN-1,Oak bird table,Garden,\nN-2,Linen apron,Kitchen,0\nN-3,Fox mug,Kitchen,8.5\n"


def frame(at: AppTest) -> pd.DataFrame:
    """The editor's rows by item."""
    editor = next(one for one in at.get("data_editor") if one.proto.alt == PRICES)
    return editor.value.set_index("item_id")


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception
    return at


def number(written: str) -> float:
    return float(written.replace(",", ""))


def test_the_sheet_is_priced_and_taken_into_the_plan_and_back(start: Start):
    at = start("prices")
    before, rows = metrics(at), frame(at)
    assert len(rows) == 40 and (rows["price"] == rows["planned"]).all()
    assert "Under the rules the 40 items would earn" in at.markdown[0].value
    press(at, "take_suggested")
    assert (frame(at)["price"] == frame(at)["suggested"]).all()
    assert number(metrics(at)["Expected profit"]) > number(before["Expected profit"])
    assert "tried, not kept yet" in caption(at)
    at.text_input(key="price_by").set_value("Ann")
    press(at, "keep_prices")
    assert "tried, not kept" not in caption(at)
    assert set(table(at, "Prices kept so far")["made_by"]) == {"Ann"}
    wanted = frame(at)["price"]
    at.switch_page("pages/launch_plan.py").run()
    plan = table(at, PLAN).set_index("item_id")
    assert plan["price"].round(2).to_dict() == wanted.round(2).to_dict()
    assert plan["reason"].str.contains("priced at").any()
    at.switch_page("pages/prices.py").run()
    press(at, "undo_prices")
    assert (frame(at)["price"] == frame(at)["planned"]).all()
    at.switch_page("pages/launch_plan.py").run()
    assert not table(at, PLAN)["reason"].str.contains("priced at").any()


def test_a_typed_price_moves_the_totals_and_a_locked_one_stays(start: Start):
    at = start("prices")
    item = frame(at).index[2]
    key = at.session_state["price_editor:Demo shop"]
    at.session_state[key] = {
        "edited_rows": {2: {"price": 3.21, "locked": True}, 3: {"price": None}},
        "added_rows": [],
        "deleted_rows": [],
    }
    at.run()
    assert not at.exception
    assert "1 of 40 prices differ" in at.markdown[0].value
    press(at, "take_suggested")
    assert frame(at).loc[item, "price"] == 3.21
    others = frame(at).drop(index=item)
    assert (others["price"] == others["suggested"]).all()
    press(at, "take_planned")
    assert frame(at).loc[item, "price"] == 3.21


def test_the_table_is_searched_and_filtered(start: Start):
    at = start("prices")
    at.text_input(key="price_search").set_value("bird (").run()
    assert "0 of 40 items" in caption(at) and not at.exception
    at.text_input(key="price_search").set_value("bird").run()
    assert frame(at)["title"].str.contains("bird", case=False).all()
    press(at, "take_suggested")  # all items, whatever is filtered
    at.text_input(key="price_search").set_value("").run()
    assert (frame(at)["price"] == frame(at)["suggested"]).all()
    assert download(at, "download_prices")


def test_everything_about_an_item_follows_its_slider(start: Start):
    at = start("prices", view="One item")
    before = metrics(at)
    slider = labelled(at.slider, "Price")
    assert before["Chance of a gain"] == "–"  # of the price that it has
    slider.set_value(slider.max).run()
    assert not at.exception
    after = metrics(at)
    assert number(after["Units in 8 weeks"]) < number(before["Units in 8 weeks"])
    assert after["Chance of a gain"] != "50%"
    assert "has been seen" in said(at)  # twice the sheet's price
    words = " ".join(one.value for one in at.markdown)
    assert "within 2 % of the best profit" in words and "% less" in words
    assert "It breaks even at" in words and "a margin of 10 % needs" in words
    assert [chart.key for chart in at.get("plotly_chart")] == ["price_curves"]
    press(at, "keep_price")
    assert "The plan goes by" in caption(at)
    item = at.selectbox(key="price_item").value
    at.switch_page("pages/new_items.py").run()
    listed = table(at, "New items and their forecast").set_index("item_id")
    assert listed.loc[item, "price"] == pytest.approx(slider.max)
    at.switch_page("pages/prices.py").run()
    at.segmented_control(key="view").set_value("One item").run()
    at.selectbox(key="price_item").set_value(item).run()
    press(at, "drop_price")
    assert "The plan goes by" not in caption(at)


def test_keeping_one_item_leaves_what_is_tried_of_the_others(start: Start):
    at = press(start("prices"), "take_suggested")
    wanted = frame(at)["price"]
    at.segmented_control(key="view").set_value("One item").run()
    item = at.selectbox(key="price_item").value
    slider = labelled(at.slider, "Price")
    slider.set_value(slider.max).run()
    press(at, "keep_price")
    at.segmented_control(key="view").set_value("All items").run()
    now = frame(at)["price"]
    assert now[item] == pytest.approx(slider.max)
    assert now.drop(item).to_dict() == pytest.approx(wanted.drop(item).to_dict())


def test_a_match_that_is_confirmed_prices_the_sheet_anew(start: Start, home: Path):
    """An item that has offers gets another one, so that their median moves while the same items have offers."""
    with Workspace(home / "demo") as demo:
        first = rules.moved(rules.STANDARD, "competitors", -9)
        kept_rules.keep(demo, Policy(first).setting(Rule("competitors", True, 0.0)))
    at = start("prices")
    before = frame(at)["suggested"]
    demo = shell_cache.opened(home / "demo")  # as the app holds it
    known = market.opened(demo)
    item = next(item for item in before.index if len(around.offers(known, item)) == 2)
    dearest = known.listings.table[known.listings.offered].nlargest(1, "price")
    step = dearest[["competitor"]].assign(listing=dearest["title"], item_id=item, verdict="same")
    decisions.keep(demo, step)
    assert len(around.offers(market.opened(demo), item)) == 3
    at.run()
    assert frame(at)["suggested"][item] > before[item]


def test_the_forecast_of_an_item_at_its_chosen_price_is_that_of_the_list(start: Start, home: Path):
    with Workspace(home / "demo") as demo:
        choices.keep(demo, [Wish("GAR-12729", 25.0)])
    at = start("new_items")
    at.text_input(key="search").set_value("Foldable Bird Table").run()
    listed = table(at, "New items and their forecast").set_index("item_id").loc["GAR-12729"]
    assert metrics(at)["Units in 8 weeks"] == f"{listed['p50']:,.0f}"
    assert labelled(at.slider, "Price").value == 25.0


def test_rules_are_switched_set_ordered_and_kept(start: Start):
    at = start("prices", view="Rules")
    toggle = next(one for one in at.toggle if one.label == "Price ending")
    toggle.set_value(False).run()
    assert not at.exception
    press(at, "up_bounds")
    assert [one.label for one in at.toggle][:2] == ["Lowest and highest price of the sheet", "Minimum margin"]
    margin = next(one for one in at.number_input if one.label == "% of the price")
    margin.set_value(70.0).run()
    at.segmented_control(key="view").set_value("All items").run()
    assert frame(at)["notes"].str.contains("minimum margin not kept").any()
    again = start("prices", view="Rules")
    assert not next(one for one in again.toggle if one.label == "Price ending").value
    press(again, "rules_reset")
    assert next(one for one in again.toggle if one.label == "Price ending").value


def test_how_demand_answers_is_shown_with_the_plain_rule(start: Start):
    at = start("prices", view="How demand answers")
    assert len(table(at, "Elasticity of the items on sale")) > 500
    assert {chart.key for chart in at.get("plotly_chart")} == {"elasticities", "plain_rule"}
    words = " ".join(one.value for one in at.markdown)
    assert "given away" in words and "1 % dearer sells" in words


def test_a_sheet_that_says_little_is_priced_with_what_is_assumed(start: Start, home: Path):
    with Workspace(home / "demo") as demo:
        load_into(demo, POOR, "new_items")
    at = start("prices")
    rows = frame(at)
    assert "N-2" not in rows.index and "Not priced: N-2" in caption(at)
    assert rows.loc[["N-1", "N-3"], "notes"].str.contains("cost assumed").all()
    at.segmented_control(key="view").set_value("Rules").run()
    assert "3 of 43 new items name no cost" in caption(at)
    share = next(one for one in at.number_input if one.label == "Cost in % of the price")
    share.set_value(90.0).run()
    assert not at.exception
    at.segmented_control(key="view").set_value("All items").run()
    assert frame(at).loc["N-3", "best"] > rows.loc["N-3", "best"]
    at.switch_page("pages/launch_plan.py").run()
    plan = table(at, PLAN).set_index("item_id")
    assert plan.loc["N-3", "profit"] == pytest.approx(plan.loc["N-3", "revenue"] * 0.1, rel=1e-3)


def test_an_own_shop_without_a_forecaster_is_led_to_it(start: Start, home: Path, small_files: Files):
    with Workspace(home) as shop:
        fill(shop, small_files)
    at = start("prices", shop="My shop")
    assert "not been fine-tuned" in said(at) and "Fine-tune the forecaster" in links(at)


def test_an_empty_shop_is_led_to_its_sales(start: Start):
    at = start("prices", shop="My shop")
    assert "no sales yet" in said(at) and "Load sales" in links(at)
