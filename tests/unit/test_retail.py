"""Two years of a real gift shop, as exported, mess included."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core import history, imports
from core.history import History
from core.imports import Report
from core.workspace import Workspace

pytestmark = pytest.mark.shared
ROWS = 788_359


@pytest.fixture(scope="module")
def loaded(retail: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Report]]:
    with Workspace(tmp_path_factory.mktemp("retail")) as workspace:
        (staged,) = imports.stage(workspace, retail.name, retail)
        (report,) = imports.load(workspace, staged, imports.recognise(workspace, staged))
        yield workspace, report


@pytest.fixture(scope="module")
def past(loaded: tuple[Workspace, Report]) -> History:
    return history.read(loaded[0].cursor())


def test_every_row_is_loaded_or_set_aside_with_a_reason(loaded: tuple[Workspace, Report]) -> None:
    workspace, report = loaded
    assert report.table == "sales"
    assert report.rows_in == ROWS
    assert report.rows_loaded + sum(report.set_aside.values()) == ROWS
    assert set(report.set_aside) == {
        "no product: postage, fees, vouchers, adjustments",
        "no price: gift, sample or stock adjustment",
        "a price that cannot be the item's",  # among them a car flag for 1,157 and for 868 pounds
    }
    assert 0 < report.set_aside["a price that cannot be the item's"] < 20
    kept = workspace.cursor().execute("SELECT count(*), count(DISTINCT file_row) FROM sales").fetchone()
    assert kept == (report.rows_loaded, report.rows_loaded)
    assert len(imports.set_aside_rows(workspace.cursor(), report.batch_id)) == ROWS - report.rows_loaded


def test_no_service_code_is_an_item(past: History) -> None:
    codes = set(past.items["product_id"].str.upper())
    assert codes.isdisjoint({"POST", "DOT", "D", "M", "S", "C2", "CRUK", "PADS", "BANK CHARGES", "AMAZONFEE"})


def test_the_days_of_the_file_are_the_days_of_the_history(past: History) -> None:
    assert (past.start, past.end) == (date(2009, 12, 1), date(2011, 7, 31))


def test_an_order_of_74215_that_was_cancelled_is_no_sale(loaded: tuple[Workspace, Report], past: History) -> None:
    ordered = loaded[0].cursor().execute("SELECT product_id, date FROM sales WHERE units = 74215").fetchall()
    assert len(ordered) == 1
    code, day = ordered[0]
    row = past.items["product_id"].tolist().index(code)
    assert abs(past.units[row, past.day(day)]) < 500


def test_items_have_a_title_a_price_and_a_first_sale(past: History) -> None:
    assert len(past.items) > 4000
    assert past.items["title"].str.strip().ne("").all()
    assert (past.items["price"] > 0).mean() > 0.99
    assert past.items["launch"].between(0, past.days - 1).all()
    assert len(past.launches(8)) > 1000
