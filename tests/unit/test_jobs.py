"""Jobs: long work in a process of its own, that can be watched, cancelled, lost, and taken in once."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from core import jobs, versions
from core.errors import DebutError, NotReady
from core.jobs import Job
from core.settings import Settings
from core.workspace import Workspace
from tests.conftest import WEEKS, Files, Load, fill, load_into

PATIENCE = 240  # seconds until a job that never ends fails the test instead of blocking the run


@pytest.fixture(scope="module")
def shop(small_files: Files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The small shop in a workspace that these tests may write to."""
    with Workspace(tmp_path_factory.mktemp("jobs")) as workspace:
        fill(workspace, small_files)
        yield workspace


@pytest.fixture(scope="module")
def settings(quick: Settings) -> dict:
    return asdict(quick)


def watched(workspace: Workspace, until: Callable[[Job], bool]) -> list[Job]:
    """How the latest job stood, look by look, until the condition holds or it has ended."""
    seen: list[Job] = []
    pause = threading.Event()
    for _ in range(PATIENCE * 20):
        job = jobs.latest(workspace)
        assert job is not None
        seen.append(job)
        if until(job) or not job.running:
            return seen
        pause.wait(0.05)
    jobs.cancel(seen[-1])
    raise AssertionError(f"still running: {seen[-1]}")


def ended(workspace: Workspace) -> list[Job]:
    return watched(workspace, lambda job: False)


def process(job: Job) -> int:
    return json.loads((job.folder / "process.json").read_text())["pid"]


@pytest.fixture(scope="module")
def trained(shop: Workspace, settings: dict) -> list[Job]:
    """A training, watched from its start to its end, and taken in."""
    job = jobs.start(shop, "train", settings)
    assert job.running
    assert job.seconds_left is None
    return ended(shop)


def test_a_shop_without_jobs(workspace: Workspace) -> None:
    assert jobs.latest(workspace) is None
    assert jobs.last_done(workspace, "train") is None


def test_progress_rises_until_it_is_done(trained: list[Job]) -> None:
    assert trained[-1].state == "done", trained[-1].error
    shares = [job.done for job in trained]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len({job.note for job in trained}) > 2
    assert any(job.seconds_left for job in trained)


def test_the_result_tells_what_was_trained(trained: list[Job], settings: dict) -> None:
    summary = trained[-1].result["summary"]
    assert summary["settings"] == settings
    assert summary["launches"] == 80
    assert (summary["data_from"], summary["data_to"]) == ("2024-01-01", summary["data_to"])
    assert len(summary["losses"]) == settings["schedule"]["epochs"]
    assert summary["check"]["wape"] > 0
    assert summary["bytes"] > 0


def test_what_is_done_is_taken_in_once_and_is_then_in_use(shop: Workspace, trained: list[Job]) -> None:
    job = trained[-1]
    before = shop.version
    assert jobs.finish(shop)
    assert not jobs.finish(shop)
    assert shop.version == before  # what was derived from the data stays good
    assert versions.active(shop) == job.result["version"]
    assert versions.load(shop, job.result["version"]).settings.weeks == WEEKS
    assert versions.listed(shop)["version"].tolist() == [job.result["version"]]
    done = jobs.last_done(shop, "train")
    assert done is not None
    assert done.folder == job.folder


def test_one_job_at_a_time_and_it_can_be_cancelled(shop: Workspace, trained: list[Job], settings: dict) -> None:
    used = versions.active(shop)
    job = jobs.start(shop, "train", settings)
    with pytest.raises(DebutError, match="already running"):
        jobs.start(shop, "train", settings)
    jobs.cancel(job)
    after = jobs.latest(shop)
    assert after is not None
    assert (after.folder, after.state, after.running) == (job.folder, "cancelled", False)
    assert not jobs.finish(shop)
    assert versions.active(shop) == used
    jobs.cancel(after)  # twice does no harm


def test_a_killed_process_reads_as_failed_with_words(shop: Workspace, trained: list[Job], settings: dict) -> None:
    used = versions.active(shop)
    job = jobs.start(shop, "train", settings)
    os.kill(process(job), signal.SIGKILL)
    last = ended(shop)[-1]
    assert (last.state, last.folder) == ("failed", job.folder)
    assert last.error.startswith("The work ended without a result.")
    assert not jobs.finish(shop)
    assert versions.active(shop) == used


def test_too_few_launches_are_told_in_the_same_words(workspace: Workspace, load: Load, settings: dict) -> None:
    days = pd.date_range("2024-01-01", "2024-12-31")
    load(pd.DataFrame({"date": days, "sku": "A", "qty": 1}).to_csv(index=False), "sales")
    jobs.start(workspace, "train", settings)
    last = ended(workspace)[-1]
    assert last.state == "failed"
    assert last.error.startswith("0 launches with 4 complete weeks are too few to learn from; at least 40")
    assert not jobs.finish(workspace)
    assert versions.active(workspace) is None


def test_a_shop_without_sales_starts_no_job(workspace: Workspace, settings: dict) -> None:
    with pytest.raises(NotReady, match="no sales yet"):
        jobs.start(workspace, "train", settings)
    assert jobs.latest(workspace) is None


def test_a_backtest_is_a_job_too(shop: Workspace, trained: list[Job], settings: dict) -> None:
    jobs.start(shop, "backtest", settings, cut="2024-09-09")
    last = ended(shop)[-1]
    assert last.state == "done", last.error
    assert last.result["cut"] == "2024-09-09"
    assert [row["method"] for row in last.result["table"]][-2:] == ["Debut", "first week seen (oracle)"]
    assert not jobs.finish(shop)
    done = jobs.last_done(shop, "backtest")
    assert done is not None
    assert done.folder == last.folder
    assert jobs.last_done(shop, "train") is not None


def test_a_version_in_use_is_not_removed_and_an_earlier_one_can_be_used_again(workspace: Workspace) -> None:
    for name in ("v1", "v2"):
        folder = versions.folder(workspace, name)
        folder.mkdir(parents=True)
        versions.register(workspace, name, {"launches": 50})
    assert versions.active(workspace) == "v2"
    with pytest.raises(DebutError, match="in use"):
        versions.remove(workspace, "v2")
    versions.activate(workspace, "v1")
    versions.remove(workspace, "v2")
    assert versions.active(workspace) == "v1"
    assert versions.listed(workspace)["version"].tolist() == ["v1"]
    assert [path.name for path in (workspace.artifacts / "versions").iterdir()] == ["v1"]


def test_a_version_that_is_not_there_cannot_be_used(workspace: Workspace) -> None:
    versions.register(workspace, "v1", {})
    with pytest.raises(DebutError):
        versions.activate(workspace, "gone")
    assert versions.active(workspace) == "v1"


def test_work_goes_on_with_the_data_it_was_started_with(workspace: Workspace, load: Load, settings: dict) -> None:
    """The snapshot is taken at the start: what is loaded meanwhile is for the next training."""
    load("date,sku,qty\n2024-01-01,A,1\n2024-12-31,A,1\n")
    job = jobs.start(workspace, "train", settings)
    jobs.cancel(job)
    load_into(workspace, "date,sku,qty\n2025-03-01,NEW,1\n")
    assert pd.read_parquet(job.folder / "items.parquet")["product_id"].tolist() == ["A"]
    assert Path(job.folder / "units.parquet").exists()
