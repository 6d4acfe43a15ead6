"""The weekly panel of ads: whole weeks, categories, spend that names none, prices, margins, and what is missing."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.ads import panel
from core.errors import NotReady
from core.workspace import Workspace
from tests.conftest import Load

DAYS = pd.date_range("2024-01-01", periods=7 * 26, freq="D")


def sales(days: pd.DatetimeIndex = DAYS) -> str:
    lines = ["date,product_id,units,unit_price,order_id"]
    for number, day in enumerate(days):
        lines += [f"{day:%Y-%m-%d},M-10,4,10.00,o{number}", f"{day:%Y-%m-%d},T-20,2,5.00,o{number}"]
    return "\n".join(lines)


PRODUCTS = "product_id,title,category,list_price,cost\nM-10,Fox mug,Mugs,10,4\nT-20,Oak tray,Trays,5,2"


def ads(category: bool = True) -> str:
    lines = ["date,channel,spend,impressions,clicks,revenue" + (",category" if category else "")]
    for day in DAYS[::7]:
        lines += [f"{day:%Y-%m-%d},search,30,1000,20,90" + (",Mugs" if category else "")]
        lines += [f"{day:%Y-%m-%d},social,12,2000,9," + (",trays" if category else "")]
    return "\n".join(lines)


@pytest.fixture
def shop(workspace: Workspace, load: Load) -> Workspace:
    for text, table in ((PRODUCTS, "products"), (sales(), "sales"), (ads(), "ads")):
        load(text, table)
    return workspace


def test_weeks_groups_and_sums(shop: Workspace) -> None:
    found = panel.read(shop.cursor())
    assert found.weeks[0] == np.datetime64("2024-01-01") and len(found.weeks) == 26
    assert found.groups == ["Mugs", "Trays"] and found.channels == ["search", "social"]
    assert found.units[:, 3] == pytest.approx([28, 14]) and found.revenue[:, 3] == pytest.approx([280, 70])
    assert found.spend[:, :, 3] == pytest.approx(np.array([[30, 0], [0, 12]]))  # "trays" is Trays
    assert found.impressions[0, 0, 3] == 1000 and found.clicks[1, 1, 3] == 9
    assert found.price == pytest.approx(1) and found.promoted == pytest.approx(0)
    assert found.margin == pytest.approx([6, 3]) and found.assumed == []
    assert found.order_size == pytest.approx(6)
    assert found.claimed[0] == pytest.approx(90 * 26) and np.isnan(found.claimed[1])
    assert found.size == pytest.approx([2 / 3, 1 / 3]) and found.unit_price == pytest.approx(
        np.array([[10] * 26, [5] * 26])
    )


def test_ads_that_name_no_category_make_one_group(workspace: Workspace, load: Load) -> None:
    for text, table in ((PRODUCTS, "products"), (sales(), "sales"), (ads(category=False), "ads")):
        load(text, table)
    found = panel.read(workspace.cursor())
    assert found.groups == [""] and found.units[0, 0] == 42 and found.spend[0, 0, 0] == 30


def test_spend_that_names_no_category_is_shared_by_revenue(shop: Workspace, load: Load) -> None:
    load("date,channel,spend\n2024-01-08,radio,100", "ads")
    found = panel.read(shop.cursor())
    radio = found.spend[found.channels.index("radio")]
    assert radio.sum() == pytest.approx(100) and radio[:, 1] == pytest.approx([80, 20])


def test_weeks_that_the_export_cuts_off_are_left_out(workspace: Workspace, load: Load) -> None:
    load(sales(DAYS[3:-2]), "sales")
    load(ads(), "ads")
    found = panel.read(workspace.cursor())
    assert found.weeks[0] == np.datetime64("2024-01-08") and len(found.weeks) == 24


def test_weekly_sales_keep_their_last_week(workspace: Workspace, load: Load) -> None:
    load(sales(DAYS[::7]), "sales")
    load(ads(), "ads")
    assert len(panel.read(workspace.cursor()).weeks) == 26


def test_it_knows_nothing_of_later_days(shop: Workspace) -> None:
    found = panel.read(shop.cursor(), date(2024, 5, 27))
    whole = panel.read(shop.cursor())
    assert len(found.weeks) == 21
    assert found.units == pytest.approx(whole.until(21).units) and found.spend == pytest.approx(whole.until(21).spend)


def test_a_cut_price_is_seen(workspace: Workspace, load: Load) -> None:
    text = sales().replace("2024-02-06,M-10,4,10.00", "2024-02-06,M-10,4,8.00")
    week = [f"2024-02-{day:02}" for day in range(5, 12)]
    for day in week:
        text = text.replace(f"{day},M-10,4,10.00", f"{day},M-10,4,8.00")
    for one, table in ((PRODUCTS, "products"), (text, "sales"), (ads(), "ads")):
        load(one, table)
    price = panel.read(workspace.cursor()).price
    assert price[0, 5] == pytest.approx(0.8) and price[0, 4] == pytest.approx(1) and price[1, 5] == pytest.approx(1)


def test_cost_that_is_unknown_is_assumed_and_said(workspace: Workspace, load: Load) -> None:
    load(sales(), "sales")
    load(ads(), "ads")
    found = panel.read(workspace.cursor())
    assert found.margin == pytest.approx(found.revenue.sum() / found.units.sum() / 2)
    assert any("Cost is unknown" in words for words in found.assumed)


def test_sales_without_money_count_units_and_say_so(workspace: Workspace, load: Load) -> None:
    rows = [f"{day:%Y-%m-%d},M-10,{4 + day.day % 3}" for day in DAYS]
    load("\n".join(["date,product_id,units", *rows]), "sales")
    load(ads(), "ads")
    found = panel.read(workspace.cursor())
    assert found.revenue == pytest.approx(found.units)
    assert any("a unit counts as 1 of revenue" in words for words in found.assumed)


def test_ads_of_another_time_than_the_sales_are_told(workspace: Workspace, load: Load) -> None:
    load(sales(), "sales")
    load(ads().replace("2024-", "2019-"), "ads")
    with pytest.raises(NotReady, match=r"ads are of the weeks from 2018-12-31 to 2019-.*no whole week has both"):
        panel.read(workspace.cursor())


@pytest.mark.parametrize("missing", ["sales", "ads", "weeks"])
def test_what_is_missing_is_said(workspace: Workspace, load: Load, missing: str) -> None:
    if missing != "sales":
        load(sales(DAYS[:60] if missing == "weeks" else DAYS), "sales")
    if missing != "ads":
        load(ads(), "ads")
    words = {"sales": "no sales", "ads": "no ads", "weeks": "8 whole weeks"}[missing]
    with pytest.raises(NotReady, match=words):
        panel.read(workspace.cursor())
