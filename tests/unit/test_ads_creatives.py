"""Creatives: intervals hold the truth as often as they say, small ones are shrunk, and exports name them."""

import numpy as np
import pandas as pd
import pytest

from core.ads import creatives
from core.workspace import Workspace
from tests import ads_files
from tests.conftest import load_into


def days(rates: np.ndarray, shown: np.ndarray, rng: np.random.Generator, noise: float = 0.0) -> pd.DataFrame:
    """30 days of creatives with given click rates; 5 % of the clicks buy. noise: of a day's rate, in logs."""
    rows = []
    for at, (rate, each) in enumerate(zip(rates, shown, strict=True)):
        for day in range(30):
            clicks = rng.binomial(each, min(rate * np.exp(noise * rng.standard_normal() - noise**2 / 2), 1.0))
            rows.append((f"c{at:02}", day, float(each), float(clicks), float(rng.binomial(clicks, 0.05)), each / 100))
    return pd.DataFrame(rows, columns=["name", "date", *creatives.COUNTS])


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_intervals_hold_the_truth_as_often_as_they_say(noise: float):
    rng, held = np.random.default_rng(1), []
    for _ in range(25):
        rates = rng.beta(20, 480, 12)
        found = creatives.compare(days(rates, rng.integers(50, 3000, 12), rng, noise)).table.sort_values("name")
        held.append((found["click_rate_low"].to_numpy() <= rates) & (rates <= found["click_rate_high"].to_numpy()))
    assert 0.72 <= np.mean(held) <= 0.88  # the bands hold 8 in 10


def test_the_best_is_found_and_a_lucky_small_one_is_not_taken_for_it():
    rng = np.random.default_rng(2)
    frame = days(np.array([0.05, 0.04, 0.04, 0.04]), np.array([3000, 3000, 3000, 3000]), rng)
    lucky = pd.DataFrame([("lucky", 0, 20.0, 3.0, 0.0, 0.2)], columns=frame.columns)  # 15 % of 20
    found = creatives.compare(pd.concat([frame, lucky], ignore_index=True))
    table = found.table.set_index("name")
    assert found.by == "worth" and found.verdict()[1] == pytest.approx(table["best"].max())
    assert table["best"].sum() == pytest.approx(1) and table.index[0] == "c00"
    assert table["click_rate"]["lucky"] < 0.08
    wide = table["click_rate_high"] - table["click_rate_low"]
    assert wide["lucky"] > 3 * wide["c00"]


def test_creatives_that_are_alike_are_not_told_apart():
    table = creatives.compare(days(np.full(5, 0.03), np.full(5, 500), np.random.default_rng(3))).table
    assert table["best"].max() < creatives.SURE


def test_days_that_vary_more_than_chance_weigh_less():
    even, uneven = (
        creatives.compare(days(np.full(4, 0.05), np.full(4, 2000), np.random.default_rng(4), noise))
        for noise in (0.0, 0.6)
    )
    assert even.clumped < 1.5 < 5 < uneven.clumped
    wide = [(one.table["click_rate_high"] - one.table["click_rate_low"]).mean() for one in (even, uneven)]
    assert wide[1] > 2 * wide[0]


def test_without_orders_clicks_decide_and_one_alone_is_the_best():
    frame = days(np.array([0.05]), np.array([100]), np.random.default_rng(5)).assign(conversions=0.0)
    found = creatives.compare(frame)
    assert found.by == "click_rate" and found.verdict() == (0, 1.0)
    assert np.isfinite(found.table.drop(columns="name").to_numpy(float)).all()


def test_orders_without_clicks_and_more_clicks_than_impressions_do_no_harm():
    frame = pd.DataFrame(
        [("a", 0, 10.0, 0.0, 4.0, 1.0), ("b", 0, 10.0, 90.0, 90.0, 0.0)], columns=["name", "date", *creatives.COUNTS]
    )
    table = creatives.compare(frame).table
    assert ((table["click_rate"] >= 0) & (table["click_rate"] <= 1)).all()
    assert ((table["conversion_rate"] >= 0) & (table["conversion_rate"] <= 1)).all()


