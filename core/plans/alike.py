"""Items of the sheet that are alike, and what the one takes from the other where both are launched."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from core.outlook import Outlook
    from core.prices.response import Response
    from core.prices.substitutes import Crossed

__all__ = ["ALIKE", "NO_PAIRS", "TWINS", "pairs"]

ALIKE = 0.35
"""Cosine of the texts from which two items are like each other."""
TWINS = 0.75
"""From which they are nearly the same."""
CLOSE = 5  # nearest others of an item that count
LEAST_LOSS = 0.01  # money
NO_PAIRS = pd.DataFrame({"one": [], "other": [], "similarity": [], "loss": []}).astype({"one": str, "other": str})


def pairs(outlook: "Outlook", answers: Mapping[str, "Response"], crossed: "Crossed") -> pd.DataFrame:
    """one, other (item_ids), similarity, loss (money, in the launch window), of the nearest of each item.

    What an item takes from another is its diversion ratio, as of an item on sale (see `prices.substitutes`): the
    cross effect of close substitutes, by nearness, against what it loses itself when it becomes dearer.
    """
    items = outlook.items
    cosine = crossed.among(items)
    n = len(items)
    if n < 2:
        return NO_PAIRS
    near = np.argsort(-cosine, axis=1, kind="stable")[:, : min(CLOSE, n - 1)]
    one = np.repeat(np.arange(n), near.shape[1])
    other = near.ravel()
    close = cosine[one, other] >= ALIKE
    both = np.unique(np.sort(np.column_stack([one[close], other[close]]), axis=1), axis=0)
    if not len(both):
        return NO_PAIRS
    ids = items["item_id"].to_numpy()
    frame = pd.DataFrame(
        {"one": ids[both[:, 0]], "other": ids[both[:, 1]], "similarity": cosine[both[:, 0], both[:, 1]]}
    )
    loss = _taken(outlook, answers, crossed, cosine, near, both)
    return frame.assign(loss=np.where(loss >= LEAST_LOSS, loss, 0.0))


def _taken(
    outlook: "Outlook", answers: Mapping[str, "Response"], crossed: "Crossed", cosine: np.ndarray, near: np.ndarray,
    both: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """(Q,) margin that the two lose to each other."""
    from core.prices.substitutes import SHARPNESS

    items = outlook.items
    first = outlook.totals.sort_values("launch_week", kind="stable").groupby("item_id")["mean"].first()
    units = items["item_id"].map(first).fillna(0.0).to_numpy(float)
    margin = np.maximum((items["price"] - items["cost"]).to_numpy(float), 0.0)
    steep = np.array([-answers[item].elasticity if item in answers else np.inf for item in items["item_id"]])
    weight = np.maximum(cosine, 0.0) ** SHARPNESS
    around = np.take_along_axis(weight, near, axis=1).sum(1)
    i, j = both.T
    loss = np.zeros(len(both))
    for taker, giver in ((i, j), (j, i)):
        part = weight[taker, giver] / np.maximum(around[giver], 1e-9)
        loss += np.minimum(crossed.effect * part / steep[taker], 1.0) * units[giver] * margin[giver]
    return loss
