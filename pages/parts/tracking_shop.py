"""What the views of the Tracking page share: the launches, the figures above them, links to one, what was told last."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from core import export, shell, shell_cache, tracking
from core.errors import DebutError
from core.track.bridge import bridge, taken_back
from core.tracking import Tracking
from pages.parts import plan_shop

__all__ = [
    "ADJUST",
    "CATEGORIES",
    "CHOSEN",
    "ITEM",
    "LAUNCHES",
    "PLAN",
    "PLAN_ASKED",
    "RIGHT",
    "STATES",
    "VIEW",
    "VIEWS",
    "act",
    "download",
    "figures",
    "go_to",
    "names",
    "no_plan",
    "opened",
    "view",
    "who_and_undo",
]

VIEW = "view"
LAUNCHES, ITEM, CATEGORIES = "Launches", "One item", "By category"
RIGHT, ADJUST = "Who was right", "Adjust the plan"
VIEWS = [LAUNCHES, ITEM, CATEGORIES, RIGHT, ADJUST]
ASKED, CHOSEN = "tracking_asked", "tracking_item_chosen"
PLAN, PLAN_ASKED = "plan", "adjust_asked"
"""In the address, and in the session what was last asked for there."""
STATES = {
    "ahead": "Ahead",
    "as planned": "As planned",
    "behind": "Behind",
    "out of stock": "Out of stock",
    "late": "Late",
    "coming": "Coming",
    "closed": "Closed",
}
"""Status to how tables write it."""


def opened() -> Tracking:
    """The launches of the shop in use, compared once for a state of its data and of what people told."""
    shop, past = shell.workspace(), shell.past()
    try:
        with st.spinner("Comparing sales with the plans. The first time after new data this takes some seconds ..."):
            return shell_cache.tracked(shop.folder, shop.version, tracking.stamp(shop.cursor()), shop, past)
    except DebutError as error:
        shell.fail(error)
        st.stop()


def no_plan(tracked: Tracking) -> None:
    """No approved plan launches anything."""
    for one in taken_back(tracked):
        st.warning(shell.plain(one), icon=":material/undo:")
    st.info(
        f"No plan is approved {'any more' if tracked.withdrawn else 'yet'}. Once one is, its launches are followed up "
        "here by themselves: their sales against what was expected, and what to do about them.",
        icon=":material/info:",
    )
    shell.page_link("launch_plan", "Approve a launch plan", "rocket_launch", {"view": "Hand over"})
    if shell.shows_demo():
        st.caption("In the demo shop you can then let the next weeks be sold, without waiting for them.")


def figures(tracked: Tracking) -> None:
    """All launches in a few numbers."""
    sums, states = tracked.totals, tracked.launches["status"].value_counts()
    st.caption(
        f"As of {tracked.today:%d %b %Y}, the day after the data end. {sums.launches:,} "
        f"launch{'es' * (sums.launches > 1)} in approved plans."
    )
    low, middle, high = sums.so_far
    with st.container(horizontal=True):
        st.metric(
            "On sale", f"{sums.on_sale:,}", border=True, height="stretch", help="With a first sale, window not over"
        )
        for status in ("behind", "ahead", "out of stock"):
            st.metric(STATES[status], f"{int(states.get(status, 0)):,}", border=True, height="stretch")
    with st.container(horizontal=True):
        _banded(
            "Units sold", f"{sums.sold:,.0f}",
            f"expected by now {middle:,.0f} (8 in 10: {low:,.0f} to {high:,.0f})" if high > 0 else "none expected yet",
            "Of all launches, against what their plans had by now.",
        )  # fmt: skip
        _banded(
            "Expected profit", f"{sums.profit_now:,.0f}",
            f"planned {sums.profit_plan:,.0f} (8 in 10 now: {sums.profit_low:,.0f} to {sums.profit_high:,.0f})",
            "Of all launches, at the end of their windows: sold so far, and what is expected yet. Each is counted by "
            "itself; the plan also takes off what its launches take from each other.",
        )  # fmt: skip
    if said := bridge(tracked):
        st.caption(shell.plain(said))
    for one in taken_back(tracked):
        st.caption(f":material/undo: {shell.plain(one)}")
    guessed = [act for act, one in tracked.promises.items() if one.guessed and act in set(tracked.launches["act"])]
    if guessed:
        st.caption(
            ":material/info: Some plans were approved before Debut kept what it expected by week. Their weeks are "
            "equal parts of the plan's total."
        )
    if not len(tracked.courses):
        first = tracked.launches["launch_week"].min()
        st.info(
            f"None of these launches has sold yet; the first is planned for {first:%d %b %Y}. Load the next sales "
            "export when it is there: sales, reviews, visits and ads find their items by their codes.",
            icon=":material/info:",
        )
        shell.page_link("data", "Load sales", "upload")


def names(tracked: Tracking) -> dict[str, str]:
    """item_id to how boxes name it."""
    rows = tracked.launches
    return {code: f"{title} ({code})" for code, title in zip(rows["item_id"], rows["title"], strict=True)}


def view(tracked: Tracking) -> str:
    """The view to show, to be changed here and in the address; a link that names an item or a plan leads to it."""
    first = ITEM if _from_address(tracked) else ADJUST if _plan_asked() else LAUNCHES
    if st.session_state.get(VIEW) not in VIEWS:  # that of the page from which a link has led here
        st.session_state.pop(VIEW, None)
    told: dict[str, Any] = {} if VIEW in st.session_state else {"default": first}
    chosen = st.segmented_control("Show", VIEWS, required=True, key=VIEW, wrap=True, bind="query-params", **told)
    return chosen or LAUNCHES


def _from_address(tracked: Tracking) -> bool:
    """Whether a link has just named an item, which is then the one to show."""
    asked = st.query_params.get("item", "")
    if asked == st.session_state.get(ASKED, ""):
        return False
    st.session_state[ASKED] = asked
    if asked in set(tracked.launches["item_id"]):
        st.session_state[CHOSEN] = asked
        return True
    if asked:
        st.warning("No approved plan launches the item of this link (any more).", icon=":material/link_off:")
    return False


def _plan_asked() -> bool:
    """Whether a link has just named an approved plan, which is then to be adjusted."""
    return st.query_params.get(PLAN, "") not in ("", st.session_state.get(PLAN_ASKED, ""))


def go_to(item: str, view: str = "") -> None:
    """Show this item from the next run on, and name it in the address; for callbacks."""
    st.session_state[CHOSEN] = st.session_state[ASKED] = item
    st.query_params["item"] = item
    if view:
        st.session_state[VIEW] = view


def who_and_undo(key: str) -> str:
    """A box for the name, and a button that takes back what this person told last of launches; the name."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = plan_shop.name_box(key)
        words = tracking.last(shell.workspace().cursor(), who)
        whose = "you" if who else "whoever gave no name"
        st.button(
            "Undo my last", icon=":material/undo:", disabled=not words, key=f"{key}_undo", on_click=_undo, args=(who,),
            help=f"Takes back {shell.plain(words)}." if words else f"There is nothing that {whose} told of launches.",
        )  # fmt: skip
    return who


def act(verb: Callable[..., None], *args: object) -> None:
    """Tell something of a launch, as a callback: a verb of `core.tracking` and what it is given beside the shop."""
    try:
        verb(shell.workspace(), *args)
    except DebutError as error:
        st.session_state.tracking_failed = error


def download(label: str, key: str, name: str, frame: pd.DataFrame) -> None:
    """A button for a CSV, which is made when it is pressed."""
    st.download_button(
        label, lambda: export.to_csv(frame), f"{name}.csv", "text/csv", icon=":material/download:", on_click="ignore",
        key=key,
    )  # fmt: skip


def _banded(label: str, value: str, band: str, words: str) -> None:
    st.metric(
        label, value, band, border=True, height="stretch", help=words, delta_color="off", delta_arrow="off"
    )  # fmt: skip


def _undo(who: str) -> None:
    words = tracking.undo(shell.workspace(), who)
    st.toast(f"Taken back: {shell.plain(words)}." if words else "There is nothing to undo.", icon=":material/undo:")
