"""Real exports are read as they should be: the samples, and files made after headers of which there is no sample."""
# ruff: noqa: E501  headers stand as their systems write them

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from core import imports
from core.errors import BadFile
from core.imports.periods import Period
from core.workspace import Workspace
from tests.sample_cases import CASES, SAMPLES
from tests.samples import expected, judge

KNOWN = expected()
without_samples = pytest.mark.skipif(not KNOWN, reason="the sample exports are not here")


@without_samples
@pytest.mark.parametrize("sample", sorted(KNOWN))
def test_a_sample_is_read_right(sample: str, tmp_path: Path) -> None:
    judged = judge(sample, KNOWN[sample], tmp_path / "shop")
    assert judged.verdict == "right", judged.why


@without_samples
def test_every_sample_and_every_figure_has_its_comparison() -> None:
    assert KNOWN.keys() == CASES.keys()
    for sample, case in CASES.items():
        listed = {words.split(":")[0] for words in case.not_compared}
        assert case.refused or KNOWN[sample]["figures"].keys() == case.figures.keys() | listed, sample


@without_samples
@pytest.mark.parametrize("sample", [sample for sample, case in CASES.items() if case.period])
def test_a_period_is_not_spread_unless_that_is_agreed(workspace: Workspace, sample: str) -> None:
    (staged,) = imports.stage(workspace, Path(sample).name, SAMPLES / sample)
    reading = replace(imports.recognise(workspace, staged), period=CASES[sample].period)
    with pytest.raises(BadFile, match="period"):
        imports.load(workspace, staged, reading)


@dataclass(frozen=True)
class Made:
    """A file after the header of a real export, and what queries give once it is loaded."""

    profile: str
    text: str
    found: dict[str, object]
    aside: dict[str, int] = field(default_factory=dict)
    """Reason (its beginning) to rows."""
    period: Period | None = None
    beside: str = ""
    encoding: str = "utf-8"


