"""Quality checks of the money on sales lines: prices, and revenue against units times price.

A shop sells singles and packs under one code and gives large buyers other prices, so a price far from the item's
median is usual. It is called a slip only where a misplaced decimal point explains it and the item was hardly ever
sold at it; returns are left alone, since they must go on cancelling their sale.
"""

from core.imports.checks.check import Check, Look, Search

__all__ = ["CHECKS", "SEARCHES"]

OFF = 8.0  # times the item's median price before a line is looked at
FAR = 50.0  # times, before a line that no decimal point explains is no sale of the item
RARE = 0.01  # share of an item's lines at one price; above it, and above two lines, the price is one of its prices
BULK = 10.0  # times the item's usual units: such an order has a price of its own
LINES = 5  # an item needs for its median to mean something
CENT, SHARE = 0.02, 0.02  # by how much units x price may miss the revenue

CHECKS = (
    Check(
        "price_slip",
        "Prices with the decimal point in the wrong place",
        "The item was hardly ever sold at this price, and moving the decimal point gives its usual one; "
        "the fix writes that.",
        "fix",
        ("fix", "keep", "set aside"),
        shows=("product_id", "units", "unit_price", "revenue"),
        reason="a price with the decimal point in the wrong place",
    ),
    Check(
        "price_far",
        "Prices that cannot be the item's",
        "The price is 50 times the item's usual one and more, or a fiftieth and less: an adjustment under an item's "
        "code, or a slip; the lines are set aside.",
        "set aside",
        shows=("product_id", "units", "unit_price", "revenue"),
        reason="a price that cannot be the item's",
    ),
    Check(
        "price_off",
        "Prices far from the item's usual one",
        "Eight times the usual price and more, or an eighth and less, mostly packs, clearances and large orders; kept.",
        shows=("product_id", "units", "unit_price", "revenue"),
        reason="a price far from the item's usual one",
    ),
    Check(
        "money_conflict",
        "Units times price is not the revenue",
        "The unit price does not give the line's revenue, mostly for a discount; the fix takes revenue by units, and "
        "leaves lines where that gives no likely price.",
        "fix",
        ("fix", "keep", "set aside"),
        shows=("product_id", "units", "unit_price", "revenue"),
        reason="units times price is not the revenue",
    ),
    Check(
        "order_total",
        "The revenue is that of the whole order",
        "The total of an order is repeated on each of its lines; the fix takes units times price, or sales would count "
        "several times.",
        "fix",
        ("fix", "keep"),
        shows=("order_id", "units", "unit_price", "revenue"),
    ),
    Check(
        "sign_conflict",
        "Revenue and units with different signs",
        "Units came in and money too, or both went out: a return that is marked in one of the columns only; kept.",
        shows=("product_id", "units", "revenue"),
        reason="revenue and units with different signs",
    ),
    Check(
        "price_zero",
        "Sold for nothing",
        "Gifts, samples and replacements: they count as units sold but say nothing of demand at a price; kept.",
        shows=("product_id", "units", "revenue"),
        reason="sold for nothing",
    ),
)


def _price(look: Look) -> str | None:
    """SQL of the price paid on a line."""
    if look.has("unit_price"):
        return "unit_price"
    return "revenue / units" if look.has("revenue") else None


def _prices(look: Look) -> str | None:
    price = _price(look)
    if price is None:
        return None
    agrees = f"{price} > 0 AND units > 0"
    if look.has("unit_price", "revenue"):  # where the two disagree, that is another check
        agrees += (
            f" AND NOT coalesce(abs(units * unit_price - revenue) > greatest({CENT}, {SHARE} * abs(revenue)), false)"
        )
    suspects = look.make(
        "price_suspects",
        f"""SELECT product_id FROM live WHERE {agrees} GROUP BY product_id
            HAVING max({price}) >= {OFF} * min({price}) AND count(*) >= {LINES}""",
    )
    if not look.one(f"SELECT count(*) FROM {suspects}")[0]:
        return None
    look.make(
        "priced",
        f"""SELECT rid, product_id, units, round({price}, 4) AS price
            FROM live SEMI JOIN {suspects} USING (product_id) WHERE {agrees}""",
    )
    look.make("slips", _slips())
    checks = f"""CASE WHEN mended IS NOT NULL THEN 'price_slip'
                     WHEN greatest(price / usual, usual / price) >= {FAR} AND odd THEN 'price_far'
                     ELSE 'price_off' END"""
    money = look.only("unit_price", "revenue")
    values = {"unit_price": "mended", "revenue": "mended * units"}
    return " UNION ALL ".join(
        f"SELECT {checks}, rid, '{name}', CAST(round({values[name]}, 4) AS VARCHAR) FROM slips" for name in money
    )


