"""Figures of the Ads page about people, days and creatives. Colours come from the theme, or suit light and dark."""

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.ads_charts import COLOURS
from pages.parts.charts import ACCENT, ALARM, MUTED, band, empty

__all__ = ["best", "buyers", "frequency", "rates", "slots"]

NAME = 30  # characters of a name beside a chart
SAYS = {"better": ACCENT, "worse": ALARM, "": MUTED}


def frequency(table: pd.DataFrame, pays: float, now: float | None) -> go.Figure:
    """What the next 1 brings, by how often those who see an ad see it. table: of `reach.returns`.

    pays: revenue for each 1 from which on it pays for itself; inf: never. now: times a week at present.
    """
    figure = empty(340, "Times a week that those who see it see it", "Revenue of the next 1", hovermode="x")
    band(figure, table["frequency"], table["next_low"], table["next_high"])
    within = table["within"].to_numpy()
    for shown, dash, name in ((within, "solid", "Seen so far"), (~within, "dot", "More than was ever spent")):
        if shown.any():
            figure.add_scatter(
                x=table["frequency"],
                y=np.where(shown, table["next"], np.nan),
                mode="lines",
                line={"color": ACCENT, "width": 3, "dash": dash},
                name=name,
                customdata=table["spend"],
                hovertemplate="%{x:.1f} times (%{customdata:,.0f} a week): %{y:.2f}<extra></extra>",
            )
    if np.isfinite(pays):
        figure.add_hline(pays, line={"color": ALARM, "dash": "dot", "width": 2})
    if now is not None:
        figure.add_vline(now, line={"color": MUTED, "dash": "dash"}, annotation_text="now")
    figure.update_yaxes(rangemode="tozero")
    return figure


def buyers(table: pd.DataFrame, money: float) -> go.Figure:
    """Buyers reached by money on each channel. table: of `reach.by_money`. money: what is looked at."""
    figure = empty(320, "Money on the channel", "Buyers reached", hovermode="closest")
    for at, (name, rows) in enumerate(table.groupby("channel", sort=True)):
        figure.add_scatter(
            x=rows["money"],
            y=rows["buyers"],
            mode="lines",
            line={"width": 2.5, "color": COLOURS[at % len(COLOURS)]},
            name=html.escape(str(name)),
            hovertemplate=f"{html.escape(str(name))}: %{{x:,.2f}} reach %{{y:,.1f}} buyers<extra></extra>",
        )
    figure.add_vline(money, line={"color": MUTED, "dash": "dash"})
    figure.update_yaxes(rangemode="tozero")
    return figure


def slots(table: pd.DataFrame, usual: float, label: str, percent: bool) -> go.Figure:
    """Days or hours with their ranges. table: of `days.compare`. usual: of all together."""
    form = ".2%" if percent else ",.2f"
    figure = empty(320, "", label, hovermode="closest")
    for says, name in (("better", "Better than usual"), ("worse", "Worse than usual"), ("", "Not told apart")):
        rows = table[(table["says"] == says) & table["value"].notna()]
        if rows.empty:
            continue
        high, low = rows["value_high"] - rows["value"], rows["value"] - rows["value_low"]
        figure.add_scatter(
            x=rows["slot"],
            y=rows["value"],
            error_y={"type": "data", "symmetric": False, "array": high, "arrayminus": low},
            mode="markers",
            marker={"size": 12, "color": SAYS[says], "symbol": "circle" if says != "worse" else "diamond"},
            name=name,
            customdata=np.column_stack([rows["value_low"], rows["value_high"]]),
            hovertemplate=f"%{{x}}: %{{y:{form}}} (8 in 10: %{{customdata[0]:{form}}} to "
            f"%{{customdata[1]:{form}}})<extra></extra>",
        )
    figure.add_hline(usual, line={"color": MUTED, "dash": "dot"})
    figure.update_xaxes(categoryorder="array", categoryarray=table["slot"].tolist())
    figure.update_yaxes(tickformat=".1%" if percent else None)
    return figure


def rates(table: pd.DataFrame, name: str, label: str, percent: bool, most: int = 20) -> go.Figure:
    """A rate of the first creatives with its range. table: of `creatives.compare`; name: its column."""
    rows = table.head(most)
    places = np.arange(len(rows))
    form = ".2%" if percent else ",.2f"
    figure = empty(max(200, 34 * len(rows) + 90), label, "", hovermode="closest")
    high, low = rows[f"{name}_high"] - rows[name], rows[name] - rows[f"{name}_low"]
    figure.add_scatter(
        x=rows[name],
        y=places,
        error_x={"type": "data", "symmetric": False, "array": high, "arrayminus": low},
        mode="markers",
        marker={"size": 10, "color": ACCENT},
        customdata=np.column_stack([rows["name"].map(html.escape), rows[f"{name}_low"], rows[f"{name}_high"]]),
        hovertemplate=f"%{{customdata[0]}}<br>%{{x:{form}}} (8 in 10: %{{customdata[1]:{form}}} to "
        f"%{{customdata[2]:{form}}})<extra></extra>",
        showlegend=False,
    )
    _names(figure, rows["name"], places)
    figure.update_xaxes(tickformat=".1%" if percent else None)
    return figure


def best(table: pd.DataFrame, most: int = 20) -> go.Figure:
    """Chance of each creative to be the best."""
    rows = table.head(most)
    places = np.arange(len(rows))
    figure = empty(max(200, 34 * len(rows) + 90), "Chance to be the best", "", hovermode="closest", bargap=0.4)
    figure.add_bar(
        x=rows["best"],
        y=places,
        orientation="h",
        marker_color=ACCENT,
        customdata=rows["name"].map(html.escape),
        hovertemplate="%{customdata}: %{x:.0%}<extra></extra>",
        showlegend=False,
    )
    _names(figure, rows["name"], places)
    figure.update_xaxes(tickformat=".0%", range=[0, 1])
    return figure


def _names(figure: go.Figure, names: pd.Series, places: np.ndarray) -> None:
    short = [html.escape(name if len(name) <= NAME else f"{name[: NAME - 1]}…") for name in names]
    figure.update_yaxes(tickvals=places, ticktext=short, autorange="reversed", automargin=True, zeroline=False)
