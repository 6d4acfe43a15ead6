"""A shop as one file and back: all of it or nothing, whatever is wrong with the file, and open all the while."""

import contextlib
import hashlib
import json
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from core import archives, backup, disk, exchange, jobs, privacy, versions
from core.__main__ import main
from core.errors import BadFile, DebutError, WorkspaceBusy
from core.jobs.state import write
from core.migrations import MIGRATIONS
from core.workspace import DATABASE, Workspace
from tests import releases
from tests.conftest import Load, load_into

SALES = "order_id,date,sku,qty,customer\n1,2024-01-01,A,1,C1\n2,2024-12-31,A,2,C2\n"
OTHER = "order_id,date,sku,qty\n7,2024-03-03,MUG-2,5\n"


@pytest.fixture
def shop(workspace: Workspace) -> Workspace:
    """A shop with sales, a kept file, a version, a backtest, caches, and a job that ended."""
    return filled(workspace)


@pytest.fixture(scope="module")
def kept(empty_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The same for all tests that change nothing."""
    folder = tmp_path_factory.mktemp("kept") / "shop"
    folder.mkdir()
    shutil.copy(empty_shop, folder)
    with Workspace(folder) as one:
        yield filled(one)


@pytest.fixture(scope="module")
def made(kept: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup."""
    path = tmp_path_factory.mktemp("made") / "backup.zip"
    backup.make(kept, path)
    return path


@pytest.fixture
def own_process() -> None:
    """What was unpacked is opened as the app does it."""


@pytest.fixture(autouse=True)
def opened_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it is opened in this process, which takes a tenth of the time."""
    if "own_process" not in request.fixturenames:
        monkeypatch.setattr(backup, "_prepare", opened)


def opened(new: Path, floor: int) -> None:
    if trouble := backup._opened(new, floor):
        raise BadFile(f"cannot be opened: {trouble}")


def filled(workspace: Workspace) -> Workspace:
    load_into(workspace, SALES, keep=True)
    folder = versions.folder(workspace, "v1")
    folder.mkdir(parents=True)
    (folder / "net.json").write_text("[1, 2]")
    versions.register(workspace, "v1", {"launches": 3})
    for name in (
        "backtests/1/backtest.json",
        "backtests/2.part/x.json",
        "outlooks/abc/items.parquet",
        "prices/x/a.npz",
    ):
        path = workspace.artifacts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (workspace.artifacts / "embeddings" / "e").mkdir(parents=True)
    (workspace.artifacts / "embeddings" / "e" / "1.parquet").write_text("vectors")
    job(workspace, "1", cancelled={})
    return workspace


def job(workspace: Workspace, name: str, **files: dict) -> Path:
    folder = workspace.artifacts / "jobs" / name
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "shop.duckdb").write_text("a snapshot")
    request = {"kind": "preference", "settings": {"effort": "quick"}, "options": {}, "artifacts": "x", "asked": 1.0}
    write(folder / "request.json", request)
    for one, values in files.items():
        write(folder / f"{one}.json", values)
    return folder


def files_of(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as file:
        return set(file.namelist()) - {archives.MANIFEST}


def test_a_backup_holds_what_cannot_be_made_anew_and_says_so(kept: Workspace, made: Path) -> None:
    (original,) = (path.name for path in kept.originals.glob("*"))
    assert files_of(made) == {
        *(DATABASE, "customer.key", f"originals/{original}"),
        *("artifacts/versions/v1/net.json", "artifacts/backtests/1/backtest.json", "artifacts/prices/x/a.npz"),
        *("artifacts/jobs/1/request.json", "artifacts/jobs/1/cancelled.json"),
    }
    held = backup.verify(made)
    assert held == backup.look(made)
    assert (held.rows["sales"], held.until, held.step, held.private) == (2, "2024-12-31", len(MIGRATIONS), True)
    assert str(held) == backup.told(kept) == "2 order lines, 1 model versions, sales to 2024-12-31"
    assert list(kept.incoming.iterdir()) == []


def test_a_backup_for_others_has_neither_key_nor_originals(kept: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "shared.zip"
    assert backup.make(kept, path, private=False).private is False
    assert not [name for name in files_of(path) if name.startswith(("customer", "originals"))]


def test_restored_elsewhere_it_is_the_same_shop(kept: Workspace, made: Path, tmp_path: Path, own_process: None) -> None:
    folder = tmp_path / "elsewhere"
    backup.restore(folder, made)
    with Workspace(folder) as again:
        mine, theirs = backup.contents(kept.cursor()), backup.contents(again.cursor())
        assert {name for name in mine if mine[name] != theirs[name]} <= {"data_version"}
        assert again.version >= 1
        assert versions.active(again) == "v1"
        assert (versions.folder(again, "v1") / "net.json").read_text() == "[1, 2]"
        assert [one.state for one in jobs.listed(again)] == ["cancelled"]
        assert privacy.key(folder) == privacy.key(kept.folder)
        assert stat.S_IMODE((folder / "customer.key").stat().st_mode) == 0o600
    assert not backup.former(folder)


def test_the_open_shop_is_replaced_shows_the_backup_and_goes_back(shop: Workspace, made: Path, load: Load) -> None:
    load(OTHER)
    version, later = shop.version, backup.contents(shop.cursor())
    old = shop.cursor()
    former = backup.restore(shop.folder, made, shop)
    assert count(shop) == 2
    assert shop.version > version  # no cache of the former shop is taken for the restored one
    with pytest.raises(duckdb.ConnectionException):
        old.execute("SELECT 1")
    assert (shop.artifacts / "embeddings" / "e" / "1.parquet").read_text() == "vectors"
    assert backup.former(shop.folder) == [former]
    load("order_id,date,sku,qty\n8,2024-03-04,MUG-2,5\n")  # it can be written to
    restored, seen = count(shop), shop.version
    backup.undo(shop.folder, shop)
    now = backup.contents(shop.cursor())
    assert {name for name in later if later[name] != now[name]} == {"data_version"}
    assert shop.version > seen
    backup.undo(shop.folder, shop)  # which can be undone, too
    assert count(shop) == restored == 3
    backup.forget(shop.folder)
    assert not backup.former(shop.folder)
    with pytest.raises(DebutError, match="Nothing was restored here"):
        backup.undo(shop.folder, shop)


def test_the_file_stays_locked_for_other_processes(shop: Workspace, made: Path, tmp_path: Path) -> None:
    """A copy by this process would drop the lock: see `Workspace.copy`."""
    command = f"import duckdb; duckdb.connect({str(shop.folder / DATABASE)!r})"
    acts = (lambda: backup.make(shop, tmp_path / "one.zip"), lambda: backup.restore(shop.folder, made, shop))
    for act in acts:
        act()
        tried = subprocess.run([sys.executable, "-I", "-c", command], capture_output=True, text=True)
        assert "lock" in tried.stderr


def test_what_others_write_until_the_last_moment_takes_no_version_of_the_restored_shop(
    shop: Workspace, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(new: Path, floor: int) -> None:
        opened(new, floor)
        for _ in range(3):
            with shop.transaction():
                pass

    monkeypatch.setattr(backup, "_prepare", meanwhile)
    backup.restore(shop.folder, made, shop)
    restored = shop.version
    backup.undo(shop.folder, shop)
    assert restored > 3 and shop.version > restored + 3


def test_a_job_asked_for_while_a_backup_is_unpacked_keeps_the_shop(
    shop: Workspace, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_prepare", lambda new, floor: job(shop, "2"))
    with pytest.raises(DebutError, match="A job is at work or waiting"):
        backup.restore(shop.folder, made, shop)
    assert count(shop) == 2 and not list(shop.folder.glob("restoring-*"))


def test_a_shop_that_is_opened_while_a_backup_is_unpacked_is_not_replaced(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workspace(tmp_path / "there").close()
    opener = Workspace

    def busy(folder: Path) -> Workspace:
        raise WorkspaceBusy(f"Another process has {folder} open.")

    monkeypatch.setattr(backup, "_prepare", lambda new, floor: monkeypatch.setattr(backup, "Workspace", busy))
    with pytest.raises(WorkspaceBusy):
        backup.restore(tmp_path / "there", made)
    assert not backup.former(tmp_path / "there")
    with opener(tmp_path / "there") as still:
        assert count(still) == 0


def test_a_backup_without_its_database_is_none(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a restore in another window clears away what was copied."""
    monkeypatch.setattr(Workspace, "copy", lambda self, folder: None)
    with pytest.raises(DebutError, match="Make the backup again"):
        backup.make(shop, tmp_path / "half.zip")
    assert not list(tmp_path.glob("half*"))


def test_who_reads_and_writes_meanwhile_is_not_disturbed_by_a_backup(shop: Workspace, tmp_path: Path) -> None:
    faults: list[Exception] = []
    stop = threading.Event()

    def write_on() -> None:
        try:
            while not stop.is_set():
                with shop.transaction(data=False) as cursor:
                    cursor.execute("INSERT OR REPLACE INTO settings VALUES ('n', '1')")
                count(shop)
        except Exception as error:
            faults.append(error)

    writer = threading.Thread(target=write_on)
    writer.start()
    for number in range(3):
        backup.make(shop, tmp_path / f"{number}.zip")
    stop.set()
    writer.join()
    assert not faults
    assert backup.verify(tmp_path / "2.zip").rows["sales"] == 2


def test_who_is_still_reading_is_waited_for_and_then_nothing_is_changed(shop: Workspace, made: Path) -> None:
    long, begun = shop.cursor(), threading.Event()

    def read() -> None:
        begun.set()
        with contextlib.suppress(duckdb.InterruptException):
            long.execute("SELECT sum(a.range * b.range) FROM range(100000) a, range(90000) b").fetchall()

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait()
    threading.Event().wait(0.3)  # DuckDB does not tell that it has begun
    with pytest.raises(WorkspaceBusy, match="still reading"), shop.apart(patience=0.2):
        raise AssertionError("the files were let go")
    long.interrupt()
    thread.join()
    assert count(shop) == 2


def test_a_shop_with_a_job_at_work_is_not_replaced(shop: Workspace, made: Path) -> None:
    job(shop, "2")  # it waits
    with pytest.raises(DebutError, match="A job is at work or waiting"):
        backup.restore(shop.folder, made, shop)
    assert not list(shop.folder.glob("restoring-*"))


def test_an_older_shop_is_restored_in_the_form_of_now(tmp_path: Path) -> None:
    old = releases.made(4, tmp_path / "old")
    rows = {"sales": 2, "model_versions": 2}
    path = packed(tmp_path / "old.zip", {DATABASE: (old / DATABASE).read_bytes()}, step=4, rows=rows)
    backup.restore(tmp_path / "new", path)
    with Workspace(tmp_path / "new") as shop:
        assert versions.active(shop) == "20250701-first"


def test_a_damaged_shop_is_replaced_by_its_backup(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"no database")
    former = backup.restore(folder, made)
    with Workspace(folder) as again:
        assert count(again) == 2
    assert (former / DATABASE).read_bytes() == b"no database"


def packed(
    path: Path, files: dict[str, bytes], damage: Callable[[dict], object] = lambda about: None, **facts: object
) -> Path:
    """A file as `backup.make` writes it, of these contents; `damage` changes the manifest."""
    held = {name: {"sha256": hashlib.sha256(one).hexdigest(), "bytes": len(one)} for name, one in files.items()}
    about = {"format": 1, "debut": "0.1", "made_at": "2025-01-01T00:00:00", "step": 1, "private": True, "until": ""}
    about |= {"rows": {}, **facts, "files": held}
    damage(about)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
        file.writestr(archives.MANIFEST, json.dumps(about))
    return path


def link(path: Path) -> Path:
    """A file with a symbolic link in it."""
    packed(path, {DATABASE: b"x", "artifacts/link": b"/etc/passwd"})
    with zipfile.ZipFile(path) as file:
        known = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in known.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK if name.endswith("link") else stat.S_IFREG) << 16
            file.writestr(entry, content)
    return path


