"""A plan that comes back: unchanged it asks for nothing, changed for what was changed, spoilt for a mending."""

import io
from dataclasses import replace
from datetime import date
from importlib import import_module

import pandas as pd
import pytest

from core import scenarios, sheets
from core.errors import BadFile, DebutError
from core.plans.overrides import Override
from core.workspace import Workspace
from tests import plans
from tests.plans import Planned

COLUMNS = ["item_id", "title", "launch", "launch_week", "price", "ad_spend", "opening_stock", "override_reason"]


def edited(**cells: dict[str, object]) -> pd.DataFrame:
    """The plan as text, with cells of items changed: column to item to cell."""
    frame = pd.read_csv(io.BytesIO(sheets.plan_csv(plans.table())), dtype=str).fillna("")[COLUMNS].set_index("item_id")
    for name, of in cells.items():
        for item, value in of.items():
            frame.loc[item, name] = value
    return frame.reset_index()


def load(workspace: Workspace, frame: pd.DataFrame | bytes, name: str = "plan.csv") -> sheets.Loaded:
    data = frame if isinstance(frame, bytes) else frame.to_csv(index=False).encode()
    return sheets.load(workspace, name, data, plans.plan())  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_plan_that_nobody_changed_changes_nothing(workspace: Workspace, kind: str) -> None:
    planned = plans.plan()
    whole = {"csv": sheets.plan_csv(planned.table), "xlsx": sheets.workbook(planned, plans.outlook())}[kind]  # type: ignore[arg-type]
    found = load(workspace, whole, f"plan.{kind}")
    assert (found.overrides, found.notes, found.rows) == ((), (), 6)
    assert list(workspace.incoming.iterdir()) == []


def test_what_was_changed_becomes_overrides_with_their_reasons(workspace: Workspace) -> None:
    changed = edited(
        launch={"N-2": "no", "N-4": "YES"},
        launch_week={"N-1": "2026-01-19"},
        price={"N-1": "11.25", "N-5": "3"},
        ad_spend={"N-3": "15"},
        opening_stock={"N-1": "24"},
        override_reason={"N-1": "trade fair"},
    )
    found = load(workspace, changed).overrides
    assert found == (
        Override("N-1", None, date(2026, 1, 19), 11.25, None, 24, "trade fair (loaded from plan.csv)"),
        Override("N-2", False, reason="loaded from plan.csv"),
        Override("N-3", ad_spend=15.0, reason="the buyer wants it (loaded from plan.csv)"),
        Override("N-4", True, reason="loaded from plan.csv"),
    )  # N-5 is not launched: its price decides nothing


def test_a_loaded_plan_goes_into_a_scenario(workspace: Workspace) -> None:
    found = load(workspace, edited(price={"N-1": "11.25"}))
    scenarios.override(workspace, scenarios.FIRST, found.overrides, "Ann")
    (fixed,) = scenarios.get(workspace.cursor()).overrides
    assert (fixed.item_id, fixed.price, fixed.who, fixed.reason) == ("N-1", 11.25, "Ann", "loaded from plan.csv")


