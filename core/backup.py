"""A whole shop as one file, and back: the database as it is between two writes, models, backtests, kept fits.

What can be computed anew (embeddings, outlooks, what was read off competitors) is left out. A backup is unpacked,
verified and opened beside the shop before anything of the shop is touched; then the two are exchanged by renames,
and the former shop stays in a folder beside, to go back to.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from core import __version__, archives, exchange, migrations, privacy
from core.errors import BadFile, DebutError, WorkspaceBusy
from core.jobs.state import kept as kept_jobs
from core.jobs.tidy import HALF
from core.workspace import DATABASE, Workspace

__all__ = [
    "CACHES",
    "FORMER",
    "Held",
    "contents",
    "forget",
    "former",
    "look",
    "make",
    "name",
    "pseudonymous",
    "restore",
    "told",
    "undo",
    "verify",
]

FORMAT = 1
"""Of the file; raised when an older Debut could not restore it."""
KEY, ORIGINALS, ARTIFACTS = "customer.key", "originals", "artifacts"
NAMES = (DATABASE, f"{DATABASE}.wal", KEY, ORIGINALS, ARTIFACTS)
CACHES = ("embeddings", "market", "outlooks", "plans", "reviews", "words")
"""Folders of the artifacts that are made anew where they are missing."""
FORMER = "before-restore-"
FORMER_KEPT = 2
UNPACKED = "restoring-"
RESTORING = threading.Lock()
ROOT = Path(__file__).parents[1]
PATIENCE = 900  # seconds in which the shop of a backup is opened
AHEAD = 1_000_000  # data versions between a shop and the one that replaces it: others may write until the last moment

Report = Callable[[float, str], None]


def _silent(done: float, note: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Held:
    """What a backup says of itself."""

    made_at: datetime
    debut: str
    step: int
    """How many of `migrations.MIGRATIONS` its database has behind it."""
    rows: dict[str, int]
    """Name of a table to its rows."""
    until: str
    """Last day of sales, ISO; '' without any."""
    private: bool
    """Whether the key of the customer ids and the original files are in it."""
    bytes: int
    """Unpacked."""

    def __str__(self) -> str:
        return _told(self.rows, self.until)


SHOWN = (
    ("sales", "order lines"),
    ("products", "products"),
    ("new_items", "new items"),
    ("model_versions", "model versions"),
    ("approved_plans", "approved plans"),
)


def name(workspace: Workspace) -> str:
    """What to call a backup of now."""
    return f"debut-{workspace.folder.name.lstrip('.') or 'shop'}-{datetime.now():%Y%m%d-%H%M}.zip"


def told(workspace: Workspace) -> str:
    """What an open shop holds, as `str` of a backup says it."""
    facts = _facts(workspace.cursor())
    return _told(facts["rows"], facts["until"])


def pseudonymous(workspace: Workspace) -> bool:
    """Whether customers are hashed when they are loaded."""
    return privacy.switched_on(workspace.cursor())


def make(workspace: Workspace, target: Path, *, private: bool = True, report: Report = _silent) -> Held:
    """Write a backup of an open shop; jobs and readers are not disturbed, writers wait while the database is copied.

    private: with the key of the customer ids and the original files, without which a shop cannot load further
    customers, or show what was loaded. Raises DebutError without room.
    """
    with tempfile.TemporaryDirectory(dir=workspace.incoming, prefix="backup-") as place:
        copy = Path(place)
        workspace.copy(copy)
        about = {"format": FORMAT, "debut": __version__, "made_at": datetime.now().isoformat(timespec="seconds")}
        about |= {"step": len(migrations.MIGRATIONS), "private": private, **_facts(workspace.cursor())}
        files = [(path.name, path) for path in sorted(copy.iterdir())] + _beside(workspace, private)
        manifest = archives.write(target, files, about, report)
    if DATABASE not in manifest["files"]:  # a restore in another window has cleared what was copied
        target.unlink(missing_ok=True)
        raise DebutError("The shop was replaced by another window meanwhile. Make the backup again.")
    return _held(manifest)


def look(path: Path) -> Held:
    """What a backup holds. Raises BadFile where it is none, or of a newer Debut."""
    return _checked(archives.look(path), path.name)


def verify(path: Path, report: Report = _silent) -> Held:
    """The same, every checksum verified."""
    return _checked(archives.unpack(path, None, report), path.name)


def restore(folder: Path, path: Path, workspace: Workspace | None = None, report: Report = _silent) -> Path:
    """Put the shop of a backup in the place of the one in `folder`; where the former one lies now.

    workspace: the shop of this folder, where it is open; it stays open and shows the restored shop. Raises BadFile
    where the backup is damaged or of a newer Debut, DebutError where jobs are under way: nothing is changed then.
    """
    look(path)
    with _one_at_a_time(folder):
        floor = _version(folder, workspace) + AHEAD
        folder.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=folder, prefix=UNPACKED))
        try:
            _checked(archives.unpack(path, new, lambda done, note: report(0.8 * done, note)), path.name)
            report(0.8, "opening it")
            _with_what_is_here(folder, new)
            return _exchanged(folder, new, workspace, floor)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def undo(folder: Path, workspace: Workspace | None = None) -> Path:
    """Go back to the shop that the last restore has replaced; where the restored one lies now.

    Raises DebutError where there is none, and as `restore` does.
    """
    with _one_at_a_time(folder):
        before = former(folder)
        if not before:
            raise DebutError("Nothing was restored here, or the former shop was removed.")
        return _exchanged(folder, before[0], workspace, _version(folder, workspace) + AHEAD)


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Raises DebutError while another window exchanges a shop, or a job is under way in this one."""
    if not RESTORING.acquire(blocking=False):
        raise DebutError("Another window is restoring a shop. Wait until it is done.")
    try:
        _must_be_idle(folder)
        yield
    finally:
        RESTORING.release()


