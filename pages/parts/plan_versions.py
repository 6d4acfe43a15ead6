"""What an approved plan was made with: the versions of the models, and which of them are not in use any more."""

import pandas as pd
import streamlit as st

from core import scenarios, shell, updates
from core.workspace import Workspace

__all__ = ["show"]


def show(workspace: Workspace, scenario_id: int) -> None:
    """Of the plan of a scenario that was approved last; nothing where none was."""
    last = scenarios.approved(workspace.cursor(), scenario_id)
    if last is None:
        return
    rows = updates.made_with(workspace, last.stamps)
    moved = [one for one in rows if one.moved]
    if moved:
        st.info(
            "Since it was approved other versions came to use: "
            + ", ".join(shell.plain(f"{one.name} ({one.then}, now {one.now or 'none'})") for one in moved)
            + ". The plan above is computed with those in use; approve it to take it over.",
            icon=":material/autorenew:",
        )
    with st.expander("What it was made with", icon=":material/inventory_2:"):
        st.dataframe(
            pd.DataFrame({"model": [one.name for one in rows], "then": [one.then or "none" for one in rows]}).assign(
                now=[one.now or "none" for one in rows]
            ),
            hide_index=True,
            key="plan_made_with",
            alt="Versions of the models that the approved plan was made with, and those in use",
            column_config={"model": "Model", "then": "When it was approved", "now": "In use now"},
        )
        st.caption(f"Approved on the data of version {last.stamps.get('data', 'unknown')} of this shop.")
