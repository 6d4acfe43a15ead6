"""The Model page: fine-tune, watch, queue, cancel, see how it ended. The work runs in a real process of its own."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs, versions
from core.settings import EFFORTS, Settings
from core.workspace import Workspace
from tests.conftest import Files, fill, load_into, make_files
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, links, metrics, said, table, until_ended


@pytest.fixture
def small(start: Start, home: Path, small_files: Files):
    """The Model page of a small shop of one's own; whatever still works at the end is stopped."""
    with Workspace(home) as shop:
        fill(shop, small_files)
    at = start("model", shop="My shop")
    yield at
    while keys := [button.key for button in at.run().button if button.key.startswith("cancel")]:
        at.button(key=keys[-1]).click().run()


def fine_tune(at: AppTest) -> AppTest:
    at.segmented_control(key="effort").set_value("quick").run()
    at.number_input(key="set_weeks").set_value(4).run()
    return at.button(key="train").click().run()


def text(at: AppTest) -> str:
    """The running text of the page."""
    return " ".join(element.value for element in at.markdown)


def asked(home: Path) -> list[dict]:
    """Requests of the jobs of one's own shop, the earliest first."""
    return [json.loads(path.read_text()) for path in sorted((home / "artifacts" / "jobs").glob("*/request.json"))]


def test_untrained_shop_says_so(small: AppTest):
    assert "Nothing is trained" in said(small)
    assert not small.metric
    assert "No version yet" in caption(small)


def test_fine_tuning_shows_progress_and_ends_with_a_version_in_use(small: AppTest):
    fine_tune(small)
    assert small.get("progress")
    until_ended(small)
    assert "is in use" in said(small)
    assert {"Error of a single item", "Order of the items"} <= metrics(small).keys()
    assert [chart.key for chart in small.get("plotly_chart")] == ["scatter", "losses"]
    assert "undo" not in [button.key for button in small.button]  # there is nothing to go back to
    small.switch_page("pages/launch_plan.py").run()
    assert not small.exception
    assert metrics(small)["Items launched"] == "11"  # of twelve; the cost of one is above its price


def test_cancelled_fine_tuning_changes_nothing_and_the_next_one_waits_for_it(small: AppTest):
    fine_tune(small)
    small.button(key="train").click().run()
    assert "1. in the queue" in text(small)
    (waiting,) = [button.key for button in small.button if button.key.startswith("cancel_")]
    small.button(key=waiting).click().run()
    assert "in the queue" not in text(small)
    small.button(key="cancel").click().run()
    assert "was cancelled" in said(small)
    assert not small.get("progress")
    assert "Nothing is trained" in said(small)


def test_progress_is_seen_by_whoever_opens_the_page_next(small: AppTest, start: Start):
    fine_tune(small)
    assert start("model", shop="My shop").get("progress")


def test_too_few_launches_are_explained(start: Start, home: Path):
    with Workspace(home) as shop:
        fill(shop, make_files(launches=10))
    at = until_ended(fine_tune(start("model", shop="My shop")))
    assert "launches" in at.error[0].value


def test_what_is_chosen_is_what_is_asked_for(small: AppTest, home: Path):
    small.segmented_control(key="effort").set_value("thorough").run()
    assert small.number_input(key="set_layers").value == 3
    small.number_input(key="set_epochs").set_value(9)
    small.number_input(key="set_patience").set_value(2)
    small.radio(key="set_adapter").set_value("full").run()
    assert "Other than thorough: what learns full, epochs 9" in caption(small)
    assert small.number_input(key="set_rank").disabled
    small.button(key="train").click().run()
    wanted = EFFORTS["thorough"]
    schedule = replace(wanted.schedule, epochs=9, patience=2, encoder_rate=2e-5)
    assert asked(home)[0]["settings"] == asdict(replace(wanted, adapter="full", schedule=schedule))
    small.button(key="settings_back").click().run()
    assert "Other than" not in caption(small)
    small.radio(key="set_adapter").set_value("frozen").run()
    assert small.number_input(key="set_epochs").disabled


def test_choices_are_kept_while_another_page_is_looked_at(small: AppTest):
    small.number_input(key="set_epochs").set_value(7).run()
    small.switch_page("pages/overview.py").run()
    small.switch_page("pages/model.py").run()
    assert small.number_input(key="set_epochs").value == 7


def test_short_history_does_not_break_the_page(start: Start, home: Path):
    """Half a year of data: no cut date leaves enough before and after it, which must not be an error."""
    days = "".join(f"2025-0{month}-{day:02},A{day % 7},1\n" for month in range(1, 4) for day in range(1, 29))
    with Workspace(home) as shop:
        load_into(shop, f"date,product_id,units\n{days}")
    at = start("model", shop="My shop")
    assert not at.exception
    assert "Nothing is trained" in said(at)


