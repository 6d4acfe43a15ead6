"""The response of a new item, borrowed: how like items answer, how sure that is, what own weeks change."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.ads import borrowed
from core.ads.borrowed import Answers
from core.ads.response import LAGS, Response
from core.history import History
from tests.ads_samples import WEEKS, response

LIKE = pd.DataFrame({"product_id": ["P0", "P1", "P2"], "weight": [0.5, 0.3, 0.2]})
CATEGORIES = pd.Series({"P0": "Mugs", "P1": "Mugs", "P2": "Lamps", "P9": "Mugs"})


def varied(doubt: float = 0.1) -> Response:
    """With spend that comes and goes, so that it can be told what answers it."""
    made = response(doubt=doubt)
    on = np.random.default_rng(1).choice([0.0, 0.5, 2.0], (3, 1, WEEKS), p=[0.4, 0.3, 0.3])
    spend = made.scale[..., None] * on
    return replace(made, past_spend=spend, history=spend[..., -LAGS:])


def shop(made: Response, answers: list[float], level: float = 60.0, seed: int = 0) -> History:
    """Items of one category that answer its ads more or less."""
    lift = made.share(made.past_spend[:, 0], 0).sum(1).mean(0)
    expected = level * (1 + np.array(answers)[:, None] * lift)
    expected = np.vstack([expected, 40 * level * (1 + lift)])  # the rest of the category, as the category does
    weekly = np.random.default_rng(seed).poisson(expected)
    units = np.zeros((len(weekly), 7 * WEEKS), dtype=np.float32)
    units[:, ::7] = weekly
    items = pd.DataFrame({"product_id": [f"P{at}" for at in range(len(weekly))], "category": "Mugs", "launch": -400})
    return History(date(2024, 1, 1), items, units)


def known(*rows: tuple[str, float, float], spread: float = 0.3) -> Answers:
    frame = pd.DataFrame([(name, 0, answer, error, 60) for name, answer, error in rows])
    frame.columns = pd.Index(["product_id", "group", "answer", "error", "weeks"])
    return Answers(frame, spread)


def borrow(told: Answers, item: str = "", category: str | None = "Mugs", made: Response | None = None):
    return borrowed.borrow(made or response(), told, LIKE, CATEGORIES, category, 20.0, item)


def test_how_items_answer_is_found():
    made, truth = varied(), [0.0, 0.5, 1.0, 1.5, 2.0, 3.0] * 3
    found = borrowed.answers(shop(made, truth), made).items.set_index("product_id")
    seen = found.loc[[f"P{at}" for at in range(len(truth))]]
    away = (seen["answer"] - truth) / seen["error"]
    assert abs(away.mean()) < 0.8 and 0.5 < away.std() < 1.6
    assert np.corrcoef(seen["answer"], truth)[0, 1] > 0.7


def test_items_that_differ_widen_the_range():
    made = varied()
    alike = borrowed.answers(shop(made, [1.0] * 12, 400.0), made)
    apart = borrowed.answers(shop(made, [0.0, 0.3, 1.7, 2.2] * 3, 400.0), made)
    assert alike.spread == pytest.approx(0.25, abs=0.01) and apart.spread > 0.5


def test_an_item_is_wider_than_its_category_and_at_its_size():
    made = response()
    found = borrow(known(("P0", 1.0, 0.2), ("P1", 1.0, 0.2)), made=made)
    assert found.response.groups == ["Mugs"] and found.items == 2
    assert found.response.scale[:, 0] == pytest.approx(made.scale[:, 0] * 20 / 200)
    spend = np.repeat(made.scale[:, :1], 8, axis=1)
    whole, one = made.lift(spend, 0), found.response.lift(spend * 20 / 200, 0)
    assert one.sum((1, 2)).mean() / 20 == pytest.approx(whole.sum((1, 2)).mean() / 200, rel=0.05)
    assert one.sum((1, 2)).std() / 20 > 1.1 * whole.sum((1, 2)).std() / 200


def test_like_items_move_the_answer_by_likeness_and_certainty():
    low, high = (borrow(known(("P0", answer, 0.1), ("P1", answer, 0.1))).answer for answer in (0.4, 1.8))
    assert low[1] < 1 < high[1]
    unsure = borrow(known(("P0", 1.8, 5.0), ("P1", 1.8, 5.0))).answer
    assert 1 < unsure[1] < 1.1 and unsure[0] < unsure[1] < unsure[2]


def test_without_like_items_the_category_alone_counts_and_less_surely():
    with_them, alone = borrow(known(("P0", 1.0, 0.1))), borrow(known(("P9", 1.0, 0.1)))
    assert alone.items == 0 and "no like item" in alone.words
    assert "borrowed from 1 like item in Mugs" in with_them.words
    assert alone.answer[2] - alone.answer[0] > with_them.answer[2] - with_them.answer[0]


def test_own_weeks_update_it_as_a_normal_does():
    before = borrow(known(("P0", 1.0, 0.2)))
    after = borrow(known(("P0", 1.0, 0.2), ("N1", 2.0, 0.2)), "N1")
    assert after.weeks == 60 and "updated by 60 weeks of its own" in after.words
    assert before.answer[1] < after.answer[1] < 2.0
    assert after.answer[2] - after.answer[0] < before.answer[2] - before.answer[0]
    sure = borrow(known(("P0", 1.0, 0.2), ("N1", 2.0, 0.01)), "N1")
    assert sure.answer[1] == pytest.approx(2.0, abs=0.01)


def test_an_item_of_no_known_category_goes_by_its_like_items():
    found = borrow(known(("P0", 1.0, 0.2)), category=None)
    assert found.categories == ["Mugs", "Lamps"]
    strange = borrowed.borrow(response(), known(("P0", 1.0, 0.2)), LIKE.iloc[:0], CATEGORIES, "Boats", 20.0)
    assert sorted(strange.categories) == ["Lamps", "Mugs"] and strange.items == 0


def test_an_item_that_is_not_expected_to_sell_has_figures_all_the_same():
    made = varied()
    like = pd.DataFrame({"product_id": ["a"], "weight": [1.0]})
    found = borrowed.borrow(made, known(("P9", 1.0, 0.2)), like, pd.Series({"a": "Mugs"}), "Mugs", 0.0)
    lift = found.response.lift(np.ones((len(made.channels), 4)), 0)
    assert np.isfinite(lift).all() and lift.max() == 0


def test_items_that_tell_nothing_are_left_out():
    made = varied()
    quiet = shop(made, [1.0] * 4, level=0.2)
    found = borrowed.answers(quiet, made)
    assert set(found.items["product_id"]) <= {"P4"}
    assert found.spread == borrowed.LEAST_SPREAD
    steady = response()  # spend that never varies
    assert borrowed.answers(shop(steady, [1.0] * 4), steady).items.empty
