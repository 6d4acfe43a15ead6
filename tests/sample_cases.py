"""Which figure of `EXPECTED.json` is compared with what, for each sample of a real export.

A figure of a file is the sum over the loaded rows plus the same cells of the rows that were set aside with a
reason, so that nothing may be lost on the way. What the tables do not hold is listed and not compared.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from core.imports.periods import Period
from core.workspace import Workspace

__all__ = ["CASES", "SAMPLES", "Case", "Loaded", "is_data"]

SAMPLES = Path(__file__).parents[1].parent / "shared" / "exports" / "samples"
NO_DATA = ("a total line", "the account's total", "a second header line", "the order as a whole", "an empty line")
"""Reasons for rows that EXPECTED.json counts as dropped and not as data."""


@dataclass(frozen=True)
class Loaded:
    """A sample that was loaded: its tables, and the cells of its file."""

    workspace: Workspace
    raw: list[dict[str, str]]
    """The records below the header by stripped header, as csv reads them."""
    tables: tuple[str, ...]

    def sql(self, expression: str, table: str = "") -> float:
        """An aggregate over the loaded rows of a table."""
        query = f"SELECT {expression} FROM {table or self.tables[0]}"
        row = self.workspace.cursor().execute(query).fetchone()
        return float((row or (0,))[0] or 0)

    def texts(self, expression: str, table: str = "") -> set[str]:
        """The different texts of a column, of the loaded rows."""
        query = f"SELECT DISTINCT ({expression})::VARCHAR FROM {table or self.tables[0]}"
        return {row[0] for row in self.workspace.cursor().execute(query).fetchall() if row[0] is not None}

    def aside(self, table: str = "") -> list[dict[str, str]]:
        """The rows of data that were set aside, with their cells as they stood in the file."""
        found = (
            self.workspace.cursor()
            .execute(
                """SELECT DISTINCT ON (file_row) reason, line FROM set_aside JOIN batches USING (batch_id)
                   WHERE table_name = ? ORDER BY file_row""",
                [table or self.tables[0]],
            )
            .fetchall()
        )
        lines = [json.loads(line) for reason, line in found if is_data(reason)]
        return [{name.strip(): bare(cell) for name, cell in line.items()} for line in lines]

    def kept(self, key: str) -> list[dict[str, str]]:
        """The records of the file that were loaded: all but those whose `key` was set aside."""
        gone = {row[key] for row in self.aside()}
        return [row for row in self.raw if bare(row[key]) not in gone]


Figure = Callable[[Loaded], Any]
"""What the reading gives for one figure of EXPECTED.json."""


@dataclass(frozen=True)
class Case:
    """What is right for one sample."""

    profile: str
    tables: tuple[str, ...] = ()
    """Empty where it must be refused."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    not_compared: tuple[str, ...] = ()
    """Figures that the tables do not hold."""
    period: Period | None = None
    """It has no days: it must be asked for, and this is the answer."""
    beside: Callable[[], tuple[str, bytes]] | None = None
    """It lacks the days: the export with them must be asked for, and this is it."""
    refused: str = ""
    """Words that the refusal must hold: what to export instead."""


# -- figures: of the loaded rows, and of those that were set aside


def number(text: str | None) -> float:
    """A cell of a sample as a number, read apart from the engine; blank is 0."""
    digits = re.sub(r"[^\d,.\-]", "", bare(text))
    if re.fullmatch(r"-?\d+,\d{1,2}", digits):
        digits = digits.replace(",", ".")
    return float(digits.replace(",", "")) if re.search(r"\d", digits) else 0.0


def bare(text: str | None) -> str:
    """A cell without the marks that keep a spreadsheet from changing it."""
    plain = (text or "").strip()
    return re.sub(r'^="(.*)"$', r"\1", plain).removeprefix("'").strip()


