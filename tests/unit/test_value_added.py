"""Who was right: the steps of the forecast, each person's decisions in money, reasons and categories."""

import numpy as np
import pandas as pd
import pytest

from core.plans.overrides import Override
from core.track import value_added
from core.track.decisions import profit
from core.track.value_added import FEW, right, wanted
from tests.judged import IDS, SOLD, course, tracked

WEEK = pd.Timestamp("2026-01-12").date()


def worth(*overrides: Override, unforced: bool = True) -> pd.DataFrame:
    return right(tracked(overrides, unforced=unforced)).decisions


def test_each_step_is_judged_on_the_same_launches() -> None:
    found = right(tracked()).steps.set_index("step")
    total = sum(SOLD)
    assert found["launches"].eq(8).all()
    assert found.loc["typical", "wape"] == pytest.approx(sum(abs(units - 50) for units in SOLD) / total)
    assert found.loc["like_units", "wape"] == pytest.approx(0.5)
    assert found.loc["found_p50", "wape"] == pytest.approx(0.1)
    assert found.loc["found_p50", "gain"] == pytest.approx(0.4)
    assert found.loc["found_p50", "told"] == "it helped"
    assert found.loc["found_p50", "low"] > 0
    people = (0.1 * sum(SOLD[:6]) + 20 + 30) / total
    assert found.loc["p50", "wape"] == pytest.approx(people)
    assert found.loc["p50", "gain"] == pytest.approx(0.1 - people)
    assert pd.isna(found.loc["typical", "gain"])


def test_of_few_launches_no_range_is_told() -> None:
    courses = {item: course([units / 4] * 4, units) for item, units in zip(IDS[:5], SOLD, strict=False)}
    found = right(tracked(courses=courses)).steps.set_index("step")
    assert found.loc["found_p50", "told"] == FEW
    assert pd.isna(found.loc["found_p50", "low"])
    assert found.loc["p50", "told"] == "nothing was changed"


def test_a_launch_counts_from_four_weeks_on_and_is_preliminary_until_its_window_is_over() -> None:
    courses = {IDS[0]: course([10.0, 10.0, 10.0, 2.0], 40.0, seen=[1, 1, 1, 0.5]), IDS[1]: course([20.0] * 4, 80.0)}
    found = right(tracked(courses=courses))
    assert found.items["item_id"].tolist() == [IDS[1]]
    assert found.final == 1


def test_nothing_tracked_is_no_error() -> None:
    found = right(tracked(courses={}))
    assert found.items.empty and found.steps.empty and found.words == []


def test_what_stock_kept_from_being_sold_is_counted_as_wanted() -> None:
    whole = course([10.0, 10.0, 10.0, 10.0], 40.0)
    assert wanted(whole) == pytest.approx(40)
    gone = course([20.0, 20.0, 0.0, 0.0], 40.0, [False, False, True, True])
    assert 40 < wanted(gone) < 100
    assert wanted(gone) == pytest.approx(40 + 2 * 10 * gone.retrended.level)
    running = course([10.0, 10.0], 40.0)
    assert wanted(running) == pytest.approx(20 + running.retrended.remaining_mean)


def test_of_launches_that_ran_out_what_was_wanted_is_near_the_truth() -> None:
    """Simulated launches with a level of their own, and stock for part of what is forecast: the truth is known."""
    rng = np.random.default_rng(3)
    true, sold, told = [], [], []
    for _ in range(60):
        weekly = rng.poisson(10.0 * rng.lognormal(0, 0.4) * rng.lognormal(-0.06, 0.35, 4)).astype(float)
        stock = 32.0
        left = np.diff(np.minimum(np.cumsum(np.append(0, weekly)), stock))
        short = np.cumsum(weekly) >= stock
        if short.any():
            true.append(weekly.sum())
            sold.append(left.sum())
            told.append(wanted(course(left.tolist(), 40.0, short.tolist())))
    missed = [np.abs(np.array(true) - np.array(one)).sum() for one in (sold, told)]
    assert len(true) > 20 and missed[1] < 0.6 * missed[0]
    assert np.sum(told) == pytest.approx(np.sum(true), rel=0.15)


def test_stock_is_worth_what_it_earned_beside_the_plans() -> None:
    (row,) = worth(Override("N-1", stock=40, who="Anna", reason="careful")).to_dict("records")
    assert row["kind"] == "stock"
    assert (row["chosen"], row["instead"]) == (40, 60)
    assert row["worth"] == pytest.approx(20 * 4.0)  # twenty pieces less to be left over, at their cost
    assert row["final"]


def test_a_price_is_judged_at_what_the_plans_numbers_say_of_the_other() -> None:
    (row,) = worth(Override("N-2", price=10.0, who="Ben", reason="shelf")).to_dict("records")
    there = 8.0 * 120 - 4.0 * 120 - 5
    assert row["worth"] == pytest.approx((10.0 * 80 - 4.0 * 80 - 5) - there)
    assert (row["chosen"], row["instead"]) == (10.0, 8.0)


