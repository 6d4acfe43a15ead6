"""What each channel has brought and what more on it would bring, with bands, and the user's own knowledge of it."""

import numpy as np
import pandas as pd
import streamlit as st

from core import export, shell
from core.ads import figures, steady
from core.ads.panel import Panel
from core.ads.response import LAGS, Response
from core.workspace import Workspace
from pages.parts import ads_channel_charts as charts
from pages.parts import ads_knowledge
from pages.parts.ads_channel_charts import Curve
from pages.parts.ads_charts import COLOURS

__all__ = ["show"]

WIDTH = 260  # of one channel's curve: three side by side, one on a phone
MARGINAL = (
    f"Revenue of the next 1 in the last {LAGS} weeks in which the channel ran, at the spend and in the season of these "
    "weeks"
)
BANDS = {"contribution": ",.0f", "roi": ".2f", "marginal": ".2f", "order_cost": ",.2f", "half_life": ".1f"}


def show(workspace: Workspace, response: Response, panel: Panel) -> None:
    """Returns, contribution over time, curves, and what the user knows."""
    table = figures.table(response, panel)
    st.header("What each channel brings")
    st.markdown(_summary(response, panel, table))
    pays = steady.pays(response)
    st.plotly_chart(
        charts.returns(table, pays),
        key="ads_returns",
        alt="ROI and marginal ROI of each channel with their likely ranges, and what the platforms claim",
    )
    st.caption(
        f"{_paying(pays)} Bars hold 8 in 10 of the equally likely answers. Platforms count every order that follows a "
        "click or a view, also those that would have come anyway."
    )
    _table(table)
    st.header("Over time")
    st.plotly_chart(
        charts.over_time(response.weeks, response.channels, response.weekly),
        key="ads_over_time",
        alt="Revenue that each channel brought by week, stacked, with the likely range of the sum",
    )
    st.caption("Means of the equally likely answers, as medians do not add up; the table above has medians.")
    st.header("What more would bring")
    _curves(response, table)
    _plain(panel)
    ads_knowledge.show(workspace, response, panel)


def _summary(response: Response, panel: Panel, table: pd.DataFrame) -> str:
    """What all ads came to, and where the next money is worth most."""
    low, middle, high = figures.band(response.contribution.sum(1))
    sold, spent = float(np.maximum(panel.revenue, 0).sum()), float(response.spent.sum())
    words = (
        f"In {len(panel.weeks)} weeks {spent:,.0f} were spent on ads. They brought **{middle:,.0f} of revenue** "
        f"(8 in 10: {low:,.0f} to {high:,.0f}), {middle / max(sold, 1e-9):.0%} of all."
    )
    known = table[table["marginal"].notna()]
    if known.empty:
        return words
    best = known.iloc[int(known["marginal"].to_numpy().argmax())]
    return (
        f"{words} The next 1 is worth most on **{shell.plain(best['channel'])}**: {best['marginal']:.2f} of revenue "
        f"({best['marginal_low']:.2f} to {best['marginal_high']:.2f})."
    )


def _paying(pays: float) -> str:
    if np.isinf(pays):
        return "The goods cost as much as they bring, or more: no ad pays for itself."
    return f"Dotted line: {pays:.2f}, from which on revenue pays for the goods and for the ad."


def _table(table: pd.DataFrame) -> None:
    shown = table.assign(**{f"{name}_band": _bands(table, name, form) for name, form in BANDS.items()})
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        shown,
        hide_index=True,
        key="ads_channels",
        alt="Figures of every channel with their bands",
        placeholder="unknown",
        column_order=[
            *("channel", "spend", "contribution", "contribution_band", "roi", "roi_band", "marginal", "marginal_band"),
            *("claimed_roi", "order_cost", "order_cost_band", "half_life", "half_life_band", "saturation", "now"),
            "idle",
        ],
        column_config={
            "channel": text("Channel", pinned=True, width=110),
            "spend": number("Spent", format="localized", step=1),
            "contribution": number("Revenue brought", format="localized", step=1),
            "contribution_band": text("8 in 10", width=190),
            "roi": number("ROI", format="%.2f", help="Revenue for each 1 spent"),
            "roi_band": text("8 in 10", width=110),
            "marginal": number("Marginal ROI", format="%.2f", help=MARGINAL),
            "marginal_band": text("8 in 10", width=110),
            "claimed_roi": number("Platform claims", format="%.2f", help="Its own revenue for each 1 spent"),
            "order_cost": number("Cost of an extra order", format="%.2f"),
            "order_cost_band": text("8 in 10", width=110),
            "half_life": number(
                "Half-life (weeks)", format="%.1f", help="After so many weeks half of the effect of a week is gone"
            ),
            "half_life_band": text("8 in 10", width=90),
            "saturation": number(
                "Saturated at (a week)", format="localized", step=1, help="Money a week at 80 % of the full effect"
            ),
            "now": number("Spent a week now", format="localized", step=1),
            "idle": number("May do nothing", format="percent", help="Chance that it has no effect"),
        },
    )
    st.download_button(
        "Download the figures",
        lambda: export.to_csv(table),
        "ads_channels.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="download_channels",
        help="A row a channel, each figure with the ends of its band.",
    )


def _bands(table: pd.DataFrame, name: str, form: str) -> list[str]:
    """The ends of a band in words; '' where it is unknown."""
    ends = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
    return ["" if np.isnan(low) else f"{_number(low, form)} to {_number(high, form)}" for low, high in ends]


def _number(value: float, form: str) -> str:
    return "no end" if np.isinf(value) else format(value, form)


def _curves(response: Response, table: pd.DataFrame) -> None:
    """A chart a channel, so that they stand beside each other where there is room."""
    st.caption(
        "Revenue a week at a steady spend, with its likely range (8 in 10), at present prices in an average season. "
        "Circle: spent now. Diamond: 80 % of the full effect. Dotted: more than was ever spent in a week, a guess."
    )
    with st.container(horizontal=True):
        for at, row in enumerate(table.to_dict("records")):
            money = steady.amounts(response, at)
            ends = figures.band(steady.revenue(response, at, money))
            one = Curve(row["channel"], money, ends, row["now"], row["largest"], row["saturation"])
            st.plotly_chart(
                charts.curve(one, COLOURS[at % len(COLOURS)]),
                width=WIDTH,
                key=f"ads_curve_{at}",
                alt=f"Revenue a week by spend a week on {row['channel']}, with its likely range",
            )


def _plain(panel: Panel) -> None:
    """The literature's model, as a reference."""
    found = figures.plain(panel)
    with st.expander("The plain model of the literature beside it", icon=":material/functions:"):
        st.markdown(
            f"R = α·C + β·y by least squares: revenue R of a week and category from what was spent on ads in it (C) "
            f"and the units that were to be expected (y). α = **{found.alpha:.2f}** ± {found.alpha_error:.2f} of "
            f"revenue for each 1 spent, β = **{found.beta:.2f}** ± {found.beta_error:.2f} for each unit "
            f"(standard errors); it explains {found.explained:.0%} of the ups and downs of {found.weeks:,} weeks."
        )
        st.caption(
            "It knows neither carry-over nor saturation nor season: where ads follow the season, it credits them for "
            "it. A reference, not what this page goes by."
        )
