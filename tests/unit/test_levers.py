"""Price, ads, stock and a typed base demand: each moves a forecast the way it must."""

from itertools import pairwise

import numpy as np
import pytest

from core import history, levers
from core.levers import Levers, Units
from core.pricing import Response
from core.workspace import Workspace
from tests.conftest import Load

RESPONSE = Response.around(-1.7, -1.7, -1.7, 100)
UNSURE = Response.around(-1.7, -2.3, -1.1, 100)
PLANNED, USUAL = 10.0, 50.0


@pytest.fixture
def units() -> Units:
    """Two launches over four weeks; the second sells twice the first."""
    total = np.array([[10.0, 40.0, 160.0], [20.0, 80.0, 320.0]])
    share = np.array([0.4, 0.3, 0.2, 0.1])
    quantiles = np.concatenate([share[None, :, None] * total[:, None], total[:, None]], axis=1)
    mean = quantiles[..., 1] * 1.4
    return Units(quantiles, mean, levers.outcomes(total))


def moved(units: Units, tried: Levers, usual: float | None = USUAL) -> Units:
    return levers.moved(units, tried, PLANNED, RESPONSE, usual)


def test_levers_as_planned_change_nothing(units: Units) -> None:
    same = moved(units, Levers(price=PLANNED, ads=0, stock=None))
    assert same.quantiles == pytest.approx(units.quantiles)
    assert same.mean == pytest.approx(units.mean) and same.totals == pytest.approx(units.totals)


def test_a_dearer_item_never_sells_more(units: Units) -> None:
    sold = [moved(units, Levers(price=price)) for price in (5.0, 8.0, 10.0, 12.0, 20.0)]
    for cheap, dear in pairwise(sold):
        assert (dear.quantiles < cheap.quantiles).all() and (dear.mean < cheap.mean).all()
    assert sold[-1].mean == pytest.approx(units.mean * 2**-1.7)


def test_not_knowing_the_answer_widens_the_range_away_from_the_planned_price(units: Units) -> None:
    sure, unsure = (levers.priced(units, 16.0, PLANNED, response) for response in (RESPONSE, UNSURE))
    assert unsure.quantiles[..., 1] == pytest.approx(sure.quantiles[..., 1], rel=0.005)
    assert (unsure.quantiles[..., 0] < sure.quantiles[..., 0]).all()
    assert (unsure.quantiles[..., 2] > sure.quantiles[..., 2]).all()
    assert (unsure.totals[:, 91] > sure.totals[:, 91]).all()
    assert (np.diff(unsure.totals, axis=1) >= 0).all()
    assert levers.priced(units, PLANNED, PLANNED, UNSURE) is units


def test_an_unsure_answer_never_sells_more_at_a_higher_price(units: Units) -> None:
    sold = [levers.priced(units, price, PLANNED, UNSURE) for price in (4.0, 7.0, 10.0, 14.0, 25.0)]
    for cheap, dear in pairwise(sold):
        assert (dear.quantiles < cheap.quantiles).all() and (dear.totals < cheap.totals).all()


def test_a_week_in_which_most_launches_sell_nothing_stays_so(units: Units) -> None:
    few = np.where(np.arange(3) < 2, 0.0, units.quantiles)
    dearer = levers.priced(Units(few, units.mean, units.totals), 12.0, PLANNED, UNSURE)
    assert (dearer.quantiles[..., :2] == 0).all()
    assert (dearer.quantiles[..., 2] < few[..., 2]).all() and (dearer.quantiles[..., 2] > 0).all()


@pytest.mark.parametrize(("price", "planned"), [(0.0, PLANNED), (-1.0, PLANNED), (5.0, 0.0)])
def test_prices_of_nothing_move_nothing(units: Units, price: float, planned: float) -> None:
    assert levers.priced(units, price, planned, UNSURE) is units


def test_more_ads_never_sell_less_and_each_brings_less_than_the_last(units: Units) -> None:
    sold = np.array([moved(units, Levers(ads=spend)).mean[0, -1] for spend in (0.0, 50.0, 100.0, 150.0)])
    gain = np.diff(sold)
    assert (gain > 0).all() and (np.diff(gain) < 0).all()
    assert sold[1] / sold[0] == pytest.approx(2**levers.ADS_ELASTICITY)


def test_ads_without_a_usual_spend_are_no_lever(units: Units) -> None:
    assert moved(units, Levers(ads=500), usual=None).mean == pytest.approx(units.mean)


@pytest.mark.parametrize("stock", [0.0, 5.0, 30.0, 100.0])
def test_no_more_is_sold_than_there_is(units: Units, stock: float) -> None:
    sold = moved(units, Levers(stock=stock))
    assert sold.totals.max() <= stock and sold.quantiles[:, -1].max() <= stock
    assert (sold.mean[:, -1] <= stock + 1e-9).all()
    assert (sold.quantiles <= units.quantiles + 1e-9).all()
    assert sold.mean[:, :-1].sum(1) == pytest.approx(sold.mean[:, -1])
    assert (np.diff(sold.quantiles, axis=2) >= -1e-9).all()


def test_the_mean_of_what_is_sold_is_below_the_stock_that_most_outcomes_reach(units: Units) -> None:
    """E[min(units, stock)], and not min(mean, stock)."""
    stock = float(units.mean[0, -1])
    sold = moved(units, Levers(stock=stock))
    assert sold.mean[0, -1] < 0.95 * stock


def test_more_stock_never_sells_less(units: Units) -> None:
    means = np.array([moved(units, Levers(stock=stock)).mean[:, -1] for stock in (1.0, 10.0, 40.0, 90.0, 500.0)])
    assert (np.diff(means, axis=0) >= -1e-9).all()


