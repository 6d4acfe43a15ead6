"""The tables of a shop, declared once: DDL, header matching, validation and templates derive from here.

Money is in the shop's one currency, dates are ISO, units are whole items net of cancellations.
Any column of a product or new-item file that is not declared is kept as an attribute (JSON).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["TABLES", "Column", "Kind", "Table", "ddl", "template"]

Kind = Literal["text", "date", "money", "count"]
SQL_TYPES: dict[Kind, str] = {"text": "VARCHAR", "date": "DATE", "money": "DOUBLE", "count": "BIGINT"}


@dataclass(frozen=True)
class Column:
    """One column of a table, as a merchandiser would describe it."""

    name: str
    kind: Kind
    help: str
    required: bool = False
    minimum: float | None = None
    """The smallest value that makes sense; None where negatives do (returns)."""
    synonyms: tuple[str, ...] = ()
    """Other names of the column in exports, in `imports.mapping.normalise` form."""
    example: str = ""

    @property
    def label(self) -> str:
        """The name as it is shown."""
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Table:
    """A table that can be imported."""

    name: str
    title: str
    help: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """Columns that identify a row; empty where rows are events that may repeat."""
    attributes: bool = False
    """Whether undeclared columns are kept."""

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def required(self) -> list[str]:
        """Names of the columns without which a file is refused."""
        return [column.name for column in self.columns if column.required]


PRODUCT_TEXT = (
    Column(
        "description",
        "text",
        "What the item is, in sentences",
        synonyms=("body html", "body", "long description", "product description", "details"),
        example="Stoneware mug with a hand-painted fox.",
    ),
    Column(
        "category",
        "text",
        "Category or department",
        synonyms=("type", "product type", "product category", "department", "class", "categories"),
        example="Kitchen",
    ),
    Column("brand", "text", "Brand or supplier", synonyms=("vendor", "supplier", "maker"), example="Alder"),
)
IMAGE = Column("image", "text", "Address of a picture", synonyms=("image src", "image url", "picture"))

PRODUCTS = Table(
    "products",
    "Products",
    "The catalogue: one row an item that is or was on sale.",
    (
        Column(
            "product_id",
            "text",
            "The item's code (SKU)",
            required=True,
            synonyms=(
                "sku",
                "stock code",
                "stockcode",
                "product code",
                "variant sku",
                "item code",
                "article",
            ),
            example="KIT-10234",
        ),
        Column(
            "title",
            "text",
            "Name of the item as shoppers see it",
            required=True,
            synonyms=("name", "product name", "product title", "item name", "product", "post title"),
            example="Fox stoneware mug",
        ),
        *PRODUCT_TEXT,
        Column(
            "list_price",
            "money",
            "Price before discounts, per unit",
            minimum=0,
            synonyms=("price", "variant price", "regular price", "retail price", "unit price", "rrp"),
            example="12.95",
        ),
        Column(
            "cost",
            "money",
            "What a unit costs the shop",
            minimum=0,
            synonyms=("unit cost", "cost per item", "cost price", "supply price", "cogs"),
            example="4.10",
        ),
        Column(
            "launch_date",
            "date",
            "Day the item went on sale",
            synonyms=("launched", "published at", "available from", "created at", "first on sale"),
            example="2025-03-10",
        ),
        IMAGE,
    ),
    key=("product_id",),
    attributes=True,
)

SALES = Table(
    "sales",
    "Sales",
    "Order lines, or units by day: one row a line. Returns and cancellations are negative units.",
    (
        Column(
            "date",
            "date",
            "Day of the sale",
            required=True,
            synonyms=(
                "invoice date",
                "invoicedate",
                "order date",
                "sale date",
                "day",
                "created at",
                "paid at",
            ),
            example="2025-03-10",
        ),
        Column(
            "product_id",
            "text",
            "The item's code (SKU)",
            required=True,
            synonyms=(
                "sku",
                "stock code",
                "stockcode",
                "product code",
                "lineitem sku",
                "item code",
                "item number",
            ),
            example="KIT-10234",
        ),
        Column(
            "units",
            "count",
            "Pieces sold; negative for returns",
            required=True,
            synonyms=("quantity", "qty", "units sold", "lineitem quantity", "items sold", "pieces"),
            example="2",
        ),
        Column(
            "unit_price",
            "money",
            "Price paid per unit",
            minimum=0,
            synonyms=("price", "unitprice", "lineitem price", "item price", "price each", "selling price"),
            example="12.95",
        ),
        Column(
            "revenue",
            "money",
            "Money of the line, where there is no price per unit",
            synonyms=("total", "line total", "net sales", "sales", "amount", "turnover"),
        ),
        Column(
            "discount",
            "money",
            "Money off per unit",
            minimum=0,
            synonyms=("discount amount", "lineitem discount"),
        ),
        Column(
            "order_id",
            "text",
            "Number of the order",
            synonyms=("invoice", "invoice no", "invoiceno", "order", "order number", "order no"),
            example="100231",
        ),
        Column(
            "customer_id",
            "text",
            "Who bought",
            synonyms=("customer", "customer no", "customer number", "customerid", "buyer", "buyer id"),
            example="C-00817",
        ),
        Column("channel", "text", "Where it was sold", synonyms=("sales channel", "source"), example="web"),
        Column("region", "text", "Where it was sent", synonyms=("country", "ship country", "state", "market")),
        Column(
            "title",
            "text",
            "Name of the item on the line; makes the catalogue where there is no product file",
            synonyms=(
                "description",
                "product name",
                "item name",
                "lineitem name",
                "product",
                "product title",
            ),
        ),
        Column("category", "text", "Category on the line", synonyms=("product category", "department")),
    ),
)

NEW_ITEMS = Table(
    "new_items",
    "New items",
    "The sheet of items that have never been sold: the candidates for launch.",
    (
        Column(
            "item_id",
            "text",
            "A code of your choice, once per item",
            required=True,
            synonyms=(
                "item",
                "new item",
                "item code",
                "sku",
                "stockcode",
                "product id",
                "product code",
                "id",
            ),
            example="NEW-001",
        ),
        Column(
            "title",
            "text",
            "Name of the item as shoppers will see it",
            required=True,
            synonyms=("name", "product name", "item name", "product title"),
            example="Hare stoneware cup",
        ),
        *PRODUCT_TEXT,
        Column(
            "cost",
            "money",
            "What a unit will cost the shop",
            minimum=0,
            synonyms=PRODUCTS["cost"].synonyms,
            example="4.30",
        ),
        Column(
            "price",
            "money",
            "Planned price per unit",
            minimum=0,
            synonyms=("planned price", "list price", "retail price", "selling price", "unit price"),
            example="13.50",
        ),
        Column("price_min", "money", "Lowest price to consider", minimum=0, synonyms=("min price", "floor price")),
        Column("price_max", "money", "Highest price to consider", minimum=0, synonyms=("max price",)),
        Column(
            "earliest_launch",
            "date",
            "First day it could go on sale",
            synonyms=("launch date", "available from", "launch"),
            example="2026-01-05",
        ),
        Column("latest_launch", "date", "Last day it should go on sale", example="2026-03-30"),
        Column("max_stock", "count", "Most pieces that can be bought", minimum=0, synonyms=("max units",)),
        Column("lead_time_days", "count", "Days from order to shelf", minimum=0, synonyms=("lead time",)),
        IMAGE,
    ),
    key=("item_id",),
    attributes=True,
)

TABLES: dict[str, Table] = {table.name: table for table in (PRODUCTS, SALES, NEW_ITEMS)}


def ddl(table: Table) -> str:
    """CREATE TABLE of an imported table: its columns, then where each row came from."""
    lines = [f'"{column.name}" {SQL_TYPES[column.kind]}{" NOT NULL" if column.required else ""}' for column in table]
    if table.attributes:
        lines.append("attributes JSON")
    lines += ["batch_id BIGINT NOT NULL", "file_row BIGINT NOT NULL"]
    return f"CREATE TABLE {table.name} ({', '.join(lines)})"


def template(table: Table) -> str:
    """A CSV to fill in: the header and one example row."""
    header = ",".join(column.name for column in table)
    return f"{header}\n{','.join(column.example for column in table)}\n"
