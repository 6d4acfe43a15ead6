"""The views around the model of ads: channels, checks, people and days, creatives, calendar; on a response made up."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import shell, shell_cache
from core.ads import beliefs, calendar, checks, figures, holdout, panel, reach
from core.ads.holdout import Holdout
from core.ads.panel import Panel
from core.workspace import Workspace
from tests import ads_files
from tests.ads_samples import response
from tests.conftest import load_into
from tests.ui.reading import caption, download, table

Show = Callable[[str], AppTest]


def script() -> None:
    """A view by itself, as the Ads page shows it."""
    from importlib import import_module

    import streamlit as st

    from core import shell
    from pages.parts import ads_shop
    from tests.ads_samples import response

    made = response(groups=("",), effects=(0.4, 0.3))
    import_module(f"pages.parts.{st.session_state.view}").show(shell.workspace(), made, ads_shop.panel_of())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop that sells and advertises."""
    monkeypatch.setenv("DEBUT_HOME", str(tmp_path))
    monkeypatch.setattr(holdout, "test", forecast)
    monkeypatch.setattr(shell, "page_link", lambda name, label, icon: st.caption(label))  # there is one page here
    st.cache_resource.clear()
    with Workspace(tmp_path) as shop:
        load_into(shop, ads_files.SALES, "sales", "sales.csv")
        load_into(shop, ads_files.ADS, "ads", "ads.csv")
    yield tmp_path
    st.cache_resource.clear()


def forecast(panel: Panel, *_: object) -> Holdout:
    """Of the last weeks, made up: what is tested here is how it is shown."""
    units = panel.units.sum(0)
    return Holdout(13, 0.05, 0.2, units, 0.95 * units)


def written(at: AppTest) -> str:
    """The text of the view, as a person reads it."""
    return re.sub(r"\\(.)", r"\1", " ".join(one.value for one in at.markdown))


@pytest.fixture
def show(home: Path) -> Show:
    def run(view: str) -> AppTest:
        at = AppTest.from_function(script, default_timeout=60)
        at.session_state["shop"], at.session_state["view"] = "My shop", view
        at.run()
        assert not at.exception
        return at

    return run


def kept(home: Path, read: Callable) -> object:
    """What is kept in the shop; the app holds it open, so through the app's own connection."""
    return read(shell_cache.opened(home).cursor())


def test_channels_show_the_figures_of_the_model_with_their_bands(show: Show, home: Path):
    at = show("ads_channels")
    shown = table(at, "Figures of every channel with their bands")
    assert shown["channel"].tolist() == ["search", "social"]
    made = response(groups=("",), effects=(0.4, 0.3))
    low, middle, high = figures.band(made.roi)
    assert shown["roi"].to_numpy() == pytest.approx(middle)
    assert shown["roi_band"][0] == f"{low[0]:.2f} to {high[0]:.2f}"
    assert "were spent on ads. They brought" in written(at)
    assert download(at, "download_channels").proto.label == "Download the figures"
    assert "α =" in written(at) and len(at.get("plotly_chart")) == 2 + 2


def test_beliefs_and_lift_tests_are_kept_and_undone(show: Show, home: Path):
    at = show("ads_channels")
    at.session_state["ads_ranges_0"] = {
        "edited_rows": {1: {"low": 1.0, "high": 3.0}},
        "added_rows": [],
        "deleted_rows": [],
    }
    test = {"channel": "search", "first": "2024-03-01", "last": "2024-03-14", "lift": 900.0, "error": 250.0}
    at.session_state["ads_tests_0"] = {"edited_rows": {}, "added_rows": [test], "deleted_rows": []}
    at.button(key="keep_knowledge").click().run()
    assert not at.exception and not at.error
    known = kept(home, beliefs.read)
    assert [(one.channel, one.low, one.high) for one in known.beliefs] == [("social", 1.0, 3.0)]
    assert [(one.channel, one.first, one.last, one.lift) for one in known.tests] == [
        ("search", date(2024, 3, 1), date(2024, 3, 14), 900.0)
    ]
    at.button(key="undo_knowledge").click().run()
    assert kept(home, beliefs.read) == beliefs.Known()
    at.button(key="undo_knowledge").click().run()
    assert "nothing to undo" in at.info[-1].value


@pytest.mark.parametrize(
    ("ranges", "tests", "words"),
    [
        ({0: {"low": 1.0}}, [], "both ends"),
        ({0: {"low": 3.0, "high": 1.0}}, [], "must rise"),
        ({}, [{"channel": "search"}], "not complete"),
        (
            {},
            [{"channel": "search", "first": "2024-03-09", "last": "2024-03-01", "lift": 1.0, "error": 1.0}],
            "before it begins",
        ),
    ],
)
def test_half_filled_tables_are_refused_in_words(show: Show, home: Path, ranges: dict, tests: list, words: str):
    at = show("ads_channels")
    at.session_state["ads_ranges_0"] = {"edited_rows": ranges, "added_rows": [], "deleted_rows": []}
    at.session_state["ads_tests_0"] = {"edited_rows": {}, "added_rows": tests, "deleted_rows": []}
    at.button(key="keep_knowledge").click().run()
    assert words in at.error[0].value and kept(home, beliefs.read) == beliefs.Known()


