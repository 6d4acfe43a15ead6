"""One launch: its status and why, its weeks against plan, what was paid, spent and said, its stock and its product."""

from typing import Any

import pandas as pd
import streamlit as st

from core import shell, tracking
from core.stock import USUAL_LEAD
from core.track import curves, launches
from core.track.alerts import KINDS
from core.tracking import Tracking
from core.workspace import Workspace
from pages.parts import tracking_charts as charts
from pages.parts import tracking_matches, tracking_stock
from pages.parts import tracking_shop as shop
from pages.parts.tracking_shop import CHOSEN, STATES

__all__ = ["show"]

COLOURS = {"behind": "orange", "out of stock": "red", "late": "orange", "ahead": "green"}
WEEK, SUM = "By week", "Summed up"

_Row = dict[Any, Any]


def show(workspace: Workspace, tracked: Tracking) -> None:
    """All that is known of one launch."""
    row = _chosen(tracked)
    item = str(row["item_id"])
    st.header(shell.plain(row["title"]))
    error = st.session_state.pop("tracking_failed", None)
    if error is not None:
        shell.fail(error)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(STATES[row["status"]], color=COLOURS.get(row["status"], "gray"))  # type: ignore[arg-type]
        if row["withdrawn"]:
            st.badge("Plan taken back", icon=":material/undo:", color="gray")
        st.markdown(shell.plain(row["why"]))
    _figures(row, launches.profit_band(row, tracked.courses.get(item)))
    _advice(tracked.alerts[tracked.alerts["item_id"] == item].to_dict("records"), row)
    _weeks(tracked, row)
    tracking_stock.show(workspace, tracked, row)
    _product(row)


def _chosen(tracked: Tracking) -> _Row:
    """The launch to show, to be changed in a box and in the address."""
    names = shop.names(tracked)
    rows = tracked.launches
    first = rows.loc[rows["launched_on"].notna(), "item_id"]
    if st.session_state.get(CHOSEN) not in names:
        st.session_state[CHOSEN] = str((first if len(first) else rows["item_id"]).iloc[0])
    shell.preset("tracking_item", st.session_state[CHOSEN])
    st.selectbox(
        "Launch", list(names), format_func=names.__getitem__, key="tracking_item", width=420,
        on_change=lambda: shop.go_to(st.session_state.tracking_item),
    )  # fmt: skip
    (row,) = rows[rows["item_id"] == st.session_state[CHOSEN]].to_dict("records")
    return row


def _figures(row: _Row, profit: tuple[float, float]) -> None:
    """profit: P10 and P90."""

    def metric(label: str, value: str, against: str, words: str = "") -> None:
        st.metric(
            label, value, against, border=True, height="stretch", delta_color="off", delta_arrow="off",
            help=words or None,
        )  # fmt: skip

    with st.container(horizontal=True):
        by_now = f"{row['p50_so_far']:,.0f} (8 in 10: {row['p10_so_far']:,.0f} to {row['p90_so_far']:,.0f})"
        metric("Sold", f"{row['sold']:,.0f}", f"expected by now {by_now}" if row["weeks_seen"] else "not on sale yet")
        metric(
            f"Wanted in {row['window']} weeks", f"{row['retrend_mean']:,.0f}",
            f"8 in 10: {row['retrend_p10']:,.0f} to {row['retrend_p90']:,.0f}; planned {row['plan_mean']:,.0f} "
            f"({row['plan_p10']:,.0f} to {row['plan_p90']:,.0f})",
            "Expected now: what was sold, and what its own sales and its forecast together say of the rest, whether or "
            "not the stock serves it.",
        )  # fmt: skip
    with st.container(horizontal=True):
        left = row["stock_left"]
        named: str = "on order" if pd.notna(row["launched_on"]) else "of them not there yet"
        coming = f"; {row['on_order']:,.0f} {named}, due {row['due']:%d %b %Y}" if row["on_order"] > 0 else ""
        metric(
            "Stock left", "unknown" if left != left else f"{left:,.0f}",
            f"of {row['opening_stock'] + row['received']:,.0f}{coming}",
            "Opening stock, and what was received since. What is on order is not in it once it is on sale.",
        )  # fmt: skip
        metric(
            "Expected profit", f"{row['profit_now']:,.0f}",
            f"8 in 10: {profit[0]:,.0f} to {profit[1]:,.0f}; planned {row['profit_plan']:,.0f}",
        )  # fmt: skip
        spent = f"spent {row['ads_spent']:,.0f}; planned {row['ad_spend']:,.0f}"
        metric(
            "Ads that count", f"{row['ads_counted']:,.0f}", row["of_ads"] or spent,
            "In its profit: what is planned, or spent if that is more; once its window is over what was spent, or what "
            "was planned where no export of ads has named it.",
        )  # fmt: skip


