"""The public media-mix files that others show their tools on: forecast out of time, and curves in words.

Each is simulated by its makers but for their own purposes; the truth is not handed over. A figure of theirs that is
no spend (impressions, clicks) is not used. Files that are not here are skipped.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.ads import figures as known_figures
from core.ads import holdout, response
from core.ads.panel import Panel

__all__ = ["FOLDER", "figures", "read"]

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "ads"
FILES = ("weekly_five_channels", "two_channels_179_weeks", "geo_media")


def figures(quick: dict[str, int]) -> dict[str, Any]:
    """oot_mape and oot_mape_seasonal_naive, means over the files, and each file's; prints the channels."""
    out: dict[str, Any] = {}
    tested = []
    for name in FILES:
        if not (FOLDER / f"{name}.csv").exists():
            print(f"{name} is not here; it is no part of the project.")
            continue
        panel = read(name)
        fit = response.fit(panel, **quick)
        table = known_figures.table(fit, panel)
        columns = ["channel", "share", "roi_low", "roi", "roi_high", "marginal", "half_life", "saturation", "largest"]
        print(f"\n{name}: {len(panel.weeks)} weeks, {len(panel.groups)} groups")
        print(table[columns].to_string(index=False, float_format="{:.3g}".format))
        found = holdout.test(panel)
        assert found is not None
        tested.append((found.mape, found.naive))
        out |= {f"{name}_oot_mape": found.mape, f"{name}_oot_mape_seasonal_naive": found.naive}
    if tested:
        mape, naive = np.mean(tested, axis=0)
        out |= {"oot_mape": float(mape), "oot_mape_seasonal_naive": float(naive)}
    return out


def read(name: str) -> Panel:
    """One of the files as a panel."""
    table = pd.read_csv(FOLDER / f"{name}.csv")
    if name == "weekly_five_channels":
        spend = {one: table[f"{one}_S"] for one in ("tv", "ooh", "print", "facebook", "search")}
        events = {f"event {one}": table["events"] == one for one in table["events"].unique() if one != "na"}
        controls = {"competitors": np.log(table["competitor_sales_B"]), "newsletter": table["newsletter"], **events}
        return _panel(table["DATE"], table["revenue"], 1.0, spend, controls)
    if name == "two_channels_179_weeks":
        spend = {one: table[one] for one in ("x1", "x2")}
        return _panel(table["date_week"], table["y"], 1.0, spend, {one: table[one] for one in ("event_1", "event_2")})
    return _regions(table)


def _panel(
    days: pd.Series, units: pd.Series, price: float, spend: dict[str, pd.Series], controls: dict[str, Any]
) -> Panel:
    money = np.array([column.to_numpy(float) for column in spend.values()])[:, None]
    sold = units.to_numpy(float)[None]
    moves = np.array([np.asarray(column, float) for column in controls.values()]).reshape(-1, len(days))
    return _whole(days, [""], sold, sold * price, list(spend), money, list(controls), moves)


def _regions(table: pd.DataFrame) -> Panel:
    """Regions are groups; controls that differ by region are their mean."""
    wide = {name: table.pivot(index="geo", columns="time", values=name) for name in table.columns[2:]}
    units = wide["conversions"]
    revenue = units * wide["revenue_per_conversion"]
    channels = [f"Channel{number}" for number in range(4)]
    spend = np.array([wide[f"{name}_spend"].to_numpy() for name in channels])
    names = ["competitor_activity_score_control", "sentiment_score_control"]
    controls = np.array([wide[name].mean().to_numpy() for name in names])
    days = pd.Series(units.columns)
    return _whole(days, list(units.index), units.to_numpy(), revenue.to_numpy(), channels, spend, names, controls)


def _whole(
    days: pd.Series, groups: list[str], units: np.ndarray, revenue: np.ndarray, channels: list[str], spend: np.ndarray,
    names: list[str], controls: np.ndarray,
) -> Panel:  # fmt: skip
    one, none = np.ones(units.shape), np.zeros(spend.shape)
    margin = np.divide(revenue.sum(1), units.sum(1)) * 0.5
    weeks = pd.to_datetime(days).to_numpy().astype("datetime64[D]")
    return Panel(
        weeks, groups, channels, units, revenue, spend, none, none, one, np.zeros(units.shape), one, controls, names,
        margin, np.full(len(channels), np.nan),
    )  # fmt: skip
