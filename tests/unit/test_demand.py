"""The forecast: honest quantiles, launch weeks that matter, calibration, and a version that reads back the same."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core import demand, versions
from core.demand import FEWEST_LAUNCHES, Forecast, Forecaster
from core.errors import NotReady
from core.history import History
from core.like_items import LikeItems, Query
from core.settings import Settings
from core.workspace import Workspace
from models import versions as folders
from models.encoder import Encoder
from tests.conftest import LAUNCHES, WEEKS, SmallShop

ROOT = Path(__file__).parents[2]
TITLES = ["Red fox mug. mugs", "Red grey mug. mugs", "Blue plain lantern. lanterns", "Something never heard of"]
AGAIN = """
import sys
from pathlib import Path
import numpy as np
from core.demand import Forecaster
from core.history import History
from core.like_items import LikeItems, Query
from models import versions
from models.encoder import Encoder
folder = Path(sys.argv[1])
asked = np.load(folder / "asked.npz")
query = Query(*(asked[name] for name in ("vectors", "price", "launch", "known", "rows", "codes")))
forecaster = Forecaster.restored(versions.load(folder / "version"))
past = History.load(folder / "history")
forecast = forecaster.forecast(past, Encoder(cache=folder / "embeddings"), asked["texts"].tolist(), query)
np.savez(folder / "answer.npz", quantiles=forecast.quantiles, mean=forecast.mean)
"""


def asking(encoder: Encoder, past: History, texts: list[str], days_ahead: int = 7, price: float = 8.0) -> Query:
    """New items that are launched some days after the end of the data."""
    ones = np.ones(len(texts), dtype=np.int64)
    codes = np.array([f"P-{200 + at}" for at in range(len(texts))])
    return Query(encoder.embed(texts), ones * price, ones * (past.days + days_ahead), ones * past.days, -ones, codes)


@pytest.fixture(scope="module")
def forecast(forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder) -> Forecast:
    past = small_shop.history
    return forecaster.forecast(past, encoder, TITLES, asking(encoder, past, TITLES))


@pytest.fixture
def saved(forecaster: Forecaster, workspace: Workspace) -> Path:
    """The folder of a complete version called `v`."""
    folder = versions.folder(workspace, "v")
    folders.save(forecaster.version(), folder)
    return folder


def test_quantiles_are_in_order_and_nothing_is_negative(forecast: Forecast) -> None:
    assert forecast.quantiles.shape == (len(TITLES), WEEKS + 1, 3)
    assert forecast.mean.shape == (len(TITLES), WEEKS + 1)
    assert np.isfinite(forecast.quantiles).all()
    assert (np.diff(forecast.quantiles, axis=-1) >= 0).all()
    assert forecast.quantiles.min() >= 0
    assert forecast.mean.min() >= 0


def test_the_means_of_the_weeks_add_up_to_that_of_the_sum(forecast: Forecast) -> None:
    assert forecast.mean[:, :-1].sum(1) == pytest.approx(forecast.mean[:, -1])


def test_the_sum_is_more_than_any_week(forecast: Forecast) -> None:
    assert (forecast.quantiles[:, -1, 1] > forecast.quantiles[:, :-1, 1].max(1)).all()


def test_words_that_sell_are_expected_to_sell(forecast: Forecast) -> None:
    fox, grey, _, _ = forecast.quantiles[:, -1, 1]
    assert fox > 1.5 * grey


def test_another_launch_week_gives_another_forecast(
    forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder, forecast: Forecast
) -> None:
    past = small_shop.history
    later = forecaster.forecast(past, encoder, TITLES, asking(encoder, past, TITLES, days_ahead=7 * 20))
    assert not np.allclose(later.quantiles, forecast.quantiles)


def test_an_item_is_forecast_alike_alone_and_among_others(
    forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder, forecast: Forecast
) -> None:
    past, title = small_shop.history, TITLES[1:2]
    alone = forecaster.forecast(past, encoder, title, asking(encoder, past, title))
    np.testing.assert_allclose(alone.quantiles[0], forecast.quantiles[1], rtol=1e-4)


@pytest.fixture(scope="module")
def like(forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder) -> LikeItems:
    """The past launches that the forecasts lean on."""
    return forecaster.like(small_shop.history, encoder, TITLES, asking(encoder, small_shop.history, TITLES))


def test_like_items_are_the_past_launches_with_their_weights(like: LikeItems, small_shop: SmallShop) -> None:
    past = small_shop.history
    assert like.weights is not None
    assert like.weights.sum(1) == pytest.approx(1)
    assert (np.diff(like.weights, axis=1) <= 0).all()
    assert sorted(like.rows[0]) == sorted(past.launches(WEEKS))
    fox, grey = (past.items["title"].iloc[like.rows[item, :5]] for item in (0, 1))
    assert fox.str.contains("fox").mean() > grey.str.contains("fox").mean()


def test_the_forecast_is_that_of_its_like_items(
    forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder, forecast: Forecast, like: LikeItems
) -> None:
    query = asking(encoder, small_shop.history, TITLES)
    again = forecaster.forecast_like(small_shop.history, query, like)
    np.testing.assert_allclose(again.quantiles, forecast.quantiles, rtol=1e-6)
    np.testing.assert_allclose(again.mean, forecast.mean, rtol=1e-6)


def test_like_items_chosen_by_hand_move_the_forecast(
    forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder, like: LikeItems
) -> None:
    past = small_shop.history
    query = asking(encoder, past, TITLES[3:])
    sold = past.curves(like.rows[3], WEEKS).sum(1)
    best, worst = (LikeItems(like.rows[3:, some], like.similarity[3:, some]) for some in np.split(np.argsort(-sold), 2))
    high, low = (forecaster.forecast_like(past, query, one).quantiles[0, -1] for one in (best, worst))
    assert high[0] > low[1] > low[0]


def test_one_like_item_alone_is_the_forecast(
    forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder, like: LikeItems
) -> None:
    past = small_shop.history
    only = LikeItems(like.rows[:1, :1], like.similarity[:1, :1], np.ones((1, 1)))
    got = forecaster.forecast_like(past, asking(encoder, past, TITLES[:1]), only)
    sold = past.curves(only.rows[0], WEEKS)[0]
    assert got.quantiles[0, :-1, 1] / sold.clip(1e-9) == pytest.approx(got.quantiles[0, -1, 1] / sold.sum(), rel=1e-6)


def test_the_chance_to_sell_so_many_falls_with_the_number(forecast: Forecast) -> None:
    chances = np.stack([forecast.chance(units) for units in (0, 5, 20, 80, 1e9)])
    assert (chances[0] == 1).all()
    assert (chances[-1] == 0).all()
    assert (np.diff(chances, axis=0) <= 0).all()
    median = forecast.quantiles[:, -1, 1]
    assert (forecast.chance(median) >= 0.5).all()  # outcomes come in steps: the median itself is one
    assert (forecast.chance(median * 1.0001) <= 0.5).all()


def test_an_item_without_any_like_item_is_forecast(
    forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder
) -> None:
    query = replace(asking(encoder, small_shop.history, TITLES), known=np.zeros(len(TITLES), dtype=np.int64))
    got = forecaster.forecast(small_shop.history, encoder, TITLES, query)
    assert np.isfinite(got.quantiles).all()


def test_what_a_training_tells_of_itself(forecaster: Forecaster) -> None:
    assert forecaster.launches == LAUNCHES
    assert forecaster.typical > 0
    check = forecaster.check
    assert check.launches == len(check.true) == len(check.predicted) == pytest.approx(LAUNCHES / 4, abs=3)
    assert 0 < check.wape < check.wape_median
    assert check.spearman > 0.5
    assert 0 < forecaster.spread.week < 0.5
    assert 0 < forecaster.spread.total < 0.5


def test_a_version_gives_the_same_forecast_in_another_process(
    forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder, forecast: Forecast, tmp_path: Path
) -> None:
    past = small_shop.history
    query = asking(encoder, past, TITLES)
    folders.save(forecaster.version(), tmp_path / "version")
    past.save(tmp_path / "history")
    np.savez(tmp_path / "asked.npz", texts=np.array(TITLES), **vars(query))
    subprocess.run([sys.executable, "-c", AGAIN, str(tmp_path)], cwd=ROOT, check=True)
    answer = np.load(tmp_path / "answer.npz")
    np.testing.assert_allclose(answer["quantiles"], forecast.quantiles, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(answer["mean"], forecast.mean, rtol=1e-5, atol=1e-5)


def test_a_version_holds_no_pickle_and_not_the_encoder(saved: Path) -> None:
    assert {path.suffix for path in saved.iterdir()} == {".json", ".safetensors"}
    assert sum(path.stat().st_size for path in saved.iterdir()) < 5_000_000
    json.loads((saved / "config.json").read_text())


def test_a_saved_version_is_loaded_through_the_workspace(workspace: Workspace, saved: Path) -> None:
    assert versions.load(workspace, saved.name).settings.weeks == WEEKS


def remove(path: Path) -> None:
    path.unlink()


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_empty(path: Path) -> None:
    path.write_bytes(b"")


def make_an_empty_object(path: Path) -> None:
    path.write_text("{}")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *(("config.json", damage) for damage in (remove, cut_in_half, make_empty, make_an_empty_object)),
        *(("net.safetensors", damage) for damage in (remove, cut_in_half, make_empty)),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_damaged_version_is_refused_in_words(workspace: Workspace, saved: Path, name: str, damage) -> None:
    damage(saved / name)
    with pytest.raises(NotReady, match="Fine-tune again"):
        versions.load(workspace, saved.name)


@pytest.mark.parametrize(
    ("part", "value"),
    [("forest.right", 0), ("forest.feature", 999), ("plain.roots", -7), ("forest.roots", 10**8)],
)
def test_trees_that_lead_nowhere_are_refused(
    workspace: Workspace, forecaster: Forecaster, part: str, value: int
) -> None:
    """A version may come from anywhere: its trees must neither loop nor point outside."""
    whole = forecaster.version()
    tensors = whole.tensors | {part: torch.full_like(whole.tensors[part], value)}
    folders.save(replace(whole, tensors=tensors), versions.folder(workspace, "v"))
    with pytest.raises(NotReady, match="damaged"):
        versions.load(workspace, "v")


@pytest.mark.parametrize("start", ["base.0.out.", "base.", "base.2.probe", "forest.", "plain.threshold"])
def test_weights_that_lack_a_part_are_refused(workspace: Workspace, forecaster: Forecaster, start: str) -> None:
    whole = forecaster.version()
    part = replace(whole, tensors={name: w for name, w in whole.tensors.items() if not name.startswith(start)})
    folders.save(part, versions.folder(workspace, "v"))
    with pytest.raises(NotReady):
        versions.load(workspace, "v")


def test_a_version_that_knows_other_numbers_is_refused(workspace: Workspace, forecaster: Forecaster) -> None:
    whole = forecaster.version()
    folders.save(replace(whole, config=whole.config | {"numbers": ["other"]}), versions.folder(workspace, "v"))
    with pytest.raises(NotReady, match="another Debut"):
        versions.load(workspace, "v")


def test_a_missing_version_is_refused_in_words(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match="gone"):
        versions.load(workspace, "gone")


def test_too_few_launches_are_refused_with_the_numbers(
    small_shop: SmallShop, encoder: Encoder, quick: Settings
) -> None:
    past = small_shop.history
    rows = np.concatenate([np.flatnonzero(past.items["launch"] < 91), past.launches(WEEKS)[: FEWEST_LAUNCHES - 1]])
    small = History(past.start, past.items.iloc[rows].reset_index(drop=True), past.units[rows])
    with pytest.raises(NotReady, match=r"39 launches with 4 complete weeks are too few.*at least 40"):
        demand.fit(small, encoder, quick)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.6])
def test_a_report_that_raises_stops_the_training(
    small_shop: SmallShop, encoder: Encoder, quick: Settings, share: float
) -> None:
    class Cancelled(Exception):
        pass

    def report(done: float, note: str) -> None:
        if done >= share:
            raise Cancelled

    with pytest.raises(Cancelled):
        demand.fit(small_shop.history, encoder, quick, report)


def test_progress_rises_from_nothing_to_done(small_shop: SmallShop, encoder: Encoder, quick: Settings) -> None:
    seen: list[tuple[float, str]] = []
    demand.fit(small_shop.history, encoder, quick, lambda done, note: seen.append((done, note)))
    shares = [done for done, _ in seen]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert all(note for _, note in seen)


def test_the_same_seed_gives_the_same_forecast(
    small_shop: SmallShop, encoder: Encoder, quick: Settings, forecaster: Forecaster, forecast: Forecast
) -> None:
    again = demand.fit(small_shop.history, encoder, quick)
    got = again.forecast(small_shop.history, encoder, TITLES, asking(encoder, small_shop.history, TITLES))
    np.testing.assert_allclose(got.quantiles, forecast.quantiles, rtol=1e-4)


def test_items_that_never_sold_can_be_learnt_from(small_shop: SmallShop, encoder: Encoder, quick: Settings) -> None:
    """A shop whose launches all failed: the forecast is about nothing, not an error."""
    silent = replace(small_shop.history, units=np.zeros_like(small_shop.history.units))
    forecaster = demand.fit(silent, encoder, quick)
    got = forecaster.forecast(silent, encoder, TITLES, asking(encoder, silent, TITLES))
    assert got.quantiles[:, -1, 1].max() < 1
    json.dumps(forecaster.version().config, allow_nan=False)
