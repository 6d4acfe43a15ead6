"""What a new item takes from those on sale, in money; and the fits that are kept on disk."""

import numpy as np
import pandas as pd
import pytest

from core.errors import NotReady
from core.outlook import Outlook
from core.prices import around, fitted, taken
from core.prices.substitutes import Crossed
from core.workspace import Workspace
from tests.conftest import Files, fill, load_into
from tests.price_samples import answer

WEEK = pd.Timestamp("2025-02-03")
KNOWN = pd.DataFrame(
    {"product_id": ["P1", "P2"], "title": ["Red mug", "Blue mug"], "text": ["Red mug", "Blue mug"], "group": "Mugs"}
).assign(rate=10.0, nearness=0.5, last=0.0)


def known(mean: float = 80.0) -> Outlook:
    """One item, like two on sale."""
    sheet = pd.DataFrame({"item_id": ["A"], "title": ["Mug"], "text": ["A mug"], "category": [None]})
    rows = [("A", WEEK, 0, 1.0, 2.0, 3.0, mean)]
    forecast = pd.DataFrame(rows, columns=["item_id", "launch_week", "week", "p10", "p50", "p90", "mean"])
    like = pd.DataFrame({"item_id": "A", "product_id": ["P1", "P2"], "similarity": [0.9, 0.6], "weight": 0.5})
    return Outlook("key", 8, sheet, forecast, like, pd.DataFrame())


def crossed(effect: float = 0.3) -> Crossed:
    return Crossed(np.full(200, effect), 10, KNOWN)


def test_the_margin_lost_is_that_of_what_is_taken() -> None:
    earned = pd.Series({"P1": 4.0, "P2": 4.0})
    found = taken.taken(known(), {"A": answer(-2.5, 0.3)}, crossed(), earned)["A"]
    assert 0 < found.of.low <= found.of.share <= found.of.high < 1
    assert found.loss == pytest.approx((found.of.low * 4, found.of.share * 4, found.of.high * 4))


def test_items_on_sale_that_earn_nothing_or_are_unknown_cost_nothing() -> None:
    for earned in (pd.Series({"P1": -3.0, "P2": 0.0}), pd.Series(dtype=float)):
        assert taken.taken(known(), {"A": answer()}, crossed(), earned)["A"].loss == (0.0, 0.0, 0.0)


def test_nothing_is_taken_where_nobody_switches_or_nothing_sells() -> None:
    assert taken.taken(known(), {"A": answer()}, crossed(0.0), pd.Series(dtype=float)) == {}
    assert taken.taken(known(mean=0.0), {"A": answer()}, crossed(), pd.Series(dtype=float)) == {}
    assert taken.taken(known(), {}, crossed(), pd.Series(dtype=float)) == {}


def test_margins_of_a_shop_with_and_without_costs(workspace: Workspace) -> None:
    load_into(workspace, "product_id,title,list_price,cost\nA,Mug,10,4\nB,Cup,8,\n", "products")
    load_into(workspace, "date,product_id,units,unit_price\n2025-01-01,A,1,9\n2025-01-02,C,2,6\n", "sales")
    found = taken.margins(workspace.cursor(), 0.5)
    assert found.to_dict() == pytest.approx({"A": 6.0, "B": 4.0, "C": 3.0})


def test_an_item_listed_at_nothing_has_the_price_that_is_paid(workspace: Workspace) -> None:
    load_into(workspace, "product_id,title,list_price,cost\nA,Mug,0,4\nB,Cup,0,\n", "products")
    load_into(workspace, "date,product_id,units,unit_price\n2025-01-01,A,1,9\n", "sales")
    assert around.on_sale(workspace.cursor())["price"].tolist() == [9.0]  # of the other no price is known
    assert taken.margins(workspace.cursor(), 0.5).to_dict() == pytest.approx({"A": 5.0})


def test_a_fit_is_kept_until_what_it_is_made_of_changes(workspace: Workspace, small_files: Files) -> None:
    with pytest.raises(NotReady):
        fitted.responses(workspace)
    fill(workspace, small_files)
    notes: list[str] = []
    first = fitted.responses(workspace, notes.append)
    load_into(workspace, "item_id,title\nN-1,Fox mug\n", "new_items", "more.csv")
    again, cross = fitted.responses(workspace, notes.append), fitted.crossed(workspace, notes.append)
    assert len(notes) == 1
    assert again.items["elasticity"].tolist() == first.items["elasticity"].tolist()
    assert (cross.draws >= 0).all() and set(cross.known["product_id"]) <= set(again.items["product_id"])
    load_into(workspace, "date,product_id,units,unit_price\n2024-12-31,P-001,1,9\n", "sales", "late.csv")
    fitted.responses(workspace, notes.append)
    assert len(notes) == 2
