"""The benchmark of the feedback loop: on a small shop, and its sums on made-up courses."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from core.accuracy.metrics import wape
from tests.benchmarks import feedback, feedback_loop, feedback_retrend
from tests.conftest import WEEKS, SmallShop

if TYPE_CHECKING:
    from core.accuracy.results import Backtest


@pytest.fixture(scope="module")
def rows(small_shop: SmallShop, tested: "Backtest") -> pd.DataFrame:
    return feedback_retrend.judged(tested, small_shop.history, small_shop.workspace.cursor())


def test_every_method_forecasts_the_same_weeks_of_the_same_launches(rows: pd.DataFrame, tested: "Backtest"):
    assert rows["seen"].unique().tolist() == [seen for seen in feedback_retrend.SEEN if seen < WEEKS]
    first = rows[rows["seen"] == 1]
    assert first["product_id"].tolist() == tested.items["product_id"].tolist()
    weeks = tested.weeks[tested.weeks["week"] > 1].groupby("product_id", sort=False)["units"].sum()
    assert first["units"].to_numpy() == pytest.approx(weeks[first["product_id"]].to_numpy())
    assert np.isfinite(rows[[*feedback_retrend.METHODS, "low", "high"]].to_numpy()).all()
    assert (rows["low"] <= rows["retrend"]).all() and (rows["retrend"] <= rows["high"]).all()


def test_the_ratio_of_past_launches_is_the_better_of_two(rows: pd.DataFrame, small_shop: SmallShop, tested: "Backtest"):
    past = small_shop.history.as_of(tested.cut)
    before = past.curves(past.launches(WEEKS), WEEKS)
    first, after = before[:, 0], before[:, 1:].sum(1)
    one = rows[(rows["seen"] == 1) & (rows["scaled"] > 0)].iloc[0]
    week = tested.weeks[(tested.weeks["product_id"] == one["product_id"]) & (tested.weeks["week"] == 1)]
    ratio = one["scaled"] / week["units"].iloc[0]
    assert wape(after, first * ratio) <= min(
        wape(after, first * after.sum() / first.sum()), wape(after, first * np.median(after / np.maximum(first, 1)))
    ) * (1 + 1e-9)


def test_figures_say_by_how_much_with_an_interval():
    """On made-up rows in which the retrend is right and the others are off by a third."""
    units = np.arange(10.0, 50.0)
    part = {name: units * (1.0 if name == "retrend" else 4 / 3) for name in feedback_retrend.METHODS}
    made = [pd.DataFrame({"product_id": units, "seen": seen, "units": units, **part}) for seen in (1, 2)]
    rows = pd.concat(made).assign(low=units.tolist() * 2, high=0.0)
    found = feedback_retrend._told(rows)
    assert found["wape_retrend_1"] == 0
    assert found["wape_scaled_2"] == pytest.approx(1 / 3)
    assert found["diff_high_1"] == pytest.approx(-1 / 3)
    assert (found["launches"], found["forecasts"], found["coverage80_1"]) == (40, 40, 0.0)


def test_what_learning_gains_is_a_share_of_profit_over_all_shops():
    rows = [
        {"seed": seed, "quarter": quarter, "learns": learns, "profit": 110.0 if learns else 100.0, "once": 90.0,
         "wape": 0.5 if learns or quarter == 1 else 0.6}
        for seed in range(3) for quarter in range(1, 5) for learns in (True, False)
    ]  # fmt: skip
    found = feedback_loop.told(pd.DataFrame(rows))
    assert found["profit_learning_gain"] == pytest.approx(0.1)
    assert found["profit_learning_gain_low"] == pytest.approx(0.1)
    assert found["profit_models_alone_gain"] == 0
    assert found["wape_learning_gain"] == pytest.approx(0.1)
    assert (found["shops"], found["shops_in_which_learning_paid"]) == (3, 3)


def test_the_second_order_fills_what_is_lacking_when_it_arrives():
    one = {"price": 10.0, "cost": 4.0}
    ahead = np.full((100, 6), 10.0)  # wanted in each of the weeks to come
    assert feedback_loop._order(ahead, 20.0, one) == 40
    assert feedback_loop._order(ahead, 100.0, one) == 0
    assert feedback_loop._order(ahead, 0.0, one) == 40  # what is lacking until then is lost


def test_without_the_real_data_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(feedback, "RETAIL", tmp_path / "online_retail.csv.gz")
    assert feedback.main(["--only", "retrend", "--json", str(tmp_path / "figures.json")]) == {}
    assert "No retrend: online_retail.csv.gz is not there" in capsys.readouterr().out
    assert (tmp_path / "figures.json").read_text() == "{}"
