"""The Launch plan: aim and number, settings, what needs a look, decisions by hand, calendar, why, handing over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import scenarios, shell_cache
from core.plan import COLUMNS, Wishes
from core.scenarios import FIRST, Thresholds
from core.track import paces
from core.track.pace import Pace
from core.workspace import Workspace
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, metrics, said, table

GRID = "Launch plan"
Change = Callable[..., AppTest]


@pytest.fixture
def home(kept_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One for all of this file, with nothing decided. How its launches move is learnt in tests of that."""
    monkeypatch.setenv("DEBUT_HOME", str(kept_home))
    monkeypatch.setattr(paces, "kept", lambda *_: Pace())
    clean(opened(kept_home))
    return kept_home


@pytest.fixture
def plan_page(start: Start) -> AppTest:
    return start("launch_plan")


def grid(at: AppTest) -> pd.DataFrame:
    """The rows of the grid, with what is typed."""
    return next(one for one in at.get("data_editor") if one.proto.alt == GRID).value


def type_in(at: AppTest, item: str, **cells: Any) -> AppTest:
    """Type into an item's row."""
    key = at.session_state[f"plan_grid_key:Demo shop:{FIRST}"]
    rows = at.session_state[f"plan_grid_rows:Demo shop:{FIRST}"]
    at.session_state[key] = {"edited_rows": {rows.index(item): cells}, "added_rows": [], "deleted_rows": []}
    return run(at)


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return run(at)


def objective(at: AppTest, name: str) -> AppTest:
    at.segmented_control(key="objective").set_value(name)
    return run(at)


def send(at: AppTest, **values: Any) -> AppTest:
    """Fill in settings by their labels, and plan again."""
    every = [*at.number_input, *at.selectbox, *at.slider, *at.toggle, *at.multiselect]
    for label, value in values.items():
        labelled(every, label).set_value(value)
    return press(at, "plan_again")


def opened(home: Path) -> Workspace:
    """The demo shop as the app has it open: a process opens it once."""
    return shell_cache.opened(home / "demo")


def clean(shop: Workspace) -> None:
    """As if nobody had ever planned in it."""
    with shop.transaction(data=False) as cursor:
        for statement in ("scenario_acts", "approved_plans", "settings WHERE name = 'plan_thresholds'"):
            cursor.execute(f"DELETE FROM {statement}")


def text(at: AppTest) -> str:
    return " ".join(one.value for one in at.markdown)


def written(at: AppTest) -> str:
    """All of it, without the marks that keep Markdown from formatting."""
    return (said(at) + text(at)).replace("\\", "")


# The list


def test_the_plan_stands_with_its_figures_its_band_and_how_good_it_is(plan_page: AppTest):
    rows = grid(plan_page)
    assert set(rows) >= set(COLUMNS) and len(rows) == 40
    assert (rows["launch"] == "yes").sum() == int(metrics(plan_page)["Items launched"]) == 20
    assert rows["reason"].str.len().gt(10).all()
    (profit,) = [one for one in plan_page.metric if one.label == "Expected profit"]
    low, high = (float(one.replace(",", "")) for one in profit.delta.removeprefix("8 in 10: ").split(" to "))
    assert low < float(profit.value.replace(",", "")) < high
    assert "No plan under these settings is better" in text(plan_page) and "is worth" in text(plan_page)
    assert not said(plan_page)


@pytest.mark.parametrize("name", ["revenue", "preference", "blend"])
def test_the_aim_changes_what_is_launched(plan_page: AppTest, name: str):
    before = set(grid(plan_page).query("launch == 'yes'")["item_id"])
    after = grid(objective(plan_page, name))
    assert set(after.query("launch == 'yes'")["item_id"]) != before
    assert "tried, not kept" in text(plan_page)


def test_the_blend_has_a_slider_between_its_two(plan_page: AppTest):
    objective(plan_page, "blend")
    profit = {}
    for share in (0, 100):
        plan_page.slider(key="plan_blend").set_value(share)
        profit[share] = float(metrics(run(plan_page))["Expected profit"].replace(",", ""))
    assert profit[0] >= profit[100]


def test_the_slider_says_how_many_are_launched_and_keeps_that_on_other_pages(plan_page: AppTest):
    for count in (1, 7):
        plan_page.slider(key="launches").set_value(count)
        run(plan_page)
        assert metrics(plan_page)["Items launched"] == str(count)
    plan_page.switch_page("pages/model.py").run()
    plan_page.switch_page("pages/launch_plan.py").run()
    assert plan_page.slider(key="launches").value == 7
    press(plan_page, "plan_forget")
    assert plan_page.slider(key="launches").value == Wishes().launches


