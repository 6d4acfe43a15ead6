"""promotions.csv: the price cuts of the history, one row a run of weeks at one price."""

import numpy as np
import pandas as pd

from data.demo.catalogue import monday

__all__ = ["promotion_table"]

KINDS = {"coupon": 0.12, "discount": 0.22, "deal": 1.0}  # up to which share off the list price


def promotion_table(items: pd.DataFrame, prices: np.ndarray) -> pd.DataFrame:
    """date (a Monday), product_id, promotion, until (a Sunday), region (blank: everywhere).

    `prices` is (products, weeks). Weeks before an item's launch have its list price, so no promotion.
    """
    listed = items["price"].to_numpy()[:, None]
    off = np.pad((1 - prices / listed).round(2), ((0, 0), (1, 1)))
    turns = np.diff(off, axis=1) != 0
    first = np.argwhere(turns[:, :-1] & (off[:, 1:-1] > 0))
    last = np.argwhere(turns[:, 1:] & (off[:, 1:-1] > 0))
    depth = off[first[:, 0], first[:, 1] + 1]
    table = pd.DataFrame(
        {
            "date": monday(first[:, 1]),
            "product_id": items["item_id"].to_numpy()[first[:, 0]],
            "promotion": np.array(list(KINDS))[np.searchsorted(list(KINDS.values()), depth)],
            "until": monday(last[:, 1]) + pd.Timedelta(days=6),
            "region": "",
        }
    )
    return table.sort_values(["date", "product_id"], ignore_index=True)
