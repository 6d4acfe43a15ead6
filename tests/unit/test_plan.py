"""The launch plan: what is launched, when, at what price, with how much stock, and the columns of its CSV."""

from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from core.errors import DebutError
from core.plan import COLUMNS, OBJECTIVES, Clash, Objective, Override, Plan, Surroundings, Wishes, columns, plan
from core.plans.ad_steps import AdSteps
from core.prices.response import Response
from tests.plan_shop import SHOP, TODAY, WEEKS, outlook

FREE = Wishes(launches=None)
DAYS = [week.date() for week in WEEKS]


def ids(result: Plan) -> list[str]:
    return result.launched["item_id"].tolist()


def by_item(result: Plan) -> pd.DataFrame:
    return result.table.set_index("item_id")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_an_item_that_loses_money_is_never_launched(objective: Objective) -> None:
    table = by_item(plan(outlook(SHOP), replace(FREE, objective=objective)))
    assert table.loc["loss", "launch"] == "no"
    assert table.loc["loss", "reason"].startswith("Its price does not cover its cost")


def test_the_stock_is_the_one_that_earns_most() -> None:
    """Half of the outcomes are 50 and half 150: 50 sell for sure, the next 100 in half of the cases."""
    row = by_item(plan(outlook(SHOP), replace(FREE, weeks="earliest"))).loc["cheap"]
    # (2 - 0.25) / 2 > 0.25: what may be left over costs less than it may bring, so the larger outcome is stocked.
    assert row["opening_stock"] == 150
    assert row["units_sold"] == pytest.approx(100)
    assert row["profit"] == pytest.approx(2 * 100 + 0.25 * 50 - 0.5 * 150)
    assert (row["profit_p10"], row["profit_p90"]) == pytest.approx((2 * 50 + 0.25 * 100 - 75, 2 * 150 - 75))


def test_what_earns_little_and_costs_much_is_stocked_for_the_worse_outcome() -> None:
    """30 for 25, left over worth 12.5: a sale brings 5, a unit left over costs 12.5."""
    row = by_item(plan(outlook(SHOP), replace(FREE, weeks="earliest"))).loc["dear"]
    assert row["opening_stock"] == 5
    assert row["run_out"] == pytest.approx(0.5)
    assert row["lost_units"] == pytest.approx(5)


def test_a_service_level_is_kept() -> None:
    wishes = replace(FREE, stock_rule="service", target=0.9, weeks="earliest")
    row = by_item(plan(outlook(SHOP), wishes)).loc["fair"]
    assert row["opening_stock"] == 23  # of 7.5 and 22.5 the higher, in whole pieces
    assert row["service_level"] >= 0.9


def test_items_launch_in_their_best_week_or_as_early_as_they_can_be() -> None:
    best, early = plan(outlook(SHOP), FREE), plan(outlook(SHOP), replace(FREE, weeks="earliest"))
    assert set(early.launched["launch_week"]) == {WEEKS[0]}
    assert by_item(best).loc["fair", "launch_week"] == WEEKS[1]
    assert by_item(best).loc["fair", "profit"] > 2 * by_item(early).loc["fair", "profit"]


def test_weeks_that_are_alike_fall_to_the_earliest() -> None:
    result = plan(outlook([("a", 5.0, 2.0, (10.0, 10.0, 10.0), 3.0)]), FREE)
    assert result.table["launch_week"].tolist() == [WEEKS[0]]


@pytest.mark.parametrize("launches", [0, 1, 2, 3])
def test_at_most_so_many_are_launched_and_these_are_the_best(launches: int) -> None:
    whole = plan(outlook(SHOP), FREE)
    best = whole.launched.sort_values("profit", ascending=False)["item_id"].tolist()
    assert ids(plan(outlook(SHOP), replace(FREE, launches=launches))) == best[:launches]


def test_at_least_so_many_are_launched_even_at_a_loss_to_the_best() -> None:
    wishes = replace(FREE, least=3, launches=3)
    assert set(ids(plan(outlook(SHOP), wishes))) == {"cheap", "dear", "fair"}


def test_preference_is_buyers_times_price() -> None:
    result = plan(outlook(SHOP), replace(FREE, objective="preference", launches=1))
    assert ids(result) == ["fair"]  # 20 x 10, against 70 x 2 and 4 x 30
    assert result.value == pytest.approx(200)


