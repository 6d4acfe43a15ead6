"""What made the demo shop's sales, as frames: for tests and benchmarks only."""

import numpy as np
import pandas as pd

from data.demo.catalogue import monday
from data.demo.customers import Customers, concept_table
from data.demo.demand import CURVES, SETTINGS, Curve, Demand
from data.demo.reviews import Reviews
from data.demo.seasons import season_table
from data.demo.words import CONCEPTS, KINDS

__all__ = ["customer_truth", "demand_truth", "expected_table", "review_truth"]


def synonym_table() -> pd.DataFrame:
    """concept, word, held_out: every surface word of every concept."""
    rows = [
        (concept.id, word, held_out)
        for concept in CONCEPTS.values()
        for words, held_out in ((concept.words, False), (concept.held_out, True))
        for word in words
    ]
    return pd.DataFrame(rows, columns=["concept", "word", "held_out"])


def expected_table(
    expected: np.ndarray, without_ads: np.ndarray, prices: np.ndarray, sold: pd.DataFrame
) -> pd.DataFrame:
    """product_id, week (its Monday), price, units, units_without_ads: expected net units from the launch on."""
    item, week = np.nonzero(expected)
    return pd.DataFrame(
        {
            "product_id": sold["item_id"].to_numpy()[item],
            "week": monday(week),
            "price": prices[item, week],
            "units": expected[item, week],
            "units_without_ads": without_ads[item, week],
        }
    )


def demand_truth(items: pd.DataFrame, demand: Demand) -> dict[str, pd.DataFrame]:
    """The frames that say what drives demand."""
    own = items[["item_id", "is_new", "held_out", *KINDS, "price"]]
    categories = pd.DataFrame.from_dict(CURVES, orient="index", columns=list(Curve._fields))
    settings = pd.Series(SETTINGS | {"level": demand.level}, name="value")
    elasticity = pd.DataFrame({"product_id": items["item_id"], "elasticity": demand.items["elasticity"]})
    return {
        "items": pd.concat([own, demand.items], axis=1),
        "item_concepts": concept_table(items),
        "elasticities": elasticity,
        "concepts": demand.concepts,
        "interactions": demand.interactions.rename_axis("motif").reset_index(),
        "categories": categories.rename_axis("category").reset_index(),
        "seasons": season_table(),
        "settings": settings.rename_axis("name").reset_index(),
        "synonyms": synonym_table(),
    }


def customer_truth(customers: Customers) -> dict[str, pd.DataFrame]:
    """The frames that say who buys."""
    tastes = customers.tastes.copy()
    tastes.insert(0, "customer_id", customers.table["customer_id"])
    return {"customers": customers.table, "tastes": tastes}


def review_truth(reviews: Reviews, handed_over: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The frames that say what reviewers felt and gave away; file_row is the row in reviews.csv.

    `handed_over` is reviews.csv with what was planted in it, the reviews' own rows under their index.
    """
    place = pd.Series(np.arange(len(handed_over)) + 2, index=handed_over.index)
    place = place.drop(index=place.index.difference(reviews.table.index)).sort_index()
    known = reviews.table[["product_id", "customer_id"]]
    personal = reviews.personal.assign(file_row=place.loc[reviews.personal["row"]].to_numpy())
    return {
        "reviews": pd.concat([place.rename("file_row"), known, reviews.truth], axis=1),
        "personal": personal[["file_row", "kind", "text"]],
        "quality": reviews.quality,
    }
