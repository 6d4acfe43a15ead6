"""Days and hours: what is better in the truth is found, what is not is left alone."""

import numpy as np
import pytest

from core.ads import days
from core.ads.days import Slots
from core.errors import NotReady
from core.workspace import Workspace
from tests import ads_files
from tests.conftest import load_into


def slots(rng: np.random.Generator, rate: np.ndarray, weeks: int = 60, swing: float = 0.5) -> Slots:
    """Orders for the money by weekday, in weeks that are better or worse as a whole."""
    spend = rng.gamma(4, 25, (weeks, 7))
    level = np.exp(swing * rng.standard_normal((weeks, 1)))
    orders = rng.poisson(spend * rate * level).astype(float)
    counts = {"spend": spend, "conversions": orders, "clicks": 10 * orders, "impressions": 1000 * spend}
    return Slots(list(days.DAYS), weeks, counts)


def test_a_better_day_is_found():
    found = days.compare(slots(np.random.default_rng(0), 0.1 * np.array([1, 1, 1, 1, 1, 1.4, 0.7])))
    assert found.table["says"].tolist()[5:] == ["better", "worse"]
    assert found.table["best"].idxmax() == 5 and found.table["best"].sum() == pytest.approx(1)
    assert found.table["spend"].sum() == pytest.approx(1)
    assert (found.table["value_low"] < found.table["value"]).all()


def test_days_that_are_alike_are_seldom_told_apart():
    rng = np.random.default_rng(1)
    said = [(days.compare(slots(rng, np.full(7, 0.1))).table["says"] != "").any() for _ in range(40)]
    assert np.mean(said) < 0.25  # of shops in which a day is named at all; 1 in 10 is promised


def test_the_days_and_hours_of_a_shop(workspace: Workspace):
    load_into(workspace, ads_files.ADS, "ads", "ads.csv")
    cursor = workspace.cursor()
    assert set(days.channels(cursor)) == {"search", "social"}
    found = days.compare(days.read(cursor, "social")).table.set_index("slot")
    assert found["says"]["Saturday"] == "better" and found["better"]["Saturday"] > days.SURE
    assert days.has_hours(cursor, "social") and not days.has_hours(cursor, "search")
    hours = days.compare(days.read(cursor, "social", "hour"), "click_rate").table.set_index("slot")
    assert hours["says"]["09:00"] == "better" and np.isnan(hours["value"]["03:00"])
    with pytest.raises(NotReady, match="weeks by hour"):
        days.read(cursor, "search", "hour")


def test_what_cannot_be_compared_says_why(workspace: Workspace):
    rows = "".join(f"2025-0{month}-0{day},radio,10,100\n" for month in range(1, 10) for day in (6,))
    load_into(workspace, f"date,channel,spend,impressions\n{rows}".encode(), "ads", "ads.csv")
    cursor = workspace.cursor()
    assert days.channels(cursor) == ["radio"]
    with pytest.raises(NotReady, match="weeks by day"):
        days.read(cursor, "television")
    with pytest.raises(NotReady, match="counts no conversions"):
        days.compare(days.read(cursor, "radio"))


def test_an_export_by_week_has_no_days(workspace: Workspace):
    weeks = np.arange("2025-01-06", "2025-06-02", 7, dtype="datetime64[D]")
    rows = "".join(f"{week},radio,10,100\n" for week in weeks)
    load_into(workspace, f"date,channel,spend,impressions\n{rows}".encode(), "ads", "ads.csv")
    with pytest.raises(NotReady, match="on one day"):
        days.read(workspace.cursor(), "radio")


def test_a_channel_that_costs_nothing_has_days_too(workspace: Workspace):
    dates = np.arange("2025-01-06", "2025-06-02", dtype="datetime64[D]")
    rows = "".join(f"{day},newsletter,0,{1000 + 10 * at},{20 + at % 7}\n" for at, day in enumerate(dates))
    load_into(workspace, f"date,channel,spend,impressions,clicks\n{rows}".encode(), "ads", "ads.csv")
    found = days.compare(days.read(workspace.cursor(), "newsletter"), "click_rate")
    assert found.table["value"].notna().all() and found.table["value"].idxmax() == 6


@pytest.mark.parametrize(
    "export",
    [
        "By Hour,Campaign name,Ad group name,Ad name,Cost,Impressions,Clicks (destination),Complete payment\n"
        "2026-09-20 13:00,TT,Interest,UGC,8.00,5000,70,1\n2026-09-20 14:00,TT,Interest,UGC,9.00,5000,70,1\n",
        "Day,Time of day (ad account time zone),Campaign name,Ad name,Amount spent (EUR),Impressions,Link clicks\n"
        "2026-09-20,13:00:00 - 13:59:59,Mugs,Fox,1.00,90,3\n2026-09-20,14:00:00 - 14:59:59,Mugs,Fox,2.00,90,3\n",
        "date,hour,platform,cost,impr,clicks\n2026-09-20,13,Radio,1.0,90,3\n2026-09-20,14,Radio,1.0,90,3\n",
    ],
    ids=["TikTok", "Meta", "any"],
)
def test_hours_of_exports_are_kept(workspace: Workspace, export: str):
    load_into(workspace, export.encode(), "ads", "export.csv")
    rows = workspace.cursor().execute("SELECT date::VARCHAR, hour FROM ads ORDER BY hour").fetchall()
    assert rows == [("2026-09-20", 13), ("2026-09-20", 14)]


def test_an_hour_that_is_none_is_set_aside(workspace: Workspace):
    rows = "2026-09-20,25,Radio,1.0\n2026-09-20,9,Radio,2.0\n"
    load_into(workspace, f"date,hour,channel,spend\n{rows}".encode(), "ads", "export.csv")
    assert workspace.cursor().execute("SELECT hour, spend FROM ads WHERE hour IS NOT NULL").fetchall() == [(9, 2.0)]
