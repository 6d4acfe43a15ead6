"""Chosen prices: kept with who, when and why; what is in force; undo; and the outlook and the plan that go by them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import demo, outlook
from core.errors import DebutError
from core.levers import Units
from core.outlook import Outlook
from core.plan import Wishes, plan
from core.prices import choices, in_force, kept_rules
from core.prices.choices import Wish
from core.prices.kept_rules import Policy
from core.workspace import Workspace
from tests.price_samples import answer

WEEK = pd.Timestamp("2025-02-03")


def test_the_last_choice_of_an_item_is_in_force(workspace: Workspace) -> None:
    choices.keep(workspace, [Wish("A", 12.5, "by hand", True), Wish("B", 9.0)], " Ann ", "spring sale")
    choices.keep(workspace, [Wish("A", 13.0)], "Ben")
    found = choices.kept(workspace.cursor())
    assert {item: choice.price for item, choice in found.items()} == {"A": 13.0, "B": 9.0}
    assert found["A"].made_by == "Ben" and not found["A"].locked
    assert (found["B"].made_by, found["B"].note) == ("Ann", "spring sale")


def test_back_to_the_sheet_is_a_choice_of_its_own(workspace: Workspace) -> None:
    choices.keep(workspace, [Wish("A", 12.5)])
    choices.keep(workspace, [Wish("A", None, "back")])
    assert choices.kept(workspace.cursor()) == {}
    choices.undo(workspace)
    assert choices.kept(workspace.cursor())["A"].price == 12.5


def test_undo_takes_back_a_whole_act_and_then_the_one_before(workspace: Workspace) -> None:
    choices.keep(workspace, [Wish("A", 10.0)])
    choices.keep(workspace, [Wish("A", 11.0), Wish("B", 5.0)], "Ann")
    assert "2 prices kept by Ann" in choices.last(workspace.cursor())
    assert choices.undo(workspace) == 2
    assert list(choices.kept(workspace.cursor())) == ["A"]
    assert choices.undo(workspace) == 1
    assert choices.kept(workspace.cursor()) == {} and choices.last(workspace.cursor()) == ""
    assert choices.undo(workspace) == 0
    log = choices.log(workspace.cursor())
    assert len(log) == 3 and log["undone"].all()


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf"), 1e12])
def test_what_is_no_price_is_refused_and_nothing_is_kept(workspace: Workspace, price: float) -> None:
    with pytest.raises(DebutError, match="no price"):
        choices.keep(workspace, [Wish("B", 5.0), Wish("A", price)])
    assert choices.kept(workspace.cursor()) == {}


def test_words_are_kept_as_they_are_and_cut(workspace: Workspace) -> None:
    nasty = "'); DROP TABLE price_choices; --"
    choices.keep(workspace, [Wish(nasty, 5.0, "x" * 999)], nasty, "y" * 999)
    found = choices.kept(workspace.cursor())[nasty]
    assert found.made_by == nasty
    assert len(found.note) == len(found.reason) == choices.LONGEST


def test_the_stamp_changes_with_what_is_in_force_only(workspace: Workspace) -> None:
    empty = choices.stamp(workspace.cursor())
    version = workspace.version
    choices.keep(workspace, [Wish("A", 10.0)])
    one = choices.stamp(workspace.cursor())
    choices.keep(workspace, [Wish("A", 10.0)], "someone else")
    assert one != empty and choices.stamp(workspace.cursor()) == one
    choices.undo(workspace)
    choices.undo(workspace)
    assert choices.stamp(workspace.cursor()) == empty
    assert workspace.version == version  # no forecast is stale


def test_a_demo_shop_with_chosen_prices_makes_room_for_a_newer_one_and_is_kept(tmp_path: Path) -> None:
    with Workspace(tmp_path / "demo") as shop:
        choices.keep(shop, [Wish("A", 10.0)])
    demo._put_away(tmp_path / "demo")
    assert list(tmp_path.glob("demo-before-*"))


def test_a_demo_shop_with_price_rules_of_its_own_is_kept_too(tmp_path: Path) -> None:
    with Workspace(tmp_path / "demo") as shop:
        kept_rules.keep(shop, Policy(cost_share=0.4))
    demo._put_away(tmp_path / "demo")
    assert list(tmp_path.glob("demo-before-*"))


def test_a_cost_that_the_user_assumes_is_said_where_the_shops_was(known: Outlook) -> None:
    words = ["price (the shop's median), cost (half of the price)", "", "price (the shop's median)"]
    found = in_force._costed(replace(known, items=known.items.assign(assumed=words)), 0.3)
    assert found.items["cost"].tolist() == [6.0, 5.0, 5.0]
    assert found.items["assumed"].tolist() == ["price (the shop's median), cost (30% of the price)", *words[1:]]
    assert found.key != known.key and in_force._costed(known, None) is known


@pytest.fixture
def known() -> Outlook:
    """Two items over two weeks, at 20 and 30; the second without a price above 0 is a third."""
    ids, prices = ["A", "B", "C"], [20.0, 30.0, 0.0]
    sheet = pd.DataFrame({"item_id": ids, "title": ids, "category": "Mugs", "price": prices, "cost": 5.0})
    sheet = sheet.assign(assumed="", max_stock=np.nan, late=False)
    rows = [(item, WEEK, week, units / 2, units, units * 2, units * 1.2) for item in ids for week, units in
            ((1, 60.0), (2, 40.0), (0, 100.0))]  # fmt: skip
    columns = ["item_id", "launch_week", "week", "p10", "p50", "p90", "mean"]
    sums = pd.DataFrame(np.tile(np.linspace(50, 190, 15), (3, 1)), columns=[f"sum_{at}" for at in range(15)])
    sums.insert(0, "launch_week", WEEK)
    sums.insert(0, "item_id", ids)
    like = pd.DataFrame({"item_id": ids, "place": 1, "product_id": "P", "title": "Red mug", "weight": 1.0})
    appeal = pd.DataFrame({"item_id": ids, "preference": 0.1, "buyers": 50.0})
    return Outlook("key", 2, sheet, pd.DataFrame(rows, columns=columns), like, appeal, sums)


def test_a_chosen_price_moves_its_item_and_no_other(known: Outlook) -> None:
    found = outlook.at_prices(known, {"A": 10.0}, {"A": answer(-2.0)})
    assert found.of("A").units.mean[0] == pytest.approx(known.of("A").units.mean[0] * 4)
    assert found.of("A").units.totals[0] == pytest.approx(known.of("A").units.totals[0] * 4, rel=0.02)
    assert found.of("A").units.quantiles == pytest.approx(known.of("A").units.quantiles * 4)
    assert found.of("B").units.mean == pytest.approx(known.of("B").units.mean)
    assert found.items.set_index("item_id").loc["A", ["price", "priced"]].tolist() == [
        10.0,
        "priced at 10.00 instead of 20.00",
    ]
    assert found.appeal.set_index("item_id")["buyers"].tolist() == pytest.approx([200.0, 50.0, 50.0])
    assert found.key != known.key and found.at_sheet is known


def test_an_answer_that_is_hardly_known_widens_the_forecast(known: Outlook) -> None:
    sure, unsure = (
        outlook.at_prices(known, {"A": 12.0}, {"A": answer(-2.0, doubt)}).of("A").units for doubt in (0, 0.8)
    )
    assert width(unsure) > 1.02 * width(sure)
    assert unsure.quantiles[0, -1, 1] == pytest.approx(sure.quantiles[0, -1, 1], rel=0.01)
    assert (np.diff(unsure.totals, axis=1) >= 0).all()


def test_prices_are_chosen_from_the_sheets_forecast_each_time(known: Outlook) -> None:
    once = outlook.at_prices(known, {"A": 10.0}, {"A": answer(-2.0)})
    again = outlook.at_prices(once, {"A": 20.0, "B": 15.0}, {"A": answer(-2.0), "B": answer(-2.0)})
    assert again.of("A").units.mean == pytest.approx(known.of("A").units.mean)
    assert again.of("B").units.mean == pytest.approx(known.of("B").units.mean * 4)


def test_items_that_are_gone_or_have_no_price_are_passed_over(known: Outlook) -> None:
    assert outlook.at_prices(known, {"gone": 5.0, "C": 5.0}, {}) is known


def test_the_plan_goes_by_the_chosen_price_and_says_so(known: Outlook) -> None:
    before = plan(known, Wishes()).table.set_index("item_id")
    after = plan(outlook.at_prices(known, {"A": 10.0}, {"A": answer(-2.0)}), Wishes()).table.set_index("item_id")
    assert after.loc["A", "price"] == 10.0
    assert before.loc["A", "units_mean"] == pytest.approx(120)
    assert after.loc["A", "units_mean"] == pytest.approx(4 * 120)
    assert after.loc["A", "opening_stock"] > 2 * before.loc["A", "opening_stock"]
    assert "priced at 10.00 instead of 20.00" in after.loc["A", "reason"]
    assert "priced" not in after.loc["B", "reason"]


def width(units: Units) -> float:
    return float(np.log(units.quantiles[0, -1, 2] / units.quantiles[0, -1, 0]))
