"""The Data page before a file is loaded: what it is, what is odd in it, and what a person decides about that."""

import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import shell
from tests.hostile import cells, workbook
from tests.ui.conftest import Start
from tests.ui.importing import badges, decide, drop, findings, load, loaded, upload
from tests.ui.reading import caption, ending, labelled, said, table

SAMPLES = Path(__file__).parents[2].parent / "shared" / "exports" / "samples"
SLIP = "Prices with the decimal point in the wrong place"
PRICES = "date,sku,qty,price\n" + "".join(
    f"2025-01-{day:02},A-1,1,{999 if day == 15 else 9.99}\n" for day in range(1, 29)
)
ASINS = (
    "(Parent) ASIN,(Child) ASIN,Title,Sessions - Total,Page Views - Total,Featured Offer (Buy Box) Percentage,"
    "Units Ordered,Ordered Product Sales,Total Order Items\nB01,B02,Fox mug,60,90,100%,6,$60.00,6\n"
)
GOOGLE = (
    "Campaign report\nAugust 1, 2026 - August 10, 2026\nCampaign,Currency code,Cost,Impr.,Clicks\n"
    "Mugs,EUR,100.00,1000,50\n"
)


@pytest.fixture
def data(start: Start) -> AppTest:
    return start("data", shop="My shop")


def sample(*path: str) -> bytes:
    file = SAMPLES.joinpath(*path)
    if not file.exists():
        pytest.skip(f"{file.name} is not here; the samples of exports are no part of the repository")
    return file.read_bytes()


def sold(column: str) -> list:
    """What stands in a column of the own shop's sales, in the order of the file."""
    cursor = shell.own_workspace().cursor()
    return [row[0] for row in cursor.execute(f"SELECT {column} FROM sales ORDER BY file_row, date").fetchall()]


@pytest.mark.parametrize(
    ("path", "title"),
    [
        (("shopify", "orders_export_cad_2025_masked.csv"), "Shopify orders"),
        (("etsy", "EtsySoldOrderItems2021_masked.csv"), "Etsy sold order items"),
        (("tiktok_ads", "by_day_ad_level.csv"), "TikTok ads by day"),
        (("woocommerce", "sample_products.csv"), "WooCommerce products"),
    ],
)
def test_real_export_is_recognised_and_loads_as_it_is(data: AppTest, path: tuple[str, str], title: str):
    upload(data, sample(*path), path[-1])
    assert "green-badge" in badges(data) and title in badges(data)
    assert not [one for one in data.selectbox if one.label == "This file holds"]
    assert "Keep this mapping" not in [one.proto.popover.label for one in data.get("popover")]
    assert "rows loaded" in load(data).success[0].value
    assert table(data, "Imports")["profile"].tolist() == [title]


def test_file_of_other_words_is_recognised_with_doubt(data: AppTest):
    upload(data, "day,article,pieces,till,shift\n2025-01-02,A-1,3,1,2\n", "till.csv")
    assert "orange-badge" in badges(data) and "% sure" in badges(data)
    assert labelled(data.selectbox, "This file holds").value == "sales"


@pytest.mark.parametrize(("action", "price", "rows"), [("fix", 9.99, 28), ("keep", 999.0, 28), ("set aside", None, 27)])
def test_switch_of_a_finding_decides_what_is_loaded(data: AppTest, action: str, price: float | None, rows: int):
    upload(data, PRICES)
    assert findings(data)[SLIP].value == "fix"
    assert table(data, f"Examples: {SLIP}")["proposed"].tolist() == ["9.99"]
    assert ending(data.button, "_load").label == "Load 28 rows"
    if action != "fix":
        decide(data, SLIP, action)
        assert ending(data.button, "_load").label == "Load as chosen"
    assert f"{rows} of 28 rows loaded" in load(data).success[0].value
    assert sold("unit_price")[14:15] == ([price] if price else [9.99])
    assert len(sold("unit_price")) == rows