def test_filters_narrow_the_grid_and_not_the_plan(plan_page: AppTest):
    before = metrics(plan_page)
    plan_page.multiselect(key="categories").select("Garden")
    run(plan_page)
    rows = grid(plan_page)
    assert set(rows["category"]) == {"Garden"} and f"{len(rows)} of 40 items" in caption(plan_page)
    plan_page.toggle(key="only_launched").set_value(True)
    run(plan_page)
    assert set(grid(plan_page)["launch"]) == {"yes"}
    plan_page.text_input(key="plan_search").set_value("no such words")
    run(plan_page)
    assert grid(plan_page).empty and metrics(plan_page) == before


def test_what_needs_a_look_comes_first_and_narrows_the_grid(plan_page: AppTest):
    found = table(plan_page, "Items that need a look")
    assert found["words"].str.len().gt(5).all() and found["do"].str.len().gt(5).all()
    kind = next(name for name, one in scenarios.KINDS.items() if one.label == found["what"].iloc[-1])
    plan_page.button_group(key="plan_kinds").set_value([kind])
    run(plan_page)
    narrowed = table(plan_page, "Items that need a look")
    assert set(grid(plan_page)["item_id"]) == set(narrowed["item_id"])


# Settings


def test_settings_are_tried_kept_undone(plan_page: AppTest, home: Path):
    at = send(plan_page, **{"Budget for opening stock": 8_000.0, "Launches a week at most": 2, "Prices": True})
    assert float(metrics(at)["Opening stock"].replace(",", "")) <= 8_000
    assert grid(at).query("launch == 'yes'")["launch_week"].value_counts().max() <= 2
    assert "of stock budget is worth" in text(at)
    at.text_input(key="plan_by_settings").set_value("Ann")
    press(at, "plan_keep")
    assert "tried, not kept" not in text(at)
    kept = scenarios.get(opened(home).cursor())
    assert (kept.wishes.stock_budget, kept.wishes.prices, kept.changed_by) == (8_000.0, "choose", "Ann")
    press(at, "plan_undo")
    assert float(metrics(at)["Opening stock"].replace(",", "")) > 8_000


def test_every_setting_reaches_the_wishes(plan_page: AppTest):
    items = grid(plan_page)["item_id"].tolist()
    at = send(
        plan_page,
        **{
            "Budget for ads": 500.0,
            "Margin at least (%)": 30.0,
            "Items at least": 2,
            "Buy": "service",
            "Target (%)": 80,
            "What is left over is worth (% of its cost)": 20,
            "Caution (%)": 40,
            "The week of each launch": False,
            "Money for ads": True,
            "Keep to lead times": False,
            "Of near twins, one at most": True,
            "Weeks between similar items": 1,
            "Must be launched": [items[-1]],
            "Must not be launched": [items[0]],
        },
    )
    wishes = at.session_state[f"plan_tried:Demo shop:{FIRST}"]
    assert wishes == Wishes(
        ads_budget=500.0,
        min_margin=0.3,
        least=2,
        stock_rule="service",
        target=0.8,
        leftover=0.2,
        risk=0.4,
        weeks="earliest",
        ads="choose",
        lead_times=False,
        twins=True,
        spacing=1,
        must=(items[-1],),
        must_not=(items[0],),
    )
    launched = set(grid(at).query("launch == 'yes'")["item_id"])
    assert items[-1] in launched and items[0] not in launched


def test_settings_that_clash_are_named_and_mended_by_a_button(plan_page: AppTest):
    at = send(plan_page, **{"Items at least": 25})
    assert "at most 20 items in all" in written(at) and "at least 25 items in all" in written(at)
    assert not at.metric
    press(at, "plan_relief")
    assert int(metrics(at)["Items launched"]) in (20, 25) and not at.error


def test_one_may_go_back_from_a_clash(plan_page: AppTest):
    at = send(plan_page, **{"Items at least": 25})
    press(at, "plan_back")
    assert metrics(at)["Items launched"] == "20"


# Decisions by hand


