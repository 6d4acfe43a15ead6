"""The approval of a plan: draft, proposed, approved; and up to where nobody has to look at it."""

from typing import Any

import streamlit as st

from core import scenarios, shell
from core.errors import DebutError
from core.scenarios import Thresholds
from core.track import attached, promise
from pages.parts import plan_shop as shop
from pages.parts import plan_versions, tracking_shop
from pages.parts.plan_shop import Open

__all__ = ["show"]


def show(now: Open) -> None:
    """The state, what can be done, what was approved before, and the limits."""
    st.header("Approval")
    state = now.scenario.state
    st.markdown(
        {
            "draft": "This plan is a **draft**. Propose it when it is ready.",
            "proposed": "This plan is **proposed** and waits for approval.",
            "approved": "This plan is **approved**. Any change makes a draft of it again.",
        }[state]
    )
    if state == "approved":
        shell.page_link("tracking", "Follow up its launches", "monitoring")
    if now.tried:
        st.info("Settings are tried on the list that are not kept yet. Keep or forget them first.")
        return
    _acts(now)
    _before()
    plan_versions.show(shell.workspace(), now.scenario.scenario_id)
    _anew(now.scenario.scenario_id)
    _limits()


def _acts(now: Open) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = shop.name_box("plan_by_approval", "Optional" if now.scenario.state == "approved" else "Needed to approve")
        note = st.text_input("Note", key="plan_note", max_chars=shop.LONGEST, width=260, placeholder="For those after")
        state = now.scenario.state
        if state == "draft" and st.button("Propose", type="primary", icon=":material/front_hand:", key="plan_propose"):
            _submit(now, who, note)
        if state != "approved" and st.button(
            "Approve", icon=":material/verified:", key="plan_approve", disabled=not who, help="Needs your name."
        ):
            _approve(now, who, note)
        if state != "draft" and st.button(
            "Back to draft",
            icon=":material/undo:",
            key="plan_decline",
            disabled=not note,
            help="Needs a note: say why. A plan whose approval is taken back promises nothing any more: launches that "
            "have sold stay on Tracking, marked; the others are new items again.",
        ):
            _decline(now, who, note)
    for one in st.session_state.pop("plan_waits", []):
        st.info(shell.plain(one), icon=":material/front_hand:")


def _submit(now: Open, who: str, note: str) -> None:
    shop = shell.workspace()
    # What waits for a person promises nothing yet: a plan without what was fixed by hand would be made for nothing.
    promised = promise.promise(now.outlook, now.plan, now.around) if _may_pass(now) else None
    try:
        waits = scenarios.submit(
            shop, now.scenario.scenario_id, now.plan.table, now.plan.totals, who, note, now.scenario.act, promised
        )
    except DebutError as error:
        shell.fail(error)
        return
    st.session_state.plan_waits = [f"It waits for a person. {one}" for one in waits] or ["It was approved at once."]
    st.rerun()


def _may_pass(now: Open) -> bool:
    """Whether the limits of the shop let the plan pass without a person."""
    cursor = shell.workspace().cursor()
    limits = scenarios.thresholds(cursor)
    return not scenarios.may_approve(now.plan.totals, now.plan.table, limits, scenarios.approved(cursor))


def _approve(now: Open, who: str, note: str) -> None:
    shop = shell.workspace()
    promised = promise.promise(now.outlook, now.plan, now.around)
    try:
        scenarios.approve(
            shop, now.scenario.scenario_id, now.plan.table, who, note, now.plan.totals, now.scenario.act, promised
        )
    except DebutError as error:
        shell.fail(error)
        return
    st.rerun()


def _decline(now: Open, who: str, note: str) -> None:
    try:
        scenarios.decline(shell.workspace(), now.scenario.scenario_id, who, note)
    except DebutError as error:
        shell.fail(error)
        return
    st.rerun()


def _before() -> None:
    """What was approved so far."""
    done = scenarios.approvals(shell.workspace().cursor())
    if done.empty:
        return
    names = {one.scenario_id: one.name for one in scenarios.list_(shell.workspace().cursor())}
    st.dataframe(
        done.assign(
            name=done["scenario_id"].map(names).fillna("(deleted)"),
            undone=done["undone"].map({True: "undone"}).fillna(""),
        ),
        hide_index=True,
        key="plan_approvals",
        alt="Plans approved so far",
        column_order=["made_at", "made_by", "name", "launched", "profit", "stock_money", "ad_money", "note", "undone"],
        column_config={
            "made_at": st.column_config.DatetimeColumn("When", format="D MMM YYYY, HH:mm"),
            "made_by": "Who",
            "name": "Scenario",
            "launched": st.column_config.NumberColumn("Items", format="%.0f", width=60),
            "profit": st.column_config.NumberColumn("Profit", format="localized", step=1),
            "stock_money": st.column_config.NumberColumn("Opening stock", format="localized", step=1),
            "ad_money": st.column_config.NumberColumn("Ads", format="localized", step=1),
            "note": "Note",
            "undone": "Undone",
        },
    )


def _anew(scenario_id: int) -> None:
    """The way to the approved plan computed with what is known now."""
    cursor = shell.workspace().cursor()
    last = scenarios.approved(cursor, scenario_id)
    if last is not None and last.act not in attached.withdrawn(cursor):
        query = {"view": tracking_shop.ADJUST, tracking_shop.PLAN: str(last.act)}
        shell.page_link("tracking", "Recompute with what is known now", "autorenew", query)


def _limits() -> None:
    """Up to where a plan is approved when it is proposed."""
    known = scenarios.thresholds(shell.workspace().cursor())
    with (
        st.expander("When nobody has to look", icon=":material/bolt:"),
        st.form("plan_limits", border=False),
    ):
        automatic = st.toggle(
            "Approve a proposed plan at once where it stays within these limits", known.automatic, key="limit_automatic"
        )
        money: dict[str, Any] = {"min_value": 0.0, "step": 1000.0, "format": "%.0f", "placeholder": "Any"}
        stock_money = st.number_input(
            "Money for opening stock up to", value=known.stock_money, key="limit_stock", **money
        )
        ad_money = st.number_input("Money for ads up to", value=known.ad_money, key="limit_ads", **money)
        change = st.number_input(
            "Launches that differ from the plan approved last, up to (%)",
            0.0,
            100.0,
            None if known.change is None else 100 * known.change,
            5.0,
            format="%.0f",
            placeholder="Any",
            key="limit_change",
        )
        if st.form_submit_button("Keep the limits", icon=":material/check:", key="plan_keep_limits"):
            share = None if change is None else change / 100
            try:
                scenarios.keep_thresholds(shell.workspace(), Thresholds(automatic, stock_money, ad_money, share))
            except DebutError as error:
                shell.fail(error)
                return
            st.toast("The limits are kept.", icon=":material/check:")
