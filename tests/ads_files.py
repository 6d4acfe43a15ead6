"""Exports of a small shop that advertises, with what is to be found in them: a better creative, a better Saturday."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

__all__ = ["ADS", "FIRST", "SALES", "WEEKS", "ads", "sales"]

FIRST, WEEKS = date(2024, 1, 1), 78  # a Monday
DAYS = [FIRST + timedelta(days=day) for day in range(7 * WEEKS)]
CREATIVES = {"Fox in the snow": 0.04, "Mugs from 5": 0.03, "New: *bold* | <b>lamps</b>": 0.03}  # clicks an impression
SATURDAY = 1.6  # times the orders of another day


def sales(seed: int = 0) -> bytes:
    """A line an item and day."""
    rng = np.random.default_rng(seed)
    rows = [(day, item, int(rng.poisson(15)) + 1, price) for day in DAYS for item, price in (("M1", 8.0), ("L1", 20.0))]
    return _csv(pd.DataFrame(rows, columns=["date", "product_id", "units", "unit_price"]))


def ads(seed: int = 0, creatives: bool = True) -> bytes:
    """search and social by day, social with three creatives and an hour for each row."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in DAYS:
        level = 0.3 + rng.gamma(2.0, 0.4)
        for channel, names in (("search", ["Brand"]), ("social", list(CREATIVES))):
            for at, name in enumerate(names):
                shown = int(2000 * level)
                clicks = int(rng.binomial(shown, CREATIVES.get(name, 0.05)))
                orders = int(rng.binomial(clicks, 0.05 * (SATURDAY if day.weekday() == 5 else 1)))
                hour = 9 + 6 * at if channel == "social" else ""
                rows.append(
                    (day, channel, f"{channel} all", name if creatives else "", 20 * level, shown, clicks, orders, hour)
                )
    columns = ["date", "channel", "campaign", "creative", "spend", "impressions", "clicks", "conversions", "hour"]
    return _csv(pd.DataFrame(rows, columns=columns).round({"spend": 2}))


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


SALES, ADS = sales(), ads()
