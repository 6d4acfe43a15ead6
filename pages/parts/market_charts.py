"""Figures of the Market page. Colours come from the theme, so that they fit light and dark."""

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.market.ladder import NEW, OURS
from core.market.trends import FADING, RISING
from pages.parts.charts import ACCENT, ALARM, BAND, MUTED, empty

__all__ = ["BANDED", "ladder", "levels", "moving", "over_time"]

INDEX = "They ask for each 100 of yours"
COLOURS = ("#0F8F86", "#D9480F", "#6D5BD0", "#B7791F", "#2B6CB0", "#97266D", "#4A5568", "#2F855A")
BANDED = 4  # lines that are drawn with their bands: more would hide each other
FILL = 0.18  # of a band's colour
NAME = 30  # characters of a name beside a chart: more leave no room for it on a phone
RATIOS = (0.1, 0.2, 0.33, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)
COARSE = (0.1, 0.33, 1.0, 3.0, 10.0, 50.0)  # where there is no room for all of them
MOST_TICKS = 6
PRICE_STEPS = ((1, 2, 5), (1, 1.5, 2, 3, 5, 7), tuple(np.arange(1, 10, 0.5)), tuple(np.arange(1, 10, 0.2)))
FEWEST_TICKS = 3
EDGES = (0.9, 1.1)  # of the lowest and highest price, as far as an axis reaches
MANY = 400  # marks of one row, from which on they are drawn faint


def over_time(weeks: pd.DataFrame, by: str) -> go.Figure:
    """weeks: week, `by`, index, low, high. A line a name, with its band where there are at most BANDED."""
    figure = empty(380, "", INDEX)
    names = list(dict.fromkeys(weeks[by]))
    for place, name in enumerate(names):
        part, colour = weeks[weeks[by] == name], COLOURS[place % len(COLOURS)]
        if len(names) <= BANDED:
            _band(figure, part, colour)
        figure.add_scatter(
            x=part["week"],
            y=part["index"],
            mode="lines+markers" if len(part) == 1 else "lines",
            line={"color": colour, "width": 2},
            name=_short(name),
            customdata=part["pairs"],
            hovertemplate="%{y:.1f} (%{customdata} pairs)",
        )
    figure.add_hline(y=100, line={"color": MUTED, "dash": "dot"})
    return figure


def levels(table: pd.DataFrame, by: str) -> go.Figure:
    """table: `by`, index, low, high, pairs; a dot and its band a row, the dearest at the top."""
    shown = table.iloc[::-1]
    names = [_short(f"{one} ({count:,})") for one, count in zip(shown[by], shown["pairs"], strict=True)]
    figure = empty(max(180, 30 * len(shown) + 90), INDEX, "", hovermode="closest")
    _ranges(figure, shown["low"], shown["high"])
    figure.add_scatter(
        x=shown["index"],
        y=np.arange(len(shown)),
        mode="markers",
        marker={"size": 11, "color": ACCENT},
        name="Now",
        customdata=names,
        hovertemplate="%{customdata}: %{x:.1f}<extra></extra>",
    )
    figure.add_vline(x=100, line={"color": MUTED, "dash": "dot"})
    figure.update_xaxes(zeroline=False)
    _named(figure, names)
    return figure


def ladder(rungs: pd.DataFrame, gaps: pd.DataFrame) -> go.Figure:
    """rungs: who, title, price. gaps: low, high. A row for us, the new items and each competitor, on one price axis."""
    rows = [OURS, NEW, *sorted(set(rungs["who"]) - {OURS, NEW})]
    figure = empty(70 + 52 * len(rows), "Price (log scale)", "", hovermode="closest")
    for gap in gaps.itertuples():
        figure.add_vrect(x0=gap.low, x1=gap.high, fillcolor=BAND, opacity=0.5, line_width=0, layer="below")
    for place, name in enumerate(reversed(rows)):
        part = rungs[rungs["who"] == name]
        colour = ACCENT if name == OURS else ALARM if name == NEW else MUTED
        figure.add_scatter(
            x=part["price"],
            y=[place] * len(part),
            mode="markers",
            marker={
                "symbol": "diamond" if name == NEW else "line-ns-open",
                "size": 12 if name == NEW else 18,
                "color": colour,
                "opacity": 0.35 if len(part) > MANY else 0.85,
                "line": {"width": 2, "color": colour},
            },
            customdata=part["title"].map(html.escape),
            hovertemplate="%{customdata}<br>%{x:,.2f}<extra></extra>",
            showlegend=False,
        )
    figure.update_xaxes(type="log", tickvals=_price_ticks(rungs["price"]), tickformat=",.3~g")
    _named(figure, [_short(name) for name in reversed(rows)])
    return figure