def test_what_can_be_compared_is_read_from_the_shop(workspace: Workspace):
    assert creatives.levels(workspace.cursor()) == {}
    load_into(workspace, ads_files.ADS, "ads", "ads.csv")
    assert creatives.levels(workspace.cursor()) == {"creative": ["social"]}
    frame = creatives.read(workspace.cursor(), "social", "creative")
    found = creatives.compare(frame)
    assert len(frame) == 3 * 7 * ads_files.WEEKS
    assert found.table["name"][0] == "Fox in the snow" and found.table["best"][0] > creatives.SURE
    assert frame["impressions"].sum() == pytest.approx(found.table["impressions"].sum())


def test_whether_the_lab_ranks_as_clicks_do():
    score = np.array([0.1, 0.2, 0.3, 0.4, np.nan])
    found = creatives.agreement(score, np.array([1.0, 2.0, 3.0, 4.0, 9.0]))
    assert found is not None and (found.rank, found.creatives) == (1.0, 4)
    assert creatives.agreement(score[:3], score[:3]) is None
    assert creatives.agreement(np.ones(5), np.arange(5.0)) is None


EXPORTS = {
    "Google Ads": (
        "Campaign report\n\"Aug 1, 2026 - Aug 2, 2026\"\n"
        "Day,Hour of the day,Campaign,Ad group,Cost,Impr.,Clicks,Conversions,Conv. value,Currency code\n"
        "2026-08-01,13,Mugs,Fox mugs,12.50,\"1,000\",40,2.00,50.00,EUR\n"
        "2026-08-02,0,Mugs,Fox mugs,2.50,100,4,0.00,0.00,EUR\n",
        ("Fox mugs", 1100, 44, 2.0, 50.0, 15.0),
    ),
    "Meta": (
        "Reporting starts,Reporting ends,Campaign name,Ad set name,Ad name,Day,Amount spent (EUR),Impressions,"
        "Link clicks,Purchases,Purchases conversion value\n"
        "2026-08-01,2026-08-02,Mugs,Parents,Fox video,2026-08-01,10.00,900,30,2,41.00\n"
        "2026-08-01,2026-08-02,Mugs,Parents,Fox video,2026-08-02,5.00,100,3,,\n",
        ("Parents - Fox video", 1000, 33, 2.0, 41.0, 15.0),
    ),
    "TikTok": (
        "By Day,Campaign name,Ad group name,Ad name,Cost,Impressions,Clicks (destination),Complete payment,"
        "Total complete payment value\n"
        "2026-09-20,TT Winter,Interest,UGC 1,8.00,5000,70,1,59\n"
        "2026-09-21,TT Winter,Interest,UGC 1,9.00,6000,80,2,61\n",
        ("Interest - UGC 1", 11000, 150, 3.0, 120.0, 17.0),
    ),
    "Amazon Ads": (
        "Date,Campaign Name,Ad Group Name,Advertised SKU,Advertised ASIN,Impressions,Clicks,Spend,"
        "7 Day Total Sales,7 Day Total Orders (#)\n"
        "\"Jul 06, 2026\",Auto,Mugs A,MUG,B0001,1000,20,$5.00,\"$1,012.50\",3\n",
        ("Mugs A", 1000, 20, 3.0, 1012.5, 5.0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("channel", EXPORTS)
def test_exports_of_the_platforms_bring_their_creatives(workspace: Workspace, channel: str):
    text, expected = EXPORTS[channel]
    load_into(workspace, text.encode(), "ads", "export.csv")
    cursor = workspace.cursor()
    found = cursor.execute(
        """SELECT channel, creative, sum(impressions), sum(clicks), sum(conversions), sum(revenue), sum(spend)
           FROM ads GROUP BY ALL"""
    ).fetchall()
    assert found == [(channel, *expected)]
    hours = [hour for (hour,) in cursor.execute("SELECT hour FROM ads WHERE hour IS NOT NULL ORDER BY 1").fetchall()]
    assert hours == ([0, 13] if channel == "Google Ads" else [])
