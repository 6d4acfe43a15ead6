"""Every version that was trained: use, compare two, test, take along, load, delete."""

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core import jobs, parcels, shell, versions
from core.errors import DebutError
from core.settings import WORDS, Settings, flat
from core.workspace import Workspace

__all__ = ["manage"]

MB = 1e6


def manage(workspace: Workspace, known: pd.DataFrame, cut: date) -> None:
    """known: as `versions.listed` gives it. cut: of a backtest that is asked for here."""
    if known.empty:
        st.caption("No version yet: fine-tune above, or load one below.")
    else:
        _table(workspace, known)
        _one(workspace, known, cut)
    if len(known) > 1:
        _two(workspace, known)
    _load(workspace)


def _table(workspace: Workspace, known: pd.DataFrame) -> None:
    summaries = known["summary"].tolist()
    tested = pd.Series([_tested(workspace, name) for name in known["version"]], dtype=float)
    frame = known.assign(
        created_at=[_made(one, row) for one, row in zip(summaries, known["created_at"], strict=True)],
        data_to=[date.fromisoformat(one["data_to"]) for one in summaries],
        launches=[one["launches"] for one in summaries],
        check=[one["check"]["wape"] for one in summaries],
        tested=tested.to_numpy(),
        seconds=[one["seconds"] for one in summaries],
        size=[versions.size(workspace, name) / MB for name in known["version"]],
    )[["version", "created_at", "active", "data_to", "launches", "check", "tested", "seconds", "size"]]
    st.dataframe(
        frame.drop(columns="tested") if tested.isna().all() else frame,
        hide_index=True,
        key="versions",
        alt="Trained versions",
        column_config={
            "version": "Version",
            "created_at": st.column_config.DatetimeColumn("Made", format="D MMM YYYY, HH:mm"),
            "active": "In use",
            "data_to": st.column_config.DateColumn("Sales to", format="D MMM YYYY"),
            "launches": "Launches",
            "check": st.column_config.NumberColumn(
                "Error in its check",
                format="percent",
                help="Of single items, by a second forecaster without fine-tuning, on the latest launches.",
            ),
            "tested": st.column_config.NumberColumn(
                "Error in backtest", format="percent", help="WAPE in the last backtest with the same settings."
            ),
            "seconds": st.column_config.NumberColumn("Fine-tuned in (s)", format="%.0f"),
            "size": st.column_config.NumberColumn("Size (MB)", format="%.1f"),
        },
    )


def _made(summary: dict[str, Any], registered: pd.Timestamp) -> pd.Timestamp:
    """When it was trained; one that was loaded from a file is registered later."""
    return pd.Timestamp(summary["created_at"]) if "created_at" in summary else registered