def moving(table: pd.DataFrame, what: str) -> go.Figure:
    """table: term, change, low, high, trend. A bar of the likely range and a dot a row, what rises most at the top.

    what: has changed, for the axis, which is that of ratios: a doubling lies as far to the right as a halving to the
    left.
    """
    shown = table.sort_values("change", kind="stable")
    names = [_short(one) for one in shown["term"]]
    figure = empty(max(200, 26 * len(shown) + 100), what, "", hovermode="closest")
    _ranges(figure, 1 + shown["low"], 1 + shown["high"])
    for trend, label, colour in ((RISING, "Rising", ACCENT), (FADING, "Fading", ALARM), ("", "Could be chance", MUTED)):
        part = (shown["trend"] == trend).to_numpy()
        if part.any():
            figure.add_scatter(
                x=1 + shown["change"][part],
                y=np.flatnonzero(part),
                mode="markers",
                marker={"size": 11, "color": colour},
                name=label,
                customdata=np.column_stack([np.array(names, dtype=object)[part], shown["change"][part]]),
                hovertemplate="%{customdata[0]}: %{customdata[1]:+.0%}<extra></extra>",
            )
    figure.add_vline(x=1, line={"color": MUTED, "dash": "dot"})
    low, high = min(float(1 + shown["low"].min()), 0.9), max(float(1 + shown["high"].max()), 1.1)
    ticks = [one for one in RATIOS if low * 0.9 <= one <= high * 1.1]
    ticks = ticks if len(ticks) <= MOST_TICKS else [one for one in ticks if one in COARSE]
    figure.update_xaxes(
        type="log",
        tickvals=ticks,
        ticktext=["0 %" if one == 1 else f"{100 * (one - 1):+.0f} %".replace("-", "−") for one in ticks],
    )
    _named(figure, names)
    return figure


def _price_ticks(prices: pd.Series) -> list[float]:
    """Round prices that mark a log axis, no more than a phone has room for."""
    low, high = float(prices.min()), float(prices.max())
    if not low < high:
        return [low] if low > 0 else []
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    if len(decades) > MOST_TICKS:
        return [float(one) for one in decades]
    inside: list[float] = []
    for steps in PRICE_STEPS:
        ticks = np.outer(decades, steps).ravel()
        inside = [float(one) for one in ticks if EDGES[0] * low <= one <= EDGES[1] * high]
        if len(inside) >= FEWEST_TICKS:
            break
    return inside


def _named(figure: go.Figure, names: list[str]) -> None:
    """A row a name, the first at the bottom. By place: two long names may be cut to the same, or be a number."""
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[-0.6, len(names) - 0.4],
        automargin=True,
        showgrid=False,
        zeroline=False,
    )


def _ranges(figure: go.Figure, low: pd.Series, high: pd.Series) -> None:
    figure.add_bar(
        x=high - low,
        y=np.arange(len(low)),
        base=low,
        orientation="h",
        marker_color=BAND,
        width=0.5,
        name="Likely range (8 in 10)",
        hoverinfo="skip",
    )


def _band(figure: go.Figure, part: pd.DataFrame, colour: str) -> None:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    figure.add_scatter(
        x=[*part["week"], *part["week"][::-1]],
        y=[*part["high"], *part["low"][::-1]],
        fill="toself",
        mode="lines",
        line={"width": 0},
        fillcolor=f"rgba({red}, {green}, {blue}, {FILL})",
        hoverinfo="skip",
        showlegend=False,
    )


def _short(name: str) -> str:
    return html.escape(name if len(name) <= NAME else f"{name[: NAME - 1]}…")
