"""Every page opens: with the demo shop, with an empty shop, with a shop that lacks one thing."""

import pytest

from core.workspace import Workspace
from tests.conftest import Files, load_into
from tests.ui.conftest import Start
from tests.ui.reading import caption, links, metrics, said, table

PAGES = {
    "overview": "Overview",
    "data": "Data",
    "labels": "Labels",
    "model": "Model",
    "backtest": "Backtest",
    "jobs": "Jobs & backup",
    "dictionary": "Data dictionary",
    "new_items": "New items",
    "prices": "Pricing",
    "ads": "Ads",
    "audience": "Audience",
    "concepts": "Concept lab",
    "launch_plan": "Launch plan",
    "scenarios": "Scenarios",
    "reviews": "Reviews",
    "market": "Market",
    "tracking": "Tracking",
}
FIGURES = {
    "overview": ["Items to launch", "Expected revenue", "Expected profit"],
    "data": [],
    "labels": [],
    "model": ["Error of a single item", "Order of the items"],
    "backtest": ["Error of a single item", "Inside their range", "AUC"],
    "jobs": [],
    "dictionary": [],
    "new_items": ["Expected revenue", "Expected profit"],
    "prices": ["Expected units", "Expected revenue", "Expected profit"],
    "ads": ["Money on ads", "Units", "Profit after ads"],
    "audience": ["Customers", "Expected buyers", "Of all expected buyers"],
    "concepts": [],  # it opens empty
    "launch_plan": ["Items launched", "Expected revenue", "Expected profit"],
    "scenarios": [],
    "reviews": ["Reviews", "Sentiment", "Would recommend", "Stars"],
    "market": [],
    "tracking": [],  # no plan is approved
}
TABLES = {
    "overview": ["The five best items to launch"],
    "data": ["Imports"],
    "labels": ["Latest labels"],
    "model": [],
    "backtest": ["Accuracy of Debut and its peers", "The items that the forecast got most wrong"],
    "jobs": ["What this shop takes on disk"],
    "dictionary": ["Columns of Products", "Columns of Labels"],
    "new_items": ["New items and their forecast", "Like items"],
    "prices": ["Prices of the new items"],
    "ads": ["What each channel brings under the plan"],
    "audience": ["The median customer of the group beside that of all"],
    "concepts": [],
    "launch_plan": ["Items that need a look", "Launch plan"],
    "scenarios": ["Scenarios"],
    "reviews": [],
    "market": ["New items among the offers of competitors"],
    "tracking": [],
}
CHARTS = {
    "overview": [],  # its chart is a native one
    "data": [],
    "labels": [],
    "model": ["scatter", "losses", "health_chart"],
    "backtest": ["scatter", "coverage", "by_week", "item_weeks", "calibration"],
    "jobs": [],
    "dictionary": [],
    "new_items": ["curve"],
    "prices": ["gains"],
    "ads": ["ads_weeks_chart", "ads_splits", "ads_budget_curve"],
    "audience": ["gain", "composition", "interest"],
    "concepts": [],
    "launch_plan": ["ranks"],
    "scenarios": [],  # one scenario alone is compared with nothing
    "reviews": ["reviews_weeks", "reviews_categories", "themes_shop"],
    "market": ["index_weeks", "index_now"],
    "tracking": [],
}


@pytest.mark.parametrize("name", PAGES)
def test_page_shows_its_main_things_of_the_demo_shop(start: Start, name: str):
    at = start(name)
    assert [title.value for title in at.title] == [PAGES[name]]
    assert "simulated" in caption(at)
    assert set(FIGURES[name]) <= metrics(at).keys()
    assert all(len(table(at, alt)) for alt in TABLES[name])
    assert [chart.key for chart in at.get("plotly_chart")] == CHARTS[name]
    assert not at.error
    assert name in ("ads", "model") or not at.warning  # of what its usual ads cannot bring, of new words in its sheet


@pytest.mark.parametrize("name", [name for name in PAGES if name != "dictionary"])  # which needs no data
def test_page_of_an_empty_shop_says_what_to_do(start: Start, name: str):
    at = start(name, shop="My shop")
    assert "oad" in said(at) or "Sales come first" in said(at)
    assert "simulated" not in caption(at)
    assert not at.metric and not at.dataframe
    if name == "data":
        assert at.file_uploader
    else:
        assert links(at)


@pytest.mark.parametrize("name", ["overview", "new_items", "launch_plan", "scenarios"])
def test_page_without_new_items_leads_to_loading_them(start: Start, home, small_files: Files, name: str):
    with Workspace(home) as shop:
        load_into(shop, small_files.sales)
    at = start(name, shop="My shop")
    assert "no new items" in said(at)
    assert "Load new items" in links(at)


@pytest.mark.parametrize("name", ["overview", "new_items", "launch_plan"])
def test_page_without_a_forecaster_leads_to_fine_tuning(start: Start, home, small_files: Files, name: str):
    with Workspace(home) as shop:
        load_into(shop, small_files.sales)
        load_into(shop, small_files.new_items, "new_items")
    at = start(name, shop="My shop")
    assert "fine-tune" in said(at)
    assert any("Fine-tune" in link for link in links(at))


def test_shop_with_sales_opens_first_and_the_demo_shop_is_one_click_away(start: Start, home, small_files: Files):
    with Workspace(home) as shop:
        load_into(shop, small_files.sales)
    at = start(shop="")
    assert at.session_state["shop"] == "My shop"
    at.session_state["shop"] = "Demo shop"
    assert metrics(at.run())["New items waiting"] == "40"


def test_page_stays_on_a_shop_that_another_process_has_open(start: Start, home, monkeypatch):
    from core.errors import WorkspaceBusy

    at = start("launch_plan", shop="My shop")

    def busy(_: object) -> None:
        raise WorkspaceBusy("Process 1 (python) has shop.duckdb open.")

    monkeypatch.setattr("core.shell_cache.opened", busy)
    at.run()
    assert not at.exception
    assert "Process 1" in said(at)


@pytest.mark.parametrize("there", [True, False], ids=["installed", "not installed"])
def test_grocery_shop_stands_in_the_chooser_where_its_package_is(start: Start, monkeypatch, there: bool):
    monkeypatch.setattr("core.journey.available", lambda: there)
    shops = start().segmented_control(key="shop_shown").options
    assert shops == ["Demo shop", "My shop", *(["Grocery shop"] if there else [])]
