"""Whom ads reach: people and times seen from impressions, how often is enough, and an item's audience by channel."""

import numpy as np
import pandas as pd
import streamlit as st

from core import shell
from core.ads import reach, steady
from core.ads.panel import Panel
from core.ads.response import Response
from core.audience.reach import Threshold
from core.errors import DebutError, NotReady
from core.workspace import Workspace
from pages.parts import ads_days, audience_shop
from pages.parts import ads_reach_charts as charts

__all__ = ["show"]

SHARE, FOUND = 10, 60  # percent of the customers; of these that a channel finds again
STEPS = 40  # of the curve by money
MOST_TIMES = 5.0  # times the chosen money, where it ends
NUMBERS = {"reach": ",.0f", "frequency": ".1f", "buyers": ",.1f"}


def show(workspace: Workspace, response: Response, panel: Panel) -> None:
    """People, times, the item's audience, and days."""
    st.header("How many people ads reach")
    shown = reach.recent(panel, reach.known_people(workspace.cursor()))
    known = shown[shown["per_mille"] > 0].reset_index(drop=True)  # what cost nothing has no price to go by
    if shown["per_mille"].isna().all():
        st.info("The ads have no impressions. Export them, too: they tell whom ads reach.", icon=":material/info:")
    else:
        _table(shown)
        _people(workspace, shown)
    if not known.empty:
        st.header("How often is enough")
        _often(response, known)
        st.header("A new item's audience by channel")
        _audience(known)
    ads_days.show(workspace)


def _table(shown: pd.DataFrame) -> None:
    bands = {f"{name}_band": _bands(shown, name) for name in ("reach", "frequency")}
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        shown.assign(**bands, people=shown["people"].round()),
        hide_index=True,
        key="ads_reach",
        alt="People reached a week by channel, and how often",
        placeholder="unknown",
        column_order=[
            *("channel", "spend", "impressions", "per_mille", "people", "reach", "reach_band", "frequency"),
            "frequency_band",
        ],
        column_config={
            "channel": text("Channel", pinned=True, width=110),
            "spend": number("Spent a week", format="localized", step=1),
            "impressions": number("Impressions a week", format="localized", step=1),
            "per_mille": number("Cost of 1,000", format="%.2f"),
            "people": number("People there", format="localized", step=1),
            "reach": number("Reached a week", format="localized", step=1),
            "reach_band": text("Range", width=150),
            "frequency": number("Times each", format="%.1f"),
            "frequency_band": text("Range", width=110),
        },
    )
    assumed = shown.loc[shown["assumed"] & shown["per_mille"].notna(), "channel"].tolist()
    words = "" if not assumed else f" Of {', '.join(assumed)} it is taken to be the impressions of the busiest week."
    st.caption(
        shell.plain(
            f"A usual week: the mean of the last {reach.RECENT} with impressions. Some people are shown far more than "
            "others; the range is from rather even to very uneven. People there: whom a channel can show ads to."
            f"{words}"
        )
    )


def _people(workspace: Workspace, shown: pd.DataFrame) -> None:
    with st.expander("People that each channel can reach", icon=":material/groups:"):
        st.caption("The size of the audience that an ad platform shows when a campaign is set up. Empty: not known.")
        version = st.session_state.setdefault("ads_people", 0)
        table = shown[["channel"]].assign(people=shown["people"].where(~shown["assumed"]))
        edited = st.data_editor(
            table,
            key=f"ads_people_{version}",
            hide_index=True,
            disabled=["channel"],
            alt="People that each channel can reach",
            column_config={
                "channel": st.column_config.TextColumn("Channel", width=150),
                "people": st.column_config.NumberColumn("People", min_value=1, step=1, format="localized"),
            },
        )
        if st.button("Keep", icon=":material/check:", key="keep_people"):
            given = edited.dropna(subset=["people"])
            try:
                reach.keep_people(workspace, dict(zip(given["channel"], given["people"].astype(float), strict=True)))
            except DebutError as error:
                shell.fail(error)
                return
            st.session_state.ads_people += 1
            st.rerun()


@st.fragment
def _often(response: Response, known: pd.DataFrame) -> None:
    """What the next 1 brings, by how often people see an ad."""
    name = st.selectbox("Channel", known["channel"].tolist(), key="ads_often", width=260)
    row = known[known["channel"] == name].iloc[0]
    table = reach.returns(response, float(row["per_mille"]), response.channels.index(name), float(row["people"]))
    pays = steady.pays(response)
    st.markdown(_enough(table, row, pays))
    st.plotly_chart(
        charts.frequency(table, pays, float(row["frequency"])),
        key="ads_frequency",
        alt=f"Revenue of the next 1 spent on {name} by how often people see its ads, with the likely range",
    )
    line = f" Dotted line: {pays:.2f}, below which the next 1 costs more than it earns after the cost of goods."
    st.caption(f"From the channel's curve at a steady spend in an average season.{line if np.isfinite(pays) else ''}")


