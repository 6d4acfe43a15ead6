"""Shops of every release open in this Debut with all that they hold; one that cannot be brought up stays as it was."""

from pathlib import Path

import duckdb
import pytest

from core import imports, labels, like_choices, migrations, scenarios, shop, versions
from core.ads import beliefs, kept
from core.errors import DebutError
from core.migrations import MIGRATIONS
from core.prices import choices
from core.tables import TABLES
from core.workspace import DATABASE, Workspace
from tests import releases

STEPS = sorted(releases.RELEASES)
WRITTEN_TO = (1, 9, 10, STEPS[-1])
"""The oldest, the last without and the first with the numbers of scenarios, the latest."""


def test_every_released_step_is_written_down() -> None:
    assert list(range(1, len(MIGRATIONS) + 1)) == STEPS


def rows(database: Path) -> dict[str, int]:
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0] for name in tables}


@pytest.mark.parametrize("step", STEPS)
def test_a_shop_of_any_release_opens_with_all_that_it_holds(step: int, tmp_path: Path) -> None:
    folder = releases.made(step, tmp_path / "shop")
    before = rows(folder / DATABASE)
    assert before["sales"] and before["new_items"] and before["model_versions"]
    with Workspace(folder) as opened:
        cursor = opened.cursor()
        assert migrations.step(cursor) == len(MIGRATIONS)
        for table in TABLES.values():
            described = {row[0] for row in cursor.execute(f"DESCRIBE {table.name}").fetchall()}
            assert {column.name for column in table} <= described
        must_be_readable(opened, step)
        if step in WRITTEN_TO:
            must_be_writable(opened)
    after = rows(folder / DATABASE)
    grown = {"schema_version", "scenario_acts", "sales", "batches", "set_aside", "data_version"}
    assert all(after[name] == count for name, count in before.items() if name not in grown)
    copies = migrations.copies(folder / DATABASE)
    assert [path.name for path in copies] == ([f"shop.before-v{step}.duckdb"] if step < len(MIGRATIONS) else [])
    assert all(rows(path) == before for path in copies)


def must_be_readable(opened: Workspace, step: int) -> None:
    """What pages ask of a shop."""
    cursor = opened.cursor()
    summary = shop.summary(cursor)
    assert (summary.sales, summary.new_items) == (2, 2)
    assert len(imports.batches(cursor)) == 3
    assert len(imports.set_aside_rows(cursor, 2)) == 2
    assert versions.active(opened) == "20250701-first"
    assert versions.listed(opened)["summary"].iloc[0]["launches"] == 51
    assert versions.active(opened, "preference") == ("20250801-scorer" if step >= 4 else None)
    assert "purchase intent" in {one.label for one in labels.sets(cursor)}
    chosen = {item: one.who for item, one in like_choices.kept(cursor).items()}
    assert chosen == ({"N-1": "Anna" if step >= 12 else ""} if step >= 3 else {})
    assert {item: one.price for item, one in choices.kept(cursor).items()} == ({"N-1": 28.0} if step >= 5 else {})
    beliefs.read(cursor)
    assert kept.log(cursor)["name"].tolist() == (["Spring"] if step >= 8 else [])
    made = scenarios.list_(cursor)
    assert [one.name for one in made] == (["Plan", "Careful"] if step >= 10 else ["Plan"])
    approved = scenarios.approved(cursor)
    assert (approved is not None) == (step >= 10)
    if approved:
        assert approved.who == "Anna" and approved.promise is None
        assert [(one.item_id, one.who) for one in approved.overrides] == [("N-2", "Bea")]
        assert approved.table["item_id"].tolist() == ["N-1", "N-2"]


def must_be_writable(opened: Workspace) -> None:
    """Numbers go on where they stood: nothing is taken twice."""
    (staged,) = imports.stage(opened, "more.csv", b"order_id,date,product_id,units\n9,2025-01-08,A,1\n")
    (report,) = imports.load(opened, staged, imports.recognise(opened, staged, "sales"))
    assert report.rows_loaded == 1
    one = scenarios.create(opened, "New", scenarios.get(opened.cursor()).wishes, "Cleo")
    assert one.name == "New"


def test_a_step_that_fails_leaves_the_shop_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = releases.made(4, tmp_path / "shop")
    before = rows(folder / DATABASE)
    broken = (*MIGRATIONS[:6], ("CREATE TABLE half (a INTEGER)", "ALTER TABLE not_there ADD COLUMN b INTEGER"))
    monkeypatch.setattr(migrations, "MIGRATIONS", broken)
    monkeypatch.setattr("core.workspace.MIGRATIONS", broken)
    with pytest.raises(DebutError, match=r"could not be brought to the form of this one .*not_there.* It is as it was"):
        Workspace(folder)
    assert rows(folder / DATABASE) == before  # steps 5 and 6, which went well, are gone, too
    monkeypatch.undo()
    with Workspace(folder) as opened:
        assert versions.active(opened) == "20250701-first"


def test_a_shop_that_cannot_be_copied_is_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = releases.made(3, tmp_path / "shop")
    before = (folder / DATABASE).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(DebutError, match=r"No space left on device.*Free some space"):
        Workspace(folder)
    assert (folder / DATABASE).read_bytes() == before


def test_only_the_copy_of_the_last_change_is_kept(tmp_path: Path) -> None:
    folder = releases.made(2, tmp_path / "shop")
    (folder / "shop.before-v1.duckdb").write_text("older")
    Workspace(folder).close()
    assert [path.name for path in migrations.copies(folder / DATABASE)] == ["shop.before-v2.duckdb"]
    Workspace(folder).close()  # which changes nothing
    assert [path.name for path in migrations.copies(folder / DATABASE)] == ["shop.before-v2.duckdb"]


def test_a_dump_makes_the_same_shop(tmp_path: Path) -> None:
    folder = releases.made(10, tmp_path / "shop")
    text = releases.dumped(folder / DATABASE)
    assert text == releases.RELEASES[10].read_text()
