"""The backtest: measures worked by hand, every method on the same items, and nothing learnt from after the cut."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import backtest
from core.accuracy import peers, results
from core.accuracy.cuts import Cut
from core.accuracy.metrics import measures
from core.backtest import DEBUT, ORACLE, Backtest
from core.errors import DebutError, NotReady
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
def result(tested: Backtest) -> Backtest:
    return tested


@pytest.fixture(scope="module")
def by_method(result: Backtest) -> pd.DataFrame:
    return result.table.set_index("method")


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
    assert content["classifier"]["threshold"] == result.typical
    assert sum(one["count"] for one in content["classifier"]["calibration"]) == len(result.items)
    assert DEBUT in str(result)
    assert result.best_peer in str(result)


def test_the_weeks_of_an_item_are_its_curve(small_shop: SmallShop, result: Backtest) -> None:
    past = small_shop.history
    rows = pd.Index(past.items["product_id"]).get_indexer(result.items["product_id"])
    assert result.weeks["units"].to_numpy().reshape(-1, WEEKS).tolist() == past.curves(rows, WEEKS).tolist()
    assert (result.weeks["p10"] <= result.weeks["p50"]).all() and (result.weeks["p50"] <= result.weeks["p90"]).all()
    means = result.weeks.groupby("product_id")["mean"].sum()
    assert means[result.items["product_id"]].to_numpy() == pytest.approx(result.items["mean"].to_numpy())


def test_every_forecast_of_every_method_is_kept(result: Backtest, by_method: pd.DataFrame) -> None:
    true = result.items.set_index("product_id")["units"]
    for method, part in result.forecasts.groupby("method"):
        got = measures(true[part["product_id"]].to_numpy(), part[["p10", "p50", "p90"]].to_numpy())
        assert got["wape"] == pytest.approx(by_method.loc[method, "wape"])
    peer = result.forecasts[result.forecasts["method"] == result.best_peer]
    assert peer["p50"].tolist() == result.items["peer_p50"].tolist()


def test_outcomes_agree_with_the_quantiles(result: Backtest) -> None:
    assert (np.diff(result.outcomes, axis=1) >= 0).all()
    middle = result.outcomes[:, [9, 49, 89]]
    np.testing.assert_allclose(middle, result.items[["p10", "p50", "p90"]], rtol=0.5, atol=5.0)
    assert result.chance(0).tolist() == [1.0] * len(result.items)
    assert (result.chance(5) >= result.chance(50)).all()
    assert result.chance(result.typical).tolist() == result.items["chance"].tolist()


def test_the_threshold_is_what_half_of_the_earlier_launches_reached(small_shop: SmallShop, result: Backtest) -> None:
    """To the unit: a launch that sold just as many counts."""
    past = small_shop.history.as_of(CUT)
    sold = past.curves(past.launches(WEEKS), WEEKS).sum(1)
    assert result.typical == np.median(sold)
    assert (sold >= result.typical).mean() >= 0.5


def test_titles_without_a_common_word_are_no_error(small_shop: SmallShop, encoder: Encoder, quick: Settings) -> None:
    """As in a language without spaces: the method that counts words then knows nothing of an item."""
    past = small_shop.history
    rows = Cut(CUT, WEEKS).tested(past)
    case = backtest._case(past, encoder, quick, CUT, rows, lambda done, note: None)
    words = case.past.items.assign(text=[f"word{at}" for at in range(len(case.past.items))])
    silent = replace(case, past=replace(case.past, items=words))
    assert np.array_equal(peers.PEERS["ridge on TF-IDF"](silent), peers.PEERS["median curve"](silent))


def test_a_fox_has_the_better_chance(result: Backtest) -> None:
    """In the small shop foxes sell five times as well as plain things."""
    fox = result.items["title"].str.contains("fox")
    assert result.items["chance"][fox].mean() > result.items["chance"][~fox].mean() + 0.2
    assert result.classified().measures["auc"] > 0.7


def test_the_threshold_of_the_classifier_can_be_chosen(result: Backtest) -> None:
    usual, high = result.classified(), result.classified(result.typical * 3)
    assert usual.threshold == result.typical
    assert usual.measures["share"] == (result.items["units"] >= result.typical).mean()
    assert high.measures["share"] < usual.measures["share"]


def test_like_items_are_named_with_what_they_sold_by_the_cut(small_shop: SmallShop, result: Backtest) -> None:
    past = small_shop.history.as_of(CUT)
    assert set(result.like["title"]) <= set(past.items["title"])
    assert result.like.groupby("product_id").size().eq(5).all()
    first = result.like[result.like["place"] == 1].set_index("product_id")
    for row in result.items.itertuples():
        near = first.loc[row.product_id]
        assert row.like_items.startswith(f"{near['title']} ({near['units']:,.0f})")
        assert near["similarity"] <= row.nearest + 1e-6
    assert result.like.groupby("product_id")["weight"].sum().between(0, 1.001).all()


def test_saved_and_loaded_it_is_the_same(result: Backtest, tmp_path: Path) -> None:
    folder = results.folder_of(tmp_path, "1")
    result.save(folder)
    result.save(folder)  # again over itself
    again = Backtest.load(folder)
    assert again.to_dict() == result.to_dict()
    for name in results.FRAMES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(result, name), check_dtype=False)
    np.testing.assert_array_equal(again.outcomes, result.outcomes)
    assert str(again) == str(result)


def test_results_are_listed_the_latest_first_and_removed(result: Backtest, tmp_path: Path) -> None:
    assert results.kept(tmp_path) == {}
    for name in ("100", "200"):
        result.save(results.folder_of(tmp_path, name))
    results.folder_of(tmp_path, "300.part").mkdir()
    (results.folder_of(tmp_path, "300.part") / "backtest.json").write_text("{}")  # one that is being written
    results.folder_of(tmp_path, "400").mkdir()
    (results.folder_of(tmp_path, "400") / "backtest.json").write_text("{")  # one that is damaged
    assert list(results.kept(tmp_path)) == ["200", "100"]
    assert results.kept(tmp_path)["100"]["launches_test"] == len(result.items)
    results.remove(tmp_path, "200")
    results.remove(tmp_path, "200")
    results.remove(tmp_path, "../backtests/100")  # not a name in the list
    assert list(results.kept(tmp_path)) == ["100"]


@pytest.mark.parametrize("harm", ["absent", "not json", "lacks a frame", "frame is text"])
def test_a_damaged_result_is_told_in_words(result: Backtest, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "one"
    if harm != "absent":
        result.save(folder)
    if harm == "not json":
        (folder / "backtest.json").write_text("[1,")
    if harm == "lacks a frame":
        (folder / "weeks.parquet").unlink()
    if harm == "frame is text":
        (folder / "items.parquet").write_text("no parquet")
    with pytest.raises(DebutError, match="cannot be read any more"):
        Backtest.load(folder)


def test_a_result_is_read_without_loading_a_model() -> None:
    heavy = {"torch", "lightgbm", "sklearn", "scipy"}
    code = f"import sys, core.accuracy.results, core.accuracy.cuts; print(*{heavy} & set(sys.modules))"
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert got.stdout.split() == []
