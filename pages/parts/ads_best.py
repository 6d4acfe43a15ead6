"""The best split of a budget beside the present plan and equal parts, and the budget beyond which more stops paying."""

import numpy as np
import pandas as pd
import streamlit as st

from core import export, shell
from core.ads import allocate, budget, whatif, words
from core.ads.allocate import Allocation
from core.ads.budget import BudgetCurve
from core.ads.flights import FLIGHTS
from core.ads.flights import LABELS as FLIGHT_LABELS
from core.ads.scene import Scene
from core.ads.whatif import Outcome
from core.ads.wishes import AIMS, Wish
from core.errors import DebutError
from pages.parts import ads_charts as charts
from pages.parts import ads_draft

__all__ = ["show"]

AIM_LABELS = {
    "profit": "Most profit",
    "whole": "Spend all of it",
    "roi": "ROI of at least",
    "marginal": "Marginal ROI of at least",
}
PRESENT, EQUAL, BEST = "Present plan", "Equal parts", "Suggested"


@st.fragment
def show(key: str, scene: Scene) -> None:
    """The wishes and what they lead to, drawn again by themselves."""
    st.header("The best split")
    try:
        wish = _wish(key, scene)
        with st.spinner("Looking for the best split ...", show_time=False):
            best = _allocated(scene.stamp, wish, scene)
        _compared(key, scene, best)
        st.header("How much to spend")
        with st.spinner("Following the budget ...", show_time=False):
            curve = _curve(scene.stamp, wish, scene)
        _budget(scene, curve, best)
    except DebutError as error:
        shell.fail(error)


def _wish(key: str, scene: Scene) -> Wish:
    """What the user asks for."""
    present = float(scene.usual.sum())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        money = st.number_input(
            "Budget", 0.0, 1e9, round(present, 2), key=f"ads_budget:{key}:{len(scene.weeks)}", format="%.0f", width=150,
            help="For all channels over the window; the present plan's to begin with.",
        )  # fmt: skip
        aim = st.selectbox("Aim", AIMS, format_func=AIM_LABELS.__getitem__, key="ads_aim", width=220)
        target = 0.0
        if aim in ("roi", "marginal"):
            target = st.number_input(
                "Revenue for each 1", 0.0, 1000.0, 2.0, 0.1, key="ads_target", width=150,
                help="ROI: revenue that the ads bring for each 1 spent, over all. Marginal ROI: that of the last 1.",
            )  # fmt: skip
        safe = st.toggle(
            "Play safe",
            key="ads_safe",
            help="Makes most of the 20th percentile instead of the mean: the outcome that 8 in 10 are better than.",
        )
        chosen = st.multiselect(
            "Over the weeks",
            list(FLIGHTS),
            default=list(FLIGHTS),
            format_func=FLIGHT_LABELS.__getitem__,
            key="ads_flights",
            width=330,
            help="For each channel the best of these is taken.",
        )
        weeks = st.toggle(
            "Best weeks", key="ads_best_weeks", help="Then moves money from week to week as long as that brings more."
        )
    least, most, step = _bounds(key, scene, money)
    return Wish(money, least, most, step, aim, float(target), safe, tuple(chosen), weeks)


