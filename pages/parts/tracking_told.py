"""What people told of launches: who, when, what and why; any of it can be taken back, whoever said it."""

import streamlit as st

from core import shell, tracking
from core.workspace import Workspace
from pages.parts import tracking_shop as shop

__all__ = ["everything", "table"]


def everything(workspace: Workspace) -> None:
    """Of all launches, folded away; nothing where nobody told anything."""
    if tracking.log(workspace.cursor()).empty:
        return
    with st.expander("What was told of launches", icon=":material/history:", key="told_of_all"):
        who = shop.who_and_undo("tracking_by_told")
        table(workspace, who)


def table(workspace: Workspace, who: str, item: str = "") -> None:
    """The acts as a table, of all launches or of one; a ticked one can be taken back. who: takes it back."""
    mine = tracking.log(workspace.cursor(), item)
    if mine.empty:
        return
    columns = ["made_at", "made_by", "what", "reason", "undone"]
    chosen = st.dataframe(
        mine[columns if item else [*columns[:2], "item_id", *columns[2:]]],
        hide_index=True,
        key=f"tracking_log_{item}_{mine['act'].iloc[0]}",  # ticks are kept by place
        alt="What was told of this launch" if item else "What was told of launches",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "made_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
            "made_by": "Who",
            "item_id": "Launch",
            "what": st.column_config.TextColumn("What", width="medium"),
            "reason": st.column_config.TextColumn("Why", width="medium"),
            "undone": st.column_config.CheckboxColumn("Taken back", width=90),
        },
    )
    row = mine.iloc[chosen.selection.rows[0]] if chosen.selection.rows else None
    if row is None:
        st.caption("Tick a line to take it back, whoever told it.")
    elif row["undone"] or row["kind"] == "undo":
        st.caption("That is taken back already." if row["undone"] else "Tell it again to have it back.")
    else:
        st.button(
            f"Take back: {shell.plain(row['what'])}", icon=":material/undo:", key=f"take_back_{row['act']}",
            on_click=shop.act, args=(tracking.take_back, int(row["act"]), who),
        )  # fmt: skip
