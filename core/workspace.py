"""The workspace of one shop: a folder with `shop.duckdb` and `artifacts/`.

The process that opens it owns the file; pages and verbs read through cursors, and every write is one
transaction that also raises the data version, by which every cache above is keyed.

A query can read files only below `incoming/`, where uploads are staged, whatever it was made of.
"""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from core import exchange, migrations, schema
from core.errors import DebutError, WorkspaceBusy
from core.migrations import MIGRATIONS

__all__ = ["DATABASE", "MIGRATIONS", "Workspace", "demo_folder", "home"]

DATABASE = "shop.duckdb"
PATIENCE = 20.0  # seconds in which queries that are under way have ended
COPY = "import shutil, sys; shutil.copyfile(*sys.argv[1:])"
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
        self._writing, self._handing = threading.RLock(), threading.Lock()
        self._cursors: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self._apart = False
        try:
            for path in (folder, self.artifacts, self.incoming):
                path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DebutError(
                f"{folder} cannot be made or written ({error.strerror}). Set DEBUT_HOME to a folder of yours."
            ) from error
        self._open()

    def _open(self) -> None:
        exchange.complete(self.folder)  # that a restore was killed in the midst of
        path = self.folder / DATABASE
        self._connection = _connect(path)
        before = None
        try:
            done = migrations.step(self.cursor())
            if 0 < done < len(MIGRATIONS):
                self._connection.close()  # who copies a file that it has open gives up its lock
                before = migrations.put_aside(path, done)
                self._connection = _connect(path)
            self._prepare()
        except BaseException as error:
            self._connection.close()
            if before is not None and isinstance(error, duckdb.Error):
                migrations.put_back(before, path)
                raise DebutError(
                    f"This shop is of an older Debut and could not be brought to the form of this one "
                    f"({str(error).splitlines()[0]}). It is as it was: open it with the Debut that wrote it."
                ) from error
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
        migrations.bring_up(self.cursor())
        self._clear()

    def _clear(self) -> None:
        """Remove what a killed import or restore has left beside the database: the folder is ours alone now."""
        for left in (*self.incoming.iterdir(), *self.folder.glob(".customer.key.*"), *self.folder.glob("restoring-*")):
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
        with self._handing:
            if not self._apart:
                return self._new_cursor()
        with self._writing:  # the files are being exchanged: this waits for it
            return self._new_cursor()

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        made = self._connection.cursor()
        self._cursors.add(made)
        return made

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

    def copy(self, folder: Path) -> None:
        """Copy the database into a folder, as it is between two writes. Reading goes on; writing waits.

        Another process copies: when this one closes any handle of the file, the system drops the lock by which other
        processes are kept out (POSIX locks belong to a process, not to a handle). Raises DebutError without room.
        """
        with self._writing:
            self.cursor().execute("CHECKPOINT")
            for name in (DATABASE, f"{DATABASE}.wal"):
                if (self.folder / name).exists():
                    command = [sys.executable, "-I", "-S", "-c", COPY, str(self.folder / name), str(folder / name)]
                    done = subprocess.run(command, capture_output=True, text=True)
                    if done.returncode:
                        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                        raise DebutError(f"The shop cannot be copied ({said}). Free some space and try again.")

    @contextmanager
    def apart(self, patience: float = PATIENCE) -> Iterator[None]:
        """The files left alone for the length of the block, so that they can be exchanged; then opened anew.

        Who asks for a cursor meanwhile waits; cursors from before are of no use afterwards. Raises WorkspaceBusy
        where queries go on for longer than `patience` seconds.
        """
        with self._writing:
            with self._handing:
                self._apart, known = True, list(self._cursors)
            try:
                self._close_all(known, patience)
                try:
                    yield
                finally:
                    self._open()
            finally:
                self._apart = False

    def _close_all(self, cursors: list[duckdb.DuckDBPyConnection], patience: float) -> None:
        """Close every cursor, and last the connection; DuckDB refuses while one is at work."""
        deadline = time.monotonic() + patience
        for cursor in cursors:
            while True:
                try:
                    cursor.close()
                    break
                except duckdb.Error as error:
                    if time.monotonic() > deadline:
                        raise WorkspaceBusy("Another window is still reading. Try again in a minute.") from error
                    time.sleep(0.05)
        self._connection.close()

    def close(self) -> None:
        """Release the file for other processes."""
        self._connection.close()

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


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