def test_a_workbook_that_was_edited_and_saved_is_read(workspace: Workspace) -> None:
    planned = plans.plan()
    table = planned.table.copy()
    table.loc[0, ["price", "opening_stock"]] = [9.5, 36]
    table.loc[1, "launch_week"] = pd.Timestamp("2026-02-02")
    other = Planned(planned.wishes, table, planned.totals, planned.channels)
    found = load(workspace, sheets.workbook(other, plans.outlook()), "book.xlsx").overrides  # type: ignore[arg-type]
    assert [(one.item_id, one.price, one.stock, one.week) for one in found] == [
        ("N-1", 9.5, 36, None), ("N-2", None, None, date(2026, 2, 2)),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
def test_a_spreadsheet_with_semicolons_commas_and_dots_is_read(workspace: Workspace, encoding: str) -> None:
    frame = edited(price={"N-1": "1.011,25"}, launch={"N-4": "ja"}, override_reason={"N-1": "für März"})
    frame["launch_week"] = [f"{day[8:]}.{day[5:7]}.{day[:4]}" for day in frame["launch_week"]]
    frame.loc[frame["item_id"] != "N-1", "price"] = frame["price"].str.replace(".", ",")
    frame["ad_spend"] = frame["ad_spend"].str.replace(".", ",")
    found = load(workspace, frame.to_csv(index=False, sep=";").encode(encoding))
    assert [(one.item_id, one.price, one.launch) for one in found.overrides] == [
        ("N-1", 1011.25, None),
        ("N-4", None, True),
    ]
    assert found.overrides[0].reason == "für März (loaded from plan.csv)"
    assert any("comma" in note for note in found.notes)


def test_columns_may_be_missing_in_another_order_and_spelt_as_people_do(workspace: Workspace) -> None:
    frame = edited(price={"N-2": "13"})[["price", "title", "item_id"]].set_axis(["Price ", "Name", "Item ID"], axis=1)
    assert load(workspace, frame).overrides == (Override("N-2", price=13.0, reason="loaded from plan.csv"),)


def test_items_that_are_not_in_the_plan_are_left_out_and_said(workspace: Workspace) -> None:
    frame = edited(price={"N-1": "11"}, item_id={}).replace({"item_id": {"N-2": "Z-9"}})
    found = load(workspace, frame)
    assert [one.item_id for one in found.overrides] == ["N-1"] and found.rows == 5
    assert "Z-9" in " ".join(found.notes) and "1 items of the plan are not in the file" in " ".join(found.notes)


def test_codes_that_a_spreadsheet_has_shortened_are_found_again(workspace: Workspace) -> None:
    table = plans.table().assign(item_id=["0012", "012", "007", "=A", "x", "Y"])
    planned = plans.plan(frame=table)
    frame = pd.DataFrame(
        {"item_id": ["7", "12", "'=A", "y"], "price": [31, 99, 81, 6], "launch": ["yes", "yes", "yes", "yes"]}
    )
    found = sheets.load(workspace, "plan.csv", frame.to_csv(index=False).encode(), planned)  # type: ignore[arg-type]
    assert [one.item_id for one in found.overrides] == ["007", "=A", "Y"]
    assert "12" in found.notes[0]  # two items could be meant


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"price": {"N-1": "cheap"}}, "row 2, price: “cheap” is not an amount"),
        ({"launch_week": {"N-2": "soon"}}, "row 3, launch_week: “soon” is not a date"),
        ({"launch_week": {"N-2": "2026-02-30"}}, "row 3, launch_week"),
        ({"launch_week": {"N-2": "2026-01-20"}}, "no Monday"),
        ({"opening_stock": {"N-3": "2.5"}}, "row 4, opening_stock: “2.5” is not a whole number"),
        ({"opening_stock": {"N-3": "-5"}}, "no stock"),
        ({"price": {"N-1": "0"}}, "no price"),
        ({"price": {"N-1": "1e300"}}, "price"),
        ({"launch": {"N-1": "maybe"}}, "row 2: launch is “maybe”; write yes or no"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(workspace: Workspace, cells: dict, words: str) -> None:
    with pytest.raises(BadFile) as error:
        load(workspace, edited(**cells))
    assert words in error.value.message and "plan.csv" in error.value.message
    assert list(workspace.incoming.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"title,price\nFox mug,3\n", "no column item_id"),
        (b"item_id,title\nN-1,Fox mug\n", "decides nothing"),
        (b"item_id,price\n", "no|empty"),
        (b"item_id,price\n,3\n", "names no item"),
        (b"item_id,price\nZ-1,3\nZ-2,4\n", "none of the items"),
        (b"item_id,price\nN-1,3\nN-1,4\n", "more than once"),
        (b"item_id,price\nN-1,\"3\n", "quote"),
        (b"PK\x03\x04 not a workbook", "."),
        (b"\x00\x01\x02\x03" * 50, "."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_plan_is_refused_with_what_to_do(workspace: Workspace, content: bytes, words: str) -> None:
    with pytest.raises(DebutError, match=words):
        load(workspace, content)
    assert list(workspace.incoming.iterdir()) == []


def test_a_file_beyond_all_measure_is_not_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("core.sheets.load"), "BIGGEST", 10)
    with pytest.raises(BadFile, match="is read"):
        load(workspace, edited())


def test_cells_are_never_taken_for_sql(workspace: Workspace) -> None:
    frame = edited(override_reason={"N-1": "'; DROP TABLE settings; --"}, price={"N-1": "11"})
    frame = frame.rename(columns={"title": "na\"me'); DROP TABLE settings; --"})
    assert "DROP TABLE settings" in load(workspace, frame).overrides[0].reason
    assert workspace.cursor().execute("SELECT count(*) FROM settings").fetchone() == (0,)


@pytest.mark.parametrize("written", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y"])
@pytest.mark.parametrize("monday", ["2026-01-05", "2026-06-01", "2026-10-05"])
def test_dates_that_may_be_of_two_orders_are_read_as_weeks_of_the_plan(
    workspace: Workspace, written: str, monday: str
) -> None:
    """All launches in one week, so that nothing else in the file tells day from month."""
    table = plans.table().assign(launch_week=pd.Timestamp(monday))
    planned = replace(plans.plan(), table=table)
    text = pd.read_csv(io.BytesIO(sheets.plan_csv(table)), dtype=str)[COLUMNS].fillna("")
    text["launch_week"] = pd.Timestamp(monday).strftime(written)
    data = text.to_csv(index=False).encode()
    assert sheets.load(workspace, "plan.csv", data, planned).overrides == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_odd_codes_and_thousandths_come_back_as_they_went(workspace: Workspace, kind: str) -> None:
    codes = ["=A1", "-5", "+x", "007", "@z", "0 1"]
    table = plans.table().assign(item_id=codes)
    table["price"] += 0.125
    planned = replace(plans.plan(), table=table)
    outlook = replace(plans.outlook(), items=plans.outlook().items.assign(item_id=codes))
    whole = {"csv": sheets.plan_csv(table), "xlsx": sheets.workbook(planned, outlook)}[kind]  # type: ignore[arg-type]
    found = sheets.load(workspace, f"plan.{kind}", whole, planned)  # type: ignore[arg-type]
    assert (found.overrides, found.notes, found.rows) == ((), (), 6)
