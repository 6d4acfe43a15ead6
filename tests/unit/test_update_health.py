"""Is the forecaster still good: what came since, whether its ranges hold, drift, and the verdict in plain words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import like_items, training, updates, versions
from core.demand import Forecaster
from core.errors import NotReady
from core.history import History
from core.settings import Settings
from core.update import calibration, drift, health, verdicts
from core.update.drift import Drift
from core.update.health import Health
from core.workspace import Workspace
from models import versions as folders
from models.encoder import Encoder
from tests.conftest import SmallShop, fill

RNG = np.random.default_rng(0)
SINCE, TRAINED = date(2024, 9, 1), date(2024, 10, 1)


def launches(count: int, covered: int, units: float = 10.0, p50: float = 10.0, mean: float = 10.0) -> pd.DataFrame:
    """Launches of one month, the first `covered` of them in their likely range."""
    inside = np.arange(count) < covered
    return pd.DataFrame(
        {
            **{"product_id": [f"P{at}" for at in range(count)], "title": "Mug", "category": "Mugs"},
            **{"launch": pd.Timestamp("2025-03-03"), "units": units, "p50": p50, "mean": mean},
            **{"p10": np.where(inside, 0.0, 2 * units), "p90": 3 * units},
        }
    )


def found(told: pd.DataFrame | None = None, drifts: tuple[Drift, ...] = (), learnt: int = 400) -> Health:
    figures = {} if told is None else calibration.figures(told)
    months = calibration.by_month(told if told is not None else pd.DataFrame(columns=calibration.COLUMNS))
    since = 0 if told is None else len(told)
    return Health(
        "v1", date(2025, 2, 2), date(2025, 6, 1), learnt, since, 0.6, "its check", figures,
        months.assign(told="since"), drifts,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shop(
    small_shop: SmallShop, encoder: Encoder, quick: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """The small shop with a forecaster that was trained on what was known in October."""
    with Workspace(tmp_path_factory.mktemp("older")) as workspace:
        fill(workspace, small_shop.files)
        then = small_shop.history.as_of(TRAINED)
        made = training.train(then, encoder, quick, versions.folder(workspace, "older"), lambda done, note: None)
        versions.register(workspace, "older", made["summary"])
        yield workspace


def test_a_month_counts_who_fell_into_the_range_with_a_binomial_interval() -> None:
    (row,) = calibration.by_month(launches(20, 16)).to_dict("records")
    assert row["month"] == pd.Timestamp("2025-03-01") and row["launches"] == 20
    assert row["coverage"] == pytest.approx(0.8)
    assert (row["low"], row["high"]) == pytest.approx((0.563, 0.943), abs=0.001)  # Clopper-Pearson, from tables
    assert row["wape"] == 0.0 and row["bias"] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("told", "severity", "words"),
    [
        (None, "good", "No launch window has closed"),
        (launches(9, 9), "good", "9 launch windows have closed"),
        (launches(40, 32), "good", "32 of 40"),
        (launches(40, 26), "look", "26 of 40"),
        (launches(40, 20), "act", "20 of 40"),
        (launches(40, 32, units=10.0, p50=11.0, mean=14.0), "act", "expects 40% more"),
        (launches(40, 32, units=10.0, p50=9.0, mean=8.0), "look", "expects 20% less"),
        (launches(40, 32, units=10.0, p50=9.0, mean=14.0), "good", "expects 40% more"),  # a few best sellers
        (launches(40, 32, units=10.0, p50=20.0), "act", "misses the launches since by 100%"),
    ],
)
def test_the_worst_sign_is_the_verdict(told: pd.DataFrame | None, severity: str, words: str) -> None:
    verdict = verdicts.of_demand(found(told), date(2025, 6, 2))
    assert verdict.severity == severity
    assert any(words in sign.words for sign in verdict.signs if sign.severity == severity)


def test_much_to_learn_from_is_worth_a_look() -> None:
    assert verdicts.of_demand(found(launches(40, 32), learnt=100), date(2025, 6, 2)).severity == "look"


def test_what_moved_in_the_data_is_worth_a_look() -> None:
    moved = Drift("Prices", "the new items", 0.5, 0.25, True, "The median price is twice as high.")
    verdict = verdicts.of_demand(found(drifts=(moved,)), date(2025, 6, 2))
    assert verdict.severity == "look" and "twice as high" in verdict.words


def test_a_verdict_on_older_sales_says_so() -> None:
    assert "newer ones are loaded" in verdicts.of_demand(found(), date(2025, 7, 1)).words


@pytest.mark.parametrize(("weeks", "severity"), [(0, "good"), (12, "good"), (13, "look"), (39, "act")])
def test_what_no_launch_judges_goes_by_its_age(weeks: int, severity: str) -> None:
    day = date(2025, 1, 5)
    today = day + pd.Timedelta(days=7 * weeks + 1).to_pytimedelta()
    assert verdicts.of_age("ads", day, today).severity == severity
    assert verdicts.of_age("ads", None, today).severity == "look"


def test_prices_move_only_where_it_is_no_chance_and_large() -> None:
    usual = np.exp(RNG.normal(2, 0.5, 200))
    same, twice = drift.prices(usual, np.exp(RNG.normal(2, 0.5, 40)), "new"), drift.prices(usual, usual[:40] * 2, "new")
    assert same is not None and not same.moved
    assert twice is not None and twice.moved and "median price of new" in twice.words
    assert drift.prices(usual, np.full(40, np.nan), "new") is None


def test_few_items_in_other_categories_are_chance_and_many_are_not() -> None:
    learnt = pd.Series(["Mugs", "Rugs", "Lamps", "Bowls"] * 25)
    few, many = pd.Series(["Mugs"] * 5 + ["Rugs"] * 3), pd.Series(["Mugs"] * 60)
    assert not drift.categories(learnt, few, "new").moved  # type: ignore[union-attr]
    assert drift.categories(learnt, many, "new").moved  # type: ignore[union-attr]
    assert drift.categories(learnt, pd.Series([None] * 60), "new") is not None
    assert drift.categories(pd.Series([None] * 9), pd.Series([None] * 9), "new") is None


def test_false_alarms_of_the_index_are_rare() -> None:
    """About one in a hundred where nothing moved: the threshold grows as items get few."""
    alarms = 0
    for _ in range(300):
        before, after = RNG.multinomial(120, [0.2] * 5), RNG.multinomial(12, [0.2] * 5)
        value, threshold = drift.psi(before, after)
        alarms += value > threshold
    assert alarms <= 15


def test_words_that_nothing_learnt_from_has() -> None:
    learnt = [f"Red {look} mug" for look in ("fox", "hare", "owl", "cat")] * 5
    known, new = ["Red fox mug"] * 10, ["Quantum flux capacitor"] * 10
    assert not drift.words(learnt, known, "new").moved  # type: ignore[union-attr]
    strange = drift.words(learnt, new, "new")
    assert strange is not None and strange.moved and strange.value == 1.0
    assert drift.words(learnt, new[:3], "new") is None


def test_the_level_is_told_without_the_season(small_shop: SmallShop) -> None:
    past = small_shop.history
    steady = drift.level(past, 200)
    assert steady is not None
    units = past.units.copy()
    units[:, 300:] *= 4
    risen = drift.level(History(past.start, past.items, units), 200)
    assert risen is not None and risen.moved and risen.value > 2 * steady.value
    assert drift.level(past, past.days) is None


def test_launches_of_one_season_say_nothing_of_another(small_shop: SmallShop) -> None:
    past = small_shop.history  # ends with December; the quarter to come is winter
    summer, winter = np.full(20, 190), np.full(20, past.days + 30)
    assert drift.seasons(past, summer).moved  # type: ignore[union-attr]
    assert not drift.seasons(past, np.concatenate([winter, winter + 50])).moved  # type: ignore[union-attr]
    assert drift.seasons(past, summer[:3]) is None


def test_items_with_nothing_alike_stand_out(small_shop: SmallShop, vectors: np.ndarray) -> None:
    past = small_shop.history
    rows = past.launches(4)
    near = like_items.find(past, vectors, like_items.launch_query(past, vectors, rows), 1).similarity[:, 0]
    assert not drift.likeness(past, vectors, rows, near[:20], "new").moved  # type: ignore[union-attr]
    assert drift.likeness(past, vectors, rows, np.full(20, 0.05), "new").moved  # type: ignore[union-attr]


def test_launches_since_are_forecast_without_their_sales(
    forecaster: Forecaster, small_shop: SmallShop, encoder: Encoder
) -> None:
    past = small_shop.history
    items = calibration.forecast_since(forecaster, past, encoder, SINCE)
    assert items["launch"].min() >= pd.Timestamp(SINCE) and len(items) >= 10
    assert (items["p10"] <= items["p90"]).all()
    units = past.units.copy()
    late = past.items["launch"].to_numpy() >= past.day(items["launch"].max().date())
    units[late] *= 50  # of the last to come: their own sales change what they sold, and no forecast
    other = calibration.forecast_since(forecaster, History(past.start, past.items, units), encoder, SINCE)
    assert other["p50"].to_numpy() == pytest.approx(items["p50"].to_numpy())
    assert other["units"].sum() > items["units"].sum()
    assert calibration.forecast_since(forecaster, past, encoder, date(2025, 6, 1)).empty


def test_the_health_of_a_version_is_found_once_for_a_state_of_the_data(shop: Workspace) -> None:
    assert not health.is_kept(shop) and health.latest(shop) is None
    notes: list[str] = []
    first = health.health(shop, notes.append)
    assert first.version == "older" and first.trained_to == date(2024, 9, 30)
    assert first.since == first.figures["launches"] >= 10
    assert first.months["told"].eq("since").all() and first.months["launches"].sum() == first.since
    assert first.promised_by == "its check"
    again = health.health(shop, notes.append)
    assert len(notes) == 1 and health.is_kept(shop)
    pd.testing.assert_frame_equal(again.months, first.months, check_dtype=False)
    assert replace(again, months=first.months) == first
    verdict = updates.check(shop)
    assert verdict.kind == "demand" and verdict.figures["launches"] == first.since
    assert [one.kind for one in updates.verdicts(shop)] == ["demand"]
    assert updates.verdicts(shop)[0].words == verdict.words


def test_there_is_no_health_without_a_forecaster(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match="fine-tuned"):
        health.health(workspace)
    assert not health.is_kept(workspace) and health.latest(workspace) is None


def test_a_damaged_version_is_told_in_words(shop: Workspace, tmp_path: Path) -> None:
    with Workspace(tmp_path / "other") as other:
        folders.save(versions.load(shop, "older").version(), versions.folder(other, "v"))
        (versions.folder(other, "v") / "summary.json").write_text(
            (versions.folder(shop, "older") / "summary.json").read_text()
        )
        versions.register(other, "v", {"data_to": "2024-09-30"})
        with pytest.raises(NotReady):  # it has no sales
            health.health(other)
