"""Product codes: neighbours in the numbering, and nothing told where there are none or where it would look ahead."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.forecast import codes
from core.forecast.codes import NUMBERS
from core.history import History
from core.like_items import Query

WEEKS = 2


def shop(product_ids: list[str], launch: list[int], a_day: list[float], days: int = 200) -> History:
    """Items that sell the same number every day from their launch on."""
    items = pd.DataFrame(
        {"product_id": product_ids, "title": "x", "text": "x", "category": None, "price": 1.0, "launch": launch}
    )
    on_sale = np.arange(days)[None, :] >= np.array(launch)[:, None]
    return History(date(2024, 1, 1), items, (on_sale * np.array(a_day)[:, None]).astype(np.float32))


def ask(history: History, *wanted: str, known: int | None = None, row: int = -1) -> dict[str, float]:
    count = len(wanted)
    day = np.full(count, history.days if known is None else known)
    query = Query(np.zeros((count, 1)), np.ones(count), day, day, np.full(count, row), np.array(wanted))
    return dict(zip(NUMBERS, codes.numbers(history, query, WEEKS)[0], strict=True))


@pytest.fixture(scope="module")
def history() -> History:
    return shop(["22101", "22102", "22109", "85001A", "X-1"], [100, 110, 0, 0, 0], [1, 1, 8, 50, 9])


def test_the_nearest_number_counts_most(history: History) -> None:
    near, far = (ask(history, code)["code_run_rate"] for code in ("22103", "22110"))
    assert np.log1p(7) < near < far < np.log1p(56)


def test_the_gap_is_the_distance_in_the_numbering(history: History) -> None:
    assert ask(history, "22105")["code_gap"] == pytest.approx(np.log1p(3))


def test_new_neighbours_are_young_and_old_ones_old(history: History) -> None:
    assert ask(history, "85002A")["code_age"] == pytest.approx(np.log1p(200))
    assert ask(history, "22102")["code_age"] < np.log1p(190)


@pytest.mark.parametrize("code", ["NEW", "ABC-77", "999", "", "221O3", "x-2"])
def test_codes_of_another_kind_tell_nothing(history: History, code: str) -> None:
    assert np.isnan(list(ask(history, code).values())).all()


def test_without_codes_nothing_is_told(history: History) -> None:
    query = Query(np.zeros((3, 1)), np.ones(3), np.full(3, 200), np.full(3, 200), np.full(3, -1))
    assert np.isnan(codes.numbers(history, query, WEEKS)).all()


def test_a_letter_behind_the_number_is_a_variant_of_it(history: History) -> None:
    assert ask(history, "22101B")["code_gap"] == 0


def test_an_item_is_not_its_own_neighbour(history: History) -> None:
    assert ask(history, "22101", row=0)["code_gap"] == pytest.approx(np.log1p(1))


def test_what_comes_later_is_not_known(history: History) -> None:
    early = ask(history, "22103", known=108)
    assert early["code_gap"] == pytest.approx(np.log1p(2))  # 22102 was not there yet
    changed = shop(history.items["product_id"].tolist(), history.items["launch"].tolist(), [1, 999, 8, 50, 9])
    assert ask(changed, "22103", known=108) == pytest.approx(early, nan_ok=True)


def test_first_weeks_count_only_when_they_are_over(history: History) -> None:
    assert ask(history, "22103", known=112)["code_first_weeks"] != ask(history, "22103", known=112)["code_first_weeks"]
    assert ask(history, "22103")["code_first_weeks"] == pytest.approx(np.log1p(14))


def test_fewer_items_than_neighbours_is_no_error() -> None:
    assert ask(shop(["7"], [0], [1]), "8")["code_gap"] == pytest.approx(np.log1p(1))
