"""The Data page after loading: what was set aside and brings itself back, originals, undo, and the rules for people."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import imports, shell
from tests.ui.conftest import Start
from tests.ui.importing import choose, load, loaded, upload
from tests.ui.reading import download, ending, labelled, said, table

SALES = (
    "date,sku,qty,price,customer_id,title\n2025-01-30,A-1,2,5,ann@example.com,Fox mug\n"
    "2025-01-31,A-2,1,5,C2,Owl mug\n2025-01-31,POSTAGE,1,3,C2,Postage\n2025-01-31,A-3,many,5,C3,Cat mug\n"
)
SERVICE = "no product: postage, fees, vouchers, adjustments"


@pytest.fixture
def data(start: Start) -> AppTest:
    return start("data", shop="My shop")


@pytest.fixture
def imported(data: AppTest) -> AppTest:
    """Four rows of which two were set aside, ticked in the list."""
    return choose(load(upload(data, SALES)), 0)


def counts(at: AppTest) -> tuple[int, int]:
    row = table(at, "Imports").iloc[0]
    return row["rows_loaded"], row["rows_set_aside"]


def test_reasons_and_rows_that_were_set_aside_are_listed(imported: AppTest):
    assert counts(imported) == (2, 2)
    reasons = table(imported, "Reasons why rows were set aside").set_index("Reason")["Rows"].to_dict()
    assert reasons == {SERVICE: 1, "units: is not a whole number": 1}
    rows = table(imported, "Rows that were set aside")
    assert rows["file_row"].tolist() == [4, 5]
    assert rows["qty"].tolist() == ["1", "many"]  # as they stood in the file
    assert not download(imported, "download_aside").proto.disabled


def test_rows_are_brought_back_by_their_reason(imported: AppTest):
    imported.selectbox(key="reason").select(SERVICE).run()
    imported.button(key="bring_back").click().run()
    assert not imported.exception
    assert counts(imported) == (3, 1)


def test_rows_that_cannot_be_brought_back_say_why(imported: AppTest):
    imported.selectbox(key="reason").select("units: is not a whole number").run()
    imported.button(key="bring_back").click().run()
    assert "a cell that is needed cannot be read" in said(imported)
    assert counts(imported) == (2, 2)


def test_original_is_kept_if_wanted_and_gone_after_undo(data: AppTest):
    upload(data, SALES)
    ending(data.checkbox, "_keep").check().run()
    choose(load(data), 0)
    shop = shell.own_workspace()
    (kept,) = shop.originals.iterdir()
    assert kept.read_bytes() == SALES.encode()
    assert download(data, "download_original").label == "Download the file as it was"
    imports.undo(shop, int(table(data, "Imports")["batch_id"][0]))
    assert not list(shop.originals.iterdir())
    data.run()
    assert loaded(data) == 0


def test_original_is_not_kept_unasked(imported: AppTest):
    assert not list(shell.own_workspace().originals.glob("*"))
    assert "download_original" not in [button.key for button in imported.get("download_button")]


def test_people_are_kept_out_unless_the_shop_says_otherwise(data: AppTest):
    privacy = data.toggle(key="privacy")
    assert privacy.value
    privacy.set_value(False).run()
    load(upload(data, SALES))
    assert "ann@example.com" in customers()


def test_privacy_stays_while_customers_are_loaded_and_says_why(imported: AppTest):
    assert all(one.startswith("c_") for one in customers())
    imported.toggle(key="privacy").set_value(False).run()
    assert not imported.exception
    assert "as keyed hashes" in said(imported) and "Undo such imports first" in said(imported)
    assert imported.toggle(key="privacy").value
    imported.run()
    assert "Undo such imports first" not in said(imported)  # said once


def test_sample_shop_of_another_folder_cannot_be_undone(start: Start, home: Path, monkeypatch):
    """The grocery shop is made once: what it is made of stays, and only sheets tried on it leave."""
    monkeypatch.setattr("core.journey.journey_folder", lambda: home)
    at = load(upload(start("data", shop="My shop"), SALES))
    assert labelled(choose(at, 0).button, "Undo this import").disabled
    assert at.button(key="bring_back").disabled
    load(upload(at, "item_id,title,earliest_launch\nN-1,Fox mug,2026-01-05\n", "sheet.csv"))
    assert not labelled(choose(at, 0).button, "Undo this import").disabled


def customers() -> set[str]:
    found = shell.own_workspace().cursor().execute("SELECT DISTINCT customer_id FROM sales").fetchall()
    return {row[0] for row in found}
