"""Quality checks of sales lines: lines that stand twice, orders and titles that contradict themselves, odd amounts.

Money on the lines is looked at in `prices`.
"""

from core.imports.checks.check import Check, Look, Search, copies, gaps, quality_days, whole_ids

__all__ = ["CHECKS", "SEARCHES"]

MANY, MANY_TIMES = 50, 20.0  # units of a line, and times the item's nine-tenths quantile
LINES = 10  # of an item, for its quantile to mean something

CHECKS = (
    Check(
        "copied_block",
        "Lines that stand in the file twice",
        "A block of order lines is repeated elsewhere in the file, as when an export is appended to itself; "
        "the copies are set aside, or these sales would count double.",
        "set aside",
        shows=("date", "order_id", "product_id", "units"),
        reason="a copy of an earlier line of the file",
    ),
    Check(
        "repeated_line",
        "The same line again in an order",
        "The same item in the same order and amount, mostly scanned twice; kept, since both were sold.",
        shows=("date", "order_id", "product_id", "units"),
        reason="the same line again",
    ),
    Check(
        "order_conflict",
        "Orders with two days or two customers",
        "One order number stands for different days or customers, as where numbers are given anew; all lines are kept.",
        actions=("keep",),
        shows=("order_id", "date", "customer_id"),
        unit="orders",
        counted="order_id",
    ),
    Check(
        "unlisted",
        "Items that the product file does not have",
        "These items are sold but not listed; their lines are kept and the catalogue takes them from the sales.",
        actions=("keep",),
        shows=("product_id", "title"),
        unit="items",
        counted="product_id",
    ),
    Check(
        "sales_gap",
        "Days without any sale",
        "The shop usually sells on these days of the week: a holiday, or a part of the export is missing.",
        actions=("keep",),
        unit="days",
    ),
    Check(
        "units_far",
        "Far more units than the item's lines have",
        "Twenty times what nearly all lines of the item have, from a customer who never bought that much, and no "
        "cancellation takes it back: a large order or a slip of the pen; kept, since only you can tell.",
        shows=("date", "product_id", "units", "customer_id"),
        reason="far more units than the item's lines have",
    ),
    Check(
        "titles",
        "Items with several titles",
        "The lines of one item carry different names; the catalogue takes the most frequent one.",
        actions=("keep",),
        shows=("product_id", "title"),
        unit="items",
        counted="product_id",
    ),
)


def _copies(look: Look) -> str | None:
    found = copies(look, list(look.columns), whole_ids(look))
    if found is None:
        return None
    shown = f"SELECT CASE WHEN apart THEN 'copied_block' ELSE 'repeated_line' END, rid, 'units', NULL FROM {found}"
    # Without order numbers equal lines are two sales like any other.
    return shown if look.has("order_id") else f"{shown} WHERE apart"


def _orders(look: Look) -> str:
    who = "customer_id" if look.has("customer_id") else "NULL::VARCHAR"
    whole = "NOT contains(order_id, '+')" if look.fact("plus order_id") else "order_id IS NOT NULL"
    return f"""
        SELECT 'order_conflict', min(rid), 'order_id', NULL FROM live WHERE order_id IN (
            SELECT order_id FROM live WHERE {whole} GROUP BY order_id
            HAVING min(date) <> max(date) OR min(hash({who})) FILTER ({who} IS NOT NULL)
                                           <> max(hash({who})) FILTER ({who} IS NOT NULL))
        GROUP BY order_id, date, {who}"""


def _orphans(look: Look) -> str | None:
    if not look.known("products"):
        return None
    return """SELECT 'unlisted', min(rid), 'product_id', NULL FROM live
              WHERE product_id NOT IN (SELECT product_id FROM products) GROUP BY product_id"""


def _gaps(look: Look) -> str:
    days = quality_days(look, "date")
    missing = gaps(f"SELECT day, amount FROM {days} WHERE NOT far AND NOT near AND day <= current_date + 1")
    return f"SELECT 'sales_gap', NULL, 'date', CAST(day AS VARCHAR) FROM ({missing})"


def _units(look: Look) -> str | None:
    suspects = look.make(
        "unit_suspects",
        f"""SELECT product_id FROM live GROUP BY product_id
            HAVING count(*) >= {LINES}
               AND max(units) >= greatest({MANY}, {MANY_TIMES} * quantile_disc(units, 0.5))""",
    )
    if not look.one(f"SELECT count(*) FROM {suspects}")[0]:
        return None
    look.make(
        "many",
        f"""WITH habits AS (
            SELECT product_id, quantile_disc(units, 0.9) AS habit
            FROM live SEMI JOIN {suspects} USING (product_id) WHERE units > 0 GROUP BY product_id
        )
        SELECT live.* FROM live JOIN habits USING (product_id)
        WHERE units >= greatest({MANY}, {MANY_TIMES} * habit)""",
    )
    return f"""
        SELECT 'units_far', rid, 'units', NULL FROM many WHERE NOT EXISTS (
            SELECT 1 FROM live AS back
            WHERE back.units < 0 AND back.product_id = many.product_id AND back.units = -many.units
        ){_not_used_to_it(look)}"""


def _not_used_to_it(look: Look) -> str:
    """Large buyers are known by another order of half the size and more."""
    if not look.has("customer_id"):
        return ""
    other = "other.order_id <> many.order_id" if look.has("order_id") else "other.rid <> many.rid"
    return f""" AND NOT EXISTS (
            SELECT 1 FROM live AS other
            WHERE other.customer_id = many.customer_id AND 2 * other.units >= many.units AND {other})"""


def _titles(look: Look) -> str | None:
    suspects = look.make(
        "title_suspects",
        """SELECT product_id FROM live WHERE title IS NOT NULL GROUP BY product_id
           HAVING min(hash(title)) <> max(hash(title))""",
    )
    if not look.one(f"SELECT count(*) FROM {suspects}")[0]:
        return None
    return f"""
        WITH names AS (
            SELECT product_id, min(rid) AS rid
            FROM live SEMI JOIN {suspects} USING (product_id) WHERE title IS NOT NULL
            GROUP BY product_id, lower(regexp_replace(trim(title), '\\s+', ' ', 'g'))
        )
        SELECT 'titles', rid, 'title', NULL FROM names
        WHERE product_id IN (SELECT product_id FROM names GROUP BY product_id HAVING count(*) > 1)"""


SEARCHES = tuple(
    Search(("sales",), needs, find)
    for needs, find in (
        ((), _copies),
        (("order_id", "date"), _orders),
        (("product_id",), _orphans),
        (("date",), _gaps),
        (("product_id", "units"), _units),
        (("product_id", "title"), _titles),
    )
)
