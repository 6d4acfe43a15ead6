"""How the forecaster in use does on launches that came after it was trained: error, bias, and whether its ranges hold.

Each launch is forecast as it would have been on the first day of its month, from the sales before that day. What was
promised when a plan was approved is left to "who was right": it holds a person's price, ads and like items, and says
less of the model. The likely range should hold 8 in 10: how many of n would be chance is the binomial's to say
(Clopper & Pearson 1934).
"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from core import like_items
from core.accuracy import results
from core.accuracy.metrics import gap
from core.history import WARM_UP_DAYS, History
from core.settings import same_recipe

if TYPE_CHECKING:
    from core.demand import Forecaster
    from models.encoder import Encoder

__all__ = ["COLUMNS", "MONTHS", "by_month", "figures", "forecast_since", "tested_before"]

COLUMNS = ["product_id", "title", "category", "launch", "units", "p10", "p50", "p90", "mean"]
MONTHS = ["month", "launches", "wape", "bias", "covered", "coverage", "low", "high"]


def forecast_since(forecaster: "Forecaster", history: History, encoder: "Encoder", since: date) -> pd.DataFrame:
    """COLUMNS of the launches from a day on whose window has closed, forecast month by month as known on its first."""
    weeks = forecaster.settings.weeks
    rows = history.launches(weeks)
    launch = history.items["launch"].to_numpy()[rows]
    rows = rows[launch >= max(history.day(since), WARM_UP_DAYS + 1)]
    month = pd.to_datetime([history.date_of(int(day)) for day in history.items["launch"].to_numpy()[rows]])
    parts = []
    for first in sorted(set(month.to_period("M"))):
        mine = rows[month.to_period("M") == first]
        known = max(first.start_time.date(), since, history.date_of(WARM_UP_DAYS + 1))
        parts.append(_forecast(forecaster, history, encoder, mine, known))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _forecast(
    forecaster: "Forecaster", history: History, encoder: "Encoder", rows: np.ndarray, known: date
) -> pd.DataFrame:
    """Launches as forecast on the morning of a day."""
    past, items = history.as_of(known), history.items.iloc[rows]
    texts, launch = items["text"].tolist(), items["launch"].to_numpy()
    query = like_items.new_query(
        past, encoder.embed(texts), items["price"].to_numpy(float), launch, items["product_id"].to_numpy()
    )
    units = forecaster.forecast(past, encoder, texts, query)
    low, middle, high = units.quantiles[:, -1].T
    return pd.DataFrame(
        {
            **{name: items[name].to_numpy() for name in ("product_id", "title", "category")},
            "launch": [pd.Timestamp(history.date_of(int(day))) for day in launch],
            "units": history.curves(rows, forecaster.settings.weeks).sum(1),
            **{"p10": low, "p50": middle, "p90": high, "mean": units.mean[:, -1]},
        }
    )


def tested_before(artifacts: Path, settings: dict[str, Any]) -> pd.DataFrame:
    """COLUMNS of the items of the last backtest with these settings: what was promised; empty where there is none."""
    for name, kept in results.kept(artifacts).items():
        if same_recipe(kept.get("settings", {}), settings):
            try:
                items = pd.read_parquet(results.folder_of(artifacts, name) / "items.parquet")
                return items.assign(launch=pd.to_datetime(items["launch"]))[COLUMNS]
            except (OSError, ValueError, KeyError):  # of another Debut, or removed meanwhile
                continue
    return pd.DataFrame(columns=COLUMNS)


def by_month(items: pd.DataFrame) -> pd.DataFrame:
    """month (Timestamp), launches, wape, bias, covered, coverage, low, high (of the coverage, 95 %). items: COLUMNS."""
    if items.empty:
        return pd.DataFrame(columns=MONTHS)
    rows = []
    for month, mine in items.groupby(items["launch"].dt.to_period("M").dt.start_time):
        told = figures(mine)
        rows.append((month, *(told[name] for name in MONTHS[1:])))
    return pd.DataFrame(rows, columns=MONTHS)


def figures(items: pd.DataFrame) -> dict[str, float]:
    """launches, wape with its range (wape_low, wape_high), bias with its range (bias_low, bias_high), above (launches
    that sold more than their median), covered, coverage with its range (low, high): all ranges 95 %. bias is that of
    the means. items: COLUMNS, at least one."""
    units, count = items["units"].to_numpy(float), len(items)
    wape, wape_low, wape_high = gap(np.abs(units - items["p50"].to_numpy(float)), units)
    bias, bias_low, bias_high = gap(items["mean"].to_numpy(float) - units, units)
    covered = int(items["units"].between(items["p10"], items["p90"]).sum())
    around = binomtest(covered, count).proportion_ci()
    return {
        **{"launches": count, "wape": wape, "wape_low": wape_low, "wape_high": wape_high},
        **{"bias": bias, "bias_low": bias_low, "bias_high": bias_high},
        "above": int((items["units"] > items["p50"]).sum()),
        **{"covered": covered, "coverage": covered / count, "low": float(around.low), "high": float(around.high)},
    }
