"""Which product an item of a plan may have become, where the shop sells it under another code.

Products that came up after the plan was made and that no launch has taken are compared by their words, category, brand
and price. Nothing is decided here: the likest few are shown, and a person says which it is.
"""

import duckdb
import numpy as np
import pandas as pd

__all__ = ["SHOWN", "matches", "newcomers"]

SHOWN = 3  # of an item
LEAST = 0.5  # likeness; below it two things have nothing to do with each other
SURE = 0.75  # likeness from which on also an item is asked about whose week has not come
PARTS = {"title": 0.55, "category": 0.15, "brand": 0.1, "price": 0.2}
UNKNOWN = 0.5  # of a part that one side does not tell
PRICE_RANGE = 0.35  # |log ratio| of prices at which they speak for nothing any more


def newcomers(cursor: duckdb.DuckDBPyConnection, since: pd.Timestamp, taken: list[str]) -> pd.DataFrame:
    """Products with a first sale after a day, but for those taken: product_id, title, category, brand, price,
    launched_on, sold, revenue."""
    return cursor.execute(
        """WITH own AS (
               SELECT product_id, sum(units)::DOUBLE AS sold, sum(coalesce(revenue, units * unit_price)) AS revenue
               FROM sales GROUP BY product_id)
           SELECT product_id, title, category, brand, list_price AS price, first_sale AS launched_on, sold,
                  coalesce(revenue, 0)::DOUBLE AS revenue
           FROM catalogue JOIN own USING (product_id)
           WHERE first_sale > ?::DATE AND NOT list_contains(?::VARCHAR[], product_id)
           ORDER BY first_sale, product_id""",
        [str(since.date()), taken],
    ).df()


def matches(items: pd.DataFrame, products: pd.DataFrame, refused: dict[str, set[str]]) -> pd.DataFrame:
    """item_id, title, product_id, product_title, launched_on, sold, likeness (0 to 1), the likest first.

    items: item_id, title, category, brand, price, until (a product that sold by then is none), due (whether its week
    has come). products: as `newcomers`. refused: item_id to products that it is known not to be.
    """
    names = ["item_id", "title", "product_id", "product_title", "launched_on", "sold", "likeness"]
    if items.empty or products.empty:
        return pd.DataFrame(columns=names)
    like = _likeness(items, products)
    rows = []
    for at, (item, title, until, due) in enumerate(items[["item_id", "title", "until", "due"]].itertuples(index=False)):
        later = (products["launched_on"] > pd.Timestamp(until)).to_numpy()
        able = later & ~products["product_id"].isin(sorted(refused.get(item, set()))).to_numpy()
        for other in np.argsort(-like[at], kind="stable"):
            if able[other] and like[at, other] >= (LEAST if due else SURE):
                found = products.iloc[other]
                rows.append((item, title, *found[["product_id", "title", "launched_on", "sold"]], like[at, other]))
    frame = pd.DataFrame(rows, columns=names)
    best = frame.groupby("item_id", sort=False).head(SHOWN)
    return best.sort_values("likeness", ascending=False, kind="stable", ignore_index=True)


def _likeness(items: pd.DataFrame, products: pd.DataFrame) -> np.ndarray:
    """(items, products) 0 to 1."""
    from core.market.likeness import same_category

    parts = {
        "title": _titles(items["title"], products["title"]),
        "category": same_category(items["category"], products["category"]),
        "brand": same_category(items["brand"], products["brand"]),
        "price": _prices(items["price"].to_numpy(float), products["price"].to_numpy(float)),
    }
    return np.asarray(sum(weight * parts[name] for name, weight in PARTS.items()))


def _titles(left: pd.Series, right: pd.Series) -> np.ndarray:
    """Cosine of TF-IDF of runs of letters: words may be bent, cut short or in another order."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    reader = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    one, other = (titles.fillna("").str.lower() for titles in (left, right))
    try:
        reader.fit([*one, *other])
    except ValueError:  # nothing but spaces
        return np.zeros((len(left), len(right)))
    return np.asarray((reader.transform(one) @ reader.transform(other).T).toarray())


def _prices(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.abs(np.log(left[:, None] / right[None, :]))
    return np.where(np.isfinite(gap), np.clip(1 - gap / PRICE_RANGE, 0, 1), UNKNOWN)
