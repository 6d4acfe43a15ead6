"""Units at any price: the shapes, their blend, and what happens where no price has ever been."""

import numpy as np
import pytest

from core import pricing
from core.prices import curve
from core.prices.response import Response
from tests.benchmarks import pricing_truth
from tests.benchmarks.pricing import panel_of
from tests.benchmarks.pricing_truth import CATEGORIES, Setting

SEEN = (0.7, 1.4)
EVEN = np.full(4, 0.25)


@pytest.mark.parametrize("at", range(4))
def test_each_shape_has_the_elasticity_at_the_reference(at: int) -> None:
    step = 1e-4
    up, down = (curve.shapes(np.array(-2.3), np.array(1 + side))[at] for side in (step, -step))
    assert (np.log(up) - np.log(down)) / (np.log(1 + step) - np.log(1 - step)) == pytest.approx(-2.3, abs=1e-3)
    assert curve.shapes(np.array(-2.3), np.array(1.0))[at] == pytest.approx(1)


@pytest.mark.parametrize("parts", [EVEN, *np.eye(4)])
@pytest.mark.parametrize("elasticity", [-0.1, -1.0, -2.5, -8.0])
def test_a_dearer_item_never_sells_more(parts: np.ndarray, elasticity: float) -> None:
    units = curve.factor(np.array([elasticity]), np.linspace(0.01, 10, 500), parts, SEEN)[0]
    assert (np.diff(units) <= 1e-12).all() and (units > 0).all() and np.isfinite(units).all()


def test_it_is_saturated_below_the_lowest_price_seen() -> None:
    seen, little, nothing = curve.factor(np.array([-3.0]), np.array([0.7, 0.35, 0.0]), EVEN, SEEN)[0]
    assert seen < little < nothing < 2 * seen


def test_above_the_highest_price_seen_no_price_makes_a_fortune() -> None:
    ratio = np.linspace(0.5, 50, 2000)
    worth = ratio * curve.factor(np.array([-0.4]), ratio, np.array([1.0, 0, 0, 0]), SEEN)[0]
    assert ratio[worth.argmax()] < 5 and worth[-1] < 0.1 * worth.max()


def test_prices_beyond_those_seen_are_flagged() -> None:
    found = Response(np.full(200, -2.0), seen=SEEN)
    assert found.beyond(np.array([6.9, 7.0, 10.0, 14.0, 14.1]), 10.0).tolist() == [True, False, False, False, True]


def test_units_at_the_reference_are_those_of_the_reference() -> None:
    found = Response(np.linspace(-4, -1, 200), seen=SEEN).factor(np.array([10.0, 11.0]), 10.0)
    assert found.shape == (200, 2) and found[:, 0] == pytest.approx(1)
    assert (np.diff(found[:, 1]) > 0).all()


def test_the_shape_of_a_category_is_found_out_of_time() -> None:
    """Half of the categories have a constant elasticity; a linear one is told from them."""
    fitted = pricing.fit(panel_of(pricing_truth.simulate(Setting(confounded=False, items=240, weeks=80)).tables))
    constant = {
        kind: np.mean([fitted.categories[name].parts[0] for name, (_, shape, _) in CATEGORIES.items() if shape == kind])
        for kind in ("constant", "linear", "logit")
    }
    assert constant["constant"] > max(constant["linear"], constant["logit"])
    assert all(sum(one.parts) == pytest.approx(1) for one in fitted.categories.values())
