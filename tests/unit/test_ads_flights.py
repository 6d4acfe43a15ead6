"""Flights: shares that sum to 1, on and off around the launch, most in its week."""

import numpy as np
import pytest

from core.ads import flights


@pytest.mark.parametrize("flight", flights.FLIGHTS)
@pytest.mark.parametrize(("weeks", "launch"), [(1, 0), (2, 1), (8, 0), (8, 3), (26, 4)])
def test_shares_sum_to_one_and_are_never_negative(flight: str, weeks: int, launch: int):
    shares = flights.spread(flight, weeks, launch)
    assert shares.shape == (weeks,)
    assert shares.sum() == pytest.approx(1)
    assert (shares >= 0).all()


def test_a_pulse_begins_with_the_launch():
    assert (flights.spread("pulsed", 8) > 0).tolist() == [True, True, False, False] * 2
    assert (flights.spread("pulsed", 6, 2) > 0).tolist() == [False, False, True, True, False, False]


def test_front_loaded_is_most_in_the_week_of_the_launch():
    shares = flights.spread("front", 8, 2)
    assert shares.argmax() == 2
    assert (np.diff(shares[2:]) < 0).all() and (np.diff(shares[:3]) > 0).all()


def test_each_channel_has_its_own_flight():
    spend = flights.weeks_of(np.array([80.0, 40.0]), ["even", "front"], 8)
    assert spend.sum(1) == pytest.approx([80, 40])
    assert spend[0] == pytest.approx(np.full(8, 10.0))
    assert spend[1, 0] > spend[1, -1]


def test_a_plan_without_weeks_is_refused():
    with pytest.raises(ValueError, match="no week"):
        flights.spread("even", 0)
