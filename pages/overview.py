"""Overview: where the day starts: what needs a decision, how the launches and the models do, what to launch next."""

import pandas as pd
import streamlit as st

from core import morning, new_items, scenarios, shell, shop, updates, versions
from core.errors import DebutError, NotReady
from core.plan import Plan
from core.prices import kept_rules
from pages.parts import overview_day

shell.enter("Overview")
workspace = shell.workspace()
summary = shop.summary(workspace.cursor())

if not summary.sales:
    st.info("Your shop is empty. Load an export of orders or sales to begin.", icon=":material/info:")
    shell.page_link("data", "Load your first file", "upload")
    st.stop()

with st.container(horizontal=True):
    st.metric("Products sold so far", summary.items, format="localized", border=True)
    st.metric("Launches to learn from", summary.launches, format="localized", border=True)
    st.metric("New items waiting", summary.new_items, format="localized", border=True)
    st.metric("Sales until", f"{summary.last:%d %b %Y}", border=True)


def ready() -> bool:
    """Whether a plan can be shown; otherwise the next step is."""
    try:
        new_items.check(workspace.cursor())
        if versions.active(workspace) is None:
            raise NotReady("Next: fine-tune the forecaster on your launches.")
    except NotReady as error:
        shell.fail(error)
        return False
    return True


def show_plan(result: Plan) -> None:
    """What it comes to, and its best items."""
    sums = result.totals
    with st.container(horizontal=True):
        st.metric("Items to launch", sums.launched, border=True, height="stretch")
        st.metric("Expected revenue", f"{sums.revenue:,.0f}", border=True, height="stretch")
        st.metric(
            "Expected profit",
            f"{sums.profit:,.0f}",
            f"8 in 10: {sums.profit_low:,.0f} to {sums.profit_high:,.0f}",
            border=True,
            height="stretch",
            delta_color="off",
            delta_arrow="off",
        )
    st.dataframe(
        result.launched.head(5)[["rank", "title", "launch_week", "units_p50", "profit", "reason"]],
        hide_index=True,
        key="next",
        alt="The five best items to launch",
        column_config={
            "rank": st.column_config.NumberColumn("Rank", width=60),
            "title": st.column_config.TextColumn("Item", width="medium"),
            "launch_week": st.column_config.DateColumn("Launch", format="D MMM YYYY"),
            "units_p50": st.column_config.NumberColumn("Units (median)", format="%.0f"),
            "profit": st.column_config.NumberColumn("Expected profit", format="localized", step=1),
            "reason": st.column_config.TextColumn("Why", width="large"),
        },
    )


def drafted() -> tuple[Plan | None, pd.DataFrame | None]:
    """The plan in draft and what of it needs a look; says what is missing where there is none."""
    kept, outlook = scenarios.get(workspace.cursor()), shell.the_outlook()
    around = shell.around(outlook)
    try:
        made = shell.plan_on(outlook, around, kept.wishes, kept.overrides)
    except DebutError as error:
        shell.fail(error)
        return None, None
    policy = kept_rules.kept(workspace.cursor())
    return made, scenarios.exceptions(outlook, made.table, policy, around.today)


def launch_next() -> pd.DataFrame | None:
    """The best of the plan in draft, or the step before it; items of the plan that need a look."""
    if not ready():
        missing = ("new_items", "Load new items", "upload"), ("model", "Fine-tune", "model_training")
        shell.page_link(*missing[bool(summary.new_items)])
        return None
    made, odd = drafted()
    if made is not None:
        show_plan(made)
    shell.page_link("launch_plan", "Open the launch plan", "rocket_launch")
    return odd


top, odd = st.container(), None
try:
    st.header("Launch next")
    odd = launch_next()
finally:  # where the plan stops the page, all else of the morning stands there just the same
    verdicts, tracked = updates.verdicts(workspace), overview_day.tracked()
    with top:
        st.header("Needs a decision")
        overview_day.decide(morning.decisions(workspace, tracked, verdicts, odd))
        if tracked is not None:
            st.header("How the launches do")
            overview_day.launches(tracked)
    st.header("How good the models are")
    overview_day.models(verdicts)
    st.header("New in the data")
    overview_day.new(morning.news(workspace.cursor(), summary.last))

st.header("Units sold by week")
with st.container(key="weekly"):
    # Not Plotly: its scripts would hold up the first page of a new visitor by more than a second.
    st.line_chart(
        shop.weekly(workspace.cursor()),
        x="week",
        y="units",
        x_label="",
        y_label="Units",
        height=280,
        alt="Units by week",
    )
