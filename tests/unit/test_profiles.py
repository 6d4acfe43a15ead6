"""The profiles that come with Debut: well formed, told apart from each other, and from files of one's own."""

import csv
import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from core import privacy
from core.imports import profile as profiles
from core.imports.headers import Headers
from core.imports.profile import Profile, best, shipped, validate
from core.imports.sources import Source
from core.schema import template
from core.tables import TABLES
from tests.sample_cases import CASES, SAMPLES

FILES = sorted(profiles.FOLDER.glob("*.toml"))
EXPORTS = SAMPLES.parent / "EXPORTS.md"
LISTED = re.compile(r"`([^`]+)` \((\d+) columns; `([^`]+)`\)")
BY_NAME = {profile.name: profile for profile in shipped()}

UNSEEN = {  # files named in EXPORTS.md with their header, of which there is no sample
    "shopify/products_export_markets_au.csv": "shopify-products",
    "shopify/products_export_metafields_2026.csv": "shopify-products",
    "shopify/inventory_export_2024_not_editable_bom_crlf.csv": "shopify-inventory",
    "shopify/customers_export_2024.csv": "shopify-customers",
    "woocommerce/importer_sample_old.csv": "woocommerce-products",
    "woocommerce/product_export_current_bom.csv": "woocommerce-products",
    "woocommerce/analytics_orders_export.csv": "woocommerce-analytics-orders",
    "amazon/all_orders_29col_eu_cp1252.txt": "amazon-all-orders",
    "amazon/business_report_endash_za_bom.csv": "amazon-business-report",
    "amazon/ads_advertised_product_legacy.csv": "amazon-ads-legacy",
    "google_ads/campaign_report_usd_all_time.csv": "google-ads-period",
    "meta_ads/ads_daily_usd_total_row.csv": "meta-ads-daily",
    "taobao/sycm_product_rank_preamble_gb18030.csv": "sycm-products",
    "alimama/wanxiangtai_product_report_gb18030.csv": "wanxiangtai-products",
    "pinduoduo/pdd_orders_tab_suffix.csv": "pinduoduo-orders",
    "etsy/EtsyListingsDownload_header_only.csv": "etsy-listings",
    "ebay/listing_sales_report_preamble.csv": "ebay-listing-sales",
    "reviews/loox_export.csv": "loox-reviews",
    "reviews/yotpo_export_semicolon_crlf.csv": "yotpo-reviews",
    "reviews/amazon_food_reviews_epoch.csv": "amazon-food-reviews",
}

