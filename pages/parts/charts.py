"""Figures. Colours come from the theme, so that they fit light and dark."""

import html

import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike

__all__ = [
    "ACCENT",
    "ALARM",
    "BAND",
    "LEGEND",
    "LIKELY",
    "MUTED",
    "band",
    "completeness",
    "curve",
    "empty",
    "likely_range",
    "losses",
    "predicted_against_actual",
    "weeks",
    "worth_by_rank",
]

FEW_WEEKS = 6
ACCENT, MUTED, BAND, ALARM = "#0F8F86", "#94A3B8", "rgba(15, 143, 134, 0.3)", "#D9480F"
LIKELY = "Likely range (8 in 10)"
LEGEND = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0}
"""At the foot, where it grows upwards on a narrow screen: above the plot Plotly's buttons would cover it there."""


def empty(height: int, x: str, y: str, hovermode: str = "x unified", **layout: object) -> go.Figure:
    """A figure with nothing in it yet: its height in pixels, the titles of its axes."""
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        xaxis_title=x,
        yaxis_title=y,
        legend=LEGEND,
        hovermode=hovermode,
        **layout,
    )
    return figure


def likely_range(figure: go.Figure, weeks: pd.DataFrame, name: str) -> None:
    """Draw the band between P10 and P90. weeks: week, p10, p90."""
    edge = {"width": 0}
    figure.add_scatter(x=weeks["week"], y=weeks["p90"], mode="lines", line=edge, showlegend=False, name="P90")
    figure.add_scatter(
        x=weeks["week"], y=weeks["p10"], mode="lines", line=edge, fill="tonexty", fillcolor=BAND, name=name
    )


def band(
    figure: go.Figure, x: ArrayLike, low: ArrayLike, high: ArrayLike, name: str | None = LIKELY, **place: object
) -> None:
    """Draw a band between low and high, which stays out of the hover. name: None keeps it out of the legend, too.

    place: row and col of a subplot.
    """
    both = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"} | place
    figure.add_scatter(y=high, showlegend=False, **both)
    figure.add_scatter(y=low, fill="tonexty", fillcolor=BAND, name=name, showlegend=name is not None, **both)


def curve(weeks: pd.DataFrame, like: pd.DataFrame) -> go.Figure:
    """weeks: week, p10, p50, p90, mean. like: week and one column a like item, in units."""
    figure = empty(340, "Week after launch", "Units")
    likely_range(figure, weeks, "Likely range (8 in 10)")
    for title in like.columns.drop("week"):
        figure.add_scatter(
            x=like["week"],
            y=like[title],
            mode="lines",
            name=html.escape(title[:32]),
            line={"color": MUTED, "width": 1, "dash": "dot"},
            showlegend=False,
        )
    middle = {"color": ACCENT, "width": 3}
    figure.add_scatter(x=weeks["week"], y=weeks["p50"], mode="lines+markers", line=middle, name="Median")
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(dtick=1)
    return figure


def worth_by_rank(table: pd.DataFrame, worth: str, label: str) -> go.Figure:
    """table: a plan's, best first. One bar an item; what is launched stands out."""
    figure = empty(300, "Rank", label, bargap=0.15, hovermode="closest")
    for chosen, name, colour in (("yes", "Launched", ACCENT), ("no", "Not launched", MUTED)):
        rows = table[table["launch"] == chosen]
        figure.add_bar(
            x=rows["rank"],
            y=rows[worth],
            name=name,
            marker_color=colour,
            customdata=rows["title"].map(html.escape),
            hovertemplate="%{customdata}<br>%{y:,.0f}<extra></extra>",
        )
    return figure


def predicted_against_actual(items: pd.DataFrame) -> go.Figure:
    """items: actual, predicted; log axes, since launches range over decades."""
    figure = empty(360, "Units forecast", "Units sold", hovermode="closest")
    top = float(max(items["actual"].max(), items["predicted"].max(), 1))
    figure.add_scatter(
        x=[1, top], y=[1, top], mode="lines", line={"color": MUTED, "dash": "dot"}, name="Sold as forecast"
    )
    figure.add_scatter(
        x=items["predicted"].clip(lower=1),
        y=items["actual"].clip(lower=1),
        mode="markers",
        marker={"color": ACCENT, "size": 7, "opacity": 0.7},
        name="A launch",
        hovertemplate="forecast %{x:,.0f}, sold %{y:,.0f}<extra></extra>",
    )
    figure.update_xaxes(type="log", dtick=1)
    figure.update_yaxes(type="log", dtick=1)
    return figure


def losses(values: list[float]) -> go.Figure:
    """Mean loss of each epoch of a training."""
    figure = empty(240, "Epoch", "Mean squared error")
    epochs = list(range(1, len(values) + 1))
    figure.add_scatter(x=epochs, y=values, mode="lines+markers", line={"color": ACCENT}, name="Loss")
    figure.update_xaxes(dtick=1)
    return figure


def completeness(filled: pd.DataFrame) -> go.Figure:
    """filled: column, filled (share 0 to 1). One bar a column, the emptiest at the top."""
    shown = filled.sort_values("filled", ascending=False)
    figure = empty(max(160, 22 * len(shown) + 60), "Filled", "", bargap=0.25, hovermode="closest")
    colours = [ACCENT if share > 0.95 else MUTED if share > 0.5 else ALARM for share in shown["filled"]]
    figure.add_bar(
        x=shown["filled"],
        y=shown["column"].str.replace("_", " "),
        orientation="h",
        marker_color=colours,
        text=[f"{share:.0%}" if share < 1 else "" for share in shown["filled"]],
        textposition="outside",
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        showlegend=False,
    )
    figure.update_xaxes(range=[0, 1.1], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%")
    return figure


def weeks(table: pd.DataFrame) -> go.Figure:
    """table: week, rows, gap, and units where they are sales. Gaps stand out over the whole height."""
    name = "units" if "units" in table else "rows"
    figure = empty(260, "Week", name.capitalize())
    figure.add_bar(x=table["week"], y=table[name], marker_color=ACCENT, name=name.capitalize(), showlegend=False)
    if len(table) <= FEW_WEEKS:  # else the axis names Sundays
        figure.update_xaxes(tickvals=table["week"], tickformat="%-d %b")
    top = float(table[name].max() or 1)
    gaps = table[table["gap"]]
    if len(gaps):
        figure.add_bar(
            x=gaps["week"],
            y=[top] * len(gaps),
            marker_color=ALARM,
            opacity=0.35,
            name="Gap",
            hovertemplate="%{x}: no or hardly any rows<extra></extra>",
        )
        figure.update_layout(barmode="overlay")
    return figure
