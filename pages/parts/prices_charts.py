"""Figures of the Pricing page. Colours come from the theme, so that they fit light and dark."""

import html
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.prices.plain import Plain
from core.prices.profit import Curves
from pages.parts.charts import ACCENT, ALARM, BAND, MUTED, empty

__all__ = ["Marks", "elasticities", "gains", "line", "prices"]

OFFERS, LIKE = "#7C3AED", "#B45309"
NEAR_BAND = "rgba(15, 143, 134, 0.10)"
NAMES = ("Profit", "Revenue", "Units")
DOMAINS = ((0.59, 1.0), (0.355, 0.555), (0.12, 0.32), (0.0, 0.09))
"""Of the height, from the top."""
Parts = dict[str, Any]
"""Of a Plotly figure."""
NAME = 30  # characters of a name at a chart: more leave no room on a phone
MOST_BARS = 40
FAR = 4.0  # times the planned price: what others ask further away is off the axis


@dataclass(frozen=True)
class Marks:
    """Prices that stand out."""

    tried: float
    planned: float
    best: float
    suggested: float
    floor: float
    break_even: float | None
    near: tuple[float, float] | None
    plain: float | None = None
    """What the plain rule asks."""


def prices(curves: Curves, marks: Marks, offers: pd.DataFrame, like: pd.DataFrame) -> go.Figure:
    """Profit, revenue and units against price, and who asks what on the same axis.

    offers: competitor, title, price. like: title, price of like items on sale. Put together as plain dictionaries and
    checked once: trace by trace Plotly takes five times as long, and this follows a slider.
    """
    others = pd.concat([offers["price"], like["price"]]).astype(float)
    others = others[(others > marks.planned / FAR) & (others < marks.planned * FAR)]
    low = min(curves.prices[0], others.min()) if len(others) else curves.prices[0]
    high = max(curves.prices[-1], others.max()) if len(others) else curves.prices[-1]
    asked = [
        *_asked(offers["price"], offers["competitor"] + ": " + offers["title"], "Competitors", OFFERS, 1.0),
        *_asked(like["price"], like["title"], "Like items here", LIKE, 0.0),
    ]
    bands = (curves.profit, curves.revenue, curves.units)
    traces = [trace for row, band in enumerate(bands) for trace in _curve(row, curves, band)]
    layout = _axes(float(low), float(high)) | {"shapes": _shapes(marks)}
    return go.Figure({"data": [*traces, *_points(curves, marks), *asked], "layout": layout})


def _axes(low: float, high: float) -> Parts:
    """Three measures and a strip below each other, on one axis of prices."""
    axes: Parts = {
        f"yaxis{row or ''}": {
            "domain": list(domain),
            "anchor": "x",
            "title": {"text": name},
            "rangemode": "tozero" if row else "normal",
        }
        for row, name, domain in zip((0, 2, 3), NAMES, DOMAINS[:3], strict=True)
    }
    return axes | {
        "yaxis4": {"domain": list(DOMAINS[3]), "anchor": "x", "visible": False, "range": [-0.7, 1.7]},
        "xaxis": {"range": [low, high], "anchor": "y4", "title": {"text": "Price"}},
        "height": 760,
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "hovermode": "closest",
    }


def _curve(row: int, curves: Curves, band: np.ndarray) -> list[Parts]:
    """One measure: its band, and its expected line, dotted where no price has been seen."""
    axis = {"type": "scatter", "mode": "lines", "x": curves.prices, "xaxis": "x", "yaxis": f"y{row + 1 if row else ''}"}
    edge = axis | {"line": {"width": 0}, "hoverinfo": "skip"}
    fill = {"fill": "tonexty", "fillcolor": BAND, "name": "Likely range (8 in 10)", "showlegend": row == 0}
    traces = [edge | {"y": band[2], "showlegend": False}, edge | {"y": band[0]} | fill]
    for inside, dash, name in ((True, "solid", "Expected"), (False, "dot", "Beyond the prices seen")):
        shown = ~curves.beyond if inside else curves.beyond | np.roll(curves.beyond, 1) | np.roll(curves.beyond, -1)
        line = {"color": ACCENT if inside else MUTED, "width": 3 if inside else 2, "dash": dash}
        hover = f"%{{x:,.2f}}: {NAMES[row].lower()} %{{y:,.0f}}<extra></extra>"
        named = {"name": name, "showlegend": row == 0 and bool(shown.any()), "hovertemplate": hover}
        traces.append(axis | {"y": np.where(shown, band[1], np.nan), "line": line} | named)
    return traces


def _shapes(marks: Marks) -> list[Parts]:
    """A line through all measures at the price tried, none at no profit, and the prices as good as the best."""
    tall = {"xref": "x", "yref": "paper", "y0": DOMAINS[2][0], "y1": 1}
    tried = tall | {"type": "line", "x0": marks.tried, "x1": marks.tried, "line": {"color": ALARM, "width": 1}}
    nothing = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": 0, "y1": 0}
    shapes = [tried, nothing | {"line": {"color": MUTED, "width": 1}}]
    if marks.near:
        rest = {"fillcolor": NEAR_BAND, "line": {"width": 0}, "layer": "below"}
        shapes.append(tall | {"type": "rect", "x0": marks.near[0], "x1": marks.near[1]} | rest)
    return shapes


