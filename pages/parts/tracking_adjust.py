"""Adjust the plan: what is left of an approved plan, planned anew with what was learnt; what changes, and why."""

from typing import Any

import pandas as pd
import streamlit as st

from core import scenarios, shell, shell_cache, tracking
from core.errors import DebutError, NotReady
from core.plan import Clash, Plan
from core.scenarios import Approved
from core.track import adjust, bridge, remaining
from core.track.adjust import Adjusted
from core.track.remaining import Left
from core.tracking import Tracking
from core.workspace import Workspace
from pages.parts import plan_shop, tracking_adjust_charts, tracking_shop
from pages.parts.tracking_shop import PLAN, PLAN_ASKED

__all__ = ["show"]

CHOSEN, MADE = "adjust_chosen", "adjust_made"
SHOWN = ["title", "what", "why", "launch", "week", "price", "ads", "stock", "units", "profit_before", "profit_now"]
MONEY: dict[str, Any] = {"format": "localized", "step": 1, "width": 100}


def show(workspace: Workspace, tracked: Tracking) -> None:
    """Which plan, what was learnt, what changes by it, and the way to take it over."""
    st.header("Adjust the plan")
    st.caption(
        "What is left of an approved plan is planned anew with what is known now. Launches on sale stay as they are, "
        "and nothing changes until the new plan is approved."
    )
    approved = _chosen(tracked)
    if approved is None:
        return
    try:
        remaining.launches_of(approved, tracked)
    except NotReady as error:
        shell.fail(error)
        shell.page_link("launch_plan", "Plan the next launches", "rocket_launch")
        return
    outlook = shell.the_outlook()
    near, key = shell.around(outlook), f"{outlook.key}|{workspace.version}|{tracking.stamp(workspace.cursor())}"
    left = shell_cache.left_of(key, approved.act, workspace, approved, tracked, outlook)
    try:
        plan = shell.plan_on(left.outlook, near, left.wishes, left.overrides)
    except DebutError as error:
        _clash(workspace, left, error)
        return
    refitted = adjust.refitted(workspace, approved)
    found = shell_cache.adjusted(key, near.key, approved.act, refitted, left, plan, tracked, near, workspace)
    _figures(found)
    _learnt(workspace, found, tracked)
    _changes(found)
    _take_over(workspace, left, plan)


def _chosen(tracked: Tracking) -> Approved | None:
    """The approved plan to adjust: the one of a link, else the latest."""
    plans = dict(sorted(tracked.standing.items(), reverse=True))
    if not plans:
        tracking_shop.no_plan(tracked)
        return None
    asked = st.query_params.get(PLAN, "")
    if asked != st.session_state.get(PLAN_ASKED, ""):
        st.session_state[PLAN_ASKED] = asked
        if asked.isdecimal() and int(asked) in plans:
            st.session_state[CHOSEN] = int(asked)
        elif asked:
            st.warning("The approval of this link was taken back, or never was.", icon=":material/link_off:")
    if st.session_state.get(CHOSEN) not in plans:
        st.session_state[CHOSEN] = next(iter(plans))
    names = {one.scenario_id: one.name for one in scenarios.list_(shell.workspace().cursor())}
    labels = {act: _label(one, names) for act, one in plans.items()}
    if len(plans) == 1:
        st.markdown(shell.plain(labels[st.session_state[CHOSEN]]))
        return plans[st.session_state[CHOSEN]]
    st.session_state.adjust_shown = st.session_state[CHOSEN]
    st.selectbox(
        "Approved plan",
        list(plans),
        key="adjust_shown",
        format_func=labels.__getitem__,
        on_change=_choose,
        help="An item that several plans list is followed up by the latest of them that was made before it sold.",
    )
    return plans[st.session_state[CHOSEN]]


def _choose() -> None:
    st.session_state[CHOSEN] = st.session_state.adjust_shown
    st.query_params[PLAN] = st.session_state[PLAN_ASKED] = str(st.session_state.adjust_shown)


def _label(one: Approved, names: dict[int, str]) -> str:
    by = f" by {one.who}" if one.who else ""
    return f"{names.get(one.scenario_id, 'A deleted scenario')}, approved {one.at:%d %b %Y, %H:%M}{by}"