def _must_be_idle(folder: Path) -> None:
    """Raises DebutError while a job is under way in a shop."""
    if any(job.ended is None for job in kept_jobs(folder / ARTIFACTS / "jobs")):
        raise DebutError("A job is at work or waiting. Cancel it, or wait for its end, before a shop is replaced.")


def former(folder: Path) -> list[Path]:
    """Shops that were replaced by a restore, the latest first."""
    return sorted((path for path in folder.glob(f"{FORMER}*") if (path / DATABASE).exists()), reverse=True)


def forget(folder: Path) -> None:
    """Remove the shops that were replaced by a restore, for good."""
    for path in former(folder):
        shutil.rmtree(path, ignore_errors=True)


def contents(cursor: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """Every table to its rows and a hash of them all, whatever their order: equal for equal shops."""
    found = {}
    for table in _tables(cursor):
        query = f'SELECT count(*), coalesce(sum(hash(one)::HUGEINT), 0)::VARCHAR FROM "{table}" AS one'
        ((rows, told),) = cursor.execute(query).fetchall()
        found[table] = (rows, told)
    return found


def _exchanged(folder: Path, new: Path, workspace: Workspace | None, floor: int) -> Path:
    """Open the shop in `new`, which must work, and exchange it for the one in `folder`."""
    _prepare(new, floor)
    kept = folder / f"{FORMER}{datetime.now():%Y%m%d-%H%M%S-%f}"
    if workspace is None:
        _version(folder, None)  # unpacking takes a while: somebody may have opened the shop meanwhile
    with workspace.apart() if workspace else contextlib.nullcontext():
        _must_be_idle(folder)  # or asked for a job
        exchange.begin(folder, new, kept, NAMES)
    for old in former(folder)[FORMER_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return kept


def _version(folder: Path, workspace: Workspace | None) -> int:
    """The data version of the shop; 0 of one that is not there, or damaged: then a backup is just what is needed.

    Raises WorkspaceBusy where another process has it open.
    """
    if workspace is not None:
        return workspace.version
    if not (folder / DATABASE).exists():
        return 0
    try:
        with Workspace(folder) as shop:
            return shop.version
    except WorkspaceBusy:
        raise
    except (DebutError, duckdb.Error):
        return 0


def _prepare(new: Path, floor: int) -> None:
    """Open what was unpacked in a process of its own, which may die of it; its data version becomes `floor` at least.

    Caches are keyed by that version: none may take the restored shop for a state of the one before.
    """
    command = [sys.executable, "-m", "core.backup", str(new), str(floor)]
    try:
        tried = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise BadFile("The shop of this backup cannot be opened: it takes longer than a quarter of an hour.") from error
    if tried.returncode:
        said = tried.stdout.strip() or "it stopped the process that tried"
        raise BadFile(f"The shop of this backup cannot be opened: {said}. Nothing was changed.")


def _opened(folder: Path, floor: int) -> str:
    """What keeps the shop in a folder from being used; '' if nothing does. All of it is read."""
    try:
        with Workspace(folder) as shop:
            contents(shop.cursor())
            with shop.transaction(data=False) as cursor:
                cursor.execute("UPDATE data_version SET version = greatest(version, ?)", [floor])
        shutil.rmtree(folder / "incoming", ignore_errors=True)
        for copy in migrations.copies(folder / DATABASE):
            copy.unlink()
    except DebutError as error:
        return error.message
    except Exception as error:  # of whatever somebody has put into the file
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


def _with_what_is_here(folder: Path, new: Path) -> None:
    """The caches of the texts, and the key where the backup has none: of this machine, and as good afterwards."""
    caches = folder / ARTIFACTS / "embeddings"
    if caches.is_dir():
        with contextlib.suppress(OSError):  # they are made anew otherwise
            shutil.copytree(caches, new / ARTIFACTS / "embeddings", copy_function=os.link, dirs_exist_ok=True)
    if (folder / KEY).exists() and not (new / KEY).exists():
        shutil.copy2(folder / KEY, new / KEY)
    if (new / KEY).exists():
        (new / KEY).chmod(0o600)


def _beside(workspace: Workspace, private: bool) -> list[tuple[str, Path]]:
    """Name in the backup and place of what lies beside the database."""
    places = [*_artifacts(workspace.artifacts)]
    if private:
        places += [workspace.folder / KEY, *sorted(workspace.originals.glob("*"))]
    return [(path.relative_to(workspace.folder).as_posix(), path) for path in places if path.is_file()]


def _artifacts(artifacts: Path) -> Iterator[Path]:
    """Files of the artifacts that are no caches; of jobs, those that ended, without what they had in hand."""
    ended = {job.folder for job in kept_jobs(artifacts / "jobs") if job.ended is not None}
    for path in sorted(artifacts.rglob("*")):
        place = path.relative_to(artifacts)
        if path.is_symlink() or place.parts[0] in CACHES or any(_is_half(part) for part in place.parts):
            continue
        if place.parts[0] == "jobs" and (len(place.parts) != 3 or path.parent not in ended):
            continue
        yield path


def _told(rows: dict[str, int], until: str) -> str:
    named = [f"{rows.get(table, 0):,} {words}" for table, words in SHOWN if rows.get(table)]
    return f"{', '.join(named) or 'an empty shop'}{f', sales to {until}' if until else ''}"


def _is_half(part: str) -> bool:
    return any(Path(part).match(pattern) for pattern in HALF)


def _facts(cursor: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rows = {}
    for table in _tables(cursor):
        ((rows[table],),) = cursor.execute(f'SELECT count(*) FROM "{table}"').fetchall()
    ((last,),) = cursor.execute("SELECT max(date)::DATE FROM sales").fetchall()
    return {"rows": rows, "until": last.isoformat() if last else ""}


def _tables(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    query = "SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY table_name"
    return [table for (table,) in cursor.execute(query).fetchall()]


def _checked(manifest: dict[str, Any], file: str) -> Held:
    """What a manifest says. Raises BadFile where this Debut cannot restore it."""
    made_by, step = str(manifest.get("debut", "?"))[:20], manifest.get("step", 0)
    if manifest.get("format") != FORMAT or (isinstance(step, int) and step > len(migrations.MIGRATIONS)):
        raise BadFile(f"{file} was written by a newer Debut ({made_by}); this is {__version__}. Update Debut first.")
    outside = [one for one in manifest["files"] if one.split("/")[0] not in NAMES]
    if outside or DATABASE not in manifest["files"]:
        raise BadFile(f"{file} is no backup of a shop: it holds {outside[0][:60] if outside else 'no database'}.")
    try:
        return _held(manifest)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(f"{file} has a manifest that makes no sense ({error}).") from error


def _held(manifest: dict[str, Any]) -> Held:
    return Held(
        datetime.fromisoformat(manifest["made_at"]),
        str(manifest["debut"])[:20],
        int(manifest["step"]),
        {str(table): int(rows) for table, rows in manifest["rows"].items()},
        str(manifest["until"])[:10],
        bool(manifest["private"]),
        sum(one["bytes"] for one in manifest["files"].values()),
    )


if __name__ == "__main__":
    trouble = _opened(Path(sys.argv[1]), int(sys.argv[2]))
    print(trouble)
    sys.exit(bool(trouble))
