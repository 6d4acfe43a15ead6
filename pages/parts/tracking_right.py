"""Who was right: the forecast value added of model, like items and people, and what each decision earned or cost."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core import export, shell
from core.track import value_added
from core.track.decisions import NAMES
from core.track.value_added import Right
from core.tracking import Tracking
from core.workspace import Workspace
from pages.parts import tracking_right_charts

__all__ = ["show"]

SHARE: dict[str, Any] = {"format": "%.0f %%"}
"""Of shares that are shown times 100: Streamlit's own percent has two decimals."""
SHARES = ["wape", "bias", "gain", "low", "high", "moved", "needed", "helped", "wape_before", "bias_before"]
MONEY: dict[str, Any] = {"format": "localized", "step": 1}


def show(workspace: Workspace, tracked: Tracking) -> None:
    """Words first, then the steps, people and reasons, single decisions, categories."""
    found = value_added.right(tracked)
    st.header("Who was right")
    if found.items.empty and found.decisions.empty:
        st.info(
            "No launch can be judged yet: its window must be over, or four weeks of it seen. Load sales on the Data "
            "page as they come in.",
            icon=":material/hourglass_empty:",
        )
        return
    st.caption(
        f"{found.final} launch{'es' * (found.final != 1)} whose window is over, {len(found.items) - found.final} with "
        "four weeks or more seen. "
        "Where stock ran out, what was wanted beyond it is an estimate."
    )
    if found.words:
        st.markdown("\n".join(f"- {shell.plain(one)}" for one in found.words))
    _steps(found)
    _people(found)
    _decisions(found)
    _reasons(found)
    _categories(found)


def _steps(found: Right) -> None:
    st.subheader("What each step added to the forecast")
    if found.steps.empty:
        st.caption("The approvals of these launches are older than what is compared here, so it cannot be told.")
        return
    st.plotly_chart(
        tracking_right_charts.steps(found.steps),
        key="right_steps",
        alt="Error of the forecast after each step, from the shop's median launch to the approved plan",
    )
    st.dataframe(
        _percent(_known(found.steps).drop(columns="step")),
        hide_index=True,
        placeholder="–",
        key="right_steps_table",
        alt="Error after each step, and by how much the step lowered it",
        column_config={
            "name": "Forecast by",
            "launches": "Launches",
            "wape": st.column_config.NumberColumn("Error (WAPE)", **SHARE),
            "bias": st.column_config.NumberColumn(
                "Bias", **SHARE, help="Above zero: more was expected than was wanted."
            ),
            "gain": st.column_config.NumberColumn("Error taken away", **SHARE),
            "low": st.column_config.NumberColumn("from", **SHARE),
            "high": st.column_config.NumberColumn("to (95 %)", **SHARE),
            "told": "In words",
        },
    )


def _people(found: Right) -> None:
    st.subheader("By person and reason")
    if found.people.empty:
        st.caption("Nothing was fixed by hand in these plans.")
        return
    st.dataframe(
        _percent(_known(found.people), ["moved", "needed", "helped"]),
        hide_index=True,
        placeholder="–",
        key="right_people",
        alt="What the decisions of each person were worth, by what they were about and why",
        column_config={
            "who": "Who",
            "kind": "What",
            "reason": "Why",
            "count": "Changes",
            "moved": st.column_config.NumberColumn("Moved by", help="Of stock, beside the plan's.", **SHARE),
            "needed": st.column_config.NumberColumn("Needed", help="What would have met what was wanted.", **SHARE),
            "worth": st.column_config.NumberColumn("Worth", **MONEY),
            "low": st.column_config.NumberColumn("from", **MONEY),
            "high": st.column_config.NumberColumn("to (95 %)", **MONEY),
            "helped": st.column_config.NumberColumn("Helped", help="Share of them with a worth above 0.", **SHARE),
            "told": "In words",
        },
    )
    st.caption(
        "Worth is profit beside what the plan would have chosen without the change, at what was wanted of the item. A "
        "range is told from eight changes on."
    )


def _decisions(found: Right) -> None:
    if found.decisions.empty:
        return
    st.subheader("Single changes")
    shown = _told(found.decisions)
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        key="right_decisions",
        alt="Every change by hand, what the plan would have done, and what it was worth",
        column_config={
            "title": st.column_config.TextColumn("Item", pinned=True),
            "kind": "What",
            "who": "Who",
            "reason": "Why",
            "chosen": st.column_config.NumberColumn("Chosen", format="localized", help="Of a week: weeks later."),
            "instead": st.column_config.NumberColumn("The plan's", format="localized"),
            "worth": st.column_config.NumberColumn("Worth", help="Empty: it cannot be told.", **MONEY),
            "final": "Window",
            "words": st.column_config.TextColumn("In words", width="large"),
        },
    )
    st.download_button(
        "Download the changes",
        lambda: export.to_csv(found.decisions),
        "changes.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="right_download",
    )


def _told(made: pd.DataFrame) -> pd.DataFrame:
    """The columns that are shown, in words."""
    columns = ["title", "kind", "who", "reason", "chosen", "instead", "worth", "final", "words"]
    window = made["final"].astype(bool).map({True: "over", False: "running"}).where(made["kind"] != "stop", "")
    return made.assign(kind=made["kind"].map(NAMES), final=window)[columns]


def _reasons(found: Right) -> None:
    if found.reasons.empty:
        return
    st.subheader("Changed like items and base demands")
    st.dataframe(
        _percent(found.reasons),
        hide_index=True,
        placeholder="–",
        key="right_reasons",
        alt="Error and bias before and after people changed like items or base demand, by person and reason",
        column_config={
            "who": "Who",
            "reason": "Why",
            "launches": "Launches",
            "wape_before": st.column_config.NumberColumn("Error of Debut", **SHARE),
            "wape": st.column_config.NumberColumn("Error with the change", **SHARE),
            "gain": st.column_config.NumberColumn("Error taken away", **SHARE),
            "bias_before": st.column_config.NumberColumn("Bias of Debut", **SHARE),
            "bias": st.column_config.NumberColumn("Bias with the change", **SHARE),
            "told": "In words",
        },
    )


def _categories(found: Right) -> None:
    if found.categories.empty:
        return
    st.subheader("Bias by category")
    st.plotly_chart(
        tracking_right_charts.bias(found.categories),
        key="right_bias",
        alt="What was expected of each category beside what was wanted",
    )
    st.dataframe(
        _percent(_known(found.categories)),
        hide_index=True,
        placeholder="–",
        key="right_categories",
        alt="Error and bias by category",
        column_config={
            "category": "Category",
            "launches": "Launches",
            "wape": st.column_config.NumberColumn("Error (WAPE)", **SHARE),
            "bias": st.column_config.NumberColumn("Bias", **SHARE),
            "low": st.column_config.NumberColumn("from", **SHARE),
            "high": st.column_config.NumberColumn("to (95 %)", **SHARE),
            "told": "In words",
        },
    )


def _known(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the columns of which nothing is known yet."""
    return frame.dropna(axis=1, how="all")


def _percent(frame: pd.DataFrame, names: Sequence[str] = SHARES) -> pd.DataFrame:
    """Its shares times 100."""
    return frame.assign(**{name: 100 * frame[name] for name in names if name in frame})
