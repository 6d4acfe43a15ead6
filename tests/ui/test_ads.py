"""The Ads page: plans that everything follows, the best split, keeping and undoing, and what is missing."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.workspace import Workspace
from tests.conftest import START, Files, fill, load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, metrics, said, table

COMPARED = "The suggested split beside others"


def ads_export(seed: int = 0) -> str:
    """A year of two channels that name no category."""
    random = np.random.default_rng(seed)
    days = pd.date_range(START, periods=364)
    rows = [
        pd.DataFrame({"date": days, "channel": name, "spend": random.choice([0, usual, 2 * usual], 364).round(2)})
        for name, usual in (("week", 20.0), ("*bold* [x](http://x)", 8.0))
    ]
    return pd.concat(rows).to_csv(index=False)


def number(text: str) -> float:
    return float(text.replace(",", "").replace("+", ""))


def spent(at: AppTest) -> float:
    return number(metrics(at)["Money on ads"])


def sliders(at: AppTest) -> list:
    return [slider for slider in at.slider if (slider.key or "").startswith("ads_money:")]


def test_sliders_move_every_figure_of_an_item(start: Start):
    at = start("ads")
    before, first = metrics(at), sliders(at)[0]
    assert len(sliders(at)) == 5 and "borrowed from" in caption(at)
    first.set_value(first.max).run()
    assert not at.exception
    assert spent(at) > number(before["Money on ads"])
    assert metrics(at)["Profit after ads"] != before["Profit after ads"]
    charts = {chart.key for chart in at.get("plotly_chart")}
    assert charts == {"ads_weeks_chart", "ads_splits", "ads_budget_curve"}


def test_money_on_nothing_brings_nothing(start: Start):
    at = start("ads", ads_for="A category")
    for slider in sliders(at):
        slider.set_value(0.0)
    at.run()
    assert spent(at) == 0 and number(metrics(at)["The ads earn"]) == 0
    assert "The next" in " ".join(text.value for text in at.markdown)


def test_the_suggestion_is_tried_kept_undone_and_downloaded(start: Start, home: Path):
    at = start("ads", ads_for="A category")
    compared = table(at, COMPARED).set_index("plan")
    assert compared.loc["Suggested", "gain"] > 0
    assert compared.loc["Suggested", "profit"] >= compared.loc["Equal parts", "profit"]
    profit = number(metrics(at)["Profit after ads"])
    at.button(key="use_best").click().run()
    assert not at.exception
    assert number(metrics(at)["Profit after ads"]) - profit == pytest.approx(compared.loc["Suggested", "gain"], abs=2)
    at.text_input(key="ads_by").set_value("Ada").run()
    at.button(key="keep_ads").click().run()
    assert "This plan is kept by Ada" in caption(at)
    assert at.button(key="keep_ads").disabled
    assert len(table(at, "Plans of ads kept so far")) == 1 and download(at, "download_ads")
    at.button(key="undo_ads").click().run()
    assert not at.exception and "kept by Ada" not in caption(at)
    assert at.button(key="undo_ads").disabled
    assert table(at, "Plans of ads kept so far")["undone"].tolist() == ["undone"]


@pytest.mark.parametrize("flight", ["pulsed", "front"])
def test_a_flight_spends_the_same_money_in_other_weeks(start: Start, flight: str):
    at = start("ads", ads_for="A category")
    before = metrics(at)
    labelled(at.segmented_control, "Over the weeks").set_value(flight).run()
    assert not at.exception
    assert metrics(at)["Money on ads"] == before["Money on ads"]
    assert metrics(at)["Units"] != before["Units"]


def test_aims_targets_and_playing_safe(start: Start):
    at = start("ads", ads_for="A category")
    mean = table(at, COMPARED).set_index("plan")
    at.toggle(key="ads_safe").set_value(True).run()
    assert "not proven" in caption(at)
    at.toggle(key="ads_safe").set_value(False)
    labelled(at.selectbox, "Aim").set_value("marginal").run()
    at.number_input(key="ads_target").set_value(8.0).run()
    strict = table(at, COMPARED).set_index("plan")
    assert strict.loc["Suggested", "money"] < mean.loc["Suggested", "money"]
    labelled(at.selectbox, "Aim").set_value("roi").run()
    at.number_input(key="ads_target").set_value(500.0).run()
    assert not at.exception and "No spend within these bounds brings 500.00" in said(at)
    labelled(at.selectbox, "Aim").set_value("profit")
    labelled(at.multiselect, "Over the weeks").set_value([]).run()
    assert "at least one way to spread" in said(at)


def test_bounds_that_clash_are_said_and_the_sliders_stay(start: Start):
    at = start("ads", ads_for="A category")
    at.session_state["ads_bounds:category:Gifts & Accessories:8:8"] = {
        "edited_rows": {0: {"least": 90.0, "most": 50.0}}, "added_rows": [], "deleted_rows": []
    }  # fmt: skip
    at.run()
    assert not at.exception and "display: the least, 90.00, is above the most, 50.00" in said(at)
    assert len(sliders(at)) == 5


def test_an_item_with_less_stock_and_ads_before_its_launch(start: Start):
    at = start("ads")
    labelled(at.number_input, "Opening stock").set_value(10).run()
    assert "stock of 10 runs out" in said(at)
    spend = spent(at)
    labelled(at.number_input, "Weeks of ads before it").set_value(4).run()
    assert not at.exception and spent(at) > spend  # four more weeks of the usual
    labelled(at.number_input, "Opening stock").set_value(100_000).run()
    assert not at.exception and "runs out" not in said(at)


def test_the_whole_shop(start: Start):
    at = start("ads", ads_for="The whole shop")
    whole = spent(at)
    labelled(at.selectbox, "Over the next").set_value(4).run()
    assert spent(at) == pytest.approx(whole / 2, rel=0.01)


def test_the_lever_of_a_new_item_goes_by_the_shop_s_ads_once_they_are_learnt(start: Start, home: Path):
    at = start("new_items")
    labelled(at.number_input, "Extra ads").set_value(500.0).run()
    assert "by what your own ads bring, borrowed from" in caption(at)
    own = metrics(at)["Expected revenue"]
    shutil.rmtree(home / "demo" / "artifacts" / "ads")
    at.run()
    assert not at.exception and "by the mean of published studies" in caption(at)
    assert metrics(at)["Expected revenue"] != own


def test_a_shop_without_ads_says_what_to_load(start: Start, home: Path, small_files: Files):
    with Workspace(home) as shop:
        fill(shop, small_files)
    at = start("ads", shop="My shop")
    assert "no ads yet" in said(at) and "Load ads" in links(at) and download(at, "template_ads")


def test_ads_without_sales_lead_to_sales(start: Start, home: Path):
    with Workspace(home) as shop:
        load_into(shop, ads_export(), "ads", "ads.csv")
    at = start("ads", shop="My shop")
    assert "no sales yet" in said(at) and "Load sales" in links(at)


def test_ads_that_name_no_category_and_strange_names(start: Start, home: Path, small_files: Files):
    with Workspace(home) as shop:
        load_into(shop, small_files.sales, "sales", "sales.csv")
        load_into(shop, ads_export(), "ads", "ads.csv")
    at = start("ads", shop="My shop", ads_for="The whole shop")
    kinds = labelled(at.segmented_control, "Plan for").options
    assert kinds == ["A new item", "The whole shop"]
    assert sliders(at)[0].label.startswith("\\*bold\\*")
    at.button(key="keep_ads").click().run()
    assert not at.exception and "This plan is kept" in caption(at)
    labelled(at.segmented_control, "Plan for").set_value("A new item").run()
    assert "no new items" in said(at) and "Load new items" in links(at)


@pytest.mark.parametrize("view", ["Channels", "Calendar"])
def test_views_open(start: Start, view: str):
    """The others take seconds to open, and tests in the browser open them."""
    at = start("ads", view=view)
    assert labelled(at.segmented_control, "Show").value == view
    assert at.header and not at.exception