def _slips() -> str:
    """SQL of the lines of `priced` far from their item's median: price, usual, large, and mended where a slip is clear.

    Two decimal places lead to within a quarter of the median. One place is not enough, since packs of ten and twelve
    are sold under the code of the single: it must lead to a price at which a tenth of the item's lines were sold.
    """
    return f"""
        WITH items AS (
            SELECT product_id, median(price) AS usual, median(units) AS usual_units, count(*) AS lines
            FROM priced GROUP BY product_id HAVING count(*) >= {LINES}
        ), tiers AS (
            SELECT product_id, price AS tier, count(*) AS times FROM priced GROUP BY ALL
        ), off AS (
            SELECT rid, product_id, units, price, usual, times, lines,
                   price < usual AND units >= {BULK} * usual_units AS large,
                   times <= greatest(2, {RARE} * lines) AND NOT large AS odd
            FROM priced JOIN items USING (product_id) JOIN tiers USING (product_id)
            WHERE tier = price AND (price >= {OFF} * usual OR usual >= {OFF} * price)
        ), places AS (
            SELECT rid, min_by(tiers.tier, abs(tiers.tier - usual)) AS place
            FROM off JOIN tiers USING (product_id)
            WHERE odd AND tiers.times >= greatest(3, 0.1 * lines)
              AND (abs(price - tiers.tier * 10) <= 0.0005 OR abs(price - tiers.tier / 10) <= 0.0051)
            GROUP BY rid
        )
        SELECT off.*, CASE WHEN place IS NOT NULL THEN place
                           WHEN odd AND abs(price / 100 - usual) <= 0.25 * usual THEN price / 100
                           WHEN odd AND abs(price - usual / 100) <= 0.0051 THEN usual  -- cents cut the rest off
                           WHEN odd AND abs(price - usual / 100) <= 0.0025 * usual THEN price * 100 END AS mended
        FROM off LEFT JOIN places USING (rid)"""


def _money(look: Look) -> str | None:
    conflict = f"units * revenue > 0 AND abs(units * unit_price - revenue) > greatest({CENT}, {SHARE} * abs(revenue))"
    look.make("conflicts", f"SELECT rid, product_id, units, unit_price, revenue FROM live WHERE {conflict}")
    (found,) = look.one("SELECT count(*) FROM conflicts")
    if not found:
        return None
    if look.has("order_id") and 2 * _totals(look) > found:
        return """SELECT 'order_total', rid, 'revenue', CAST(round(units * unit_price, 4) AS VARCHAR)
                  FROM conflicts SEMI JOIN totals USING (rid)"""
    return """
        WITH usual AS (
            SELECT product_id, median(unit_price) AS usual FROM live
            WHERE unit_price > 0 AND product_id IN (SELECT product_id FROM conflicts) GROUP BY product_id
        ), read AS (
            SELECT *, revenue / units AS paid, paid / nullif(unit_price, 0) AS ratio
            FROM conflicts LEFT JOIN usual USING (product_id)
        )
        SELECT 'money_conflict', rid, 'unit_price',
               CASE WHEN ratio BETWEEN 0.2 AND 1.3 OR abs(paid - usual) <= 0.25 * usual
                    THEN CAST(round(paid, 4) AS VARCHAR) END
        FROM read"""


def _totals(look: Look) -> int:
    """Rows in conflict whose revenue is that of their whole order, into table `totals`."""
    look.make(
        "totals",
        f"""WITH orders AS (
                SELECT order_id, sum(units * unit_price) AS goods FROM live
                WHERE order_id IN (SELECT order_id FROM live SEMI JOIN conflicts USING (rid)) GROUP BY order_id
            )
            SELECT rid FROM live SEMI JOIN conflicts USING (rid) JOIN orders USING (order_id)
            WHERE abs(revenue - goods) <= greatest({CENT}, {SHARE} * abs(revenue))""",
    )
    return int(look.one("SELECT count(*) FROM totals")[0])


def _signs(look: Look) -> str:
    return """SELECT CASE WHEN revenue = 0 THEN 'price_zero' ELSE 'sign_conflict' END, rid, 'revenue', NULL
              FROM live WHERE units * revenue < 0 OR (revenue = 0 AND units > 0)"""


SEARCHES = (
    Search(("sales",), ("product_id", "units"), _prices),
    Search(("sales",), ("units", "unit_price", "revenue"), _money),
    Search(("sales",), ("units", "revenue"), _signs),
)
