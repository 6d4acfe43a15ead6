"""labels.csv: what a merchandiser of the shop thinks of some items, right more often than not."""

import numpy as np
import pandas as pd

__all__ = ["draw_labels"]

PRODUCTS, NEW_ITEMS = 45, 15  # that were judged
JUDGEMENT = 0.5  # spread of what the merchandiser sees, in standard deviations of the true appeal
VALUES = ("low", "medium", "high")


def draw_labels(items: pd.DataFrame, appeal: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """product_id, label (purchase intent), value: the thirds of the appeal as somebody sees it."""
    new = items["is_new"].to_numpy()
    products = rng.choice(np.flatnonzero(~new), PRODUCTS, replace=False)
    rows = np.sort(np.concatenate([products, rng.choice(np.flatnonzero(new), NEW_ITEMS, replace=False)]))
    seen = appeal + rng.normal(0, JUDGEMENT * appeal.std(), len(appeal))
    third = np.digitize(seen[rows], np.quantile(seen, [1 / 3, 2 / 3]))
    return pd.DataFrame(
        {
            "product_id": items["item_id"].to_numpy()[rows],
            "label": "purchase intent",
            "value": np.array(VALUES)[third],
        }
    )