def _advice(alerts: list[_Row], row: _Row) -> None:
    """What to do about it; where its stock is gone and nothing is to be ordered, why not."""
    for told in alerts:
        worth = f" (worth {told['worth']:,.0f})" if told["worth"] == told["worth"] else ""
        st.info(f"**{KINDS[told['kind']]}**{worth}. {shell.plain(told['words'])}", icon=":material/lightbulb:")
    if row["status"] == "out of stock" and "reorder" not in {told["kind"] for told in alerts}:
        known = row["lead_time_days"] == row["lead_time_days"]
        days = f"{row['lead_time_days']:.0f} days" if known else f"{USUAL_LEAD} days (assumed)"
        st.caption(
            f"To order more is not advised: what is ordered now takes {days} to come, and "
            "would earn too little in what is then left of its window."
        )


def _weeks(tracked: Tracking, row: _Row) -> None:
    one = tracked.courses.get(row["item_id"])
    st.subheader("Against its plan")
    weeks = tracked.weeks[tracked.weeks["item_id"] == row["item_id"]]
    if one is None:
        st.info("Nothing of it is sold yet; the plan expects this.", icon=":material/info:")
        none = dict.fromkeys(["sold", "now_p10", "now_p50", "now_p90"], float("nan"))
        st.plotly_chart(
            charts.launch(weeks.assign(**none), False), key="launch_weeks", alt="Units by week that the plan expects"
        )
        tracking_matches.show(tracked, str(row["item_id"]))
        return
    how = st.segmented_control("Units", [WEEK, SUM], default=WEEK, required=True, key="tracking_units")
    table = curves.summed(one, tracked.pace) if how == SUM else curves.by_week(one)
    st.plotly_chart(
        charts.launch(table, how == SUM), key="launch_weeks",
        alt="Units sold by week, against those planned and those expected now",
    )  # fmt: skip
    if one.seen[-1] < 1:
        st.caption(f"Week {len(one.seen)} is not over: {7 * one.seen[-1]:.0f} of its days are in the data.")
    large = float(weeks["large"].sum())
    if large >= 1:
        st.caption(
            f"{large:,.0f} of the {one.sold.sum():,.0f} units sold are what single orders took beyond their usual "
            "size. One customer says little of the others, so the forecast of the weeks to come hardly counts them."
        )
    st.subheader("Price, ads, visits, reviews")
    seen = weeks[weeks["seen"] > 0]
    st.plotly_chart(
        charts.around(seen, float(row["price"])), key="launch_around", alt="Price paid, ads, looks and reviews by week"
    )
    st.caption(
        "The dotted line is the planned price. What is not shown was not loaded for it. Only ads that name the item "
        "count; money for a whole category is nobody's own."
    )
    with st.expander("The weeks as a table", icon=":material/table:", key="weeks_table"):
        _table(weeks)
    shop.download("Download its weeks", "download_weeks", f"launch_{row['item_id']}", weeks)


def _table(weeks: pd.DataFrame) -> None:
    whole = st.column_config.NumberColumn
    st.dataframe(
        weeks[["week", "plan_p10", "plan_p50", "plan_p90", "sold", "retrend_p10", "retrend_p50", "retrend_p90",
               "price_paid", "promoted", "ads", "views", "carts", "favourites", "reviews", "rating"]],
        hide_index=True, key="launch_table", alt="The weeks of the launch", placeholder="–",
        column_config={
            "week": whole("Week", width=60, pinned=True),
            **{name: whole(label, format="%.0f", width=90) for name, label in (
                ("plan_p10", "Planned low"), ("plan_p50", "Planned"), ("plan_p90", "Planned high"), ("sold", "Sold"),
                ("retrend_p10", "Now low"), ("retrend_p50", "Now"), ("retrend_p90", "Now high"), ("ads", "Ads"),
                ("views", "Looks"), ("carts", "Baskets"), ("favourites", "Favourites"), ("reviews", "Reviews"))},
            "price_paid": whole("Price paid", format="%.2f"),
            "promoted": st.column_config.CheckboxColumn("Promoted", width=80),
            "rating": whole("Stars", format="%.1f", width=70),
        },
    )  # fmt: skip


def _product(row: _Row) -> None:
    """Which product its sales are, and what to do where that is wrong."""
    if not row["product_id"]:
        return
    how = "by its code" if row["how"] == "code" else "as somebody confirmed"
    st.caption(f"Its sales are those of {shell.plain(row['product_id'])}, {how}.")
    with st.popover("This is another product", icon=":material/link_off:", key="detach"):
        st.markdown("Its sales then count for nothing here, and the item is a new item again.")
        who = shop.who_and_undo("tracking_by_detach")
        st.button(
            "Take the sales away from it", icon=":material/link_off:", key="detach_now", on_click=shop.act,
            args=(tracking.detach, row["item_id"], row["product_id"], who),
        )  # fmt: skip
