"""The Tracking page: launches against plan, what to do, one launch, matches, what people tell, and what is missing."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import scenarios, tracking
from core.track import paces
from core.track.pace import Pace
from core.workspace import Workspace
from tests import plans, tracked_shop
from tests.tracked_shop import MONDAY, approve, fill, promised
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, ending, labelled, links, metrics, said, table, tick

LAUNCHES = "Launches against their plan"


@pytest.fixture(scope="module")
def made_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tracked_shop.make(tmp_path_factory.mktemp("tracked"))


@pytest.fixture
def own(start: Start, home: Path, made_shop: Path) -> Start:
    """The page on this shop as the user's own; own(view="One item")."""
    for path in made_shop.iterdir():
        (home / path.name).symlink_to(path) if path.is_dir() else (home / path.name).write_bytes(path.read_bytes())
    return lambda **query: start("tracking", shop="My shop", **query)


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def text(at: AppTest) -> str:
    return " ".join(one.value for one in at.markdown).replace("\\", "")


def test_launches_stand_against_their_plan(own: Start):
    at = own()
    figures = metrics(at)
    assert (figures["On sale"], figures["Out of stock"], figures["Units sold"]) == ("2", "1", "52")
    (profit,) = [one for one in at.metric if one.label == "Expected profit"]
    assert profit.delta.startswith("planned ") and "8 in 10" in profit.delta
    rows = table(at, LAUNCHES).set_index("item_id")
    assert rows["status"].to_dict() == {"N-1": "Out of stock", "N-2": "As planned", "N-3": "Late"}
    assert rows["status"].iloc[0] == "Out of stock"  # what needs a look comes first
    assert rows.loc["N-2", "band"] and not rows.loc["N-3", "band"]
    assert table(at, "Products launched without a plan")["product_id"].tolist() == ["Z-9", "ELSE"]
    assert download(at, "download_launches")


@pytest.mark.parametrize("item", ["N-2", "N-3"])
def test_what_a_launch_is_expected_to_earn_has_a_band_whether_or_not_it_sells(own: Start, item: str):
    at = own(view="One item", item=item)
    profit = [one for one in at.metric if one.label == "Expected profit"][-1]
    band, plan = profit.delta.split("; ")
    low, high = (float(one.replace(",", "")) for one in band.removeprefix("8 in 10: ").split(" to "))
    assert low < float(profit.value.replace(",", "")) < high and plan.startswith("planned ")


def test_what_to_do_comes_first_with_its_worth_and_can_be_put_away_and_undone(own: Start):
    at = own()
    assert "Order" in text(at) and "worth **" in text(at) and "Owl lamp" in text(at)
    key = next(one.key for one in at.button if (one.key or "").startswith("dismiss_reorder")).removeprefix("dismiss_")
    assert at.button(key=f"dismiss_{key}").disabled
    at.text_input(key=f"why_{key}").set_value("no supplier")
    run(at)
    at.button(key=f"dismiss_{key}").click()
    run(at)
    assert not [one for one in at.button if one.key == f"dismiss_{key}"]
    assert "1 put away" in " ".join(one.label for one in at.expander)
    at.button(key="tracking_by_away_undo").click()
    run(at)
    assert at.button(key=f"dismiss_{key}")


def test_filters_and_search_narrow_the_table(own: Start):
    at = own(status="Late")
    assert table(at, LAUNCHES)["item_id"].tolist() == ["N-3"]
    labelled(at.get("button_group"), "Status").set_value([])
    run(at)
    at.text_input(key="tracking_search").set_value("hare")
    assert table(run(at), LAUNCHES)["item_id"].tolist() == ["N-2"]
    at.text_input(key="tracking_search").set_value("zebra")
    assert "No launch fits" in said(run(at))


def test_a_ticked_row_leads_to_the_launch(own: Start):
    at = tick(own(), LAUNCHES, 0)
    at.button(key="look_ticked").click()
    run(at)
    assert at.session_state["view"] == "One item" and at.header[0].value == "Fox mug"
    assert at.query_params["item"] == "N-1"


def test_one_launch_by_its_link(own: Start):
    at = own(item="N-2")
    assert at.header[0].value == "=Hare cup" and "As planned" in text(at)
    assert [chart.key for chart in at.get("plotly_chart")] == ["launch_weeks", "launch_around"]
    assert metrics(at)["Sold"] == "12"
    labelled(at.segmented_control, "Units").set_value("Summed up")
    run(at)
    at.selectbox(key="tracking_item").set_value("N-3")
    run(at)
    assert at.header[0].value.startswith("Owl lamp") and "Nothing of it is sold yet" in said(at)
    assert at.query_params["item"] == "N-3"


