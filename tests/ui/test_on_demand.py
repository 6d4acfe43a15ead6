"""The panel of a model that is trained on demand, on a page of its own, with a trainer that is quick."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import jobs, shell, versions
from tests import fake_trainer
from tests.conftest import load_into
from tests.ui.reading import caption, metrics, said, table, until_ended

ABOUT = "It learns who wants what; it takes a moment."
TABLE = "Trained versions of the preference scorer"


def page() -> None:
    import streamlit as st

    from core import shell
    from pages.parts import on_demand

    st.session_state.setdefault("shop", "My shop")
    workspace = shell.workspace()
    shell.finish_jobs()
    on_demand.panel(workspace, "preference", "It learns who wants what; it takes a moment.")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The panel in a shop with four units sold; whatever still works at the end is stopped."""
    st.cache_resource.clear()
    fake_trainer.put_in(monkeypatch)
    shop = shell.own_workspace()  # the one that the app has open, as another tab would
    load_into(shop, "date,sku,qty\n2024-01-01,A,3\n2024-12-31,A,1\n")
    yield opened()
    for job in jobs.listed(shop):
        jobs.cancel(job)
    shop.close()
    st.cache_resource.clear()


def opened() -> AppTest:
    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception
    return at


def again(*names: str) -> AppTest:
    """The page of somebody who opens it when there are these versions, the last one in use."""
    for name in names:
        summary = {"created_at": "2026-03-01T10:00:00", "seconds": 150.0, "figures": {"AUC": 0.8125}}
        versions.register(shell.own_workspace(), name, summary, kind="preference")
    return opened()


def train(at: AppTest, effort: str = "quick") -> AppTest:
    at.segmented_control(key="preference_effort").set_value(effort).run()
    return at.button(key="preference_train").click().run()


def left_trained(folder: Path, version: str) -> None:
    """A training that has ended, as its process would have left it."""
    (folder / "version").mkdir(parents=True)
    summary = {"created_at": "2026-03-02T10:00:00", "seconds": 2.0, "figures": {"AUC": 0.5}}
    parts = {
        "request": {"kind": "preference", "settings": {"effort": "quick", "seed": 0}, "options": {}},
        "process": {"pid": 1, "started": 1.0},
        "result": {"version": version, "summary": summary},
    }
    for name, values in parts.items():
        (folder / f"{name}.json").write_text(json.dumps(values))


def keys(at: AppTest) -> set[str]:
    return {button.key for button in at.button if button.key}


def test_an_untrained_shop_is_told_what_there_is_and_can_train(at: AppTest) -> None:
    assert at.markdown[0].value == ABOUT
    assert "Right for most shops. It learns from what is loaded now" in caption(at)
    assert (at.button(key="preference_train").label, keys(at)) == ("Train", {"preference_train"})
    assert not at.metric
    assert not at.dataframe


def test_training_shows_progress_and_its_version_is_then_in_use(at: AppTest) -> None:
    train(at)
    assert at.get("progress")[0].proto.text.startswith("Training of the preference scorer: ")
    until_ended(at)
    assert [toast.value for toast in at.toast] == ["The preference scorer is trained and in use."]
    assert metrics(at) == {"AUC": "0.876", "Customers": "1,234"}
    assert r"on 4 units of \*everything\*, in 2 s, effort quick." in caption(at)
    assert "Training of the preference scorer took" in said(at)
    assert at.button(key="preference_train").label == "Train again"
    assert "undo" not in keys(at)  # there is nothing to go back to
    assert table(at, TABLE)[["active", "effort", "AUC"]].to_numpy().tolist() == [[True, "quick", 0.8765]]


def test_a_training_that_ends_while_the_page_runs_is_told(at: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had looked for what has ended, and then the job ended: nobody would come to look again."""
    left_trained(shell.own_workspace().artifacts / "jobs" / "1", "p-new")
    looks = iter([lambda: None])
    finish = shell.finish_jobs
    monkeypatch.setattr(shell, "finish_jobs", lambda: next(looks, finish)())
    at.run()
    assert not at.exception
    assert [toast.value for toast in at.toast] == ["The preference scorer is trained and in use."]
    assert metrics(at) == {"AUC": "0.5"}


def test_a_cancelled_training_changes_nothing(at: AppTest) -> None:
    train(at, fake_trainer.ENDLESS)
    at.button(key="cancel").click().run()
    assert "Training of the preference scorer was cancelled; nothing has changed." in said(at)
    assert not at.metric
    assert at.button(key="preference_train").label == "Train"


def test_a_newer_version_can_be_undone_used_again_and_deleted(at: AppTest) -> None:
    again("p-old")
    left_trained(shell.own_workspace().artifacts / "jobs" / "1", "p-new")
    at = opened()
    assert metrics(at) == {"AUC": "0.5"}
    at.button(key="undo").click().run()
    assert metrics(at) == {"AUC": "0.812"}
    at.selectbox(key="preference_version").select("p-new").run()
    at.button(key="preference_use").click().run()
    assert metrics(at) == {"AUC": "0.5"}
    at.selectbox(key="preference_version").select("p-old").run()
    at.button(key="preference_remove").click().run()
    assert not at.exception
    assert at.selectbox(key="preference_version").options == ["p-new"]


def test_a_version_can_be_left_unused(at: AppTest) -> None:
    at = again("p-old")
    assert "p-old is in use: trained 1 March 2026 at 10:00, in 2 min." in caption(at)
    at.button(key="preference_stop").click().run()
    assert not at.metric
    assert "No version of the preference scorer is in use" in caption(at)
    at.button(key="preference_use").click().run()
    assert metrics(at) == {"AUC": "0.812"}


def test_a_refusal_is_told_in_words_once(at: AppTest) -> None:
    with shell.own_workspace().transaction() as cursor:
        cursor.execute("DELETE FROM sales")
    train(at)
    assert not at.exception
    assert "There are no sales to learn from" in said(at)
    assert "no sales" not in said(at.run())


def test_what_another_tab_has_deleted_is_told_in_words(at: AppTest) -> None:
    at = again("p-old", "p-new")
    at.selectbox(key="preference_version").select("p-old").run()
    versions.remove(shell.own_workspace(), "p-old")
    at.button(key="preference_use").click().run()
    assert not at.exception
    assert "There is no version p-old" in said(at)
    assert at.selectbox(key="preference_version").options == ["p-new"]


def test_the_end_of_other_work_is_not_told_here(at: AppTest) -> None:
    shop = shell.own_workspace()
    versions.register(shop, "v1", {"launches": 50})
    folder = shop.artifacts / "jobs" / "1"
    folder.mkdir(parents=True)
    for name, text in (
        ("request", '{"kind": "search", "settings": {"schedule": {}}, "options": {}}'),
        ("process", '{"pid": 1, "started": 1.0}'),
        ("error", '{"error": "no luck"}'),
    ):
        (folder / f"{name}.json").write_text(text)
    assert jobs.latest(shop) is not None
    at.run()
    assert not at.exception
    assert "no luck" not in said(at)
    assert not at.metric  # nor is the forecaster a preference scorer
