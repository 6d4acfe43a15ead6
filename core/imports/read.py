"""Reading a file: whatever it is given as is staged as plain UTF-8 CSV, whose first record is the header.

DuckDB's own sniffing is not used: it can take `#` for a comment sign and drop rows without a word.
"""

import csv
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import duckdb
import pandas as pd

from core.errors import BadFile
from core.imports import profile
from core.imports.convert import BLANKS
from core.imports.files import arrive, decode, kinds, layout, parquet, sheets, unpack
from core.imports.files.arrive import Arrived
from core.imports.files.decode import SAMPLE, UTF8, Encoding
from core.imports.files.kinds import NoTable
from core.imports.files.layout import Layout
from core.imports.files.scan import LONGEST_LINE, PIECE, Scan
from core.schema import literal
from core.workspace import Workspace

__all__ = ["Staged", "preview", "stage", "staged_rows", "unreadable"]

BUFFER = 8 << 20

Open = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Staged:
    """A table that was uploaded, unpacked and decoded, ready for DuckDB."""

    path: Path
    """Plain UTF-8 CSV below the workspace's `incoming/` whose first record is the header; or a .parquet."""
    name: str
    """What the user calls it, only ever shown: `orders.csv`, `exports.zip › orders.csv`, `book.xlsx › Sheet1`."""
    sha256: str
    """Hash of the file as it was given; of a member or a sheet, of the file and its name."""
    headers: tuple[str, ...]
    """Header cells as they stand in the file, made unique."""
    delimiter: str
    encoding: str
    """As it is shown: UTF-8, UTF-16, GB18030 (Chinese), Western European, Excel, Parquet."""
    quoted: bool
    """Whether cells stand in quotes; where they do not, a quote is a letter."""
    preamble: tuple[str, ...]
    """Lines that stood above the header; they may hold the period."""
    first_row: int
    """Number in the file of the first record of data, as a spreadsheet counts: 2 below a header in line 1."""
    guarded: bool
    """Whether any cell may be guarded: a leading apostrophe, `="..."`, a TAB at its edge."""
    original: Path | None
    """The file as it was given, below `incoming/`; `path` itself where nothing had to be rewritten."""
    size: int
    """Bytes of the staged file."""
    padded: bool = True
    """Whether any cell may begin or end with a blank."""
    long: bool = True
    """Whether any line may be very long."""
    wrapped: bool = False
    """Whether a quoted cell holds a line break, which excludes reading in parallel."""

    def discard(self) -> None:
        """Remove the staged copies."""
        self.path.unlink(missing_ok=True)
        if self.original:
            self.original.unlink(missing_ok=True)


def stage(workspace: Workspace, name: str, source: Path | bytes, known: frozenset[str] | None = None) -> list[Staged]:
    """Unpack and decode a file into `incoming/`: CSV (plain, .gz, several in a .zip), .xlsx, .xls, .ods, .parquet.

    known: header words, as `headers.normalise` makes them, by which the header is found; else those of the tables
    and of all profiles.
    Raises BadFile where the file is missing, empty, damaged or no table; nothing is then left behind.
    """
    if known is None:
        known = profile.known_words((*profile.own(workspace.cursor()), *profile.shipped()))
    shown = kinds.shown_name(name)
    arrived = arrive.arrive(workspace.incoming, shown, source, known)
    staged: list[Staged] = []
    try:
        staged.extend(_staged_of(workspace, shown, arrived, known))
    except BaseException:
        for one in staged:
            one.discard()
        raise
    finally:
        if all(one.path != arrived.path for one in staged):
            arrived.path.unlink(missing_ok=True)
    return staged


