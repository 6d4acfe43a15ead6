"""The Launch plan: objective, number of launches, best week, filters, and the file to take along."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.plan import COLUMNS
from core.workspace import Workspace
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, metrics, said, table


@pytest.fixture
def plan_page(start: Start) -> AppTest:
    return start("launch_plan")


def objective(at: AppTest, name: str) -> AppTest:
    at.segmented_control(key="objective").set_value(name).run()
    assert not at.exception
    return at


@pytest.mark.parametrize("name", ["profit", "revenue"])
def test_items_are_ranked_by_the_objective(plan_page: AppTest, name: str):
    worth = table(objective(plan_page, name), "Launch plan")[name]
    assert worth.is_monotonic_decreasing


def test_preference_ranks_by_buyers_times_price(plan_page: AppTest):
    plan = table(objective(plan_page, "preference"), "Launch plan")
    assert (plan["buyers"] * plan["price"]).is_monotonic_decreasing


def test_objective_changes_the_order(plan_page: AppTest):
    by_profit = table(plan_page, "Launch plan")["item_id"].tolist()
    assert table(objective(plan_page, "preference"), "Launch plan")["item_id"].tolist() != by_profit


@pytest.mark.parametrize("count", [1, 7, 40])
def test_slider_says_how_many_are_launched(plan_page: AppTest, count: int):
    plan_page.slider(key="launches").set_value(count).run()
    plan = table(plan_page, "Launch plan")
    assert (plan["launch"] == "yes").sum() == count
    assert metrics(plan_page)["Items launched"] == str(count)
    assert metrics(plan_page)["Expected profit"] == f"{plan.loc[plan['launch'] == 'yes', 'profit'].sum():,.0f}"


def test_slider_keeps_its_value_on_the_way_to_another_page_and_back(plan_page: AppTest):
    plan_page.slider(key="launches").set_value(7).run()
    plan_page.switch_page("pages/model.py").run()
    plan_page.switch_page("pages/launch_plan.py").run()
    assert plan_page.slider(key="launches").value == 7


def test_best_week_is_worth_at_least_the_earliest(plan_page: AppTest):
    earliest = table(plan_page, "Launch plan").set_index("item_id")
    plan_page.toggle(key="best_week").set_value(True).run()
    best = table(plan_page, "Launch plan").set_index("item_id").reindex(earliest.index)
    assert (best["profit"] >= earliest["profit"]).all()
    assert (best["launch_week"] > earliest["launch_week"]).any()


def test_category_filters_the_table_and_not_the_plan(plan_page: AppTest):
    before = metrics(plan_page)
    plan_page.multiselect(key="categories").select("Garden").run()
    plan = table(plan_page, "Launch plan")
    assert set(plan["category"]) == {"Garden"}
    assert f"{len(plan)} of 40 items" in caption(plan_page)
    assert metrics(plan_page) == before


def test_toggle_leaves_only_what_is_launched(plan_page: AppTest):
    plan_page.toggle(key="only_launched").set_value(True).run()
    assert table(plan_page, "Launch plan")["launch"].tolist() == ["yes"] * 20
    assert "20 of 40 items" in caption(plan_page)


def test_plan_can_be_downloaded(plan_page: AppTest):
    assert download(plan_page, "download_plan").label == "Download the launch plan"
    assert set(table(plan_page, "Launch plan").columns) <= set(COLUMNS)


def test_every_item_has_its_reason(plan_page: AppTest):
    assert table(plan_page, "Launch plan")["reason"].str.len().gt(10).all()
    assert not said(plan_page)


def test_wishes_for_a_large_shop_fit_a_smaller_one(start: Start, home: Path):
    """Slider and filters keep their values from page to page, and so from shop to shop."""
    shutil.copytree(home / "demo", home, dirs_exist_ok=True)
    with Workspace(home) as shop, shop.transaction() as cursor:
        cursor.execute("DELETE FROM new_items WHERE item_id NOT IN (SELECT item_id FROM new_items LIMIT 5)")
    at = start("launch_plan")
    at.slider(key="launches").set_value(35).run()
    at.multiselect(key="categories").set_value(list(at.multiselect(key="categories").options)).run()
    at.segmented_control(key="shop_shown").set_value("My shop").run()
    assert not at.exception
    assert len(table(at, "Launch plan")) == 5
    assert at.slider(key="launches").value <= 5
