"""The Launch plan with a large sheet: a job makes the plan, the one of before stays, and nobody has to wait for it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs
from core.jobs import Job, planning, queue
from core.jobs.state import PROCESSES, STARTED, write
from core.plan import Clash
from core.workspace import Workspace
from pages.parts import plan_shop
from tests.ui.conftest import Start
from tests.ui.reading import said
from tests.ui.test_launch_plan import clean, grid, opened, press, run, text


@pytest.fixture
def home(kept_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The demo shop, whose sheet counts as large; the process of a job does nothing, and takes its time for it."""
    begun: list[subprocess.Popen[bytes]] = []

    def launch(job: Job) -> None:
        process = subprocess.Popen(["sleep", "60"], start_new_session=True)
        begun.append(process)
        PROCESSES[job.folder] = process
        write(job.folder / STARTED, {"pid": process.pid, "started": 0.0})

    monkeypatch.setenv("DEBUT_HOME", str(kept_home))
    monkeypatch.setattr(plan_shop, "AT_ONCE", 10)
    monkeypatch.setattr(queue, "_launch", launch)
    clean(opened(kept_home))
    yield kept_home
    for process in begun:
        process.kill()
        process.wait()


def end(shop: Workspace) -> None:
    """Let the job at work plan, and end."""
    (job,) = [job for job in jobs.listed(shop) if job.running]
    write(job.folder / "result.json", planning.work(job.folder, shop.artifacts, job.options, lambda done, note: None))
    PROCESSES[job.folder].kill()
    PROCESSES[job.folder].wait()


def planned(start: Start, shop: Workspace) -> AppTest:
    """The page with the plan under the settings that are kept, which the first to come has to wait for."""
    at = start("launch_plan")
    if any(job.running for job in jobs.listed(shop)):
        end(shop)
    return run(at)


def launches(at: AppTest, most: int) -> AppTest:
    at.slider(key="launches").set_value(most)
    return run(at)


def launched(at: AppTest) -> int:
    return int((grid(at)["launch"] == "yes").sum())


def keys(at: AppTest) -> set[str]:
    return {str(one.key) for one in at.button}


def test_the_plan_of_before_stays_until_the_job_has_made_the_new_one(start: Start, home: Path):
    shop = opened(home)
    at = start("launch_plan")
    assert "of 40 items is being made in the background" in text(at) and "as of before" not in text(at)
    assert not [one for one in at.get("data_editor") if one.proto.alt == "Launch plan"] and at.slider(key="launches")
    end(shop)
    assert launched(run(at)) == 20 and "being made" not in text(at)

    launches(at, 5)
    assert "as of before" in text(at) and launched(at) == 20
    first = jobs.latest(shop, "plan")
    launches(at, 6)
    assert first is not None and queue.read(first.folder).state == "cancelled"
    end(shop)
    assert launched(run(at)) == 6 and "as of before" not in text(at)


def test_what_was_cancelled_is_not_asked_for_again_by_itself(start: Start, home: Path):
    shop = opened(home)
    at = launches(planned(start, shop), 7)
    press(at, "cancel")
    assert "was not made" in text(at) and not [job for job in jobs.listed(shop) if job.running]
    press(at, "plan_ask_again")
    assert "being made" in text(at) and [job for job in jobs.listed(shop) if job.running]
    press(at, "cancel")
    press(at, "plan_at_once")
    assert launched(at) == 7 and "was not made" not in text(at)


def test_a_plan_of_before_is_neither_approved_nor_handed_over(start: Start, home: Path):
    at = planned(start, opened(home))
    for most, ready in ((20, True), (4, False)):
        at.segmented_control(key="view").set_value("List")
        launches(run(at), most)
        at.segmented_control(key="view").set_value("Hand over")
        assert ("plan_propose" in keys(run(at))) is ready
    assert "once it is there" in said(at) and "as of before" in text(at)


def test_a_plan_that_could_not_be_made_says_why_and_can_be_asked_for_again(start: Start, home: Path):
    shop = opened(home)
    at = launches(planned(start, shop), 3)
    (job,) = [job for job in jobs.listed(shop) if job.running]
    write(job.folder / "error.json", {"error": "The machine has too little memory.", "cause": "memory"})
    PROCESSES[job.folder].kill()
    PROCESSES[job.folder].wait()
    assert "too little memory" in said(run(at)) and "plan_ask_again" in keys(at)


def test_wishes_that_clash_are_told_with_the_way_out(start: Start, home: Path):
    shop = opened(home)
    at = planned(start, shop)
    next(one for one in at.number_input if one.label == "Items at least").set_value(30)
    press(at, "plan_again")
    (job,) = [job for job in jobs.listed(shop) if job.running]
    with pytest.raises(Clash):
        planning.work(job.folder, shop.artifacts, job.options, lambda done, note: None)
    assert "at most 20 items in all" in said(run(at)) and "plan_relief" in keys(at)
