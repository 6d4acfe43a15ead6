"""Parquet files: read in place by DuckDB, every column as text like those of a CSV."""

from pathlib import Path

import duckdb

from core.errors import BadFile
from core.imports.files.layout import MOST_COLUMNS

__all__ = ["headers", "rows"]


def headers(cursor: duckdb.DuckDBPyConnection, path: Path, name: str) -> tuple[str, ...]:
    """The columns of a parquet file below `incoming/`. Raises BadFile where it is damaged or has no rows."""
    try:
        found = cursor.execute("SELECT column_name FROM (DESCRIBE FROM read_parquet(?))", [str(path)]).fetchall()
        some = cursor.execute("SELECT 1 FROM read_parquet(?) LIMIT 1", [str(path)]).fetchone()
    except duckdb.Error as error:
        raise BadFile(f"{name}: the Parquet file is cut off or damaged. Download or export it again.") from error
    if some is None:
        raise BadFile(f"{name} has columns but no rows. Export it again with the period or items filled in.")
    if len(found) > MOST_COLUMNS:
        raise BadFile(f"{name} has {len(found):,} columns; at most {MOST_COLUMNS:,} can be read.")
    return tuple(column for (column,) in found)


def rows(count: int) -> str:
    """SQL of the rows as text, columns `c0, c1, ...`; its one parameter is the path."""
    names = [f"c{at}" for at in range(count)]
    texts = ", ".join(f"{name}::VARCHAR AS {name}" for name in names)
    return f"(SELECT {texts} FROM read_parquet(?) AS given({', '.join(names)}))"
