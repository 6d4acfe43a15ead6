"""Figures of the Ads page about channels. Colours come from the theme, or suit light and dark."""

import html
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.ads_charts import COLOURS
from pages.parts.charts import ACCENT, ALARM, MUTED, band, empty

__all__ = ["Curve", "curve", "holdout", "over_time", "returns"]

NARROW = {"l": 4, "r": 4, "t": 34, "b": 4}


def returns(table: pd.DataFrame, pays: float) -> go.Figure:
    """ROI and marginal ROI of every channel with their bands, beside what its platform claims.

    table: of `figures.table`. pays: revenue for each 1 spent from which on ads pay for themselves; inf:
    never.
    """
    figure = empty(max(240, 58 * len(table) + 90), "Revenue for each 1 spent", "", hovermode="closest")
    places = np.arange(len(table))
    for name, label, shift, colour, symbol in (
        ("roi", "ROI, all that was spent", -0.14, ACCENT, "circle"),
        ("marginal", "Marginal ROI, the next 1", 0.14, COLOURS[1], "square"),
    ):
        middle, low, high = (table[f"{name}{end}"] for end in ("", "_low", "_high"))
        figure.add_scatter(
            x=middle,
            y=places + shift,
            error_x={"type": "data", "symmetric": False, "array": high - middle, "arrayminus": middle - low},
            mode="markers",
            marker={"color": colour, "size": 10, "symbol": symbol},
            name=label,
            customdata=np.column_stack([table["channel"].map(html.escape), low, high]),
            hovertemplate=f"%{{customdata[0]}}, {label}: %{{x:.2f}} (8 in 10: %{{customdata[1]:.2f}} to "
            "%{customdata[2]:.2f})<extra></extra>",
        )
    if table["claimed_roi"].notna().any():
        figure.add_scatter(
            x=table["claimed_roi"],
            y=places,
            mode="markers",
            marker={"color": MUTED, "size": 11, "symbol": "x-thin", "line": {"width": 3, "color": MUTED}},
            name="Claimed by the platform",
            customdata=table["channel"].map(html.escape),
            hovertemplate="%{customdata}: the platform claims %{x:.2f}<extra></extra>",
        )
    if np.isfinite(pays):
        figure.add_vline(pays, line={"color": ALARM, "dash": "dot", "width": 2})
    figure.update_yaxes(
        tickvals=places, ticktext=_short(table["channel"]), autorange="reversed", automargin=True, zeroline=False
    )
    figure.update_xaxes(rangemode="tozero")
    return figure


def over_time(weeks: np.ndarray, channels: list[str], weekly: np.ndarray) -> go.Figure:
    """Revenue that each channel brought by week, stacked, with the likely range of their sum.

    weeks: (T,) Mondays. weekly: (S, C, T) money.
    """
    figure = empty(380, "Week", "Revenue that ads brought")
    days = pd.to_datetime(weeks)
    for at, (name, money) in enumerate(zip(channels, weekly.mean(0), strict=True)):
        figure.add_scatter(
            x=days,
            y=money,
            mode="lines",
            stackgroup="one",
            line={"width": 0.5, "color": COLOURS[at % len(COLOURS)]},
            name=html.escape(name),
            hovertemplate=f"{html.escape(name)}: %{{y:,.0f}}<extra></extra>",
        )
    for at, edge in enumerate(np.quantile(weekly.sum(1), (0.1, 0.9), axis=0)):
        figure.add_scatter(
            x=days,
            y=edge,
            mode="lines",
            line={"color": MUTED, "width": 1.5, "dash": "dot"},
            name="Likely range of the sum (8 in 10)",
            legendgroup="range",
            showlegend=at == 0,
            hovertemplate="%{y:,.0f}<extra></extra>",
        )
    figure.update_layout(legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0})
    figure.update_yaxes(rangemode="tozero")
    return figure


@dataclass(frozen=True)
class Curve:
    """What a channel brings a week at a steady spend."""

    name: str
    money: np.ndarray
    """(K,) a week."""
    revenue: np.ndarray
    """(3, K) low, middle, high."""
    now: float
    """Money of a usual week at present."""
    largest: float
    """Money of the largest week that was seen."""
    saturated: float
    """Money a week at 80 % of the full effect."""


def curve(one: Curve, colour: str) -> go.Figure:
    """One channel's curve, dotted beyond the largest week that was seen."""
    figure = empty(250, "Spend a week", "", hovermode="x")
    low, middle, high = one.revenue
    band(figure, one.money, low, high, None)
    within = one.money <= one.largest * (1 + 1e-9)
    for shown, dash in ((within, "solid"), (~within | np.append(~within[1:], False), "dot")):
        if shown.any():
            figure.add_scatter(
                x=one.money,
                y=np.where(shown, middle, np.nan),
                mode="lines",
                line={"color": colour, "width": 3, "dash": dash},
                showlegend=False,
                customdata=np.column_stack([low, high]),
                hovertemplate="%{x:,.0f} a week brings %{y:,.0f} (8 in 10: %{customdata[0]:,.0f} to "
                "%{customdata[1]:,.0f})<extra></extra>",
            )
    for at, symbol, label in ((one.now, "circle", "now"), (one.saturated, "diamond", "80 % of the full effect")):
        if at <= one.money[-1]:
            figure.add_scatter(
                x=[at],
                y=[np.interp(at, one.money, middle)],
                mode="markers",
                marker={"size": 11, "symbol": symbol, "color": colour, "line": {"color": "white", "width": 1.5}},
                showlegend=False,
                hovertemplate=f"{label}: %{{x:,.0f}} a week<extra></extra>",
            )
    figure.update_layout(margin=NARROW, title={"text": html.escape(one.name), "font": {"size": 14}, "x": 0.02})
    figure.update_yaxes(rangemode="tozero")
    return figure


def holdout(weeks: np.ndarray, actual: np.ndarray, expected: np.ndarray, unseen: int) -> go.Figure:
    """Units sold, and those expected of weeks that were fitted and of the last `unseen`, which were not."""
    figure = empty(300, "Week", "Units")
    days = pd.to_datetime(weeks)
    figure.add_scatter(x=days, y=actual, mode="lines", line={"color": MUTED, "width": 2}, name="Sold")
    known = len(days) - unseen
    figure.add_scatter(x=days[:known], y=expected[:known], mode="lines", line={"color": ACCENT}, name="Fitted")
    figure.add_scatter(
        x=days[known:],
        y=expected[known:],
        mode="lines+markers",
        line={"color": ALARM, "width": 3},
        name="Forecast without having seen them",
    )
    figure.update_yaxes(rangemode="tozero")
    return figure


def _short(names: pd.Series, most: int = 20) -> list[str]:
    return [html.escape(name if len(name) <= most else f"{name[: most - 1]}…") for name in names]