def _clash(workspace: Workspace, left: Left, error: DebutError) -> None:
    """What is left of the wishes cannot be met: which, and where to mend that."""
    if isinstance(error, Clash):
        clashes = "".join(f"\n- {shell.plain(one)}" for one in error.clashes)
        st.error(f"What is left of the plan cannot meet all of these:{clashes}", title="These settings clash")
        if error.relief:
            st.markdown("The smallest change that helps:" + "".join(f"\n- {shell.plain(one)}" for one in error.relief))
    else:
        shell.fail(error)
    _listed("What is left", left.words)
    st.markdown("Take what is left over as a scenario, and change its settings on the Launch plan.")
    _take_over(workspace, left, None)


def _figures(found: Adjusted) -> None:
    """The plan in a few numbers, then and now."""
    sums, rest = found.sums, found.left.rest
    planned = int((rest["launch"] == "yes").sum())
    with st.container(horizontal=True):
        _metric("On sale", f"{len(found.left.launched):,}", "fixed", "Launches of this plan with a first sale.")
        _metric(
            "Still to launch", f"{found.plan.totals.launched:,}", f"approved {planned:,}", "In the plan made anew."
        )  # fmt: skip
        _metric(
            "Planned otherwise", f"{len(found.changed):,}", f"of {len(found.changes):,} items that are left",
            "Small differences count as none: a pack or 5 % of stock, 2 % of ads, less than a cent.",
        )  # fmt: skip
    with st.container(horizontal=True):
        _metric(
            "Profit of the whole plan", f"{sums.now:,.0f}",
            f"at its approval {sums.then:,.0f} (8 in 10 now: {sums.low:,.0f} to {sums.high:,.0f})",
            "Of what is on sale at the end of its windows, and of what is left by the plan made anew.",
        )  # fmt: skip
        _metric(
            "Of what is left", f"{sums.left_now:,.0f}",
            f"at its approval {sums.left_then:,.0f} (8 in 10 now: {sums.left_low:,.0f} to {sums.left_high:,.0f})",
            "Margin that launches take from each other is taken off.",
        )  # fmt: skip
        if len(found.left.launched):
            _metric(
                "Of what is on sale", f"{sums.launched_now:,.0f}",
                f"at its approval {sums.launched_then:,.0f} "
                f"(8 in 10 now: {sums.launched_low:,.0f} to {sums.launched_high:,.0f})",
                "Expected at the end of their windows, as tracked.",
            )  # fmt: skip

    if said := bridge.of_plan(found.left.approved):
        st.caption(shell.plain(said))


def _metric(label: str, value: str, beside: str, words: str) -> None:
    st.metric(
        label, value, beside, border=True, height="stretch", help=words, delta_color="off", delta_arrow="off"
    )  # fmt: skip


def _learnt(workspace: Workspace, found: Adjusted, tracked: Tracking) -> None:
    _listed("What was learnt since", adjust.learnt(workspace, found.left, tracked))
    _listed("What is left", found.left.words)


def _listed(title: str, words: list[str] | tuple[str, ...]) -> None:
    st.subheader(title)
    st.markdown("\n".join(f"- {shell.plain(one)}" for one in words))


def _changes(found: Adjusted) -> None:
    """The items that are planned otherwise, with reasons."""
    st.subheader("What changes")
    count, same = len(found.changed), len(found.changes) - len(found.changed)
    if not count:
        st.success(
            f"Nothing: all {same:,} items that are left are best planned as they were approved.",
            icon=":material/check_circle:",
        )
    else:
        st.markdown(f"**{count:,}** planned otherwise, **{same:,}** as approved.{_worth(found)}")
        st.plotly_chart(
            tracking_adjust_charts.profits(found.changed),
            key="adjust_profits",
            alt="Expected profit of the items that change, by the approved plan and now",
        )
        if count > tracking_adjust_charts.MOST:
            st.caption(f"The {tracking_adjust_charts.MOST} whose profit moves most; an item left out brings 0.")
    only = st.toggle("Only what changes", value=True, key="adjust_only") if count and same else bool(count)
    shown = found.changed if only else found.changes
    _table(shown.reset_index(drop=True))
    tracking_shop.download("Download the changes", "download_adjusted", "adjusted_plan", found.changes)


