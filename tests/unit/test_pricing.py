"""The price response: found where prices moved, the literature's where they did not, never positive; old items, new
items, and what is kept on disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import pricing
from core.prices import effects, features, grid, panel
from core.prices.panel import Panel
from core.prices.response import Response
from core.pricing import Responses
from core.workspace import Workspace
from tests.benchmarks import pricing_truth
from tests.benchmarks.pricing import panel_of
from tests.benchmarks.pricing_truth import Setting
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


@pytest.fixture(scope="module")
def shop() -> Panel:
    return panel_of(pricing_truth.simulate(Setting(items=120, weeks=70)).tables)


@pytest.fixture(scope="module")
def fitted(shop: Panel) -> Responses:
    return pricing.fit(shop)


@pytest.mark.parametrize("true", [-0.8, -1.5, -3.0])
def test_a_shop_whose_prices_move_tells_its_own(workspace: Workspace, load: Load, true: float) -> None:
    load(sales(true), "sales")
    found = pricing.response(workspace.cursor())
    assert found.elasticity == pytest.approx(true, abs=0.25)
    assert found.low90 < found.low < true < found.high < found.high90 < 0
    assert found.items == 40
    assert "pooled over 40 items of this shop" in found.source


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
    assert found.draws.max() < 0


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


def test_every_item_has_a_band_below_zero_around_a_median(fitted: Responses) -> None:
    items = fitted.items
    ordered = items[["low90", "low", "elasticity", "high", "high90"]].to_numpy()
    assert (np.diff(ordered, axis=1) > 0).all() and (ordered < 0).all()
    assert fitted.draws.shape == (len(items), 200)


def test_an_item_lies_between_its_own_slope_and_that_of_items_like_it(fitted: Responses) -> None:
    items = fitted.items[fitted.items["own_share"] > 0]
    gap = items["own"] - items["pooled"]
    moved = (items["elasticity"] - items["pooled"])[gap.abs() > 1] / gap[gap.abs() > 1]
    assert moved.between(-0.15, 1).mean() > 0.95  # the truncation at zero moves some of them
    surer = items["own_error"].rank().corr(items["own_share"].rank())
    assert surer < -0.8


def test_a_price_that_follows_demand_is_found_out(shop: Panel, fitted: Responses) -> None:
    """The truth is about -2.2; what views tell of the demand keeps the estimate from about nothing."""
    blind = replace(shop, rows=shop.rows.assign(views=np.nan, cost=np.nan))
    assert fitted.items["elasticity"].mean() == pytest.approx(-2.2, abs=0.45)
    assert np.median(effects.own(grid.grid(blind)).slope) > fitted.items["own"].median() + 1


def test_a_new_item_has_a_wider_band_than_those_with_a_history(fitted: Responses) -> None:
    items = fitted.items
    like = items["product_id"].head(5).tolist()
    found = fitted.of_new("Kitchen", like, np.array([1.0, 1, 1, 1, 2]), "Heirloom red oak bowl")
    usual = (items["high90"] - items["low90"]).head(5).mean()
    assert found.own_share == 0 and found.high90 - found.low90 > usual
    assert "like items of Kitchen" in found.source and "own prices unknown" in found.source


def test_words_of_the_title_move_the_elasticity_of_a_new_item(fitted: Responses) -> None:
    plain, fine = (fitted.of_new("Kitchen", (), None, f"{word} red oak bowl") for word in ("Basic", "Heirloom"))
    assert plain.elasticity < fine.elasticity - 0.2  # in truth by 1.3


def test_a_new_item_of_which_nothing_is_known_has_its_category_or_the_shop(fitted: Responses) -> None:
    assert fitted.of_new("Kitchen").draws == pytest.approx(fitted.categories["Kitchen"].draws)
    assert fitted.of_new("Unheard of", ["no such item"]).draws == pytest.approx(fitted.shop.draws)
    assert fitted.of_new(None).draws == pytest.approx(fitted.shop.draws)


def test_an_item_that_came_after_the_fit_has_what_its_category_says(fitted: Responses) -> None:
    known = fitted.items["product_id"].iloc[0]
    assert fitted.of_any(known, "Kitchen").draws == pytest.approx(fitted.of(known).draws)
    assert fitted.of_any("came later", "Kitchen").draws == pytest.approx(fitted.of_new("Kitchen").draws)
    assert fitted.of_any("came later", np.nan).draws == pytest.approx(fitted.shop.draws)


def test_items_of_no_category_have_no_say_in_the_shape_of_one(shop: Panel) -> None:
    odd = shop.items["product_id"].isin(shop.items["product_id"].head(30))
    some = features.features(
        shop.items.assign(category=shop.items["category"].where(~odd, None)),
        np.arange(len(shop.items)), np.full(len(shop.items), 10.0), -2.6,
    )  # fmt: skip
    groups = pricing._groups(some)
    assert (groups[odd] == -1).all()
    assert [some.categories[one] for one in groups[~odd]] == shop.items["category"][~odd].tolist()


def test_an_unknown_item_has_no_response_of_its_own(fitted: Responses) -> None:
    with pytest.raises(KeyError):
        fitted.of("no such item")


def test_the_same_panel_gives_the_same(shop: Panel, fitted: Responses) -> None:
    assert (pricing.fit(shop).draws == fitted.draws).all()


def test_a_fit_is_kept_and_read(fitted: Responses, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    read = Responses.load(tmp_path)
    code = fitted.items["product_id"].iloc[3]
    prices = np.array([8.0, 10.0, 14.0])
    assert read.of(code).factor(prices, 10.0) == pytest.approx(fitted.of(code).factor(prices, 10.0))
    assert read.of(code).source == fitted.of(code).source
    assert read.told == fitted.told and read.reacts == pytest.approx(fitted.reacts)
    words = ("Kitchen", [code], None, "Basic red oak bowl")
    assert read.of_new(*words).draws == pytest.approx(fitted.of_new(*words).draws)


def test_a_response_around_a_value() -> None:
    found = Response.around(-1.7, -2.1, -1.3)
    assert (found.low, found.elasticity, found.high) == pytest.approx((-2.1, -1.7, -1.3), abs=0.01)
    assert found.factor(np.array([20.0]), 10.0).mean() == pytest.approx(2**-1.7, abs=0.02)
    with pytest.raises(ValueError, match="above 0"):
        found.factor(np.array([1.0]), 0.0)


def weekly(items: int, units: str, price: str, weeks: int = 60) -> str:
    """Sales of items by week `w`, the units and prices as expressions of it."""
    lines = [
        f"{day:%Y-%m-%d},K{item},{eval(units, {'w': at + item})},{eval(price, {'w': at})}"
        for item in range(items)
        for at, day in enumerate(WEEKS[:weeks])
    ]
    return "\n".join(["date,product_id,units,unit_price", *lines])


@pytest.mark.parametrize(
    "content",
    [
        "date,product_id,units,unit_price\n2024-01-01,K1,3,5\n",
        weekly(1, "30 + w % 7", "5 + w % 3"),
        weekly(2, "30 + w % 7", "5 + w % 3"),
        weekly(30, "int(w % 4 == 0)", "5 + w % 3"),
        weekly(30, "3 + w % 2", "5 + w % 3", weeks=9),
        weekly(12, "10**6 + w", "5 * (1 + w % 3)"),
    ],
    ids=["one sale", "one item", "two items", "slow items", "nine weeks", "units that ignore the price"],
)
def test_a_shop_that_says_little_has_a_band_all_the_same(workspace: Workspace, load: Load, content: str) -> None:
    load(content, "sales")
    found = pricing.fit(panel.read(workspace.cursor()))
    assert (found.items["high90"] < 0).all() and np.isfinite(found.draws).all()
    assert found.of_new(None, found.items["product_id"].tolist()[:1], None, "a red mug").high90 < 0
    assert found.shop.low90 < found.shop.high90 < 0