ONE = {DATABASE: b"x"}
BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no zip": (lambda path: written(path, b"a,b\n1,2\n"), "damaged, or no backup"),
    "cut off": (lambda path: written(path, packed(path, ONE).read_bytes()[:-30]), "damaged, or no backup"),
    "another zip": (lambda path: zipped(path, {"a.txt": b"x"}), "has no manifest"),
    "no sense": (lambda path: zipped(path, {"manifest.json": b"[1]"}), "makes no sense"),
    "no database": (lambda path: packed(path, {"artifacts/a": b"x"}), "no database"),
    "beside": (lambda path: packed(path, {**ONE, "made_by": b"x"}), "no backup of a shop: it holds made_by"),
    "upwards": (lambda path: packed(path, {**ONE, "artifacts/../../x": b"x"}), "as no backup does"),
    "absolute": (lambda path: packed(path, {**ONE, "/etc/x": b"x"}), "as no backup does"),
    "backslash": (lambda path: packed(path, {**ONE, "artifacts\\..\\x": b"x"}), "as no backup does"),
    "link": (link, "which is no plain file"),
    "hash": (
        lambda path: packed(path, ONE, lambda about: about["files"][DATABASE].update(sha256="0")),
        "not what was saved",
    ),
    "size": (lambda path: packed(path, ONE, lambda about: about["files"][DATABASE].update(bytes=9)), "packed in a way"),
    "missing": (
        lambda path: packed(path, ONE, lambda about: about["files"].update(x={"sha256": "", "bytes": 0})),
        "just the files",
    ),
    "huge": (
        lambda path: packed(path, ONE, lambda about: about["files"][DATABASE].update(bytes=2**60)),
        "larger than a backup",
    ),
    "newer": (lambda path: packed(path, ONE, step=99), "newer Debut"),
    "odd step": (lambda path: packed(path, ONE, step="many"), "makes no sense"),
    "newer format": (lambda path: packed(path, ONE, format=2), "newer Debut"),
    "no date": (lambda path: packed(path, ONE, made_at="soon"), "makes no sense"),
    "not there": (lambda path: path.with_name("nowhere.zip"), "There is no file"),
}


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_in_words_and_changes_nothing(kept: Workspace, tmp_path: Path, what: str) -> None:
    make, words = BAD[what]
    must_be_refused(kept, make(tmp_path / "bad.zip"), words)


