"""Columns that several tables have, and the words that exports use for them."""

from core.schema import Column

__all__ = [
    "ABOUT_PRODUCT",
    "ANONYMOUS",
    "BRAND",
    "BUYERS",
    "CATEGORIES",
    "CATEGORY",
    "COST",
    "CUSTOMER_ID",
    "DAYS",
    "DESCRIPTION",
    "IMAGE",
    "ITEM_CODES",
    "PRODUCT_ID",
    "TITLES",
]

ANONYMOUS = "anonymous"
"""The customer of events that are counted over all visitors; it is never hashed."""

ITEM_CODES = (
    *("sku", "stock code", "product code", "variant sku", "item code", "item number", "item id", "article"),
    *("article number", "asin", "artikelnummer", "商品ID", "商品编码", "商家编码", "货号", "宝贝ID"),
)
BUYERS = (
    *("customer", "customer no", "customer number", "client id", "buyer", "buyer id", "user", "user id"),
    *("visitor id", "member id", "kundennummer", "买家会员名", "用户ID"),
)
CATEGORIES = ("product type", "product category", "department", "department name", "kategorie", "类目", "分类")
TITLES = (
    *("name", "product name", "product title", "item name", "item title", "product", "item", "post title"),
    *("artikelbezeichnung", "bezeichnung", "商品名称", "商品标题", "宝贝标题", "标题"),
)
DAYS = ("day", "datum", "fecha", "jour", "data", "日期", "统计日期")

PRODUCT_ID = Column("product_id", "text", "The item's code (SKU)", True, synonyms=ITEM_CODES, example="KIT-10234")
ABOUT_PRODUCT = Column(
    "product_id", "text", "The item's code (SKU), where the row is about one item", synonyms=ITEM_CODES
)
CUSTOMER_ID = Column(
    "customer_id", "text", "Who it was; replaced by a keyed hash", synonyms=BUYERS, example="C-00817", person=True
)
DESCRIPTION = Column(
    "description",
    "prose",
    "What the item is, in sentences",
    synonyms=("body html", "body", "long description", "product description", "details", "beschreibung"),
    example="Stoneware mug with a hand-painted fox.",
)
CATEGORY = Column(
    "category",
    "text",
    "Category or department",
    synonyms=("type", "class", "categories", *CATEGORIES),
    example="Kitchen",
)
BRAND = Column("brand", "text", "Brand or supplier", synonyms=("vendor", "supplier", "maker", "品牌"), example="Alder")
IMAGE = Column("image", "text", "Address of a picture", synonyms=("image src", "image url", "picture", "images"))
COST = Column(
    "cost",
    "money",
    "What a unit costs the shop",
    minimum=0,
    synonyms=("unit cost", "cost per item", "cost price", "supply price", "cogs", "wholesale price", "成本价"),
    example="4.10",
)
