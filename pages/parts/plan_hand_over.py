"""Handing the plan over: its approval, the files to take along, and an edited file that comes back."""

import pandas as pd
import streamlit as st

from core import scenarios, sheets, shell
from core.errors import DebutError
from core.outlook import Outlook
from core.plan import Surroundings
from core.scenarios import Scenario
from core.sheets.ad_sheets import file_name
from core.sheets.load import BIGGEST, Loaded
from core.stocks import sizes
from core.stocks.sizes import Profile
from core.workspace import Workspace
from pages.parts import plan_approval, plan_clash
from pages.parts import plan_shop as shop
from pages.parts.plan_shop import Open

__all__ = ["show"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMED = 8


def show(scenario: Scenario, outlook: Outlook, around: Surroundings) -> None:
    """Approval first, as the files say what state the plan is in."""
    try:
        now = shop.opened(scenario, outlook, around)
    except DebutError as error:
        plan_clash.show(error, scenario)
        return
    if now.before:
        st.info("The plan can be approved and downloaded once it is there.", icon=":material/hourglass_top:")
        return
    plan_approval.show(now)
    st.header("Files")
    _files(now)
    st.header("Load a plan")
    _load(now)


def _files(now: Open) -> None:
    """Made when they are asked for, outside of the run: what they need of the session is looked up here."""
    name, state, plan = now.scenario.name, now.scenario.state, now.plan
    workspace = shell.workspace()
    stem = file_name(name)
    with st.container(horizontal=True):
        _button(
            "Workbook",
            "plan_xlsx",
            lambda: _workbook(now, workspace),
            f"{stem}.xlsx",
            XLSX,
            "Plan, roll-up, ads and orders.",
        )
        _button("Plan", "plan_csv", lambda: sheets.plan_csv(plan.table), f"{stem}.csv", "text/csv", "As CSV.")
        _button(
            "Purchase order",
            "plan_orders",
            lambda: sheets.order_csv(_orders(now, workspace)),
            f"{stem}_purchase_order.csv",
            "text/csv",
            "What to buy of whom, and until when.",
        )
        _button(
            "Summary to print",
            "plan_summary",
            lambda: sheets.summary(plan, now.outlook.weeks, name, state, now.around.today),
            f"{stem}.html",
            "text/html",
            "One page, with the pictures. Open it in the browser and print it.",
        )
    spent = sheets.ad_sheets(plan.table, plan.channels, now.outlook.weeks)
    if spent:
        st.markdown("Ads, a sheet for each channel:")
        with st.container(horizontal=True):
            for channel, content in spent.items():
                _button(
                    shell.plain(channel.capitalize()),
                    f"plan_ads_{channel}",
                    lambda content=content: content,
                    f"{stem}_ads_{file_name(channel)}.csv",
                    "text/csv",
                    "A row an item and week.",
                )
    with st.expander("What the columns of the plan hold", icon=":material/menu_book:"):
        st.dataframe(
            sheets.described(list(plan.table.columns)),
            hide_index=True,
            key="plan_columns",
            alt="Columns of the plan",
            column_config={"column": st.column_config.TextColumn("Column", width=140)},
        )


def _button(label: str, key: str, make: object, name: str, kind: str, about: str) -> None:
    st.download_button(
        label, make, name, kind, icon=":material/download:", on_click="ignore", key=key, help=about  # type: ignore[arg-type]
    )  # fmt: skip


def _workbook(now: Open, workspace: Workspace) -> bytes:
    return sheets.workbook(
        now.plan, now.outlook, now.around.packs, _profiles(now, workspace), now.scenario.name, now.scenario.state
    )


def _orders(now: Open, workspace: Workspace) -> pd.DataFrame:
    return sheets.purchase_order(now.plan.table, now.outlook, now.around.packs, _profiles(now, workspace))


def _profiles(now: Open, workspace: Workspace) -> dict[str, Profile]:
    """item_id to its sizes, of those launched that have any."""
    cursor = workspace.cursor()
    like = now.outlook.like
    found = {}
    for row in now.plan.launched.to_dict("records"):
        mine = like[like["item_id"] == row["item_id"]]
        category = None if pd.isna(row["category"]) else str(row["category"])
        one = sizes.profile(cursor, str(row["item_id"]), category, mine["product_id"].tolist(), mine["weight"].tolist())
        if len(one.shares):
            found[str(row["item_id"])] = one
    return found


def _load(now: Open) -> None:
    """A plan that was exported and changed: its changes become decisions by hand."""
    st.markdown(
        "Drop a plan that was downloaded here and changed elsewhere, as CSV or workbook. Other launches, weeks, "
        "prices, ads and stocks in it are taken over as decisions by hand; the rest is planned around them."
    )
    file = st.file_uploader(
        "Plan", type=["csv", "xlsx", "tsv", "txt"], key="plan_file", max_upload_size=BIGGEST // 1_000_000
    )
    if file is None:
        return
    try:
        loaded = sheets.load(shell.workspace(), file.name, file.getvalue(), now.plan)
    except DebutError as error:
        shell.fail(error)
        return
    _found(now, loaded)


def _found(now: Open, loaded: Loaded) -> None:
    """What the file changes, to be looked at before it is taken over."""
    for note in loaded.notes:
        st.caption(shell.plain(note))
    if not loaded.overrides:
        st.info(f"All {loaded.rows:,} items of the file are as in this plan.", icon=":material/check:")
        return
    titles = now.plan.by_item["title"]
    lines = [shell.plain(f"{titles.get(one.item_id, one.item_id)}: {one.reason}") for one in loaded.overrides[:NAMED]]
    more = f"\n- and {len(loaded.overrides) - NAMED:,} more" if len(loaded.overrides) > NAMED else ""
    listed = "".join(f"\n- {line}" for line in lines)
    st.markdown(f"{len(loaded.overrides):,} of {loaded.rows:,} items differ from this plan:{listed}{more}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = shop.name_box("plan_by_load")
        if st.button("Take the changes over", type="primary", icon=":material/check:", key="plan_take_over"):
            try:
                scenarios.override(shell.workspace(), now.scenario.scenario_id, loaded.overrides, who, now.scenario.act)
            except DebutError as error:
                shell.fail(error)
                return
            st.toast(f"{len(loaded.overrides):,} items are fixed as the file says.", icon=":material/check:")
            st.rerun()
        shop.undo_button(now.scenario, "plan_undo_load")
