"""Creatives of a channel side by side: clicks, orders, chance to be the best, and what the concept lab says."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from core import export, shell, versions
from core.ads import creatives
from core.ads.creatives import Compared, Level
from core.ads.panel import Panel
from core.ads.response import Response
from core.concepts import brief as briefs
from core.concepts.groups import Groups
from core.errors import DebutError
from core.workspace import Workspace
from pages.parts import ads_reach_charts as charts
from pages.parts import audience_shop, concepts_lab

if TYPE_CHECKING:  # brings torch along
    from core.concepts.brief import Brief

__all__ = ["show"]

LABELS: dict[Level, str] = {"creative": "Creatives", "campaign": "Campaigns"}
MEASURES = {
    "worth": "Orders for 100 spent",
    "click_rate": "Clicks an impression",
    "conversion_rate": "Orders a click",
}
ASKED = 40  # creatives that the lab is asked about


def show(workspace: Workspace, response: Response, panel: Panel) -> None:
    """The comparison of one channel."""
    st.header("Creatives compared")
    found = creatives.levels(workspace.cursor())
    if not found:
        st.info(
            "No channel has two creatives or campaigns with impressions. Export your ads by ad, with the columns "
            "creative (or ad name), impressions, clicks and conversions.",
            icon=":material/info:",
        )
        shell.page_link("data", "Load ads", "upload")
        return
    _compared(found)


@st.fragment
def _compared(found: dict[Level, list[str]]) -> None:
    workspace = shell.workspace()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        level: Level = next(iter(found))
        if len(found) > 1:
            level = st.segmented_control(
                "Compare",
                list(found),
                default=level,
                required=True,
                wrap=True,
                format_func=LABELS.__getitem__,
                key="ads_level",
            )
        channel = st.selectbox("Channel", found[level], key=f"ads_creatives_{level}", width=240)
        told = creatives.compare(creatives.read(workspace.cursor(), channel, level))
        known = _known(told)
        chosen = st.segmented_control(
            "By",
            known,
            default=known[0],
            required=True,
            wrap=True,
            format_func=MEASURES.__getitem__,
            key="ads_rate" if len(known) > 1 else "ads_rate_clicks",
        )
        measure = chosen or known[0]
    if "creative" not in found:
        st.caption("The ads name no creatives; campaigns stand in for them.")
    st.markdown(_verdict(told, level))
    left, right = st.columns(2)
    left.plotly_chart(
        charts.rates(told.table, measure, MEASURES[measure], measure != "worth"),
        key="ads_rates",
        alt=f"{MEASURES[measure]} of each creative of {channel}, with its likely range",
    )
    right.plotly_chart(
        charts.best(told.table), key="ads_best_chance", alt=f"Chance of each creative of {channel} to be the best"
    )
    scores = st.session_state.get(_asked(channel, level))
    _table(told, scores)
    _lab(told, channel, level)


def _known(told: Compared) -> list[str]:
    """Measures that the export tells; without a single order those of orders would be the prior's."""
    return list(MEASURES) if told.table["conversions"].any() else ["click_rate"]


def _verdict(told: Compared, level: Level) -> str:
    at, chance = told.verdict()
    name = shell.plain(told.table["name"][at])
    by = "orders for the money" if told.by == "worth" else "clicks (no orders are exported)"
    if chance >= creatives.SURE:
        doing = (
            "Show it in place of the others."
            if level == "creative"
            else "That is its average: whether more money on it brings as much, the curves under Channels tell."
        )
        return f"**{name}** is the best by {by}: a chance of {chance:.0%}. {doing}"
    half = told.table["best"].cumsum().searchsorted(creatives.SURE) + 1
    return (
        f"It is not settled which is the best by {by}: **{name}** with a chance of {chance:.0%}; with "
        f"{creatives.SURE:.0%} it is among the first {half}. Keep these running."
    )


