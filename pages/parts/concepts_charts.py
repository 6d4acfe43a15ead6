"""Figures of the concept lab: wordings side by side, wordings by segment, and words coloured by what they bring."""

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts import charts

__all__ = ["chips", "preference", "segments", "units"]

SHORT = 26  # characters of a wording beside its bar
TEAL, ORANGE = "15, 143, 134", "217, 72, 15"
PALE_ORANGE, PALE, PALE_TEAL, INK = "#F0A080", "#E2E8F0", "#6FC3BC", "#111111"  # legible in light and dark alike
LIGHTEST, DARKEST = 0.08, 0.6  # opacity behind a word
CHIP = "border-radius:.5rem;padding:.2rem .55rem;text-align:center;line-height:1.3;"
LIST = "list-style:none;display:flex;flex-wrap:wrap;gap:.4rem;padding:0;margin:0 0 .25rem 0"


def preference(table: pd.DataFrame, noise: float | None) -> go.Figure:
    """One bar a wording: the mean probability in percent, and how far another word order would move it."""
    figure = _bars(table, "Customers who buy (%)")
    share = table["preference"].to_numpy() * 100
    spread = None
    if noise is not None:
        spread = {"type": "data", "array": share * np.expm1(noise), "color": charts.MUTED}
    figure.add_bar(
        x=share,
        y=_labels(table),
        orientation="h",
        marker_color=charts.ACCENT,
        error_x=spread,
        hovertemplate="%{x:.2f} %<extra></extra>",
        showlegend=False,
    )
    return figure


def units(table: pd.DataFrame) -> go.Figure:
    """One line a wording: from P10 to P90, with the median and the mean."""
    figure = _bars(table, "Units in the launch window")
    names = _labels(table)
    for name, low, high in zip(names, table["p10"], table["p90"], strict=True):
        figure.add_scatter(
            x=[low, high], y=[name, name], mode="lines", line={"color": charts.BAND, "width": 12}, showlegend=False
        )
    for column, label, symbol, colour in (("p50", "Median", "line-ns-open", None), ("mean", "Mean", "circle", None)):
        figure.add_scatter(
            x=table[column],
            y=names,
            mode="markers",
            name=label,
            marker={"symbol": symbol, "size": 12, "color": colour or charts.ACCENT, "line": {"width": 3}},
            hovertemplate=f"{label} %{{x:,.0f}}<extra></extra>",
        )
    figure.update_xaxes(rangemode="tozero")
    return figure


def segments(by_segment: pd.DataFrame, variants: list[str]) -> go.Figure:
    """A cell a segment and wording: colour tells which wording a segment wants more than it wants the others."""
    names = list(dict.fromkeys(by_segment["segment"]))
    share = by_segment["preference"].to_numpy().reshape(len(variants), len(names)).T * 100  # (segments, wordings)
    logs = np.log(np.maximum(share, 1e-9))
    ratio = logs - logs.mean(1, keepdims=True)
    far = max(float(np.abs(ratio).max()), 0.05)
    figure = charts.empty(90 + 34 * len(names), "Wording, by its number", "", hovermode="closest")
    figure.add_heatmap(
        z=ratio,
        x=[str(number) for number in range(1, len(variants) + 1)],
        y=[html.escape(_cut(name, SHORT)) for name in names],
        text=[[f"{cell:.1f} %" for cell in row] for row in share],
        texttemplate="%{text}",
        textfont={"color": INK, "size": 13},
        customdata=np.tile([html.escape(_cut(words, 60)) for words in variants], (len(names), 1)),
        hovertemplate="%{customdata}<br>%{y}: %{text}<extra></extra>",
        colorscale=[[0, PALE_ORANGE], [0.5, PALE], [1, PALE_TEAL]],
        zmin=-far,
        zmax=far,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(type="category")
    return figure


def chips(words: list[str], values: np.ndarray, errors: np.ndarray, label: str) -> str:
    """HTML of words in a row, coloured by sign and size, each with its effect in percent; text for who sees no colour.

    values: (n,) in logs; errors: (n,) standard errors, below two of which a word has no colour.
    """
    most = max(float(np.abs(values).max(initial=0)), 0.05)
    items = "".join(_chip(word, value, error, most) for word, value, error in zip(words, values, errors, strict=True))
    return f'<ul aria-label="{html.escape(label, quote=True)}" style="{LIST}">{items}</ul>'


def _chip(word: str, value: float, error: float, most: float) -> str:
    unsure = abs(value) < 2 * error
    strength = 0.0 if unsure else LIGHTEST + (DARKEST - LIGHTEST) * abs(value) / most
    colour = f"rgba({TEAL if value > 0 else ORANGE}, {strength:.2f})"
    border = f"1px {'dashed' if unsure else 'solid'} rgba(148, 163, 184, .6)"
    effect = "unsure" if unsure else f"{np.expm1(value):+.0%}"
    return (
        f'<li style="{CHIP}background:{colour};border:{border}">'
        f'<span style="display:block">{html.escape(word)}</span>'
        f'<span style="font-size:.8rem">{effect}</span></li>'
    )


def _bars(table: pd.DataFrame, title: str) -> go.Figure:
    figure = charts.empty(110 + 34 * len(table), title, "", hovermode="closest", bargap=0.35)
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def _labels(table: pd.DataFrame) -> list[str]:
    return [f"{number}. {html.escape(_cut(words, SHORT))}" for number, words in enumerate(table["variant"], start=1)]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