def test_preference_is_refused_where_no_customer_is_known() -> None:
    unknown = outlook([(*item[:4], np.nan) for item in SHOP])
    with pytest.raises(DebutError, match="preference of customers is unknown"):
        plan(unknown, Wishes("preference"))
    assert plan(unknown, Wishes("revenue")).table["preference"].isna().all()


def test_a_blend_lies_between_its_parts() -> None:
    mixed = plan(outlook(SHOP), replace(FREE, objective="blend", blend=0.25))
    assert mixed.value == pytest.approx(0.25 * mixed.totals.revenue + 0.75 * mixed.totals.profit)


def test_the_columns_of_the_csv_are_as_promised() -> None:
    result = plan(outlook(SHOP), Wishes())
    assert result.table.columns.tolist() == COLUMNS == columns([])
    assert result.table["rank"].tolist() == [1, 2, 3, 4]
    assert set(result.table["launch"]) <= {"yes", "no"}


def test_launched_items_come_first_and_the_others_by_how_little_they_miss() -> None:
    table = plan(outlook(SHOP), Wishes(launches=1)).table
    assert table["launch"].tolist() == ["yes", "no", "no", "no"]
    assert table["misses_by"].iloc[1] <= table["misses_by"].iloc[2]
    assert np.isnan(table["misses_by"].iloc[0])


def test_what_is_missed_by_is_what_would_have_to_be_added() -> None:
    """One place, and the second best item: it misses by what the best earns more."""
    result = by_item(plan(outlook(SHOP), replace(FREE, launches=1)))
    free = by_item(plan(outlook(SHOP), FREE))["profit"].drop("loss").sort_values(ascending=False)
    assert result.loc[free.index[2], "misses_by"] == pytest.approx(free.iloc[1] - free.iloc[2], abs=0.5) or (
        result.loc[free.index[2], "misses_by"] == pytest.approx(free.iloc[0] - free.iloc[2], abs=0.5)
    )


def test_like_items_are_named_and_the_reason_is_a_sentence() -> None:
    table = by_item(plan(outlook(SHOP), Wishes(launches=1)))
    assert (table["like_items"] == "Red mug and Blue mug").all()
    launched = table[table["launch"] == "yes"].iloc[0]
    assert launched["reason"].startswith("Sells like Red mug and Blue mug")
    assert table["reason"].str.contains("Misses by|As good as").sum() == 2


def test_an_item_without_like_items_says_so() -> None:
    whole = outlook(SHOP)
    table = plan(replace(whole, like=whole.like.head(0)), Wishes()).table
    assert table["like_items"].eq("").all()
    assert table["reason"].str.contains("no like item", case=False).all()


def test_an_item_that_nobody_wants_is_not_said_to_cost_too_much() -> None:
    row = plan(outlook([("a", 5.0, 2.0, (0.0, 0.0, 0.0), 0.0)]), Wishes()).table.iloc[0]
    assert row["launch"] == "no"
    assert "does not cover its cost" not in row["reason"]


def test_objectives_are_those_of_the_type() -> None:
    assert get_args(Objective) == OBJECTIVES


def test_no_more_is_bought_than_there_is() -> None:
    few = by_item(plan(outlook(SHOP, max_stock=1), FREE))
    assert few.loc["cheap", "opening_stock"] == 1
    assert few.loc["cheap", "revenue"] == pytest.approx(few.loc["cheap", "price"])


def test_an_item_whose_window_has_passed_is_not_launched() -> None:
    row = by_item(plan(outlook(SHOP, late=[True, False, False, False]), FREE)).loc["cheap"]
    assert row["launch"] == "no"
    assert row["opening_stock"] == 0
    assert "window has passed" in row["reason"]


def test_nothing_is_launched_before_it_can_be_there() -> None:
    days = (WEEKS[1].date() - TODAY).days
    known, around = outlook(SHOP, lead_time_days=days), Surroundings(today=TODAY)
    assert plan(known, replace(FREE, weeks="earliest"), (), around).launched["launch_week"].unique() == [WEEKS[1]]
    free = plan(known, replace(FREE, weeks="earliest", lead_times=False), (), around)
    assert free.launched["launch_week"].unique() == [WEEKS[0]]
    late = plan(outlook(SHOP, lead_time_days=400), FREE, (), around)
    assert ids(late) == []
    assert "only after its launch window" in by_item(late).loc["cheap", "reason"]


def test_a_closed_week_is_not_used() -> None:
    result = plan(outlook(SHOP), replace(FREE, blackout=(DAYS[1],)))
    assert WEEKS[1] not in set(result.launched["launch_week"])
    assert len(result.launched) == 3


