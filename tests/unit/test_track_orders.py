"""Stock on order: what has not arrived yet, and what it serves of the demand that is still to come."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from core.track import orders
from core.track.orders import Book, Coming, Order

TODAY = date(2026, 1, 12)
AT = datetime(2026, 1, 5, 9)


def order(act: int, units: float, days: int = 7, item: str = "A", opening: bool = False) -> Order:
    return Order(item, units, TODAY + timedelta(days=days), opening, act, "Ann", AT)


def book(*told: Order | float) -> Book:
    """Orders, and numbers that have arrived of A, as they were told."""
    made = Book()
    for one in told:
        made.add(one) if isinstance(one, Order) else made.arrived("A", one)
    return made


def left(*told: Order | float) -> list[tuple[int, float]]:
    frame = book(*told).frame()
    return list(zip(frame["act"], frame["units"], strict=True))


def test_what_arrives_is_taken_off_the_order_that_is_due_first():
    assert left(order(1, 30, days=9), order(2, 20, days=2)) == [(2, 20), (1, 30)]
    assert left(order(1, 30, days=9), order(2, 20, days=2), 25.0) == [(1, 25)]
    assert left(order(1, 30), 99.0) == [] and left(9.0, order(1, 30)) == [(1, 30)]  # what came before is nobody's
    assert left(order(1, 30), order(2, 5, item="B"), 30.0) == [(2, 5)]


def test_a_correction_gives_it_back_and_no_more_than_was_ordered():
    assert left(order(1, 30), 30.0, -10.0) == [(1, 10)]
    assert left(order(1, 30), -10.0) == [(1, 30)]


def test_opening_stock_that_was_ordered_is_no_stock_that_came_later():
    made = book(order(1, 40, opening=True))
    assert made.opening() == {"A": 40} and made.arrived("A", 50) == 40
    (row,) = made.frame().to_dict("records")
    assert row["units"] == 0 and row["ordered"] == 40 and row["opening"]  # it stays, as it was bought


def test_opening_stock_that_nobody_noted_does_not_swallow_what_was_ordered_later():
    made = book(order(1, 100, days=-30, opening=True), order(2, 80))
    assert made.arrived("A", 80) == 0
    assert made.frame()[["act", "units"]].to_numpy().tolist() == [[1, 100]]


def test_an_arrival_is_of_the_order_that_it_names():
    made = book(order(1, 30, days=2), order(2, 20, days=9))
    made.arrived("A", 20, order=2)
    assert made.frame()[["act", "units"]].to_numpy().tolist() == [[1, 30]]
    made.arrived("A", 5)
    assert made.frame()[["act", "units"]].to_numpy().tolist() == [[1, 25]]


def test_what_is_due_already_may_come_any_day():
    frame = book(order(1, 30, days=14), order(2, 20, days=-3)).frame()
    late, later = orders.coming(frame, "A", TODAY)
    assert (late.weeks, late.units, later.weeks, later.units) == (0.0, 20.0, 2.0, 30.0)
    assert orders.coming(frame, "B", TODAY) == ()
    assert orders.told([late, later]) == "50 on order, due 09 Jan 2026 and later" and orders.told([]) == ""
    assert orders.told([Coming(1.0, 30.0, TODAY)]) == "30 on order, due 12 Jan 2026"


def test_stock_serves_what_is_wanted_once_it_is_there():
    """100 are wanted evenly, 20 are there, 30 come in the middle: 30 of the first half are lost, 20 of the second."""
    wanted = np.array([100.0])
    sold, lacking = orders.served(wanted, 20, [(0.5, 30)])
    assert (sold[0], lacking[0]) == (50, 50)
    sold, lacking = orders.served(wanted, 20, [(0.5, 30)], since=0.5)
    assert (sold[0], lacking[0]) == (50, 20)
    assert orders.served(wanted, 20, [(1.0, 30)])[0][0] == 20  # too late to be sold
    assert orders.served(wanted, 20, [(0.0, 30)])[0][0] == 50


@pytest.mark.parametrize("since", [0.0, 0.3, 1.0])
def test_without_an_order_it_is_the_stock_alone(since: float):
    wanted, stock = np.array([10.0, 60.0, 200.0]), 40.0
    sold, lacking = orders.served(wanted, stock, [], since)
    assert sold == pytest.approx(np.minimum(wanted, stock))
    assert lacking == pytest.approx(np.maximum(wanted * (1 - since) - np.maximum(stock - wanted * since, 0), 0))
