"""Newer models: trained on from the one in use, tried on what neither has seen, and fits that stay once approved."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import demand, jobs, people, training, updates, versions
from core import history as histories
from core.ads import response
from core.demand import Forecaster
from core.errors import DebutError, NotReady
from core.forecast import base_demand
from core.preference import scorer
from core.prices import fitted, panel
from core.settings import Settings
from core.update import demand as newer_demand
from core.update import health, pins, policy, prices, work
from core.update import preference as newer_preference
from core.update.trial import Trial
from core.workspace import Workspace
from models import versions as folders
from models.encoder import Encoder
from models.preference import Recipe
from tests.conftest import WEEKS, Files, SmallShop, fill

THEN = date(2024, 10, 1)
PATIENCE = 120  # seconds until a job that never ends fails the test
SHEET = pd.DataFrame({"item_id": ["N1", "N2"], "text": ["Red fox mug", "Grey plain basket"], "price": [8.0, 9.0]})


@pytest.fixture(scope="module")
def older(
    small_shop: SmallShop, encoder: Encoder, quick: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Forecaster, dict[str, object]]:
    """A forecaster that was trained on what was known in October, with its summary; read back from disk."""
    folder = tmp_path_factory.mktemp("older") / "version"
    made = training.train(small_shop.history.as_of(THEN), encoder, quick, folder, lambda done, note: None)
    return "older", Forecaster.restored(folders.load(folder)), made["summary"]


@pytest.fixture(scope="module")
def fitted_shop(small_files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small shop in a folder, its price response fitted; to be copied."""
    folder = tmp_path_factory.mktemp("fitted_shop") / "shop"
    with Workspace(folder) as shop:
        fill(shop, small_files)
        fitted.responses(shop)
    return folder