def _points(curves: Curves, marks: Marks) -> list[Parts]:
    """Prices that stand out, on the profit curve."""
    points = [
        ("Price tried", marks.tried, "diamond", ALARM, 13),
        ("Sheet's price", marks.planned, "circle-open", MUTED, 11),
        ("Earns most", marks.best, "star", ACCENT, 14),
        ("Under the rules", marks.suggested, "square-open", ACCENT, 12),
        ("Margin floor", marks.floor, "triangle-right-open", MUTED, 10),
        ("Break-even", marks.break_even, "x-thin", ALARM, 10),
        ("Plain rule", marks.plain, "cross-thin", MUTED, 10),
    ]
    return [
        {
            "type": "scatter",
            "x": [price],
            "y": [float(np.interp(price, curves.prices, curves.profit[1]))],
            "mode": "markers",
            "marker": {"symbol": symbol, "color": colour, "size": size, "line": {"width": 2, "color": colour}},
            "name": name,
            "hovertemplate": f"{name}: %{{x:,.2f}}<br>profit %{{y:,.0f}}<extra></extra>",
        }
        for name, price, symbol, colour, size in points
        if price is not None and curves.prices[0] <= price <= curves.prices[-1]
    ]


def _asked(asked: pd.Series, titles: pd.Series, name: str, colour: str, height: float) -> list[Parts]:
    """A tick at each price that somebody asks."""
    if not len(asked):
        return []
    tick = {"symbol": "line-ns", "size": 16, "line": {"width": 2, "color": colour}, "color": colour}
    return [
        {
            "type": "scatter",
            "x": asked.to_numpy(dtype=float),
            "y": np.full(len(asked), height),
            "yaxis": "y4",
            "mode": "markers",
            "marker": tick,
            "name": name,
            "customdata": [html.escape(str(title)) for title in titles],
            "hovertemplate": "%{customdata}<br>%{x:,.2f}<extra></extra>",
        }
    ]


def gains(table: pd.DataFrame) -> go.Figure:
    """table: title, gain, gain_low, gain_high; a bar an item whose price differs from the sheet's, the most first."""
    shown = table.sort_values("gain", ascending=False).head(MOST_BARS)
    figure = empty(300, "Items, the most first", "Profit gained", bargap=0.2, hovermode="closest")
    figure.add_bar(
        x=list(range(1, len(shown) + 1)),
        y=shown["gain"],
        marker_color=[ACCENT if gain >= 0 else ALARM for gain in shown["gain"]],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (shown["gain_high"] - shown["gain"]).clip(lower=0),
            "arrayminus": (shown["gain"] - shown["gain_low"]).clip(lower=0),
            "color": MUTED,
            "thickness": 1.5,
            "width": 0,
        },
        customdata=shown["title"].map(html.escape),
        hovertemplate="%{customdata}<br>%{y:,.0f}<extra></extra>",
        showlegend=False,
    )
    return figure


def elasticities(table: pd.DataFrame) -> go.Figure:
    """table: name, elasticity, low, high; a row each, the steepest at the top."""
    shown = table.sort_values("elasticity", ascending=False)
    names = [html.escape(name if len(name) <= NAME else f"{name[: NAME - 1]}…") for name in shown["name"]]
    figure = empty(max(180, 32 * len(shown) + 80), "Elasticity of demand", "", hovermode="closest")
    figure.add_scatter(
        x=shown["elasticity"],
        y=names,
        mode="markers",
        marker={"color": ACCENT, "size": 11},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": shown["high"] - shown["elasticity"],
            "arrayminus": shown["elasticity"] - shown["low"],
            "color": MUTED,
        },
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        showlegend=False,
    )
    figure.add_vline(-1, line={"color": ALARM, "width": 1, "dash": "dot"})
    figure.update_yaxes(automargin=True)
    return figure


def line(past: pd.DataFrame, plain: Plain, new: pd.DataFrame) -> go.Figure:
    """past: units, price of past launches. new: title, units, price of new items; and the plain rule between."""
    figure = empty(340, "Units in the launch window", "Price", hovermode="closest")
    for frame, name, colour, symbol in ((past, "Past launches", MUTED, "circle"), (new, "New items", ALARM, "diamond")):
        figure.add_scatter(
            x=frame["units"],
            y=frame["price"],
            mode="markers",
            marker={"color": colour, "size": 7, "opacity": 0.7, "symbol": symbol},
            name=name,
            customdata=frame["title"].map(html.escape),
            hovertemplate="%{customdata}<br>%{x:,.0f} units at %{y:,.2f}<extra></extra>",
        )
    ends = np.array([0.0, max(float(past["units"].max()), float(new["units"].max() if len(new) else 0))])
    figure.add_scatter(
        x=ends, y=plain.price(ends), mode="lines", line={"color": ACCENT, "width": 3}, name="The plain rule"
    )
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(rangemode="tozero")
    return figure
