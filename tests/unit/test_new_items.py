"""The sheet of new items: what is filled in and said, and the weeks in which each could be launched."""

from datetime import date, timedelta

import pytest

from core import history, new_items
from core.errors import NotReady
from core.new_items import WINDOW_WEEKS
from core.workspace import Workspace
from tests.conftest import Load

SALES = "date,sku,qty,price\n2025-01-01,A,1,4\n2025-01-31,A,1,4\n2025-01-31,C,1,8\n"  # ends on a Friday
MONDAY = date(2025, 2, 3)  # after the end of the data


def weeks(workspace: Workspace) -> dict[str, list[date]]:
    """Launch weeks that are looked at, by item."""
    past = history.read(workspace.cursor())
    sheet = new_items.read(workspace.cursor(), past)
    frame = new_items.candidates(sheet, past)
    assert [past.day(week) for week in frame["launch_week"]] == frame["day"].tolist()
    ids = sheet.items["item_id"].to_numpy()[frame["item"]]
    return {name: group.tolist() for name, group in frame["launch_week"].groupby(ids)}


@pytest.mark.parametrize(
    ("earliest", "latest", "first", "count"),
    [
        ("", "", MONDAY, WINDOW_WEEKS),
        ("2025-03-03", "", date(2025, 3, 3), WINDOW_WEEKS),
        ("2025-03-04", "", date(2025, 3, 10), WINDOW_WEEKS),
        ("2024-06-03", "", MONDAY, WINDOW_WEEKS),
        ("", "2025-02-23", MONDAY, 3),
        ("2025-03-03", "2025-03-24", date(2025, 3, 3), 4),
        ("2025-03-03", "2027-01-01", date(2025, 3, 3), WINDOW_WEEKS),
        ("2025-03-03", "2025-02-01", date(2025, 2, 3), 5),
    ],
    ids=["no dates", "a Monday", "a Tuesday", "past", "only a latest", "both", "a long window", "the wrong way round"],
)
def test_launch_weeks(workspace: Workspace, load: Load, earliest: str, latest: str, first: date, count: int) -> None:
    load(SALES)
    load(f"item_id,title,earliest_launch,latest_launch\nN1,Mug,{earliest},{latest}\n", "new_items")
    assert weeks(workspace) == {"N1": [first + timedelta(weeks=week) for week in range(count)]}


def test_dates_may_be_blank_for_some_items_only(workspace: Workspace, load: Load) -> None:
    load(SALES)
    load("item_id,title,earliest_launch\nN1,Mug,\nN2,Cup,2025-03-03\n", "new_items")
    found = weeks(workspace)
    assert found["N1"][0] == MONDAY
    assert found["N2"][0] == date(2025, 3, 3)


@pytest.mark.parametrize(
    ("cells", "price", "cost", "assumed"),
    [
        ("6,2,,", 6, 2, ""),
        ("6,,,", 6, 3, "cost (half of the price)"),
        (",2,5,7", 6, 2, "price (middle of its range)"),
        (",,,", 6, 3, "price (the shop's median), cost (half of the price)"),
        (",2,5,", 5, 2, "price (middle of its range)"),
    ],
)
def test_what_is_missing_is_filled_in_and_said(
    workspace: Workspace, load: Load, cells: str, price: float, cost: float, assumed: str
) -> None:
    load(SALES)
    load(f"item_id,title,price,cost,price_min,price_max\nN1,Mug,{cells}\n", "new_items")
    row = new_items.read(workspace.cursor(), history.read(workspace.cursor())).items.iloc[0]
    assert (row["price"], row["cost"], row["assumed"]) == (price, cost, assumed)


def test_the_shops_own_share_of_cost_is_used_where_it_is_known(workspace: Workspace, load: Load) -> None:
    load(SALES)
    load("sku,title,price,cost\nA,Mug,10,3\nC,Cup,20,6\n", "products")
    load("item_id,title,price\nN1,Vase,8\n", "new_items")
    row = new_items.read(workspace.cursor(), history.read(workspace.cursor())).items.iloc[0]
    assert row["cost"] == pytest.approx(2.4)
    assert row["assumed"] == "cost (the shop's usual share)"


def test_of_an_item_in_two_sheets_the_latest_row_counts(workspace: Workspace, load: Load) -> None:
    load(SALES)
    load("item_id,title\nN1,Old name\nN2,Cup\n", "new_items")
    load("item_id,title\nN1,New name\n", "new_items")
    items = new_items.read(workspace.cursor(), history.read(workspace.cursor())).items
    assert items[["item_id", "title"]].to_numpy().tolist() == [["N1", "New name"], ["N2", "Cup"]]


def test_without_a_sheet_it_is_said(workspace: Workspace, load: Load) -> None:
    load(SALES)
    with pytest.raises(NotReady, match="no new items yet"):
        new_items.check(workspace.cursor())
