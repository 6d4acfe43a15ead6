"""Figures of the Ads page about plans. Colours come from the theme, or suit light and dark."""

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.ads.budget import BudgetCurve
from core.ads.whatif import HIGH, LOW, Outcome
from pages.parts.charts import ACCENT, ALARM, LIKELY, MUTED, band, empty

__all__ = ["COLOURS", "budget", "splits", "weeks"]

COLOURS = ("#7C3AED", "#B45309", "#2563EB", "#BE185D", "#4D7C0F", "#0E7490", "#A16207", "#64748B")
FAINT = 0.02  # of the most that is brought in a week
FEWEST_AFTER = 2
AFTER = "rgba(148, 163, 184, 0.15)"


def weeks(plan: Outcome, present: Outcome, none: Outcome) -> go.Figure:
    """By week: units with and without the plan, what of them the ads bring, and the money."""
    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.4, 0.32, 0.28],
        subplot_titles=("Units sold", "Units that the plan brings", "Money on ads"),
    )  # fmt: skip
    inside = plan.spend.shape[1]
    x = _mondays(plan)[: _felt(plan, none)]
    _band(figure, 1, x[:inside], plan.units[:, :inside], "Your plan")
    _line(figure, 1, x[:inside], present.units[:, :inside].mean(0), "Present plan", MUTED, "dot")
    _line(figure, 1, x[:inside], none.units[:, :inside].mean(0), "No ads", MUTED, "dash")
    _band(figure, 2, x, (plan.units - none.units)[:, : len(x)], "Brought by ads", legend=False)
    for at, name in enumerate(plan.scene.channels):
        figure.add_bar(
            x=x[:inside],
            y=plan.spend[at],
            name=html.escape(name),
            marker_color=COLOURS[at % len(COLOURS)],
            hovertemplate=f"{html.escape(name)}: %{{y:,.0f}}<extra></extra>",
            row=3,
            col=1,
        )
    _shade(figure, plan, x)
    figure.update_layout(
        height=620,
        barmode="stack",
        margin={"l": 8, "r": 8, "t": 40, "b": 8},
        legend={"orientation": "h", "y": -0.06, "yanchor": "top", "x": 0},
        hovermode="x unified",
    )
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(rangemode="normal", row=2, col=1)
    return figure


def splits(table: pd.DataFrame, names: list[str]) -> go.Figure:
    """table: channel and a column of money for each of the plans `names`; the last one stands out."""
    figure = empty(max(220, 46 * len(table) + 90), "Money on ads", "", hovermode="closest", barmode="group", bargap=0.3)
    shades = ("#CBD5E1", MUTED, ACCENT)[-len(names) :]
    for name, colour in zip(names, shades, strict=True):
        figure.add_bar(
            x=table[name],
            y=table["channel"].map(html.escape),
            orientation="h",
            name=name,
            marker_color=colour,
            hovertemplate=f"%{{y}}, {name.lower()}: %{{x:,.0f}}<extra></extra>",
        )
    figure.update_yaxes(autorange="reversed")
    return figure


def budget(curve: BudgetCurve, present: tuple[float, float], chosen: tuple[float, float]) -> go.Figure:
    """What the ads earn at each budget, dotted where a channel gets more than has been seen.

    present, chosen: money and profit of the present plan and of the suggested split.
    """
    figure = empty(360, "Money on ads in all", "Profit that the ads bring, after their cost", hovermode="x")
    x = curve.budget
    band(figure, x, curve.low, curve.high)
    within = np.logical_and.accumulate(curve.within)
    for shown, dash, name in (
        (within, "solid", "Spent as well as can be"),
        (~within | np.append(~within[1:], False), "dot", "Beyond what has been seen"),
    ):
        if shown.any():
            figure.add_scatter(
                x=x,
                y=np.where(shown, curve.mean, np.nan),
                mode="lines",
                line={"color": ACCENT if dash == "solid" else MUTED, "width": 3, "dash": dash},
                name=name,
                hovertemplate="%{x:,.0f} spent: %{y:,.0f}<extra></extra>",
            )
    stop = (curve.stop, curve.earned(curve.stop))
    for name, (at, earned), colour, symbol in (
        ("Present plan", present, COLOURS[0], "square"),
        ("Suggested split", chosen, ACCENT, "star"),
        ("More stops paying", stop, ALARM, "diamond"),
    ):
        figure.add_scatter(
            x=[at],
            y=[earned],
            mode="markers",
            marker={"color": colour, "size": 12, "symbol": symbol, "line": {"color": "white", "width": 1}},
            name=name,
            hovertemplate=f"{name}: %{{x:,.0f}} spent, %{{y:,.0f}} earned<extra></extra>",
        )
    figure.add_hline(y=0, line={"color": MUTED, "width": 1})
    return figure


def _felt(plan: Outcome, none: Outcome) -> int:
    """Weeks to show: the window and those after it in which the ads are still felt."""
    brought = np.abs((plan.units - none.units).mean(0))
    felt = np.flatnonzero(brought > FAINT * max(float(brought.max()), 1e-9))
    return max(plan.spend.shape[1] + FEWEST_AFTER, int(felt[-1]) + 2 if len(felt) else 0)


def _mondays(plan: Outcome) -> pd.DatetimeIndex:
    """The weeks of the window and those after it."""
    return pd.date_range(pd.Timestamp(plan.scene.weeks[0]), periods=plan.units.shape[1], freq="7D")


def _band(figure: go.Figure, row: int, x: pd.DatetimeIndex, draws: np.ndarray, name: str, legend: bool = True) -> None:
    low, high = np.quantile(draws, (LOW, HIGH), axis=0)
    place = {"row": row, "col": 1}
    band(figure, x, low, high, LIKELY if legend else None, **place)
    figure.add_scatter(
        x=x, y=draws.mean(0), mode="lines+markers", line={"color": ACCENT, "width": 3}, name=name, showlegend=legend,
        hovertemplate=f"{name}: %{{y:,.1f}}<extra></extra>", **place,
    )  # fmt: skip


def _line(figure: go.Figure, row: int, x: pd.DatetimeIndex, y: np.ndarray, name: str, colour: str, dash: str) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": colour, "width": 2, "dash": dash},
        name=name,
        hovertemplate=f"{name}: %{{y:,.1f}}<extra></extra>",
        row=row,
        col=1,
    )


def _shade(figure: go.Figure, plan: Outcome, x: pd.DatetimeIndex) -> None:
    """The weeks after the window, and the launch where ads run ahead of it."""
    half = pd.Timedelta(days=3.5)
    end = x[plan.spend.shape[1] - 1] + half
    figure.add_vrect(end, x[-1] + half, fillcolor=AFTER, line_width=0, layer="below", row="all", col=1)
    figure.add_annotation(
        x=x[-1], y=1, xref="x2", yref="y2 domain", text="after the window", showarrow=False, xanchor="right",
        yanchor="top", font={"size": 11},
    )  # fmt: skip
    if plan.scene.lead:
        figure.add_vline(x[plan.scene.lead] - half, line={"color": ALARM, "dash": "dot", "width": 1}, row="all", col=1)