def total(expression: str, header: str | Callable[[dict[str, str]], float] = "", table: str = "") -> Figure:
    """A sum over the loaded rows, plus a cell (or a function of the cells) of the rows that were set aside."""

    def found(loaded: Loaded) -> float:
        cells = _cells(header)
        return loaded.sql(expression, table) + sum(cells(row) for row in loaded.aside(table))

    return found


def rows(table: str = "") -> Figure:
    """Rows of the file that are data: loaded or set aside, a row spread over days once."""

    def found(loaded: Loaded) -> float:
        return loaded.sql("count(DISTINCT file_row)", table) + len(loaded.aside(table))

    return found


def distinct(expression: str, header: str = "") -> Figure:
    """How many different values a column has, those of the rows that were set aside among them."""

    def found(loaded: Loaded) -> int:
        others = {row.get(header, "") for row in loaded.aside()} if header else set()
        return len(loaded.texts(expression) | others - {""})

    return found


def span(header: str = "", form: str = "", column: str = "date") -> Figure:
    """First and last day, of all rows of data."""

    def found(loaded: Loaded) -> list[str]:
        days = loaded.texts(f"{column}::DATE")
        cells = [row.get(header, "") for row in loaded.aside()] if header else []
        days |= {str(_day(cell, form)) for cell in cells if cell}
        return [min(days), max(days)]

    return found


def _day(text: str, form: str) -> date:
    return datetime.strptime(text, form).date() if form else date.fromisoformat(text[:10].replace("/", "-"))


def _cells(header: str | Callable[[dict[str, str]], float]) -> Callable[[dict[str, str]], float]:
    return header if callable(header) else lambda row: number(row.get(header)) if header else 0.0


def is_data(reason: str) -> bool:
    """Whether a row that was set aside for this reason is one of data, and no total or footer."""
    return not reason.startswith(NO_DATA)


GROSS = "sum(revenue + coalesce(discount, 0) * units)"
OFF = "sum(discount * units)"


def sales(quantity: str, day: str, form: str = "") -> dict[str, Figure]:
    """The figures that most samples of sales have."""
    return {"lines": rows(), "units": total("sum(units)", quantity), "dates": span(day, form)}


def orders(header: str) -> dict[str, Figure]:
    """The number of orders."""
    return {"orders": distinct("order_id", header)}


ADS: dict[str, Figure] = {"rows": rows(), "spend": total("sum(spend)"), "impressions": total("sum(impressions)")}


CONVERSIONS = {"conversions": total("sum(conversions)")}
CLICKS = {"clicks": total("sum(clicks)")}
MONEY_BACK = {"revenue": total("sum(revenue)")}
DAYS = {"dates": span()}


def attribute(name: str) -> str:
    """SQL of a column of the file that was kept beside the declared ones."""
    return f"(attributes ->> '$.\"{name}\"')"


def added(name: str) -> Figure:
    """The sum of such a column."""
    return total(f"sum(TRY_CAST({attribute(name)} AS DOUBLE))")


def _types(loaded: Loaded) -> dict[str, int]:
    """Rows of a WooCommerce product file by type."""
    query = f"SELECT {attribute('Type')}, count(*) FROM products GROUP BY 1"
    return dict(loaded.workspace.cursor().execute(query).fetchall())


def _events(loaded: Loaded) -> dict[str, int]:
    return dict(loaded.workspace.cursor().execute("SELECT event, count(*) FROM events GROUP BY 1").fetchall())


def _promised(loaded: Loaded) -> float:
    """Regular prices: the price that was taken, and what it is below the regular one in the rows with a promotion."""
    off = sum(number(row["regularPrice"]) - number(row["promoPrice"]) for row in loaded.raw if row["promoPrice"])
    return loaded.sql("sum(price)") + off


def _paid_taobao(loaded: Loaded) -> float:
    """What was paid is the revenue and the postage of the loaded orders, and all of the others."""
    postage = sum(number(row["买家应付邮费"]) + number(row["退款金额"]) for row in loaded.kept("订单编号"))
    return total("sum(revenue)", "买家实际支付金额")(loaded) + postage