def staged_rows(staged: Staged, *, as_written: bool = False) -> tuple[str, list[object]]:
    """SQL of the staged rows, all text, columns `c0, c1, ...`, and its parameters.

    as_written: keep the words by which exports say that there is nothing, which are NULL otherwise.
    """
    if staged.path.suffix == ".parquet":
        return parquet.rows(len(staged.headers)), [str(staged.path)]
    names = [f"c{at}" for at in range(len(staged.headers))]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    blanks = [""] if as_written else BLANKS
    # Buffers of a size that gives every core some of a file; each must hold the longest record.
    short = not staged.long and not staged.wrapped
    sizes = (
        f"max_line_size = {4 * PIECE if short else LONGEST_LINE}, buffer_size = {BUFFER if short else 2 * LONGEST_LINE}"
    )
    nothing = ", ".join(map(literal, blanks))
    sql = (
        f"(FROM read_csv(?, auto_detect = false, header = true, delim = ?, quote = ?, escape = ?, comment = '', "
        f"nullstr = [{nothing}], "
        f"columns = {{{columns}}}, null_padding = true, {sizes}, parallel = ?))"
    )
    # Padding short rows excludes parallel reading where a cell holds a line break.
    quote = '"' if staged.quoted else ""
    return sql, [str(staged.path), staged.delimiter, quote, quote, not staged.wrapped]


def preview(workspace: Workspace, staged: Staged, rows: int = 5) -> pd.DataFrame:
    """The first rows as text under the file's own headers."""
    sql, parameters = staged_rows(staged, as_written=True)
    try:
        frame = workspace.cursor().execute(f"SELECT * FROM {sql} LIMIT {int(rows)}", parameters).df()
    except duckdb.Error as error:
        raise unreadable(error, staged) from error
    return frame.set_axis(list(staged.headers), axis=1)


def unreadable(error: duckdb.Error, staged: Staged) -> BadFile:
    """The person's words for a file that DuckDB cannot parse."""
    text = str(error)
    line = re.search(r"[Ll]ine:?\s+(\d+)", text)
    found = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    where = f", row {int(line[1]) + staged.first_row - 2}" if line else ""
    if found:
        what = f"the header has {found[1]} columns but this row has {found[2]}. Is a quote or delimiter missing?"
    elif "quote" in text.lower():
        what = "a quote is opened and never closed."
    else:
        what = "the row cannot be read as CSV."
    return BadFile(f"{staged.name}{where}: {what} Mend that row, or export the file again.")


@dataclass(frozen=True)
class _Part:
    """A text inside a file: the whole of it, what a .gz unpacks to, a member of a .zip, a sheet of a workbook."""

    shown: str
    key: str
    """Its name within the file; blank where it is the file."""
    open: Open
    encoding: str | None = None
    """What is shown instead of the encoding of its text."""
    width: int = 0
    """Cells of its widest row, where that is known."""


def _staged_of(workspace: Workspace, shown: str, arrived: Arrived, known: frozenset[str] | None) -> Iterator[Staged]:
    if arrived.kind == kinds.PARQUET:
        yield _parquet(workspace, shown, arrived)
    elif arrived.layout and arrived.scan and not arrived.layout.above and arrived.scan.as_it_is:
        whole = _Part(shown, "", lambda: arrived.path.open("rb"))
        yield _staged(whole, arrived, arrived.path, arrived.layout, arrived.scan, UTF8)
    else:
        yield from _some(_parts(workspace.incoming, shown, arrived), arrived, workspace.incoming, known)


def _parts(folder: Path, shown: str, arrived: Arrived) -> Iterator[_Part]:
    path = arrived.path
    if arrived.kind == kinds.TEXT:
        yield _Part(shown, "", lambda: path.open("rb"))
    elif arrived.kind == kinds.GZIP:
        yield _Part(shown, "", lambda: unpack.gunzip(path, shown))
    elif arrived.kind == kinds.WORKBOOK or unpack.is_workbook(path, shown):
        for sheet in sheets.sheets(path, shown, folder):
            yield _Part(sheet.shown, sheet.title, partial(_open, sheet.path), "Excel", sheet.width)
    else:
        with unpack.opened_zip(path, shown) as archive:
            for member in unpack.members(archive, path, shown):
                yield _Part(member.shown, member.name, member.open)


