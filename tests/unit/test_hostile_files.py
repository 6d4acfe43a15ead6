"""Hostile files: each is refused in words or read as it stands, and the shop is as before."""

import re
import resource
from collections.abc import Callable

import pytest

from core import imports
from core.errors import BadFile, DebutError
from core.imports.read import staged_rows
from core.tables import TABLES
from core.workspace import Workspace
from tests.hostile import GOOD, HOSTILE, Hostile

by_name = pytest.mark.parametrize("file", HOSTILE, ids=[file.about for file in HOSTILE])
NAMES = (
    *("../../../etc/passwd.csv", "/etc/passwd", "a/b\\c.csv", "C:\\Users\\me\\sales.csv", "nul\0byte.csv", "..", ""),
    *(
        "x" * 5000 + ".csv",
        "<script>alert(1)</script>.csv",
        "\u202evsc.elif.csv",
        "a'b\".csv",
        "$(reboot).csv",
        "\n.csv",
    ),
)


def contents(workspace: Workspace) -> dict[str, int]:
    """Rows of every table of the shop, and what is left in `incoming/`."""
    cursor = workspace.cursor()
    tables = [
        name for (name,) in cursor.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
    ]
    assert set(TABLES) <= set(tables)
    counts = {name: cursor.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0] for name in tables}
    return counts | {"incoming": len(list(workspace.incoming.iterdir()))}


def rows_of(workspace: Workspace, staged: imports.Staged) -> list[tuple]:
    """Rows in which anything stands."""
    sql, parameters = staged_rows(staged, as_written=True)
    rows = workspace.cursor().execute(f"SELECT * FROM {sql}", parameters).fetchall()
    return [row for row in rows if any(cell is not None for cell in row)]


def check_words(error: DebutError, name: str) -> None:
    assert name in error.message
    assert len(error.message) > 20
    assert "Traceback" not in error.message


@by_name
def test_it_is_refused_in_words_or_staged_as_it_stands(workspace: Workspace, file: Hostile) -> None:
    before = contents(workspace)
    content = file.build()
    if file.refused:
        with pytest.raises(BadFile) as refusal:
            imports.stage(workspace, file.name, content)
        check_words(refusal.value, file.name)
        assert re.search(file.refused, refusal.value.message)
    else:
        check_staged(workspace, file, imports.stage(workspace, file.name, content))
    assert contents(workspace) == before
    (good,) = imports.stage(workspace, "good.csv", GOOD)
    assert len(rows_of(workspace, good)) == 2


def check_staged(workspace: Workspace, file: Hostile, staged: list[imports.Staged]) -> None:
    assert all(one.path.parent == workspace.incoming for one in staged)
    if file.unparsed:
        with pytest.raises(BadFile) as refusal:
            imports.preview(workspace, staged[0], rows=1_000_000)
        check_words(refusal.value, file.name)
        assert re.search(file.unparsed, refusal.value.message)
    else:
        rows = [row for one in staged for row in rows_of(workspace, one)]
        assert len(rows) == file.rows
        assert file.cell is None or any(file.cell in row for row in rows)
    for one in staged:
        assert len(set(one.headers)) == len(one.headers)
        assert all(one.headers)
        one.discard()


@by_name
def test_loading_it_ends_in_words_or_in_rows(workspace: Workspace, load: Callable, file: Hostile) -> None:
    before = contents(workspace)
    try:
        report = load(file.build(), name=file.name)
    except DebutError as error:
        check_words(error, file.name)
        assert contents(workspace) == before
    else:
        assert file.refused is None
        assert file.rows is not None
        assert 0 < report.rows_loaded <= file.rows
    assert list(workspace.incoming.iterdir()) == []
    assert load(GOOD.replace(b"2025-03", b"2024-07"), "sales", "good.csv").rows_loaded == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_shown(workspace: Workspace, name: str) -> None:
    (staged,) = imports.stage(workspace, name, GOOD)
    assert staged.path.parent == workspace.incoming
    assert re.fullmatch(r"[0-9a-f]+\.csv", staged.path.name)
    assert staged.name.isprintable()
    assert 0 < len(staged.name) <= 200
    assert not {"/", "\\"} & set(staged.name)


def test_large_cells_and_bombs_stay_small_in_memory(workspace: Workspace) -> None:
    def peak() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10  # MB, of the whole run so far

    files = {file.about: file.build() for file in HOSTILE if "bomb" in file.about or "50 MB" in file.about}
    before = peak()
    for about, content in files.items():
        with pytest.raises(BadFile):
            imports.preview(workspace, imports.stage(workspace, about, content)[0], rows=1_000_000)
    assert peak() - before < 600