def _worth(found: Adjusted) -> str:
    """What planning anew is worth, in words."""
    sums = found.sums
    if pd.isna(sums.as_approved):
        return " Not all of it can still be launched as it was approved."
    more = f"{abs(sums.worth):,.0f} {'more' if sums.worth >= 0 else 'less'}"
    return (
        f" Launched as approved, what is left would bring {sums.as_approved:,.0f} of profit by what is known now; "
        f"planned anew it brings **{more}**."
    )


def _table(rows: pd.DataFrame) -> None:
    frame = rows.assign(
        launch=_moved(rows, "launch", str),
        week=_moved(rows, "week", lambda day: f"{day:%d %b %Y}"),
        price=_moved(rows, "price", lambda money: f"{money:,.2f}"),
        **{name: _moved(rows, name, lambda value: f"{value:,.0f}") for name in ("ads", "stock", "units")},
    )
    st.dataframe(
        frame[[*SHOWN, "category", "item_id"]],
        hide_index=True,
        key="adjust_changes",
        alt="Items that are left, as approved and as planned now",
        placeholder="–",
        column_config={
            "title": st.column_config.TextColumn("Item", width=200, pinned=True),
            "what": st.column_config.TextColumn("Changes", width=110),
            "why": st.column_config.TextColumn("Why", width=480),
            "launch": st.column_config.TextColumn("Launch", width=90),
            "week": st.column_config.TextColumn("Week", width=180),
            "price": st.column_config.TextColumn("Price", width=110),
            "ads": st.column_config.TextColumn("Ads", width=100),
            "stock": st.column_config.TextColumn("Opening stock", width=110),
            "units": st.column_config.TextColumn("Units wanted", width=110, help="Mean, at the price and ads of each"),
            "profit_before": st.column_config.NumberColumn("Profit approved", **MONEY),
            "profit_now": st.column_config.NumberColumn("Profit now", **MONEY),
            "category": "Category",
            "item_id": "Code",
        },
    )


def _moved(rows: pd.DataFrame, name: str, said: Any) -> list[str]:  # noqa: ANN401  (a function of one value)
    """A thing then and now as one text, once where both are written alike."""
    found = []
    for before, now in zip(rows[f"{name}_before"], rows[f"{name}_now"], strict=True):
        texts = ["–" if pd.isna(one) else said(one) for one in (before, now)]
        found.append(" → ".join(dict.fromkeys(texts)) if texts != ["–", "–"] else "–")
    return found


def _take_over(workspace: Workspace, left: Left, plan: Plan | None) -> None:
    """A scenario of it, from which it goes the usual way to approval."""
    st.subheader("Take it over")
    st.caption(
        "Makes a scenario of what is left, with its settings and what was fixed by hand. It is a draft: look at it on "
        "the Launch plan, and approve it there. Opening stock whose order is noted under One item stays as it is; what "
        "else is ordered already can be fixed on the Launch plan by hand."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = plan_shop.name_box("tracking_by_adjust")
        st.button(
            "Take over as a scenario", icon=":material/add:", type="primary", key="adjust_take_over",
            on_click=_make, args=(workspace, left, plan, who),
        )  # fmt: skip
    failed = st.session_state.pop("adjust_failed", None)
    if failed:
        shell.fail(failed)
    made = st.session_state.get(MADE)
    if made and made[0] == str(workspace.folder):
        st.success(f"“{shell.plain(made[2])}” is kept as a draft.", icon=":material/check:")
        shell.page_link("launch_plan", "Open it on the Launch plan", "rocket_launch", {"scenario": str(made[1])})


def _make(workspace: Workspace, left: Left, plan: Plan | None, who: str) -> None:
    """As a callback."""
    try:
        made = adjust.take_over(workspace, left, plan, who)
    except DebutError as error:
        st.session_state.adjust_failed = error
        return
    st.session_state[MADE] = (str(workspace.folder), made.scenario_id, made.name)
