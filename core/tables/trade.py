"""What was sold, and what moved it: sales, promotions, ads, competitors."""

from core.schema import Column, Table
from core.tables.shared import ABOUT_PRODUCT, CATEGORIES, CUSTOMER_ID, DAYS, ITEM_CODES, PRODUCT_ID, TITLES

__all__ = ["ADS", "COMPETITORS", "PROMOTIONS", "SALES"]

SALES = Table(
    "sales",
    "Sales",
    "Order lines, or units by day: one row a line. Returns and cancellations are negative units.",
    (
        Column(
            "date",
            "date",
            "Day of the sale",
            True,
            synonyms=(
                *("invoice date", "order date", "sale date", "created at", "paid at", "purchase date"),
                *("transaction date", "bestelldatum", "下单时间", "订单付款时间", "订单创建时间", *DAYS),
            ),
            example="2025-03-10",
        ),
        PRODUCT_ID,
        Column(
            "units",
            "count",
            "Pieces sold; negative for returns",
            True,
            adds=True,
            synonyms=(
                *("quantity", "qty", "units sold", "units ordered", "lineitem quantity", "items sold", "pieces", "pcs"),
                *("menge", "anzahl", "quantité", "cantidad", "购买数量", "商品数量", "订购数量", "支付件数"),
            ),
            example="2",
        ),
        Column(
            "unit_price",
            "money",
            "Price paid per unit, after the discount",
            minimum=0,
            synonyms=("price", "lineitem price", "item price", "price each", "selling price", "rate", "preis", "单价"),
            example="12.95",
        ),
        Column(
            "revenue",
            "money",
            "Money of the line, after the discount; negative for returns",
            adds=True,
            synonyms=(
                *("total", "line total", "net sales", "sales", "amount", "turnover", "gross amt", "umsatz"),
                *("order total", "item total", "支付金额", "实付金额"),
            ),
        ),
        Column(
            "discount",
            "money",
            "Money off per unit",
            minimum=0,
            synonyms=("discount amount", "lineitem discount", "rabatt"),
        ),
        Column(
            "order_id",
            "text",
            "Number of the order",
            synonyms=(
                *("invoice", "invoice no", "invoice number", "order", "order number", "order no", "transaction id"),
                *("receipt", "bestellnummer", "订单编号", "订单号", "主订单编号"),
            ),
            example="100231",
        ),
        CUSTOMER_ID,
        Column(
            "channel",
            "text",
            "Where it was sold",
            synonyms=("sales channel", "source", "店铺名称"),
            example="web",
        ),
        Column(
            "region",
            "text",
            "Where it was sent",
            synonyms=("country", "ship country", "state", "market", "land", "收货地址"),
        ),
        Column(
            "title",
            "text",
            "Name of the item on the line; makes the catalogue where there is no product file",
            synonyms=("description", "lineitem name", *TITLES),
        ),
        Column("category", "text", "Category on the line", synonyms=CATEGORIES),
        Column(
            "cost",
            "money",
            "What a unit cost the shop at the time; tells a price that followed demand from one that followed cost",
            minimum=0,
            synonyms=("unit cost", "cost per item", "wholesale price", "landed cost"),
            example="4.10",
        ),
    ),
    keys=(("order_id", "product_id"), ("date", "product_id", "channel", "region", "customer_id")),
)

PROMOTIONS = Table(
    "promotions",
    "Promotions",
    "Which item was promoted when and where: display, mailer, coupon, deal.",
    (
        Column(
            "date",
            "date",
            "First day",
            True,
            synonyms=("start", "start date", "from", "week"),
            example="2025-03-10",
        ),
        PRODUCT_ID,
        Column(
            "promotion",
            "text",
            "Which kind",
            True,
            synonyms=("promo", "promo type", "type", "kind"),
            example="display",
        ),
        Column("until", "date", "Last day", synonyms=("end", "end date", "to"), example="2025-03-16"),
        Column("region", "text", "Store or region", synonyms=("store", "store id", "shop", "market")),
    ),
    keys=(("date", "product_id", "promotion", "region"),),
)

