"""What a plan of ads comes to: carry-over on both sides, stock, bands, what has not been seen."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.ads import scene, whatif, words
from core.ads.response import LAGS, Response
from core.ads.scene import Scene
from core.errors import DebutError
from core.levers import Units
from core.outlook import Expected
from tests.ads_samples import WEEKS, response

FIRST_LAUNCH = pd.Timestamp("2024-01-01") + pd.Timedelta(weeks=WEEKS + 2)


def group(made: Response | None = None, groups: tuple[str, ...] = ("Mugs",), weeks: int = 8) -> Scene:
    return scene.of_groups(made or response(), list(groups), "Mugs", weeks)


def item(stock: float | None = None, lead: int = 0, made: Response | None = None, doubt: float = 0.5) -> Scene:
    """An item that is expected to sell 10 a week, launched in the third week after the data end."""
    weekly = np.full(8, 10.0)
    totals = 80 * np.exp(doubt * np.linspace(-1.5, 1.5, 101))
    totals *= 80 / totals.mean()
    mean = np.append(weekly, 80.0)[None]
    units = Units(np.repeat(mean[..., None], 3, axis=-1), mean, totals[None])
    expected = Expected([FIRST_LAUNCH], units, pd.DataFrame())
    one = made or response(groups=("Mugs",))
    return scene.of_item("Fox mug", replace(one, base=np.array([10.0])), expected, 0, 20.0, 8.0, stock, lead)


@pytest.mark.parametrize("proportional", [True, False])
def test_units_are_those_of_the_response(proportional: bool):
    made = response()
    made = replace(made, proportional=np.full(made.draws, proportional), level=1.5 * made.base)
    one = group(made, ("Mugs", "Lamps"))
    spend = np.random.default_rng(0).uniform(0, 100, (3, 8))
    lifts = [made.lift(spend * part.share[:, None], part.group, part.base) for part in one.parts]
    assert one.brought(spend) == pytest.approx(np.stack(lifts), rel=1e-4, abs=1e-4)
    found = whatif.outcome(one, spend)
    base = sum(part.base[:8].sum() for part in one.parts)
    assert found.total("units") == pytest.approx(base + np.stack(lifts).sum((0, 2, 3)), rel=1e-4)


def test_what_was_spent_before_is_carried_into_the_window():
    none = np.zeros((3, 8))
    with_past, without = (whatif.outcome(group(response(spent=spent)), none) for spent in (1.0, 0.0))
    extra = (with_past.units - without.units).mean(0)
    assert without.units.mean(0)[:8] == pytest.approx(np.full(8, 200.0))
    assert extra[0] > extra[1] > extra[2] > 0
    assert extra[-1] == pytest.approx(0, abs=1e-3)


def test_the_weeks_after_the_window_count():
    one = group(response(spent=0.0))
    found = whatif.outcome(one, np.full((3, 8), 100.0))
    assert found.units.shape[1] == 8 + LAGS
    after = found.units[:, 8:].mean(0)
    assert after[0] > after[3] > 0  # only what the ads bring
    assert after[0] < 100
    later = whatif.outcome(one, np.concatenate([np.zeros((3, 7)), np.full((3, 1), 800.0)], axis=1))
    assert later.units[:, 8:].sum() > found.units[:, 8:].sum()


def test_profit_is_what_units_earn_less_the_money():
    one = group(response(doubt=0.0))
    spend = np.full((3, 8), 50.0)
    found = whatif.outcome(one, spend)
    assert found.total("profit") == pytest.approx(found.total("units") * 6 - spend.sum())
    assert found.total("revenue") == pytest.approx(found.total("units") * 10)
    assert found.paid[8:].sum() == 0


def test_the_present_plan_of_an_item_gives_its_forecast():
    one = item()
    found = whatif.outcome(one, one.usual)
    assert found.units[:, :8].mean(0) == pytest.approx(np.full(8, 10.0), rel=0.02)
    none = whatif.outcome(one, 0 * one.usual)
    assert none.units[:, :8].sum(1).mean() < 0.9 * found.units[:, :8].sum(1).mean()


@pytest.mark.parametrize("proportional", [True, False])
def test_the_forecast_comes_out_again_where_ads_bring_most_of_it(proportional: bool):
    strong = replace(response(groups=("Mugs",), effects=(1.5, 1.0, 0.5)), proportional=np.full(200, proportional))
    one = item(made=strong, doubt=0.0)
    found, none = whatif.outcome(one, one.usual), whatif.outcome(one, 0 * one.usual)
    assert found.units[:, :8].mean(0) == pytest.approx(np.full(8, 10.0), rel=0.02)
    assert found.against(none, "units").mean() > 0.4 * 80


def test_units_beyond_the_stock_are_worth_nothing():
    free, short = item(doubt=0.0), item(stock=60.0, doubt=0.0)
    more = 4 * free.usual
    assert whatif.outcome(free, more).total("units").mean() > 80
    found, none = whatif.outcome(short, more), whatif.outcome(short, 0 * more)
    assert found.total("units") == pytest.approx(np.full(200, 60.0), rel=1e-5)
    assert found.lost.min() > 0
    assert found.against(none) == pytest.approx(np.full(200, -more.sum()), abs=0.1)
    assert whatif.next_money(short, more, 50.0, np.full(more.shape, 1 / 8)) == pytest.approx(0, abs=1e-3)
    assert (found.brought <= 1e-3).all()


def test_stock_is_sold_week_after_week():
    wanted = np.array([[3.0, 4.0, 5.0], [1.0, 1.0, 1.0]])
    assert whatif.served(wanted, 8.0).tolist() == [[3.0, 4.0, 1.0], [1.0, 1.0, 1.0]]
    assert whatif.served(wanted, 0.0).sum() == 0


def test_nothing_is_sold_before_the_launch_but_it_is_remembered():
    one, plain = item(lead=2), item()
    assert len(one.weeks) == 10 and one.weeks[0] == plain.weeks[0] - np.timedelta64(14, "D")
    early = np.zeros((3, 10))
    early[1, :2] = 50.0
    found, none = whatif.outcome(one, early), whatif.outcome(one, 0 * early)
    assert found.units[:, :2].sum() == 0
    assert found.against(none, "units").mean() > 0.5
    with pytest.raises(DebutError, match="cannot run 4 weeks before"):
        item(lead=4)


def test_bands_are_wider_where_less_is_known():
    def width(doubt: float) -> float:
        one = group(response(doubt=doubt))
        low, mean, high = whatif.band(whatif.outcome(one, one.usual).total("profit"))
        assert low <= mean <= high
        return high - low

    assert width(0.0) == pytest.approx(0, abs=1e-6)
    assert width(0.3) > width(0.1) > 0


def test_more_than_was_ever_spent_is_flagged():
    one = group()
    assert one.beyond(np.full((3, 8), 200.0)) == []
    assert one.beyond(np.array([[301.0], [240.0], [0.0]]) * np.ones(8)) == ["search"]
    assert "search" in words.limits(whatif.outcome(one, np.full((3, 8), 300.0) * [[1.1], [0.5], [0.5]]))[0]


def test_amounts_in_words():
    assert [words.amount(one) for one in (-0.04, 2.0, 3.26, 450.4, 1_234_567.2)] == [
        "0",
        "2",
        "3.3",
        "450",
        "1,234,567",
    ]
    assert "The next 2,000,000 on" in words.next_steps(["a"], np.array([[5e6]]), 2e6)


def test_the_next_money_in_words():
    gains = np.tile([180.0, 40.0, 2.0], (50, 1))
    said = words.next_steps(["search", "social", "email"], gains, 100.0)
    assert said.startswith("The next 100 on **search** bring 180")
    assert "less than it costs on social" in said and said.endswith("email is at its limit.")
    assert words.next_steps(["a"], np.array([[5.0]]), 100.0).startswith("No channel earns back the next 100")


def test_channels_together_bring_what_the_plan_brings():
    for one in (group(groups=("Mugs", "Lamps")), item(stock=70.0)):
        spend = 2 * one.usual
        found, none = whatif.outcome(one, spend), whatif.outcome(one, 0 * spend)
        assert found.brought.sum(1) == pytest.approx(found.against(none, "units"), abs=0.01)
        assert found.earned.sum(1) == pytest.approx(found.against(none, "revenue"), abs=0.5)
        table = words.by_channel(found, np.ones((200, 3)))
        assert table["roi"].to_numpy() == pytest.approx(found.earned.mean(0) / spend.sum(1))
        assert words.by_channel(none, np.ones((200, 3)))["roi"].isna().all()


def test_the_next_money_is_the_difference_of_two_plans():
    one = group()
    shape = np.full((3, 8), 1 / 8)
    gains = whatif.next_money(one, one.usual, 80.0, shape)
    for channel in range(3):
        more = one.usual.copy()
        more[channel] += 10.0
        difference = whatif.outcome(one, more).against(whatif.outcome(one, one.usual), "gross")
        assert gains[:, channel] == pytest.approx(difference, abs=0.05)


def test_outcomes_are_spread_evenly_over_the_draws():
    totals = np.arange(1.0, 102.0)
    demand = scene.paired(totals, 200)
    assert demand.mean() == pytest.approx(1)
    assert np.quantile(demand, 0.9) / np.quantile(demand, 0.1) == pytest.approx(91.5 / 10.5, rel=0.1)
    assert abs(np.corrcoef(demand, np.arange(200))[0, 1]) < 0.1
    assert (scene.paired(np.zeros(101), 200) == 1).all()


def test_the_season_of_last_year_is_expected_again():
    made = response(groups=("Mugs",))
    past = made.past_base.copy()
    past[0, -52:-44] *= 0.5  # the same weeks of last year sold half of those before them
    one = scene.of_groups(replace(made, past_base=past), ["Mugs"], "Mugs", 12)
    base = one.parts[0].base
    assert base[1:7] == pytest.approx(np.full(6, 100.0)) and base[9:12] == pytest.approx(np.full(3, 200.0))
    later = scene.of_groups(replace(made, past_base=past), ["Mugs"], "Mugs", 4, start=9)
    assert later.parts[0].base[:4] == pytest.approx(np.full(4, 200.0))
    short = replace(made, past_base=past[:, -55:])
    assert scene.of_groups(short, ["Mugs"], "Mugs", 4).parts[0].base == pytest.approx(np.full(17, 200.0))


@pytest.mark.parametrize("weeks", [0, 27])
def test_a_window_that_cannot_be_planned_is_refused(weeks: int):
    with pytest.raises(DebutError, match="1 to 26 weeks"):
        group(weeks=weeks)
    with pytest.raises(DebutError, match="at least one category"):
        scene.of_groups(response(), [], "nothing", 8)
