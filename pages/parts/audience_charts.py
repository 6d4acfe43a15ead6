"""Figures of the Audience page. Colours come from the theme, so that they fit light and dark."""

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import ACCENT, ALARM, BAND, MUTED, empty

__all__ = ["gain", "heatmap", "shares", "sizes"]

NAME, BRIEF = 34, 20  # characters of a name beside a chart: more leave no room for it on a phone


def gain(curve: pd.DataFrame, at: float, reached: float) -> go.Figure:
    """curve: contacted, reached (0 to 1). at, reached: where the audience ends."""
    figure = empty(320, "Customers contacted, best first", "Expected buyers reached", hovermode="closest")
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": MUTED, "dash": "dot"},
        name="At random",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=curve["contacted"],
        y=curve["reached"],
        mode="lines",
        line={"color": ACCENT, "width": 3},
        name="By probability",
        hovertemplate="%{x:.0%} of the customers hold %{y:.0%} of the expected buyers<extra></extra>",
    )
    figure.add_scatter(
        x=[at],
        y=[reached],
        mode="markers",
        marker={"color": ALARM, "size": 13, "symbol": "diamond"},
        name="This audience",
        hovertemplate="%{x:.0%} of the customers, %{y:.0%} of the buyers<extra></extra>",
    )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(range=[0, 1.04], tickformat=".0%")
    return figure


def shares(table: pd.DataFrame, name: str, told: str) -> go.Figure:
    """table: `name`, share, everybody, index; a bar a row with its share, its index at the end. told: whose share."""
    shown = table.iloc[::-1]
    places = list(range(len(shown)))  # not the names: two that are cut short may read the same
    figure = empty(max(170, 38 * len(shown) + 90), "", "", bargap=0.35, hovermode="closest")
    figure.add_bar(
        x=shown["share"],
        y=places,
        orientation="h",
        marker_color=ACCENT,
        name=told,
        customdata=np.column_stack([shown[name].map(html.escape), shown["index"]]),
        hovertemplate="%{customdata[0]}<br>%{x:.0%} (index %{customdata[1]:.0f})<extra></extra>",
    )
    usual = shown["everybody"] / shown["everybody"].sum()
    figure.add_scatter(
        x=usual,
        y=places,
        mode="markers",
        marker={"color": ALARM, "size": 9, "symbol": "line-ns-open", "line": {"width": 3}},
        name="All customers",
        hovertemplate="%{x:.0%} of all customers<extra></extra>",
    )
    ends = np.maximum(shown["share"], usual)
    figure.add_scatter(
        x=ends + 0.02 * ends.max(),
        y=places,
        mode="text",
        text=[f"{index:.0f}" for index in shown["index"]],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_xaxes(tickformat=".0%", range=[0, 1.18 * max(float(ends.max()), 0.01)])
    figure.update_yaxes(tickvals=places, ticktext=_short(shown[name]), automargin=True, showgrid=False, zeroline=False)
    return figure


def heatmap(overlaps: np.ndarray, titles: list[str]) -> go.Figure:
    """overlaps: (m, m) 0 to 1, NaN where it is not told; in the order in which they are to stand."""
    figure = empty(max(300, 15 * len(titles) + 90), "", "", hovermode="closest")
    shown = overlaps.copy()
    np.fill_diagonal(shown, np.nan)
    names = [html.escape(title) for title in titles]
    pairs = np.array([[f"{one}<br>{other}" for other in names] for one in names], dtype=object)
    places = list(range(len(names)))
    figure.add_heatmap(
        z=shown,
        x=places,
        y=places,
        customdata=pairs,
        colorscale=[[0, "rgba(15, 143, 134, 0.06)"], [1, ACCENT]],
        zmin=0,
        zmax=float(np.nanmax(shown)) if np.isfinite(shown).any() else 1.0,
        hoverongaps=False,
        hovertemplate="%{customdata}<br>overlap %{z:.0%}<extra></extra>",
        colorbar={"tickformat": ".0%", "thickness": 12, "orientation": "h", "y": 1.0, "yanchor": "bottom", "nticks": 4},
    )
    figure.update_xaxes(showticklabels=False, showgrid=False)
    figure.update_yaxes(
        tickvals=places,
        ticktext=_short(pd.Series(titles), BRIEF),
        autorange="reversed",
        showgrid=False,
        automargin=True,
    )
    return figure


def sizes(table: pd.DataFrame) -> go.Figure:
    """table: place, name, orders, price, customers; a bubble a segment with its place in it, as large as it is."""
    figure = empty(380, "Days with a purchase in a year (median)", "Price paid (median)", hovermode="closest")
    most = float(table["customers"].max())
    figure.add_scatter(
        x=table["orders"],
        y=table["price"],
        mode="markers+text",
        marker={
            "size": table["customers"],
            "sizemode": "area",
            "sizeref": 2 * most / 70**2,
            "sizemin": 6,
            "color": BAND,
            "line": {"color": ACCENT, "width": 2},
        },
        text=table["place"].astype(str),
        customdata=np.column_stack([table["name"].map(html.escape), table["customers"]]),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]:,.0f} customers<br>%{x:.0f} days with a purchase, "
        "pay %{y:,.2f}<extra></extra>",
        showlegend=False,
    )
    return figure


def _short(names: pd.Series, most: int = NAME) -> list[str]:
    """Names that leave room for the bars, escaped; what they hide, hovering tells."""
    return [html.escape(name if len(name) <= most else f"{name[: most - 1]}…") for name in names]
