"""Figures of the Tracking page. Colours come from the theme, so that they fit light and dark."""

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import ACCENT, ALARM, BAND, MUTED, empty

__all__ = ["around", "categories", "launch"]

PLAN_BAND, NOW_BAND = "rgba(148, 163, 184, 0.28)", "rgba(15, 143, 134, 0.3)"
STARS = 5


def launch(weeks: pd.DataFrame, cumulated: bool) -> go.Figure:
    """What the plan expected, what is expected now of the weeks that are left, and what was sold.

    weeks: as `core.track.curves.by_week`.
    """
    figure = empty(380, "Week after its first sale", "Units so far" if cumulated else "Units a week")
    _range(figure, weeks["week"], weeks["plan_p10"], weeks["plan_p90"], PLAN_BAND, "Planned (8 in 10)")
    figure.add_scatter(
        x=weeks["week"], y=weeks["plan_p50"], mode="lines", line={"color": MUTED, "width": 2, "dash": "dot"},
        name="Planned", hovertemplate="planned %{y:,.0f}<extra></extra>",
    )  # fmt: skip
    rest = weeks[weeks["now_p50"].notna()]
    if len(rest):
        _range(figure, rest["week"], rest["now_p10"], rest["now_p90"], NOW_BAND, "Expected now (8 in 10)")
        figure.add_scatter(
            x=rest["week"], y=rest["now_p50"], mode="lines", line={"color": ACCENT, "width": 2, "dash": "dash"},
            name="Expected now", hovertemplate="expected now %{y:,.0f}<extra></extra>",
        )  # fmt: skip
    seen = weeks[weeks["sold"].notna()]
    figure.add_scatter(
        x=seen["week"], y=seen["sold"], mode="lines+markers", line={"color": ACCENT, "width": 3}, name="Sold",
        marker={"size": 9}, hovertemplate="sold %{y:,.0f}<extra></extra>",
    )  # fmt: skip
    short = seen[seen["short"]]
    if len(short):
        figure.add_scatter(
            x=short["week"], y=short["sold"], mode="markers", name="Out of stock",
            marker={"color": ALARM, "size": 13, "symbol": "x-open", "line": {"width": 2}},
            hovertemplate="out of stock<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(dtick=1)
    return figure


def around(weeks: pd.DataFrame, price: float) -> go.Figure:
    """weeks: week, price_paid, ads, views, reviews, rating of the weeks seen; price: the plan's. A small figure of each
    that there is anything of."""
    known = {"Price paid": "price_paid", "Money for ads": "ads", "Looks": "views", "Reviews": "reviews"}
    shown = [name for name, of in known.items() if weeks[of].notna().any() and weeks[of].max() > 0] or ["Price paid"]
    rows, columns = -(-len(shown) // 2), min(len(shown), 2)
    figure = make_subplots(
        rows=rows, cols=columns, subplot_titles=shown, vertical_spacing=0.24, horizontal_spacing=0.12
    )  # fmt: skip
    rated = weeks["rating"].map(lambda stars: "" if np.isnan(stars) else f", {stars:.1f} of {STARS} stars")
    for at, name in enumerate(shown):
        place = {"row": at // 2 + 1, "col": at % 2 + 1}
        if name == "Price paid":
            figure.add_scatter(
                x=weeks["week"], y=weeks["price_paid"], mode="lines+markers", line={"color": ACCENT},
                hovertemplate="paid %{y:,.2f}<extra></extra>", **place,
            )  # fmt: skip
            figure.add_hline(y=price, line={"color": MUTED, "dash": "dot"}, **place)
            continue
        figure.add_bar(
            x=weeks["week"], y=weeks[known[name]], marker_color=ACCENT,
            hovertemplate="%{y:,.0f}%{customdata}<extra></extra>",
            customdata=rated if name == "Reviews" else pd.Series("", weeks.index), **place,
        )  # fmt: skip
    figure.update_layout(
        height=210 * rows, margin={"l": 8, "r": 8, "t": 32, "b": 8}, showlegend=False, hovermode="x"
    )  # fmt: skip
    figure.update_yaxes(rangemode="tozero", nticks=4)
    figure.update_xaxes(dtick=1, range=[0.4, max(float(weeks["week"].max()), 4.0) + 0.6])
    return figure


def categories(table: pd.DataFrame) -> go.Figure:
    """table: category, sold, p10_so_far, p50_so_far, p90_so_far. A bar a category's range, a mark for what was sold."""
    shown = table[table["on_sale"] > 0].iloc[::-1]
    names = shown["category"].map(html.escape)
    figure = empty(max(180, 46 * len(shown) + 90), "Units so far", "", hovermode="closest")
    figure.add_bar(
        x=shown["p90_so_far"] - shown["p10_so_far"], y=names, base=shown["p10_so_far"], orientation="h", width=0.5,
        marker_color=BAND, name="Expected by now (8 in 10)", hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=shown["sold"], y=names, mode="markers", marker={"size": 12, "color": ACCENT}, name="Sold",
        customdata=shown["p50_so_far"],
        hovertemplate="%{y}: %{x:,.0f} sold, %{customdata:,.0f} expected<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(rangemode="tozero")
    return figure


def _range(figure: go.Figure, x: pd.Series, low: pd.Series, high: pd.Series, colour: str, name: str) -> None:
    both = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_scatter(y=high, showlegend=False, **both)
    figure.add_scatter(y=low, fill="tonexty", fillcolor=colour, name=name, **both)