ADS = Table(
    "ads",
    "Ads",
    "What advertising cost and brought, by day and channel or campaign.",
    (
        Column(
            "date",
            "date",
            "Day",
            True,
            synonyms=("by day", "report date", "stat date", *DAYS),
            example="2025-03-10",
        ),
        Column(
            "channel",
            "text",
            "Where the ad ran",
            True,
            synonyms=("source", "platform", "network", "media", "medium"),
            example="Google Ads",
        ),
        Column(
            "spend",
            "money",
            "Money spent",
            True,
            adds=True,
            minimum=0,
            synonyms=(
                *("cost", "amount spent", "total cost", "ad spend", "budget spent", "coût", "kosten", "coste"),
                *("costo", "custo", "montant dépensé", "花费", "消耗"),
            ),
            example="120.50",
        ),
        Column(
            "campaign",
            "text",
            "Campaign",
            synonyms=("campaign name", "campagne", "kampagne", "campaña", "campagna", "campanha", "推广计划名称"),
            example="Spring mugs",
        ),
        ABOUT_PRODUCT,
        Column("category", "text", "Category that the ad is for", synonyms=CATEGORIES),
        Column(
            "impressions",
            "count",
            "Times shown",
            adds=True,
            minimum=0,
            synonyms=("impr", "views", "impressionen", "展现量"),
        ),
        Column(
            "clicks",
            "count",
            "Clicks",
            adds=True,
            minimum=0,
            synonyms=("link clicks", "clics", "klicks", "clic", "点击量"),
        ),
        Column(
            "conversions",
            "number",
            "Orders that the platform claims",
            adds=True,
            minimum=0,
            synonyms=("purchases", "orders", "results", "conv", "总成交笔数"),
        ),
        Column(
            "revenue",
            "money",
            "Revenue that the platform claims",
            adds=True,
            synonyms=("conv value", "conversion value", "purchase value", "sales", "总成交金额"),
        ),
        Column("creative", "text", "Text or picture of the ad", synonyms=("ad name", "ad", "headline", "ad text")),
        Column(
            "hour",
            "count",
            "Hour of the day in which it ran, 0 to 23",
            minimum=0,
            maximum=23,
            synonyms=("hour of day", "hour of the day", "heure de la journée", "uhrzeit"),
        ),
    ),
    keys=(("date", "channel", "campaign", "product_id", "category", "creative", "hour"),),
)

COMPETITORS = Table(
    "competitors",
    "Competitor prices",
    "What other shops ask for the same or a similar item.",
    (
        Column(
            "date",
            "date",
            "Day the price was seen",
            True,
            synonyms=("datetime", "observed at", "price date", "update time", "timestamp", *DAYS),
            example="2025-03-10",
        ),
        Column(
            "competitor",
            "text",
            "The other shop",
            True,
            synonyms=("competitor name", "shop", "shop name", "seller", "retailer", "store", "店名", "店铺名称"),
            example="Mugs & More",
        ),
        Column(
            "price",
            "money",
            "What it asks, per unit",
            True,
            minimum=0,
            synonyms=("promo price", "sale price", "regular price", "list price", "competitor price", "价格"),
            example="11.90",
        ),
        Column("title", "text", "Name of its item", synonyms=TITLES, example="Stoneware fox mug 350 ml"),
        Column("category", "text", "Category", synonyms=("type", *CATEGORIES)),
        Column(
            "product_id", "text", "Your item that it is matched to", synonyms=("matched sku", "our sku", *ITEM_CODES)
        ),
        Column(
            "rating", "number", "Stars there, 0 to 5", minimum=0, maximum=5, synonyms=("stars", "score", "review score")
        ),
    ),
    keys=(("date", "competitor", "product_id", "title"),),
)
