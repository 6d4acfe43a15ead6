"""Outlooks for tests of the plan, worked by hand: two outcomes for each item and week, as likely as each other."""

from datetime import date

import numpy as np
import pandas as pd

from core.outlook import Outlook

__all__ = ["SHOP", "WEEKS", "outlook"]

WEEKS = [pd.Timestamp("2025-02-03"), pd.Timestamp("2025-02-10"), pd.Timestamp("2025-02-17")]
TODAY = date(2025, 1, 6)

#    item_id, price, cost, expected units launched in each of the weeks, buyers
SHOP = [
    ("cheap", 2.0, 0.5, (100.0, 110.0, 80.0), 70.0),
    ("dear", 30.0, 25.0, (10.0, 12.0, 10.0), 4.0),
    ("fair", 10.0, 4.0, (15.0, 60.0, 15.0), 20.0),
    ("loss", 50.0, 60.0, (90.0, 95.0, 90.0), 60.0),
]


def outlook(
    items: list[tuple[str, float, float, tuple[float, ...], float]], spread: float = 0.5, **sheet: object
) -> Outlook:
    """Items as (item_id, price, cost, expected units by launch week, buyers); half of the outcomes are `spread` below
    what is expected and half above. Further columns of the sheet by name."""
    ids = [item[0] for item in items]
    table = pd.DataFrame(
        {
            **{"item_id": ids, "title": [f"Item {name}" for name in ids], "category": "Mugs"},
            **{"price": [item[1] for item in items], "cost": [item[2] for item in items], "assumed": ""},
            **{"max_stock": np.nan, "late": False, "lead_time_days": 0, "text": ids},
        }
    ).assign(**sheet)
    rows = [
        (name, when, week, units * (1 - spread), units * 0.9, units * (1 + spread), units / (2 if week else 1))
        for name, _, _, expected, _ in items
        for when, units in zip(WEEKS, expected, strict=True)
        for week in (1, 2, 0)
    ]
    forecast = pd.DataFrame(rows, columns=["item_id", "launch_week", "week", "p10", "p50", "p90", "mean"])
    buyers = np.array([item[4] for item in items], dtype=float)
    like = pd.DataFrame(
        {
            **{"item_id": np.repeat(ids, 3), "place": np.tile([1, 2, 3], len(ids)), "product_id": "P"},
            **{"title": np.tile(["Red mug", "Blue mug", "Lamp"], len(ids)), "similarity": 0.8},
            **{"weight": 0.3, "units": 9.0},
        }
    )
    appeal = pd.DataFrame({"item_id": ids, "preference": buyers / 100, "buyers": buyers, "audience": 30.0})
    sums = forecast[forecast["week"] == 0].reset_index(drop=True)
    halves = {f"sum_{at:03}": sums["mean"] * (1 + (spread if at >= 50 else -spread)) for at in range(100)}
    outcomes = pd.concat([sums[["item_id", "launch_week"]], pd.DataFrame(halves)], axis=1)
    return Outlook("key", 2, table, forecast, like, appeal, outcomes)
