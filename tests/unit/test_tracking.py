"""Tracking: which launches are followed up, what attaches to them by itself, and what people tell of them."""

import math
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import history, new_items, scenarios, tracking
from core.errors import DebutError, NotReady
from core.track import launches
from core.tracking import Tracking
from core.workspace import Workspace
from tests import plans
from tests.conftest import load_into
from tests.tracked_shop import MONDAY, UNTIL, Line, approve, fill, sell


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a shop with a sheet and a year of sales, in which nothing is planned; to be copied."""
    with Workspace(tmp_path_factory.mktemp("made")) as workspace:
        fill(workspace)
    return workspace.folder / "shop.duckdb"


@pytest.fixture
def unplanned(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    """Nothing is planned yet."""
    (tmp_path / "shop").mkdir()
    shutil.copy(made, tmp_path / "shop")
    with Workspace(tmp_path / "shop") as workspace:
        yield workspace


@pytest.fixture
def shop(unplanned: Workspace) -> Workspace:
    """The plan is approved, and nothing of it is sold."""
    approve(unplanned)
    return unplanned


def days(product: str, first: int, units: list[int], price: float = 10.0) -> list[Line]:
    """Units of a product day by day, from a day after the Monday of the launch on."""
    return [(MONDAY + timedelta(days=first + at), product, count, price) for at, count in enumerate(units) if count]


def opened(shop: Workspace) -> Tracking:
    return tracking.opened(shop, history.read(shop.cursor()))


def of(shop: Workspace, item: str = "N-1") -> pd.Series:
    return opened(shop).launches.set_index("item_id").loc[item]


# Which launches


def test_without_an_approved_plan_there_is_nothing(unplanned: Workspace):
    tracked = opened(unplanned)
    assert tracked.launches.empty and tracked.alerts.empty and tracked.totals.launches == 0
    assert tracking.launched(unplanned.cursor()) == {}


def test_before_anything_sells_all_are_coming_as_planned(shop: Workspace):
    tracked = opened(shop)
    assert tracked.today == MONDAY and set(tracked.launches["status"]) == {"coming"}
    assert tracked.launches["item_id"].tolist() == ["N-1", "N-2", "N-3"]  # only what the plan launches
    assert tracked.totals.profit_now == pytest.approx(tracked.totals.profit_plan)
    assert tracked.totals.profit_low < tracked.totals.profit_now < tracked.totals.profit_high


def test_sales_attach_by_the_code(shop: Workspace):
    sell(shop, days("N-1", 1, [2, 1, 0, 3]), "more.csv")
    row = of(shop)
    assert (row["product_id"], row["how"], row["sold"]) == ("N-1", "code", 6.0)
    assert row["launched_on"].date() == MONDAY + timedelta(days=1)
    assert row["weeks_seen"] == pytest.approx(4 / 7)
    assert tracking.launched(shop.cursor()) == {"N-1": "N-1"}


def test_what_sold_before_the_plan_was_made_is_no_launch(unplanned: Workspace):
    sell(unplanned, [(UNTIL, "N-1", 3, 10.0)], "early.csv")
    approve(unplanned)
    sell(unplanned, days("N-1", 0, [5]), "more.csv")
    assert of(unplanned)["product_id"] == "" and tracking.launched(unplanned.cursor()) == {}


def test_an_item_in_the_sheet_and_in_sales_is_no_launch_without_a_plan(unplanned: Workspace):
    sell(unplanned, days("N-1", 0, [5]), "more.csv")
    assert tracking.launched(unplanned.cursor()) == {}
    assert len(new_items.read(unplanned.cursor(), history.read(unplanned.cursor())).items) == len(plans.items())


def test_the_latest_plan_made_before_the_first_sale_counts(shop: Workspace):
    sell(shop, days("N-1", 1, [2, 1]), "more.csv")
    later = plans.table().assign(opening_stock=99)
    approve(shop, later[later["item_id"] != "N-1"], MONDAY + timedelta(days=2))
    rows = opened(shop).launches.set_index("item_id")
    assert rows.loc["N-1", "opening_stock"] == 40 and rows.loc["N-2", "opening_stock"] == 99
    assert rows.loc["N-1", "act"] < rows.loc["N-2", "act"]


def test_a_later_plan_that_says_no_takes_an_unsold_item_back(shop: Workspace):
    approve(shop, plans.table().assign(launch=["yes", "no", "yes", "no", "no", "no"]))
    assert opened(shop).launches["item_id"].tolist() == ["N-1", "N-3"]


def test_an_approval_that_is_undone_is_not_followed_up_and_its_items_are_new_again(shop: Workspace):
    sell(shop, days("N-1", 1, [2]), "more.csv")
    before = shop.version
    scenarios.undo(shop)
    assert opened(shop).launches.empty and new_items.waiting(shop.cursor()) == 6
    assert shop.version == before + 1  # what was forecast without the item is stale


def test_what_the_plan_refused_or_did_not_list_is_told_apart(shop: Workspace):
    sell(shop, days("N-4", 1, [4]) + days("ELSE", 2, [3]), "more.csv")
    tracked = opened(shop)
    told = tracked.unplanned.set_index("product_id")
    assert told["refused"].to_dict() == {"N-4": True, "ELSE": False}
    assert told.loc["N-4", "sold"] == 4 and tracked.totals.sold == 0


def test_launched_items_are_no_candidates_any_more(shop: Workspace):
    sell(shop, days("N-1", 1, [2]) + days("N-2", 1, [2]), "more.csv")
    sheet = new_items.read(shop.cursor(), history.read(shop.cursor()))
    assert sheet.items["item_id"].tolist() == ["N-3", "N-4", "N-5", "N-6"]


def test_where_all_are_launched_the_way_to_tracking_is_told(unplanned: Workspace):
    approve(unplanned, plans.table().assign(launch="yes"))
    sell(unplanned, [line for at in range(1, 7) for line in days(f"N-{at}", 1, [1])], "more.csv")
    with pytest.raises(NotReady, match="Tracking"):
        new_items.check(unplanned.cursor())


def test_an_approval_of_before_promises_is_followed_by_its_totals(unplanned: Workspace):
    scenarios.approve(unplanned, 0, plans.table(), "Bea")
    sell(unplanned, days("N-1", 1, [2] * 7), "more.csv")
    tracked = opened(unplanned)
    assert all(one.guessed for one in tracked.promises.values())
    weeks = tracked.weeks[tracked.weeks["item_id"] == "N-1"]
    assert weeks["plan_mean"].tolist() == pytest.approx([42 / 8] * 8)


# Stock, status, money


def test_a_launch_that_goes_as_planned_raises_no_alarm(shop: Workspace):
    sell(shop, days("N-1", 0, [1, 1, 0, 1, 1, 0, 1] * 2), "more.csv")
    tracked = opened(shop)
    assert of(shop)["status"] == "as planned"
    assert tracked.alerts[tracked.alerts["item_id"] == "N-1"].empty


def test_many_times_the_plan_is_ahead_and_asks_for_more(shop: Workspace):
    table = plans.table().assign(opening_stock=[60, 30, 12, 0, 0, 0])
    approve(shop, table)
    sell(shop, days("N-1", 0, [4] * 14), "more.csv")
    tracked = opened(shop)
    row = tracked.launches.set_index("item_id").loc["N-1"]
    assert row["status"] == "ahead" and row["level"] > 1.5 and row["retrend_mean"] > 1.5 * row["plan_mean"]
    reorder = tracked.alerts[(tracked.alerts["item_id"] == "N-1") & (tracked.alerts["kind"] == "reorder")]
    assert len(reorder) == 1 and reorder["worth"].iloc[0] > 50


def test_sold_out_is_out_of_stock_until_more_is_received(shop: Workspace):
    sell(shop, days("N-1", 0, [10, 10, 10, 10]) + days("OLD", 4, [1] * 4, 8.0), "more.csv")
    assert of(shop)["status"] == "out of stock" and of(shop)["stock_left"] == 0
    tracking.received(shop, "N-1", 30, MONDAY + timedelta(days=5), "Ann")
    assert of(shop)["status"] == "ahead" and of(shop)["stock_left"] == 30
    assert tracking.undo(shop).startswith("N-1: +30 units received")
    assert of(shop)["status"] == "out of stock"


def test_demand_that_met_an_empty_shelf_is_not_called_behind(shop: Workspace):
    approve(shop, plans.table().assign(opening_stock=[2, 30, 12, 0, 0, 0]))
    sell(shop, days("N-1", 0, [2]) + days("OLD", 20, [1], 8.0), "more.csv")
    tracking.received(shop, "N-1", 40, MONDAY + timedelta(days=19))
    row = of(shop)
    assert row["status"] == "as planned" and "ran out" in row["why"]


def test_more_sold_than_debut_knows_of_is_not_out_of_stock(shop: Workspace):
    sell(shop, days("N-1", 0, [30, 30]), "more.csv")
    row = of(shop)
    assert row["status"] == "ahead" and math.isnan(row["stock_left"]) and "note what was received" in row["why"]


def test_returns_count_and_no_week_is_below_zero(shop: Workspace):
    sell(shop, [*days("N-1", 0, [4]), (MONDAY + timedelta(days=3), "N-1", -1, 10.0),
                (MONDAY + timedelta(days=9), "N-1", -2, 10.0)], "more.csv")  # fmt: skip
    weeks = opened(shop).weeks
    assert weeks.loc[weeks["item_id"] == "N-1", "sold"].tolist()[:2] == [3.0, 0.0]


def test_a_week_too_late_and_no_sale_is_late(shop: Workspace):
    sell(shop, days("OLD", 7, [1], 8.0), "more.csv")
    tracked = opened(shop)
    states = tracked.launches.set_index("item_id")["status"]
    assert states.to_dict() == {"N-1": "late", "N-2": "late", "N-3": "coming"}
    assert set(tracked.alerts["kind"]) == {"late"}


def test_nothing_is_expected_any_more_of_what_never_sold(shop: Workspace):
    sell(shop, days("OLD", 7 * 12, [1], 8.0), "more.csv")
    tracked = opened(shop)
    late = tracked.launches.set_index("item_id").loc["N-1"]
    assert (late["status"], late["retrend_mean"]) == ("late", 0.0)
    assert late["profit_now"] < 0 < late["profit_plan"]


def test_a_window_that_is_over_is_closed_and_needs_nothing(shop: Workspace):
    sell(shop, days("N-1", 0, [1] * 30) + days("OLD", 56, [1], 8.0), "more.csv")
    tracked = opened(shop)
    row = tracked.launches.set_index("item_id").loc["N-1"]
    assert row["status"] == "closed" and row["why"].startswith("Its window of 8 weeks is over: as planned")
    assert row["retrend_p10"] == row["retrend_p90"] == row["sold"] == 30
    # Sold at 10; 40 pieces at 4, of which 10 are left at half of that; the plan's ads; the loss that the plan reckons.
    assert row["profit_now"] == pytest.approx(300 - 160 + 20 - 20 - 30 * row["loss"])
    assert "N-1" not in set(tracked.alerts["item_id"])


def test_the_band_of_a_profit_is_of_what_is_still_to_be_sold(shop: Workspace):
    sell(shop, days("N-1", 0, [1] * 14), "more.csv")
    tracked = opened(shop)
    rows = tracked.launches.set_index("item_id")
    for item in ("N-1", "N-2"):  # on sale, and not yet
        low, high = launches.profit_band(rows.loc[item], tracked.courses.get(item))
        assert low < rows.loc[item, "profit_now"] < high
    row, one = rows.loc["N-1"], tracked.courses["N-1"]
    fewest, most = np.quantile(one.remaining, (0.1, 0.9))
    width = (row["price_now"] - row["loss"] - row["leftover"] * row["cost"]) * (most - fewest)
    low, high = launches.profit_band(row, one)
    assert high - low == pytest.approx(width)
    sell(shop, days("OLD", 70, [1], 8.0), "later.csv")
    over = opened(shop)
    row = over.launches.set_index("item_id").loc["N-1"]
    assert launches.profit_band(row, over.courses["N-1"]) == pytest.approx((row["profit_now"],) * 2)


def test_money_is_at_what_was_paid(shop: Workspace):
    sell(shop, days("N-1", 0, [5], 8.0) + days("N-1", 1, [5], 6.0), "more.csv")
    row = of(shop)
    assert row["price_paid"] == pytest.approx(7.0) and row["revenue"] == pytest.approx(70)


def test_categories_add_up_to_the_whole(shop: Workspace):
    sell(shop, days("N-1", 0, [3, 2]) + days("N-3", 1, [1], 30.0), "more.csv")
    tracked = opened(shop)
    sums = tracked.by_category[
        ["launches", "on_sale", "sold", "plan_mean", "expected", "profit_plan", "profit_now"]
    ].sum()
    assert sums["launches"] == 3 and sums["on_sale"] == 2 and sums["sold"] == tracked.totals.sold == 6
    assert sums["profit_plan"] == pytest.approx(tracked.totals.profit_plan)
    assert sums["profit_now"] == pytest.approx(tracked.totals.profit_now)
    assert sums["expected"] == pytest.approx(tracked.launches["retrend_mean"].sum())


# Ads, reviews, visits


def test_ads_reviews_and_visits_attach_by_the_code_and_the_category_is_nobodys(shop: Workspace):
    sell(shop, days("N-1", 0, [1] * 8), "more.csv")
    ads = "date,channel,spend,product_id,category\n2026-01-03,search,5,N-1,\n2026-01-06,search,7.5,N-1,\n"
    load_into(shop, ads + "2026-01-06,search,90,,Kitchen\n", "ads", "ads.csv")
    load_into(shop, "date,product_id,rating,body\n2026-01-07,N-1,5,good\n2026-01-13,N-1,2,bad\n", "reviews", "r.csv")
    events = [f"2026-01-0{day} 10:00:00,C{day},N-1,{kind}" for day, kind in ((5, "view"), (6, "view"), (7, "cart"))]
    load_into(shop, "\n".join(["ts,customer_id,product_id,event", *events]), "events", "e.csv")
    promoted = "date,product_id,promotion,until\n2026-01-12,N-1,deal,2026-01-12\n"
    load_into(shop, promoted, "promotions", "p.csv")
    tracked = opened(shop)
    row = tracked.launches.set_index("item_id").loc["N-1"]
    assert (row["ads_spent"], row["reviews"], row["rating"], row["views"]) == (12.5, 2, 3.5, 2)
    weeks = tracked.weeks[tracked.weeks["item_id"] == "N-1"].head(2)
    assert weeks["rating"].tolist() == [5, 2] and weeks["carts"].tolist() == [1, 0]
    assert weeks["promoted"].tolist() == [False, True] and weeks["ads"].tolist() == [12.5, 0]


# Matches


def test_another_code_is_offered_and_confirmed(shop: Workspace):
    load_into(
        shop, "product_id,title,category,list_price\nZ-9,Fox mugs,Kitchen,10\nZ-8,Garden hose,Garden,70\n", "products"
    )
    sell(shop, days("Z-9", 0, [1] * 8) + days("Z-8", 0, [1] * 8, 70.0), "more.csv")
    tracked = opened(shop)
    best = tracked.unmatched.iloc[0]
    assert (best["item_id"], best["product_id"]) == ("N-1", "Z-9") and best["likeness"] > 0.6
    assert tracked.alerts.set_index("item_id").loc["N-1", "kind"] == "no_match"
    tracking.attach(shop, "N-1", "Z-9", "Ann")
    row = of(shop)
    assert (row["product_id"], row["how"], row["sold"]) == ("Z-9", "confirmed", 8.0)
    assert tracking.launched(shop.cursor()) == {"N-1": "Z-9"}
    assert "Z-9" not in set(opened(shop).unplanned["product_id"])
    tracking.undo(shop)
    assert tracking.launched(shop.cursor()) == {}


def test_what_is_not_the_item_is_not_offered_again_and_the_code_can_be_wrong(shop: Workspace):
    load_into(shop, "product_id,title,category,list_price\nZ-9,Fox mugs,Kitchen,10\n", "products")
    sell(shop, days("Z-9", 0, [1] * 8) + days("N-2", 0, [1] * 8), "more.csv")
    tracking.detach(shop, "N-1", "Z-9")
    assert "Z-9" not in set(opened(shop).unmatched.query("item_id == 'N-1'")["product_id"])
    tracking.detach(shop, "N-2", "N-2", "Ann")
    assert of(shop, "N-2")["product_id"] == "" and tracking.launched(shop.cursor()) == {}
    assert "N-2" in set(new_items.read(shop.cursor(), history.read(shop.cursor())).items["item_id"])


@pytest.mark.parametrize(
    ("item", "product", "words"),
    [
        ("N-1", "NONE", "Nothing was sold"),
        ("N-1", "OLD", "before the plan was made"),
        ("N-4", "ELSE", "No approved plan launches"),
        ("N-1", "N-2", "already"),
    ],
)
def test_a_match_that_cannot_be_is_refused(shop: Workspace, item: str, product: str, words: str):
    sell(shop, days("ELSE", 1, [1]) + days("N-2", 1, [1]), "more.csv")
    with pytest.raises(DebutError, match=words):
        tracking.attach(shop, item, product)
    assert tracking.last(shop.cursor()) == ""


# What people tell


@pytest.mark.parametrize("units", [0, math.nan, math.inf, 1e9])
def test_stock_that_cannot_have_arrived_is_refused(shop: Workspace, units: float):
    with pytest.raises(DebutError, match="Give the units"):
        tracking.received(shop, "N-1", units, MONDAY)


def test_an_alert_is_put_away_with_a_reason_and_comes_back_when_it_matters_more(shop: Workspace):
    sell(shop, days("N-1", 0, [10, 10, 10, 10]) + days("OLD", 4, [1] * 4, 8.0), "more.csv")
    alert = opened(shop).alerts.iloc[0]
    with pytest.raises(DebutError, match="Say why"):
        tracking.dismiss(shop, alert["key"], " ")
    with pytest.raises(DebutError, match="no such alert"):
        tracking.dismiss(shop, "something", "because")
    tracking.dismiss(shop, alert["key"], "no supplier", "Ann", alert["worth"])
    assert opened(shop).alerts.set_index("key").loc[alert["key"], "dismissed"]
    tracking.undo(shop)
    tracking.dismiss(shop, alert["key"], "no supplier", "Ann", alert["worth"] / 3)
    assert not opened(shop).alerts.set_index("key").loc[alert["key"], "dismissed"]


def test_the_stamp_moves_with_every_act_and_the_log_tells_them(shop: Workspace):
    seen = {tracking.stamp(shop.cursor())}
    tracking.received(shop, "N-1", 5, date(2026, 1, 8), "Ann")
    seen.add(tracking.stamp(shop.cursor()))
    tracking.undo(shop)
    seen.add(tracking.stamp(shop.cursor()))
    scenarios.undo(shop)
    seen.add(tracking.stamp(shop.cursor()))
    assert len(seen) == 4
    log = tracking.log(shop.cursor())
    assert log["what"].tolist() == ["+5 units received on 08 Jan 2026"] and log["undone"].tolist() == [True]
    assert tracking.undo(shop) == ""