def _payers_taobao(loaded: Loaded) -> float:
    return loaded.sql("count(DISTINCT order_id)") + sum(number(row["买家实际支付金额"]) > 0 for row in loaded.aside())


def _payable_douyin(loaded: Loaded) -> float:
    return total("sum(revenue)", "订单应付金额")(loaded) + sum(number(row["运费"]) for row in loaded.kept("子订单编号"))


def _woo_total(loaded: Loaded) -> float:
    """The totals of the orders are what their items cost and the postage."""
    return loaded.sql("sum(revenue)") + sum(number(row["shipping_total"]) for row in loaded.raw)


def _woo_orders(loaded: Loaded) -> int:
    """An order without any item has no line: it is counted from the file."""
    empty = {row["order_number"] for row in loaded.raw if not row["Product Item 1 Name"]}
    return len(loaded.texts("order_id") | empty)


def _text(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def _taobao_orders() -> tuple[str, bytes]:
    return "ExportOrderList.csv", _text("taobao/ExportOrderList_gbk.csv")


def _olist_orders() -> tuple[str, bytes]:
    """The orders of the items in the sample; there is no sample of that file, so the days are made."""
    lines = csv.DictReader(io.StringIO(_text("olist/olist_order_items_dataset_head.csv").decode()))
    ids = sorted({row["order_id"] for row in lines})
    header = "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at"
    made = [f"{one},customer-{at},delivered,2017-09-{at + 1:02} 08:59:02,2017-09-13" for at, one in enumerate(ids)]
    return "olist_orders_dataset.csv", "\n".join([header, *made]).encode()


CASES: dict[str, Case] = {
    "shopify/product_csv_old_apparel.csv": Case(
        "shopify-products",
        ("products",),
        {
            "products": distinct(attribute("Handle")),
            "variant_rows": rows(),
            "image_only_rows": lambda loaded: len(loaded.aside()),
            "sum_variant_price": total("sum(list_price)"),
        },
    ),
    "shopify/product_csv_old_home_garden.csv": Case(
        "shopify-products",
        ("products",),
        {
            "products": distinct(attribute("Handle")),
            "variant_rows": rows(),
            "image_only_rows": lambda loaded: len(loaded.aside()),
            "sum_variant_price": total("sum(list_price)"),
        },
    ),
    "shopify/product_template_new_headers.csv": Case(
        "shopify-products-new",
        ("products",),
        {
            "products": distinct(attribute("URL handle")),
            "variant_rows": rows(),
            "sum_variant_price": total("sum(list_price)"),
            "sum_cost": total("sum(cost)"),
        },
    ),
    "shopify/orders_export_cad_2025_masked.csv": Case(
        "shopify-orders",
        ("sales",),
        {
            "lines": rows(),
            "orders": distinct("order_id", "Name"),
            "units": total("sum(units)", "Lineitem quantity"),
            "gross_lines": total(GROSS, lambda row: number(row["Lineitem quantity"]) * number(row["Lineitem price"])),
            "order_discount": total(OFF),
            "line_discount": total(OFF),
            "sum_subtotal": total("sum(revenue)"),
            "tips": lambda loaded: sum(row["Lineitem name"] == "Tip" for row in loaded.aside()),
            "cancelled_orders": lambda loaded: len({row["Name"] for row in loaded.aside() if row["Cancelled at"]}),
            "date_range_store_tz": span("Created at"),
        },
        ("sum_refunded: per order, not taken off the lines",),
    ),
    "shopify/inventory_export_2023.csv": Case(
        "shopify-inventory",
        ("products",),
        {
            "rows": rows(),
            "products": distinct(attribute("Handle")),
            "available": added("Available"),
            "on_hand": added("On hand"),
        },
    ),
    "shopify/inventory_export_old_column_per_location.csv": Case(
        "shopify-inventory-by-location", ("products",), {"rows": rows()}
    ),
    "shopify/customers_export_2023_masked.csv": Case("shopify-customers", refused="Export Orders"),
    "woocommerce/sample_products.csv": Case(
        "woocommerce-products",
        ("products",),
        {
            "rows": rows(),
            "by_type": _types,
            "sum_regular": total("sum(list_price)"),
            "sum_sale": added("Sale price"),
        },
    ),
    "woocommerce/order_export_webtoffee_wide.csv": Case(
        "woocommerce-orders-wide",
        ("sales",),
        {
            "orders": _woo_orders,
            "item1_units": lambda loaded: loaded.sql("sum(units) FILTER (product_id IN ('10645', '300'))"),
            "item2_units": lambda loaded: loaded.sql("sum(units) FILTER (product_id = '10646')"),
            "order_total": _woo_total,
        },
    ),
    "amazon/all_orders_32col.txt": Case(
        "amazon-all-orders",
        ("sales",),
        {
            "lines": rows(),
            "orders": distinct("order_id", "amazon-order-id"),
            "units": total("sum(units)", "quantity"),
            "item_price_sum": total(GROSS, "item-price"),
            "promo": total(OFF, "item-promotion-discount"),
            "units_not_cancelled": lambda loaded: loaded.sql("sum(units)"),
            "revenue_not_cancelled": lambda loaded: loaded.sql(GROSS),
            "dates_utc": span("purchase-date"),
        },
    ),
    "amazon/amazon_sale_report_original_head.csv": Case(
        "amazon-sale-report",
        ("sales",),
        {
            **sales("Qty", "Date", "%m-%d-%y"),
            **orders("Order ID"),
            "amount": total("sum(revenue)", "Amount"),
            "amount_not_cancelled": lambda loaded: loaded.sql("sum(revenue)"),
        },
    ),
    "amazon/business_report_by_child_asin_us_bom.csv": Case(
        "amazon-business-report",
        ("sales", "events"),
        {
            "rows": rows(),
            "children": distinct("product_id", "SKU"),
            "units": total("sum(units)", "Units Ordered"),
            "revenue": total("sum(revenue)", "Ordered Product Sales"),
            "sessions": total("sum(count)", table="events"),
        },
        period=Period(date(2026, 7, 1), date(2026, 7, 31)),
    ),
    "amazon/business_report_by_date.csv": Case("amazon-business-report-by-date", refused="By Child Item"),
    "amazon/ads_advertised_product_2026.csv": Case("amazon-ads", ("ads",), ADS | CLICKS | CONVERSIONS | MONEY_BACK),
    "google_ads/campaign_report_inr_2025.csv": Case("google-ads-period", ("ads",), ADS | CONVERSIONS),
    "google_ads/campaign_report_daily_inr.csv": Case(
        "google-ads-daily", ("ads",), ADS | CLICKS | CONVERSIONS | MONEY_BACK | DAYS
    ),
    "google_ads/campaign_report_daily_utf16_tab.csv": Case(
        "google-ads-daily", ("ads",), ADS | CLICKS | CONVERSIONS | MONEY_BACK | DAYS
    ),
    "google_ads/campaign_report_fr_semicolon.csv": Case(
        "google-ads-period", ("ads",), {"rows": rows(), "spend": total("sum(spend)"), **CONVERSIONS}
    ),
    "meta_ads/campaigns_egp_range.csv": Case(
        "meta-ads-period",
        ("ads",),
        ADS | {"link_clicks": total("sum(clicks)")},
        ("clicks_all: the clicks on a link are taken",),
    ),
    "meta_ads/adset_daily_inr_blank_total.csv": Case("meta-ads-daily", ("ads",), ADS | CLICKS | DAYS),
    "meta_ads/ar_no_day.csv": Case(
        "meta-ads-period", ("ads",), {"rows": rows(), "spend": total("sum(spend)"), **MONEY_BACK}
    ),
    "tiktok_ads/by_day_ad_level.csv": Case(
        "tiktok-ads-daily", ("ads",), ADS | CLICKS | CONVERSIONS | MONEY_BACK | DAYS
    ),
    "tiktok_shop/orders_with_description_row.csv": Case(
        "tiktok-shop-orders",
        ("sales",),
        {
            **sales("Quantity", "Created Time", "%d/%m/%Y %H:%M:%S"),
            "after_discount": total("sum(revenue)", "SKU Subtotal After Discount"),
        },
    ),
    "ga4/ecommerce_purchases_item_name.csv": Case(
        "ga4-items",
        ("events", "sales"),
        {
            "rows": rows(),
            "viewed": total("sum(count) FILTER (event = 'view')", "Items viewed"),
            "carts": total("sum(count) FILTER (event = 'cart')", "Items added to cart"),
            "units": total("sum(units)", "Items purchased", table="sales"),
            "revenue": total("sum(revenue)", "Item revenue", table="sales"),
        },
    ),
    "etsy/EtsySoldOrderItems2021_masked.csv": Case(
        "etsy-sold-items",
        ("sales",),
        {
            **sales("Quantity", "Sale Date", "%m/%d/%y"),
            **orders("Order ID"),
            "listings": distinct("product_id", "Listing ID"),
            "item_total": total("sum(revenue)", "Item Total"),
            "discount": total(OFF, "Discount Amount"),
        },
    ),
    "ebay/orders_report_footer_bom.csv": Case(
        "ebay-orders",
        ("sales",),
        {
            "item_lines": rows(),
            "units": total("sum(units)", "Quantity"),
            "revenue": total("sum(revenue)", "Sold For"),
            "dates": span("Sale Date", "%b-%d-%y"),
        },
    ),
    "square/items_detail_35col_masked.csv": Case(
        "square-items",
        ("sales",),
        {
            "lines": rows(),
            "transactions": distinct("order_id", "Transaction ID"),
            "units": total("sum(units)", "Qty"),
            "gross": total(GROSS, "Gross Sales"),
            "discounts": total(OFF, "Discounts"),
            "net": total("sum(revenue)", "Net Sales"),
            "dates": span("Date"),
        },
        ("event_types: not a column of sales",),
    ),
    "lightspeed/x_series_products.csv": Case(
        "lightspeed-products",
        ("products",),
        {
            "rows": rows(),
            "products": distinct(attribute("handle")),
            "supply": total("sum(cost)"),
            "retail": total("sum(list_price)"),
        },
    ),
    "olist/olist_order_items_dataset_head.csv": Case(
        "olist-order-items",
        ("sales",),
        {
            "lines": rows(),
            "orders": distinct("order_id", "order_id"),
            "products": distinct("product_id", "product_id"),
            "price": total("sum(revenue)", "price"),
        },
        beside=_olist_orders,
    ),
    "online_retail/online_retail_2010-12-01.csv": Case(
        "online-retail",
        ("sales",),
        {
            "lines": rows(),
            "invoices": distinct("order_id", "InvoiceNo"),
            "cancellation_lines": total(
                "count(*) FILTER (order_id LIKE 'C%')", lambda row: row["InvoiceNo"][:1] == "C"
            ),
            "units": total("sum(units)", "Quantity"),
            "revenue": total("sum(units * unit_price)", lambda row: number(row["Quantity"]) * number(row["UnitPrice"])),
            "blank_customer": total("count(*) FILTER (customer_id IS NULL)"),
            "blank_description": total("count(*) FILTER (title IS NULL)"),
            "dates": span("InvoiceDate"),
        },
    ),
    "online_retail/online_retail_excel_semicolon_eu.csv": Case(
        "online-retail",
        ("sales",),
        {
            "lines": rows(),
            "units": total("sum(units)", "Quantity"),
            "revenue": total("sum(units * unit_price)", lambda row: number(row["Quantity"]) * number(row["UnitPrice"])),
            "dates": span("InvoiceDate", "%d/%m/%Y %H:%M"),
        },
    ),
    "taobao/tmall_order_report_utf8_crlf.csv": Case("tmall-order-report", refused="宝贝/销售明细"),
    "taobao/ExportOrderList_gbk.csv": Case(
        "taobao-orders",
        ("sales",),
        {
            "orders": distinct("order_id", "订单编号"),
            "paid_orders": _payers_taobao,
            "units": total("sum(units)", "宝贝总数量"),
            "paid": _paid_taobao,
            "dates": span("订单创建时间"),
        },
        ("total: what was paid is taken", "refund: that of the one refunded order, which is set aside"),
    ),
    "taobao/ExportOrderDetailList_gbk.csv": Case(
        "taobao-lines-old",
        ("sales",),
        {
            "lines": rows(),
            "orders": distinct("order_id", "订单编号"),
            "units": total("sum(units)", "购买数量"),
            "gross": total("sum(revenue)", lambda row: number(row["价格"]) * number(row["购买数量"])),
        },
        beside=_taobao_orders,
    ),
    "taobao/sycm_product_min_gb18030.csv": Case(
        "sycm-product-sales",
        ("sales",),
        {"rows": rows(), "units": total("sum(units)", "支付件数"), "revenue": total("sum(revenue)", "支付金额")},
    ),
    "alimama/wanxiangtai_scene_report.csv": Case(
        "wanxiangtai-scenes", ("ads",), ADS | CLICKS | CONVERSIONS | MONEY_BACK
    ),
    "alimama/zhitongche_campaign_gbk.csv": Case("zhitongche-campaigns", ("ads",), ADS | CLICKS),
    "jd/jd_orders_gbk.csv": Case(
        "jd-orders",
        ("sales",),
        {
            **sales("订购数量", "下单时间"),
            **orders("订单号"),
            "line_value": total(GROSS, lambda row: number(row["京东价"]) * number(row["订购数量"])),
        },
    ),
    "douyin/douyin_orders_bom_leading_tab.csv": Case(
        "douyin-orders",
        ("sales",),
        {**sales("商品数量", "订单提交时间"), **orders("主订单编号"), "payable": _payable_douyin},
    ),
    "reviews/judgeme_export.csv": Case(
        "judgeme-reviews",
        ("reviews",),
        {
            "rows": rows(),
            "avg_rating_all": lambda loaded: total("sum(rating)", "rating")(loaded) / rows()(loaded),
            "not_spam": lambda loaded: loaded.sql("count(*)"),
        },
    ),
    "reviews/shopify_product_reviews_export.csv": Case("shopify-product-reviews", ("reviews",), {"rows": rows()}),
    "reviews/okendo_export.csv": Case("okendo-reviews", ("reviews",), {"rows": rows()}),
    "reviews/womens_clothing_reviews_head.csv": Case(
        "womens-clothing-reviews",
        ("reviews",),
        {
            "rows": rows(),
            "rating_sum": total("sum(rating)", "Rating"),
            "products": distinct("product_id", "Clothing ID"),
            "blank_text": total("count(*) FILTER (body IS NULL)", lambda row: not row["Review Text"]),
        },
    ),
    "events/rees46_events.csv": Case("rees46-events", ("events",), {"rows": rows(), "types": _events}),
    "competitors/tmall_cosmetics_double11_bom.csv": Case(
        "tmall-listing",
        ("competitors",),
        {
            "rows": rows(),
            "shops": distinct("competitor", "店名"),
            "avg_price": lambda loaded: round(total("sum(price)", "price")(loaded) / rows()(loaded), 2),
            "dates": span("update_time", "%Y/%m/%d"),
        },
    ),
    "competitors/retailgrid_competitor_prices.csv": Case(
        "retailgrid-prices", ("competitors",), {"rows": rows(), "regular": _promised}
    ),
    "generic/pipe_delimited_orders.txt": Case("orders-without-items", refused="lines of the orders"),
    "generic/international_sale_report_masked.csv": Case(
        "international-sale-report",
        ("sales",),
        {
            "lines": rows(),
            "units": total("sum(units)", "PCS"),
            "gross": total("sum(revenue)", "GROSS AMT"),
            "dates": span("DATE", "%m-%d-%y"),
        },
    ),
}
