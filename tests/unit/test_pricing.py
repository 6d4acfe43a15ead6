"""The price response: found where prices moved, the literature's where they did not, never positive."""

import numpy as np
import pandas as pd
import pytest

from core import pricing
from core.workspace import Workspace
from tests.conftest import Load

WEEKS = pd.date_range("2024-01-01", periods=60, freq="7D")


def sales(elasticity: float, items: int = 40, swing: float = 0.3, noise: float = 0.2, seed: int = 1) -> str:
    """Weekly sales of items whose price wanders; dear items sell less, and summer sells more."""
    random = np.random.default_rng(seed)
    lines = ["date,product_id,units,unit_price"]
    season = 1 + 0.5 * np.sin(np.arange(len(WEEKS)) / 9)
    for item in range(items):
        usual = random.uniform(3, 30)
        price = usual * np.exp(swing * random.uniform(-1, 1, len(WEEKS)))
        rate = 3000 / usual * season * (price / usual) ** elasticity * np.exp(random.normal(0, noise, len(WEEKS)))
        lines += [
            f"{day:%Y-%m-%d},P{item},{units},{paid:.2f}"
            for day, units, paid in zip(WEEKS, random.poisson(rate) + 1, price, strict=True)
        ]
    return "\n".join(lines)


@pytest.mark.parametrize("true", [-0.8, -1.5, -3.0])
def test_a_shop_whose_prices_move_tells_its_own(workspace: Workspace, load: Load, true: float) -> None:
    load(sales(true), "sales")
    found = pricing.response(workspace.cursor())
    assert found.elasticity == pytest.approx(true, abs=0.25)
    assert found.low < true < found.high < 0
    assert found.items == 40
    assert "fitted on 40 items" in found.source


def test_a_shop_whose_prices_never_move_has_the_literature_alone(workspace: Workspace, load: Load) -> None:
    load(sales(-1.5, swing=0.0), "sales")
    found = pricing.response(workspace.cursor())
    assert found.elasticity == pytest.approx(-2.62, abs=0.02)
    assert found.items == 0 and "hardly moved" in found.source


def test_an_empty_shop_has_the_literature_alone(workspace: Workspace) -> None:
    assert pricing.response(workspace.cursor()).items == 0


def test_it_is_negative_even_where_the_shop_says_otherwise(workspace: Workspace, load: Load) -> None:
    load(sales(2.0), "sales")
    found = pricing.response(workspace.cursor())
    assert found.low < found.elasticity < found.high < 0


def test_cheaper_prices_for_large_orders_are_no_elasticity(workspace: Workspace, load: Load) -> None:
    """One price list all year, with a lower price from 50 pieces on: nobody buys more because of the price."""
    random = np.random.default_rng(0)
    lines = ["date,product_id,units,unit_price,order_id"]
    for item in range(30):
        for day in WEEKS:
            orders = [(units, "10.00") for units in random.integers(1, 4, 2)] + [(60, "7.00")] * random.integers(0, 3)
            lines += [
                f"{day:%Y-%m-%d},P{item},{units},{price},{len(lines)}{at}" for at, (units, price) in enumerate(orders)
            ]
    load("\n".join(lines), "sales")
    assert pricing.response(workspace.cursor()).items == 0
