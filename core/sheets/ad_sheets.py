"""Ads of the plan by channel: how much on which item in which week, for whoever books them."""

import re

import numpy as np
import pandas as pd

from core.export import to_csv

__all__ = ["AD_COLUMNS", "ad_rows", "ad_sheets", "file_name"]

AD_COLUMNS = ["week", "item_id", "title", "channel", "spend"]
LEAST = 0.005  # money; less is nothing


def ad_rows(table: pd.DataFrame, channels: list[str], weeks: int) -> pd.DataFrame:
    """AD_COLUMNS: a row a launched item, channel and week of its launch window.

    weeks: length of the window; an item's money is spread evenly over it. A channel's cents are rounded so that its
    weeks sum to what the plan has for it.
    """
    mine = table[table["launch"] == "yes"]
    rows = []
    for row in mine.to_dict("records"):
        first = pd.Timestamp(row["launch_week"])
        for channel in channels:
            money = float(row.get(f"ad_{channel}") or 0.0)
            if not money >= LEAST:
                continue
            for week, spend in enumerate(_even(money, weeks)):
                rows.append((first + pd.Timedelta(weeks=week), row["item_id"], row["title"], channel, spend))
    frame = pd.DataFrame(rows, columns=AD_COLUMNS).astype({"week": "datetime64[ns]", "spend": float})
    return frame.sort_values(["channel", "week", "item_id"], kind="stable").reset_index(drop=True)


def ad_sheets(table: pd.DataFrame, channels: list[str], weeks: int) -> dict[str, bytes]:
    """Channel to its CSV, of the channels on which anything is spent."""
    rows = ad_rows(table, channels, weeks)
    mine = {channel: rows[rows["channel"] == channel] for channel in channels}
    return {channel: to_csv(frame) for channel, frame in mine.items() if len(frame)}


def file_name(words: str) -> str:
    """What a channel or scenario is called in the name of a file."""
    return re.sub(r"[^\w-]+", "-", words, flags=re.UNICODE).strip("-").lower()[:60] or "plan"


def _even(money: float, weeks: int) -> np.ndarray:
    """(weeks,) equal amounts in whole cents that sum to the money."""
    cents = round(100 * money)
    edges = np.round(np.linspace(0, cents, weeks + 1))
    return np.diff(edges) / 100
