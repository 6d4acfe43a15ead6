"""Keeping a plan of ads: who, when and why, undone and downloaded."""

from datetime import date

import pandas as pd
import streamlit as st

from core import export, shell
from core.ads import kept
from core.ads.kept import Plan
from core.errors import DebutError
from pages.parts import ads_draft
from pages.parts.ads_draft import Draft

__all__ = ["show"]

SAME = 0.01


def show(plan: Draft) -> None:
    """The buttons, and what is in force."""
    kind, name = plan.target
    shop, made = shell.workspace(), _plan(plan)
    known = kept.kept(shop.cursor(), kind).get(name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = st.text_input("Your name", key="ads_by", max_chars=kept.LONGEST, width=180, placeholder="Optional")
        why = st.text_input("Why", key="ads_note", max_chars=kept.LONGEST, width=240, placeholder="A note for later")
        same = known is not None and _same(known.plan, made)
        if st.button("Keep this plan", type="primary", icon=":material/check:", disabled=same, key="keep_ads"):
            _kept(kind, name, made, who, why)
        if st.button("No plan", icon=":material/close:", disabled=known is None, key="drop_ads"):
            _kept(kind, name, None, who, why)
        undoable = kept.last(shop.cursor())
        if st.button(
            "Undo", icon=":material/undo:", disabled=not undoable, key="undo_ads", help=undoable or "Nothing to undo."
        ):
            kept.undo(shop)
            st.rerun()
        st.download_button(
            "Download the plan",
            lambda: export.to_csv(kept.rows(made, plan.scene.title)),
            "ads_plan.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="download_ads",
            help="A row a channel and week.",
        )
    if known is not None:
        _in_force(plan, known, same)
    _log(shop)


def _in_force(plan: Draft, known: kept.Kept, same: bool) -> None:
    """What is kept for this at present."""
    who = f" by {known.made_by}" if known.made_by else ""
    note = f": {known.note}" if known.note else ""
    first = f"{known.plan.weeks[0]:%-d %b %Y}"
    st.caption(
        shell.plain(
            f"{'This plan is' if same else 'A plan is'} kept{who} on {known.made_at:%d %b %Y}{note}: "
            f"{known.plan.total:,.0f} from {first} on."
        )
    )
    fits = known.plan.channels == plan.scene.channels and known.plan.spend.shape == plan.spend.shape
    if not same and fits:
        st.button(
            "Show the kept plan",
            icon=":material/history:",
            key="show_kept_ads",
            on_click=ads_draft.put,
            args=(plan.key, known.plan.spend),
        )


def _kept(kind: str, name: str, plan: Plan | None, who: str, why: str) -> None:
    try:
        kept.keep(shell.workspace(), kind, name, plan, who or "", why or "")
    except DebutError as error:
        shell.fail(error)
        return
    st.rerun()


def _plan(plan: Draft) -> Plan:
    weeks = [date.fromisoformat(str(week)) for week in plan.scene.weeks.astype("datetime64[D]")]
    return Plan(plan.scene.channels, weeks, plan.spend.round(2))


def _same(one: Plan, other: Plan) -> bool:
    return (
        one.channels == other.channels
        and one.weeks == other.weeks
        and bool((abs(one.spend - other.spend) < SAME).all())
    )


def _log(shop: "shell.Workspace") -> None:
    log = kept.log(shop.cursor())
    if log.empty:
        return
    with st.expander("Plans of ads kept so far", icon=":material/history:"):
        st.dataframe(
            log.assign(undone=log["undone"].map({True: "undone", False: ""}), name=_named(log)),
            hide_index=True,
            key="ads_log",
            alt="Plans of ads kept so far",
            column_order=["made_at", "made_by", "name", "money", "note", "undone"],
            placeholder="no plan",
            column_config={
                "made_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
                "made_by": "Who",
                "name": st.column_config.TextColumn("For", width=180),
                "money": st.column_config.NumberColumn("Money", format="%.0f"),
                "note": "Why",
                "undone": "",
            },
        )


def _named(log: pd.DataFrame) -> pd.Series:
    return log["name"].where(log["name"] != "", "The shop")
