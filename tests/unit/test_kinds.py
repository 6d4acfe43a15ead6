"""Jobs and versions of several kinds: one queue for all, one version in use of each, one way to train on demand."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from core import jobs, shell, versions
from core.errors import DebutError, NotReady
from core.jobs import Job, state
from core.settings import Settings, told
from core.trainers import TRAINERS, Asked, ready
from core.workspace import MIGRATIONS, Workspace
from tests import fake_trainer
from tests.conftest import Load, load_into
from tests.fake_trainer import BAD_SEED, ENDLESS

PATIENCE = 120  # seconds until a job that never ends fails the test
SALES = "date,sku,qty\n2024-01-01,A,3\n2024-12-31,A,1\n"


@pytest.fixture
def shop(workspace: Workspace, load: Load, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A shop with four units sold, whose preferences the fake trainer learns; whatever still works is stopped."""
    load(SALES)
    fake_trainer.put_in(monkeypatch)
    yield workspace
    for job in jobs.listed(workspace):
        jobs.cancel(job)


def until(workspace: Workspace, state_: str) -> Job:
    """The latest job, once it stands so or has ended."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        job = jobs.latest(workspace)
        if job is not None and (job.state == state_ or job.ended is not None):
            return job
        pause.wait(0.05)
    raise AssertionError(f"still {jobs.latest(workspace)}")


def test_training_on_demand_ends_with_a_version_of_its_kind_in_use(shop: Workspace) -> None:
    versions.register(shop, "v1", {"launches": 50})
    versions.register(shop, "p0", {"figures": {}}, kind="preference")
    job = jobs.start(shop, "preference", {"effort": "quick", "seed": 7})
    assert job.makes == "preference"
    assert json.loads((job.folder / "request.json").read_text())["settings"] == {"effort": "quick", "seed": 7}
    load_into(shop, "date,sku,qty\n2025-03-01,A,100\n")  # for the next training
    done = until(shop, "done")
    assert done.state == "done", done.error
    assert jobs.curves(done) == {"loss": [(1, 0.5), (2, 0.25)]}
    assert (done.done, done.note) == (1, "reading 2 of 2")
    before = shop.version
    assert jobs.finish(shop) == ["preference"]
    assert jobs.finish(shop) == []
    name = done.result["version"]
    assert (versions.active(shop), versions.active(shop, "preference")) == ("v1", name)
    assert versions.stamp(shop, "preference") == name
    assert shop.version == before  # what was derived from the data stays good
    assert jobs.earlier(done) == "p0"
    assert json.loads((versions.folder(shop, name) / "net.json").read_text()) == [4, "quick", 7]
    summary = versions.listed(shop, "preference").set_index("version").loc[name, "summary"]
    assert summary["settings"] == {"effort": "quick", "seed": 7}
    assert summary["figures"] == {"AUC": 0.8765, "Customers": 1234.0}  # what is no number is no figure
    assert not (done.folder / "data").exists()  # what was learnt from does not lie about


def test_all_kinds_wait_in_one_queue_and_can_be_cancelled_or_fail(shop: Workspace, quick: Settings) -> None:
    versions.register(shop, "p0", {"figures": {}}, kind="preference")
    first = jobs.start(shop, "preference", {"effort": ENDLESS, "seed": 0})
    second = jobs.start(shop, "train", asdict(quick))
    third = jobs.start(shop, "preference", {"seed": BAD_SEED})
    assert [job.folder for job in jobs.waiting(shop)] == [second.folder, third.folder]
    assert third.settings == {"effort": "standard", "seed": BAD_SEED}
    latest = jobs.latest(shop, "train")  # at work is at work, whatever is asked for
    assert latest is not None
    assert latest.folder == first.folder
    jobs.cancel(second)
    jobs.cancel(first)
    states = {job.folder: job.state for job in jobs.listed(shop)}
    assert states == {first.folder: "cancelled", third.folder: "running"}
    assert not list(first.folder.glob("version*"))
    assert not (first.folder / "data").exists()
    last = until(shop, "failed")
    assert (last.folder, last.state, last.error) == (third.folder, "failed", "This seed brings bad luck.")
    assert not (last.folder / "data").exists()
    assert jobs.latest(shop, "train") is None
    assert jobs.finish(shop) == []
    assert versions.active(shop, "preference") == "p0"


def test_too_little_to_learn_from_starts_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_trainer.put_in(monkeypatch)
    with pytest.raises(NotReady, match="no sales to learn from"):
        jobs.start(workspace, "preference", {"effort": "quick", "seed": 0})
    assert [path.name for path in (workspace.artifacts / "jobs").iterdir()] == ["lock"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"effort": "heroic"}, "effort is 'heroic'; allowed are quick, standard, thorough"),
        ({"seed": -1}, "seed is -1; it must be a whole number from 0"),
        ({"seed": True}, "seed is True"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"weeks": 8}, "hold weeks, which this training does not know"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(shop: Workspace, values: dict, words: str) -> None:
    with pytest.raises(DebutError, match=words):
        jobs.start(shop, "preference", values)
    assert jobs.listed(shop) == []


def test_what_is_asked_for_is_told_on_one_line() -> None:
    assert told(asdict(Asked())) == "standard"
    assert told(asdict(Asked("quick", 3))) == "quick, seed 3"


def test_every_kind_that_is_trained_on_demand_has_words_and_a_kind_of_job() -> None:
    assert set(TRAINERS) < set(state.Kind.__args__)
    for kind, trainer in TRAINERS.items():
        assert trainer.effort in trainer.efforts
        assert trainer.efforts.keys() == {"quick", "standard", "thorough"}
        assert trainer.name in ready(kind)
    assert "forecaster" in ready("demand")


def test_one_version_of_each_kind_is_in_use(workspace: Workspace) -> None:
    for name in ("v1", "v2"):
        versions.register(workspace, name, {"launches": 50})
    for name in ("p1", "p2"):
        versions.register(workspace, name, {}, kind="preference")
    versions.register(workspace, "s1", {}, kind="sentiment", use=False)
    versions.activate(workspace, "p1")
    now = {kind: versions.stamp(workspace, kind) for kind in ("demand", "preference", "sentiment")}
    assert now == {"demand": "v2", "preference": "p1", "sentiment": ""}
    assert set(versions.listed(workspace)["version"]) == {"v1", "v2"}
    assert set(versions.listed(workspace, "preference")["version"]) == {"p1", "p2"}
    with pytest.raises(DebutError, match="in use"):
        versions.remove(workspace, "p1")
    versions.remove(workspace, "p2")
    versions.retire(workspace, "preference")
    assert (versions.active(workspace, "preference"), versions.active(workspace)) == (None, "v2")
    versions.remove(workspace, "p1")  # nothing uses it now
    assert versions.listed(workspace, "preference").empty


def test_a_name_is_one_version_only(workspace: Workspace) -> None:
    versions.register(workspace, "v1", {"launches": 50})
    with pytest.raises(DebutError, match="version v1 of another model"):
        versions.register(workspace, "v1", {}, kind="sentiment")
    assert versions.active(workspace) == "v1"
    assert versions.active(workspace, "sentiment") is None


def test_a_backtest_is_about_forecasters_only(workspace: Workspace, quick: Settings) -> None:
    for name, kind in (("v1", "demand"), ("p1", "preference")):
        versions.folder(workspace, name).mkdir(parents=True)
        versions.register(workspace, name, {"settings": asdict(quick)}, kind=kind)
    assert versions.keep_backtest(workspace, asdict(quick), {"table": []}) == ["v1"]


def test_a_shop_of_the_schema_before_keeps_its_versions(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        for number, statements in enumerate(MIGRATIONS[:3], start=1):
            for statement in statements:
                connection.execute(statement)
            connection.execute("INSERT INTO schema_version VALUES (?)", [number])
        connection.execute(
            """INSERT INTO model_versions (version, created_at, active, summary) VALUES
               ('old', '2025-01-02', false, '{"launches": 40}'),
               ('used', '2025-01-03', true, '{"launches": 50}')"""
        )
    for _ in range(2):  # migrated, and opened again
        with Workspace(tmp_path) as shop:
            known = versions.listed(shop)
            assert known[["version", "active"]].to_numpy().tolist() == [["used", True], ["old", False]]
            assert known["created_at"][0] == pd.Timestamp("2025-01-03")
            assert [one["launches"] for one in known["summary"]] == [50, 40]
            assert versions.listed(shop, "preference").empty
    with Workspace(tmp_path) as shop:
        versions.register(shop, "p1", {}, kind="preference")
        versions.activate(shop, "old")
        assert (versions.active(shop), versions.active(shop, "preference")) == ("old", "p1")


def test_the_frame_says_what_was_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(shell, "workspace", lambda: None)
    monkeypatch.setattr(jobs, "finish", lambda workspace: ["sentiment", "demand"])
    monkeypatch.setattr(shell.updates, "heard", lambda workspace: [])
    monkeypatch.setattr(shell.updates, "begin_due", lambda workspace: [])
    monkeypatch.setattr(shell.st, "toast", lambda words, icon: shown.append(words))
    shell.finish_jobs()
    assert shown == ["The reader of reviews is trained and in use.", "The forecaster is fine-tuned and in use."]
