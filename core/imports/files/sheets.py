"""Workbooks (.xlsx, .xls, .ods): each sheet with cells becomes a CSV, numbers and dates as plain text."""

import csv
import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import python_calamine as calamine

from core.errors import BadFile
from core.imports.files.arrive import own_path
from core.imports.files.kinds import shown_name
from core.imports.files.unpack import DAMAGED, Allowance, opened_zip

__all__ = ["Sheet", "sheets"]

LARGEST = 2 << 30  # bytes unpacked
LONGEST_TAG = 1 << 12  # bytes of a tag that is cut by the border of two chunks
MOST_CELLS = 40_000_000  # of a sheet's rectangle: the library holds all of it, blanks too
BAD = (calamine.CalamineError, OSError, ValueError)
ADVICE = "Open it in your spreadsheet and save it anew, or save the sheet as CSV (UTF-8)."
Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


@dataclass(frozen=True)
class Sheet:
    """A sheet as CSV below `incoming/`."""

    title: str
    shown: str
    path: Path
    width: int
    """Cells of its widest row: a row ends with its last cell that is filled."""


def sheets(path: Path, name: str, folder: Path) -> Iterator[Sheet]:
    """The sheets that have cells, one by one; each CSV is there until the next is asked for. Raises BadFile."""
    if zipfile.is_zipfile(path):
        _refuse_bomb(path, name)
    with _workbook(path, name) as book:
        for title in book.sheet_names:
            sheet = _sheet(book, title, name)
            if sheet.start is None:
                continue
            shown, copy = f"{name} › {shown_name(title)}", own_path(folder, "csv")
            try:
                yield Sheet(title, shown, copy, _write(sheet, copy, shown))
            finally:
                copy.unlink(missing_ok=True)


@contextmanager
def _workbook(path: Path, name: str) -> Iterator[calamine.CalamineWorkbook]:
    try:
        book = calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError as error:
        raise BadFile(f"{name} is locked with a password. Save it without one, or save the sheet as CSV.") from error
    except BAD as error:
        raise BadFile(f"{name} is no workbook that can be read, or it is damaged. {ADVICE}") from error
    with book:
        yield book


def _sheet(book: calamine.CalamineWorkbook, title: str, name: str) -> calamine.CalamineSheet:
    try:
        return book.get_sheet_by_name(title)
    except BAD as error:
        raise BadFile(f"{name}: the sheet {shown_name(title)} is damaged. {ADVICE}") from error


def _write(sheet: calamine.CalamineSheet, path: Path, name: str) -> int:
    """Write a sheet as CSV; the number of cells of its widest row."""
    width = 0
    try:
        with path.open("w", encoding="utf-8", errors="replace", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            for row in sheet.iter_rows():
                cells = _cells(row)
                width = max(width, len(cells))
                writer.writerow(cells)
    except BAD as error:
        raise BadFile(f"{name} is damaged. {ADVICE}") from error
    return width


def _cells(row: list[Cell]) -> list[str]:
    """A row as text, less the blank cells at its end."""
    if row.count("") == len(row):
        return []
    cells = [_text(cell) for cell in row]
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _text(cell: Cell) -> str:
    """A cell as a CSV has it: dates as ISO, whole numbers without a fraction."""
    if isinstance(cell, str):
        return cell.replace("\x00", "")
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return str(cell)


def _refuse_bomb(path: Path, name: str) -> None:
    """Unpack once without keeping anything: a sheet may claim to be small and be huge, in bytes or in cells."""
    allowance = Allowance(path.stat().st_size, name, LARGEST)
    with opened_zip(path, name) as archive:
        for one in archive.infolist():
            reach = _reach_of(one.filename)
            try:
                with archive.open(one) as stream:
                    while chunk := stream.read(1 << 20):
                        allowance.use(len(chunk))
                        reach.see(chunk)
            except DAMAGED as error:
                raise BadFile(f"{name} is damaged or locked with a password. {ADVICE}") from error
            if reach.rows * reach.columns > MOST_CELLS:
                raise BadFile(
                    f"{name}: a sheet reaches over {reach.rows:,} rows and {reach.columns:,} columns. Delete the stray "
                    "cells far from the table, or save the sheet as CSV (UTF-8)."
                )


def _reach_of(member: str) -> "_Reach":
    if member == "content.xml":
        return _OpenReach()
    return _ExcelReach() if "sheet" in member else _Reach()


class _Reach:
    """How far the cells of a sheet reach, read off its XML as it passes by: the library holds the rectangle."""

    rows = columns = 0

    def see(self, chunk: bytes) -> None:
        """Look at the next bytes."""


class _ExcelReach(_Reach):
    """Each cell has its address."""

    CELL = re.compile(rb"<(?:\w+:)?(?:c|row)\s[^<>]*?\br\s*=\s*[\"']([A-Za-z]{0,3})(\d{1,7})")

    def __init__(self) -> None:
        self._tail = b""

    def see(self, chunk: bytes) -> None:
        data = self._tail + chunk
        found = self.CELL.findall(data)
        self.columns = max(self.columns, *(_column(letters) for letters in {letters for letters, _ in found}), 0)
        self.rows = max(self.rows, *map(int, {row for _, row in found}), 0)
        self._tail = data[data.rfind(b"<") :][:LONGEST_TAG]


class _OpenReach(_Reach):
    """Cells and rows stand in order and say how often they are repeated; blank ones at the end do not count."""

    TAG = re.compile(rb"<(?:[\w.-]+:)?(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<>]*)>")
    REPEATED = re.compile(rb"repeated\s*=\s*[\"'](\d{1,9})")

    def __init__(self) -> None:
        self._tail = b""
        self._row = self._repeat = self._column = 0

    def see(self, chunk: bytes) -> None:
        data = self._tail + chunk
        for tag, rest in self.TAG.findall(data):
            repeated = self.REPEATED.search(rest)
            self._step(tag, int(repeated[1]) if repeated else 1, filled=not rest.endswith(b"/"))
        self._tail = data[data.rfind(b"<") :][:LONGEST_TAG]

    def _step(self, tag: bytes, times: int, filled: bool) -> None:
        if tag == b"table":
            self._row = self._repeat = self._column = 0
        elif tag == b"table-row":
            self._row, self._repeat, self._column = self._row + self._repeat, times, 0
        else:
            self._column += times
            if filled:
                self.rows = max(self.rows, self._row + self._repeat)
                self.columns = max(self.columns, self._column)


def _column(letters: bytes) -> int:
    """Number of a column by its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
