"""Lookalikes: who is like the seed comes first, and a seed that is no kind of customer is said to be none."""

import numpy as np
import pytest

from core import privacy
from core.audience import ids, lookalike
from core.errors import DebutError, NotReady
from core.workspace import Workspace
from tests.audience_shop import Shop, make


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make((120, 120, 120))


def test_the_rest_of_a_kind_is_found_first(shop: Shop) -> None:
    foxes = np.flatnonzero(shop.theme == 0)
    seed = np.zeros(len(shop.theme), dtype=bool)
    seed[foxes[:40]] = True
    found = lookalike.find(shop.customers, seed)
    assert len(found.rows) == (~seed).sum() and not seed[found.rows].any()
    assert (shop.theme[found.rows[:60]] == 0).mean() > 0.9
    assert found.auc > 0.8
    assert (np.diff(found.score) <= 0).all() and found.score.min() >= 0 and found.score.max() <= 1


def test_a_seed_drawn_at_random_is_told_apart_by_guessing(shop: Shop) -> None:
    seed = np.random.default_rng(1).random(len(shop.theme)) < 0.3
    assert 0.35 < lookalike.find(shop.customers, seed).auc < 0.65


def test_the_item_that_made_the_seed_does_not_give_it_away() -> None:
    """Customers buy anything; who bought one item differs from others by that item alone."""
    shop = make((300,), purchases=4)
    rng = np.random.default_rng(0)
    shop.people.events["item"] = rng.integers(0, len(shop.past.items), len(shop.people.events))
    seed = shop.customers.bought_item(3)
    given_away = lookalike.find(shop.customers, seed).auc
    assert lookalike.find(shop.customers, seed, item=3).auc < given_away
    assert given_away > 0.7


@pytest.mark.parametrize(("count", "words"), [(19, "at least 20"), (350, "Hardly anybody")])
def test_a_seed_of_few_or_nearly_all_is_refused(shop: Shop, count: int, words: str) -> None:
    with pytest.raises(NotReady, match=words):
        lookalike.find(shop.customers, np.arange(len(shop.theme)) < count)


def test_pasted_ids_are_read_however_they_are_parted(workspace: Workspace) -> None:
    privacy.switch(workspace, on=False)
    assert ids.read(workspace, "C1, C2;C3\nC1\t\"C4\" 'C5'\n\n") == ["C1", "C2", "C3", "C4", "C5"]
    assert ids.read(workspace, " ,;\n") == []


def test_ids_of_the_shops_own_files_and_of_debut_are_the_same_person(workspace: Workspace) -> None:
    hashed = privacy.pseudonym(privacy.key(workspace.folder), "ann@example.com")
    assert ids.read(workspace, f"Ann@Example.com {hashed}") == [hashed]


def test_too_much_text_is_refused(workspace: Workspace) -> None:
    with pytest.raises(DebutError, match="at most"):
        ids.read(workspace, "C1 " * ids.MOST_TYPED)


def test_ids_of_nobody_are_passed_over(shop: Shop) -> None:
    mask = ids.picked(shop.customers, ["C0003", "C9999", "'; DROP TABLE sales; --"])
    assert np.flatnonzero(mask).tolist() == [3]
    assert not ids.picked(shop.customers, []).any()