def test_what_is_no_database_is_found_out_in_a_process_of_its_own(
    kept: Workspace, tmp_path: Path, own_process: None
) -> None:
    must_be_refused(kept, packed(tmp_path / "bad.zip", {DATABASE: b"no database at all"}), "cannot be opened")


def must_be_refused(shop: Workspace, path: Path, words: str) -> None:
    before, beside = backup.contents(shop.cursor()), {path.name for path in shop.folder.iterdir()}
    with pytest.raises(BadFile, match=words):
        backup.restore(shop.folder, path, shop)
    assert backup.contents(shop.cursor()) == before
    assert {path.name for path in shop.folder.iterdir()} == beside


@pytest.mark.parametrize("renames", range(6))
def test_an_exchange_that_was_killed_is_completed_at_the_next_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """After however many of its renames: one writes the note, and from then on it counts."""
    folder = tmp_path / "shop"
    new, kept = folder / "new", folder / "kept"
    for place, names in ((folder, ("a", "b")), (new, ("a", "c"))):
        for name in names:
            (place / name).mkdir(parents=True)
            (place / name / "of").write_text(place.name)
    done, rename, replace = iter(range(renames)), Path.rename, Path.replace

    def killed(act: Callable[..., Path]) -> Callable[..., Path]:
        def once(path: Path, target: Path) -> Path:
            if next(done, None) is None:
                raise KeyboardInterrupt
            return act(path, target)

        return once

    monkeypatch.setattr(Path, "rename", killed(rename))
    monkeypatch.setattr(Path, "replace", killed(replace))
    with contextlib.suppress(KeyboardInterrupt):
        exchange.begin(folder, new, kept, ("a", "b", "c"))
    monkeypatch.undo()
    exchange.complete(folder)
    there = {name: (folder / name / "of").read_text() for name in "abc" if (folder / name).exists()}
    if renames == 0:
        assert there == {"a": "shop", "b": "shop"}
    else:
        assert there == {"a": "new", "c": "new"}
        assert {path.name for path in kept.iterdir()} == {"a", "b"}
        assert not new.exists()
    assert exchange.complete(folder) is False


