"""The form of a shop's database, step by step: what each release has added, and how an older shop is brought up.

Before a shop is changed its file is copied beside it, as `shop.before-v3.duckdb` for a shop of step 3; where a step
fails the copy takes its place again, so that the Debut that wrote it can still open it. The latest copy is kept.
"""

import shutil
from pathlib import Path

import duckdb

from core import schema
from core.errors import DebutError
from core.tables import TABLES

__all__ = ["MIGRATIONS", "bring_up", "copies", "put_aside", "put_back", "step"]

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
    ("ALTER TABLE like_choices ADD COLUMN made_by VARCHAR DEFAULT ''",),
)


def step(cursor: duckdb.DuckDBPyConnection) -> int:
    """How many steps a database has behind it; 0 where it is new."""
    try:  # to ask what tables there are takes ten times as long, at every opening
        row = cursor.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
    except duckdb.CatalogException:
        return 0
    return int(row[0]) if row else 0


def bring_up(cursor: duckdb.DuckDBPyConnection) -> None:
    """Take the steps that a database lacks, each in a transaction. Raises DebutError where it is of a newer Debut."""
    done = step(cursor)
    if done > len(MIGRATIONS):
        raise DebutError("This shop was written by a newer Debut. Update Debut to open it.")
    cursor.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    for number, statements in enumerate(MIGRATIONS[done:], start=done + 1):
        cursor.begin()
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("INSERT INTO schema_version VALUES (?)", [number])
        cursor.commit()
    for table in TABLES.values():  # tables and columns that were declared after this shop was made
        there = _columns(cursor, table.name)
        if not there:
            cursor.execute(schema.ddl(table))
            continue
        for column in table:
            if column.name not in there:
                cursor.execute(f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {schema.SQL_TYPES[column.kind]}')


def _columns(cursor: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """The columns of a table; none where it is not there. Quicker than asking for each column."""
    try:
        return {name for name, *_ in cursor.execute(f"SELECT * FROM {table} LIMIT 0").description}
    except duckdb.CatalogException:
        return set()


def put_aside(database: Path, done: int) -> Path:
    """Copy the file of a shop of step `done`, which nobody has open, and drop earlier copies; returns the copy.

    Raises DebutError where there is no room.
    """
    copy = database.with_name(f"{database.stem}.before-v{done}{database.suffix}")
    part = copy.with_suffix(".part")
    try:
        shutil.copyfile(database, part)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DebutError(
            f"This shop is of an older Debut. Before it is changed it is copied, and the copy cannot be written "
            f"({error.strerror}). Free some space in {database.parent}."
        ) from error
    part.replace(copy)
    for other in copies(database):
        if other != copy:
            other.unlink(missing_ok=True)
    return copy


def put_back(copy: Path, database: Path) -> None:
    """Put the copy in the place of a database that a failed step has left, which nobody has open."""
    part = database.with_suffix(".part")
    shutil.copyfile(copy, part)
    database.with_name(f"{database.name}.wal").unlink(missing_ok=True)
    part.replace(database)


def copies(database: Path) -> list[Path]:
    """The copies that were made before a shop was changed."""
    return sorted(database.parent.glob(f"{database.stem}.before-v*{database.suffix}"))
