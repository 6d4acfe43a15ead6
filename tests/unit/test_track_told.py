"""What people tell of launches beyond sales: orders, alerts put away and brought back, undo, approvals taken back."""

import math
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from core import history, new_items, scenarios, tracking
from core.errors import DebutError
from core.morning import news
from core.scenarios import FIRST
from core.track import acts, attached, bridge, played
from core.track.launches import counted_ads
from core.tracking import Tracking
from core.workspace import Workspace
from tests import plans, tracked_shop
from tests.conftest import load_into
from tests.tracked_shop import MONDAY, UNTIL, approve, promised, sell


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """N-1 is sold out, N-2 goes as planned, N-3 has not sold; see `tracked_shop.make`."""
    return tracked_shop.make(tmp_path_factory.mktemp("made") / "shop")


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(shutil.copytree(made, tmp_path / "shop")) as workspace:
        yield workspace


def opened(shop: Workspace) -> Tracking:
    return tracking.opened(shop, history.read(shop.cursor()))


def of(tracked: Tracking, item: str) -> pd.Series:
    return tracked.launches.set_index("item_id").loc[item]


# On order


def test_more_opening_stock_than_planned_is_counted_before_anything_is_sold(shop: Workspace):
    before = of(opened(shop), "N-3")
    tracking.ordered(shop, "N-3", 10 * before["opening_stock"], date(2026, 2, 2), "Ann")
    now = of(opened(shop), "N-3")
    assert now["opening_stock"] == 10 * before["opening_stock"]
    assert now["profit_now"] < before["profit_now"] and now["profit_plan"] == before["profit_plan"]


def test_the_log_of_a_launch_is_its_own_however_much_others_have(shop: Workspace):
    tracking.received(shop, "N-1", 5, date(2026, 1, 9), "Ann")
    for day in range(6):
        tracking.received(shop, "N-2", 1, date(2026, 1, 9) + timedelta(days=day), "Ann")
    assert acts.log(shop.cursor(), most=3)["item_id"].tolist() == ["N-2"] * 3
    assert acts.log(shop.cursor(), "N-1", most=3)["what"].tolist() == ["+5 units received on 09 Jan 2026"]


def test_an_order_makes_the_alert_smaller_or_silent_and_is_bought(shop: Workspace):
    before = opened(shop)
    alert = before.alerts.set_index("kind").loc["reorder"]
    tracking.ordered(shop, "N-1", 30, before.today, "Ann")
    now = opened(shop)
    row = of(now, "N-1")
    assert (row["on_order"], row["due"].date(), row["stock_left"]) == (30, before.today, 0)
    assert "30 on order, due" in row["why"] and row["status"] == "out of stock"
    less = now.alerts.set_index("kind")["worth"].get("reorder", 0.0)
    assert less < alert["worth"] - 5
    sold = min(float(now.courses["N-1"].remaining.mean()), 30.0)
    assert 0 < sold <= 30 and row["profit_now"] > of(before, "N-1")["profit_now"]
    tracking.ordered(shop, "N-1", 2000, before.today, "Ann")
    swamped = opened(shop)
    assert "reorder" not in set(swamped.alerts["kind"])
    assert of(swamped, "N-1")["profit_now"] < row["profit_now"]  # most of it is left over


def test_what_arrives_is_no_longer_on_order_and_an_order_is_undone(shop: Workspace):
    tracking.ordered(shop, "N-1", 30, date(2026, 2, 2), "Ann")
    tracking.received(shop, "N-1", 20, date(2026, 1, 28), "Ann")
    row = of(opened(shop), "N-1")
    assert (row["on_order"], row["received"], row["stock_left"]) == (10, 20, 20)
    assert tracking.undo(shop, "Ann").startswith("N-1: +20 units received")
    assert tracking.undo(shop, "Ann").startswith("N-1: 30 units ordered, due 02 Feb 2026 by Ann")
    assert of(opened(shop), "N-1")["on_order"] == 0


def test_what_is_ordered_before_the_first_sale_is_the_opening_stock(shop: Workspace):
    tracking.ordered(shop, "N-3", 25, date(2026, 2, 2), "Ann")
    row = of(opened(shop), "N-3")
    assert (row["opening_stock"], row["on_order"], row["stock_left"]) == (25, 25, 25)
    tracking.attach(shop, "N-3", "Z-9", "Ann")
    row = of(opened(shop), "N-3")
    assert (row["opening_stock"], row["on_order"], row["stock_left"]) == (25, 0, 16)  # on sale, so it is there
    tracking.received(shop, "N-3", 25, date(2026, 1, 20), "Ann")
    assert of(opened(shop), "N-3")["stock_left"] == 16  # that was it, and no more came