def test_what_takes_room_is_told_and_caches_can_go(shop: Workspace) -> None:
    told = disk.used(shop).set_index("what")
    assert told.loc["Caches", "cache"]
    assert told.loc["Caches", "bytes"] == len("vectors") + len("outlooks/abc/items.parquet")
    assert {"Database", "Kept files", "Model versions", "Backtests", "History of jobs"} <= set(told.index)
    assert disk.clear_caches(shop) == told.loc["Caches", "bytes"]
    assert "Caches" not in set(disk.used(shop)["what"])
    assert (shop.artifacts / "versions" / "v1" / "net.json").exists()


def test_a_full_disk_is_told_and_leaves_nothing(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(DebutError, match=r"No space left on device\)\. Free some space"):
        backup.make(shop, tmp_path / "full.zip")
    assert not list(tmp_path.glob("full*"))


def test_no_room_to_unpack_is_told_first(shop: Workspace, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(shop.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=0))
    with pytest.raises(DebutError, match="there is no room"):
        backup.restore(shop.folder, made, shop)
    assert count(shop) == 2


def test_the_terminal_backs_up_looks_restores_and_goes_back(
    shop: Workspace, tmp_path: Path, debut_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.zip"
    shutil.copytree(shop.folder / "artifacts", debut_home / "artifacts")
    shop.copy(debut_home)
    assert main(["backup", "--out", str(path), "--shared"]) == 0
    assert "2 order lines" in capsys.readouterr().out
    assert main(["restore", str(path), "--look"]) == 0
    assert main(["restore", str(path)]) == 0
    assert "python -m core restore --undo" in capsys.readouterr().out
    assert main(["restore", "--undo"]) == 0
    assert main(["restore"]) == 1
    assert "Say which file" in capsys.readouterr().err
    assert main(["jobs"]) == 0
    assert "1 1970" in capsys.readouterr().out
    assert main(["jobs", "--log", "99"]) == 1


def count(shop: Workspace) -> int:
    ((rows,),) = shop.cursor().execute("SELECT count(*) FROM sales").fetchall()
    return int(rows)