def test_preview_shows_values_as_they_were_read(data: AppTest):
    upload(data, "date;sku;qty;price\n31.12.2025;A-1;3;1.234,50\n")
    shown = table(data, "Sales as it will be loaded")
    assert shown["date"].tolist() == [pd.Timestamp("2025-12-31")]
    assert shown["units"].tolist() == [3] and shown["unit_price"].tolist() == [1234.5]
    assert "cells between semicolons" in caption(data)


def test_pictures_stand_before_the_findings(data: AppTest):
    upload(data, PRICES)
    keys = [chart.key.rsplit("_", 1)[-1] for chart in data.get("plotly_chart")]
    assert keys == ["filled", "weeks"]


def test_period_of_totals_has_to_be_agreed_to(data: AppTest):
    upload(data, GOOGLE, "campaigns.csv")
    agreement = ending(data.checkbox, "_spread")
    assert "2026-08-01 to 2026-08-10" in agreement.label
    agreement.uncheck().run()
    assert ending(data.button, "_load").disabled
    ending(data.checkbox, "_spread").check().run()
    load(data)
    cursor = shell.own_workspace().cursor()
    assert cursor.execute("SELECT count(DISTINCT date), round(sum(spend), 2) FROM ads").fetchone() == (10, 100)


def test_unknown_period_is_asked_for_and_then_loaded(data: AppTest):
    upload(data, ASINS, "asins.csv")
    assert "Which period does the file cover?" in said(data)
    assert not data.button
    labelled(data.date_input, "The days that the file covers").set_value((date(2026, 1, 1), date(2026, 1, 3))).run()
    load(data)
    assert sorted(set(sold("date"))) == [date(2026, 1, 1) + timedelta(days=day) for day in range(3)]
    assert sum(sold("units")) == 6


def test_one_of_two_tables_of_a_file_is_left_out(data: AppTest):
    """A report of items has sales and visits; who loads the orders, too, wants the visits alone."""
    upload(data, ASINS, "asins_2026-01-01_2026-01-03.csv")
    ending(data.button_group, "_tables").set_value(["events"]).run()
    load(data)
    assert table(data, "Imports")["table_name"].tolist() == ["Visits and events"]
    assert not sold("date")


@pytest.mark.parametrize("order", ["day first", "month first"])
def test_dates_that_can_be_read_two_ways_are_asked_about(data: AppTest, order: str):
    upload(data, "date,sku,qty\n02/03/2025,A-1,1\n02/03/2025,A-2,1\n")
    assert "whether the day or the month comes first" in said(data)
    ending(data.button_group, "_order").set_value(order).run()
    expected = date(2025, 3, 2) if order == "day first" else date(2025, 2, 3)
    assert table(data, "Sales as it will be loaded")["date"].tolist() == [pd.Timestamp(expected)] * 2
    load(data)
    assert sold("date") == [expected] * 2


def test_dates_that_can_be_read_one_way_are_not_asked_about(data: AppTest):
    upload(data, "date,sku,qty\n02/03/2025,A-1,1\n31/03/2025,A-2,1\n")
    assert "comes first" not in said(data)


def test_files_that_belong_together_load_together(data: AppTest):
    """Lines have no day and the list no products: neither is a table without the other."""
    lines = "order_id,order_item_id,product_id,seller_id,price,freight_value\nO1,1,P1,S1,9.50,2\nO2,1,P2,S1,5,2\n"
    orders = (
        "order_id,customer_id,order_status,order_purchase_timestamp\nO1,C1,delivered,2017-10-02 10:56:33\n"
        "O2,C2,delivered,2017-10-03 10:00:00\n"
    )
    upload(data, lines, "lines.csv")
    assert "Load the two together: Olist orders" in said(data)
    assert not data.button
    drop(data, {"lines.csv": lines, "list*1*.csv": orders})
    assert "Read together with lines.csv" in " ".join(text.value for text in data.text)
    assert len([button for button in data.button if button.key.endswith("_load")]) == 1
    load(data)
    assert sold("date") == [date(2017, 10, 2), date(2017, 10, 3)]
    assert table(data, "Imports")["file_name"].tolist() == ["lines.csv"]
    assert "Read together" not in " ".join(text.value for text in data.text)  # an empty uploader