@pytest.mark.parametrize("units", [0, -5, math.nan, math.inf, 1e9])
def test_an_order_that_cannot_be_is_refused(shop: Workspace, units: float):
    with pytest.raises(DebutError, match="Give the units that are ordered"):
        tracking.ordered(shop, "N-1", units, MONDAY)
    with pytest.raises(DebutError, match="No approved plan launches"):
        tracking.ordered(shop, "N-4", 5, MONDAY)


# Put away, and undo


def test_an_alert_put_away_says_by_whom_when_and_why_and_is_brought_back(shop: Workspace):
    alert = opened(shop).alerts.iloc[0]
    tracking.dismiss(shop, alert["key"], "no supplier", "Ann", alert["worth"])
    row = opened(shop).alerts.set_index("key").loc[alert["key"]]
    assert (row["away_by"], row["away_why"]) == ("Ann", "no supplier") and pd.notna(row["away_at"])
    tracking.recall(shop, alert["key"], "Bea")
    assert not opened(shop).alerts["dismissed"].any()
    with pytest.raises(DebutError, match="back already"):
        tracking.recall(shop, alert["key"], "Bea")
    assert tracking.log(shop.cursor())["what"].iloc[0] == "alert brought back (reorder)"


def test_each_takes_back_the_own_and_anybody_any_of_the_list(shop: Workspace):
    tracking.received(shop, "N-1", 5, MONDAY, "Ann")
    tracking.received(shop, "N-2", 7, MONDAY, "Bea")
    tracking.received(shop, "N-2", 9, MONDAY)
    assert "+9 units" in tracking.last(shop.cursor(), "") and "+5 units" in tracking.last(shop.cursor(), " ann ")
    assert tracking.undo(shop, "Cleo") == "" and "+5 units" in tracking.undo(shop, "ann")
    assert tracking.undo(shop, "Ann") == ""
    theirs = tracking.log(shop.cursor()).set_index("what")["act"]["+7 units received on 05 Jan 2026"]
    assert "by Bea" in tracking.take_back(shop, theirs, "Ann")
    with pytest.raises(DebutError, match="taken back already"):
        tracking.take_back(shop, theirs, "Ann")
    log = tracking.log(shop.cursor())
    assert log["what"].iloc[0] == "took back: +7 units received on 05 Jan 2026" and log["made_by"].iloc[0] == "Ann"
    assert tracking.undo(shop, "Ann") == ""  # who took something back has told nothing
    with pytest.raises(DebutError, match="taken back already"):
        tracking.take_back(shop, int(log["act"].iloc[0]), "Bea")
    assert "+9 units" in tracking.undo(shop)  # of whomever


def test_a_match_taken_back_from_the_list_is_other_data(shop: Workspace):
    tracking.attach(shop, "N-3", "Z-9", "Ann")
    version, act = shop.version, int(tracking.log(shop.cursor())["act"].iloc[0])
    tracking.take_back(shop, act, "Bea")
    assert shop.version == version + 1 and "N-3" not in tracking.launched(shop.cursor())


# Approvals taken back


def test_a_plan_taken_back_keeps_only_what_has_sold(shop: Workspace):
    seen = tracking.stamp(shop.cursor())
    scenarios.decline(shop, FIRST, "Cleo", "too dear")
    assert tracking.stamp(shop.cursor()) != seen
    now = opened(shop)
    assert now.launches["item_id"].tolist() == ["N-1", "N-2"] and now.launches["withdrawn"].all()
    assert now.standing == {} and bridge.bridge(now) == ""
    (said,) = bridge.taken_back(now)
    assert "was taken back by Cleo" in said and "(too dear)" in said and "2 had sold or have since, and are" in said
    assert "N-3" in set(new_items.read(shop.cursor(), history.read(shop.cursor())).items["item_id"])
    assert news(shop.cursor(), now.today).since is None
    with pytest.raises(DebutError, match="No approved plan launches N-3"):
        tracking.received(shop, "N-3", 5, MONDAY)
    scenarios.undo(shop)  # of the decline
    assert opened(shop).launches["item_id"].tolist() == ["N-1", "N-2", "N-3"]


