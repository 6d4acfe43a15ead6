"""The workspace of one shop: a folder with `shop.duckdb` and `artifacts/`.

The process that opens it owns the file; pages and verbs read through cursors, and every write is one
transaction that also raises the data version, by which every cache above is keyed.

A query can read files only below `incoming/`, where uploads are staged, whatever it was made of.
"""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from core import schema
from core.errors import DebutError, WorkspaceBusy
from core.tables import TABLES

__all__ = ["Workspace", "demo_folder", "home"]

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE data_version (version BIGINT NOT NULL)",
        "INSERT INTO data_version VALUES (0)",
        "CREATE SEQUENCE batch_ids",
        """CREATE TABLE batches (
            batch_id BIGINT PRIMARY KEY DEFAULT nextval('batch_ids'), table_name VARCHAR NOT NULL,
            file_name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, mapping JSON NOT NULL,
            rows_in BIGINT NOT NULL, rows_loaded BIGINT NOT NULL, rows_set_aside BIGINT NOT NULL,
            loaded_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP)""",
        """CREATE TABLE set_aside (
            batch_id BIGINT NOT NULL, file_row BIGINT NOT NULL, reason VARCHAR NOT NULL, line JSON NOT NULL)""",
        """CREATE TABLE catalogue (
            product_id VARCHAR PRIMARY KEY, title VARCHAR NOT NULL, description VARCHAR, category VARCHAR,
            brand VARCHAR, list_price DOUBLE, cost DOUBLE, launch_date DATE, attributes JSON,
            first_sale DATE, derived BOOLEAN NOT NULL)""",
        """CREATE TABLE model_versions (
            version VARCHAR PRIMARY KEY, created_at TIMESTAMP NOT NULL,
            active BOOLEAN NOT NULL, summary JSON NOT NULL)""",
    ),
    (
        "CREATE TABLE settings (name VARCHAR PRIMARY KEY, value JSON NOT NULL)",
        """CREATE TABLE profiles (
            name VARCHAR PRIMARY KEY, spec JSON NOT NULL,
            created_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP)""",
        """CREATE TABLE label_sets (
            label VARCHAR PRIMARY KEY, about VARCHAR NOT NULL, options JSON NOT NULL,
            created_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP)""",
        "ALTER TABLE batches ADD COLUMN profile VARCHAR",
        "ALTER TABLE batches ADD COLUMN quality JSON",
        "ALTER TABLE batches ADD COLUMN original VARCHAR",
        "ALTER TABLE set_aside ADD COLUMN row_values JSON",
        "ALTER TABLE set_aside ADD COLUMN because_of BIGINT",
    ),
    (
        """CREATE TABLE like_choices (
            item_id VARCHAR PRIMARY KEY, choice JSON NOT NULL,
            created_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP)""",
    ),
    ("ALTER TABLE model_versions ADD COLUMN kind VARCHAR DEFAULT 'demand'",),
    (
        "CREATE SEQUENCE price_acts",
        """CREATE TABLE price_choices (
            act BIGINT NOT NULL, item_id VARCHAR NOT NULL, price DOUBLE, locked BOOLEAN NOT NULL,
            reason VARCHAR NOT NULL, note VARCHAR NOT NULL, made_by VARCHAR NOT NULL,
            made_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP, undone BOOLEAN NOT NULL DEFAULT false)""",
    ),
    (
        """CREATE TABLE market_decisions (
            step BIGINT NOT NULL, competitor VARCHAR NOT NULL, listing VARCHAR NOT NULL, item_id VARCHAR NOT NULL,
            verdict VARCHAR NOT NULL, how VARCHAR NOT NULL, who VARCHAR NOT NULL,
            decided_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP)""",
    ),
    (
        """CREATE TABLE ad_beliefs (
            step BIGINT NOT NULL, known JSON NOT NULL, who VARCHAR NOT NULL,
            kept_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP)""",
    ),
    (
        "CREATE SEQUENCE ad_acts",
        """CREATE TABLE ad_plans (
            act BIGINT NOT NULL, kind VARCHAR NOT NULL, name VARCHAR NOT NULL, plan JSON, note VARCHAR NOT NULL,
            made_by VARCHAR NOT NULL, made_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP,
            undone BOOLEAN NOT NULL DEFAULT false)""",
    ),
    (
        """CREATE TABLE ad_events (
            step BIGINT NOT NULL, events JSON NOT NULL, who VARCHAR NOT NULL,
            kept_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP)""",
    ),
    (
        "CREATE SEQUENCE scenario_steps",
        "CREATE SEQUENCE scenario_ids",
        """CREATE TABLE scenario_acts (
            act BIGINT NOT NULL, scenario_id BIGINT NOT NULL, kind VARCHAR NOT NULL, content JSON NOT NULL,
            reason VARCHAR NOT NULL, made_by VARCHAR NOT NULL,
            made_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP, undone BOOLEAN NOT NULL DEFAULT false)""",
        """CREATE TABLE approved_plans (
            act BIGINT PRIMARY KEY, scenario_id BIGINT NOT NULL, wishes JSON NOT NULL, overrides JSON NOT NULL,
            totals JSON NOT NULL, stamps JSON NOT NULL, plan JSON NOT NULL)""",
    ),
    (
        "ALTER TABLE approved_plans ADD COLUMN promise JSON",
        "CREATE SEQUENCE tracking_steps",
        """CREATE TABLE tracking_acts (
            act BIGINT NOT NULL, kind VARCHAR NOT NULL, item_id VARCHAR NOT NULL, content JSON NOT NULL,
            reason VARCHAR NOT NULL, made_by VARCHAR NOT NULL,
            made_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP, undone BOOLEAN NOT NULL DEFAULT false)""",
        "ALTER TABLE model_versions ADD COLUMN trial JSON",
        "CREATE SEQUENCE model_steps",
        """CREATE TABLE model_acts (
            act BIGINT NOT NULL, kind VARCHAR NOT NULL, version VARCHAR NOT NULL, before VARCHAR NOT NULL,
            reason VARCHAR NOT NULL, made_by VARCHAR NOT NULL,
            made_at TIMESTAMP NOT NULL DEFAULT current_timestamp::TIMESTAMP)""",
    ),
)

