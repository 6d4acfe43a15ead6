"""What to do about a launch, and what it is worth: worked by hand where the demand that is left is certain."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.plans.ad_steps import AdSteps
from core.prices.response import Response
from core.track import alerts
from core.track.acts import Dismissed
from core.track.alerts import NONE, Able
from core.track.orders import Coming
from core.track.progress import Course
from core.track.retrend import Retrended, retrend, so_far
from tests.unit.test_track_progress import PACE, forecast

WEEKS = 8


def course(left: float, stock_left: float, sold: float = 40.0) -> Course:
    """Half of its window is over; it is certain that `left` more are wanted, alike in each week."""
    quantiles, mean = forecast(80.0, 0.5)
    units, seen = np.full(4, sold / 4), np.ones(4)
    known = retrend(quantiles, mean, units, seen, pace=PACE)
    weekly = np.append(units, np.full(4, left / 4))
    told: Retrended = replace(
        known, mean=weekly, draws=np.full(100, left), remaining=np.full(3, left), remaining_mean=left
    )
    short = np.array([False, False, False, stock_left <= 0])
    expected = so_far(quantiles, mean, seen, PACE)
    return Course(quantiles, mean, units, seen, short, sold + stock_left, stock_left <= 0, expected, told)


def launch(status: str = "behind", **changes: object) -> pd.DataFrame:
    row = {
        "act": 7, "item_id": "A", "title": "Fox mug", "status": status, "why": "Planned.", "price_now": 10.0,
        "cost": 4.0, "loss": 0.0, "leftover": 0.5, "lead_time_days": 0.0, "profit_plan": 100.0, "ad_spend": 40.0,
        "ads_spent": 0.0,
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def told(rows: pd.DataFrame, one: Course | None, able: Able = Able(), **dismissed: Dismissed) -> pd.DataFrame:  # noqa: B008
    unmatched = pd.DataFrame({"item_id": [], "product_title": [], "product_id": []})
    return alerts.alerts(rows, {} if one is None else {"A": one}, able, unmatched, dismissed).set_index("kind")


def ads(factor: list[float]) -> AdSteps:
    """Money a week of 0, 5 and 10 (the usual is 5), and what each does to the units."""
    money = np.array([[0.0, 5.0, 10.0]])
    shares = np.ones((1, 3, 1))
    return AdSteps(
        np.array(["A"]), ["search"], money, np.array([factor]), shares, np.array([5.0]), np.ones((1, 1)),
        np.zeros((1, 3), bool),
    )  # fmt: skip


def test_what_is_lacking_is_ordered_and_worth_its_margin():
    found = told(launch("ahead"), course(60, 20))
    assert found.loc["reorder", "words"].startswith("Order 40: 20 are left and 60 more are wanted")
    assert found.loc["reorder", "worth"] == pytest.approx(40 * 6)


def test_without_a_lead_time_one_is_assumed_and_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(alerts, "USUAL_LEAD", 14)
    found = told(launch("ahead", lead_time_days=float("nan")), course(60, 20))
    assert "14 days are assumed, as the sheet gives no lead time" in found.loc["reorder", "words"]
    same = told(launch("ahead", lead_time_days=14.0), course(60, 20))
    assert found.loc["reorder", "worth"] == same.loc["reorder", "worth"]


def test_what_is_on_order_is_counted_and_a_reorder_that_it_covers_is_silent():
    due = date(2026, 2, 2)
    found = told(launch("ahead"), replace(course(60, 20), coming=(Coming(0.0, 25.0, due),)))
    assert found.loc["reorder", "words"].startswith("Order 15 more: 20 are left (25 on order, due 02 Feb 2026) and 60")
    assert found.loc["reorder", "worth"] == pytest.approx(15 * 6)
    assert "reorder" not in told(launch("ahead"), replace(course(60, 20), coming=(Coming(0.0, 40.0, due),))).index
    # Of 15 a week the 20 last a week and a third; what comes after three weeks serves the last week alone.
    late = told(launch("ahead"), replace(course(60, 20), coming=(Coming(3.0, 40.0, due),)))
    assert "Order 25 more" in late.loc["reorder", "words"]


def test_an_order_lands_after_the_lead_time():
    """Of four weeks left two pass before it is there, with half of the demand; the stock serves 20 of those 30."""
    found = told(launch("ahead", lead_time_days=14.0), course(60, 20))
    assert "Order 30" in found.loc["reorder", "words"] and found.loc["reorder", "worth"] == pytest.approx(30 * 6)
    assert "reorder" not in told(launch("ahead", lead_time_days=28.0), course(60, 20)).index


@pytest.mark.parametrize("able", [Able(packs=pd.DataFrame({"item_id": ["A"], "pack": [24], "least": [0]}))])
def test_an_order_is_whole_packs(able: Able):
    assert "Order 48" in told(launch("ahead"), course(60, 20), able).loc["reorder", "words"]


def test_enough_stock_a_price_below_cost_or_a_small_gain_needs_no_order():
    assert told(launch("ahead"), course(60, 70)).empty
    assert told(launch("ahead", price_now=3.0, ad_spend=0.0), course(60, 20)).empty
    assert told(launch("as planned", profit_plan=3000.0), course(60, 20)).empty  # 240 against nine in a hundred


def test_much_stock_and_little_demand_ask_for_a_lower_price():
    able = Able({"A": Response.around(-3.0, -3.0, -3.0)})
    found = told(launch(ad_spend=0.0), course(10, 200), able)
    # A unit left over is worth 2, so (p - 2) p^-3 is largest at p = 3; no lower than 0.7 of the price is looked at.
    assert found.loc["reprice", "words"].startswith("Ask 7.00 instead of 10.00")
    assert found.loc["reprice", "worth"] == pytest.approx(10 * 0.7**-3 * 5 - 10 * 8)


def test_more_wanted_than_there_is_asks_for_a_higher_price():
    able = Able({"A": Response.around(-1.5, -1.5, -1.5)})
    found = told(launch("ahead", lead_time_days=60.0), course(60, 50), able)
    best = float(found.loc["reprice", "words"].split()[1])
    assert 10.5 < best < 12 and found.loc["reprice", "worth"] > 0


def test_a_launch_as_planned_keeps_its_price_and_its_ads():
    able = Able({"A": Response.around(-3.0, -3.0, -3.0)}, ads([0.2, 1.0, 3.0]))
    assert told(launch("as planned"), course(10, 200), able).empty


def test_ads_that_pay_get_more_money_and_those_that_do_not_are_stopped():
    more = told(launch(), course(40, 500), Able(ads=ads([0.8, 1.0, 1.6])))
    # 20 are planned for the four weeks left; with 40 it sells 64 instead of 40, each worth 8 more than left over.
    assert more.loc["more_ads", "worth"] == pytest.approx(24 * 8 - 20)
    none = told(launch(), course(4, 500), Able(ads=ads([0.95, 1.0, 1.02])))
    assert none.loc["stop", "worth"] == pytest.approx(20 - 0.2 * 8)


def test_ads_cannot_sell_what_is_not_there():
    found = told(launch(), course(40, 40), Able(ads=ads([0.9, 1.0, 1.6])))
    assert "more_ads" not in found.index


def test_where_ads_were_not_learnt_only_hopeless_ones_are_stopped():
    found = told(launch(), course(2, 500))
    assert found.loc["stop", "worth"] == pytest.approx(20 - 0.25 * 2 * 8)
    assert "counts as spent: no spend was told" in found.loc["stop", "words"]
    assert "no spend was told" not in told(launch(ads_spent=25.0), course(1, 500)).loc["stop", "words"]
    assert "stop" not in told(launch(), course(40, 500)).index


def test_a_late_launch_is_told_without_a_worth_and_a_candidate_is_named():
    assert np.isnan(told(launch("late"), None).loc["late", "worth"])
    ordered = told(launch("late", on_order=40.0, due=pd.Timestamp("2026-02-02")), None)
    assert "Planned. 40 are on order, due 02 Feb 2026. Has it arrived" in ordered.loc["late", "words"]
    found = pd.DataFrame({"item_id": ["A"], "product_title": ["Foxy mug"], "product_id": ["Z"]})
    words = alerts.alerts(launch("late"), {}, Able(), found, {})
    assert words["kind"].tolist() == ["no_match"] and "It may be Foxy mug (Z)" in words["words"].iloc[0]
    assert told(launch("coming"), None).empty


def test_what_is_worth_most_comes_first_and_what_was_put_away_is_marked():
    rows = pd.concat([launch("late", item_id="B"), launch("ahead"), launch("ahead", item_id="C", price_now=20.0)])
    courses = {"A": course(60, 20), "C": course(60, 20)}
    none = pd.DataFrame({"item_id": []})
    quiet = {"reorder:7:A": Dismissed("reorder:7:A", 200.0, "no", "Ann")}
    found = alerts.alerts(rows, courses, Able(), none, quiet)
    assert found["item_id"].tolist() == ["C", "A", "B"] and found["dismissed"].tolist() == [False, True, False]
    quiet = {"reorder:7:A": Dismissed("reorder:7:A", 100.0, "no", "Ann")}
    assert not alerts.alerts(rows, courses, Able(), none, quiet)["dismissed"].any()  # worth more than twice as much now


def test_no_launch_no_alert():
    assert list(alerts.alerts(pd.DataFrame(), {}, Able(), pd.DataFrame(), {})) == list(NONE)


def test_ads_wait_where_there_is_nothing_to_sell():
    found = told(launch("out of stock", lead_time_days=60.0), course(40, 0))
    assert found.loc["stop", "words"].startswith("Pause its ads") and found.loc["stop", "worth"] == pytest.approx(20)
