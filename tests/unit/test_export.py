"""Tables out: CSV that a spreadsheet opens without harm and without loss."""

import csv
import io
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.export import to_csv


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+A1", "-A1+1", "@SUM(A1)", "\t=1+1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0"],
)
def test_no_cell_is_run_as_a_formula(cell: str) -> None:
    ((_, title),) = rows(to_csv(pd.DataFrame({"n": [1], "title": [cell]})))[1:]
    assert title == "'" + cell


@pytest.mark.parametrize("cell", ["\r=1+1", "mug\r=1+1", "mug\n=1+1", "mug\r\n=1+1"])
def test_no_line_break_in_a_cell_starts_a_row_of_its_own(cell: str) -> None:
    ((_, title),) = rows(to_csv(pd.DataFrame({"n": [1], "title": [cell]})))[1:]
    assert "mug" not in cell or title.startswith("mug")
    assert not title.startswith("\r")


def test_no_header_is_run_as_a_formula() -> None:
    """Headers of an export are those of the file that was loaded, so they are a stranger's text too."""
    assert rows(to_csv(pd.DataFrame({"=1+1": ["a"]})))[0] == ["'=1+1"]


@pytest.mark.parametrize("cell", ["a=b", "mug - red", "1+1", "'quoted'", "Größe ☕", 'a "big", red\nmug', ""])
def test_other_text_is_left_as_it_is(cell: str) -> None:
    assert rows(to_csv(pd.DataFrame({"n": [1], "title": [cell]})))[1] == ["1", cell]


def test_a_byte_order_mark_tells_spreadsheets_that_it_is_utf8() -> None:
    content = to_csv(pd.DataFrame({"title": ["Café"]}))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1


def test_negative_numbers_stay_numbers() -> None:
    assert rows(to_csv(pd.DataFrame({"profit": [-12.5], "units": [-3]})))[1] == ["-12.5", "-3"]


def test_dates_are_iso() -> None:
    frame = pd.DataFrame({"week": pd.to_datetime(["2025-03-10", None]), "day": [date(2025, 3, 10), None]})
    assert rows(to_csv(frame))[1:] == [["2025-03-10", "2025-03-10"], ["", ""]]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1234.56789, 0.001], ["1234.57", "0.0"]),
        ([0.123456789, 0.5], ["0.123457", "0.5"]),
        ([987654321.25, 1.0], ["987654321.25", "1.0"]),
        ([np.nan, 2.0], ["", "2.0"]),
        ([np.nan, np.nan], ["", ""]),
    ],
    ids=["money", "shares keep more", "large", "unknown", "all unknown"],
)
def test_floats(values: list[float], expected: list[str]) -> None:
    content = to_csv(pd.DataFrame({"n": [1, 2], "x": values}))
    assert [row[1] for row in rows(content)[1:]] == expected


def test_missing_text_and_truth_values() -> None:
    frame = pd.DataFrame({"title": ["a", None], "ok": [True, False]})
    assert rows(to_csv(frame))[1:] == [["a", "True"], ["", "False"]]


def test_an_empty_table_has_its_header() -> None:
    assert rows(to_csv(pd.DataFrame({"a": [], "b": []}))) == [["a", "b"]]


def test_columns_of_one_name_are_all_there() -> None:
    frame = pd.DataFrame([["x", "=y"]], columns=["reason", "reason"])
    assert rows(to_csv(frame)) == [["reason", "reason"], ["x", "'=y"]]


def test_the_table_that_was_given_is_not_changed() -> None:
    frame = pd.DataFrame({"title": ["=1+1"], "x": [1.23456]})
    before = frame.copy()
    to_csv(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_a_number_stays_one_so_that_a_row_can_be_mended_and_loaded_again() -> None:
    assert rows(to_csv(pd.DataFrame({"units": ["-3", "+1.5"]})))[1:] == [["-3"], ["+1.5"]]
