"""What is left of an approved plan is planned anew: budgets less what is used, launched ones fixed, reasons named."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core import plan as plans
from core import pricing, scenarios, versions
from core.errors import DebutError, NotReady
from core.outlook import Outlook
from core.plan import Clash, Override, Plan, Surroundings, Wishes
from core.plans.ad_steps import AdSteps
from core.prices import fitted, panel
from core.prices.response import Response
from core.scenarios import Approved
from core.track import adjust, answers, promise
from core.track.adjust import Adjusted
from core.track.answers import Answer, best_price, returns
from core.track.remaining import left, near_launched
from core.tracking import Totals, Tracking
from core.workspace import Workspace
from tests.conftest import load_into
from tests.plan_shop import SHOP, TODAY, WEEKS, outlook

AROUND = Surroundings(today=TODAY)
OUTLOOK = outlook(SHOP)
MONDAYS = [week.date() for week in WEEKS]
THREE = Wishes(launches=3, stock_budget=5000.0, ads_budget=100.0)


def approval(plan: Plan, known: Outlook = OUTLOOK, around: Surroundings = AROUND) -> Approved:
    made = promise.promise(known, plan, around)
    totals = {"like_lost": plan.totals.like_lost}
    stamps = {"demand": "v1", "data": 0}
    return Approved(
        1, 0, "Bea", datetime(2025, 1, 6), "", plan.wishes, plan.overrides, totals, stamps, plan.table, made
    )  # fmt: skip


def tracking(one: Approved, launched: tuple[str, ...] = (), today: date = TODAY, **changes: Any) -> Tracking:
    """Of an approved plan of which some launches are on sale; changes: columns of all rows."""
    plan = one.table[one.table["launch"] == "yes"]
    on = plan["item_id"].isin(launched)
    rows = plan[["item_id", "title", "category", "launch_week", "price", "cost", "ad_spend", "opening_stock"]].assign(
        act=1, product_id=plan["item_id"].where(on, ""), launched_on=plan["launch_week"].where(on), received=0.0,
        ads_spent=0.0, level=1.0, price_now=plan["price"], loss=0.0, leftover=0.5, profit_plan=plan["profit"],
        profit_now=plan["profit"] + 10, status="as planned", on_order=0.0,
    )  # fmt: skip
    none, sums = pd.DataFrame(), Totals(len(rows), 0, 0.0, (0.0, 0.0, 0.0), 0.0, 0.0, 0.0, 0.0)
    assert one.promise is not None
    promises = {1: one.promise}
    told = {"ads_counted": lambda all: all[["ad_spend", "ads_spent"]].max(axis=1)}
    rows = rows.assign(**changes).assign(**told).reset_index(drop=True)
    return Tracking(today, rows, none, none, none, none, none, sums, {1: one}, promises)


def without(known: Outlook, *items: str) -> Outlook:
    """The sheet after these have been launched."""
    names = ("items", "forecast", "like", "appeal", "outcomes")
    parts: dict[str, Any] = {name: getattr(known, name) for name in names}
    kept = {name: one[~one["item_id"].isin(items)].reset_index(drop=True) for name, one in parts.items()}
    return replace(known, key=f"{known.key}-{items}", **kept)


@pytest.fixture(scope="module")
def one() -> Approved:
    return approval(plans.plan(OUTLOOK, THREE, (), AROUND))


def rows(found: Adjusted) -> pd.DataFrame:
    return found.changes.set_index("item_id")


def test_with_nothing_launched_and_nothing_learnt_the_plan_is_the_same(one: Approved) -> None:
    found = adjust.adjusted(one, tracking(one), OUTLOOK, AROUND)
    assert found.left.wishes == one.wishes and found.left.outlook is OUTLOOK
    pd.testing.assert_frame_equal(found.plan.table, one.table)
    assert found.changed.empty and (found.changes["why"] == "").all()
    assert found.sums.now == pytest.approx(found.sums.then) and found.sums.launched_now == 0
    assert found.sums.worth == pytest.approx(0.0, abs=0.01)
    assert (found.sums.low, found.sums.high) == pytest.approx((found.sums.left_low, found.sums.left_high))


def test_the_same_holds_with_prices_and_weeks_of_the_plans_choice_and_what_was_fixed() -> None:
    wishes = replace(THREE, prices="choose", until=date(2025, 2, 20))
    own = (Override("fair", stock=30, reason="room"),)
    one = approval(plans.plan(OUTLOOK, wishes, own, AROUND))
    found = adjust.adjusted(one, tracking(one), OUTLOOK, AROUND)
    assert found.changed.empty and found.left.overrides == own
    same = rows(found)
    on = same[same["launch_now"] == "yes"]
    assert on["units_same"].tolist() == pytest.approx(on["units_before"].tolist())


def test_what_is_on_sale_is_fixed_and_its_money_and_place_are_used(one: Approved) -> None:
    tracked = tracking(one, ("fair",), received=5.0, ads_spent=12.0)
    known = without(OUTLOOK, "fair")
    found = adjust.adjusted(one, tracked, known, AROUND)
    row = one.table.set_index("item_id").loc["fair"]
    assert found.left.wishes.launches == 2
    assert found.left.wishes.stock_budget == pytest.approx(5000 - (row["opening_stock"] + 5) * 4.0)
    assert found.left.wishes.ads_budget == pytest.approx(88.0)  # 12 spent is more than was planned
    assert "fair" not in found.plan.by_item.index and "fair" not in rows(found).index
    assert found.left.launched["item_id"].tolist() == ["fair"]
    assert "1 of 3 launches" in found.left.words[0] and "Of 3 places 2 are left." in found.left.words
    assert found.sums.launched_then == pytest.approx(row["profit"])
    assert found.sums.launched_now == pytest.approx(row["profit"] + 10)
    assert found.sums.left_now == pytest.approx(found.plan.totals.profit)


def test_what_is_on_order_is_money_spent_and_what_is_ordered_for_a_launch_is_bought(one: Approved) -> None:
    tracked = tracking(one, ("fair",), on_order=30.0)
    rest = left(one, tracked, without(OUTLOOK, "fair"))
    row = one.table.set_index("item_id").loc["fair"]
    assert rest.wishes.stock_budget == pytest.approx(5000 - (row["opening_stock"] + 30) * 4.0)
    slow = replace(without(OUTLOOK, "fair"), items=without(OUTLOOK, "fair").items.assign(lead_time_days=60))
    ordered = pd.DataFrame(
        {"item_id": ["cheap"], "units": [70.0], "ordered": [70.0], "due": [MONDAYS[1]], "opening": [True], "act": [3],
         "made_by": ["Ann"], "made_at": [datetime(2025, 1, 6)]}
    )  # fmt: skip
    rest = left(one, replace(tracked, ordered=ordered), slow)
    (own,) = rest.overrides
    assert (own.item_id, own.launch, own.stock, own.who) == ("cheap", True, 70, "Ann")
    assert own.reason == "70 ordered, due 10 Feb 2025" and rest.words[-1].startswith("cheap: 70 ordered")
    days = rest.outlook.items.set_index("item_id")["lead_time_days"]
    assert (days["cheap"], days["dear"]) == ((MONDAYS[1] - TODAY).days, 60)
    found = rows(adjust.adjusted(one, replace(tracked, ordered=ordered), slow, AROUND)).loc["cheap"]
    assert found["stock_now"] == 70 and found["week_now"] >= WEEKS[1]
    kept = replace(one, overrides=(Override("cheap", launch=False, reason="not this year"),))
    assert (
        left(kept, replace(tracked, ordered=ordered), slow).overrides == kept.overrides
    )  # a person's word goes before


def test_what_is_used_up_is_0_and_never_below(one: Approved) -> None:
    tight = replace(one, wishes=replace(THREE, launches=1, least=1, stock_budget=50.0, ads_budget=1.0))
    rest = left(tight, tracking(one, ("fair", "cheap"), ads_spent=9.0), without(OUTLOOK, "fair", "cheap"))
    assert (rest.wishes.launches, rest.wishes.least) == (0, 0)
    assert (rest.wishes.stock_budget, rest.wishes.ads_budget) == (0.0, 0.0)
    assert any("more than there was" in words for words in rest.words)


def test_limits_by_category_and_week_and_ties_to_what_is_on_sale(one: Approved) -> None:
    wishes = replace(
        THREE,
        categories=(("Mugs", 2, 3), ("Lamps", 1, None)),
        capacities=((MONDAYS[0] - timedelta(weeks=1), 2), (MONDAYS[1], 4)),
        blackout=(MONDAYS[2],),
        must=("fair",),
        not_both=(("fair", "loss"),),
        together=(("fair", "cheap"),),
        spacing=2,
    )
    asked = replace(one, wishes=wishes)
    rest = left(asked, tracking(one, ("fair",)), without(OUTLOOK, "fair")).wishes
    assert rest.categories == (("Mugs", 1, 2), ("Lamps", 1, None))
    assert rest.capacities == ((MONDAYS[1], 4),) and rest.blackout == (MONDAYS[2],)
    assert rest.must == ("cheap",) and rest.must_not == ("loss",)
    assert rest.not_both == () and rest.together == () and rest.spacing == 2


def test_one_nearly_the_same_as_what_is_on_sale_stays_out(one: Approved) -> None:
    alike = pd.DataFrame({"item_id": ["cheap", "dear"], "launched": "fair", "similarity": [0.9, 0.5]})
    asked = replace(one, wishes=replace(THREE, twins=True))
    rest = left(asked, tracking(one, ("fair",)), without(OUTLOOK, "fair"), alike)
    assert rest.wishes.must_not == ("cheap",)
    assert any("nearly the same as fair" in words for words in rest.words)
    assert left(one, tracking(one, ("fair",)), without(OUTLOOK, "fair"), alike).wishes.must_not == ()


def test_a_week_fixed_by_hand_that_has_passed_is_left_to_the_plan(one: Approved) -> None:
    past = MONDAYS[0] - timedelta(weeks=1)
    own = (
        Override("cheap", week=past, reason="fair", who="Ann"),
        Override("dear", week=past, stock=4, reason="room", who="Ben"),
        Override("fair", price=9.0, reason="round"),
    )
    rest = left(replace(one, overrides=own), tracking(one, ("fair",)), without(OUTLOOK, "fair"))
    assert rest.overrides == (replace(own[1], week=None),)
    assert sum("has passed" in words for words in rest.words) == 2


def test_a_forecast_that_doubles_is_named_as_the_reason(one: Approved) -> None:
    doubled = [(*item[:3], tuple(2 * x for x in item[3]), item[4]) if item[0] == "fair" else item for item in SHOP]
    found = adjust.adjusted(one, tracking(one), outlook(doubled), AROUND)
    assert found.changed["item_id"].tolist() == ["fair"]
    row = rows(found).loc["fair"]
    assert row["what"] == "stock" and row["stock_now"] == pytest.approx(2 * row["stock_before"], abs=1)
    assert row["why"].startswith("Its forecast rose from 60 to 120 units (+100%)")
    assert row["units_same"] == pytest.approx(120)
    assert row["stock_before"] == 90  # of which 60 or all are sold; what is left over is worth 2
    stayed = 10 * 75 + 2 * 15 - 4 * 90
    others = found.sums.left_then - row["profit_before"]
    assert found.sums.as_approved == pytest.approx(others + stayed)
    assert found.sums.worth > 0


def test_models_that_were_fitted_anew_are_named(one: Approved, workspace: Workspace) -> None:
    half = [(*item[:3], tuple(x / 2 for x in item[3]), item[4]) for item in SHOP]
    found = adjust.adjusted(one, tracking(one), outlook(half), AROUND, refitted=("demand", "prices"))
    assert "(-50%, by another forecaster)" in rows(found).loc["fair", "why"]
    dearer = one.table.assign(price=one.table["price"] * 1.1)
    asked = replace(one, table=dearer, wishes=replace(THREE, prices="choose"))
    found = adjust.adjusted(asked, tracking(one), OUTLOOK, AROUND, refitted=("prices",))
    assert "its answer to price was fitted anew" in rows(found).loc["fair", "why"].lower()
    assert adjust.refitted(workspace, one) == ("demand",)


def test_a_newer_fit_says_how_its_answer_has_changed(one: Approved) -> None:
    """At an elasticity of e the best price is cost x e / (e - 1), as far as prices were seen."""
    steep, flat = (Response.around(value, value, value) for value in (-3.0, -1.8))
    assert best_price(steep, 10.0, 6.6) == pytest.approx(9.9)
    assert best_price(flat, 10.0, 5.0) == pytest.approx(11.25, abs=0.06)
    dearer = one.table.assign(price=one.table["price"] * 1.1, ad_spend=50.0)
    asked = replace(one, table=dearer, wishes=replace(THREE, prices="choose"))
    moved = {item: Answer(9.5, 10.25, 2.0, 0.75) for item in one.table["item_id"]}
    rest = left(asked, tracking(one), OUTLOOK)
    plan = plans.plan(rest.outlook, rest.wishes, rest.overrides, AROUND)
    words = adjust.compared(rest, plan, tracking(one), AROUND, ("prices", "ads"), moved).changes.set_index("item_id")[
        "why"
    ]
    assert "its best price was 9.50 and is 10.25" in words["fair"]
    assert "was thought to bring 2.00 of revenue, now 0.75" in words["fair"]
    still = {item: Answer(9.5, 9.5) for item in one.table["item_id"]}
    words = adjust.compared(rest, plan, tracking(one), AROUND, ("prices", "ads"), still).changes.set_index("item_id")[
        "why"
    ]
    assert "its best price is still 9.50" in words["fair"] and "what ads bring was fitted anew" in words["fair"]


def test_what_ads_return_is_the_revenue_of_the_approved_money() -> None:
    steps = AdSteps(
        np.array(["a", "b"]), ["search"], np.array([[0.0, 10.0, 20.0]] * 2), np.array([[0.8, 1.0, 1.1]] * 2),
        np.ones((2, 3, 1)), np.array([10.0, 10.0]), np.ones((2, 1)), np.zeros((2, 3), bool),
    )  # fmt: skip
    assert returns(steps, {"a": 20.0}, {"a": 100.0}) == {"a": pytest.approx(0.3 * 100 / 20)}


def test_fits_that_are_gone_or_the_same_are_not_asked(one: Approved, workspace: Workspace) -> None:
    rest = left(one, tracking(one), OUTLOOK)
    assert answers.answers(workspace, rest, AROUND, ()) == {}
    assert answers.answers(workspace, rest, AROUND, ("prices", "ads")) == {}  # the versions of then are not there


def test_a_price_fit_of_then_is_asked_beside_that_of_now(one: Approved, workspace: Workspace) -> None:
    then = replace(one, stamps={**one.stamps, "prices": "prices-1"})
    versions.folder(workspace, "prices-1").mkdir(parents=True)
    load_into(workspace, "date,sku,qty,price\n2024-01-01,A,1,5\n2024-12-31,A,1,5\n")
    pricing.fit(panel.read(workspace.cursor())).save(versions.folder(workspace, "prices-1"))
    around = replace(AROUND, answers={"fair": Response.around(-5.0, -5.0, -5.0)})
    found = answers.answers(workspace, left(then, tracking(one), OUTLOOK), around, ("prices",))
    assert list(found) == ["fair"] and found["fair"].price_now < found["fair"].price_then
    assert np.isnan(found["fair"].return_now)


def test_launches_on_sale_that_new_items_are_like(
    one: Approved, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Near:
        def near(self, items: pd.DataFrame) -> dict[str, pd.DataFrame]:
            frame = pd.DataFrame({"product_id": ["fair", "OLD", "dear"], "similarity": [0.8, 0.7, 0.2]})
            return dict.fromkeys(items["item_id"], frame)

    monkeypatch.setattr(fitted, "crossed", lambda workspace: Near())
    found = near_launched(workspace, without(OUTLOOK, "fair", "dear"), tracking(one, ("fair", "dear")))
    assert found.to_dict("list") == {"item_id": ["cheap", "loss"], "launched": ["fair"] * 2, "similarity": [0.8] * 2}
    assert near_launched(workspace, OUTLOOK, tracking(one)).empty


def test_what_cannot_be_launched_as_approved_any_more_has_no_worth_told(one: Approved) -> None:
    late = replace(OUTLOOK, items=OUTLOOK.items.assign(late=OUTLOOK.items["item_id"] == "cheap"))
    found = adjust.adjusted(one, tracking(one), late, AROUND)
    assert rows(found).loc["cheap", "why"].startswith("Its launch window has passed")
    without_it = one.table.loc[~one.table["item_id"].isin(["cheap"]), "profit"].where(one.table["launch"] == "yes")
    assert found.sums.as_approved == pytest.approx(without_it.sum(), rel=0.01)


def test_a_place_goes_to_the_better_one_and_both_say_so() -> None:
    one = approval(plans.plan(OUTLOOK, Wishes(launches=2), (), AROUND))
    assert set(one.table.loc[one.table["launch"] == "yes", "item_id"]) == {"fair", "cheap"}
    better = [(*item[:3], (400.0, 400.0, 400.0), item[4]) if item[0] == "dear" else item for item in SHOP]
    found = rows(adjust.adjusted(one, tracking(one), outlook(better), AROUND))
    went = found.loc[found["launch_now"] != found["launch_before"]]
    assert set(went.index) == {"dear", "cheap"} and (went["what"] == "launch").all()
    assert "takes the place of Item cheap (cheap)" in went.loc["dear", "why"]
    assert "forecast rose" in went.loc["dear", "why"]
    assert went.loc["cheap", "why"] == "Its place was taken by Item dear (dear)"


def test_small_differences_are_none() -> None:
    one = approval(plans.plan(OUTLOOK, THREE, (), AROUND))
    near = one.table.assign(
        price=one.table["price"] + 0.004, opening_stock=one.table["opening_stock"] + 1, ad_spend=0.009
    )
    found = adjust.adjusted(replace(one, table=near), tracking(one), OUTLOOK, AROUND)
    assert found.changed.empty
    far = one.table.assign(price=one.table["price"] + 0.01)
    found = adjust.adjusted(replace(one, table=far), tracking(one), OUTLOOK, AROUND)
    assert (found.changed["what"] == "price").all() and len(found.changed) == 3


def test_a_week_that_is_over_is_named(one: Approved) -> None:
    before = one.table.assign(launch_week=WEEKS[0] - pd.Timedelta(weeks=2))
    found = adjust.adjusted(replace(one, table=before), tracking(one), OUTLOOK, AROUND)
    assert (found.changed["what"] == "week").all() and len(found.changed) == 3
    assert found.changed["why"].str.startswith("Its week, 20 Jan 2025, is over without a sale").all()


def test_cost_price_and_what_it_takes_from_a_launch_are_named(one: Approved) -> None:
    dearer = replace(OUTLOOK, items=OUTLOOK.items.assign(cost=[0.5, 25.0, 7.0, 60.0], price=[2.5, 30.0, 10.0, 50.0]))
    around = Surroundings(losses={"fair": 2.0}, today=TODAY)
    alike = pd.DataFrame({"item_id": ["fair"], "launched": ["dear"], "similarity": [0.5]})
    found = rows(adjust.adjusted(one, tracking(one, ("dear",)), without(dearer, "dear"), around, alike))
    assert "cost rose from 4.00 to 7.00" in found.loc["fair", "why"]
    assert "dear, launched meanwhile, is like it: a unit of it takes 2.00" in found.loc["fair", "why"]
    assert "changed in the sheet or on Pricing" in found.loc["cheap", "why"]


def test_new_and_missing_items_are_told(one: Approved) -> None:
    fresh = [item for item in SHOP if item[0] != "dear"] + [("new", 20.0, 5.0, (50.0, 50.0, 50.0), 9.0)]
    found = rows(adjust.adjusted(one, tracking(one), outlook(fresh), AROUND))
    assert found.loc["new", "launch_now"] == "yes" and found.loc["new", "why"].startswith("New in the sheet")
    assert found.loc["dear", "why"] == "No longer in the sheet of new items"


def test_money_that_those_on_sale_used_beyond_the_plan_is_named() -> None:
    asked = replace(THREE, stock_budget=400.0)
    one = approval(plans.plan(OUTLOOK, asked, (), AROUND))
    planned = one.table.set_index("item_id")["opening_stock"]
    assert planned["dear"] > 0 and planned["cheap"] > 0
    more = 380.0 / 4.0 - planned["fair"]  # all but 20 of the budget
    found = rows(adjust.adjusted(one, tracking(one, ("fair",), received=more), without(OUTLOOK, "fair"), AROUND))
    stocked = found.loc["cheap"]
    assert stocked["changed"] and "on sale use" in stocked["why"] and "more for opening stock" in stocked["why"]


def test_what_was_ordered_at_the_approval_keeps_its_week() -> None:
    """Three weeks of lead time that are over: ordered today, it would come after the last week there is."""
    slow = outlook(SHOP, lead_time_days=21)
    one = approval(plans.plan(slow, THREE, (), AROUND), slow)
    later = MONDAYS[0] - timedelta(days=1)
    around = Surroundings(today=later)
    found = adjust.adjusted(one, tracking(one, today=later), slow, around)
    assert found.changed.empty and found.left.outlook.key != slow.key
    assert found.left.ready["cheap"] == later + timedelta(days=21)
    assert found.plan.totals.launched == 3 and plans.plan(slow, THREE, (), around).totals.launched == 0


def test_nothing_left_and_wishes_that_clash_say_what_to_do(one: Approved) -> None:
    with pytest.raises(NotReady, match="All 3 launches of this plan are on sale"):
        adjust.adjusted(one, tracking(one, ("fair", "cheap", "dear")), OUTLOOK, AROUND)
    asked = replace(one, wishes=replace(THREE, must=("cheap",), launches=1))
    with pytest.raises(Clash, match="cheap must be launched"):
        adjust.adjusted(asked, tracking(one, ("fair",)), without(OUTLOOK, "fair"), AROUND)


def test_it_is_taken_over_as_a_draft_with_reasons_and_names(workspace: Workspace) -> None:
    slow = outlook(SHOP, lead_time_days=21)
    own = (Override("cheap", stock=90, reason="room", who="Ann"), Override("dear", price=31.0, reason="round"))
    one = approval(plans.plan(slow, THREE, own, AROUND), slow)
    later = MONDAYS[0] - timedelta(days=1)
    found = adjust.adjusted(one, tracking(one, ("fair",), later), without(slow, "fair"), Surroundings(today=later))
    made = adjust.take_over(workspace, found.left, found.plan, "Cleo")
    assert (made.name, made.state, made.wishes) == ("Plan, adjusted 02 Feb 2025", "draft", found.left.wishes)
    cheap, dear = made.overrides
    assert (cheap.stock, cheap.who) == (90, "Ann") and cheap.reason.startswith("room; ordered when the plan was")
    assert (dear.price, dear.who) == (31.0, "Cleo")
    assert scenarios.approved(workspace.cursor()) is None
    again = plans.plan(without(slow, "fair"), made.wishes, made.overrides, Surroundings(today=later))
    columns = ["item_id", "launch", "launch_week", "price", "opening_stock"]
    pd.testing.assert_frame_equal(again.table[columns], found.plan.table[columns])
    assert adjust.take_over(workspace, found.left, None).name == "Plan, adjusted 02 Feb 2025 (2)"


def test_what_was_learnt_is_told(workspace: Workspace, one: Approved) -> None:
    today = TODAY + timedelta(weeks=3)
    tracked = tracking(one, ("fair",), today, level=1.25)
    words = " ".join(adjust.learnt(workspace, left(one, tracked, without(OUTLOOK, "fair")), tracked))
    assert "3 weeks of sales came since" in words and "125% of their forecast" in words
    assert "Forecaster: v1 → none." in words
    assert "same sales" in adjust.learnt(workspace, left(one, tracking(one), OUTLOOK), tracking(one))[0]


def test_a_plan_with_damage_in_its_overrides_is_refused_in_words(one: Approved) -> None:
    bad = replace(one, overrides=(Override("cheap", price=-1.0, reason="typing"),))
    with pytest.raises(DebutError, match="is no price"):
        adjust.adjusted(bad, tracking(one), OUTLOOK, AROUND)
