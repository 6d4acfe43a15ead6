"""Newer models: what is in use, updates on demand, proposals to decide about, and the way back."""

from collections.abc import Callable
from datetime import date

import pandas as pd
import streamlit as st

from core import shell, updates, versions
from core.errors import DebutError
from core.trainers import ModelKind
from core.updates import Proposal, Verdict
from core.workspace import Workspace
from pages.parts.updates_health import MARKS

__all__ = ["show"]

FITS: tuple[ModelKind, ...] = ("prices", "ads")
FOLLOWS = "follows the data until a plan is approved with it; from then on it stays, and newer ones are proposed."
LONGEST = 120


def show(workspace: Workspace) -> None:
    """Proposals first; then a line a model with what can be done."""
    st.header("Updates")
    if refused := st.session_state.pop("update_refused", None):
        shell.fail(refused)
    waiting = updates.proposals(workspace)
    for one in waiting:
        _proposal(workspace, one)
    verdicts = {one.kind: one for one in updates.verdicts(workspace)}
    busy = updates.under_way(workspace)
    for kind in updates.UPDATED:
        _model(workspace, kind, verdicts.get(kind), kind in busy)


def _proposal(workspace: Workspace, one: Proposal) -> None:
    """A newer version, how it did, what it changes, and the decision."""
    with st.container(border=True, key=f"proposal_{one.version}"):
        st.subheader(f"{updates.NAMES[one.kind]}: a newer version")
        used = versions.active(workspace, one.kind)
        st.markdown(
            f"**{shell.plain(one.version)}** has learnt from sales to {_day(one.trial.data_to)}; "
            f"in use is {shell.plain(used or 'none')}. {shell.plain(one.trial.words)}"
        )
        st.caption(shell.plain(f"{one.trial.how} Compared is the {one.trial.measure}."))
        if one.trial.told and not one.trial.covers:
            st.warning("Its likely ranges hold fewer launches than they should.", icon=":material/warning:")
        if used != one.trial.against:
            st.info(
                f"It was tried against {shell.plain(one.trial.against)}, which is not in use any more.",
                icon=":material/info:",
            )
        if one.trial.changes:
            _changes(one)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            who = st.text_input(
                "Your name", key=f"who_{one.version}", max_chars=LONGEST, width=180, placeholder="Optional"
            )
            st.button(
                "Use it",
                key=f"accept_{one.version}",
                type="primary" if one.trial.verdict == "better" else "secondary",
                icon=":material/check:",
                on_click=_safely,
                args=(updates.accept, workspace, one.version, who),
                help="From now on pages go by it. One click goes back.",
            )
            st.button(
                "Decline",
                key=f"decline_{one.version}",
                icon=":material/close:",
                on_click=_safely,
                args=(updates.decline, workspace, one.version, who),
                help="The version in use stays. The newer one stays in the list of versions.",
            )


def _changes(one: Proposal) -> None:
    with st.expander("What it changes", icon=":material/difference:"):
        st.dataframe(
            pd.DataFrame(
                [
                    (part.name, format(part.before, part.form), format(part.after, part.form))
                    for part in one.trial.changes
                ],
                columns=["what", "before", "after"],
            ),
            hide_index=True,
            key=f"changes_{one.version}",
            alt=f"What {one.version} changes",
            column_config={"what": "Figure", "before": "In use", "after": "Newer"},
        )


def _model(workspace: Workspace, kind: ModelKind, verdict: Verdict | None, busy: bool) -> None:
    """A line: what is in use, what to think of it, and what can be done."""
    used = versions.active(workspace, kind)
    st.markdown(_line(kind, used, verdict))
    if used is None:
        if kind in FITS:
            st.button(
                "Keep it as it is",
                key=f"keep_{kind}",
                icon=":material/keep:",
                on_click=_safely,
                args=(updates.keep, workspace, kind),
                help="It then stays when data grow, and newer ones are proposed.",
            )
        return
    with st.container(horizontal=True, key=f"model_{kind}"):
        st.button(
            "Update",
            key=f"update_{kind}",
            icon=":material/autorenew:",
            disabled=busy,
            on_click=_safely,
            args=(updates.begin, workspace, kind),
            help="An update is on its way." if busy else "Learn from what is loaded now, and propose what comes of it.",
        )
        _back(workspace, kind, used)


def _line(kind: ModelKind, used: str | None, verdict: Verdict | None) -> str:
    name = updates.NAMES[kind]
    if used is None:
        return f"**{name}** {FOLLOWS}" if kind in FITS else f"**{name}**: none is in use."
    words = verdict.signs[0].words if verdict and verdict.signs else ""
    mark = f"{MARKS[verdict.severity]} " if verdict else ""
    return f"{mark}**{name}** ({shell.plain(used)}). {shell.plain(words)}"


def _back(workspace: Workspace, kind: ModelKind, used: str) -> None:
    before = versions.earlier(workspace, kind)
    if before is not None:
        st.button(
            "Back",
            key=f"back_{kind}",
            icon=":material/undo:",
            on_click=_safely,
            args=(updates.back, workspace, kind),
            help=f"Use {before} again.",
        )
    elif kind in FITS:
        st.button(
            "Follow the data",
            key=f"follow_{kind}",
            icon=":material/sync:",
            on_click=_safely,
            args=(updates.follow, workspace, kind),
            help="Learn anew whenever data change, until the next plan is approved.",
        )


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%-d %B %Y}" if iso else "now"


def _safely(what: Callable[..., object], *given: object) -> None:
    """Do it; a refusal is shown in words on the next run."""
    try:
        what(*given)
    except DebutError as error:
        st.session_state.update_refused = error
