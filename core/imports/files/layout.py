"""Where the table stands in a text: the delimiter, the record that is the header, and the lines above it.

Ad systems, shop systems and people put titles, periods and remarks above the header. The header is the record
with the most words that Debut knows; where it knows none, the first record that is as wide as those below it.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from core.errors import BadFile
from core.imports.files.kinds import NoTable, refuse_markup
from core.imports.headers import normalise

__all__ = ["MOST_COLUMNS", "Layout", "find", "widened"]

DELIMITERS = ",;\t|"
LOOKED_AT = 20  # records that may be the header, and that tell the delimiter
MOST_COLUMNS = 2000


@dataclass(frozen=True)
class Layout:
    """How a text is laid out."""

    delimiter: str
    headers: tuple[str, ...]
    """Unique: `column 3` for a blank one, `price (2)` for the second of that name."""
    above: str
    """All the text above the header."""
    first_row: int
    """Number of the first record of data, where the first record of the file is 1."""

    @property
    def preamble(self) -> tuple[str, ...]:
        """The lines above the header that are not blank."""
        lines = (line.strip().removeprefix('"').removesuffix('"') for line in self.above.splitlines())
        return tuple(line for line in lines if line.strip(DELIMITERS + " "))


@dataclass(frozen=True)
class _Record:
    cells: list[str]
    line: int  # physical lines above it

    @property
    def width(self) -> int:
        return len(self.cells)

    @property
    def filled(self) -> int:
        return sum(bool(cell.strip()) for cell in self.cells)


@cache
def find(sample: str, name: str, known: frozenset[str]) -> Layout:
    """The layout by the first part of a text. known: header words, normalised.

    Raises NoTable where the text has no columns or no rows, BadFile where it has too many columns.
    """
    refuse_markup(sample, name)
    lines = _lines(sample)
    separators = [told] if (told := _told(lines)) else list(DELIMITERS)
    tables = {delimiter: _records(lines, delimiter, name) for delimiter in separators}
    delimiter, at = _by_words(tables, known) or _by_width(tables)
    records = tables[delimiter]
    header = records[at]
    if header.filled < 2:
        raise NoTable(f"{name} does not look like a CSV: its first line has no columns ({sample[:40].strip()!r} ...).")
    if header.width > MOST_COLUMNS:
        raise BadFile(
            f"{name} has {header.width:,} columns, {header.width - header.filled:,} of them without a header; at most "
            f"{MOST_COLUMNS:,} can be read. Delete the columns that are not needed and save it again."
        )
    if not any(record.filled for record in records[at + 1 :]):
        if sample.count('"') % 2:
            raise BadFile(f"{name}, row {at + 1}: a quote is opened in the header and never closed. Mend that row.")
        raise NoTable(f"{name} has a header but no rows. Export it again with the period or items filled in.")
    return Layout(
        delimiter,
        widened(_unique(header.cells), _width(header, records[at + 1 :])),
        "".join(lines[: header.line]),
        at + 2,
    )


def _width(header: _Record, below: list[_Record]) -> int:
    """Cells of a row: one more than the header has where a total is marked beside the last column, as GA4 does."""
    marked = (record.width == header.width + 1 and normalise(record.cells[-1]) == "grandtotal" for record in below)
    return header.width + any(marked)


def _lines(sample: str) -> list[str]:
    """Physical lines with their ends; only line ends that CSV knows."""
    return list(io.StringIO(sample, newline=""))


def _told(lines: list[str]) -> str | None:
    """The delimiter that a first line `sep=;` tells spreadsheets."""
    found = re.match(r'"?sep=([,;\t|])"?\s*$', lines[0], re.IGNORECASE) if lines else None
    return found[1] if found else None


def _records(lines: list[str], delimiter: str, name: str) -> list[_Record]:
    csv.field_size_limit(1 << 24)
    reader = csv.reader(lines, delimiter=delimiter)
    records: list[_Record] = []
    filled = 0
    try:
        while filled <= LOOKED_AT:
            line = reader.line_num
            record = _Record(next(reader), line)
            records.append(record)
            filled += bool(record.filled)
    except StopIteration:
        pass
    except csv.Error as error:
        raise NoTable(f"{name}: the first lines cannot be read as CSV ({error}). Export the file again.") from error
    return records


def _by_words(tables: dict[str, list[_Record]], words: frozenset[str]) -> tuple[str, int] | None:
    """Delimiter and record with the most known header words, the earliest of them; None where none has two."""
    scores = {
        (delimiter, at): (len(words.intersection(map(normalise, record.cells))), -at, record.width)
        for delimiter, records in tables.items()
        for at, record in enumerate(records)
        if record.filled > 1
    }
    best = max(scores, key=lambda place: scores[place], default=None)
    if best is None or scores[best][0] < 2:
        return None
    return best[0], best[1] + _lines_of_keys(tables[best[0]], best[1])


def _lines_of_keys(records: list[_Record], at: int) -> int:
    """1 where a record of keys for machines has one of words for people below it, as in Taobao's assistant."""
    above = records[at - 1].cells[0] if at and records[at - 1].cells else ""
    return int(re.match(r"version \d", above) is not None and at + 1 < len(records))


def _by_width(tables: dict[str, list[_Record]]) -> tuple[str, int]:
    """The delimiter that cuts the most records into the same number of cells, and the first record like them."""

    def score(delimiter: str) -> tuple[int, int]:
        width, count = _usual(tables[delimiter])
        return (count if width > 1 else 0, width)

    delimiter = max(tables, key=score)
    records = tables[delimiter]
    width, _ = _usual(records)
    wide = (at for at, record in enumerate(records) if record.filled > 1 and record.width >= width - 1)
    first = next((at for at, record in enumerate(records) if record.filled), 0)
    return delimiter, next(wide, first)


def _usual(records: list[_Record]) -> tuple[int, int]:
    """The most usual width of the records that are not blank, and how many have it."""
    widths = Counter(record.width for record in records if record.filled)
    return max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))


def widened(headers: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Headers for cells that stand to the right of the last header, too."""
    return _unique([*headers, *[""] * (width - len(headers))])


def _unique(cells: Sequence[str]) -> tuple[str, ...]:
    """Header cells with a number where one is blank or stands there twice, as spreadsheets write them."""
    seen: dict[str, int] = {}
    names: list[str] = []
    for at, cell in enumerate(cells, start=1):
        name = cell.strip().strip("​﻿") or f"column {at}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)
