"""Two to four scenarios side by side: what they come to, their risk, and which items and settings differ."""

from typing import Any

import pandas as pd
import streamlit as st

from core import export, scenarios, shell
from core.outlook import Outlook
from core.plan import Plan
from pages.parts import plan_charts as charts
from pages.parts.scenarios_list import Known, planned

__all__ = ["show"]

MOST = 4


def show(known: list[Known], outlook: Outlook) -> None:
    """Choose, and see them."""
    st.header("Side by side")
    by_name = {one.scenario.name: one for one in known}
    if len(by_name) < 2:
        st.info(
            "There is one scenario only. Give a name above and copy it, or change settings on the launch plan and save "
            "them as new; then the two stand here side by side.",
            icon=":material/info:",
        )
        return
    names = st.multiselect(
        "Compare", list(by_name), list(by_name)[:2], max_selections=MOST, key="scenarios_compared",
        help="The first is what the others are compared with.",
    )  # fmt: skip
    chosen = {name: by_name[name] for name in names if name in by_name}
    found = {
        name: one if one.plan or one.fault else planned(one.scenario, outlook, shell.around(outlook))
        for name, one in chosen.items()
    }
    for name, one in found.items():
        if one.fault:
            st.warning(shell.plain(f"{name}: {one.fault}"), icon=":material/rule:")
    plans = {name: one.plan for name, one in found.items() if one.plan}
    if len(plans) < 2:
        st.info("Choose two scenarios or more to compare.", icon=":material/info:")
        return
    _shown(plans)


def _shown(plans: dict[str, Plan]) -> None:
    st.plotly_chart(
        charts.profit_bands({name: plan.totals for name, plan in plans.items()}),
        key="scenarios_bands",
        alt="Expected profit of each scenario with its likely range",
    )
    totals, differ = scenarios.compare(plans)
    st.subheader("What they come to")
    st.dataframe(
        totals,
        hide_index=True,
        key="scenarios_totals",
        alt="Totals of the scenarios",
        column_config={
            "what": st.column_config.TextColumn("Figure", width=190, pinned=True),
            **{
                str(name): st.column_config.NumberColumn(str(name), format="localized", step=1)
                for name in totals.columns.drop("what")
            },
        },
    )
    st.subheader("Settings that differ")
    wishes = scenarios.wishes_apart({name: plan.wishes for name, plan in plans.items()})
    if wishes.empty:
        st.caption("None; only decisions by hand can differ.")
    else:
        st.dataframe(
            wishes,
            hide_index=True,
            key="scenarios_wishes",
            alt="Settings that differ",
            column_config={"setting": st.column_config.TextColumn("Setting", width=190, pinned=True)},
        )
    st.subheader("Items that differ")
    _items(differ, len(plans))


def _items(differ: pd.DataFrame, count: int) -> None:
    if differ.empty:
        st.caption("None: all items are treated alike.")
        return
    st.caption(f"{len(differ):,} items are not treated alike by all {count} scenarios.")
    st.dataframe(
        differ,
        hide_index=True,
        key="scenarios_items",
        alt="Items that differ",
        placeholder="–",
        column_config={
            "item_id": "Code",
            "title": st.column_config.TextColumn("Item", width=200, pinned=True),
            "differs": st.column_config.TextColumn("Differ in", width=150),
            **{str(name): _column(str(name)) for name in differ.columns[3:]},
        },
    )
    st.download_button(
        "Download the differences",
        lambda: export.to_csv(differ),
        "scenarios.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="scenarios_download",
    )


def _column(name: str) -> Any:  # noqa: ANN401  (of several classes)
    thing = name.split(" · ")[0]
    if thing == "week":
        return st.column_config.DateColumn(name, format="D MMM YYYY")
    if thing in ("price", "ads"):
        return st.column_config.NumberColumn(name, format="%.2f" if thing == "price" else "%.0f")
    return name