def test_versions_can_be_changed_compared_undone_and_deleted(start: Start, home: Path):
    with Workspace(home / "demo") as demo:
        summary = versions.listed(demo)["summary"][0]
        other = summary | {"settings": summary["settings"] | {"rank": 4}, "data": "abc"}
        versions.register(demo, "later", other)
        versions.keep_backtest(demo, other["settings"], {"table": []})
    at = start("model")
    assert at.selectbox(key="version").options == ["later", "demo"]
    assert at.button(key="activate").disabled  # it is in use
    two = table(at, "later and demo side by side").set_index("what")
    assert two.loc["Rank of the adapters", ["later", "demo"]].tolist() == ["4", "8"]
    assert two.loc["Rank of the adapters", "same"] == "differs"
    assert two.loc["Epochs", "same"] == ""
    assert "Trained on different data" in caption(at)
    at.selectbox(key="version").select("demo").run()
    at.button(key="activate").click().run()
    at.selectbox(key="version").select("later").run()
    at.button(key="remove").click().run()
    assert not at.exception
    assert at.selectbox(key="version").options == ["demo"]
    assert not [frame for frame in at.dataframe if "side by side" in frame.proto.alt]


def test_a_version_is_taken_along_and_a_file_that_is_none_is_refused(start: Start):
    at = start("model")
    assert download(at, "pack").label == "Download"
    at.file_uploader(key="parcel").upload("evil.zip", b"no zip at all").run()
    at.button(key="load").click().run()
    assert not at.exception
    assert "is no version that Debut has written" in said(at)


def test_an_encoder_of_another_language_is_pointed_out(start: Start, home: Path):
    with Workspace(home / "demo") as demo:
        summary = versions.listed(demo)["summary"][0]
        versions.register(demo, "strange", summary | {"unknown_share": 0.43})
    at = start("model")
    assert "43% of the words" in said(at)
    assert "bert-base-chinese" in said(at)


def test_searching_and_comparing_are_asked_for_and_told(small: AppTest, home: Path):
    """A search that has ended is put where its process would put it."""
    small.number_input(key="set_weeks").set_value(4).run()
    small.select_slider(key="minutes").set_value(5).run()
    small.button(key="search").click().run()
    small.button(key="compare").click().run()
    search, compare = asked(home)
    assert (search["kind"], search["options"]["minutes"]) == ("search", 5)
    assert (compare["kind"], list(compare["options"]["candidates"])) == (
        "compare",
        ["as chosen above", "encoder as it came"],
    )
    small.button(key="cancel").click().run()
    small.button(key="cancel").click().run()
    settings = asdict(Settings(weeks=4, rank=32))
    trial = {"number": 1, "settings": settings, "loss": 0.25, "wape": 0.5, "seconds": 3.0}
    (folder, *_) = sorted((home / "artifacts" / "jobs").glob("1*"))
    (folder / "trials.json").write_text(json.dumps({"trials": [trial]}))
    small.run()
    assert "1 settings tried" in text(small)
    small.button(key="use_found").click().run()
    assert small.number_input(key="set_rank").value == 32
    assert not small.exception


def left_compared(folder: Path, rows: list[dict]) -> None:
    """A comparison that has ended, as its process would have left it."""
    folder.mkdir(parents=True)
    parts = {
        "request": {"kind": "compare", "settings": asdict(Settings()), "options": {}, "asked": 1.0},
        "process": {"pid": 1, "started": 1.0},
        "result": {"cut": "2024-09-09", "launches": 23, "best": "b", "rows": rows},
    }
    for name, values in parts.items():
        (folder / f"{name}.json").write_text(json.dumps(values))


def test_what_was_compared_is_told_and_can_be_taken_over(small: AppTest, home: Path):
    rows = [
        {"name": name, "settings": asdict(Settings(rank=rank)), "wape": wape, "spearman": 0.5, "seconds": 9.0}
        | {"pinball": 1.0, "coverage80": 0.8, "bias": 0.0, "launches": 23, "peer": ["k like items", 0.8], "gap": gap}
        for name, rank, wape, gap in (("a", 8, 0.75, [0, 0, 0]), ("b", 64, 0.7, [-0.05, -0.08, -0.01]))
    ]
    rows.append({"name": "c", "settings": asdict(Settings()), "error": "no BERT there"})
    left_compared(home / "artifacts" / "jobs" / "9", rows)
    small.run()
    assert "b** errs least, 70.0%. It is for sure better than a" in text(small)
    shown = table(small, "Settings side by side").set_index("name")
    assert shown.loc["b", ["settings", "gap"]].tolist() == ["rank 64", "-0.050 (-0.080 to -0.010)"]
    assert shown.loc["c", "error"] == "no BERT there"
    left_compared(home / "artifacts" / "jobs" / "91", [rows[2], rows[1] | {"gap": [0, 0, 0]}])
    small.run()
    assert text(small).count("b** errs least, 70.0%.") == 1
    assert "better than c" not in text(small)  # which could not be tried
    small.button(key="use_compared").click().run()
    assert small.number_input(key="set_rank").value == 64


def test_failure_is_shown_in_words(start: Start, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs.queue.sys, "executable", "/bin/false")
    at = until_ended(fine_tune(start("model")))
    assert "without a result" in at.error[0].value
    assert metrics(at)["Order of the items"]
    assert links(at) == links(start("model"))  # the failure leads nowhere else
    kept = table(at, "Jobs of this shop and how they ended")
    assert kept["end"].tolist() == ["failed"]
    assert "without a result" in kept["why"][0]
