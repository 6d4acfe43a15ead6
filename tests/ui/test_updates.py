"""Updates on the Model page: the verdict, proposals, the way back, the policy; and who was right on Tracking."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs, updates, versions
from core.update.trial import Change, Trial
from core.updates import MadeWith, Policy
from core.workspace import Workspace
from tests.ui.conftest import Start
from tests.ui.reading import caption, metrics, said, table

BETTER = Trial(
    "demo", "error of a launch (WAPE)", "launches", "The 40 launches since were asked of both.", 40, 0.5, 0.6,
    -0.1, -0.15, -0.05, 0.8, 0.75, (Change("Launches learnt from", 236, 300, ",.0f"),), "2025-12-28",
)  # fmt: skip


def text(at: AppTest) -> str:
    return " ".join(element.value for element in at.markdown).replace("\\", "")


def proposed(home: Path, name: str = "newer", trial: Trial = BETTER) -> None:
    """Another version of the demo shop's forecaster, with a trial."""
    with Workspace(home / "demo") as demo:
        shutil.copytree(versions.folder(demo, "demo"), versions.folder(demo, name))
        summary = json.loads((versions.folder(demo, name) / "summary.json").read_text())
        versions.register(demo, name, summary, use=False, trial=trial.to_dict())
        for path in (demo.artifacts / "health").glob("*-demo.json"):  # so that the page need not forecast anew
            shutil.copy(path, path.with_name(path.name.replace("-demo.json", f"-{name}.json")))


def in_use(home: Path) -> str | None:
    with Workspace(home / "demo") as demo:
        return versions.active(demo)


def test_the_page_says_whether_the_forecaster_is_still_good(start: Start):
    at = start("model")
    assert [one.value for one in at.header][:4] == [
        "Fine-tune on this shop", "The version in use", "Is it still good?", "Updates",
    ]  # fmt: skip
    assert "similarity below" in said(at) + text(at)
    assert "No launch window has closed since it was trained" in said(at) + text(at)
    months = table(at, "Figures by month of launch")
    assert set(months["told"]) == {"backtest"} and months["launches"].sum() > 20
    assert {"Prices", "Words", "Season"} <= set(
        table(at, "What is new in the data, beside what the forecaster has learnt from")["what"]
    )
    for view in ("Error", "Bias", "Likely range"):
        at.segmented_control(key="health_by").set_value(view).run()
        assert not at.exception
        assert "health_chart" in [chart.key for chart in at.get("plotly_chart")]


def test_a_proposal_is_used_and_one_click_goes_back(start: Start, home: Path):
    proposed(home)
    at = start("model")
    assert "Forecaster: a newer version" in [one.value for one in at.subheader]
    assert "It is better: 17% less error on 40 launches" in text(at)
    assert "40 launches since were asked" in caption(at)
    changes = table(at, "What newer changes")
    assert changes.iloc[0].tolist() == ["Launches learnt from", "236", "300"]
    at.text_input(key="who_newer").set_value("Anna").run()
    at.button(key="accept_newer").click().run()
    assert not at.exception
    assert "Forecaster: a newer version" not in [one.value for one in at.subheader]
    acts = table(at, "What was put to use, when, by whom and why")
    assert acts.iloc[0][["version", "before", "made_by"]].tolist() == ["newer", "demo", "Anna"]
    at.button(key="back_demand").click().run()
    assert not at.exception
    acts = table(at, "What was put to use, when, by whom and why")
    assert acts.iloc[0][["version", "before", "made_by"]].tolist() == ["demo", "newer", "not said"]