def _bounds(key: str, scene: Scene, money: float) -> tuple[tuple[float, ...], ...]:
    """Bounds and steps of every channel; to begin with up to the most that was ever spent."""
    seen = np.floor(np.minimum(scene.largest * len(scene.weeks), 1e9))
    with st.expander("Bounds and steps of the channels", icon=":material/tune:"):
        st.caption("At most is what has been spent in so many weeks at the most: beyond, what ads bring is a guess.")
        frame = pd.DataFrame({"channel": scene.channels, "least": 0.0, "most": seen, "step": 0.0})
        edited = st.data_editor(
            frame,
            key=f"ads_bounds:{key}:{len(scene.weeks)}",
            hide_index=True,
            num_rows="fixed",
            alt="Bounds and steps of the channels",
            disabled=["channel"],
            column_config={
                "channel": st.column_config.TextColumn("Channel", width=140, pinned=True),
                "least": st.column_config.NumberColumn("At least", min_value=0.0, format="%.2f"),
                "most": st.column_config.NumberColumn("At most", min_value=0.0, format="%.2f"),
                "step": st.column_config.NumberColumn(
                    "In steps of", min_value=0.0, format="%.2f", help="0: any amount"
                ),
            },
        )
    values = edited[["least", "most", "step"]].fillna({"least": 0.0, "most": money, "step": 0.0})
    return tuple(tuple(float(one) for one in values[name]) for name in ("least", "most", "step"))


def _compared(key: str, scene: Scene, best: Allocation) -> None:
    """The suggestion beside the present plan and equal parts."""
    total = float(best.money.sum())
    plans = {
        PRESENT: whatif.outcome(scene, scene.usual),
        EQUAL: allocate.equal_split(scene, total),
        BEST: best.outcome,
    }
    st.markdown(_sentence(best, plans))
    money = pd.DataFrame({"channel": scene.channels, **{name: plan.spend.sum(1) for name, plan in plans.items()}})
    left, right = st.columns([3, 2])
    with left:
        st.plotly_chart(
            charts.splits(money, list(plans)), key="ads_splits", alt="Money by channel: present, equal parts, suggested"
        )
    with right:
        _how(scene, best)
        if st.button(
            "Try the suggestion above",
            type="primary",
            icon=":material/arrow_upward:",
            key="use_best",
            on_click=ads_draft.put,
            args=(key, best.spend),
            help="Sets the sliders to it. Nothing is kept until you say so.",
        ):
            st.rerun()
    _side_by_side(_table(plans))
    st.download_button(
        "Download the comparison",
        lambda: export.to_csv(_long(scene, best, plans)),
        "ads_split.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_split",
        help="A row a plan and channel.",
    )


def _side_by_side(table: pd.DataFrame) -> None:
    st.dataframe(
        table,
        hide_index=True,
        key="ads_compared",
        alt="The suggested split beside others",
        column_config={
            "plan": st.column_config.TextColumn("Plan", pinned=True, width=110),
            **{
                name: st.column_config.NumberColumn(label, format="localized", width=70)
                for name, label in (
                    ("money", "Money"),
                    ("units", "Units"),
                    ("revenue", "Revenue"),
                    ("profit", "Profit"),
                )
            },
            "likely": st.column_config.TextColumn("Profit, 8 in 10", width=125),
            "gain": st.column_config.NumberColumn(
                "Gain", format="localized", width=70, help="Against the present plan"
            ),
            "gain_likely": st.column_config.TextColumn("Gain, 8 in 10", width=120),
            "roi": st.column_config.NumberColumn(
                "ROI", format="%.2f", width=60, help="Revenue that the plan brings for each 1 spent on it"
            ),
        },
    )


def _sentence(best: Allocation, plans: dict[str, Outcome]) -> str:
    low, mean, high = allocate.gain(best.outcome, plans[PRESENT])
    equal = allocate.gain(best.outcome, plans[EQUAL])[1]
    return (
        f"Spending {best.money.sum():,.0f} so earns **{mean:+z,.0f}** against the present plan (8 in 10: {low:+z,.0f} "
        f"to {high:+z,.0f}), and {equal:+z,.0f} against the same money in equal parts."
    )


