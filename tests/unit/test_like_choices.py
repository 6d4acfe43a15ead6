"""What the user chose for an item: applied to its like items, and kept in the shop's file."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from core import like_choices, like_items
from core.errors import DebutError
from core.like_choices import Choice
from core.like_items import LikeItems, Query
from core.workspace import Workspace
from tests.conftest import SmallShop

COUNT = 10


@pytest.fixture
def query(small_shop: SmallShop, vectors: np.ndarray) -> Query:
    """A new item in three launch weeks: its text is that of the shop's first item."""
    launch = small_shop.history.days + np.array([7, 14, 21])
    return like_items.new_query(small_shop.history, np.repeat(vectors[:1], 3, axis=0), np.full(3, 9.0), launch)


@pytest.fixture
def found(small_shop: SmallShop, vectors: np.ndarray, query: Query) -> LikeItems:
    return like_items.find(small_shop.history, vectors, query, COUNT)


@pytest.fixture
def chosen(small_shop: SmallShop, vectors: np.ndarray, query: Query, found: LikeItems):
    """chosen(choice): the like items under it."""
    return lambda choice: like_choices.apply(small_shop.history, vectors, query, found, choice)


def code(shop: SmallShop, row: int) -> str:
    return str(shop.history.items["product_id"][row])


def test_no_choice_is_as_found(chosen, found: LikeItems) -> None:
    assert chosen(Choice()) is found
    assert chosen(Choice(base=20.0, note="sure")) is found


def test_one_that_is_excluded_leaves_its_weight_to_the_others(small_shop: SmallShop, chosen, found: LikeItems) -> None:
    like = chosen(Choice().excluding(code(small_shop, found.rows[0, 1]), True))
    left = np.delete(found.weight[0], 1)
    assert like.rows[0, :-1].tolist() == np.delete(found.rows[0], 1).tolist()
    assert like.weight[0, -1] == 0 and like.rows[0, -1] == found.rows[0, 1]
    assert like.weight[0, :-1] == pytest.approx(left / left.sum())


def test_every_launch_week_keeps_its_own_weights(small_shop: SmallShop, vectors: np.ndarray, query: Query) -> None:
    rows, weights = np.tile(np.arange(4), (3, 1)), np.array([[4, 3, 2, 1], [1, 4, 3, 2], [2, 1, 4, 3]]) / 10
    found = LikeItems(rows, np.full((3, 4), 0.5), weights)
    like = like_choices.apply(small_shop.history, vectors, query, found, Choice().excluding(code(small_shop, 0), True))
    assert like.rows[:, 0].tolist() == [1, 1, 2]  # what counts most comes first
    assert like.weight[:, 0] == pytest.approx([3 / 6, 4 / 9, 4 / 8])


def test_an_added_item_counts_as_much_as_the_nearest(
    small_shop: SmallShop, vectors: np.ndarray, chosen, found: LikeItems
) -> None:
    far = int(np.argmin(vectors @ vectors[0]))
    like = chosen(Choice().adding(code(small_shop, far)))
    at = like.rows[0].tolist().index(far)
    assert like.weight[0, at] == pytest.approx(like.weight[0].max())
    assert like.similarity[0, at] == pytest.approx(max(float(vectors[far] @ vectors[0]), 0), abs=1e-6)
    assert like.weight.sum(1) == pytest.approx(1)


def test_an_added_item_that_was_found_as_well_counts_once(small_shop: SmallShop, chosen, found: LikeItems) -> None:
    last = code(small_shop, found.rows[0, -1])
    like = chosen(Choice().adding(last).sharing(last, 0.3))
    assert like.weight[like.rows == found.rows[0, -1]].reshape(3, -1).sum(1) == pytest.approx(0.3)
    assert like.weight.sum(1) == pytest.approx(1)


def test_a_share_is_met_and_the_rest_is_shared(small_shop: SmallShop, chosen, found: LikeItems) -> None:
    second = found.rows[0, 1]
    like = chosen(Choice().sharing(code(small_shop, second), 0.6))
    assert like.rows[0, 0] == second  # what counts most comes first
    assert like.weight[0, 0] == pytest.approx(0.6)
    assert like.weight.sum(1) == pytest.approx(1)


