"""Rules in order: each moves a price only if it has to, says so, and names what stands in its way."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from core.errors import DebutError
from core.prices import families, kept_rules, rules
from core.prices.families import Family
from core.prices.kept_rules import Policy
from core.prices.rules import Decision, Facts, Rule
from core.workspace import Workspace

FACTS = Facts(planned=20.0, cost=10.0)
Worth = Callable[[np.ndarray], np.ndarray]


def worth_at(best: float) -> Worth:
    """A profit with one peak."""
    return lambda prices: -((np.asarray(prices) - best) ** 2)


def decided(*wanted: Rule, facts: Facts = FACTS, best: float = 23.4) -> Decision:
    return rules.apply(wanted, facts, best, worth_at(best))


def test_without_rules_the_best_price_stands() -> None:
    found = decided()
    assert found.price == 23.4 and found.steps == ()


def test_a_rule_that_is_off_or_already_kept_does_nothing() -> None:
    found = decided(Rule("margin", True, 40.0), Rule("change", False, 1.0), Rule("bounds"))
    assert found.price == 23.4 and found.steps == ()


@pytest.mark.parametrize(
    ("rule", "facts", "price"),
    [
        (Rule("margin", True, 60.0), FACTS, 25.0),
        (Rule("bounds"), replace(FACTS, lowest=12.0, highest=21.0), 21.0),
        (Rule("bounds"), replace(FACTS, lowest=25.0), 25.0),
        (Rule("seen", True, 0.0), replace(FACTS, seen=(14.0, 22.0)), 22.0),
        (Rule("seen", True, 10.0), replace(FACTS, seen=(14.0, 21.0)), 23.1),
        (Rule("change", True, 10.0), FACTS, 22.0),
        (Rule("competitors", True, 10.0), replace(FACTS, offers=np.array([15.0, 18.0, 40.0])), 19.8),
        (Rule("cheaper", True, 50.0), replace(FACTS, offers=np.array([15.0, 18.0, 22.0, 40.0])), 22.0),
        (Rule("cheaper", True, 0.0), replace(FACTS, offers=np.array([15.0, 18.0])), 15.0),
        (Rule("family", True, 10.0), replace(FACTS, beneath=("Small", 24.0)), 26.4),
        (Rule("family", True, 10.0), replace(FACTS, above=("Large", 22.0)), 20.0),
        (Rule("step", True, 2.0), FACTS, 24.0),
        (Rule("ending", True, ending=".99"), FACTS, 22.99),
        (Rule("ending", True, ending=".95"), FACTS, 22.95),
        (Rule("ending", True, ending="whole"), FACTS, 23.0),
        (Rule("ending", True, ending="9 (whole)"), FACTS, 19.0),
        (Rule("ending"), replace(FACTS, endings=(0.49, 0.99)), 23.49),
    ],
)
def test_each_rule_alone(rule: Rule, facts: Facts, price: float) -> None:
    found = decided(rule, facts=facts)
    assert found.price == pytest.approx(price)
    (step,) = found.steps
    assert step.kept and step.kind == rule.kind
    assert f"{price - 23.4:+,.2f}" in step.words


@pytest.mark.parametrize("kind", ["bounds", "competitors", "cheaper", "family", "ending"])
def test_a_rule_without_anything_to_go_by_says_nothing(kind: str) -> None:
    assert decided(Rule(kind, True, 10.0)).steps == ()


def test_the_first_rule_is_the_strongest_and_the_other_names_it() -> None:
    margin, bounds = Rule("margin", True, 60.0), Rule("bounds")
    facts = replace(FACTS, highest=21.0)
    one, other = decided(margin, bounds, facts=facts), decided(bounds, margin, facts=facts)
    assert one.price == 25.0 and other.price == 21.0
    assert "Minimum margin" in one.conflicts[0].words and one.conflicts[0].kind == "bounds"
    assert "Lowest and highest" in other.conflicts[0].words and other.conflicts[0].kind == "margin"


def test_a_rule_that_cannot_be_kept_still_pulls_as_far_as_it_may() -> None:
    facts = replace(FACTS, lowest=15.0, highest=40.0)
    found = decided(Rule("bounds"), Rule("margin", True, 80.0), facts=facts)
    assert found.price == 40.0 and not found.conflicts[0].kept


def test_an_ending_finds_a_price_inside_the_limits_or_says_why_not() -> None:
    ending = Rule("ending", True, ending=".99")
    inside = decided(Rule("bounds"), ending, facts=replace(FACTS, lowest=23.2, highest=24.5))
    assert inside.price == 23.99
    none = decided(Rule("bounds"), ending, facts=replace(FACTS, lowest=23.2, highest=23.6))
    assert none.price == 23.4
    assert "Lowest and highest" in none.conflicts[0].words


def test_the_ending_that_earns_more_is_taken_not_the_nearest() -> None:
    steep = lambda prices: np.asarray(prices)  # noqa: E731
    assert rules.apply((Rule("ending", True, ending=".99"),), FACTS, 23.2, steep).price == 23.99


def test_a_limit_after_an_ending_moves_to_another_price_of_that_ending() -> None:
    found = decided(Rule("ending", True, ending=".99"), Rule("change", True, 10.0))
    assert found.price == 21.99
    assert [step.kind for step in found.steps] == ["ending", "change"]


def test_two_shapes_meet_or_the_second_is_named() -> None:
    meets = decided(Rule("step", True, 5.0), Rule("ending", True, ending="whole"))
    assert meets.price == 25.0
    never = decided(Rule("step", True, 0.5), Rule("ending", True, ending=".99"))
    assert never.price == 23.5 and "Step" in never.conflicts[0].words


def test_shapes_meet_whichever_comes_first_and_however_fine_the_other_is() -> None:
    cents, nine = Rule("step", True, 0.01), Rule("ending", True, ending="9 (whole)")
    found = [decided(*order) for order in ((cents, nine), (nine, cents))]
    assert [one.price for one in found] == [19.0, 19.0] and not any(one.conflicts for one in found)


def test_a_rule_whose_ends_are_crossed_is_not_kept_and_says_so() -> None:
    """A sheet with its lowest price above its highest; a family with the larger item on sale for less."""
    for rule, facts in (
        (Rule("bounds"), replace(FACTS, lowest=30.0, highest=20.0)),
        (Rule("family"), replace(FACTS, beneath=("Small", 30.0), above=("Large", 20.0))),
    ):
        found = decided(rule, facts=facts)
        assert found.price == 23.4 and "its ends are crossed" in found.conflicts[0].words
        assert decided(rule, facts=facts, best=50.0).price == 30.0
        assert decided(Rule("margin", True, 53.0), rule, facts=facts).price == 23.4  # above 21.28 anyway


def test_prices_below_one_keep_their_fractions() -> None:
    found = rules.apply((), Facts(0.05, 0.01), 0.0432, worth_at(0.0432))
    assert found.price == pytest.approx(0.0432)


@pytest.mark.parametrize(
    "wrong",
    [("margin", 100.0, ".99"), ("margin", -1.0, ".99"), ("step", 0.0, ".99"), ("luck", 1.0, ".99"), ("ending", 0, "?")],
)
def test_a_rule_that_cannot_be_is_refused_in_words(wrong: tuple[str, float, str]) -> None:
    with pytest.raises(DebutError):
        Rule(wrong[0], True, wrong[1], wrong[2])


def test_rules_move_up_and_down_and_stop_at_the_ends() -> None:
    order = (Rule("margin"), Rule("bounds"), Rule("ending"))
    kinds = [[rule.kind for rule in rules.moved(order, "bounds", places)] for places in (-1, 1, -9, 9)]
    first, last = ["bounds", "margin", "ending"], ["margin", "ending", "bounds"]
    assert kinds == [first, last, first, last]


def test_the_policy_is_kept_and_read_again(workspace: Workspace) -> None:
    assert kept_rules.kept(workspace.cursor()) == Policy()
    wanted = Policy(
        rules.moved(rules.STANDARD, "ending", -3), (Family("Mugs", ("A", "B")),), cost_share=0.4, count_loss=False
    ).setting(Rule("margin", False, 33.0))
    kept_rules.keep(workspace, wanted)
    assert kept_rules.kept(workspace.cursor()) == wanted
    assert kept_rules.kept(workspace.cursor()).rule("margin") == Rule("margin", False, 33.0)


def test_a_policy_of_another_version_is_read_as_far_as_it_is_known(workspace: Workspace) -> None:
    kept_rules.keep(workspace, Policy(rules=(Rule("step", True, 3.0),)))
    found = kept_rules.kept(workspace.cursor()).rules
    assert found[0] == Rule("step", True, 3.0)
    assert {rule.kind for rule in found} == set(rules.KINDS) and len(found) == len(rules.KINDS)


@pytest.mark.parametrize(
    "old", [{"kind": "luck"}, {"kind": "ending", "ending": "gone"}, {"kind": "margin", "worth": 1}, {"on": True}]
)
def test_a_rule_that_cannot_be_any_more_is_passed_over(workspace: Workspace, old: dict[str, object]) -> None:
    values = asdict(Policy()) | {"rules": [old, asdict(Rule("step", True, 3.0))]}
    with workspace.transaction(data=False) as cursor:
        cursor.execute("INSERT INTO settings VALUES (?, ?)", [kept_rules.SETTING, json.dumps(values)])
    found = kept_rules.kept(workspace.cursor()).rules
    assert found[0] == Rule("step", True, 3.0)
    assert sorted(rule.kind for rule in found) == sorted(rules.KINDS)


def test_an_item_in_two_families_and_a_cost_of_all_the_price_are_refused(workspace: Workspace) -> None:
    twice = (Family("One", ("A", "B")), Family("Other", ("B", "C")))
    with pytest.raises(DebutError, match="B may stand in one family only"):
        kept_rules.keep(workspace, Policy(families=twice))
    with pytest.raises(DebutError, match="between 0 and 100"):
        kept_rules.keep(workspace, Policy(cost_share=1.0))
    assert kept_rules.kept(workspace.cursor()) == Policy()


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["Fox mug, large", "Fox mug, small", "Fox lamp"], [("B", "A")]),
        (["Tea 500 g", "Tea 1 kg", "Tea 250g"], [("C", "A", "B")]),
        (["Plates, set of 6", "Plates, set of 2"], [("B", "A")]),
        (["Premium fox towel", "Basic fox towel"], [("B", "A")]),
        (["Fox mug", "Owl mug"], []),
        (["Large", "Small"], []),  # nothing is left to compare
        (["Fox mug small", "Fox mug small"], []),
    ],
)
def test_families_are_found_in_titles(titles: list[str], expected: list[tuple[str, ...]]) -> None:
    items = pd.DataFrame({"item_id": list("ABC")[: len(titles)], "title": titles, "category": "Home"})
    assert [family.members for family in families.found(items)] == expected


def test_families_do_not_cross_categories() -> None:
    items = pd.DataFrame({"item_id": ["A", "B"], "title": ["Fox small", "Fox large"], "category": ["Mugs", None]})
    assert families.found(items) == ()


def test_families_that_are_found_are_added_to_those_that_are_kept() -> None:
    kept = (Family("By hand", ("A", "B")),)
    more = (Family("Found", ("B", "C")), Family("Other", ("D", "E")))
    assert families.added(kept, more) == more[1:]
    assert families.added((), more) == more
    assert families.strange(kept, {"A", "Z"}) == ["B"]


def test_prices_out_of_order_meet_between_and_the_rest_stays() -> None:
    assert families.ordered(np.array([10.0, 12.0, 15.0]), 0.0) == pytest.approx([10, 12, 15])
    assert families.ordered(np.array([10.0, 18.0, 12.5]), 0.0) == pytest.approx([10, 15, 15])
    gaps = families.ordered(np.array([10.0, 10.0, 10.0]), 0.1)
    assert gaps[1:] / gaps[:-1] == pytest.approx([1.1, 1.1]) and gaps[1] == pytest.approx(10.0)
