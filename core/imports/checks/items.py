"""Quality checks of what is listed once: products, customers, new items."""

from core.imports.checks.check import Check, Look, Search

__all__ = ["CHECKS", "SEARCHES"]

FAR = 50.0  # times the median price of the category
LINES = 10  # items in a category for its median to mean something

CHECKS = (
    Check(
        "same_id",
        "The same row twice",
        "A code is listed again with the same content; the copies are set aside.",
        "set aside",
        ("set aside",),
        shows=("product_id", "item_id", "customer_id", "title"),
        reason="the same row again",
    ),
    Check(
        "id_conflict",
        "One code, different content",
        "A code is listed several times with different content; the last of these rows counts, and the earlier ones "
        "are set aside.",
        "set aside",
        ("set aside",),
        shows=("product_id", "item_id", "customer_id", "title", "list_price", "price"),
        reason="a later row has the same code and other content",
    ),
    Check(
        "same_title",
        "Several codes with one title",
        "Different items carry the same name, mostly sizes and colours, sometimes a code given anew; all are kept.",
        actions=("keep",),
        shows=("product_id", "item_id", "title"),
    ),
    Check(
        "cost_above_price",
        "Cost above the price",
        "Every piece would lose money: a clearance, or the two columns are mixed up; kept.",
        shows=("product_id", "item_id", "title", "list_price", "price", "cost"),
        reason="the cost is above the price",
    ),
    Check(
        "no_price",
        "Items without a price",
        "The price is 0, so nothing can be earned and no like item compares with it; kept.",
        shows=("product_id", "item_id", "title", "list_price", "price"),
        reason="the price is 0",
    ),
    Check(
        "category_price",
        "Prices far from those of the category",
        "Fifty times the category's median and more, or a fiftieth and less: a slip of the pen, or an item in a wrong "
        "category; kept.",
        shows=("product_id", "item_id", "title", "category", "list_price", "price"),
        reason="a price far from those of the category",
    ),
    Check(
        "price_range",
        "Lowest price above the highest",
        "The two prices to consider are the wrong way round; the fix exchanges them.",
        "fix",
        ("fix", "keep", "set aside"),
        shows=("item_id", "title", "price_min", "price_max"),
        reason="the lowest price is above the highest",
    ),
    Check(
        "launch_range",
        "Earliest launch after the latest",
        "The two days are the wrong way round; the fix exchanges them.",
        "fix",
        ("fix", "keep", "set aside"),
        shows=("item_id", "title", "earliest_launch", "latest_launch"),
        reason="the earliest launch is after the latest",
    ),
    Check(
        "already_sold",
        "New items that are already sold",
        "The code is that of an item with sales, so it is no launch; kept, since a code may have been given anew.",
        shows=("item_id", "title"),
        reason="the item is already sold",
    ),
)


def _same_id(look: Look) -> str | None:
    """Identical rows: the first counts. Different rows: the last counts."""
    key = look.table.keys[0][0]
    if not look.has(key):
        return None
    rows = look.cursor.execute("DESCRIBE live").fetchall()
    content = ", ".join(f'"{row[0]}"' for row in rows if row[0] != "rid")
    whole = f"NOT contains({key}, '+')" if look.fact(f"plus {key}") else "true"
    twice = f"SELECT {key} FROM live WHERE {whole} GROUP BY {key} HAVING count(*) > 1"
    return f"""
        WITH twice AS (
            SELECT rid, {key}, hash({content}) AS content FROM live WHERE {key} IN ({twice})
        ), groups AS (
            SELECT {key}, min(content) <> max(content) AS differ, min(rid) AS first_rid, max(rid) AS last_rid
            FROM twice GROUP BY {key}
        )
        SELECT CASE WHEN differ THEN 'id_conflict' ELSE 'same_id' END, rid, '{key}', NULL
        FROM twice JOIN groups USING ({key}) WHERE rid <> CASE WHEN differ THEN last_rid ELSE first_rid END"""


def _same_title(look: Look) -> str:
    key = look.table.keys[0][0]
    return f"""
        WITH names AS (
            SELECT rid, {key} AS code, lower(regexp_replace(trim(title), '\\s+', ' ', 'g')) AS name FROM live
        )
        SELECT 'same_title', rid, 'title', NULL FROM names WHERE name IN (
            SELECT name FROM names GROUP BY name HAVING min(code) <> max(code))"""


def _prices(look: Look) -> str:
    price = "list_price" if look.table.name == "products" else "price"
    parts = [f"SELECT 'no_price', rid, '{price}', NULL FROM live WHERE {price} = 0"]
    if look.has("cost"):
        parts.append(f"SELECT 'cost_above_price', rid, 'cost', NULL FROM live WHERE cost > {price} AND {price} > 0")
    if look.has("category"):
        parts.append(f"""
            SELECT 'category_price', rid, '{price}', NULL
            FROM live JOIN (SELECT category, median({price}) AS usual FROM live WHERE {price} > 0
                            GROUP BY category HAVING count(*) >= {LINES}) USING (category)
            WHERE {price} > 0 AND ({price} >= {FAR} * usual OR usual >= {FAR} * {price})""")
    return " UNION ALL ".join(parts)


def _exchanged(check: str, low: str, high: str) -> str:
    return f"""SELECT '{check}', rid, '{low}', CAST({high} AS VARCHAR) FROM live WHERE {low} > {high}
               UNION ALL SELECT '{check}', rid, '{high}', CAST({low} AS VARCHAR) FROM live WHERE {low} > {high}"""


def _already_sold(look: Look) -> str | None:
    if not look.known("sales"):
        return None
    return """SELECT 'already_sold', rid, 'item_id', NULL FROM live
              WHERE item_id IN (SELECT product_id FROM catalogue WHERE first_sale IS NOT NULL)"""


SEARCHES = (
    Search(("products", "customers", "new_items"), (), _same_id),
    Search(("products", "new_items"), ("title",), _same_title),
    Search(("products",), ("list_price",), _prices),
    Search(("new_items",), ("price",), _prices),
    Search(("new_items",), ("price_min", "price_max"), lambda _: _exchanged("price_range", "price_min", "price_max")),
    Search(
        ("new_items",),
        ("earliest_launch", "latest_launch"),
        lambda _: _exchanged("launch_range", "earliest_launch", "latest_launch"),
    ),
    Search(("new_items",), ("item_id",), _already_sold),
)
