"""What the user knows of a channel beside the data: a range for its return, and lift tests. Kept, undone."""

from datetime import date

import pandas as pd
import streamlit as st

from core import shell
from core.ads import beliefs
from core.ads.beliefs import Belief, Known, LiftTest
from core.ads.panel import Panel
from core.ads.response import Response
from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["show"]

TESTS = ("channel", "first", "last", "lift", "error")


def show(workspace: Workspace, response: Response, panel: Panel) -> None:
    """Two tables to fill in, and buttons that keep them or go back."""
    st.header("What you know beside the data")
    st.markdown(
        "The model begins from broad ranges and lets the data narrow them. Where you know more, say so: it counts "
        "for as much as it is sure of. Keeping it learns anew, which takes some seconds."
    )
    known = beliefs.read(workspace.cursor())
    version = st.session_state.setdefault("ads_knowledge", 0)  # new tables after they were kept or undone
    st.subheader("Expected return")
    st.caption("Revenue for each 1 spent that you expect in 8 of 10 cases. Empty: no opinion.")
    ranges = _ranges(response, known, version)
    st.subheader("Lift tests")
    st.caption(
        "Experiments: a channel switched off (or on) for some days, the revenue that its ads brought in them, and the "
        "standard error of that. Days of whole weeks, Monday to Sunday, tell most. Add a row for each."
    )
    tests = _tests(panel, known, version)
    _buttons(workspace, ranges, tests)


def _ranges(response: Response, known: Known, version: int) -> pd.DataFrame:
    low, high = ({one.channel: getattr(one, end) for one in known.beliefs} for end in ("low", "high"))
    table = pd.DataFrame({"channel": response.channels})
    table["low"], table["high"] = (table["channel"].map(ends).astype(float) for ends in (low, high))
    number = st.column_config.NumberColumn
    edited = st.data_editor(
        table,
        key=f"ads_ranges_{version}",
        hide_index=True,
        num_rows="fixed",
        disabled=["channel"],
        alt="Expected return of each channel",
        placeholder="",
        column_config={
            "channel": st.column_config.TextColumn("Channel", width=150),
            "low": number("From", min_value=0.0, format="%.2f"),
            "high": number("To", min_value=0.0, format="%.2f"),
        },
    )
    # A channel that is no longer in the data keeps its range: the data may come back.
    gone = [one for one in known.beliefs if one.channel not in response.channels]
    rest = pd.DataFrame([(one.channel, one.low, one.high) for one in gone], columns=["channel", "low", "high"])
    return pd.concat([edited, rest.astype({"low": float, "high": float})], ignore_index=True)


def _tests(panel: Panel, known: Known, version: int) -> pd.DataFrame:
    rows = [(one.channel, one.first, one.last, one.lift, one.error) for one in known.tests]
    table = pd.DataFrame(rows, columns=list(TESTS))
    table[["lift", "error"]] = table[["lift", "error"]].astype(float)
    for end in ("first", "last"):
        table[end] = pd.to_datetime(table[end])
    channels = sorted({*panel.channels, *(one.channel for one in known.tests)})
    return st.data_editor(
        table,
        key=f"ads_tests_{version}",
        hide_index=True,
        num_rows="dynamic",
        alt="Lift tests",
        column_config={
            "channel": st.column_config.SelectboxColumn("Channel", options=channels, width=150),
            "first": st.column_config.DateColumn("First day", format="D MMM YYYY"),
            "last": st.column_config.DateColumn("Last day", format="D MMM YYYY"),
            "lift": st.column_config.NumberColumn("Revenue brought", format="%.2f"),
            "error": st.column_config.NumberColumn("Standard error", min_value=0.0, format="%.2f"),
        },
    )


def _buttons(workspace: Workspace, ranges: pd.DataFrame, tests: pd.DataFrame) -> None:
    with st.container(horizontal=True):
        keep = st.button("Keep and learn anew", type="primary", icon=":material/check:", key="keep_knowledge")
        undo = st.button("Undo", icon=":material/undo:", key="undo_knowledge", help="Back to what was kept before.")
    if keep:
        _kept(workspace, ranges, tests)
    if undo and beliefs.undo(workspace):
        _again()
    elif undo:
        st.info("There is nothing to undo.", icon=":material/info:")


def _kept(workspace: Workspace, ranges: pd.DataFrame, tests: pd.DataFrame) -> None:
    try:
        beliefs.keep(workspace, _beliefs(ranges), _lift_tests(tests))
    except DebutError as error:
        shell.fail(error)
    else:
        _again()


def _again() -> None:
    st.session_state.ads_knowledge += 1
    st.rerun()


def _beliefs(table: pd.DataFrame) -> list[Belief]:
    """The ranges that are filled in. Raises DebutError for half a one."""
    found = []
    for channel, low, high in zip(table["channel"], table["low"], table["high"], strict=True):
        if pd.isna(low) and pd.isna(high):
            continue
        if pd.isna(low) or pd.isna(high):
            raise DebutError(f"{channel}: fill in both ends of the range, or neither.")
        found.append(Belief(str(channel), float(low), float(high)))
    return found


def _lift_tests(table: pd.DataFrame) -> list[LiftTest]:
    """The rows that are filled in. Raises DebutError for half a one."""
    found = []
    for number, row in enumerate(table[list(TESTS)].to_dict("records"), start=1):
        empty = [name for name in TESTS if pd.isna(row[name]) or row[name] == ""]
        if len(empty) == len(TESTS):
            continue
        if empty:
            raise DebutError(f"Lift test {number} is not complete: fill in every column, or take the row away.")
        lift, error = (float(row[name]) for name in ("lift", "error"))
        found.append(LiftTest(str(row["channel"]), _day(row["first"]), _day(row["last"]), lift, error))
    return found


def _day(value: object) -> date:
    """Of a cell of the table, a time or a day."""
    return date.fromisoformat(str(value)[:10])
