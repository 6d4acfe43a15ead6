"""Figures of the channels: bands, returns, costs, half-lives; the plain model of the literature."""

from dataclasses import replace

import numpy as np
import pytest

from core.ads import figures, response
from core.ads.response import Response
from tests.benchmarks import ads_truth


@pytest.fixture(scope="module")
def shop() -> ads_truth.Shop:
    return ads_truth.simulate(102, channels=3, weeks=110)


@pytest.fixture(scope="module")
def fit(shop: ads_truth.Shop) -> Response:
    return response.fit(shop.panel, draws=60, chains=2)


def test_the_table_agrees_with_the_response(shop: ads_truth.Shop, fit: Response) -> None:
    table = figures.table(fit, shop.panel).set_index("channel")
    assert list(table.index) == shop.panel.channels
    assert table["roi"].to_numpy() == pytest.approx(np.median(fit.roi, axis=0))
    assert table["contribution"].to_numpy() == pytest.approx(table["roi"] * table["spend"])
    for name in ("contribution", "share", "roi", "marginal", "order_cost", "next_order", "half_life", "saturation"):
        assert (table[f"{name}_low"] <= table[name]).all() and (table[name] <= table[f"{name}_high"]).all()
    assert table["idle"].between(0, 1).all() and table["claimed_roi"].isna().all()


def test_an_extra_order_costs_what_was_spent_for_each(shop: ads_truth.Shop, fit: Response) -> None:
    twice = replace(fit, order_size=2.0)
    one, two = figures.table(fit, shop.panel), figures.table(twice, shop.panel)
    assert two["order_cost"][0] == pytest.approx(2 * one["order_cost"][0])
    assert one["order_cost"][0] == pytest.approx(ads_truth.PRICE / one["roi"][0], rel=0.05)


def test_what_brings_nothing_costs_infinitely_much(shop: ads_truth.Shop, fit: Response) -> None:
    none = replace(fit, effect=np.zeros_like(fit.effect))
    table = figures.table(none, shop.panel)
    assert np.isinf(table["order_cost"]).all() and (table["roi"] == 0).all()


def test_half_lives(fit: Response) -> None:
    shape = (1, 3)
    some = replace(fit, decay=np.array([[0.5, 0.0, 0.5]]), delay=np.array([[0.0, 0.0, 2.0]]))
    assert figures.half_life(some).shape == shape
    assert figures.half_life(some)[0] == pytest.approx([1, 0.05, 3], abs=0.01)


def test_saturation_is_where_the_curve_says(fit: Response) -> None:
    money = figures.saturation(fit, 0.8)[:, 0]
    power = (money / fit.scale[0].sum()) ** fit.slope[:, 0]
    assert power / (power + fit.half[:, 0] ** fit.slope[:, 0]) == pytest.approx(0.8)


def test_bands_hold_their_share_and_nan_stays() -> None:
    draws = np.column_stack([np.arange(1_001.0), np.full(1_001, np.nan)])
    found = figures.band(draws, 0.9)
    assert found[:, 0] == pytest.approx([50, 500, 950]) and np.isnan(found[:, 1]).all()


def test_a_channel_without_spend_has_no_return(shop: ads_truth.Shop) -> None:
    spend = shop.panel.spend.copy()
    spend[2] = 0
    fit = response.fit(replace(shop.panel, spend=spend), draws=20, chains=1)
    table = figures.table(fit, shop.panel)
    assert np.isnan(table["roi"][2]) and table["contribution"][2] == 0


def test_the_plain_model_finds_its_own(shop: ads_truth.Shop) -> None:
    random = np.random.default_rng(0)
    units = random.uniform(50, 150, (1, 110))
    usual = np.array([units[0, week - 4 : week].mean() for week in range(4, 110)])
    revenue = np.zeros((1, 110))
    revenue[0, 4:] = 1.7 * shop.panel.spend.sum((0, 1))[4:] + 12 * usual + random.normal(0, 1, 106)
    found = figures.plain(replace(shop.panel, units=units, revenue=revenue))
    assert found.alpha == pytest.approx(1.7, abs=3 * found.alpha_error + 1e-6)
    assert found.beta == pytest.approx(12, abs=4 * found.beta_error) and found.explained > 0.99
    assert found.weeks == 106
