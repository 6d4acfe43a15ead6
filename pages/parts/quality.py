"""The quality report of a file that is about to be loaded: pictures first, then what is odd, with a switch each."""

from typing import Any

import pandas as pd
import streamlit as st

from core import shell
from core.imports import Action, Finding, Review
from core.tables import TABLES
from pages.parts import charts

__all__ = ["quality"]

WORDS: dict[Action, str] = {"keep": "Keep", "fix": "Mend", "set aside": "Set aside"}
ICONS: dict[Action, str] = {"keep": ":material/info:", "fix": ":material/healing:", "set aside": ":material/inbox:"}
MISSING = "missing "


def quality(key: str, look: Review, several: bool) -> dict[str, Action]:
    """Draw the report; returns what the user decides about each finding, by check."""
    if several:
        st.subheader(TABLES[look.table].title)
    for words in look.evidence:
        st.caption(shell.plain(words))
    odd = [one for one in look.findings if not one.check.startswith(MISSING)]
    report, preview = st.tabs([f"Quality: {len(odd)} to look at" if odd else "Quality: nothing odd", "As it will be"])
    with preview:
        st.dataframe(
            look.preview,
            hide_index=True,
            alt=f"{TABLES[look.table].title} as it will be loaded",
            column_config=_days(look.table),
        )
    with report:
        _pictures(key, look)
        decisions = {one.check: _finding(f"{key}_{one.check}", one, look.table) for one in odd if _asks(one)}
        told = [one for one in odd if not _asks(one)]
        if told:
            with st.expander(f"Also seen, and kept as it is: {len(told)}", icon=":material/info:"):
                for one in told:
                    _finding(f"{key}_{one.check}", one, look.table)
    return decisions


def _asks(found: Finding) -> bool:
    """Whether there is something to decide, or something is done."""
    return len(found.actions) > 1 or found.proposal != "keep"


def _pictures(key: str, look: Review) -> None:
    """How full the columns are, and the weeks with their gaps."""
    left, right = st.columns(2) if look.weekly is not None and len(look.weekly) > 1 else (st.container(), None)
    with left:
        st.plotly_chart(charts.completeness(look.completeness), key=f"{key}_filled", alt="How full the columns are")
    if right is not None and look.weekly is not None:
        with right:
            st.plotly_chart(charts.weeks(look.weekly), key=f"{key}_weeks", alt="Rows by week, gaps marked")


def _finding(key: str, found: Finding, table: str) -> Action:
    unit = found.unit.removesuffix("s") if found.count == 1 else found.unit
    share = f", {found.share:.1%}" if found.share >= 0.001 else ""
    with st.container(border=True):
        words, choice = st.columns(2, vertical_alignment="center")
        with words:
            st.markdown(f"{ICONS[found.proposal]} **{shell.plain(found.title)}** ({found.count:,} {unit}{share})")
            st.caption(shell.plain(found.why))
        with choice, st.container(horizontal=True, vertical_alignment="center"):
            chosen = st.segmented_control(
                f"What to do about: {found.title}",
                [action for action in WORDS if action in found.actions],  # each where it stands everywhere
                default=found.proposal,
                required=True,
                format_func=lambda action: WORDS[action],
                key=key,
                label_visibility="collapsed",
                disabled=len(found.actions) == 1,
            )
            if len(found.examples):
                with st.popover("Examples", key=f"{key}_examples"):
                    st.dataframe(
                        _readable(found.examples),
                        hide_index=True,
                        alt=f"Examples: {found.title}",
                        column_config=_days(table),
                    )
    return chosen or found.proposal


def _readable(examples: pd.DataFrame) -> pd.DataFrame:
    return examples.rename(columns={"file_row": "row in the file"})


def _days(table: str) -> dict[str, Any]:
    """Days without a time of day, and with the month in letters: what was read can then be seen."""
    days = st.column_config.DateColumn(format="D MMM YYYY")
    return {column.name: days for column in TABLES[table] if column.kind == "date"}
