"""The weekly panel: units and prices a week, and what looks like a change of price and is none."""

from datetime import date

import pytest

from core.errors import NotReady
from core.prices import panel
from core.prices.panel import Panel
from core.workspace import Workspace
from tests.conftest import Load

MONDAYS = [f"2024-{month:02}-{day:02}" for month, day in ((1, 1), (1, 8), (1, 15), (1, 22), (1, 29), (2, 5), (2, 12))]
HEADER = "date,product_id,units,unit_price,order_id\n"


def prices(found: Panel, code: str = "A") -> list[float]:
    row = found.items.index[found.items["product_id"] == code][0]
    return found.rows.loc[found.rows["item"] == row, "price"].tolist()


def units(found: Panel) -> list[float]:
    return found.rows["units"].tolist()


def test_an_empty_shop_has_no_panel(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match="no sales yet"):
        panel.read(workspace.cursor())


def test_units_are_net_and_weeks_begin_on_monday(workspace: Workspace, load: Load) -> None:
    load(HEADER + "2024-01-03,A,2,5,1\n2024-01-07,A,2,5,2\n2024-01-06,A,-1,5,2\n2024-01-08,A,1,6,3\n", "sales")
    found = panel.read(workspace.cursor())
    assert found.start == date(2024, 1, 1)
    assert found.rows["week"].tolist() == [0, 1]
    assert units(found) == [3, 1] and prices(found) == [5, 6]


def test_later_sales_can_be_left_out(workspace: Workspace, load: Load) -> None:
    load(HEADER + "2024-01-03,A,2,5,1\n2024-01-10,A,2,5,2\n", "sales")
    assert len(panel.read(workspace.cursor(), date(2024, 1, 8)).rows) == 1
    with pytest.raises(NotReady):
        panel.read(workspace.cursor(), date(2024, 1, 1))


def test_a_week_without_a_sale_has_no_units_and_the_price_around(workspace: Workspace, load: Load) -> None:
    load(HEADER + f"{MONDAYS[0]},A,2,5,1\n{MONDAYS[2]},A,2,5,2\n", "sales")
    found = panel.read(workspace.cursor())
    assert units(found) == [2, 0, 2] and prices(found) == [5, 5, 5]


def test_after_a_promotion_a_week_without_a_sale_is_not_cheap(workspace: Workspace, load: Load) -> None:
    lines = [f"{day},A,2,{3.5 if at == 2 else 5},{at}" for at, day in enumerate(MONDAYS) if at != 3]
    load(HEADER + "\n".join(lines), "sales")
    load(f"date,product_id,promotion,until\n{MONDAYS[2]},A,deal,2024-01-21\n", "promotions")
    found = panel.read(workspace.cursor())
    assert prices(found) == [5, 5, 3.5, 5, 5, 5, 5]
    assert found.rows["promoted"].tolist() == [0, 0, 1, 0, 0, 0, 0]


def test_a_promoted_week_without_a_sale_has_the_usual_cut(workspace: Workspace, load: Load) -> None:
    lines = [f"{day},A,2,{4 if at == 1 else 5},{at}" for at, day in enumerate(MONDAYS) if at != 4]
    load(HEADER + "\n".join(lines), "sales")
    load(
        f"date,product_id,promotion,until\n{MONDAYS[1]},A,deal,2024-01-14\n{MONDAYS[4]},A,deal,2024-02-04\n",
        "promotions",
    )
    assert prices(panel.read(workspace.cursor()))[4] == pytest.approx(4)


def test_promotions_of_some_stores_count_as_their_share(workspace: Workspace, load: Load) -> None:
    load("date,product_id,units,unit_price,region\n" + "".join(f"2024-01-02,A,3,5,S{at}\n" for at in range(4)), "sales")
    load("date,product_id,promotion,until,region\n2024-01-01,A,deal,2024-01-07,S1\n", "promotions")
    assert panel.read(workspace.cursor()).rows["promoted"].tolist() == [0.25]


