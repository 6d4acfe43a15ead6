"""Cut dates: which launches lie on either side, and which date is proposed."""

from datetime import date, timedelta

import pytest

from core import demand
from core.accuracy.cuts import FEWEST_LEARNT, FEWEST_TESTS, Cut, usual
from core.errors import NotReady
from core.history import WARM_UP_DAYS
from tests.conftest import WEEKS, SmallShop

CUT = date(2024, 9, 9)


def test_the_two_sides_share_no_day(small_shop: SmallShop) -> None:
    past, cut = small_shop.history, Cut(CUT, WEEKS)
    launch = past.items["launch"].to_numpy()
    assert (launch[cut.tested(past)] >= past.day(CUT)).all()
    assert (launch[cut.learnt(past)] + 7 * WEEKS <= past.day(CUT)).all()
    assert len(cut.tested(past)) + len(cut.learnt(past)) < len(past.launches(WEEKS))  # those whose window is cut


def test_what_is_learnt_is_what_the_past_knows(small_shop: SmallShop) -> None:
    """Rows of the whole history, items of the past: the same launches."""
    past = small_shop.history
    before = past.as_of(CUT)
    known = before.items["product_id"].iloc[before.launches(WEEKS)].tolist()
    assert past.items["product_id"].iloc[Cut(CUT, WEEKS).learnt(past)].tolist() == known


def test_a_span_ends_the_launches_to_forecast(small_shop: SmallShop) -> None:
    past = small_shop.history
    some, all_ = Cut(CUT, WEEKS, 5).tested(past), Cut(CUT, WEEKS).tested(past)
    assert 0 < len(some) < len(all_)
    assert past.items["launch"].to_numpy()[some].max() < past.day(CUT + timedelta(weeks=5))


def test_it_asks_for_as_many_launches_as_the_forecaster_does() -> None:
    assert FEWEST_LEARNT == demand.FEWEST_LAUNCHES
    assert FEWEST_TESTS < FEWEST_LEARNT


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (date(2024, 12, 20), "Only 0 launches from 2024-12-20"),
        (date(2024, 5, 6), "Choose a later cut"),
        (date(2024, 1, 10), "too early"),
    ],
)
def test_a_cut_with_too_little_is_refused(small_shop: SmallShop, cut: date, words: str) -> None:
    with pytest.raises(NotReady, match=words):
        Cut(cut, WEEKS).check(small_shop.history)


@pytest.mark.parametrize("weeks", [1, WEEKS, 26])
def test_the_proposed_date_lies_within_its_bounds(small_shop: SmallShop, weeks: int) -> None:
    past = small_shop.history
    earliest, proposed, latest = usual(past, weeks)
    assert earliest <= proposed <= latest
    assert past.day(earliest) > WARM_UP_DAYS
    Cut(usual(past, WEEKS)[1], WEEKS).check(past)