def test_shares_beyond_the_whole_are_scaled_down(small_shop: SmallShop, chosen, found: LikeItems) -> None:
    one, other = (code(small_shop, row) for row in found.rows[0, :2])
    like = chosen(Choice().sharing(one, 1.0).sharing(other, 1.0))
    assert like.weight[0, :2] == pytest.approx([0.5, 0.5])
    assert (like.weight[0, 2:] == 0).all()


def test_a_share_of_nothing_leaves_an_item_out(small_shop: SmallShop, chosen, found: LikeItems) -> None:
    like = chosen(Choice().sharing(code(small_shop, found.rows[0, 0]), 0.0))
    assert (like.weight[like.rows == found.rows[0, 0]] == 0).all()


def test_one_that_is_excluded_counts_for_nothing_whatever_its_share(
    small_shop: SmallShop, chosen, found: LikeItems
) -> None:
    first = code(small_shop, found.rows[0, 0])
    like = chosen(Choice().excluding(first, True).sharing(first, 0.6))
    assert (like.weight[like.rows == found.rows[0, 0]] == 0).all()
    assert like.weight.sum(1) == pytest.approx(1)


def test_what_the_shop_does_not_have_is_passed_over(chosen, found: LikeItems) -> None:
    like = chosen(Choice(excluded=("gone",), added=("gone too",), shares={"gone as well": 0.9}))
    assert like.rows.tolist() == found.rows.tolist()
    assert like.weight == pytest.approx(found.weight, abs=1e-6)


def test_leaving_out_everything_is_refused_in_words(small_shop: SmallShop, chosen) -> None:
    everything = tuple(small_shop.history.items["product_id"])
    with pytest.raises(DebutError, match="No like item is left"):
        chosen(Choice(excluded=everything))


def test_excluding_takes_back_what_was_added_or_weighted() -> None:
    added = Choice().adding("a").sharing("a", 0.5)
    assert added.excluding("a", True) == Choice()
    assert Choice().excluding("a", True).excluding("a", False) == Choice()
    assert Choice().excluding("a", True).adding("a") == Choice(added=("a",))
    assert Choice().sharing("a", 0.5).sharing("a", None) == Choice()


def test_the_same_edit_twice_is_the_same_choice() -> None:
    once = Choice().excluding("a", True).adding("b").sharing("c", 0.3)
    assert once.excluding("a", True).adding("b").sharing("c", 0.3) == once


def test_a_choice_is_kept_as_it_is(workspace: Workspace) -> None:
    choice = Choice(("a", 'it"s'), ("b",), {"b": 0.25}, 40.0, date(2026, 1, 5), "like the spring range")
    before = workspace.version
    like_choices.keep(workspace, "N-1", choice)
    assert like_choices.kept(workspace.cursor()) == {"N-1": choice}
    assert workspace.version == before  # the data are what they were
    like_choices.keep(workspace, "N-1", replace(choice, base=None))
    assert like_choices.kept(workspace.cursor())["N-1"].base is None


def test_who_chose_is_kept_beside_and_makes_no_other_choice_of_it(workspace: Workspace) -> None:
    choice = Choice(excluded=("a",), note="another maker")
    stamps = []
    for who in ("Anna", " Bea ", ""):
        like_choices.keep(workspace, "N-1", replace(choice, who=who))
        found = like_choices.kept(workspace.cursor())["N-1"]
        assert (found.who, found, found.stamp) == (who.strip(), choice, choice.stamp)
        stamps.append(like_choices.stamp(workspace.cursor()))
    assert len(set(stamps)) == 3  # what pages keep of it names the right one


def test_back_to_what_was_found(workspace: Workspace) -> None:
    like_choices.keep(workspace, "N-1", Choice(base=40.0))
    like_choices.keep(workspace, "N-2", Choice(added=("b",)))
    like_choices.keep(workspace, "N-1", Choice())
    like_choices.forget(workspace, "N-2")
    assert like_choices.kept(workspace.cursor()) == {}


def test_a_choice_outlives_the_process(workspace: Workspace) -> None:
    like_choices.keep(workspace, "N-1", Choice(excluded=("a",)))
    stamp = like_choices.stamp(workspace.cursor())
    workspace.close()
    with Workspace(workspace.folder) as again:
        assert like_choices.kept(again.cursor())["N-1"].excluded == ("a",)
        assert like_choices.stamp(again.cursor()) == stamp
        like_choices.forget(again, "N-1")
        assert like_choices.stamp(again.cursor()) != stamp