def test_quantity_breaks_are_no_change_of_price(workspace: Workspace, load: Load) -> None:
    lines = [f"{day},A,{1 + at % 3},5,{at}{order}" for at, day in enumerate(MONDAYS) for order in range(3)]
    lines += [f"{day},A,50,3.5,L{at}" for at, day in enumerate(MONDAYS) if at % 2]
    load(HEADER + "\n".join(lines), "sales")
    found = panel.read(workspace.cursor())
    assert found.breaks
    assert prices(found) == [5] * len(MONDAYS) and max(units(found)) < 30  # of the 50, ten usual orders count


def test_large_orders_at_the_same_price_count(workspace: Workspace, load: Load) -> None:
    lines = [f"{day},A,1,5,{at}{order}" for at, day in enumerate(MONDAYS) for order in range(3)]
    load(HEADER + "\n".join([*lines, f"{MONDAYS[3]},A,50,5,L"]), "sales")
    found = panel.read(workspace.cursor())
    assert not found.breaks and max(units(found)) == 53


def test_a_price_that_is_paid_beside_the_usual_one_is_a_tier(workspace: Workspace, load: Load) -> None:
    """Two orders at 5 and one at 4 in most weeks; in one week only somebody who pays 4 buys."""
    lines = [f"{day},A,1,5,{at}{order}" for at, day in enumerate(MONDAYS) if at != 4 for order in range(2)]
    lines += [f"{day},A,1,4,T{at}" for at, day in enumerate(MONDAYS)]
    load(HEADER + "\n".join(lines), "sales")
    assert prices(panel.read(workspace.cursor())) == [5] * len(MONDAYS)


def test_a_change_of_price_is_one(workspace: Workspace, load: Load) -> None:
    lines = [f"{day},A,1,{5 if at < 4 else 6},{at}{order}" for at, day in enumerate(MONDAYS) for order in range(3)]
    load(HEADER + "\n".join(lines), "sales")
    assert prices(panel.read(workspace.cursor())) == [5, 5, 5, 5, 6, 6, 6]


def test_orders_by_another_price_list_are_left_out(workspace: Workspace, load: Load) -> None:
    codes = ("K1", "K2", "K3", "K4")
    lines = [f"{day},{code},1,5,{at}{order}" for at, day in enumerate(MONDAYS) for order in range(4) for code in codes]
    lines += [f"{MONDAYS[3]},{code},7,10,X" for code in codes]
    load(HEADER + "\n".join(lines), "sales")
    found = panel.read(workspace.cursor())
    assert set(found.rows["price"]) == {5.0} and set(units(found)) == {4.0}


def test_a_sale_on_everything_is_no_other_price_list(workspace: Workspace, load: Load) -> None:
    lines = [
        f"{day},{code},1,{4 if at == 3 else 5},{at}{order}"
        for at, day in enumerate(MONDAYS)
        for order in range(4)
        for code in ("A", "K2", "K3", "K4")
    ]
    load(HEADER + "\n".join(lines), "sales")
    assert prices(panel.read(workspace.cursor()))[3] == 4


def test_cost_views_and_competitors_lie_beside(workspace: Workspace, load: Load) -> None:
    load(
        "date,product_id,units,unit_price,landed cost\n" + "".join(f"{day},A,2,5,2.5\n" for day in MONDAYS[:3]), "sales"
    )
    load("ts,customer_id,product_id,event,count\n2024-01-09 10:00:00,anonymous,A,view,7\n", "events")
    load("date,competitor,price,product_id\n2024-01-10,X,4.5,A\n2024-01-10,Y,5.5,A\n", "competitors")
    rows = panel.read(workspace.cursor()).rows
    assert rows["cost"].tolist() == [2.5] * 3
    assert rows["views"].tolist() == [0, 7, 0]
    assert rows["rival"].isna().tolist() == [True, False, False] and rows["rival"].iloc[2] == 5