TOLD_APART = [  # other headers that are described in words, in other languages, or with other columns
    ("Jour;Nom de la campagne;Montant dépensé (USD)", "meta-ads-daily"),
    ("Début des rapports;Fin des rapports;Nom de la campagne;Montant dépensé (EUR);Impressions", "meta-ads-period"),
    ("Berichtsstart;Berichtsende;Kampagnenname;Ausgegebener Betrag (EUR);Impressionen;Link-Klicks", "meta-ads-period"),
    ("Día;Nombre de la campaña;Importe gastado (MXN);Impresiones;Clics en el enlace", "meta-ads-daily"),
    ("Campagne;Type de campagne;Coût;Clics;Impr.;Conversions;Coût/conv.", "google-ads-period"),
    ("Jour;Campagne;Coût;Clics;Impr.", "google-ads-daily"),
    ("Kampagne;Kosten;Klicks;Impr.;Conversions", "google-ads-period"),
    ("Tag;Kampagne;Kosten;Klicks;Impr.", "google-ads-daily"),
    ("Día;Campaña;Coste;Clics;Impr.", "google-ads-daily"),
    ("Campagna;Costo;Clic;Impr.", "google-ads-period"),
    ("Dia;Campanha;Custo;Cliques;Impr.", "google-ads-daily"),
    ("Week;Campaign;Cost;Impr.;Clicks", "google-ads-by-week"),
    ("Campaign name;Cost;Impressions;Clicks (destination);Purchases (website)", "tiktok-ads-period"),
    (
        "Start Date;End Date;Campaign Name;Advertised SKU;Advertised ASIN;Impressions;Clicks;Spend",
        "amazon-ads-legacy-period",
    ),
    (
        "order-id;order-item-id;purchase-date;payments-date;sku;quantity-purchased;quantity-shipped;is-iba",
        "amazon-order-report",
    ),
    ("(Parent) ASIN;(Child) ASIN;Title;Sessions;Units Ordered;Ordered Product Sales", "amazon-business-report"),
    (
        "Name;Financial Status;Subtotal;Created at;Lineitem quantity;Lineitem name;Lineitem price;Lineitem sku",
        "shopify-orders",
    ),
    ("Product title;Product variant SKU;Net items sold;Gross sales;Net sales", "shopify-sales-by-product"),
    ("Day;Product title;Product variant SKU;Net items sold;Gross sales;Net sales", "shopify-sales-by-day"),
    ("Handle;Title;Option1 Name;Option1 Value;SKU;Shop;Warehouse", "shopify-inventory-by-location"),
    ("Date;Order #;N. Revenue;Status;Customer;Product(s);Items sold", "woocommerce-analytics-orders"),
    ("order_id;order_date;order_status;customer_id;order_total;order_currency;payment_method", "orders-without-items"),
    ("订单编号;买家会员名;总金额;买家实付金额;订单状态;订单创建时间;商品标题;商品总数量", "taobao-orders"),
    (
        "子订单编号;主订单编号;商品标题;商品价格;购买数量;商品属性;商家编码;买家应付货款;退款状态;退款金额",
        "taobao-lines-undated",
    ),
    ("子订单编号;主订单编号;商品标题;商品价格;购买数量;商家编码;买家应付货款;订单付款时间", "taobao-lines"),
    ("统计日期;店铺名称;访客数;支付金额;支付买家数;支付转化率", "sycm-shop"),
    ("商品ID;商品名称;商品访客数;商品浏览量;支付件数;支付金额", "sycm-products-period"),
    ("title;cid;seller_cids;stuff_status;price;num;outer_id;num_id", "taobao-assistant-products"),
    ("宝贝名称;宝贝类目;店铺类目;新旧程度;宝贝价格;宝贝数量;商家编码;数字ID", "taobao-assistant-products"),
    ("Invoice;StockCode;Description;Quantity;InvoiceDate;Price;Customer ID;Country", "online-retail"),
    ("order_id;customer_id;order_status;order_purchase_timestamp;order_approved_at", "olist-orders"),
    ("order_id;payment_sequential;payment_type;payment_installments;payment_value", "olist-payments"),
    ("customer_id;customer_unique_id;customer_zip_code_prefix;customer_city;customer_state", "olist-customers"),
    ("timestamp;visitorid;event;itemid;transactionid", "retailrocket-events"),
    (
        "Order Date;Sale Status;Order ID;Customer;Product Title;SKU;TSIN;Qty;Gross Sales;Net Sales Amount",
        "takealot-sales",
    ),
    (
        "title;body;rating;review_date;reviewer_name;reviewer_email;product_id;product_handle;reply;picture_urls",
        "judgeme-reviews",
    ),
    ("product_handle;rating;author;email;body;created_at;photo_url;verified_purchase", "loox-reviews-import"),
    ("Sale Date;Order ID;Buyer User ID;Number of Items;Order Value;Coupon Code", "etsy-sold-orders"),
]

NOBODYS = [  # what people make themselves is left to the words of its header
    "date;product_id;units;unit_price;order_id;customer_id",
    "date;campaign name;cost;impressions;clicks",
    "day;channel;spend;campaign;impressions;clicks;conversions",
    "Datum;Artikelnummer;Bezeichnung;Menge;Preis;Bestellnummer",
    "order id;order date;sku;product name;quantity;price;country",
    "invoice no;invoice date;item code;description;qty;unit price;line total",
    "sku;name;price;category;brand",
    "title;price;quantity",
    "product_id;rating;title;body;date",
    "handle;title;price",
    "user_id;item_id;event;timestamp",
    "shop;product;price;date",
    "order_id;date;name;total",
    "email;first name;last name;country",
]


def _exports() -> list[dict[str, Any]]:
    return [export for path in FILES for export in tomllib.loads(path.read_text("utf-8"))["export"]]


def _listed() -> dict[str, tuple[str, ...]]:
    """Headers by file as EXPORTS.md has them; empty where it is not there."""
    if not EXPORTS.exists():
        return {}
    found = {}
    for text, count, name in LISTED.findall(EXPORTS.read_text("utf-8")):
        sign = "⇥" if "⇥" in text else ";" if text.count(";") > text.count(",") else ","
        header = tuple(cell.strip() for cell in next(csv.reader([text], delimiter=sign)))
        assert len(header) == int(count), f"{name}: the list has another number of columns"
        found[name] = header
    return found


