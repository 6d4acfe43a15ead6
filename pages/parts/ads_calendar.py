"""The calendar: holidays and own events that move sales, so that ads are not credited for them."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core import export, shell
from core.ads import calendar, event_files, holidays
from core.ads.calendar import Event
from core.ads.panel import Panel
from core.ads.response import Response
from core.errors import DebutError
from core.workspace import Workspace

__all__ = ["show"]

AHEAD = 2  # years after the last week that repeats are followed into
COLUMNS = ("name", "first", "last")


def show(workspace: Workspace, response: Response, panel: Panel) -> None:
    """Usual days by a click, files, and the table of all events."""
    st.header("Days that move sales")
    st.markdown(
        "Sales rise at Easter whether or not you advertise. The model is told of the days below, so that it does not "
        "credit ads for them. Days of the same name are taken to do the same each time; a week counts by how many of "
        "its days they cover."
    )
    first, last = (int(str(np.datetime64(panel.weeks[at], "Y"))) for at in (0, -1))
    known = calendar.read(workspace.cursor())
    if not known:
        st.info(
            "There is nothing in the calendar yet: add the usual days, or your own.", icon=":material/calendar_month:"
        )
    _usual(workspace, first, last + AHEAD)
    _file(workspace, (first, last + AHEAD))
    st.header("All events")
    _table(workspace, known)
    _told(panel)


def _usual(workspace: Workspace, first: int, last: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            "Usual days",
            list(holidays.HOLIDAYS),
            default=list(holidays.USUAL),
            key="ads_holidays",
            width=640,
            help="With the days around them in which people shop for them. All can be changed below.",
        )
        if st.button(
            f"Add for {first} to {last}", icon=":material/add:", disabled=not chosen, key="add_holidays", type="primary"
        ):
            _added(workspace, holidays.of(chosen, first, last))


def _file(workspace: Workspace, years: tuple[int, int]) -> None:
    """A calendar file; it is read once and shown before anything is kept."""
    with st.expander("Add from a file", icon=":material/upload_file:"):
        st.caption(
            "An .ics file, as every calendar exports, or a CSV with the columns event, date and, if you like, "
            "last day. Nothing of it but names and days is read."
        )
        version = st.session_state.setdefault("ads_calendar_file", 0)
        given = st.file_uploader(
            "Calendar file", type=["ics", "csv", "txt"], max_upload_size=5, key=f"ads_calendar_file_{version}"
        )
        if given is None:
            return
        try:
            found = event_files.read(given.name, given.getvalue(), years)
        except DebutError as error:
            shell.fail(error)
            return
        st.dataframe(
            _frame(found.events),
            hide_index=True,
            key="ads_calendar_read",
            alt="Events of the file",
            column_config=_columns(),
            height=220,
        )
        for note in found.notes:
            st.caption(shell.plain(note))
        if st.button(f"Add these {len(found.events)}", icon=":material/add:", type="primary", key="add_file"):
            st.session_state.ads_calendar_file += 1
            _added(workspace, found.events)


def _added(workspace: Workspace, events: list[Event]) -> None:
    try:
        new = calendar.add(workspace, events)
    except DebutError as error:
        shell.fail(error)
        return
    st.toast(f"{new} events added." if new else "All of these were there already.", icon=":material/check:")
    _again()


def _table(workspace: Workspace, known: tuple[Event, ...]) -> None:
    """All events, to be changed, and buttons that keep the changes or go back."""
    version = st.session_state.setdefault("ads_calendar", 0)
    edited = st.data_editor(
        _frame(known),
        key=f"ads_events_{version}",
        hide_index=True,
        num_rows="dynamic",
        alt="All events of the calendar",
        column_config=_columns(),
    )
    with st.container(horizontal=True):
        keep = st.button("Keep the table", type="primary", icon=":material/check:", key="keep_events")
        undo = st.button("Undo", icon=":material/undo:", key="undo_events", help="Back to the calendar before.")
        st.download_button(
            "Download",
            lambda: export.to_csv(_frame(known)),
            "calendar.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="download_events",
            help="Can be loaded again from a file.",
        )
    if keep:
        _kept(workspace, edited)
    if undo and calendar.undo(workspace):
        _again()
    elif undo:
        st.info("There is nothing to undo.", icon=":material/info:")


def _kept(workspace: Workspace, edited: pd.DataFrame) -> None:
    try:
        calendar.keep(workspace, _events(edited))
    except DebutError as error:
        shell.fail(error)
    else:
        _again()


def _told(panel: Panel) -> None:
    if panel.control_names:
        names = ", ".join(panel.control_names)
        st.caption(shell.plain(f"The model is told of: {names}. What never touches a week of the sales tells nothing."))


def _again() -> None:
    st.session_state.ads_calendar = st.session_state.get("ads_calendar", 0) + 1
    st.rerun()


def _columns() -> dict[str, Any]:
    day = st.column_config.DateColumn
    return {
        "name": st.column_config.TextColumn("Event", max_chars=calendar.LONGEST, width=220),
        "first": day("First day", format="ddd D MMM YYYY", width=140),
        "last": day("Last day", format="ddd D MMM YYYY", width=140, help="Empty: the first day only."),
    }


def _frame(events: tuple[Event, ...] | list[Event]) -> pd.DataFrame:
    table = pd.DataFrame([(one.name, one.first, one.last) for one in events], columns=list(COLUMNS))
    return table.assign(first=pd.to_datetime(table["first"]), last=pd.to_datetime(table["last"]))


def _events(table: pd.DataFrame) -> list[Event]:
    """The rows that are filled in. Raises DebutError for one without a name or a day."""
    found = []
    for row in table[list(COLUMNS)].to_dict("records"):
        name = "" if pd.isna(row["name"]) else str(row["name"]).strip()
        if pd.isna(row["first"]):
            if not name and pd.isna(row["last"]):
                continue
            raise DebutError(f"{name or 'A row without a name'} has no first day. Fill it in, or take the row away.")
        first = _day(row["first"])
        found.append(Event(first, first if pd.isna(row["last"]) else _day(row["last"]), name))
    return found


def _day(value: object) -> date:
    """Of a cell of the table, a time or a day."""
    return date.fromisoformat(str(value)[:10])