def test_stock_and_price_together_are_told_apart() -> None:
    rows = worth(Override("N-2", price=10.0, stock=80, who="Ben")).set_index("kind")["worth"]
    assert rows["stock"] == pytest.approx(40 * 4.0)
    assert rows.sum() == pytest.approx((10.0 * 80 - 4.0 * 80 - 5) - (8.0 * 120 - 4.0 * 120 - 5))


def test_more_than_one_of_price_week_and_ads_is_one_decision() -> None:
    (row,) = worth(Override("N-2", price=10.0, ad_spend=5.0, week=WEEK)).to_dict("records")
    assert row["kind"] == "several"
    assert np.isnan(row["chosen"])


def test_what_the_plan_would_not_have_launched_is_all_the_persons() -> None:
    (row,) = worth(Override("N-3", launch=True, who="Cleo", reason="a fair")).to_dict("records")
    assert row["kind"] == "launch"
    assert row["worth"] == pytest.approx(10.0 * 20 - 4.0 * 20 - 5)


def test_what_was_kept_from_being_launched_is_counted_and_not_valued() -> None:
    (row,) = worth(Override("N-9", launch=False, who="Cleo")).to_dict("records")
    assert row["kind"] == "stop"
    assert np.isnan(row["worth"])
    assert "nobody knows" in row["words"]
    found = right(tracked((Override("N-9", launch=False, who="Cleo"),))).people.iloc[0]
    assert found["told"] == "not valued" and found["count"] == 1


def test_what_the_plan_would_have_done_anyway_is_worth_nothing() -> None:
    (row,) = worth(Override("N-4", launch=True)).to_dict("records")
    assert row["worth"] == 0.0
    (other,) = worth(Override("no such item", launch=False)).to_dict("records")
    assert other["worth"] == 0.0


def test_an_older_approval_says_that_nothing_was_kept() -> None:
    (row,) = worth(Override("N-1", stock=40), unforced=False).to_dict("records")
    assert np.isnan(row["worth"])
    assert "not kept" in row["words"]


def test_people_are_told_by_reason_with_a_range_from_eight_on() -> None:
    few = right(tracked(tuple(Override(item, stock=30, who="Anna", reason="careful") for item in IDS[3:6]))).people
    assert few["told"].tolist() == [FEW]
    many = value_added.of_people(
        pd.DataFrame(
            {
                **{
                    "who": "Anna",
                    "kind": "stock",
                    "reason": "careful",
                    "chosen": 40.0,
                    "instead": 60.0,
                    "demand": 40.0,
                },
                "worth": [80.0, 60.0, 70.0, 90.0, 80.0, 85.0, 75.0, 60.0],
            }
        )
    ).iloc[0]
    assert many["told"] == "it helped"
    assert 0 < many["low"] < many["worth"] < many["high"]
    assert many["moved"] == pytest.approx(-1 / 3) and many["needed"] == pytest.approx(-1 / 3)


def test_reasons_of_changed_like_items_and_categories_show_their_bias() -> None:
    found = right(tracked())
    (row,) = found.reasons.to_dict("records")
    assert (row["who"], row["reason"], row["launches"]) == ("not said", "a trend", 2)
    assert row["wape_before"] == pytest.approx(0.1) and row["wape"] == pytest.approx(0.5)
    assert row["bias_before"] == pytest.approx(-0.1) and row["bias"] == pytest.approx(0.5)
    assert found.categories.set_index("category")["launches"].to_dict() == {"Mugs": 5, "Rugs": 3}
    assert found.categories["told"].eq(FEW).all()


def test_changed_like_items_are_told_by_person() -> None:
    items = right(tracked()).items
    mine = items[items["chosen"] != ""].reset_index(drop=True)
    two = value_added.of_reasons(mine.assign(chosen_by=["Anna", "Bea"]))
    assert set(zip(two["who"], two["reason"], two["launches"], strict=True)) == {
        ("Anna", "a trend", 1), ("Bea", "a trend", 1)
    }  # fmt: skip
    assert value_added.of_reasons(mine.assign(chosen_by=np.nan))["who"].tolist() == ["not said"]


def test_words_name_who_earned_and_who_was_closer() -> None:
    said = right(tracked((Override("N-1", stock=40, who="Anna", reason="careful"),))).words
    assert said[0].startswith("Debut's forecast was closer than")
    assert any("Anna, stock: 1 change earned 80" in one for one in said)


def test_profit_is_that_of_the_plan() -> None:
    from core.track.decisions import _At

    assert profit(_At(10.0, 5.0, 50.0, 30.0), 4.0, 1.0, 0.5) == pytest.approx((10 - 1 - 2) * 30 - 0.5 * 4 * 50 - 5)
    assert profit(_At(10.0, 0.0, 0.0, 30.0), 4.0, 0.0, 0.0) == 0.0
