"""Figures of the updates: how the forecaster did month by month. Colours come from the theme."""

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import ACCENT, ALARM, MUTED, empty

__all__ = ["by_month", "coverage"]

TOLD = {"backtest": ("In its backtest", MUTED), "since": ("Since it was trained", ACCENT)}
BESIDE = {"backtest": pd.Timedelta(0), "since": pd.Timedelta(days=4)}  # else one would hide the other
MEANT = 0.8


def coverage(months: pd.DataFrame) -> go.Figure:
    """months: month, coverage, low, high, covered, launches, told: share of launches in their likely range."""
    figure = _empty(months, "In the likely range")
    for told, (name, colour) in TOLD.items():
        mine = months[months["told"] == told]
        if mine.empty:
            continue
        figure.add_scatter(
            x=mine["month"] + BESIDE[told],
            y=mine["coverage"],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": mine["high"] - mine["coverage"],
                "arrayminus": mine["coverage"] - mine["low"],
                "color": colour,
                "thickness": 1.5,
            },
            mode="markers",
            marker={"color": colour, "size": 10},
            name=name,
            customdata=mine[["covered", "launches"]],
            hovertemplate="%{x|%b %Y}: %{customdata[0]:.0f} of %{customdata[1]:.0f} launches<extra></extra>",
        )
    figure.add_hline(y=MEANT, line={"color": ALARM, "dash": "dot", "width": 1.5})
    figure.update_yaxes(range=[0, 1.05], tickformat=".0%")
    return figure


def by_month(months: pd.DataFrame, column: str, label: str) -> go.Figure:
    """months: month, `column` (a share), launches, told; a bar a month."""
    figure = _empty(months, label)
    for told, (name, colour) in TOLD.items():
        mine = months[months["told"] == told]
        if mine.empty:
            continue
        figure.add_bar(
            x=mine["month"],
            y=mine[column],
            marker_color=colour,
            name=name,
            customdata=mine["launches"],
            hovertemplate="%{x|%b %Y}: %{y:+.0%}, %{customdata:.0f} launches<extra></extra>"
            if column == "bias"
            else "%{x|%b %Y}: %{y:.0%}, %{customdata:.0f} launches<extra></extra>",
        )
    figure.update_layout(barmode="group", bargap=0.3)
    figure.update_yaxes(tickformat="+.0%" if column == "bias" else ".0%")
    return figure


def _empty(months: pd.DataFrame, label: str) -> go.Figure:
    figure = empty(280, "", label, hovermode="closest")
    stamps = sorted(set(pd.to_datetime(months["month"])))
    every = max(1, -(-len(stamps) // 6))
    figure.update_xaxes(tickvals=stamps[::every], tickformat="%b %Y")
    return figure
