"""Suspicious reviews: why each is, and which of them the user leaves out."""

import pandas as pd
import streamlit as st

from core import export, shell
from core.reviews import excluded, reading, suspicious
from core.workspace import Workspace
from pages.parts import reviews_data as data

__all__ = ["show"]

KINDS = {suspicious.COPIED: "Copied texts", suspicious.BURST: "Bursts"}


def show(workspace: Workspace, scores: pd.DataFrame) -> None:
    """What was found in the reviews that are loaded, and what the imports have set aside before."""
    st.markdown(
        "Texts that are nearly those of another review, and many reviews of one item within days. **Nothing is left "
        "out by itself**: tick what should not count, and leave it out."
    )
    found = data.odd(workspace).merge(scores, on="review")
    if found.empty:
        st.info("Nothing suspicious is in the reviews that are loaded.", icon=":material/check:")
    else:
        _table(workspace, found)
    _set_aside(workspace)


def _table(workspace: Workspace, found: pd.DataFrame) -> None:
    counts = found["kind"].value_counts()
    names = {kind: f"{KINDS[kind]} ({counts[kind]:,})" for kind in KINDS if kind in counts}
    kind = st.segmented_control(
        "Kind", list(names), default=next(iter(names)), format_func=names.__getitem__, required=True, key="odd_kind"
    )
    shown = found[found["kind"] == (kind or next(iter(names)))].reset_index(drop=True)
    chosen = st.dataframe(
        shown[["excluded", "why", "item", "date", "rating", "text", "customer_id"]],
        hide_index=True,
        key=f"odd_{kind}_{len(shown)}",
        on_select="rerun",
        selection_mode="multi-row",
        alt="Suspicious reviews",
        height=340,
        column_config={
            "excluded": st.column_config.CheckboxColumn("Left out", width=70),
            "why": st.column_config.TextColumn("Why", width=330),
            "item": st.column_config.TextColumn("Item", width=180),
            "date": st.column_config.DateColumn("Date", format="D MMM YYYY", width=95),
            "rating": st.column_config.NumberColumn("Stars", format="%.0f", width=50),
            "text": st.column_config.TextColumn("Text", width=360),
            "customer_id": st.column_config.TextColumn("Author", width=110),
        },
    )
    ticked = shown.iloc[chosen.selection.rows] if chosen.selection.rows else shown
    _decide(workspace, ticked, whole=not chosen.selection.rows)
    st.download_button(
        "Download the list",
        lambda: export.to_csv(found.drop(columns=["text", "by"])),
        "suspicious_reviews.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_odd",
    )


def _decide(workspace: Workspace, rows: pd.DataFrame, *, whole: bool) -> None:
    """Leave rows out, or count them again."""
    what = f"all {len(rows):,}" if whole else f"the {len(rows):,} ticked"
    with st.container(horizontal=True):
        st.button(
            f"Leave out {what}",
            icon=":material/visibility_off:",
            key="leave_out",
            disabled=bool(rows["excluded"].all()),
            on_click=_keep,
            args=(workspace, rows["review"].tolist(), True),
            help="They stay in the shop, and count neither here nor in the training of the reader.",
        )
        st.button(
            f"Count {what} again",
            icon=":material/visibility:",
            key="count_again",
            disabled=not rows["excluded"].any(),
            on_click=_keep,
            args=(workspace, rows["review"].tolist(), False),
        )


def _keep(workspace: Workspace, names: list[str], out: bool) -> None:
    excluded.keep(workspace, set(names), out=out)
    what = "1 review is" if len(names) == 1 else f"{len(names):,} reviews are"
    st.toast(f"{what} {'left out' if out else 'counted again'}.", icon=":material/check:")


def _set_aside(workspace: Workspace) -> None:
    rows = reading.set_aside(workspace.cursor())
    if not rows:
        return
    st.header("Set aside when they were loaded")
    st.markdown("\n".join(f"- {shell.plain(reason)}: **{count:,}**" for reason, count in rows))
    shell.page_link("data", "Look at the imports", "database")
