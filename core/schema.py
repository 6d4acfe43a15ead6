"""What a table is: its columns, and what derives from them: DDL, templates, the data dictionary.

The tables themselves are declared in `core.tables`.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

__all__ = ["SQL_TYPES", "Column", "Kind", "Table", "ddl", "dictionary", "literal", "template"]

Kind = Literal["text", "prose", "choice", "date", "time", "money", "number", "count"]
"""prose: sentences of a person, from which markup is stripped and in which personal data is masked.
choice: one of the column's `values`. time: a date with the time of day. count: whole numbers."""

SQL_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "prose": "VARCHAR",
    "choice": "VARCHAR",
    "date": "DATE",
    "time": "TIMESTAMP",
    "money": "DOUBLE",
    "number": "DOUBLE",
    "count": "BIGINT",
}
SHOWN_KINDS: dict[Kind, str] = {
    "text": "text",
    "prose": "sentences",
    "choice": "one of a list",
    "date": "date",
    "time": "date and time",
    "money": "amount in the shop's currency",
    "number": "number",
    "count": "whole number",
}


@dataclass(frozen=True)
class Column:
    """One column of a table, as a merchandiser would describe it."""

    name: str
    kind: Kind
    help: str
    required: bool = False
    minimum: float | None = None
    """The smallest value that makes sense; None where negatives do (returns)."""
    maximum: float | None = None
    synonyms: tuple[str, ...] = ()
    """Other names of the column in exports, in any spelling that `imports.mapping.normalise` makes equal."""
    example: str = ""
    adds: bool = False
    """Whether values of it add up, so that the total of a period can be shared over its days."""
    person: bool = False
    """Whether it names a person, and so is replaced by a keyed hash on import."""
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of a choice: each value with the other words that exports use for it."""

    @property
    def label(self) -> str:
        """The name as it is shown."""
        return self.name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Table:
    """A table that can be imported."""

    name: str
    title: str
    help: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    """What makes two rows the same thing, where the file has it: by these overlapping files are merged."""
    unique: bool = False
    """Whether a file may hold a key only once."""
    one_of: tuple[str, ...] = ()
    """At least one of these columns must be there and filled."""
    attributes: bool = False
    """Whether undeclared columns are kept."""

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __contains__(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def required(self) -> list[str]:
        """Names of the columns without which a file is refused."""
        return [column.name for column in self.columns if column.required]


def literal(text: object) -> str:
    """A quoted SQL string, for where a query takes no parameter."""
    quoted = str(text).replace("'", "''")
    return f"'{quoted}'"


def ddl(table: Table) -> str:
    """CREATE TABLE IF NOT EXISTS of an imported table: its columns, then where each row came from."""
    lines = [f'"{column.name}" {SQL_TYPES[column.kind]}{" NOT NULL" if column.required else ""}' for column in table]
    if table.attributes:
        lines.append("attributes JSON")
    lines += ["batch_id BIGINT NOT NULL", "file_row BIGINT NOT NULL"]
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({', '.join(lines)})"


def template(table: Table) -> str:
    """A CSV to fill in: the header and one example row."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerows([[column.name for column in table], [column.example for column in table]])
    return out.getvalue()


def dictionary(table: Table) -> pd.DataFrame:
    """The table's part of the data dictionary: column, required, kind, meaning, example, also_called."""
    return pd.DataFrame(
        {
            "column": [column.name for column in table],
            "required": ["yes" if column.required else "" for column in table],
            "kind": [_kind(column) for column in table],
            "meaning": [column.help for column in table],
            "example": [column.example for column in table],
            "also_called": [", ".join(column.synonyms) for column in table],
        }
    )


def _kind(column: Column) -> str:
    if column.values:
        return ", ".join(value for value, _ in column.values)
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{SHOWN_KINDS[column.kind]}, {low:g} to {high:g}"
    return SHOWN_KINDS[column.kind]
