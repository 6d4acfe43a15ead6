"""Figures of the Reviews page. Colours come from the theme, so that they fit light and dark."""

import html

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import ACCENT, ALARM, BAND, MUTED, band, empty

__all__ = ["aspects", "by_week", "groups"]

SENTIMENT = "Sentiment (-1 to 1)"


def by_week(weeks: pd.DataFrame) -> go.Figure:
    """weeks: week, reviews, sentiment, low, high. The line with its band; how many reviews there were below it."""
    figure = empty(340, "", SENTIMENT)
    band(figure, weeks["week"], weeks["low"], weeks["high"])
    figure.add_scatter(
        x=weeks["week"],
        y=weeks["sentiment"],
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 4},
        name="Mean of the week",
        hovertemplate="%{y:+.2f}<extra></extra>",
    )
    figure.add_bar(
        x=weeks["week"],
        y=weeks["reviews"],
        yaxis="y2",
        marker_color=MUTED,
        opacity=0.6,
        name="Reviews",
        hovertemplate="%{y} reviews<extra></extra>",
    )
    figure.update_layout(
        yaxis={"domain": [0.28, 1]}, yaxis2={"domain": [0, 0.2], "title": "Reviews", "rangemode": "tozero", "nticks": 3}
    )
    figure.add_hline(y=0, line={"color": MUTED, "dash": "dot"}, yref="y")
    return figure


def groups(table: pd.DataFrame, name: str) -> go.Figure:
    """table: a column of names, reviews, sentiment, low, high, positive; the best at the top."""
    shown = table.iloc[::-1]
    names = [html.escape(f"{one} ({count:,})") for one, count in zip(shown[name], shown["reviews"], strict=True)]
    figure = empty(max(180, 32 * len(shown) + 80), SENTIMENT, "", hovermode="closest")
    figure.add_bar(
        x=shown["high"] - shown["low"],
        y=names,
        base=shown["low"],
        orientation="h",
        marker_color=BAND,
        width=0.5,
        name="Likely range (8 in 10)",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=shown["sentiment"],
        y=names,
        mode="markers",
        marker={"size": 11, "color": ACCENT},
        name="Mean",
        customdata=shown["positive"],
        hovertemplate="%{y}: %{x:+.2f}, %{customdata:.0%} would recommend<extra></extra>",
    )
    figure.update_xaxes(zeroline=False)
    return figure


def aspects(table: pd.DataFrame) -> go.Figure:
    """table: aspect, praised, complained, good_words, bad_words. Complaints to the left, praise to the right."""
    shown = table.iloc[::-1]
    figure = empty(max(200, 34 * len(shown) + 80), "Sentences", "", barmode="relative", bargap=0.3, hovermode="closest")
    for column, words, name, colour, sign in (
        ("complained", "bad_words", "Complaints", ALARM, -1),
        ("praised", "good_words", "Praise", ACCENT, 1),
    ):
        figure.add_bar(
            x=sign * shown[column],
            y=shown["aspect"],
            orientation="h",
            marker_color=colour,
            name=name,
            customdata=pd.DataFrame({"count": shown[column], "words": shown[words].map(html.escape)}),
            hovertemplate="%{y}: %{customdata[0]:,} sentences<br>%{customdata[1]}<extra></extra>",
        )
    most = float(max(shown["complained"].max(), shown["praised"].max(), 1))
    low, high = -float(max(shown["complained"].max(), 0.15 * most)), float(max(shown["praised"].max(), 0.15 * most))
    figure.update_xaxes(range=[1.1 * low, 1.1 * high], tickformat=",d", zeroline=True, zerolinecolor=MUTED)
    ticks = _ticks(low, high)
    figure.update_xaxes(tickvals=ticks, ticktext=[f"{abs(tick):,}" for tick in ticks])
    return figure


def _ticks(low: float, high: float) -> list[int]:
    """A few round counts on both sides of 0; complaints are counted without a minus."""
    span = high - low
    step = next(base * 10**power for power in range(9) for base in (1, 2, 5) if span / (base * 10**power) <= 6)
    return [step * at for at in range(int(low // step), int(high // step) + 1)]
