"""Answers of demand to price that can be worked out by hand, and an item to price, for the tests of what follows."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from core.prices.profit import Case
from core.pricing import Response

__all__ = ["answer", "case"]

P90 = NormalDist().inv_cdf(0.9)


def answer(elasticity: float = -2.5, doubt: float = 0.0, seen: tuple[float, float] = (0.5, 2.0)) -> Response:
    """A constant elasticity; doubt: its standard deviation."""
    made = Response.around(elasticity, elasticity - P90 * doubt, elasticity + P90 * doubt, 14)
    return replace(made, seen=seen)


def case(response: Response | None = None, **facts: object) -> Case:
    """An item that sells 100 at 20 and costs 10; under -2.5 it earns most at 10 x 2.5 / 1.5."""
    known = {"item_id": "N1", "title": "Fox mug", "category": "Mugs", "planned": 20.0, "cost": 10.0, "mean": 100.0}
    spread = {"outcomes": np.full(101, 100.0), "response": response or answer()}
    return Case(**(known | spread | facts))  # type: ignore[arg-type]
