"""Loading files: drop, see how each was read, change what is wrong, load."""

from collections.abc import Callable

import streamlit as st

from core import imports, shell
from core.errors import BadFile
from core.imports import Mapping, Report, Staged
from core.schema import TABLES, template
from core.workspace import Workspace

__all__ = ["templates", "upload"]

LEAVE_OUT = "(not in this file)"
NEXT = {
    "sales": ("model", "Next: fine-tune the forecaster", "model_training"),
    "new_items": ("launch_plan", "Next: the launch plan", "rocket_launch"),
}


def upload(key: str, label: str, shop: Workspace, table: str | None = None) -> None:
    """An uploader with everything after it.

    key: unique on the page. shop: where the files go. table: what they must be, if known.
    """
    key = f"{key}_{shop.folder.name}"  # a file that is reviewed lies in one shop
    state = st.session_state.setdefault(key, {"round": 0, "staged": {}, "loaded": {}, "refused": {}, "reports": []})
    for report in state["reports"]:
        _show(report)
    state["reports"] = []
    files = st.file_uploader(
        label,
        type=["csv", "gz", "txt", "tsv"],
        accept_multiple_files=True,
        key=f"{key}_{state['round']}",
        help="CSV, plain or packed as .gz. Nothing is loaded before you have seen how it was read.",
    )
    for file in files:
        if file.file_id in state["loaded"]:
            continue
        with st.container(border=True):
            try:
                staged = _staged(state["staged"], file.file_id, shop, file.name, file.getvalue)
                _review(key, file.file_id, shop, staged, table)
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


def _staged(known: dict[str, Staged], file_id: str, shop: Workspace, name: str, content: Callable[[], bytes]) -> Staged:
    if file_id not in known:
        known[file_id] = imports.stage(shop, name, content())
    return known[file_id]


def _review(key: str, file_id: str, shop: Workspace, staged: Staged, table: str | None) -> None:
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
    st.dataframe(imports.preview(shop, staged), hide_index=True, alt=f"First rows of {staged.name}")
    if refused := st.session_state[key]["refused"].get(file_id):
        shell.fail(refused)
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
        args=(key, file_id, shop, staged, mapping, bad_aside),
    )


def _mapped_by_hand(key: str, staged: Staged, proposed: Mapping) -> Mapping:
    """Let the user say which header is which column; open where something required is missing."""
    table, notice = TABLES[proposed.table], st.empty()
    positions: dict[str, int] = {}
    found = f"{len(proposed.positions)} of {len(table.columns)} columns recognised"
    with st.expander(found, expanded=bool(proposed.missing)):
        columns = st.columns(3)
        for at, column in enumerate(table):
            options = [LEAVE_OUT, *range(len(staged.headers))]
            chosen = columns[at % 3].selectbox(
                f"{column.label} (required)" if column.required else column.label,
                options,
                proposed.positions.get(column.name, -1) + 1,
                format_func=lambda option: option if isinstance(option, str) else staged.headers[option],
                help=column.help,
                key=f"{key}_{column.name}",
            )
            if chosen is not None and not isinstance(chosen, str):
                positions[column.name] = chosen
    mapping = Mapping(proposed.table, positions)
    if mapping.missing:
        wanted = ", ".join(table[name].label.lower() for name in mapping.missing)
        notice.warning(f"Choose the column for: {wanted}.", icon=":material/help:")
    return mapping


def _load(key: str, file_id: str, shop: Workspace, staged: Staged, mapping: Mapping, bad_aside: bool) -> None:
    """Runs before the page is drawn again, so that all of it shows the new data."""
    state = st.session_state[key]
    try:
        report = imports.load(shop, staged, mapping, set_aside_bad=bad_aside)
    except BadFile as error:
        state["refused"][file_id] = error
        return
    state["reports"].append(report)
    state["loaded"][file_id] = state["staged"].pop(file_id)
    if all(file.file_id in state["loaded"] for file in st.session_state[f"{key}_{state['round']}"]):
        state["round"] += 1  # an empty uploader for the next files
    shell.use_shop(shop)


def _show(report: Report) -> None:
    """What an import did, and where to go next."""
    with st.container(border=True):
        st.success(report.headline, icon=":material/check:")
        st.text(f"{report.file}\n{report.details}".rstrip())
        if report.table in NEXT:
            shell.page_link(*NEXT[report.table])