def test_a_proposal_that_somebody_else_has_decided_about_says_so(start: Start, home: Path):
    proposed(home)
    at = start("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(updates, "accept", lambda workspace, version, who: updates._waiting(workspace, "gone"))
        at.run()
        at.button(key="accept_newer").click().run()
    assert not at.exception
    assert "is no proposal any more" in said(at)


def test_a_proposal_is_declined(start: Start, home: Path):
    proposed(home, trial=replace(BETTER, coverage=0.4, against="another"))
    at = start("model")
    assert "ranges hold fewer launches" in said(at) and "not in use any more" in said(at)
    at.button(key="decline_newer").click().run()
    assert not at.exception
    assert "a newer version" not in " ".join(one.value for one in at.subheader)
    assert at.selectbox(key="version").options == ["newer", "demo"]


def test_an_update_is_asked_for_once(start: Start, monkeypatch: pytest.MonkeyPatch):
    asked: list[dict[str, object]] = []

    def kept(workspace: Workspace, kind: str, settings: dict[str, object], **options: object) -> None:
        asked.append({"kind": kind, **options})

    at = start("model")
    monkeypatch.setattr(jobs, "start", kept)
    at.button(key="update_demand").click().run()
    assert asked == [{"kind": "update", "model": "demand", "automatic": False, "about": "Forecaster"}]
    monkeypatch.setattr(updates, "under_way", lambda workspace: {"demand"})
    at.run()
    assert at.button(key="update_demand").disabled
    assert "Price response" in text(at) and "follows the data" in text(at)
    assert "update_prices" not in [button.key for button in at.button]


def test_fits_are_kept_and_can_follow_the_data_again(start: Start):
    at = start("model")
    for kind in ("prices", "ads"):
        at.button(key=f"keep_{kind}").click().run()
    assert not at.exception
    assert "It has learnt from sales to 28 December 2025; no whole week of sales came since." in text(at)
    at.button(key="update_ads").click().run()
    assert "learnt from all sales that are loaded" in said(at)
    at.button(key="follow_ads").click().run()
    assert not at.exception
    assert "follow_ads" not in [button.key for button in at.button]
    assert "Ads response** follows the data" in text(at)


def test_the_policy_is_kept(start: Start, home: Path):
    at = start("model")
    at.selectbox(key="policy_schedule").set_value("launches")
    at.number_input(key="policy_launches").set_value(30)
    at.number_input(key="policy_margin").set_value(10.0)
    at.toggle(key="policy_sure").set_value(False)
    at.toggle(key="policy_automatic").set_value(True)
    at.button(key="policy_keep").click().run()
    assert not at.exception
    again = start("model")
    assert again.selectbox(key="policy_schedule").value == "launches"
    with Workspace(home / "other") as nobody:
        assert updates.policy_of(nobody) == Policy()


def test_what_happened_meanwhile_is_told_on_any_page(start: Start, home: Path):
    from core.update import news

    with Workspace(home / "demo") as demo:
        news.tell(demo, "Forecaster: *newer* is in use.")
    at = start("data")
    assert [one.value for one in at.toast] == ["Forecaster: \\*newer\\* is in use."]
    at.run()
    assert not at.toast


def test_a_version_whose_files_are_gone_is_told_in_words(start: Start, home: Path):
    with Workspace(home / "demo") as demo:
        summary = versions.listed(demo)["summary"][0]
        versions.register(demo, "gone", summary)
    at = start("model")
    assert "Fine-tune again" in said(at)
    assert metrics(at)["Order of the items"]


def drawn(name: str) -> Callable[[], None]:
    """A page that shows who was right, of launches made by hand."""

    def page() -> None:
        from core.plans.overrides import Override
        from pages.parts import tracking_right
        from tests.judged import tracked

        overrides = (
            Override("N-1", stock=40, who="Anna", reason="*careful*"),
            Override("N-2", price=10.0, who="Ben", reason="shelf"),
            Override("N-3", launch=True, who="Cleo", reason="a fair"),
            Override("N-9", launch=False, who="Cleo", reason="no"),
        )
        tracking_right.show(None, tracked(overrides))  # type: ignore[arg-type]

    def nothing() -> None:
        from pages.parts import tracking_right
        from tests.judged import tracked

        tracking_right.show(None, tracked(courses={}))  # type: ignore[arg-type]

    return {"page": page, "nothing": nothing}[name]


def test_who_was_right_is_told_in_words_steps_and_decisions():
    at = AppTest.from_function(drawn("page")).run()
    assert not at.exception
    assert "Debut's forecast was closer than the mean of the like items: an error of 10% against 50%" in text(at)
    assert "Anna, stock: 1 change earned 80" in text(at)
    steps = table(at, "Error after each step, and by how much the step lowered it")
    assert steps["name"].tolist()[0] == "The shop's median launch" and len(steps) == 4
    people = table(at, "What the decisions of each person were worth, by what they were about and why")
    assert (
        set(people["who"]) == {"Anna", "Ben", "Cleo"} and people["told"].isin(["too few to tell", "not valued"]).all()
    )
    single = table(at, "Every change by hand, what the plan would have done, and what it was worth")
    assert len(single) == 4 and single["worth"].isna().sum() == 1
    assert [chart.key for chart in at.get("plotly_chart")] == ["right_steps", "right_bias"]


def test_before_any_launch_can_be_judged_it_says_when_it_can():
    at = AppTest.from_function(drawn("nothing")).run()
    assert not at.exception
    assert "four weeks of it seen" in said(at)


def test_an_approved_plan_says_what_it_was_made_with_and_what_is_in_use_since(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    at = start("launch_plan", view="Hand over")
    at.text_input(key="plan_by_approval").set_value("Bea").run()
    at.button(key="plan_approve").click().run()
    assert not at.exception
    name = "Versions of the models that the approved plan was made with, and those in use"
    made = table(at, name).set_index("model")
    assert made.loc["Forecaster"].tolist() == ["demo", "demo"]
    kinds = {"Ads response": "ads-", "Price response": "prices-"}
    assert all(made.loc[model, "then"].startswith(kind) for model, kind in kinds.items())
    assert "came to use" not in said(at)
    monkeypatch.setattr(updates, "made_with", lambda workspace, stamps: [MadeWith("Ads response", "ads-1", "ads-2")])
    at.run()
    assert "Since it was approved other versions came to use: Ads response (ads-1, now ads-2)" in said(at)