def _some(parts: Iterator[_Part], arrived: Arrived, folder: Path, known: frozenset[str] | None) -> Iterator[Staged]:
    """The parts that are tables. Raises BadFile where none is: notes beside tables are passed over."""
    passed_over: NoTable | None = None
    found = False
    for part in parts:
        try:
            yield _read(part, arrived, folder, known)
            found = True
        except NoTable as error:
            passed_over = passed_over or error
    if not found:
        raise passed_over or BadFile(f"{arrived.name} has no cells. Export it again, with a header and rows.")


def _read(part: _Part, arrived: Arrived, folder: Path, known: frozenset[str] | None) -> Staged:
    with closing(part.open()) as stream:
        first = stream.read(SAMPLE)
    if kinds.kind_of(first, part.shown) != kinds.TEXT:
        raise BadFile(f"{part.shown} is not a CSV but a binary file, packed twice. Unpack it and load what is inside.")
    encoding = decode.encoding_of(first, part.shown)
    path = arrive.own_path(folder, "csv")
    try:
        try:
            return _rewritten(part, arrived, path, first, encoding or _legacy(part), known)
        except decode.NotUtf8:
            return _rewritten(part, arrived, path, first, _legacy(part), known)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _legacy(part: _Part) -> Encoding:
    with closing(part.open()) as stream:
        return decode.legacy(stream)


def _rewritten(
    part: _Part, arrived: Arrived, path: Path, first: bytes, encoding: Encoding, known: frozenset[str] | None
) -> Staged:
    found = layout.find(decode.text_of(first, encoding), part.shown, known)
    for mend in (False, True):
        scan = Scan(found.delimiter, part.shown)
        with closing(part.open()) as stream:
            decode.rewrite(stream, encoding, path, found.above, scan, found.delimiter if mend else "")
        if scan.as_it_is:
            break
    return _staged(part, arrived, path, found, scan, encoding)


def _staged(part: _Part, arrived: Arrived, path: Path, found: Layout, scan: Scan, encoding: Encoding) -> Staged:
    odd = scan.loose or scan.quotes % 2 > 0
    bare = odd and found.delimiter == "\t"  # marketplaces write TAB files without quoting: 12" is twelve inches
    if odd and not bare:
        _refuse_open_quote(path, found, part.shown)
    return Staged(
        path=path,
        name=part.shown,
        sha256=hashlib.sha256(f"{arrived.sha256} {part.key}".encode()).hexdigest() if part.key else arrived.sha256,
        headers=layout.widened(found.headers, part.width),
        delimiter=found.delimiter,
        encoding=part.encoding or encoding.shown,
        quoted=scan.quotes > 0 and not bare,
        preamble=found.preamble,
        first_row=found.first_row,
        guarded=scan.guarded,
        padded=scan.padded,
        long=scan.long,
        original=path if path == arrived.path else _linked(arrived.path),
        size=scan.size,
        wrapped=odd or scan.wrapped,
    )


def _parquet(workspace: Workspace, shown: str, arrived: Arrived) -> Staged:
    path, size = arrived.path, arrived.path.stat().st_size
    headers = parquet.headers(workspace.cursor(), path, shown)
    return Staged(path, shown, arrived.sha256, headers, ",", "Parquet", False, (), 2, True, path, size)


def _linked(path: Path) -> Path:
    """A second name for a file of ours, so that each table of a workbook can be discarded by itself."""
    other = arrive.own_path(path.parent, "original")
    try:
        os.link(path, other)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, other)
    return other


def _refuse_open_quote(path: Path, found: Layout, name: str) -> None:
    """DuckDB drops what follows an unclosed quote without a word, so quotes that do not add up are looked into."""
    start = found.first_row - 1
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=found.delimiter, strict=True)
        try:
            for _ in rows:
                start = rows.line_num + found.first_row - 1
        except csv.Error as error:
            raise BadFile(f"{name}, row {start}: a quote is opened and never closed. Mend that row.") from error
