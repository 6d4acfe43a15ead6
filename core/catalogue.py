"""The catalogue: every item that was ever listed or sold, with its launch and its price at launch.

Rebuilt inside the transaction of each import and undo, so that it always follows from what is loaded. Where
there is no product file it is derived from the sales lines alone: title and category from an item's first four
weeks, price from its first. These stand for what a shop writes down before a launch, so a backtest takes them
as known even where the cut falls into those weeks.
"""

import duckdb

__all__ = ["rebuild"]

# The price an item was launched at, from its first week, by line and not by unit: large orders get
# cheaper prices, so a mean by unit would tell how well the item is about to sell.
REBUILD = """
INSERT INTO catalogue
WITH listed AS (
    SELECT product_id, max_by(title, age) FILTER (title IS NOT NULL) AS title,
           max_by(description, age) FILTER (description IS NOT NULL) AS description,
           max_by(category, age) FILTER (category IS NOT NULL) AS category,
           max_by(brand, age) FILTER (brand IS NOT NULL) AS brand,
           max_by(list_price, age) FILTER (list_price IS NOT NULL) AS list_price,
           max_by(cost, age) FILTER (cost IS NOT NULL) AS cost,
           max_by(launch_date, age) FILTER (launch_date IS NOT NULL) AS launch_date,
           max_by(attributes, age) FILTER (attributes IS NOT NULL) AS attributes
    FROM (SELECT *, (batch_id, file_row) AS age FROM products) GROUP BY product_id
), first_sales AS (
    SELECT product_id, min(date) AS first_sale FROM sales WHERE units > 0 GROUP BY product_id
), sold AS (
    SELECT product_id, any_value(first_sale) AS first_sale,
           mode(title) FILTER (date < first_sale + 28) AS title,
           mode(category) FILTER (date < first_sale + 28) AS category,
           median(coalesce(unit_price, revenue / nullif(units, 0))) FILTER (units > 0 AND date < first_sale + 7)
               AS price
    FROM sales JOIN first_sales USING (product_id) GROUP BY product_id
)
SELECT product_id, coalesce(listed.title, sold.title, product_id), description,
       coalesce(listed.category, sold.category), brand, coalesce(list_price, price), cost, launch_date, attributes,
       first_sale, listed.product_id IS NULL
FROM listed FULL JOIN sold USING (product_id)
"""


def rebuild(cursor: duckdb.DuckDBPyConnection) -> None:
    """Derive `catalogue` from `products` and `sales`, inside the caller's transaction."""
    cursor.execute("DELETE FROM catalogue")
    cursor.execute(REBUILD)
