"""The figure of an adjusted plan. Colours come from the theme, so that it fits light and dark."""

import html

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import ACCENT, BAND, LIKELY, MUTED, empty

__all__ = ["MOST", "profits"]

MOST = 20  # items; of more those whose profit moves most
ROW, AROUND = 30, 110  # pixels
LONGEST = 20  # characters of a title beside its line


def profits(changed: pd.DataFrame) -> go.Figure:
    """Expected profit of items then and now, with its likely range now. changed: rows of `changes.changes`."""
    rows = changed.assign(then=changed["profit_before"].fillna(0.0), now=changed["profit_now"].fillna(0.0))
    apart = (rows["now"] - rows["then"]).abs()
    rows = rows.loc[apart.sort_values(ascending=False, kind="stable").index[:MOST]].sort_values("now", kind="stable")
    places = list(range(len(rows)))  # titles may be equal
    figure = empty(ROW * len(rows) + AROUND, "Expected profit", "", hovermode="closest")
    _lines(figure, places, rows["profit_low"], rows["profit_high"], BAND, 14, LIKELY)
    _lines(figure, places, rows["then"], rows["now"], MUTED, 2, None)
    named = rows["title"].map(str) + " (" + rows["item_id"].map(str) + "): " + rows["what"]
    for name, values, colour, symbol in (
        ("Approved plan", rows["then"], MUTED, "circle-open"),
        ("Now", rows["now"], ACCENT, "circle"),
    ):
        figure.add_scatter(
            x=values, y=places, mode="markers", name=name, customdata=named.map(html.escape),
            marker={"color": colour, "size": 11, "symbol": symbol, "line": {"width": 2}},
            hovertemplate="%{customdata}<br>" + name.lower() + " %{x:,.0f}<extra></extra>",
        )  # fmt: skip
    shown = [html.escape(_cut(title)) for title in rows["title"]]
    figure.update_yaxes(range=[-0.6, len(rows) - 0.4], tickvals=places, ticktext=shown, automargin=True)
    figure.update_xaxes(nticks=6, tickangle=0)
    return figure


def _lines(
    figure: go.Figure, places: list[int], low: pd.Series, high: pd.Series, colour: str, width: int, name: str | None
) -> None:
    """A line an item from low to high; none where either is unknown."""
    x: list[float | None] = []
    y: list[int | None] = []
    for place, one, other in zip(places, low, high, strict=True):
        if pd.notna(one) and pd.notna(other):
            x += [float(one), float(other), None]
            y += [place, place, None]
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"color": colour, "width": width}, hoverinfo="skip", name=name,
        showlegend=name is not None and bool(x),
    )  # fmt: skip


def _cut(title: object) -> str:
    text = str(title)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
