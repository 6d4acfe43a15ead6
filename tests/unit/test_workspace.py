"""A workspace: made, migrated, written in whole transactions, held by one process, and closed to other files."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from core import imports
from core.errors import BadFile, DebutError, WorkspaceBusy
from core.tables import TABLES
from core.workspace import MIGRATIONS, Workspace, demo_folder, home

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from core.workspace import Workspace
with Workspace(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A shop that another process has open, and the process."""
    folder = tmp_path / "held"
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"open\n"
        yield folder, process.pid
        process.stdin.close()


def add_version(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    cursor.execute(
        """INSERT INTO model_versions (version, created_at, active, summary, kind)
           VALUES (?, now()::TIMESTAMP, false, '{}', 'demand')""",
        [name],
    )


def versions(workspace: Workspace) -> list[str]:
    return [name for (name,) in workspace.cursor().execute("SELECT version FROM model_versions").fetchall()]


def test_a_new_shop_has_every_table_with_the_declared_columns(workspace: Workspace) -> None:
    for table in TABLES.values():
        described = workspace.cursor().execute(f"DESCRIBE {table.name}").fetchall()
        assert [column.name for column in table] == [row[0] for row in described][: len(table.columns)]
    assert workspace.version == 0
    assert workspace.artifacts.is_dir()
    assert workspace.incoming.is_dir()


def test_what_was_written_is_there_when_opened_again(tmp_path: Path) -> None:
    with Workspace(tmp_path) as shop, shop.transaction() as cursor:
        add_version(cursor, "kept")
    with Workspace(tmp_path) as shop:
        assert versions(shop) == ["kept"]
        assert shop.version == 1


def test_a_transaction_raises_the_data_version_once(workspace: Workspace) -> None:
    with workspace.transaction() as cursor:
        add_version(cursor, "a")
        add_version(cursor, "b")
    assert workspace.version == 1
    assert versions(workspace) == ["a", "b"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_transaction_leaves_nothing(workspace: Workspace, error: type[BaseException]) -> None:
    with pytest.raises(error), workspace.transaction() as cursor:
        add_version(cursor, "a")
        cursor.execute("CREATE TABLE other (x INTEGER)")
        raise error
    assert versions(workspace) == []
    assert workspace.version == 0
    with pytest.raises(duckdb.CatalogException):
        workspace.cursor().execute("SELECT * FROM other")


def test_a_failed_query_rolls_back_what_went_before_it(workspace: Workspace) -> None:
    with pytest.raises(duckdb.Error), workspace.transaction() as cursor:
        add_version(cursor, "a")
        cursor.execute("SELECT * FROM no_such_table")
    assert versions(workspace) == []
    with workspace.transaction() as cursor:  # and the next one is not disturbed
        add_version(cursor, "b")
    assert versions(workspace) == ["b"]


def test_readers_do_not_see_a_transaction_before_its_end(workspace: Workspace) -> None:
    with workspace.transaction() as cursor:
        add_version(cursor, "a")
        assert versions(workspace) == []
    assert versions(workspace) == ["a"]


def test_a_second_process_is_told_who_has_the_shop(held: tuple[Path, int]) -> None:
    folder, pid = held
    with pytest.raises(WorkspaceBusy, match=rf"Process {pid}\b.*has .*shop\.duckdb open") as caught:
        Workspace(folder)
    assert caught.value.title == "The shop is open elsewhere"


def test_a_killed_process_does_not_keep_the_shop(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.wait()
        with Workspace(tmp_path) as shop:
            assert shop.version == 0


def test_a_shop_of_a_newer_debut_is_refused(tmp_path: Path) -> None:
    Workspace(tmp_path).close()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("INSERT INTO schema_version VALUES (999)")
    with pytest.raises(DebutError, match="newer Debut"):
        Workspace(tmp_path)


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "shop.duckdb").write_text("this is no database, only words" * 1000)
    with pytest.raises(DebutError, match="cannot be opened"):
        Workspace(tmp_path)


def test_a_home_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DebutError, match="DEBUT_HOME"):
        Workspace(tmp_path / "file" / "shop")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{outside}', header = false)",
        "SELECT * FROM read_text('{outside}')",
        "SELECT * FROM '{outside}'",
        "SELECT * FROM read_text('{incoming}/../../outside.csv')",
        "SELECT * FROM glob('{outside}')",
        "COPY (SELECT 1) TO '{outside}.out'",
        "ATTACH '{outside}.duckdb' AS other",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
    ],
)
def test_no_query_reaches_a_file_outside_incoming(workspace: Workspace, tmp_path: Path, query: str) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("a,b\n1,2\n")
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
        workspace.cursor().execute(query.format(outside=outside, incoming=workspace.incoming))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["outside.csv"]


def test_a_query_reads_what_is_staged(workspace: Workspace) -> None:
    staged = workspace.incoming / "it's staged.csv"
    staged.write_text("a,b\n1,2\n")
    assert workspace.cursor().execute("SELECT * FROM read_csv(?, header = true)", [str(staged)]).fetchall() == [(1, 2)]


