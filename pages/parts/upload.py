"""Loading files: drop, see how each was read and what is odd in it, decide, load."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from core import imports, privacy, shell
from core.errors import BadFile, DebutError
from core.imports import Reading, Report, Staged, profile
from core.imports.periods import Period
from core.schema import template
from core.tables import TABLES
from core.workspace import Workspace
from pages.parts.quality import quality

__all__ = ["templates", "upload"]

TYPES = ["csv", "tsv", "txt", "gz", "zip", "xlsx", "xls", "ods", "parquet"]
LEAVE_OUT = "(not in this file)"
AS_PROFILE = "(as this export has it)"
DATE_ORDERS = {"day first": "31/12/2025", "month first": "12/31/2025"}
NEXT = {
    "sales": ("model", "Next: fine-tune the forecaster", "model_training"),
    "new_items": ("launch_plan", "Next: the launch plan", "rocket_launch"),
}


def upload(key: str, label: str, shop: Workspace, table: str | None = None) -> None:
    """An uploader with everything after it.

    key: unique on the page. shop: where the files go. table: what they must be, if known.
    """
    key = f"{key}_{shop.folder.name}"  # a file that is reviewed lies in one shop
    fresh: dict[str, Any] = {"round": 0, "staged": {}, "loaded": set(), "refused": {}, "reports": [], "reviews": {}}
    state = st.session_state.setdefault(key, fresh)
    above = st.container()
    files = st.file_uploader(
        label,
        type=TYPES,
        accept_multiple_files=True,
        key=f"{key}_{state['round']}",
        help="CSV, TSV, Excel or Parquet, plain or packed as .gz or .zip. Nothing is loaded before you have seen how "
        "it was read. Files that belong together, such as orders and their lines, are dropped together.",
    )
    parts = []
    for file in files:
        try:
            parts += _staged(state["staged"], file.file_id, shop, file.name, file.getvalue)
        except BadFile as error:
            shell.fail(error)
    staged_files = [staged for _, staged in parts]
    readings = {
        one: imports.recognise(shop, one, table, [it for it in staged_files if it is not one]) for one in staged_files
    }
    together = {reading.companion: one.name for one, reading in readings.items() if reading.companion is not None}
    waiting = [(part_id, staged) for part_id, staged in parts if part_id not in state["loaded"]]
    if parts and all(staged in together for _, staged in waiting):
        state["round"] += 1  # an empty uploader for the next files
        st.rerun()
    with above:
        for report in state["reports"]:  # in the last run of a load: a rerun would take them away again
            _show(report)
    state["reports"] = []
    for part_id, staged in waiting:
        with st.container(border=True):
            if staged in together:
                st.text(f"{staged.name}\nRead together with {together[staged]}, and not loaded by itself.")
                continue
            try:
                _review(key, part_id, shop, staged, readings[staged], known=table is not None)
            except DebutError as error:
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


def _staged(
    known: dict[str, list[Staged] | BadFile], file_id: str, shop: Workspace, name: str, content: Callable[[], bytes]
) -> list[tuple[str, Staged]]:
    """The parts of a file, such as the sheets of a workbook, each with an id of its own. Raises BadFile."""
    if file_id not in known:
        try:
            known[file_id] = imports.stage(shop, name, content())
        except BadFile as error:
            known[file_id] = error  # so that it is not read again at every click
    found = known[file_id]
    if isinstance(found, BadFile):
        raise found
    return [(f"{file_id}_{at}", staged) for at, staged in enumerate(found)]


def _review(key: str, part_id: str, shop: Workspace, staged: Staged, reading: Reading, known: bool) -> None:
    """One file. known: whether the page takes one table only."""
    mine = f"{key}_{part_id}"
    _head(staged, reading)
    if not reading.tables:
        st.warning(
            shell.plain(f"Not loaded. {reading.profile.refuse if reading.profile else ''}"), icon=":material/block:"
        )
        return
    if reading.profile is None and not known:
        reading = _choose_table(mine, shop, staged, reading)
    if len(reading.tables) > 1:
        reading = _choose_tables(mine, reading)
    if not reading.tables:
        st.dataframe(imports.preview(shop, staged), hide_index=True, alt=f"First rows of {staged.name}")
        return
    reading = _answers(mine, reading)
    reading = _mapped_by_hand(mine, staged, reading)
    if reading.needs_companion or reading.needs_period:
        st.info(" ".join(reading.questions), icon=":material/help:")
        return
    if any(feed.missing for feed in reading.tables):
        wanted = ", ".join(name.replace("_", " ") for feed in reading.tables for name in feed.missing)
        st.warning(f"Choose the column for: {wanted}.", icon=":material/help:")
        st.dataframe(imports.preview(shop, staged), hide_index=True, alt=f"First rows of {staged.name}")
        st.button("Load", key=f"{mine}_load", icon=":material/upload:", disabled=True)
        return
    _decide(key, part_id, shop, staged, reading)


def _head(staged: Staged, reading: Reading) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(staged.name)
        title = shell.plain(reading.title)
        if not reading.tables:
            st.badge(title, icon=":material/block:", color="gray")
        elif reading.profile is not None or reading.confidence > 0.95:
            st.badge(title, icon=":material/verified:", color="green")
        elif reading.confidence > 0:
            st.badge(f"{title}: {reading.confidence:.0%} sure", icon=":material/search:", color="orange")
        else:
            st.badge("Not recognised: say what it holds", icon=":material/help:", color="red")
    above = f", {len(staged.preamble)} lines above the header" if staged.preamble else ""
    delimiter = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}.get(staged.delimiter, "")
    between = f", cells between {delimiter}" if delimiter else ""
    st.caption(f"{len(staged.headers)} columns, {staged.encoding}{between}{above}")
    if reading.profile is not None and reading.profile.note:
        st.caption(shell.plain(reading.profile.note))


def _choose_table(mine: str, shop: Workspace, staged: Staged, reading: Reading) -> Reading:
    names = list(TABLES)
    chosen = st.selectbox(
        "This file holds",
        names,
        names.index(reading.tables[0].table) if reading.confidence else None,
        format_func=lambda name: TABLES[name].title,
        placeholder="Choose what its rows are",
        key=f"{mine}_table",
    )
    if chosen is None:
        return replace(reading, tables=())
    return imports.recognise(shop, staged, chosen) if chosen != reading.tables[0].table else reading


def _choose_tables(mine: str, reading: Reading) -> Reading:
    """A file may hold what is in already from another one, such as the sales beside the visits."""
    names = [feed.table for feed in reading.tables]
    chosen = st.pills(
        "Load from this file",
        names,
        selection_mode="multi",
        default=names,
        format_func=lambda name: TABLES[name].title,
        key=f"{mine}_tables",
    )
    return replace(reading, tables=tuple(feed for feed in reading.tables if feed.table in chosen))


def _answers(mine: str, reading: Reading) -> Reading:
    """What only a person can know: the period of totals."""
    if not reading.needs_period:
        return reading
    chosen = st.date_input("The days that the file covers", value=[], key=f"{mine}_period", max_value="today")
    if isinstance(chosen, (tuple, list)) and len(chosen) == 2:
        return replace(reading, period=Period(chosen[0], chosen[1]))
    return reading


def _mapped_by_hand(mine: str, staged: Staged, reading: Reading) -> Reading:
    """Let the user say which header is which column; open where something required is missing."""
    for feed in reading.tables:
        table = TABLES[feed.table]
        found = f"{table.title}: {len(feed.columns)} of {len(table.columns)} columns found"
        with st.expander(found, expanded=bool(feed.missing) and not reading.needs_companion, icon=":material/table:"):
            grid = st.columns(3)
            chosen: dict[str, Any] = {}
            for at, column in enumerate(table):
                source = feed.columns.get(column.name)
                position = reading.own_place(source, len(staged.headers))
                special = [AS_PROFILE] if source is not None and position is None else []
                options: list[str | int] = [LEAVE_OUT, *special, *range(len(staged.headers))]
                option = grid[at % 3].selectbox(
                    f"{column.label} (required)" if column.required else column.label,
                    options,
                    options.index(position) if position is not None else len(special),
                    format_func=lambda option: option if isinstance(option, str) else staged.headers[option],
                    help=column.help,
                    key=f"{mine}_{feed.table}_{column.name}",
                )
                if option == AS_PROFILE or (position is not None and option == position):
                    chosen[column.name] = source
                elif isinstance(option, int):
                    chosen[column.name] = {"column": option}
        if chosen != feed.columns:
            reading = reading.by_hand(feed.table, chosen)
    return reading


def _decide(key: str, part_id: str, shop: Workspace, staged: Staged, reading: Reading) -> None:
    """The quality report, what is done about it, and the button."""
    mine, state = f"{key}_{part_id}", st.session_state[key]
    chosen = state["reviews"].get(f"{part_id} order")
    reading = replace(reading, date_order=chosen) if chosen else reading
    known = f"{part_id} {shop.version} {privacy.switched_on(shop.cursor())} {reading}"
    if known not in state["reviews"]:
        with st.spinner(f"Looking through {shell.plain(staged.name)} ..."):
            state["reviews"][known] = imports.review(shop, staged, reading)
    reviews = state["reviews"][known]
    if not all(look.sure_of_dates for look in reviews) or chosen:
        _ask_date_order(mine, part_id, state)
    spread = _ask_spread(mine, reading)
    decisions = {look.table: quality(f"{mine}_{look.table}", look, several=len(reviews) > 1) for look in reviews}
    keep = st.checkbox(
        "Keep the file as it is, too",
        key=f"{mine}_keep",
        help="A copy beside the database, with the names and addresses that Debut leaves out of it.",
    )
    if refused := state["refused"].get(part_id):
        shell.fail(refused)
    proposed = {look.table: {one.check: one.proposal for one in look.findings} for look in reviews}
    changed = any(
        action != proposed[name][check] for name, chosen in decisions.items() for check, action in chosen.items()
    )
    good = sum(look.good for look in reviews)
    with st.container(horizontal=True):
        go = st.button(
            "Load as chosen" if changed else f"Load {good:,} row{'s' * (good > 1)}" if good else "Load",
            type="primary",
            key=f"{mine}_load",
            icon=":material/upload:",
            disabled=reading.has_period and not spread,
        )
        _save_profile(mine, shop, reading)
    if go:
        _load(key, part_id, shop, staged, reading, decisions, spread, keep)


def _ask_date_order(mine: str, part_id: str, state: dict[str, Any]) -> None:
    st.warning("No date in the file says whether the day or the month comes first.", icon=":material/event:")

    def choose() -> None:
        state["reviews"][f"{part_id} order"] = st.session_state[f"{mine}_order"]

    st.segmented_control(
        "The last day of 2025 is written",
        list(DATE_ORDERS),
        format_func=DATE_ORDERS.__getitem__,
        key=f"{mine}_order",
        default=state["reviews"].get(f"{part_id} order", "day first"),
        on_change=choose,
    )


def _ask_spread(mine: str, reading: Reading) -> bool:
    if not reading.has_period:
        return False
    period = f" ({reading.period})" if reading.period is not None else ""
    return st.checkbox(
        f"Share the totals evenly over the days of their period{period}",
        value=True,
        key=f"{mine}_spread",
        help="The file has no day in its rows. Debut works by day, so it either shares them out or does not load them.",
    )


def _order(reading: Reading) -> str:
    """The order of day and month that the user chose, or that the export is known for."""
    return reading.date_order or (reading.profile.date_order if reading.profile is not None else "")


def _save_profile(mine: str, shop: Workspace, reading: Reading) -> None:
    """Keep a mapping for the next export of this kind."""
    if reading.profile is not None and not reading.by_person:
        return
    with st.popover("Keep this mapping", icon=":material/bookmark:"):
        name = st.text_input("Name", placeholder="Our till, daily sales", key=f"{mine}_profile")
        if st.button("Keep", key=f"{mine}_keep_profile", disabled=not name.strip()):
            try:
                profile.save(shop, name, reading.headers, reading.tables, _order(reading))
                st.toast("Files with this header are read this way from now on.", icon=":material/bookmark:")
            except DebutError as error:
                shell.fail(error)


def _load(
    key: str,
    part_id: str,
    shop: Workspace,
    staged: Staged,
    reading: Reading,
    decisions: dict[str, dict[str, imports.Action]],
    spread: bool,
    keep: bool,
) -> None:
    state, bar = st.session_state[key], st.progress(0.0, "Loading ...")

    def tell(done: float, note: str) -> None:
        bar.progress(done, shell.plain(note[:1].upper() + note[1:]))

    try:
        state["reports"] += imports.load(
            shop,
            staged,
            reading,
            decisions=decisions,
            spread=spread,
            set_aside_bad=True,
            keep=keep,
            report=tell,
        )
    except DebutError as error:
        bar.empty()
        state["refused"][part_id] = error
        st.rerun()
    state["loaded"].add(part_id)
    state["refused"].pop(part_id, None)
    shell.use_shop(shop)
    st.rerun()


def _show(report: Report) -> None:
    """What an import did, and where to go next."""
    with st.container(border=True):
        st.success(f"{report.headline} into {TABLES[report.table].title.lower()}", icon=":material/check:")
        st.text(f"{report.file}\n{report.details}".rstrip())
        if report.table in NEXT:
            shell.page_link(*NEXT[report.table])
