"""The items: those on sale, and those that have never been sold."""

from core.schema import Column, Table
from core.tables.shared import BRAND, CATEGORY, COST, DESCRIPTION, IMAGE, ITEM_CODES, PRODUCT_ID, TITLES

__all__ = ["NEW_ITEMS", "PRODUCTS"]

PRODUCTS = Table(
    "products",
    "Products",
    "The catalogue: one row an item that is or was on sale.",
    (
        PRODUCT_ID,
        Column(
            "title",
            "text",
            "Name of the item as shoppers see it",
            True,
            synonyms=TITLES,
            example="Fox stoneware mug",
        ),
        DESCRIPTION,
        CATEGORY,
        BRAND,
        Column(
            "list_price",
            "money",
            "Price before discounts, per unit",
            minimum=0,
            synonyms=("price", "variant price", "regular price", "retail price", "unit price", "rrp", "preis", "价格"),
            example="12.95",
        ),
        COST,
        Column(
            "launch_date",
            "date",
            "Day the item went on sale",
            synonyms=("launched", "published at", "available from", "created at", "first on sale"),
            example="2025-03-10",
        ),
        IMAGE,
    ),
    keys=(("product_id",),),
    unique=True,
    attributes=True,
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
            True,
            synonyms=("new item", "product id", "id", *ITEM_CODES),
            example="NEW-001",
        ),
        Column(
            "title",
            "text",
            "Name of the item as shoppers will see it",
            True,
            synonyms=TITLES,
            example="Hare stoneware cup",
        ),
        DESCRIPTION,
        CATEGORY,
        BRAND,
        Column("cost", "money", "What a unit will cost the shop", minimum=0, synonyms=COST.synonyms, example="4.30"),
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
    keys=(("item_id",),),
    unique=True,
    attributes=True,
)
