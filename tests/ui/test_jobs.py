"""Jobs & backup, and the Overview in the morning: what is shown, and what the buttons do, without a browser."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from core import backup, jobs, morning, scenarios
from core.jobs.state import write
from core.tracking import Tracking
from core.update.verdicts import Verdict
from core.workspace import Workspace
from tests import plans
from tests.conftest import Load
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, labelled, links, said, table


def failed_job(artifacts: Path) -> None:
    folder = artifacts / "jobs" / "1700000000000000000"
    folder.mkdir(parents=True)
    settings = {"effort": "quick", "seed": 0}
    request = {"kind": "preference", "settings": settings, "options": {}, "artifacts": str(artifacts), "asked": 1.7e9}
    (folder / "log.txt").write_text("reading 1 of 2\n")
    write(folder / "process.json", {"pid": 1, "started": 1.7e9})
    write(folder / "error.json", {"error": "The disk is full.", "cause": "disk"})
    write(folder / "request.json", request)


def test_a_failed_job_is_told_can_be_asked_for_again_and_removed(start: Start, home: Path, monkeypatch) -> None:
    failed_job(home / "demo" / "artifacts")
    asked: list[str] = []
    monkeypatch.setattr(jobs, "retry", lambda workspace, job: asked.append(job.folder.name))
    at = start("jobs")
    assert "The disk is full." in said(at)
    row = table(at, "Jobs of this shop and how they ended").iloc[0]
    assert (row["end"], row["cause"]) == ("failed", "The disk is full")
    assert "reading 1 of 2" in at.code[0].value
    at.button(key="one_again").click().run()
    assert asked == ["1700000000000000000"]
    at.button(key="one_forget").click().run()
    assert "Nothing was run on this shop yet." in caption(at)
    assert not at.exception


def test_a_backup_is_looked_at_restored_and_undone(start: Start, home: Path, tmp_path: Path) -> None:
    with Workspace(home / "demo") as shop:
        backup.make(shop, tmp_path / "b.zip")
        with shop.transaction() as cursor:
            cursor.execute("DELETE FROM labels")
    at = start("jobs")
    assert download(at, "backup_make").label == "Download a backup"
    labelled(at.get("file_uploader"), "A backup of a shop").upload("b.zip", (tmp_path / "b.zip").read_bytes())
    at.run()
    assert "All checksums are right" in " ".join(text.value for text in at.markdown)
    at.button(key="restore_do").click().run()
    assert not at.exception
    assert "Restored:" in said(at)
    at.button(key="restore_undo").click().run()
    assert "Back to the former shop" in said(at)
    at.button(key="former_remove").click().run()
    assert not at.exception
    assert not backup.former(home / "demo")


def test_a_damaged_backup_is_refused_on_the_page(start: Start) -> None:
    at = start("jobs", shop="My shop")
    labelled(at.get("file_uploader"), "A backup of a shop").upload("b.zip", b"PK no zip")
    at.run()
    assert "b.zip is damaged, or no backup" in said(at)
    assert not [button for button in at.button if button.key == "restore_do"]


def test_caches_are_cleared_and_made_anew(start: Start, home: Path) -> None:
    at = start("jobs")
    at.button(key="clear_caches").click().run()
    assert "MB are free again" in said(at)
    assert not (home / "demo" / "artifacts" / "embeddings").exists()
    assert at.button(key="clear_caches").disabled


def test_what_waits_for_a_decision_stands_on_top_of_the_overview(start: Start, home: Path) -> None:
    with Workspace(home / "demo") as shop:
        made = scenarios.create(shop, "Careful *plan*", scenarios.get(shop.cursor()).wishes, "Bea")
        scenarios.propose(shop, made.scenario_id, "Bea")
    failed_job(home / "demo" / "artifacts")
    at = start()
    told = [text.value for text in at.markdown]
    assert any("“Careful \\*plan\\*” was proposed by Bea" in text for text in told)
    assert {"Open the plan", "Open the models", "Load more"} <= set(links(at))
    assert at.header[0].value == "Needs a decision"
    assert len(table(at, "What was loaded lately")) == morning.LAST_IMPORTS


@pytest.mark.parametrize(("alerts", "shown"), [(0, 0), (2, 2), (9, morning.MOST_ALERTS + 1)])
def test_alerts_are_few_and_the_rest_is_summed(workspace: Workspace, alerts: int, shown: int) -> None:
    frame = pd.DataFrame(
        {
            "key": [f"k{at}" for at in range(alerts)],
            "item_id": "N-1",
            "title": "Fox mug",
            "kind": "reorder",
            "words": "Order 10 more.",
            "worth": [100.0 - at for at in range(alerts)],
            "dismissed": False,
        }
    )
    found = morning.decisions(workspace, tracked(frame))
    assert len(found) == shown
    if alerts > shown:
        assert found[-1].words == "5 more alerts of launches."
        assert found[-1].worth == sum(100.0 - at for at in range(4, 9))
        assert found[0].query == {"item": "N-1"}


def tracked(alerts: pd.DataFrame) -> Tracking:
    """As far as the morning looks at it."""
    empty = pd.DataFrame()
    return Tracking(datetime(2026, 1, 5).date(), empty, empty, alerts, empty, empty, empty, None)  # type: ignore[arg-type]


def test_old_data_poor_models_and_odd_items_wait_too(workspace: Workspace, load: Load) -> None:
    load("date,sku,qty\n2024-01-01,A,1\n2024-12-31,A,1\n")
    verdicts = [Verdict("demand", "Forecaster: update now.", "act"), Verdict("ads", "Ads: still good.", "good")]
    odd = pd.DataFrame({"item_id": ["N-1", "N-1", "N-2"], "what": ["Wide band", "Data missing", "Wide band"]})
    later = datetime.now() + morning.STALE * 2
    found = morning.decisions(workspace, None, verdicts, odd, later)
    assert [(one.kind, one.page) for one in found] == [
        ("model", "model"), ("exceptions", "launch_plan"), ("data", "data"),
    ]  # fmt: skip
    assert found[1].words == "2 items of the plan need a look: wide band (2), data missing (1)."
    assert "28 days" in found[2].words


def test_news_are_those_since_the_last_approval(workspace: Workspace, load: Load) -> None:
    load("date,sku,qty\n2024-01-01,A,1\n2024-12-31,A,1\n", name="old.csv")
    before = morning.news(workspace.cursor(), None)
    assert (before.since, before.days, before.loaded["file"].tolist()) == (None, 0, ["old.csv"])
    planned = plans.plan()
    scenarios.approve(workspace, 0, planned.table, "Anna", "", planned.totals)
    load("date,sku,qty\n2025-01-01,A,1\n2025-01-02,A,1\n", name="new.csv")
    since = morning.news(workspace.cursor(), None)
    assert since.since is not None
    assert since.loaded["file"].tolist() == ["new.csv"]
    assert since.loaded["what"].tolist() == ["Sales"]
