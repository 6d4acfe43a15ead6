"""Which days of the week, and hours where the export has them, ads work best on."""

import streamlit as st

from core import shell
from core.ads import days
from core.ads.days import MEASURES, Compared, Measure
from core.errors import NotReady
from core.workspace import Workspace
from pages.parts import ads_reach_charts as charts

__all__ = ["show"]

LABELS: dict[Measure, str] = {
    "worth": "Orders for 100 spent",
    "click_rate": "Clicks an impression",
    "conversion_rate": "Orders a click",
}
DAY, HOUR = "Days", "Hours"


def show(workspace: Workspace) -> None:
    """A chart of the days of one channel."""
    st.header("Best days")
    found = days.channels(workspace.cursor())
    if not found:
        st.info("The ads have no impressions, clicks or orders by day: nothing to compare.", icon=":material/info:")
        return
    _compared(found)


@st.fragment
def _compared(found: list[str]) -> None:
    cursor = shell.workspace().cursor()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        channel = st.selectbox("Channel", found, key="ads_days_channel", width=240)
        measure = st.segmented_control(
            "By",
            list(MEASURES),
            default="worth",
            required=True,
            wrap=True,
            format_func=LABELS.__getitem__,
            key="ads_days_by",
        )
        slot = DAY
        if days.has_hours(cursor, channel):
            slot = (
                st.segmented_control("Slots", [DAY, HOUR], default=DAY, required=True, wrap=True, key="ads_days_slot")
                or DAY
            )
    try:
        slots = days.read(cursor, channel, "hour" if slot == HOUR else "day")
        told = days.compare(slots, measure or "worth")
    except NotReady as error:
        shell.fail(error)
        return
    label = LABELS[measure or "worth"]
    st.markdown(_says(told, "hour" if slot == HOUR else "day"))
    st.plotly_chart(
        charts.slots(told.table, told.usual, label, measure != "worth"),
        key="ads_days",
        alt=f"{label} of {channel} by {'hour' if slot == HOUR else 'day of the week'}, with likely ranges",
    )
    st.caption(
        f"Over {slots.weeks} weeks, drawn anew as whole weeks; bars hold 8 in 10 of the draws. Orders are those that "
        "the platform claims, mostly dated by the day of the click."
    )


def _says(told: Compared, slot: str) -> str:
    better, worse = (told.table.loc[told.table["says"] == says, "slot"].tolist() for says in ("better", "worse"))
    if not better and not worse:
        return f"No {slot} stands out: what differs is no more than weeks differ anyway. Spread the money evenly."
    parts = [
        f"**{', '.join(names)}** {'does' if len(names) == 1 else 'do'} {how}"
        for names, how in ((better, "better"), (worse, "worse"))
        if names
    ]
    return (
        f"{'; '.join(parts)} than the rest. Were all alike, chance would show such a difference in "
        f"{1 - days.SURE:.0%} of cases at most."
    )
