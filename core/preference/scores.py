"""r_ij: the probability that customer i buys new item j in its first weeks, for all customers and some items."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Scores"]


@dataclass(frozen=True)
class Scores:
    """The preference matrix. Probabilities, so that they may be summed and multiplied."""

    customers: pd.DataFrame
    """One row a customer: customer_id, segment ('' for none)."""
    items: np.ndarray
    """(m,) item ids."""
    r: np.ndarray
    """(customers, m) float32."""
    weeks: int
    """From the launch on, in which a customer may buy."""

    @property
    def buyers(self) -> np.ndarray:
        """(m,) customers who are expected to buy each item."""
        return self.r.sum(0, dtype=np.float64)

    def of_item(self, item_id: str) -> np.ndarray:
        """(customers,) what everybody thinks of one item."""
        return self.r[:, int(np.flatnonzero(self.items == item_id)[0])]
