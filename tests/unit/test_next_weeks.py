"""The demo shop sells on: by its true demand, at the prices decided, as far as the stock goes; and only there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import demo
from core.errors import DebutError, NotReady
from core.workspace import Workspace
from data.demo import next_weeks
from data.demo.catalogue import WEEKS, monday
from data.demo.next_weeks import World
from tests.tracked_shop import fill


@pytest.fixture(scope="module")
def world() -> World:
    return next_weeks.rebuilt()


def decisions(world: World, **changes: object) -> pd.DataFrame:
    """Three new items, launched in the first week played, the second a week later."""
    new = world.items[world.items["is_new"]].head(3)
    frame = pd.DataFrame(
        {
            "item_id": new["item_id"].to_numpy(),
            "launch_week": monday(WEEKS + np.array([0, 1, 0])),
            "price": new["price"].to_numpy(),
            **{"stock": np.inf, "sold": 0.0, "ads": 1.0, "ad_spend": 0.0},
        }
    )
    return frame.assign(**changes)


def sold(world: World, told: pd.DataFrame, weeks: int = 2, seed: int = 1) -> pd.DataFrame:
    return next_weeks.sell_on(world.demand, world.items, told, WEEKS, weeks, np.random.default_rng(seed))


def expected(world: World, item: str, week: int, launch: int, price: float) -> float:
    at = int(world.items.index[world.items["item_id"] == item][0])
    one = world.demand.units(np.array([at]), np.array([week]), np.array([week - launch]), np.array([price]))
    return float(one[0])


def test_the_world_is_that_of_the_shop(world: World):
    assert len(world.items) == 640 and world.items["is_new"].sum() == 40
    assert np.isfinite(world.pressure).all() and world.pressure.mean() == pytest.approx(1.0, abs=0.05)


def test_what_is_launched_sells_from_its_week_on_and_nothing_else_that_is_new(world: World):
    told = decisions(world)
    rows = sold(world, told)
    new = rows[rows["item_id"].isin(world.items.loc[world.items["is_new"], "item_id"])]
    first = new.groupby("item_id")["week"].min()
    assert first.to_dict() == dict(zip(told["item_id"], [WEEKS, WEEKS + 1, WEEKS], strict=True))
    assert rows["item_id"].nunique() == 600 + 3


def test_the_same_numbers_sell_the_same_and_others_do_not(world: World):
    told = decisions(world)
    pd.testing.assert_frame_equal(sold(world, told), sold(world, told))
    assert sold(world, told, seed=2)["units"].tolist() != sold(world, told)["units"].tolist()


def test_units_are_around_the_true_demand_at_the_price_decided(world: World):
    told = decisions(world)
    item, price = told["item_id"].iloc[0], told["price"].iloc[0]
    cheap = told.assign(price=told["price"] * 0.7)
    wanted = {name: [] for name in ("usual", "cheap")}
    for seed in range(40):
        for name, one in (("usual", told), ("cheap", cheap)):
            rows = sold(world, one, 1, seed)
            wanted[name].append(rows.loc[rows["item_id"] == item, "wanted"].iloc[0])
    truth = expected(world, item, WEEKS, WEEKS, price) / 0.97  # gross: what comes back was sold, too
    assert np.mean(wanted["usual"]) == pytest.approx(truth, rel=0.35)
    assert np.mean(wanted["cheap"]) > 1.3 * np.mean(wanted["usual"])


def test_no_more_is_sold_than_there_is_and_what_was_sold_before_counts(world: World):
    rows = sold(world, decisions(world, stock=9.0, sold=4.0), 6).groupby("item_id")[["units", "wanted"]].sum()
    mine = rows.loc[decisions(world)["item_id"]]
    assert (mine["units"] <= 5).all() and (mine["wanted"] > mine["units"]).any()


def test_the_files_hold_what_was_sold_and_the_money_that_was_spent(world: World):
    told = decisions(world, ad_spend=4.0)
    rows = sold(world, told)
    frames = next_weeks.exports(world, rows, told, WEEKS, np.random.default_rng(2))
    sales = frames["sales"]
    bought = sales[sales["units"] > 0].groupby("product_id")["units"].sum()
    assert bought.sum() == rows["units"].sum() and (sales["date"] >= monday(WEEKS)[0]).all()
    assert sales["order_id"].str[1:].astype(int).min() > 2_000_000
    assert set(frames["products"]["product_id"]) == set(told["item_id"])
    named = frames["ads"][frames["ads"]["product_id"] != ""]
    assert set(named["product_id"]) <= set(told["item_id"]) and named["spend"].sum() <= 2 * 4.0 * len(told) + 0.1
    usual = next_weeks.exports(world, rows, decisions(world), WEEKS, np.random.default_rng(2))["ads"]
    assert frames["ads"]["spend"].sum() == pytest.approx(usual["spend"].sum(), abs=1.0)
    assert frames["reviews"]["date"].max() <= sales["date"].max() and frames["events"]["count"].min() > 0


def test_only_the_demo_shop_can_be_played_on(workspace: Workspace):
    fill(workspace)
    with pytest.raises(DebutError, match="Only the demo shop"):
        demo.play(workspace, 1)


@pytest.mark.parametrize("weeks", [0, 9])
def test_some_weeks_at_once(debut_home: Path, weeks: int):
    with Workspace(debut_home / "demo") as shop, pytest.raises(DebutError, match="Play 1 to 8 weeks"):
        demo.play(shop, weeks)


def test_days_that_the_simulator_did_not_make_and_a_missing_plan_are_told(debut_home: Path):
    with Workspace(debut_home / "demo") as shop:
        fill(shop)
        with pytest.raises(NotReady, match="No plan is approved yet"):
            demo.play(shop, 1)
        with shop.transaction() as cursor:
            cursor.execute("DELETE FROM sales WHERE date > DATE '2026-01-01'")
        with pytest.raises(DebutError, match="not whole"):
            demo.play(shop, 1)
