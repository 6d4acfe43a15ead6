"""The benchmark's parts: an ablation takes away what it names and nothing else, and gives it back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core import like_items
from core.accuracy import findings
from core.accuracy.results import Backtest
from core.forecast import codes, examples, likeness, outcomes
from core.forecast.examples import NUMBERS, Examples
from tests.benchmarks import forecaster
from tests.conftest import WEEKS, Files, SmallShop


@pytest.mark.parametrize(("idea", "columns"), [("base", ["base_demand"]), ("code", list(codes.NUMBERS))])
def test_numbers_of_an_idea_are_blank_without_it(
    small_shop: SmallShop, vectors: np.ndarray, idea: str, columns: list[str]
) -> None:
    past = small_shop.history
    rows = past.launches(WEEKS)[-5:]
    query = like_items.launch_query(past, vectors, rows)
    whole = examples.numbers(past, vectors, query, np.ones(5), WEEKS)
    with forecaster._without({idea: 0}):
        some = examples.numbers(past, vectors, query, np.ones(5), WEEKS)
    gone = np.isin(NUMBERS, columns)
    assert gone.sum() == len(columns)
    assert np.isnan(some[:, gone]).all()
    np.testing.assert_array_equal(some[:, ~gone], whole[:, ~gone])
    np.testing.assert_array_equal(examples.numbers(past, vectors, query, np.ones(5), WEEKS), whole)


def test_constants_of_an_idea_are_given_back() -> None:
    def now() -> tuple[object, ...]:
        return examples.LAGS, Examples.copies, likeness.TEXT_PULL, likeness.PRICE_WIDTH, outcomes.LEVEL_SHARE

    before = now()
    with pytest.raises(KeyError), forecaster._without({"lags": 0, "pull": 0, "level": 0}):
        assert now() == ((0,), 1, 0.0, np.inf, 0.0)
        raise KeyError
    assert now() == before


def test_a_folder_of_tables_is_a_shop(small_files: Files, small_shop: SmallShop, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "products.csv").write_bytes(small_files.products)
    (data / "sales.csv").write_bytes(small_files.sales)
    got = forecaster.load(data, tmp_path)
    np.testing.assert_array_equal(got.units, small_shop.history.units)
    with pytest.raises(SystemExit, match="holds no CSV"):
        forecaster.load(tmp_path, tmp_path)


def test_coverage_by_group_is_the_mean_over_seeds(tested: Backtest) -> None:
    other = {**tested.settings, "schedule": {**tested.settings["schedule"], "seed": 1}}
    sure = replace(tested, settings=other, items=tested.items.assign(p10=-1.0, p90=np.inf))
    name, groups = forecaster._by_group([tested, sure])
    _, once = findings.by_group(tested.items)
    assert name == "price band"  # its categories are too small
    assert groups["coverage"].to_numpy() == pytest.approx((once["coverage"].to_numpy() + 1) / 2)
    assert groups["count"].sum() == once["count"].sum()
