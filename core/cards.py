"""Cards: what a person is shown of one item or customer to judge it by."""

from dataclasses import dataclass
from datetime import date

import duckdb

__all__ = ["Card", "customer", "item"]

Cursor = duckdb.DuckDBPyConnection
QUOTES, MOST_BOUGHT = 3, 5  # shown on a card


@dataclass(frozen=True)
class Card:
    """One item or customer."""

    target: str
    """Its id."""
    title: str
    text: str
    facts: dict[str, str]
    """Words to value, to be shown as they are; what is not known is left out."""
    quotes: tuple[str, ...] = ()
    """What buyers wrote of the item, or the customer wrote."""
    picture: str = ""
    """Address of a picture, as the file has it."""


def item(cursor: Cursor, target: str) -> Card:
    """A product or new item; of one that left the shop since, its id alone."""
    found = cursor.execute(
        """SELECT title, description, category, brand, list_price, first_sale,
                  (SELECT image FROM products WHERE product_id = $1 ORDER BY batch_id DESC LIMIT 1)
           FROM catalogue WHERE product_id = $1""",
        [target],
    ).fetchone()
    return _product(cursor, target, found) if found else _new_item(cursor, target)


def customer(cursor: Cursor, target: str) -> Card:
    """A customer: what is known, what was bought most, what was written."""
    known = cursor.execute(
        "SELECT segment, region, age_band, joined FROM customers WHERE customer_id = ? ORDER BY batch_id DESC LIMIT 1",
        [target],
    ).fetchone()
    segment, region, age, joined = known or (None, None, None, None)
    bought, text = _bought(cursor, target)
    facts = {
        "Segment": segment,
        "Region": region,
        "Age": age,
        "Customer since": _day(joined),
        **bought,
        "Stars given": _stars(cursor, "customer_id", target),
    }
    return Card(target, f"Customer {target}", text, _filled(facts), _quotes(cursor, "customer_id", target))


def _product(cursor: Cursor, target: str, found: tuple) -> Card:
    title, description, category, brand, price, first_sale, image = found
    (units,) = cursor.execute("SELECT sum(units)::BIGINT FROM sales WHERE product_id = ?", [target]).fetchall()[0]
    facts = {
        "Category": category,
        "Brand": brand,
        "Price": _money(price),
        "Sold so far": f"{units or 0:,}",
        "First sale": _day(first_sale),
        "Stars": _stars(cursor, "product_id", target),
    }
    return Card(target, title, description or "", _filled(facts), _quotes(cursor, "product_id", target), image or "")


def _new_item(cursor: Cursor, target: str) -> Card:
    found = cursor.execute(
        """SELECT title, description, category, brand, price, earliest_launch, image FROM new_items
           WHERE item_id = ? ORDER BY batch_id DESC LIMIT 1""",
        [target],
    ).fetchone()
    if found is None:
        return Card(target, target, "", {})
    title, description, category, brand, price, launch, image = found
    facts = {
        "Category": category,
        "Brand": brand,
        "Planned price": _money(price),
        "Earliest launch": _day(launch),
        "Sold so far": "never: a new item",
    }
    return Card(target, title, description or "", _filled(facts), picture=image or "")


def _bought(cursor: Cursor, target: str) -> tuple[dict[str, str], str]:
    """Facts and the bestsellers of one customer, in one look at the sales."""
    units, days, first, last, titles = cursor.execute(
        f"""WITH mine AS MATERIALIZED (SELECT date, product_id, units FROM sales WHERE customer_id = ?),
            most AS (SELECT product_id, sum(units) AS sold FROM mine GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_BOUGHT}),
            named AS (SELECT coalesce(title, product_id) AS title, sold, product_id
                      FROM most LEFT JOIN catalogue USING (product_id))
            SELECT sum(units)::BIGINT, count(DISTINCT date), min(date), max(date),
                   (SELECT list(title ORDER BY sold DESC, product_id) FROM named) FROM mine""",
        [target],
    ).fetchall()[0]
    if not days:
        return {}, ""
    facts = {"Bought": f"{units:,} pieces on {days:,} days", "First and last": f"{_day(first)} to {_day(last)}"}
    return facts, f"Bought most: {', '.join(titles)}"


def _stars(cursor: Cursor, column: str, target: str) -> str | None:
    mean, count = cursor.execute(
        f"SELECT avg(rating), count(rating) FROM reviews WHERE {column} = ?", [target]
    ).fetchall()[0]
    return f"{mean:.1f} of {count:,} reviews" if count else None


def _quotes(cursor: Cursor, column: str, target: str) -> tuple[str, ...]:
    rows = cursor.execute(
        f"""SELECT body FROM reviews WHERE {column} = ? AND body IS NOT NULL
            ORDER BY date DESC NULLS LAST, batch_id DESC, file_row LIMIT {QUOTES}""",
        [target],
    ).fetchall()
    return tuple(row[0] for row in rows)


def _filled(facts: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def _money(amount: float | None) -> str | None:
    return None if amount is None else f"{amount:,.2f}"


def _day(day: date | None) -> str | None:
    return f"{day.day} {day:%b %Y}" if day else None
