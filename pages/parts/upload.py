"""Loading files: drop, see how each was read, change what is wrong, load."""

from collections.abc import Callable

import streamlit as st

from core import imports, shell
from core.errors import BadFile
from core.imports import Mapping, Staged
from core.schema import TABLES, template

__all__ = ["templates", "upload"]

LEAVE_OUT = "(not in this file)"


def upload(key: str, label: str, table: str | None = None) -> None:
    """An uploader with everything after it. key: unique on the page. table: what the files must be, if known."""
    _show_results(key)
    round_ = st.session_state.setdefault(f"{key}_round", 0)
    files = st.file_uploader(
        label,
        type=["csv", "gz", "txt", "tsv"],
        accept_multiple_files=True,
        key=f"{key}_{round_}",
        help="CSV, plain or packed as .gz. Nothing is loaded before you have seen how it was read.",
    )
    for file in files:
        with st.container(border=True):
            try:
                staged = _staged(key, file.file_id, file.name, file.getvalue)
                _review(key, file.file_id, staged, table)
            except BadFile as error:
                shell.fail(error)


def templates(*tables: str) -> None:
    """Buttons for empty files with the right header."""
    with st.container(horizontal=True):
        for name in tables:
            st.download_button(
                f"Template: {TABLES[name].title.lower()}",
                template(TABLES[name]),
                f"{name}.csv",
                "text/csv",
                icon=":material/download:",
                on_click="ignore",
                key=f"template_{name}",
            )


def _staged(key: str, file_id: str, name: str, content: Callable[[], bytes]) -> Staged:
    known: dict[str, Staged] = st.session_state.setdefault(f"{key}_staged", {})
    if file_id not in known:
        known[file_id] = imports.stage(shell.own_workspace(), name, content())
    return known[file_id]


def _review(key: str, file_id: str, staged: Staged, table: str | None) -> None:
    st.markdown("**Columns found**")
    st.text(f"{staged.name}: {len(staged.headers)} columns, {staged.encoding}")
    mapping = imports.propose(staged.headers, table)
    if table is None:
        names = list(TABLES)
        chosen = st.selectbox(
            "This file holds",
            names,
            names.index(mapping.table),
            format_func=lambda name: TABLES[name].title,
            key=f"{key}_{file_id}_table",
        )
        mapping = imports.propose(staged.headers, chosen)
    mapping = _mapped_by_hand(f"{key}_{file_id}_{mapping.table}", staged, mapping)
    st.dataframe(imports.preview(shell.own_workspace(), staged), hide_index=True, alt=f"First rows of {staged.name}")
    bad_aside = st.checkbox(
        "Set rows aside that cannot be read, instead of refusing the file",
        key=f"{key}_{file_id}_aside",
        help="They stay in the workspace with the reason and can be downloaded.",
    )
    st.button(
        "Load",
        type="primary",
        key=f"{key}_{file_id}_load",
        icon=":material/upload:",
        disabled=bool(mapping.missing),
        on_click=_load,
        args=(key, file_id, staged, mapping, bad_aside),
    )


def _mapped_by_hand(key: str, staged: Staged, mapping: Mapping) -> Mapping:
    """Let the user say which header is which column; open where something required is missing."""
    table = TABLES[mapping.table]
    if mapping.missing:
        st.warning(f"Choose the column for: {', '.join(mapping.missing)}.", icon=":material/help:")
    positions: dict[str, int] = {}
    with st.expander(
        f"{len(mapping.positions)} of {len(table.columns)} columns recognised", expanded=bool(mapping.missing)
    ):
        columns = st.columns(3)
        for at, column in enumerate(table):
            options = [LEAVE_OUT, *range(len(staged.headers))]
            chosen = columns[at % 3].selectbox(
                f"{column.name} (required)" if column.required else column.name,
                options,
                mapping.positions.get(column.name, -1) + 1,
                format_func=lambda option: option if isinstance(option, str) else staged.headers[option],
                help=column.help,
                key=f"{key}_{column.name}",
            )
            if chosen is not None and not isinstance(chosen, str):
                positions[column.name] = chosen
    return Mapping(mapping.table, positions)


def _load(key: str, file_id: str, staged: Staged, mapping: Mapping, bad_aside: bool) -> None:
    """Runs before the page is drawn again, so that all of it shows the new data."""
    results = st.session_state.setdefault(f"{key}_results", [])
    try:
        results.append(imports.load(shell.own_workspace(), staged, mapping, set_aside_bad=bad_aside))
    except BadFile as error:
        results.append(error)
        return
    shell.use_own_shop()
    st.session_state[f"{key}_staged"].pop(file_id, None)
    st.session_state[f"{key}_round"] += 1  # an empty uploader for the next files


def _show_results(key: str) -> None:
    for result in st.session_state.pop(f"{key}_results", []):
        if isinstance(result, BadFile):
            shell.fail(result)
        else:
            st.success(f"{result.rows_loaded:,} of {result.rows_in:,} rows loaded", icon=":material/check:")
            st.text(str(result))
