"""Jobs: long work in a process of its own, that can be watched, queued, cancelled, lost, and taken in once."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest

from core import __version__, history, jobs, versions
from core.errors import DebutError, NotReady
from core.history import History
from core.jobs import Job, queue
from core.jobs.queue import DATA
from core.jobs.state import PROCESSES
from core.settings import Settings, told
from core.training import code_hash, data_hash
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
    assert jobs.listed(workspace) == jobs.waiting(workspace) == []


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
    assert jobs.finish(shop) == ["demand"]
    assert not jobs.finish(shop)
    assert shop.version == before  # what was derived from the data stays good
    assert versions.active(shop) == job.result["version"]
    assert versions.load(shop, job.result["version"]).settings.weeks == WEEKS
    assert versions.listed(shop)["version"].tolist() == [job.result["version"]]
    done = jobs.last_done(shop, "train")
    assert done is not None
    assert done.folder == job.folder


def test_the_summary_says_what_it_was_made_from(trained: list[Job], shop: Workspace) -> None:
    summary = trained[-1].result["summary"]
    past = history.read(shop.cursor())
    assert summary["data"] == data_hash(past)
    assert summary["code"] == code_hash()
    assert summary["debut"] == __version__
    assert len(summary["echo"]) == 3
    folder = versions.folder(shop, trained[-1].result["version"])
    assert json.loads((folder / "summary.json").read_text()) == summary


def test_other_sales_are_other_data(shop: Workspace) -> None:
    past = history.read(shop.cursor())
    units = past.units.copy()
    units[0, 0] += 1
    assert data_hash(replace(past, units=units)) != data_hash(past)
    renamed = past.items.assign(text=past.items["text"].replace({past.items["text"][0]: "another"}))
    assert data_hash(replace(past, items=renamed)) != data_hash(past)


def test_the_second_waits_and_the_first_can_be_cancelled(shop: Workspace, trained: list[Job], settings: dict) -> None:
    used = versions.active(shop)
    first, second = jobs.start(shop, "train", settings), jobs.start(shop, "train", settings)
    third = jobs.start(shop, "train", settings | {"rank": 3})
    assert (first.state, second.state, third.state) == ("running", "waiting", "waiting")
    assert [job.folder for job in jobs.waiting(shop)] == [second.folder, third.folder]
    jobs.cancel(second)  # which waits: it just goes
    assert [job.folder for job in jobs.waiting(shop)] == [third.folder]
    jobs.cancel(first)
    jobs.cancel(first)  # twice does no harm
    now = {job.folder: job.state for job in jobs.listed(shop)}
    assert second.folder not in now
    assert (now[first.folder], now[third.folder]) == ("cancelled", "running")  # the next begins at once
    assert not list(first.folder.glob("version*"))
    jobs.cancel(third)
    assert not jobs.finish(shop)
    assert versions.active(shop) == used


def test_the_queue_goes_on_by_itself_when_one_fails(workspace: Workspace, load: Load, settings: dict) -> None:
    """No page is open, nobody asks: the process that ends starts the next one."""
    days = pd.date_range("2024-01-01", "2024-12-31")
    load(pd.DataFrame({"date": days, "sku": "A", "qty": 1}).to_csv(index=False), "sales")
    jobs.start(workspace, "train", settings)
    second = jobs.start(workspace, "train", settings | {"rank": 3})
    assert second.state == "waiting"
    pause = threading.Event()
    while not (second.folder / "error.json").exists() and pause.wait(0.1) is False:
        assert time.time() < second.asked + PATIENCE
    assert [job.state for job in jobs.listed(workspace)] == ["failed", "failed"]
    assert "too few to learn from" in jobs.listed(workspace)[0].error


def broken_job(workspace: Workspace, settings: dict, name: str) -> Path:
    """A request without the history that belongs to it."""
    folder = workspace.artifacts / "jobs" / name
    folder.mkdir(parents=True)
    request = {"kind": "train", "settings": settings, "options": {}, "artifacts": str(workspace.artifacts), "asked": 1}
    (folder / "request.json").write_text(json.dumps(request))
    return folder


def test_the_queue_goes_on_by_itself_whatever_was_wrong(workspace: Workspace, settings: dict) -> None:
    first, second = (broken_job(workspace, settings, name) for name in ("1", "2"))
    jobs.finish(workspace)
    pause, deadline = threading.Event(), time.time() + PATIENCE
    while not (second / "error.json").exists() and pause.wait(0.1) is False:
        assert time.time() < deadline
    later, earlier = jobs.listed(workspace)
    assert (later.folder, earlier.folder, later.state, earlier.state) == (second, first, "failed", "failed")
    assert earlier.error.startswith("The work ended without a result. FileNotFoundError")
    assert "Traceback" in jobs.log_text(earlier)


def test_a_job_whose_files_are_damaged_is_none(workspace: Workspace, settings: dict) -> None:
    """As a power cut may leave it: every page reads the queue, and must go on."""
    folder = broken_job(workspace, settings, "1")
    (folder / "request.json").write_text("")
    assert jobs.finish(workspace) == []
    assert jobs.listed(workspace) == jobs.waiting(workspace) == []
    assert jobs.latest(workspace) is None


def test_the_queue_goes_on_after_the_app_was_gone(shop: Workspace, trained: list[Job], settings: dict) -> None:
    """A job whose process died with the machine leaves the queue to the next one that looks."""
    first, second = jobs.start(shop, "train", settings), jobs.start(shop, "train", settings)
    os.kill(process(first), signal.SIGKILL)
    for one in PROCESSES.values():
        one.wait()
    PROCESSES.clear()  # as after a restart: nobody is anybody's child
    jobs.finish(shop)
    now = {job.folder: job for job in jobs.listed(shop)}
    assert now[first.folder].state == "failed"
    assert "ran out of memory" in now[first.folder].error
    assert now[second.folder].running
    jobs.cancel(now[second.folder])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weeks": 0}, "weeks is 0; it must be a whole number from 1 to 26"),
        ({"adapter": "magic"}, "adapter is 'magic'; allowed are lora, adalora, full, frozen"),
        ({"unheard": 1}, "unheard"),
    ],
)
def test_settings_that_make_no_sense_start_nothing(shop: Workspace, settings: dict, change: dict, words: str) -> None:
    before = [job.folder for job in jobs.listed(shop)]
    with pytest.raises(DebutError, match=words):
        jobs.start(shop, "train", settings | change)
    assert [job.folder for job in jobs.listed(shop)] == before


def test_a_full_queue_takes_no_more(workspace: Workspace, load: Load, settings: dict, monkeypatch) -> None:
    load("date,sku,qty\n2024-01-01,A,1\n2024-12-31,A,1\n")
    monkeypatch.setattr(queue, "MOST_WAITING", 0)
    with pytest.raises(DebutError, match="waiting already"):
        jobs.start(workspace, "train", settings)


def test_a_curve_that_is_being_written_is_read_as_far_as_it_is(trained: list[Job]) -> None:
    job = trained[-1]
    (job.folder / "curves.jsonl").write_text('["loss", 1, 0.5]\n["loss", 2, 0.25]\n["validation", 2, 0.75]\n["lo')
    assert jobs.curves(job) == {"loss": [(1, 0.5), (2, 0.25)], "validation": [(2, 0.75)]}


def test_a_killed_process_reads_as_failed_with_words(shop: Workspace, trained: list[Job], settings: dict) -> None:
    used = versions.active(shop)
    job = jobs.start(shop, "train", settings)
    os.kill(process(job), signal.SIGKILL)
    last = ended(shop)[-1]
    assert (last.state, last.folder) == ("failed", job.folder)
    assert last.error.startswith("The work ended without a result. It was killed, probably because the machine ran")
    assert not jobs.finish(shop)
    assert versions.active(shop) == used


def test_a_job_of_an_older_debut_is_read(workspace: Workspace) -> None:
    folder = workspace.artifacts / "jobs" / "1700000000000000000"
    folder.mkdir(parents=True)
    schedule = {"layers": 2, "epochs": 4, "batch": 32, "seed": 0}
    settings = {"weeks": 8, "encoder": "a", "rank": 8, "threads": 1, "schedule": schedule}
    request = {"kind": "backtest", "settings": settings, "options": {"cut": "2024-09-09"}, "artifacts": "x"}
    (folder / "request.json").write_text(json.dumps(request))
    (folder / "process.json").write_text(json.dumps({"pid": 1, "started": 1.7e9}))
    (folder / "result.json").write_text(json.dumps({"cut": "2024-09-09", "table": []}))
    assert jobs.finish(workspace) == []
    (job,) = jobs.listed(workspace)
    assert (job.state, job.asked, told(job.settings)) == ("done", 1.7e9, "encoder a")


def test_more_threads_than_one_are_for_the_terminal(workspace: Workspace, load: Load, settings: dict) -> None:
    load("date,sku,qty\n2024-01-01,A,1\n2024-12-31,A,1\n")
    job = jobs.start(workspace, "train", settings | {"threads": 8})
    jobs.cancel(job)
    assert job.settings["threads"] == 1


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
    version = trained[-1].result["version"]  # of the same settings
    assert versions.backtest(shop, version) == last.result


def test_settings_are_compared_at_one_cut(shop: Workspace, settings: dict, tmp_path: Path) -> None:
    frozen = settings | {"adapter": "frozen"}
    absent = frozen | {"encoder": str(tmp_path / "no-bert")}
    candidates = {"a": frozen, "b": frozen | {"schedule": settings["schedule"] | {"seed": 1}}, "c": absent}
    jobs.start(shop, "compare", frozen, cut="2024-09-09", candidates=candidates)
    last = ended(shop)[-1]
    assert last.state == "done", last.error
    rows = {row["name"]: row for row in last.result["rows"]}
    assert list(rows) == ["a", "b", "c"]
    assert rows["a"]["gap"] == [0, 0, 0]
    assert rows["b"]["gap"][1] <= rows["b"]["gap"][0] <= rows["b"]["gap"][2]
    assert rows["b"]["wape"] - rows["a"]["wape"] == pytest.approx(rows["b"]["gap"][0])
    assert last.result["best"] == min("ab", key=lambda name: rows[name]["wape"])
    assert "no-bert" in rows["c"]["error"]
    assert jobs.trials(last) == last.result["rows"]


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


def test_work_goes_on_with_the_data_it_was_started_with(
    workspace: Workspace, load: Load, settings: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is taken at the start: what is loaded meanwhile is for the next training."""
    load("date,sku,qty\n2024-01-01,A,1\n2024-12-31,A,1\n")
    monkeypatch.setattr(queue, "advance", lambda root: None)  # it waits, so that what it will read can be looked at
    job = jobs.start(workspace, "train", settings)
    load_into(workspace, "date,sku,qty\n2025-03-01,NEW,1\n")
    assert History.load(job.folder / DATA).items["product_id"].tolist() == ["A"]
    jobs.cancel(job)
    assert not job.folder.exists()


