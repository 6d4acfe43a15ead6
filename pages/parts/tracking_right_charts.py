"""Figures of who was right. Colours come from the theme, so that they fit light and dark."""

import html

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import ACCENT, ALARM, MUTED, empty

__all__ = ["bias", "steps"]

NAME = 26
NONE = 0.0005  # of an error that moved, below which it rounds to nothing


def steps(table: pd.DataFrame) -> go.Figure:
    """table: name, wape, gain, low, high (NaN where not told). A bar a step; what it took away stands at its end."""
    shown = table.iloc[::-1]
    figure = empty(max(200, 46 * len(shown) + 90), "Error (WAPE)", "", bargap=0.35, hovermode="closest")
    colours = [MUTED if step in ("typical", "like_units") else ACCENT for step in shown["step"]]
    figure.add_bar(
        x=shown["wape"],
        y=shown["name"],
        orientation="h",
        marker_color=colours,
        showlegend=False,
        text=[_moved(gain) for gain in shown["gain"]],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure.update_xaxes(tickformat=".0%", range=[0, 1.5 * max(float(shown["wape"].max()), 0.01)])
    figure.update_yaxes(automargin=True)
    return figure


def _moved(gain: float) -> str:
    return "" if pd.isna(gain) else "no change" if abs(gain) < NONE else f"{-100 * gain:+.1f} points"


def bias(table: pd.DataFrame) -> go.Figure:
    """table: category, bias, low, high (NaN where too few). A bar a category with its range."""
    shown = table.iloc[::-1]
    places = list(range(len(shown)))
    known = shown["low"].notna()
    colours = [ALARM if sure else MUTED for sure in known & ((shown["low"] > 0) | (shown["high"] < 0))]
    figure = empty(max(180, 34 * len(shown) + 90), "Expected beside wanted", "", bargap=0.35, hovermode="closest")
    figure.add_bar(
        x=shown["bias"],
        y=places,
        orientation="h",
        marker_color=colours,
        showlegend=False,
        customdata=shown["category"].map(html.escape),
        hovertemplate="%{customdata}: %{x:+.0%}<extra></extra>",
        error_x={
            "type": "data",
            "symmetric": False,
            "array": shown["high"] - shown["bias"],
            "arrayminus": shown["bias"] - shown["low"],
            "thickness": 1.5,
            "visible": bool(known.any()),
        },
    )
    names = [html.escape(one if len(one) <= NAME else f"{one[: NAME - 1]}…") for one in shown["category"]]
    figure.update_xaxes(tickformat="+.0%", zeroline=True)
    figure.update_yaxes(tickvals=places, ticktext=names, automargin=True)
    return figure
