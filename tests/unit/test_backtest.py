"""The backtest: measures worked by hand, every method on the same items, and nothing learnt from after the cut."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core import backtest
from core.backtest import DEBUT, ORACLE, Backtest, measures
from core.errors import NotReady
from core.settings import Settings
from models.encoder import Encoder
from tests.conftest import WEEKS, SmallShop

CUT = date(2024, 9, 9)
PEERS = [
    *("median curve", "category median", "k like items", "ridge on TF-IDF"),
    *("LightGBM on text + attributes", "LightGBM on like-item features"),
]
COLUMNS = ["method", "wape", "mae_log", "spearman", "top20", "bias", "pinball", "coverage80", "seconds"]


@pytest.fixture(scope="module")
def result(small_shop: SmallShop, encoder: Encoder, quick: Settings) -> Backtest:
    return backtest.run(small_shop.history, encoder, quick, CUT)


@pytest.fixture(scope="module")
def by_method(result: Backtest) -> pd.DataFrame:
    return result.table.set_index("method")


def test_measures_worked_by_hand() -> None:
    true = np.array([10.0, 0.0, 4.0, 6.0, 20.0])
    quantiles = np.array([[4, 8, 9], [0, 1, 2], [1, 4, 8], [7, 9, 12], [5, 18, 30]], dtype=float)
    got = measures(true, quantiles)
    errors = [2, 1, 0, 3, 2]
    assert got["wape"] == pytest.approx(sum(errors) / 40)
    assert got["bias"] == pytest.approx(40 / 40 - 1)
    assert got["mae_log"] == pytest.approx(np.mean([np.log(11 / 9), np.log(2), 0, np.log(10 / 7), np.log(21 / 19)]))
    assert got["spearman"] == pytest.approx(1 - 6 * (1 + 1) / (5 * 24))  # ranks 4 1 2 3 5 against 3 1 2 4 5
    assert got["top20"] == 1.0
    assert got["coverage80"] == pytest.approx(3 / 5)  # 10 and 6 lie outside
    low = [0.1 * 6, 0.0, 0.1 * 3, 0.9 * 1, 0.1 * 15]
    middle = [0.5 * error for error in errors]
    high = [0.9 * 1, 0.1 * 2, 0.1 * 4, 0.1 * 6, 0.1 * 10]
    assert got["pinball"] == pytest.approx(sum(low + middle + high) / 15)


def test_a_forecast_that_is_right() -> None:
    true = np.array([1.0, 5.0, 9.0, 2.0, 7.0])
    got = measures(true, np.repeat(true[:, None], 3, axis=1))
    perfect = {"wape": 0, "mae_log": 0, "spearman": 1, "top20": 1, "bias": 0, "pinball": 0, "coverage80": 1}
    assert got == pytest.approx(perfect)


def test_one_forecast_for_all_ranks_nothing() -> None:
    got = measures(np.array([1.0, 2.0, 3.0]), np.tile([1.0, 2.0, 3.0], (3, 1)))
    assert np.isnan(got["spearman"])
    assert np.isnan(got["top20"])
    assert got["wape"] == pytest.approx(2 / 6)


@pytest.mark.parametrize("true", [np.zeros(5), np.full(5, 3.0)], ids=["nothing sold", "all sold alike"])
def test_measures_of_a_dull_shop(true: np.ndarray) -> None:
    got = measures(true, np.column_stack([np.arange(5.0), np.arange(5.0) + 1, np.arange(5.0) + 2]))
    assert np.isnan(got["spearman"])
    assert not np.isinf(list(got.values())).any()


def test_half_of_the_top_is_found() -> None:
    true = np.arange(10.0)
    median = np.array([9, 1, 2, 3, 4, 5, 6, 7, 0, 8.0])  # of the best two, items 8 and 9, only 9 is among the top
    assert measures(true, np.repeat(median[:, None], 3, axis=1))["top20"] == 0.5


def test_every_method_is_in_the_table(result: Backtest) -> None:
    assert result.table.columns.tolist() == COLUMNS
    assert result.table["method"].tolist() == [*PEERS, DEBUT, ORACLE]
    measured = result.table.drop(columns=["method", "spearman", "top20"])
    assert np.isfinite(measured.to_numpy(dtype=float)).all()
    assert result.table["coverage80"].between(0, 1).all()
    assert result.best_peer in PEERS


def test_what_can_be_learnt_is_learnt(by_method: pd.DataFrame) -> None:
    assert by_method.loc[DEBUT, "wape"] < by_method.loc["median curve", "wape"]
    assert by_method.loc[DEBUT, "spearman"] > 0.5
    assert np.isnan(by_method.loc["median curve", "spearman"])


def test_launches_on_either_side_of_the_cut(small_shop: SmallShop, result: Backtest) -> None:
    past = small_shop.history
    launch = past.items["launch"].to_numpy()[past.launches(WEEKS)]
    assert len(result.items) == (launch >= past.day(CUT)).sum()
    assert result.launches_train == (launch + 7 * WEEKS <= past.day(CUT)).sum()
    assert (result.items["launch"] >= pd.Timestamp(CUT)).all()
    rows = pd.Index(past.items["product_id"]).get_indexer(result.items["product_id"])
    assert result.items["units"].tolist() == past.curves(rows, WEEKS).sum(1).tolist()


def test_the_table_and_the_items_agree(result: Backtest, by_method: pd.DataFrame) -> None:
    quantiles = result.items[["p10", "p50", "p90"]].to_numpy()
    assert measures(result.items["units"].to_numpy(), quantiles)["wape"] == by_method.loc[DEBUT, "wape"]
    assert result.bias_mean == pytest.approx(result.items["mean"].sum() / result.items["units"].sum())


def test_the_difference_to_the_best_peer_has_its_interval(result: Backtest, by_method: pd.DataFrame) -> None:
    difference, low, high = result.wape_difference
    assert difference == pytest.approx(by_method.loc[DEBUT, "wape"] - by_method.loc[result.best_peer, "wape"])
    assert low <= difference <= high
    assert by_method.loc[PEERS, "wape"].min() == by_method.loc[result.best_peer, "wape"]


def test_what_was_sold_after_the_cut_changes_no_forecast(
    small_shop: SmallShop, encoder: Encoder, quick: Settings, result: Backtest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The leak test: other sales, prices of later items and all, and each method forecasts the same."""
    seen: list[list[np.ndarray]] = [[], []]
    real = backtest.measures
    for at, shop in enumerate((small_shop.history, changed_after(small_shop))):

        def noting(true: np.ndarray, quantiles: np.ndarray, at: int = at) -> dict[str, float]:
            seen[at].append(quantiles)
            return real(true, quantiles)

        monkeypatch.setattr(backtest, "measures", noting)
        other = backtest.run(shop, encoder, quick, CUT)
    methods = result.table["method"].tolist()
    for method, before, after in zip(methods, *seen, strict=True):
        if method != ORACLE:
            np.testing.assert_allclose(after, before, rtol=1e-6, err_msg=method)
    assert other.items["units"].sum() > 5 * result.items["units"].sum()
    np.testing.assert_allclose(other.items["mean"], result.items["mean"], rtol=1e-6)
    assert other.launches_train == result.launches_train


