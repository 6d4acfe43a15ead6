"""Honesty checks: whether the figures about ads can be relied on, in plain words, with what to do."""

from pathlib import Path

import streamlit as st

from core import shell
from core.ads import beliefs, checks, holdout
from core.ads.checks import Check, Verdict
from core.ads.holdout import Holdout
from core.ads.panel import Panel
from core.ads.response import Response
from core.workspace import Workspace
from pages.parts import ads_channel_charts as charts
from pages.parts import ads_shop

__all__ = ["show"]

LOOKS: dict[Verdict, tuple[str, str]] = {
    "bad": (":red-badge[:material/error: Do not rely on it]", "do not hold"),
    "look": (":orange-badge[:material/visibility: Look at this]", "need a look"),
    "good": (":green-badge[:material/check_circle: Good]", "are fine"),
}


def show(workspace: Workspace, response: Response, panel: Panel) -> None:
    """A card a check, the worst first, and the forecast of weeks that were not seen."""
    st.header("Can these figures be relied on?")
    shop = shell.workspace()
    known = beliefs.read(shop.cursor())
    tested = _holdout(shop.folder, shop.version, ads_shop.stamp(), panel, known)
    found = checks.run(response, panel, known.beliefs, tested, known.tests)
    counts = {verdict: sum(check.verdict == verdict for check in found) for verdict in LOOKS}
    st.markdown(
        "Of what a careful analyst would look at, "
        + ", ".join(f"**{count}** {LOOKS[verdict][1]}" for verdict, count in counts.items() if count)
        + "."
    )
    for check in found:
        _card(check)
    if tested is not None:
        st.header("The last weeks, unseen")
        st.plotly_chart(
            charts.holdout(panel.weeks, tested.actual, tested.expected, tested.weeks),
            key="ads_holdout",
            alt="Units sold by week, as fitted, and as forecast for the last weeks without having seen them",
        )
        st.caption(
            f"Learnt from the {len(panel.weeks) - tested.weeks} weeks before, and told the spend, prices, events and "
            f"range of the last {tested.weeks}. Missed by {tested.mape:.1%} a week; the same week a year before by "
            f"{tested.naive:.1%}."
        )


def _card(check: Check) -> None:
    with st.container(border=True, key=f"check_{check.name}"):
        st.subheader(check.title)
        st.markdown(f"{LOOKS[check.verdict][0]} {shell.plain(check.found)}")
        if check.advice:
            st.markdown(f"**What to do:** {shell.plain(check.advice)}")


@st.cache_resource(show_spinner="Forecasting the last weeks from those before them ...", max_entries=4)
def _holdout(folder: Path, data: int, stamp: str, _panel: Panel, _known: beliefs.Known) -> Holdout | None:
    return holdout.test(_panel, _known.beliefs, _known.tests)