def _how(scene: Scene, best: Allocation) -> None:
    """How the money is spread, and how the split was found."""
    ways = ["weeks of its own" if best.wish.weeks else FLIGHT_LABELS[one].lower() for one in best.flights]
    lines = [
        f"- **{shell.plain(name)}**: {words.amount(money)}, {way}"
        for name, money, way in zip(scene.channels, best.money, ways, strict=True)
        if money > 0
    ]
    if not best.wish.budget:
        st.markdown("Nothing on any channel: the budget is 0.")
        return
    st.markdown("\n".join(lines) or "Nothing on any channel: no money on ads earns back its cost here.")
    if beyond := scene.beyond(best.spend):
        names = shell.plain(", ".join(beyond))
        st.caption(f"In some week more on {names} than was ever spent in one: what that brings is a guess.")
    if best.exact:
        found = f"Exact on steps of {words.amount(best.grid)}, finer around the best of them."
    else:
        found = (
            "A stock that may run out, or the 20th percentile, does not add up over channels: found by search from "
            "the exact best of sums that do, not proven."
        )
    if best.wish.weeks:
        found += " The weeks were improved by moves from one to another."
    st.caption(found)


def _table(plans: dict[str, Outcome]) -> pd.DataFrame:
    present, rows = plans[PRESENT], []
    for name, plan in plans.items():
        profit, gain = whatif.band(plan.total("profit")), allocate.gain(plan, present)
        none = whatif.outcome(plan.scene, 0 * plan.spend)
        paid = float(plan.spend.sum())
        rows.append(
            {
                "plan": name,
                "money": words.shown(paid),
                "units": words.shown(plan.total("units").mean()),
                "revenue": words.shown(plan.total("revenue").mean()),
                "profit": words.shown(profit[1]),
                "likely": f"{profit[0]:,.0f} to {profit[2]:,.0f}",
                "gain": words.shown(gain[1]),
                "gain_likely": "" if name == PRESENT else f"{gain[0]:+z,.0f} to {gain[2]:+z,.0f}",
                "roi": float(plan.against(none, "revenue").mean()) / paid if paid > 0 else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _long(scene: Scene, best: Allocation, plans: dict[str, Outcome]) -> pd.DataFrame:
    rows = [
        {"for": scene.title, "plan": name, "channel": channel, "spend": float(money)}
        for name, plan in plans.items()
        for channel, money in zip(scene.channels, plan.spend.sum(1), strict=True)
    ]
    return pd.DataFrame(rows)


def _budget(scene: Scene, curve: BudgetCurve, best: Allocation) -> None:
    none, present = whatif.outcome(scene, 0 * scene.usual), float(scene.usual.sum())
    low, high = curve.stop_range
    if curve.at_end:
        said = f"More would still pay at {curve.stop:,.0f}, the most that the bounds leave."
    elif curve.stop <= 0:
        said = "No money on ads earns back its cost here, as far as is known."
    else:
        said = (
            f"**Beyond {curve.stop:,.0f} the next money stops paying for itself** (8 in 10: between {low:,.0f} and "
            f"{high:,.0f}); the present budget is {present:,.0f}."
        )
    st.markdown(said)
    st.plotly_chart(
        charts.budget(
            curve,
            (present, float(whatif.outcome(scene, scene.usual).against(none).mean())),
            (float(best.money.sum()), float(best.outcome.against(none).mean())),
        ),
        key="ads_budget_curve",
        alt="Profit that the ads bring at each budget, with its likely range, and where more stops paying",
    )
    st.caption("Each budget spent whole, as well as can be within the bounds; profit after the cost of the ads.")


@st.cache_resource(show_spinner=False, max_entries=64)
def _allocated(stamp: str, wish: Wish, _scene: Scene) -> Allocation:
    return allocate.allocate(_scene, wish)


@st.cache_resource(show_spinner=False, max_entries=32)
def _followed(stamp: str, bounds: tuple[object, ...], _wish: Wish, _scene: Scene) -> BudgetCurve:
    return budget.budget_curve(_scene, _wish)


def _curve(stamp: str, wish: Wish, scene: Scene) -> BudgetCurve:
    """The same for every aim."""
    return _followed(stamp, (wish.budget, wish.least, wish.most, wish.step, wish.flights), wish, scene)
