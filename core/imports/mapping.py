"""Which header of a file is which column of a table."""

import re
import unicodedata
from dataclasses import dataclass

from core.errors import BadFile
from core.schema import TABLES, Table

__all__ = ["Mapping", "normalise", "propose"]


@dataclass(frozen=True)
class Mapping:
    """A reading of a file: the table it goes to and the position in the file of each of its columns."""

    table: str
    positions: dict[str, int]
    """Column name to 0-based position in the file."""

    @property
    def missing(self) -> list[str]:
        """Required columns that no header was found for."""
        return [name for name in TABLES[self.table].required if name not in self.positions]

    def check(self, name: str, headers: tuple[str, ...]) -> None:
        """Raises BadFile where a required column is missing."""
        if self.missing:
            wanted = ", ".join(self.missing)
            raise BadFile(
                f"{name}: no column for {wanted} of {TABLES[self.table].title}. The file has: "
                f"{', '.join(headers)[:300]}. Choose the column by hand, or rename its header to {self.missing[0]}."
            )


def normalise(header: str) -> str:
    """A header as it is compared: `Invoice_Date (UTC) ` and `InvoiceDate` are both `invoicedate`."""
    text = unicodedata.normalize("NFKC", header).lower().strip()
    text = re.sub(r"\s*\([^)]*\)$", "", text)
    return re.sub(r"[\W_]+", "", text)


def propose(headers: tuple[str, ...], table: str | None = None) -> Mapping:
    """The most likely reading of a file with these headers, of all tables or of the one given."""
    readings = [_read_as(TABLES[name], headers) for name in ([table] if table else TABLES)]
    return max(readings, key=_score)  # on a tie the first: a catalogue rather than a sheet


def _read_as(table: Table, headers: tuple[str, ...]) -> Mapping:
    """Match names before synonyms, so that a column called `title` is not taken by an earlier synonym."""
    known = [normalise(header) for header in headers]
    positions: dict[str, int] = {}
    for words in (lambda column: (column.name,), lambda column: column.synonyms):
        for column in table:
            if column.name in positions:
                continue
            for word in words(column):
                at = next((i for i, k in enumerate(known) if k == normalise(word)), None)
                if at is not None and at not in positions.values():
                    positions[column.name] = at
                    break
    if "title" not in positions and table["title"].required and known[positions.get("description", 0)] == "description":
        positions["title"] = positions.pop("description")  # many exports name an item by its description alone
    return Mapping(table.name, positions)


def _score(reading: Mapping) -> tuple[int, int]:
    return -len(reading.missing), len(reading.positions)