def test_a_decision_needs_a_reason_is_kept_planned_around_and_undone(plan_page: AppTest, home: Path):
    before = grid(plan_page).set_index("item_id")
    item = before.index[0]
    at = type_in(plan_page, item, price=19.5, opening_stock=77)
    assert "price 19.50, stock 77" in text(at)
    press(at, "plan_override")
    assert "Say why" in said(at)
    at.text_input(key="plan_why").set_value("agreed with the supplier")
    at.text_input(key="plan_by_grid").set_value("Ann")
    press(at, "plan_override")
    row = grid(at).set_index("item_id").loc[item]
    assert (row["price"], row["opening_stock"], bool(row["locked"])) == (19.5, 77, True)
    assert row["override_reason"] == "agreed with the supplier" and row["fixed"] == "price, stock"
    log = table(at, "What was done so far")
    assert log["made_by"][0] == "Ann" and log["reason"][0] == "agreed with the supplier"
    assert [one.price for one in scenarios.get(opened(home).cursor()).overrides] == [19.5]
    press(at, "plan_undo")
    assert grid(at).set_index("item_id").loc[item, "price"] == before.loc[item, "price"]
    assert not grid(at)["locked"].any()


def test_what_is_typed_survives_another_number_of_items(plan_page: AppTest):
    item = grid(plan_page)["item_id"][3]
    at = type_in(plan_page, item, opening_stock=33)
    at.slider(key="launches").set_value(9)
    run(at)
    assert "stock 33" in text(at)
    assert grid(at).set_index("item_id").loc[item, "opening_stock"] == 33
    press(at, "plan_forget_edits")
    assert "Typed, not kept" not in text(at)


def test_an_item_is_locked_out_and_left_to_the_plan_again(plan_page: AppTest):
    item = grid(plan_page)["item_id"][0]
    at = type_in(plan_page, item, launches=False)
    at.text_input(key="plan_why").set_value("not this season")
    press(at, "plan_override")
    assert grid(at).set_index("item_id").loc[item, "launch"] == "no"
    assert "Fixed by hand: 1 item" in caption(at)
    at = type_in(at, item, locked=False)
    press(at, "plan_override")  # to take a decision back needs no reason
    assert grid(at).set_index("item_id").loc[item, "launch"] == "yes"


def test_a_decision_that_cannot_be_is_refused_in_words(plan_page: AppTest):
    item = grid(plan_page)["item_id"][0]
    at = type_in(plan_page, item, price=1e15)
    at.text_input(key="plan_why").set_value("why not")
    press(at, "plan_override")
    assert item in said(at) and not at.exception


# Scenarios and links


def test_settings_become_a_scenario_with_a_link(plan_page: AppTest, start: Start):
    at = objective(plan_page, "revenue")
    at.text_input(key="plan_new_name").set_value("Revenue *first*")
    run(at)
    press(at, "plan_save_as")
    number = at.selectbox(key="scenario_shown").value
    assert number > FIRST
    assert at.segmented_control(key="objective").value == "revenue" and "tried, not kept" not in text(at)
    other = start("launch_plan", scenario=str(number))
    assert other.segmented_control(key="objective").value == "revenue"
    other.selectbox(key="scenario_shown").set_value(FIRST)
    run(other)
    assert other.segmented_control(key="objective").value == "profit"
    assert str(FIRST) in other.query_params["scenario"]


@pytest.mark.parametrize("asked", ["99", "x", "-1", "²"])
def test_a_link_to_no_scenario_says_so_and_shows_the_first(start: Start, asked: str):
    at = start("launch_plan", scenario=asked)
    assert "no scenario" in said(at)
    assert at.selectbox(key="scenario_shown").value == FIRST


# The other views


def test_the_calendar_sums_to_the_plan(start: Start):
    at = start("launch_plan", view="Calendar")
    for name in ("Sums by category", "Sums by week of launch"):
        assert table(at, name)["launches"].sum() == 20
    assert {one.key for one in at.get("plotly_chart")} == {"plan_calendar", "plan_launches", "plan_categories"}
    assert metrics(at)["Items"] == "20"


def test_why_an_item_is_in_and_what_its_stock_risks(start: Start):
    at = start("launch_plan", view="Why")
    assert "**Launched**" in text(at) and "Were it left out" in text(at)
    assert {"Chance to run out", "Left over", "Weeks of cover", "To order now"} <= set(metrics(at))
    points = table(at, "The stock at which to order, by week")
    assert (points["point"] >= points["expected"].round() - 1).all()
    curve = table(at, "Service level against stock cost")
    assert curve["service_level"].is_monotonic_increasing and curve["lost_units"].is_monotonic_decreasing
    planned = int(metrics(at)["Pieces bought"].replace(",", ""))
    labelled(at.number_input, "Units sold so far").set_value(planned)
    before = int(metrics(at)["To order now"].replace(",", ""))
    after = metrics(run(at))
    assert int(after["To order now"].replace(",", "")) >= max(before, 1)
    assert labelled(at.number_input, "Pieces left").value == 0
    (order,) = [one for one in at.metric if one.label == "To order now"]
    assert float(order.delta.removeprefix("worth ").replace(",", "")) > 0
    ahead = table(at, "The second buy, did the first weeks sell low, as expected or high")
    assert ahead["order_from"].dropna().between(0, planned).all() and ahead["order_from"].notna().any()
    assert ahead["chance"].between(0, 100).all()
    assert "plan_again_chart" in {one.key for one in at.get("plotly_chart")}


