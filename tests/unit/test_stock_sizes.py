"""Sizes, packs and suppliers: read from what the files hold beside their declared columns."""

import pandas as pd
import pytest

from core.stocks.packs import packs
from core.stocks.sizes import profile, profiles, split
from core.workspace import Workspace
from tests.conftest import Load

PRODUCTS = """product_id,title,category,size,colour
A-S,Fox shirt,Shirts,S,red
A-M,Fox shirt,Shirts,M,red
A-L,Fox shirt,Shirts,L,blue
B-S,Owl shirt,Shirts,S,blue
B-M,Owl shirt,Shirts,M,blue
B-10,Owl shirt,Shirts,XL,red
C-1,Plain mug,Mugs,,white
C-2,Grey mug,Mugs,,grey
"""
SALES = """date,product_id,units
2025-01-06,A-S,10
2025-01-06,A-M,50
2025-01-07,A-L,40
2025-01-07,B-S,60
2025-01-08,B-M,30
2025-01-08,B-10,10
2025-01-09,C-1,5
2025-01-09,C-2,6
"""


@pytest.fixture
def shop(workspace: Workspace, load: Load) -> Workspace:
    load(PRODUCTS, "products", "products.csv")
    load(SALES, "sales", "sales.csv")
    return workspace


def sheet(load: Load, rows: str, header: str = "item_id,title,category,price_min") -> None:
    load(f"{header}\n{rows}\n", "new_items", "sheet.csv")


def test_shares_follow_the_like_items_and_lean_on_the_category(shop: Workspace, load: Load) -> None:
    sheet(load, "N,New shirt,Shirts,5")
    found = profile(shop.cursor(), "N", "Shirts", ["A-S", "A-M", "A-L"])
    assert found.attribute == "size" and found.shares["value"].tolist() == ["S", "M", "L", "XL"]
    share = found.shares.set_index("value")["share"]
    assert share.sum() == pytest.approx(1)
    # 10, 50 and 40 of 100 like units; 70, 80, 40 and 10 of 200 of the category, which count for 30 units
    assert share.to_dict() == pytest.approx(
        {"S": (10 + 30 * 0.35) / 130, "M": (50 + 30 * 0.4) / 130, "L": (40 + 30 * 0.2) / 130, "XL": 30 * 0.05 / 130}
    )
    assert "100 units of 3 like items" in found.words


def test_an_item_without_like_items_is_split_as_its_category(shop: Workspace, load: Load) -> None:
    sheet(load, "N,New shirt,Shirts,5")
    found = profile(shop.cursor(), "N", "Shirts", [])
    assert found.shares.set_index("value")["share"].to_dict() == pytest.approx(
        {"S": 0.35, "M": 0.4, "L": 0.2, "XL": 0.05}
    )
    assert "whole category" in found.words


def test_the_sheet_may_name_the_sizes_that_it_wants(shop: Workspace, load: Load) -> None:
    sheet(load, "N,New shirt,Shirts,5,S / L", "item_id,title,category,price_min,Size")
    found = profile(shop.cursor(), "N", "Shirts", ["A-S", "A-M", "A-L"])
    assert found.shares["value"].tolist() == ["S", "L"]
    assert found.shares["share"].sum() == pytest.approx(1)


def test_one_size_is_one_variant_and_colours_are_split_only_where_listed(shop: Workspace, load: Load) -> None:
    header = "item_id,title,category,price_min,size,colour"
    sheet(load, 'N,New shirt,Shirts,5,M,red\nL,New shirt,Shirts,5,M,"red, blue"', header)
    assert profile(shop.cursor(), "N", "Shirts", ["A-S"]).shares.empty
    assert profile(shop.cursor(), "L", "Shirts", ["A-S"]).shares["value"].tolist() == ["red", "blue"]


def test_a_category_without_sizes_says_so(shop: Workspace, load: Load) -> None:
    sheet(load, "N,New mug,Mugs,5")
    found = profile(shop.cursor(), "N", "Mugs", ["C-1"])
    assert found.attribute == "" and found.shares.empty and "no column that names sizes" in found.words


def test_many_items_at_once_are_the_same_as_one_by_one(shop: Workspace, load: Load) -> None:
    header = "item_id,title,category,price_min,size"
    sheet(load, 'N,New shirt,Shirts,5,\nL,New shirt,Shirts,5,"S, L"\nM,New mug,Mugs,5,\nO,Other,,5,', header)
    items = pd.DataFrame({"item_id": ["N", "L", "M", "O"], "category": ["Shirts", "Shirts", "Mugs", None]})
    like = pd.DataFrame({"item_id": ["N", "N", "L"], "product_id": ["A-S", "A-M", "B-S"], "weight": [0.6, 0.4, 1.0]})
    found = profiles(shop.cursor(), items, like)
    assert list(found) == ["N", "L", "O"]
    for item, one in found.items():
        mine, category = like[like["item_id"] == item], None if item == "O" else "Shirts"
        alone = profile(shop.cursor(), item, category, mine["product_id"].tolist(), mine["weight"].tolist())
        pd.testing.assert_frame_equal(one.shares, alone.shares)


def test_no_text_of_a_user_becomes_sql(shop: Workspace, load: Load) -> None:
    load("product_id,title,category,\"si'ze'); DROP TABLE sales; --\"\nD,Odd,Odd,1\n", "products", "odd.csv")
    found = profile(shop.cursor(), "N' OR 1=1 --", "Odd'; DROP TABLE sales; --", ["' OR 1=1"])
    assert found.shares.empty
    assert shop.cursor().execute("SELECT count(*) FROM sales").fetchone() == (8,)


@pytest.mark.parametrize(
    ("quantity", "shares", "pack", "parts"),
    [
        (10, {"S": 0.2, "M": 0.5, "L": 0.3}, 1, {"S": 2, "M": 5, "L": 3}),
        (11, {"S": 0.2, "M": 0.5, "L": 0.3}, 1, {"S": 2, "M": 6, "L": 3}),
        (100, {"S": 0.2, "M": 0.5, "L": 0.3}, 6, {"S": 18, "M": 52, "L": 30}),
        (1, {"S": 0.5, "M": 0.5}, 1, {"S": 0, "M": 1}),
        (0, {"S": 1.0}, 1, {"S": 0}),
        (5, {}, 1, {}),
        (5, {"S": 0.0}, 1, {}),
    ],
)
def test_a_buy_is_split_by_largest_remainders(
    quantity: int, shares: dict[str, float], pack: int, parts: dict[str, int]
) -> None:
    found = split(quantity, shares, pack)
    assert found == parts


def test_packs_and_suppliers_are_read_by_their_words(workspace: Workspace, load: Load) -> None:
    header = "item_id,title,brand,price_min,Pack size,MOQ,Supplier"
    load(f'{header}\nA,a,Elm,1,12,"100 pcs",Acme\nB,b,Elm,1,,,\nC,c,,1,1.5,-,\nD,d,,1,24.0,50,=x\n', "new_items")
    found = packs(workspace.cursor()).set_index("item_id")
    assert found["pack"].to_dict() == {"A": 12, "B": 1, "C": 1, "D": 24}
    assert found["least"].to_dict() == {"A": 100, "B": 0, "C": 0, "D": 50}
    assert found["supplier"].to_dict() == {"A": "Acme", "B": "Elm", "C": "", "D": "=x"}


def test_a_sheet_without_such_columns_buys_single_pieces(workspace: Workspace, load: Load) -> None:
    sheet(load, "A,a,X,1")
    assert packs(workspace.cursor()).to_dict("records") == [{"item_id": "A", "pack": 1, "least": 0, "supplier": ""}]