def _table(told: Compared, scores: dict[str, float] | None) -> None:
    table = told.table.assign(
        score=told.table["name"].map(scores or {}).astype(float),
        **{f"{name}_band": _bands(told.table, name) for name in MEASURES},
    )
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    order = ["name", "impressions", "clicks", "conversions", "spend"]
    order += [column for name in _known(told) for column in (name, f"{name}_band")]
    st.dataframe(
        table,
        hide_index=True,
        key="ads_creatives",
        alt="Creatives of the channel with their rates",
        placeholder="unknown",
        column_order=[*order, "best", *(["score"] if scores else [])],
        column_config={
            "name": text("Creative", pinned=True, width=180),
            **{
                name: number(name.capitalize(), format="localized", step=1)
                for name in ("impressions", "clicks", "conversions")
            },
            "spend": number("Spent", format="localized", step=1),
            "worth": number(MEASURES["worth"], format="%.2f"),
            "click_rate": number("Click rate", format="percent"),
            "conversion_rate": number("Orders a click", format="percent"),
            **{f"{name}_band": text("8 in 10", width=120) for name in MEASURES},
            "best": st.column_config.ProgressColumn("Best", format="percent", min_value=0.0, max_value=1.0),
            "score": number("Concept lab", format="percent", help="Probability that a customer wants what it says"),
        },
    )
    st.caption(
        f"Counts of a day come in clumps and weigh {1 / told.clumped:.0%} of what independent ones would; creatives "
        "with few impressions are taken for usual ones until they have more. Creatives that ran at other times or to "
        "other people differ for that, too."
    )
    st.download_button(
        "Download the comparison",
        lambda: export.to_csv(table),
        "ads_creatives.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_creatives",
    )


def _bands(table: pd.DataFrame, name: str) -> list[str]:
    form = ",.2f" if name == "worth" else ".2%"
    ends = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
    return ["" if np.isnan(low) else f"{format(low, form)} to {format(high, form)}" for low, high in ends]


def _lab(told: Compared, channel: str, level: Level) -> None:
    """The concept lab reads the creatives as headlines, where it is asked: it takes some seconds."""
    names = told.table["name"].tolist()[:ASKED]
    if st.button(
        "Ask the concept lab",
        icon=":material/lightbulb:",
        key="ask_lab",
        help="Reads each one as an ad headline: the probability that a customer wants what it says. Means something "
        "where the name holds the words of the ad.",
    ):
        try:
            asked = _scores(names)
        except DebutError as error:
            shell.fail(error)
            return
        st.session_state[_asked(channel, level)] = dict(zip(names, asked.tolist(), strict=True))
        st.rerun(scope="fragment")
    scores: dict[str, float] | None = st.session_state.get(_asked(channel, level))
    if scores:
        st.markdown(_agrees(told, scores))


def _agrees(told: Compared, scores: dict[str, float]) -> str:
    found = creatives.agreement(told.table["name"].map(scores).to_numpy(float), told.table["click_rate"].to_numpy())
    if found is None:
        return f"Fewer than {creatives.FEWEST} creatives, or all alike: whether the lab agrees cannot be said."
    sure = "more than chance would" if found.chance < 0.05 else "no more than chance would"
    return (
        f"The lab and people's clicks rank these {found.creatives} alike with a correlation of {found.rank:+.2f}, "
        f"{sure} (p = {found.chance:.2f})."
    )


def _scores(names: list[str]) -> np.ndarray:
    judges = concepts_lab.judges()
    with st.spinner("Asking the customers about the creatives ..."):
        return creatives.lab(judges, _brief(), names)


def _brief() -> "Brief":
    """An ad headline for nothing in particular, at the shop's usual price, as all customers see it."""
    past, known = shell.past(), audience_shop.audience()
    prices = past.items["price"].to_numpy(dtype=float)
    usual = float(np.nanmedian(prices)) if np.isfinite(prices).any() else 1.0
    idea = briefs.of_idea(past, "", usual)
    return replace(idea, kind="headline", groups=Groups.of(known.found, known.customers))


def _asked(channel: str, level: Level) -> str:
    """Where the lab's answers are kept: of the customers as they are now."""
    shop = shell.workspace()
    return f"ads_lab:{shop.folder}:{shop.version}:{versions.stamp(shop, 'preference')}:{level}:{channel}"
