"""People reached and times seen follow from impressions, and what more of them brings from the channel's curve."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.ads import panel, reach, steady
from core.errors import DebutError
from core.workspace import Workspace
from tests import ads_files
from tests.ads_samples import response
from tests.conftest import load_into


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    with Workspace(tmp_path_factory.mktemp("ads")) as made:
        load_into(made, ads_files.SALES, "sales", "sales.csv")
        load_into(made, ads_files.ADS, "ads", "ads.csv")
        yield made


def test_times_seen_are_those_of_people_drawn_with_a_gamma_spread():
    rng = np.random.default_rng(0)
    seen = rng.poisson(2.0 * rng.gamma(0.4, 1 / 0.4, 400_000))
    for times in (0, 1, 4):
        assert reach.seen(2000, 1000, 0.4, times) == pytest.approx((seen > times).mean(), abs=0.004)


def test_more_impressions_reach_more_people_but_never_more_than_there_are():
    reached = reach.seen(np.array([0, 10, 1000, 10**7]), 1000, 1.0)
    assert reached[0] == 0 and (np.diff(reached) > 0).all() and 0.99 < reached[-1] <= 1
    assert reach.seen(1000, 1000, 3.0) > reach.seen(1000, 1000, 0.4)  # spread evenly they reach more


def test_a_usual_week_of_each_channel(shop: Workspace):
    known = panel.read(shop.cursor())
    table = reach.recent(known, {"search": 50_000.0}).set_index("channel")
    last = known.impressions[known.channels.index("search")].sum(0)[-reach.RECENT :]
    assert table["impressions"]["search"] == pytest.approx(last.mean())
    assert table["assumed"].tolist() == [False, True]
    assert table["people"]["search"] == 50_000
    assert (table["reach"] * table["frequency"]).to_numpy() == pytest.approx(table["impressions"].to_numpy())
    for name in ("reach", "frequency"):
        assert (table[f"{name}_low"] < table[name]).all() and (table[name] < table[f"{name}_high"]).all()
    assert table["per_mille"]["search"] == pytest.approx(10.0, rel=0.01)  # 20 for 2000 impressions


def test_channels_without_impressions_stay_unknown(workspace: Workspace):
    load_into(workspace, ads_files.SALES, "sales", "sales.csv")
    load_into(workspace, b"date,channel,spend\n2024-01-01,radio,100\n2025-01-01,radio,50\n", "ads", "ads.csv")
    table = reach.recent(panel.read(workspace.cursor()), {})
    assert table["reach"].isna().all() and table["per_mille"].isna().all()
    assert reach.audience(table, reach.Audience(100, 5.0), 10.0, 0.5).empty


def test_a_steady_spend_brings_what_it_brings_in_the_long_run():
    known = response(groups=("Mugs", "Lamps"))
    money = np.array([0.0, 90.0, 400.0])
    found = steady.revenue(known, 0, money)
    share = known.scale[0] / known.scale[0].sum()
    for at, each in enumerate(money):
        brought = 0.0
        for group in range(2):
            spend = np.zeros((3, 60))
            spend[0] = each * share[group]
            units = known.lift(spend, group)[:, 0, 40] * known.price[group]
            brought = brought + units
        assert found[:, at] == pytest.approx(brought, rel=1e-6)
    rising = (steady.revenue(known, 0, money + 0.5) - steady.revenue(known, 0, money - 0.5))[:, 1]
    assert steady.slope(known, 0, money)[:, 1] == pytest.approx(rising, rel=0.03)
    assert steady.margin(known) == pytest.approx(0.6) and steady.pays(known) == pytest.approx(1 / 0.6)
    assert np.isinf(steady.pays(replace(known, margin=-known.margin)))


def test_what_the_next_1_brings_falls_with_how_often_people_see_it():
    known = response(groups=("",), effects=(0.4, 0.3), slope=0.8)
    table = reach.returns(known, 10.0, 0, 20_000)
    assert (np.diff(table["frequency"]) > 0).all() and (np.diff(table["next"]) < 0).all()
    assert (table["next_low"] <= table["next"]).all() and (table["next"] <= table["next_high"]).all()
    assert table["within"].iloc[0] and not table["within"].iloc[-1]
    assert table["impressions"].to_numpy() * 20_000 == pytest.approx(table["spend"].to_numpy() * 100)


def test_from_where_on_more_does_not_pay():
    steps = pd.DataFrame({"next": [1.0, 3.0, 2.0, 0.5, 0.1, 0.1], "within": [True] * 5 + [False]})
    assert [reach.stops(steps, pays) for pays in (0.05, 0.3, 1.5, 2.5, 4.0)] == [None, 4, 3, 2, 0]
    assert reach.stops(steps.assign(within=False), 1.0) is None


def test_an_audience_by_channel(shop: Workspace):
    shown = reach.recent(panel.read(shop.cursor()), {})
    whom = reach.Audience(1000, 40.0)
    table = reach.audience(shown, whom, 20.0, 0.5)
    assert table["per_buyer"].is_monotonic_increasing
    assert (table["buyers_high"] <= 20).all() and (table["reach"] <= 500).all()
    assert (table["buyers"] / table["reach"]).to_numpy() == pytest.approx(0.04)
    more = reach.by_money(shown, whom, np.array([1.0, 20.0, 500.0]), 0.5)
    assert more.groupby("channel")["buyers"].apply(lambda one: one.is_monotonic_increasing).all()
    money = reach.usual_money(shown, whom, 0.5)
    assert 1000 * money / shown["per_mille"].median() == pytest.approx(3 * 500)


def test_people_are_kept_and_refused_where_they_make_no_sense(workspace: Workspace):
    reach.keep_people(workspace, {"search": 1000.0})
    reach.keep_people(workspace, {"social": 5.0})
    assert reach.known_people(workspace.cursor()) == {"social": 5.0}
    for count in (0.0, -1.0, float("nan"), 1e12):
        with pytest.raises(DebutError, match="search: give the number of people"):
            reach.keep_people(workspace, {"search": count})
    assert reach.known_people(workspace.cursor()) == {"social": 5.0}
