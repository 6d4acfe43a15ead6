"""The list: what the plan comes to, what needs a look first, and the grid in which it is changed."""

import streamlit as st

from core import sheets, shell
from core.errors import DebutError
from core.outlook import Outlook
from core.plan import OBJECTIVES, Surroundings
from core.scenarios import KINDS, Scenario
from pages.parts import charts, plan_clash, plan_grid, plan_keep
from pages.parts import plan_shop as shop
from pages.parts.plan_shop import Open

__all__ = ["show"]

LABELS = {
    "profit": "Expected profit",
    "revenue": "Expected revenue",
    "preference": "Preference × price",
    "blend": "Revenue and profit",
}
CHARTED = {"profit": "profit", "revenue": "revenue", "preference": "revenue", "blend": "profit"}
SMALL = 0.0005  # a gap that is none


@st.fragment
def show(scenario: Scenario, outlook: Outlook, around: Surroundings) -> None:
    """All that follows the slider: drawn again by itself, so that it answers at once."""
    _live(scenario, outlook)
    try:
        now = shop.opened(scenario, outlook, around)
    except DebutError as error:
        plan_clash.show(error, scenario)
        return
    _figures(now)
    _words(now)
    measure = CHARTED[now.wishes.objective]
    st.plotly_chart(
        charts.worth_by_rank(now.plan.table, measure, LABELS[measure]),
        key="ranks",
        alt=f"{LABELS[measure]} of each item by rank",
    )
    st.caption(
        f"In the {outlook.weeks} weeks after each launch, in your shop's currency. Hover over a bar to see which item "
        "it is."
    )
    plan_keep.settings(now)
    st.header("What needs a look")
    kinds = _look(now)
    st.header("Items")
    plan_grid.show(now, kinds)
    st.download_button(
        "Download the launch plan",
        lambda: sheets.plan_csv(now.plan.table),
        "launch_plan.csv",
        "text/csv",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        key="download_plan",
        disabled=now.before,
        help="All items, whatever is filtered above. The workbook, the ads and the orders are in “Hand over”.",
    )


def _live(scenario: Scenario, outlook: Outlook) -> None:
    """The aim and the number of items, by which the plan is made anew at once."""
    wishes, most = shop.tried(scenario), max(2, len(outlook.items))

    def changed() -> None:
        state = st.session_state
        shop.try_out(
            scenario,
            objective=state.objective or wishes.objective,
            launches=state.launches,
            blend=state.get("plan_blend", 100 * wishes.blend) / 100,
        )

    shell.preset("objective", wishes.objective)
    st.segmented_control(
        "Make most of",
        OBJECTIVES,
        format_func=LABELS.__getitem__,
        required=True,
        key="objective",
        on_change=changed,
        wrap=True,
        help="Preference × price is the sum over customers of the probability to buy, times the price.",
    )
    if wishes.objective == "blend":
        shell.preset("plan_blend", round(100 * wishes.blend))
        st.slider("Part of revenue (%)", 0, 100, key="plan_blend", on_change=changed, help="The rest is profit.")
    # The number may come from a longer sheet; no limit is all of them.
    shell.preset("launches", min(wishes.launches or most, most))
    st.slider(
        "Items to launch",
        1,
        most,
        key="launches",
        on_change=changed,
        help="At most: items that earn nothing are left out.",
    )


def _figures(now: Open) -> None:
    """What the launches come to together."""
    sums = now.plan.totals
    likely = f"8 in 10: {sums.profit_low:,.0f} to {sums.profit_high:,.0f}"
    with st.container(horizontal=True):
        for label, value, below, about in (
            ("Items launched", f"{sums.launched:,}", "", "Of those on the sheet."),
            ("Expected revenue", f"{sums.revenue:,.0f}", "", "Of what the opening stock can serve."),
            ("Expected profit", f"{sums.profit:,.0f}", likely, "After the cost of goods and ads, what is left over."),
            ("Opening stock", f"{sums.stock_money:,.0f}", "", f"At cost; {sums.left_units:,.0f} units are left over."),
            ("Ads", f"{sums.ad_money:,.0f}", "", "In the launch windows."),
        ):
            st.metric(
                label,
                value,
                below or None,
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
                help=about,
            )


def _words(now: Open) -> None:
    """How good the plan is, and what its limits are worth."""
    plan, sums = now.plan, now.plan.totals
    if not sums.launched:
        st.info(
            "Nothing is launched: no item is expected to earn anything under these settings. Loosen them above.",
            icon=":material/info:",
        )
        return
    within = "No plan under these settings is better." if plan.gap < SMALL else (
        f"No plan under these settings is better by more than {plan.gap:.1%}."
    )  # fmt: skip
    taken = sums.like_lost
    lost = f" Launched items take {taken:,.0f} of profit from each other, which is counted." if taken >= 1 else ""
    missed = f"{sums.units:,.0f} units are expected to be sold; {sums.lost_units:,.0f} more would be asked for."
    st.markdown(f"{within} {missed}{lost}")
    if plan.worths:
        st.markdown("".join(f"\n- {shell.plain(one.words)}." for one in plan.worths))


def _look(now: Open) -> set[str] | None:
    """What needs a look, by kind; gives the items that the grid is narrowed to, None for all."""
    found = shop.exceptions(now)
    if found.empty:
        st.caption(":material/check: Nothing stands out: all data are there, all bands are as wide as usual.")
        return None
    counts = found["kind"].value_counts()
    kinds = [kind for kind in KINDS if kind in counts]
    chosen = st.pills(
        "Narrow to",
        kinds,
        selection_mode="multi",
        format_func=lambda kind: f"{KINDS[kind].label} ({counts.get(kind, 0):,})",
        key="plan_kinds",
        help="The grid below shows these items only.",
    )
    shown = found[found["kind"].isin(chosen)] if chosen else found
    st.dataframe(
        shown[["title", "what", "words", "launch", "do", "item_id"]],
        hide_index=True,
        height=min(240, 35 * (len(shown) + 1) + 3),
        key="plan_exceptions",
        alt="Items that need a look",
        column_config={
            "title": st.column_config.TextColumn("Item", width=200, pinned=True),
            "what": st.column_config.TextColumn("What", width=140),
            "words": st.column_config.TextColumn("Details", width=300),
            "launch": st.column_config.TextColumn("Launch", width=70),
            "do": st.column_config.TextColumn("What to do", width=320),
            "item_id": "Code",
        },
    )
    return set(shown["item_id"]) if chosen else None