def test_what_large_orders_took_is_told_and_hardly_counts(own: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(paces, "kept", lambda *given: Pace(order=0.0, order_spread=0.5))
    at = own(item="N-1")
    assert "15 of the 40 units sold are what single orders took beyond their usual size" in caption(at)
    at.selectbox(key="tracking_item").set_value("N-2")
    assert "single orders" not in caption(run(at))


def test_a_link_to_an_item_of_no_plan_says_so(own: Start):
    assert "No approved plan launches the item" in said(own(item="<b>GONE</b>"))


def test_stock_that_arrived_is_noted(own: Start):
    at = own(item="N-1")
    assert "Out of stock" in text(at) and metrics(at)["Stock left"] == "0"
    labelled(at.number_input, "Units arrived").set_value(25)
    labelled(at.date_input, "On").set_value(MONDAY + timedelta(days=9))
    run(at)
    at.button(key="received_keep").click()
    run(at)
    assert metrics(at)["Stock left"] == "25"
    assert table(at, "What was told of this launch")["what"].tolist() == ["+25 units received on 14 Jan 2026"]
    ending(at.button, "tracking_by_stock_undo").click()
    assert metrics(run(at))["Stock left"] == "0"


def test_an_order_is_noted_arrives_and_can_be_taken_back_by_another(own: Start):
    at = own(item="N-1")
    at.text_input(key="tracking_by_stock").set_value("Ann")
    labelled(at.number_input, "Units ordered").set_value(30)
    labelled(at.date_input, "Due").set_value(MONDAY + timedelta(days=28))
    run(at)
    at.button(key="ordered_keep").click()
    run(at)
    (left,) = [one for one in at.metric if one.label == "Stock left"]
    assert left.delta == "of 40; 30 on order, due 02 Feb 2026" and "**30** ordered by Ann, due 02 Feb 2026" in text(at)
    assert "30 on order, due 02 Feb 2026" in text(at)  # why it is out of stock
    at.button(key="arrived_1").click()
    run(at)
    assert metrics(at)["Stock left"] == "30" and "It arrived" not in [one.label for one in at.button]
    at.text_input(key="tracking_by_stock").set_value("Bea")
    run(at)
    assert at.button(key="tracking_by_stock_undo").disabled  # Bea has told nothing
    tick(at, "What was told of this launch", 0)
    (back,) = [one for one in at.button if one.label.startswith("Take back: ")]
    assert back.label.replace("\\", "") == "Take back: +30 units received on 29 Jan 2026"
    back.click()
    run(at)
    assert metrics(at)["Stock left"] == "0"
    log = table(at, "What was told of this launch")
    assert log["made_by"].tolist() == ["Bea", "Ann", "Ann"] and log["undone"].tolist() == [False, True, False]
    assert log["what"].iloc[0] == "took back: +30 units received on 29 Jan 2026"


def test_what_is_put_away_says_why_and_is_brought_back(own: Start, home: Path):
    with Workspace(home) as shop:
        tracking.dismiss(shop, "late:1:N-3", "not raised any more", "Ann")
        tracking.dismiss(shop, f"no_match:{act(shop)}:N-3", "the supplier knows", "Ann")
    at = own()
    assert "1 put away" in " ".join(one.label for one in at.expander)
    assert "Put away by Ann, " in caption(at) and ": the supplier knows" in caption(at)
    next(one for one in at.button if (one.key or "").startswith("recall_")).click()
    run(at)
    assert not [one for one in at.expander if "put away" in one.label]
    assert "alert brought back (no match)" in table(at, "What was told of launches")["what"].tolist()


def act(shop: Workspace) -> int:
    found = scenarios.approved(shop.cursor())
    assert found is not None
    return found.act


def test_a_plan_taken_back_is_told_and_keeps_what_has_sold(own: Start, home: Path):
    with Workspace(home) as shop:
        scenarios.decline(shop, 0, "Cleo", "too *dear*")
    at = own()
    assert "was taken back by Cleo" in caption(at) and "(too *dear*)" in caption(at).replace("\\", "")
    rows = table(at, LAUNCHES).set_index("item_id")
    assert rows.index.tolist() == ["N-1", "N-2"] and rows["withdrawn"].all()
    at = own(view="Adjust the plan")
    assert "No plan is approved any more" in said(at) and not at.exception


def test_another_code_is_confirmed_and_taken_back(own: Start):
    at = own()
    assert "% alike" in text(at)
    at.button(key="match_N-3_Z-9").click()
    run(at)
    rows = table(at, LAUNCHES).set_index("item_id")
    assert rows.loc["N-3", "status"] != "Late" and rows.loc["N-3", "sold"] == 9
    assert "Sold under another code?" not in [one.value for one in at.header]
    at = own(item="N-3")
    assert "as somebody confirmed" in caption(at)
    at.button(key="detach_now").click()
    assert metrics(run(at))["Sold"] == "0"


def test_what_is_not_the_item_goes_away(own: Start):
    at = own()
    at.button(key="no_match_N-3_Z-9").click()
    assert "Sold under another code?" not in [one.value for one in run(at).header]


@pytest.mark.parametrize("view", ["By category", "Who was right", "Adjust the plan"])
def test_every_view_opens(own: Start, view: str):
    at = own(view=view)
    assert not at.error
    if view == "By category":
        sums = table(at, "Launches by category")
        assert sums["sold"].sum() == 52 and sums["category"].tolist() == ["Kitchen", "Living"]
        assert [chart.key for chart in at.get("plotly_chart")] == ["by_category"]


def test_the_way_from_the_launches_to_their_plan_is_told_on_tracking_and_overview(start: Start, home: Path):
    with Workspace(home) as shop:
        fill(shop)
        planned = plans.table()
        totals = {"profit": float(planned["profit"].sum()) - 12.0, "like_lost": 12.0}
        scenarios.approve(shop, 0, planned, "Bea", totals=totals, promise=promised(planned))
    for page in ("tracking", "overview"):
        at = start(page, shop="My shop")
        assert not at.exception and "less 12 that launches take from each other" in caption(at)


def test_nothing_sold_yet_says_what_to_load(start: Start, home: Path):
    with Workspace(home) as shop:
        fill(shop)
        approve(shop)
    at = start("tracking", shop="My shop")
    assert "None of these launches has sold yet" in said(at) and "Load sales" in links(at)
    assert table(at, LAUNCHES)["status"].tolist() == ["Coming"] * 3
    assert "Play" not in [one.label for one in at.button]  # of a real shop nobody knows what it would sell


def test_without_an_approved_plan_the_way_leads_to_one(start: Start):
    at = start("tracking")
    assert "No plan is approved yet" in said(at) and "Approve a launch plan" in links(at)
    assert not at.metric and not at.dataframe


def test_the_demo_shop_sells_on_at_the_press_of_a_button(start: Start, home: Path):
    with Workspace(home / "demo") as shop:
        table_ = of_the_demo_shop(shop)
        made = promised(table_, date(2025, 12, 28))
        scenarios.approve(shop, 0, table_, "Bea", promise=made)
    at = start("tracking")
    assert "As of 29 Dec 2025" in caption(at)
    at.segmented_control(key="play_weeks").set_value(1)
    run(at)
    at.button(key="play").click()
    at.run(timeout=120)
    assert not at.exception and not at.error
    assert "As of 05 Jan 2026" in caption(at)
    assert set(table(at, LAUNCHES)["status"]) == {"Coming"}
    assert at.button(key="play_undo").label == "Take back 29 Dec to 04 Jan 2026"
    at.button(key="play_undo").click()
    at.run(timeout=120)
    assert not at.exception and not at.error
    assert "As of 29 Dec 2025" in caption(at) and not [one for one in at.button if one.key == "play_undo"]


def of_the_demo_shop(shop: Workspace) -> pd.DataFrame:
    """A plan that launches three new items of the demo shop in February."""
    sheet = shop.cursor().execute("SELECT item_id, title, category FROM new_items ORDER BY item_id LIMIT 6").df()
    return plans.table().assign(
        item_id=sheet["item_id"], title=sheet["title"], category=sheet["category"],
        launch_week=pd.Timestamp("2026-02-02"),
    )  # fmt: skip


def test_many_alerts_become_a_table_from_which_each_can_be_taken_up(start: Start, home: Path):
    with Workspace(home) as shop:
        fill(shop)
        approve(shop, plans.table().assign(launch="yes", launch_week=plans.FIRST))
        tracked_shop.sell(shop, [(MONDAY + timedelta(days=20), "OLD", 1, 8.0)], "more.csv")
    at = start("tracking", shop="My shop")
    assert len([one for one in at.button if (one.key or "").startswith("look_late")]) == 5
    assert table(at, "More to do")["kind"].tolist() == ["Late"]
    tick(at, "More to do", 0)
    assert len([one for one in at.button if (one.key or "").startswith("look_late")]) == 6


def test_a_damaged_promise_says_so_and_breaks_nothing(own: Start, home: Path):
    with Workspace(home) as shop, shop.transaction(data=False) as cursor:
        cursor.execute("""UPDATE approved_plans SET promise = '{"until": "2026-01-04"}'""")
    assert "cannot be read" in said(own())