def _named(header: tuple[str, ...]) -> list[str]:
    return [profile.name for profile in shipped() if profile.fits(Headers(header), ())]


def _best(header: tuple[str, ...]) -> str:
    found = best(shipped(), Headers(header), ())
    return found.name if found else ""


LISTED_HEADERS = _listed()
without_exports = pytest.mark.skipif(not LISTED_HEADERS, reason="the collection of export headers is not here")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_of_profiles_has_a_system_and_exports(path: Path) -> None:
    assert tomllib.loads(path.read_text("utf-8")).keys() == {"system", "export"}


@pytest.mark.parametrize("export", _exports(), ids=lambda export: export["name"])
def test_a_profile_has_only_what_the_engine_knows(export: dict[str, Any]) -> None:
    assert list(validate(export)) == []


def test_names_and_titles_are_unique() -> None:
    for words in ([profile.name for profile in shipped()], [profile.title for profile in shipped()]):
        assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.name)
def test_a_profile_reads_what_its_tables_need(profile: Profile) -> None:
    for feed in profile.feeds:
        given = feed.columns.keys() | set(chain.from_iterable(feed.rows.melt))
        assert set(TABLES[feed.table].required) <= given
        one_of = TABLES[feed.table].one_of
        assert not one_of or given & set(one_of)


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.name)
def test_rows_without_a_day_say_where_their_days_come_from(profile: Profile) -> None:
    for feed in profile.feeds:
        when = feed.columns.get("date", feed.columns.get("ts"))
        assert (isinstance(when, dict) and "period" in when) == (feed.rows.period is not None)


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.name)
def test_a_companion_is_an_export_that_has_what_is_taken_from_it(profile: Profile) -> None:
    for feed in profile.feeds:
        if feed.rows.companion is not None:
            assert feed.rows.companion.keys() == {"export", "on", "to", "take"}
            assert feed.rows.companion["export"] in BY_NAME


def test_what_is_refused_says_what_to_load_instead() -> None:
    for profile in shipped():
        if profile.refuse:
            assert not profile.feeds
            assert re.search(r"\b([Ee]xport|[Ll]oad|[Dd]ownload|take|choose)\b", profile.refuse), profile.name


def _cells(source: Source) -> Iterator[str]:
    """Headers that a source takes whole: of `part` only a piece is kept."""
    if isinstance(source, str):
        yield source
    elif isinstance(source, list):
        yield from chain.from_iterable(map(_cells, source))
    elif "value" not in source and "part" not in source and "period" not in source:
        yield from chain.from_iterable(
            _cells(value) for name, value in source.items() if name not in ("with", "after", "total")
        )


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.name)
def test_personal_cells_go_nowhere_but_into_the_hashed_id(profile: Profile) -> None:
    for feed in profile.feeds:
        for name, source in feed.columns.items():
            if not TABLES[feed.table][name].person:
                assert [header for header in _cells(source) if privacy.personal(header)] == [], f"{feed.table}.{name}"


@without_exports
@pytest.mark.parametrize("name", sorted(LISTED_HEADERS))
def test_each_known_header_fits_one_profile(name: str) -> None:
    wanted = UNSEEN.get(name) or CASES[name].profile
    header = LISTED_HEADERS[name]
    assert _named(header) == [wanted]
    assert _named(header[::-1]) == [wanted], "in another order of columns"


@without_exports
def test_every_listed_header_is_tested() -> None:
    assert LISTED_HEADERS.keys() <= CASES.keys() | UNSEEN.keys()


@pytest.mark.parametrize(("header", "wanted"), TOLD_APART)
def test_other_forms_of_an_export_are_known(header: str, wanted: str) -> None:
    cells = tuple(header.split(";"))
    assert _best(cells) == wanted
    assert _best(tuple(cell.upper() for cell in reversed(cells))) == wanted, "in capitals, in another order"
    assert _best((*cells, "Another column", "备注", "")) == wanted, "with more columns"


@pytest.mark.parametrize("header", NOBODYS)
def test_a_file_of_ones_own_is_no_ones_export(header: str) -> None:
    assert _named(tuple(header.split(";"))) == []


@pytest.mark.parametrize("table", list(TABLES.values()), ids=lambda table: table.name)
def test_a_template_is_no_ones_export(table: Any) -> None:
    assert _named(tuple(template(table).splitlines()[0].split(","))) == []
