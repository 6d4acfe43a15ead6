"""Figures of the launch plan: its calendar, its weeks, an item's weeks and stock, and scenarios side by side."""

import html

import pandas as pd
import plotly.graph_objects as go

from core.plan import Totals
from pages.parts.charts import ACCENT, ALARM, BAND, LIKELY, MUTED, band, empty

__all__ = [
    "by_category",
    "calendar",
    "item_weeks",
    "launches",
    "profit_bands",
    "second_buy",
    "stock_curve",
    "stock_profit",
]

CATEGORIES = ("#0F8F86", "#C2410C", "#6D5BD0", "#B7791F", "#2563EB", "#BE185D", "#4D7C0F", "#64748B")
"""Apart for most who see colours otherwise, and on light and dark; the last is for what is left."""
BAR, AROUND = 24, 90  # pixels
LONGEST = 26  # characters of a title beside a bar
TICKS = 8
GREY = "#5B6B80"  # apart from the bars that it lies over, on light and dark
WEEK = 7 * 24 * 3600 * 1000  # milliseconds


def calendar(launched: pd.DataFrame, window: int) -> go.Figure:
    """A bar an item over its launch window, the earliest at the top. launched: rows of a plan; window: weeks."""
    rows = launched.sort_values(["launch_week", "rank"], kind="stable").reset_index(drop=True)
    names = [f"{number} " for number in range(len(rows))]  # titles may be equal
    figure = empty(BAR * len(rows) + AROUND, "", "", hovermode="closest", bargap=0.25, barmode="overlay")
    category = rows["category"].astype(object).where(rows["category"].notna(), "no category")
    kinds = category.value_counts().index.tolist()
    for place, kind in enumerate(kinds):
        mine = rows[category == kind]
        figure.add_bar(
            y=[names[at] for at in mine.index],
            x=[window * WEEK] * len(mine),
            base=mine["launch_week"],
            orientation="h",
            name=html.escape(str(kind)),
            marker_color=CATEGORIES[min(place, len(CATEGORIES) - 1)],
            customdata=[
                f"{html.escape(row.title)}<br>from {row.launch_week:%d %b %Y}<br>"
                f"{row.units_sold:,.0f} units, profit {row.profit:,.0f}"
                for row in mine.itertuples()
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    short = [html.escape(_cut(str(title))) for title in rows["title"]]
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=names[::-1], tickvals=names, ticktext=short
    )
    figure.update_xaxes(type="date", side="top", showgrid=True)
    figure.update_layout(showlegend=len(kinds) > 1, margin={"t": 40})
    return figure


def launches(weeks: pd.DataFrame) -> go.Figure:
    """weeks: of a roll-up. Launches a week, with what the week can take."""
    figure = empty(220, "", "Launches", hovermode="x unified", bargap=0.3)
    colours = [ACCENT if held else ALARM for held in weeks["held"]]
    figure.add_bar(x=weeks["week"], y=weeks["launches"], marker_color=colours, name="Launches")
    if weeks["capacity"].notna().any():
        line = {"color": MUTED, "dash": "dot", "shape": "hvh"}
        figure.add_scatter(x=weeks["week"], y=weeks["capacity"], mode="lines", line=line, name="At most")
    _mondays(figure, weeks["week"])
    figure.update_yaxes(rangemode="tozero", tickformat=",d")
    return figure


def by_category(categories: pd.DataFrame) -> go.Figure:
    """categories: of a roll-up. Profit and the money that it takes."""
    figure = empty(260, "", "", hovermode="x unified", barmode="group")
    names = [html.escape(str(name)) for name in categories["category"]]
    for column, name, colour in (
        ("profit", "Expected profit", ACCENT),
        ("stock_money", "Opening stock", MUTED),
        ("ad_money", "Ads", CATEGORIES[3]),
    ):
        figure.add_bar(x=names, y=categories[column], name=name, marker_color=colour)
    return figure


def item_weeks(weeks: pd.DataFrame, chosen: pd.Timestamp | None) -> go.Figure:
    """weeks: launch_week, p10, p50, p90 units. What an item would sell in each week in which it could be launched."""
    figure = empty(260, "", "Units in the window", hovermode="x unified")
    above, below = weeks["p90"] - weeks["p50"], weeks["p50"] - weeks["p10"]
    colours = [ACCENT if week == chosen else MUTED for week in weeks["launch_week"]]
    figure.add_bar(
        x=weeks["launch_week"],
        y=weeks["p50"],
        marker_color=colours,
        name="Median, and 8 in 10",
        error_y={"type": "data", "array": above, "arrayminus": below, "color": GREY, "thickness": 1.5},
    )
    _mondays(figure, weeks["launch_week"])
    figure.update_layout(showlegend=False)
    return figure


def stock_curve(curve: pd.DataFrame, planned: int, money: float, level: float) -> go.Figure:
    """curve: of `stock.curve`. The chance not to run out against the money in the stock, the plan's marked."""
    figure = empty(280, "Money in the opening stock", "Chance not to run out", hovermode="x unified")
    figure.add_scatter(
        x=curve["stock_money"],
        y=curve["service_level"],
        mode="lines",
        line={"color": ACCENT, "width": 3},
        name="Chance not to run out",
        customdata=curve["stock"],
        hovertemplate="%{y:.0%} with %{customdata:,d} pieces",
    )
    mark = {"color": ALARM, "size": 11, "symbol": "diamond"}
    label = f"The plan: {planned:,} pieces"
    figure.add_scatter(x=[money], y=[level], mode="markers", marker=mark, name=label, hoverinfo="skip")
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    return figure


def stock_profit(curve: pd.DataFrame, planned: int) -> go.Figure:
    """curve: of `stock.curve`. What is expected to be earned, lost and left, by pieces bought."""
    figure = empty(280, "Pieces bought", "Profit", hovermode="x unified")
    figure.add_scatter(
        x=curve["stock"], y=curve["profit"], mode="lines", line={"color": ACCENT, "width": 3}, name="Expected profit"
    )
    near = curve.iloc[(curve["stock"] - planned).abs().argsort()[:1]]
    mark = {"color": ALARM, "size": 11, "symbol": "diamond"}
    figure.add_scatter(
        x=near["stock"], y=near["profit"], mode="markers", marker=mark, name="The plan", hoverinfo="skip"
    )
    return figure


def second_buy(ahead: pd.DataFrame, planned: int, typed: tuple[int, int]) -> go.Figure:
    """ahead: of `reorder.ahead`. Units sold from which an order pays, beside what is expected by then; typed: weeks
    after the launch, and units sold."""
    figure = empty(340, "Weeks after the launch", "Units sold by then", hovermode="x unified")
    weeks = ahead["after_weeks"]
    band(figure, weeks, ahead["low"], ahead["high"], "Asked for by then (8 in 10)")
    line = {"color": ACCENT, "width": 3}
    figure.add_scatter(
        x=weeks, y=ahead["expected"], mode="lines", line=line, name="Expected", hovertemplate="%{y:,.0f}"
    )
    mark, dashed = {"color": ALARM, "size": 11, "symbol": "diamond"}, {"color": ALARM, "width": 1, "dash": "dot"}
    figure.add_scatter(
        x=weeks, y=ahead["order_from"], mode="lines+markers", marker=mark, line=dashed, name="Buy again from",
        hovertemplate="%{y:,.0f}",
    )  # fmt: skip
    stock = {"color": MUTED, "dash": "dash"}
    figure.add_scatter(
        x=weeks, y=[planned] * len(weeks), mode="lines", line=stock, name="Opening stock", hovertemplate="%{y:,.0f}"
    )
    here = {"color": GREY, "size": 12, "symbol": "x"}
    figure.add_scatter(
        x=[typed[0]], y=[typed[1]], mode="markers", marker=here, name="As typed", hovertemplate="%{y:,.0f}"
    )
    figure.update_xaxes(dtick=1)
    figure.update_yaxes(rangemode="tozero", tickformat=",d")
    return figure


def profit_bands(totals: dict[str, Totals]) -> go.Figure:
    """Expected profit of each scenario with its likely range."""
    names = [html.escape(_cut(name)) for name in totals]
    figure = empty(60 * len(names) + AROUND, "Profit", "", hovermode="closest")
    for place, (name, one) in enumerate(zip(names, totals.values(), strict=True)):
        figure.add_scatter(
            x=[one.profit_low, one.profit_high],
            y=[name, name],
            mode="lines",
            line={"color": BAND, "width": 16},
            name=LIKELY,
            showlegend=place == 0,
            hovertemplate="%{x:,.0f}<extra></extra>",
        )
        mark = {"color": ACCENT, "size": 12}
        figure.add_scatter(
            x=[one.profit],
            y=[name],
            mode="markers",
            marker=mark,
            name="Expected",
            showlegend=place == 0,
            hovertemplate="%{x:,.0f}<extra></extra>",
        )
    figure.update_yaxes(autorange="reversed", range=[-0.5, len(names) - 0.5])
    return figure


def _mondays(figure: go.Figure, weeks: pd.Series) -> None:
    """Name weeks by their Mondays, a dozen of them at most: by itself the axis would name Sundays."""
    step = -(-len(weeks) // TICKS) or 1
    figure.update_xaxes(tickvals=weeks.iloc[::step], tickformat="%-d %b")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