MADE = [
    Made(
        "shopify-orders",  # as after a clean-up: an order's further lines do not repeat its number
        "Name,Email,Financial Status,Created at,Discount Amount,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
        "Lineitem discount,Cancelled at\n"
        "1001,a@example.com,paid,2025-03-20 05:20:57 -0700,16,1,Mug,60,MUG,6,\n,,,,,2,Bowl,20,BOWL,0,\n"
        "1002,b@example.com,paid,2025-03-21 05:20:57 -0700,0,1,Mug,60,MUG,0,2025-03-22 05:20:57 -0700\n,,,,,1,Bowl,40,BOWL,0,\n",
        {
            "SELECT list(order_id ORDER BY file_row) FROM sales": ["1001", "1001"],
            "SELECT list(revenue ORDER BY file_row) FROM sales": [48.0, 36.0],
            "SELECT list(discount ORDER BY file_row) FROM sales": [12.0, 2.0],
        },
        {"the order was cancelled": 2},
    ),
    Made(
        "etsy-sold-items",  # Etsy writes the month first, also where the decimal sign is a comma
        "Sale Date,Item Name,Buyer,Quantity,Price,Discount Amount,Item Total,Currency,Transaction ID,Listing ID,Order ID,SKU\n"
        '"08/03/26",Mug,b,2,"3,25","0,50","6,00",EUR,1,77,9,\n',
        {
            "SELECT date FROM sales": date(2026, 8, 3),
            "SELECT revenue FROM sales": 6.0,
            "SELECT discount FROM sales": 0.25,
            "SELECT product_id FROM sales": "77",
        },
    ),
    Made(
        "taobao-assistant-products",
        "version 1.00\r\ntitle\tcid\tseller_cids\tstuff_status\tprice\tnum\tdescription\touter_id\tnum_id\r\n"
        "宝贝名称\t宝贝类目\t店铺类目\t新旧程度\t宝贝价格\t宝贝数量\t宝贝描述\t商家编码\t数字ID\r\n"
        '"面霜"\t50012010\t""\t1\t59.90\t100\t"<p>好</p>"\tCREAM-50\t5201\r\n',
        {
            "SELECT product_id FROM products": "CREAM-50",
            "SELECT title FROM products": "面霜",
            "SELECT description FROM products": "好",
            "SELECT list_price FROM products": 59.9,
        },
        encoding="utf-16",
    ),
    Made(
        "jd-orders-short",
        "订单号,商品ID,商品名称,订购数量,下单时间,京东价,订单金额,订单状态\n220,1000,商品甲,2,2026-01-15 10:00:00,250.00,500.00,完成\n",
        {"SELECT revenue FROM sales": 500.0, "SELECT count(discount) FROM sales": 0},
    ),
    Made(
        "tiktok-ads-daily",
        "By Day,Campaign name,Ad group name,Ad name,Cost,Impressions,Clicks (destination),Purchases (website)\n"
        "2026-09-20,A,B,C,8.00,5000,70,1\n2026-09-21,A,B,C,9.00,5000,70,1\nTotal of 2 results,,,,17.00,10000,140,2\n",
        {"SELECT sum(spend) FROM ads": 17.0, "SELECT sum(conversions) FROM ads": 2.0},
        {"a total line": 1},
    ),
    Made(
        "shopify-products",
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Option1 Name,Option1 Value,Variant SKU,Variant Price,"
        "Image Src,Cost per item,Status\n"
        "mug,Fox mug,<p>Stoneware</p>,Alder,Home > Kitchen > Mugs,,Colour,Red,'97213,12.50,https://a/1.jpg,4.10,active\n"
        "mug,,,,,,,Blue,97214,12.50,,4.10,\n"
        "mug,,,,,,,,,,https://a/2.jpg,,\n"
        "bowl,Bowl,,Alder,,Bowls,Title,Default Title,,9.00,https://a/3.jpg,,draft\n",
        {
            "SELECT list(product_id ORDER BY file_row) FROM products": ["97213", "97214", "bowl"],
            "SELECT list(title ORDER BY file_row) FROM products": ["Fox mug - Red", "Fox mug - Blue", "Bowl"],
            "SELECT list(category ORDER BY file_row) FROM products": ["Mugs", "Mugs", "Bowls"],
            "SELECT list(description ORDER BY file_row) FROM products": ["Stoneware", "Stoneware", None],
            "SELECT sum(list_price) FROM products": 34.0,
            "SELECT sum(cost) FROM products": 8.2,
        },
        {"a further picture": 1},
    ),
    Made(
        "shopify-orders",
        "Name,Email,Financial Status,Created at,Discount Amount,Lineitem quantity,Lineitem name,Lineitem price,"
        "Lineitem sku,Lineitem discount,Shipping Country,Shipping Province,Cancelled at,Source\n"
        "#1,a@example.com,paid,2025-03-20 23:20:57 -0700,10.00,1,Mug - Red,60.00,M-1,0.00,CA,ON,,web\n"
        "#1,a@example.com,,2025-03-20 23:20:57 -0700,,2,Bowl,20.00,,0.00,,,,\n"
        "#2,b@example.com,paid,2025-03-21 05:20:57 -0700,6.00,1,Mug - Red,60.00,M-1,6.00,US,CA,,pos\n"
        "#2,b@example.com,,2025-03-21 05:20:57 -0700,,1,Bowl,20.00,,0.00,,,,\n"
        "#3,c@example.com,voided,2025-03-22 05:20:57 -0700,0.00,1,Bowl,20.00,,0.00,US,CA,2025-03-22 06:00:00 -0700,web\n"
        "#4,d@example.com,paid,2025-03-23 05:20:57 -0700,0.00,1,Bowl,20.00,,0.00,US,CA,,web\n"
        "#4,d@example.com,,2025-03-23 05:20:57 -0700,,1,Tip,5.00,,0.00,,,,\n",
        {
            "SELECT list(round(revenue, 2) ORDER BY file_row) FROM sales": [54.0, 36.0, 54.0, 20.0, 20.0],
            "SELECT list(round(discount, 2) ORDER BY file_row) FROM sales": [6.0, 2.0, 6.0, 0.0, 0.0],
            "SELECT list(product_id ORDER BY file_row) FROM sales": ["M-1", "Bowl", "M-1", "Bowl", "Bowl"],
            "SELECT list(region ORDER BY file_row) FROM sales": ["CA - ON", "CA - ON", "US - CA", "US - CA", "US - CA"],
            "SELECT list(channel ORDER BY file_row) FROM sales": ["web", "web", "pos", "pos", "web"],
            "SELECT min(date) FROM sales": date(2025, 3, 20),
            "SELECT count(*) FROM sales WHERE customer_id LIKE '%@%'": 0,
        },
        {"the order was cancelled": 1, "a tip": 1},
    ),
    Made(
        "shopify-inventory",
        "Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Location,Bin name,Incoming (not editable),"
        "Available (not editable),On hand (current),On hand (new)\r\nmug,Fox mug,Title,Default Title,M-1,,,Here,,0,7,8,\r\n",
        {"SELECT attributes ->> '$.\"Available (not editable)\"' FROM products": "7", "SELECT count(*) FROM sales": 0},
    ),
    Made(
        "woocommerce-analytics-orders",
        "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,"
        "Attribution\n"
        '2025-03-02 09:00:00,9002,"$50.00",completed,G U,new,"1× Rice, Basmati, 3× Milk",4,,50.00,Organic: Google\n'
        '2025-03-03 09:00:00,9003,"$9.00",cancelled,G U,new,2× Milk,2,,9.00,Direct\n',
        {
            "SELECT list(product_id ORDER BY units) FROM sales": ["Rice, Basmati", "Milk"],
            "SELECT list(units ORDER BY units) FROM sales": [1, 3],
            "SELECT sum(revenue) FROM sales": 50.0,
            "SELECT any_value(channel) FROM sales": "Organic: Google",
        },
        {"the order was cancelled": 1},
    ),
    Made(
        "amazon-order-report",
        "order-id\torder-item-id\tpurchase-date\tpayments-date\tbuyer-email\tsku\tproduct-name\tquantity-purchased\t"
        "quantity-shipped\titem-price\tship-country\tship-state\n"
        '1-2\t3\t2025-08-01T02:14:09+00:00\t2025-08-01T02:14:09+00:00\tx@example.com\tMUG\tMug, 4" tall\t2\t0\t24.00\tUS\tTX\n',
        {"SELECT revenue FROM sales": 24.0, "SELECT units FROM sales": 2, "SELECT title FROM sales": 'Mug, 4" tall'},
    ),
    Made(
        "amazon-business-report",
        "(Parent) ASIN,(Child) ASIN,Title,SKU,Sessions – Total,Page views – Total,Units ordered,Ordered Product Sales\n"
        'B1,B2,Mug,MUG,"1,200","1,500",31,"R1,299.50"\nB1,B3,Bowl,BOWL,12,14,0,R0.00\n',
        {
            "SELECT sum(units) FROM sales": 31,
            "SELECT round(sum(revenue), 2) FROM sales": 1299.5,
            "SELECT sum(count) FROM events WHERE event = 'view'": 1212,
            "SELECT count(DISTINCT date) FROM sales": 31,
        },
        period=Period(date(2026, 7, 1), date(2026, 7, 31)),
    ),
    Made(
        "amazon-ads-legacy",
        "Date,Portfolio name,Currency,Campaign Name,Ad Group Name,Advertised SKU,Advertised ASIN,Impressions,Clicks,"
        "Click-Thru Rate (CTR),Cost Per Click (CPC),Spend,7 Day Total Sales ,Total Advertising Cost of Sales (ACOS) ,"
        "7 Day Total Orders (#),7 Day Total Units (#),7 Day Advertised SKU Sales \n"
        'Jul 06 2026,P,USD,Mugs,G,MUG,B2,"1,000",10,1%,0.5,$5.00,"$1,012.50",1%,3,4,$9.00\n',
        {
            "SELECT spend FROM ads": 5.0,
            "SELECT revenue FROM ads": 1012.5,
            "SELECT conversions FROM ads": 3.0,
            "SELECT date FROM ads": date(2026, 7, 6),
            "SELECT product_id FROM ads": "MUG",
        },
    ),
    Made(
        "google-ads-daily",
        "Kampagnenbericht\n1. August 2026 - 2. August 2026\nTag;Kampagne;Währungscode;Kosten;Impr.;Klicks;Conversions\n"
        "01.08.2026;Tassen;EUR;1.234,50;12.000;340;4,5\n02.08.2026;Tassen;EUR;--;0;0;0\n"
        "Gesamt: Konto;;EUR;1.234,50;12.000;340;4,5\n",
        {
            "SELECT sum(spend) FROM ads": 1234.5,
            "SELECT sum(impressions) FROM ads": 12000,
            "SELECT sum(conversions) FROM ads": 4.5,
            "SELECT any_value(channel) FROM ads": "Google Ads",
        },
        {"a total line": 1},
    ),
    Made(
        "meta-ads-daily",
        "Reporting starts,Reporting ends,Campaign name,Ad set name,Ad name,Day,Amount spent (USD),Impressions,Link clicks,"
        "Purchases,Purchases conversion value,Cost per purchase\n"
        "2026-08-01,2026-08-02,Winter,Set,Ad,2026-08-01,10.00,1000,20,2,50,5\n"
        "2026-08-01,2026-08-02,Winter,Set,Ad,2026-08-02,11.00,1100,22,,,\n"
        "2026-08-01,2026-08-02,Total,,,,21.00,2100,42,2,50,10.5\n",
        {"SELECT sum(spend) FROM ads": 21.0, "SELECT sum(conversions) FROM ads": 2.0, "SELECT count(*) FROM ads": 2},
    ),
    Made(
        "taobao-lines-undated",
        "子订单编号,主订单编号,商品标题,商品价格,购买数量,商品属性,商家编码,买家应付货款,退款状态,退款金额\n"
        "'1930679858170651,'1930679858170651,面霜,59.90,2,,CREAM,100.00,没有申请退款,无退款申请\n",
        {
            "SELECT date FROM sales": date(2026, 5, 23),
            "SELECT revenue FROM sales": 100.0,
            "SELECT order_id FROM sales": "1930679858170651",
            "SELECT region FROM sales": "吉林",
        },
        beside="订单编号,买家会员名,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货地址 ,订单创建时间,订单付款时间 ,"
        "宝贝标题 ,宝贝种类 ,宝贝总数量,店铺名称,退款金额\n"
        "'1930679858170651,tb,100.00,0.00,100.00,100.00,交易成功,吉林省 通化市 柳河县 某镇,2026-05-23 22:02:05,"
        "2026-05-23 22:02:31,面霜,1,2,示例店铺,0.00\n",
    ),
    Made(
        "sycm-products",
        "生意参谋\n商品_全部\n统计周期 2026-09-06\n\n统计日期,商品ID,商品名称,商品访客数,商品浏览量,平均停留时长,商品收藏人数,商品加购件数,支付件数,支付金额\n"
        '2026-09-06,7001,卫衣,"1,020","1,500",12.5,8,30,20,"1,998.00"\n2026-09-06,7002,帽子,40,55,-,0,1,0,0.00\n',
        {
            "SELECT sum(units) FROM sales": 20,
            "SELECT sum(revenue) FROM sales": 1998.0,
            "SELECT sum(count) FROM events WHERE event = 'view'": 1555,
            "SELECT sum(count) FROM events WHERE event = 'cart'": 31,
            "SELECT sum(count) FROM events WHERE event = 'favourite'": 8,
            "SELECT max(dwell_seconds) FROM events": 12.5,
            "SELECT any_value(customer_id) FROM events": "anonymous",
        },
    ),
    Made(
        "wanxiangtai-products",
        "日期,主体ID,主体类型,主体名称,花费,净成交金额,总成交金额,展现量,点击量,点击率,净成交笔数,总成交笔数\n"
        "2026-10-06,7001,商品,卫衣,650.00,500.00,615.87,24000,198,0.83%,20,23\n2026-10-07,7001,商品,卫衣,nan,0,0,0,0,-,0,0\n",
        {
            "SELECT sum(spend) FROM ads": 650.0,
            "SELECT sum(revenue) FROM ads": 615.87,
            "SELECT sum(conversions) FROM ads": 23.0,
            "SELECT any_value(product_id) FROM ads": "7001",
        },
        {"nothing was spent": 1},
    ),
    Made(
        "pinduoduo-orders",
        "商品,订单号,订单状态,商品总价(元),邮费(元),店铺优惠折扣(元),平台优惠折扣(元),用户实付金额(元),商家实收金额(元),商品数量(件),商品id,商品规格,"
        "商家编码-规格维度,商家编码-商品维度,售后状态,订单成交时间\n"
        "袜子\t,260101-1\t,已收货\t,39.80\t,2.00\t,3.00\t,1.00\t,37.80\t,38.80\t,2\t,99\t,黑色\t,SOCK-B\t,SOCK\t,无售后或售后取消\t,2026-01-01 10:00:00\t\n"
        "袜子\t,260101-2\t,已取消\t,19.90\t,0.00\t,0.00\t,0.00\t,0.00\t,0.00\t,1\t,99\t,黑色\t,SOCK-B\t,SOCK\t,\t,2026-01-01 11:00:00\t\n",
        {
            "SELECT round(sum(revenue), 2) FROM sales": 36.8,
            "SELECT round(sum(revenue + discount * units), 2) FROM sales": 39.8,
            "SELECT any_value(product_id) FROM sales": "SOCK-B",
            "SELECT any_value(order_id) FROM sales": "260101-1",
        },
        {"cancelled": 1},
    ),
    Made(
        "etsy-listings",
        "TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,TAGS,MATERIALS,IMAGE1,SKU\n"
        '"Fox mug, hand painted","Line one\nline two",12.50,USD,3,"mug,fox",clay,https://a/1.jpg,\n',
        {"SELECT product_id FROM products": "Fox mug, hand painted", "SELECT list_price FROM products": 12.5},
    ),
    Made(
        "ebay-listing-sales",
        "Listing sales report: Jul 01 2026 to Jul 02 2026\n\nListing title,eBay item ID,Quantity sold,Total sales (Includes taxes),"
        "Item sales,Net sales (Net of taxes and selling costs)\nTest card,318508625049,3,$33.00,$30.00,$25.00\n",
        {
            "SELECT sum(units) FROM sales": 3,
            "SELECT sum(revenue) FROM sales": 30.0,
            "SELECT max(date) FROM sales": date(2026, 7, 2),
        },
        period=Period(date(2026, 7, 1), date(2026, 7, 2)),
    ),
    Made(
        "loox-reviews",
        "id,status,rating,email,nickname,full_name,review,date,productId,handle,img,variant,verified_purchase\n"
        "1,Published,5,a@example.com,A,A B,Lovely,2025-03-02T10:00:00Z,7012,mug,,,true\n"
        "2,Hidden,1,b@example.com,B,B C,Bad,2025-03-03T10:00:00Z,7012,mug,,,true\n",
        {
            "SELECT product_id FROM reviews": "mug",
            "SELECT rating FROM reviews": 5.0,
            "SELECT body FROM reviews": "Lovely",
        },
        {"the shop does not show": 1},
    ),
    Made(
        "yotpo-reviews",
        "Review Title;Review Content;Review Score;Date;Product ID;Product Title;Product URL;Display Name;Email;Verified Purchase\r\n"
        'Top;"Sehr schön; gerne wieder";4,6;2025-03-14;7012;Becher;https://a;A;a@example.com;true\r\n',
        {"SELECT rating FROM reviews": 4.6, "SELECT body FROM reviews": "Sehr schön; gerne wieder"},
    ),
    Made(
        "amazon-food-reviews",
        "Id,ProductId,UserId,ProfileName,HelpfulnessNumerator,HelpfulnessDenominator,Score,Time,Summary,Text\n"
        "1,B001,A3SG,delmartian,1,1,5,1303862400,Good Dog Food,I have bought several\n",
        {"SELECT date FROM reviews": date(2011, 4, 27), "SELECT title FROM reviews": "Good Dog Food"},
    ),
    Made(
        "retailrocket-events",
        "timestamp,visitorid,event,itemid,transactionid\n1433221332117,257597,view,355908,\n1433223236124,57,addtocart,5,\n"
        "1433222276276,599528,transaction,356475,4000\n",
        {
            "SELECT list(event ORDER BY file_row) FROM events": ["view", "cart", "purchase"],
            "SELECT min(ts)::DATE FROM events": date(2015, 6, 2),
        },
    ),
    Made(
        "takealot-sales",
        "Order Date,Sale Status,Order ID,Customer,Product Title,SKU,TSIN,Qty,Customer DC,Gross Sales,Success Fee,Net Sales Amount\n"
        "Day of the order,Status of the sale,Number of the order,Who,Name,Your code,Takealot's code,Pieces,Where,Price paid,Fee,Rest\n"
        "2026-03-18,Shipped to Customer,1001,A,Mug,MUG,5501,2,CPT,R 299.00,R 30.00,R 250.00\n"
        "2026-03-18,Cancelled by Customer,1002,B,Mug,MUG,5501,1,JHB,R 149.50,R 0.00,R 0.00\n",
        {"SELECT sum(revenue) FROM sales": 299.0, "SELECT sum(units) FROM sales": 2},
        {"cancelled": 1, "a second header line": 1},
    ),
]


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.profile)
def test_an_export_without_a_sample_is_read_right(workspace: Workspace, made: Made) -> None:
    (staged,) = imports.stage(workspace, "export.csv", made.text.encode(made.encoding))
    beside = imports.stage(workspace, "beside.csv", made.beside.encode()) if made.beside else []
    reading = imports.recognise(workspace, staged, beside=beside)
    assert reading.profile is not None
    assert reading.profile.name == made.profile
    if made.period is not None:
        assert reading.period in (None, made.period)
        reading = replace(reading, period=made.period)
    reports = imports.load(workspace, staged, reading, spread=True)
    cursor = workspace.cursor()
    for query, value in made.found.items():
        row = cursor.execute(query).fetchone()
        assert row is not None
        assert row[0] == (pytest.approx(value) if isinstance(value, float) else value), query
    for reason, count in made.aside.items():
        assert count in [rows for words, rows in reports[0].set_aside.items() if words.startswith(reason)], reason
