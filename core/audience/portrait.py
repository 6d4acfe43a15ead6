"""What a group of customers buys, looks at and pays, beside all customers."""

import numpy as np
import pandas as pd

from core.audience.customers import Customers
from core.audience.words import Vocabulary

__all__ = ["categories", "numbers", "words"]

MOST_CATEGORIES = 8
MEASURES = {
    "price": "Usual price paid",
    "orders": "Days bought in a year",
    "since": "Days since the last purchase",
    "looked": "Looked at, not bought",
}


def numbers(customers: Customers, members: dict[str, np.ndarray]) -> pd.DataFrame:
    """The median customer of some groups: measure (see MEASURES), label, and a column a group.

    members: name of a group to its mask over the customers. What the shop's data cannot tell is left out.
    """
    known = [name for name in MEASURES if customers.numbers[name].notna().any()]
    middles = {group: customers.numbers.loc[mask, known].median().to_numpy() for group, mask in members.items()}
    return pd.DataFrame({"measure": known, "label": [MEASURES[name] for name in known], **middles})


def categories(customers: Customers, members: np.ndarray) -> pd.DataFrame:
    """Where a group's interest goes, purchases and looks together: category, share, everybody, index; the most first.

    share, everybody: of the interest of the group and of all customers, 0 to 1. index: 100 where they are the same.
    Empty where items have no categories.
    """
    names, at = np.unique(customers.categories, return_inverse=True)
    ours, total = (
        np.bincount(at, np.asarray(mask @ customers.touched), minlength=len(names))
        for mask in (members.astype(np.float32), np.ones(len(customers), dtype=np.float32))
    )
    share, usual = ours / max(ours.sum(), 1e-12), total / max(total.sum(), 1e-12)
    index = 100 * np.divide(share, usual, out=np.zeros(len(names)), where=usual > 0)
    table = pd.DataFrame({"category": names, "share": share, "everybody": usual, "index": index})
    table = table[(table["category"] != "") & (table["share"] > 0)]
    return table.sort_values("share", ascending=False, kind="stable", ignore_index=True).head(MOST_CATEGORIES)


def words(customers: Customers, vocabulary: Vocabulary, members: np.ndarray, most: int = 8) -> list[str]:
    """The words of what a group buys, the clearest first."""
    everybody = customers.purchases(np.ones(len(customers), dtype=bool))
    return vocabulary.distinctive(customers.purchases(members), everybody, most)