def test_taobao_list_gives_its_lines_their_days_and_is_no_sale_of_its_own(data: AppTest):
    names = ("ExportOrderDetailList_gbk.csv", "ExportOrderList_gbk.csv")
    drop(data, {name: sample("taobao", name) for name in names})
    load(data)
    assert table(data, "Imports")["file_name"].tolist() == [names[0]]
    assert all(sold("date"))


def test_export_that_is_no_table_is_refused_and_says_which_to_take(data: AppTest):
    upload(data, "Date,Ordered Product Sales,Units Ordered\n01/02/2026,$10.00,2\n", "by_date.csv")
    assert "gray-badge" in badges(data) and "Amazon business report by date" in badges(data)
    assert "Not loaded." in said(data) and "In Seller Central take Business Reports" in said(data)
    assert not data.button


def test_members_of_an_archive_are_reviewed_one_by_one(data: AppTest):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("orders.csv", "date,sku,qty\n2025-01-31,A-1,1\n")
        archive.writestr("catalogue.csv", "sku,title,category\nA-1,Fox mug,Kitchen\n")
    upload(data, packed.getvalue(), "exports.zip")
    buttons = [button.key for button in data.button if button.key.endswith("_load")]
    assert len(buttons) == 2
    for key in buttons:
        ending(data.button, key).click().run()
        assert not data.exception
    assert sorted(table(data, "Imports")["table_name"]) == ["Products", "Sales"]


def test_sheets_of_a_workbook_are_reviewed_one_by_one(data: AppTest):
    till = cells(("date", "sku", "qty"), ("2025-01-31", "A-1", "2"))
    items = cells(("sku", "title", "category"), ("A-1", "Fox mug", "Kitchen"))
    upload(data, workbook(till, items), "book.xlsx")
    assert [text.value for text in data.text if "book" in text.value] == ["book.xlsx › S1", "book.xlsx › S2"]
    buttons = [button.key for button in data.button if button.key.endswith("_load")]
    assert len(buttons) == 2
    ending(data.button, buttons[1]).click().run()  # the second first
    assert table(data, "Imports")["file_name"].tolist() == ["book.xlsx › S2"]
    assert "1 of 1 rows loaded" in load(data).success[0].value


def test_mapping_by_hand_is_kept_for_the_next_file_and_forgotten(data: AppTest):
    header = "wann,was,wie viele\n"
    upload(data, header + "2025-01-31,A-1,2\n", "january.csv")
    labelled(data.selectbox, "This file holds").select("Sales").run()
    for label, at in (("Date (required)", 1), ("Product id (required)", 2), ("Units (required)", 3)):
        labelled(data.selectbox, label).select_index(at).run()
    assert ending(data.button, "_keep_profile").disabled  # as it has no name yet
    ending(data.text_input, "_profile").set_value("Our *till*").run()
    ending(data.button, "_keep_profile").click().run()
    load(data)
    upload(data, header + "2025-02-28,A-2,5\n", "february.csv")
    assert "green-badge" in badges(data) and "Our *till*" in badges(data)
    load(data)
    assert sorted(sold("units")) == [2, 5]
    assert table(data, "Imports")["profile"][0] == "Our *till*"
    data.button(key="forget_profile").click().run()
    upload(data, header + "2025-03-31,A-2,5\n", "march.csv")
    assert "Not recognised" in badges(data)


def test_hostile_words_are_shown_as_text(data: AppTest):
    """In the file's name and header, and as an item's title: they stand in tables or as text, never as Markdown."""
    evil = "<img src=x onerror=alert(1)>![p](http://example.invalid/p.png)"
    upload(data, f"date,sku,qty,title,{evil}\n2025-01-31,A-1,x,{evil},1\n2025-01-30,A-2,3,{evil},1\n", "a![p](b).csv")
    shown = " ".join(one.value for kind in (data.markdown, data.caption, data.error, data.warning) for one in kind)
    assert "](http" not in shown and "](b)" not in shown and "<img" not in shown
    load(data)
    shown = " ".join(one.value for kind in (data.markdown, data.caption, data.success) for one in kind)
    assert "](http" not in shown and "](b)" not in shown and "<img" not in shown
    assert loaded(data) == 1