def test_the_weeks_end_when_the_stock_is_gone(units: Units) -> None:
    sold = moved(units, Levers(stock=20.0))
    median = sold.quantiles[0, :-1, 1]  # the median outcome asks for 16, 12, 8 and 4
    assert median == pytest.approx([16, 4, 0, 0], rel=0.05, abs=0.1)


def test_plenty_of_stock_changes_nothing(units: Units) -> None:
    assert moved(units, Levers(stock=1e6)).quantiles == pytest.approx(units.quantiles)


def test_levers_work_together(units: Units) -> None:
    both = moved(units, Levers(price=12.0, ads=50.0))
    assert both.mean == pytest.approx(units.mean * 1.2**-1.7 * 2**levers.ADS_ELASTICITY)


def test_base_demand_is_the_median_of_its_launch_week_and_keeps_the_season(units: Units) -> None:
    typed = levers.based(units, 0, 100.0)
    assert typed.quantiles[:, -1, 1] == pytest.approx([100, 200])
    assert typed.quantiles[0] == pytest.approx(units.quantiles[0] * 2.5)


def test_base_demand_where_nothing_is_forecast(units: Units) -> None:
    typed = levers.based(Units(units.quantiles * 0, units.mean * 0, units.totals * 0), 0, 100.0)
    assert typed.quantiles[:, -1, 1] == pytest.approx([100, 100])
    assert typed.chance(100.0) == pytest.approx([0.5, 0.5], abs=0.01)
    assert typed.mean[:, :-1].sum(1) == pytest.approx(typed.mean[:, -1])


def test_base_demand_where_most_launches_sell_nothing(units: Units) -> None:
    """A median of 0 cannot be scaled to what was typed; the rest of the forecast says how wide and when."""
    few = np.where(np.arange(3) < 2, 0.0, units.quantiles / 16)  # P90 of 10 and 20 units
    outcomes = np.where(np.arange(units.totals.shape[1]) < 60, 0.0, units.totals)
    typed = levers.based(Units(few, units.mean, outcomes), 0, 50.0)
    assert typed.quantiles[:, -1, 1] == pytest.approx([50, 100])  # the second keeps its season
    assert typed.quantiles[0, -1, 2] == pytest.approx(50 * 11)
    assert typed.quantiles[0, :-1, 1] == pytest.approx(50 * np.array([0.4, 0.3, 0.2, 0.1]))
    assert (np.diff(typed.quantiles, axis=2) > 0).all() and (np.diff(typed.totals, axis=1) >= 0).all()


def test_chance_falls_with_the_units_asked_for(units: Units) -> None:
    assert units.chance(0) == pytest.approx(1)
    assert units.chance(40.0)[0] == pytest.approx(0.5, abs=0.01)
    assert units.chance(160.0)[0] == pytest.approx(0.1, abs=0.01)
    assert (units.chance(100.0) >= units.chance(101.0)).all()


def test_outcomes_rise_and_have_the_quantiles(units: Units) -> None:
    assert (np.diff(units.totals, axis=1) >= 0).all()
    assert np.quantile(units.totals[0], [0.1, 0.5, 0.9]) == pytest.approx([10, 40, 160], rel=0.05)


def test_one_like_item_alone_moves_the_forecast_but_makes_it_no_surer(units: Units) -> None:
    sure = Units(np.ones_like(units.quantiles) * 60, units.mean, np.ones_like(units.totals) * 60)
    drawn = levers.no_surer(sure, units, np.array([1.0, 0.5]))
    assert drawn.quantiles[..., 1] == pytest.approx(60)
    assert drawn.quantiles[0, -1] == pytest.approx([15, 60, 240])  # a quarter and four times, as found
    assert drawn.quantiles[1, -1] == pytest.approx([37.5, 60, 150])
    assert drawn.chance(60.0)[0] == pytest.approx(0.5, abs=0.01)
    assert (np.diff(drawn.totals, axis=1) >= 0).all()


def test_a_range_that_is_wide_enough_stays(units: Units) -> None:
    assert levers.no_surer(units, units, np.ones(2)).totals == pytest.approx(units.totals)
    assert levers.no_surer(units, units, np.zeros(2)).quantiles == pytest.approx(units.quantiles)


SALES = "date,product_id,units,unit_price\n" + "".join(
    f"2024-{month:02}-05,P{item},3,5\n2024-12-20,P{item},1,5\n" for item in range(6) for month in range(1 + item, 13)
)


def test_usual_ads_are_those_of_past_launches(workspace: Workspace, load: Load) -> None:
    load(SALES, "sales")
    load(
        "date,channel,spend,product_id\n"
        + "".join(
            f"2024-{1 + item:02}-10,Search,{10 * item},P{item}\n2024-12-21,Search,900,P{item}\n" for item in range(6)
        ),
        "ads",
    )
    past = history.read(workspace.cursor())
    assert levers.usual_ads(workspace.cursor(), past, 4) == pytest.approx(30)  # of 10, 20, 30, 40, 50


def test_ads_that_name_no_item_are_shared_by_the_items(workspace: Workspace, load: Load) -> None:
    load(SALES, "sales")
    load("date,channel,spend\n2024-03-01,Search,60\n2024-03-10,Search,60\n", "ads")
    past = history.read(workspace.cursor())
    assert levers.usual_ads(workspace.cursor(), past, 4) == pytest.approx(120 / 10 * 28 / 6)


def test_a_shop_without_ads_has_no_usual_spend(workspace: Workspace, load: Load) -> None:
    load(SALES, "sales")
    assert levers.usual_ads(workspace.cursor(), history.read(workspace.cursor()), 4) is None