def test_what_a_killed_import_left_is_cleared_on_opening(tmp_path: Path) -> None:
    Workspace(tmp_path).close()
    (tmp_path / "incoming" / "left.csv").write_text("a,b\n")
    with Workspace(tmp_path) as shop:
        assert list(shop.incoming.iterdir()) == []


@pytest.mark.parametrize("name", ["my shop", "it's", "größe", "a;b"])
def test_the_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    with Workspace(tmp_path / name) as shop:
        assert shop.version == 0


def test_home_is_the_variable_or_the_users_folder(debut_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert home() == debut_home
    assert demo_folder() == debut_home / "demo"
    monkeypatch.setenv("DEBUT_HOME", "")
    assert home() == Path.home() / ".debut"
    monkeypatch.setenv("DEBUT_HOME", "~/elsewhere")
    assert home() == Path.home() / "elsewhere"


def test_a_column_declared_later_is_added_to_an_older_shop(tmp_path: Path) -> None:
    with Workspace(tmp_path) as shop:
        shop.cursor().execute("ALTER TABLE sales DROP COLUMN discount")
    with Workspace(tmp_path) as shop:
        assert "discount" in shop.cursor().execute("SELECT * FROM sales").df().columns


def old_shop(folder: Path) -> None:
    """A shop as the first Debut made it, with an order, and a line of postage that was set aside."""
    folder.mkdir()
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
        for statement in MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (1)")
        connection.execute(
            """CREATE TABLE sales ("date" DATE NOT NULL, "product_id" VARCHAR NOT NULL, "units" BIGINT NOT NULL,
                   "unit_price" DOUBLE, "order_id" VARCHAR, "customer_id" VARCHAR, batch_id BIGINT NOT NULL,
                   file_row BIGINT NOT NULL)"""
        )
        connection.execute("INSERT INTO sales VALUES ('2025-01-06', 'A', 3, 2.5, '1', NULL, nextval('batch_ids'), 2)")
        connection.execute(
            """INSERT INTO batches (batch_id, table_name, file_name, sha256, mapping, rows_in, rows_loaded,
                   rows_set_aside) VALUES (1, 'sales', 'old.csv', 'x', '{}', 2, 1, 1)"""
        )
        connection.execute("INSERT INTO set_aside VALUES (1, 3, 'no product: postage', '{\"sku\": \"POST\"}')")


def test_a_shop_of_the_first_debut_is_opened_with_all_that_it_holds(tmp_path: Path) -> None:
    old_shop(tmp_path / "old")
    with Workspace(tmp_path / "old") as shop:
        for table in TABLES.values():
            described = {row[0] for row in shop.cursor().execute(f"DESCRIBE {table.name}").fetchall()}
            assert {column.name for column in table} <= described
        assert imports.batches(shop.cursor())[["file_name", "rows_loaded"]].to_numpy().tolist() == [["old.csv", 1]]
        (row,) = imports.set_aside_rows(shop.cursor(), 1).to_dict("records")
        assert (row["reason"], row["sku"]) == ("no product: postage", "POST")
        with pytest.raises(BadFile, match="None of these rows can be loaded"):
            imports.bring_back(shop, 1, "no product: postage")  # its values were not kept then

        (report,) = loaded(shop, "order_id,date,sku,qty,price\n1,2025-01-06,A,3,2.5\n2,2025-01-07,A,1,2.5\n")
        assert report.set_aside == {"already loaded from an earlier file": 1}
        imports.undo(shop, 1)
        assert shop.cursor().execute("SELECT order_id, units FROM sales ORDER BY 1").fetchall() == [("1", 3), ("2", 1)]
    with Workspace(tmp_path / "old") as shop:  # and again, as it is now
        assert shop.cursor().execute("SELECT count(*) FROM sales").fetchone() == (2,)


def loaded(shop: Workspace, text: str) -> list[imports.Report]:
    (staged,) = imports.stage(shop, "new.csv", text.encode())
    return imports.load(shop, staged, imports.recognise(shop, staged))


def test_kept_files_are_out_of_reach_of_queries(workspace: Workspace) -> None:
    workspace.originals.mkdir()
    (workspace.originals / "kept").write_text("a,b\n1,2\n")
    with pytest.raises(duckdb.PermissionException):
        workspace.cursor().execute("SELECT * FROM read_csv(?)", [str(workspace.originals / "kept")])
    workspace.close()
    with Workspace(workspace.folder) as again:
        assert not (again.originals / "kept").exists()  # no import names it: one that was killed has left it


def test_settings_do_not_make_what_was_derived_stale(workspace: Workspace) -> None:
    with workspace.transaction(data=False) as cursor:
        cursor.execute("INSERT INTO settings VALUES ('a', '1')")
    assert workspace.version == 0
    assert workspace.cursor().execute("SELECT value FROM settings").fetchall() == [("1",)]
