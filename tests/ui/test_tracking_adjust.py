"""Adjust the plan, on Tracking: figures, reasons, the way to a scenario, and what stands in the way of it."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import scenarios, shell, shell_cache
from core.outlook import Outlook
from core.plan import Surroundings, Wishes
from core.workspace import Workspace
from tests import plan_shop, tracked_shop
from tests.ui.conftest import Start
from tests.ui.reading import caption, download, links, metrics, said, table

CHANGES = "Items that are left, as approved and as planned now"
LATER = pd.Timestamp("2026-02-02")
"""The Monday after the shop's data, from which on its outlook goes."""


def outlook() -> Outlook:
    """Of the items of the shop that are not on sale: what N-3 was expected to sell, five times."""
    names = {"N-3": (30.0, 12.0, 60.0), "N-4": (80.0, 50.0, 5.0), "N-5": (15.0, 7.0, 4.0), "N-6": (5.0, 6.0, 3.0)}
    made = plan_shop.outlook([(item, price, cost, (units,) * 3, 5.0) for item, (price, cost, units) in names.items()])
    off = LATER - plan_shop.WEEKS[0]
    moved = {name: getattr(made, name) for name in ("forecast", "outcomes")}
    return replace(made, **{name: one.assign(launch_week=one["launch_week"] + off) for name, one in moved.items()})


@pytest.fixture(scope="module")
def made_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """N-1 and N-2 are on sale, N-3 is late."""
    return tracked_shop.make(tmp_path_factory.mktemp("adjusted"))


@pytest.fixture
def own(start: Start, home: Path, made_shop: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """The view on this shop as the user's own, with an outlook as if it had a forecaster."""
    for path in made_shop.iterdir():
        (home / path.name).symlink_to(path) if path.is_dir() else (home / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(shell, "the_outlook", outlook)
    monkeypatch.setattr(shell, "around", lambda known: Surroundings(key="near"))
    return lambda **query: start("tracking", shop="My shop", view="Adjust the plan", **query)


def run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def text(at: AppTest) -> str:
    return " ".join(one.value for one in at.markdown).replace("\\", "")


def test_what_is_left_is_planned_anew_and_says_why(own: Start):
    at = own()
    assert not at.error
    figures = metrics(at)
    assert figures["Still to launch"] == "3" and [one.value for one in at.metric if one.label == "On sale"][1] == "2"
    (profit,) = [one for one in at.metric if one.label == "Profit of the whole plan"]
    assert profit.delta.startswith("at its approval ") and "8 in 10" in profit.delta
    assert "4 weeks of sales came since" not in text(at) and "3 weeks of sales came since" in text(at)
    assert "2 of 3 launches of this plan are on sale" in text(at) and "Of 20 places 18 are left" in text(at)
    rows = table(at, CHANGES).set_index("item_id")
    assert rows.loc["N-3", "why"].startswith("Its week, 19 Jan 2026, is over without a sale; its forecast rose from 12")
    assert rows.loc["N-3", "week"] == "19 Jan 2026 → 02 Feb 2026" and rows.loc["N-4", "launch"] == "no → yes"
    assert [chart.key for chart in at.get("plotly_chart")] == ["adjust_profits"]
    assert download(at, "download_adjusted")


def test_only_what_changes_or_all_of_it(own: Start):
    at = own()
    assert set(table(at, CHANGES)["item_id"]) == {"N-3", "N-4", "N-5"}
    at.toggle(key="adjust_only").set_value(False)
    assert table(run(at), CHANGES)["item_id"].tolist()[-1] == "N-6"


def test_it_becomes_a_scenario_and_nothing_is_approved(own: Start, home: Path):
    at = own()
    at.text_input(key="tracking_by_adjust").set_value("Cleo")
    run(at)
    at.button(key="adjust_take_over").click()
    run(at)
    assert "is kept as a draft" in said(at) and "Open it on the Launch plan" in links(at)
    first, made = scenarios.list_(shell_cache.opened(home).cursor())
    assert first.state == "approved"
    assert (made.state, made.created_by, made.wishes.launches) == ("draft", "Cleo", 18)
    assert made.name.startswith("Plan, adjusted ")


def test_wishes_that_clash_lead_to_a_scenario_in_which_to_mend_them(own: Start, home: Path):
    with Workspace(home) as shop:
        scenarios.decline(shop, 0, "Bea", "once more")
        scenarios.set_wishes(shop, 0, Wishes(launches=2, must=("N-3",)))
        tracked_shop.approve(shop)
    at = own()
    assert "N-3 must be launched" in said(at) and "Of 2 places 0 are left" in text(at)
    at.button(key="adjust_take_over").click()
    assert "is kept as a draft" in said(run(at))


def test_the_latest_plan_is_shown_unless_a_link_names_another(own: Start, start: Start, home: Path):
    with Workspace(home) as shop:
        act = scenarios.approved(shop.cursor()).act
        made = scenarios.create(shop, "Next <b>", Wishes(launches=4))
        later = tracked_shop.plans.table().assign(item_id=[f"N-{at}" for at in range(3, 9)])
        scenarios.approve(shop, made.scenario_id, later, "Bea", promise=tracked_shop.promised(later, LATER.date()))
    at = own()
    assert at.selectbox(key="adjust_shown").value != act
    at = start("tracking", shop="My shop", plan=str(act))
    assert at.session_state["view"] == "Adjust the plan" and at.selectbox(key="adjust_shown").value == act
    assert "was taken back, or never was" in said(own(plan="12345"))


def test_nothing_left_says_what_to_do_next(own: Start, home: Path):
    with Workspace(home) as shop, shop.transaction() as cursor:
        cursor.execute("INSERT INTO tracking_acts (act, kind, item_id, content, reason, made_by) VALUES "
                       """(nextval('tracking_steps'), 'attach', 'N-3', '{"product_id": "Z-9"}', '', '')""")  # fmt: skip
    at = own()
    assert "All 3 launches of this plan are on sale" in said(at) and "Plan the next launches" in links(at)
    assert not [one for one in at.button if one.key == "adjust_take_over"]


def test_without_a_forecaster_the_way_leads_to_one(start: Start, home: Path, made_shop: Path):
    (home / "shop.duckdb").write_bytes((made_shop / "shop.duckdb").read_bytes())
    at = start("tracking", shop="My shop", view="Adjust the plan")
    assert "not been fine-tuned" in said(at) and "Fine-tune the forecaster" in links(at)
    assert "planned anew" in caption(at)