def changed_after(small_shop: SmallShop):
    """The same shop until the cut, another one from then on."""
    past = small_shop.history
    day = past.day(CUT)
    units = past.units.copy()
    units[:, day:] = np.random.default_rng(1).poisson(20, (len(past.items), past.days - day))
    return replace(past, units=units)


def test_only_so_many_weeks_of_launches_are_tested(
    small_shop: SmallShop, encoder: Encoder, quick: Settings, result: Backtest
) -> None:
    first_weeks = result.items["launch"] < pd.Timestamp(CUT) + pd.Timedelta(weeks=3)
    assert 0 < first_weeks.sum() < len(result.items)
    with pytest.raises(NotReady, match=f"Only {first_weeks.sum()} launches from 2024-09-09"):
        backtest.run(small_shop.history, encoder, quick, CUT, test_weeks=3)


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (date(2024, 12, 20), "Only 0 launches from 2024-12-20 .* Choose an earlier cut"),
        (date(2024, 5, 6), "launches lie before 2024-05-06; at least 40 .* Choose a later cut"),
        (date(2024, 1, 10), "too early"),
    ],
    ids=["too late", "too early", "in the warm-up"],
)
def test_a_cut_with_too_few_launches_is_refused(
    small_shop: SmallShop, encoder: Encoder, quick: Settings, cut: date, words: str
) -> None:
    with pytest.raises(NotReady, match=words):
        backtest.run(small_shop.history, encoder, quick, cut)


def test_a_result_becomes_json_and_words(result: Backtest) -> None:
    content = result.to_dict()
    assert {"cut", "launches_train", "launches_test", "table", "best_peer", "wape_diff", "bias_mean"} <= set(content)
    assert json.loads(json.dumps(content, allow_nan=False))["launches_test"] == len(result.items)
    assert DEBUT in str(result)
    assert result.best_peer in str(result)
