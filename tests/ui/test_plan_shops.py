"""The launch plan in other shops: a smaller sheet, items that are gone, no sheet at all."""

import shutil
from pathlib import Path

from core import scenarios
from core.plans.overrides import Override
from core.scenarios import FIRST
from core.workspace import Workspace
from tests.conftest import Files, load_into
from tests.ui.conftest import Start
from tests.ui.reading import links, metrics, said
from tests.ui.test_launch_plan import grid, run


def test_wishes_for_a_large_shop_fit_a_smaller_one(start: Start, home: Path):
    shutil.copytree(home / "demo", home, dirs_exist_ok=True)
    with Workspace(home) as shop, shop.transaction() as cursor:
        cursor.execute("DELETE FROM new_items WHERE item_id NOT IN (SELECT item_id FROM new_items LIMIT 5)")
    at = start("launch_plan")
    at.slider(key="launches").set_value(35)
    at.multiselect(key="categories").set_value(list(at.multiselect(key="categories").options))
    run(at)
    at.segmented_control(key="shop_shown").set_value("My shop")
    run(at)
    assert len(grid(at)) <= 5
    assert at.slider(key="launches").value <= 5


def test_a_decision_that_was_taken_for_an_item_that_is_gone_does_no_harm(start: Start, home: Path):
    with Workspace(home / "demo") as shop:
        scenarios.override(shop, FIRST, [Override("GONE-1", launch=True, reason="it was there once")])
    at = start("launch_plan")
    assert metrics(at)["Items launched"] == "20"


def test_without_new_items_the_page_says_what_to_load(start: Start, home: Path, small_files: Files):
    with Workspace(home) as shop:
        load_into(shop, small_files.sales, "sales", "sales.csv")
    at = start("launch_plan", shop="My shop")
    assert "new items" in said(at) and "Load new items" in links(at)