@pytest.fixture
def priced(fitted_shop: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The same, of this test alone."""
    with Workspace(shutil.copytree(fitted_shop, tmp_path / "priced")) as shop:
        yield shop


def test_a_warm_start_leaves_every_item_in_its_fold_and_takes_fewer_epochs(
    older: tuple[str, Forecaster, dict[str, object]], small_shop: SmallShop, encoder: Encoder
) -> None:
    base, past = older[1].base, small_shop.history
    settings = replace(older[1].settings, schedule=replace(older[1].settings.schedule, epochs=4))
    warm, unseen = base_demand.fit(past, encoder, settings, start=base)
    assert base.folds and all(warm.folds[code] == fold for code, fold in base.folds.items())
    assert set(warm.folds) == set(past.items["product_id"])
    assert len(warm.losses) == 2  # of four
    assert (warm.price, warm.rate) == (base.price, base.rate)
    assert np.isfinite(unseen).all()


def test_it_starts_where_the_earlier_one_ended(
    older: tuple[str, Forecaster, dict[str, object]], small_shop: SmallShop, encoder: Encoder
) -> None:
    base = older[1].base
    still = replace(older[1].settings.schedule, learning_rate=1e-7, encoder_rate=1e-7)
    settings = replace(older[1].settings, schedule=still)
    warm, _ = base_demand.fit(small_shop.history, encoder, settings, start=base)
    texts, price = ["Red fox mug", "Grey plain basket", "Striped lantern"], np.full(3, 8.0)
    assert warm.predict(encoder, texts, price) == pytest.approx(base.predict(encoder, texts, price), abs=0.05)


def test_where_it_was_not_kept_who_has_read_what_it_is_drawn_again(
    older: tuple[str, Forecaster, dict[str, object]], small_shop: SmallShop
) -> None:
    _, known, summary = older
    bare = replace(known, base=replace(known.base, folds={}))
    found = newer_demand.start_of(bare, small_shop.history, summary)
    assert found is not None and found.folds == known.base.folds
    assert newer_demand.start_of(bare, small_shop.history, summary | {"items": 5}) is None
    assert newer_demand.start_of(bare, small_shop.history, {}) is None


def test_the_cut_leaves_enough_on_both_sides_or_falls_back_to_stand_ins(small_shop: SmallShop) -> None:
    past = small_shop.history
    early = newer_demand.cut_for(past, WEEKS, past.day(date(2024, 6, 1)))
    launch = past.items["launch"].to_numpy()
    assert early.unseen and (launch[early.rows] >= early.day).all() and len(early.rows) >= 10
    learnt = [row for row in past.launches(WEEKS) if past.day(date(2024, 6, 1)) <= launch[row] <= early.day - 7 * WEEKS]
    assert len(learnt) >= 10
    late = newer_demand.cut_for(past, WEEKS, past.days)
    assert not late.unseen and (launch[late.rows] >= late.day).all()


def test_a_newer_forecaster_is_tried_and_says_what_it_changes(
    older: tuple[str, Forecaster, dict[str, object]], small_shop: SmallShop, encoder: Encoder, tmp_path: Path
) -> None:
    made, trial = newer_demand.newer(
        small_shop.history, SHEET, encoder, older, tmp_path / "version", lambda done, note: None
    )
    assert made["summary"]["started_from"] == "older"
    assert made["summary"]["launches"] > older[1].launches
    assert trial.against == "older" and trial.data_to == small_shop.history.end.isoformat()
    names = [one.name for one in trial.changes]
    assert names[:2] == ["Launches learnt from", "Units of a typical launch"]
    assert any("new items" in name for name in names)
    assert trial.cases == 0 or 0 <= trial.coverage <= 1
    assert trial.how
    assert Forecaster.restored(folders.load(tmp_path / "version")).base.folds


def test_two_that_are_alike_answer_alike_on_what_came_after_both(
    older: tuple[str, Forecaster, dict[str, object]],
    small_shop: SmallShop,
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the active one in the candidate's place nothing differs; with a clumsier one the trial says so."""
    name, known, summary = older
    told = summary | {"data_to": "2024-06-01"}
    monkeypatch.setattr(demand, "calibrated", lambda *args, **kwargs: known)
    trial = newer_demand.tried(small_shop.history, encoder, (name, known, told), None)
    assert trial.cases >= 10 and trial.difference == 0.0 and trial.verdict == "alike"
    assert "has not seen" in trial.how
    asked = newer_demand._asked
    monkeypatch.setattr(newer_demand, "_asked", lambda one, *rest: asked(one, *rest) * (3 if one is clumsy else 1))
    clumsy = replace(known)
    monkeypatch.setattr(demand, "calibrated", lambda *args, **kwargs: clumsy)
    assert newer_demand.tried(small_shop.history, encoder, (name, known, told), None).verdict == "worse"


def test_without_new_sales_there_is_nothing_to_learn(
    older: tuple[str, Forecaster, dict[str, object]], small_shop: SmallShop, encoder: Encoder, tmp_path: Path
) -> None:
    past = small_shop.history.as_of(THEN)
    with pytest.raises(NotReady, match="Load newer ones"):
        newer_demand.newer(past, SHEET, encoder, older, tmp_path / "version", lambda done, note: None)


def test_fits_follow_the_data_until_one_is_kept_and_stay_from_then_on(priced: Workspace) -> None:
    first = fitted.responses(priced)
    assert pins.pin(priced, "Anna") == ["prices"] and pins.pin(priced) == []
    name = versions.active(priced, "prices")
    assert name is not None
    _sell(priced, 3)
    assert not fitted.is_fresh(priced)
    assert (fitted.responses(priced).draws == first.draws).all()
    assert fitted.crossed(priced).items >= 0
    assert not fitted.is_fresh(priced)
    versions.retire(priced, "prices")
    fitted.responses(priced)
    assert fitted.is_fresh(priced)


def test_what_was_not_fitted_yet_is_not_kept(workspace: Workspace) -> None:
    assert pins.pin(workspace) == []


def test_a_kept_fit_whose_files_are_gone_gives_way(priced: Workspace) -> None:
    pins.pin(priced)
    shutil.rmtree(versions.folder(priced, versions.active(priced, "prices") or ""))
    assert len(fitted.responses(priced).items)


def test_a_newer_price_response_is_proposed(priced: Workspace, tmp_path: Path) -> None:
    pins.pin(priced)
    job = tmp_path / "job"
    job.mkdir()
    with pytest.raises(NotReady, match="Load newer ones"):
        work.made(priced, "prices", job, lambda done, note: None)
    _sell(priced, 3)
    result = work.made(priced, "prices", job, lambda done, note: None, automatic=True)
    trial = Trial.from_dict(result["trial"])
    assert trial.automatic and trial.against == versions.active(priced, "prices")
    assert trial.changes[0].name == "Elasticity of the shop"
    work.take_in(priced, job, json.loads(json.dumps(result)))
    assert versions.active(priced, "prices") == trial.against
    versions.activate(priced, result["version"])
    assert len(fitted.responses(priced).items)


def test_an_update_runs_in_a_process_of_its_own_and_ends_as_a_proposal(priced: Workspace) -> None:
    pins.pin(priced)
    with pytest.raises(NotReady, match="Load newer ones"):
        updates.begin(priced, "prices")
    _sell(priced, 3)
    updates.begin(priced, "prices")
    with pytest.raises(DebutError, match="on its way"):
        updates.begin(priced, "prices")
    deadline = time.monotonic() + PATIENCE
    while updates.under_way(priced) and time.monotonic() < deadline:
        time.sleep(0.05)
    jobs.finish(priced)
    assert [job.error for job in jobs.listed(priced)] == [""]
    (one,) = updates.proposals(priced)
    assert one.kind == "prices" and one.trial.against == versions.active(priced, "prices")
    assert updates.heard(priced)


def test_what_has_never_been_in_use_is_not_updated(priced: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="nothing to update"):
        work.made(priced, "preference", tmp_path, lambda done, note: None)


def test_units_at_moved_prices_are_expected_from_the_weeks_before() -> None:
    """Ten items at a steady price, one whose price falls by a fifth; the shop doubles in the weeks judged."""
    rows = [(item, week, 10.0 * (2 if week >= 30 else 1), 5.0) for item in range(10) for week in range(20, 38)]
    rows += [(10, week, 10.0 if week < 30 else 30.0, 5.0 if week < 30 else 4.0) for week in range(20, 38)]
    sold = pd.DataFrame(rows, columns=["item", "week", "units", "price"])
    items = pd.DataFrame({"product_id": [f"P{at}" for at in range(11)], "category": "Mugs"})
    shop = panel.Panel(items, sold)
    found = prices.expected(shop, _Answers(-2.0), 30)  # type: ignore[arg-type]
    assert set(found["item"]) == {10} and len(found) == prices.WEEKS
    assert found["expected"].to_numpy() == pytest.approx(10 * 2 * 0.8**-2.0)
    assert prices.expected(shop, _Answers(0.0), 30)["expected"].to_numpy() == pytest.approx(20.0)  # type: ignore[arg-type]


class _Answers:
    """A response with one elasticity for all."""

    def __init__(self, elasticity: float) -> None:
        self._elasticity = elasticity

    def of_any(self, product_id: str, category: object) -> "_Answers":
        return self

    def factor(self, price: np.ndarray, reference: float) -> np.ndarray:
        return ((price / reference) ** self._elasticity)[None]


def test_who_has_told_more_about_ads_sees_what_it_does(priced: Workspace) -> None:
    from core.ads import beliefs
    from core.ads.beliefs import Belief

    place = versions.folder(priced, "ads-1")
    place.mkdir(parents=True)
    summary = {"format": response.FORMAT, "told": response.told(priced), "data_to": "2024-12-29"}
    versions.register(priced, "ads-1", summary, kind="ads")
    assert response.is_kept(priced)
    beliefs.keep(priced, [Belief("search", 1.0, 3.0)], [])
    assert not response.is_kept(priced)


def test_two_scorers_are_asked_about_the_same_launches(
    small_shop: SmallShop, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = small_shop.history
    found = people.read(small_shop.workspace.cursor(), past)
    assert found is not None
    shop = newer_preference.Known(past, found, vectors, np.zeros((0, vectors.shape[1]), np.float32))
    fitted, _ = scorer.fit(past, found, vectors, shop.read, WEEKS, Recipe(steps=5, customers=40))
    asked: list[date] = []

    def stand_in(known: newer_preference.Known, *rest: object) -> scorer.Scorer:
        asked.append(known.past.end)
        return fitted

    monkeypatch.setattr(newer_preference, "_fitted", stand_in)
    monkeypatch.setattr(newer_preference.measures, "FEWEST", 3)
    summary = {"data_to": past.end.isoformat(), "settings": {}}
    trial = newer_preference.tried(shop, ("p1", fitted, summary))
    assert trial.difference == 0.0 and trial.cases >= 10 and 0 < trial.candidate < 0.6
    assert len(asked) == 2 and asked[0] > asked[1]  # the one in use has seen the launches: both are stood in for
    old = newer_preference.tried(shop, ("p1", fitted, {"data_to": "2024-05-01"}))
    assert len(asked) == 3 and "has not seen" in old.how


def test_a_past_shop_knows_only_what_was_asked_by_then(small_shop: SmallShop, vectors: np.ndarray) -> None:
    events = pd.DataFrame({"customer": 0, "item": -1, "day": [10, 200], "kind": 2, "value": np.nan, "units": 0.0})
    there = people.People(np.array(["a"]), events.assign(query=["late search", "a search"][::-1]), np.array([""]))
    read = np.array([[1.0], [2.0]])  # of "a search" and "late search"
    before = newer_preference.Known(small_shop.history, there, vectors, read).as_of(date(2024, 5, 1))
    assert before.people.queries == ["a search"] and before.read.tolist() == [[1.0]]
    assert len(before.vectors) == len(before.past.items)


def test_an_older_scorer_says_what_it_has_learnt_to_in_words() -> None:
    assert health.learnt_to({"trained_on": "600 people to 28 December 2025"}) == date(2025, 12, 28)
    assert health.learnt_to({"data_to": "2025-01-31"}) == date(2025, 1, 31)
    assert health.learnt_to({"trained_on": "600 people to this day"}) is None
    assert health.learnt_to({}) is None


def _sell(shop: Workspace, weeks: int) -> None:
    """Some more weeks of sales of a few items."""
    from tests.conftest import load_into

    last = histories.read(shop.cursor()).end
    days = [last + timedelta(days=at) for at in range(1, 7 * weeks + 1)]
    rows = [f"{day},P-{item:03},2,{5 + item}.0" for day in days for item in range(3)]
    load_into(shop, "\n".join(["date,product_id,units,unit_price", *rows]), "sales")


def test_the_schedule_remembers_what_it_has_tried(priced: Workspace) -> None:
    policy.tried_at(priced, {"demand": THEN})
    policy.tried_at(priced, {"ads": THEN})
    assert policy.tried(priced.cursor()) == {"demand": THEN, "ads": THEN}


def test_a_twin_needs_no_check_and_knows_as_much(
    older: tuple[str, Forecaster, dict[str, object]], small_shop: SmallShop, encoder: Encoder
) -> None:
    frozen = replace(older[1].settings, adapter="frozen")
    twin = demand.calibrated(small_shop.history.as_of(THEN), encoder, frozen)
    assert twin.check.launches == 0 and twin.learnt == older[1].learnt
    assert 0 < twin.spread.total <= 0.5
