"""The whole sheet at once: best and allowed prices, families, and what all come to."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.errors import DebutError
from core.outlook import Outlook
from core.prices import cases, priced, profit
from core.prices.families import Family
from core.prices.kept_rules import Policy
from core.prices.priced import Sheet, Surroundings
from core.prices.profit import Case
from core.prices.rules import Rule
from core.pricing import Response
from tests.price_samples import answer, case

ALONE = Surroundings({}, {})
FREE = Policy(rules=(Rule("family", True, 0.0), Rule("ending", False)))


def items() -> list[Case]:
    """Three sizes whose best prices are out of order, and one that sells without them."""
    small = case(answer(-2.0, 0.3), item_id="S", title="Small mug", cost=10.0)  # earns most at 20
    medium = case(answer(-3.0, 0.3), item_id="M", title="Medium mug", cost=10.0)  # at 15
    large = case(answer(-2.5, 0.3), item_id="L", title="Large mug", cost=15.0)  # at 25
    return [small, medium, large, case(answer(-2.5, 0.3), item_id="X", title="Lamp", cost=8.0)]


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return priced.priced(items(), FREE, ALONE)


def test_every_item_gets_its_best_price_where_no_rule_minds(sheet: Sheet) -> None:
    assert sheet.suggested["X"] == pytest.approx(sheet.profiles["X"].best, abs=0.01)
    table = sheet.table(sheet.suggested).set_index("item_id")
    assert (table["near_low"] < table["best"]).all() and (table["best"] < table["near_high"]).all()
    assert (table["gain"] > -0.01).all()  # prices are in cents
    assert (table["gain_low"] <= table["gain"] + 1e-6).all() and (table["gain"] <= table["gain_high"] + 1e-6).all()


def test_totals_are_the_sum_of_the_items(sheet: Sheet) -> None:
    prices = {"S": 18.0, "M": 21.3, "L": 30.0, "X": 20.0}
    effect = sheet.effect(prices)
    each = [float(sheet.profiles[item].profit(np.array([price]))[0]) for item, price in prices.items()]
    assert effect.profit[1] == pytest.approx(sum(each), rel=0.003)
    table = sheet.table(prices)
    assert effect.units[1] == pytest.approx(table["units"].sum(), rel=1e-6)
    assert effect.revenue[1] == pytest.approx((table["units"] * table["price"]).sum(), rel=1e-6)


def test_the_effect_of_no_change_is_nothing_and_of_a_change_has_a_band(sheet: Sheet) -> None:
    none = sheet.effect(sheet.planned, sheet.planned)
    assert none.profit == pytest.approx((0, 0, 0), abs=1e-6)
    some = sheet.effect(sheet.suggested, sheet.planned)
    assert some.profit[0] < some.profit[1] < some.profit[2]
    assert some.profit[1] > 0


def test_a_family_keeps_its_order_whatever_is_best_for_each() -> None:
    found = priced.priced(items(), replace(FREE, families=(Family("Mugs", ("S", "M", "L")),)), ALONE)
    small, medium, large = (found.suggested[item] for item in "SML")
    assert small <= medium <= large
    assert 15 < medium < 20.01
    assert any(step.kind == "family" for step in found.decisions["M"].steps)


def test_an_item_on_sale_in_a_family_stands_and_the_new_ones_go_around_it() -> None:
    around = Surroundings({}, {"OLD": ("Old mug", 17.0)})
    policy = replace(FREE, families=(Family("Mugs", ("S", "OLD", "M")),))
    found = priced.priced(items(), policy, around)
    assert found.suggested["S"] == pytest.approx(17.0, abs=0.01) and found.suggested["M"] >= 17.0
    assert "Old mug" in found.decisions["S"].steps[-1].words


def test_a_family_with_the_rule_off_or_with_strangers_changes_nothing(sheet: Sheet) -> None:
    off = Policy(rules=(Rule("family", False), Rule("ending", False)), families=(Family("Mugs", ("S", "M")),))
    strangers = replace(FREE, families=(Family("Mugs", ("gone", "S")),))
    for policy in (off, strangers):
        assert priced.priced(items(), policy, ALONE).suggested == sheet.suggested


def test_competitors_and_endings_reach_the_rules() -> None:
    policy = Policy(rules=(Rule("family"), Rule("competitors", True, 10.0), Rule("ending")))
    around = Surroundings({"X": np.array([10.0, 11.0])}, {}, (0.99,))
    found = priced.priced(items(), policy, around)
    assert found.suggested["X"] == pytest.approx(10.99)
    assert round(found.suggested["S"] % 1, 2) == 0.99


def test_notes_say_what_is_odd() -> None:
    odd = [
        case(item_id="assumed", cost_assumed=True),
        case(item_id="dear", cost=21.0),
        case(answer(seen=(0.95, 1.05)), item_id="far"),
        case(item_id="dead", outcomes=np.zeros(5), mean=0.0),
        case(item_id="stuck", lowest=90.0, highest=95.0),
    ]
    policy = Policy(rules=(Rule("change", True, 10.0), Rule("bounds"), Rule("family"), Rule("ending", False)))
    found = priced.priced(odd, policy, ALONE)
    notes = {item: found.notes(item) for item in found.profiles}
    assert "cost assumed" in notes["assumed"]
    assert "does not cover the cost" in notes["dear"]
    assert "beyond the prices seen" in notes["far"]
    assert "no price earns money" in notes["dead"]
    assert "not kept" in notes["stuck"]


def test_an_item_that_earns_nothing_keeps_its_price() -> None:
    found = priced.priced([case(outcomes=np.zeros(5), mean=0.0)], FREE, ALONE)
    assert found.suggested == {"N1": 20.0}
    assert np.isnan(found.table(found.suggested)["near_low"][0])


def test_nothing_to_price_is_said() -> None:
    with pytest.raises(DebutError, match="above 0"):
        priced.priced([], FREE, ALONE)


def test_a_long_sheet_is_priced_item_by_item_the_same() -> None:
    many = [replace(one, item_id=f"{one.item_id}{at}") for at in range(50) for one in items()]
    found = priced.priced(many, FREE, ALONE)
    assert len(found.table(found.suggested)) == 200
    first, last = (found.effect(found.planned).profit[1] / 50, found.profiles["X49"].best)
    assert first == pytest.approx(priced.priced(items(), FREE, ALONE).effect(dict.fromkeys("SMLX", 20.0)).profit[1])
    assert last == pytest.approx(found.profiles["X0"].best)


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ([9.99, 19.99, 4.49, 7.99, 2.49], (0.49, 0.99)),
        ([10.0, 20.0, 30.0], (0.0,)),
        ([1.13, 2.27, 3.31, 4.48, 5.52, 6.67, 7.71], ()),
        ([0.0, -1.0], ()),
        ([], ()),
    ],
)
def test_the_endings_of_a_shop(prices: list[float], expected: tuple[float, ...]) -> None:
    assert priced.endings(np.array(prices)) == expected


class Known:
    """Responses that remember what they were asked."""

    asked: list[tuple[str | None, list[str]]]

    def __init__(self) -> None:
        self.asked = []

    def of_new(self, category: str | None, like: object = (), weights: object = None, text: object = None) -> Response:
        self.asked.append((category, list(like)))  # type: ignore[call-overload]
        return answer()


def test_cases_come_from_the_outlook() -> None:
    week = pd.Timestamp("2025-02-03")
    sheet = pd.DataFrame(
        {
            **{"item_id": ["A", "B"], "title": ["Mug", "Lamp"], "category": ["Mugs", None], "price": [20.0, 0.0]},
            **{"cost": [8.0, 1.0], "price_min": [15.0, np.nan], "price_max": [0.0, np.nan]},
            **{"max_stock": pd.array([80, None], dtype="Int64"), "assumed": ["cost (half of the price)", ""]},
        }
    )
    rows = [(item, when, 0, 1.0, 2.0, 3.0, mean) for item in "AB" for when, mean in ((week, 7.0), (week, 9.0))]
    forecast = pd.DataFrame(rows, columns=["item_id", "launch_week", "week", "p10", "p50", "p90", "mean"])
    sums = pd.DataFrame({"item_id": ["A", "B"], "launch_week": week, "sum_0": [9.0, 1.0], "sum_1": [3.0, 2.0]})
    like = pd.DataFrame({"item_id": ["A", "A"], "product_id": ["P1", "P2"], "weight": [0.7, 0.3]})
    known = Outlook("key", 8, sheet, forecast, like, pd.DataFrame(), sums)
    responses = Known()
    answers = cases.answers(known, ["A", "B"], responses)  # type: ignore[arg-type]
    (found,) = cases.cases(known, answers, {"A": (1.0, 2.0, 3.0)})
    assert (found.planned, found.cost, found.mean, found.stock, found.lowest, found.highest) == (
        20.0,
        8.0,
        7.0,
        80.0,
        15.0,
        None,
    )
    assert found.cost_assumed and found.loss == (1.0, 2.0, 3.0)
    assert found.outcomes.tolist() == [3.0, 9.0]
    assert responses.asked == [("Mugs", ["P1", "P2"]), (None, [])]
    assert list(cases.left_out(known)) == ["B"]
    assert profit.profile(found).best > 8