def test_checks_are_cards_the_worst_first_with_what_to_do(show: Show, home: Path):
    at = show("ads_checks")
    heads = [head.value for head in at.subheader]
    expected = checks.run(
        response(groups=("",), effects=(0.4, 0.3)),
        kept(home, panel.read),
        (),
        Holdout(13, 0.05, 0.2, np.ones(1), np.ones(1)),
    )
    assert heads == [check.title for check in expected]
    assert written(at).count("What to do") == sum(bool(check.advice) for check in expected) > 0
    assert "Missed by 5.0% a week; the same week a year before by 20.0%" in caption(at)


def test_people_often_and_days(show: Show, home: Path):
    at = show("ads_reach")
    shown = table(at, "People reached a week by channel, and how often")
    assert set(shown["channel"]) == {"search", "social"} and shown["reach_band"].str.contains(" to ").all()
    assert "Load new items" in caption(at)  # no sheet yet: the audience part says what to do
    assert "**Saturday** does better" in written(at)
    at.session_state["ads_people_0"] = {"edited_rows": {0: {"people": 123456}}, "added_rows": [], "deleted_rows": []}
    at.button(key="keep_people").click().run()
    assert not at.exception and kept(home, reach.known_people) == {shown["channel"][0]: 123456.0}
    at.segmented_control(key="ads_days_by").set_value("click_rate").run()
    at.selectbox(key="ads_days_channel").set_value("social").run()
    at.segmented_control(key="ads_days_slot").set_value("Hours").run()
    assert not at.exception and "**09:00** does better" in written(at)


def test_a_channel_that_costs_nothing_reaches_people_but_has_no_price(home: Path, show: Show):
    rows = "".join(f"2025-{month:02}-0{day},newsletter,0,9000\n" for month in range(1, 13) for day in range(1, 8))
    with Workspace(home) as shop:
        load_into(shop, f"date,channel,spend,impressions\n{rows}".encode(), "ads", "newsletter.csv")
    at = show("ads_reach")
    assert not at.exception
    assert "newsletter" in table(at, "People reached a week by channel, and how often")["channel"].tolist()
    assert "newsletter" not in at.selectbox(key="ads_often").options


def test_creatives_without_orders_are_compared_by_clicks_alone(home: Path, show: Show):
    rows = "".join(f"2025-03-{day:02},radio,{name},10,1000,{20 + day % 5}\n" for day in range(1, 29) for name in "AB")
    with Workspace(home) as shop:
        load_into(shop, f"date,channel,creative,spend,impressions,clicks\n{rows}".encode(), "ads", "radio.csv")
    at = show("ads_creatives")
    at.selectbox(key="ads_creatives_creative").set_value("radio").run()
    assert not at.exception and "no orders are exported" in written(at)
    assert at.segmented_control(key="ads_rate_clicks").options == ["Clicks an impression"]


def test_creatives_are_compared_and_their_names_are_no_markup(show: Show):
    at = show("ads_creatives")
    shown = table(at, "Creatives of the channel with their rates")
    assert shown["name"][0] == "Fox in the snow" and "**Fox in the snow** is the best" in written(at)
    assert not any("<b>" in one.value for one in at.markdown)
    assert download(at, "download_creatives").proto.label == "Download the comparison"
    at.segmented_control(key="ads_rate").set_value("click_rate").run()
    assert not at.exception


def test_the_calendar_is_filled_changed_and_undone(show: Show, home: Path):
    at = show("ads_calendar")
    assert "nothing in the calendar yet" in at.info[0].value
    at.button(key="add_holidays").click().run()
    events = kept(home, calendar.read)
    assert not at.exception and {event.name for event in events} >= {"Easter", "Black Friday"}
    assert "The model is told of: After Christmas" in caption(at)
    key = f"ads_events_{at.session_state['ads_calendar']}"
    own = {"name": "Fair", "first": "2024-04-06", "last": None}
    at.session_state[key] = {"edited_rows": {}, "added_rows": [own], "deleted_rows": [0]}
    at.button(key="keep_events").click().run()
    found = kept(home, calendar.read)
    assert len(found) == len(events) and "Fair" in {event.name for event in found} and events[0] not in found
    key = f"ads_events_{at.session_state['ads_calendar']}"
    at.session_state[key] = {"edited_rows": {}, "added_rows": [{"name": "Half"}], "deleted_rows": []}
    at.button(key="keep_events").click().run()
    assert "Half has no first day" in at.error[0].value and kept(home, calendar.read) == found
    at.session_state[key] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}
    at.button(key="undo_events").click().run()
    assert kept(home, calendar.read) == events


def test_a_calendar_file_is_shown_before_it_is_kept(show: Show, home: Path):
    at = show("ads_calendar")
    at.file_uploader[0].upload("fair.csv", b"event,date\nFair,2024-04-06\n").run()
    assert table(at, "Events of the file")["name"].tolist() == ["Fair"] and kept(home, calendar.read) == ()
    at.button(key="add_file").click().run()
    assert not at.exception and [event.name for event in kept(home, calendar.read)] == ["Fair"]
    at.file_uploader[0].upload("bad.csv", b"event,date\nFair,soon\n").run()
    assert "row 2" in at.error[0].value and len(kept(home, calendar.read)) == 1
