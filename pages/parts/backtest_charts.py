"""Figures of the backtest page. Colours come from the theme, so that they fit light and dark."""

import html

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import ACCENT, ALARM, BAND, MUTED, band, empty, likely_range

__all__ = ["calibration", "coverage", "error_by_week", "item_weeks", "scatter"]


def scatter(items: pd.DataFrame, ranges: bool) -> go.Figure:
    """items: title, units, p10, p50, p90. Log axes; what lies outside its range stands out."""
    figure = empty(460, "Units forecast (median)", "Units sold", hovermode="closest")
    top = float(max(items["units"].max(), items["p50"].max(), 1))
    figure.add_scatter(
        x=[1, top],
        y=[1, top],
        mode="lines",
        line={"color": MUTED, "dash": "dot"},
        name="Sold as forecast",
        hoverinfo="skip",
    )
    inside = (items["p10"] <= items["units"]) & (items["units"] <= items["p90"])
    for part, name, colour, symbol in (
        (items[inside], "Inside its range", ACCENT, "circle"),
        (items[~inside], "Outside", ALARM, "diamond"),
    ):
        middle = part["p50"].clip(lower=1)
        figure.add_scatter(
            x=middle,
            y=part["units"].clip(lower=1),
            mode="markers",
            marker={"color": colour, "size": 7, "opacity": 0.75, "symbol": symbol},
            name=f"{name} ({len(part)})",
            error_x={
                "type": "data",
                "symmetric": False,
                "array": part["p90"].clip(lower=1) - middle,
                "arrayminus": middle - part["p10"].clip(lower=1),
                "color": colour,
                "thickness": 0.6,
                "width": 0,
                "visible": ranges,
            },
            customdata=part[["p10", "p50", "p90", "units"]].assign(title=part["title"].map(html.escape)),
            hovertemplate="<b>%{customdata[4]}</b><br>sold %{customdata[3]:,.0f}<br>forecast %{customdata[1]:,.0f}"
            " (%{customdata[0]:,.0f} to %{customdata[2]:,.0f})<extra></extra>",
        )
    figure.update_xaxes(type="log", dtick=1)
    figure.update_yaxes(type="log", dtick=1)
    return figure


def coverage(groups: pd.DataFrame) -> go.Figure:
    """groups: group, count, coverage, low, high, judged; the largest at the top."""
    figure = empty(max(200, 34 * len(groups) + 90), "Launches inside their range", "", hovermode="closest")
    shown = groups.iloc[::-1]
    names = [html.escape(f"{group} ({count})") for group, count in zip(shown["group"], shown["count"], strict=True)]
    figure.add_bar(
        x=shown["high"] - shown["low"],
        y=names,
        base=shown["low"],
        orientation="h",
        marker_color=BAND,
        width=0.5,
        name="Chance alone, if 80 % is right",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=shown["coverage"],
        y=names,
        mode="markers",
        marker={
            "size": 11,
            "color": [ACCENT if judged else MUTED for judged in shown["judged"]],
            "symbol": ["circle" if judged else "circle-open" for judged in shown["judged"]],
        },
        name="Seen (open: fewer than 30 launches)",
        customdata=shown["wape"],
        hovertemplate="%{y}: %{x:.0%} inside, error %{customdata:.0%}<extra></extra>",
    )
    figure.add_vline(x=0.8, line={"color": MUTED, "dash": "dot"})
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%")
    return figure


def error_by_week(weeks: pd.DataFrame) -> go.Figure:
    """weeks: week, units, wape, bias_mean, coverage."""
    figure = empty(300, "Week after launch", "Error over units sold", hovermode="closest")
    figure.add_bar(
        x=weeks["week"],
        y=weeks["wape"],
        marker_color=ACCENT,
        name="Error of single items",
        customdata=weeks[["units", "bias_mean", "coverage"]],
        hovertemplate="week %{x}: error %{y:.0%}<br>%{customdata[0]:,.0f} units sold, the means add up to "
        "%{customdata[1]:+.0%}<br>%{customdata[2]:.0%} of the launches inside their range<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(dtick=1 if len(weeks) <= 13 else 2)
    figure.update_yaxes(rangemode="tozero", tickformat=".0%")
    return figure


def calibration(bins: pd.DataFrame) -> go.Figure:
    """bins: predicted, observed, count, low, high."""
    figure = empty(340, "Chance forecast", "Share that did sell so many", hovermode="closest")
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": MUTED, "dash": "dot"}, name="Perfect", hoverinfo="skip"
    )
    band(figure, bins["predicted"], bins["low"], bins["high"], "Chance alone")
    figure.add_scatter(
        x=bins["predicted"],
        y=bins["observed"],
        mode="lines+markers",
        line={"color": ACCENT},
        marker={"size": 8},
        name="Seen",
        customdata=bins["count"],
        hovertemplate="%{customdata} items: forecast %{x:.0%}, seen %{y:.0%}<extra></extra>",
    )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(range=[-0.02, 1.04], tickformat=".0%")
    return figure


def item_weeks(weeks: pd.DataFrame) -> go.Figure:
    """weeks of one item: week, units, p10, p50, p90. What was forecast and what was sold."""
    figure = empty(320, "Week after launch", "Units")
    likely_range(figure, weeks, "Likely range")
    figure.add_scatter(x=weeks["week"], y=weeks["p50"], mode="lines", line={"color": ACCENT, "width": 3}, name="Median")
    figure.add_scatter(
        x=weeks["week"],
        y=weeks["units"],
        mode="lines+markers",
        line={"color": ALARM, "width": 2, "dash": "dot"},
        marker={"symbol": "diamond", "size": 8},
        name="Sold",
    )
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(dtick=1 if len(weeks) <= 13 else 2)
    return figure
