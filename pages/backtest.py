"""Backtest: go back to a date, forecast what was launched after it, and see how far off that was."""

from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import streamlit as st

from core import jobs, shell, versions
from core.accuracy import results
from core.accuracy.cuts import Cut, usual
from core.accuracy.results import Backtest
from core.errors import DebutError
from core.settings import EFFORTS, MOST_WEEKS, Settings, told
from pages.parts import backtest_views as views
from pages.parts import jobs as job_parts

IN_USE = "as in use"
SPANS = {None: "All since the cut", 8: "Of 8 weeks", 13: "Of a quarter", 26: "Of half a year"}

shell.enter("Backtest")
workspace = shell.workspace()
history = shell.past()
known = versions.listed(workspace)
active = known[known["active"]]
trained = Settings.from_dict(active.iloc[0]["summary"]["settings"]) if len(active) else None


def chosen() -> tuple[Settings, date, int | None]:
    """What to test, at which date, on which launches."""
    efforts = [IN_USE, *EFFORTS] if trained else list(EFFORTS)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        effort = st.segmented_control(
            "Settings",
            efforts,
            default=efforts[0] if trained else "standard",
            format_func=str.capitalize,
            required=True,
            key="backtest_effort",
            help="What is fine-tuned on the past. As in use: like the version that forecasts your new items.",
        )
        before = trained or EFFORTS["standard"]
        settings = before if effort == IN_USE else EFFORTS[effort]
        weeks = st.number_input(
            "Weeks to forecast",
            1,
            MOST_WEEKS,
            before.weeks,
            key="backtest_weeks",
            help="Of each launch. Longer windows leave fewer launches that are complete.",
            width=130,
        )
        earliest, proposed, latest = usual(history, weeks)
        cut = st.date_input(
            "Cut date",
            proposed,
            earliest,
            latest,
            key=f"cut_{weeks}",
            help="Debut forgets all that came after it.",
            width=130,
        )
        span = st.selectbox(
            "Launches to forecast",
            list(SPANS),
            format_func=lambda one: SPANS[one],
            key="backtest_span",
            width=165,
        )
    return replace(settings, weeks=weeks, threads=1), cut, span


def start() -> None:
    """Choose and run."""
    settings, cut, span = chosen()
    when = Cut(cut, settings.weeks, span)
    refused = None
    try:
        when.check(history)
        tested, learnt = len(when.tested(history)), len(when.learnt(history))
        st.markdown(f"**{tested:,} launches** to forecast, **{learnt:,} earlier ones** to learn from.")
    except DebutError as error:
        refused = error
        shell.fail(error)
    if st.button(
        "Run the backtest",
        key="backtest",
        type="primary",
        icon=":material/science:",
        disabled=refused is not None,
        help="Takes about as long as fine-tuning with the same settings. Other pages stay usable.",
    ):
        try:
            jobs.start(workspace, "backtest", asdict(settings), cut=cut.isoformat(), weeks=span)
        except DebutError as error:
            shell.fail(error)
    job_parts.progress(workspace)


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(folder: Path, made: str) -> Backtest:
    return Backtest.load(folder)


def named(figures: dict[str, Any]) -> str:
    """A backtest in the list."""
    return (
        f"Cut {figures['cut']}, {figures['launches_test']} launches, "
        f"error {figures['wape_diff'] * 100:+.1f} points against the best other method ({told(figures['settings'])}; "
        f"run {figures['made'][:16].replace('T', ' ')})"
    )


def finished() -> Backtest | None:
    """The backtest to look at: the latest, unless another is chosen."""
    kept = results.kept(workspace.artifacts)
    if not kept:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Result", list(kept), format_func=lambda one: named(kept[one]), key=f"result_{len(kept)}_{next(iter(kept))}"
        )
        with st.popover("Delete", icon=":material/delete:", key="delete"):
            st.markdown("This result is gone for good then.")
            st.button(
                "Delete this result",
                key="delete_backtest",
                on_click=results.remove,
                args=(workspace.artifacts, name),
            )
    try:
        return _read(results.folder_of(workspace.artifacts, name), kept[name]["made"])
    except DebutError as error:
        shell.fail(error)
        return None


st.markdown(
    "A backtest goes back to a date, learns only from what was known then, and forecasts what was launched after it. "
    "Other methods get the same data, so that you see whether the forecaster earns its keep on **your** shop."
)
start()
st.header("Results")
result = finished()
if result is None:
    st.info("No backtest has been run on this shop yet. Choose a cut date above and run one.", icon=":material/info:")
else:
    views.summary(result)
    views.peers(result)
    views.errors(result)
    views.misses(result)
    views.classifier(result)