def _enough(table: pd.DataFrame, row: pd.Series, pays: float) -> str:
    """How often people see it now, and from where on more does not pay."""
    at = int((table["spend"] - row["spend"]).abs().argmin())
    now = table.iloc[at]
    words = (
        f"At present {row['reach']:,.0f} people a week see it **{row['frequency']:.1f} times** each. In an average "
        f"season the next 1 then brings {now['next']:.2f} of revenue (8 in 10: {now['next_low']:.2f} to "
        f"{now['next_high']:.2f})."
    )
    stop = reach.stops(table, pays)
    if stop is None:
        return f"{words} As far as has been seen, more would still pay for itself."
    if stop == 0:
        return f"{words} However seldom it is shown, it does not earn back its cost."
    first = table.iloc[stop]
    return (
        f"{words} From about **{first['frequency']:.1f} times** ({first['spend']:,.0f} a week) on it costs more "
        "than it earns."
    )


def _audience(known: pd.DataFrame) -> None:
    """The customers most likely to want a new item, and what reaching them costs on each channel."""
    if not shell.has_new_items():
        st.info("Load a sheet of new items to see what reaching their buyers costs.", icon=":material/info:")
        shell.page_link("new_items", "Load new items", "upload")
        return
    try:
        shell.known_panel()
    except NotReady as error:
        shell.fail(error)
        return
    _of_item(known)


@st.fragment
def _of_item(known: pd.DataFrame) -> None:
    scores = shell.preferences()
    titles = audience_shop.titles(audience_shop.audience())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        item = st.selectbox(
            "Item", audience_shop.likely(scores), format_func=lambda code: titles.get(code, code), key="ads_item_shown",
            width=300,
        )  # fmt: skip
        share = st.slider("Customers most likely to buy (%)", 1, 100, SHARE, key="ads_share", width=230)
        found = st.slider(
            "Found again on the channel (%)",
            5,
            100,
            FOUND,
            5,
            key="ads_found",
            width=230,
            help="Of a list of customers, a platform finds those who have an account there under the same address.",
        )
    r = scores.of_item(item)
    members = Threshold("likely", share / 100).members(r, scores.r.mean(1))
    whom = reach.Audience(int(members.sum()), float(r[members].sum(dtype=float)))
    usual = reach.usual_money(known, whom, found / 100)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        money = st.number_input(
            "Money on a channel",
            0.01,
            1e9,
            round(usual, 2),
            key=f"ads_audience_money_{share}_{found}",
            width=180,
            help="To begin with what shows each of them an ad three times at a usual price.",
        )
    _reached(known, whom, float(money), found / 100)


def _reached(known: pd.DataFrame, whom: reach.Audience, money: float, found: float) -> None:
    table = reach.audience(known, whom, money, found)
    best = table.iloc[0]
    st.markdown(
        f"These **{whom.customers:,}** customers hold {whom.buyers:,.1f} expected buyers. {money:,.2f} on "
        f"**{shell.plain(best['channel'])}** reach {best['buyers']:,.1f} of them (range {best['buyers_low']:,.1f} to "
        f"{best['buyers_high']:,.1f}), the cheapest way."
    )
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        table.assign(**{f"{name}_band": _bands(table, name) for name in NUMBERS}),
        hide_index=True,
        key="ads_audience",
        alt="What the money reaches of the item's audience by channel",
        column_order=[
            *("channel", "impressions", "reach", "reach_band", "frequency", "frequency_band", "buyers"),
            *("buyers_band", "per_buyer"),
        ],
        column_config={
            "channel": text("Channel", pinned=True, width=110),
            "impressions": number("Impressions", format="localized", step=1),
            "reach": number("Customers reached", format="localized", step=1),
            "reach_band": text("Range", width=120),
            "frequency": number("Times each", format="%.1f"),
            "frequency_band": text("Range", width=100),
            "buyers": number("Buyers reached", format="%.1f"),
            "buyers_band": text("Range", width=110),
            "per_buyer": number("Cost of a buyer", format="%.2f"),
        },
    )
    grid = [money * MOST_TIMES * step / STEPS for step in range(1, STEPS + 1)]
    st.plotly_chart(
        charts.buyers(reach.by_money(known, whom, np.array(grid), found), money),
        key="ads_buyers",
        alt="Expected buyers reached by money spent on each channel",
    )
    st.caption(
        "Buyers reached would buy with a probability that the preference scorer gives, ad or no ad: whom to show the "
        "item to, not what the ad adds. Prices are those of the channel's usual ads; narrow audiences often cost more."
    )


def _bands(table: pd.DataFrame, name: str) -> list[str]:
    ends = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
    form = NUMBERS[name]
    return ["" if pd.isna(low) else f"{format(low, form)} to {format(high, form)}" for low, high in ends]
