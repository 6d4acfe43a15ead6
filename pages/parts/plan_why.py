"""One item: why it is in, out, or in that week, what would change that, and what its stock risks."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from core import shell
from core.errors import DebutError
from core.outlook import Outlook
from core.plan import Clash, Plan, Surroundings
from core.plans.overrides import Override
from core.scenarios import Scenario
from pages.parts import plan_charts as charts
from pages.parts import plan_clash, plan_stock
from pages.parts import plan_shop as shop
from pages.parts.plan_shop import Open, Row

__all__ = ["show"]

NAMED = 5


def show(scenario: Scenario, outlook: Outlook, around: Surroundings) -> None:
    """The item in a box and in the address, and all about it."""
    try:
        now = shop.opened(scenario, outlook, around)
    except DebutError as error:
        plan_clash.show(error, scenario)
        return
    item = _item(now)
    row = now.row(item)
    st.header(shell.plain(str(row["title"])))
    _verdict(now, item, row)
    _figures(row)
    if not now.before:
        st.subheader("What would change it")
        _otherwise(now, item, row)
    st.subheader("Its weeks")
    _weeks(now, item, row)
    plan_stock.show(now, item, row)


def _item(now: Open) -> str:
    """Launched ones first, as the plan ranks them."""
    names = dict(zip(now.plan.table["item_id"], now.plan.table["title"], strict=True))
    asked = st.query_params.get("item", "")
    if asked and asked != st.session_state.get("plan_item_asked"):
        st.session_state.plan_item_asked = asked
        if asked in names:
            st.session_state.plan_item_kept = asked
        else:
            st.warning("The sheet has no item of that code.", icon=":material/link_off:")
    if st.session_state.get("plan_item_kept") not in names:
        st.session_state.plan_item_kept = next(iter(names))
    shell.preset("plan_item", st.session_state.plan_item_kept)

    def choose() -> None:
        one = str(st.session_state.plan_item)
        st.session_state.plan_item_kept = st.session_state.plan_item_asked = one
        st.query_params["item"] = one

    st.selectbox(
        "Item",
        list(names),
        key="plan_item",
        format_func=lambda code: f"{names[code]} ({code})",
        on_change=choose,
        width=460,
    )
    return str(st.session_state.plan_item_kept)


def _verdict(now: Open, item: str, row: Row) -> None:
    """In or out, and why."""
    if row["launch"] == "yes":
        verdict = f"**Launched** in the week of {row['launch_week']:%-d %b %Y}, number {row['rank']} of the plan."
    else:
        verdict = "**Not launched.**"
    st.markdown(f"{verdict} {shell.plain(str(row['reason']))}.")
    own = next((one for one in now.scenario.overrides if one.item_id == item), None)
    if own is not None:
        who = f" by {own.who}" if own.who else ""
        st.markdown(f":material/lock: Fixed by hand{shell.plain(who)}: {shell.plain(own.reason)}")
    if row["assumed"]:
        st.caption(shell.plain(f"Assumed, as the sheet does not say: {row['assumed']}."))


def _figures(row: Row) -> None:
    with st.container(horizontal=True):
        for label, value, below, about in (
            ("Expected profit", f"{row['profit']:,.0f}", _range(row["profit_p10"], row["profit_p90"]), "After ads."),
            (
                "Units asked for",
                f"{row['units_p50']:,.0f}",
                _range(row["units_p10"], row["units_p90"]),
                f"The median; {row['units_sold']:,.0f} are expected to be sold out of the stock.",
            ),
            (
                "Price",
                f"{row['price']:,.2f}",
                f"as good: {row['price_low']:,.2f} to {row['price_high']:,.2f}",
                "Prices within 2 % of the best profit.",
            ),
            ("Ads", f"{row['ad_spend']:,.0f}", None, "Money in the launch window."),
        ):
            st.metric(
                label,
                value,
                below,
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
                help=about,
            )


def _otherwise(now: Open, item: str, row: Row) -> None:
    """What the plan would be with the opposite decision, worked out and not guessed."""
    if row["launch"] != "yes" and pd.notna(row["misses_by"]) and row["misses_by"] > 0:
        st.markdown(f"It misses a place by **{row['misses_by']:,.0f}**: so much more it would have to bring.")
    large = len(now.plan.table) > shop.AT_ONCE
    words = "left out" if row["launch"] == "yes" else "launched all the same"
    if large and not st.button(f"What if it were {words}?", icon=":material/alt_route:", key="plan_what_if"):
        st.caption("This plans the whole sheet anew, which takes some seconds.")
        return
    others = tuple(one for one in now.scenario.overrides if one.item_id != item)
    own = next((one for one in now.scenario.overrides if one.item_id == item), Override(item))
    asked = replace(own, launch=row["launch"] != "yes", reason="what if")
    try:
        other = shell.plan_on(now.outlook, now.around, now.wishes, (*others, asked))
    except DebutError as error:
        told = "; ".join(error.clashes) if isinstance(error, Clash) else error.message
        st.markdown(f"Were it {words}, there would be no plan: {shell.plain(told)}.")
        return
    st.markdown(f"Were it {words}, the plan's expected profit would {_moved(now.plan, other, item)}")
    if now.plan.worths:
        limits = "".join(f"\n- {shell.plain(one.words)}." for one in now.plan.worths)
        st.markdown(f"What its limits cost the plan:{limits}")


def _moved(plan: Plan, other: Plan, item: str) -> str:
    """By how much the plan would be worth less or more, and whom that moves."""
    change = other.totals.profit - plan.totals.profit
    before, after = ({*one.launched["item_id"]} - {item} for one in (plan, other))
    titles = plan.by_item["title"]
    parts = ["stay the same" if not round(change) else f"{'rise' if change > 0 else 'fall'} by **{abs(change):,.0f}**"]
    for moved, verb in ((after - before, "would come in"), (before - after, "would go out")):
        if moved:
            names = ", ".join(shell.plain(str(titles[one])) for one in sorted(moved)[:NAMED])
            more = f" and {len(moved) - NAMED:,} more" if len(moved) > NAMED else ""
            parts.append(f"{names}{more} {verb}")
    if len(parts) == 1:
        parts.append("no other item would come in or go out")
    return f"{'; '.join(parts)}."


def _weeks(now: Open, item: str, row: Row) -> None:
    """What it would sell by launch week."""
    weeks = now.outlook.totals
    weeks = weeks[weeks["item_id"] == item].sort_values("launch_week")
    st.plotly_chart(
        charts.item_weeks(weeks, row["launch_week"] if row["launch"] == "yes" else None),
        key="plan_item_weeks",
        alt="Units by the week in which it is launched, median and likely range",
    )
    st.caption("At the price in force and with the usual ads. Lines: likely range (8 in 10).")


def _range(low: float, high: float) -> str:
    return f"8 in 10: {low:,.0f} to {high:,.0f}"
