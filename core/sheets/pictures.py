"""The picture of the printed summary: plain SVG, drawn here, so that a page holds all it needs and prints sharp."""

from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

__all__ = ["picture", "short"]

WIDTH, TOP, ROW = 700, 16, 15  # of the picture, of the line with dates, of an item
NAME, MONEY, CALENDAR = 180, (186, 420), (440, 696)  # where names end, and where the two halves lie
MARKS = 5  # dates in the calendar at most
TITLE = 30  # characters of a name
VALUE, DATE = 40, 34  # room for the figure behind a bar, for a date
BLUE, LIGHT, PALE, GREY, RED = "#1f5fa8", "#8db4e0", "#d7e3f2", "#3c4043", "#e08a84"


def picture(mine: pd.DataFrame, weeks: int) -> str:
    """A row an item: its expected profit with a line from P10 to P90, and its launch window in the calendar.

    mine: rows of the plan, at least one; weeks: length of the window.
    """
    rows = [_text(NAME - 6, TOP + at * ROW + 11, short(title, TITLE), "end") for at, title in enumerate(mine["title"])]
    height = TOP + ROW * len(mine)
    alt = f"Expected profit of {len(mine)} items, with a line from P10 to P90, and the calendar of their launches"
    inner = "".join([*rows, *_profits(mine, height), *_calendar(mine, weeks, height)])
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(alt)}" '
        f'xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    )


def short(words: object, most: int) -> str:
    """The words, cut where they are longer than `most` characters."""
    text = str(words)
    return text if len(text) <= most else f"{text[: most - 1].rstrip(' ,;')}…"


def _profits(mine: pd.DataFrame, height: int) -> list[str]:
    """Bars of the expected profit; losses to the left of zero."""
    low, mean, high = (mine[name].astype(float).to_numpy() for name in ("profit_p10", "profit", "profit_p90"))
    first = min(0.0, mean.min(), np.nanmin(low, initial=0.0))
    last = max(1.0, mean.max(), np.nanmax(high, initial=1.0))
    left, right = MONEY
    scale = (right - left - VALUE) / (last - first)
    zero = left - first * scale
    parts = [f'<line x1="{zero:.1f}" y1="{TOP}" x2="{zero:.1f}" y2="{height}" stroke="{GREY}" stroke-width=".6"/>']
    for at, (p10, value, p90) in enumerate(zip(low, mean, high, strict=True)):
        y, end = TOP + at * ROW, zero + max(0.0, value) * scale
        x, width, colour = zero + min(0.0, value) * scale, abs(value) * scale, LIGHT if value >= 0 else RED
        parts.append(f'<rect x="{x:.1f}" y="{y + 2}" width="{width:.1f}" height="{ROW - 5}" fill="{colour}"/>')
        if np.isfinite(p10) and np.isfinite(p90):
            end = max(end, zero + p90 * scale)
            parts.append(f'<path d="M{zero + p10 * scale:.1f} {y + 7}H{zero + p90 * scale:.1f}" stroke="{GREY}"/>')
        parts.append(_text(end + 4, y + 11, f"{value:,.0f}"))
    return parts


def _calendar(mine: pd.DataFrame, weeks: int, height: int) -> list[str]:
    """Bars of the launch windows, and the Mondays that give them a scale."""
    starts = pd.to_datetime(mine["launch_week"])
    first, last = starts.min(), starts.max() + pd.Timedelta(weeks=weeks)
    left, right = CALENDAR
    step = (right - left) / max(1, (last - first).days)
    parts = []
    for day in _marks(first, last):
        x = left + (day - first).days * step
        parts.append(f'<line x1="{x:.1f}" y1="3" x2="{x:.1f}" y2="{height}" stroke="{PALE}"/>')
        if x < right - DATE:
            parts.append(_text(x + 2, 11, f"{day:%d %b}"))
    for at, start in enumerate(starts):
        x, y = left + (start - first).days * step, TOP + at * ROW
        parts.append(f'<rect x="{x:.1f}" y="{y + 3}" width="{7 * weeks * step:.1f}" height="{ROW - 7}" fill="{BLUE}"/>')
    return parts


def _marks(first: pd.Timestamp, last: pd.Timestamp) -> Sequence[pd.Timestamp]:
    """Mondays that are named: evenly spread, so that their dates have room."""
    weeks = list(pd.date_range(first, last, freq="7D"))
    return weeks[:: -(-len(weeks) // MARKS)]


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