def test_many_plans_do_not_drive_out_what_a_comparison_has_found(
    workspace: Workspace, load: Load, settings: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("date,sku,qty\n2024-01-01,A,1\n2024-12-31,A,1\n")
    monkeypatch.setattr(queue, "advance", lambda root: None)
    for number in range(queue.KEPT + 5):
        folder = workspace.artifacts / "jobs" / str(7000 + number)
        folder.mkdir(parents=True)
        kind = "compare" if number == 0 else "plan"
        (folder / "request.json").write_text(f'{{"kind": "{kind}", "settings": {{}}, "options": {{}}, "asked": 1}}')
        (folder / "process.json").write_text('{"pid": 99999999, "started": 1.0}')  # a number that none has
        (folder / "result.json").write_text('{"plan": "p"}')
    jobs.start(workspace, "train", settings)
    kinds = [job.kind for job in jobs.listed(workspace)]
    assert (kinds.count("compare"), kinds.count("plan")) == (1, queue.KEPT)


def test_what_cannot_be_taken_in_is_a_failed_job_and_no_page_fails(workspace: Workspace) -> None:
    versions.register(workspace, "v1", {}, kind="preference")
    folder = workspace.artifacts / "jobs" / "1"
    (folder / "version").mkdir(parents=True)
    (folder / "request.json").write_text(
        '{"kind": "train", "settings": {}, "options": {}, "artifacts": "", "asked": 1}'
    )
    (folder / "result.json").write_text('{"version": "v1", "summary": {}}')
    assert jobs.finish(workspace) == []
    (job,) = jobs.listed(workspace)
    assert (job.state, "another model" in job.error) == ("failed", True)
    assert versions.active(workspace, "preference") == "v1"