def test_a_week_takes_so_many_launches_and_peaks_more() -> None:
    one = plan(outlook(SHOP), replace(FREE, week_capacity=1))
    assert one.launched["launch_week"].is_unique
    assert len(one.launched) == 3
    peak = plan(outlook(SHOP), replace(FREE, week_capacity=0, capacities=((DAYS[2], 2),)))
    assert peak.launched["launch_week"].tolist() == [WEEKS[2]] * 2


def test_budgets_are_kept_and_what_is_next_is_worth_money() -> None:
    rich = plan(outlook(SHOP), FREE)
    poor = plan(outlook(SHOP), replace(FREE, stock_budget=rich.totals.stock_money / 3))
    assert poor.totals.stock_money <= rich.totals.stock_money / 3 + 1e-6
    assert poor.totals.profit < rich.totals.profit
    (worth,) = [one for one in poor.worths if one.name == "stock"]
    more = plan(outlook(SHOP), replace(FREE, stock_budget=rich.totals.stock_money / 3 + worth.step))
    assert more.totals.profit - poor.totals.profit == pytest.approx(worth.gain, rel=0.25)
    assert not [one for one in rich.worths if one.name == "stock"]


def test_sales_after_the_end_do_not_count() -> None:
    """Two weeks a launch, half of the units in each: of the second week's launch half lies beyond."""
    wishes = replace(FREE, until=DAYS[1] + timedelta(days=6))
    table = by_item(plan(outlook(SHOP), wishes))
    assert table.loc["cheap", "launch_week"] == WEEKS[0]
    assert table.loc["cheap", "units_mean"] == pytest.approx(100)
    assert table.loc["fair", "launch_week"] == WEEKS[1]  # half of 60 is more than all of 15
    assert table.loc["fair", "units_mean"] == pytest.approx(30)


def test_must_and_must_not() -> None:
    result = plan(outlook(SHOP), replace(FREE, must=("loss",), must_not=("cheap",)))
    assert set(ids(result)) == {"loss", "dear", "fair"}
    assert "must be launched, which costs" in by_item(result).loc["loss", "reason"]
    assert by_item(result).loc["cheap", "reason"].startswith("Left out by hand")


def test_not_both_of_two_and_bundles() -> None:
    apart = plan(outlook(SHOP), replace(FREE, not_both=(("cheap", "fair"),)))
    assert len({"cheap", "fair"} & set(ids(apart))) == 1
    bundle = plan(outlook(SHOP), replace(FREE, together=(("cheap", "fair", "dear"),)))
    assert bundle.launched["launch_week"].nunique() == 1
    assert len(bundle.launched) == 3


def alike(similarity: float, loss: float = 0.0) -> Surroundings:
    pairs = pd.DataFrame({"one": ["cheap"], "other": ["fair"], "similarity": [similarity], "loss": [loss]})
    return Surroundings(pairs=pairs)


def test_items_that_are_alike_keep_apart() -> None:
    same = [("cheap", 2.0, 0.5, (100.0, 90.0, 80.0), 70.0), ("fair", 10.0, 4.0, (60.0, 50.0, 40.0), 20.0)]
    free = plan(outlook(same), FREE, (), alike(0.5))
    assert free.launched["launch_week"].nunique() == 1
    spaced = plan(outlook(same), replace(FREE, spacing=2), (), alike(0.5)).launched["launch_week"]
    assert abs(spaced.iloc[0] - spaced.iloc[1]) >= pd.Timedelta(weeks=2)
    assert len(plan(outlook(same), replace(FREE, twins=True), (), alike(0.9)).launched) == 1
    assert len(plan(outlook(same), replace(FREE, twins=True), (), alike(0.5)).launched) == 2


def test_what_items_take_from_each_other_counts() -> None:
    little, much = (plan(outlook(SHOP), FREE, (), alike(0.5, loss)) for loss in (10.0, 10_000.0))
    alone = plan(outlook(SHOP), FREE)
    assert little.totals.like_lost == pytest.approx(10)
    assert little.totals.profit == pytest.approx(alone.totals.profit - 10)
    assert len({"cheap", "fair"} & set(ids(much))) == 1


