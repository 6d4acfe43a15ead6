"""Parts of the Overview: what needs a decision, how the launches do, how good the models are, what is new."""

import math
from typing import Literal

import pandas as pd
import streamlit as st

from core import morning, scenarios, shell, shell_cache, tracking
from core.errors import DebutError
from core.morning import Decision, News
from core.track.bridge import bridge
from core.tracking import Tracking
from core.updates import Verdict

__all__ = ["decide", "launches", "models", "new", "tracked"]

ICONS = {
    "launch_plan": "rocket_launch",
    "tracking": "monitoring",
    "model": "model_training",
    "jobs": "work_history",
    "data": "database",
}
GO = {
    "launch_plan": "Open the plan",
    "tracking": "Open it in Tracking",
    "model": "Open Model",
    "jobs": "Open Jobs",
    "data": "Load data",
}
SEVERITY: dict[str, tuple[str, Literal["green", "orange", "red"]]] = {
    "good": ("Good", "green"),
    "look": ("Look", "orange"),
    "act": ("Act", "red"),
}


def tracked() -> Tracking | None:
    """The launches of approved plans; None where no plan is approved."""
    shop = shell.workspace()
    if scenarios.approved(shop.cursor()) is None:
        return None
    past = shell.past()
    try:
        found = shell_cache.tracked(shop.folder, shop.version, tracking.stamp(shop.cursor()), shop, past)
    except DebutError as error:
        shell.fail(error)
        return None
    return None if found.launches.empty else found


def decide(found: list[Decision]) -> None:
    """What waits for a person, each with the way there."""
    if not found:
        st.success("Nothing waits for a decision.", icon=":material/check:")
        return
    for at, one in enumerate(found[: morning.MOST], start=1):
        with st.container(border=True, key=f"decision_{at}"):
            worth = f" Worth about **{one.worth:,.0f}**." if math.isfinite(one.worth) and one.worth >= 1 else ""
            st.markdown(f"{at}. {shell.plain(one.words)}{worth}")
            shell.page_link(one.page, GO[one.page], ICONS[one.page], one.query)
    more = len(found) - morning.MOST
    if more > 0:
        st.caption(f"And {more:,} more, once these are decided.")


def launches(known: Tracking) -> None:
    """How the launches do, in a few numbers."""
    sums, states = known.totals, known.launches["status"].value_counts()
    low, middle, high = sums.so_far
    with st.container(horizontal=True):
        st.metric("On sale", sums.on_sale, border=True, height="stretch")
        st.metric(
            "Units sold",
            f"{sums.sold:,.0f}",
            f"expected by now {middle:,.0f} ({low:,.0f} to {high:,.0f})" if high > 0 else "none expected yet",
            border=True,
            height="stretch",
            delta_color="off",
            delta_arrow="off",
            help="In brackets, between which 8 in 10 such sums lie.",
        )
        st.metric(
            "Expected profit of the launches",
            f"{sums.profit_now:,.0f}",
            f"8 in 10: {sums.profit_low:,.0f} to {sums.profit_high:,.0f}; planned {sums.profit_plan:,.0f}",
            border=True,
            height="stretch",
            delta_color="off",
            delta_arrow="off",
            help="At the end of their windows.",
        )
    if said := bridge(known):
        st.caption(shell.plain(said))
    counts = pd.DataFrame({"status": states.index, "launches": states.to_numpy()})
    st.bar_chart(
        counts,
        x="status",
        y="launches",
        x_label="",
        y_label="Launches",  # of a horizontal chart, whose axes change places
        horizontal=True,
        sort="-launches",
        height=60 + 32 * len(counts),
        alt="Launches by status: " + ", ".join(f"{row.launches} {row.status}" for row in counts.itertuples()),
    )
    shell.page_link("tracking", "Follow up the launches", "monitoring")


def models(verdicts: list[Verdict]) -> None:
    """Whether each model is still good, in a line."""
    for one in verdicts:
        label, colour = SEVERITY[one.severity]
        st.markdown(f":{colour}-badge[{label}] {shell.plain(one.words)}")
    shell.page_link("model", "Open the models", "model_training")


def new(found: News) -> None:
    """What was loaded lately, and what it brought."""
    if found.since is not None:
        st.markdown(
            f"Since the last plan was approved on {found.since:%d %b %Y}: **{found.days:,}** new "
            f"day{'s' * (found.days != 1)} of sales, **{found.reviews:,}** new review{'s' * (found.reviews != 1)}."
        )
    st.dataframe(
        found.loaded,
        hide_index=True,
        key="loaded_lately",
        alt="What was loaded lately",
        column_config={
            "loaded_at": st.column_config.DatetimeColumn("Loaded", format="D MMM YYYY, HH:mm"),
            "file": st.column_config.TextColumn("File", width="medium"),
            "what": "What",
            "rows": st.column_config.NumberColumn("Rows", format="localized", step=1),
        },
    )
    shell.page_link("data", "Load more", "upload")
