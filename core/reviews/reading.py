"""The reviews of a shop as a frame, one row each, with the item's title and category beside it."""

import duckdb
import pandas as pd

from core.errors import NotReady
from core.reviews import excluded
from models.snippets import joined

__all__ = ["COLUMNS", "read", "set_aside"]

COLUMNS = (
    "review",
    "date",
    "product_id",
    "item",
    "category",
    "rating",
    "recommended",
    "title",
    "body",
    "text",
    "customer_id",
    "excluded",
)
YES = ("1", "1.0", "y", "yes", "true", "t", "ja", "oui", "sí", "si", "sim", "sì", "是")
NO = ("0", "0.0", "n", "no", "false", "f", "nein", "non", "não", "nao", "否")


def read(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every review, by date: COLUMNS. Raises NotReady where there is none.

    review: "batch-row", which names it for good. date: NaT where the file has none. item: title of the item, its code
    where the shop does not have it. recommended: 1, 0, NaN where it was not
    asked or answered. title, body: '' for none. text: both together. excluded: whether the user leaves it out.
    """
    frame = cursor.execute(
        """SELECT r.batch_id || '-' || r.file_row AS review, date::TIMESTAMP AS date, r.product_id,
                   coalesce(c.title, r.product_id) AS item, coalesce(c.category, '') AS category, rating,
                   CASE WHEN list_contains(?, lower(trim(recommended))) THEN 1.0
                        WHEN list_contains(?, lower(trim(recommended))) THEN 0.0 END AS recommended,
                   trim(coalesce(r.title, '')) AS title, trim(coalesce(body, '')) AS body, coalesce(customer_id, '')
                   AS customer_id
            FROM reviews r LEFT JOIN catalogue c USING (product_id) ORDER BY date NULLS FIRST, batch_id, file_row""",
        [list(YES), list(NO)],
    ).df()
    if frame.empty:
        raise NotReady("There are no reviews yet. Load an export with ratings or texts on the Data page.")
    frame["text"] = [joined(*both) for both in zip(frame["title"], frame["body"], strict=True)]
    frame["excluded"] = frame["review"].isin(excluded.kept(cursor))
    return frame[list(COLUMNS)].astype({"rating": float, "recommended": float})


def set_aside(cursor: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Why reviews were set aside when they were loaded, and how many; the most first."""
    return cursor.execute(
        """SELECT reason, count(*) AS reviews FROM set_aside JOIN batches USING (batch_id)
           WHERE table_name = 'reviews' GROUP BY reason ORDER BY reviews DESC, reason"""
    ).fetchall()