def test_categories_have_their_own_limits() -> None:
    known = outlook(SHOP, category=["Mugs", "Lamps", "Mugs", "Mugs"])
    one = plan(known, replace(FREE, categories=(("Mugs", 0, 1),)))
    assert len({"cheap", "fair"} & set(ids(one))) == 1
    assert "dear" in ids(plan(known, replace(FREE, launches=1, categories=(("Lamps", 1, None),))))


def test_a_least_margin_is_kept() -> None:
    result = plan(outlook(SHOP), replace(FREE, min_margin=0.5))
    assert set(ids(result)) == {"cheap", "fair"}
    assert "least margin" in by_item(result).loc["dear", "reason"]


def test_caution_stocks_less() -> None:
    brave, careful = (plan(outlook(SHOP), replace(FREE, risk=risk)) for risk in (0.0, 1.0))
    assert careful.totals.stock_money < brave.totals.stock_money
    assert careful.totals.profit_low > brave.totals.profit_low


def priced(elasticity: float) -> Surroundings:
    return Surroundings({name: Response.around(elasticity, elasticity - 0.01, elasticity + 0.01) for name, *_ in SHOP})


def test_prices_are_chosen_from_the_ladder() -> None:
    """At an elasticity of -1.2 dearer is better, at -6 cheaper, as far as the ladder goes."""
    dearer = by_item(plan(outlook(SHOP), replace(FREE, prices="choose"), (), priced(-1.2)))
    cheaper = by_item(plan(outlook(SHOP), replace(FREE, prices="choose"), (), priced(-6.0)))
    kept = by_item(plan(outlook(SHOP), FREE, (), priced(-6.0)))
    assert dearer.loc["fair", "price"] == 12
    assert cheaper.loc["cheap", "price"] == pytest.approx(1.6)
    assert kept.loc["fair", "price"] == 10
    assert cheaper.loc["cheap", "units_mean"] > kept.loc["cheap", "units_mean"]
    assert (kept["price_low"] <= kept["price"]).all()
    assert (kept["price"] <= kept["price_high"]).all()


def test_the_sheet_bounds_prices() -> None:
    known = outlook(SHOP, price_min=[1.0, 20, 9.5, 40], price_max=[2.1, 31, 10.5, 60])
    table = by_item(plan(known, replace(FREE, prices="choose"), (), priced(-1.2)))
    assert table.loc["fair", "price"] == 10
    assert table.loc["cheap", "price"] == 2


def steps() -> AdSteps:
    """Twenty of money brings nothing for the others and a half more for "fair"; ten is usual."""
    money = np.tile([0.0, 10.0, 20.0], (4, 1))
    factor = np.array([[1.0, 1, 1], [1, 1, 1], [0.8, 1, 1.5], [1, 1, 1]])
    split = np.tile([[0.0, 0], [0.5, 0.5], [0.25, 0.75]], (4, 1, 1))
    names = np.array([name for name, *_ in SHOP], dtype=object)
    even = np.full((4, 2), 0.5)
    return AdSteps(names, ["search", "social"], money, factor, split, money[:, 1], even, np.zeros((4, 3), bool))


def test_ads_go_where_they_bring_more_than_they_cost() -> None:
    table = by_item(plan(outlook(SHOP), replace(FREE, ads="choose"), (), Surroundings(ads=steps())))
    assert table.loc["fair", "ad_spend"] == 20
    assert (table.loc["fair", "ad_search"], table.loc["fair", "ad_social"]) == pytest.approx((5, 15))
    assert table.loc["cheap", "ad_spend"] == 0
    usual = by_item(plan(outlook(SHOP), FREE, (), Surroundings(ads=steps())))
    assert usual.loc["fair", "ad_spend"] == 10
    assert usual.loc["fair", "units_mean"] < table.loc["fair", "units_mean"]


def test_the_ad_budget_is_kept() -> None:
    wishes = replace(FREE, ads="choose", ads_budget=5.0)
    assert plan(outlook(SHOP), wishes, (), Surroundings(ads=steps())).totals.ad_money <= 5


def test_a_plan_goes_around_what_was_decided_by_hand() -> None:
    own = Override("dear", launch=True, week=DAYS[2], price=33.0, stock=7, reason="Fair in March", who="Ana")
    result = plan(outlook(SHOP), replace(FREE, launches=1), (own,))
    row = by_item(result).loc["dear"]
    assert ids(result) == ["dear"]
    assert (row["launch_week"], row["price"], row["opening_stock"]) == (WEEKS[2], 33.0, 7)
    assert row["override_reason"] == "Fair in March"
    out = plan(outlook(SHOP), FREE, (Override("cheap", launch=False, reason="No"),))
    assert "cheap" not in ids(out)


