"""Shops as each release has written them, as SQL text: `vN.sql` has N steps of `core.migrations.MIGRATIONS` behind it.

Each was made by the code of its time: a few exports imported, and a row or more in every table that there was. After a
new step is released, write it down with: python -m tests.releases SHOP.duckdb > tests/releases/vN.sql
"""

from pathlib import Path

import duckdb

__all__ = ["RELEASES", "dumped", "made"]

RELEASES = {int(path.stem[1:]): path for path in Path(__file__).parent.glob("v*.sql")}
"""Number of steps to the file."""


def made(step: int, folder: Path) -> Path:
    """The folder with the shop of a release as it lay on disk then."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute(f"BEGIN; {RELEASES[step].read_text()}; COMMIT")  # at once: each statement is not synced
    return folder


def dumped(database: Path) -> str:
    """A database as SQL that makes it again: sequences where they stand, tables, rows."""
    with duckdb.connect(str(database), read_only=True) as connection:
        lines = [
            f"CREATE SEQUENCE {name} START WITH {start if last is None else last + 1};"
            for name, start, last in connection.execute(
                "SELECT sequence_name, start_value, last_value FROM duckdb_sequences() ORDER BY sequence_name"
            ).fetchall()
        ]
        tables = connection.execute("SELECT table_name, sql FROM duckdb_tables() ORDER BY table_name").fetchall()
        for table, sql in tables:
            lines += [sql, *_rows(connection, table)]
    return "\n".join(lines) + "\n"


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = connection.execute(f'SELECT COLUMNS(*)::VARCHAR FROM "{table}"').fetchall()
    values = (", ".join("NULL" if one is None else "'" + one.replace("'", "''") + "'" for one in row) for row in rows)
    return [f'INSERT INTO "{table}" VALUES ({one});' for one in values]