MEMORY = "1400MB"
"""What DuckDB may take before it writes to disk: a shop's machine has a browser to run, too."""


def home() -> Path:
    """Folder of the user's own shop: `DEBUT_HOME`, else `~/.debut`."""
    return Path(os.environ.get("DEBUT_HOME") or Path.home() / ".debut").expanduser().resolve()


def demo_folder() -> Path:
    """Folder of the demo shop, beside the user's own tables and never mixed with them."""
    return home() / "demo"


class Workspace:
    """An open shop. Use `cursor()` to read and `transaction()` to write; close it, or use it in `with`."""

    def __init__(self, folder: Path) -> None:
        """Open the shop in `folder`, making or migrating it. Raises WorkspaceBusy, DebutError."""
        self.folder = folder
        self._writing = threading.RLock()
        try:
            for path in (folder, self.artifacts, self.incoming):
                path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DebutError(
                f"{folder} cannot be made or written ({error.strerror}). Set DEBUT_HOME to a folder of yours."
            ) from error
        self._connection = _connect(folder / "shop.duckdb")
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        settings = (
            f"memory_limit = '{MEMORY}'",
            # A list of words would be made a join, after which rows may come in another order than that of the file.
            "disabled_optimizers = 'in_clause'",
            f"allowed_directories = [{schema.literal(self.incoming)}]",
            "enable_external_access = false",
            "lock_configuration = true",
        )
        try:
            for setting in settings:
                self._connection.execute(f"SET {setting}")
        except duckdb.InvalidInputException as error:
            raise WorkspaceBusy(f"{self.folder} is open in this process already. Restart Debut.") from error
        self._migrate()
        self._clear()

    def _clear(self) -> None:
        """Remove what an import that was killed has left beside the database: the folder is ours alone now."""
        for left in (*self.incoming.iterdir(), *self.folder.glob(".customer.key.*")):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        self.forget_originals()

    def forget_originals(self) -> None:
        """Remove kept files that no import refers to."""
        kept = {name for (name,) in self.cursor().execute("SELECT original FROM batches").fetchall()}
        for original in self.originals.glob("*"):
            if original.name not in kept:
                original.unlink()

    @property
    def artifacts(self) -> Path:
        """Model versions, snapshots, cached embeddings."""
        return self.folder / "artifacts"

    @property
    def incoming(self) -> Path:
        """Staged uploads; nothing stays here after an import."""
        return self.folder / "incoming"

    @property
    def originals(self) -> Path:
        """Files as they were given, where the user wants them kept; named by their hash."""
        return self.folder / "originals"

    @property
    def version(self) -> int:
        """The data version: raised by every write, so that caches can be keyed by it."""
        return _one(self.cursor(), "SELECT version FROM data_version")

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for reading: one connection refuses two calls at once, cursors are cheap."""
        return self._connection.cursor()

    @contextmanager
    def transaction(self, *, data: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside one transaction: all of the block is kept, or nothing of it.

        data: whether the shop's data change, so that what was derived from them is stale.
        """
        with self._writing:
            cursor = self.cursor()
            cursor.begin()
            try:
                yield cursor
                if data:
                    cursor.execute("UPDATE data_version SET version = version + 1")
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise

    def close(self) -> None:
        """Release the file for other processes."""
        self._connection.close()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _migrate(self) -> None:
        cursor = self.cursor()
        cursor.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
        done = _one(cursor, "SELECT coalesce(max(version), 0) FROM schema_version")
        if done > len(MIGRATIONS):
            raise DebutError("This shop was written by a newer Debut. Update Debut to open it.")
        for number, statements in enumerate(MIGRATIONS[done:], start=done + 1):
            cursor.begin()
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("INSERT INTO schema_version VALUES (?)", [number])
            cursor.commit()
        for table in TABLES.values():  # tables and columns that were declared after this shop was made
            cursor.execute(schema.ddl(table))
            for column in table:
                kind = schema.SQL_TYPES[column.kind]
                cursor.execute(f'ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS "{column.name}" {kind}')


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path))
    except duckdb.Error as error:
        holder = re.search(r"lock is held in (.+?) \(PID (\d+)\)", str(error))
        if holder is None:
            raise DebutError(f"{path} cannot be opened: {str(error).splitlines()[0]}") from error
        raise WorkspaceBusy(
            f"Process {holder[2]} ({Path(holder[1]).name}) has {path} open, probably a running Debut page. "
            "Do it there, or stop that process and try again."
        ) from error


def _one(cursor: duckdb.DuckDBPyConnection, query: str) -> int:
    row = cursor.execute(query).fetchone()
    assert row is not None
    return int(row[0])