def test_why_an_item_is_out_and_what_would_change_that(start: Start):
    at = start("launch_plan", view="Why")
    code = at.selectbox(key="plan_item").options[20].rpartition("(")[2].rstrip(")")
    other = start("launch_plan", view="Why", item=code)
    assert "**Not launched.**" in text(other) and "Were it launched all the same" in text(other)
    at = start("launch_plan", view="Why", item="no such")
    assert "no item of that code" in said(at)


def test_a_plan_is_proposed_approved_and_a_draft_again(start: Start, home: Path):
    at = start("launch_plan", view="Hand over")
    press(at, "plan_propose")
    assert "waits for a person" in said(at) and "**proposed**" in text(at)
    name = at.text_input(key="plan_by_approval")
    assert name.placeholder == "Needed to approve" and at.button(key="plan_approve").disabled
    name.set_value("Bea")
    run(at)
    press(at, "plan_approve")
    assert at.text_input(key="plan_by_approval").placeholder == "Optional"
    assert "**approved**" in text(at) and table(at, "Plans approved so far")["made_by"].tolist() == ["Bea"]
    kept = scenarios.approved(opened(home).cursor())
    assert kept is not None and kept.promise is not None and len(kept.promise.items) == 20
    assert "Follow up its launches" in links(at)
    at.text_input(key="plan_note").set_value("budget cut")
    run(at)
    press(at, "plan_decline")
    assert "**draft**" in text(at)


def test_a_plan_within_the_limits_is_approved_at_once(start: Start, home: Path):
    scenarios.keep_thresholds(opened(home), Thresholds(automatic=True, stock_money=1e9))
    at = press(start("launch_plan", view="Hand over"), "plan_propose")
    assert "**approved**" in text(at)


def test_the_limits_are_kept(start: Start, home: Path):
    at = start("launch_plan", view="Hand over")
    at.toggle(key="limit_automatic").set_value(True)
    at.number_input(key="limit_change").set_value(25.0)
    press(at, "plan_keep_limits")
    assert scenarios.thresholds(opened(home).cursor()) == Thresholds(automatic=True, change=0.25)


def test_settings_that_are_only_tried_cannot_be_approved(plan_page: AppTest):
    at = objective(plan_page, "revenue")
    at.segmented_control(key="view").set_value("Hand over")
    run(at)
    assert "not kept yet" in said(at)
    assert "plan_propose" not in {one.key for one in at.button}


def test_the_files_can_be_downloaded(start: Start):
    at = start("launch_plan", view="Hand over")
    for key in ("plan_xlsx", "plan_csv", "plan_orders", "plan_summary", "plan_ads_search"):
        assert download(at, key)
    assert set(table(at, "Columns of the plan").iloc[:, 0]) >= set(COLUMNS)


def test_a_changed_file_comes_back_as_decisions(start: Start, home: Path):
    at = start("launch_plan")
    row = grid(at).iloc[0]
    item = row["item_id"]
    at.segmented_control(key="view").set_value("Hand over")
    run(at)
    content = f"item_id,launch,price,override_reason\n{item},no,{row['price']:.2f},too *late*\n".encode()
    at.file_uploader(key="plan_file").upload("plan.csv", content, "text/csv")
    run(at)
    assert "1 of 1 items differ" in text(at)
    press(at, "plan_take_over")
    (own,) = scenarios.get(opened(home).cursor()).overrides
    assert (own.item_id, own.launch) == (item, False) and own.reason.startswith("too *late*")


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"name,colour\nfox,red\n", b"item_id,price\nGAR-1,dear\n"])
def test_a_file_that_is_no_plan_is_refused_in_words(start: Start, content: bytes):
    at = start("launch_plan", view="Hand over")
    at.file_uploader(key="plan_file").upload("plan.csv", content, "text/csv")
    run(at)
    assert said(at) or text(at)
    assert "plan_take_over" not in {one.key for one in at.button}