def test_a_week_chosen_outside_the_window_is_said() -> None:
    own = Override("dear", launch=True, week=date(2026, 1, 5), reason="x")
    with pytest.raises(Clash, match="outside its launch window"):
        plan(outlook(SHOP), FREE, (own,))


@pytest.mark.parametrize(
    "own", [Override("cheap", price=-1.0), Override("cheap", stock=-3), Override("cheap", week=date(2025, 2, 4))]
)
def test_an_impossible_override_is_refused(own: Override) -> None:
    with pytest.raises(DebutError, match="cheap"):
        plan(outlook(SHOP), FREE, (own,))


def test_packs_are_whole() -> None:
    packs = pd.DataFrame({"item_id": ["cheap", "fair"], "pack": [12, 8], "least": [0, 80]})
    table = by_item(plan(outlook(SHOP), FREE, (), Surroundings(packs=packs)))
    assert table.loc["cheap", "opening_stock"] % 12 == 0
    assert table.loc["fair", "opening_stock"] >= 80


def test_totals_are_those_of_the_launched_items() -> None:
    result = plan(outlook(SHOP), FREE)
    launched = result.launched
    assert result.totals.launched == len(launched)
    assert result.totals.profit == pytest.approx(launched["profit"].sum())
    assert result.totals.stock_money == pytest.approx((launched["opening_stock"] * launched["cost"]).sum())
    assert result.totals.profit_low < result.totals.profit < result.totals.profit_high
    assert 0 <= result.gap < 1e-3


def test_an_empty_plan_is_a_plan() -> None:
    result = plan(outlook(SHOP), replace(FREE, launches=0))
    assert result.totals.launched == 0
    assert (result.totals.profit_low, result.totals.profit_high) == (0, 0)
    assert result.gap == 0


def test_one_item_is_enough() -> None:
    assert ids(plan(outlook(SHOP[:1]), FREE)) == ["cheap"]


def test_wishes_of_items_that_are_gone_are_passed_over() -> None:
    wishes = replace(FREE, must=("gone",), not_both=(("gone", "fair"),), together=(("gone", "cheap"),))
    assert len(plan(outlook(SHOP), wishes).launched) == 3


def test_wishes_survive_being_kept() -> None:
    wishes = Wishes(
        "blend", 0.3, 7, 2, (("Mugs", 1, None),), 3, ((DAYS[0], 5),), (DAYS[1],), 1e4, 50.0, ("a",), ("b",),
        (("a", "b"),), (("c", "d", "e"),), 2, True, 0.2, "choose", "choose", "earliest", "service", 0.8, 0.4, 0.1,
        DAYS[2], False,
    )  # fmt: skip
    assert Wishes.from_json(wishes.to_json()) == wishes
    assert Wishes.from_json('{"launches": 3, "of_tomorrow": 1}') == Wishes(launches=3)


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(stock_budget=-1),
        Wishes(risk=1.5),
        Wishes(target=0, stock_rule="service"),
        Wishes(categories=(("Mugs", 3, 2),)),
        Wishes(min_margin=float("nan")),
    ],
)
def test_impossible_wishes_are_refused_in_words(wishes: Wishes) -> None:
    with pytest.raises(DebutError):
        plan(outlook(SHOP), wishes)


def test_clashes_are_named_with_the_smallest_change() -> None:
    with pytest.raises(Clash) as found:
        plan(outlook(SHOP), Wishes(launches=1, least=3))
    assert found.value.clashes == ["at most 1 items in all", "at least 3 items in all"]
    assert found.value.relief in (["allow 2 more items in all"], ["ask for 2 fewer items in all"])
    with pytest.raises(Clash) as found:
        plan(outlook(SHOP), replace(FREE, must=("cheap", "fair"), not_both=(("cheap", "fair"),)))
    assert len(found.value.clashes) == 3
    with pytest.raises(Clash) as found:
        plan(outlook(SHOP), replace(FREE, must=("dear",), stock_budget=10.0))
    assert any("budget" in words for words in found.value.clashes)
    assert len(found.value.relief) == 1


def test_what_a_clash_does_not_need_is_not_named() -> None:
    with pytest.raises(Clash) as found:
        plan(outlook(SHOP), Wishes(launches=1, least=3, week_capacity=2, stock_budget=1e6))
    assert len(found.value.clashes) == 2