def test_a_plan_approved_once_more_has_what_has_not_sold(shop: Workspace):
    approve(shop, until=MONDAY + timedelta(days=30))  # takes the first back
    rows = opened(shop).launches.set_index("item_id")
    assert rows["withdrawn"].to_dict() == {"N-1": True, "N-2": True, "N-3": False}
    assert rows.loc["N-3", "act"] > rows.loc["N-1", "act"]


def test_a_proposal_that_is_declined_takes_no_approval_back(shop: Workspace):
    scenarios.override(shop, FIRST, [scenarios_override()], "Ann")
    scenarios.propose(shop, FIRST, "Ann")
    scenarios.decline(shop, FIRST, "Cleo", "not yet")
    assert attached.withdrawn(shop.cursor()) == {} and len(opened(shop).launches) == 3


def scenarios_override() -> object:
    from core.plan import Override

    return Override("N-4", price=70.0, reason="cheaper")


def test_nothing_left_of_a_plan_taken_back_is_told(workspace: Workspace):
    tracked_shop.fill(workspace)
    approve(workspace)
    scenarios.decline(workspace, FIRST, "", "a trial")
    now = opened(workspace)
    assert now.launches.empty and "None of its launches is followed up" in bridge.taken_back(now)[0]


# Ads and profit


def test_planned_ads_of_a_window_that_is_over_count_and_say_so(shop: Workspace):
    assert counted_ads(20.0, 5.0, over=False) == (20.0, "") and counted_ads(20.0, 30.0, over=False) == (30.0, "")
    assert counted_ads(20.0, 5.0, over=True) == (5.0, "") and counted_ads(0.0, 0.0, over=True) == (0.0, "")
    assert counted_ads(20.0, 0.0, over=True) == (20.0, "planned; no spend was told")
    sell(shop, [(MONDAY + timedelta(weeks=12), "OLD", 1, 8.0)], "later.csv")
    load_into(shop, "date,channel,spend,product_id\n2026-01-08,search,4,N-2\n", "ads", "ads.csv")
    rows = opened(shop).launches.set_index("item_id")
    assert rows["of_ads"].to_dict() == {"N-1": "planned; no spend was told", "N-2": "", "N-3": ""}
    assert rows["ads_counted"].to_dict() == {"N-1": 20.0, "N-2": 4.0, "N-3": 0.0}


def test_the_way_from_the_launches_to_their_plan_is_told(workspace: Workspace):
    tracked_shop.fill(workspace)
    table = plans.table()
    each = float(table["profit"].sum())
    totals = {"profit": each - 12.0, "like_lost": 12.0}
    scenarios.approve(workspace, FIRST, table, "Bea", totals=totals, promise=promised(table, UNTIL))
    now = opened(workspace)
    assert bridge.bridge(now) == (
        f"The plan says {each - 12:,.0f}: the {each:,.0f} planned of each by itself, less 12 that launches take from "
        "each other."
    )
    (one,) = now.approved.values()
    assert f"the plan said {each - 12:,.0f}, as launches take 12 from each other" in bridge.of_plan(one)


# Weeks that were played


def test_a_period_that_was_played_is_undone_as_one(shop: Workspace):
    assert played.last(shop.cursor()) is None
    for number, name in enumerate(("sales", "products")):
        text = ("date,product_id,units\n2026-02-02,N-2,3\n", "product_id,title\nNEW,Fox\n")[number]
        load_into(shop, text, name, played.file_name(name, date(2026, 2, 2), date(2026, 2, 8)))
    period = played.last(shop.cursor())
    assert period is not None and len(period.batches) == 2 and period.last == date(2026, 2, 8)
    before = shop.cursor().execute("SELECT count(*) FROM batches").fetchone()
    played.undo(shop, period)
    after = shop.cursor().execute("SELECT count(*) FROM batches").fetchone()
    assert before is not None and after is not None and after[0] == before[0] - 2
    assert played.last(shop.cursor()) is None
    with pytest.raises(DebutError, match="taken back already"):
        played.undo(shop, period)


def test_every_kind_of_act_has_words(shop: Workspace):
    """A row of an act that nobody can read would stop the page."""
    tracking.ordered(shop, "N-1", 30, MONDAY, "Ann")
    tracking.detach(shop, "N-3", "Z-9", "Ann")
    assert tracking.log(shop.cursor())["what"].tolist() == [
        "no longer matched with Z-9",
        "30 units ordered, due 05 Jan 2026",
    ]
    assert set(tracking.log(shop.cursor())["kind"]) <= {"detach", "ordered", acts.TAKES_BACK}
