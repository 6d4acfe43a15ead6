"""Jobs that are lost: killed at any stage, gone with the machine, out of room; what is left, what is told of them.

A trainer that learns nothing stands for the real ones: what is tested is the same for all.
"""

import errno
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from core import jobs, versions
from core.accuracy import results
from core.errors import DebutError, NotReady
from core.jobs import Job, causes, queue, state, tidy
from core.jobs.state import PROCESSES, read_json, write
from core.settings import Settings
from core.workspace import Workspace
from tests import fake_trainer
from tests.conftest import Load

PATIENCE = 120  # seconds
QUICK = {"effort": "quick", "seed": 0}
ENDLESS = {"effort": fake_trainer.ENDLESS, "seed": 0}
SALES = "date,sku,qty\n2024-01-01,A,1\n2024-12-31,A,1\n"


@pytest.fixture
def shop(workspace: Workspace, load: Load, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A shop with a sale, where training takes as long as a test wants."""
    load(SALES)
    fake_trainer.put_in(monkeypatch)
    yield workspace
    for job in jobs.listed(workspace):
        jobs.cancel(job)


def wait(job: Job, until: Callable[[Job], bool]) -> Job:
    """How it stands once the condition holds."""
    pause, deadline = threading.Event(), time.time() + PATIENCE
    while time.time() < deadline:
        now = state.read(job.folder)
        if until(now):
            return now
        pause.wait(0.05)
    raise AssertionError(f"still {now}")


def kill(job: Job) -> None:
    os.kill(read_json(job.folder / "process.json")["pid"], signal.SIGKILL)
    if job.folder in PROCESSES:
        PROCESSES[job.folder].wait()


def left(shop: Workspace) -> set[str]:
    """Names below the artifacts, the history of jobs and what texts were read aside."""
    kept = {"request.json", "process.json", "progress.json", "log.txt", "curves.jsonl", "result.json", "taken.json"}
    paths = (path.relative_to(shop.artifacts) for path in shop.artifacts.rglob("*") if path.is_file())
    return {
        str(path)
        for path in paths
        if path.parts[0] not in ("embeddings", "runs") and path.name not in (*kept, "cancelled.json", "lock")
    }


STAGES: dict[str, Callable[[Job], bool]] = {
    "before it began": lambda job: True,
    "it has written half a version": lambda job: (job.folder / "version" / "net.json").exists(),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_job_killed_at_any_stage_leaves_no_half_version(shop: Workspace, stage: str) -> None:
    job = jobs.start(shop, "preference", ENDLESS)
    assert (job.folder / tidy.DATA).exists()
    wait(job, STAGES[stage])
    kill(job)
    assert jobs.finish(shop) == []
    (now,) = jobs.listed(shop)
    assert (now.state, now.cause) == ("failed", "killed")
    assert "It was killed" in now.error
    assert versions.listed(shop, "preference").empty
    assert not left(shop)


def test_a_real_training_killed_at_its_start_leaves_no_snapshot(
    workspace: Workspace, load: Load, quick: Settings
) -> None:
    load(SALES)
    job = jobs.start(workspace, "train", asdict(quick))
    assert (job.folder / tidy.DATA / "items.parquet").exists()
    kill(job)
    assert jobs.finish(workspace) == [] and jobs.listed(workspace)[0].cause == "killed"
    assert versions.listed(workspace).empty and not left(workspace)


def test_a_backtest_killed_before_it_could_say_that_it_is_kept_is_none(
    workspace: Workspace, load: Load, quick: Settings
) -> None:
    load(SALES)
    job = jobs.start(workspace, "backtest", asdict(quick), cut="2024-09-09")
    kill(job)
    kept = results.folder_of(workspace.artifacts, job.folder.name)
    kept.mkdir(parents=True)
    (kept / "backtest.json").write_text("{}")
    jobs.finish(workspace)
    assert jobs.listed(workspace)[0].state == "failed"
    assert not kept.exists()


def test_a_job_killed_when_it_was_done_is_taken_in_whole(shop: Workspace) -> None:
    job = jobs.start(shop, "preference", QUICK)
    wait(job, lambda now: (job.folder / "result.json").exists())
    kill(job)
    (job.folder / tidy.DATA).mkdir(exist_ok=True)  # it may have been killed before it had removed that
    assert jobs.finish(shop) == ["preference"]
    version = jobs.listed(shop)[0].result["version"]
    assert versions.active(shop, "preference") == version
    assert not (job.folder / tidy.DATA).exists()
    assert (versions.folder(shop, version) / "net.json").exists()


def test_a_job_that_went_down_with_the_machine_says_so_and_is_asked_for_again(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.start(shop, "preference", ENDLESS)
    kill(job)
    PROCESSES.clear()  # as after a restart: nobody is anybody's child
    write(job.folder / "process.json", {**read_json(job.folder / "process.json"), "pid": os.getpid(), "machine": "old"})
    jobs.finish(shop)
    (now,) = jobs.listed(shop)
    assert (now.state, now.cause) == ("failed", "machine")
    assert "ended with the machine" in now.error
    again = jobs.retry(shop, now)
    assert (again.kind, again.settings, again.state) == (now.kind, now.settings, "running")
    assert [one.folder for one in jobs.listed(shop)] == [again.folder, now.folder]
    jobs.cancel(again)
    jobs.forget(now)
    assert [one.folder for one in jobs.listed(shop)] == [again.folder]


def test_a_job_at_work_is_not_removed_from_the_list(shop: Workspace) -> None:
    job = jobs.start(shop, "preference", ENDLESS)
    jobs.forget(job)
    assert [one.folder for one in jobs.listed(shop)] == [job.folder]


@pytest.mark.parametrize(
    ("error", "cause", "words"),
    [
        (NotReady("Too few launches."), "data", "Too few launches."),
        (DebutError("No such thing."), "error", "No such thing."),
        (OSError(errno.ENOSPC, "No space left on device"), "disk", "The disk is full"),
        (MemoryError(), "memory", "too little memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "memory", "too little memory"),
        (KeyError("units"), "error", "KeyError: 'units'"),
    ],
)
def test_what_was_raised_is_told_as_a_cause(error: Exception, cause: str, words: str) -> None:
    told = causes.failure(error)
    assert told["cause"] == cause
    assert words in told["error"]


@pytest.mark.parametrize(
    ("log", "status", "process", "cause", "words"),
    [
        ("", -9, {}, "killed", "It was killed, probably"),
        ("", -15, {}, "killed", "stopped from outside"),
        ("", None, {}, "killed", "Perhaps"),
        ("", None, {"machine": "another"}, "machine", "shut down or restarted"),
        ("reading\nOSError: [Errno 28] No space left on device\n", 1, {}, "disk", "The disk is full"),
        ("terminate called after throwing an instance of 'std::bad_alloc'\n", -6, {}, "memory", "too little memory"),
        ("Traceback\nValueError: odd\n", 1, {}, "error", "ValueError: odd"),
    ],
)
def test_what_is_gone_without_a_word_is_told_by_how_it_went(
    tmp_path: Path, log: str, status: int | None, process: dict, cause: str, words: str
) -> None:
    (tmp_path / "log.txt").write_text(log)
    told, why = causes.silent(tmp_path, process, status)
    assert why == cause
    assert words in told


def test_what_killed_work_left_among_the_artifacts_goes_at_the_next_opening(workspace: Workspace) -> None:
    kept = ("versions/v1/net.json", "outlooks/abc/items.parquet", "backtests/1/backtest.json", "jobs/lock")
    halves = (
        *("versions/training/net.json", "outlooks/part-x/items.parquet", "backtests/2.part/rows.parquet"),
        *("tmp1234/version/net.json", "versions/loading-z/config.json", "jobs/12345/data/shop.duckdb"),
        *("reviews/v1.part", "jobs/77/progress.99.part", "embeddings/abc/x.part"),
    )
    for name in (*kept, *halves):
        path = workspace.artifacts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    tidy.clear(workspace.artifacts)
    there = {str(path.relative_to(workspace.artifacts)) for path in workspace.artifacts.rglob("*") if path.is_file()}
    assert there == set(kept)


def test_nothing_is_cleared_while_a_job_is_at_work(shop: Workspace) -> None:
    half = shop.artifacts / "backtests" / "2.part"
    half.mkdir(parents=True)
    job = jobs.start(shop, "preference", ENDLESS)
    assert tidy.clear(shop.artifacts) == []
    assert half.exists()
    jobs.cancel(job)
    tidy.clear(shop.artifacts)
    assert not half.exists()


def test_a_job_on_a_copy_of_the_shop_is_planned_from_and_says_what_it_lacks(shop: Workspace) -> None:
    job = jobs.start(shop, "plan", {}, scenario_id=0, about="Plan")
    assert (job.folder / tidy.DATA / "shop.duckdb").exists()
    assert job.told == "Plan"
    now = wait(job, lambda one: one.ended is not None and not (job.folder / tidy.DATA).exists())
    assert (now.state, now.cause) == ("failed", "data")
    assert "has not been fine-tuned" in now.error


def test_a_job_without_room_for_its_snapshot_is_refused(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(queue, "write", full)
    with pytest.raises(DebutError, match=r"cannot be written to disk \(No space left on device\)"):
        jobs.start(shop, "preference", QUICK)
    assert jobs.listed(shop) == []
    assert not left(shop)


def test_old_words_of_an_error_are_read(tmp_path: Path) -> None:
    """A job that an older Debut has written names no cause."""
    folder = tmp_path / "1700000000000000000"
    folder.mkdir()
    request = {"kind": "sentiment", "settings": QUICK, "options": {}, "artifacts": "x", "asked": 1.0}
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "error.json").write_text(json.dumps({"error": "It broke."}))
    job = state.read(folder)
    assert (job.state, job.cause, job.error) == ("failed", "error", "It broke.")
