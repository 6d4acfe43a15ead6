"""Is the forecaster still good? The verdict, what it goes by, and how it did month by month."""

from pathlib import Path

import pandas as pd
import streamlit as st

from core import shell, updates, versions
from core.errors import DebutError, NotReady
from core.update import health
from core.update.health import Health
from core.updates import Verdict
from core.workspace import Workspace
from pages.parts import updates_charts

__all__ = ["show"]

MARKS = {
    "good": ":green[:material/check_circle:]",
    "look": ":orange[:material/visibility:]",
    "act": ":red[:material/error:]",
}
TITLES = {"good": "Still good", "look": "Worth a look", "act": "Update it now"}
RANGE, ERROR, BIAS = "Likely range", "Error", "Bias"


def show(workspace: Workspace) -> None:
    """The section; without a forecaster there is none."""
    version = versions.active(workspace)
    if version is None:
        return
    st.header("Is it still good?")
    try:
        found, verdict = _looked(workspace.folder, workspace.version, version, workspace)
    except (NotReady, DebutError) as error:
        shell.fail(error)
        return
    _verdict(verdict)
    if len(found.months):
        _months(found)
    if found.drifts:
        _drifts(found)


def _verdict(verdict: Verdict) -> None:
    box = {"good": st.success, "look": st.warning, "act": st.error}[verdict.severity]
    first = verdict.signs[0]
    box(
        shell.plain(f"{first.words} {first.advice}".strip()),
        title=TITLES[verdict.severity],
        icon={"good": ":material/check_circle:", "look": ":material/visibility:", "act": ":material/error:"}[
            verdict.severity
        ],
    )
    rest = [
        f"- {MARKS[one.severity]} {shell.plain(one.words)} {shell.plain(one.advice)}".rstrip()
        for one in verdict.signs[1:]
    ]
    st.markdown("\n".join(rest))


def _months(found: Health) -> None:
    """The figures of each month's launches."""
    view = st.segmented_control(
        "By month of launch", [RANGE, ERROR, BIAS], default=RANGE, required=True, key="health_by"
    )
    if view == RANGE:
        figure, said = updates_charts.coverage(found.months), "Share of launches within their likely range"
        words = "8 in 10 should lie in the range (dotted). The lines are where the true share lies, 95 in 100."
    elif view == ERROR:
        figure, said = updates_charts.by_month(found.months, "wape", "Error (WAPE)"), "Error"
        words = "The sum of the absolute errors over the sum of the units. Months with few launches jump."
    else:
        figure, said = updates_charts.by_month(found.months, "bias", "Expected beside sold"), "Bias"
        words = "Above zero more was expected than was sold; below it, less."
    st.plotly_chart(figure, key="health_chart", alt=f"{said} by month of launch")
    st.caption(
        f"{words} Launches since it was trained (to {found.trained_to:%-d %B %Y}) are forecast as they would have been "
        "on the first day of their month. What was promised when a plan was approved is on the Tracking page."
    )
    with st.expander("By month, as a table", icon=":material/table:"):
        st.dataframe(
            found.months.drop(columns=["covered"]).assign(
                told=found.months["told"].map({"backtest": "backtest", "since": "since trained"})
            ),
            hide_index=True,
            key="health_months",
            alt="Figures by month of launch",
            column_config={
                "month": st.column_config.DateColumn("Month", format="MMM YYYY"),
                "launches": "Launches",
                "wape": st.column_config.NumberColumn("Error (WAPE)", format="percent"),
                "bias": st.column_config.NumberColumn("Bias", format="percent"),
                "coverage": st.column_config.NumberColumn("In the likely range", format="percent"),
                "low": st.column_config.NumberColumn("from", format="percent"),
                "high": st.column_config.NumberColumn("to (95 %)", format="percent"),
                "told": "When",
            },
        )


def _drifts(found: Health) -> None:
    """What was compared with what it has learnt from."""
    with st.expander("What is new in the data", icon=":material/difference:"):
        st.caption(
            "Items that it is asked about beside those that it has learnt from. A figure above its limit is no "
            "chance (once in a hundred), and large enough to matter."
        )
        st.dataframe(
            pd.DataFrame(
                {
                    "what": [one.name for one in found.drifts],
                    "of": [one.of for one in found.drifts],
                    "value": [one.value for one in found.drifts],
                    "limit": [one.threshold for one in found.drifts],
                    "moved": ["yes" if one.moved else "no" for one in found.drifts],
                    "words": [one.words for one in found.drifts],
                }
            ),
            hide_index=True,
            key="health_drifts",
            alt="What is new in the data, beside what the forecaster has learnt from",
            column_config={
                "what": "What",
                "of": "Of",
                "value": st.column_config.NumberColumn("Found", format="%.2f"),
                "limit": st.column_config.NumberColumn("Limit", format="%.2f"),
                "moved": "Moved",
                "words": st.column_config.TextColumn("In words", width="large"),
            },
        )


@st.cache_resource(show_spinner="Forecasting the launches since, as they would have been ...", max_entries=4)
def _looked(folder: Path, data: int, version: str, _workspace: Workspace) -> tuple[Health, Verdict]:
    return health.health(_workspace), updates.check(_workspace)
