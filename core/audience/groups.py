"""Small groups: what is told of few customers could point at one of them, so it is not told at all."""

import pandas as pd

from core.errors import NotReady

__all__ = ["FEWEST", "LEAST", "folded", "guard"]

FEWEST = 20
"""Customers that a group must have, unless the user says otherwise."""
LEAST = 5  # that the user can ask for


def guard(count: int, fewest: int) -> None:
    """Raises NotReady where a group is too small to be shown or downloaded; how small is not said either."""
    if count < fewest:
        raise NotReady(
            f"Fewer than {fewest} customers: too few to show, as that could point at a person. "
            "Make the group larger, or lower the smallest group."
        )


def folded(table: pd.DataFrame, fewest: int, name: str) -> pd.DataFrame:
    """Groups with the small ones put together, so that no group can be told from the sum of the others.

    table: customers (in the group) and everybody (of them in the shop), both counts, and the group under `name`.
    Where all small ones together are still too few, the smallest of the others joins them. Nobody is no group: a
    count of 0 stays, unless the whole shop has too few of them.
    """
    some = (table["customers"] > 0) | table["everybody"].between(1, fewest - 1)
    order = table[some].sort_values("customers", kind="stable")
    small = int((order["customers"] < fewest).sum())
    if small == 0:
        return table
    while small < len(order) and order["customers"].iloc[:small].sum() < fewest:
        small += 1
    gone = order.index[:small]
    sums = table.loc[gone, ["customers", "everybody"]].sum()
    rest = pd.DataFrame([{name: f"{small} small groups together", **sums.to_dict()}])
    return pd.concat([table.drop(index=gone), rest], ignore_index=True)
