"""What to do about launches now: the alerts, worth most first, each to be looked at or put away."""

import zlib
from typing import Any

import pandas as pd
import streamlit as st

from core import shell, tracking
from core.track.alerts import KINDS
from core.tracking import Tracking
from core.workspace import Workspace
from pages.parts import plan_shop
from pages.parts import tracking_shop as shop

__all__ = ["show"]

AT_ONCE = 5
ICONS = {
    "reorder": ":material/add_shopping_cart:",
    "reprice": ":material/sell:",
    "more_ads": ":material/campaign:",
    "less_ads": ":material/campaign:",
    "stop": ":material/block:",
    "late": ":material/schedule:",
    "no_match": ":material/link:",
}

_Row = dict[Any, Any]


def show(workspace: Workspace, tracked: Tracking) -> None:
    """The alerts that nobody has put away; the others below them."""
    st.header("What to do")
    error = st.session_state.pop("tracking_failed", None)
    if error is not None:
        shell.fail(error)
    told = tracked.alerts
    waiting = told[~told["dismissed"]].to_dict("records")
    if not waiting:
        words = "what there was is put away" if len(told) else "no launch is off its plan by more than chance explains"
        st.success(f"Nothing needs a decision: {words}.", icon=":material/check:")
    for row in waiting[:AT_ONCE]:
        _card(row)
    if len(waiting) > AT_ONCE:
        _more(told[~told["dismissed"]].iloc[AT_ONCE:].reset_index(drop=True))
    if waiting:
        st.caption(
            "Each is reckoned alone, against leaving all as it is; worth is the profit it is expected to add in the "
            "rest of the launch window."
        )
    _put_away(told)


def _more(rest: pd.DataFrame) -> None:
    """Those that are worth less, as a table; a ticked one as the others."""
    with st.expander(f"{len(rest):,} more", icon=":material/expand_more:", key="alerts_more"):
        chosen = st.dataframe(
            rest.assign(kind=rest["kind"].map(KINDS))[["kind", "title", "worth", "words"]],
            hide_index=True,
            key=f"alerts_{zlib.crc32(','.join(rest['key']).encode())}",
            alt="More to do",
            on_select="rerun",
            selection_mode="single-row",
            placeholder="–",
            column_config={
                "kind": st.column_config.TextColumn("What", width=120),
                "title": st.column_config.TextColumn("Launch", width=200),
                "worth": st.column_config.NumberColumn("Worth", format="localized", step=1, width=80),
                "words": st.column_config.TextColumn("Why", width="large"),
            },
        )
        if chosen.selection.rows:
            _card(rest.iloc[chosen.selection.rows[0]].to_dict())


def _card(row: _Row) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(KINDS[row["kind"]], icon=ICONS[row["kind"]], color="orange")
            st.markdown(f"**{shell.plain(row['title'])}**", width="stretch")
            if row["worth"] == row["worth"]:  # not NaN
                st.markdown(f"worth **{row['worth']:,.0f}**")
        st.markdown(shell.plain(row["words"]))
        with st.container(horizontal=True):
            st.button(
                "Look at it", icon=":material/search:", key=f"look_{row['key']}", on_click=shop.go_to,
                args=(row["item_id"], shop.ITEM),
            )  # fmt: skip
            with st.popover("Put away", icon=":material/notifications_off:", key=f"away_{row['key']}"):
                who = plan_shop.name_box(f"by_{row['key']}")
                why = st.text_input("Why", key=f"why_{row['key']}", max_chars=plan_shop.LONGEST)
                st.button(
                    "Put away", key=f"dismiss_{row['key']}", disabled=not why.strip(), on_click=shop.act,
                    args=(tracking.dismiss, row["key"], why, who, row["worth"]),
                    help="Needs a reason. It comes back where it is worth more than twice as much.",
                )  # fmt: skip


def _put_away(told: pd.DataFrame) -> None:
    """What somebody wants to be quiet about."""
    quiet = told[told["dismissed"]]
    if quiet.empty:
        return
    with st.expander(f"{len(quiet):,} put away", icon=":material/notifications_off:"):
        who = shop.who_and_undo("tracking_by_away")
        for row in quiet.to_dict("records"):
            with st.container(border=True):
                st.markdown(f"**{KINDS[row['kind']]}: {shell.plain(row['title'])}.** {shell.plain(row['words'])}")
                with st.container(horizontal=True, vertical_alignment="center"):
                    by = f" by {row['away_by']}" if row["away_by"] else ""
                    said = f"Put away{by}, {row['away_at']:%d %b %Y, %H:%M}: {row['away_why']}"
                    st.caption(shell.plain(said), width="stretch")
                    st.button(
                        "Bring back", icon=":material/notifications_active:", key=f"recall_{row['key']}",
                        on_click=shop.act, args=(tracking.recall, row["key"], who),
                    )  # fmt: skip
