"""The grid of the plan: launch, week, price, ads and stock of each item can be typed; the rest is planned around it."""

import zlib
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core import scenarios, shell
from core.errors import DebutError
from core.plans.overrides import Override
from core.scenario import typed as edits
from core.scenario.typed import LOCK, Asked
from core.scenarios import FIXED
from pages.parts import plan_shop as shop
from pages.parts.plan_shop import Open

__all__ = ["show"]

SHOWN = [
    *("rank", "title", "launches", "launch_week", "price", "ad_spend", "opening_stock", LOCK, "profit", "likely"),
    *("units_p50", "units_range", "run_out", "reason", "fixed", "override_reason", "revenue", "category", "cost"),
    *("preference", "buyers", "like_items", "assumed", "item_id"),
]
THINGS = {"launch": "launch", "week": "week", "price": "price", "ad_spend": "ads", "stock": "stock"}
NAMED = 8


def show(now: Open, items: set[str] | None) -> None:
    """The grid, what was typed in it, and what was decided before. items: those it is narrowed to."""
    typed = _typed(now)
    wanted = edits.asked(typed, now.plan.table, now.scenario)
    _grid(now, _filtered(now.plan.table, items), typed)
    _deciding(now, wanted)
    _log(now)


def _filtered(table: pd.DataFrame, items: set[str] | None) -> pd.DataFrame:
    """The rows that the filters leave."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Search", key="plan_search", placeholder="Words in the title", width=200)
        categories = sorted(table["category"].dropna().unique())
        chosen = st.multiselect("Category", categories, key="categories", disabled=not categories, width=300)
        only = st.toggle("Only what is launched", key="only_launched")
    shown = table if items is None else table[table["item_id"].isin(items)]
    shown = shown[shown["title"].str.contains(search, case=False, regex=False)] if search else shown
    shown = shown[shown["category"].isin(chosen)] if chosen else shown
    shown = shown[shown["launch"] == "yes"] if only else shown
    st.caption(
        f"{len(shown):,} of {len(table):,} items. Type another launch, week, price, money for ads or stock, or lock a "
        "row as it is: the rest is planned around it."
    )
    return shown


def _typed(now: Open) -> edits.Edits:
    """All that is typed and not kept, whatever the grid shows at present."""
    key = st.session_state.get(_name(now, "key"), "plan_none")
    done = st.session_state.get(key, {}).get("edited_rows", {})
    return edits.merged(
        st.session_state.get(_name(now, "under"), {}), st.session_state.get(_name(now, "rows"), []), done
    )


def _grid(now: Open, shown: pd.DataFrame, typed: edits.Edits) -> None:
    rows = shown["item_id"].tolist()
    mark = zlib.crc32(f"{now.key}|{','.join(rows)}".encode())
    key = f"plan_grid_{mark}_{st.session_state.get(_name(now, 'round'), 0)}"
    if key != st.session_state.get(_name(now, "key")):  # another plan or other rows: what was typed lies under it
        st.session_state[_name(now, "under")] = typed
        st.session_state[_name(now, "key")], st.session_state[_name(now, "rows")] = key, rows
    under = st.session_state[_name(now, "under")]
    st.data_editor(
        _frame(now, shown, under),
        key=key,
        hide_index=True,
        num_rows="fixed",
        alt="Launch plan",
        height=min(460, 35 * (len(shown) + 1) + 3),
        disabled=[name for name in SHOWN if name not in (*edits.COLUMNS, LOCK)],
        column_order=SHOWN,
        column_config=_columns(now),
    )


def _frame(now: Open, shown: pd.DataFrame, under: edits.Edits) -> pd.DataFrame:
    own = {one.item_id: one for one in now.scenario.overrides}
    frame = shown.assign(
        launches=shown["launch"] == "yes",
        locked=shown["item_id"].isin(own),
        likely=[
            f"{low:,.0f} to {high:,.0f}" for low, high in zip(shown["profit_p10"], shown["profit_p90"], strict=True)
        ],
        units_range=[
            f"{low:,.0f} to {high:,.0f}" for low, high in zip(shown["units_p10"], shown["units_p90"], strict=True)
        ],
        run_out=100 * shown["run_out"],
        fixed=[
            ", ".join(THINGS[thing] for thing in FIXED if item in own and getattr(own[item], thing) is not None)
            for item in shown["item_id"]
        ],
    ).reset_index(drop=True)
    frame["launch_week"] = frame["launch_week"].dt.date
    for at, item in enumerate(frame["item_id"]):
        for column, value in under.get(item, {}).items():
            if value is not None:
                frame.at[at, column] = pd.Timestamp(value).date() if column == "launch_week" else value
    return frame


def _columns(now: Open) -> dict[str, Any]:
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    weeks = now.plan.weeks
    return {
        "rank": number("Rank", width=50, pinned=True),
        "title": text("Item", width=190, pinned=True),
        "launches": st.column_config.CheckboxColumn("Launch", width=82),
        "launch_week": st.column_config.DateColumn(
            "Week of",
            format="D MMM YYYY",
            width=105,
            min_value=weeks[0].date() if weeks else None,
            max_value=weeks[-1].date() if weeks else None,
            step=7,
            help="Mondays",
        ),
        "price": number("Price", format="%.2f", min_value=0.01, width=75),
        "ad_spend": number("Ads", format="%.0f", min_value=0.0, width=65, help="Money in the launch window"),
        "opening_stock": number("Stock", min_value=0, step=1, width=75, help="Pieces bought before the launch"),
        LOCK: st.column_config.CheckboxColumn(
            "Lock", width=70, help="Ticked: stays as it is. Untick to leave the item to the plan again."
        ),
        "profit": number("Profit", format="localized", step=1, width=70),
        "likely": text("Likely profit", width=120, help="8 in 10"),
        "units_p50": number("Units", format="%.0f", width=60, help="Asked for: the median"),
        "units_range": text("Likely units", width=95, help="8 in 10"),
        "run_out": number("Runs out", format="%.0f %%", width=75, help="Chance that more is asked for than is there"),
        "reason": text("Why", width=320),
        "fixed": text("Fixed by hand", width=120),
        "override_reason": text("Reason given", width=160),
        "revenue": number("Revenue", format="localized", step=1, width=80),
        "category": "Category",
        "cost": number("Cost", format="%.2f", width=65),
        "preference": number(
            "Preference", format="%.4f", help="Mean probability that a customer of the last year buys"
        ),
        "buyers": number("Buyers", format="%.0f", help="Expected, of these customers"),
        "like_items": text("Like items", width=200),
        "assumed": text("Assumed", help="What the sheet did not say"),
        "item_id": "Code",
    }


def _deciding(now: Open, wanted: Asked) -> None:
    """What is typed, in words, and keeping it with its reason."""
    if wanted.items:
        titles = dict(zip(now.plan.table["item_id"], now.plan.table["title"], strict=True))
        told = edits.words(wanted, titles)
        more = f"\n- and {len(told) - NAMED:,} more" if len(told) > NAMED else ""
        lines = "".join(f"\n- {shell.plain(one)}" for one in told[:NAMED])
        st.markdown(f"Typed, not kept yet:{lines}{more}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        why, who = "", ""
        if wanted.items:
            why = st.text_input(
                "Why", key="plan_why", max_chars=shop.LONGEST, width=280, placeholder="Kept with each change"
            )
            who = shop.name_box("plan_by_grid")
            if st.button("Plan around my changes", type="primary", icon=":material/check:", key="plan_override"):
                _keep(now, wanted, why, who)
            if st.button("Forget them", icon=":material/close:", key="plan_forget_edits"):
                _new_round(now)
                st.rerun()
        shop.undo_button(now.scenario, "plan_undo")


def _keep(now: Open, wanted: Asked, why: str, who: str) -> None:
    number, workspace = now.scenario.scenario_id, shell.workspace()
    if wanted.fixed and not why.strip():
        st.error("Say why: a change by hand is kept with its reason, so that others can follow it.")
        return
    try:
        scenarios.override(workspace, number, _reasoned(wanted, why), who, now.scenario.act)
        scenarios.release(workspace, number, wanted.released, who=who)
        for item, thing in wanted.emptied:
            scenarios.release(workspace, number, [item], [thing], who=who)
    except DebutError as error:
        shell.fail(error)
        return
    _new_round(now)
    st.session_state.pop("plan_why", None)
    st.rerun()


def _reasoned(wanted: Asked, why: str) -> list[Override]:
    return [replace(one, reason=why) for one in wanted.fixed]


def _new_round(now: Open) -> None:
    """Forget what was typed: another grid from now on."""
    st.session_state[_name(now, "round")] = st.session_state.get(_name(now, "round"), 0) + 1
    st.session_state.pop(_name(now, "key"), None)
    st.session_state.pop(_name(now, "under"), None)


def _log(now: Open) -> None:
    log = scenarios.log(shell.workspace().cursor(), now.scenario.scenario_id)
    if log.empty:
        return
    with st.expander("What was done so far", icon=":material/history:"):
        titles = now.plan.table.set_index("item_id")["title"]
        st.dataframe(
            log.assign(
                title=log["item_id"].map(titles).fillna(""), undone=log["undone"].map({True: "undone", False: ""})
            ),
            hide_index=True,
            key="plan_log",
            alt="What was done so far",
            column_order=["made_at", "made_by", "title", "what", "reason", "undone"],
            column_config={
                "made_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
                "made_by": "Who",
                "title": st.column_config.TextColumn("Item", width=200),
                "what": st.column_config.TextColumn("What", width=260),
                "reason": st.column_config.TextColumn("Why", width=240),
                "undone": "Undone",
            },
        )


def _name(now: Open, name: str) -> str:
    return f"plan_grid_{name}:{st.session_state.shop}:{now.scenario.scenario_id}"