def _one(workspace: Workspace, known: pd.DataFrame, cut: date) -> None:
    """What can be done with a single version."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Version", known["version"].tolist(), key="version", width=280)
        if name is None:
            return
        row = known.set_index("version").loc[name]
        used = bool(row["active"])
        st.button(
            "Use it",
            key="activate",
            on_click=_safely,
            args=(versions.activate, workspace, name),
            disabled=used,
            help="This version is in use already." if used else "Forecast with this version from now on.",
        )
        st.button(
            "Backtest it",
            key="test_version",
            icon=":material/science:",
            on_click=_safely,
            args=(_test, workspace, row["summary"]["settings"], cut),
            help=f"Fine-tune with its settings on what was known on {cut:%-d %B %Y}, and forecast what came after.",
        )
        st.download_button(
            "Download",
            partial(parcels.pack, workspace, name),
            f"debut-{name}.zip",
            "application/zip",
            key="pack",
            icon=":material/download:",
            on_click="ignore",
            help="One file with all that the version needs, to load it on another machine.",
        )
        if not used:
            with st.popover("Delete", icon=":material/delete:", key="delete"):
                st.markdown(f"**{shell.plain(name)}** is removed from disk for good.")
                st.button(
                    "Delete it",
                    key="remove",
                    type="primary",
                    on_click=_safely,
                    args=(versions.remove, workspace, name),
                )


def _two(workspace: Workspace, known: pd.DataFrame) -> None:
    """Two versions side by side: first what differs in their settings, then how good they are."""
    st.subheader("Compare two versions")
    names = known["version"].tolist()
    used = known[known["active"]]["version"].tolist()
    first = names.index(used[0]) if used else 0
    with st.container(horizontal=True):
        left = st.selectbox("This", names, first, key="compare_left", width=280)
        rest = [name for name in names if name != left]
        right = st.selectbox("with", rest, key="compare_right", width=280)
    if left is None or right is None:
        return
    chosen = known.set_index("version")
    columns = {name: _told(workspace, name, chosen.loc[name]) for name in (left, right)}
    frame = pd.DataFrame(columns)
    frame.insert(0, "same", ["" if a == b else "differs" for a, b in zip(frame[left], frame[right], strict=True)])
    st.dataframe(
        frame.reset_index(names="what").sort_values("same", ascending=False, kind="stable"),  # what differs, first
        hide_index=True,
        key="two",
        height="content",
        alt=f"{left} and {right} side by side",
        column_config={
            "what": st.column_config.TextColumn("", pinned=True, width="medium"),
            "same": st.column_config.TextColumn("", width="small"),
        },
    )
    if chosen.loc[left]["summary"].get("data") != chosen.loc[right]["summary"].get("data"):
        st.caption(
            ":material/info: Trained on different data, so their checks forecast different launches: only a backtest "
            "of both at one cut tells which is better."
        )


def _told(workspace: Workspace, name: str, row: Any) -> dict[str, str]:  # noqa: ANN401  (a row of pandas)
    summary = row["summary"]
    check, tested = summary["check"], _tested(workspace, name)
    settings = flat(_whole(summary["settings"]))
    return {
        **{label: _brief(settings[key]) for key, (label, _) in WORDS.items()},
        "Error in its check": f"{check['wape']:.1%}",
        "Order of the items in its check": f"{check['spearman']:.2f}",
        "Error in backtest": "not tested" if tested is None else f"{tested:.1%}",
        "Launches learnt from": f"{summary['launches']:,}",
        "Sales from": summary.get("data_from", "unknown"),
        "Sales to": summary["data_to"],
        "Data": summary.get("data", "unknown")[:12],
        "Debut": summary.get("debut", "before 0.4"),
        "Code": summary.get("code", "unknown")[:12],
        "Fine-tuned in": f"{summary['seconds']:,.0f} s",
        "Size": f"{versions.size(workspace, name) / MB:.1f} MB",
    }


def _whole(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings of an older Debut lack some; these have had their defaults."""
    return asdict(Settings.from_dict(settings))


def _brief(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _tested(workspace: Workspace, name: str) -> float | None:
    """Debut's WAPE in the last backtest with the settings of a version."""
    figures = versions.backtest(workspace, name) or {"table": []}
    return next((row["wape"] for row in figures["table"] if row.get("method") == "Debut"), None)


def _load(workspace: Workspace) -> None:
    with st.expander("Load a version from a file", icon=":material/upload:"):
        st.markdown("A file that *Download* has written, on this machine or another. It is checked, and not used yet.")
        given = st.file_uploader("Version", "zip", key="parcel", max_upload_size=1024)
        encoder = st.text_input(
            "Its encoder on this machine",
            key="parcel_encoder",
            placeholder="only where it was not the one that comes with Debut",
            help="The folder of the BERT that the version was trained with. Debut checks that it is the same one.",
        )
        if st.button("Load it", key="load", disabled=given is None) and given is not None:
            with st.spinner("Checking the file and asking the version some questions ..."):
                _take(workspace, given.getvalue(), encoder.strip())


def _take(workspace: Workspace, content: bytes, encoder: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "version.zip"
        path.write_bytes(content)
        try:
            name = parcels.load(workspace, path, encoder or None)
        except DebutError as error:
            shell.fail(error)
            return
    st.session_state.loaded = name
    st.rerun()


def _test(workspace: Workspace, settings: dict[str, Any], cut: date) -> None:
    jobs.start(workspace, "backtest", _whole(settings), cut=cut.isoformat())


def _safely(what: Callable[..., object], *given: object) -> None:
    """Do it; what another tab did meanwhile is said in words."""
    try:
        what(*given)
    except DebutError as error:
        st.session_state.job_refused = error
